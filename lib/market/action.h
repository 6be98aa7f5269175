/*
 * Corporate actions, as the API lists them: splits and dividends.  Pure.
 */
#ifndef MD_MARKET_ACTION_H
#define MD_MARKET_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mdtime.h"

enum action { ACTION_SPLITS, ACTION_DIVIDENDS, ACTION_COUNT };

/* "splits", "dividends" */
const char *actions_name(enum action);

/* A list of one kind: v holds struct split, or struct dividend, both of which
 * begin with the symbol. */
struct actions {
	enum action kind;
	void *v;
	size_t len, cap;
};

/* The bytes of one. */
size_t action_size(enum action);

/* The i-th: also its symbol. */
void *actions_at(const struct actions *, size_t i);

/* Its date: of the execution, or without the dividend. */
md_date actions_date(const struct actions *, size_t i);

/* One more, zeroed.  Null: out of memory; the list is then unchanged. */
void *actions_append(struct actions *);
/* Those of another list of the kind.  False: out of memory. */
bool actions_add(struct actions *, const struct actions *more);
void actions_free(struct actions *);

/* By symbol, then by date. */
void actions_sort(struct actions *);

/* Compare what an answer tells, sorted, with the vendor's own factors in it:
 * splits_check_factors(), dividends_find_steps(). */
void actions_check_factors(struct actions *);

#endif
