#include "report/bars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "market/bar_join.h"

/* The bars before the first one that are looked at for a close: more than there
 * are from the end of a session to the open of the next. */
#define LOOK_BACK 2000

/* -- the words -- */

/* By how many kinds of adjustments, the first ones of enum action. */
static const struct {
	const char *name;
	int kinds;
} adjusted[] = {
	{ "splits", 1 },
	{ "raw", 0 },
	{ "total", 2 },
};

const char *
bars_adjusted_name(unsigned i)
{
	return adjusted[i].name;
}

const char *
bars_fill_name(enum bars_fill f)
{
	static const char *const names[] = { "none", "null", "forward" };

	return names[f];
}

/* -- the series -- */

static struct hours
hours_of(const struct bars_query *q, enum asset_class class)
{
	return (struct hours){ .calendar = q->calendar,
		.class = class,
		.kind = q->hours };
}

static bool
no_more(void *ctx, const struct bar *b, const struct features *f)
{
	(void)b;
	(void)f;
	*(bool *)ctx = true;
	return false;
}

/* Are there bars, or were there as of the query's time? */
static bool
has_bars(struct store *st, const struct bars_query *q,
    const struct series_row *s, bool *has, struct md_error *e)
{
	const struct read_query first = {
		.series_id = s->id,
		.from = INT64_MIN,
		.to = INT64_MAX,
		.limit = INT64_MAX,
		.as_of = q->as_of_ms,
	};

	*has = s->facts.has_bars;
	if (q->as_of_ms == 0)
		return true;
	*has = false;
	return store_read_rows(st, &first, false, no_more, has, e);
}

/* What begins at 9:30: the finest that there is. */
static bool
find_source(struct store *st, const struct bars_query *q, struct bars_series *s,
    bool *found, struct md_error *e)
{
	*found = false;
	for (int tf = TF_1M; tf <= TF_30M && !*found; tf++) {
		if (!store_read_series(st, s->row.symbol, (enum timeframe)tf,
			&s->source, found, e) ||
		    (*found && !has_bars(st, q, &s->source, found, e)))
			return false;
	}
	return true;
}

bool
bars_find(struct store *st, const struct bars_query *q, const char *symbol,
    enum asset_class class, enum timeframe tf, struct bars_series *out,
    bool *found, struct md_error *e)
{
	struct hours hours;

	if (!store_read_series(st, symbol, tf, &out->row, found, e))
		return false;
	if (!*found) {
		memset(&out->row, 0, sizeof(out->row));
		(void)snprintf(out->row.symbol, sizeof(out->row.symbol), "%s",
		    symbol);
		out->row.facts.class = class;
		out->row.facts.timeframe = tf;
	}
	hours = hours_of(q, out->row.facts.class);
	if (hours_are_made(&hours, tf)) {
		if (!find_source(st, q, out, found, e))
			return false;
		/* The watchlist, or the store, knows what is an index. */
		if (*found)
			out->row.facts.class = out->source.facts.class;
		return true;
	}
	out->source = out->row;
	return !*found || has_bars(st, q, &out->row, found, e);
}

bool
bars_query_check(const struct bars_query *q, enum timeframe tf,
    struct md_error *e)
{
	if (q->hours == HOURS_EXTENDED && !timeframe_intraday(tf))
		return md_fail(e, MD_EUSAGE,
		    "--session: a bar of %s has no extended hours of its own: "
		    "expected 1m to 4h (-t)",
		    timeframe_name(tf));
	if (q->hours == HOURS_EXTENDED && q->fill != BARS_FILL_NONE)
		return md_fail(e, MD_EUSAGE,
		    "--fill: no bar is expected in extended hours: expected "
		    "--session regular or all");
	if (q->as_of_ms != 0 && q->features)
		return md_fail(e, MD_EUSAGE,
		    "--features: they are kept as they are now, not as of a "
		    "time: expected --as-of or --features, not both");
	return true;
}

/* -- the pass over its rows -- */

struct adjust {
	struct adjustment_list list;
	size_t at;
};

