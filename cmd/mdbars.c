/*
 * mdbars: get bars and features out of the store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/calendar_options.h"
#include "cli/report_options.h"
#include "cli/selection.h"
#include "cli/zoneinfo.h"
#include "output/bars.h"
#include "program.h"
#include "report/corrected.h"
#include "sys/outfile.h"
#include "sys/signals.h"
#include "sys/terminal.h"
#include "waits.h"

struct settings {
	struct report_options common; /* first: its takers are handed this */
	struct selection selection;
	struct bars_query query;
	bool all;
	bool has_timeframes;
	unsigned timeframes, tiers; /* bits */
	char watchlist[1024];
	char format[16];
	char tz[64];
	struct zone *zone;
	const volatile sig_atomic_t *stop;
};

/* -- options -- */

static bool
take_end(const char *text, struct bars_end *out, struct md_error *e)
{
	out->kind = BARS_END_DATE;
	if (md_date_parse(text, &out->date))
		return true;
	out->kind = BARS_END_TIME;
	return md_time_parse(text, &out->ms) ||
	       md_fail(e, MD_EUSAGE,
		   "'%s': expected a date such as 2024-07-01, or a time such "
		   "as 2024-07-01T13:30:00Z",
		   text);
}

static bool
take_from(void *into, const struct option_value *v, struct md_error *e)
{
	return take_end(v->text, &((struct settings *)into)->query.from, e);
}

static bool
take_to(void *into, const struct option_value *v, struct md_error *e)
{
	return take_end(v->text, &((struct settings *)into)->query.to, e);
}

#define AT(member) OPTION_AT(struct settings, member)

static const struct option_spec specs[] = {
	OPTION_ROW("timeframes", "TF,...", "of these timeframes (1d)",
	    OPTION_WORDS, AT(timeframes),
	    OPTION_GIVEN(struct settings, has_timeframes),
	    .parse = timeframes_parse, .letter = 't', .words = TF_NAMES),
	OPTION_ROW("watchlist", "FILE", "symbols, with their timeframes",
	    OPTION_TEXT, AT(watchlist), .letter = 'w', .setting = "watchlist",
	    .words = "@file", .refusal = "expected a file's name"),
	OPTION_SWITCH("all", "all active series of the store", OPTION_FLAG,
	    AT(all)),
	OPTION_ROW("tier", "TIER,...", "with --all: only of these tiers",
	    OPTION_WORDS, AT(tiers), .parse = tiers_parse, .words = TIER_NAMES),
	OPTION_ROW("from", "TIME", "first day, or moment (all there is)",
	    OPTION_OWN, .take = take_from),
	OPTION_ROW("to", "TIME", "last day, or the moment before which (all)",
	    OPTION_OWN, .take = take_to),
	OPTION_ROW("adjusted", "HOW",
	    "prices: for splits, raw, or for dividends too (splits)",
	    OPTION_CHOICE, AT(query.adjusted), .words = BARS_ADJUSTED_NAMES,
	    .refusal = "expected one of " BARS_ADJUSTED_NAMES),
	OPTION_ROW("session", "HOURS", "bars of these hours (all)",
	    OPTION_CHOICE, AT(query.hours), .words = HOURS_NAMES,
	    .refusal = "expected one of " HOURS_NAMES),
	OPTION_ROW("fill", "HOW", "expected bars that are not there (none)",
	    OPTION_CHOICE, AT(query.fill), .words = BARS_FILL_NAMES,
	    .refusal = "expected one of " BARS_FILL_NAMES),
	OPTION_ROW("as-of", "TIME", "what the store held at that time (now)",
	    OPTION_OWN, OPTION_GIVEN(struct settings, common.has_as_of),
	    .take = report_take_as_of),
	OPTION_SWITCH("features", "with the features of each bar", OPTION_FLAG,
	    AT(query.features)),
	OPTION_ROW("tz", "ZONE", "times of this zone, or local (UTC)",
	    OPTION_TEXT, AT(tz)),
	OPTION_ROW("format", "FORMAT", "one of " OUTPUT_BARS_FORMATS " (csv)",
	    OPTION_WORD, AT(format), .letter = 'o',
	    .words = OUTPUT_BARS_FORMATS,
	    .refusal = "mdbars writes " OUTPUT_BARS_FORMATS),
	OPTION_ROW("columns", "NAME,...",
	    "columns of csv or table, in this order", OPTION_TEXT,
	    AT(common.columns)),
	OPTION_ROW("db", "URL", "the store (~/.local/share/mdkit/market.db)",
	    OPTION_TEXT, AT(common.db), .env = "MD_DB", .setting = "db",
	    .words = "@file"),
	REPORT_LOCKS_OF_READER,
	{ .kind = OPTION_GROUP,
	    .group = report_output,
	    .name = "quiet",
	    .help = "tell of errors alone" },
	CALENDAR_KEYS(struct settings, common.changes),
	{ .kind = OPTION_END },
};

