/*
 * What is handed to the store to be kept, and what it hands out of a series.
 * Times are ms UTC.
 */
#ifndef MD_STORE_RECORDS_H
#define MD_STORE_RECORDS_H

#include "market/bar.h"
#include "market/coverage.h"
#include "market/feature.h"
#include "market/series.h"
#include "market/split.h"

/* One series as it stands in the store. */
struct stored_series {
	int64_t id;
	char symbol[SYMBOL_MAX];
	enum asset_class class;
	enum tier tier;
	enum timeframe timeframe;
	bool described; /* class and tier are the user's words, not stored */
	int64_t splits_checked_ms; /* of its symbol; 0: never asked */
	bool has_splits_from;      /* splits are known from that day on, … */
	md_date splits_from;       /* … else all of them */
	bool features_owed;        /* of some bars they are missing or old */
	bool derived;              /* some bars were made of a finer series' */
	bool has_from;             /* its history begins on that day */
	md_date from;
	struct coverage coverage;
};

struct stored_series_list {
	struct stored_series *v;
	size_t len, cap;
};

/* One more, zeroed, at the end; null when memory ran out. */
struct stored_series *stored_series_append(struct stored_series_list *);
void stored_series_list_free(struct stored_series_list *);

/* The right to write a series until it ends; the token fences off others. */
struct lease {
	int64_t series_id;
	int64_t token;
	const char *execution_id; /* borrowed */
};

/* How long a lease lasts when its holder is not heard of, unless the store is
 * told otherwise. */
#define LEASE_MS INT64_C(60000)

/* A row that was refused, as received. */
struct rejected {
	bool has_ts;
	int64_t ts;
	const char *reason;
	const char *raw;
};

/* A page of one series and all that it proves: stored whole or not at all. */
struct page_put {
	const struct lease *lease;
	struct grid grid;
	int64_t now;
	int64_t asked_at;       /* when the answer was asked for */
	int64_t wall;           /* the lease holds from here on */
	const struct bar *bars; /* valid, ascending, each time once */
	size_t len;
	/*
	 * The pages before this one answered up to here: a bar before it may
	 * add to them but not contradict them, then it is rejected.
	 */
	int64_t cursor;
	const struct range *covered; /* answered in full, with bars */
	size_t covered_len;
	const struct range *doubted; /* expected there, but not answered */
	size_t doubted_len;
	const struct range *empty; /* no bar, and none expected */
	size_t empty_len;
	const struct range *denied;
	size_t denied_len;
	const struct rejected *rejected;
	size_t rejected_len;
	/* The timeframe's name, of the finer series that these bars were made
	 * of; null: they are the API's own. */
	const char *derived_from;
	bool had_derived; /* some of what is stored may have been */
};

struct page_counts {
	int64_t inserted, updated, unchanged, restated, rejected;
	/* Where the series stood before the page, if that had bars. */
	bool had_bars;
	int64_t newest_before;
	bool features_owed;
};

/* What the API told of splits, at now. */
struct splits_put {
	const char *symbol; /* all of its splits; null: of every symbol, … */
	md_date since;      /* … executed on that day or later */
	int64_t looked;     /* what was to come after that was told then */
	const struct split *v;
	size_t len;
	int64_t now;
};

/* Splits of one symbol that are taken into account. */
#define SPLITS_MAX 256

/* What the raw bars of a symbol are divided by, as the store has it. */
struct adjustments {
	struct adjustment v[SPLITS_MAX]; /* ascending, disjoint */
	size_t len;
};

/*
 * Features of a series, of each bar in [from, to), to replace what is there.
 * They count only as long as the adjustments are those they were made with.
 */
struct features_put {
	const struct lease *lease;
	const char *symbol;
	enum timeframe timeframe;
	int64_t now;
	int64_t wall;     /* the lease holds from here on */
	int64_t from, to; /* to INT64_MAX: these are the last */
	const struct adjustments *adjustments;
	const struct features *rows; /* ascending */
	size_t len;
};

/* A series whose features could not be computed, and why. */
struct features_failure {
	const char *symbol;
	enum timeframe timeframe;
	const char *execution_id;
	const char *message;
	int64_t now;
};

/* Rows of one series that a reader asks for: starts in [from, to). */
struct read_query {
	int64_t series_id;
	int64_t from, to;
	bool descending;
	int64_t limit;
};

#endif
