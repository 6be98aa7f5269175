#include "output/gaps.h"

#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/name.h"
#include "cli/series_file.h"
#include "market/series.h"

static size_t
listed(const struct gap_list *l, size_t limit)
{
	return limit == 0 || limit > l->len ? l->len : limit;
}

/* Why it is refused; null: it is not, or no row was kept. */
static const char *
reason_of(const struct gap *g)
{
	return g->refusal.reason[0] == '\0' ? NULL : g->refusal.reason;
}

static void
json_gap(struct json_writer *w, const struct gap *g)
{
	char from[MD_TIME_MAX], to[MD_TIME_MAX];

	md_time_format(g->from_ms, from);
	md_time_format(g->to_ms, to);
	json_object_begin(w, NULL);
	json_text(w, "symbol", g->symbol);
	json_text(w, "timeframe", timeframe_name(g->timeframe));
	json_text(w, "kind", gap_kind_name(g->kind));
	json_text(w, "from", from);
	json_text(w, "to", to);
	json_int(w, "from_ms", g->from_ms);
	json_int(w, "to_ms", g->to_ms);
	json_int(w, "bars_expected", g->bars);
	json_text(w, "reason", reason_of(g));
	if (g->kind == GAP_REFUSED) {
		json_int(w, "times", g->refusal.times);
		json_time(w, "as_of", g->refusal.asked_ms);
	}
	json_object_end(w);
}

static void
write_json(FILE *out, const struct gap_list *l, size_t limit)
{
	struct json_writer w;
	char now[MD_TIME_MAX], key[32];

	md_time_format(l->now_ms, now);
	json_start(&w, out);
	json_object_begin(&w, NULL);
	json_text(&w, "timestamp", now);
	json_object_begin(&w, "summary");
	json_int(&w, "total_monitored", (int64_t)l->series);
	for (int k = 0; k < GAP_KINDS; k++) {
		const char *name = gap_kind_name((enum gap_kind)k);

		(void)snprintf(key, sizeof(key), "%s_count", name);
		json_int(&w, key, l->counts[k]);
		(void)snprintf(key, sizeof(key), "%s_bars", name);
		json_int(&w, key, l->bars[k]);
	}
	json_object_end(&w);
	json_array_begin(&w, "gaps");
	for (size_t i = 0, n = listed(l, limit); i < n; i++)
		json_gap(&w, &l->v[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static void
write_jsonl(FILE *out, const struct gap_list *l, size_t limit)
{
	for (size_t i = 0, n = listed(l, limit); i < n; i++) {
		struct json_writer w;

		json_start_line(&w, out);
		json_gap(&w, &l->v[i]);
		json_finish(&w);
	}
}

static void
write_csv(FILE *out, const struct gap_list *l, size_t limit)
{
	struct csv_writer w;

	fputs("symbol,timeframe,kind,from,to,from_ms,to_ms,bars_expected,"
	      "reason\n",
	    out);
	csv_start(&w, out);
	for (size_t i = 0, n = listed(l, limit); i < n; i++) {
		const struct gap *g = &l->v[i];

		csv_text(&w, g->symbol);
		csv_text(&w, timeframe_name(g->timeframe));
		csv_text(&w, gap_kind_name(g->kind));
		csv_time(&w, g->from_ms);
		csv_time(&w, g->to_ms);
		csv_int(&w, g->from_ms);
		csv_int(&w, g->to_ms);
		csv_int(&w, g->bars);
		csv_text(&w, reason_of(g));
		csv_end(&w);
	}
}

/* Each series with mistakes once: its gaps stand together. */
static void
write_series(FILE *out, const struct gap_list *l, size_t limit)
{
	const struct gap *last = NULL;

	for (size_t i = 0, n = listed(l, limit); i < n; i++) {
		const struct gap *g = &l->v[i];

		if (!gap_kind_is_fault(g->kind) ||
		    (last != NULL && strcmp(last->symbol, g->symbol) == 0 &&
			last->timeframe == g->timeframe))
			continue;
		(void)series_write(out, g->symbol, g->timeframe);
		last = g;
	}
}

/* Rows that cannot be right are rare: they are told when there are any. */
static void
table_head(FILE *out, const struct gap_list *l)
{
	fprintf(out, "%s: in %zu series",
	    gap_list_has_faults(l) ? "WARNING" : "OK", l->series);
	for (int k = 0; k < GAP_KINDS; k++)
		if (k != GAP_REFUSED || l->counts[k] > 0)
			fprintf(out, "%s %lld %s (%lld bars)",
			    k == 0 ? "" : ",", (long long)l->counts[k],
			    gap_kind_name((enum gap_kind)k),
			    (long long)l->bars[k]);
	fputc('\n', out);
}

static void
write_table(FILE *out, const struct gap_list *l, size_t limit)
{
	size_t n = listed(l, limit);
	char from[MD_TIME_MAX], to[MD_TIME_MAX];
	int width = 6;

	table_head(out, l);
	for (size_t i = 0; i < n; i++)
		if ((int)strlen(l->v[i].symbol) > width)
			width = (int)strlen(l->v[i].symbol);
	if (n > 0)
		fprintf(out, "%-*s  %-9s  %-9s  %-20s  %-20s  %9s\n", width,
		    "SYMBOL", "TIMEFRAME", "KIND", "FROM", "TO", "BARS");
	for (size_t i = 0; i < n; i++) {
		const struct gap *g = &l->v[i];

		md_time_format(g->from_ms, from);
		md_time_format(g->to_ms, to);
		fprintf(out, "%-*s  %-9s  %-9s  %-20s  %-20s  %9lld%s%s\n",
		    width, g->symbol, timeframe_name(g->timeframe),
		    gap_kind_name(g->kind), from, to, (long long)g->bars,
		    g->refusal.reason[0] == '\0' ? "" : "  ",
		    g->refusal.reason);
	}
	if (n < l->len)
		fprintf(out, "and %zu more; --limit 0 lists all\n", l->len - n);
}

static const struct output_gaps outputs[] = {
	{ "csv", false, write_csv },
	{ "json", false, write_json },
	{ "jsonl", false, write_jsonl },
	{ "series", true, write_series },
	{ "table", false, write_table },
};

const struct output_gaps *
output_gaps_find(const char *format)
{
	int i = NAME_FIND(outputs, format);

	return i < 0 ? NULL : &outputs[i];
}
