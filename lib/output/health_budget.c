/*
 * How well the objectives of age were kept, and what is left of the error
 * budget, in each of mdhealth's formats.
 */
#include "output/health_budget.h"

#include <math.h>

#include "base/mdtime.h"
#include "base/metrics.h"

/* Burn rates are of the last day, three and thirty, today among them. */
static const struct {
	int days;
	const char *name;
} windows[] = {
	{ 1, "1d" },
	{ 3, "3d" },
	{ COMPLIANCE_DAYS, "30d" },
};

#define WINDOWS (sizeof(windows) / sizeof(windows[0]))

struct error_budget {
	double target;  /* percent, as these: NaN where nothing is known */
	double percent; /* kept, over all days */
	double left;
	double burn[WINDOWS];
	struct compliance_count all;
};

static struct error_budget
budget_of(const struct health *h, enum tier tier)
{
	md_date today = (md_date)(h->now_ms / MD_DAY);
	struct error_budget b = { .target =
				      h->objectives->target_percent[tier] };

	for (size_t i = 0; i < WINDOWS; i++) {
		struct compliance_count c = compliance_sum(&h->compliance, tier,
		    today, windows[i].days);

		b.burn[i] = compliance_burn(&c, b.target);
		b.all = c;
	}
	b.percent = compliance_percent(&b.all);
	b.left = compliance_left(&b.all, b.target);
	return b;
}

/* Never better than it is: 99.996 % is not 100 %. */
static double
down(double percent)
{
	return floor(percent * 100) / 100;
}

static double
percent_on(const struct compliance_day *d, enum tier tier)
{
	return compliance_percent(&d->tier[tier]);
}

/* -- for people -- */

static const struct table_column budget_columns[] = {
	{ "tier", "TIER", .width = -8 },
	{ "target", "TARGET", .width = 8, .leaves = 3 },
	{ "kept", "KEPT", .width = 8 },
	{ "left", "BUDGET LEFT", .width = 11 },
	{ "burn_1d", "BURN 1D", .width = 8 },
	{ "burn_3d", "BURN 3D", .width = 8, .leaves = 1 },
	{ "burn_30d", "BURN 30D", .width = 8, .leaves = 2 },
};

static const struct table_kind budget_table = TABLE_KIND(budget_columns);

static void
put_number(struct table_cell *out, double v, const char *unit)
{
	if (isnan(v))
		table_text(out, NULL);
	else
		(void)snprintf(out->text, sizeof(out->text), "%.2f%s", v, unit);
}

static void
fill_budget(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	struct error_budget b = budget_of(rows, (enum tier)row);

	switch (column) {
	case 0:
		table_text(out, tier_name((enum tier)row));
		break;
	case 1:
		put_number(out, b.target, "%");
		break;
	case 2:
		put_number(out, down(b.percent), "%");
		break;
	case 3:
		put_number(out, down(b.left), "%");
		break;
	default:
		put_number(out, b.burn[column - 4], "");
		break;
	}
}

static const struct table_column day_columns[] = {
	{ "day", "DAY", .width = -10 },
	{ "critical", "CRITICAL", .width = 8 },
	{ "standard", "STANDARD", .width = 8 },
	{ "low", "LOW", .width = 8 },
};

static const struct table_kind day_table = TABLE_KIND(day_columns);

static void
fill_day(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct compliance_day *d =
	    (const struct compliance_day *)rows + row;

	if (column == 0)
		md_date_format(d->day, out->text);
	else
		put_number(out, down(percent_on(d, (enum tier)(column - 1))),
		    "%");
}

/* From the first day of which something is known. */
static size_t
first_known(const struct health *h)
{
	size_t i = 0;

	for (; i < h->compliance.len; i++)
		for (int t = 0; t < TIER_COUNT; t++)
			if (h->compliance.v[i].tier[t].looks > 0)
				return i;
	return i;
}

