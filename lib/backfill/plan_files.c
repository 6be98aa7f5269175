/*
 * Which days a plan takes from flat files: what its series lack, as the rows
 * and days that plan/mix.h weighs.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/ways.h"
#include "base/array.h"
#include "plan/flat.h"
#include "plan/plan.h"
#include "store/vendor.h"

#define NO_COLUMN SIZE_MAX

/* A date. */
struct dated {
	struct range day;
	int64_t bars;  /* expected of a series; 0: nothing trades */
	size_t column; /* its place in the mix; or NO_COLUMN */
};

/* Of one set: its days, and the rows of the series that lack some of them. */
struct weighing {
	const struct backfill_options *o;
	const struct calendar *calendar;
	const struct grouped_denials *denials;
	struct file_plan *files;
	struct needs *needs;
	int64_t now;
	enum flat_set set;
	md_date first;
	size_t dates_len;
	struct dated *dates; /* from the first on */
	md_date *date;       /* of a day of the mix */
	struct mix mix;
	bool grouped; /* days may be brought by grouped calls */
};

static bool
is_of(const struct weighing *w, const struct need *n)
{
	enum flat_set set;

	return n->gaps.len > 0 &&
	       flat_set_of(n->grid.class, n->grid.timeframe, &set) &&
	       set == w->set;
}

static md_date
date_of(const struct weighing *w, int64_t t)
{
	return calendar_date(w->calendar, flat_class(w->set), t);
}

/* The dates of all that is lacking; false: nothing is. */
static bool
find_dates(struct weighing *w)
{
	md_date last = 0;
	bool any = false;

	w->grouped = flat_timeframe(w->set) == TF_1D && !w->o->no_grouped &&
		     (w->set == FLAT_STOCK_DAYS || w->set == FLAT_CRYPTO_DAYS);
	for (size_t i = 0; i < w->needs->len; i++) {
		const struct need *n = &w->needs->v[i];
		md_date from, to;

		if (!is_of(w, n))
			continue;
		from = date_of(w, n->gaps.v[0].from);
		to = date_of(w, n->gaps.v[n->gaps.len - 1].to - 1);
		if (!any || from < w->first)
			w->first = from;
		if (!any || to > last)
			last = to;
		any = true;
		w->grouped = w->grouped && plan_market_days(&n->grid);
	}
	w->dates_len = any ? (size_t)(last - w->first) + 1 : 0;
	return any;
}

/* What can bring the day. */
static struct mix_day
day_of(const struct weighing *w, const struct mix_prices *p, md_date date)
{
	struct mix_day d = { -1, -1, MIX_NONE };
	enum grouped_market market;

	if (flat_due(w->calendar, w->set, date, w->now))
		d.file_bytes = file_list_size(w->files->list, w->set, date);
	if (w->grouped && grouped_market_of(flat_class(w->set), &market) &&
	    !grouped_denied(w->denials, w->calendar, market, date, w->now))
		d.grouped_bytes = p->grouped_bytes[market];
	return d;
}

/* All of them that are due are looked for. */
static void
want_files(const struct weighing *w)
{
	md_date last = w->first + (md_date)w->dates_len - 1;

	while (last >= w->first && !flat_due(w->calendar, w->set, last, w->now))
		last--;
	if (last >= w->first)
		file_list_want(w->files->list, w->set, w->first, last);
}

static bool
number_days(struct weighing *w)
{
	enum asset_class class = flat_class(w->set);

	w->dates = calloc(w->dates_len, sizeof(*w->dates));
	w->date = calloc(w->dates_len, sizeof(*w->date));
	w->mix.days = calloc(w->dates_len, sizeof(*w->mix.days));
	if (w->dates == NULL || w->date == NULL || w->mix.days == NULL)
		return false;
	want_files(w);
	for (size_t i = 0; i < w->dates_len; i++) {
		md_date date = w->first + (md_date)i;
		struct range day = flat_day(w->calendar, w->set, date);
		struct mix_day d;

		w->dates[i] = (struct dated){ day, 0, NO_COLUMN };
		if (!flat_trades(w->calendar, w->set, date))
			continue;
		w->dates[i].bars = calendar_bars_expected(w->calendar, class,
		    flat_timeframe(w->set), day.from, day.to);
		d = day_of(w, &w->files->prices, date);
		if (d.file_bytes < 0 && d.grouped_bytes < 0)
			continue;
		w->dates[i].column = w->mix.days_len;
		w->date[w->mix.days_len] = date;
		w->mix.days[w->mix.days_len++] = d;
	}
	return true;
}

