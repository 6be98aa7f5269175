/*
 * Rows of a series as an HTTP reader gets them, bars or features: a JSON
 * object or a line of CSV each.  Many a second are written, so they go to
 * memory at once and their numbers take no detour.
 */
#ifndef MD_OUTPUT_ROWS_H
#define MD_OUTPUT_ROWS_H

#include "base/buf.h"
#include "market/bar.h"
#include "market/feature.h"

/* What stands before the rows of a table, with its newline. */
extern const char rows_csv_bars[], rows_csv_features[];

/* {"ts":…,"ts_ms":…,…}; the caller sees to what is between. */
void rows_json_bar(struct buf *, const struct bar *);
void rows_json_features(struct buf *, const struct features *);

/* A line; what is null is empty. */
void rows_csv_bar(struct buf *, const struct bar *);
void rows_csv_feature(struct buf *, const struct features *);

/* "2024-07-01T13:30:00Z", as md_time_format() has it. */
void rows_time(struct buf *, int64_t ms);

#endif
