/*
 * The bars of a series as somebody wants them: adjusted or raw, of which
 * hours, with features, on a grid without holes.  One pass in constant memory,
 * however many there are.
 */
#ifndef MD_REPORT_BARS_H
#define MD_REPORT_BARS_H

#include "market/feature.h"
#include "market/hours.h"
#include "store/report.h"

/* What prices and volumes are adjusted for; the first is the default. */
#define BARS_ADJUSTED_NAMES "splits raw total"

/* Expected bars that are not there: left out, there without values, or with
 * the last close as their prices and nothing traded. */
enum bars_fill { BARS_FILL_NONE, BARS_FILL_NULL, BARS_FILL_FORWARD };

#define BARS_FILL_NAMES "none null forward"

const char *bars_adjusted_name(unsigned);
const char *bars_fill_name(enum bars_fill);

/* One end of the range that is wanted: none, a moment, or a day. */
struct bars_end {
	enum { BARS_END_NONE, BARS_END_TIME, BARS_END_DATE } kind;

	int64_t ms;
	md_date date; /* of the series' own days; as the last one, all of it */
};

struct bars_query {
	unsigned adjusted; /* the place in the names */
	enum hours_kind hours;
	enum bars_fill fill;
	bool features;
	struct bars_end from, to; /* window starts; a time is not included in to
				   */
	const struct calendar *calendar;
	int64_t now_ms; /* what is due later is not filled in */
	/* ms UTC: what the store held then, now_ms being the same; 0: now. */
	int64_t as_of_ms;
};

struct bars_row {
	struct bar bar; /* NaN prices: filled in with nothing */
	const struct features *features; /* null: there are none */
	bool filled;                     /* it is not in the store */
	bool final;                      /* it cannot change any more */
};

/* A series that was found. */
struct bars_series {
	struct series_row row;
	/* What its bars are made of: the row itself, or finer bars. */
	struct series_row source;
};

/*
 * Look a series up.  *found false: the store has no bars that it could be made
 * of.  The row tells then what was looked for: its symbol, class and timeframe.
 */
bool bars_find(struct store *, const struct bars_query *, const char *symbol,
    enum asset_class, enum timeframe, struct bars_series *out, bool *found,
    struct md_error *);

/* Whether the query can be asked of that timeframe: MD_EUSAGE says why not. */
bool bars_query_check(const struct bars_query *, enum timeframe,
    struct md_error *);

/*
 * Hands out the rows in order, until each() returns false.  *rows is their
 * number.  The same store gives the same rows: with --fill, as of the same
 * time.
 */
bool bars_read(struct store *, const struct bars_query *,
    const struct bars_series *,
    bool (*each)(void *ctx, const struct bars_row *), void *ctx, int64_t *rows,
    struct md_error *);

#endif
