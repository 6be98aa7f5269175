#include "load/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/name.h"

#define NS_MS      INT64_C(1000000)
#define ROWS       500 /* asked for where the limit is not the question */
#define PROBE_MS   5000
#define SHARE_FULL 0.9  /* of a core: this side is the limit */
#define SHORT_S    0.1  /* too short a time to tell its share of */
#define LATE_SHARE 0.01 /* of requests sent late that is too much */

static const char *const scenario_names[SCENARIO_COUNT] = {
	[SCENARIO_CACHED] = "cached",
	[SCENARIO_UNCACHED] = "uncached",
	[SCENARIO_LIMITS] = "limits",
	[SCENARIO_TIMEFRAMES] = "timeframes",
	[SCENARIO_PATH] = "path",
};

static const int64_t limits[] = { 100, 500, 1000 };
static const char *const limit_names[] = { "100", "500", "1000" };

static const enum timeframe timeframes[] = { TF_5M, TF_15M, TF_1H, TF_4H,
	TF_1D };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- names -- */

const char *
load_scenario_name(enum load_scenario s)
{
	return scenario_names[s];
}

static bool
scenario_bit(const char *s, size_t len, unsigned *bit)
{
	int i = NAME_FIND_N(scenario_names, s, len);

	*bit = i < 0 ? SCENARIO_ALL : 1U << i;
	return (i >= 0 && i < SCENARIO_PATH) ||
	       (len == 3 && strncmp(s, "all", len) == 0);
}

