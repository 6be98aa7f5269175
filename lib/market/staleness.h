/*
 * How fresh a series is: fresh, aging, stale or missing.  Pure: the facts about
 * the series and the time are arguments.  Ages are never stored: a stored age
 * would be wrong a second later.
 */
#ifndef MD_MARKET_STALENESS_H
#define MD_MARKET_STALENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "market/knowledge.h"

enum staleness {
	STALENESS_FRESH,
	STALENESS_AGING,
	STALENESS_STALE,
	STALENESS_MISSING
};

#define STALENESS_COUNT 4
#define STALENESS_NAMES "fresh aging stale missing"

const char *staleness_name(enum staleness);

/* "stale,missing" → bits.  MD_EUSAGE names the word that is not a status. */
bool staleness_parse(const char *, unsigned *bits, struct md_error *);

/* What age counts from: when features were computed, or where the bars end. */
enum staleness_basis { BASIS_FEATURES, BASIS_BARS };

#define BASIS_NAMES "features bars"

const char *staleness_basis_name(enum staleness_basis);
bool staleness_basis_parse(const char *, enum staleness_basis *out);

/* Every second counts, or only what the calendar has bars for. */
enum staleness_clock { CLOCK_WALL, CLOCK_MARKET };

#define CLOCK_NAMES "wall market"

const char *staleness_clock_name(enum staleness_clock);
bool staleness_clock_parse(const char *, enum staleness_clock *out);

/* fresh < fresh_ms ≤ aging < aging_ms ≤ stale; from overdue_ms on a series is
 * still stale, but counted separately. */
struct staleness_bounds {
	int64_t fresh_ms, aging_ms, overdue_ms;
};

/* MD_EUSAGE unless 0 < fresh ≤ aging ≤ overdue. */
bool staleness_bounds_check(const struct staleness_bounds *, struct md_error *);

/* How age is measured and classified. */
struct staleness_rule {
	enum staleness_basis basis;
	enum staleness_clock clock;
	struct staleness_bounds bounds;
	int64_t settle_ms; /* market clock: when a bar is due after its end */
	const struct calendar *calendar;
};

/* The facts about a series.  Times are ms UTC. */
struct staleness_facts {
	enum asset_class class;
	enum timeframe timeframe;
	enum grid_kind grid; /* unknown: as the newest bar shows */
	bool has_bars;
	int64_t newest_ts; /* start of the newest bar */
	bool has_features;
	int64_t computed_ms; /* when features were last known complete */
	int64_t featured_ts; /* start of the newest bar with features */
	bool has_featured_ts;
	bool answered;    /* the newest bar is covered, … */
	int64_t as_of_ms; /* … as of then */
};

/* The series' grid: as kept, else as its newest bar shows. */
struct grid staleness_grid(const struct calendar *,
    const struct staleness_facts *);

/*
 * The age in ms, 0 or more (a time after now counts as now): the time since
 * features were computed, or since the window of the newest bar ended; with the
 * market clock, the time since the first absent bar was due.  With that clock,
 * and if the age is that of bars, it is at least the time since a better answer
 * than the newest bar was due (finality_late()).  False: missing, as there are
 * no bars or, if age is that of features, no features.
 */
bool staleness_age(const struct staleness_rule *,
    const struct staleness_facts *, int64_t now_ms, int64_t *age_ms);

/* Whether the newest bar, which there is, may still change. */
bool staleness_provisional(const struct staleness_rule *,
    const struct staleness_facts *);

/* The status of a series that has this age. */
enum staleness staleness_of(const struct staleness_bounds *, int64_t age_ms);

#endif
