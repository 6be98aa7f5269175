/*
 * One option table feeds everything: parsing, the usage text, the completions
 * of three shells, and where else a value may come from.  Flags beat the
 * environment, the environment beats the configuration file, that beats the
 * default.  Past options_parse() nothing sees text, argv or the environment.
 */
#ifndef MD_CLI_OPTIONS_H
#define MD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/*
 * Takes one value into the program's options.  value is null for a flag.
 * first: nothing was taken from this source before (configuration,
 * environment or flags), so a list starts anew.  MD_EUSAGE says what was
 * expected, without naming the option.
 */
typedef bool option_take(void *into, const char *value, bool first,
    struct md_error *);

struct option_spec {
	char letter;      /* '\0' when it has a long name only */
	const char *name; /* "max-retries"; null ends the table */
	const char *arg;  /* "N", "FILE"; "[N]" may be left out (--name=N);
			   * null for a flag */
	const char *help; /* one phrase, in lower case */
	option_take *take;
	const char *env;    /* environment variable of the same meaning */
	const char *conf;   /* key of the configuration, "jobs" */
	const char *values; /* words for completion, "@file" or "@dir" */
};

struct program {
	const char *name;
	const char *operands; /* "[SYMBOL...|-]"; null when it takes none */
	const char *summary;  /* one line */
	const struct option_spec *options;
	/* Keys of the configuration that no option stands for; may be null.
	 * Of a row conf and take count; a null conf ends them. */
	const struct option_spec *settings;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_SHOWN, /* help, version or a completion was written to out */
	OPTIONS_BAD,   /* *e says what was wrong and what was expected */
};

/* Where values come from besides argv. */
struct options_sources {
	char *(*env)(const char *name); /* getenv, or a test's own */
	const char *config;             /* read when it exists; may be null */
};

#define OPTIONS_PATH 1024

/* The environment, and the configuration that it leads to, whose path is
 * written into config. */
struct options_sources options_sources_usual(char *(*env)(const char *),
    char config[OPTIONS_PATH]);

/*
 * Parses argv, permuting it so that operands come last: *operands is the index
 * of the first.  Every program also has -h, -V, --config FILE (MD_CONFIG) and
 * --completions SHELL.  Values are taken weakest first: configuration,
 * environment, flags.  MD_EIO when what was asked for could not be shown.
 */
enum options_result options_parse(const struct program *, int argc, char **argv,
    const struct options_sources *, void *into, int *operands, FILE *out,
    struct md_error *);

/* -- values that more than one program takes; *out is set when true -- */
bool option_int(const char *value, int64_t min, int64_t max, int64_t *out,
    struct md_error *);
bool option_duration(const char *value, int64_t *ms, struct md_error *);
/* "10%" or "10": 10, not below 0. */
bool option_percent(const char *value, double *out, struct md_error *);
/* A text that is not empty and fits, with its NUL, into so many bytes. */
bool option_text(const char *value, char *out, size_t size, struct md_error *);

#endif
