/*
 * The market's bars as objects without a folder: each flat file is made when it
 * is first asked for, and from then on is as it was then.  Its bytes are kept
 * in a file without a name, which is gone with the program.
 */
#ifndef MD_MOCK_FLAT_MADE_H
#define MD_MOCK_FLAT_MADE_H

#include "mock/objects.h"
#include "mock/source.h"
#include "plan/flat.h"

struct flat_made;

/* Of the symbols that the market lists now; borrows it and the folder, where
 * the bytes are kept.  MD_ENOMEM, or the source's error. */
bool flat_made_create(struct flat_made **, struct market *, const char *folder,
    struct md_error *);
void flat_made_destroy(struct flat_made **);

/* The set and the day of a flat file by its key. */
bool flat_made_parse(const char *key, enum flat_set *, md_date *);

/* Make it, if it was not yet; from any thread.  MD_EABSENT: there is none, as
 * there are no bars; MD_EUSAGE: the folder has no room. */
bool flat_made_find(struct flat_made *, enum flat_set, md_date, struct object *,
    struct md_error *);

/* Of one that was found: its bytes from one on, so many at most. */
bool flat_made_read(struct flat_made *, enum flat_set, md_date, int64_t from,
    int64_t len, struct buf *out, struct md_error *);

/* The keys that begin with the prefix, by key, of days up to the last; each is
 * to be found, and may be absent: the sizes are not known yet.  MD_ENOMEM. */
bool flat_made_list(const struct flat_made *, const char *prefix, md_date last,
    struct objects *out, struct md_error *);

#endif
