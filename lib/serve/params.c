#include "serve/params.h"

#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"

/* What is repeated of a value. */
#define QUOTE "'%.40s'"

#define TIMES_FROM INT64_C(-2208988800000) /* 1900-01-01 */
#define TIMES_TO   INT64_C(7258118400000)  /* 2200-01-01 */
#define START_FROM INT64_C(631152000000)   /* 1990-01-01 */

#define TAKE(name)                                                             \
	static bool take_##name(struct serve_params *p, const char *value,     \
	    const struct serve_scope *scope, struct md_error *e)

/* What another parser refused is a value that is not possible. */
static bool
impossible(struct md_error *e)
{
	e->code = MD_EDATA;
	return false;
}

static const char *const prices[] = {
	[PRICES_ADJUSTED] = "true",
	[PRICES_RAW] = "false",
	[PRICES_TOTAL] = "total",
};

const char *
serve_prices_name(enum serve_prices p)
{
	return prices[p];
}

TAKE(adjusted)
{
	(void)scope;
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		if (strcmp(value, prices[i]) == 0) {
			p->prices = (enum serve_prices)i;
			return true;
		}
	return md_fail(e, MD_EDATA, QUOTE ": expected true, false or total",
	    value);
}

TAKE(clock)
{
	(void)scope;
	p->has_clock = true;
	return staleness_clock_parse(value, &p->clock) ||
	       md_fail(e, MD_EDATA, QUOTE ": expected one of " CLOCK_NAMES,
		   value);
}

TAKE(cursor)
{
	(void)scope;
	p->has_cursor = true;
	return number_parse_int(value, TIMES_FROM, TIMES_TO, &p->cursor) ||
	       md_fail(e, MD_EDATA,
		   QUOTE ": expected the cursor of an answer's next", value);
}

/* Other systems count seconds: as ms they are days of 1970. */
static bool
check_era(const char *value, int64_t ms, bool is_number, struct md_error *e)
{
	if (ms >= START_FROM)
		return true;
	if (is_number && ms >= START_FROM / 1000)
		return md_fail(e, MD_EUSAGE,
		    QUOTE ": looks like seconds: expected ms since 1970, that "
			  "is %lld",
		    value, (long long)ms * 1000);
	return md_fail(e, MD_EUSAGE,
	    QUOTE ": is before 1990: expected a later time%s", value,
	    is_number ? ", in ms since 1970" : "");
}

static bool
not_a_time(const char *value, struct md_error *e)
{
	return md_fail(e, MD_EDATA,
	    QUOTE ": expected a date such as 2024-07-01, a time such as "
		  "2024-07-01T15:30:00Z, or ms since 1970",
	    value);
}

/* A day is all of it, on both ends. */
static bool
parse_time_or_date(const char *value, const struct serve_scope *scope, int days,
    int64_t *out, bool *is_date, struct md_error *e)
{
	bool number = number_parse_int(value, TIMES_FROM, TIMES_TO, out);
	md_date date;

	*is_date = !number && md_date_parse(value, &date);
	if (*is_date) {
		*out = calendar_midnight(scope->calendar, scope->class,
		    date + days);
		return check_era(value, date * MD_DAY, false, e);
	}
	if (number || md_time_parse(value, out))
		return check_era(value, *out, number, e);
	return not_a_time(value, e);
}

TAKE(end)
{
	p->has_to = true;
	return parse_time_or_date(value, scope, 1, &p->to, &p->to_is_date, e);
}

TAKE(start)
{
	p->has_from = true;
	return parse_time_or_date(value, scope, 0, &p->from, &p->from_is_date,
	    e);
}

TAKE(limit)
{
	int64_t max = scope->limit_max;

	p->has_limit = true;
	if (max == 0)
		return number_parse_int(value, 0, 1000000000, &p->limit) ||
		       md_fail(e, MD_EDATA,
			   QUOTE ": expected a number, 0 for all", value);
	return number_parse_int(value, 1, max, &p->limit) ||
	       md_fail(e, MD_EDATA, QUOTE ": expected 1 to %lld", value,
		   (long long)max);
}

TAKE(order)
{
	(void)scope;
	p->ascending = strcmp(value, "asc") == 0;
	return p->ascending || strcmp(value, "desc") == 0 ||
	       md_fail(e, MD_EDATA, QUOTE ": expected asc or desc", value);
}

TAKE(session)
{
	(void)scope;
	for (int i = HOURS_ALL; i <= HOURS_EXTENDED; i++)
		if (strcmp(value, hours_name((enum hours_kind)i)) == 0) {
			p->hours = (enum hours_kind)i;
			return true;
		}
	return md_fail(e, MD_EDATA, QUOTE ": expected one of " HOURS_NAMES,
	    value);
}

