/* What is known of the APIs that bars came from. */
#include "store/internal.h"

bool
store_endpoint_absent(struct store *st, const char *base_url,
    const char *endpoint, int64_t since, bool *absent, struct md_error *e)
{
	struct sql_rows r;

	*absent = false;
	sql_select(&r, st, e,
	    "SELECT 1 FROM absent_endpoints WHERE base_url = $1 "
	    "AND endpoint = $2 AND noted_at > $3",
	    SQL_VALUES(sql_text(base_url), sql_text(endpoint),
		sql_stamp(since)));
	while (sql_next(&r))
		*absent = true;
	return sql_end(&r);
}

struct absent {
	const char *base_url, *endpoint;
	int64_t now;
};

static bool
note_absent(struct store *st, void *ctx, struct md_error *e)
{
	const struct absent *a = ctx;

	return sql_run(st, e,
	    "INSERT INTO absent_endpoints (base_url, endpoint, noted_at) "
	    "VALUES ($1, $2, $3) ON CONFLICT (base_url, endpoint) "
	    "DO UPDATE SET noted_at = $3",
	    SQL_VALUES(sql_text(a->base_url), sql_text(a->endpoint),
		sql_stamp(a->now)));
}

bool
store_note_endpoint_absent(struct store *st, const char *base_url,
    const char *endpoint, int64_t now, struct md_error *e)
{
	struct absent a = { base_url, endpoint, now };

	return sql_write(st, note_absent, &a, e);
}
