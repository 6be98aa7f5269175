#include "backfill/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "sys/terminal.h"

#define BAR_WIDTH     24
#define BAR_WIDTH_MIN 8

/* The pieces of the line from left to right, each with the space or comma
 * before it. */
enum piece { BARS, REQUESTS, FAILED, LEFT, PIECES };

/* Which is left out before which. */
static const enum piece leaves[] = { BARS, REQUESTS, LEFT, FAILED };

/* Is it the time of files, before there are jobs? */
static bool
reads_files(const struct backfill_progress *p)
{
	return p->jobs == 0 && p->file_bytes_planned > 0;
}

/* A part of the bar's width. */
static size_t
part_of(int64_t done, int64_t all, size_t width)
{
	double part = all <= 0 ? 0 : (double)done / (double)all;

	return part <= 0   ? 0
	       : part >= 1 ? width
			   : (size_t)(part * (double)width);
}

/* How long it will take, or when it goes on; "" while nobody knows. */
static void
time_left(const struct backfill_progress *p, char *text, size_t size)
{
	char took[32];

	if (reads_files(p) && p->elapsed_ms > 2000 && p->file_bytes > 0 &&
	    p->file_bytes_planned > p->file_bytes) {
		md_duration_format((int64_t)((double)p->elapsed_ms *
					     ((double)p->file_bytes_planned /
						     (double)p->file_bytes -
						 1)),
		    took);
		(void)snprintf(text, size, ", %s left", took);
		return;
	}

	if (p->paused_ms > 0) {
		md_duration_format(p->paused_ms, took);
		(void)snprintf(text, size, ", limited: goes on in %s", took);
	} else if (p->elapsed_ms > 2000 && p->calls_done > 2 &&
		   p->calls_planned > p->calls_done) {
		md_duration_format(p->elapsed_ms *
				       (p->calls_planned - p->calls_done) /
				       p->calls_done,
		    took);
		(void)snprintf(text, size, ", %s left", took);
	}
}

static void
say(const struct backfill_progress *p, char pieces[PIECES][64])
{
	char limited[32] = "";

	if (p->rate_limited > 0)
		(void)snprintf(limited, sizeof(limited), " (%lld limited)",
		    (long long)p->rate_limited);
	(void)snprintf(pieces[BARS], sizeof(pieces[BARS]), ", %lld bars",
	    (long long)p->bars);
	(void)snprintf(pieces[REQUESTS], sizeof(pieces[REQUESTS]),
	    ", %lld request%s%s", (long long)p->requests,
	    p->requests == 1 ? "" : "s", limited);
	if (p->jobs_failed > 0)
		(void)snprintf(pieces[FAILED], sizeof(pieces[FAILED]),
		    ", %zu failed", p->jobs_failed);
	time_left(p, pieces[LEFT], sizeof(pieces[LEFT]));
}

static void
draw_bar(const struct backfill_progress *p, size_t width, bool color,
    struct buf *out)
{
	size_t full =
	    reads_files(p)
		? part_of(p->file_bytes, p->file_bytes_planned, width)
		: part_of((int64_t)p->jobs_done, (int64_t)p->jobs, width);

	buf_puts(out, color ? "\033[32m[" : "[");
	for (size_t i = 0; i < width; i++)
		buf_putc(out, i < full ? '=' : ' ');
	buf_puts(out, color ? "]\033[0m " : "] ");
}

void
progress_format(const struct backfill_progress *p, size_t columns, bool color,
    struct buf *out)
{
	char pieces[PIECES][64] = { "" };
	char series[64];
	size_t taken = 0, frame = strlen("[] ");
	int n;

	if (reads_files(p))
		n = snprintf(series, sizeof(series), "%.1f/%.1f MB of files",
		    (double)p->file_bytes / 1e6,
		    (double)p->file_bytes_planned / 1e6);
	else
		n = snprintf(series, sizeof(series), "%zu/%zu series",
		    p->jobs_done, p->jobs);

	say(p, pieces);
	taken = n > 0 ? (size_t)n : 0;
	for (size_t i = 0; i < PIECES; i++)
		taken += strlen(pieces[i]);
	for (size_t i = 0; i < PIECES && taken >= columns; i++) {
		taken -= strlen(pieces[leaves[i]]);
		pieces[leaves[i]][0] = '\0';
	}
	if (taken + frame + BAR_WIDTH_MIN < columns) {
		size_t room = columns - 1 - taken - frame;

		draw_bar(p, room < BAR_WIDTH ? room : BAR_WIDTH, color, out);
	}
	if (taken < columns)
		buf_puts(out, series);
	for (size_t i = 0; i < PIECES; i++)
		buf_puts(out, pieces[i]);
}

static void
progress_draw(void *ctx, const struct backfill_progress *p)
{
	struct progress_bar *bar = ctx;
	FILE *f = bar->log->f;
	struct buf line = BUF_INIT;

	progress_format(p, terminal_columns(fileno(f), bar->env), bar->color,
	    &line);
	flockfile(f);
	fprintf(f, "\r\033[K%s", buf_str(&line));
	(void)fflush(f);
	bar->log->bar_drawn = true;
	funlockfile(f);
	buf_free(&line);
}

void
progress_begin(struct progress_bar *bar, const struct report_options *o,
    char *(*env)(const char *), struct backfill_options *run)
{
	if (!isatty(fileno(bar->log->f)) || !terminal_moves(env) || o->quiet ||
	    o->log.json)
		return;
	bar->env = env;
	bar->color = o->color == COLOR_ALWAYS ||
		     (o->color == COLOR_AUTO && terminal_colors(env));
	run->progress = progress_draw;
	run->progress_ctx = bar;
}

void
progress_end(struct progress_bar *bar)
{
	if (bar->log->bar_drawn)
		fputs("\r\033[K", bar->log->f);
	bar->log->bar_drawn = false;
}
