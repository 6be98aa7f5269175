#include "output/gaps.h"

#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/name.h"
#include "cli/series_file.h"
#include "market/series.h"
#include "output/fold.h"

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
write_json(FILE *out, const struct gap_list *l, size_t limit,
    const struct report_view *view)
{
	struct json_writer w;
	char now[MD_TIME_MAX], key[32];

	(void)view;
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
write_jsonl(FILE *out, const struct gap_list *l, size_t limit,
    const struct report_view *view)
{
	for (size_t i = 0, n = listed(l, limit); i < n; i++) {
		struct json_writer w;

		(void)view;
		json_start_line(&w, out);
		json_gap(&w, &l->v[i]);
		json_finish(&w);
	}
}

static void
write_csv(FILE *out, const struct gap_list *l, size_t limit,
    const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
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
write_series(FILE *out, const struct gap_list *l, size_t limit,
    const struct report_view *view)
{
	const struct gap *last = NULL;

	(void)view;
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

enum {
	COLUMN_SYMBOL,
	COLUMN_TIMEFRAME,
	COLUMN_KIND,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_BARS,
	COLUMN_REASON,
};

static const struct table_column columns[] = {
	[COLUMN_SYMBOL] = { "symbol", "SYMBOL", .width = -6, .grows = true },
	[COLUMN_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9,
	    .leaves = 2 },
	[COLUMN_KIND] = { "kind", "KIND", .width = -9 },
	[COLUMN_FROM] = { "from", "FROM", .width = -20, .brief = 16 },
	[COLUMN_TO] = { "to", "TO", .width = -20, .leaves = 3, .brief = 16 },
	[COLUMN_BARS] = { "bars", "BARS", .width = 9, .leaves = 1 },
	[COLUMN_REASON] = { "reason", NULL, .width = 0 },
};

const struct table_kind output_gaps_columns = TABLE_KIND(columns);

static void
fill_gap(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct gap *g = &((const struct gap_list *)rows)->v[row];

	switch (column) {
	case COLUMN_SYMBOL:
		table_text(out, g->symbol);
		break;
	case COLUMN_TIMEFRAME:
		table_text(out, timeframe_name(g->timeframe));
		break;
	case COLUMN_KIND:
		table_text(out, gap_kind_name(g->kind));
		break;
	case COLUMN_FROM:
		md_time_format(g->from_ms, out->text);
		break;
	case COLUMN_TO:
		md_time_format(g->to_ms, out->text);
		break;
	case COLUMN_BARS:
		table_int(out, g->bars);
		break;
	default:
		table_text(out, g->refusal.reason);
		break;
	}
}

static void
write_table(FILE *to, const struct gap_list *l, size_t limit,
    const struct report_view *view)
{
	size_t n = listed(l, limit);
	struct fold fold;
	FILE *out = fold_open(&fold, to, view->terminal);

	table_head(out, l);
	if (n > 0)
		table_write(out, &output_gaps_columns, l, n, fill_gap, view);
	if (n < l->len)
		fprintf(out, "and %zu more; --limit 0 lists all\n", l->len - n);
	fold_close(&fold);
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
