#include "plan/daily.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "plan/cover.h"

#define TIERS 3

/* The days of one market that may be called for, and their columns. */
struct days {
	const struct calendar *calendar;
	enum grouped_market market;
	md_date first, after; /* all that any row needs lie in between */
	size_t *column; /* of the first that trades, by date - first … */
	size_t *denied; /* … and how many before it are denied */
	md_date *date;  /* of a column */
	size_t len;
};

static bool
of_market(const struct days *d, const struct daily_row *r)
{
	enum grouped_market market;

	return grouped_market_of(r->class, &market) && market == d->market;
}

static md_date
first_date(const struct days *d, const struct daily_row *r, int64_t from)
{
	return grouped_first(d->calendar, d->market, r->kind, from);
}

static md_date
date_after(const struct days *d, const struct daily_row *r, int64_t to)
{
	return grouped_last(d->calendar, d->market, r->kind, to) + 1;
}

/* Dates from the first to past the last that the rows need; how many rows. */
static size_t
span_days(struct days *d, const struct daily_row *rows, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		md_date from, after;

		if (!of_market(d, &rows[i]))
			continue;
		from = first_date(d, &rows[i], rows[i].call.from);
		after = date_after(d, &rows[i], rows[i].call.to);
		if (count == 0 || from < d->first)
			d->first = from;
		if (count == 0 || after > d->after)
			d->after = after;
		count++;
	}
	return count;
}

static bool
number_days(struct days *d, const struct grouped_denials *denials, int64_t now)
{
	size_t n = (size_t)(d->after - d->first), denied = 0;

	d->column = calloc(n + 1, sizeof(*d->column));
	d->date = calloc(n + 1, sizeof(*d->date));
	d->denied = calloc(n + 1, sizeof(*d->denied));
	if (d->column == NULL || d->date == NULL || d->denied == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		md_date date = d->first + (md_date)i;

		d->column[i] = d->len;
		d->denied[i] = denied;
		if (!grouped_trades(d->calendar, d->market, date))
			continue;
		denied +=
		    grouped_denied(denials, d->calendar, d->market, date, now);
		d->date[d->len++] = date;
	}
	d->column[n] = d->len;
	d->denied[n] = denied;
	return true;
}

static void
days_free(struct days *d)
{
	free(d->column);
	free(d->date);
	free(d->denied);
}

/* What of a gap lies within the row's call, as dates from the first. */
static bool
dates_within(const struct days *d, const struct daily_row *r, struct range gap,
    size_t *from, size_t *to)
{
	if (gap.from < r->call.from)
		gap.from = r->call.from;
	if (gap.to > r->call.to)
		gap.to = r->call.to;
	if (gap.from >= gap.to)
		return false;
	*from = (size_t)(first_date(d, r, gap.from) - d->first);
	*to = (size_t)(date_after(d, r, gap.to) - d->first);
	return true;
}

/* Nothing is marked in a row that needs a day that cannot be called for: one
 * that is denied, or closed. */
static bool
mark_row(const struct days *d, const struct daily_row *r, struct cover *c,
    size_t row)
{
	size_t from, to;

	for (size_t i = 0; i < r->gaps->len; i++)
		if (dates_within(d, r, r->gaps->v[i], &from, &to) &&
		    (d->denied[from] != d->denied[to] ||
			d->column[from] == d->column[to]))
			return false;
	for (size_t i = 0; i < r->gaps->len; i++)
		if (dates_within(d, r, r->gaps->v[i], &from, &to))
			cover_mark(c, row, d->column[from], d->column[to]);
	return true;
}

/* How many rows of each tier need a column: first as rises and falls. */
static void
count_row(const struct days *d, const struct daily_row *r, size_t *rises)
{
	size_t *of_tier = rises + (size_t)r->tier * (d->len + 1), from, to;

	for (size_t i = 0; i < r->gaps->len; i++) {
		if (!dates_within(d, r, r->gaps->v[i], &from, &to))
			continue;
		of_tier[d->column[from]]++;
		of_tier[d->column[to]]--; /* unsigned: the sums come out */
	}
}

static bool
add_call(const struct days *d, size_t column, const size_t needed[TIERS],
    struct daily_calls *out)
{
	struct daily_call *v =
	    array_room(out->v, out->len, &out->cap, sizeof(*v));
	struct daily_call call = { d->market, d->date[column], TIER_LOW, 0 };

	if (v == NULL)
		return false;
	for (int t = TIERS - 1; t >= 0; t--) {
		if (needed[t] > 0)
			call.tier = (enum tier)t;
		call.rows += needed[t];
	}
	out->v = v;
	out->v[out->len++] = call;
	return true;
}

/* The columns that were chosen, with the rows that depend on them. */
static bool
add_calls(const struct days *d, const struct cover *c,
    const struct daily_row *rows, size_t n, struct daily_calls *out)
{
	size_t *rises = calloc(TIERS * (d->len + 1), sizeof(*rises));
	size_t needed[TIERS] = { 0 };
	bool good = rises != NULL;

	for (size_t i = 0; good && i < n; i++)
		if (rows[i].grouped && of_market(d, &rows[i]))
			count_row(d, &rows[i], rises);
	for (size_t k = 0; good && k < d->len; k++) {
		for (size_t t = 0; t < TIERS; t++)
			needed[t] += rises[t * (d->len + 1) + k];
		if (cover_column(c, k))
			good = add_call(d, k, needed, out);
	}
	free(rises);
	return good;
}

static bool
choose(const struct days *d, struct cover *c, struct daily_row *rows, size_t n,
    struct daily_calls *out)
{
	size_t calls, row = 0;

	for (size_t i = 0; i < n; i++) {
		if (!of_market(d, &rows[i]))
			continue;
		rows[i].grouped = mark_row(d, &rows[i], c, row++);
	}
	if (!cover_solve(c, &calls))
		return false;
	row = 0;
	for (size_t i = 0; i < n; i++)
		if (of_market(d, &rows[i]) && cover_row(c, row++))
			rows[i].grouped = false;
	return add_calls(d, c, rows, n, out);
}

static bool
plan_market(struct days *d, const struct grouped_denials *denials, int64_t now,
    struct daily_row *rows, size_t n, struct daily_calls *out)
{
	size_t count = span_days(d, rows, n);
	struct cover *c;
	bool good;

	if (count == 0)
		return true;
	if (!number_days(d, denials, now))
		return false;
	c = cover_create(count, d->len);
	good = c != NULL && choose(d, c, rows, n, out);
	cover_destroy(&c);
	return good;
}

static int
by_urgency(const void *a, const void *b)
{
	const struct daily_call *x = a, *y = b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	if (x->date != y->date)
		return x->date > y->date ? -1 : 1;
	return (int)x->market - (int)y->market;
}

bool
plan_daily(const struct calendar *cal, const struct grouped_denials *denials,
    int64_t now, struct daily_row *rows, size_t n, struct daily_calls *out)
{
	bool good = true;

	for (size_t i = 0; i < n; i++)
		rows[i].grouped = false;
	for (int m = 0; good && m < GROUPED_MARKETS; m++) {
		struct days d = { .calendar = cal,
			.market = (enum grouped_market)m };

		good = plan_market(&d, denials, now, rows, n, out);
		days_free(&d);
	}
	if (good && out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), by_urgency);
	return good;
}

void
daily_calls_free(struct daily_calls *c)
{
	free(c->v);
	*c = (struct daily_calls){ NULL, 0, 0 };
}
