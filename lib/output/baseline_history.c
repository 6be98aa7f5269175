/*
 * Since which commit a figure is another: a part of a measurement's report.
 */
#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "baseline/history.h"
#include "output/baseline.h"
#include "output/ci.h"

/* What stands before the list, or instead of it. */
static void
summary(const struct baseline_history *h, char out[256])
{
	size_t n = (size_t)snprintf(out, 256, "%zu commit%s", h->len,
	    h->len == 1 ? "" : "s");

	if (h->left_out > 0)
		n += (size_t)snprintf(out + n, 256 - n, ", %zu file%s left out",
		    h->left_out, h->left_out == 1 ? "" : "s");
	if (h->changes == 0)
		(void)snprintf(out + n, 256 - n,
		    h->len < 2 * HISTORY_RUN
			? "; a change is told from %d commits on"
			: ": no figure has changed for good",
		    2 * HISTORY_RUN);
}

static const char *
verdict(const struct history_change *c)
{
	return baseline_verdict_name(c->worse_percent > 0 ? VERDICT_SLOWER
							  : VERDICT_FASTER);
}

/* "slower by 12.3 % since 0123456789ab: duration 1.2 s, before 1.07 s" */
static void
sentence(const struct baseline_history *h, const struct history_change *c,
    char out[400])
{
	const struct baseline_figure_kind *k = &baseline_figures[c->figure];

	(void)snprintf(out, 400,
	    "%s: %s is %s by %.1f %% %s %.64s (%.4g %s, before %.4g)",
	    baseline_mode_name(c->mode), k->title, verdict(c),
	    fabs(c->worse_percent), c->lasts ? "since" : "from",
	    h->v[c->first].commit, c->now, k->unit, c->before);
}

void
output_baseline_history_table(FILE *f, const struct baseline_history *h)
{
	char text[400];

	if (h == NULL)
		return;
	summary(h, text);
	fprintf(f, "\nhistory in %s, %s\n", h->folder, text);
	for (size_t i = 0; i < h->changes; i++) {
		sentence(h, &h->change[i], text);
		fprintf(f, "  %s\n", text);
	}
}

void
output_baseline_history_markdown(FILE *f, const struct baseline_history *h)
{
	char text[256];

	if (h == NULL)
		return;
	summary(h, text);
	fprintf(f, "\n### History\n\n%s.\n", text);
	if (h->changes == 0)
		return;
	fputs("\n| first commit | mode | figure | before | now | worse by | |\n"
	      "| --- | --- | --- | ---: | ---: | ---: | --- |\n",
	    f);
	for (size_t i = 0; i < h->changes; i++) {
		const struct history_change *c = &h->change[i];
		const struct baseline_figure_kind *k =
		    &baseline_figures[c->figure];

		fprintf(f,
		    "| `%s` | %s | %s | %.4g %s | %.4g %s | %.1f %% | %s%s "
		    "|\n",
		    h->v[c->first].commit, baseline_mode_name(c->mode),
		    k->title, c->before, k->unit, c->now, k->unit,
		    c->worse_percent, verdict(c),
		    c->lasts ? "" : ", until the next");
	}
}

static double
micro(double x)
{
	return isfinite(x) ? round(x * 1e6) / 1e6 : x;
}

void
output_baseline_history_json(struct json_writer *w,
    const struct baseline_history *h)
{
	if (h == NULL)
		return;
	json_object_begin(w, "history");
	json_text(w, "folder", h->folder);
	json_int(w, "commits", (int64_t)h->len);
	json_int(w, "left_out", (int64_t)h->left_out);
	json_array_begin(w, "changes");
	for (size_t i = 0; i < h->changes; i++) {
		const struct history_change *c = &h->change[i];

		json_object_begin(w, NULL);
		json_text(w, "mode", baseline_mode_name(c->mode));
		json_text(w, "figure", baseline_figures[c->figure].name);
		json_text(w, "first_commit", h->v[c->first].commit);
		json_time(w, "first_commit_time", h->v[c->first].commit_ms);
		json_text(w, "last_commit_before", h->v[c->last_before].commit);
		json_number(w, "before", micro(c->before));
		json_number(w, "now", micro(c->now));
		json_number(w, "worse_percent", micro(c->worse_percent));
		json_number(w, "worse_percent_low", micro(c->worse.low));
		json_number(w, "worse_percent_high", micro(c->worse.high));
		json_text(w, "verdict", verdict(c));
		json_bool(w, "lasts", c->lasts);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

/* What is still slower. */
void
output_baseline_history_annotate(FILE *f, const struct baseline_history *h)
{
	char text[400];

	for (size_t i = 0; h != NULL && i < h->changes; i++) {
		if (!h->change[i].lasts || h->change[i].worse_percent < 0)
			continue;
		sentence(h, &h->change[i], text);
		ci_annotate(f, CI_WARNING, "mdbaseline history", text);
	}
}
