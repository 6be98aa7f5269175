/*
 * Dividends as told, what they are worth by the prices before them, and the
 * adjustments that follow.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/json.h"
#include "base/number.h"
#include "store/history.h"

/* -- what was told -- */

/* Those told of a symbol, in a list that is sorted; *n of them. */
static const struct dividend *
told_of(const struct actions *told, const char *symbol, size_t *n)
{
	const struct dividend *v = told->v;
	size_t low = 0, high = told->len, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(v[mid].symbol, symbol) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < told->len && strcmp(v[end].symbol, symbol) == 0;
	     end++)
		;
	*n = end - low;
	return v + low;
}

ARRAY_OF(dividend_list, struct dividend);

/* Of one symbol, or (null) of all. */
static bool
read_void(struct store *st, const char *symbol, const struct actions_put *p,
    struct dividend_list *out, struct md_error *e)
{
	const struct dividend *told = p->told->v;
	md_date looked = (md_date)floor_div(p->looked, MD_DAY), first = looked;
	struct sql_rows r;
	size_t n;

	for (size_t i = 0; i < p->told->len; i++)
		if (told[i].date < first)
			first = told[i].date;
	sql_select(&r, st, e,
	    "SELECT symbol, ex_date, vendor_id FROM dividends "
	    "WHERE ($1 IS NULL OR symbol = $1) AND ex_date >= $2",
	    SQL_VALUES(sql_text(symbol), sql_date(first)));
	while (sql_next(&r)) {
		struct dividend *d = dividend_list_append(out);
		const struct dividend *of;

		if (d == NULL)
			return sql_nomem(&r);
		sql_copy_text(d->symbol, sizeof(d->symbol), &r, 0);
		sql_copy_text(d->id, sizeof(d->id), &r, 2);
		of = told_of(p->told, d->symbol, &n);
		if (!sql_column_date(&r, 1, &d->date) ||
		    !dividend_is_void(d, of, n, looked))
			out->len--;
	}
	return sql_end(&r);
}

static bool
drop_void(struct store *st, const struct actions_put *p, struct md_error *e)
{
	struct dividend_list v = { NULL, 0, 0 };
	bool good = true;

	for (size_t i = 0; good && i < p->symbols_len; i++)
		good = read_void(st, p->symbols[i], p, &v, e);
	if (p->symbols_len == 0)
		good = read_void(st, NULL, p, &v, e);
	for (size_t i = 0; good && i < v.len; i++)
		good = sql_run(st, e,
		    "DELETE FROM dividends WHERE symbol = $1 "
		    "AND vendor_id = $2",
		    SQL_VALUES(sql_text(v.v[i].symbol), sql_text(v.v[i].id)));
	dividend_list_free(&v);
	return good;
}

#define COLUMNS                                                                \
	"(symbol, vendor_id, ex_date, cash_amount, currency, "                 \
	"declaration_date, record_date, pay_date, frequency, "                 \
	"distribution_type, historical_adjustment_factor, vendor_factor, "     \
	"vendor_factor_error) "

/* An answer that does not tell the vendor's factor leaves what one before has
 * told. */
#define TOLD(column) column " = EXCLUDED." column ", "
#define TOLD_ANEW                                                              \
	"ON CONFLICT (symbol, vendor_id) DO UPDATE SET " TOLD("ex_date") TOLD( \
	    "cash_amount") TOLD("currency") TOLD("declaration_date")           \
	    TOLD("record_date") TOLD("pay_date") TOLD("frequency")             \
		TOLD("distribution_type") TOLD(                                \
		    "historical_adjustment_factor") "vendor_factor = "         \
						    "COALESCE(EXCLUDED."       \
						    "vendor_factor, "          \
						    "dividends.vendor_factor)" \
						    ", "                       \
						    "vendor_factor_error = "   \
						    "COALESCE(EXCLUDED."       \
						    "vendor_factor_error, "    \
						    "dividends.vendor_factor_" \
						    "error)"