static const struct program program = {
	.name = "mdbars",
	.operands = "[SYMBOL...|-]",
	.summary = "get bars and features out of the store",
	.options = specs,
};

static void
defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	report_options_init(&s->common, program.name, stderr);
	s->timeframes = 1U << TF_1D;
	s->tiers = ~0U;
	memcpy(s->format, "csv", sizeof("csv"));
}

static int
report(void *settings, const struct md_error *e)
{
	struct settings *s = settings;

	return program_report(&s->common.log, s->stop, e);
}

/* -- which series -- */

struct wanted {
	struct bars_series *v;
	size_t len, cap;
	size_t absent; /* of which the store has no bars */
};

/* What an older version stored has no dates. */
static bool
is_known(struct settings *s, struct store *st, const struct bars_series *series,
    bool *known, struct md_error *e)
{
	const struct series_row *r = &series->source;
	char text[MD_TIME_MAX];
	int64_t from;

	*known = true;
	if (s->query.as_of_ms == 0)
		return true;
	if (!store_history_from(st, r->id, &from, e))
		return false;
	*known = s->query.as_of_ms >= from;
	if (*known)
		return true;
	md_time_format(from, text);
	log_write(&s->common.log, LOG_ERROR,
	    "%s %s: --as-of: what the store held before %s is not known: an "
	    "older version kept no times, or they were deleted",
	    r->symbol, timeframe_name(r->facts.timeframe), text);
	return true;
}

static bool
want(struct settings *s, struct store *st, const char *symbol,
    enum asset_class class, enum timeframe tf, struct wanted *w,
    struct md_error *e)
{
	struct bars_series series;
	bool found, known;

	if (!bars_query_check(&s->query, tf, e) ||
	    !bars_find(st, &s->query, symbol, class, tf, &series, &found, e))
		return false;
	if (!found) {
		const char *name = timeframe_name(tf);
		struct hours hours = { .class = series.row.facts.class,
			.kind = s->query.hours };

		if (hours_are_made(&hours, tf))
			name = timeframe_name(TF_1M);
		w->absent++;
		if (s->query.as_of_ms != 0 && series.row.id != 0)
			log_write(&s->common.log, LOG_ERROR,
			    "%s %s: the store had no bars of it then", symbol,
			    name);
		else
			log_write(&s->common.log, LOG_ERROR,
			    "%s %s: the store has no bars of it; fetch them "
			    "with: "
			    "mdbackfill -t %s %s",
			    symbol, name, name, symbol);
		return true;
	}
	if (!is_known(s, st, &series, &known, e))
		return false;
	if (!known) {
		w->absent++;
		return true;
	}
	if (array_next(&w->v, &w->len, &w->cap, sizeof(*w->v)) == NULL)
		return md_nomem(e);
	w->v[w->len - 1] = series;
	return true;
}

/* What a line or the watchlist says of a symbol beats the default. */
static unsigned
timeframes_of(const struct settings *s, const struct symbol_entry *entry)
{
	if (entry->timeframes == 0)
		return s->timeframes;
	return s->has_timeframes ? entry->timeframes & s->timeframes
				 : entry->timeframes;
}

static bool
want_named(struct settings *s, struct store *st, struct wanted *w,
    struct md_error *e)
{
	const struct symbol_list *l = &s->selection.symbols;
	bool good = true;

