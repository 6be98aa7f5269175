#include "output/quality.h"

#include <stdio.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "base/name.h"
#include "base/number.h"

static void
json_find(struct json_writer *w, const struct quality_find *f)
{
	char ts[MD_TIME_MAX];

	md_time_format(f->bar.t, ts);
	json_object_begin(w, NULL);
	json_text(w, "symbol", f->symbol);
	json_text(w, "timeframe", timeframe_name(f->timeframe));
	json_text(w, "ts", ts);
	json_int(w, "ts_ms", f->bar.t);
	json_text(w, "rule", quality_rule_name(f->bar.rule));
	json_number(w, "figure", f->bar.figure);
	json_number(w, "bound", f->bar.bound);
	json_object_end(w);
}

static void
write_json(FILE *out, const struct quality_report *r,
    const struct report_view *view)
{
	struct json_writer w;
	char now[MD_TIME_MAX];

	(void)view;
	md_time_format(r->query->now_ms, now);
	json_start(&w, out);
	json_object_begin(&w, NULL);
	json_text(&w, "timestamp", now);
	json_int(&w, "series", (int64_t)r->series);
	json_int(&w, "bars", r->bars);
	json_object_begin(&w, "counts");
	for (int i = 0; i < QUALITY_RULES; i++)
		json_int(&w, quality_rule_name((enum quality_rule)i),
		    r->counts[i]);
	json_object_end(&w);
	json_array_begin(&w, "doubtful");
	for (size_t i = 0; i < r->finds.len; i++)
		json_find(&w, &r->finds.v[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static void
write_csv(FILE *out, const struct quality_report *r,
    const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("symbol,timeframe,ts,ts_ms,rule,figure,bound\n", out);
	csv_start(&w, out);
	for (size_t i = 0; i < r->finds.len; i++) {
		const struct quality_find *f = &r->finds.v[i];

		csv_text(&w, f->symbol);
		csv_text(&w, timeframe_name(f->timeframe));
		csv_time(&w, f->bar.t);
		csv_int(&w, f->bar.t);
		csv_text(&w, quality_rule_name(f->bar.rule));
		csv_number(&w, f->bar.figure);
		csv_number(&w, f->bar.bound);
		csv_end(&w);
	}
}

enum {
	COLUMN_SYMBOL,
	COLUMN_TIMEFRAME,
	COLUMN_TS,
	COLUMN_RULE,
	COLUMN_FIGURE,
	COLUMN_BOUND,
};

static const struct table_column columns[] = {
	[COLUMN_SYMBOL] = { "symbol", "SYMBOL", .width = -8, .grows = true },
	[COLUMN_TIMEFRAME] = { "timeframe", "TIMEFRAME", .width = -9 },
	[COLUMN_TS] = { "ts", "TIME", .width = -20 },
	[COLUMN_RULE] = { "rule", "RULE", .width = -7 },
	[COLUMN_FIGURE] = { "figure", "FIGURE", .width = 12 },
	[COLUMN_BOUND] = { "bound", "BOUND", .width = 8, .leaves = 1 },
};

const struct table_kind output_quality_columns = TABLE_KIND(columns);

static void
fill(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct quality_find *f =
	    &((const struct quality_report *)rows)->finds.v[row];

	switch (column) {
	case COLUMN_SYMBOL:
		table_text(out, f->symbol);
		break;
	case COLUMN_TIMEFRAME:
		table_text(out, timeframe_name(f->timeframe));
		break;
	case COLUMN_TS:
		table_time(out, f->bar.t);
		break;
	case COLUMN_RULE:
		table_text(out, quality_rule_name(f->bar.rule));
		break;
	case COLUMN_FIGURE:
		(void)snprintf(out->text, sizeof(out->text), "%.1f",
		    f->bar.figure);
		break;
	default:
		(void)snprintf(out->text, sizeof(out->text), "%g",
		    f->bar.bound);
		break;
	}
}

static void
write_table(FILE *out, const struct quality_report *r,
    const struct report_view *view)
{
	int64_t sum = 0;

	for (int i = 0; i < QUALITY_RULES; i++)
		sum += r->counts[i];
	fprintf(out, "%lld doubtful of %lld bars in %zu series", (long long)sum,
	    (long long)r->bars, r->series);
	for (int i = 0; i < QUALITY_RULES; i++)
		if (r->counts[i] > 0)
			fprintf(out, ", %lld %s", (long long)r->counts[i],
			    quality_rule_name((enum quality_rule)i));
	fputc('\n', out);
	if (r->finds.len == 0)
		return;
	fputc('\n', out);
	table_write(out, &output_quality_columns, r, r->finds.len, fill, view);
	if ((int64_t)r->finds.len < sum)
		fprintf(out, "\nand %lld more: --limit 0 lists all\n",
		    (long long)(sum - (int64_t)r->finds.len));
}

static const struct {
	const char *name;
	struct output_quality output;
} outputs[] = {
	{ "table", { "table", write_table } },
	{ "json", { "json", write_json } },
	{ "csv", { "csv", write_csv } },
};

const struct output_quality *
output_quality_find(const char *format)
{
	int i = NAME_FIND(outputs, format);

	return i < 0 ? NULL : &outputs[i].output;
}
