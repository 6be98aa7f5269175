#include "mock/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "market/bar_join.h"

/* -- windows -- */

bool
window_of_api(int multiplier, const char *timespan, struct window *out,
    struct md_error *e)
{
	int64_t unit = strcmp(timespan, "minute") == 0 ? MD_MINUTE
		       : strcmp(timespan, "hour") == 0 ? MD_HOUR
						       : 0;

	out->length_ms = 0;
	out->tf = TF_1M;
	if (timeframe_of_api(multiplier, timespan, &out->tf))
		return true;
	if (unit == 0 || multiplier < 1 || multiplier > MD_DAY / unit ||
	    MD_DAY % (multiplier * unit) != 0)
		return md_fail(e, MD_EUSAGE,
		    "%d %s: expected minutes or hours that divide a day, or "
		    "one day, week or month",
		    multiplier, timespan);
	out->length_ms = multiplier * unit;
	return true;
}

bool
window_intraday(const struct window *w)
{
	return w->length_ms != 0 || timeframe_intraday(w->tf);
}

int64_t
window_start(const struct calendar *cal, enum asset_class ac,
    const struct window *w, int64_t t_ms)
{
	int64_t midnight;

	if (w->length_ms == 0)
		return calendar_window_start(cal, ac, w->tf, t_ms);
	midnight = calendar_midnight(cal, ac, calendar_date(cal, ac, t_ms));
	return t_ms - (t_ms - midnight) % w->length_ms;
}

int64_t
window_end(const struct calendar *cal, enum asset_class ac,
    const struct window *w, int64_t start_ms)
{
	int64_t next;

	if (w->length_ms == 0)
		return calendar_window_end(cal, ac, w->tf, start_ms);
	next = calendar_midnight(cal, ac, calendar_date(cal, ac, start_ms) + 1);
	/* The day that clocks change on may cut its last window short. */
	return start_ms + w->length_ms < next ? start_ms + w->length_ms : next;
}

/* -- lists -- */

bool
bars_add(struct bars *b, const struct bar *bar)
{
	void *p = array_room(b->bar, b->len, &b->cap, sizeof(*b->bar));

	if (p == NULL)
		return false;
	b->bar = p;
	b->bar[b->len++] = *bar;
	return true;
}

void
bars_free(struct bars *b)
{
	free(b->bar);
	memset(b, 0, sizeof(*b));
}

bool
splits_add(struct splits *s, const struct split *split)
{
	void *p = array_room(s->split, s->len, &s->cap, sizeof(*s->split));

	if (p == NULL)
		return false;
	s->split = p;
	s->split[s->len++] = *split;
	return true;
}

void
splits_free(struct splits *s)
{
	free(s->split);
	memset(s, 0, sizeof(*s));
}

bool
symbols_add(struct symbols *s, const char *symbol)
{
	void *p = array_room(s->symbol, s->len, &s->cap, sizeof(*s->symbol));
	size_t len = strlen(symbol);

	if (p == NULL)
		return false;
	s->symbol = p;
	if (len < SYMBOL_MAX)
		memcpy(s->symbol[s->len++], symbol, len + 1);
	return true;
}

void
symbols_free(struct symbols *s)
{
	free(s->symbol);
	memset(s, 0, sizeof(*s));
}

/* -- joining -- */

bool
source_join_bars(const struct calendar *cal, enum asset_class ac,
    const struct window *w, const struct bar *base, size_t n, bool complete,
    struct bars *out, size_t *used)
{
	struct bar_join j;
	struct bar bar;
	int64_t end = INT64_MIN;
	size_t i;

	*used = 0;
	for (i = 0; i < n; i++) {
		if (base[i].t < end) {
			bar_join_next(&j, &base[i]);
			continue;
		}
		if (i > 0) {
			bar = bar_join_end(&j);
			if (!bars_add(out, &bar))
				return false;
		}
		*used = i;
		bar_join_first(&j, &base[i],
		    window_start(cal, ac, w, base[i].t));
		end = window_end(cal, ac, w, j.bar.t);
	}
	if (n > 0 && complete) {
		*used = n;
		bar = bar_join_end(&j);
		return bars_add(out, &bar);
	}
	return true;
}

/* -- pages -- */

enum asset_class
source_days(const struct market *m, enum asset_class ac)
{
	return ac == CLASS_FX && m->fx_utc ? CLASS_CRYPTO : ac;
}

/* The part of the query that windows and the clock leave: [from, to). */
struct extent {
	int64_t from_ms, to_ms;
	enum asset_class ac; /* of its local days */
};

