/*
 * An answer of /stocks/v1/splits, or of /v3/reference/splits before it, whose
 * rows tell less of each split.  Pure: bytes in, splits out.
 */
#ifndef MD_ANSWER_SPLITS_H
#define MD_ANSWER_SPLITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "market/split.h"

/* A row that is no split: none is left out without a word. */
struct split_refusal {
	const char *reason;
	char *raw; /* as text for people */
};

struct splits_answer {
	char *status;   /* never null */
	char *next_url; /* null: that was all */
	struct split *v;
	size_t len, cap;
	struct split_refusal *refused;
	size_t refused_len, refused_cap;
};

/*
 * Read an answer; a row that is no JSON costs itself alone.
 * splits_answer_free() either way.  MD_EDATA: it is no answer; MD_ENOMEM.
 */
bool splits_answer_read(struct splits_answer *, const char *text, size_t len,
    struct md_error *);
void splits_answer_free(struct splits_answer *);

#endif
