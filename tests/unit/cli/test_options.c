#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "cli/options.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ARGS     10

/* -- a program -- */

struct opts {
	int64_t jobs, days;
	char list[64], color[16];
	unsigned verbose;
	bool quiet;
	char seed[16];
	int count, unit;
	bool counted;
	unsigned choice, words;
	double percent, real, pace;
	md_date date;
	const char *argv;
};

static bool
take_list(void *into, const struct option_value *v, struct md_error *e)
{
	struct opts *o = into;
	size_t n = v->first ? 0 : strlen(o->list);

	(void)e;
	(void)snprintf(o->list + n, sizeof(o->list) - n, "%s%s", n ? "," : "",
	    v->text);
	return true;
}

static bool
take_color(void *into, const struct option_value *v, struct md_error *e)
{
	struct opts *o = into;

	(void)e;
	(void)snprintf(o->color, sizeof(o->color), "%s", v->text);
	return true;
}

static bool
take_seed(void *into, const struct option_value *v, struct md_error *e)
{
	struct opts *o = into;

	(void)e;
	(void)snprintf(o->seed, sizeof(o->seed), "%s",
	    v->text == NULL ? "any" : v->text);
	return true;
}

#define AT(member) OPTION_AT(struct opts, member)

static bool
odd_bits(const char *value, unsigned *bits, struct md_error *e)
{
	*bits = value[0] == 'a' ? 1 : 4;
	return value[0] != 'x' || md_fail(e, MD_EUSAGE, "expected no x");
}

static const struct option_spec specs[] = {
	OPTION_ROW("jobs", "N", "concurrent jobs", OPTION_COUNT, AT(jobs),
	    .min = 1, .max = 64, .letter = 'j', .env = "T_JOBS",
	    .setting = "jobs"),
	OPTION_ROW("days", "TIME", "how far back", OPTION_TIME, AT(days),
	    .env = "T_DAYS", .setting = "stagger"),
	OPTION_ROW("timeframes", "LIST", "the reader's [own] timeframes",
	    OPTION_OWN, .take = take_list, .letter = 't', .env = "T_LIST",
	    .setting = "timeframes", .words = "1m 1h 1d"),
	OPTION_SWITCH("quiet", "say nothing", OPTION_FLAG, AT(quiet),
	    .letter = 'q'),
	OPTION_SWITCH("verbose", "say more", OPTION_MORE, AT(verbose),
	    .letter = 'v', .repeatable = true),
	OPTION_ROW("color", "WHEN", "colours", OPTION_OWN, .take = take_color,
	    .setting = "color", .words = "auto always never"),
	OPTION_ROW("seed", "[SEED]", "start from a seed", OPTION_OWN,
	    .take = take_seed),
	OPTION_ROW("out", "FILE", "write here", OPTION_OWN, .take = take_color,
	    .words = "@file"),
	OPTION_ROW("cache", "DIR", "keep here", OPTION_OWN, .take = take_color,
	    .words = "@dir"),
	{ .kind = OPTION_END },
};

static const struct option_spec kinds[] = {
	OPTION_ROW("count", "N", "a count", OPTION_COUNT, AT(count), .max = 9,
	    OPTION_GIVEN(struct opts, counted), .unit = 10),
	OPTION_ROW("seconds", "TIME", "a time", OPTION_TIME, AT(unit),
	    .min = 1000, .max = 60000, .unit = 1000,
	    .refusal = "expected 1s to 1m"),
	OPTION_ROW("text", "TEXT", "a text", OPTION_TEXT, AT(seed)),
	OPTION_ROW("word", "WORD", "a word", OPTION_WORD, AT(color),
	    .words = "table json"),
	OPTION_ROW("choice", "WORD", "a choice", OPTION_CHOICE, AT(choice),
	    .min = 1, .words = "one two both",
	    .refusal = "expected one, two or both"),
	OPTION_ROW("words", "WORD", "words", OPTION_WORDS, AT(words),
	    .parse = odd_bits),
	OPTION_ROW("argv", "TEXT", "as it is", OPTION_ARGV, AT(argv)),
	OPTION_ROW("real", "N", "a number", OPTION_REAL, AT(real), .max = 100),
	OPTION_ROW("percent", "N", "a share", OPTION_PERCENT, AT(percent)),
	OPTION_ROW("pace", "N/s", "a pace", OPTION_PACE, AT(pace)),
	OPTION_ROW("date", "DATE", "a day", OPTION_DATE, AT(date)),
	OPTION_SWITCH("one", "a flag that is a number", OPTION_FLAG, AT(jobs)),
	{ .kind = OPTION_END },
};