static struct extent
extent_of(const struct market *m, const struct source_query *q)
{
	struct extent x;
	int64_t start;

	x.ac = source_days(m, symbol_class(q->symbol));
	start = window_start(m->calendar, x.ac, &q->window, q->from_ms);
	x.from_ms = start < q->from_ms
			? window_end(m->calendar, x.ac, &q->window, start)
			: start;
	x.to_ms = window_end(m->calendar, x.ac, &q->window,
	    window_start(m->calendar, x.ac, &q->window, q->to_ms));
	if (x.to_ms > q->now_ms + 1)
		x.to_ms = q->now_ms + 1;
	return x;
}

/* Base bars of [from, to) and the windows made of them. */
struct fetched {
	struct bars base;
	bool whole;
	int each;
};

static bool
fetch(struct market *m, const struct source_query *q, int64_t from_ms,
    int64_t to_ms, int64_t max, struct fetched *f, struct md_error *e)
{
	struct source_range r = { q->symbol, &q->window, from_ms, to_ms,
		q->now_ms, (size_t)max };

	f->base.len = 0;
	return m->ops->base(m, &r, &f->base, &f->whole, &f->each, e);
}

static bool
join(struct market *m, const struct source_query *q, const struct extent *x,
    const struct fetched *f, size_t n, bool complete, struct bars *out,
    size_t *used)
{
	if (!f->whole)
		return source_join_bars(m->calendar, x->ac, &q->window,
		    f->base.bar, n, complete, out, used);
	for (*used = 0; *used < n; (*used)++)
		if (!bars_add(out, &f->base.bar[*used]))
			return false;
	return true;
}

/* The windows of one that the limit cuts at once, whole nevertheless. */
static bool
first_window(struct market *m, const struct source_query *q,
    const struct extent *x, int64_t t_ms, struct fetched *f,
    struct source_page *out, struct md_error *e)
{
	int64_t start = window_start(m->calendar, x->ac, &q->window, t_ms);
	int64_t end = window_end(m->calendar, x->ac, &q->window, start);
	size_t used;

	if (!fetch(m, q, start, end < x->to_ms ? end : x->to_ms, INT32_MAX, f,
		e))
		return false;
	if (!join(m, q, x, f, f->base.len, true, &out->bars, &used))
		return md_nomem(e);
	out->base = (int64_t)used * f->each;
	/* Is there one more at all? */
	if (!fetch(m, q, end, x->to_ms, 0, f, e))
		return false;
	out->more = f->base.len > 0;
	if (out->more)
		out->next_ms = window_start(m->calendar, x->ac, &q->window,
		    f->base.bar[0].t);
	return true;
}

static bool
page_up(struct market *m, const struct source_query *q, const struct extent *x,
    struct fetched *f, struct source_page *out, struct md_error *e)
{
	size_t fits, used;
	bool all;

	if (!fetch(m, q, x->from_ms, x->to_ms, q->limit, f, e))
		return false;
	fits = (size_t)(q->limit / f->each);
	all = f->base.len <= fits;
	if (!join(m, q, x, f, all ? f->base.len : fits + (f->whole ? 0 : 1),
		all, &out->bars, &used))
		return md_nomem(e);
	if (!all && used == 0)
		return first_window(m, q, x, f->base.bar[0].t, f, out, e);
	out->base = (int64_t)used * f->each;
	out->more = !all;
	if (out->more)
		out->next_ms = f->whole ? f->base.bar[used].t
					: window_start(m->calendar, x->ac,
					      &q->window, f->base.bar[used].t);
	return true;
}

static bool
one_window(struct market *m, const struct source_query *q,
    const struct extent *x, const struct bars *b)
{
	return b->len == 0 ||
	       window_start(m->calendar, x->ac, &q->window, b->bar[0].t) ==
		   window_start(m->calendar, x->ac, &q->window,
		       b->bar[b->len - 1].t);
}

/*
 * Newest first: sources only go forward, so look back from the end in spans
 * that double until they hold more than fits.
 */
static bool
page_down(struct market *m, const struct source_query *q,
    const struct extent *x, struct fetched *f, struct source_page *out,
    struct md_error *e)
{
	int64_t step = window_intraday(&q->window) ? MD_MINUTE : MD_DAY;
	int64_t span = (q->limit + 1) * step, from;
	size_t fits, skip = 0, drop = 0, used;

