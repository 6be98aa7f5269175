#include "store/ops.h"

bool
store_keep(struct store *a0, const struct symbol_list *a1, unsigned timeframes,
    bool whole, struct md_error *a4)
{
	return a0->ops->keep(a0, a1, timeframes, whole, a4);
}

bool
store_series(struct store *a0, const struct symbol_list *a1,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *a5)
{
	return a0->ops->series(a0, a1, timeframes, tiers, out, a5);
}

bool
store_claim(struct store *a0, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *a4, struct coverage *a5, struct md_error *a6)
{
	return a0->ops->claim(a0, series_id, execution_id, now, a4, a5, a6);
}

bool
store_release(struct store *a0, const struct lease *a1, struct md_error *a2)
{
	return a0->ops->release(a0, a1, a2);
}

bool
store_renew(struct store *a0, const char *execution_id, int64_t now,
    struct md_error *a3)
{
	return a0->ops->renew(a0, execution_id, now, a3);
}

bool
store_budget_reserve_slots(struct store *a0, const char *budget,
    double per_minute, int64_t want, struct budget_answer *a4,
    struct md_error *a5)
{
	return a0->ops->budget_reserve_slots(a0, budget, per_minute, want, a4,
	    a5);
}

bool
store_budget_limited(struct store *a0, const char *budget,
    const struct budget_limit *a2, struct md_error *a3)
{
	return a0->ops->budget_limited(a0, budget, a2, a3);
}

bool
store_budget_read(struct store *a0, const char *budget,
    struct budget_answer *a2, struct md_error *a3)
{
	return a0->ops->budget_read(a0, budget, a2, a3);
}

bool
store_budget_join(struct store *a0, const char *budget,
    const char *execution_id, struct md_error *a3)
{
	return a0->ops->budget_join(a0, budget, execution_id, a3);
}

bool
store_budget_leave(struct store *a0, const char *budget,
    const char *execution_id, struct md_error *a3)
{
	return a0->ops->budget_leave(a0, budget, execution_id, a3);
}

bool
store_grouped_deny(struct store *a0, const struct grouped_denial *a1,
    struct md_error *a2)
{
	return a0->ops->grouped_deny(a0, a1, a2);
}

bool
store_claim_unrequested(struct store *a0, const struct page_name *a1, size_t n,
    enum asset_class a3, const char *execution_id, int64_t now,
    struct lease *a6, struct md_error *a7)
{
	return a0->ops->claim_unrequested(a0, a1, n, a3, execution_id, now, a6,
	    a7);
}

bool
store_grouped_denied(struct store *a0, int64_t since,
    struct grouped_denials *out, struct md_error *a3)
{
	return a0->ops->grouped_denied(a0, since, out, a3);
}

bool
store_put_splits(struct store *a0, const struct splits_put *a1,
    struct md_error *a2)
{
	return a0->ops->put_splits(a0, a1, a2);
}

void
store_limit_waiting(struct store *a0, int64_t ms)
{
	a0->ops->limit_waiting(a0, ms);
}

bool
store_derive_adjustments(struct store *a0, const struct calendar *a1,
    md_date today, struct md_error *a3)
{
	return a0->ops->derive_adjustments(a0, a1, today, a3);
}

bool
store_split_confirm(struct store *a0, const char *symbol, md_date a2,
    bool *found, struct md_error *a4)
{
	return a0->ops->split_confirm(a0, symbol, a2, found, a4);
}

bool
store_report_doubtful_splits(struct store *a0, struct suspicions *out,
    struct md_error *a2)
{
	return a0->ops->report_doubtful_splits(a0, out, a2);
}

bool
store_report_holes(struct store *a0, int64_t at_least_ms, struct hole_rows *out,
    struct md_error *a3)
{
	return a0->ops->report_holes(a0, at_least_ms, out, a3);
}

bool
store_features_pending(struct store *a0, int64_t series_id, bool *owed,
    int64_t *from, struct md_error *a4)
{
	return a0->ops->features_pending(a0, series_id, owed, from, a4);
}

bool
store_features_expire(struct store *a0, int64_t series_id, struct md_error *a2)
{
	return a0->ops->features_expire(a0, series_id, a2);
}

bool
store_series_lacking_features(struct store *a0, int64_t **ids, size_t *len,
    struct md_error *a3)
{
	return a0->ops->series_lacking_features(a0, ids, len, a3);
}

bool
store_features_put(struct store *a0, const struct features_put *a1, bool *stale,
    struct md_error *a3)
{
	return a0->ops->features_put(a0, a1, stale, a3);
}

