/*
 * mdstale: say how fresh each series is.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "output/gaps.h"
#include "output/stale.h"
#include "program.h"
#include "report/corrected.h"
#include "report/freshness.h"
#include "report/gaps.h"
#include "store/report.h"
#include "sys/outfile.h"
#include "sys/signals.h"
#include "waits.h"

#define DEFAULT_LIMIT 50

struct settings {
	struct report_options common; /* first: its takers are handed this */
	struct selection selection;
	unsigned statuses, timeframes, tiers; /* bits */
	bool gaps;
	int days;
	int64_t limit; /* -1: as the format has it */
	char watchlist[1024];
	char format[16];
};

/* -- options -- */

#define AT(member) OPTION_AT(struct settings, member)

static const struct option_spec specs[] = {
	OPTION_ROW("status", "STATUS,...", "only series of these statuses",
	    OPTION_WORDS, AT(statuses), .parse = staleness_parse, .letter = 's',
	    .words = STALENESS_NAMES),
	OPTION_ROW("timeframes", "TF,...", "only these timeframes",
	    OPTION_WORDS, AT(timeframes), .parse = timeframes_parse,
	    .letter = 't', .words = TF_NAMES),
	OPTION_ROW("tier", "TIER,...", "only symbols of these tiers",
	    OPTION_WORDS, AT(tiers), .parse = tiers_parse, .words = TIER_NAMES),
	{ .kind = OPTION_GROUP, .group = report_freshness },
	OPTION_SWITCH("gaps", "list the gaps in the store", OPTION_FLAG,
	    AT(gaps)),
	OPTION_ROW("watchlist", "FILE",
	    "with --gaps: the series that are wanted", OPTION_TEXT,
	    AT(watchlist), .letter = 'w', .setting = "watchlist",
	    .words = "@file", .refusal = "expected a file's name"),
	OPTION_ROW("days", "N", "with --gaps: days before today (30)",
	    OPTION_COUNT, AT(days), .max = 36500, .setting = "days"),
	OPTION_ROW("limit", "N", "list only the N worst; 0 lists all (50)",
	    OPTION_COUNT, AT(limit), .max = 1000000000),
	OPTION_ROW("format", "FORMAT", "one of " OUTPUT_STALE_FORMATS,
	    OPTION_WORD, AT(format), .letter = 'o',
	    .words = OUTPUT_STALE_FORMATS,
	    .refusal = "mdstale writes " OUTPUT_STALE_FORMATS),
	{ .kind = OPTION_GROUP, .group = report_places },
	REPORT_LOCKS_OF_READER,
	{ .kind = OPTION_GROUP, .group = report_tables },
	{ .kind = OPTION_GROUP, .group = report_output },
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdstale",
	.operands = "[SYMBOL...|-]",
	.summary = "say how fresh each series is",
	.options = specs,
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->statuses = s->timeframes = s->tiers = ~0U;
	s->days = 30;
	s->limit = -1;
	memcpy(s->format, "table", sizeof("table"));
}

/* -- the job -- */

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return check_report(&s->common.log, s->format, e);
}

static size_t
limit_of(const struct settings *s, bool whole)
{
	if (s->limit >= 0)
		return (size_t)s->limit;
	return whole ? 0 : DEFAULT_LIMIT;
}

static int
print_stale(struct settings *s, FILE *f, const struct freshness *marks)
{
	const struct output_stale *format = output_stale_find(s->format);
	struct output_stale_options how = {
		.limit = limit_of(s, format->whole),
		.view = report_options_view(&s->common, getenv),
	};
	int code = EXIT_OK;

	if (marks->counts[STALENESS_STALE] > 0 ||
	    marks->counts[STALENESS_MISSING] > 0)
		code = EXIT_CRITICAL;
	else if (marks->counts[STALENESS_AGING] > 0)
		code = EXIT_WARNING;
	if (code != EXIT_OK || !s->common.quiet || s->common.out[0] != '\0')
		format->write(f, marks, &how);
	return code;
}

