/*
 * The operations that each engine still has its own of.
 */
#ifndef MD_STORE_OPS_H
#define MD_STORE_OPS_H

#include "store/store.h"

struct store_ops {
	void (*close)(struct store *);
	bool (*keep)(struct store *, const struct symbol_list *,
	    unsigned timeframes, bool whole, struct md_error *);
	bool (*series)(struct store *, const struct symbol_list *,
	    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
	    struct md_error *);
	bool (*claim)(struct store *, int64_t series_id,
	    const char *execution_id, int64_t now, struct lease *,
	    struct coverage *, struct md_error *);
	bool (*release)(struct store *, const struct lease *,
	    struct md_error *);
	bool (*renew)(struct store *, const char *execution_id, int64_t now,
	    struct md_error *);
	bool (*budget_reserve_slots)(struct store *, const char *budget,
	    double per_minute, int64_t want, struct budget_answer *,
	    struct md_error *);
	bool (*budget_limited)(struct store *, const char *budget,
	    const struct budget_limit *, struct md_error *);
	bool (*budget_read)(struct store *, const char *budget,
	    struct budget_answer *, struct md_error *);
	bool (*budget_join)(struct store *, const char *budget,
	    const char *execution_id, struct md_error *);
	bool (*budget_leave)(struct store *, const char *budget,
	    const char *execution_id, struct md_error *);
	bool (*grouped_deny)(struct store *, const struct grouped_denial *,
	    struct md_error *);
	bool (*claim_unrequested)(struct store *, const struct page_name *,
	    size_t n, enum asset_class, const char *execution_id, int64_t now,
	    struct lease *, struct md_error *);
	bool (*grouped_denied)(struct store *, int64_t since,
	    struct grouped_denials *out, struct md_error *);
	bool (*put_splits)(struct store *, const struct splits_put *,
	    struct md_error *);
	void (*limit_waiting)(struct store *, int64_t ms);
	bool (*derive_adjustments)(struct store *, const struct calendar *,
	    md_date today, struct md_error *);
	bool (*split_confirm)(struct store *, const char *symbol, md_date,
	    bool *found, struct md_error *);
	bool (*report_doubtful_splits)(struct store *, struct suspicions *out,
	    struct md_error *);
	bool (*report_holes)(struct store *, int64_t at_least_ms,
	    struct hole_rows *out, struct md_error *);
	bool (*features_pending)(struct store *, int64_t series_id, bool *owed,
	    int64_t *from, struct md_error *);
	bool (*features_expire)(struct store *, int64_t series_id,
	    struct md_error *);
	bool (*series_lacking_features)(struct store *, int64_t **ids,
	    size_t *len, struct md_error *);
	bool (*features_put)(struct store *, const struct features_put *,
	    bool *stale, struct md_error *);
	bool (*features_fail)(struct store *, const struct features_failure *,
	    struct md_error *);
	bool (*features_current)(struct store *, const char *execution_id,
	    struct md_error *);
	bool (*adjustments)(struct store *, const char *symbol,
	    struct adjustments *, struct md_error *);
	bool (*bars)(struct store *, int64_t series_id, int64_t from,
	    struct bar *out, size_t cap, size_t *len, struct md_error *);
	bool (*bars_before)(struct store *, int64_t series_id, int64_t from,
	    int64_t n, int64_t day, int64_t *start, struct md_error *);
	bool (*report_begin)(struct store *, struct md_error *);
	void (*report_end)(struct store *);
	bool (*report_series)(struct store *, struct series_rows *out,
	    struct md_error *);
	bool (*report_coverage)(struct store *, int64_t series_id,
	    struct coverage *out, struct md_error *);
	bool (*report_bar_times)(struct store *, int64_t series_id,
	    int64_t from, int64_t to, bool (*each)(void *ctx, int64_t ts),
	    void *ctx, struct md_error *);
	bool (*report_executions)(struct store *,
	    const struct execution_query *, struct execution_rows *out,
	    struct md_error *);
	bool (*report_totals)(struct store *, int64_t until_ms,
	    struct log_totals *out, struct md_error *);
	bool (*report_job_counts)(struct store *, const char *execution_id,
	    int64_t *jobs, int64_t *failed, struct md_error *);
	bool (*report_jobs)(struct store *, const char *execution_id,
	    struct job_rows *out, struct md_error *);
	bool (*report_success_gaps)(struct store *, int64_t since_ms,
	    struct success_gaps *out, struct md_error *);
	bool (*report_failures)(struct store *, int64_t since_ms,
	    int64_t until_ms, struct failure_rows *out, struct md_error *);
	bool (*version)(struct store *, int64_t *version, struct md_error *);
	bool (*read_series)(struct store *, const char *symbol, enum timeframe,
	    struct series_row *out, bool *found, struct md_error *);
	bool (*read_bars)(struct store *, const struct read_query *,
	    bool (*each)(void *ctx, const struct bar *), void *ctx,
	    struct md_error *);
	bool (*read_features)(struct store *, const struct read_query *,
	    bool (*each)(void *ctx, const struct features *), void *ctx,
	    struct md_error *);
	bool (*request_put)(struct store *, const char *symbol, enum timeframe,
	    int64_t times, int64_t now, struct md_error *);
	bool (*requests)(struct store *, unsigned timeframes,
	    struct symbol_list *, struct md_error *);
	bool (*request_clear)(struct store *, const char *symbol,
	    enum timeframe, struct md_error *);
};

#endif