/* A day is its beginning in UTC, as with mdbars --as-of. */
TAKE(as_of)
{
	bool number = number_parse_int(value, TIMES_FROM, TIMES_TO, &p->as_of);
	md_date date;

	if (!number && md_date_parse(value, &date))
		p->as_of = (int64_t)date * MD_DAY;
	else if (!number && !md_time_parse(value, &p->as_of))
		return not_a_time(value, e);
	if (!check_era(value, p->as_of, number, e))
		return false;
	return scope->now_ms == 0 || p->as_of <= scope->now_ms ||
	       md_fail(e, MD_EDATA,
		   QUOTE ": is yet to come: expected a time that is past",
		   value);
}

TAKE(columns)
{
	p->column_names = scope->columns;
	if (*value == '\0')
		return md_fail(e, MD_EDATA, "expected some of %.*s",
		    (int)strcspn(scope->columns, "\n"), scope->columns);
	if (!columns_choose(scope->columns, value, p->column, &p->columns, e))
		return impossible(e);
	for (size_t i = 0; i < p->columns; i++)
		for (size_t k = 0; k < i; k++)
			if (p->column[i] == p->column[k])
				return md_fail(e, MD_EDATA,
				    "a name is there twice: expected it once");
	return true;
}

/* Each is looked at by whoever looks it up. */
TAKE(symbols)
{
	(void)p, (void)scope;
	return *value != '\0' ||
	       md_fail(e, MD_EDATA,
		   "expected symbols with commas between them");
}

TAKE(status)
{
	(void)scope;
	return staleness_parse(value, &p->statuses, e) || impossible(e);
}

TAKE(timeframe)
{
	(void)scope;
	return timeframe_parse(value, strlen(value), &p->timeframe) ||
	       md_fail(e, MD_EDATA, QUOTE ": expected one of " TF_NAMES, value);
}

static const struct {
	const char *name;
	enum serve_param bit;
	bool (*take)(struct serve_params *, const char *value,
	    const struct serve_scope *, struct md_error *);
	struct serve_param_doc doc;
} table[] = {
	{ "adjusted", PARAM_ADJUSTED, take_adjusted,
	    { KIND_CHOICE,
		"for splits (the default); false: as traded; total: for splits "
		"and dividends",
		"total", "true false total" } },
	{ "as_of", PARAM_AS_OF, take_as_of,
	    { KIND_TEXT,
		"as the store held the rows at this past time: a date, a time, "
		"or ms since 1970",
		"2024-07-02T00:00:00Z", NULL } },
	{ "clock", PARAM_CLOCK, take_clock,
	    { KIND_CHOICE, "the clock by which age is measured", "market",
		CLOCK_NAMES } },
	{ "columns", PARAM_COLUMNS, take_columns,
	    { KIND_LIST, "the columns of rows, in this order; default: all",
		"ts", NULL } },
	{ "cursor", PARAM_CURSOR, take_cursor,
	    { KIND_NUMBER,
		"the end of the previous page; next of an answer has it",
		"1719806400000", NULL } },
	{ "end", PARAM_END, take_end,
	    { KIND_TEXT,
		"rows of windows that start before this time; a date includes "
		"that day",
		"2024-07-01", NULL } },
	{ "limit", PARAM_LIMIT, take_limit,
	    { KIND_NUMBER, "the maximum number of rows", "3", NULL } },
	{ "order", PARAM_ORDER, take_order,
	    { KIND_CHOICE, "desc (the default): the newest first", "asc",
		"asc desc" } },
	{ "session", PARAM_SESSION, take_session,
	    { KIND_CHOICE, "of these hours; extended: of 1m to 4h", "regular",
		HOURS_NAMES } },
	{ "start", PARAM_START, take_start,
	    { KIND_TEXT,
		"rows of windows that start at or after this: a date, a time, "
		"or ms since 1970",
		"2024-06-01T00:00:00Z", NULL } },
	{ "status", PARAM_STATUS, take_status,
	    { KIND_LIST, "series of these statuses", "fresh,stale",
		STALENESS_NAMES } },
	{ "symbols", PARAM_SYMBOLS, take_symbols,
	    { KIND_LIST, "up to 50 symbols, each once", "AAPL,MSFT", NULL } },
	{ "timeframe", PARAM_TIMEFRAME, take_timeframe,
	    { KIND_CHOICE, "1d by default", "1h", TF_NAMES } },
};

#define TABLE (sizeof(table) / sizeof(table[0]))

bool
serve_param_at(size_t at, const char **name, enum serve_param *bit,
    struct serve_param_doc *doc)
{
	if (at >= TABLE)
		return false;
	*name = table[at].name;
	*bit = table[at].bit;
	*doc = table[at].doc;
	return true;
}

static bool
unknown(const char *name, unsigned wanted, struct md_error *e)
{
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < TABLE; i++)
		if (wanted & (unsigned)table[i].bit)
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "",
			    table[i].name);
	if (names.len == 0)
		(void)md_fail(e, MD_EUSAGE,
		    QUOTE ": expected no parameter at all", name);
	else
		(void)md_fail(e, MD_EUSAGE,
		    QUOTE ": no such parameter: expected %s", name,
		    buf_str(&names));
	buf_free(&names);
	return false;
}