void
output_health_budget_table(FILE *f, const struct health *h,
    const struct report_view *view)
{
	size_t first = first_known(h);

	fputs("\nHow well that was kept in the last 30 days (UTC), by the "
	      "hour\n",
	    f);
	if (first == h->compliance.len) {
		fputs("nothing is known yet: runs of mdbackfill count the "
		      "hours\n",
		    f);
		return;
	}
	table_write(f, &budget_table, h, TIER_COUNT, fill_budget, view);
	fputc('\n', f);
	table_write(f, &day_table, h->compliance.v + first,
	    h->compliance.len - first, fill_day, view);
}

/* -- JSON and CSV -- */

static void
json_days(struct json_writer *w, const struct health *h, enum tier tier)
{
	char date[11];

	json_array_begin(w, "days");
	for (size_t i = 0; i < h->compliance.len; i++) {
		const struct compliance_day *d = &h->compliance.v[i];

		if (d->tier[tier].looks == 0)
			continue;
		md_date_format(d->day, date);
		json_object_begin(w, NULL);
		json_text(w, "day", date);
		json_int(w, "looks", d->tier[tier].looks);
		json_int(w, "within", d->tier[tier].within);
		json_number(w, "percent", percent_on(d, tier));
		json_object_end(w);
	}
	json_array_end(w);
}

void
output_health_budget_json(struct json_writer *w, const struct health *h)
{
	json_array_begin(w, "error_budget");
	for (int t = 0; t < TIER_COUNT; t++) {
		struct error_budget b = budget_of(h, (enum tier)t);

		json_object_begin(w, NULL);
		json_text(w, "tier", tier_name((enum tier)t));
		json_number(w, "target_percent", b.target);
		json_int(w, "window_days", COMPLIANCE_DAYS);
		json_int(w, "looks", b.all.looks);
		json_int(w, "within", b.all.within);
		json_number(w, "kept_percent", b.percent);
		json_number(w, "left_percent", b.left);
		json_number(w, "burn_rate_1d", b.burn[0]);
		json_number(w, "burn_rate_3d", b.burn[1]);
		json_number(w, "burn_rate_30d", b.burn[2]);
		json_days(w, h, (enum tier)t);
		json_object_end(w);
	}
	json_array_end(w);
}

void
output_health_budget_csv(struct csv_writer *w, const struct health *h)
{
	for (int t = 0; t < TIER_COUNT; t++) {
		struct error_budget b = budget_of(h, (enum tier)t);

		if (b.all.looks == 0)
			continue;
		csv_text(w, "rpo_30d");
		csv_text(w, tier_name((enum tier)t));
		csv_number(w, (double)h->tiers[t].rpo_ms / 1000);
		csv_int(w, b.all.looks);
		csv_int(w, b.all.within);
		csv_empty(w);
		csv_empty(w);
		csv_empty(w);
		csv_end(w);
	}
}

/* -- metrics -- */

static void
ratio(FILE *f, const char *name, enum tier tier, double percent)
{
	const char *labels[] = { "tier", tier_name(tier), NULL };

	if (!isnan(percent))
		metric_sample(f, name, labels, percent / 100);
}

void
output_health_budget_metrics(FILE *f, const struct health *h)
{
	struct error_budget b[TIER_COUNT];

	for (int t = 0; t < TIER_COUNT; t++)
		b[t] = budget_of(h, (enum tier)t);
	metric_head(f, "mdkit_rpo_target_ratio", "gauge",
	    "Share of the hours in which each series of a tier is to be within "
	    "its objective.");
	for (int t = 0; t < TIER_COUNT; t++)
		ratio(f, "mdkit_rpo_target_ratio", (enum tier)t, b[t].target);
	metric_head(f, "mdkit_rpo_kept_ratio", "gauge",
	    "Share of the hours of the last 30 days in which it was.");
	for (int t = 0; t < TIER_COUNT; t++)
		ratio(f, "mdkit_rpo_kept_ratio", (enum tier)t, b[t].percent);
	metric_head(f, "mdkit_rpo_error_budget_left_ratio", "gauge",
	    "What is left of a tier's error budget of 30 days.");
	for (int t = 0; t < TIER_COUNT; t++)
		ratio(f, "mdkit_rpo_error_budget_left_ratio", (enum tier)t,
		    b[t].left);
	metric_head(f, "mdkit_rpo_burn_rate", "gauge",
	    "How many times as fast as the target allows the error budget is "
	    "used.");
	for (int t = 0; t < TIER_COUNT; t++)
		for (size_t i = 0; i < WINDOWS; i++) {
			const char *labels[] = { "tier",
				tier_name((enum tier)t), "window",
				windows[i].name, NULL };

			if (!isnan(b[t].burn[i]))
				metric_sample(f, "mdkit_rpo_burn_rate", labels,
				    b[t].burn[i]);
		}
}