	for (size_t i = 0; good && i < l->len; i++) {
		unsigned bits = timeframes_of(s, &l->v[i]);

		for (int tf = 0; good && tf < TF_COUNT; tf++)
			if ((bits & 1U << tf) != 0)
				good = want(s, st, l->v[i].symbol,
				    l->v[i].class, (enum timeframe)tf, w, e);
	}
	return good;
}

static bool
want_all(struct settings *s, struct store *st, struct wanted *w,
    struct md_error *e)
{
	struct series_rows rows = { NULL, 0, 0 };
	bool good = store_report_series(st, &rows, e);

	if (rows.len > 0)
		qsort(rows.v, rows.len, sizeof(*rows.v), series_row_compare);
	for (size_t i = 0; good && i < rows.len; i++) {
		const struct series_row *r = &rows.v[i];
		enum timeframe tf = r->facts.timeframe;

		if ((s->tiers & 1U << r->tier) == 0 ||
		    (s->has_timeframes && (s->timeframes & 1U << tf) == 0))
			continue;
		good = want(s, st, r->symbol, r->facts.class, tf, w, e);
	}
	series_rows_free(&rows);
	return good;
}

/* -- the job -- */

struct job {
	struct settings *s;
	struct store *st;
	struct wanted wanted;
	struct bars_writer writer;
};

static bool
each_row(void *ctx, const struct bars_row *r)
{
	struct job *j = ctx;

	return bars_writer_row(&j->writer, r) && *j->s->stop == 0;
}

/* Nobody takes more, or it was interrupted. */
static bool
is_over(const struct job *j)
{
	return j->writer.why != 0 || *j->s->stop != 0 ||
	       !buf_ok(&j->writer.text);
}

static bool
write_series(struct job *j, const struct bars_series *series,
    struct md_error *e)
{
	struct settings *s = j->s;
	int64_t rows = 0;

	if (!bars_writer_series(&j->writer, &series->row))
		return true;
	if (!bars_read(j->st, &s->query, series, each_row, j, &rows, e))
		return false;
	if (rows == 0 && !is_over(j))
		log_write(&s->common.log, LOG_WARNING,
		    "%s %s: no bars in that range", series->row.symbol,
		    timeframe_name(series->row.facts.timeframe));
	return true;
}

/* Both what was written and why it ended: *e is of a failure to read. */
static bool
write_all(struct job *j, FILE *f, struct md_error *e)
{
	struct settings *s = j->s;
	bool terminal = isatty(STDOUT_FILENO) != 0 && s->common.out[0] == '\0';
	const struct output_bars *format = output_bars_find(s->format);
	const struct output_bars_options how = {
		.query = &s->query,
		.zone = s->zone,
		.series = j->wanted.len,
		.columns =
		    terminal ? terminal_columns(STDOUT_FILENO, getenv) : 0,
		.names = s->common.columns,
		.color = report_options_color(&s->common, terminal, getenv),
	};
	bool good = true;

	(void)bars_writer_begin(&j->writer, format, &how, f);
	for (size_t i = 0; good && i < j->wanted.len && !is_over(j); i++)
		good = write_series(j, &j->wanted.v[i], e);
	if (good && !is_over(j))
		(void)bars_writer_end(&j->writer);
	if (good && *s->stop != 0)
		good = md_fail(e, MD_EINTR, "interrupted");
	if (good && !buf_ok(&j->writer.text))
		good = md_nomem(e);
	return good;
}

static bool
read_and_write(struct job *j, struct outfile *out, struct md_error *e)
{
	struct settings *s = j->s;
	bool good;

	bars_writer_free(&j->writer);
	memset(&j->writer, 0, sizeof(j->writer));
	free(j->wanted.v);
	j->wanted = (struct wanted){ NULL, 0, 0, 0 };
	if (!store_report_begin(j->st, e))
		return false;
	good = s->all ? want_all(s, j->st, &j->wanted, e)
		      : want_named(s, j->st, &j->wanted, e);
	if (good && j->wanted.len > 0)
		good = write_all(j, out->f, e);
	store_report_end(j->st);
	return good;
}

/* What a standby broke off is read anew, unless some of it is out already. */
static bool
may_read_again(struct job *j, struct outfile *out, int *tries,
    struct md_error *e)
{
	struct settings *s = j->s;

