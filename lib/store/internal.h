/*
 * Shared by the files of the store's operations, and included by no others.
 */
#ifndef MD_STORE_INTERNAL_H
#define MD_STORE_INTERNAL_H

#include "base/buf.h"
#include "store/sql.h"

/* -- a list as one parameter -- */

/*
 * Words, or numbers, with commas between them: symbols hold none.  Each engine
 * has its own text for the list of parameter p as a table of words, and for the
 * condition that a column is in it.
 */
void list_add(struct buf *, const char *word);
void list_add_int(struct buf *, int64_t);

#define SQLITE_EACH_WORD(p)                                                    \
	"(SELECT value AS word FROM json_each('[\"' || replace(" p             \
	", ',', '\",\"') || '\"]')) AS l "
#define POSTGRES_EACH_WORD(p) "unnest(string_to_array(" p ", ',')) AS l (word) "

#define SQLITE_WORDS(p)                                                        \
	" IN (SELECT value FROM json_each('[\"' || replace(" p                 \
	", ',', '\",\"') || '\"]')) "
#define POSTGRES_WORDS(p) " = ANY (string_to_array(" p ", ',')) "

#define SQLITE_NUMBERS(p)                                                      \
	" IN (SELECT value FROM json_each('[' || " p " || ']')) "
#define POSTGRES_NUMBERS(p) " = ANY (string_to_array(" p ", ',')::bigint[]) "

/* -- symbols and series, within sql_write() -- */

/*
 * Add the list's symbols, alike but for their names.  active: one that is there
 * becomes active, and like the entry if that is described.
 */
bool symbols_put(struct store *, const struct buf *symbols,
    const struct symbol_entry *, bool active, struct md_error *);

/* Add a series of the timeframe for each; active: one that is there becomes
 * active. */
bool series_put(struct store *, const struct buf *symbols, enum timeframe,
    bool active, struct md_error *);

#endif