static const struct option_spec settings[] = {
	{ .kind = OPTION_GROUP, .group = specs },
	OPTION_KEY("staleness.by", OPTION_OWN, .take = take_color),
	{ .kind = OPTION_END },
};

static const struct option_spec other[] = {
	{ .kind = OPTION_GROUP,
	    .group = specs,
	    .name = "quiet",
	    .help = "be quieter" },
	{ .kind = OPTION_END },
};

static const struct program program = { .name = "mdtest",
	.operands = "[SYMBOL...]",
	.summary = "tests options",
	.options = settings };
static const struct program no_operands = { .name = "mdtest",
	.summary = "tests options",
	.options = other };
static const struct program of_kinds = { .name = "mdtest",
	.summary = "tests kinds",
	.options = kinds };

/* -- its surroundings -- */

static const char *const *environment;

static char *
env(const char *name)
{
	static char value[64];
	size_t n = strlen(name);

	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
		if (strncmp(environment[i], name, n) == 0 &&
		    environment[i][n] == '=') {
			(void)snprintf(value, sizeof(value), "%s",
			    environment[i] + n + 1);
			return value;
		}
	return NULL;
}

static char config_path[] = "/tmp/test_options.XXXXXX";

static void
write_config(const char *text)
{
	FILE *f = fopen(config_path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		printf("Bail out! %s cannot be written\n", config_path);
}

struct outcome {
	enum options_result result;
	struct opts o;
	struct md_error e;
	char operands[64]; /* joined by blanks */
	char *shown;
};

static struct outcome
parse(const struct program *p, const char *const *args, const char *config)
{
	struct outcome r = { OPTIONS_BAD,
		{ .jobs = 3, .days = 30, .list = "default", .color = "auto" },
		{ MD_OK, "" }, "", NULL };
	const struct options_sources from = { env, config };
	char words[ARGS + 1][64], *argv[ARGS + 2];
	int argc = 1, at = 0;
	size_t len;
	FILE *out = open_memstream(&r.shown, &len);

	(void)snprintf(words[0], sizeof(words[0]), "mdtest");
	argv[0] = words[0];
	for (; argc <= ARGS && args[argc - 1] != NULL; argc++) {
		(void)snprintf(words[argc], sizeof(words[argc]), "%s",
		    args[argc - 1]);
		argv[argc] = words[argc];
	}
	argv[argc] = NULL;
	r.result = options_parse(p, argc, argv, &from, &r.o, &at, out, &r.e);
	(void)fclose(out);
	for (; r.result == OPTIONS_RUN && at < argc; at++)
		(void)snprintf(r.operands + strlen(r.operands),
		    sizeof(r.operands) - strlen(r.operands), "%s%s",
		    r.operands[0] == '\0' ? "" : " ", argv[at]);
	return r;
}

/* -- what is taken -- */

static void
good_words(void)
{
	static const struct {
		const char *name, *args[ARGS];
		int64_t jobs;
		const char *list;
		unsigned verbose;
		bool quiet;
		const char *seed, *operands;
	} cases[] = {
		{ "no words are the defaults", { NULL }, 3, "default", 0, false,
		    "", "" },
		{ "a long option and its value", { "--jobs", "5", NULL }, 5,
		    "default", 0, false, "", "" },
		{ "the same joined", { "--jobs=5", NULL }, 5, "default", 0,
		    false, "", "" },
		{ "a letter and its value", { "-j", "5", NULL }, 5, "default",
		    0, false, "", "" },
		{ "the same joined as a letter", { "-j5", NULL }, 5, "default",
		    0, false, "", "" },
		{ "a cluster of letters", { "-qv", NULL }, 3, "default", 1,
		    true, "", "" },
		{ "a cluster with a value at its end", { "-qvj5", "A", NULL },
		    5, "default", 1, true, "", "A" },
		{ "a flag given thrice", { "-vv", "--verbose", NULL }, 3,
		    "default", 3, false, "", "" },
		{ "the last of two counts", { "-j5", "-j7", NULL }, 7,
		    "default", 0, false, "", "" },
		{ "a list grows", { "-t", "1d", "A", "-t1h", NULL }, 3, "1d,1h",
		    0, false, "", "A" },
		{ "operands may stand before options",
		    { "A", "-j5", "B", "-", NULL }, 5, "default", 0, false, "",
		    "A B -" },
		{ "-- ends options", { "-q", "--", "-j", "--jobs", NULL }, 3,
		    "default", 0, true, "", "-j --jobs" },
		{ "-- may be a value", { "-t", "--", "A", NULL }, 3, "--", 0,
		    false, "", "A" },
		{ "a value may look like an option", { "-t", "-q", NULL }, 3,
		    "-q", 0, false, "", "" },
		{ "a value may be left out", { "--seed", "7", NULL }, 3,
		    "default", 0, false, "any", "7" },
		{ "or joined", { "--seed=7", NULL }, 3, "default", 0, false,
		    "7", "" },
		{ "an empty value is one", { "--timeframes=", NULL }, 3, "", 0,
		    false, "", "" },
	};

	environment = NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome r = parse(&program, cases[i].args, NULL);

		if (!ok(r.result == OPTIONS_RUN && r.o.jobs == cases[i].jobs &&
			    strcmp(r.o.list, cases[i].list) == 0 &&
			    r.o.verbose == cases[i].verbose &&
			    r.o.quiet == cases[i].quiet &&
			    strcmp(r.o.seed, cases[i].seed) == 0 &&
			    strcmp(r.operands, cases[i].operands) == 0,
			"%s", cases[i].name))
			printf("# %d '%s' %s\n", r.result, r.operands,
			    r.e.text);
		free(r.shown);
	}
}

