/*
 * What is handed to the store to be kept, and what it hands out of a series.
 * Times are ms UTC.
 */
#ifndef MD_STORE_RECORDS_H
#define MD_STORE_RECORDS_H

#include "base/array.h"
#include "market/action.h"
#include "market/bar.h"
#include "market/bar_source.h"
#include "market/feature.h"
#include "market/knowledge.h"
#include "market/series.h"
#include "pace/budget.h"
#include "plan/flat.h"

/* What is known of a symbol's splits, or dividends. */
struct actions_known {
	int64_t checked_ms; /* when they were requested; 0: never */
	bool has_from;      /* they are known from this day on, … */
	md_date from;       /* … otherwise all of them are */
};

/* A series in the store. */
struct stored_series {
	int64_t id;
	char symbol[SYMBOL_MAX];
	enum asset_class class;
	enum tier tier;
	enum timeframe timeframe;
	bool described; /* class and tier come from the user, not the store */
	struct actions_known known[ACTION_COUNT]; /* of its symbol */
	bool features_pending; /* some bars lack current features */
	bool derived;          /* some bars were built from finer ones */
	enum grid_kind grid;   /* what its bars have told of it */
	bool has_from;         /* its history begins on from */
	md_date from;
	struct former_names names;
	struct coverage coverage;
};

struct stored_series_list {
	struct stored_series *v;
	size_t len, cap;
};

void stored_series_list_free(struct stored_series_list *);

/* What an API gave to a key, or not, when it was asked last. */
#define RIGHT_CLOSURES "closures"
#define RIGHT_SPLITS   "splits"

#define RIGHT_YES     "yes"
#define RIGHT_NO      "no" /* 403 */
#define RIGHT_ABSENT  "absent"
#define RIGHT_UNCLEAR "unclear"
#define RIGHT_FAILED  "failed"

struct key_right {
	char budget[BUDGET_ID_SIZE]; /* the host and a hash of the key */
	char base_url[512];
	char what[16];    /* RIGHT_CLOSURES, … */
	char status[16];  /* RIGHT_YES, … */
	int64_t noted_ms; /* 0: it was not asked yet */
};

/* How far a standby is behind its primary. */
struct store_lag {
	bool standby;   /* else nothing else is set */
	bool connected; /* to its primary */
	bool known;     /* … is the time that follows */
	int64_t ms;     /* since what it applied last; 0: it has it all */
	int64_t bytes;  /* received, and not applied yet */
};

/* The right to write a series for a limited time; the token fences out others.
 */
struct lease {
	int64_t series_id;
	int64_t token;
	unsigned moves;           /* the store's, when it was claimed */
	const char *execution_id; /* borrowed */
	enum grid_kind grid; /* the series', as stored when it was claimed */
};

/* How long a lease lasts without being renewed, unless store.lease_ms is set
 * otherwise. */
#define LEASE_MS INT64_C(60000)

/* A rejected row, as received. */
struct rejected {
	bool has_ts;
	int64_t ts;
	const char *reason;
	const char *raw;
};

/* A page of one series and everything that it proves, stored atomically. */
struct page_put {
	const struct lease *lease;
	struct grid grid;
	int64_t now;
	int64_t asked_at;       /* when it was requested */
	int64_t wall;           /* the lease is renewed from here on */
	const struct bar *bars; /* valid, ascending, unique times */
	size_t len;
	/*
	 * Earlier pages answered up to here: a bar before it may add to them,
	 * but is rejected if it contradicts them.
	 */
	int64_t cursor;
	const struct range *covered; /* answered in full, with bars */
	size_t covered_len;
	const struct range *doubted; /* bars expected, none received */
	size_t doubted_len;
	const struct range *empty; /* no bars, and none expected */
	size_t empty_len;
	const struct range *refused; /* only rows that cannot be right */
	size_t refused_len;
	const struct range *denied;
	size_t denied_len;
	const struct rejected *rejected;
	size_t rejected_len;
	/* The timeframe of the finer series that these bars were built from;
	 * null: they are the API's own. */
	const char *derived_from;
	bool had_derived; /* some stored bars may be derived */
	/* Bars of files have no vwap: a stored bar that differs by having one
	 * is unchanged. */
	enum bar_source source;
};

struct page_counts {
	int64_t inserted, updated, unchanged, restated, rejected;
	/* The series before the page. */
	bool had_bars;
	int64_t newest_before;
	bool features_pending;
};

/* The API's answer about splits or dividends, at now. */
struct actions_put {
	/* Those of these symbols; none: those of all symbols, … */
	const char *const *symbols;
	size_t symbols_len;
	bool dated;     /* … and also those of symbols, only … */
	md_date since;  /* … of this day or later; otherwise all of them */
	int64_t looked; /* later ones that are not told are called off */
	const struct actions *told;
	int64_t now;
};

/*
 * Features of each bar of a series in [from, to), which replace the stored
 * ones. They are stored only if the adjustments are still those that they were
 * computed with.
 */
struct features_put {
	const struct lease *lease;
	const char *symbol;
	enum timeframe timeframe;
	int64_t now;
	int64_t wall;     /* the lease is renewed from here on */
	int64_t from, to; /* to == INT64_MAX: these are the last */
	const struct adjustments *adjustments;
	struct features *rows; /* ascending; changed while stored */
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

/* A flat file that was read, by its name under the bucket or folder. */
struct flat_file {
	char name[FLAT_NAME_MAX];
	char etag[64]; /* what tells it from one that replaces it */
	int64_t modified_ms;
	int64_t bytes;    /* as it is, compressed */
	int64_t rows;     /* of all symbols */
	int64_t since_ms; /* when it was first read as it is */
};

ARRAY_OF(flat_files, struct flat_file);

/* A reader's query for rows of one series, with starts in [from, to). */
struct read_query {
	int64_t series_id;
	int64_t from, to;
	bool descending;
	int64_t limit;
	int64_t as_of; /* ms UTC; 0: as they are.  Of rows without features */
};

#endif
