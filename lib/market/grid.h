/*
 * The grid of a series: where its windows start.  It depends on the midnight
 * that the vendor counts days from, in New York or UTC, and on its first day of
 * the week; a series keeps the one that its bars have shown, and until then
 * has that of its class: New York's midnight (crypto: UTC's), and weeks from
 * Sunday.  Windows up to 1h are the same on every grid.  Pure.
 */
#ifndef MD_MARKET_GRID_H
#define MD_MARKET_GRID_H

#include "market/calendar.h"

/* The midnight; weeks start on Sunday unless the name says otherwise. */
enum grid_kind {
	GRID_UNKNOWN, /* no bar has told yet: as the class has it */
	GRID_NEWYORK,
	GRID_UTC,
	GRID_NEWYORK_MONDAY,
	GRID_UTC_MONDAY
};

#define GRID_KINDS 5

/* As it is stored: "newyork", "utc", "newyork/mon", "utc/mon"; unknown: null.
 * grid_kind_parse() is the reverse; what it does not know, null included, is
 * unknown. */
const char *grid_kind_name(enum grid_kind);
enum grid_kind grid_kind_parse(const char *);

struct grid {
	const struct calendar *calendar;
	enum asset_class class;
	enum timeframe timeframe;
	enum grid_kind kind;
};

/* -- what bars tell -- */

/*
 * The next grid that a series of this class and timeframe can have, the class's
 * own first; false: there are no more.  *kind is GRID_UNKNOWN at first.  A
 * known grid is the only one.
 */
bool grid_next_candidate(const struct grid *, enum grid_kind *kind);

/* May a bar start at t: does a window of the grid, or, as long as it is
 * unknown, of any candidate? */
bool grid_has_start(const struct grid *, int64_t t);

/* A bar starts at t.  True if the grid was unknown, and this tells it. */
bool grid_learn(struct grid *, int64_t t);

/* Why no bar can start at t, where grid_has_start() is false: a constant
 * phrase. */
const char *grid_refusal(const struct grid *, int64_t t);

/* -- windows -- */

/* Start and end of the window with t in it; the first start at t or later. */
int64_t grid_start(const struct grid *, int64_t t);
int64_t grid_end(const struct grid *, int64_t t);
int64_t grid_next(const struct grid *, int64_t t);

/* The grid's local days. */
md_date grid_date(const struct grid *, int64_t t);
int64_t grid_midnight(const struct grid *, md_date);

/* -- expectation: see calendar.h, whose functions are those of the class's own
 * grid -- */

int64_t grid_bars_expected(const struct grid *, int64_t from, int64_t to);
bool grid_expects_bars(const struct grid *, int64_t from, int64_t to);
bool grid_may_trade(const struct grid *, int64_t from, int64_t to);
bool grid_newest_due(const struct grid *, int64_t now, int64_t settle_ms,
    int64_t *start);
bool grid_next_expected(const struct grid *, int64_t t, int64_t *start);
int64_t grid_due(const struct grid *, int64_t start, int64_t settle_ms);

#endif
