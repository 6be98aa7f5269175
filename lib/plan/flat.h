/*
 * Flat files, each with all bars of a market's symbols of one day: which there
 * are, when they are due, and of which days they bring what a series lacks.
 * Pure.
 */
#ifndef MD_PLAN_FLAT_H
#define MD_PLAN_FLAT_H

#include "market/grid.h"
#include "market/range.h"

/* With its NUL; a name is that of the object in the vendor's bucket. */
#define FLAT_NAME_MAX 96

/* ETFs are stocks here. */
enum flat_set {
	FLAT_STOCK_MINUTES,
	FLAT_STOCK_DAYS,
	FLAT_CRYPTO_MINUTES,
	FLAT_CRYPTO_DAYS,
	FLAT_FX_MINUTES,
	FLAT_FX_DAYS,
	FLAT_INDEX_MINUTES,
	FLAT_INDEX_DAYS,
};

#define FLAT_SETS 8

/* "us_stocks_sip/minute_aggs_v1" */
const char *flat_folder(enum flat_set);
enum asset_class flat_class(enum flat_set);
enum timeframe flat_timeframe(enum flat_set);

/* Which has the bars of such a series; false: none. */
bool flat_set_of(enum asset_class, enum timeframe, enum flat_set *out);

/* "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-03.csv.gz" */
void flat_name(enum flat_set, md_date, char out[FLAT_NAME_MAX]);

/* The day of a file, as the class counts days. */
struct range flat_day(const struct calendar *, enum flat_set, md_date);

/* Does anything trade on that day? */
bool flat_trades(const struct calendar *, enum flat_set, md_date);

/* When the file of a day is due: its bars are final. */
int64_t flat_due_at(const struct calendar *, enum flat_set, md_date);

/* Can the file be there at now: are the day's bars final? */
bool flat_due(const struct calendar *, enum flat_set, md_date, int64_t now);

/* How many minutes of that day are expected to have bars: of files of minutes
 * the rows grow with it. */
int64_t flat_minutes(const struct calendar *, enum flat_set, md_date);

/* The gap that has the whole day; null: none. */
const struct range *flat_gap(const struct ranges *gaps, struct range day);

/*
 * What a file answers, by its rows' times: the day as New York counts it, or
 * UTC.  Count each time with flat_count(); then flat_proved() is the range that
 * is answered.  False: most rows are of another day.
 */
struct flat_times {
	struct range days[2]; /* the class's own first */
	int candidates;
	bool starts; /* rows are at the day's start */
	int64_t outside[2], rows;
};

void flat_times_begin(struct flat_times *, const struct calendar *,
    enum flat_set, md_date);
void flat_count(struct flat_times *, int64_t t);
bool flat_proved(const struct flat_times *, struct range *out);

#endif