static void
bad_words(void)
{
	static const struct {
		const char *name, *args[ARGS], *error;
	} cases[] = {
		{ "an unknown option", { "--bogus", NULL },
		    "--bogus: no such option; see mdtest -h" },
		{ "one that is nearly one", { "--quite", NULL },
		    "--quite: no such option, but --quiet is one; "
		    "see mdtest -h" },
		{ "one that is as near to nothing", { "--quxxt=S3CR3T", NULL },
		    "--quxxt: no such option; see mdtest -h" },
		{ "one longer than any",
		    { "--quiet-and-then-more-than-an-option-ever-has", NULL },
		    "--quiet-and-then-more-than-an-option-ever-has: "
		    "no such option; see mdtest -h" },
		{ "one with a value, which is not repeated",
		    { "--key=S3CR3T", NULL },
		    "--key: no such option; see mdtest -h" },
		{ "an unknown letter", { "-x", NULL },
		    "-x: no such option; see mdtest -h" },
		{ "an unknown letter in a cluster", { "-qxv", NULL },
		    "-x: no such option; see mdtest -h" },
		{ "a value missing", { "--jobs", NULL },
		    "--jobs: expected N after it" },
		{ "a letter's value missing", { "-q", "-j", NULL },
		    "--jobs: expected N after it" },
		{ "a value missing at the end of a cluster", { "-qj", NULL },
		    "--jobs: expected N after it" },
		{ "a value on a flag", { "--quiet=yes", NULL },
		    "--quiet: takes no value; see mdtest -h" },
		{ "a value on help", { "--help=me", NULL },
		    "--help: takes no value; see mdtest -h" },
		{ "a value that is none", { "-j", "many", NULL },
		    "--jobs: 'many': expected a whole number from 1 to 64" },
		{ "one out of range", { "-j0", NULL },
		    "--jobs: '0': expected a whole number from 1 to 64" },
		{ "one past all numbers", { "-j99999999999999999999", NULL },
		    "--jobs: '99999999999999999999': expected a whole number "
		    "from 1 to 64" },
		{ "an empty one", { "--jobs=", NULL },
		    "--jobs: '': expected a whole number from 1 to 64" },
		{ "a length of time that is none", { "--days", "soon", NULL },
		    "--days: 'soon': expected a length of time such as 30s, "
		    "5m or 1.5h" },
		{ "a shell that is none", { "--completions", "csh", NULL },
		    "--completions: 'csh': expected bash, zsh or fish" },
	};

	environment = NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome r = parse(&program, cases[i].args, NULL);

		if (!ok(r.result == OPTIONS_BAD &&
			    strcmp(r.e.text, cases[i].error) == 0,
			"%s is refused: %s", cases[i].name, cases[i].error))
			printf("# %s\n", r.e.text);
		free(r.shown);
	}
}