	if (!store_reads_again(j->st, tries))
		return false;
	if (!j->writer.wrote)
		return true;
	if (s->common.out[0] == '\0')
		return false;
	outfile_abandon(out);
	return outfile_open(out, s->common.out, e);
}

static int
code_of(const struct job *j)
{
	if (j->wanted.absent == 0)
		return EXIT_DONE;
	return j->wanted.len > 0 ? EXIT_SOME_FAILED : EXIT_ALL_FAILED;
}

static int
run_on(struct settings *s, struct store *st)
{
	struct job j = { .s = s, .st = st };
	struct outfile out;
	struct md_error e;
	bool good, gone;
	int code, tries = 0;

	if (!outfile_open(&out, s->common.out[0] ? s->common.out : NULL, &e))
		return report(s, &e);
	do
		good = read_and_write(&j, &out, &e);
	while (!good && may_read_again(&j, &out, &tries, &e));
	code = code_of(&j);
	errno = j.writer.why;
	if (!good || (j.wanted.len == 0 && j.wanted.absent > 0)) {
		outfile_abandon(&out);
		code = good ? code : report(s, &e);
	} else if (!outfile_commit(&out, &gone, &e))
		code = report(s, &e);
	bars_writer_free(&j.writer);
	free(j.wanted.v);
	return code;
}

static bool
check(struct settings *s, int argc, char **argv, struct md_error *e)
{
	const struct bars_end *from = &s->query.from, *to = &s->query.to;

	if (!report_options_finish(&s->common, getenv, e))
		return false;
	program_waits(&s->common, s->stop);
	s->query.now_ms = s->common.now_ms;
	/* 0 stands for none; no store has bars of before. */
	if (s->common.has_as_of)
		s->query.as_of_ms =
		    s->common.now_ms != 0 ? s->common.now_ms : 1;
	if (s->query.as_of_ms > md_now_ms())
		return md_fail(e, MD_EUSAGE,
		    "--as-of: is yet to come: expected a time that is past");
	if (from->kind != BARS_END_NONE && from->kind == to->kind &&
	    (from->kind == BARS_END_DATE ? from->date > to->date
					 : from->ms >= to->ms))
		return md_fail(e, MD_EUSAGE,
		    "--to: is not after --from: expected the later time");
	if (!output_bars_columns(output_bars_find(s->format), s->query.features,
		s->common.columns, e))
		return false;
	if (s->tz[0] != '\0' && strcmp(s->tz, "UTC") != 0 &&
	    !zoneinfo_zone(&s->zone, s->tz, e))
		return md_context(e, "--tz");
	if (!selection_read(&s->selection, argc, argv, stdin,
		s->watchlist[0] == '\0' || s->all ? NULL : s->watchlist, e))
		return false;
	selection_tell_respelt(&s->selection, &s->common.log);
	if (s->tiers != ~0U && !s->all)
		return md_fail(e, MD_EUSAGE,
		    "--tier: chooses among --all: expected both");
	for (int tf = 0; tf < TF_COUNT; tf++)
		if ((s->timeframes & 1U << tf) != 0 && !s->all &&
		    !bars_query_check(&s->query, (enum timeframe)tf, e))
			return false;
	return s->all || argc > 0 || s->selection.symbols.len > 0 ||
	       md_fail(e, MD_EUSAGE,
		   "no series: name symbols, a watchlist (-w FILE) or --all; "
		   "see mdbars -h");
}

static int
run(void *settings, int argc, char **argv)
{
	struct settings *s = settings;
	struct calendar *cal = NULL, *corrected = NULL;
	struct store *st = NULL;
	struct md_error e;
	int code;

	if (!check(s, argc, argv, &e))
		return report(s, &e);
	/* A pipe that had nothing to say. */
	if (!s->all && s->selection.symbols.len == 0)
		return EXIT_DONE;
	if (!zoneinfo_calendar_changed(&cal, &s->common.changes, &e))
		return report(s, &e);
	s->query.calendar = cal;
	if (corrected_store_open(s->common.db, &s->common.changes, &st,
		&corrected, &e)) {
		if (corrected != NULL)
			s->query.calendar = corrected;
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

	defaults(&s);
	s.stop = signals_record();
	code = program_main(&program, argc, argv, &s, run, report);
	selection_free(&s.selection);
	zone_destroy(&s.zone);
	return code;
}
