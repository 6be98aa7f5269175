/*
 * The Polygon protocol of mdmock: an httpd handler for a market, with a key, a
 * rate limit, a latency, an access log and faults.
 */
#ifndef MD_MOCK_H
#define MD_MOCK_H

#include <stdio.h>

#include "httpd/httpd.h"
#include "mock/events.h"
#include "mock/fault.h"
#include "mock/flat_made.h"
#include "mock/source.h"
#include "mock/tickers.h"
#include "mock/upcoming.h"

/* The form of a 429. */
enum mock_limited { LIMITED_PLAIN, LIMITED_RETRY_AFTER, LIMITED_EMPTY };

/* What sets the mock's current time. */
enum mock_clock { CLOCK_REAL, CLOCK_DATE, CLOCK_TIME };

struct mock_options {
	const char *key; /* null: any key is accepted, but there must be one */
	int64_t latency_ms, jitter_ms;
	int64_t rate, rate_ms; /* requests in any rate_ms; 0: no limit */
	enum mock_limited limited;
	int64_t page;       /* the maximum of base aggregates in a page */
	size_t cache_bytes; /* of answers kept ready to send */
	const char *base;   /* what next_url begins with */
	enum mock_clock clock;
	md_date date; /* now is the end of that local day */
	int64_t time_ms;
	const char *const *without; /* beginnings of paths that are not there */
	size_t without_len;
	const struct fault *faults;
	size_t faults_len;
	const struct mock_tickers *tickers;   /* null: none */
	const struct mock_events *events;     /* null: none */
	const struct mock_closures *closures; /* null: none */
	/* Flat files: of a folder, or made as they are asked for; both null:
	 * none are served. */
	const char *s3_dir;
	struct flat_made *s3_made;
	const char *s3_key, *s3_secret;
	FILE *access_log; /* null: none; written one line at a time */
};

struct mock;

/* Borrows the strings, the market, the calendar and the log. */
bool mock_create(struct mock **out, const struct mock_options *,
    struct market *, const struct calendar *, struct md_error *);
void mock_destroy(struct mock **);

/* An httpd_handler; context is the mock. */
void mock_answer(void *mock, const struct httpd_request *,
    struct httpd_response *);

#endif
