#include "market/finality.h"

#include "market/calendar_internal.h"

#define EXTENDED_END (20 * MD_HOUR) /* New York */
#define FINAL_AT     (11 * MD_HOUR) /* New York, the day after */

static bool
has_extended_hours(const struct grid *g)
{
	return g->class == CLASS_STOCK || g->class == CLASS_ETF;
}

/* The last trading day of a window; its last day where there is none. */
static md_date
last_day(const struct grid *g, int64_t start, struct hours *h)
{
	int64_t end = grid_end(g, start) - 1;
	struct grid days = *g;
	md_date first, last;

	/* Within a day it is the class's that counts. */
	if (timeframe_intraday(g->timeframe))
		days.kind = GRID_UNKNOWN;
	first = last = grid_date(&days, start);
	if (!timeframe_intraday(g->timeframe))
		last = grid_date(&days, end);
	for (md_date d = last; d >= first; d--)
		if (grid_hours(&days, d, h))
			return d;
	*h = (struct hours){ start, end + 1 };
	return last;
}

int64_t
finality_closes(const struct grid *g, int64_t start)
{
	struct hours h;

	if (timeframe_intraday(g->timeframe) ||
	    !asset_class_has_sessions(g->class))
		return grid_end(g, start);
	(void)last_day(g, start, &h);
	return h.to;
}

int64_t
finality_final(const struct grid *g, int64_t start)
{
	struct hours h;
	md_date date;

	if (timeframe_intraday(g->timeframe))
		date = calendar_ny_date(g->calendar, grid_end(g, start) - 1);
	else
		date = last_day(g, start, &h);
	return calendar_ny_time(g->calendar, date + 1, FINAL_AT);
}

int64_t
grid_final_before(const struct grid *g, int64_t asked_ms)
{
	int64_t final =
	    grid_start(g, calendar_final_before(g->calendar, asked_ms));

	/* A week of stocks is final on Saturday, before it ends. */
	if (g->timeframe > TF_1D && finality_final(g, final) <= asked_ms)
		return grid_end(g, final);
	return final;
}

/* When its last day's extended hours end; never where there are none. */
static int64_t
extended_end(const struct grid *g, int64_t start)
{
	struct hours h;
	md_date date = last_day(g, start, &h);

	if (!has_extended_hours(g))
		return INT64_MIN;
	return calendar_ny_time(g->calendar, date, EXTENDED_END);
}

/* The close of the first session of a week or month that settled after t. */
static int64_t
next_close(const struct grid *g, int64_t start, int64_t t, int64_t settle)
{
	struct hours h;
	int64_t end = grid_end(g, start);
	md_date d = grid_date(g, start);

	for (; grid_midnight(g, d) < end; d++)
		if (grid_hours(g, d, &h) && h.to + settle > t)
			return h.to + settle;
	return INT64_MAX;
}

/* When the first bar of the window can be there. */
static int64_t
opens(const struct grid *g, int64_t start)
{
	struct hours h;

	if (g->timeframe == TF_1D && asset_class_has_sessions(g->class) &&
	    grid_hours(g, grid_date(g, start), &h))
		return h.from;
	return start;
}

int64_t
finality_late(const struct grid *g, const struct finality_rule *r,
    int64_t start, int64_t as_of)
{
	int64_t closes = finality_closes(g, start) + r->settle_ms;
	int64_t extended = extended_end(g, start);
	int64_t final = finality_final(g, start);

	if (as_of >= final)
		return INT64_MAX;
	if (g->timeframe > TF_1D && as_of < closes)
		closes = next_close(g, start, as_of, r->settle_ms);
	if (as_of < closes)
		return min64(closes, final);
	if (extended != INT64_MIN && as_of < extended + r->settle_ms)
		return min64(extended + r->settle_ms, final);
	return final;
}

