#include "load/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/name.h"
#include "load/abort.h"

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

/* As many as the percentile leaves above itself are less than one. */
bool
load_is_maximum(const struct load_figures *f, enum load_metric m)
{
	double n = (double)f->latency.total;

	return m >= METRIC_P50 && m <= METRIC_P999 && n > 0 &&
	       n * (100 - load_metric_percent(m)) / 100 < 1 - 1e-9;
}

struct load_figures
load_prompt(const struct load_figures *f)
{
	return (struct load_figures){
		.total = f->prompt_total,
		.good = f->prompt_good,
		.latency = f->prompt,
	};
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
	return (double)histogram_percentile(&f->latency,
		   load_metric_percent(m)) /
	       1e6;
}

/* -- one scenario -- */

struct scenario_run {
	const struct load_options *options;
	struct load_result *result;
	bool counted; /* not of the warm-up */
	/* To be stopped early: all of it so far, how much there will be (0: not
	 * known), when to look next, and what was lost. */
	struct load_figures so_far;
	uint64_t planned;
	double look;
	const struct threshold *lost;
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
		out->digest = k == 0;
		break;
	case SCENARIO_UNCACHED:
		out->digest = k == 1;
		out->symbol = o->symbols[k % o->symbols_len];
		/* A millisecond of the next century that nobody has named. */
		out->end_ms = (int64_t)(INT64_C(4102444800000) +
					(int64_t)(o->seed % 2000000000000U) +
					(int64_t)k * 2 + (r->counted ? 0 : 1));
		break;
	case SCENARIO_LIMITS:
		out->value = k % COUNT(limits);
		out->limit = limits[out->value];
		out->digest = k < COUNT(limits);
		break;
	case SCENARIO_TIMEFRAMES:
		out->value = k % COUNT(timeframes);
		out->timeframe = timeframes[out->value];
		out->digest = k < COUNT(timeframes);
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

static void
note_sample(struct load_result *r, const struct load_outcome *o)
{
	struct load_sample *s = &r->sample[o->ask->value];

	s->known = true;
	s->digest = o->digest;
	memcpy(s->symbol, o->ask->symbol, strlen(o->ask->symbol) + 1);
	s->timeframe = o->ask->timeframe;
	s->limit = o->ask->limit;
}

static bool
count_into(struct load_figures *f, const struct load_outcome *o, bool open)
{
	bool good = o->fault == LOAD_OK;
	bool prompt =
	    open && o->fault != LOAD_UNSENT && o->lag_ns <= LOAD_PROMPT_NS;

	f->total++;
	f->bytes += o->bytes;
	f->good += good;
	f->prompt_total += prompt;
	f->prompt_good += prompt && good;
	return !good ||
	       (histogram_record(&f->latency, o->latency_ns) &&
		   (!prompt || histogram_record(&f->prompt, o->latency_ns)));
}

static bool
count_one(void *ctx, const struct load_outcome *o)
{
	struct scenario_run *r = ctx;
	bool open = r->options->rate > 0;

	if (!r->counted)
		return true;
	if (o->fault != LOAD_OK)
		note_error(r->result, o);
	else if (o->ask->digest)
		note_sample(r->result, o);
	return count_into(&r->result->value[o->ask->value], o, open) &&
	       timeline_note(&r->result->timeline, o) &&
	       (!r->options->abort_on_fail || count_into(&r->so_far, o, false));
}

#define LOOK_S      0.1 /* between looks at what can no longer be met */
#define LOOK_LONG_S 2.0 /* at what is not met by now */

/* Is a threshold lost? */
static bool
is_enough(void *ctx, double seconds)
{
	struct scenario_run *r = ctx;
	const struct thresholds *t = &r->options->thresholds;

	if (seconds < r->look || r->lost != NULL)
		return r->lost != NULL;
	r->look = seconds + (r->planned > 0 ? LOOK_S : LOOK_LONG_S);
	for (size_t i = 0; i < t->len && r->lost == NULL; i++)
		if (r->planned > 0
			? load_is_lost(&t->v[i], &r->so_far, seconds,
			      r->planned)
			: load_is_missed(&t->v[i], &r->so_far, seconds))
			r->lost = &t->v[i];
	return r->lost != NULL;
}

static bool
merge_figures(struct load_figures *to, const struct load_figures *f)
{
	to->total += f->total;
	to->good += f->good;
	to->bytes += f->bytes;
	to->prompt_total += f->prompt_total;
	to->prompt_good += f->prompt_good;
	return histogram_merge(&to->latency, &f->latency) &&
	       histogram_merge(&to->prompt, &f->prompt);
}

static bool
sum_up(struct load_result *r, struct md_error *e)
{
	for (size_t i = 0; i < r->values; i++)
		if (!merge_figures(&r->all, &r->value[i]))
			return md_nomem(e);
	return timeline_end(&r->timeline, r->effort.seconds) || md_nomem(e);
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

static void
figures_free(struct load_figures *f)
{
	histogram_free(&f->latency);
	histogram_free(&f->prompt);
}

static void
set_amount(const struct load_options *o, struct load_job *job)
{
	job->count = o->count;
	job->duration_ns = o->duration_ms * NS_MS;
	job->rate = o->rate;
	if (o->stages.len == 0)
		return;
	job->stages = &o->stages;
	job->count = 0;
	job->duration_ns = (int64_t)(load_stages_seconds(&o->stages) * 1e9);
	if (o->stages.rate)
		job->rate = load_stages_most(&o->stages);
}

/* How many requests there will be, or 0. */
static uint64_t
planned(const struct load_job *job)
{
	if (job->count > 0 || job->rate <= 0)
		return job->count;
	if (job->stages != NULL)
		return (uint64_t)load_stages_count(job->stages);
	return (uint64_t)ceil(job->rate * (double)job->duration_ns / 1e9 -
			      1e-9);
}

static void
say_aborted(struct load_report *p, const struct load_result *r,
    const struct threshold *t)
{
	char wanted[64], now[48];

	threshold_format(t, wanted);
	load_metric_format(t->metric,
	    load_figure(&r->all, r->effort.seconds, t->metric), now);
	(void)snprintf(p->aborted, sizeof(p->aborted),
	    "%s: ended after %.1f s and %llu requests: %s is lost, measured "
	    "%s; no other scenario was begun",
	    scenario_names[r->scenario], r->effort.seconds,
	    (unsigned long long)r->all.total, wanted, now);
}

static bool
run_scenario(const struct load_options *o, const struct engines *g,
    struct load_report *p, struct load_result *r, struct md_error *e)
{
	struct scenario_run run = { .options = o, .result = r };
	struct load_job job = {
		.count = o->warmup,
		.timeout_ns = o->timeout_ms * NS_MS,
		.ask = fill_request,
		.done = count_one,
		.ctx = &run,
		.stopped = o->stopped,
	};
	bool good;

	r->values = r->scenario == SCENARIO_LIMITS       ? COUNT(limits)
		    : r->scenario == SCENARIO_TIMEFRAMES ? COUNT(timeframes)
							 : 1;
	if (o->warmup > 0) {
		if (!run_job(g, &job, &r->effort, e))
			return false;
		r->warmup = o->warmup;
		r->warmup_seconds = r->effort.seconds;
	}
	timeline_start(&r->timeline, o->interval_ms);
	run.counted = true;
	set_amount(o, &job);
	if (o->abort_on_fail) {
		run.planned = planned(&job);
		run.look = run.planned > 0 ? LOOK_S : LOOK_LONG_S;
		job.enough = is_enough;
	}
	good = run_job(g, &job, &r->effort, e) && sum_up(r, e);
	figures_free(&run.so_far);
	if (good && run.lost != NULL)
		say_aborted(p, r, run.lost);
	return good;
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
	for (unsigned s = 0;
	     s < SCENARIO_COUNT && good && p->aborted[0] == '\0'; s++) {
		struct load_result *r = &p->result[p->results];

		if ((o->scenarios & 1U << s) == 0)
			continue;
		r->scenario = (enum load_scenario)s;
		p->results++;
		good = run_scenario(o, &g, p, r, e);
		if (good)
			check_thresholds(p, r);
	}
	load_find_same(p);
	load_http_close(&g.http);
	load_store_close(&g.store);
	return good;
}

void
load_report_free(struct load_report *p)
{
	for (size_t i = 0; i < p->results; i++) {
		figures_free(&p->result[i].all);
		timeline_free(&p->result[i].timeline);
		for (size_t k = 0; k < LOAD_VALUES; k++)
			figures_free(&p->result[i].value[k]);
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
