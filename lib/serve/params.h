/*
 * Parsing the parameters of the read API's URLs, with errors that say what was
 * expected.  Pure.
 */
#ifndef MD_SERVE_PARAMS_H
#define MD_SERVE_PARAMS_H

#include "base/buf.h"
#include "httpd/httpd.h"
#include "market/hours.h"
#include "market/staleness.h"
#include "output/columns.h"

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
	PARAM_SESSION = 1 << 9,
	PARAM_AS_OF = 1 << 10,
	PARAM_COLUMNS = 1 << 11,
	PARAM_SYMBOLS = 1 << 12,
};

/* What a value is, for those who are to know before they ask. */
enum serve_kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_CHOICE, /* one of the words */
	KIND_LIST,   /* some of them, or of any, with commas between them */
};

struct serve_param_doc {
	enum serve_kind kind;
	const char *what, *example;
	const char *words; /* with spaces between them; null: any */
};

/* The one at a place; false: there are no more. */
bool serve_param_at(size_t at, const char **name, enum serve_param *bit,
    struct serve_param_doc *);

#define SERVE_PARAM_BYTES 128   /* the longest value, but of a list */
#define SERVE_LIST_BYTES  1792  /* of a list */
#define SERVE_ROWS        500   /* in an answer, by default */
#define SERVE_ROWS_MAX    10000 /* the maximum */

/* Adjusted for splits, the default; as traded; for splits and dividends. */
enum serve_prices { PRICES_ADJUSTED, PRICES_RAW, PRICES_TOTAL };

/* "true", "false", "total": as the parameter has them. */
const char *serve_prices_name(enum serve_prices);

struct serve_params {
	enum timeframe timeframe; /* 1d */
	int64_t from, to;         /* window starts in [from, to) */
	bool has_from, has_to;
	bool from_is_date, to_is_date; /* they are midnights */
	bool has_cursor;
	int64_t cursor; /* the start of the previous page's last row */
	bool has_limit;
	int64_t limit;
	bool ascending; /* default: newest first */
	enum serve_prices prices;
	unsigned statuses;
	bool has_clock;
	enum staleness_clock clock;
	enum hours_kind hours;
	int64_t as_of; /* ms UTC; 0: as it is now */
	/* Chosen columns, as places among the scope's; none: all. */
	size_t column[COLUMNS_MAX], columns;
	const char *column_names;
};

/* Dates are local days of the class. */
struct serve_scope {
	const struct calendar *calendar;
	enum asset_class class;
	int64_t limit_max; /* 0: any limit is allowed, and limit 0 means all */
	const char *columns; /* the header line of rows; a constant */
	int64_t now_ms;      /* as_of is not later; 0: it is not looked at */
};

/*
 * Accepts only the wanted ones (bits), each at most once.  *name is the wrong
 * parameter, or "" if there are too many.  MD_EUSAGE: the request is not
 * understood (a name that is unknown or there twice, a value that is too long
 * or counts in other units); MD_EDATA: it is, but has no such value.
 */
bool serve_params_read(const struct httpd_request *, unsigned wanted,
    const struct serve_scope *, struct serve_params *out, const char **name,
    struct md_error *);

/* Let dates, read as days of the class, be days of the series' grid. */
void serve_params_on_grid(struct serve_params *, enum asset_class,
    const struct grid *);

/* Writes the path and parameters of the page after the row that starts at last.
 */
void serve_params_next(const struct serve_params *, const char *path,
    const char *symbol, bool adjustable, int64_t last, struct buf *);

/* Are rows to be read in a pass like that of mdbars? */
bool serve_params_pass(const struct serve_params *);

/* The range that remains after the cursor. */
void serve_params_range(const struct serve_params *, int64_t *from,
    int64_t *to);

#endif
