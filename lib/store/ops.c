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
