#include "market/dividend.h"

#include <math.h>
#include <string.h>

static const char *const kinds[DIVIDEND_KINDS] = { NULL, "recurring", "special",
	"supplemental", "irregular", "unknown" };

const char *
dividend_kind_name(enum dividend_kind kind)
{
	return kinds[kind];
}

enum dividend_kind
dividend_kind_find(const char *name)
{
	for (int kind = 1; name != NULL && kind < DIVIDEND_KINDS; kind++)
		if (strcmp(kinds[kind], name) == 0)
			return (enum dividend_kind)kind;
	return DIVIDEND_UNTOLD;
}

static int
compare_dates(const struct dividend *a, const struct dividend *b)
{
	return (a->date > b->date) - (a->date < b->date);
}

int
dividend_by_symbol(const void *a, const void *b)
{
	const struct dividend *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	if (order == 0)
		order = compare_dates(x, y);
	return order != 0 ? order : strcmp(x->id, y->id);
}

int
dividend_by_date(const void *a, const void *b)
{
	int order = compare_dates(a, b);

	return order != 0 ? order : dividend_by_symbol(a, b);
}

/* -- the vendor's own factors -- */

/* Half of the last digit that they have. */
#define FACTOR_ERROR 0.5e-6

/* The cumulative factor of one date: that of all its dividends together, or
 * each has its own part of it.  0: untold. */
static double
factor_of_date(const struct dividend *d, size_t n)
{
	double least = d[0].factor;

	for (size_t i = 1; i < n; i++)
		least = fmin(least, d[i].factor);
	return least;
}

void
dividends_find_steps(struct dividend *d, size_t n)
{
	double next = 1, next_error = 0;

	for (size_t end = n, i; end > 0; end = i) {
		double factor, step = 0, error = 0;

		for (i = end - 1; i > 0 && d[i - 1].date == d[i].date; i--)
			;
		factor = factor_of_date(d + i, end - i);
		if (factor > 0 && next > 0) {
			step = factor / next;
			/* Twice, for good measure. */
			error = 2 * step *
				(FACTOR_ERROR / factor + next_error / next);
		}
		if (!isfinite(step) || !isfinite(error))
			step = error = 0;
		for (size_t k = i; k < end; k++) {
			d[k].step = step;
			d[k].step_error = error;
		}
		next = factor;
		next_error = FACTOR_ERROR;
	}
}

/* -- what they are worth -- */

static bool
same_day(const struct dividend_day *a, const struct dividend_day *b)
{
	return a->told == b->told && (!a->told || a->date == b->date);
}

/* No share has so many of one date; a list that has is not worth the time. */
#define TWINS_LOOKED 64

/* Told before, of the same date, in all but the id? */
static bool
is_twin(const struct dividend_facts *v, size_t i)
{
	const struct dividend *d = &v[i].d;

	for (size_t k = i > TWINS_LOOKED ? i - TWINS_LOOKED : 0; k < i; k++)
		if (v[k].d.cash >= d->cash && v[k].d.cash <= d->cash &&
		    v[k].d.kind == d->kind &&
		    strcmp(v[k].d.currency, d->currency) == 0 &&
		    same_day(&v[k].d.declared, &d->declared) &&
		    same_day(&v[k].d.recorded, &d->recorded) &&
		    same_day(&v[k].d.paid, &d->paid))
			return true;
	return false;
}

/* Does it count, if the price allows?  Sets its doubt if not. */
static bool
counts(struct dividend_facts *v, size_t i)
{
	struct dividend_facts *f = &v[i];

	if (!f->confirmed && is_twin(v, i))
		f->doubt = "told twice, and counted once";
	else if (f->d.currency[0] == '\0')
		f->doubt = "its currency is not told";
	else
		return strcmp(f->d.currency, DIVIDEND_CURRENCY) == 0 &&
		       f->close > 0;
	return false;
}

/* Does the vendor say something else of the date?  What is in other currencies
 * is in its factor, and not in ours. */
static bool
is_contradicted(const struct dividend_facts *v, size_t n, double factor)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].d.currency, DIVIDEND_CURRENCY) != 0)
			return false;
	return v->d.step > 0 &&
	       fabs(v->d.step - factor) > v->d.step_error + 1e-9 * factor;
}

