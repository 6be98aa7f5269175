/*
 * What the programs that use a store have in common on their command lines:
 * where it is, where output goes, what time it is; and, of those that report,
 * how freshness is judged.  A program's own settings begin with a struct
 * report_options.
 */
#ifndef MD_CLI_REPORT_OPTIONS_H
#define MD_CLI_REPORT_OPTIONS_H

#include "base/log.h"
#include "cli/options.h"
#include "market/alerts.h"
#include "market/objectives.h"
#include "market/staleness.h"

struct report_options {
	struct log log;
	char db[1024];
	char out[1024]; /* "": standard output */
	bool quiet;
	unsigned verbose;
	bool has_as_of;
	int64_t now_ms; /* the clock's, or --as-of */
	struct staleness_rule rule;
	struct objectives objectives;
	struct alert_bounds alerts;

	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
};

/* Rows of the option table; first how freshness is judged. */
#define REPORT_OPTIONS_FRESHNESS                                               \
	{ 0, "by", "BASIS", "look at features or at bars (features)",          \
		report_take_by, NULL, "staleness.by", BASIS_NAMES },           \
	    { 0, "clock", "CLOCK",                                             \
		    "count all time, or what the market is late (wall)",       \
		    report_take_clock, NULL, "staleness.clock", CLOCK_NAMES }, \
	    { 0, "fresh", "TIME", "below this age a series is fresh (1h)",     \
		    report_take_fresh, NULL, "staleness.fresh", NULL },        \
	    { 0, "aging", "TIME", "below this age it is aging (6h)",           \
		    report_take_aging, NULL, "staleness.aging", NULL },        \
	{                                                                      \
		0, "settle", "TIME",                                           \
		    "by the market's clock: bars are due so late (15m)",       \
		    report_take_settle, NULL, "settle", NULL                   \
	}

#define REPORT_OPTIONS_PLACES                                                  \
	{ 0, "as-of", "TIME", "as though it were this time",                   \
		report_take_as_of, NULL, NULL, NULL },                         \
	    { 0, "db", "URL", "the store (~/.local/share/mdkit/market.db)",    \
		    report_take_db, "MD_DB", "db", "@file" },                  \
	    REPORT_OPTIONS_OUTPUT("print nothing when all is well")

/* Where output goes, and how much; what quiet does is the program's. */
#define REPORT_OPTIONS_OUTPUT(when_quiet)                                      \
	{ 0, "out", "FILE", "write to FILE, whole or not at all",              \
		report_take_out, NULL, NULL, "@file" },                        \
	    { 'q', "quiet", NULL, when_quiet, report_take_quiet, NULL, NULL,   \
		    NULL },                                                    \
	    { 'v', "verbose", NULL, "say more; repeatable",                    \
		    report_take_verbose, NULL, NULL, NULL },                   \
	    { 0, "log-format", "FORMAT", "of messages: text, json",            \
		    report_take_log_format, NULL, "log_format", "text json" }, \
	{                                                                      \
		0, "color", "WHEN", "auto, always, never", report_take_color,  \
		    NULL, "color", "auto always never"                         \
	}

option_take report_take_by, report_take_clock, report_take_fresh,
    report_take_aging, report_take_settle, report_take_as_of, report_take_db,
    report_take_out, report_take_quiet, report_take_verbose,
    report_take_log_format, report_take_color;

/* Keys of the configuration that no option stands for. */
extern const struct option_spec report_settings[];

/* Talk goes to the file, as from the program of that name. */
void report_options_init(struct report_options *, const char *program,
    FILE *talk);

/*
 * What is not said on the command line (env: getenv, or a test's own), and
 * whether it all fits together.
 */
bool report_options_finish(struct report_options *, char *(*env)(const char *),
    struct md_error *);

/* Is output to be coloured?  terminal: it goes to one. */
bool report_options_color(const struct report_options *, bool terminal,
    char *(*env)(const char *));

/* A list of tiers, "critical" or "critical,low": bits. */
bool tiers_parse(const char *, unsigned *bits, struct md_error *);

#endif
