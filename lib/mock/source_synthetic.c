/*
 * The market of the formula (market_formula.h): its days, remembered by the
 * month, its splits, and what it lists.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mock/source.h"
#include "mock/source_formula.h"

#define MONTHS_KEPT  20000
#define MONTHS_HEADS 4096
#define LISTED_MAX   10000 /* by being asked for */

/* What is listed from the start. */
static const char *const known[] = { "AAPL", "AMD", "AMZN", "BAC", "BRK.B",
	"CSCO", "DIS", "F", "GOOG", "IBM", "INTC", "IWM", "JPM", "KO", "MSFT",
	"NVDA", "PFE", "QQQ", "SPY", "T", "TSLA", "USO", "WMT", "XOM",
	"X:BTCUSD", "X:ETHUSD", "X:SOLUSD", "C:EURUSD", "C:GBPUSD", "C:USDJPY",
	"I:SPX" };

/* A month's days, never changed once in the table. */
struct month {
	struct month *next;
	char symbol[SYMBOL_MAX];
	int number; /* months since year 0 */
	struct bars days;
};

struct synthetic {
	struct market market;
	uint64_t seed;
	pthread_mutex_t lock; /* of what follows */
	struct month *months[MONTHS_HEADS];
	size_t kept;
	struct symbols listed; /* and those that were asked for since */
};

/* -- days, remembered by the month -- */

static bool
days_make(const struct synthetic *s, const struct price_model *c,
    int64_t from_ms, int64_t to_ms, struct bars *out)
{
	const struct window day = { TF_1D, 0 };
	struct bars base = { NULL, 0, 0 };
	size_t used;
	bool good =
	    formula_minutes(c, s->market.calendar, from_ms, to_ms, SIZE_MAX,
		&base) &&
	    source_join_bars(s->market.calendar, source_days(&s->market, c->ac),
		&day, base.bar, base.len, true, out, &used);

	bars_free(&base);
	return good;
}

static int
month_of(md_date date)
{
	int year, month, day;

	md_date_split(date, &year, &month, &day);
	return year * 12 + month - 1;
}

static md_date
month_first(int number)
{
	return md_date_of(number / 12, number % 12 + 1, 1);
}

static struct month **
month_head(struct synthetic *s, const struct price_model *c, int number)
{
	return &s->months[formula_hash(c->hash, (uint64_t)number) %
			  MONTHS_HEADS];
}

static void
months_forget(struct synthetic *s)
{
	for (size_t i = 0; i < MONTHS_HEADS; i++)
		while (s->months[i] != NULL) {
			struct month *m = s->months[i];

			s->months[i] = m->next;
			bars_free(&m->days);
			free(m);
		}
	s->kept = 0;
}

static bool
bars_copy(const struct bars *from, int64_t from_ms, int64_t to_ms,
    struct bars *out)
{
	for (size_t i = 0; i < from->len; i++)
		if (from->bar[i].t >= from_ms && from->bar[i].t < to_ms &&
		    !bars_add(out, &from->bar[i]))
			return false;
	return true;
}

/* Is it remembered?  Then copies what is asked for. */
static bool
month_recall(struct synthetic *s, const struct price_model *c,
    const struct source_range *r, int number, struct bars *out, bool *good)
{
	struct month *m;

	pthread_mutex_lock(&s->lock);
	m = *month_head(s, c, number);
	while (m != NULL &&
	       (m->number != number || strcmp(m->symbol, r->symbol) != 0))
		m = m->next;
	if (m != NULL)
		*good = bars_copy(&m->days, r->from_ms, r->to_ms, out);
	pthread_mutex_unlock(&s->lock);
	return m != NULL;
}

static bool
month_make(struct synthetic *s, const struct price_model *c,
    const struct source_range *r, int number, int64_t end_ms, struct bars *out)
{
	const struct calendar *cal = s->market.calendar;
	enum asset_class ac = source_days(&s->market, c->ac);
	struct month *m = calloc(1, sizeof(*m)), **head;
	bool good;

	if (m == NULL)
		return false;
	memcpy(m->symbol, r->symbol, strlen(r->symbol) + 1);
	m->number = number;
	good = days_make(s, c, calendar_midnight(cal, ac, month_first(number)),
		   end_ms, &m->days) &&
	       bars_copy(&m->days, r->from_ms, r->to_ms, out);
	if (!good) {
		bars_free(&m->days);
		free(m);
		return false;
	}
	pthread_mutex_lock(&s->lock);
	if (s->kept >= MONTHS_KEPT)
		months_forget(s);
	head = month_head(s, c, number);
	m->next = *head;
	*head = m;
	s->kept++;
	pthread_mutex_unlock(&s->lock);
	return true;
}