	do {
		from =
		    x->to_ms - span < x->from_ms ? x->from_ms : x->to_ms - span;
		from = window_start(m->calendar, x->ac, &q->window, from);
		from = from < x->from_ms ? x->from_ms : from;
		if (!fetch(m, q, from, x->to_ms, INT32_MAX, f, e))
			return false;
		fits = (size_t)(q->limit / f->each);
		span *= 2;
	} while (from > x->from_ms &&
		 (f->base.len <= fits || one_window(m, q, x, &f->base)));
	if (!join(m, q, x, f, f->base.len, true, &out->bars, &used))
		return md_nomem(e);
	/* Leave out old windows until the rest fits. */
	while (f->base.len - skip > fits && drop + 1 < out->bars.len)
		for (drop++; f->base.bar[skip].t < out->bars.bar[drop].t;)
			skip++;
	out->bars.len -= drop;
	if (drop > 0)
		memmove(out->bars.bar, out->bars.bar + drop,
		    out->bars.len * sizeof(struct bar));
	out->base = (int64_t)(used - skip) * f->each;
	out->more = skip > 0;
	if (out->more)
		out->next_ms = window_start(m->calendar, x->ac, &q->window,
		    f->base.bar[skip - 1].t);
	for (size_t i = 0, j = out->bars.len; i + 1 < j; i++) {
		struct bar b = out->bars.bar[i];

		out->bars.bar[i] = out->bars.bar[--j];
		out->bars.bar[j] = b;
	}
	return true;
}

/* -- adjusting -- */

static void
adjust_bar(struct bar *b, const struct adjustment *a, size_t n)
{
	for (size_t i = 0; i < n && !split_adjust(&a[i], b); i++)
		continue;
}

static bool
adjust(struct market *m, const struct source_query *q, struct bars *bars,
    struct md_error *e)
{
	enum asset_class ac = symbol_class(q->symbol);
	struct splits s = { NULL, 0, 0 };
	struct adjustment *a;
	bool good = false;
	size_t n;

	if (!source_splits(m, q->symbol, q->now_ms, &s, e))
		return false;
	a = calloc(s.len + 1, sizeof(*a));
	if (a != NULL) {
		n = split_adjustments(m->calendar, s.split, s.len,
		    calendar_date(m->calendar, ac, q->now_ms), a);
		for (size_t i = 0; i < bars->len; i++)
			adjust_bar(&bars->bar[i], a, n);
		good = true;
	}
	free(a);
	splits_free(&s);
	return good ? true : md_nomem(e);
}

bool
source_bars(struct market *m, const struct source_query *q,
    struct source_page *out, struct md_error *e)
{
	struct extent x = extent_of(m, q);
	struct fetched f = { { NULL, 0, 0 }, false, 1 };
	bool good = true;

	memset(out, 0, sizeof(*out));
	if (x.from_ms < x.to_ms)
		good = q->descending ? page_down(m, q, &x, &f, out, e)
				     : page_up(m, q, &x, &f, out, e);
	bars_free(&f.base);
	if (good && q->adjusted)
		good = adjust(m, q, &out->bars, e);
	if (!good)
		source_page_free(out);
	return good;
}

void
source_page_free(struct source_page *p)
{
	bars_free(&p->bars);
}

/* -- splits and symbols -- */

bool
source_splits(struct market *m, const char *symbol, int64_t now_ms,
    struct splits *out, struct md_error *e)
{
	md_date today = calendar_date(m->calendar, CLASS_STOCK, now_ms);

	memset(out, 0, sizeof(*out));
	if (!m->ops->splits(m, symbol, out, e)) {
		splits_free(out);
		return false;
	}
	if (out->len > 1)
		qsort(out->split, out->len, sizeof(*out->split), split_by_date);
	for (size_t i = 0; i < out->len;)
		if (out->split[i].date > today)
			out->len = i;
		else
			i++;
	return true;
}

bool
source_dividends(struct market *m, const char *symbol, struct actions *out,
    struct md_error *e)
{
	return m->ops->dividends(m, symbol, out, e);
}

static int
symbol_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool
source_symbols(struct market *m, struct symbols *out, struct md_error *e)
{
	memset(out, 0, sizeof(*out));
	if (m->ops->symbols(m, out, e)) {
		if (out->len > 1)
			qsort(out->symbol, out->len, SYMBOL_MAX, symbol_order);
		return true;
	}
	symbols_free(out);
	return false;
}

void
source_close(struct market **m)
{
	if (*m != NULL)
		(*m)->ops->close(*m);
	*m = NULL;
}