static void
good_kinds(void)
{
	static const char *const args[] = { "--count=3", "--seconds=2s",
		"--text=ab", "--word=json", "--choice=both", "--words=a",
		"--words=b", "--percent=5%", "--pace=2/s", "--one", NULL };
	static const char *const more[] = { "--argv=", "--real=1.5",
		"--date=1970-01-03", "--pace=adapt", "--percent", "7",
		"--words=b", NULL };
	struct outcome r;

	environment = NULL;
	r = parse(&of_kinds, args, NULL);
	ok(r.result == OPTIONS_RUN && r.o.count == 30 && r.o.counted &&
		r.o.unit == 2 && strcmp(r.o.seed, "ab") == 0 &&
		strcmp(r.o.color, "json") == 0 && r.o.choice == 3 &&
		r.o.words == 5 && fabs(r.o.percent - 5) < 1e-9 &&
		fabs(r.o.pace - 120) < 1e-9 && r.o.jobs == 1,
	    "each kind of value goes to its member");
	free(r.shown);
	r = parse(&of_kinds, more, NULL);
	ok(r.result == OPTIONS_RUN && r.o.argv != NULL && !r.o.counted &&
		fabs(r.o.real - 1.5) < 1e-9 && r.o.date == 2 &&
		fabs(r.o.pace) < 1e-9 && fabs(r.o.percent - 7) < 1e-9 &&
		r.o.words == 4,
	    "and the others do");
	free(r.shown);
}

static void
bad_kinds(void)
{
	static const struct {
		const char *word, *error;
	} cases[] = {
		{ "--count=10", "'10': expected a whole number from 0 to 9" },
		{ "--seconds=61s", "'61s': expected 1s to 1m" },
		{ "--seconds=x", "'x': expected a length of time such as 30s, "
				 "5m or 1.5h" },
		{ "--text=", "expected 1 to 15 bytes of text" },
		{ "--text=0123456789abcdef", "expected 1 to 15 bytes of text" },
		{ "--word=tab", "'tab': expected one of table json" },
		{ "--word=", "'': expected one of table json" },
		{ "--word=table json",
		    "'table json': expected one of table json" },
		{ "--choice=three", "'three': expected one, two or both" },
		{ "--words=x", "expected no x" },
		{ "--real=101", "'101': expected a number from 0 to 100" },
		{ "--percent=%", "'%': expected a percentage such as 10%" },
		{ "--date=soon", "'soon': expected a date such as 2024-07-01" },
	};

	environment = NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *args[] = { cases[i].word, NULL };
		struct outcome r = parse(&of_kinds, args, NULL);
		const char *text = strstr(r.e.text, ": ");

		if (!ok(r.result == OPTIONS_BAD && text != NULL &&
			    strcmp(text + 2, cases[i].error) == 0,
			"%s is refused", cases[i].word))
			printf("# %s\n", r.e.text);
		free(r.shown);
	}
}

static void
groups(void)
{
	static const char *const args[] = { "-h", NULL };
	struct outcome r = parse(&no_operands, args, NULL);

	ok(r.result == OPTIONS_SHOWN &&
		strstr(r.shown, "be quieter\n") != NULL &&
		strstr(r.shown, "say nothing") == NULL,
	    "a group's row may read otherwise in a program");
	ok(strstr(r.shown, "say more; repeatable\n") != NULL,
	    "help says what is repeatable");
	free(r.shown);
}

static void
operands(void)
{
	static const char *const args[] = { "-q", "AAPL", NULL };
	static const char *const none[] = { "-q", "--", NULL };
	struct outcome r = parse(&no_operands, args, NULL);

	ok(r.result == OPTIONS_BAD &&
		strcmp(r.e.text, "AAPL: unexpected; see mdtest -h") == 0,
	    "a program without operands refuses one");
	free(r.shown);
	r = parse(&no_operands, none, NULL);
	ok(r.result == OPTIONS_RUN, "-- alone is no operand");
	free(r.shown);
}

