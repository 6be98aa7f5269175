/*
 * Scenarios that asked for different rows and were given the same: they measure
 * the same thing, whatever they are called.
 */
#include <stdio.h>
#include <string.h>

#include "load/load.h"

#define SAMPLES_ALL ((size_t)SCENARIO_COUNT * LOAD_VALUES)

struct sampled {
	const struct load_sample *s;
	char name[48];
	bool told;
};

static size_t
list_samples(const struct load_report *p, struct sampled v[SAMPLES_ALL])
{
	size_t n = 0;

	for (size_t i = 0; i < p->results; i++) {
		const struct load_result *r = &p->result[i];

		for (size_t k = 0; k < r->values; k++) {
			if (!r->sample[k].known)
				continue;
			v[n].s = &r->sample[k];
			v[n].told = false;
			(void)snprintf(v[n].name, sizeof(v[n].name), "%s%s%s",
			    load_scenario_name(r->scenario),
			    load_value_kind(r->scenario) == NULL ? "" : " ",
			    load_value_name(r->scenario, k));
			n++;
		}
	}
	return n;
}

static bool
is_same_request(const struct load_sample *a, const struct load_sample *b)
{
	return strcmp(a->symbol, b->symbol) == 0 &&
	       a->timeframe == b->timeframe && a->limit == b->limit;
}

/* Those that were answered like the first, if one of them asked for something
 * else. */
static void
tell_group(struct load_report *p, struct sampled *v, size_t n)
{
	char names[256] = "";
	bool differ = false;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (v[i].told || v[i].s->digest != v[0].s->digest)
			continue;
		v[i].told = true;
		differ = differ || !is_same_request(v[i].s, v[0].s);
		if (len < sizeof(names))
			len +=
			    (size_t)snprintf(names + len, sizeof(names) - len,
				"%s%s", len > 0 ? ", " : "", v[i].name);
	}
	if (differ && p->sames < LOAD_SAME)
		(void)snprintf(p->same[p->sames++], sizeof(p->same[0]),
		    "%s: different requests, answered with the same bytes",
		    names);
}

void
load_find_same(struct load_report *p)
{
	struct sampled v[SAMPLES_ALL];
	size_t n = list_samples(p, v);

	for (size_t i = 0; i < n; i++)
		if (!v[i].told)
			tell_group(p, v + i, n - i);
}
