/*
 * The yardstick of ingest into PostgreSQL: the rows of a filled store's table
 * of bars, read out as they lie, which is the order in which they came, the
 * table emptied, and put in again by a bare loop of binary COPY, 50,000 rows a
 * transaction.  Prints rows and seconds.
 *
 * Sorted by key they go in a tenth to a sixth faster, since the last leaf of
 * the index is found without a search; but the pages of several series come by
 * turns.
 *   bench_copy URI [sorted]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "store/postgres/postgres.h"

#define PAGE 50000

struct row {
	char *bytes;
	int len;
};

static void
run(PGconn *db, const char *sql, ExecStatusType want)
{
	PGresult *r = PQexec(db, sql);

	if (PQresultStatus(r) != want) {
		(void)fprintf(stderr, "%s: %s", sql, PQerrorMessage(db));
		exit(1);
	}
	PQclear(r);
}

static void
end(PGconn *db)
{
	PGresult *r;

	while ((r = PQgetResult(db)) != NULL) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK) {
			(void)fprintf(stderr, "%s", PQerrorMessage(db));
			exit(1);
		}
		PQclear(r);
	}
}

/* The first message holds the header with the first row; the last is the end.
 */
static size_t
load(PGconn *db, bool sorted, struct row **rows)
{
	size_t len = 0, cap = 0;
	char *bytes;
	int n;

	run(db, "SET synchronize_seqscans = off", PGRES_COMMAND_OK);
	run(db,
	    sorted ? "COPY (SELECT * FROM bars ORDER BY series_id, ts) "
		     "TO STDOUT (FORMAT binary)"
		   : "COPY (SELECT * FROM bars) TO STDOUT (FORMAT binary)",
	    PGRES_COPY_OUT);
	while ((n = PQgetCopyData(db, &bytes, 0)) > 0) {
		if (len == cap) {
			cap = cap == 0 ? PAGE : cap * 2;
			*rows = realloc(*rows, cap * sizeof(**rows));
			if (*rows == NULL)
				exit(1);
		}
		(*rows)[len++] = (struct row){ bytes, n };
	}
	end(db);
	return len;
}

static void
put(PGconn *db, const char *bytes, int len)
{
	if (PQputCopyData(db, bytes, len) != 1)
		exit(1);
}

#define HEADER 19

int
main(int argc, char **argv)
{
	struct row *rows = NULL;
	PGconn *db;
	size_t len, i = 0;
	int64_t start;
	struct md_error e = { MD_OK, "" };

	if (argc < 2 || argc > 3 ||
	    (argc == 3 && strcmp(argv[2], "sorted") != 0))
		return 64;
	if (!libpq_load(&e)) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	db = PQconnectdb(argv[1]);
	len = load(db, argc == 3, &rows);
	/* Some servers send the header, or the trailer, by itself. */
	if (len < 2)
		return 1;
	run(db, "TRUNCATE bars", PGRES_COMMAND_OK);
	run(db, "CHECKPOINT", PGRES_COMMAND_OK);
	start = md_monotonic_us();
	while (i + 1 < len) {
		run(db, "BEGIN", PGRES_COMMAND_OK);
		run(db, "COPY bars FROM STDIN (FORMAT binary)", PGRES_COPY_IN);
		if (i > 0)
			put(db, rows[0].bytes, HEADER);
		for (size_t n = 0; n < PAGE && i + 1 < len; n++, i++)
			put(db, rows[i].bytes, rows[i].len);
		put(db, "\377\377", 2);
		if (PQputCopyEnd(db, NULL) != 1)
			return 1;
		end(db);
		run(db, "COMMIT", PGRES_COMMAND_OK);
	}
	printf("%zu %.6f\n", len - 1,
	    (double)(md_monotonic_us() - start) / 1e6);
	for (i = 0; i < len; i++)
		PQfreemem(rows[i].bytes);
	free(rows);
	PQfinish(db);
	return 0;
}
