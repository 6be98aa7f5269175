#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ARGS     10

/* -- a program -- */

struct opts {
	int64_t jobs, days;
	char list[64], color[16];
	int verbose;
	bool quiet;
	char seed[16];
};

static bool
take_jobs(void *into, const char *v, bool first, struct md_error *e)
{
	(void)first;
	return option_int(v, 1, 64, &((struct opts *)into)->jobs, e);
}

static bool
take_days(void *into, const char *v, bool first, struct md_error *e)
{
	(void)first;
	return option_duration(v, &((struct opts *)into)->days, e);
}

static bool
take_list(void *into, const char *v, bool first, struct md_error *e)
{
	struct opts *o = into;
	size_t n = first ? 0 : strlen(o->list);

	(void)e;
	(void)snprintf(o->list + n, sizeof(o->list) - n, "%s%s", n ? "," : "",
	    v);
	return true;
}

static bool
take_quiet(void *into, const char *v, bool first, struct md_error *e)
{
	(void)first;
	(void)e;
	((struct opts *)into)->quiet = v == NULL;
	return true;
}

static bool
take_verbose(void *into, const char *v, bool first, struct md_error *e)
{
	struct opts *o = into;

	(void)v;
	(void)e;
	o->verbose = first ? 1 : o->verbose + 1;
	return true;
}

static bool
take_color(void *into, const char *v, bool first, struct md_error *e)
{
	struct opts *o = into;

	(void)first;
	(void)e;
	(void)snprintf(o->color, sizeof(o->color), "%s", v);
	return true;
}

static bool
take_seed(void *into, const char *v, bool first, struct md_error *e)
{
	struct opts *o = into;

	(void)first;
	(void)e;
	(void)snprintf(o->seed, sizeof(o->seed), "%s", v == NULL ? "any" : v);
	return true;
}

static const struct option_spec specs[] = {
	{ 'j', "jobs", "N", "concurrent jobs", take_jobs, "T_JOBS", "jobs",
	    NULL },
	{ '\0', "days", "TIME", "how far back", take_days, "T_DAYS", "stagger",
	    NULL },
	{ 't', "timeframes", "LIST", "the reader's [own] timeframes", take_list,
	    "T_LIST", "timeframes", "1m 1h 1d" },
	{ 'q', "quiet", NULL, "say nothing", take_quiet, NULL, NULL, NULL },
	{ 'v', "verbose", NULL, "say more", take_verbose, NULL, NULL, NULL },
	{ '\0', "color", "WHEN", "colours", take_color, NULL, "color",
	    "auto always never" },
	{ '\0', "seed", "[SEED]", "start from a seed", take_seed, NULL, NULL,
	    NULL },
	{ '\0', "out", "FILE", "write here", take_color, NULL, NULL, "@file" },
	{ '\0', "cache", "DIR", "keep here", take_color, NULL, NULL, "@dir" },
	{ '\0', NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct option_spec settings[] = {
	{ .take = take_color, .conf = "staleness.by" },
	{ .conf = NULL },
};

static const struct program program = { "mdtest", "[SYMBOL...]",
	"tests options", specs, settings };
static const struct program no_operands = { "mdtest", NULL, "tests options",
	specs, NULL };

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
		{ 3, 30, "default", "auto", 0, false, "" }, { MD_OK, "" }, "",
		NULL };
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
		int verbose;
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
		     good && o->name != NULL; o++)
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
