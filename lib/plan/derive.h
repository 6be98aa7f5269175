/*
 * Building coarse bars from finer ones of the same symbol, as the API builds
 * its own from minutes, instead of requesting them.  Pure.
 */
#ifndef MD_PLAN_DERIVE_H
#define MD_PLAN_DERIVE_H

#include "market/bar.h"
#include "market/coverage.h"

/*
 * Can bars of one timeframe be built from the other's?  Only intraday ones, and
 * only from 1m or 5m: a day has an official open and close, and trades that are
 * in no minute.
 */
bool derive_possible(enum timeframe coarse, enum timeframe fine);

/*
 * The parts of the range that the finer series cannot supply: it was not
 * answered there, was denied, or has bars that may still change and were not
 * fetched since that time.
 */
bool derive_lacking(const struct grid *fine, const struct finality_rule *,
    const struct coverage *, struct range, int64_t now, int64_t since,
    struct ranges *out);

/*
 * Divide gaps into whole windows that the finer series supplies completely, and
 * the rest.  All are in order and disjoint.
 */
bool derive_divide(const struct grid *coarse, const struct ranges *gaps,
    const struct ranges *lacking, struct ranges *derived, struct ranges *rest);

/* When that range was answered: the earliest time of its spans, at most now. */
int64_t derive_answered(const struct coverage *fine, struct range, int64_t now);

/* Builds bars from n finer ones, ascending, that form whole windows; out has
 * room for n.  Returns the number of bars. */
size_t derive_bars(const struct grid *coarse, const struct bar *fine, size_t n,
    struct bar *out);

/*
 * The field in which a derived bar differs from the API's own bar of the
 * window, by its name in the API's answer; or null.  Prices and transactions
 * must be equal, the volume to one part in a billion (it is a sum), the
 * weighted price to one part in ten thousand (it is computed from rounded
 * prices).
 */
const char *derive_difference(const struct bar *derived, const struct bar *api);

/* The value of the field with that name. */
double derive_field(const struct bar *, const char *name);

#endif
