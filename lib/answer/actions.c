#include "answer/actions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "market/dividend.h"
#include "market/split.h"

/* -- what both have -- */

static bool
read_ticker(const json_t *row, char out[static SYMBOL_MAX])
{
	const char *ticker = list_text(row, "ticker");

	if (ticker == NULL || *ticker == '\0' || strlen(ticker) >= SYMBOL_MAX)
		return false;
	memcpy(out, ticker, strlen(ticker) + 1);
	return true;
}

static bool
read_date(const json_t *row, const char *name, md_date *out)
{
	const char *date = list_text(row, name);

	return date != NULL && md_date_parse(date, out);
}

/* Null, or why it cannot be right.  Rounded to zero it tells nothing. */
static const char *
read_factor(const json_t *row, double *out)
{
	const json_t *factor =
	    json_object_get(row, "historical_adjustment_factor");

	*out = json_number_value(factor);
	if (factor == NULL || json_is_null(factor) ||
	    (json_is_number(factor) && isfinite(*out) && *out >= 0))
		return NULL;
	return "historical_adjustment_factor is no factor";
}

/* -- a split -- */

static bool
ratio_of(const json_t *row, const char *name, double *out)
{
	*out = json_number_value(json_object_get(row, name));
	return isfinite(*out) && *out > 0;
}

/* No company's shares were ever split so far; beyond numbers it would be. */
#define RATIO_MOST 1e9

static bool
is_too_far(double from, double to)
{
	double ratio = to / from;

	return !(ratio <= RATIO_MOST && ratio >= 1 / RATIO_MOST);
}

/* Null, or why the row is no split. */
static const char *
read_split(const json_t *row, void *into)
{
	struct split *out = into;

	if (!read_ticker(row, out->symbol))
		return "no ticker";
	if (!read_date(row, "execution_date", &out->date))
		return "no execution_date";
	if (!ratio_of(row, "split_from", &out->from) ||
	    !ratio_of(row, "split_to", &out->to))
		return "split_from and split_to are not both above zero";
	if (is_too_far(out->from, out->to))
		return "split_from and split_to are too far apart";
	out->kind = split_kind_find(list_text(row, "adjustment_type"));
	out->contradicted = false;
	return read_factor(row, &out->factor);
}

/* -- a dividend -- */

/* Null, or why it is no code of a currency; it may be untold. */
static const char *
read_currency(const json_t *row, char out[static DIVIDEND_CURRENCY_MAX])
{
	const json_t *currency = json_object_get(row, "currency");
	const char *text = list_text(row, "currency");

	out[0] = '\0';
	if (currency == NULL || json_is_null(currency))
		return NULL;
	if (text == NULL || strlen(text) != 3)
		return "currency is no code of three letters";
	for (size_t i = 0; i < 3; i++) {
		/* The letters of ASCII, whatever the locale. */
		char upper = (char)(text[i] & ~0x20);

		if (upper < 'A' || upper > 'Z')
			return "currency is no code of three letters";
		out[i] = upper;
	}
	out[3] = '\0';
	return NULL;
}

static bool
read_cash(const json_t *row, double *out)
{
	const json_t *cash = json_object_get(row, "cash_amount");

	*out = json_number_value(cash);
	return json_is_number(cash) && isfinite(*out) && *out > 0 &&
	       *out <= DIVIDEND_CASH_MOST;
}

static struct dividend_day
read_day(const json_t *row, const char *name)
{
	struct dividend_day day = { .told = false };

	day.told = read_date(row, name, &day.date);
	return day;
}

/* A year has days at most. */
static int
read_frequency(const json_t *row)
{
	const json_t *frequency = json_object_get(row, "frequency");
	double times = json_number_value(frequency);

	return json_is_number(frequency) && times >= 0 && times <= 366
		   ? (int)times
		   : -1;
}

/* The vendor's; where it has none, what is told makes one.  False: too long. */
static bool
read_id(const json_t *row, struct dividend *d)
{
	const char *id = list_text(row, "id");
	char date[MD_TIME_MAX];

	if (id != NULL && *id != '\0') {
		if (strlen(id) >= sizeof(d->id))
			return false;
		memcpy(d->id, id, strlen(id) + 1);
		return true;
	}
	md_date_format(d->date, date);
	(void)snprintf(d->id, sizeof(d->id), "%s %.17g %s", date, d->cash,
	    d->currency);
	return true;
}

/* Null, or why the row is no dividend. */
static const char *
read_dividend(const json_t *row, void *into)
{
	struct dividend *out = into;
	const char *reason = read_currency(row, out->currency);

	if (!read_ticker(row, out->symbol))
		return "no ticker";
	if (!read_date(row, "ex_dividend_date", &out->date))
		return "no ex_dividend_date";
	if (!read_cash(row, &out->cash))
		return "cash_amount is no amount above zero";
	if (reason == NULL)
		reason = read_factor(row, &out->factor);
	if (reason != NULL)
		return reason;
	if (!read_id(row, out))
		return "id is too long";
	out->declared = read_day(row, "declaration_date");
	out->recorded = read_day(row, "record_date");
	out->paid = read_day(row, "pay_date");
	out->frequency = read_frequency(row);
	out->kind = dividend_kind_find(list_text(row, "distribution_type"));
	return NULL;
}

/* -- the answer -- */

static bool
take_row(void *ctx, const json_t *row, const char **reason)
{
	static const char *(*const read[ACTION_COUNT])(const json_t *,
	    void *) = { [ACTION_SPLITS] = read_split,
		[ACTION_DIVIDENDS] = read_dividend };
	struct actions *rows = ctx;
	void *v = actions_append(rows);

	if (v == NULL)
		return false;
	*reason = read[rows->kind](row, v);
	if (*reason != NULL)
		rows->len--;
	return true;
}

bool
actions_answer_read(struct actions_answer *a, enum action kind,
    const char *text, size_t len, struct md_error *e)
{
	memset(a, 0, sizeof(*a));
	a->rows.kind = kind;
	return list_answer_read(&a->list, actions_name(kind), take_row,
	    &a->rows, text, len, e);
}

void
actions_answer_free(struct actions_answer *a)
{
	list_answer_free(&a->list);
	actions_free(&a->rows);
}
