#include "market/split.h"

#include <math.h>
#include <string.h>

/* Beyond, it is no split of any company, and prices divided by it are no
 * numbers that a reader can take. */
#define FACTOR_MOST 1e12

static double
factor_of(double from, double to)
{
	double factor = to / from;

	return factor <= FACTOR_MOST && factor >= 1 / FACTOR_MOST ? factor : 1;
}

size_t
split_adjustments(const struct calendar *cal, const struct split *s, size_t n,
    md_date today, struct adjustment *out)
{
	double from = 1, to = 1;
	size_t len = 0;

	while (n > 0 && s[n - 1].date > today)
		n--;
	/* From the newest back: each older bar has one split more ahead. */
	for (size_t i = n; i-- > 0;) {
		struct adjustment *a = &out[i];

		from *= s[i].from;
		to *= s[i].to;
		a->from_ts =
		    i == 0 ? ADJUSTMENT_SINCE
			   : calendar_midnight(cal, CLASS_STOCK, s[i - 1].date);
		a->to_ts = calendar_midnight(cal, CLASS_STOCK, s[i].date);
		a->factor = factor_of(from, to);
	}
	/* Two splits of one date leave an empty range between them. */
	for (size_t i = 0; i < n; i++)
		if (out[i].from_ts < out[i].to_ts)
			out[len++] = out[i];
	return len;
}

bool
split_adjust(const struct adjustment *a, struct bar *b)
{
	if (b->t < a->from_ts || b->t >= a->to_ts)
		return false;
	b->o /= a->factor;
	b->h /= a->factor;
	b->l /= a->factor;
	b->c /= a->factor;
	b->v *= a->factor;
	b->vw /= a->factor;
	return true;
}

void
adjustments_apply(const struct adjustment *v, size_t len,
    adjustment_use *adjust, size_t *at, struct bar *b)
{
	for (size_t n = 0; n < len; n++, *at = (*at + 1) % len)
		if (adjust(&v[*at % len], b))
			return;
}

/* Below this, a split's step is lost among what prices do anyway. */
#define STEP_SEEN 0.2

/* Splits so close together are hardly two. */
#define SAME_DAYS 7

/* Was the same split told of a few days before? */
static bool
told_before(const struct split *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (s[i].date - s[k].date <= SAME_DAYS &&
		    s[k].from * s[i].to == s[i].from * s[k].to)
			return true;
	return false;
}

/* Half of the last digit that the vendor's factors have. */
#define FACTOR_ERROR 0.5e-6

/* Does the step from one factor to the next, which may be exact, contradict the
 * split? */
static bool
contradicts(const struct split *s, double next, double next_error)
{
	double ratio = s->from / s->to, step = s->factor / next;
	/* Of the step, from those of both factors; twice, for good measure. */
	double error =
	    2 * step * (FACTOR_ERROR / s->factor + next_error / next);

	return fabs(step - ratio) > error + 1e-9 * ratio;
}

void
splits_check_factors(struct split *s, size_t n)
{
	double next = 1, next_error = 0;
	bool known = true;

	for (size_t i = n; i-- > 0;) {
		bool alone = (i == 0 || s[i - 1].date != s[i].date) &&
			     (i + 1 == n || s[i + 1].date != s[i].date);

		s[i].contradicted = alone && known && s[i].factor > 0 &&
				    contradicts(&s[i], next, next_error);
		known = s[i].factor > 0;
		next = s[i].factor;
		next_error = FACTOR_ERROR;
	}
}

static int
compare_dates(const struct split *a, const struct split *b)
{
	return (a->date > b->date) - (a->date < b->date);
}

int
split_by_symbol(const void *a, const void *b)
{
	const struct split *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	return order != 0 ? order : compare_dates(x, y);
}

int
split_by_date(const void *a, const void *b)
{
	const struct split *x = a, *y = b;
	int order = compare_dates(x, y);

	return order != 0 ? order : strcmp(x->symbol, y->symbol);
}

static const char *const kinds[SPLIT_KINDS] = { NULL, "forward_split",
	"reverse_split", "stock_dividend" };

const char *
split_kind_name(enum split_kind kind)
{
	return kinds[kind];
}

enum split_kind
split_kind_find(const char *name)
{
	for (int kind = 1; name != NULL && kind < SPLIT_KINDS; kind++)
		if (strcmp(kinds[kind], name) == 0)
			return (enum split_kind)kind;
	return SPLIT_UNTOLD;
}

const char *
split_doubt(const struct split *s, size_t n, size_t i, double before,
    double after)
{
	/* Two of one date count together. */
	double step = 0, seen;

	for (size_t k = 0; k < n; k++)
		if (s[k].date == s[i].date)
			step += log(s[k].to / s[k].from);
	if (!(before > 0) || !(after > 0) || fabs(step) < STEP_SEEN)
		return told_before(s, i) ? "told a few days before already"
		       : s[i].contradicted
			   ? "the vendor's own adjustment factor contradicts it"
			   : NULL;
	/* Nearer to no step at all than to the one it should be? */
	seen = log(before / after);
	if (fabs(seen - step) > fabs(step) / 2)
		return "the prices around it do not show it";
	return NULL;
}

size_t
splits_judge(struct split_facts *v, size_t n, md_date today,
    struct split *believed)
{
	size_t executed = 0, len = 0;

	for (; executed < n && v[executed].split.date <= today; executed++)
		believed[executed] = v[executed].split;
	for (size_t i = 0; i < executed; i++)
		v[i].doubt =
		    split_doubt(believed, executed, i, v[i].before, v[i].after);
	for (size_t i = 0; i < executed; i++)
		if (v[i].doubt == NULL || v[i].confirmed)
			believed[len++] = v[i].split;
	return len;
}

bool
split_is_void(const struct split *s, bool confirmed, const struct split *told,
    size_t n, md_date looked)
{
	bool is_other = false;

	for (size_t i = 0; i < n; i++) {
		if (told[i].date != s->date ||
		    strcmp(told[i].symbol, s->symbol) != 0)
			continue;
		if (told[i].from == s->from && told[i].to == s->to)
			return false;
		is_other = true;
	}
	return is_other || (s->date > looked && !confirmed);
}

bool
adjustments_equal(const struct adjustments *a, const struct adjustments *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (a->v[i].from_ts != b->v[i].from_ts ||
		    a->v[i].to_ts != b->v[i].to_ts ||
		    a->v[i].factor < b->v[i].factor ||
		    a->v[i].factor > b->v[i].factor)
			return false;
	return true;
}
