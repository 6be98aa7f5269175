#include "output/stale.h"

#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/metrics.h"
#include "base/name.h"
#include "cli/series_file.h"
#include "market/series.h"
#include "output/fold.h"
#include "output/nagios.h"
#include "output/standby.h"

/* How many of the worst are listed. */
static size_t
listed(const struct freshness *f, const struct output_stale_options *o)
{
	return o->limit == 0 || o->limit > f->len ? f->len : o->limit;
}

static double
age_seconds(const struct mark *m)
{
	return m->status == STALENESS_MISSING ? (double)NAN
					      : (double)m->age_ms / 1000;
}

/* The time's text, or null when there is none. */
static const char *
time_or_null(bool there, int64_t ms, char out[MD_TIME_MAX])
{
	if (!there)
		return NULL;
	md_time_format(ms, out);
	return out;
}

static const char *
computed_at(const struct mark *m, char out[MD_TIME_MAX])
{
	const struct staleness_facts *f = &m->series->facts;

	return time_or_null(f->has_features, f->computed_ms, out);
}

static const char *
bar_at(const struct mark *m, char out[MD_TIME_MAX])
{
	const struct staleness_facts *f = &m->series->facts;

	return time_or_null(f->has_bars, f->newest_ts, out);
}

static const char *
answered_at(const struct mark *m, char out[MD_TIME_MAX])
{
	const struct staleness_facts *f = &m->series->facts;

	return time_or_null(f->answered, f->as_of_ms, out);
}

/* -- json -- */

static void
json_mark(struct json_writer *w, const struct mark *m)
{
	char computed[MD_TIME_MAX], bar[MD_TIME_MAX], as_of[MD_TIME_MAX];

	json_object_begin(w, NULL);
	json_text(w, "symbol", m->series->symbol);
	json_text(w, "timeframe", timeframe_name(m->series->facts.timeframe));
	json_text(w, "last_computed_at", computed_at(m, computed));
	json_text(w, "last_bar_at", bar_at(m, bar));
	if (m->series->facts.answered)
		json_bool(w, "provisional", m->provisional);
	else
		json_null_value(w, "provisional");
	json_text(w, "as_of", answered_at(m, as_of));
	json_number(w, "staleness_seconds", age_seconds(m));
	json_text(w, "status", staleness_name(m->status));
	json_int(w, "data_point_count", m->points);
	json_text(w, "tier", tier_name(m->series->tier));
	json_number(w, "rpo_seconds", (double)m->rpo_ms / 1000);
	json_bool(w, "rpo_met", m->rpo_met);
	json_object_end(w);
}

static void
json_group(struct json_writer *w, const struct freshness *f, size_t n,
    enum staleness status)
{
	json_array_begin(w, staleness_name(status));
	for (size_t i = 0; i < n; i++)
		if (f->v[i].status == status)
			json_mark(w, &f->v[i]);
	json_array_end(w);
}

