/*
 * An answer of /v1/marketstatus/upcoming: the holidays and early closes to come
 * of each exchange.  Pure: bytes in, closures out.
 *
 * The calendar is of one exchange's sessions, and stocks trade on several: a
 * day counts if NYSE and NASDAQ have it alike.  Where one of them is closed and
 * the other is not, or their hours differ, nothing follows but a line.
 */
#ifndef MD_ANSWER_CLOSURES_H
#define MD_ANSWER_CLOSURES_H

#include "answer/list.h"
#include "market/closure.h"

/* What is told of days further ahead is no announcement. */
#define CLOSURES_DAYS_AHEAD 1100

/* More rows than any such time has, of all exchanges. */
#define CLOSURES_ROWS_MAX 400

/* More days unlike the calendar's rules than any such time can have. */
#define CLOSURES_CORRECTIONS_MAX 15

struct closures_answer {
	struct list_refusal *refused; /* rows and days without effect */
	size_t refused_len, refused_cap;
	struct closures clear; /* what both exchanges have alike, by date */
	md_date *unclear;      /* days of which something else was told */
	size_t unclear_len, unclear_cap;
};

/*
 * Read an answer that came on that day in New York.  closures_answer_free()
 * either way.  MD_EDATA: it is no such list; MD_ENOMEM.
 */
bool closures_answer_read(struct closures_answer *, const struct calendar *,
    md_date today, const char *text, size_t len, struct md_error *);
void closures_answer_free(struct closures_answer *);

/*
 * What follows, given what is kept (ascending by date) of what was told
 * before.  *put: days that are to be kept, all that correct the calendar, and
 * holidays that it has and the answer passes over; those that are kept as they
 * are stay so, with their time.  *drop: days after today that are kept, of this
 * API, and are not told any more, up to the last day of the answer.  An answer
 * without a clear day tells nothing.  False: out of memory.
 */
bool closures_compare(const struct closures_answer *,
    const struct closures *kept, const char *base_url, md_date today,
    struct closures *put, struct closures *drop);

#endif
