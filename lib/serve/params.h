/*
 * The parameters of the read API's URLs: text to values, with errors that say
 * what was expected.  Pure.
 */
#ifndef MD_SERVE_PARAMS_H
#define MD_SERVE_PARAMS_H

#include "base/buf.h"
#include "httpd/httpd.h"
#include "market/staleness.h"

enum serve_param {
	PARAM_ADJUSTED = 1 << 0,
	PARAM_CLOCK = 1 << 1,
	PARAM_CURSOR = 1 << 2,
	PARAM_END = 1 << 3,
	PARAM_LIMIT = 1 << 4,
	PARAM_ORDER = 1 << 5,
	PARAM_START = 1 << 6,
	PARAM_STATUS = 1 << 7,
	PARAM_TIMEFRAME = 1 << 8,
};

#define SERVE_PARAM_BYTES 128   /* of a value at most */
#define SERVE_ROWS        500   /* in an answer, unless told */
#define SERVE_ROWS_MAX    10000 /* at most */

struct serve_params {
	enum timeframe timeframe; /* 1d */
	int64_t from, to;         /* starts in [from, to) */
	bool has_from, has_to;
	bool has_cursor;
	int64_t cursor; /* the start of the last row that was answered */
	bool has_limit;
	int64_t limit;
	bool ascending; /* newest first */
	bool raw;       /* adjusted */
	unsigned statuses;
	bool has_clock;
	enum staleness_clock clock;
};

/* What dates mean: local days of the class. */
struct serve_scope {
	const struct calendar *calendar;
	enum asset_class class;
	int64_t limit_max; /* 0: the limit may be anything, 0 is all */
};

/*
 * Only those of wanted (bits), each once at most.  MD_EUSAGE with *name the
 * parameter that is wrong, "" when they are too many.
 */
bool serve_params_read(const struct httpd_request *, unsigned wanted,
    const struct serve_scope *, struct serve_params *out, const char **name,
    struct md_error *);

/* Where the rows after the one at last start: the path and these parameters. */
void serve_params_next(const struct serve_params *, const char *path,
    const char *symbol, bool adjustable, int64_t last, struct buf *);

/* The range that the cursor leaves. */
void serve_params_range(const struct serve_params *, int64_t *from,
    int64_t *to);

#endif
