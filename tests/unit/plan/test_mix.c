#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/mix.h"
#include "plan/weigh.h"
#include "seeded_dice.h"
#include "tap.h"

#define SMALL 6

/* A small case; which days a row lacks is a set of bits. */
struct small {
	struct mix_day days[SMALL];
	struct mix_row rows[SMALL];
	unsigned lacks[SMALL];
	size_t days_len, rows_len;
	struct mix_prices prices;
};

static void
random_case(struct small *c)
{
	static const double paces[] = { 0, 5, 60, 3000 };
	unsigned density = 1 + dice(9);

	memset(c, 0, sizeof(*c));
	c->prices = mix_prices(paces[dice(4)], dice(2) * 1e6, dice(3) == 0);
	c->days_len = 1 + dice(SMALL);
	c->rows_len = 1 + dice(SMALL);
	for (size_t i = 0; i < c->days_len; i++) {
		unsigned has = 1 + dice(3);

		c->days[i].file_bytes =
		    has & 1 ? (int64_t)dice(30000) * 1000 : -1;
		c->days[i].grouped_bytes =
		    has & 2 ? (int64_t)dice(400) * 1000 : -1;
	}
	for (size_t i = 0; i < c->rows_len; i++) {
		c->rows[i].calls = dice(4) == 0 ? 0 : 1 + dice(2);
		c->rows[i].bytes = dice(3) * dice(1500) * 1000;
		for (size_t k = 0; k < c->days_len; k++)
			c->lacks[i] |= (dice(10) < density ? 1U : 0U) << k;
	}
}

/* The time of a mix; days: for each what brings it, in base three.  What they
 * do not bring, the rows' own calls do. */
static int64_t
time_of(const struct small *c, unsigned days)
{
	unsigned brought = 0;
	int64_t us = 0;

	for (size_t k = 0; k < c->days_len; k++, days /= 3) {
		const struct mix_day *d = &c->days[k];

		if (days % 3 == 0)
			continue;
		if ((days % 3 == 1 ? d->file_bytes : d->grouped_bytes) < 0)
			return INT64_MAX;
		brought |= 1U << k;
		us += days % 3 == 1
			  ? mix_files_us(&c->prices, 1, d->file_bytes)
			  : mix_calls_us(&c->prices, 1, d->grouped_bytes);
	}
	for (size_t i = 0; i < c->rows_len; i++)
		if ((c->lacks[i] & ~brought) != 0)
			us += mix_calls_us(&c->prices, c->rows[i].calls,
			    c->rows[i].bytes);
	return us;
}

static int64_t
least_time(const struct small *c)
{
	int64_t best = INT64_MAX;
	unsigned mixes = 1;

	for (size_t k = 0; k < c->days_len; k++)
		mixes *= 3;
	for (unsigned i = 0; i < mixes; i++) {
		int64_t us = time_of(c, i);

		best = us < best ? us : best;
	}
	return best;
}

static bool
mix_of(const struct small *c, struct mix *m)
{
	memset(m, 0, sizeof(*m));
	m->days = calloc(c->days_len, sizeof(*m->days));
	m->rows = calloc(c->rows_len, sizeof(*m->rows));
	if (m->days == NULL || m->rows == NULL)
		return false;
	memcpy(m->days, c->days, c->days_len * sizeof(*m->days));
	memcpy(m->rows, c->rows, c->rows_len * sizeof(*m->rows));
	m->days_len = c->days_len;
	m->rows_len = c->rows_len;
	for (size_t i = 0; i < c->rows_len; i++) {
		m->rows[i].spans_first = m->spans_len;
		for (size_t k = 0; k < c->days_len; k++)
			if (c->lacks[i] & 1U << k &&
			    !mix_lack(m, m->rows[i].spans_first, k))
				return false;
		m->rows[i].spans_len = m->spans_len - m->rows[i].spans_first;
	}
	return true;
}

/* The time of what was decided, as though it had been tried; INT64_MAX: some
 * row lacks a day that nothing brings. */
static int64_t
decided(const struct small *c, const struct mix *m)
{
	unsigned days = 0, power = 1, brought = 0;
	struct small only = *c;

	for (size_t k = 0; k < c->days_len; k++, power *= 3) {
		days += power * (unsigned)m->days[k].by;
		brought |= (m->days[k].by != MIX_NONE ? 1U : 0U) << k;
	}
	for (size_t i = 0; i < c->rows_len; i++) {
		if (!m->rows[i].range && (c->lacks[i] & ~brought) != 0)
			return INT64_MAX;
		if (m->rows[i].range && c->lacks[i] != 0)
			only.lacks[i] = ~0U;
	}
	return time_of(&only, days);
}