/* -- where values come from -- */

static void
precedence(void)
{
	static const struct {
		const char *name, *config, *env[4], *args[ARGS];
		int64_t jobs;
		const char *list;
	} cases[] = {
		{ "the default", NULL, { NULL }, { NULL }, 3, "default" },
		{ "the configuration beats the default",
		    "{\"jobs\": 4, \"timeframes\": [\"1d\", \"1h\"]}", { NULL },
		    { NULL }, 4, "1d,1h" },
		{ "the environment beats the configuration",
		    "{\"jobs\": 4, \"timeframes\": [\"1d\", \"1h\"]}",
		    { "T_JOBS=5", "T_LIST=1w", NULL }, { NULL }, 5, "1w" },
		{ "flags beat the environment", "{\"jobs\": 4}",
		    { "T_JOBS=5", "T_LIST=1w", NULL },
		    { "-j6", "-t1m", "-t5m", NULL }, 6, "1m,5m" },
		{ "flags beat the configuration",
		    "{\"jobs\": 4, \"timeframes\": [\"1d\"]}", { NULL },
		    { "-t", "1m", NULL }, 4, "1m" },
		{ "an empty variable is none", "{\"jobs\": 4}",
		    { "T_JOBS=", NULL }, { NULL }, 4, "default" },
		{ "an empty list says nothing", "{\"timeframes\": []}",
		    { NULL }, { NULL }, 3, "default" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome r;

		environment = cases[i].env;
		if (cases[i].config != NULL)
			write_config(cases[i].config);
		r = parse(&program, cases[i].args,
		    cases[i].config == NULL ? NULL : config_path);
		if (!ok(r.result == OPTIONS_RUN && r.o.jobs == cases[i].jobs &&
			    strcmp(r.o.list, cases[i].list) == 0,
			"precedence: %s", cases[i].name))
			printf("# %s: %d %s\n", r.e.text, (int)r.o.jobs,
			    r.o.list);
		free(r.shown);
	}
}

static void
which_configuration(void)
{
	static const char *const none[] = { NULL };
	const char *by_flag[] = { "--config", config_path, NULL };
	char by_env[80];
	const char *variables[] = { by_env, NULL };
	struct outcome r;

	write_config("{\"jobs\": 9}");
	(void)snprintf(by_env, sizeof(by_env), "MD_CONFIG=%s", config_path);
	environment = NULL;
	r = parse(&program, by_flag, NULL);
	ok(r.result == OPTIONS_RUN && r.o.jobs == 9, "--config names the file");
	free(r.shown);
	environment = variables;
	r = parse(&program, none, "/nonexistent/default.json");
	ok(r.result == OPTIONS_RUN && r.o.jobs == 9, "so does MD_CONFIG");
	free(r.shown);
	(void)snprintf(by_env, sizeof(by_env), "MD_CONFIG=/nonexistent/x");
	r = parse(&program, by_flag, NULL);
	ok(r.result == OPTIONS_RUN && r.o.jobs == 9, "--config beats it");
	free(r.shown);
	r = parse(&program, none, NULL);
	ok(r.result == OPTIONS_BAD && r.e.code == MD_ECONFIG &&
		strstr(r.e.text, "/nonexistent/x") != NULL,
	    "one that is named must be there");
	free(r.shown);
	environment = NULL;
	r = parse(&program, none, "/nonexistent/default.json");
	ok(r.result == OPTIONS_RUN && r.o.jobs == 3,
	    "the default one need not be");
	free(r.shown);
}

static void
keys_without_an_option(void)
{
	static const char *const none[] = { NULL };
	struct outcome r;

	environment = NULL;
	write_config("{\"jobs\": 4, \"staleness\": {\"by\": \"bars\"}}");
	r = parse(&program, none, config_path);
	ok(r.result == OPTIONS_RUN && r.o.jobs == 4 &&
		strcmp(r.o.color, "bars") == 0,
	    "a key that no option stands for is taken");
	free(r.shown);
	r = parse(&no_operands, none, config_path);
	ok(r.result == OPTIONS_RUN && r.o.jobs == 4 &&
		strcmp(r.o.color, "bars") != 0,
	    "by the programs that know it");
	free(r.shown);
}

static void
bad_sources(void)
{
	static const char *const none[] = { NULL };
	static const char *const variables[] = { "T_JOBS=many", NULL };
	char expected[128];
	struct outcome r;

	environment = variables;
	r = parse(&program, none, NULL);
	ok(r.result == OPTIONS_BAD &&
		strcmp(r.e.text, "T_JOBS: 'many': expected a whole number "
				 "from 1 to 64") == 0,
	    "a bad variable is named");
	free(r.shown);
	environment = NULL;
	write_config("{\n  \"jobs\": 100\n}");
	r = parse(&program, none, config_path);
	(void)snprintf(expected, sizeof(expected),
	    "%s:2:3: jobs: '100': expected a whole number from 1 to 64",
	    config_path);
	ok(r.result == OPTIONS_BAD && r.e.code == MD_ECONFIG &&
		strcmp(r.e.text, expected) == 0,
	    "a bad value of the configuration is named with its place");
	free(r.shown);
}

/* -- what is shown -- */

static void
shown(void)
{
	static const struct {
		const char *name, *args[ARGS], *says;
	} cases[] = {
		{ "help", { "-h", NULL }, "usage: mdtest [options] [SYMBOL" },
		{ "help names every option", { "--help", NULL },
		    "--seed[=SEED]" },
		{ "help names variables", { "-h", NULL }, "[T_JOBS]" },
		{ "help beats a value that is none", { "-j", "x", "-h", NULL },
		    "usage: mdtest" },
		{ "the version", { "-V", NULL }, "mdtest " MD_VERSION "\n" },
		{ "a bash completion", { "--completions", "bash", NULL },
		    "complete" },
		{ "bash completes words", { "--completions=bash", NULL },
		    "auto always never" },
		{ "a zsh completion", { "--completions", "zsh", NULL },
		    "#compdef mdtest" },
		{ "zsh completes words", { "--completions", "zsh", NULL },
		    "auto always never" },
		{ "a fish completion", { "--completions", "fish", NULL },
		    "complete -c mdtest" },
		{ "fish completes words", { "--completions", "fish", NULL },
		    "auto always never" },
	};

	environment = NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome r = parse(&program, cases[i].args, NULL);

		ok(r.result == OPTIONS_SHOWN &&
			strstr(r.shown, cases[i].says) != NULL &&
			r.shown[strlen(r.shown) - 1] == '\n',
		    "%s is shown", cases[i].name);
		free(r.shown);
	}
}

