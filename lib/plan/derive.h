/*
 * Coarse bars without asking for them: made of finer ones of the same symbol,
 * as the API makes its own of minutes.  Pure.
 */
#ifndef MD_PLAN_DERIVE_H
#define MD_PLAN_DERIVE_H

#include "market/bar.h"
#include "market/coverage.h"

/*
 * Can bars of the one be made of the other's?  Intraday ones of minutes or of
 * five minutes alone: a day has an official open and close and trades that no
 * minute has.
 */
bool derive_possible(enum timeframe coarse, enum timeframe fine);

/*
 * What of [range) the finer series cannot tell: it was not answered there, was
 * denied, or what it has may still change and was not fetched since that time.
 */
bool derive_lacking(const struct grid *fine, const struct coverage *,
    struct range, int64_t now, int64_t since, struct ranges *out);

/*
 * Divide gaps: whole windows that the finer series has all of, and the rest.
 * All in order, disjoint.
 */
bool derive_divide(const struct grid *coarse, const struct ranges *gaps,
    const struct ranges *lacking, struct ranges *derived, struct ranges *rest);

/* When the answers came that tell of that range: the earliest, at most now. */
int64_t derive_answered(const struct coverage *fine, struct range, int64_t now);

/* The bars of n finer ones, ascending, whole windows of them; out has room for
 * n.  Returns how many. */
size_t derive_bars(const struct grid *coarse, const struct bar *fine, size_t n,
    struct bar *out);

/*
 * How a derived bar differs from the API's own of the window: the field's name
 * in the API's answer, or null.  Prices and transactions must be equal, volume
 * to a part in a billion (it is a sum), the weighted price to a part in ten
 * thousand (those it is made of are rounded).
 */
const char *derive_difference(const struct bar *derived, const struct bar *api);

/* The field of that name. */
double derive_field(const struct bar *, const char *name);

#endif
