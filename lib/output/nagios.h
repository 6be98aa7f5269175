/*
 * What monitoring plugins print: a line with the verdict, then after a bar
 * what was measured, for graphs; more lines after it.
 */
#ifndef MD_OUTPUT_NAGIOS_H
#define MD_OUTPUT_NAGIOS_H

#include <stdio.h>

/* A figure, "label=valueUNIT;warning;critical;0;max"; a bound that is NaN is
 * left out, and so is a figure that is. */
struct nagios_figure {
	const char *label, *unit; /* "": a count */
	double value, warning, critical, max;
};

void nagios_figure(FILE *, const struct nagios_figure *);

/* A text without the bar that would end it. */
void nagios_text(FILE *, const char *);

#endif
