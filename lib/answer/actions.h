/*
 * An answer of /stocks/v1/splits or /stocks/v1/dividends, or of
 * /v3/reference/splits before it, whose rows tell less of each split.  Pure:
 * bytes in, splits or dividends out.
 */
#ifndef MD_ANSWER_ACTIONS_H
#define MD_ANSWER_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "answer/list.h"
#include "base/error.h"
#include "market/action.h"

struct actions_answer {
	struct list_answer list;
	struct actions rows;
};

/*
 * Read an answer; a row that is no JSON costs itself alone.
 * actions_answer_free() either way.  MD_EDATA: it is no answer; MD_ENOMEM.
 */
bool actions_answer_read(struct actions_answer *, enum action, const char *text,
    size_t len, struct md_error *);
void actions_answer_free(struct actions_answer *);

#endif