static void
write_json(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	char now[MD_TIME_MAX];
	struct json_writer w;

	md_time_format(f->now_ms, now);
	json_start(&w, out);
	json_object_begin(&w, NULL);
	json_text(&w, "timestamp", now);
	json_text(&w, "clock", staleness_clock_name(f->rule.clock));
	json_text(&w, "basis", staleness_basis_name(f->rule.basis));
	json_object_begin(&w, "summary");
	json_int(&w, "fresh_count", f->counts[STALENESS_FRESH]);
	json_int(&w, "aging_count", f->counts[STALENESS_AGING]);
	json_int(&w, "stale_count", f->counts[STALENESS_STALE]);
	json_int(&w, "missing_count", f->counts[STALENESS_MISSING]);
	json_int(&w, "total_monitored", (int64_t)f->len);
	json_object_end(&w);
	standby_json(&w, &f->lag);
	json_object_begin(&w, "by_status");
	for (int s = 0; s < STALENESS_COUNT; s++)
		json_group(&w, f, listed(f, o), (enum staleness)s);
	json_object_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static void
write_jsonl(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	for (size_t i = 0, n = listed(f, o); i < n; i++) {
		struct json_writer w;

		json_start_line(&w, out);
		json_mark(&w, &f->v[i]);
		json_finish(&w);
	}
}

/* -- csv -- */

static void
write_csv(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	char computed[MD_TIME_MAX], bar[MD_TIME_MAX];
	struct csv_writer w;

	fputs("symbol,timeframe,last_computed_at,last_bar_at,"
	      "staleness_seconds,status,data_point_count,tier,rpo_seconds,"
	      "rpo_met\n",
	    out);
	csv_start(&w, out);
	for (size_t i = 0, n = listed(f, o); i < n; i++) {
		const struct mark *m = &f->v[i];

		csv_text(&w, m->series->symbol);
		csv_text(&w, timeframe_name(m->series->facts.timeframe));
		csv_text(&w, computed_at(m, computed));
		csv_text(&w, bar_at(m, bar));
		csv_number(&w, age_seconds(m));
		csv_text(&w, staleness_name(m->status));
		csv_int(&w, m->points);
		csv_text(&w, tier_name(m->series->tier));
		csv_number(&w, (double)m->rpo_ms / 1000);
		csv_text(&w, m->rpo_met ? "true" : "false");
		csv_end(&w);
	}
}

/* -- series -- */

static void
write_series(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	for (size_t i = 0, n = listed(f, o); i < n; i++)
		(void)series_write(out, f->v[i].series->symbol,
		    f->v[i].series->facts.timeframe);
}

/* -- prometheus -- */

static void
series_sample(FILE *out, const char *name, const struct mark *m, double value)
{
	const char *labels[] = { "symbol", m->series->symbol, "timeframe",
		timeframe_name(m->series->facts.timeframe), "tier",
		tier_name(m->series->tier), NULL };

	metric_sample(out, name, labels, value);
}

static void
write_prometheus(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	size_t n = listed(f, o);

	metric_head(out, "mdkit_staleness_series", "gauge",
	    "Series selected, by how fresh they are.");
	for (int s = 0; s < STALENESS_COUNT; s++) {
		const char *labels[] = { "status",
			staleness_name((enum staleness)s), NULL };

		metric_sample(out, "mdkit_staleness_series", labels,
		    (double)f->counts[s]);
	}
	metric_head(out, "mdkit_staleness_seconds", "gauge",
	    "Age of each series; none of those that are missing.");
	for (size_t i = 0; i < n; i++)
		if (f->v[i].status != STALENESS_MISSING)
			series_sample(out, "mdkit_staleness_seconds", &f->v[i],
			    age_seconds(&f->v[i]));
	metric_head(out, "mdkit_staleness_rpo_met", "gauge",
	    "Whether each series is within its tier's objective.");
	for (size_t i = 0; i < n; i++)
		series_sample(out, "mdkit_staleness_rpo_met", &f->v[i],
		    f->v[i].rpo_met);
	standby_metrics(out, &f->lag);
	metric_head(out, "mdkit_staleness_timestamp_seconds", "gauge",
	    "When this was looked at.");
	metric_sample(out, "mdkit_staleness_timestamp_seconds", NULL,
	    (double)f->now_ms / 1000);
}

/* -- table -- */

static const char *const colors[STALENESS_COUNT] = {
	[STALENESS_FRESH] = "\033[32m",
	[STALENESS_AGING] = "\033[33m",
	[STALENESS_STALE] = "\033[31m",
	[STALENESS_MISSING] = "\033[1;31m",
};

static const char *
verdict(const struct freshness *f)
{
	if (f->counts[STALENESS_STALE] + f->counts[STALENESS_MISSING] > 0)
		return "CRITICAL";
	return f->counts[STALENESS_AGING] > 0 ? "WARNING" : "OK";
}

static void
write_verdict(FILE *out, const struct freshness *f, const char *end)
{
	fprintf(out,
	    "%s: %lld stale, %lld missing, %lld aging, %lld fresh of %zu "
	    "series%s",
	    verdict(f), (long long)f->counts[STALENESS_STALE],
	    (long long)f->counts[STALENESS_MISSING],
	    (long long)f->counts[STALENESS_AGING],
	    (long long)f->counts[STALENESS_FRESH], f->len, end);
}

enum {
	COLUMN_SYMBOL,
	COLUMN_TIMEFRAME,
	COLUMN_STATUS,
	COLUMN_AGE,
	COLUMN_NEWEST,
	COLUMN_COMPUTED,
	COLUMN_POINTS,
	COLUMN_TIER,
	COLUMN_RPO,
};

static const struct table_column columns[] = {
	[COLUMN_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[COLUMN_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[COLUMN_STATUS] = { "status", "STATUS", .width = -7 },
	[COLUMN_AGE] = { "age", "AGE", .width = 12 },
	[COLUMN_NEWEST] = { "newest_bar", "NEWEST BAR", .width = -24,
	    .leaves = 4, .brief = 16 },
	[COLUMN_COMPUTED] = { "computed", "COMPUTED", .width = -24, .leaves = 2,
	    .brief = 16 },
	[COLUMN_POINTS] = { "points", "POINTS", .width = 9, .leaves = 1 },
	[COLUMN_TIER] = { "tier", "TIER", .width = -8, .leaves = 3 },
	[COLUMN_RPO] = { "rpo", "RPO", .width = 0, .leaves = 5 },
};

const struct table_kind output_stale_columns = TABLE_KIND(columns);

static void
fill_mark(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct mark *m = &((const struct freshness *)rows)->v[row];
	char text[MD_TIME_MAX];

	switch (column) {
	case COLUMN_SYMBOL:
		table_text(out, m->series->symbol);
		break;
	case COLUMN_TIMEFRAME:
		table_text(out, timeframe_name(m->series->facts.timeframe));
		break;
	case COLUMN_STATUS:
		out->color = colors[m->status];
		table_text(out, staleness_name(m->status));
		break;
	case COLUMN_AGE:
		if (m->status == STALENESS_MISSING)
			table_text(out, NULL);
		else
			md_duration_format(m->age_ms, out->text);
		break;
	case COLUMN_NEWEST:
		table_text(out, bar_at(m, text));
		break;
	case COLUMN_COMPUTED:
		table_text(out, computed_at(m, text));
		break;
	case COLUMN_POINTS:
		table_int(out, m->points);
		break;
	case COLUMN_TIER:
		table_text(out, tier_name(m->series->tier));
		break;
	default:
		table_text(out, m->rpo_met ? "met" : "missed");
		break;
	}
}

static void
write_table(FILE *to, const struct freshness *f,
    const struct output_stale_options *o)
{
	size_t n = listed(f, o);
	char behind[STANDBY_WORDS];
	struct fold fold;
	FILE *out = fold_open(&fold, to, o->view.terminal);

	write_verdict(out, f, "\n");
	standby_words(&f->lag, behind);
	if (behind[0] != '\0')
		fprintf(out, "standby: %s\n", behind);
	if (n > 0)
		table_write(out, &output_stale_columns, f, n, fill_mark,
		    &o->view);
	if (n < f->len)
		fprintf(out, "and %zu more; --limit 0 lists all\n", f->len - n);
	fold_close(&fold);
}

/* -- nagios -- */

static void
write_nagios(FILE *out, const struct freshness *f,
    const struct output_stale_options *o)
{
	const struct staleness_bounds *b = &f->rule.bounds;
	const double none = (double)NAN, all = (double)f->len;
	int64_t worst = -1;

	for (size_t i = 0; i < f->len; i++)
		if (f->v[i].status != STALENESS_MISSING &&
		    f->v[i].age_ms > worst)
			worst = f->v[i].age_ms;
	write_verdict(out, f, " |");
	for (int s = 0; s < STALENESS_COUNT; s++)
		nagios_figure(out,
		    &(struct nagios_figure){ staleness_name((enum staleness)s),
			"", (double)f->counts[s],
			s == STALENESS_AGING ? 0 : none,
			s > STALENESS_AGING ? 0 : none, all });
	nagios_figure(out,
	    &(struct nagios_figure){ "worst_age", "s",
		worst < 0 ? none : (double)worst / 1000,
		(double)b->fresh_ms / 1000, (double)b->aging_ms / 1000, none });
	fputc('\n', out);
	for (size_t i = 0, n = listed(f, o); i < n; i++)
		if (f->v[i].status != STALENESS_FRESH)
			fprintf(out, "%s %s %s\n", f->v[i].series->symbol,
			    timeframe_name(f->v[i].series->facts.timeframe),
			    staleness_name(f->v[i].status));
}

static const struct output_stale outputs[] = {
	{ "csv", false, write_csv },
	{ "json", false, write_json },
	{ "jsonl", false, write_jsonl },
	{ "nagios", false, write_nagios },
	{ "prometheus", true, write_prometheus },
	{ "series", true, write_series },
	{ "table", false, write_table },
};

const struct output_stale *
output_stale_find(const char *format)
{
	int i = NAME_FIND(outputs, format);

	return i < 0 ? NULL : &outputs[i];
}
