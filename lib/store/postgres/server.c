/*
 * Which server a connection has reached, where a URI names several: its
 * cluster, its timeline, and whether it is a standby.
 *
 * A standby that is promoted begins a new timeline, with a higher number.  The
 * one that a writer has once reached is its fence: an old primary that comes
 * back is still on the timeline before, and nothing is written to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

/* How long one of several hosts may take to be connected to, and to answer. */
#define OTHERS_SECONDS "2"
#define OTHERS_MS      2000

/* -- what it says of itself -- */

/* Column by column: is it a standby, its cluster, its timeline.  A standby's is
 * the newest that it has heard of. */
#define WHO                                                                    \
	"SELECT pg_is_in_recovery()::int, "                                    \
	"(SELECT system_identifier FROM pg_control_system()), "                \
	"CASE WHEN pg_is_in_recovery() "                                       \
	"THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()), "    \
	"(SELECT min_recovery_end_timeline FROM "                              \
	"pg_control_recovery()))::text "                                       \
	"ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))"  \
	"::bit(32)::bigint::text END"

/* What does not tell (too old, or another make) is a server without a fence;
 * what does not answer in so many ms has lost its connection. */
static struct postgres_server
read_server(PGconn *db, int64_t ms)
{
	struct postgres_server s = { "", 0, false };
	PGresult *r = postgres_ask(db, WHO, ms);

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) {
		s.standby = strtol(PQgetvalue(r, 0, 0), NULL, 10) != 0;
		(void)snprintf(s.cluster, sizeof(s.cluster), "%s",
		    PQgetvalue(r, 0, 1));
		s.timeline = strtoll(PQgetvalue(r, 0, 2), NULL, 10);
	}
	PQclear(r);
	return s;
}

/* -- the others that the URI names -- */

/* The n-th of a list with commas, or its only one; the caller frees it.  Null:
 * there is none, or no memory. */
static char *
nth(const char *list, size_t n)
{
	const char *end;

	if (list == NULL || *list == '\0')
		return NULL;
	if (strchr(list, ',') == NULL)
		n = 0;
	for (; n > 0; n--) {
		list = strchr(list, ',');
		if (list == NULL)
			return NULL;
		list++;
	}
	end = list + strcspn(list, ",");
	return strndup(list, (size_t)(end - list));
}

static size_t
count(const char *list)
{
	size_t n = 1;

	if (list == NULL || *list == '\0')
		return 0;
	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* What a connection was made with. */
struct places {
	PQconninfoOption *options;
	const char *host, *hostaddr, *port;
	size_t len;
};

static struct places
places_of(PGconn *db)
{
	struct places p = { PQconninfo(db), NULL, NULL, NULL, 0 };

	for (const PQconninfoOption *o = p.options;
	     o != NULL && o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "host") == 0)
			p.host = o->val;
		else if (strcmp(o->keyword, "hostaddr") == 0)
			p.hostaddr = o->val;
		else if (strcmp(o->keyword, "port") == 0)
			p.port = o->val;
	}
	p.len = count(p.hostaddr);
	if (p.len < count(p.host))
		p.len = count(p.host);
	return p;
}

/* A connection to one place alone, whatever kind of server is there; null:
 * there is none.  A host that is away is not waited for as long as the primary
 * is. */
static PGconn *
connect_to(const struct postgres_store *st, const struct places *p, size_t n)
{
	char *host = nth(p->host, n), *hostaddr = nth(p->hostaddr, n);
	char *port = nth(p->port, n);
	const struct postgres_word words[] = {
		{ "host", host },
		{ "hostaddr", hostaddr },
		{ "port", port },
		{ "target_session_attrs", "any" },
		{ "connect_timeout", OTHERS_SECONDS },
		{ NULL, NULL },
	};
	PGconn *db = postgres_dial(st, words);

	free(host);
	free(hostaddr);
	free(port);
	if (PQstatus(db) == CONNECTION_OK)
		return db;
	PQfinish(db);
	return NULL;
}

static bool
is_newer(const struct postgres_server *a, const struct postgres_server *b)
{
	return strcmp(a->cluster, b->cluster) == 0 && a->timeline > b->timeline;
}