int64_t
finality_due(const struct grid *g, const struct finality_rule *r, int64_t start,
    int64_t as_of)
{
	int64_t late = finality_late(g, r, start, as_of);
	int64_t again = as_of == INT64_MIN ? as_of : as_of + r->reask_ms;

	if (r->final_only)
		return as_of >= finality_final(g, start)
			   ? INT64_MAX
			   : finality_final(g, start);
	if (g->timeframe > TF_1D ||
	    as_of >= finality_closes(g, start) + r->settle_ms)
		return late;
	return min64(late, max64(opens(g, start), again));
}

enum finality_moment
finality_moment(const struct grid *g, const struct finality_rule *r,
    int64_t start, int64_t as_of, int64_t now)
{
	int64_t extended = extended_end(g, start);
	int64_t at;

	if (now >= finality_final(g, start))
		return MOMENT_FINAL;
	if (extended != INT64_MIN && now >= extended + r->settle_ms)
		return MOMENT_EXTENDED;
	at = finality_closes(g, start) + r->settle_ms;
	if (g->timeframe > TF_1D)
		at = min64(at, next_close(g, start, as_of, r->settle_ms));
	return now >= at ? MOMENT_CLOSED : MOMENT_OPEN;
}

/*
 * Of one day's intraday windows, or of any where no extended hours count: those
 * that have settled since, and those still open if so long ago was asked.
 */
static bool
add_unsettled(const struct grid *g, const struct finality_rule *r,
    struct range span, int64_t as_of, int64_t now, struct ranges *out)
{
	int64_t settled = grid_start(g, now - r->settle_ms), from = span.from;
	bool again = true;

	if (as_of != INT64_MIN) {
		from = max64(from, grid_start(g, as_of - r->settle_ms));
		again = as_of + r->reask_ms <= now;
	}
	return ranges_join(out, from, min64(settled, span.to)) &&
	       (!again || ranges_join(out, max64(from, settled), span.to));
}

/* Intraday windows that were not final at now. */
static bool
add_intraday(const struct grid *g, const struct finality_rule *r,
    struct range span, int64_t as_of, int64_t now, struct ranges *out)
{
	const struct calendar *cal = g->calendar;
	bool good = true;

	while (good && has_extended_hours(g) && span.from < span.to) {
		md_date date = calendar_ny_date(cal, span.from);
		int64_t ended = calendar_ny_time(cal, date, EXTENDED_END);
		int64_t next =
		    grid_next(g, calendar_ny_midnight(cal, date + 1));
		struct range rest = { span.from, min64(next, span.to) };

		if (as_of < ended + r->settle_ms &&
		    ended + r->settle_ms <= now) {
			rest.from = max64(rest.from, grid_start(g, ended));
			good = ranges_join(out, span.from,
			    min64(rest.from, rest.to));
		}
		good = good && add_unsettled(g, r, rest, as_of, now, out);
		span.from = rest.to;
	}
	return good && add_unsettled(g, r, span, as_of, now, out);
}

bool
finality_wanted(const struct grid *g, const struct finality_rule *r,
    struct range span, int64_t as_of, int64_t now, struct ranges *out)
{
	int64_t final = grid_final_before(g, now);

	span.to = min64(span.to, grid_end(g, grid_start(g, now)));
	if (as_of != INT64_MIN)
		span.from = max64(span.from, grid_final_before(g, as_of));
	if (!ranges_join(out, span.from, min64(final, span.to)))
		return false;
	span.from = max64(span.from, final);
	if (r->final_only || span.from >= span.to)
		return true;
	if (timeframe_intraday(g->timeframe))
		return add_intraday(g, r, span, as_of, now, out);
	for (int64_t w = grid_start(g, span.from); w < span.to;
	     w = grid_end(g, w))
		if (finality_due(g, r, w, as_of) <= now &&
		    !ranges_join(out, max64(w, span.from),
			min64(grid_end(g, w), span.to)))
			return false;
	return true;
}

int64_t
finality_closed_before(const struct grid *g, int64_t t)
{
	int64_t w = grid_start(g, t);

	return finality_closes(g, w) <= t ? grid_end(g, w) : w;
}
