/*
 * The holes in what is stored: bars that the calendar expects where the API
 * was asked and answered, and the store lacks; and what is wanted and was
 * never covered.
 */
#ifndef MD_REPORT_GAPS_H
#define MD_REPORT_GAPS_H

#include "store/store.h"

enum gap_kind {
	GAP_ABSENT,    /* covered, but without a bar that is expected */
	GAP_UNCOVERED, /* wanted, and never answered */
	GAP_EMPTY,     /* answered so often without a bar that it is believed */
	GAP_DENIED,    /* wanted, and not in the API's plan */
};

#define GAP_KINDS 4

const char *gap_kind_name(enum gap_kind);

/* Is that a mistake, which fetching may mend? */
bool gap_kind_is_mistake(enum gap_kind);

struct gap {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	enum gap_kind kind;
	int64_t from_ms, to_ms; /* window starts in [from, to) */
	int64_t bars;           /* that are expected there */
};

struct gap_list {
	struct gap *v; /* by symbol, timeframe and time */
	size_t len, cap;
	int64_t now_ms;
	size_t series; /* looked at */
	int64_t counts[GAP_KINDS], bars[GAP_KINDS];
};

struct gap_query {
	/* Null: every active series.  What the store has no series of is
	 * wanted, too; timeframes 0 stands for the bits given. */
	const struct symbol_list *symbols;
	unsigned timeframes, tiers; /* bits */
	const struct calendar *calendar;
	int days; /* wanted: so many before today, and what has settled */
	int64_t settle_ms;
	int64_t now_ms;
};

bool gaps_find(struct store *, const struct gap_query *, struct gap_list *out,
    struct md_error *);
void gap_list_free(struct gap_list *);

#endif