static bool
days(struct synthetic *s, const struct price_model *c,
    const struct source_range *r, struct bars *out)
{
	const struct calendar *cal = s->market.calendar;
	enum asset_class ac = source_days(&s->market, c->ac);
	int64_t now_end = r->now_ms + 1;
	int64_t from = r->from_ms < c->since_ms ? c->since_ms : r->from_ms;
	bool good = true;

	if (from >= r->to_ms)
		return true;
	for (int n = month_of(calendar_date(cal, ac, from));
	     good && out->len <= r->max; n++) {
		int64_t first = calendar_midnight(cal, ac, month_first(n));
		int64_t end = calendar_midnight(cal, ac, month_first(n + 1));

		if (first >= r->to_ms)
			break;
		if (end > now_end) {
			/* The month that is not over: as far as it got. */
			good = days_make(s, c, from > first ? from : first,
			    now_end < r->to_ms ? now_end : r->to_ms, out);
			break;
		}
		if (!month_recall(s, c, r, n, out, &good))
			good = month_make(s, c, r, n, end, out);
	}
	return good;
}

/* -- what a source does -- */

/* From now on the symbol is listed, too, unless that many are. */
static bool
list(struct synthetic *s, const char *symbol, size_t max)
{
	struct symbols *l = &s->listed;
	bool good = true;
	size_t i = 0;

	pthread_mutex_lock(&s->lock);
	while (i < l->len && strcmp(l->symbol[i], symbol) != 0)
		i++;
	if (i == l->len && i < max)
		good = symbols_add(l, symbol);
	pthread_mutex_unlock(&s->lock);
	return good;
}

static bool
synthetic_base(struct market *m, const struct source_range *r, struct bars *out,
    bool *whole, int *each, struct md_error *e)
{
	struct synthetic *s = (struct synthetic *)(void *)m;
	struct price_model c;
	bool good;

	*each = 1;
	*whole = r->window->length_ms == 0 &&
		 (r->window->tf == TF_1M || r->window->tf == TF_1D);
	if (!formula_exists(r->symbol))
		return true;
	price_model_init(&c, s->seed, r->symbol, m->calendar);
	if (!list(s, r->symbol, LISTED_MAX))
		good = false;
	else if (window_intraday(r->window))
		good = formula_minutes(&c, m->calendar, r->from_ms, r->to_ms,
		    r->max, out);
	else
		good = days(s, &c, r, out);
	return good ? true : md_nomem(e);
}

static bool
splits_of(const struct synthetic *s, const char *symbol, struct splits *out)
{
	struct price_model c;

	price_model_init(&c, s->seed, symbol, s->market.calendar);
	for (int i = 0; i < c.splits; i++)
		if (!splits_add(out, &c.split[i]))
			return false;
	return true;
}

static bool
synthetic_splits(struct market *m, const char *symbol, struct splits *out,
    struct md_error *e)
{
	struct synthetic *s = (struct synthetic *)(void *)m;
	bool good = true;

	if (symbol != NULL)
		return !formula_exists(symbol) || splits_of(s, symbol, out)
			   ? true
			   : md_nomem(e);
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; good && i < s->listed.len; i++)
		good = splits_of(s, s->listed.symbol[i], out);
	pthread_mutex_unlock(&s->lock);
	return good ? true : md_nomem(e);
}

static bool
dividends_of(const struct synthetic *s, const char *symbol, struct actions *out)
{
	struct price_model c;

	price_model_init(&c, s->seed, symbol, s->market.calendar);
	return formula_dividends(&c, symbol, s->market.calendar, out);
}

static bool
synthetic_dividends(struct market *m, const char *symbol, struct actions *out,
    struct md_error *e)
{
	struct synthetic *s = (struct synthetic *)(void *)m;
	bool good = true;

	if (symbol != NULL)
		return !formula_exists(symbol) || dividends_of(s, symbol, out)
			   ? true
			   : md_nomem(e);
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; good && i < s->listed.len; i++)
		good = dividends_of(s, s->listed.symbol[i], out);
	pthread_mutex_unlock(&s->lock);
	return good ? true : md_nomem(e);
}

static bool
synthetic_symbols(struct market *m, struct symbols *out, struct md_error *e)
{
	struct synthetic *s = (struct synthetic *)(void *)m;
	bool good = true;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; good && i < s->listed.len; i++)
		good = symbols_add(out, s->listed.symbol[i]);
	pthread_mutex_unlock(&s->lock);
	return good ? true : md_nomem(e);
}

bool
source_synthetic_list(struct market *m, const char *symbol)
{
	return !formula_exists(symbol) ||
	       list((struct synthetic *)(void *)m, symbol, SIZE_MAX);
}

static void
synthetic_close(struct market *m)
{
	struct synthetic *s = (struct synthetic *)(void *)m;

	months_forget(s);
	symbols_free(&s->listed);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static const struct source_ops synthetic_ops = {
	synthetic_base,
	synthetic_splits,
	synthetic_dividends,
	synthetic_symbols,
	synthetic_close,
};

bool
source_open_synthetic(struct market **out, uint64_t seed,
    const struct calendar *cal, struct md_error *e)
{
	struct synthetic *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	s->market.ops = &synthetic_ops;
	s->market.calendar = cal;
	s->seed = seed;
	(void)pthread_mutex_init(&s->lock, NULL);
	*out = &s->market;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!symbols_add(&s->listed, known[i])) {
			source_close(out);
			return md_nomem(e);
		}
	return true;
}
