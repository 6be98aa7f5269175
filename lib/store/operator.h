/*
 * What the store keeps for its operators: which alerts they were told of, and
 * that they have put its runs on hold.
 */
#ifndef MD_STORE_OPERATOR_H
#define MD_STORE_OPERATOR_H

#include "market/alert_changes.h"
#include "market/compliance.h"
#include "market/hold.h"
#include "store/store.h"

/* -- who was told of which alerts -- */

/* The receiver is any text that names it.  Alerts of a newer version are left
 * out, and left alone. */
bool store_told_read(struct store *, const char *receiver, struct alerts_told *,
    struct md_error *);

/*
 * For this long from now, nobody else tells the receiver: *mine, unless another
 * claim lasts.  claim: any text that others do not have.  *told is as it is
 * then.  A claim that ends later than any can is void.
 */
bool store_told_claim(struct store *, const char *receiver, const char *claim,
    int64_t now, bool *mine, struct alerts_told *told, struct md_error *);
#define TOLD_CLAIM_MS (2 * MD_MINUTE)

/* The claim ends; told: what the receiver knows now, null if that is as it was.
 * Where another took the claim over, that one's word counts. */
bool store_told_settle(struct store *, const char *receiver, const char *claim,
    const struct alerts_told *told, int64_t now, struct md_error *);

/* -- on hold -- */

/* out->since_ms 0: it is not. */
bool store_hold_read(struct store *, struct hold *, struct md_error *);

/* One that is there stays, and *hold becomes it; *put: it was not. */
bool store_hold_put(struct store *, struct hold *, bool *put,
    struct md_error *);

/* *was: what it was; since_ms 0: there was none. */
bool store_hold_end(struct store *, struct hold *was, struct md_error *);

/* -- how well the objectives were kept -- */

/* Appends the days from first to last that have any, in order.  *through: the
 * last hour that was counted; 0: none was. */
bool store_compliance_read(struct store *, md_date first, md_date last,
    struct compliance_days *out, int64_t *through_ms, struct md_error *);

/* Adds to the days what was found of the hours up to through, unless another
 * program did since was the last that was counted; drops what is old. */
bool store_compliance_add(struct store *, const struct compliance_days *,
    int64_t was_ms, int64_t through_ms, struct md_error *);

#endif