/*
 * Two servers may both take writes, when an old primary came back: the one on
 * the newest timeline counts.  True with *db changed to it; false with *e set
 * if that one is a standby as yet.  Servers that are away cannot be asked.
 */
static bool
find_newest(struct postgres_store *st, struct postgres_server *now,
    struct md_error *e)
{
	struct places p = places_of(st->db);
	bool good = true;

	for (size_t i = 0; p.len > 1 && i < p.len; i++) {
		PGconn *db = connect_to(st, &p, i);
		struct postgres_server s;

		if (db == NULL)
			continue;
		s = read_server(db, OTHERS_MS);
		if (is_newer(&s, now)) {
			PGconn *old = st->db;

			st->db = db;
			db = old;
			*now = s;
		}
		PQfinish(db);
	}
	PQconninfoFree(p.options);
	if (now->standby) {
		st->last.again = true;
		good = store_fail(e, st->url,
		    "the server that takes writes is an old primary: a standby "
		    "is on timeline %lld already",
		    (long long)now->timeline);
	}
	return good;
}

/* -- may this one be written to? -- */

/* Whatever is known only from before: the new server may have less. */
static void
move_to(struct postgres_store *st, const struct postgres_server *now)
{
	if (st->server.cluster[0] != '\0') {
		memset(st->years, 0, sizeof(st->years));
		atomic_fetch_add(&st->base.moves, 1);
	}
	st->server = *now;
}

bool
postgres_server_check(struct postgres_store *st, struct md_error *e)
{
	struct postgres_server now = read_server(st->db, st->silence_ms);
	const struct postgres_server *was = &st->server;

	if (st->readonly || now.cluster[0] == '\0') {
		st->server = now;
		st->base.standby = now.standby;
		return PQstatus(st->db) == CONNECTION_OK ||
		       postgres_fail(st, NULL, e);
	}
	if (!find_newest(st, &now, e))
		return false;
	st->last.again = true;
	if (was->cluster[0] != '\0' && strcmp(was->cluster, now.cluster) != 0)
		return store_fail(e, st->url,
		    "another cluster answers than the one that was opened "
		    "(system identifier %s, not %s): it is not written to",
		    now.cluster, was->cluster);
	if (now.timeline < was->timeline)
		return store_fail(e, st->url,
		    "an old primary has come back, on timeline %lld: this run "
		    "has written on %lld, and writes there alone",
		    (long long)now.timeline, (long long)was->timeline);
	st->last.again = false;
	if (now.timeline > was->timeline)
		move_to(st, &now);
	return true;
}

/* -- how far a standby is behind -- */

/*
 * A primary that writes nothing sends nothing: then the time of the newest
 * transaction tells nothing, but all that was received is applied, and the
 * connection is there.
 */
#define LAG                                                                    \
	"SELECT pg_is_in_recovery(), EXISTS (SELECT 1 FROM "                   \
	"pg_stat_wal_receiver "                                                \
	"WHERE pid IS NOT NULL), "                                             \
	"coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), "                 \
	"pg_last_wal_replay_lsn())::bigint, -1), "                             \
	"(extract(epoch FROM clock_timestamp() - "                             \
	"pg_last_xact_replay_timestamp()) * 1000)::bigint"

bool
postgres_lag(struct store *base, struct store_lag *out, struct md_error *e)
{
	struct sql_rows r;

	*out = (struct store_lag){ .standby = base->standby };
	if (!base->standby)
		return true;
	sql_select(&r, base, e, LAG, SQL_NONE);
	if (sql_next(&r)) {
		/* It may have been promoted since. */
		out->standby = sql_column_bool(&r, 0);
		out->connected = sql_column_bool(&r, 1);
		out->bytes = sql_column_int(&r, 2);
		out->known = !sql_is_null(&r, 3);
		out->ms = sql_column_int(&r, 3);
		/* Its clock may be ahead of this one's. */
		if (out->ms < 0)
			out->ms = 0;
		if (out->bytes < 0)
			out->bytes = 0;
		if (out->connected && out->bytes == 0) {
			out->known = true;
			out->ms = 0;
		}
	}
	return sql_end(&r);
}
