/*
 * An answer of /stocks/v1/splits, or of /v3/reference/splits before it, whose
 * rows tell less of each split.  Pure: bytes in, splits out.
 */
#ifndef MD_ANSWER_SPLITS_H
#define MD_ANSWER_SPLITS_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/list.h"
#include "base/error.h"
#include "market/split.h"

struct splits_answer {
	struct list_answer list;
	struct split *v;
	size_t len, cap;
};

/*
 * Read an answer; a row that is no JSON costs itself alone.
 * splits_answer_free() either way.  MD_EDATA: it is no answer; MD_ENOMEM.
 */
bool splits_answer_read(struct splits_answer *, const char *text, size_t len,
    struct md_error *);
void splits_answer_free(struct splits_answer *);

#endif
