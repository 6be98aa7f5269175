/*
 * Rows of a series for HTTP readers, bars or features: each a JSON object or a
 * line of CSV.  Many are written per second, so they are written directly to
 * memory, including their numbers.
 */
#ifndef MD_OUTPUT_ROWS_H
#define MD_OUTPUT_ROWS_H

#include "base/buf.h"
#include "market/bar.h"
#include "market/feature.h"

/* The header line of a table, with its newline. */
extern const char rows_csv_bars[], rows_csv_features[];

/* {"ts":…,"ts_ms":…,…}; the caller writes what separates them. */
void rows_json_bar(struct buf *, const struct bar *);
void rows_json_features(struct buf *, const struct features *);

/* A line; null values are empty. */
void rows_csv_bar(struct buf *, const struct bar *);
void rows_csv_feature(struct buf *, const struct features *);

/* "2024-07-01T13:30:00Z", like md_time_format(). */
void rows_time(struct buf *, int64_t ms);

#endif
