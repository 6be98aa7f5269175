/*
 * What a store tells its readers.
 */
#ifndef MD_STORE_REPORT_H
#define MD_STORE_REPORT_H

#include "store/store.h"

/* -- reports: they change nothing and append rows to *out -- */

/* Everything read until report_end() is one snapshot. */
bool store_report_begin(struct store *, struct md_error *);
void store_report_end(struct store *);

/* Every active series, in any order. */
bool store_report_series(struct store *, struct series_rows *out,
    struct md_error *);
bool store_report_coverage(struct store *, int64_t series_id,
    struct coverage *out, struct md_error *);

/* Its bars that the vendor changed, the newest change first: at most limit. */
bool store_report_restated(struct store *, int64_t series_id, int64_t limit,
    struct restated_rows *out, struct md_error *);

/* The starts of its bars in [from, to), in order; each() returns false
 * when out of memory. */
bool store_report_bar_times(struct store *, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *);

/* Newest first. */
bool store_report_executions(struct store *, const struct execution_query *,
    struct execution_rows *out, struct md_error *);
bool store_report_totals(struct store *, int64_t until_ms,
    struct log_totals *out, struct md_error *);

/* Of the executions that hold any which have not expired; in any order. */
bool store_report_leases(struct store *, int64_t now_ms,
    struct lease_counts *out, struct md_error *);

/* The number of its jobs, and of those that failed. */
bool store_report_job_counts(struct store *, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *);

/* By symbol and name of the timeframe. */
bool store_report_jobs(struct store *, const char *execution_id,
    struct job_rows *out, struct md_error *);

/* By id: executions since then that received 429s or did not succeed,
 * if at least one of their jobs succeeded. */
bool store_report_success_gaps(struct store *, int64_t since_ms,
    struct success_gaps *out, struct md_error *);

/* Failures of jobs and features, in any order; unresolved ones of
 * features also from before since. */
bool store_report_failures(struct store *, int64_t since_ms, int64_t until_ms,
    struct failure_rows *out, struct md_error *);

/* -- readers of one series, on a handle that stays open -- */

/*
 * *version differs from this handle's last one if, and only if, another
 * handle or program has committed since then.  False if the store no
 * longer exists, or was replaced: open it again.
 */
bool store_version(struct store *, int64_t *version, struct md_error *);

/* An active or inactive series, with its revision; *found false: there is none.
 * While the row is the same (series_row_same()), so is all that an answer of the
 * series may show, unless somebody inserted bars by hand. */
bool store_read_series(struct store *, const char *symbol, enum timeframe,
    struct series_row *out, bool *found, struct md_error *);

/* In order; each() returns false when out of memory. */
bool store_read_bars(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *);
bool store_read_features(struct store *, const struct read_query *,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *);

/* The same, until each() returns false; with the bar's features, if they are
 * asked for and there are any, else with null. */
bool store_read_rows(struct store *, const struct read_query *, bool features,
    bool (*each)(void *ctx, const struct bar *, const struct features *),
    void *ctx, struct md_error *);

/* -- as of a time that is past -- */

/* From when on it is known what the store held of a series: INT64_MIN: always.
 * An older version did not write that down. */
bool store_history_from(struct store *, int64_t series_id, int64_t *from,
    struct md_error *);

/* Appends the ranges whose answers were final then, and those whose answers
 * became so later, ascending.  What is in neither is as it was. */
bool store_finality_then(struct store *, int64_t series_id, int64_t as_of,
    struct ranges *final, struct ranges *later, struct md_error *);

#endif
