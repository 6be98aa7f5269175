#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/config.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char path[] = "/tmp/test_config.XXXXXX";

static bool
load(const char *text, struct config **c, struct md_error *e)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
		printf("Bail out! %s cannot be written\n", path);
		return false;
	}
	*c = NULL;
	e->code = MD_OK;
	return config_load(path, c, e);
}

static bool
text_is(const struct config *c, const char *key, size_t i, const char *expected)
{
	char text[64] = "";

	config_text(c, key, i, text, sizeof(text));
	if (strcmp(text, expected) != 0)
		printf("# %s: got '%s'\n", key, text);
	return strcmp(text, expected) == 0;
}

static void
values(void)
{
	struct config *c;
	struct md_error e;
	char text[4];

	if (!ok(load("{ \"db\": \"/var/lib/market.db\", \"days\": 30,\n"
		     "  \"backoff_cap\": 0.1, \"stagger\": \"2s\",\n"
		     "  \"timeframes\": [\"1d\", \"1h\"] }\n",
		    &c, &e),
		"a file of known keys is read")) {
		printf("# %s\n", e.text);
		return;
	}
	ok(config_count(c, "db") == 1 &&
		text_is(c, "db", 0, "/var/lib/market.db"),
	    "a string is its text");
	ok(text_is(c, "days", 0, "30") && text_is(c, "backoff_cap", 0, "0.1"),
	    "a number is written shortest");
	ok(text_is(c, "stagger", 0, "2s"), "a length of time may be a string");
	ok(config_count(c, "timeframes") == 2 &&
		text_is(c, "timeframes", 0, "1d") &&
		text_is(c, "timeframes", 1, "1h"),
	    "a list has its values");
	ok(config_count(c, "rate") == 0, "a key that is absent has none");
	config_text(c, "db", 0, text, sizeof(text));
	ok(strcmp(text, "/va") == 0, "a text that does not fit is cut");
	config_free(c);
	ok(load("{\"alerts\": {\"failed_percent\": 12.5},\n"
		" \"objectives\": {\"rpo\": {\"low\": \"2d\"}, "
		"\"rto\": {}}}",
	       &c, &e) &&
		text_is(c, "alerts.failed_percent", 0, "12.5") &&
		text_is(c, "objectives.rpo.low", 0, "2d") &&
		config_count(c, "objectives.rpo.critical") == 0 &&
		config_count(c, "staleness.fresh") == 0,
	    "objects within have values of their own");
	config_free(c);
	ok(load("{\"calendar\": {\"early\": {\"b\": \"1\", \"a\": \"=2\"}}}",
	       &c, &e) &&
		config_count(c, "calendar.early") == 2 &&
		text_is(c, "calendar.early", 0, "b=1") &&
		text_is(c, "calendar.early", 1, "a==2") &&
		config_count(c, "calendar.open") == 0,
	    "an object of strings has its members, in order");
	config_free(c);
	ok(load("{}", &c, &e) && config_count(c, "db") == 0,
	    "an empty object says nothing");
	config_free(c);
	ok(load("{\"timeframes\": []}", &c, &e) &&
		config_count(c, "timeframes") == 0,
	    "nor does an empty list");
	config_free(c);
}