struct pass {
	const struct bars_query *query;
	const struct bars_series *series;
	struct grid grid;     /* of the series */
	struct hours hours;   /* that are wanted */
	struct hours windows; /* the same, where bars are made */
	int64_t made_ms;  /* the length of such bars; 0: as they are stored */
	bool cut;         /* bars outside of the hours are left out */
	int64_t from, to; /* window starts */

	struct adjust adjusts[ACTION_COUNT];

	struct coverage coverage; /* of the source */
	struct grid source_grid;
	size_t span;
	bool span_known, span_final;
	/* As of a time: what was final then, and what became so later. */
	struct ranges final, later;
	size_t final_at, later_at;

	/* A bar that is being made. */
	bool making;
	struct range window;
	struct bar_join join;

	/* The grid's next bar that is expected. */
	bool expects;
	int64_t next, fill_to;
	struct bar before; /* NaN close: there was none */

	bool (*each)(void *ctx, const struct bars_row *);
	void *ctx;
	int64_t rows;
};

static bool
is_in(const struct ranges *r, size_t *at, int64_t t)
{
	while (*at < r->len && r->v[*at].to <= t)
		++*at;
	return *at < r->len && r->v[*at].from <= t;
}

/* Is what is known of the time final?  Times come in order. */
static bool
is_final_now(struct pass *p, int64_t t)
{
	const struct coverage *c = &p->coverage;

	while (p->span < c->len && t >= c->v[p->span].to) {
		p->span++;
		p->span_known = false;
	}
	if (p->span == c->len || t < c->v[p->span].from)
		return false;
	if (!p->span_known)
		p->span_final = span_final(&c->v[p->span], &p->source_grid);
	p->span_known = true;
	return p->span_final;
}

static bool
is_final(struct pass *p, int64_t t)
{
	return is_in(&p->final, &p->final_at, t) ||
	       (is_final_now(p, t) && !is_in(&p->later, &p->later_at, t));
}

static void
adjust(struct pass *p, struct bar *b)
{
	static adjustment_use *const uses[ACTION_COUNT] = {
		[ACTION_SPLITS] = split_adjust,
		[ACTION_DIVIDENDS] = dividend_adjust,
	};

	for (int i = 0;
	     i < ACTION_COUNT && i < adjusted[p->query->adjusted].kinds; i++)
		adjustments_apply(p->adjusts[i].list.v, p->adjusts[i].list.len,
		    uses[i], &p->adjusts[i].at, b);
}

/* -- expected bars that are not there -- */

static bool
expected_at(struct pass *p, int64_t t, int64_t *start)
{
	if (p->made_ms > 0)
		return hours_next(&p->windows, t, p->made_ms, start);
	return grid_next_expected(&p->grid, t, start);
}

static void
expect_from(struct pass *p, int64_t t)
{
	p->expects = p->query->fill != BARS_FILL_NONE && t < p->fill_to &&
		     expected_at(p, t, &p->next) && p->next < p->fill_to;
}

static bool
put_absent(struct pass *p)
{
	struct bars_row r = { .filled = true };
	struct bar *b = &r.bar;

	b->o = b->v = b->vw = (double)NAN;
	b->n = -1;
	if (p->query->fill == BARS_FILL_FORWARD && !isnan(p->before.c)) {
		b->o = p->before.c;
		b->v = isnan(p->before.v) ? (double)NAN : 0;
		b->n = p->before.n < 0 ? -1 : 0;
	}
	b->h = b->l = b->c = b->o;
	b->t = p->next;
	p->rows++;
	return p->each(p->ctx, &r);
}

/* All those that are expected before t. */
static bool
fill_up_to(struct pass *p, int64_t t)
{
	while (p->expects && p->next < t) {
		if (!put_absent(p))
			return false;
		expect_from(p, p->next + 1);
	}
	if (p->expects && p->next == t)
		expect_from(p, t + 1);
	return true;
}

/* -- rows -- */

