/*
 * The gaps in the store: bars that the calendar expects in ranges that were
 * covered, but that the store lacks; and ranges that are wanted but were never
 * covered.
 */
#ifndef MD_REPORT_GAPS_H
#define MD_REPORT_GAPS_H

#include "store/store.h"

enum gap_kind {
	GAP_ABSENT,    /* covered, but without an expected bar */
	GAP_UNCOVERED, /* wanted, and never answered */
	GAP_EMPTY,     /* believed empty after several answers without bars */
	GAP_DENIED,    /* wanted, and not in the API's plan */
	GAP_REFUSED,   /* only rows came that cannot be right */
};

#define GAP_KINDS 5

const char *gap_kind_name(enum gap_kind);

/* Is it a fault, which fetching may repair? */
bool gap_kind_is_fault(enum gap_kind);

/* What is known of a refused gap. */
struct gap_refusal {
	int64_t asked_ms; /* last */
	int64_t times;    /* how often such a row came */
	char reason[80];  /* the newest row's; "" if none was kept */
};

struct gap {
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	enum gap_kind kind;
	int64_t from_ms, to_ms; /* window starts in [from, to) */
	int64_t bars;           /* expected there */
	struct gap_refusal refusal;
};

struct gap_list {
	struct gap *v; /* by symbol, timeframe and time */
	size_t len, cap;
	int64_t now_ms;
	size_t series; /* the number of series examined */
	int64_t counts[GAP_KINDS], bars[GAP_KINDS]; /* of all found */
	/* Set by who asks for one series: 0, or the number of the newest that
	 * are kept in v; and who is told of each that is found, in order, and
	 * returns false when out of memory. */
	size_t keep;
	bool (*each)(void *ctx, enum gap_kind, int64_t from_ms, int64_t to_ms);
	void *ctx;
};

struct gap_query {
	/* Null: every active series.  Series that the store does not know are
	 * wanted, too.  An entry has its own timeframes, of those given; one
	 * with timeframes 0 the given ones or, if all are given, those of its
	 * stored series. */
	const struct symbol_list *symbols;
	unsigned timeframes, tiers; /* bits */
	const struct calendar *calendar;
	int days; /* wanted: this many before today, and settled windows */
	int64_t settle_ms;
	int64_t now_ms;
};

bool gaps_find(struct store *, const struct gap_query *, struct gap_list *out,
    struct md_error *);
/* Those of one stored series, whose coverage has been read; of the query only
 * the calendar and times count.  *out is as it was set up; its list is freed
 * by the caller in any case. */
bool gaps_of_series(struct store *, const struct gap_query *,
    const struct series_row *, const struct coverage *, struct gap_list *out,
    struct md_error *);
/* Has it any that are faults? */
bool gap_list_has_faults(const struct gap_list *);
void gap_list_free(struct gap_list *);

#endif
