#include "output/health.h"

#include <math.h>
#include <string.h>

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

static const struct output_health *const outputs[] = {
	&output_health_csv,
	&html,
	&output_health_json,
	&prometheus,
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
	return x->total == 0 ? (double)NAN
			     : percent_of(x->successful, x->total);
}

double
job_seconds_taken(const struct job_record *j)
{
	return seconds_between(j->started_ms, j->completed_ms);
}
