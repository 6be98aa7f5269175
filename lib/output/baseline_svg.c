/*
 * A timeline: a row a job, what it waited for above, what was stored of it
 * below, so that one sees what overlaps.
 */
#include <math.h>

#include "output/baseline.h"

#define WIDTH 1200.0
#define LEFT  130.0 /* of the names */
#define ROW   12.0
#define HEAD  64.0

/* Okabe and Ito's, which all eyes tell apart; grey for idleness. */
static const char *const colours[STAGE_COUNT] = {
	[STAGE_FIRST_BYTE] = "#56b4e9",
	[STAGE_TRANSFER] = "#0072b2",
	[STAGE_DECODE] = "#009e73",
	[STAGE_DATABASE] = "#d55e00",
	[STAGE_FEATURES] = "#cc79a7",
	[STAGE_BACKOFF] = "#f0e442",
	[STAGE_PACING] = "#e69f00",
	[STAGE_QUEUE] = "#bbbbbb",
	[STAGE_TURN] = "#dddddd",
};

/* Of the writer: the lower half of a row. */
static bool
is_lower(enum stage s)
{
	return s == STAGE_DATABASE || s == STAGE_FEATURES || s == STAGE_QUEUE;
}

static void
escaped(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '<')
			fputs("&lt;", f);
		else
			fputc(*s, f);
}

static void
legend(FILE *f)
{
	double x = LEFT;

	for (int s = 0; s < STAGE_COUNT; s++) {
		fprintf(f,
		    "<rect x=\"%.0f\" y=\"30\" width=\"10\" height=\"10\" "
		    "fill=\"%s\"/><text x=\"%.0f\" y=\"39\">%s</text>\n",
		    x, colours[s], x + 14, stage_name((enum stage)s));
		x += 100;
	}
}

static double
length_of(const struct baseline_mode_result *m)
{
	double longest = 0;

	for (size_t i = 0; i < m->run->jobs_len; i++)
		longest =
		    fmax(longest, m->jobs[i].started + m->jobs[i].seconds);
	return longest;
}

static void
axis(FILE *f, double y, double height, double seconds, double scale)
{
	double step = pow(10, floor(log10(fmax(seconds, 1e-3))));

	if (seconds / step < 3)
		step /= 5;
	for (int i = 0; i * step <= seconds; i++) {
		double x = LEFT + i * step * scale;

		fprintf(f,
		    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
		    "stroke=\"#e5e5e5\"/><text x=\"%.1f\" y=\"%.1f\">%g s"
		    "</text>\n",
		    x, y, x, y + height, x, y - 3, i * step);
	}
}

static void
spans(FILE *f, const struct baseline_job *j, double y, double scale)
{
	for (size_t i = 0; i < j->log->len; i++) {
		const struct stage_span *v = &j->log->v[i];
		double from =
		    j->started + (double)(v->from - j->log->from) / 1e6;
		double width = (double)(v->to - v->from) / 1e6 * scale;

		/* Nobody would see it. */
		if (width < 0.05)
			continue;
		fprintf(f,
		    "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		    "height=\"%.1f\" fill=\"%s\"/>",
		    LEFT + from * scale, y + (is_lower(v->stage) ? ROW / 2 : 0),
		    fmax(width, 0.2), ROW / 2 - 0.5, colours[v->stage]);
	}
	fputc('\n', f);
}

static void
panel(FILE *f, const struct baseline_mode_result *m, double y, double scale)
{
	double seconds = length_of(m);
	char jobs[CONCURRENCY_WORD];

	fprintf(f,
	    "<text x=\"4\" y=\"%.1f\" font-weight=\"bold\">%s, -j %s: "
	    "%.2f s</text>\n",
	    y - 16, baseline_mode_name(m->mode),
	    concurrency_word(m->jobs_at_once, jobs), m->run->seconds);
	axis(f, y, ROW * (double)m->run->jobs_len, seconds, scale);
	for (size_t i = 0; i < m->run->jobs_len; i++) {
		const struct job_record *r = m->jobs[i].record;
		double top = y + ROW * (double)i;

		fprintf(f, "<text x=\"4\" y=\"%.1f\">", top + ROW - 3);
		escaped(f, r->symbol);
		fprintf(f, " %s%s</text>", timeframe_name(r->timeframe),
		    r->status == JOB_COMPLETED ? "" : " (failed)");
		spans(f, &m->jobs[i], top, scale);
	}
}

void
output_baseline_svg(FILE *f, const struct baseline_report *p, bool color)
{
	double height = HEAD, y = HEAD, longest = 0;

	(void)color;
	for (size_t k = 0; k < p->modes; k++) {
		height += ROW * (double)p->mode[k].run->jobs_len + HEAD;
		longest = fmax(longest, length_of(&p->mode[k]));
	}
	fprintf(f,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f "
	    "%.0f\" font-family=\"sans-serif\" font-size=\"9\">\n"
	    "<title>Jobs of a backfill by stage, target %s</title>\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	    "<text x=\"4\" y=\"14\" font-size=\"13\">Jobs by stage; target: "
	    "%s; above what is fetched, below what is stored</text>\n",
	    WIDTH, height, p->target, p->target);
	legend(f);
	for (size_t k = 0; k < p->modes; k++) {
		y += HEAD / 2;
		panel(f, &p->mode[k], y,
		    (WIDTH - LEFT - 20) / fmax(longest, 1e-3));
		y += ROW * (double)p->mode[k].run->jobs_len + HEAD / 2;
	}
	fputs("</svg>\n", f);
}