/* -- rows -- */

/* A row that is being made. */
struct making {
	size_t need, first_span;
	int64_t base, bars; /* that its call is to bring; of days */
	int64_t from, to;
	bool forced; /* it is to be made anyway */
};

static bool
end_row(struct weighing *w, struct making *m)
{
	const struct need *n = &w->needs->v[m->need];
	struct mix_row *v;

	if (m->first_span < w->mix.spans_len) {
		v = array_room(w->mix.rows, w->mix.rows_len, &w->mix.rows_cap,
		    sizeof(*v));
		if (v == NULL)
			return false;
		w->mix.rows = v;
		v[w->mix.rows_len++] = (struct mix_row){
			.calls = m->forced
				     ? 0
				     : plan_calls_by_name(&n->grid,
					   &n->series->names,
					   (struct range){ m->from, m->to }),
			.bytes = mix_bytes(m->bars),
			.owner = m->need,
			.spans_first = m->first_span,
			.spans_len = w->mix.spans_len - m->first_span,
		};
	}
	*m = (struct making){ .need = m->need, .first_span = w->mix.spans_len };
	return true;
}

/* What the series lacks of a day. */
static bool
add_part(struct weighing *w, struct making *m, struct range part,
    const struct dated *d)
{
	const struct grid *g = &w->needs->v[m->need].grid;
	bool whole = part.from == d->day.from && part.to == d->day.to;
	int64_t bars = d->bars;

	if (!whole && !grid_may_trade(g, part.from, part.to))
		return true;
	if (!whole)
		bars = grid_bars_expected(g, part.from, part.to);
	else if (bars == 0 && d->column == NO_COLUMN)
		return true;
	if (m->base > 0 && m->base + bars > PLAN_PAGE_BASE && !end_row(w, m))
		return false;
	if (m->to == 0)
		m->from = part.from;
	m->base += bars;
	m->to = part.to;
	if (!whole || d->column == NO_COLUMN) {
		m->forced = true;
		return true;
	}
	m->bars += bars;
	return mix_lack(&w->mix, m->first_span, d->column);
}

/* The gaps, day by day, that one call of the series would bring. */
static bool
add_call(struct weighing *w, size_t need, struct range call)
{
	const struct ranges *gaps = &w->needs->v[need].gaps;
	struct making m = { .need = need, .first_span = w->mix.spans_len };
	bool good = true;

	for (size_t i = 0; good && i < gaps->len; i++) {
		struct range gap = gaps->v[i];
		md_date d = date_of(w, gap.from);

		if (gap.from < call.from || gap.from >= call.to)
			continue;
		for (int64_t at = gap.from; good && at < gap.to; d++) {
			const struct dated on = w->dates[d - w->first];
			struct range part = { at,
				on.day.to < gap.to ? on.day.to : gap.to };

			good = add_part(w, &m, part, &on);
			at = part.to;
		}
	}
	return good && end_row(w, &m);
}

static bool
add_series(struct weighing *w, size_t need)
{
	const struct need *n = &w->needs->v[need];
	struct ranges calls = { NULL, 0, 0 };
	bool good = plan_merge_by_name(&n->grid, &n->series->names,
	    &n->series->coverage, &n->gaps, &calls);

	for (size_t i = 0; good && i < calls.len; i++)
		good = add_call(w, need, calls.v[i]);
	ranges_free(&calls);
	return good;
}

/* -- what was decided -- */

/* The days of the file are the series' from here on, and no gap. */
static bool
take_file(struct weighing *w, struct need *n, size_t column)
{
	struct range day = w->dates[w->date[column] - w->first].day;
	struct range *last =
	    n->filed.len == 0 ? NULL : &n->filed.v[n->filed.len - 1];

	if (!file_plan_count(w->files, w->set, w->date[column]))
		return false;
	if (last != NULL && !grid_may_trade(&n->grid, last->to, day.from)) {
		last->to = day.to;
		return true;
	}
	return ranges_add(&n->filed, day.from, day.to);
}

