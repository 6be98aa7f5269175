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
#include "market/calendar_changes.h"
#include "market/objectives.h"
#include "market/staleness.h"
#include "market/zone.h"

/* How a page of HTML is shown. */
struct page_look {
	int64_t refresh_ms; /* it loads itself anew; 0: it does not */
	bool links;         /* to the pages of series, on its server */
	char tz[80];        /* a zone's name, or "" */
	struct zone *zone;  /* times of it beside UTC; null: none */
};

struct report_options {
	struct log log;
	char db[1024];
	bool db_typed;      /* it was named on the command line */
	const char *config; /* the configuration, if it was; else null */
	char out[1024];     /* "": standard output */
	bool quiet;
	unsigned verbose;
	bool has_as_of;
	int64_t now_ms;           /* the clock's, or --as-of */
	int64_t store_timeout_ms; /* for locks; negative: not said */
	struct staleness_rule rule;
	struct objectives objectives;
	struct alert_bounds alerts;
	struct calendar_changes changes;

	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;

	char columns[256]; /* of tables; "": all that fit */
	struct page_look page;
};

/* How a report for people is shown. */
struct report_view {
	size_t terminal; /* the columns that it has; 0: it is none */
	bool color;
	const char *columns;          /* of its table, in that order; "": all */
	const struct page_look *page; /* null: as one is by itself */
};

/*
 * Groups of rows: how freshness is judged, with the keys of the configuration
 * that no option stands for; the store and its time; how long its locks are
 * waited for; where output goes, and how much of it; what tables and pages
 * show.
 */
extern const struct option_spec report_freshness[], report_places[],
    report_locks[], report_output[], report_tables[], report_page[];

/* The keys of report_freshness by which runs count how well the objectives are
 * kept: no options. */
extern const struct option_spec report_counting[];

/* report_locks for who only reads: an engine does not let it wait as long. */
#define REPORT_LOCKS_OF_READER                                                 \
	{                                                                      \
		.kind = OPTION_GROUP, .group = report_locks,                   \
		.name = "store-timeout",                                       \
		.help = "maximum wait while another program locks the store "  \
			"(250ms)"                                              \
	}

/* Of --as-of, for a row of its own. */
option_take report_take_as_of;

/* Talk goes to the file, as from the program of that name. */
void report_options_init(struct report_options *, const char *program,
    FILE *talk);

/* How much is said, by --quiet and --verbose. */
void report_options_level(struct report_options *);

/*
 * What is not said on the command line (env: getenv, or a test's own), and
 * whether it all fits together.
 */
bool report_options_finish(struct report_options *, char *(*env)(const char *),
    struct md_error *);

/* Is output to be coloured?  terminal: it goes to one. */
bool report_options_color(const struct report_options *, bool terminal,
    char *(*env)(const char *));

/* How output is shown there: to standard output, unless there is --out. */
struct report_view report_options_view(const struct report_options *,
    char *(*env)(const char *));

/* The zone of pages: the one named, else this system's.  MD_EUSAGE, MD_EIO. */
bool report_options_page(struct report_options *, struct md_error *);
void report_options_free(struct report_options *);

/* Only a table has columns to choose: MD_EUSAGE. */
bool report_options_columns(const struct report_options *, const char *format,
    struct md_error *);

/* A list of tiers, "critical" or "critical,low": bits. */
bool tiers_parse(const char *, unsigned *bits, struct md_error *);

#endif
