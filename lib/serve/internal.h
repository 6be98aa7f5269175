/*
 * Shared by the files of the read API, and included by no others.
 */
#ifndef MD_SERVE_INTERNAL_H
#define MD_SERVE_INTERNAL_H

#include <stdatomic.h>

#include "base/json.h"
#include "market/closure.h"
#include "report/bars.h"
#include "serve/cache.h"
#include "serve/params.h"
#include "serve/serve.h"
#include "serve/traffic.h"
#include "store/store.h"

/* -- readers.c: handles of the store, one per thread -- */

struct readers;

struct reader {
	struct store *store; /* null: not open */
	int64_t version;
	unsigned moves; /* the store's, when it was looked at last */
	/* While this is the same, revisions that it reads can be compared: the
	 * store is the one that it was.  Set when it is acquired. */
	int64_t epoch;
	int64_t retry_us; /* after a failure: do not open it before */
	struct md_error why;
};

bool readers_create(struct readers **, const char *db, unsigned n, struct log *,
    struct md_error *);
void readers_destroy(struct readers **);

/*
 * A handle for the caller's use, reopened if necessary; null with *e set if the
 * store cannot be read now.  *generation increases with every change of the
 * store that any handle has seen by then.
 */
struct reader *readers_acquire(struct readers *, int64_t *generation,
    struct md_error *);
/* Return it.  failed: reading failed, so the next user reopens it. */
void readers_release(struct readers *, struct reader *, bool failed);

/* -- calendar.c: the calendar as the store has corrected it -- */

struct calendars;

/* One that answers go by; a visit holds it. */
struct held_calendar {
	const struct calendar *use;
	struct calendar *made; /* or null: use is the program's */
	struct closures told;  /* by which it was made */
	int64_t serial;        /* no other has it */
	unsigned users;
};

/* Borrows both. */
bool calendars_create(struct calendars **, const struct calendar *built_in,
    const struct calendar_changes *own, struct md_error *);
void calendars_destroy(struct calendars **);

/* The one of a store of that generation, to be released; null: *e. */
struct held_calendar *calendars_acquire(struct calendars *, struct store *,
    int64_t generation, struct md_error *);
void calendars_release(struct calendars *, struct held_calendar *);

/* -- requests.c: series that were missing -- */

struct requests;

bool requests_create(struct requests **, const char *db, struct log *,
    struct md_error *);
void requests_destroy(struct requests **); /* tries once more to store them */

/* Was a request recorded, and if not, why not? */
enum request_note {
	NOTE_TAKEN,
	NOTE_RATE,      /* too many new ones in this minute */
	NOTE_FULL,      /* as many are recorded as may be */
	NOTE_DROPPED,   /* its answers had no bar */
	NOTE_SYMBOL,    /* none is spelled like that */
	NOTE_UNWRITABLE /* the store is read-only, or cannot be written now */
};

/* "rate"; null: it was taken. */
const char *request_note_name(enum request_note);
/* The same for people, as the end of a sentence. */
const char *request_note_words(enum request_note);

/* Record a request: at once if nobody else is writing, otherwise soon.  Never
 * waits for a lock of the store. */
enum request_note requests_note(struct requests *, struct store *reader,
    const char *symbol, enum timeframe, int64_t now_ms);

/* -- serve.c -- */

struct serve {
	struct serve_options options;
	const struct report_options *report;
	struct readers *readers;
	struct calendars *calendars;
	struct requests *requests;
	struct cache *answers;
	int64_t started_us, started_ms; /* monotonic; wall clock */
	struct traffic traffic;
	atomic_bool refused_host; /* one was, which was told */
};

/* How the server itself does, as metrics. */
void serve_own_metrics(struct serve *, FILE *);

/* A request being answered. */
struct visit {
	struct serve *serve;
	const struct httpd_request *request;
	struct httpd_response *response;
	const struct route *route;
	/* The path's parts for each '*' of the route; or "". */
	const char *part, *second;
	struct serve_params params;
	/* The named site whose page asks; null: none.  What is foreign reads,
	 * but notes nothing. */
	const char *origin;
	bool foreign;
	bool csv, gzip;
	int64_t now_ms;
	int64_t generation; /* of the store as read */
	struct reader *reader;
	int64_t calendar;           /* its serial number */
	struct staleness_rule rule; /* the program's, by the calendar of now */
};

