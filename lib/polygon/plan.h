/*
 * What the plan of a key includes, and the pace that it allows, found out by
 * few calls: one for each row, and one or two more where that is refused.
 */
#ifndef MD_POLYGON_PLAN_H
#define MD_POLYGON_PLAN_H

#include "market/calendar.h"
#include "pace/lesson.h"
#include "polygon/trust.h"

enum plan_part {
	PLAN_HISTORY, /* how far bars go back */
	PLAN_TODAY,   /* bars of today, or of days that have ended */
	PLAN_GROUPED, /* a day of all stocks in one call */
	PLAN_SPLITS,
	PLAN_DIVIDENDS,
	PLAN_TICKERS,   /* which symbols there are */
	PLAN_FLATFILES, /* never asked: they have keys of their own */
	PLAN_PARTS
};

/* "history", "today", … */
const char *plan_part_name(enum plan_part);

enum plan_status {
	PLAN_NOT_ASKED,
	PLAN_YES,
	PLAN_NO,      /* the API refused it (403) */
	PLAN_ABSENT,  /* the API has no such endpoint */
	PLAN_UNKNOWN, /* no answer that tells */
	PLAN_STATUSES
};

/* "not_asked", "yes", "no", "absent", "unknown" */
const char *plan_status_name(enum plan_status);

struct plan_row {
	enum plan_status status;
	char detail[240]; /* printable; or "" */
};

struct plan_probe {
	bool asked;
	struct plan_row rows[PLAN_PARTS];
	int64_t calls;
	bool limited;              /* a 429 ended it */
	struct limit_lesson known; /* what runs learnt; zeroed: nothing */
};

struct plan_question {
	const char *base_url, *key;
	const struct trust *trust; /* borrowed; null: the system's */
	const struct calendar *calendar;
	int64_t now_ms;
	struct limit_lesson known; /* no more calls than it allows a minute */
};

/* The pace that is known, in words. */
void plan_pace_words(const struct plan_probe *, char text[LESSON_TEXT_SIZE]);

/* Never fails: errors are in *out, without the key.  It takes about 20 s at
 * most. */
void plan_probe(const struct plan_question *, struct plan_probe *out);

#endif
