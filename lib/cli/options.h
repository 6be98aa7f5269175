/*
 * One option table feeds everything: parsing, the usage text, the completions
 * of three shells, and where else a value may come from.  Flags beat the
 * environment, the environment beats the configuration file, that beats the
 * default.  Past options_parse() nothing sees text, argv or the environment.
 */
#ifndef MD_CLI_OPTIONS_H
#define MD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

struct option_spec;

struct option_value {
	const struct option_spec *row;
	const char *text; /* null for a flag, or when it was left out */
	/* Nothing was taken from this source before (configuration,
	 * environment or flags), so a list starts anew. */
	bool first;
	bool typed; /* it is of the command line */
};

/*
 * Takes one value into the program's settings.  MD_EUSAGE says what was
 * expected, without naming the option.
 */
typedef bool option_take(void *into, const struct option_value *,
    struct md_error *);

/* What a value is, and the type of the member that it goes to. */
enum option_kind {
	OPTION_END,
	OPTION_GROUP,   /* the rows of another table, in this place */
	OPTION_OWN,     /* what take makes of it */
	OPTION_FLAG,    /* none; a bool, or an integer that becomes 1 */
	OPTION_MORE,    /* none; an integer that grows by 1 */
	OPTION_TEXT,    /* char[], not empty and short enough */
	OPTION_WORD,    /* char[]: one of words */
	OPTION_CHOICE,  /* an integer: min for the first of words, and so on */
	OPTION_WORDS,   /* unsigned: the bits that parse finds; they add up */
	OPTION_ARGV,    /* const char *: the word itself, of argv alone */
	OPTION_COUNT,   /* an integer, of min to max units */
	OPTION_AUTO,    /* an integer, of min to max; "auto" is 0 */
	OPTION_TIME,    /* an integer: ms, or that many units of them */
	OPTION_REAL,    /* double: 0 to max */
	OPTION_PERCENT, /* double: "10%" or "10" */
	OPTION_PACE,    /* double: requests a minute; "adapt" is 0 */
	OPTION_DATE,    /* md_date */
};

struct option_spec {
	enum option_kind kind;
	char letter;          /* '\0' when it has a long name only */
	bool repeatable;      /* each adds to those before; help says so */
	const char *name;     /* "max-retries"; null: a key of the configuration
			       * that no option stands for */
	const char *argument; /* "N", "FILE"; "[N]" may be left out
			       * (--name=N); null for a flag */
	/* Of a value that may be left out: is the next word one?  Null: only
	 * what stands behind "=" is. */
	bool (*follows)(const char *word);
	const char *help;    /* one phrase, in lower case */
	const char *env;     /* environment variable of the same meaning */
	const char *setting; /* key of the configuration, "jobs" */
	const char *words;   /* for completion, or "@file" or "@dir" */
	const char *refusal; /* "expected 1s to 24h", where the kind does not
			      * say it all */
	size_t offset, size; /* OPTION_AT(): where the value goes */
	size_t given;        /* OPTION_GIVEN(): where true goes; 0: nowhere */
	int64_t min, max;    /* of a time: max 0 is any */
	int64_t unit;        /* 0: 1 */
	bool (*parse)(const char *, unsigned *bits, struct md_error *);
	/* Takes the value of OPTION_OWN; of another kind, what else is to be
	 * done once it is where it goes.  May be null. */
	option_take *take;
	/* Of a group: its rows, for settings that begin with the struct that
	 * they are about.  name and help, if any, say which of the rows reads
	 * otherwise in this program, and how. */
	const struct option_spec *group;
};

/* The member of the settings that a row is about. */
#define OPTION_AT(type, member)                                                \
	.offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define OPTION_GIVEN(type, member) .given = offsetof(type, member)

/* Rows of an option with a value, of one without, of a key alone: what each
 * of them has, then what this one has, by name. */
#define OPTION_ROW(name_, argument_, help_, kind_, ...)                        \
	{                                                                      \
		.name = (name_), .argument = (argument_), .help = (help_),     \
		.kind = (kind_), __VA_ARGS__                                   \
	}
#define OPTION_SWITCH(name_, help_, kind_, ...)                                \
	{                                                                      \
		.name = (name_), .help = (help_), .kind = (kind_), __VA_ARGS__ \
	}
#define OPTION_KEY(setting_, kind_, ...)                                       \
	{                                                                      \
		.setting = (setting_), .kind = (kind_), __VA_ARGS__            \
	}

struct program {
	const char *name;
	const char *operands; /* "[SYMBOL...|-]"; null when it takes none */
	const char *summary;  /* one line */
	const struct option_spec *options; /* OPTION_END ends them */
	bool no_configuration;             /* none is read unless it is named */
	/* Of a const char * in the settings, to which --config's FILE of argv
	 * goes; 0: nowhere. */
	size_t config_at;
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

/* Takes a value as its row says. */
bool option_take_value(void *into, const struct option_value *,
    struct md_error *);

/* -- values, for takers of a program's own; *out is set when true -- */
bool option_int(const char *value, int64_t min, int64_t max, int64_t *out,
    struct md_error *);
/* A text that is not empty and fits, with its NUL, into so many bytes. */
bool option_text(const char *value, char *out, size_t size, struct md_error *);

#endif