static void
json_day(struct json_writer *w, const struct dividend_day *day)
{
	char text[MD_TIME_MAX];

	if (day->told)
		md_date_format(day->date, text);
	json_text(w, NULL, day->told ? text : NULL);
}

/* A factor that is not told is null. */
static double
factor_or_nan(double factor)
{
	return factor > 0 ? factor : NAN;
}

static void
json_dividend(struct json_writer *w, const struct dividend *d)
{
	const struct dividend_day ex = { true, d->date };

	json_array_begin(w, NULL);
	json_text(w, NULL, d->symbol);
	json_text(w, NULL, d->id);
	json_day(w, &ex);
	json_number(w, NULL, d->cash);
	json_text(w, NULL, d->currency[0] != '\0' ? d->currency : NULL);
	json_day(w, &d->declared);
	json_day(w, &d->recorded);
	json_day(w, &d->paid);
	if (d->frequency >= 0)
		json_int(w, NULL, d->frequency);
	else
		json_null_value(w, NULL);
	json_text(w, NULL, dividend_kind_name(d->kind));
	json_number(w, NULL, factor_or_nan(d->factor));
	json_number(w, NULL, factor_or_nan(d->step));
	json_number(w, NULL, d->step > 0 ? d->step_error : NAN);
	json_array_end(w);
}

/* For a server one statement, as for splits. */
static bool
add_to_server(struct store *st, const struct actions *told, struct md_error *e)
{
	struct buf rows = BUF_INIT;
	struct json_writer w;
	bool good;

	json_start_dense(&w, &rows);
	json_array_begin(&w, NULL);
	for (size_t i = 0; i < told->len; i++)
		json_dividend(&w, actions_at(told, i));
	json_array_end(&w);
	good = buf_ok(&rows)
		   ? sql_run(st, e,
			 "INSERT INTO dividends " COLUMNS
			 "SELECT DISTINCT ON (1, 2) s.symbol, l.v->>1, "
			 "(l.v->>2)::date, (l.v->>3)::float8, l.v->>4, "
			 "(l.v->>5)::date, (l.v->>6)::date, (l.v->>7)::date, "
			 "(l.v->>8)::integer, l.v->>9, (l.v->>10)::float8, "
			 "(l.v->>11)::float8, (l.v->>12)::float8 "
			 "FROM json_array_elements($1::json) AS l (v) "
			 "JOIN symbols s ON s.symbol = l.v->>0 " TOLD_ANEW,
			 SQL_VALUES(sql_text(buf_str(&rows))))
		   : md_nomem(e);
	buf_free(&rows);
	return good;
}

static struct sql_value
sql_day(const struct dividend_day *day)
{
	return sql_date_or_null(day->told, day->date);
}

static bool
add_dividend(struct store *st, const struct dividend *d, struct md_error *e)
{
	return sql_run(st, e,
	    "INSERT INTO dividends " COLUMNS
	    "SELECT symbol, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "$13 FROM symbols WHERE symbol = $1 " TOLD_ANEW,
	    SQL_VALUES(sql_text(d->symbol), sql_text(d->id), sql_date(d->date),
		sql_real(d->cash), sql_text_or_null(d->currency),
		sql_day(&d->declared), sql_day(&d->recorded), sql_day(&d->paid),
		sql_int_or_null(d->frequency),
		sql_text(dividend_kind_name(d->kind)),
		sql_real(factor_or_nan(d->factor)),
		sql_real(factor_or_nan(d->step)),
		sql_real(d->step > 0 ? d->step_error : NAN)));
}

bool
dividends_put(struct store *st, const struct actions_put *p, struct md_error *e)
{
	bool good = drop_void(st, p, e);

	if (good && st->sql->is_postgres)
		return add_to_server(st, p->told, e);
	for (size_t i = 0; good && i < p->told->len; i++)
		good = add_dividend(st, actions_at(p->told, i), e);
	return good;
}

/* -- doubts -- */

bool
store_report_doubtful_dividends(struct store *st, struct suspicions *out,
    struct md_error *e)
{
	struct sql_rows r;
	char cash[32];