bool
load_scenarios_parse(const char *s, unsigned *bits, struct md_error *e)
{
	unsigned found = 0, bit;

	for (;;) {
		size_t n = strcspn(s, ",");

		if (!scenario_bit(s, n, &bit))
			return md_fail(e, MD_EUSAGE,
			    "'%.*s': expected some of " SCENARIO_NAMES, (int)n,
			    s);
		found |= bit;
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	*bits = found;
	return true;
}

const char *
load_value_kind(enum load_scenario s)
{
	if (s == SCENARIO_LIMITS)
		return "limit";
	return s == SCENARIO_TIMEFRAMES ? "timeframe" : NULL;
}

const char *
load_value_name(enum load_scenario s, size_t i)
{
	if (s == SCENARIO_LIMITS)
		return limit_names[i];
	return s == SCENARIO_TIMEFRAMES ? timeframe_name(timeframes[i]) : "";
}

int64_t
load_value_limit(size_t i)
{
	return limits[i];
}

const char *
load_place_name(const struct load_place *p)
{
	switch (p->kind) {
	case PLACE_URL:
		return p->target.url;
	case PLACE_STAND_IN:
		return "local stand-in";
	case PLACE_STORE:
		break;
	}
	return "store";
}

void
load_error_kind(const struct load_error *x, char out[32])
{
	static const char *const names[] = {
		[LOAD_OK] = "none",
		[LOAD_CONNECT] = "connect",
		[LOAD_RESET] = "reset",
		[LOAD_CLOSED] = "closed",
		[LOAD_TRUNCATED] = "truncated",
		[LOAD_TIMEOUT] = "timeout",
		[LOAD_PROTOCOL] = "protocol",
		[LOAD_STATUS] = "http",
		[LOAD_UNSENT] = "unsent",
		[LOAD_MISSING] = "missing",
		[LOAD_STORE] = "store",
	};

	if (x->fault == LOAD_STATUS)
		(void)snprintf(out, 32, "http_%d", x->status);
	else
		(void)snprintf(out, 32, "%s", names[x->fault]);
}

/* -- figures -- */

static const double percents[METRIC_COUNT] = {
	[METRIC_P50] = 50,
	[METRIC_P90] = 90,
	[METRIC_P95] = 95,
	[METRIC_P99] = 99,
	[METRIC_P999] = 99.9,
	[METRIC_MAX] = 100,
};

/* As many as the percentile leaves above itself are less than one. */
bool
load_is_maximum(const struct load_figures *f, enum load_metric m)
{
	double n = (double)f->latency.total;

	return m >= METRIC_P50 && m <= METRIC_P999 && n > 0 &&
	       n * (100 - percents[m]) / 100 < 1 - 1e-9;
}

double
load_figure(const struct load_figures *f, double seconds, enum load_metric m)
{
	if (m == METRIC_SUCCESS)
		return f->total == 0 ? (double)NAN
				     : 100 * (double)f->good / (double)f->total;
	if (m == METRIC_RPS)
		return seconds > 0 ? (double)f->good / seconds : (double)NAN;
	if (f->latency.total == 0)
		return (double)NAN;
	if (m == METRIC_AVG)
		return histogram_mean(&f->latency) / 1e6;
	return (double)histogram_percentile(&f->latency, percents[m]) / 1e6;
}

/* -- one scenario -- */

struct scenario_run {
	const struct load_options *options;
	struct load_result *result;
	bool counted; /* not of the warm-up */
};

static void
fill_request(void *ctx, uint64_t k, struct load_request *out)
{
	const struct scenario_run *r = ctx;
	const struct load_options *o = r->options;

	*out = (struct load_request){
		.symbol = o->symbols[0],
		.timeframe = TF_1D,
		.limit = ROWS,
	};
	switch (r->result->scenario) {
	case SCENARIO_CACHED:
		break;
	case SCENARIO_UNCACHED:
		out->symbol = o->symbols[k % o->symbols_len];
		/* A millisecond of the next century that nobody has named. */
		out->end_ms = (int64_t)(INT64_C(4102444800000) +
					(int64_t)(o->seed % 2000000000000U) +
					(int64_t)k * 2 + (r->counted ? 0 : 1));
		break;
	case SCENARIO_LIMITS:
		out->value = k % COUNT(limits);
		out->limit = limits[out->value];
		break;
	case SCENARIO_TIMEFRAMES:
		out->value = k % COUNT(timeframes);
		out->timeframe = timeframes[out->value];
		break;
	case SCENARIO_PATH:
	case SCENARIO_COUNT:
		out->path = o->path;
		break;
	}
}

static void
note_error(struct load_result *r, const struct load_outcome *o)
{
	int status = o->fault == LOAD_STATUS ? o->status : 0;
	char path[200];
	size_t i = 0;

	while (i < r->errors_len && (r->errors[i].fault != o->fault ||
					r->errors[i].status != status))
		i++;
	if (i == r->errors_len && i == LOAD_ERRORS)
		i--; /* the last kind stands for what no longer fits */
	r->errors[i].count++;
	if (i < r->errors_len)
		return;
	r->errors_len++;
	r->errors[i].fault = o->fault;
	r->errors[i].status = status;
	(void)load_request_path(o->ask, path, sizeof(path));
	(void)snprintf(r->errors[i].example, sizeof(r->errors[i].example),
	    "%s: %s", path, o->detail == NULL ? "failed" : o->detail);
	md_printable(r->errors[i].example);
}

static bool
count_one(void *ctx, const struct load_outcome *o)
{
	struct scenario_run *r = ctx;
	struct load_figures *f = &r->result->value[o->ask->value];

	if (!r->counted)
		return true;
	f->total++;
	f->bytes += o->bytes;
	if (o->fault != LOAD_OK) {
		note_error(r->result, o);
		return true;
	}
	f->good++;
	return histogram_record(&f->latency, o->latency_ns);
}

static bool
sum_up(struct load_result *r, struct md_error *e)
{
	for (size_t i = 0; i < r->values; i++) {
		const struct load_figures *f = &r->value[i];

		r->all.total += f->total;
		r->all.good += f->good;
		r->all.bytes += f->bytes;
		if (!histogram_merge(&r->all.latency, &f->latency))
			return md_nomem(e);
	}
	return true;
}

/* What the load is put on, opened. */
struct engines {
	struct load_http *http; /* or */
	struct load_store *store;
};

static bool
run_job(const struct engines *g, const struct load_job *j,
    struct load_generator *effort, struct md_error *e)
{
	return g->http != NULL ? load_http_run(g->http, j, effort, e)
			       : load_store_run(g->store, j, effort, e);
}

static bool
run_scenario(const struct load_options *o, const struct engines *g,
    struct load_result *r, struct md_error *e)
{
	struct scenario_run run = { o, r, false };
	struct load_job job = {
		.count = o->warmup,
		.timeout_ns = o->timeout_ms * NS_MS,
		.ask = fill_request,
		.done = count_one,
		.ctx = &run,
		.stopped = o->stopped,
	};

	r->values = r->scenario == SCENARIO_LIMITS       ? COUNT(limits)
		    : r->scenario == SCENARIO_TIMEFRAMES ? COUNT(timeframes)
							 : 1;
	if (o->warmup > 0) {
		if (!run_job(g, &job, &r->effort, e))
			return false;
		r->warmup = o->warmup;
		r->warmup_seconds = r->effort.seconds;
	}
	run.counted = true;
	job.count = o->count;
	job.duration_ns = o->duration_ms * NS_MS;
	job.rate = o->rate;
	return run_job(g, &job, &r->effort, e) && sum_up(r, e);
}

/* -- verdicts -- */

static void
check_thresholds(struct load_report *p, const struct load_result *r)
{
	const struct thresholds *t = &p->options->thresholds;

	for (size_t i = 0; i < t->len; i++) {
		struct load_verdict *v = &p->verdict[p->verdicts++];

		v->scenario = r->scenario;
		v->threshold = t->v[i];
		v->measured =
		    load_figure(&r->all, r->effort.seconds, t->v[i].metric);
		v->met = threshold_met(&t->v[i], v->measured);
	}
}

bool
load_within_bounds(const struct load_report *p)
{
	for (size_t i = 0; i < p->verdicts; i++)
		if (!p->verdict[i].met)
			return false;
	for (size_t i = 0; i < p->changes; i++)
		if (p->change[i].regressed)
			return false;
	return true;
}

void
load_generator_limit(const struct load_report *p, const struct load_result *r,
    char out[256])
{
	const struct load_generator *f = &r->effort;
	bool http = p->place->kind != PLACE_STORE;

	out[0] = '\0';
	if (f->late >= f->crowded && p->options->rate > 0 &&
	    (double)f->late > LATE_SHARE * (double)r->all.total)
		(void)snprintf(out, 256,
		    "%s: %llu of %llu requests were sent late, by up to %.1f "
		    "ms: mdload, not the server, is the limit",
		    scenario_names[r->scenario], (unsigned long long)f->late,
		    (unsigned long long)r->all.total,
		    (double)f->worst_late_ns / 1e6);
	else if (http && f->seconds >= SHORT_S &&
		 f->cpu_seconds + f->wait_seconds > SHARE_FULL * f->seconds)
		(void)snprintf(out, 256,
		    "%s: mdload took %.0f %% of a core and waited for one "
		    "%.0f %% of the time: it, not the server, may be the limit",
		    scenario_names[r->scenario],
		    100 * f->cpu_seconds / f->seconds,
		    100 * f->wait_seconds / f->seconds);
	else if ((double)f->crowded > LATE_SHARE * (double)r->all.total)
		(void)snprintf(out, 256,
		    "%s: %llu of %llu requests were due while all %u "
		    "connections were busy: the server is too slow for the "
		    "rate, or -c too small",
		    scenario_names[r->scenario], (unsigned long long)f->crowded,
		    (unsigned long long)r->all.total, p->options->connections);
}

/* -- all of it -- */

static bool
open_engine(const struct load_options *o, const struct load_place *place,
    struct engines *g, struct md_error *e)
{
	if (place->kind == PLACE_STORE)
		return load_store_open(&g->store, place->db, o->connections, e);
	return load_http_open(&g->http, &place->target, o->connections, e);
}

bool
load_run(const struct load_options *o, const struct load_place *place,
    struct load_report *p, struct md_error *e)
{
	struct engines g = { NULL, NULL };
	bool good = open_engine(o, place, &g, e);

	memset(p, 0, sizeof(*p));
	p->at_ms = md_now_ms();
	p->place = place;
	p->options = o;
	for (unsigned s = 0; s < SCENARIO_COUNT && good; s++) {
		struct load_result *r = &p->result[p->results];

		if ((o->scenarios & 1U << s) == 0)
			continue;
		r->scenario = (enum load_scenario)s;
		p->results++;
		good = run_scenario(o, &g, r, e);
		if (good)
			check_thresholds(p, r);
	}
	load_http_close(&g.http);
	load_store_close(&g.store);
	return good;
}

void
load_report_free(struct load_report *p)
{
	for (size_t i = 0; i < p->results; i++) {
		histogram_free(&p->result[i].all.latency);
		for (size_t k = 0; k < LOAD_VALUES; k++)
			histogram_free(&p->result[i].value[k].latency);
	}
	memset(p, 0, sizeof(*p));
}

/* -- is it there? -- */

struct probe {
	const struct load_options *options;
	const char *path; /* null: a request for features */
	struct load_outcome outcome;
	char detail[256];
};

static void
probe_ask(void *ctx, uint64_t k, struct load_request *out)
{
	const struct probe *p = ctx;

	(void)k;
	*out = (struct load_request){
		.symbol = p->options->symbols[0],
		.timeframe = TF_1D,
		.limit = ROWS,
		.path = p->path,
	};
}

static bool
probe_done(void *ctx, const struct load_outcome *o)
{
	struct probe *p = ctx;

	p->outcome = *o;
	(void)snprintf(p->detail, sizeof(p->detail), "%s",
	    o->detail == NULL ? "" : o->detail);
	md_printable(p->detail);
	return true;
}

/* 0 it does, 1 it answers otherwise, -1 it does not; *e says how. */
static int
probe_path(struct load_http *h, const struct load_target *t,
    const struct load_options *o, const char *path, struct md_error *e)
{
	struct probe p = { .options = o, .path = path };
	struct load_job job = {
		.count = 1,
		.timeout_ns = PROBE_MS * NS_MS,
		.ask = probe_ask,
		.done = probe_done,
		.ctx = &p,
		.stopped = o->stopped,
	};
	struct load_generator effort;

	if (!load_http_run(h, &job, &effort, e))
		return -1;
	if (p.outcome.fault == LOAD_OK)
		return 0;
	(void)md_fail(e, p.outcome.fault == LOAD_STATUS ? MD_EHTTP : MD_ENET,
	    "%s%s: %s", t->url, path == NULL ? ": features" : path, p.detail);
	return p.outcome.fault == LOAD_STATUS ? 1 : -1;
}

static int
probe_address(const struct load_target *t, const struct load_options *o,
    struct md_error *e)
{
	struct load_http *h = NULL;
	int answer;

	if (!load_http_open(&h, t, 1, e))
		return -1;
	if (o->path != NULL)
		answer = probe_path(h, t, o, o->path, e);
	else {
		answer = probe_path(h, t, o, "/health", e);
		if (answer == 0)
			answer = probe_path(h, t, o, NULL, e);
	}
	load_http_close(&h);
	return answer;
}

bool
load_probe(struct load_target *t, const struct load_options *o,
    struct md_error *e)
{
	int answer = -1;

	for (t->used = 0; t->used < t->addresses; t->used++) {
		answer = probe_address(t, o, e);
		if (answer >= 0)
			return answer == 0;
		if (o->stopped())
			return md_fail(e, MD_EINTR, "interrupted");
	}
	t->used = 0;
	return false;
}
