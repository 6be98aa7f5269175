/*
 * Shared by the files of the store's operations, and included by no others.
 */
#ifndef MD_STORE_INTERNAL_H
#define MD_STORE_INTERNAL_H

#include "base/array.h"
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

/* -- what is known of a series -- */

/* Questions for one series, $1. */
#define COVERAGE_OF_SERIES                                                     \
	"SELECT from_ts, to_ts, fetched_at, kind FROM coverage "               \
	"WHERE series_id = $1 ORDER BY from_ts"
#define DOUBTS_OF_SERIES                                                       \
	"SELECT from_ts, to_ts, answered_at, answers FROM doubts "             \
	"WHERE series_id = $1 ORDER BY from_ts"

#define SOURCES_OF_SERIES                                                      \
	"SELECT from_ts, to_ts, source FROM bar_sources "                      \
	"WHERE series_id = $1 ORDER BY from_ts"

/* Appends the row's span, of these columns; false: the rows are ended. */
bool coverage_of_row(struct sql_rows *, struct coverage *);

/* The answers, ended: they replace what is in *c; are appended. */
bool coverage_of_rows(struct sql_rows *, struct coverage *c);
bool doubts_of_rows(struct sql_rows *, struct doubts *);
bool sources_of_rows(struct sql_rows *, struct source_spans *);

/* -- pages and what follows from them, within sql_write() -- */

/* Fail with MD_ELEASE unless the lease is still held; renew it for lease_ms
 * from wall. */
bool lease_hold(struct store *, const struct lease *, int64_t wall,
    struct md_error *);
/* Its parts, to ask it with other questions. */
bool lease_ask(struct store *, const struct lease *, int64_t wall,
    struct md_error *);
bool lease_answer(struct store *, bool *held, struct md_error *);
bool lease_lost(struct store *, const struct lease *, struct md_error *);

/*
 * Derived bars in a page's range give way to the API's own: those that it does
 * not have are removed, and the others are no restatements.  To be called first
 * for a page.
 */
bool derived_drop(struct store *, const struct page_put *, struct md_error *);
/* Mark what the page covers as derived, or not any more. */
bool derived_put(struct store *, const struct page_put *, struct md_error *);

/* Note where the bars of what the page covers came from, as that was noted
 * before. */
bool sources_put(struct store *, const struct page_put *,
    const struct source_spans *before, struct md_error *);

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

/* -- splits, dividends and their adjustments -- */

/* The parts of store_put_actions(), within sql_write(): what was told, to be
 * done anew from the start. */
bool splits_put(struct store *, const struct actions_put *, struct md_error *);
bool dividends_put(struct store *, const struct actions_put *,
    struct md_error *);

struct stored_adjustment {
	char symbol[SYMBOL_MAX];
	struct adjustment a;
};

ARRAY_OF(stored_adjustments, struct stored_adjustment);

/* Those by splits, or by dividends, by symbol and time, instead of what is in
 * the list; of these symbols (words), or of all (null). */
bool adjustments_read(struct store *, enum action, const char *symbols,
    struct stored_adjustments *, struct md_error *);
/* Within sql_write(): these n are all that a symbol has. */
bool adjustments_replace(struct store *, enum action, const char *symbol,
    int64_t now, const struct adjustment *, size_t n, struct md_error *);

/* A list of pairs [series, time in s], $1, as a table v: the n-th of them, its
 * series id and time s; and such a time as a bar has it. */
#define SQLITE_PAIRS                                                           \
	"(SELECT key AS n, json_extract(value, '$[0]') AS id, "                \
	"json_extract(value, '$[1]') AS s "                                    \
	"FROM json_each('[' || $1 || ']')) AS v"
#define POSTGRES_PAIRS                                                         \
	"(SELECT l.n - 1 AS n, (l.pair->>0)::bigint AS id, "                   \
	"(l.pair->>1)::bigint AS s "                                           \
	"FROM json_array_elements(('[' || $1 || ']')::json) "                  \
	"WITH ORDINALITY AS l (pair, n)) AS v"
#define SQLITE_TIME(s)   "(" s ") * 1000"
#define POSTGRES_TIME(s) "to_timestamp(" s ")"

#endif
