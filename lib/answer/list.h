/*
 * An answer that is a list of rows: {"status", "results": [...], "next_url"}.
 * Pure: bytes in, rows to the caller.
 */
#ifndef MD_ANSWER_LIST_H
#define MD_ANSWER_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/body.h"
#include "base/error.h"

/* A row that is none of the kind: none is left out without a word. */
struct list_refusal {
	const char *reason;
	char *raw; /* as text for people */
};

struct list_answer {
	char *status;   /* never null */
	char *next_url; /* null: that was all */
	struct list_refusal *refused;
	size_t refused_len, refused_cap;
};

/* Takes a row; or *reason says why it is none.  False: out of memory. */
typedef bool list_row(void *ctx, const json_t *row, const char **reason);

/*
 * Read an answer of what's rows; a row that is no JSON costs itself alone.
 * list_answer_free() either way.  MD_EDATA: it is no answer; MD_ENOMEM.
 */
bool list_answer_read(struct list_answer *, const char *what, list_row *,
    void *ctx, const char *text, size_t len, struct md_error *);
void list_answer_free(struct list_answer *);

/* One more of len refusals, which have room for cap.  Adopts raw, which may be
 * null: out of memory, as false is. */
bool list_refuse(struct list_refusal **, size_t *len, size_t *cap,
    const char *reason, char *raw);

/* A string of a row; null: it has none that can be read. */
const char *list_text(const json_t *row, const char *name);

#endif