static void
nothing_else_is_shown(void)
{
	static const char *const good[] = { "-q", "A", NULL };
	static const char *const bad[] = { "--bogus", "-h", NULL };
	struct outcome r = parse(&program, good, NULL);

	ok(r.result == OPTIONS_RUN && r.shown[0] == '\0',
	    "a program that runs is shown nothing");
	free(r.shown);
	r = parse(&program, bad, NULL);
	ok(r.result == OPTIONS_BAD && r.shown[0] == '\0',
	    "nor is one that was misused");
	free(r.shown);
}

/* Shells' completions name every option. */
static void
completions(void)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	environment = NULL;
	for (size_t i = 0; i < COUNT(shells); i++) {
		const char *args[] = { "--completions", shells[i], NULL };
		struct outcome r = parse(&program, args, NULL);
		bool good = r.result == OPTIONS_SHOWN;

		for (const struct option_spec *o = specs;
		     good && o->kind != OPTION_END; o++)
			good = strstr(r.shown, o->name) != NULL;
		ok(good, "every option is in %s's completion", shells[i]);
		free(r.shown);
	}
}

int
main(void)
{
	int fd = mkstemp(config_path);

	if (fd < 0) {
		printf("Bail out! no file to write to\n");
		return 1;
	}
	(void)close(fd);
	good_words();
	bad_words();
	good_kinds();
	bad_kinds();
	groups();
	operands();
	precedence();
	which_configuration();
	keys_without_an_option();
	bad_sources();
	shown();
	nothing_else_is_shown();
	completions();
	(void)unlink(config_path);
	return done();
}