static void
small_ones(void)
{
	unsigned dearer = 0, untrue = 0, idle = 0;

	for (int n = 0; n < 2000; n++) {
		struct small c;
		struct mix m;
		int64_t us = -1;

		random_case(&c);
		if (!mix_of(&c, &m) || !mix_solve(&m, &c.prices, &us)) {
			printf("Bail out! out of memory\n");
			exit(1);
		}
		dearer += us != least_time(&c);
		untrue += us != decided(&c, &m);
		for (size_t k = 0; k < m.days_len; k++) {
			bool needed = m.days[k].by == MIX_NONE;

			for (size_t i = 0; i < m.rows_len; i++)
				needed |= !m.rows[i].range &&
					  (c.lacks[i] & 1U << k) != 0;
			idle += !needed;
		}
		mix_free(&m);
	}
	ok(dearer == 0, "2,000 cases: as cheap as trying all mixes (%u not)",
	    dearer);
	ok(untrue == 0, "… and that is what was decided (%u not)", untrue);
	ok(idle == 0, "… and no day is read that no row needs (%u are)", idle);
}

/* So many series that lack so many days whose files have so many bytes. */
static void
whole(size_t series, size_t days, int64_t bytes, bool local, struct mix *m)
{
	struct mix_prices p = mix_prices(0, 0, local);
	int64_t us;
	bool good;

	memset(m, 0, sizeof(*m));
	m->days = calloc(days, sizeof(*m->days));
	m->rows = calloc(series, sizeof(*m->rows));
	good = m->days != NULL && m->rows != NULL;
	m->days_len = good ? days : 0;
	m->rows_len = good ? series : 0;
	for (size_t k = 0; k < m->days_len; k++)
		m->days[k] = (struct mix_day){ bytes, -1, MIX_NONE };
	for (size_t i = 0; good && i < series; i++) {
		m->rows[i] =
		    (struct mix_row){ 1, mix_bytes((int64_t)days * 390),
			    m->spans_len, 1, 0, false };
		for (size_t k = 0; good && k < days; k++)
			good = mix_lack(m, m->rows[i].spans_first, k);
	}
	ok(good && mix_solve(m, &p, &us), "%zu series, %zu days", series, days);
}

static void
large_ones(void)
{
	struct mix m;

	whole(1, 21, 25000000, true, &m);
	ok(m.rows[0].range && m.days[0].by == MIX_NONE,
	    "one symbol's month is no reason to read files");
	mix_free(&m);
	whole(11000, 21, 25000000, false, &m);
	ok(!m.rows[10999].range && m.days[20].by == MIX_FILE,
	    "the whole market's is");
	mix_free(&m);
	whole(3000, 1258, 25000000, true, &m);
	ok(!m.rows[0].range, "and years of many series are quickly weighed");
	mix_free(&m);
}

static void
edges(void)
{
	struct weigh *w = weigh_create(0);
	int64_t cost = 9;

	ok(w != NULL && weigh_solve(w, &cost) && cost == 0,
	    "nothing costs nothing");
	weigh_destroy(&w);
	w = weigh_create(1);
	ok(w != NULL && weigh_row(w, 7) && weigh_mark(w, 0, 1) &&
		weigh_solve(w, &cost) && cost == 7 && weigh_has_row(w, 0) &&
		!weigh_has_column(w, 0),
	    "a day whose cost is not known is as dear as can be");
	weigh_destroy(&w);
	w = weigh_create(2);
	if (w != NULL) {
		weigh_column(w, 0, 3);
		weigh_column(w, 1, 4);
	}
	ok(w != NULL && weigh_row(w, 7) && weigh_mark(w, 0, 2) &&
		weigh_solve(w, &cost) && cost == 7 && weigh_has_row(w, 0),
	    "where it costs the same, the series is asked for");
	weigh_destroy(&w);
	ok(mix_prices(1e-300, 0, false).call_us == WEIGH_MOST &&
		mix_calls_us(&(struct mix_prices){ .call_us = WEIGH_MOST,
				 .bytes_per_second = 1 },
		    INT64_MAX, INT64_MAX) == WEIGH_MOST,
	    "no cost is beyond bounds");
}

int
main(void)
{
	small_ones();
	large_ones();
	edges();
	return done();
}
