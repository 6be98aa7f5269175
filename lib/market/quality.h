/*
 * Bars that are possible, but doubtful: read in order, each judged by those
 * around it, in constant memory.  Nothing is known against them: somebody is to
 * look.  Pure.
 */
#ifndef MD_MARKET_QUALITY_H
#define MD_MARKET_QUALITY_H

#include "market/bar.h"
#include "market/calendar.h"
#include "market/timeframe.h"

enum quality_rule {
	QUALITY_SPIKE,   /* a close far from the one before, to which the next
			    returns; %, of that one */
	QUALITY_HIGH,    /* a high above all around; % */
	QUALITY_LOW,     /* a low below all around; % */
	QUALITY_VOLUME,  /* how often the median of the bars before */
	QUALITY_STILL,   /* the bars of a day, all at one price */
	QUALITY_THIN,    /* the bars of a day of so few */
	QUALITY_OUTSIDE, /* minutes before or after extended hours; all of a day
			    without a session */
	QUALITY_RULES
};

const char *quality_rule_name(enum quality_rule);

/* From which figure on; of few bars a day: up to which. */
struct quality_bounds {
	double at[QUALITY_RULES];
};

void quality_bounds_init(struct quality_bounds *);

struct doubtful_bar {
	enum quality_rule rule;
	int64_t t; /* of a day: its first bar */
	double figure, bound;
};

/* False: no more. */
typedef bool quality_taker(void *ctx, const struct doubtful_bar *);

#define QUALITY_AROUND  3  /* bars on either side */
#define QUALITY_VOLUMES 64 /* of whose volumes the median is taken, … */
#define QUALITY_LEAST   20 /* … or of fewer, but not of less than that */

struct quality {
	const struct quality_bounds *bounds;
	const struct calendar *calendar;
	enum asset_class class;
	enum timeframe timeframe;
	quality_taker *take;
	void *ctx;
	/* The bars around the next that is judged. */
	struct bar around[2 * QUALITY_AROUND + 1];
	int len, next;
	double volumes[QUALITY_VOLUMES]; /* the newest, without zeros */
	int volumes_len, volumes_at;
	/* The day at hand, and its extended hours: none where from == to. */
	int64_t day_from, day_to, hours_from, hours_to;
	int64_t first, count; /* its bars */
	double low, high;
};

/* The bounds and the calendar are borrowed. */
void quality_begin(struct quality *, const struct quality_bounds *,
    const struct calendar *, enum asset_class, enum timeframe, quality_taker *,
    void *ctx);
/* Bars come ascending.  False: the taker takes no more. */
bool quality_bar(struct quality *, const struct bar *);
/* The last day is not judged by the number of its bars: it may go on. */
bool quality_end(struct quality *);

#endif
