/*
 * Dates and times as tests write them.  A mistyped one ends the test.
 */
#ifndef MD_TESTS_MOMENT_H
#define MD_TESTS_MOMENT_H

#include <stdio.h>

#include "base/mdtime.h"

static inline md_date
date(const char *text)
{
	md_date d = 0;

	if (!md_date_parse(text, &d))
		printf("Bail out! no date: %s\n", text);
	return d;
}

static inline int64_t
at(const char *text)
{
	int64_t t = 0;

	if (!md_time_parse(text, &t))
		printf("Bail out! no time: %s\n", text);
	return t;
}

#endif
