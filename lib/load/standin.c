#include "load/standin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sys/child.h"

#define LOAD_WORDS 256

struct standin {
	struct children_options options;
	struct children *children;
	pid_t mock, server; /* 0: none */
};

/* -- the store -- */

/* So many days back hold over a thousand daily bars, over 500 of the others. */
static const struct {
	const char *timeframes, *days;
	bool all; /* symbols, or the first alone */
} fills[] = {
	{ "1d", "1500", true },
	{ "4h", "400", false },
	{ "5m,15m,1h", "120", false },
};

static bool
fill_once(struct standin *s, size_t fill, const struct standin_options *o,
    const char *url, struct md_error *e)
{
	char db[CHILD_PATH];
	const char *words[CHILD_WORDS] = { "mdbackfill", "--db", db,
		"--base-url", url, "--rate", "100000/min", "-t",
		fills[fill].timeframes, "--days", fills[fill].days };
	size_t n = 11, most = fills[fill].all ? o->symbols_len : 1;
	pid_t pid = 0;
	int status = 0;

	children_file(s->children, "market.db", db);
	for (size_t i = 0; i < most && i < LOAD_WORDS; i++)
		words[n++] = o->symbols[i];
	if (!child_start(s->children, "mdbackfill", words, &pid, e))
		return false;
	while (!child_ended(pid, &status)) {
		if (child_interrupted(s->children, e)) {
			child_stop(&pid);
			return false;
		}
		child_poll_wait();
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return child_fail(s->children, "mdbackfill", "failed", e);
}

static bool
fill(struct standin *s, const struct standin_options *o, struct md_error *e)
{
	const char *more[] = { "--synthetic", NULL };
	char url[64] = "";
	bool good = child_serve(s->children, "mdmock", more, &s->mock, url, e);

	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]) && good; i++)
		good = fill_once(s, i, o, url, e);
	child_stop(&s->mock);
	return good;
}

/* -- all of it -- */

static bool
start(struct standin *s, const struct standin_options *o, char url[64],
    struct md_error *e)
{
	char db[CHILD_PATH];
	const char *more[] = { "--db", db, NULL };

	s->options = (struct children_options){
		.parent = "mdload",
		.self = o->self,
		.path = o->path,
		.folder = o->folder,
		.otherwise = "install it, or start a read API and name it with "
			     "--target",
		.env = o->env,
		.stopped = o->stopped,
	};
	if (!children_create(&s->children, &s->options, e) ||
	    !children_have_program(s->children, "mdserve", e) || !fill(s, o, e))
		return false;
	children_file(s->children, "market.db", db);
	return child_serve(s->children, "mdserve", more, &s->server, url, e);
}

bool
standin_start(struct standin **out, const struct standin_options *o,
    char url[64], struct md_error *e)
{
	struct standin *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	if (start(s, o, url, e)) {
		*out = s;
		return true;
	}
	standin_stop(&s);
	return false;
}

void
standin_stop(struct standin **s)
{
	if (*s == NULL)
		return;
	child_stop(&(*s)->mock);
	child_stop(&(*s)->server);
	children_destroy(&(*s)->children);
	free(*s);
	*s = NULL;
}
