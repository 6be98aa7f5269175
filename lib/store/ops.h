/*
 * The operations that each engine still has its own of.
 */
#ifndef MD_STORE_OPS_H
#define MD_STORE_OPS_H

#include "store/store.h"

struct store_ops {
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
};

#endif