static int
stale(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	struct freshness_query q = {
		.symbols =
		    s->selection.symbols.len > 0 ? &s->selection.symbols : NULL,
		.timeframes = s->timeframes,
		.tiers = s->tiers,
		.statuses = s->statuses,
		.rule = s->common.rule,
		.objectives = &s->common.objectives,
		.now_ms = s->common.now_ms,
	};
	struct freshness marks;
	int code;

	if (!freshness_read(st, &q, &marks, e))
		return EXIT_UNKNOWN;
	code = print_stale(s, f, &marks);
	freshness_free(&marks);
	return code;
}

static int
gaps(struct settings *s, struct store *st, FILE *f, struct md_error *e)
{
	const struct output_gaps *format = output_gaps_find(s->format);
	struct gap_query q = {
		.symbols =
		    s->selection.symbols.len > 0 ? &s->selection.symbols : NULL,
		.timeframes = s->timeframes,
		.tiers = s->tiers,
		.calendar = s->common.rule.calendar,
		.days = s->days,
		.settle_ms = s->common.rule.settle_ms,
		.now_ms = s->common.now_ms,
	};
	struct report_view view = report_options_view(&s->common, getenv);
	struct gap_list found;
	int code;

	/* What no word was said about: days, as mdbackfill fetches them. */
	if (!gaps_find(st, &q, &found, e))
		return EXIT_UNKNOWN;
	code = gap_list_has_faults(&found) ? EXIT_WARNING : EXIT_OK;
	if (code != EXIT_OK || !s->common.quiet || s->common.out[0] != '\0')
		format->write(f, &found, limit_of(s, format->whole), &view);
	gap_list_free(&found);
	return code;
}

static int
run_on(struct settings *s, struct store *st)
{
	struct outfile out;
	struct md_error e;
	bool gone;
	int code, tries = 0;

	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	do {
		code = EXIT_UNKNOWN;
		if (!store_report_begin(st, &e))
			continue;
		code =
		    s->gaps ? gaps(s, st, out.f, &e) : stale(s, st, out.f, &e);
		store_report_end(st);
	} while (code == EXIT_UNKNOWN && store_reads_again(st, &tries));
	if (code == EXIT_UNKNOWN) {
		outfile_abandon(&out);
		return report(s, &e);
	}
	return outfile_commit(&out, &gone, &e) ? code : report(s, &e);
}

static bool
check(struct settings *s, struct md_error *e)
{
	if (!report_options_finish(&s->common, getenv, e))
		return false;
	program_waits(&s->common, NULL);
	if (s->gaps && output_gaps_find(s->format) == NULL)
		return md_fail(e, MD_EUSAGE,
		    "--format: '%s': of gaps mdstale writes %s", s->format,
		    OUTPUT_GAPS_FORMATS);
	return report_options_columns(&s->common, s->format, e) &&
	       table_columns_check(s->gaps ? &output_gaps_columns
					   : &output_stale_columns,
		   s->common.columns, e);
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct calendar *cal = NULL, *corrected = NULL;
	struct store *st = NULL;
	struct md_error e;
	int code;

	if (!check(s, &e) ||
	    !selection_read(&s->selection, argc, argv, stdin,
		s->gaps && s->watchlist[0] != '\0' ? s->watchlist : NULL, &e))
		return report(s, &e);
	selection_tell_respelt(&s->selection, &s->common.log);
	/* A pipe that had nothing to say. */
	if (argc > 0 && s->selection.symbols.len == 0)
		return EXIT_OK;
	if (!zoneinfo_calendar_changed(&cal, &s->common.changes, &e))
		return report(s, &e);
	s->common.rule.calendar = cal;
	if (corrected_store_open(s->common.db, &s->common.changes, &st,
		&corrected, &e)) {
		if (corrected != NULL)
			s->common.rule.calendar = corrected;
		code = run_on(s, st);
	} else
		code = report(s, &e);
	store_close(&st);
	calendar_destroy(&corrected);
	calendar_destroy(&cal);
	return code;
}

int
main(int argc, char **argv)
{
	struct settings s;
	int code;

	signals_ignore();
	defaults(&s);
	code = program_main(&program, argc, argv, &s, run, report);
	selection_free(&s.selection);
	return code;
}