	sql_select(&r, st, e,
	    "SELECT symbol, ex_date, cash_amount, currency, doubt "
	    "FROM dividends WHERE doubt IS NOT NULL AND NOT confirmed "
	    "ORDER BY symbol, ex_date, vendor_id",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct suspicion *s = suspicions_append(out);

		if (s == NULL)
			return sql_nomem(&r);
		s->kind = SUSPICION_DIVIDEND;
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 0);
		(void)sql_column_date(&r, 1, &s->date);
		(void)number_format(sql_column_real(&r, 2), cash);
		(void)snprintf(s->detail, sizeof(s->detail), "%s%s%s: %s", cash,
		    sql_is_null(&r, 3) ? "" : " ", sql_column_text(&r, 3),
		    sql_column_text(&r, 4));
	}
	return sql_end(&r);
}

struct confirm {
	const char *symbol;
	md_date day;
	int64_t changed;
};

static bool
confirm(struct store *st, void *ctx, struct md_error *e)
{
	struct confirm *c = ctx;

	return sql_run_counted(st, e, &c->changed,
		   "UPDATE dividends SET confirmed = TRUE "
		   "WHERE symbol = $1 AND ex_date = $2",
		   SQL_VALUES(sql_text(c->symbol), sql_date(c->day))) &&
	       sql_run(st, e,
		   "UPDATE symbols SET dividends_derived_ms = NULL "
		   "WHERE symbol = $1",
		   SQL_VALUES(sql_text(c->symbol)));
}

bool
store_dividend_confirm(struct store *st, const char *symbol, md_date day,
    bool *found, struct md_error *e)
{
	struct confirm c = { symbol, day, 0 };
	bool good = sql_write(st, confirm, &c, e);

	*found = c.changed > 0;
	return good;
}

/* -- what they are worth -- */

/* What is stored of a dividend's judgement. */
struct judgement {
	double factor;  /* or 0 */
	char doubt[64]; /* or "" */
};

/* Whose prices tell; id 0: none. */
struct price_source {
	char symbol[SYMBOL_MAX];
	int64_t id, bars;
	enum timeframe timeframe;
};

ARRAY_OF(facts_list, struct dividend_facts);
ARRAY_OF(judgements, struct judgement);
ARRAY_OF(price_sources, struct price_source);

/* All by symbol, then by time. */
struct derive {
	const struct calendar *calendar;
	md_date today;
	int64_t now, wall; /* when it was asked for */
	const char *more;
	struct buf symbols;
	struct facts_list facts;
	struct judgements was; /* of each of them */
	struct price_sources sources;
	struct stored_adjustments splits, have;
	size_t split; /* of the symbol that is being looked at: the first */
	struct adjustment_list is;
};

/* Those of changed dividends, and those that the caller knows of. */
static bool
list_symbols(struct store *st, struct derive *d, struct md_error *e)
{
	struct sql_rows r;

	buf_free(&d->symbols);
	sql_select(&r, st, e,
	    "SELECT symbol FROM symbols WHERE dividends_checked_ms IS NOT NULL "
	    "AND (dividends_derived_ms IS NULL "
	    "OR dividends_derived_ms <> dividends_checked_ms)",
	    SQL_NONE);
	while (sql_next(&r))
		list_add(&d->symbols, sql_column_text(&r, 0));
	if (d->more != NULL && d->more[0] != '\0')
		list_add(&d->symbols, d->more);
	return sql_end(&r) && (buf_ok(&d->symbols) || md_nomem(e));
}

static void
read_facts(const struct sql_rows *r, struct dividend *d)
{
	sql_copy_text(d->symbol, sizeof(d->symbol), r, 0);
	(void)sql_column_date(r, 1, &d->date);
	sql_copy_text(d->id, sizeof(d->id), r, 2);
	d->cash = sql_column_real(r, 3);
	sql_copy_text(d->currency, sizeof(d->currency), r, 4);
	d->declared.told = sql_column_date(r, 5, &d->declared.date);
	d->recorded.told = sql_column_date(r, 6, &d->recorded.date);
	d->paid.told = sql_column_date(r, 7, &d->paid.date);
	d->kind = dividend_kind_find(sql_column_text(r, 8));
	if (!sql_is_null(r, 9) && !sql_is_null(r, 10)) {
		d->step = sql_column_real(r, 9);
		d->step_error = sql_column_real(r, 10);
	}
}

