/*
 * Times and dates.  A time is int64_t epoch milliseconds, UTC.  A date is
 * md_date, days since 1970-01-01 in the proleptic Gregorian calendar; it names
 * a day and has no zone.  Pure except for the clocks at the end.
 */
#ifndef MD_BASE_MDTIME_H
#define MD_BASE_MDTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_SECOND INT64_C(1000)
#define MD_MINUTE (60 * MD_SECOND)
#define MD_HOUR   (60 * MD_MINUTE)
#define MD_DAY    (24 * MD_HOUR)

/* The one typedef of the project: a bare int32_t would say nothing. */
typedef int32_t md_date;

/* A month or day that is out of range carries over: month 13 is next January.
 */
md_date md_date_of(int year, int month, int day);
void md_date_split(md_date, int *year, int *month, int *day);

/* 0 Sunday … 6 Saturday. */
int md_weekday(md_date);

/* Accepts only "YYYY-MM-DD", an existing day, years 1900 to 2199. */
bool md_date_parse(const char *, md_date *out);

/* out holds at least 11 bytes. */
void md_date_format(md_date, char out[11]);

/*
 * "YYYY-MM-DDTHH:MM[:SS[.mmm]]Z" in UTC, or with an offset ±HH:MM instead of Z.
 */
bool md_time_parse(const char *, int64_t *ms);

/* ISO 8601 UTC, "…T09:30:00Z", with ".123" only when not whole seconds. */
#define MD_TIME_MAX 32
void md_time_format(int64_t ms, char out[MD_TIME_MAX]);

/*
 * A duration: a number with a unit, ms s m h d w ("90s", "1.5h"), or a plain
 * number of seconds.  From 0 to 100 years, rounded to ms.
 */
bool md_duration_parse(const char *, int64_t *ms);

/* "4.2 s", "3 min 20 s", "2 h 05 min": for people. */
void md_duration_format(int64_t ms, char out[32]);

/* The wall clock, and a clock that never steps (for waiting and measuring). */
int64_t md_now_ms(void);
int64_t md_now_us(void);
int64_t md_monotonic_us(void);
int64_t md_monotonic_ms(void);
/* The processor time that the calling thread has used so far. */
int64_t md_thread_cpu_us(void);

#endif
