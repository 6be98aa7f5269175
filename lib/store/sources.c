/*
 * Where the bars of a series came from, and the flat files that were read.
 */
#include "store/internal.h"
#include "store/vendor.h"

bool
sources_of_rows(struct sql_rows *r, struct source_spans *out)
{
	while (sql_next(r)) {
		struct source_span s = { { sql_column_time(r, 0),
					     sql_column_time(r, 1) },
			SOURCE_REST };

		if (!bar_source_parse(sql_column_text(r, 2), &s.source))
			return sql_broken(r, "a source of bars");
		if (!source_spans_append(out, s))
			return sql_nomem(r);
	}
	return sql_end(r);
}

/* any: it has some. */
static bool
write_sources(struct store *st, int64_t series_id, bool any,
    const struct source_spans *l, struct md_error *e)
{
	bool good = !any || sql_run(st, e,
				"DELETE FROM bar_sources WHERE series_id = $1",
				SQL_VALUES(sql_int(series_id)));

	for (size_t i = 0; good && i < l->len; i++)
		good = sql_run(st, e,
		    "INSERT INTO bar_sources (series_id, from_ts, to_ts, "
		    "source) VALUES ($1, $2, $3, $4)",
		    SQL_VALUES(sql_int(series_id), sql_time(l->v[i].range.from),
			sql_time(l->v[i].range.to),
			sql_text(bar_source_name(l->v[i].source))));
	return good;
}

bool
sources_put(struct store *st, const struct page_put *p,
    const struct source_spans *before, struct md_error *e)
{
	struct source_spans after = { NULL, 0, 0 };
	bool changed = false, good;

	if (before->len == 0 && p->source == SOURCE_REST)
		return true;
	good = source_spans_set(before, p->covered, p->covered_len, p->source,
		   &after, &changed) ||
	       md_nomem(e);
	if (good && changed)
		good = write_sources(st, p->lease->series_id, before->len > 0,
		    &after, e);
	source_spans_free(&after);
	return good;
}

/* -- files -- */

bool
store_flat_file_put(struct store *st, const struct flat_file *f,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO flat_files (name, etag, modified_ms, bytes, rows, "
	    "since_ms) VALUES ($1, $2, $3, $4, $5, $6) "
	    "ON CONFLICT (name) DO UPDATE SET etag = $2, modified_ms = $3, "
	    "bytes = $4, rows = $5, since_ms = CASE "
	    "WHEN flat_files.etag = $2 THEN flat_files.since_ms ELSE $6 END",
	    SQL_VALUES(sql_text(f->name), sql_text(f->etag),
		sql_int(f->modified_ms), sql_int(f->bytes), sql_int(f->rows),
		sql_int(f->since_ms)));
}

bool
store_flat_files(struct store *st, const char *from, const char *to,
    struct flat_files *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st,
		"SELECT name, etag, modified_ms, bytes, rows, since_ms "
		"FROM flat_files WHERE name >= $1 AND name <= $2 ORDER BY name",
		"SELECT name, etag, modified_ms, bytes, rows, since_ms "
		"FROM flat_files WHERE name COLLATE \"C\" >= $1 "
		"AND name COLLATE \"C\" <= $2 ORDER BY name COLLATE \"C\""),
	    SQL_VALUES(sql_text(from), sql_text(to)));
	while (sql_next(&r)) {
		struct flat_file *f = flat_files_append(out);

		if (f == NULL)
			return sql_nomem(&r);
		sql_copy_text(f->name, sizeof(f->name), &r, 0);
		sql_copy_text(f->etag, sizeof(f->etag), &r, 1);
		f->modified_ms = sql_column_int(&r, 2);
		f->bytes = sql_column_int(&r, 3);
		f->rows = sql_column_int(&r, 4);
		f->since_ms = sql_column_int(&r, 5);
	}
	return sql_end(&r);
}

bool
store_bars_in(struct store *st, int64_t series_id, struct range r, int64_t *n,
    struct md_error *e)
{
	struct sql_rows rows;

	*n = 0;
	sql_select(&rows, st, e,
	    "SELECT count(*) FROM bars WHERE series_id = $1 AND ts >= $2 "
	    "AND ts < $3",
	    SQL_VALUES(sql_int(series_id), sql_time(r.from), sql_time(r.to)));
	if (sql_next(&rows))
		*n = sql_column_int(&rows, 0);
	return sql_end(&rows);
}

bool
store_sources(struct store *st, int64_t series_id, struct source_spans *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e, SOURCES_OF_SERIES,
	    SQL_VALUES(sql_int(series_id)));
	return sources_of_rows(&r, out);
}
