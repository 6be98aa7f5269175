/*
 * What is known of each window of a series, from what was answered: the facts
 * are coverage and doubts, judged once for each answer.  Pure: nobody else
 * knows these rules.
 */
#ifndef MD_MARKET_KNOWLEDGE_H
#define MD_MARKET_KNOWLEDGE_H

#include "market/coverage.h"

/* A refused window is requested again after a day, less what a daily run may
 * be early. */
#define KNOWLEDGE_REFUSED_MS INT64_C(84600000)

/* So many sessions without a bar, and the symbol is silent. */
#define KNOWLEDGE_SILENT_SESSIONS 10

/* The facts about a series. */
struct knowledge {
	struct coverage coverage;
	struct doubts doubts;
};

void knowledge_free(struct knowledge *);

/* -- the state of a window -- */

enum knowledge_state {
	KNOWLEDGE_UNKNOWN,     /* never answered */
	KNOWLEDGE_FINAL,       /* answered, and can no longer change */
	KNOWLEDGE_PROVISIONAL, /* answered while it could still change */
	KNOWLEDGE_ABSENT,      /* expected and asked for, did not come */
	KNOWLEDGE_REFUSED,     /* a row came that cannot be right */
	KNOWLEDGE_DENIED,      /* not in the plan (403) */
};

struct known {
	enum knowledge_state state;
	int64_t as_of;   /* the last answer; INT64_MIN: there was none */
	int answers;     /* absent: how many independent ones said so … */
	bool believed;   /* … and whether that is enough */
	bool can_change; /* believed absent: a bar may still come */
};

/* The window that starts there. */
struct known knowledge_at(const struct grid *, const struct knowledge *,
    int64_t start);

/* Can the bar that was answered as of then, or never (INT64_MIN), still
 * change? */
bool knowledge_provisional(const struct grid *, int64_t start, int64_t as_of);

/* Since when a better answer than that is due, which is not there; INT64_MAX:
 * it was final. */
int64_t knowledge_late(const struct grid *, int64_t settle_ms, int64_t start,
    int64_t as_of);

/* -- an answer -- */

/* What an answer proves, as ranges that are disjoint and each kind in order. */
struct knowledge_answer {
	struct grid grid;
	bool tells_grid; /* nothing did before */
	int64_t asked_at;
	struct range_list covered; /* answered with bars */
	struct range_list doubted; /* bars expected, none received */
	struct range_list empty;   /* no bars, and none expected */
	struct range_list refused; /* only rows that cannot be right */
	struct range_list denied;  /* 403 */
};

/* What is known after it. */
struct knowledge_change {
	struct knowledge after;
	bool doubts_changed;
	/* Absent often enough to be believed; knowledge_believe() completes
	 * the coverage there. */
	struct ranges believed;
};

/*
 * What the facts are after the answer.  Absent windows are doubted, and
 * believed after DOUBT_ANSWERS answers; at once where that was believed before,
 * or the symbol has been silent.  False: out of memory; else the caller frees
 * *out.
 */
bool knowledge_judge(const struct knowledge *, const struct knowledge_answer *,
    struct knowledge_change *out);

/* Does the series have a bar in that range?  False: it could not tell. */
typedef bool knowledge_bars_fn(void *ctx, const struct range *, bool *has);

/*
 * The believed ranges hold no bars, but for those that came earlier, which are
 * found by asking for halves.  False: out of memory, or *fn could not tell.
 */
bool knowledge_believe(struct knowledge_change *,
    const struct knowledge_answer *, knowledge_bars_fn *, void *ctx);

void knowledge_change_free(struct knowledge_change *);

/* -- what is expected -- */

/* The window of a bar.  Days that the vendor stamps at another midnight still
 * lie about its noon. */
int64_t knowledge_window(const struct grid *, int64_t ts);

/*
 * A walk along the bars of a range, ascending: where they leave something out.
 * at: nothing is known from here on, at first the range's start.
 */
struct knowledge_walk {
	const struct grid *grid;
	int64_t at;
};

/* The walk goes on past the bar at ts; *hole is what lies before it, and may
 * be empty. */
void knowledge_walk_bar(struct knowledge_walk *, int64_t ts,
    struct range *hole);

/*
 * A local day, and the first of its intraday windows that is expected (its end:
 * none is).  A hole in the day, with bars on both sides, lacks no session
 * unless it lacks that window.
 */
struct knowledge_day {
	int64_t from, first, to;
};

/* The one with t in it. */
struct knowledge_day knowledge_day(const struct grid *, int64_t t);

/*
 * The sessions (weeks, months) that a hole lacks, from the first to the last:
 * of intraday bars only those that it lacks in whole; at the start of an answer
 * also the rest of one, and at its end that of one that has begun.  False: it
 * lacks none.
 */
bool knowledge_absent(const struct grid *, struct range hole, bool at_start,
    bool at_end, struct range *out);

/* Has the series a bar from before t?  Then what it lacks from there on is not
 * from before its listing. */
bool knowledge_older(const struct coverage *, int64_t t);

/* Has it any? */
bool knowledge_has_bars(const struct coverage *);

/*
 * Has the symbol no bar in KNOWLEDGE_SILENT_SESSIONS believed sessions or more,
 * up to what was asked for last?  Delisted, renamed or unknown; *since is when
 * that began.
 */
bool knowledge_silent_since(const struct grid *, const struct coverage *,
    int64_t *since);

#endif