#define DIVIDENDS(listed)                                                      \
	"SELECT symbol, ex_date, vendor_id, cash_amount, currency, "           \
	"declaration_date, record_date, pay_date, distribution_type, "         \
	"vendor_factor, vendor_factor_error, factor, doubt, confirmed "        \
	"FROM dividends WHERE symbol" listed                                   \
	"ORDER BY symbol, ex_date, vendor_id"

static bool
read_dividends(struct store *st, struct derive *d, struct md_error *e)
{
	struct sql_rows r;

	d->facts.len = d->was.len = 0;
	sql_select(&r, st, e,
	    sql_for(st, DIVIDENDS(SQLITE_WORDS("$1")),
		DIVIDENDS(POSTGRES_WORDS("$1"))),
	    SQL_VALUES(sql_text(buf_str(&d->symbols))));
	while (sql_next(&r)) {
		struct dividend_facts *f = facts_list_append(&d->facts);
		struct judgement *was = judgements_append(&d->was);

		if (f == NULL || was == NULL)
			return sql_nomem(&r);
		read_facts(&r, &f->d);
		f->confirmed = sql_column_bool(&r, 13);
		was->factor = sql_is_null(&r, 11) ? 0 : sql_column_real(&r, 11);
		sql_copy_text(was->doubt, sizeof(was->doubt), &r, 12);
	}
	return sql_end(&r);
}

/* Days, then what is finer, then what is coarser; of those with more bars. */
static int
source_rank(enum timeframe tf)
{
	return tf == TF_1D ? 3 : timeframe_intraday(tf) ? 2 : tf == TF_1W;
}

#define SOURCES(listed)                                                        \
	"SELECT r.symbol, r.series_id, r.timeframe, r.bar_count "              \
	"FROM series r WHERE r.bar_count > 0 AND r.symbol" listed              \
	"ORDER BY r.symbol, r.series_id"

static bool
read_sources(struct store *st, struct derive *d, struct md_error *e)
{
	struct price_sources *l = &d->sources;
	struct sql_rows r;

	l->len = 0;
	sql_select(&r, st, e,
	    sql_for(st, SOURCES(SQLITE_WORDS("$1")),
		SOURCES(POSTGRES_WORDS("$1"))),
	    SQL_VALUES(sql_text(buf_str(&d->symbols))));
	while (sql_next(&r)) {
		struct price_source *s = price_sources_append(l), *last;
		int rank;

		if (s == NULL)
			return sql_nomem(&r);
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 0);
		s->id = sql_column_int(&r, 1);
		s->bars = sql_column_int(&r, 3);
		if (!sql_column_timeframe(&r, 2, &s->timeframe))
			return sql_broken(&r, "a series");
		if (l->len < 2 || strcmp(s[-1].symbol, s->symbol) != 0)
			continue;
		last = s - 1;
		rank = source_rank(s->timeframe) - source_rank(last->timeframe);
		if (rank > 0 || (rank == 0 && s->bars > last->bars))
			*last = *s;
		l->len--;
	}
	return sql_end(&r);
}