/* -- the page -- */

/* A bar for each day, the higher the more was missed; none: nothing is known.
 */
static void
day_chart(FILE *f, const struct health *h, enum tier tier, double target)
{
	char date[11];

	fprintf(f,
	    "<svg viewBox=\"0 0 %d 24\" style=\"max-width:24rem\" role=\"img\" "
	    "aria-label=\"Share missed of each day, tier %s\">"
	    "<line class=\"axis\" x1=\"0\" y1=\"23.5\" x2=\"%d\" "
	    "y2=\"23.5\"/>",
	    COMPLIANCE_DAYS * 6, tier_name(tier), COMPLIANCE_DAYS * 6);
	for (size_t i = 0; i < h->compliance.len; i++) {
		const struct compliance_day *d = &h->compliance.v[i];
		double percent = percent_on(d, tier);

		if (isnan(percent))
			continue;
		md_date_format(d->day, date);
		fprintf(f,
		    "<rect class=\"%s\" x=\"%zu\" y=\"%.1f\" width=\"5\" "
		    "height=\"%.1f\"><title>%s: %.2f%% kept</title></rect>",
		    percent >= target ? "good" : "bad", i * 6,
		    21 - (100 - percent) / 5, 2 + (100 - percent) / 5, date,
		    down(percent));
	}
	fputs("</svg>", f);
}

static void
cell(FILE *f, double v, const char *unit)
{
	if (isnan(v))
		fputs("<td class=\"n\">–</td>", f);
	else
		fprintf(f, "<td class=\"n\">%.2f%s</td>", v, unit);
}

/* Its days are a row of their own: phones are narrow. */
static void
html_tier(FILE *f, const struct health *h, enum tier tier)
{
	struct error_budget b = budget_of(h, tier);

	if (b.all.looks == 0)
		return;
	fprintf(f, "<tr><td>%s</td>", tier_name(tier));
	cell(f, b.target, "%");
	cell(f, down(b.percent), "%");
	cell(f, down(b.left), "%");
	cell(f, b.burn[1], "");
	fputs("</tr>\n<tr class=\"why\"><td colspan=\"5\">", f);
	day_chart(f, h, tier, b.target);
	fputs("</td></tr>\n", f);
}

void
output_health_budget_html(FILE *f, const struct health *h)
{
	if (first_known(h) == h->compliance.len)
		return;
	fputs("<h3>Kept over 30 days</h3>\n"
	      "<div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">Tier</th>"
	      "<th scope=\"col\" class=\"n\">Target</th>"
	      "<th scope=\"col\" class=\"n\">Kept</th>"
	      "<th scope=\"col\" class=\"n\">Budget left</th>"
	      "<th scope=\"col\" class=\"n\">Burn rate</th></tr></thead>\n"
	      "<tbody>\n",
	    f);
	for (int t = 0; t < TIER_COUNT; t++)
		html_tier(f, h, (enum tier)t);
	fputs("</tbody></table></div>\n"
	      "<p class=\"dim\">Each series, each hour; the bars are what was "
	      "missed of each day. The burn rate is that of three days: at 1 "
	      "the budget is used up just as its 30 days end.</p>\n",
	    f);
}
