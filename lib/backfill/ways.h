/*
 * The ways to fetch what is missing: what they cost, and which is chosen.
 * Shared by the files of the backfill that plan, and included by no others.
 */
#ifndef MD_BACKFILL_WAYS_H
#define MD_BACKFILL_WAYS_H

#include "backfill/internal.h"

/* -- plan_files.c -- */

/* What calls and files cost.  A store that is null knows nothing. */
bool plan_prices(const struct backfill_options *, struct store *,
    struct mix_prices *, struct md_error *);

/* Decide what the series take from files, and cut it from their gaps.  False:
 * out of memory. */
bool plan_weigh_files(const struct backfill_options *, const struct calendar *,
    const struct grouped_denials *, struct file_plan *, int64_t now,
    struct needs *);

/* Are the windows of such a series the days that grouped calls bring? */
bool plan_market_days(const struct grid *);

/* -- plan_ways.c -- */

/* What is planned with, but for the options. */
struct planning {
	const struct calendar *calendar;
	const struct stored_series_list *series, *sources;
	const struct grouped_denials *denials;
	const struct rights *rights;
	struct file_plan *files;
	int64_t now;
};

/* Fill in the plan's ways; the needs are those of the one that is chosen.
 * False: out of memory. */
bool plan_ways(const struct backfill_options *, const struct planning *,
    const struct needs *chosen, struct backfill_plan *);
/* Calls of bars if there were no files. */
int64_t plan_calls_without_files(const struct backfill_options *,
    const struct backfill_plan *);

#endif
