/*
 * The page of one series: its picture comes between the two parts.
 */
#ifndef MD_OUTPUT_SERIES_HTML_H
#define MD_OUTPUT_SERIES_HTML_H

#include "output/html.h"
#include "report/series.h"

void output_series_begin(const struct html *, const struct series_report *);
void output_series_end(const struct html *, const struct series_report *);

#endif
