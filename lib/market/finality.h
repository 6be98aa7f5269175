/*
 * When the bar of a window can still change, and when a new request for it is
 * worthwhile.  Pure: the time is an argument.
 *
 * A bar changes while its market is open, differs again after the close, can
 * be corrected until the extended hours end, and is final from 11:00 New York
 * of the day after its window's last trading day.  An answer from before then
 * is provisional: good until the next of these moments.
 */
#ifndef MD_MARKET_FINALITY_H
#define MD_MARKET_FINALITY_H

#include "market/grid.h"
#include "market/range.h"

/* Windows that start before the result were final when requested at asked_ms.
 */
int64_t grid_final_before(const struct grid *, int64_t asked_ms);

struct finality_rule {
	int64_t settle_ms; /* answers are complete this long after a close */
	int64_t reask_ms;  /* least time between requests for an open window */
	bool final_only;   /* request nothing that may still change */
};

/*
 * When the window that starts there closes, ms UTC.  For stocks, ETFs and
 * indices a day, week or month closes with its last session, on half days at
 * 13:00; everything else closes at the window's end.
 */
int64_t finality_closes(const struct grid *, int64_t start);

/* When its bar becomes final, ms UTC. */
int64_t finality_final(const struct grid *, int64_t start);

/*
 * When a better answer than the one of as_of is due (INT64_MIN: there is none
 * yet); INT64_MAX if that one was final.  A stock's day is first due when its
 * session opens; weeks and months are due after each session's close only.
 */
int64_t finality_due(const struct grid *, const struct finality_rule *,
    int64_t start, int64_t as_of);

/*
 * The same without the requests for a window that is still open: from when on
 * the stored bar is worse than it could be.
 */
int64_t finality_late(const struct grid *, const struct finality_rule *,
    int64_t start, int64_t as_of);

/*
 * Appends the windows of the span for which at now a better answer than the
 * one of as_of is due; only windows that have begun.  False: out of memory.
 */
bool finality_wanted(const struct grid *, const struct finality_rule *,
    struct range span, int64_t as_of, int64_t now, struct ranges *out);

/* Why a request is due at now: the latest moment that the window has passed. */
enum finality_moment {
	MOMENT_OPEN,
	MOMENT_CLOSED,
	MOMENT_EXTENDED,
	MOMENT_FINAL
};

enum finality_moment finality_moment(const struct grid *,
    const struct finality_rule *, int64_t start, int64_t as_of, int64_t now);

/* Windows that start before the result had closed at t. */
int64_t finality_closed_before(const struct grid *, int64_t t);

#endif
