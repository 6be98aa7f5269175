#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

struct stored_series *
stored_series_append(struct stored_series_list *l)
{
	struct stored_series *v = array_room(l->v, l->len, &l->cap, sizeof(*v));

	if (v == NULL)
		return NULL;
	l->v = v;
	v = &l->v[l->len++];
	memset(v, 0, sizeof(*v));
	return v;
}

void
stored_series_list_free(struct stored_series_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		coverage_free(&l->v[i].coverage);
	free(l->v);
	*l = (struct stored_series_list){ NULL, 0, 0 };
}

static bool
open_url(const char *url, bool readonly, struct store **out, struct md_error *e)
{
	if (strncmp(url, "sqlite:", 7) == 0)
		url += 7;
	else if (strncmp(url, "postgres://", 11) == 0 ||
		 strncmp(url, "postgresql://", 13) == 0)
		return md_fail(e, MD_EUSAGE,
		    "--db: this build keeps its store in SQLite: expected a "
		    "path or sqlite:PATH");
	if (*url == '\0')
		return md_fail(e, MD_EUSAGE,
		    "--db: expected a path or sqlite:PATH");
	if (!store_sqlite_open(url, readonly, out, e))
		return false;
	if (*out != NULL)
		(*out)->lease_ms = LEASE_MS;
	return true;
}

bool
store_open(const char *url, struct store **out, struct md_error *e)
{
	return open_url(url, false, out, e);
}

bool
store_open_existing(const char *url, struct store **out, struct md_error *e)
{
	*out = NULL;
	/* One that cannot be read so is there, and may only be old. */
	if (store_open_readonly(url, out, e) && *out == NULL)
		return md_fail(e, MD_ESTORE, "store %s: does not exist", url);
	store_close(out);
	return store_open(url, out, e);
}

bool
store_open_readonly(const char *url, struct store **out, struct md_error *e)
{
	return open_url(url, true, out, e);
}

void
store_close(struct store **st)
{
	if (*st != NULL)
		(*st)->ops->close(*st);
	*st = NULL;
}
