/*
 * What a store keeps of the APIs that bars came from.
 */
#ifndef MD_STORE_VENDOR_H
#define MD_STORE_VENDOR_H

#include "market/closure.h"
#include "store/store.h"

/* -- the limit of a key -- */

/* What an earlier run learnt of it, by the clock of the budget; zeroed if that
 * is nothing, or older than a day. */
bool store_limit_read(struct store *, const char *budget, struct limit_lesson *,
    struct md_error *);

/* Keep what this run learnt, as of now. */
bool store_limit_keep(struct store *, const char *budget,
    const struct limit_lesson *, struct md_error *);

/* -- endpoints that an API does not have -- */

/* Has the API of that base URL answered since then (ms) that it lacks the
 * endpoint of that name? */
bool store_endpoint_absent(struct store *, const char *base_url,
    const char *endpoint, int64_t since, bool *absent, struct md_error *);
bool store_note_endpoint_absent(struct store *, const char *base_url,
    const char *endpoint, int64_t now, struct md_error *);

/* -- days that the vendor has otherwise than the calendar's rules -- */

/* Appends them by date. */
bool store_closures(struct store *, struct closures *out, struct md_error *);

/* Keep the ones, told now where they have no time yet, and drop the others, in
 * one transaction. */
bool store_closures_put(struct store *, const struct closures *put,
    const struct closures *drop, int64_t now, struct md_error *);

/* -- what a key may do -- */

/* Keep what was seen; it replaces what was seen earlier. */
bool store_right_note(struct store *, const struct key_right *,
    struct md_error *);

/* The newest of that name, of a budget or (null) of any, of a base URL or
 * (null) of any; zeroed: there is none. */
bool store_right_read(struct store *, const char *budget, const char *base_url,
    const char *what, struct key_right *out, struct md_error *);

#endif