static size_t
longest(enum serve_param bit)
{
	return bit == PARAM_COLUMNS || bit == PARAM_SYMBOLS ? SERVE_LIST_BYTES
							    : SERVE_PARAM_BYTES;
}

static bool
take_one(const struct httpd_parameter *q, unsigned wanted, unsigned *seen,
    const struct serve_scope *scope, struct serve_params *out,
    struct md_error *e)
{
	for (size_t i = 0; i < TABLE; i++) {
		unsigned bit = (unsigned)table[i].bit;

		if ((wanted & bit) == 0 || strcmp(table[i].name, q->name) != 0)
			continue;
		if (*seen & bit)
			return md_fail(e, MD_EUSAGE,
			    "%s: is there twice: expected it once", q->name);
		*seen |= bit;
		if (strlen(q->value) > longest(table[i].bit))
			return md_fail(e, MD_EUSAGE,
			    "%s: expected %zu bytes at most", q->name,
			    longest(table[i].bit));
		return table[i].take(out, q->value, scope, e) ||
		       md_context(e, "%s", q->name);
	}
	return unknown(q->name, wanted, e);
}

bool
serve_params_read(const struct httpd_request *q, unsigned wanted,
    const struct serve_scope *scope, struct serve_params *out,
    const char **name, struct md_error *e)
{
	unsigned seen = 0;

	memset(out, 0, sizeof(*out));
	out->timeframe = TF_1D;
	out->limit = SERVE_ROWS;
	out->statuses = ~0U;
	*name = "";
	if (q->parameters > TABLE)
		return md_fail(e, MD_EUSAGE,
		    "too many parameters: expected %zu at most", TABLE);
	for (size_t i = 0; i < q->parameters; i++) {
		*name = q->parameter[i].name;
		if (!take_one(&q->parameter[i], wanted, &seen, scope, out, e))
			return false;
	}
	if (out->hours == HOURS_EXTENDED &&
	    !timeframe_intraday(out->timeframe)) {
		*name = "session";
		return md_fail(e, MD_EDATA,
		    "session: a bar of %s has no extended hours of its own: "
		    "expected a timeframe of 1m to 4h",
		    timeframe_name(out->timeframe));
	}
	if (out->has_from && out->has_to && out->from >= out->to) {
		*name = "end";
		return md_fail(e, MD_EDATA,
		    "end: is not after start: expected the later time");
	}
	return true;
}

void
serve_params_on_grid(struct serve_params *p, enum asset_class class,
    const struct grid *g)
{
	if (p->from_is_date)
		p->from = grid_midnight(g,
		    calendar_date(g->calendar, class, p->from));
	if (p->to_is_date)
		p->to =
		    grid_midnight(g, calendar_date(g->calendar, class, p->to));
}

bool
serve_params_pass(const struct serve_params *p)
{
	return p->hours != HOURS_ALL || p->as_of != 0;
}

void
serve_params_range(const struct serve_params *p, int64_t *from, int64_t *to)
{
	*from = p->has_from ? p->from : INT64_MIN;
	*to = p->has_to ? p->to : INT64_MAX;
	if (p->has_cursor && p->ascending && p->cursor >= *from)
		*from = p->cursor + 1;
	if (p->has_cursor && !p->ascending && p->cursor < *to)
		*to = p->cursor;
}

static void
put_symbol(struct buf *b, const char *symbol)
{
	for (const char *s = symbol; *s != '\0'; s++)
		if (*s == '/')
			buf_puts(b, "%2F");
		else
			buf_putc(b, *s);
}

void
serve_params_next(const struct serve_params *p, const char *path,
    const char *symbol, bool adjustable, int64_t last, struct buf *b)
{
	buf_puts(b, path);
	put_symbol(b, symbol);
	buf_printf(b, "?timeframe=%s&order=%s&limit=%lld",
	    timeframe_name(p->timeframe), p->ascending ? "asc" : "desc",
	    (long long)p->limit);
	if (p->has_from)
		buf_printf(b, "&start=%lld", (long long)p->from);
	if (p->has_to)
		buf_printf(b, "&end=%lld", (long long)p->to);
	if (adjustable)
		buf_printf(b, "&adjusted=%s", serve_prices_name(p->prices));
	if (p->has_clock)
		buf_printf(b, "&clock=%s", staleness_clock_name(p->clock));
	if (p->hours != HOURS_ALL)
		buf_printf(b, "&session=%s", hours_name(p->hours));
	if (p->as_of != 0)
		buf_printf(b, "&as_of=%lld", (long long)p->as_of);
	if (p->columns > 0) {
		buf_puts(b, "&columns=");
		columns_put(b, p->column_names, p->column, p->columns);
	}
	buf_printf(b, "&cursor=%lld", (long long)last);
}
