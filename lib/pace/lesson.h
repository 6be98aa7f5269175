/*
 * What was learnt of a key's limit, as it is kept for later runs.  Pure.
 */
#ifndef MD_PACE_LESSON_H
#define MD_PACE_LESSON_H

#include <stdint.h>

struct limit_lesson {
	int64_t per_minute; /* the count; 0: none was seen */
	int64_t sure;       /* how often it was confirmed */
	double per_second;  /* the rate; 0: none was seen */
	int64_t most;       /* accepted in a minute, at most */
	int64_t recent;     /* accepted in the minute that ended … */
	int64_t age_ms;     /* … so long ago */
};

/* More than this is no limit: the vendor asks everyone to keep to less. */
#define LESSON_MOST_A_MINUTE  5700
#define LESSON_LEAST_A_SECOND 1.0
#define LESSON_MOST_A_SECOND  95.0

/* The same, without what no run can have learnt. */
struct limit_lesson lesson_bounded(const struct limit_lesson *);

/* In words: "5 requests a minute, confirmed". */
#define LESSON_TEXT_SIZE 120
void lesson_describe(const struct limit_lesson *, char text[LESSON_TEXT_SIZE]);

#endif