struct route {
	const char *path; /* '*' stands for one part, twice at most */
	/* The parameters that it accepts: bits of enum serve_param. */
	unsigned params;
	bool open;     /* answered even without a token */
	bool csv;      /* also available as CSV */
	bool features; /* its rows are those, not bars */
	/*
	 * Makes an answer for the cache, with v->reader.  Null: the request was
	 * answered, or *e is set (MD_ESTORE: 503, else 500).
	 */
	struct answer *(*make)(struct visit *, struct md_error *);
	/* Used instead of make by routes that do not need the store. */
	void (*reply)(struct visit *);
	/* For /openapi.json: its name, what it answers with in words and as a
	 * media type, and of JSON the name of its schema there. */
	const char *name, *what, *type, *schema;
};

const struct route *serve_routes(size_t *len);

/* -- origin.c: who asks, through what name -- */

/*
 * Is the request for this server (its Host), and not sent by a page of a site
 * that was not named?  Else it has been answered: 400, 403 or 421; or 204, if
 * the browser of a named one only asks what it may send.
 */
bool origin_admit(struct visit *);
/* Lets a page of a named site read the answer. */
void origin_headers(struct visit *);

/* -- reports.c -- */
struct answer *serve_health(struct visit *, struct md_error *);
struct answer *serve_staleness(struct visit *, struct md_error *);
struct answer *serve_history(struct visit *, struct md_error *);
struct answer *serve_metrics(struct visit *, struct md_error *);
struct answer *serve_page(struct visit *, struct md_error *);
struct answer *serve_symbols(struct visit *, struct md_error *);

/* -- rows.c -- */

/* The rows of a series, as f->params want them; sets its count, more, last and
 * hash.  The series is looked at where serve_params_pass() says so.  Null: *e.
 */
struct httpd_body *serve_rows_make(struct visit *, struct series_facts *f,
    const struct bars_series *, struct md_error *);
/* The line of names before rows in CSV. */
void serve_rows_names(struct buf *, const struct serve_params *, bool features);

/* -- series.c -- */
struct answer *serve_bars(struct visit *, struct md_error *);
struct answer *serve_features(struct visit *, struct md_error *);
/*
 * The answer about one series, by its name.  Null: *e is set, or the request
 * was answered, or the series is missing: then what is to be said of that was
 * appended to *missing, and the series noted.
 */
struct answer *serve_series(struct visit *, const char *name, bool features,
    struct buf *missing, enum staleness *, struct md_error *);
/* The same rows, with the staleness at the current time; null when out of
 * memory. */
struct answer *serve_refresh(struct visit *, const struct answer *);

/* -- several.c -- */
struct answer *serve_several_bars(struct visit *, struct md_error *);
struct answer *serve_several_features(struct visit *, struct md_error *);

/* -- openapi.c -- */
void serve_openapi(struct visit *);

/* -- series_page.c -- */
struct answer *serve_series_page(struct visit *, struct md_error *);

/* -- reply.c -- */

/* {"error":…,"status":…}; parameter is null or the wrong one's name. */
void reply_problem(struct httpd_response *, int status, const char *parameter,
    const char *message);
/* Sends the answer, or 304 if the client has it already. */
void reply_answer(struct visit *, struct answer *);
/* Adds the headers that every response has. */
void reply_common(struct httpd_response *);

/* A text in memory that is written through a FILE. */
struct text_stream {
	FILE *f;
	char *text;
	size_t len;
};

bool text_stream_open(struct text_stream *); /* false when out of memory */
/* Moves the text to the buffer; false when out of memory. */
bool text_stream_close(struct text_stream *, struct buf *);

/* Sends the text, which it adopts, uncacheable.  Out of memory: an empty 500.
 */
void reply_uncached(struct httpd_response *, int status, struct buf *,
    const char *type);

/*
 * The answer that a text stream became, of that media type; timed: for the
 * second at hand.  Closes it; null when out of memory.
 */
struct answer *answer_finish(struct visit *, struct text_stream *,
    const char *type, bool timed, struct md_error *);

/* Sets the answer's body from the text, which it adopts, compressed if the
 * client accepts that; false when out of memory. */
bool answer_body(struct answer *, const struct visit *, struct buf *);

#endif
