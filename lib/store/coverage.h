/*
 * Reading a series' coverage, for the operations of the store.
 */
#ifndef MD_STORE_COVERAGE_H
#define MD_STORE_COVERAGE_H

#include "store/sql.h"

/* What is asked for one series, $1, with other questions: sql_ask(). */
#define COVERAGE_OF_SERIES                                                     \
	"SELECT from_ts, to_ts, fetched_at, kind FROM coverage "               \
	"WHERE series_id = $1 ORDER BY from_ts"

/* Appends the row's span, of these columns; false: the rows are ended. */
bool coverage_of_row(struct sql_rows *, struct coverage *c);

/* Its answer, ended: replaces what is in *c. */
bool coverage_of_rows(struct sql_rows *, struct coverage *c);

bool store_read_coverage(struct store *, int64_t series_id, struct coverage *,
    struct md_error *);

#endif
