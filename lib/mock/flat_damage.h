/*
 * Flat files as they have been, or might be: short, with rows twice, in another
 * order, of another day, replaced, or damaged.
 */
#ifndef MD_MOCK_FLAT_DAMAGE_H
#define MD_MOCK_FLAT_DAMAGE_H

#include "base/buf.h"
#include "mock/fault.h"

/* Does any effect of the fault change a file's bytes? */
bool flat_is_damaged(const struct fault *);

/* Change a compressed file as the fault says.  MD_ENOMEM, or what is wrong with
 * the file. */
bool flat_damage(struct buf *, const struct fault *, struct md_error *);

#endif
