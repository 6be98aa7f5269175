/* Which symbols operands, lines and a watchlist mean; and the XDG places. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/selection.h"
#include "sys/xdg.h"
#include "tap.h"

static const char *home, *data;

static char *
env(const char *name)
{
	static char text[2][16];
	bool is_home = strcmp(name, "HOME") == 0;
	const char *v = is_home ? home : data;

	if (v == NULL)
		return NULL;
	(void)snprintf(text[is_home], sizeof(text[0]), "%s", v);
	return text[is_home];
}

static void
places(void)
{
	static const struct {
		const char *home, *data, *expected, *name;
	} cases[] = {
		{ "/h", NULL, "/h/.local/share/mdkit/f", "under HOME" },
		{ "/h", "/d", "/d/mdkit/f", "where the variable says" },
		{ "/h", "d", "/h/.local/share/mdkit/f",
		    "a relative variable does not count" },
		{ NULL, NULL, NULL, "nowhere without HOME" },
		{ "", "", NULL, "nor where it is empty" },
	};

	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool found;

		home = cases[i].home;
		data = cases[i].data;
		found = xdg_path(env, "XDG_DATA_HOME", ".local/share", "f", out,
		    sizeof(out));
		ok(cases[i].expected == NULL
			? !found
			: found && strcmp(out, cases[i].expected) == 0,
		    "the store is %s", cases[i].name);
	}
	home = "/h";
	data = NULL;
	ok(!xdg_path(env, "XDG_DATA_HOME", ".local/share", "f", out, 10),
	    "a path that does not fit is none");
}

/* The symbols as "SYMBOL class tier described", in order. */
static void
told(const struct selection *s, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->symbols.len && n < size; i++) {
		const struct symbol_entry *v = &s->symbols.v[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s %s %s %u",
		    i == 0 ? "" : ", ", v->symbol, asset_class_name(v->class),
		    tier_name(v->tier), v->timeframes);
	}
}

static void
selections(const char *watchlist)
{
	static const struct {
		const char *words[4], *lines;
		bool watchlist, whole;
		const char *expected, *name;
	} cases[] = {
		{ { "AAPL", "X:BTCUSD" }, "", false, false,
		    "AAPL stock standard 0, X:BTCUSD crypto standard 0",
		    "operands name symbols" },
		{ { NULL }, "", true, true,
		    "SPY etf critical 64, MSFT stock standard 0",
		    "without operands the watchlist is meant" },
		{ { "SPY", "QQQ" }, "", true, false,
		    "SPY etf critical 64, QQQ stock standard 0",
		    "operands pick from it, and add to it" },
		{ { "-" }, "SPY\t1h\nAAPL\n", true, false,
		    "SPY etf critical 16, AAPL stock standard 0",
		    "lines are described by it, and keep their timeframes" },
		{ { "-" }, "", false, false, "", "no line is no symbol" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct selection s;
		struct md_error e;
		char *argv[4] = { NULL }, text[256];
		int argc = 0;
		FILE *in = tmpfile();
		bool good = in != NULL && fputs(cases[i].lines, in) >= 0 &&
			    fseek(in, 0, SEEK_SET) == 0;

		while (cases[i].words[argc] != NULL) {
			argv[argc] = strdup(cases[i].words[argc]);
			argc++;
		}
		good = good && selection_read(&s, argc, argv, in,
				   cases[i].watchlist ? watchlist : NULL, &e);
		if (good)
			told(&s, text, sizeof(text));
		ok(good && s.whole == cases[i].whole &&
			strcmp(text, cases[i].expected) == 0,
		    "%s", cases[i].name);
		selection_free(&s);
		while (argc > 0)
			free(argv[--argc]);
		if (in != NULL)
			(void)fclose(in);
	}
}

int
main(void)
{
	char path[] = "/tmp/watchlist.XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "SPY class=etf tier=critical "
				   "timeframes=1d\nMSFT\n";

	places();
	if (ok(fd >= 0 && write(fd, text, sizeof(text) - 1) > 0,
		"a watchlist is there"))
		selections(path);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
	}
	return done();
}
