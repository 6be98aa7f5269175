#include "serve/traffic.h"

#include <stdbool.h>
#include <string.h>

#include "base/metrics.h"

/* Statuses that there are; what else comes is the last. */
static const int codes[TRAFFIC_CODES - 1] = { 200, 204, 304, 400, 401, 403, 404,
	405, 409, 413, 414, 421, 422, 500, 501, 503 };

/* In µs: up to a tenth of what a reader notices, and past what he waits. */
static const int64_t bounds[TRAFFIC_BUCKETS] = { 500, 1000, 2500, 5000, 10000,
	25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
	10000000 };

static size_t
code_of(int status)
{
	size_t i = 0;

	while (i < TRAFFIC_CODES - 1 && codes[i] != status)
		i++;
	return i;
}

void
traffic_note(struct traffic *t, size_t path, int status, int64_t us)
{
	size_t bucket = 0;

	if (path >= TRAFFIC_PATHS)
		path = TRAFFIC_PATHS - 1;
	if (us < 0)
		us = 0;
	while (bucket < TRAFFIC_BUCKETS && us > bounds[bucket])
		bucket++;
	atomic_fetch_add(&t->requests[path][code_of(status)], 1);
	atomic_fetch_add(&t->took[path][bucket], 1);
	atomic_fetch_add(&t->us[path], (unsigned long long)us);
}

void
traffic_path_name(const char *path, char out[static TRAFFIC_NAME])
{
	const char *part = "{symbol}", *from, *star;
	size_t at = 0;

	for (from = path; (star = strchr(from, '*')) != NULL; from = star + 1) {
		at += (size_t)snprintf(out + at, TRAFFIC_NAME - at, "%s%.*s%s",
		    at == 0 ? "/" : "", (int)(star - from), from, part);
		part = "{timeframe}";
	}
	(void)snprintf(out + at, TRAFFIC_NAME - at, "%s%s", at == 0 ? "/" : "",
	    from);
}

static void
requests(FILE *f, struct traffic *t, size_t path, const char *name)
{
	char code[16];
	const char *labels[] = { "path", name, "code", code, NULL };

	for (size_t i = 0; i < TRAFFIC_CODES; i++) {
		unsigned long long n = atomic_load(&t->requests[path][i]);

		if (n == 0)
			continue;
		if (i < TRAFFIC_CODES - 1)
			(void)snprintf(code, sizeof(code), "%d", codes[i]);
		else
			(void)snprintf(code, sizeof(code), "other");
		metric_sample(f, "mdserve_http_requests_total", labels,
		    (double)n);
	}
}

/* Cumulative, as a histogram is written. */
static void
durations(FILE *f, struct traffic *t, size_t path, const char *name)
{
	char le[32];
	const char *labels[] = { "path", name, "le", le, NULL };
	const char *alone[] = { "path", name, NULL };
	unsigned long long n = 0;
	/* Before the counts: it is never of fewer than they are. */
	double seconds = (double)atomic_load(&t->us[path]) / 1e6;

	for (size_t i = 0; i <= TRAFFIC_BUCKETS; i++) {
		n += atomic_load(&t->took[path][i]);
		if (i < TRAFFIC_BUCKETS)
			(void)snprintf(le, sizeof(le), "%g",
			    (double)bounds[i] / 1e6);
		else
			(void)snprintf(le, sizeof(le), "+Inf");
		metric_sample(f, "mdserve_http_request_duration_seconds_bucket",
		    labels, (double)n);
	}
	metric_sample(f, "mdserve_http_request_duration_seconds_sum", alone,
	    seconds);
	metric_sample(f, "mdserve_http_request_duration_seconds_count", alone,
	    (double)n);
}

static bool
was_asked(struct traffic *t, size_t path)
{
	for (size_t i = 0; i < TRAFFIC_CODES; i++)
		if (atomic_load(&t->requests[path][i]) > 0)
			return true;
	return false;
}

static void
each(FILE *f, struct traffic *t, const char *const *paths, size_t n,
    void (*write)(FILE *, struct traffic *, size_t path, const char *name))
{
	char name[TRAFFIC_NAME];

	for (size_t i = 0; i < TRAFFIC_PATHS; i++) {
		/* Those beyond the table are one. */
		if (i >= n && i < TRAFFIC_PATHS - 1)
			continue;
		if (i < n)
			traffic_path_name(paths[i], name);
		else
			(void)snprintf(name, sizeof(name), "other");
		if (was_asked(t, i))
			write(f, t, i, name);
	}
}

void
traffic_metrics(FILE *f, struct traffic *t, const char *const *paths, size_t n)
{
	static const char *const names[TRAFFIC_SOURCES] = {
		[TRAFFIC_KEPT] = "kept",
		[TRAFFIC_REFRESHED] = "refreshed",
		[TRAFFIC_MADE] = "made",
	};

	metric_head(f, "mdserve_http_requests_total", "counter",
	    "Requests answered, by path and status.");
	each(f, t, paths, n, requests);
	metric_head(f, "mdserve_http_request_duration_seconds", "histogram",
	    "From when a request was read to when its answer was there to be "
	    "sent.");
	each(f, t, paths, n, durations);
	metric_head(f, "mdserve_http_requests_in_progress", "gauge",
	    "Requests being answered, this one among them.");
	metric_sample(f, "mdserve_http_requests_in_progress", NULL,
	    (double)atomic_load(&t->in_progress));
	metric_head(f, "mdserve_answers_total", "counter",
	    "Answers by whether they were kept from before.");
	for (int i = 0; i < TRAFFIC_SOURCES; i++) {
		const char *labels[] = { "source", names[i], NULL };

		metric_sample(f, "mdserve_answers_total", labels,
		    (double)atomic_load(&t->sources[i]));
	}
}
