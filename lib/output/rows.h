/*
 * Rows of a series, bars or features: each a JSON object or a line of CSV.
 * Many are written per second, so they are written directly to memory,
 * including their numbers.
 */
#ifndef MD_OUTPUT_ROWS_H
#define MD_OUTPUT_ROWS_H

#include "base/buf.h"
#include "market/bar.h"
#include "market/feature.h"
#include "market/zone.h"
#include "report/bars.h"

/* The header line of a table, with its newline. */
extern const char rows_csv_bars[], rows_csv_features[];

/* {"ts":…,"ts_ms":…,…}; the caller writes what separates them. */
void rows_json_bar(struct buf *, const struct bar *);
void rows_json_features(struct buf *, const struct features *);

/* A line; null values are empty. */
void rows_csv_bar(struct buf *, const struct bar *);
void rows_csv_feature(struct buf *, const struct features *);

/* -- rows that name their series -- */

extern const char rows_csv_series[], rows_csv_series_features[];

struct rows_style {
	bool json;
	bool features;
	const struct zone *zone; /* of ts; null: UTC.  Borrowed. */
	/* What a row begins with: "AAPL,1d," or, with json, {"symbol":…, or {
	 */
	const char *head;
	size_t head_len;
};

void rows_put(struct buf *, const struct rows_style *, const struct bars_row *);

/* "2024-07-01T09:30:00-04:00", or as below; returns the length. */
#define ROWS_TIME_MAX (MD_TIME_MAX + 16)
size_t rows_time_text(const struct zone *, int64_t ms, char out[ROWS_TIME_MAX]);

/* "2024-07-01T13:30:00Z", like md_time_format(). */
void rows_time(struct buf *, int64_t ms);

#endif
