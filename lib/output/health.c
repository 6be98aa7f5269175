#include "output/health.h"

#include <math.h>
#include <string.h>

#include "base/mdtime.h"

static const struct output_health prometheus = {
	.format = "prometheus",
	.measured = true,
	.summary = output_health_prometheus,
};

static const struct output_health html = {
	.format = "html",
	.measured = true,
	.summary = output_health_html,
};

static const struct output_health nagios = {
	.format = "nagios",
	.summary = output_health_nagios,
};

static const struct output_health series = {
	.format = "series",
	.failures = output_health_series,
};

static const struct output_health *const outputs[] = {
	&output_health_csv,
	&html,
	&output_health_json,
	&nagios,
	&prometheus,
	&series,
	&output_health_table,
};

const struct output_health *
output_health_find(const char *format)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (strcmp(outputs[i]->format, format) == 0)
			return outputs[i];
	return NULL;
}

static double
seconds_between(int64_t from, int64_t to)
{
	return from == 0 || to == 0 ? (double)NAN : (double)(to - from) / 1000;
}

double
execution_seconds(const struct execution *x)
{
	return seconds_between(x->started_ms, x->completed_ms);
}

double
execution_success_percent(const struct execution *x)
{
	return x->total == 0 || x->status == EXECUTION_RUNNING
		   ? (double)NAN
		   : percent_of(x->successful, x->total);
}

double
execution_elapsed(const struct execution_row *r, int64_t now_ms)
{
	if (r->x.status != EXECUTION_RUNNING || now_ms < r->x.started_ms)
		return (double)NAN;
	return (double)(now_ms - r->x.started_ms) / 1000;
}

double
execution_left(const struct execution_row *r, int64_t now_ms)
{
	double elapsed = execution_elapsed(r, now_ms);
	int64_t left;

	if (isnan(elapsed))
		return elapsed;
	left = run_left_ms(&r->progress, now_ms - r->x.started_ms);
	return left < 0 ? (double)NAN : (double)left / 1000;
}

static void
running_words(const struct execution_row *r, int64_t now_ms,
    char out[EXECUTION_WORDS])
{
	const struct run_progress *p = &r->progress;
	double left = execution_left(r, now_ms);
	char elapsed[32], more[48] = "", failed[40] = "";

	md_duration_format(now_ms > r->x.started_ms ? now_ms - r->x.started_ms
						    : 0,
	    elapsed);
	if (p->failed > 0)
		(void)snprintf(failed, sizeof(failed), ", %lld failed",
		    (long long)p->failed);
	if (!isnan(left)) {
		memcpy(more, ", about ", sizeof(", about "));
		md_duration_format((int64_t)(left * 1000), more + strlen(more));
		memcpy(more + strlen(more), " left", sizeof(" left"));
	}
	(void)snprintf(out, EXECUTION_WORDS,
	    "%lld of %lld jobs%s, %lld at work, %s%s", (long long)p->done,
	    (long long)p->jobs, failed, (long long)p->at_work, elapsed, more);
}

void
execution_words(const struct execution_row *r, int64_t now_ms,
    char out[EXECUTION_WORDS])
{
	const struct execution *x = &r->x;
	char took[32] = "-";

	if (x->status == EXECUTION_RUNNING) {
		running_words(r, now_ms, out);
		return;
	}
	if (!isnan(execution_seconds(x)))
		md_duration_format(x->completed_ms - x->started_ms, took);
	(void)snprintf(out, EXECUTION_WORDS, "%lld of %lld symbols, %s",
	    (long long)x->successful, (long long)x->total, took);
}

double
job_seconds_taken(const struct job_record *j)
{
	return seconds_between(j->started_ms, j->completed_ms);
}