/* Those of one date. */
static void
judge_date(struct dividend_facts *v, size_t n)
{
	double cash = 0, close = 0, factor;
	const char *doubt = NULL;

	for (size_t i = 0; i < n; i++) {
		/* To tell those that count until the factor is known. */
		v[i].factor = counts(v, i) ? 1 : 0;
		if (v[i].factor > 0) {
			cash += v[i].d.cash;
			close = v[i].close;
		}
	}
	if (!(cash > 0))
		return;
	factor = cash < close ? 1 - cash / close : 0;
	if (!(factor > 0)) {
		factor = 0;
		doubt = "it is not less than the price before it";
	} else if (is_contradicted(v, n, factor))
		doubt = "the vendor's own adjustment factor contradicts it";
	for (size_t i = 0; i < n; i++)
		if (v[i].factor > 0) {
			v[i].factor = factor;
			v[i].doubt = doubt;
		}
}

void
dividends_judge(struct dividend_facts *v, size_t n, md_date today)
{
	size_t end;

	for (size_t i = 0; i < n; i++) {
		v[i].factor = 0;
		v[i].doubt = NULL;
	}
	for (size_t i = 0; i < n && v[i].d.date <= today; i = end) {
		for (end = i + 1; end < n && v[end].d.date == v[i].d.date;
		     end++)
			;
		judge_date(v + i, end - i);
	}
}

/* -- adjustments -- */

/* Beyond, it is no return of any share. */
#define FACTOR_LEAST 1e-12

/* The factor of the date that begins at i, and where the next begins. */
static double
date_factor(const struct dividend_facts *v, size_t n, size_t i, size_t *next)
{
	double factor = 0;

	for (*next = i; *next < n && v[*next].d.date == v[i].d.date; ++*next)
		factor = fmax(factor, v[*next].factor);
	return factor;
}

bool
dividend_adjustments(const struct calendar *cal, const struct dividend_facts *v,
    size_t n, struct adjustment_list *out)
{
	int64_t from = ADJUSTMENT_SINCE;
	size_t next, first = out->len;
	double product = 1;

	for (size_t i = 0; i < n; i = next) {
		double factor = date_factor(v, n, i, &next);
		struct adjustment *a;
		int64_t to;

		if (!(factor > 0))
			continue;
		to = calendar_midnight(cal, CLASS_STOCK, v[i].d.date);
		if (to <= from)
			continue;
		a = adjustment_list_append(out);
		if (a == NULL)
			return false;
		*a = (struct adjustment){ from, to, factor };
		from = to;
	}
	/* From the newest back: each older bar has one dividend more ahead. */
	for (size_t i = out->len; i-- > first;) {
		product *= out->v[i].factor;
		out->v[i].factor = product >= FACTOR_LEAST ? product : 1;
	}
	return true;
}

bool
dividend_adjust(const struct adjustment *a, struct bar *b)
{
	if (b->t < a->from_ts || b->t >= a->to_ts)
		return false;
	b->o *= a->factor;
	b->h *= a->factor;
	b->l *= a->factor;
	b->c *= a->factor;
	b->vw *= a->factor;
	return true;
}

/* -- prices before, and what is no more -- */

int64_t
dividend_prices_before(const struct calendar *cal, enum timeframe tf,
    md_date ex_date)
{
	struct session s;
	int year, month, day;

	if (tf == TF_1MO) {
		md_date_split(ex_date, &year, &month, &day);
		return calendar_midnight(cal, CLASS_STOCK,
		    md_date_of(year, month, 1));
	}
	/* Weeks that have ended by then. */
	if (tf == TF_1W)
		return calendar_midnight(cal, CLASS_STOCK, ex_date - 6);
	if (timeframe_intraday(tf) &&
	    calendar_previous_session(cal, ex_date, &s))
		return s.close_ms;
	return calendar_midnight(cal, CLASS_STOCK, ex_date);
}

bool
dividend_is_void(const struct dividend *s, const struct dividend *told,
    size_t n, md_date looked)
{
	bool is_other = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(told[i].symbol, s->symbol) != 0)
			continue;
		if (strcmp(told[i].id, s->id) == 0)
			return false;
		is_other = is_other || told[i].date == s->date;
	}
	return is_other || s->date > looked;
}
