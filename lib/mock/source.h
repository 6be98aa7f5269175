/*
 * Where the mock's bars come from: a folder of real ones, or a formula.  Both
 * sources supply base bars, from which this builds the windows, pages and
 * adjusted prices that the API would return.  `now` is an argument: nothing
 * that starts after it exists yet.  May be shared by threads.
 */
#ifndef MD_MOCK_SOURCE_H
#define MD_MOCK_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "market/action.h"
#include "market/bar.h"
#include "market/calendar.h"
#include "market/dividend.h"
#include "market/split.h"
#include "market/symbol.h"
#include "market/timeframe.h"

/* -- windows: our timeframes, and other lengths that the API has -- */

struct window {
	enum timeframe tf; /* TF_1M for other lengths */
	int64_t length_ms; /* 0, or the length, counted from local midnight */
};

/*
 * Multiples of a minute or an hour that divide a day evenly; one day, week or
 * month.  Otherwise MD_EUSAGE lists what there is.
 */
bool window_of_api(int multiplier, const char *timespan, struct window *out,
    struct md_error *);

/* Is it built from minutes (or from days)? */
bool window_intraday(const struct window *);
int64_t window_start(const struct calendar *, enum asset_class,
    const struct window *, int64_t t_ms);
int64_t window_end(const struct calendar *, enum asset_class,
    const struct window *, int64_t start_ms);

/* -- growing lists -- */

struct bars {
	struct bar *bar;
	size_t len, cap;
};

bool bars_add(struct bars *, const struct bar *);
void bars_free(struct bars *);

struct splits {
	struct split *split;
	size_t len, cap;
};

bool splits_add(struct splits *, const struct split *);
void splits_free(struct splits *);

struct symbols {
	char (*symbol)[SYMBOL_MAX];
	size_t len, cap;
};

bool symbols_add(struct symbols *, const char *symbol);
void symbols_free(struct symbols *);

/* -- a source -- */

struct market;

/* A request to a source: base bars with starts in [from, to). */
struct source_range {
	const char *symbol;
	const struct window *window;
	int64_t from_ms, to_ms, now_ms;
	size_t max; /* base aggregates; there may be one bar more */
};

struct source_ops {
	/*
	 * Appends, oldest first, bars that the window can be built from: its
	 * own, or shorter ones.  *whole: they are the window's own.  *each: the
	 * number of base aggregates in one of them.  An unknown symbol has
	 * none.
	 */
	bool (*base)(struct market *, const struct source_range *,
	    struct bars *, bool *whole, int *each, struct md_error *);
	/* The splits of one symbol, or of all listed ones (null). */
	bool (*splits)(struct market *, const char *symbol, struct splits *,
	    struct md_error *);
	/* The same of dividends. */
	bool (*dividends)(struct market *, const char *symbol, struct actions *,
	    struct md_error *);
	/* All listed symbols. */
	bool (*symbols)(struct market *, struct symbols *, struct md_error *);
	void (*close)(struct market *);
};

/* The first member of every source. */
struct market {
	const struct source_ops *ops;
	const struct calendar *calendar;
	bool fx_utc; /* days of forex start at 00:00 UTC, not in New York */
};

/* The class whose local days bars of that class are counted by. */
enum asset_class source_days(const struct market *, enum asset_class);

/*
 * dir contains bars/<TICKER, ':' as '_'>/<1m|1h|1d>.csv, splits.csv and
 * dividends.csv.  MD_EIO
 * if there is no such folder.  Files are read when first needed.
 */
bool source_open_files(struct market **out, const char *dir,
    const struct calendar *, struct md_error *);

/*
 * The same bars for the same seed, symbol and time.  Every symbol exists except
 * those that start with ZZ; some are listed, and those whose bars were
 * requested.
 */
bool source_open_synthetic(struct market **out, uint64_t seed,
    const struct calendar *, struct md_error *);
/* A synthetic market lists this symbol, too; one that cannot exist it never
 * does.  False when out of memory. */
bool source_synthetic_list(struct market *, const char *symbol);
void source_close(struct market **);

/* -- queries -- */

struct source_query {
	const char *symbol;
	struct window window;
	int64_t from_ms, to_ms; /* window starts, both inclusive */
	int64_t now_ms;
	int64_t limit; /* base aggregates */
	bool descending;
	bool adjusted;
};

struct source_page {
	struct bars bars; /* in the requested order */
	int64_t base;     /* base aggregates in them */
	bool more;
	int64_t next_ms; /* if more: the first window of the next page */
};

/*
 * One page.  A window that the limit cuts is left to the next page, unless it
 * is the first: every page makes progress.
 */
bool source_bars(struct market *, const struct source_query *,
    struct source_page *out, struct md_error *);
void source_page_free(struct source_page *);

/* Splits executed by now, of one symbol or of all (null), by date. */
bool source_splits(struct market *, const char *symbol, int64_t now_ms,
    struct splits *out, struct md_error *);

/* Dividends, those to come too, of one symbol or of all (null): appended. */
bool source_dividends(struct market *, const char *symbol, struct actions *out,
    struct md_error *);

/* All listed symbols, sorted. */
bool source_symbols(struct market *, struct symbols *out, struct md_error *);

/*
 * Builds windows from base bars, oldest first: first open, highest high, lowest
 * low, last close, total volume and transactions, and volume-weighted vw,
 * rounded to 4 decimals.  True: *used rows of base became complete windows in
 * out; if complete is set, the last window counts as complete.
 */
bool source_join_bars(const struct calendar *, enum asset_class,
    const struct window *, const struct bar *base, size_t n, bool complete,
    struct bars *out, size_t *used);

#endif
