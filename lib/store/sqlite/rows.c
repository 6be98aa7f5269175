/*
 * Arrays as tables: what an INSERT … SELECT reads its rows from.  It spares
 * binding and stepping a statement a row.
 */
#include <string.h>

#include "store/sqlite/sqlite.h"

struct rows_table {
	sqlite3_vtab base;
	const struct row_source *source;
};

struct rows_cursor {
	sqlite3_vtab_cursor base;
	const struct row_source *source;
	size_t at;       /* how many were given */
	const void *row; /* the one at hand, unless all were */
};

static int
rows_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
    sqlite3_vtab **out, char **message)
{
	const struct row_source *source = aux;
	int rc = sqlite3_declare_vtab(db, source->declaration);
	struct rows_table *t;

	(void)argc;
	(void)argv;
	(void)message;
	if (rc != SQLITE_OK)
		return rc;
	t = sqlite3_malloc(sizeof(*t));
	if (t == NULL)
		return SQLITE_NOMEM;
	memset(t, 0, sizeof(*t));
	t->source = source;
	*out = &t->base;
	return SQLITE_OK;
}

static int
rows_disconnect(sqlite3_vtab *t)
{
	sqlite3_free(t);
	return SQLITE_OK;
}

static int
rows_best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	info->estimatedCost = 50000;
	info->estimatedRows = 50000;
	return SQLITE_OK;
}

static int
rows_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	struct rows_cursor *c = sqlite3_malloc(sizeof(*c));

	if (c == NULL)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof(*c));
	c->source = ((struct rows_table *)t)->source;
	*out = &c->base;
	return SQLITE_OK;
}

static int
rows_close(sqlite3_vtab_cursor *c)
{
	sqlite3_free(c);
	return SQLITE_OK;
}

/*
 * Rows that come in the order of their key leave an eighth of every page
 * unused: SQLite spreads a full last page and the two before it over four, and
 * does not come back to the first of these.  So every tenth row of a block is
 * given after the others, and goes where room was left.  A block is small
 * enough for the page cache.
 */
#define BLOCK 8000
#define TENTH 10

static const void *
row_at(const struct rows_cursor *c)
{
	const struct row_source *s = c->source;
	size_t i = c->at % BLOCK, first = c->at - i;
	size_t len = s->len - first < BLOCK ? s->len - first : BLOCK;
	size_t others = len - len / TENTH;

	if (i < others)
		i += i / (TENTH - 1);
	else
		i = (i - others) * TENTH + TENTH - 1;
	return (const char *)s->rows + (first + i) * s->size;
}

static void
go_to(struct rows_cursor *c, size_t at)
{
	c->at = at;
	c->row = at < c->source->len ? row_at(c) : NULL;
}

static int
rows_filter(sqlite3_vtab_cursor *base, int n, const char *s, int argc,
    sqlite3_value **argv)
{
	struct rows_cursor *c = (struct rows_cursor *)base;

	(void)n;
	(void)s;
	(void)argc;
	(void)argv;
	go_to(c, 0);
	return SQLITE_OK;
}

static int
rows_next(sqlite3_vtab_cursor *base)
{
	struct rows_cursor *c = (struct rows_cursor *)base;

	go_to(c, c->at + 1);
	return SQLITE_OK;
}

static int
rows_eof(sqlite3_vtab_cursor *base)
{
	struct rows_cursor *c = (struct rows_cursor *)base;

	return c->at == c->source->len;
}

static int
rows_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int column)
{
	struct rows_cursor *c = (struct rows_cursor *)base;

	c->source->column(ctx, c->row, column);
	return SQLITE_OK;
}

static int
rows_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	struct rows_cursor *c = (struct rows_cursor *)base;

	*rowid = (sqlite3_int64)c->at;
	return SQLITE_OK;
}

bool
sqlite_register_rows(struct sqlite_store *st, const char *name,
    struct row_source *source)
{
	static const sqlite3_module module = {
		.xConnect = rows_connect,
		.xBestIndex = rows_best_index,
		.xDisconnect = rows_disconnect,
		.xOpen = rows_open,
		.xClose = rows_close,
		.xFilter = rows_filter,
		.xNext = rows_next,
		.xEof = rows_eof,
		.xColumn = rows_column,
		.xRowid = rows_rowid,
	};

	return sqlite3_create_module(st->db, name, &module, source) ==
	       SQLITE_OK;
}