static bool
put_bar(struct pass *p, const struct bar *bar, const struct features *f,
    bool final)
{
	struct bars_row r = { *bar, f, false, final };

	if (p->query->fill != BARS_FILL_NONE && !fill_up_to(p, bar->t))
		return false;
	adjust(p, &r.bar);
	p->before = r.bar;
	p->rows++;
	return p->each(p->ctx, &r);
}

/* -- bars that are made of finer ones -- */

static bool
put_made(struct pass *p)
{
	struct bar b = bar_join_end(&p->join);
	bool final =
	    is_final(p, p->window.from) && is_final(p, p->window.to - 1);

	p->making = false;
	return put_bar(p, &b, NULL, final);
}

static bool
make(struct pass *p, const struct bar *b)
{
	struct range w;

	if (p->making && b->t < p->window.to) {
		bar_join_next(&p->join, b);
		return true;
	}
	if (p->making && !put_made(p))
		return false;
	p->making = hours_window(&p->windows, b->t, p->made_ms, &w) &&
		    w.from >= p->from && w.from < p->to;
	if (p->making) {
		p->window = w;
		bar_join_first(&p->join, b, w.from);
	}
	return true;
}

static bool
each_row(void *ctx, const struct bar *b, const struct features *f)
{
	struct pass *p = ctx;

	if (p->made_ms > 0)
		return make(p, b);
	if (p->cut && !hours_have(&p->hours, b->t))
		return true;
	return put_bar(p, b, f, is_final(p, b->t));
}

/* -- the last bar before the first -- */

struct look_back {
	struct pass *pass;
	struct bar bar;
	bool found;
};

static bool
each_before(void *ctx, const struct bar *b, const struct features *f)
{
	struct look_back *l = ctx;

	(void)f;
	l->found = !l->pass->cut || hours_have(&l->pass->hours, b->t);
	l->bar = *b;
	return !l->found;
}

static bool
look_back(struct store *st, struct pass *p, struct md_error *e)
{
	struct look_back l = { .pass = p };
	const struct read_query q = {
		.series_id = p->series->source.id,
		.from = INT64_MIN,
		.to = p->from,
		.descending = true,
		.limit = LOOK_BACK,
		.as_of = p->query->as_of_ms,
	};

	if (!store_read_rows(st, &q, false, each_before, &l, e))
		return false;
	if (!l.found)
		return true;
	adjust(p, &l.bar);
	p->before = l.bar;
	return true;
}

/* -- all of it -- */

static int64_t
from_of(const struct bars_query *q, const struct grid *g)
{
	switch (q->from.kind) {
	case BARS_END_TIME:
		return q->from.ms;
	case BARS_END_DATE:
		return grid_midnight(g, q->from.date);
	case BARS_END_NONE:
		break;
	}
	return INT64_MIN;
}

static int64_t
to_of(const struct bars_query *q, const struct grid *g)
{
	switch (q->to.kind) {
	case BARS_END_TIME:
		return q->to.ms;
	case BARS_END_DATE:
		return grid_midnight(g, q->to.date + 1);
	case BARS_END_NONE:
		break;
	}
	return INT64_MAX;
}

/* Up to where holes are filled: what was asked for, if it is due. */
static int64_t
fill_end(const struct pass *p)
{
	const struct bars_query *q = p->query;
	int64_t due;

	if (q->to.kind == BARS_END_NONE)
		return INT64_MIN;
	if (p->made_ms > 0)
		return min64(p->to, q->now_ms - p->made_ms + 1);
	if (!grid_newest_due(&p->grid, q->now_ms, 0, &due))
		return INT64_MIN;
	return min64(p->to, due + 1);
}

static void
pass_init(struct pass *p, const struct bars_query *q,
    const struct bars_series *s)
{
	enum timeframe tf = s->row.facts.timeframe;

	memset(p, 0, sizeof(*p));
	p->query = q;
	p->series = s;
	p->grid = staleness_grid(q->calendar, &s->row.facts);
	p->source_grid = staleness_grid(q->calendar, &s->source.facts);
	p->hours = hours_of(q, s->row.facts.class);
	p->windows = p->hours;
	if (hours_are_made(&p->hours, tf))
		p->made_ms = timeframe_nominal_ms(tf);
	p->cut = hours_cut(&p->hours) && timeframe_intraday(tf);
	p->from = from_of(q, &p->grid);
	p->to = to_of(q, &p->grid);
	p->before.c = (double)NAN;
}

