#include "report/series.h"

#include <string.h>

#include "base/integer.h"
#include "store/report.h"

/* By features where they are asked for and there are any, else by bars. */
static void
judge(struct series_report *r, const struct series_query *q)
{
	struct staleness_rule rule = q->rule;

	if (!r->row.facts.has_features)
		rule.basis = BASIS_BARS;
	r->basis = rule.basis;
	r->status = STALENESS_MISSING;
	if (r->row.facts.has_bars &&
	    staleness_age(&rule, &r->row.facts, q->now_ms, &r->age_ms))
		r->status = staleness_of(&rule.bounds, r->age_ms);
}

/* The earlier of what is known and when the window is due after that answer. */
static void
consider(struct series_report *r, const struct finality_rule *f, int64_t start,
    int64_t as_of)
{
	int64_t due = finality_due(&r->grid, f, start, as_of);

	if (due < r->due_ms) {
		r->due_ms = due;
		r->due = finality_moment(&r->grid, f, start, as_of, due);
	}
}

/* Of answers that may still change, and of the window after all of them. */
static void
find_due(struct series_report *r, const struct finality_rule *f)
{
	const struct coverage *c = &r->coverage;
	int64_t after = r->now_ms, start;

	r->due_ms = INT64_MAX;
	for (size_t i = 0; i < c->len; i++) {
		const struct span *s = &c->v[i];

		if (s->to > after)
			after = s->to;
		if (s->kind == COVERAGE_DENIED || span_final(s, &r->grid))
			continue;
		consider(r, f, grid_start(&r->grid, s->from), s->fetched_at);
		consider(r, f, grid_start(&r->grid, s->to - 1), s->fetched_at);
	}
	if (grid_next_expected(&r->grid, after, &start))
		consider(r, f, start, INT64_MIN);
}

static bool
find_wanted(struct series_report *r, const struct series_query *q)
{
	md_date today =
	    calendar_date(r->grid.calendar, r->grid.class, q->now_ms);
	struct range range = { grid_midnight(&r->grid, today - q->days),
		q->now_ms };

	if (!wanted_now(&r->grid, &q->finality, &r->coverage, range, q->now_ms,
		false, &r->wanted))
		return false;
	for (size_t i = 0; i < r->wanted.len; i++)
		r->reasons |= wanted_reasons(&r->grid, &q->finality,
		    &r->coverage, r->wanted.v[i], q->now_ms, false);
	if (r->wanted.len == 0)
		find_due(r, &q->finality);
	return true;
}

/* -- gaps -- */

struct absent {
	struct ranges *found;
	int64_t near_ms;
};

static bool
note_absent(void *ctx, enum gap_kind kind, int64_t from, int64_t to)
{
	struct absent *a = ctx;
	struct ranges *l = a->found;

	if (kind != GAP_ABSENT)
		return true;
	if (l->len == 0 || from - l->v[l->len - 1].to > a->near_ms)
		return ranges_add(l, from, to);
	l->v[l->len - 1].to = max64(l->v[l->len - 1].to, to);
	return true;
}

static bool
find_gaps(struct store *st, struct series_report *r,
    const struct series_query *q, struct md_error *e)
{
	const struct gap_query gaps = {
		.calendar = r->grid.calendar,
		.days = q->days,
		.settle_ms = q->rule.settle_ms,
		.now_ms = q->now_ms,
	};
	struct absent absent = { &r->absent, 0 };

	if (r->coverage.len > 0)
		absent.near_ms =
		    max64(q->now_ms - r->coverage.v[0].from, 0) / SERIES_WIDTH;
	r->gaps.keep = SERIES_GAPS;
	r->gaps.each = note_absent;
	r->gaps.ctx = &absent;
	return gaps_of_series(st, &gaps, &r->row, &r->coverage, &r->gaps, e);
}

bool
series_report_read(struct store *st, const struct series_query *q,
    const char *symbol, enum timeframe tf, struct series_report *out,
    bool *found, struct md_error *e)
{
	memset(out, 0, sizeof(*out));
	out->now_ms = q->now_ms;
	if (!store_read_series(st, symbol, tf, &out->row, found, e))
		return false;
	if (!*found)
		return true;
	out->grid = staleness_grid(q->rule.calendar, &out->row.facts);
	judge(out, q);
	return store_report_coverage(st, out->row.id, &out->coverage, e) &&
	       find_gaps(st, out, q, e) &&
	       store_report_restated(st, out->row.id, SERIES_CHANGES,
		   &out->changes, e) &&
	       (find_wanted(out, q) || md_nomem(e));
}

void
series_report_free(struct series_report *r)
{
	coverage_free(&r->coverage);
	gap_list_free(&r->gaps);
	ranges_free(&r->absent);
	restated_rows_free(&r->changes);
	ranges_free(&r->wanted);
}
