#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/weburl.h"
#include "store/report.h"
#include "store/sql.h"

/* What each error of a store begins with; execution logs keep it. */
#define FAILURE_BEGINS "store "

bool
store_fail(struct md_error *e, const char *url, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	(void)md_fail(e, MD_ESTORE, FAILURE_BEGINS "%s: ", url);
	if (e == NULL)
		return false;
	n = strlen(e->text);
	va_start(ap, fmt);
	(void)vsnprintf(e->text + n, sizeof(e->text) - n, fmt, ap);
	va_end(ap);
	return false;
}

bool
store_ended(const struct execution *x)
{
	return strncmp(x->message, FAILURE_BEGINS, strlen(FAILURE_BEGINS)) == 0;
}

void
stored_series_list_free(struct stored_series_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		coverage_free(&l->v[i].coverage);
	free(l->v);
	*l = (struct stored_series_list){ NULL, 0, 0 };
}

/* Of the process: whoever opens a store, deep within a run, knows no options.
 */
static struct store_waiting waiting = { -1, NULL, NULL };

void
store_wait_so(const struct store_waiting *w)
{
	waiting = *w;
}

struct store_waiting
store_waits(void)
{
	return waiting;
}

/* libpq's words and values, "host=... dbname=...": by the first word, since a
 * path can have an equals sign, too. */
static bool
is_conninfo(const char *db)
{
	static const char *const words[] = { "application_name",
		"connect_timeout", "dbname", "host", "hostaddr", "options",
		"passfile", "password", "port", "service", "sslmode",
		"target_session_attrs", "user" };
	const char *word = db + strspn(db, " ");
	size_t length = strcspn(word, " =");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length &&
		    strncmp(word, words[i], length) == 0)
			return word[length + strspn(word + length, " ")] == '=';
	return false;
}

static bool
is_postgres(const char *url)
{
	return strncmp(url, "postgres://", 11) == 0 ||
	       strncmp(url, "postgresql://", 13) == 0 || is_conninfo(url);
}

static bool
open_engine(const char *url, bool readonly, bool create, struct store **out,
    struct md_error *e)
{
	if (is_postgres(url))
		return store_postgres_open(url, readonly, create, out, e);
	if (strncmp(url, "sqlite:", 7) == 0)
		url += 7;
	if (*url == '\0' || weburl_scheme(url) > 0)
		return md_fail(e, MD_EUSAGE,
		    "--db: expected a path, sqlite:PATH, postgresql://... or "
		    "host=... dbname=...");
	/* A path is named in messages. */
	if (strstr(url, "password=") != NULL)
		return md_fail(e, MD_EUSAGE,
		    "--db: expected a path or a URI (postgresql://...) "
		    "without a password, which others could see: put it into "
		    "~/.pgpass, PGPASSWORD or a service file");
	return store_sqlite_open(url, readonly, out, e);
}

static bool
open_url(const char *url, bool readonly, bool create, struct store **out,
    struct md_error *e)
{
	if (!open_engine(url, readonly, create, out, e))
		return false;
	if (*out != NULL)
		(*out)->lease_ms = LEASE_MS;
	return true;
}

bool
store_open(const char *url, struct store **out, struct md_error *e)
{
	return open_url(url, false, true, out, e);
}

bool
store_open_existing(const char *url, struct store **out, struct md_error *e)
{
	*out = NULL;
	/* Where a standby reads, it is the primary that is asked. */
	if (is_postgres(url))
		return open_url(url, false, false, out, e) &&
		       (*out != NULL || store_fail(e, url, "does not exist"));
	/* One that cannot be read so is there, and may only be old. */
	if (store_open_readonly(url, out, e) && *out == NULL)
		return store_fail(e, url, "does not exist");
	store_close(out);
	return store_open(url, out, e);
}

bool
store_open_readonly(const char *url, struct store **out, struct md_error *e)
{
	return open_url(url, true, false, out, e);
}

void
store_close(struct store **st)
{
	if (*st != NULL)
		(*st)->sql->close(*st);
	*st = NULL;
}

void
store_limit_waiting(struct store *st, int64_t ms)
{
	if (ms < atomic_load(&st->patience_ms))
		atomic_store(&st->patience_ms, ms);
}

void
store_limit_answers(struct store *st, int64_t silence_ms, int64_t answer_ms)
{
	st->silence_ms = silence_ms;
	st->answer_ms = answer_ms;
}

bool
store_lag_read(struct store *st, struct store_lag *out, struct md_error *e)
{
	*out = (struct store_lag){ .standby = false };
	return st->sql->lag == NULL || st->sql->lag(st, out, e);
}

void
store_expect_many(struct store *st, bool many)
{
	if (st->sql->expect_many != NULL)
		st->sql->expect_many(st, many);
}

bool
store_reads_again(const struct store *st, int *tries)
{
	return st->cancelled && ++*tries < STORE_READS_MAX;
}

bool
store_was_locked(const struct store *st)
{
	return st->locked;
}

bool
store_version(struct store *st, int64_t *version, struct md_error *e)
{
	return st->sql->version(st, version, e);
}
