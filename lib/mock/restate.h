/*
 * Which bars were answered before, and how often each has changed since: for a
 * vendor that corrects what it has said.  May be shared by threads.
 */
#ifndef MD_MOCK_RESTATE_H
#define MD_MOCK_RESTATE_H

#include "mock/call.h"

struct restated;

bool restated_create(struct restated **out, struct md_error *);
void restated_destroy(struct restated **);

/*
 * Gives the page's bars the values that they have by now, and remembers those
 * that are new.  `change`: those that are not change once more.  A changed bar
 * is as possible as before, and has another volume than any time before.
 * False: out of memory.
 */
bool restated_apply(struct restated *, const struct call *, struct mock_page *,
    bool change);

/* The bar as it is after that many changes; the key makes it another's. */
void restated_bar(struct bar *, uint64_t key, unsigned changes);

#endif
