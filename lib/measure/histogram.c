#include "measure/histogram.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Values below 2048 have a counter each; from there every power of two is
 * divided into 1024.
 */
#define HALF_BITS 10
#define HALF      ((size_t)1 << HALF_BITS)

/* The counter of v: the place of its highest bit past the eleventh, and the
 * eleven bits from there, whose first is always set. */
static size_t
slot_of(uint64_t v)
{
	unsigned shift = 0;

	while (v >> shift >= 2 * HALF)
		shift++;
	return ((size_t)shift << HALF_BITS) + (size_t)(v >> shift);
}

/* The greatest value that is counted there. */
static uint64_t
slot_value(size_t slot)
{
	unsigned shift;

	if (slot < 2 * HALF)
		return slot;
	shift = (unsigned)(slot >> HALF_BITS) - 1;
	return ((uint64_t)(slot - ((size_t)shift << HALF_BITS) + 1) << shift) -
	       1;
}

static size_t
slots(void)
{
	return slot_of(HISTOGRAM_MAX) + 1;
}

static bool
ready(struct histogram *h)
{
	if (h->counts == NULL)
		h->counts = calloc(slots(), sizeof(*h->counts));
	return h->counts != NULL;
}

bool
histogram_record(struct histogram *h, uint64_t value)
{
	if (!ready(h))
		return false;
	if (value > HISTOGRAM_MAX)
		value = HISTOGRAM_MAX;
	if (h->total == 0 || value < h->min)
		h->min = value;
	if (h->total == 0 || value > h->max)
		h->max = value;
	h->counts[slot_of(value)]++;
	h->total++;
	h->sum += (double)value;
	return true;
}

bool
histogram_merge(struct histogram *h, const struct histogram *other)
{
	if (other->total == 0)
		return true;
	if (!ready(h))
		return false;
	if (h->total == 0 || other->min < h->min)
		h->min = other->min;
	if (h->total == 0 || other->max > h->max)
		h->max = other->max;
	for (size_t i = 0, n = slots(); i < n; i++)
		h->counts[i] += other->counts[i];
	h->total += other->total;
	h->sum += other->sum;
	return true;
}

void
histogram_free(struct histogram *h)
{
	free(h->counts);
	*h = (struct histogram){ .counts = NULL };
}

double
histogram_mean(const struct histogram *h)
{
	return h->total == 0 ? (double)NAN : h->sum / (double)h->total;
}

uint64_t
histogram_percentile(const struct histogram *h, double percent)
{
	/* 99.9 % of 1000 is 999, whatever the product's last bit says. */
	double wanted = ceil(percent / 100 * (double)h->total - 1e-6);
	uint64_t seen = 0;

	if (h->total == 0)
		return 0;
	if (wanted < 1)
		return h->min;
	for (size_t i = slot_of(h->min), n = slots(); i < n; i++) {
		seen += h->counts[i];
		if ((double)seen >= wanted)
			return slot_value(i) < h->max ? slot_value(i) : h->max;
	}
	return h->max;
}

uint64_t
histogram_between(const struct histogram *h, uint64_t from, uint64_t to)
{
	uint64_t seen = 0;

	if (h->total == 0)
		return 0;
	for (size_t i = slot_of(h->min), last = slot_of(h->max); i <= last;
	     i++) {
		uint64_t v = slot_value(i) < h->max ? slot_value(i) : h->max;

		if (v > from && v <= to)
			seen += h->counts[i];
	}
	return seen;
}