/* Before the first bar, if it is said from when on. */
static bool
begin(struct store *st, struct pass *p, struct md_error *e)
{
	const struct bars_query *q = p->query;

	if (q->fill == BARS_FILL_NONE)
		return true;
	if (q->from.kind == BARS_END_NONE) {
		/* From the first bar on, wherever that is. */
		p->fill_to = INT64_MAX;
		return true;
	}
	if (q->fill == BARS_FILL_FORWARD && !look_back(st, p, e))
		return false;
	p->fill_to = INT64_MAX;
	expect_from(p, p->from);
	return true;
}

/* After the last one, if it is said until when. */
static bool
finish(struct pass *p)
{
	p->fill_to = fill_end(p);
	p->expects = p->expects && p->next < p->fill_to;
	return fill_up_to(p, p->fill_to);
}

struct sink {
	bool (*each)(void *ctx, const struct bars_row *);
	void *ctx;
	struct pass *pass;
	bool gone;
};

/* Whoever takes no more ends what is filled in, too. */
static bool
hand_on(void *ctx, const struct bars_row *r)
{
	struct sink *s = ctx;

	s->gone = s->gone || !s->each(s->ctx, r);
	/* The first bar begins the grid where nothing was said. */
	if (!s->pass->expects && !r->filled &&
	    s->pass->query->fill != BARS_FILL_NONE)
		expect_from(s->pass, r->bar.t + 1);
	return !s->gone;
}

static bool
read_adjustments(struct store *st, struct pass *p, struct md_error *e)
{
	const struct bars_query *q = p->query;
	const char *symbol = p->series->row.symbol;
	bool good = true;

	for (int i = 0; good && i < adjusted[q->adjusted].kinds; i++)
		good = q->as_of_ms == 0
			   ? store_adjustments_now(st, (enum action)i, symbol,
				 &p->adjusts[i].list, e)
			   : store_adjustments_then(st, (enum action)i, symbol,
				 q->as_of_ms, &p->adjusts[i].list, e);
	return good;
}

/* What is known of them beside their values. */
static bool
read_knowledge(struct store *st, struct pass *p, struct md_error *e)
{
	int64_t id = p->series->source.id, as_of = p->query->as_of_ms;

	return store_report_coverage(st, id, &p->coverage, e) &&
	       (as_of == 0 ||
		   store_finality_then(st, id, as_of, &p->final, &p->later, e));
}

static void
pass_free(struct pass *p)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		adjustment_list_free(&p->adjusts[i].list);
	ranges_free(&p->final);
	ranges_free(&p->later);
	coverage_free(&p->coverage);
	free(p);
}

bool
bars_read(struct store *st, const struct bars_query *q,
    const struct bars_series *s,
    bool (*each)(void *ctx, const struct bars_row *), void *ctx, int64_t *rows,
    struct md_error *e)
{
	struct pass *p = malloc(sizeof(*p));
	struct sink sink = { each, ctx, p, false };
	struct read_query read = { .limit = INT64_MAX, .as_of = q->as_of_ms };
	bool good;

	if (p == NULL)
		return md_nomem(e);
	pass_init(p, q, s);
	p->each = hand_on;
	p->ctx = &sink;
	read.series_id = s->source.id;
	read.from = p->from;
	/* The last bar that is made begins before the end and goes on. */
	read.to = p->made_ms > 0 && p->to < INT64_MAX - p->made_ms
		      ? p->to + p->made_ms
		      : p->to;
	good = read_adjustments(st, p, e) && read_knowledge(st, p, e) &&
	       begin(st, p, e) &&
	       store_read_rows(st, &read, q->features && p->made_ms == 0,
		   each_row, p, e);
	if (good && !sink.gone && (!p->making || put_made(p)))
		(void)finish(p);
	*rows = p->rows;
	pass_free(p);
	return good;
}
