#include "pace/lesson.h"

#include <stdio.h>

#include "base/integer.h"

/* What a run was sure of, another tries again as often as that. */
#define SURE_MOST 3

struct limit_lesson
lesson_bounded(const struct limit_lesson *l)
{
	struct limit_lesson b = *l;

	b.per_minute = clamp64(l->per_minute, 0, LESSON_MOST_A_MINUTE);
	b.sure = b.per_minute == 0 ? 0 : clamp64(l->sure, 0, SURE_MOST);
	b.most = clamp64(l->most, 0, LESSON_MOST_A_MINUTE);
	b.recent = clamp64(l->recent, 0, b.per_minute);
	/* NaN is neither. */
	if (!(l->per_second >= LESSON_LEAST_A_SECOND &&
		l->per_second < LESSON_MOST_A_SECOND))
		b.per_second = 0;
	return b;
}

void
lesson_describe(const struct limit_lesson *l, char text[LESSON_TEXT_SIZE])
{
	int n = 0;

	if (l->per_minute > 0)
		n = snprintf(text, LESSON_TEXT_SIZE,
		    "%lld requests a minute, %s", (long long)l->per_minute,
		    l->sure >= 2 ? "confirmed" : "seen once");
	if (l->per_second > 0)
		n += snprintf(text + n, (size_t)(LESSON_TEXT_SIZE - n),
		    "%s%.3g requests a second", n > 0 ? "; " : "",
		    l->per_second);
	if (n == 0)
		(void)snprintf(text, LESSON_TEXT_SIZE,
		    "none was met, with up to %lld requests in a minute",
		    (long long)l->most);
}
