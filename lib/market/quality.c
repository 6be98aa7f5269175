#include "market/quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXTENDED_OPEN  (4 * MD_HOUR)
#define EXTENDED_CLOSE (20 * MD_HOUR)
#define RETURNED       0.25 /* what may be left of a spike after it */

static const struct {
	const char *name;
	double bound;
} rules[QUALITY_RULES] = {
	[QUALITY_SPIKE] = { "spike", 10 },
	[QUALITY_HIGH] = { "high", 12 },
	[QUALITY_LOW] = { "low", 12 },
	[QUALITY_VOLUME] = { "volume", 1000 },
	[QUALITY_STILL] = { "still", 10 },
	[QUALITY_THIN] = { "thin", 1 },
	[QUALITY_OUTSIDE] = { "outside", 1 },
};

const char *
quality_rule_name(enum quality_rule r)
{
	return rules[r].name;
}

void
quality_bounds_init(struct quality_bounds *b)
{
	for (int i = 0; i < QUALITY_RULES; i++)
		b->at[i] = rules[i].bound;
}

static bool
found(struct quality *q, enum quality_rule rule, int64_t t, double figure)
{
	const struct doubtful_bar d = { rule, t, figure, q->bounds->at[rule] };

	return q->take(q->ctx, &d);
}

/* From its bound on, which NaN never is. */
static bool
at_least(struct quality *q, enum quality_rule rule, int64_t t, double figure)
{
	return !(figure >= q->bounds->at[rule]) || found(q, rule, t, figure);
}

/* -- a bar beside its neighbours -- */

static bool
judge_spike(struct quality *q, int i)
{
	const struct bar *b = &q->around[i];
	double before, move, left;

	if (i == 0 || i + 1 == q->len || !(b[-1].c > 0))
		return true;
	before = b[-1].c;
	move = fabs(b->c - before);
	left = fabs(b[1].c - before);
	return left > move * RETURNED ||
	       at_least(q, QUALITY_SPIKE, b->t, move / before * 100);
}

static bool
judge_reach(struct quality *q, int i)
{
	const struct bar *b = &q->around[i];
	double high = fmax(b->o, b->c), low = fmin(b->o, b->c);

	if (q->len < 3)
		return true;
	for (int k = 0; k < q->len; k++) {
		if (k == i)
			continue;
		high = fmax(high, q->around[k].h);
		low = fmin(low, q->around[k].l);
	}
	return !(high > 0 && low > 0) ||
	       (at_least(q, QUALITY_HIGH, b->t, (b->h / high - 1) * 100) &&
		   at_least(q, QUALITY_LOW, b->t, (1 - b->l / low) * 100));
}

static bool
judge_next(struct quality *q)
{
	int i = q->next++;

	return judge_spike(q, i) && judge_reach(q, i);
}

static bool
look_around(struct quality *q, const struct bar *b)
{
	if (q->len == 2 * QUALITY_AROUND + 1) {
		memmove(q->around, q->around + 1,
		    sizeof(q->around) - sizeof(q->around[0]));
		q->len--;
		q->next--;
	}
	q->around[q->len++] = *b;
	return q->len - 1 - q->next < QUALITY_AROUND || judge_next(q);
}

/* -- its volume -- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const struct quality *q)
{
	double v[QUALITY_VOLUMES];

	memcpy(v, q->volumes, sizeof(v));
	qsort(v, (size_t)q->volumes_len, sizeof(v[0]), by_size);
	return v[q->volumes_len / 2];
}

/* Mostly it is not that much even of the smallest. */
static bool
may_be_great(const struct quality *q, double v)
{
	for (int i = 0; i < q->volumes_len; i++)
		if (v >= q->volumes[i] * q->bounds->at[QUALITY_VOLUME])
			return q->volumes_len >= QUALITY_LEAST;
	return false;
}

static bool
judge_volume(struct quality *q, const struct bar *b)
{
	if (!(b->v > 0))
		return true;
	if (may_be_great(q, b->v) &&
	    !at_least(q, QUALITY_VOLUME, b->t, b->v / median(q)))
		return false;
	q->volumes[q->volumes_at] = b->v;
	q->volumes_at = (q->volumes_at + 1) % QUALITY_VOLUMES;
	if (q->volumes_len < QUALITY_VOLUMES)
		q->volumes_len++;
	return true;
}

/* -- its day -- */

static bool
end_day(struct quality *q, bool last)
{
	bool still = q->count > 0 && !(q->low < q->high);

	if (q->count == 0 || !timeframe_intraday(q->timeframe))
		return true;
	if (still && !at_least(q, QUALITY_STILL, q->first, (double)q->count))
		return false;
	/* A day has few hours in any case. */
	return last || q->timeframe > TF_30M ||
	       (double)q->count > q->bounds->at[QUALITY_THIN] ||
	       found(q, QUALITY_THIN, q->first, (double)q->count);
}

static void
begin_day(struct quality *q, int64_t t)
{
	md_date date = calendar_date(q->calendar, q->class, t);
	struct session s;

	q->day_from = calendar_midnight(q->calendar, q->class, date);
	q->day_to = calendar_midnight(q->calendar, q->class, date + 1);
	q->hours_from = q->hours_to = 0;
	if (calendar_session(q->calendar, date, &s)) {
		q->hours_from =
		    calendar_ny_time(q->calendar, date, EXTENDED_OPEN);
		q->hours_to =
		    calendar_ny_time(q->calendar, date, EXTENDED_CLOSE);
	}
	q->first = t;
	q->count = 0;
	q->low = (double)INFINITY;
	q->high = (double)-INFINITY;
}

static int64_t
minutes_outside(const struct quality *q, int64_t t)
{
	if (q->hours_from == q->hours_to)
		return MD_DAY / MD_MINUTE;
	if (!timeframe_intraday(q->timeframe))
		return 0;
	if (t < q->hours_from)
		return (q->hours_from - t + MD_MINUTE - 1) / MD_MINUTE;
	return t < q->hours_to ? 0 : (t - q->hours_to) / MD_MINUTE + 1;
}

/* An index has hours of its own. */
static bool
judge_hours(struct quality *q, int64_t t)
{
	if ((q->class != CLASS_STOCK && q->class != CLASS_ETF) ||
	    q->timeframe > TF_1D)
		return true;
	return at_least(q, QUALITY_OUTSIDE, t, (double)minutes_outside(q, t));
}

/* -- all of it -- */

void
quality_begin(struct quality *q, const struct quality_bounds *bounds,
    const struct calendar *cal, enum asset_class class, enum timeframe tf,
    quality_taker *take, void *ctx)
{
	memset(q, 0, sizeof(*q));
	q->bounds = bounds;
	q->calendar = cal;
	q->class = class;
	q->timeframe = tf;
	q->take = take;
	q->ctx = ctx;
}

bool
quality_bar(struct quality *q, const struct bar *b)
{
	if (b->t < q->day_from || b->t >= q->day_to) {
		if (!end_day(q, false))
			return false;
		begin_day(q, b->t);
	}
	q->count++;
	q->low = fmin(q->low, b->l);
	q->high = fmax(q->high, b->h);
	return judge_hours(q, b->t) && judge_volume(q, b) && look_around(q, b);
}

bool
quality_end(struct quality *q)
{
	while (q->next < q->len)
		if (!judge_next(q))
			return false;
	return end_day(q, true);
}