static const struct price_source *
source_of(const struct derive *d, const char *symbol)
{
	size_t low = 0, high = d->sources.len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(d->sources.v[mid].symbol, symbol);

		if (order == 0)
			return &d->sources.v[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* -- prices -- */

/* The last bar before each of those times: how long before never matters to
 * the search. */
#define LAST_BAR(column, time)                                                 \
	"(SELECT b." column " FROM bars b WHERE b.series_id = v.id "           \
	"AND b.ts < " time("v.s") " ORDER BY b.ts DESC LIMIT 1)"
#define PRICES_BEFORE(pairs, time)                                             \
	"SELECT v.n, " LAST_BAR("ts", time) ", " LAST_BAR("close",             \
	    time) " FROM " pairs " WHERE v.id <> 0"

/* What the splits have divided prices of that time by; the symbol's begin at
 * d->split. */
static double
split_factor(const struct derive *d, const char *symbol, int64_t t)
{
	for (size_t i = d->split;
	     i < d->splits.len && strcmp(d->splits.v[i].symbol, symbol) == 0;
	     i++)
		if (d->splits.v[i].a.from_ts <= t && t < d->splits.v[i].a.to_ts)
			return d->splits.v[i].a.factor;
	return 1;
}

/* When the bar's close was, as far as splits are concerned: days of a week or
 * a month have one price. */
static int64_t
time_of_close(enum timeframe tf, int64_t ts)
{
	return ts + (tf == TF_1W ? 6 * MD_DAY : tf == TF_1MO ? 27 * MD_DAY : 0);
}

static void
note_price(struct derive *d, struct dividend_facts *f, int64_t ts, double close)
{
	const char *symbol = f->d.symbol;
	const struct price_source *s = source_of(d, symbol);
	int64_t ex = calendar_midnight(d->calendar, CLASS_STOCK, f->d.date);
	int64_t before =
	    dividend_prices_before(d->calendar, s->timeframe, f->d.date);

	if (before - ts > DIVIDEND_PRICE_DAYS * MD_DAY)
		return;
	while (d->split < d->splits.len &&
	       strcmp(d->splits.v[d->split].symbol, symbol) < 0)
		d->split++;
	f->close = close * (split_factor(d, symbol, ex) /
			       split_factor(d, symbol,
				   time_of_close(s->timeframe, ts)));
}

static bool
read_prices(struct store *st, struct derive *d, const char *pairs,
    struct md_error *e)
{
	struct sql_rows r;

	d->split = 0;
	sql_select(&r, st, e,
	    sql_for(st,
		PRICES_BEFORE(SQLITE_PAIRS, SQLITE_TIME) " ORDER BY v.n",
		PRICES_BEFORE(POSTGRES_PAIRS, POSTGRES_TIME) " ORDER BY v.n"),
	    SQL_VALUES(sql_text(pairs)));
	while (sql_next(&r)) {
		size_t i = (size_t)sql_column_int(&r, 0);

		if (i < d->facts.len && !sql_is_null(&r, 1))
			note_price(d, &d->facts.v[i], sql_column_time(&r, 1),
			    sql_column_real(&r, 2));
	}
	return sql_end(&r);
}

/* One question for all; a dividend that is to come has no price yet. */
static bool
read_all_prices(struct store *st, struct derive *d, struct md_error *e)
{
	struct buf pairs = BUF_INIT;
	bool good = true;

	for (size_t i = 0; i < d->facts.len; i++) {
		const struct dividend *x = &d->facts.v[i].d;
		const struct price_source *s =
		    x->date > d->today ? NULL : source_of(d, x->symbol);

		buf_printf(&pairs, "%s[%lld,%lld]", i == 0 ? "" : ",",
		    s == NULL ? 0LL : (long long)s->id,
		    s == NULL ? 0LL
			      : (long long)(dividend_prices_before(d->calendar,
						s->timeframe, x->date) /
					    MD_SECOND));
	}
	if (!buf_ok(&pairs))
		good = md_nomem(e);
	else if (d->facts.len > 0)
		good = read_prices(st, d, buf_str(&pairs), e);
	buf_free(&pairs);
	return good;
}

/* -- the adjustments -- */

static bool
put_judgement(struct store *st, const struct dividend_facts *f,
    const struct judgement *was, struct md_error *e)
{
	const char *doubt = f->doubt == NULL ? "" : f->doubt;

	if (strcmp(doubt, was->doubt) == 0 && f->factor >= was->factor &&
	    f->factor <= was->factor)
		return true;
	return sql_run(st, e,
	    "UPDATE dividends SET factor = $3, doubt = $4 "
	    "WHERE symbol = $1 AND vendor_id = $2",
	    SQL_VALUES(sql_text(f->d.symbol), sql_text(f->d.id),
		sql_real(factor_or_nan(f->factor)), sql_text(f->doubt)));
}

static bool
is_as_it_was(const struct stored_adjustment *was, size_t n,
    const struct adjustment_list *is)
{
	bool same = n == is->len;

	for (size_t i = 0; same && i < n; i++)
		same = was[i].a.from_ts == is->v[i].from_ts &&
		       was[i].a.to_ts == is->v[i].to_ts &&
		       was[i].a.factor >= is->v[i].factor &&
		       was[i].a.factor <= is->v[i].factor;
	return same;
}

/* Its dividends are those of [i, end), its adjustments those of [j, last). */
static bool
derive_symbol(struct store *st, struct derive *d, const char *symbol, size_t i,
    size_t end, size_t j, size_t last, struct md_error *e)
{
	struct dividend_facts *v = end > i ? &d->facts.v[i] : NULL;
	bool good = true;

	d->is.len = 0;
	if (v != NULL) {
		dividends_judge(v, end - i, d->today);
		good = dividend_adjustments(d->calendar, v, end - i, &d->is) ||
		       md_nomem(e);
	}
	for (; good && i < end; i++)
		good = put_judgement(st, &d->facts.v[i], &d->was.v[i], e);
	if (!good ||
	    is_as_it_was(last > j ? &d->have.v[j] : NULL, last - j, &d->is))
		return good;
	return adjustments_replace(st, ACTION_DIVIDENDS, symbol,
	    history_time(d->now, d->wall), d->is.v, d->is.len, e);
}

/* Both are walked side by side: mostly nothing has changed. */
static bool
derive_all(struct store *st, struct derive *d, struct md_error *e)
{
	size_t i = 0, j = 0, end, last;
	bool good = true;

	for (; good && (i < d->facts.len || j < d->have.len);
	     i = end, j = last) {
		const char *symbol = i < d->facts.len ? d->facts.v[i].d.symbol
						      : d->have.v[j].symbol;

		if (j < d->have.len && strcmp(d->have.v[j].symbol, symbol) < 0)
			symbol = d->have.v[j].symbol;
		for (end = i; end < d->facts.len &&
			      strcmp(d->facts.v[end].d.symbol, symbol) == 0;
		     end++)
			;
		for (last = j; last < d->have.len &&
			       strcmp(d->have.v[last].symbol, symbol) == 0;
		     last++)
			;
		good = derive_symbol(st, d, symbol, i, end, j, last, e);
	}
	return good;
}

#define DERIVED(listed)                                                        \
	"UPDATE symbols SET dividends_derived_ms = dividends_checked_ms "      \
	"WHERE dividends_checked_ms IS NOT NULL AND symbol" listed

static bool
derive(struct store *st, void *ctx, struct md_error *e)
{
	struct derive *d = ctx;
	const char *listed;

	if (!list_symbols(st, d, e))
		return false;
	if (d->symbols.len == 0)
		return true;
	listed = buf_str(&d->symbols);
	return read_dividends(st, d, e) && read_sources(st, d, e) &&
	       adjustments_read(st, ACTION_SPLITS, listed, &d->splits, e) &&
	       adjustments_read(st, ACTION_DIVIDENDS, listed, &d->have, e) &&
	       read_all_prices(st, d, e) && derive_all(st, d, e) &&
	       sql_run(st, e,
		   sql_for(st, DERIVED(SQLITE_WORDS("$1")),
		       DERIVED(POSTGRES_WORDS("$1"))),
		   SQL_VALUES(sql_text(listed)));
}

bool
store_derive_dividends(struct store *st, const struct calendar *cal,
    md_date today, int64_t now, const char *more, struct md_error *e)
{
	struct derive d = { .calendar = cal,
		.today = today,
		.now = now,
		.wall = md_now_ms(),
		.more = more };
	bool good = sql_write(st, derive, &d, e);

	buf_free(&d.symbols);
	facts_list_free(&d.facts);
	judgements_free(&d.was);
	price_sources_free(&d.sources);
	stored_adjustments_free(&d.splits);
	stored_adjustments_free(&d.have);
	adjustment_list_free(&d.is);
	return good;
}
