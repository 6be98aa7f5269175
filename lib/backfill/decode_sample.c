#include "backfill/decode_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "measure/machine.h"

/* A page of fewer bars costs what a page costs, not what bars do. */
#define BARS_ENOUGH 1000

/* At most so often, and before each burst of them a rest and a calibration, for
 * what else runs comes in bursts, too. */
#define TIMES   128
#define BURST   8
#define REST_NS 10000000L

/* Processor time, µs, after which it is not tried again. */
#define ENOUGH 1000000

static bool
is_better(const struct decode_sample *s, size_t len, int64_t bars)
{
	if (s->text == NULL)
		return bars > 0;
	if (bars >= BARS_ENOUGH)
		return s->bars < BARS_ENOUGH || len < s->len;
	return bars > s->bars;
}

void
decode_sample_offer(struct decode_sample *s, const struct asked *a,
    const char *text, size_t len, int64_t bars, bool last)
{
	char *copy;

	if (!is_better(s, len, bars) || (copy = malloc(len + 1)) == NULL)
		return;
	memcpy(copy, text, len);
	copy[len] = '\0';
	decode_sample_free(s);
	s->text = copy;
	s->len = len;
	s->bars = bars;
	s->asked = *a;
	(void)strncpy(s->ticker, a->ticker, sizeof(s->ticker) - 1);
	s->last = last;
}

/* Once; the page's memory stays for the next time, as it does in a run. */
static bool
decode(const struct decode_sample *s, struct page *page,
    const struct slow *slow, double *us)
{
	struct verified v = VERIFIED_INIT;
	struct asked asked = s->asked;
	int64_t since = md_thread_cpu_us();
	struct md_error e;
	bool good;

	asked.ticker = s->ticker;
	good = page_parse(page, s->text, s->len, &e) &&
	       verify_page(&asked, page, s->last, &v);
	slow_down(slow, STAGE_DECODE, md_thread_cpu_us() - since);
	*us = (double)(md_thread_cpu_us() - since);
	verified_free(&v);
	return good;
}

double
decode_sample_cost(const struct decode_sample *s, const struct slow *slow,
    double *calibration)
{
	struct page page = PAGE_INIT;
	const struct timespec rest = { 0, REST_NS };
	int64_t until = md_thread_cpu_us() + ENOUGH;
	double least = (double)NAN, us;
	bool good = s->text != NULL;

	for (int i = 0;
	     good && i < TIMES && (i == 0 || md_thread_cpu_us() < until); i++) {
		if (i % BURST == 0) {
			(void)nanosleep(&rest, NULL);
			*calibration =
			    fmin(*calibration, machine_calibration_us());
		}
		good = decode(s, &page, slow, &us);
		least = fmin(least, us);
	}
	page_free(&page);
	return good ? 1000 * least / (double)s->bars : (double)NAN;
}

void
decode_sample_free(struct decode_sample *s)
{
	free(s->text);
	*s = (struct decode_sample){ 0 };
}