static bool
keep_day(struct weighing *w, struct need *n, size_t column)
{
	struct range day = w->dates[w->date[column] - w->first].day;

	return ranges_join(&n->unfiled, day.from, day.to);
}

static bool
take_row(struct weighing *w, const struct mix_row *r, struct need *n)
{
	for (size_t i = 0; i < r->spans_len; i++) {
		const struct mix_span *s = &w->mix.spans[r->spans_first + i];

		for (size_t k = s->from; k < s->to; k++) {
			bool file = !r->range && w->mix.days[k].by == MIX_FILE;

			if (!(file ? take_file : keep_day)(w, n, k))
				return false;
		}
	}
	return true;
}

/* What files bring is no gap, nor are closed hours that remain beside it. */
static bool
cut_filed(struct need *n)
{
	size_t kept = 0;

	if (n->filed.len == 0)
		return true;
	if (!ranges_cut(&n->gaps, &n->filed))
		return false;
	for (size_t i = 0; i < n->gaps.len; i++)
		if (grid_may_trade(&n->grid, n->gaps.v[i].from,
			n->gaps.v[i].to))
			n->gaps.v[kept++] = n->gaps.v[i];
	n->gaps.len = kept;
	return true;
}

/* Files wherever there are any. */
static void
take_all(struct mix *m)
{
	for (size_t i = 0; i < m->days_len; i++)
		m->days[i].by =
		    m->days[i].file_bytes < 0 ? MIX_GROUPED : MIX_FILE;
	for (size_t i = 0; i < m->rows_len; i++)
		m->rows[i].range = false;
}

static bool
weigh_set(struct weighing *w)
{
	int64_t us;
	bool good = number_days(w);

	for (size_t i = 0; good && i < w->needs->len; i++)
		good = !is_of(w, &w->needs->v[i]) || add_series(w, i);
	if (w->files->all)
		take_all(&w->mix);
	else
		good = good && mix_solve(&w->mix, &w->files->prices, &us);
	for (size_t i = 0; good && i < w->mix.rows_len; i++)
		good = take_row(w, &w->mix.rows[i],
		    &w->needs->v[w->mix.rows[i].owner]);
	for (size_t i = 0; good && i < w->needs->len; i++)
		good = !is_of(w, &w->needs->v[i]) || cut_filed(&w->needs->v[i]);
	free(w->dates);
	free(w->date);
	mix_free(&w->mix);
	return good;
}

bool
plan_weigh_files(const struct backfill_options *o, const struct calendar *cal,
    const struct grouped_denials *denials, struct file_plan *files, int64_t now,
    struct needs *needs)
{
	for (int i = 0; i < FLAT_SETS; i++) {
		struct weighing w = { .o = o,
			.calendar = cal,
			.denials = denials,
			.files = files,
			.needs = needs,
			.now = now,
			.set = (enum flat_set)i };

		if (find_dates(&w) && !weigh_set(&w))
			return false;
	}
	return true;
}

/* -- what it costs -- */

/* The pace that is given, or that an earlier run with the key has learnt. */
static bool
find_pace(const struct backfill_options *o, struct store *st,
    double *per_minute, struct md_error *e)
{
	struct limit_lesson l = { .per_minute = 0 };
	char id[BUDGET_ID_SIZE];

	*per_minute = o->polygon.per_minute;
	if (*per_minute > 0 || st == NULL || o->polygon.key == NULL)
		return true;
	budget_id(o->polygon.base_url, o->polygon.key, id);
	if (!store_limit_read(st, id, &l, e))
		return false;
	l = lesson_bounded(&l);
	if (l.per_minute > 0)
		*per_minute = (double)l.per_minute;
	else if (l.per_second > 0)
		*per_minute = 60 * l.per_second;
	return true;
}

bool
plan_prices(const struct backfill_options *o, struct store *st,
    struct mix_prices *out, struct md_error *e)
{
	double per_minute, files = 0;
	bool local = o->flat_files == NULL || o->s3 == NULL;
	char host[64];

	run_host(host, sizeof(host));
	if (!find_pace(o, st, &per_minute, e) ||
	    (st != NULL && !local &&
		!store_files_speed(st, o->flat_files, host, &files, e)))
		return false;
	*out = mix_prices(per_minute, files, local);
	return true;
}
