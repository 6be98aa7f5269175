/*
 * What a store keeps of the APIs that bars came from.
 */
#ifndef MD_STORE_VENDOR_H
#define MD_STORE_VENDOR_H

#include "market/closure.h"
#include "store/store.h"

/* -- the rate budget that runs with one key share -- */

/*
 * Reserve slots with budget_reserve(), using a clock common to all
 * users of the store; the answer's times are those of that clock.
 */
bool store_budget_reserve_slots(struct store *, const char *budget,
    double per_minute, int64_t want, struct budget_answer *, struct md_error *);

/* Record a 429 with budget_limited(). */
bool store_budget_limited(struct store *, const char *budget,
    const struct budget_limit *, struct md_error *);

/* Read it; the answer's grant is not touched. */
bool store_budget_read(struct store *, const char *budget,
    struct budget_answer *, struct md_error *);

/* The execution is alive, and one of the sharers. */
bool store_budget_join(struct store *, const char *budget,
    const char *execution_id, struct md_error *);
bool store_budget_leave(struct store *, const char *budget,
    const char *execution_id, struct md_error *);

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

/* -- symbols that fell silent -- */

/* What the vendor told of a symbol that fell silent, or has a hole. */
struct silent_answer {
	const char *symbol;
	int64_t asked_at;
	bool has_delisted; /* its last day; … */
	md_date delisted;
	int64_t gone_ts; /* … a bar from then on is of another company */
	/* The present name of its company, and the names before; the latter
	 * empty: it is not known to have been renamed. */
	const char *present;
	const struct former_names *names;
};

bool store_put_silent(struct store *, const struct silent_answer *,
    struct md_error *);

/* Appends the symbols that were asked about since then, or of which it was told
 * for good what became of them, by symbol. */
bool store_silent_asked(struct store *, int64_t since, struct symbol_list *out,
    struct md_error *);

/* Appends active symbols that were renamed, unless the watchlist has joined
 * their names, and those that were delisted and have had no bar since. */
bool store_report_gone(struct store *, struct suspicions *out,
    struct md_error *);

/* -- days for which a call for a whole market was refused (403) -- */

/* Record a refusal; it replaces an earlier one of the same day. */
bool store_grouped_deny(struct store *, const struct grouped_denial *,
    struct md_error *);

/* Appends the refusals after since, ms. */
bool store_grouped_denied(struct store *, int64_t since,
    struct grouped_denials *out, struct md_error *);

/* -- flat files -- */

/* Note that a file was read; it replaces what was noted of that name. */
bool store_flat_file_put(struct store *, const struct flat_file *,
    struct md_error *);
/* Appends those with names from first to last, by name. */
bool store_flat_files(struct store *, const char *first, const char *last,
    struct flat_files *out, struct md_error *);
/* How many bars a series has that start in the range. */
bool store_bars_in(struct store *, int64_t series_id, struct range, int64_t *n,
    struct md_error *);
/* Appends where the bars of a series came from, if not by its own calls. */
bool store_sources(struct store *, int64_t series_id, struct source_spans *out,
    struct md_error *);

#endif