/* line 0: any. */
static void
mistakes(void)
{
	static const struct {
		const char *name, *text;
		int line, column;
		const char *what;
	} cases[] = {
		{ "an unknown key", "{\n  \"db\": \"x\",\n  \"dayz\": 3\n}\n",
		    3, 3, "dayz: no such key" },
		{ "one on the first line", "{\"dbb\": \"x\"}", 1, 2,
		    "dbb: no such key" },
		{ "one whose name is also a value",
		    "{\"db\": \"color\",\n\t\"color\": 3}", 2, 2,
		    "color: expected a string" },
		{ "one whose name is also in a string of a list",
		    "{\"timeframes\": [\"days\"],\n \"days\": \"3\"}", 2, 2,
		    "days: expected a number" },
		{ "one after an escaped quote",
		    "{\"db\": \"a\\\"days\\\":\",\n \"days\": \"3\"}", 2, 2,
		    "days: expected a number" },
		{ "a key in capitals", "{\"DB\": \"x\"}", 1, 2,
		    "DB: no such key" },
		{ "a number for a string", "{\"db\": 3}", 1, 2,
		    "db: expected a string" },
		{ "a string for a number", "{\"days\": \"3\"}", 1, 2,
		    "days: expected a number" },
		{ "true for either", "{\"settle\": true}", 1, 2,
		    "settle: expected a string or a number" },
		{ "null", "{\"db\": null}", 1, 2, "db: expected a string" },
		{ "a string for a list", "{\"timeframes\": \"1d\"}", 1, 2,
		    "timeframes: expected an array of strings" },
		{ "a list of other than strings",
		    "{\"timeframes\": [\"1d\", 1]}", 1, 2,
		    "timeframes: expected an array of strings" },
		{ "a list within a list", "{\"timeframes\": [[\"1d\"]]}", 1, 2,
		    "timeframes: expected an array of strings" },
		{ "a list for a string", "{\"db\": [\"x\"]}", 1, 2,
		    "db: expected a string" },
		{ "an object for a string", "{\"db\": {\"db\": \"x\"}}", 1, 2,
		    "db: expected a string" },
		{ "a key given twice", "{\"db\": \"x\",\n \"db\": \"y\"}", 2, 0,
		    "duplicate" },
		{ "no comma", "{\"db\": \"x\"\n \"days\": 3}", 2, 0, "" },
		{ "a comma too many", "{\"db\": \"x\",\n}", 2, 0, "" },
		{ "a comment", "{\n// here\n}", 2, 0, "" },
		{ "no end", "{\"db\": \"x\"", 1, 0, "" },
		{ "something after the end", "{}\n{}", 2, 0, "" },
		{ "an unknown key in an object",
		    "{\"staleness\": {\n  \"fresh\": 3,\n  \"fres\": 3}}", 3, 3,
		    "staleness.fres: no such key" },
		{ "one of another object",
		    "{\"alerts\": {},\n \"staleness\":\n {\"no_success\": 3}}",
		    3, 3, "staleness.no_success: no such key" },
		{ "one that is an outer one",
		    "{\"staleness\": {\"db\": \"x\"}}", 1, 16,
		    "staleness.db: no such key" },
		{ "one three levels down",
		    "{\"objectives\": {\"rpo\": {\n\"critical\": \"1h\",\n"
		    "\"high\": 3}}}",
		    3, 1, "objectives.rpo.high: no such key" },
		{ "one deeper than any",
		    "{\"objectives\": {\"rpo\": {\"low\": {\"low\": 1}}}}", 1,
		    25, "objectives.rpo.low: expected a string or a number" },
		{ "another type in an object",
		    "{\"alerts\":\n{\"failed_percent\": \"20\"}}", 2, 2,
		    "alerts.failed_percent: expected a number" },
		{ "a number for an object", "{\n\"alerts\": 3}", 2, 1,
		    "alerts: expected an object" },
		{ "a list for an object", "{\n\"alerts\": [3]}", 2, 1,
		    "alerts: expected an object" },
		{ "a name with a dot in it",
		    "{\"jobs\": 3,\n\"staleness.fresh\": 3}", 2, 1,
		    "staleness.fresh: no such key" },
		{ "a key without a name", "{\n\"\": 3}", 2, 1, "no such key" },
		{ "a value that is the name of its key",
		    "{\"db\": \"staleness\",\n\"staleness\":\n"
		    "{\"by\": \"fresh\", \"fresh\": true}}",
		    3, 17, "staleness.fresh: expected a string or a number" },
		{ "a string for an object of strings",
		    "{\"calendar\": {\n\"early\": \"13:00\"}}", 2, 1,
		    "calendar.early: expected an object of strings" },
		{ "a number in an object of strings",
		    "{\"calendar\": {\"early\": {\"2026-07-02\": 13}}}", 1, 15,
		    "calendar.early: expected an object of strings" },
		{ "an object for a list",
		    "{\"calendar\": {\"closed\": {\"a\": \"b\"}}}", 1, 15,
		    "calendar.closed: expected an array of strings" },
		{ "an unknown key beside them",
		    "{\"calendar\": {\"late\": []}}", 1, 15,
		    "calendar.late: no such key" },
		{ "an array", "[\"db\"]", 1, 1, "expected a JSON object" },
		{ "an empty file", "", 1, 0, "" },
		{ "other than UTF-8", "{\"db\": \"\351\"}", 1, 0, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *c;
		struct md_error e;
		char where[64];
		bool good;

		(void)snprintf(where, sizeof(where),
		    cases[i].column > 0 ? "%s:%d:%d: " : "%s:%d:", path,
		    cases[i].line, cases[i].column);
		good = load(cases[i].text, &c, &e);
		if (!ok(!good && e.code == MD_ECONFIG && c == NULL &&
			    strncmp(e.text, where, strlen(where)) == 0 &&
			    strstr(e.text, cases[i].what) != NULL,
			"%s is refused where it stands", cases[i].name))
			printf("# %s\n", e.text);
		if (good)
			config_free(c);
	}
}

static void
places(void)
{
	struct config *c;
	struct md_error e;
	char where[300], expected[64];

	if (!load("{\n  \"timeframes\": [\"1d\"],\n\n    \"rate\": \"5\"}", &c,
		&e))
		return;
	config_where(c, "rate", where, sizeof(where));
	(void)snprintf(expected, sizeof(expected), "%s:4:5: rate", path);
	ok(strcmp(where, expected) == 0,
	    "a key's place is its line and column");
	config_free(c);
}

static void
files(void)
{
	struct config *c = NULL;
	struct md_error e = { MD_OK, "" };

	ok(!config_load("/nonexistent/mdkit.json", &c, &e) && c == NULL &&
		e.code == MD_ECONFIG &&
		strstr(e.text, "/nonexistent/mdkit.json") != NULL,
	    "a file that is not there is named");
	ok(!config_load("/tmp", &c, &e) && e.code == MD_ECONFIG,
	    "a folder is none");
	config_free(NULL);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0) {
		printf("Bail out! no file to write to\n");
		return 1;
	}
	(void)close(fd);
	values();
	mistakes();
	places();
	files();
	(void)unlink(path);
	return done();
}