bool
store_features_fail(struct store *a0, const struct features_failure *a1,
    struct md_error *a2)
{
	return a0->ops->features_fail(a0, a1, a2);
}

bool
store_features_current(struct store *a0, const char *execution_id,
    struct md_error *a2)
{
	return a0->ops->features_current(a0, execution_id, a2);
}

bool
store_adjustments(struct store *a0, const char *symbol, struct adjustments *a2,
    struct md_error *a3)
{
	return a0->ops->adjustments(a0, symbol, a2, a3);
}

bool
store_bars(struct store *a0, int64_t series_id, int64_t from, struct bar *out,
    size_t cap, size_t *len, struct md_error *a6)
{
	return a0->ops->bars(a0, series_id, from, out, cap, len, a6);
}

bool
store_bars_before(struct store *a0, int64_t series_id, int64_t from, int64_t n,
    int64_t day, int64_t *start, struct md_error *a6)
{
	return a0->ops->bars_before(a0, series_id, from, n, day, start, a6);
}

bool
store_report_begin(struct store *a0, struct md_error *a1)
{
	return a0->ops->report_begin(a0, a1);
}

void
store_report_end(struct store *a0)
{
	a0->ops->report_end(a0);
}

bool
store_report_series(struct store *a0, struct series_rows *out,
    struct md_error *a2)
{
	return a0->ops->report_series(a0, out, a2);
}

bool
store_report_coverage(struct store *a0, int64_t series_id, struct coverage *out,
    struct md_error *a3)
{
	return a0->ops->report_coverage(a0, series_id, out, a3);
}

bool
store_report_bar_times(struct store *a0, int64_t series_id, int64_t from,
    int64_t to, bool (*each)(void *ctx, int64_t ts), void *ctx,
    struct md_error *a6)
{
	return a0->ops->report_bar_times(a0, series_id, from, to, each, ctx,
	    a6);
}

bool
store_report_executions(struct store *a0, const struct execution_query *a1,
    struct execution_rows *out, struct md_error *a3)
{
	return a0->ops->report_executions(a0, a1, out, a3);
}

bool
store_report_totals(struct store *a0, int64_t until_ms, struct log_totals *out,
    struct md_error *a3)
{
	return a0->ops->report_totals(a0, until_ms, out, a3);
}

bool
store_report_job_counts(struct store *a0, const char *execution_id,
    int64_t *jobs, int64_t *failed, struct md_error *a4)
{
	return a0->ops->report_job_counts(a0, execution_id, jobs, failed, a4);
}

bool
store_report_jobs(struct store *a0, const char *execution_id,
    struct job_rows *out, struct md_error *a3)
{
	return a0->ops->report_jobs(a0, execution_id, out, a3);
}

bool
store_report_success_gaps(struct store *a0, int64_t since_ms,
    struct success_gaps *out, struct md_error *a3)
{
	return a0->ops->report_success_gaps(a0, since_ms, out, a3);
}

bool
store_report_failures(struct store *a0, int64_t since_ms, int64_t until_ms,
    struct failure_rows *out, struct md_error *a4)
{
	return a0->ops->report_failures(a0, since_ms, until_ms, out, a4);
}

bool
store_version(struct store *a0, int64_t *version, struct md_error *a2)
{
	return a0->ops->version(a0, version, a2);
}

bool
store_read_series(struct store *a0, const char *symbol, enum timeframe a2,
    struct series_row *out, bool *found, struct md_error *a5)
{
	return a0->ops->read_series(a0, symbol, a2, out, found, a5);
}

bool
store_read_bars(struct store *a0, const struct read_query *a1,
    bool (*each)(void *ctx, const struct bar *), void *ctx, struct md_error *a4)
{
	return a0->ops->read_bars(a0, a1, each, ctx, a4);
}

bool
store_read_features(struct store *a0, const struct read_query *a1,
    bool (*each)(void *ctx, const struct features *), void *ctx,
    struct md_error *a4)
{
	return a0->ops->read_features(a0, a1, each, ctx, a4);
}

bool
store_request_put(struct store *a0, const char *symbol, enum timeframe a2,
    int64_t times, int64_t now, struct md_error *a5)
{
	return a0->ops->request_put(a0, symbol, a2, times, now, a5);
}

bool
store_requests(struct store *a0, unsigned timeframes, struct symbol_list *a2,
    struct md_error *a3)
{
	return a0->ops->requests(a0, timeframes, a2, a3);
}

bool
store_request_clear(struct store *a0, const char *symbol, enum timeframe a2,
    struct md_error *a3)
{
	return a0->ops->request_clear(a0, symbol, a2, a3);
}
