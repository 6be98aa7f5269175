/*
 * The windows of which only rows came that cannot be right.
 */
#ifndef MD_REPORT_REFUSED_H
#define MD_REPORT_REFUSED_H

#include "market/finality.h"
#include "store/store.h"

struct refused_summary {
	int64_t windows, series;
	/* The series with most of them, and why: "X1 1d on 2024-06-28, …". */
	char worst[160];
};

/* Of the active series. */
bool refused_sum_up(struct store *, const struct calendar *,
    struct refused_summary *, struct md_error *);

/* How many windows a span of them is. */
int64_t refused_windows(const struct calendar *, const struct refused_row *);

#endif
