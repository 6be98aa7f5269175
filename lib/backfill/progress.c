#include "backfill/progress.h"

#include <stdio.h>

#include "base/mdtime.h"

#define BAR_WIDTH 24

void
progress_draw(void *ctx, const struct backfill_progress *p)
{
	struct progress_bar *bar = ctx;
	FILE *f = bar->log->f;
	char left[64] = "", took[32];
	size_t full = p->jobs == 0 ? 0 : p->jobs_done * BAR_WIDTH / p->jobs;

	if (p->paused_ms > 0) {
		md_duration_format(p->paused_ms, took);
		(void)snprintf(left, sizeof(left), ", limited: goes on in %s",
		    took);
	} else if (p->elapsed_ms > 2000 && p->calls_done > 2 &&
		   p->calls_planned > p->calls_done) {
		md_duration_format(p->elapsed_ms *
				       (p->calls_planned - p->calls_done) /
				       p->calls_done,
		    took);
		(void)snprintf(left, sizeof(left), ", %s left", took);
	}
	flockfile(f);
	fputs(bar->color ? "\r\033[K\033[32m[" : "\r\033[K[", f);
	for (size_t i = 0; i < BAR_WIDTH; i++)
		fputc(i < full ? '=' : ' ', f);
	fprintf(f, "]%s %zu/%zu series, %lld bars, %lld requests",
	    bar->color ? "\033[0m" : "", p->jobs_done, p->jobs,
	    (long long)p->bars, (long long)p->requests);
	if (p->rate_limited > 0)
		fprintf(f, " (%lld limited)", (long long)p->rate_limited);
	if (p->jobs_failed > 0)
		fprintf(f, ", %zu failed", p->jobs_failed);
	fputs(left, f);
	(void)fflush(f);
	bar->log->bar_drawn = true;
	funlockfile(f);
}

void
progress_end(struct progress_bar *bar)
{
	if (bar->log->bar_drawn)
		fputs("\r\033[K", bar->log->f);
	bar->log->bar_drawn = false;
}
