/*
 * A request to the mock: passed between mock.c, which decides whether it is
 * answered, and routes.c, which makes the answer.
 */
#ifndef MD_MOCK_CALL_H
#define MD_MOCK_CALL_H

#include "mock/mock.h"
#include "mock/page.h"

struct httpd_target;

#define CALL_PARTS 5

struct call {
	struct mock *mock; /* for call_would_meet() */
	const struct mock_options *options;
	struct market *market;
	const struct calendar *calendar;
	int64_t real_now_ms;
	const struct httpd_request *request;
	const char *target; /* path and query, without a key */
	char id[MOCK_ID_MAX];
	const struct fault *fault; /* that it meets, or null */
	struct fault met;          /* a copy, since the rule's counts go on */

	/* from the path */
	enum endpoint endpoint;
	enum asset_class class;       /* whose days the mock's clock goes by */
	const char *part[CALL_PARTS]; /* the values of its wildcards */

	/* from the query, or only from its cursor if it has one */
	const struct httpd_request *query;
	struct httpd_target *cursor;
	int64_t number; /* the page's, from 1 */
	bool past_empty;

	/* the answer: a page, or a text that is not one */
	bool cacheable; /* unchanged until the day ends */
	struct mock_page page;
	struct buf text;
};

/* Makes the answer.  MD_EUSAGE says what is wrong with the request, MD_EABSENT
 * what there is not. */
typedef bool call_make(struct call *, struct md_error *);

/*
 * Fills in the path's and query's values; null if there is no such path.  If
 * the cursor is not one of ours, c->query is null.
 */
call_make *call_route(struct call *);
void call_free(struct call *);

/* The mock's current time, which depends on the local days of the class. */
int64_t call_now(const struct call *, enum asset_class);

/* Up to when there are bars: now, or before sessions that are late. */
int64_t call_known(const struct call *, enum asset_class);

/* The class whose local days bars of the symbol are counted by. */
enum asset_class call_days(const struct call *, const char *symbol);

/* That fault, if it meets it; otherwise null. */
const struct fault_effect *call_meets(const struct call *, enum fault_kind);

/* The fault that a request for that object would meet, copied; null: none. */
const struct fault *call_would_meet(const struct call *, const char *key,
    struct fault *copy);

/* The path's timeframe ("1d", "2h"); false when it has none. */
bool call_timeframe(const struct call *, char out[16]);

/* -- a request's parameters; MD_EUSAGE names the one that is wrong -- */

bool call_bool(const struct call *, const char *name, bool otherwise, bool *out,
    struct md_error *);

/* asc or desc. */
bool call_order(const struct call *, const char *name, bool otherwise,
    bool *descending, struct md_error *);
bool call_limit(const struct call *, int64_t otherwise, int64_t max,
    int64_t *out, struct md_error *);

/* The rows of a page of a reference endpoint at most. */
#define LIMIT_ROWS 1000

/* Which of len rows are on the page, of so many at most: *n rows from *from on.
 */
bool call_part(const struct call *, int64_t otherwise, int64_t max, size_t len,
    size_t *from, size_t *n, struct md_error *);

/* Sets query, number and past_empty. */
void call_cursor(struct call *);

/* The URL of the same query on that path, starting with that row. */
bool call_next_url(const struct call *, const char *path, int64_t offset,
    bool past_empty, char **out, struct md_error *);

/* Take the buffer's text; the buffer's failure becomes an error. */
bool call_text(struct buf *, char **out, struct md_error *);

/* -- lists of splits and dividends, actions.c -- */

/* The rows of a list, which begin with their symbol. */
struct call_rows {
	void *v;
	size_t *len;
	size_t size;
	md_date (*date)(const void *);
	int (*by_ticker)(const void *, const void *);
	int (*by_date)(const void *, const void *);
};

#define LIMIT_ACTIONS 5000

/* Is it one of those, with commas between them?  Null: of any. */
bool call_is_one_of(const char *list, const char *word);
/* Let find add those of each ticker that the list names. */
bool call_each_ticker(struct call *, const char *list,
    bool (*find)(struct call *, const char *ticker, struct md_error *),
    struct md_error *);
/* Keep those that the filters by date, and of tickers, let pass. */
bool call_filter_dates(const struct call *, const char *column,
    const struct call_rows *, struct md_error *);
void call_filter_tickers(const struct call *, const struct call_rows *);
/* By "COLUMN.asc" or "COLUMN.desc", the first column alone: ticker, or the
 * date's name; otherwise by the first of these orders. */
bool call_sort(const struct call *, const char *const orders[4],
    const struct call_rows *, struct md_error *);
void call_put_in_order(const struct call_rows *, bool ticker, bool descending);
/* Leave the rows of the page that is asked for. */
bool call_cut_page(struct call *, const char *path, int64_t otherwise,
    int64_t max, const struct call_rows *, struct md_error *);

/* -- dividends.c -- */

call_make dividends_make;

/* -- splits.c: at present, and before -- */

call_make splits_make;
call_make splits_old_make;

/* -- answers with bars, aggs.c -- */

call_make aggs_make;
call_make prev_make;
call_make grouped_stocks_make;
call_make grouped_crypto_make;
call_make grouped_fx_make;

/* -- the list of tickers, tickers.c -- */

call_make tickers_make;

/* -- the names of a ticker's company, events.c -- */

call_make events_make;

/* -- the exchange's holidays to come, upcoming.c -- */

call_make upcoming_make;

#endif
