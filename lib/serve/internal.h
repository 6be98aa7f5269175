/*
 * What the files of the read API share; nobody else includes it.
 */
#ifndef MD_SERVE_INTERNAL_H
#define MD_SERVE_INTERNAL_H

#include <stdatomic.h>

#include "serve/cache.h"
#include "serve/params.h"
#include "serve/serve.h"
#include "store/store.h"

/* -- readers.c: handles of the store, one a thread -- */

struct readers;

struct reader {
	struct store *store; /* null: not open */
	int64_t version;
	int64_t retry_us; /* when it could not be opened: not before */
	struct md_error why;
};

bool readers_create(struct readers **, const char *db, unsigned n, struct log *,
    struct md_error *);
void readers_destroy(struct readers **);

/*
 * A handle for the caller's own use, opened anew when that is needed; null
 * with *e set when the store cannot be read now.  *generation grows with every
 * change of the store that any handle has seen, before it returns.
 */
struct reader *readers_take(struct readers *, int64_t *generation,
    struct md_error *);
/* failed: reading went wrong, the next one opens it anew. */
void readers_give(struct readers *, struct reader *, bool failed);

/* -- requests.c: what was missing -- */

struct requests;

bool requests_create(struct requests **, const char *db, struct log *,
    struct md_error *);
void requests_destroy(struct requests **); /* what waits is tried once more */

/* Noted at once when nobody else is writing, soon otherwise; never waits.
 * False when there is no room to remember it. */
bool requests_note(struct requests *, const char *symbol, enum timeframe,
    int64_t now_ms);

/* -- serve.c -- */

struct serve {
	struct serve_options options;
	const struct report_options *report;
	struct readers *readers;
	struct requests *requests;
	struct cache *answers;
	int64_t started_us;
};

/* A request being answered. */
struct visit {
	struct serve *serve;
	const struct httpd_request *request;
	struct httpd_response *response;
	const struct route *route;
	const char *part; /* of the path, where the route has a '*'; or "" */
	struct serve_params params;
	bool csv, gzip;
	int64_t now_ms;
	int64_t generation; /* of what is read */
	struct reader *reader;
};

struct route {
	const char *path; /* '*' holds a part */
	/* Which parameters it takes: bits of enum serve_param. */
	unsigned params;
	bool open; /* without a token, too */
	bool csv;  /* is also offered */
	/*
	 * Makes an answer to be kept, from v->reader.  Null: the visit has been
	 * answered, or *e is set (MD_ESTORE: 503, else 500).
	 */
	struct answer *(*make)(struct visit *, struct md_error *);
	/* Instead, without the store. */
	void (*reply)(struct visit *);
};

/* -- reports.c -- */
struct answer *serve_health(struct visit *, struct md_error *);
struct answer *serve_staleness(struct visit *, struct md_error *);
struct answer *serve_history(struct visit *, struct md_error *);
struct answer *serve_metrics(struct visit *, struct md_error *);
struct answer *serve_page(struct visit *, struct md_error *);
struct answer *serve_symbols(struct visit *, struct md_error *);

/* -- series.c -- */
struct answer *serve_bars(struct visit *, struct md_error *);
struct answer *serve_features(struct visit *, struct md_error *);
/* The same rows with what the clock has changed; null when memory ran out. */
struct answer *serve_again(struct visit *, const struct answer *);

/* -- reply.c -- */

/* {"error":…,"status":…}, parameter null or its name. */
void reply_problem(struct httpd_response *, int status, const char *parameter,
    const char *message);
/* Hands the answer out, or says that the reader has it already. */
void reply_answer(struct visit *, struct answer *);
/* What every response has. */
void reply_common(struct httpd_response *);

/* A text that is written through a FILE. */
struct sheet {
	FILE *f;
	char *text;
	size_t len;
};

bool sheet_open(struct sheet *); /* false when memory ran out */
/* What was written becomes the buffer's; false when memory ran out. */
bool sheet_close(struct sheet *, struct buf *);

/* Adopts the text, which no cache may keep.  Out of memory: an empty 500. */
void reply_uncached(struct httpd_response *, int status, struct buf *,
    const char *type);

/* The answer's body from the text, which it adopts, compressed where the
 * visitor takes that; false when memory ran out. */
bool answer_body(struct answer *, const struct visit *, struct buf *);

#endif
