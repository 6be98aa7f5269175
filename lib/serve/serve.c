#include "serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "base/metrics.h"
#include "output/rows.h"
#include "serve/internal.h"
#include "store/report.h"

#define URL_MAX      2048
#define TARGET_SHOWN 404

/* Rows that were read so long ago are read anew once the store changes. */
#define KEPT_US INT64_C(60000000)

/* -- who may ask -- */

/* Takes as long whatever the first difference is. */
static bool
same_secret(const char *a, size_t n, const char *b)
{
	size_t len = strlen(b);
	volatile unsigned char differ = n != len;

	for (size_t i = 0; i < n; i++)
		differ =
		    (unsigned char)(differ |
				    ((unsigned char)a[i] ^
					(unsigned char)b[i < len ? i : len]));
	return differ == 0;
}

static bool
bears_token(const struct httpd_request *q, const char *token)
{
	const char *h = httpd_header(q, "Authorization");

	if (h == NULL || strncasecmp(h, "Bearer ", 7) != 0)
		return false;
	h += 7;
	h += strspn(h, " ");
	return same_secret(h, strlen(h), token);
}

/* -- the way -- */

static void health_reply(struct visit *);

#define ROWS                                                                   \
	(PARAM_TIMEFRAME | PARAM_START | PARAM_END | PARAM_LIMIT |             \
	    PARAM_ORDER | PARAM_CLOCK | PARAM_CURSOR | PARAM_SESSION |         \
	    PARAM_AS_OF | PARAM_COLUMNS)
/* Each series has pages of its own. */
#define SEVERAL ((ROWS & ~(unsigned)PARAM_CURSOR) | PARAM_SYMBOLS)

#define HTML "text/html"
#define JSON "application/json"

static const struct route routes[] = {
	{
	    .path = "",
	    .make = serve_page,
	    .name = "statusPage",
	    .what = "A status page",
	    .type = HTML,
	},
	{
	    .path = "series/*/*",
	    .make = serve_series_page,
	    .name = "seriesPage",
	    .what = "A page of one series",
	    .type = HTML,
	},
	{
	    .path = "health",
	    .open = true,
	    .reply = health_reply,
	    .name = "processHealth",
	    .what = "The state of the process and its store",
	    .type = JSON,
	    .schema = "Process",
	},
	{
	    .path = "metrics",
	    .make = serve_metrics,
	    .name = "metrics",
	    .what = "Metrics for Prometheus",
	    .type = "text/plain",
	},
	{
	    .path = "api/v1/admin/scheduler-health",
	    .make = serve_health,
	    .name = "health",
	    .what = "The report of mdhealth",
	    .type = JSON,
	    .schema = "Report",
	},
	{
	    .path = "api/v1/admin/scheduler/execution-history",
	    .params = PARAM_LIMIT,
	    .make = serve_history,
	    .name = "history",
	    .what = "The runs of mdhealth --history",
	    .type = JSON,
	    .schema = "Report",
	},
	{
	    .path = "api/v1/admin/features/staleness",
	    .params = PARAM_LIMIT | PARAM_STATUS | PARAM_CLOCK,
	    .make = serve_staleness,
	    .name = "staleness",
	    .what = "The report of mdstale",
	    .type = JSON,
	    .schema = "Report",
	},
	{
	    .path = "api/v1/symbols",
	    .make = serve_symbols,
	    .name = "symbols",
	    .what = "Active symbols and their series",
	    .type = JSON,
	    .schema = "Symbols",
	},
	{
	    .path = "api/v1/historical/*",
	    .params = ROWS | PARAM_ADJUSTED,
	    .csv = true,
	    .make = serve_bars,
	    .name = "bars",
	    .what = "Bars of a series",
	    .type = JSON,
	    .schema = "Bars",
	},
	{
	    .path = "api/v1/features/quant/*",
	    .params = ROWS,
	    .csv = true,
	    .features = true,
	    .make = serve_features,
	    .name = "features",
	    .what = "Features of the bars of a series",
	    .type = JSON,
	    .schema = "Features",
	},
	{
	    .path = "api/v1/historical",
	    .params = SEVERAL | PARAM_ADJUSTED,
	    .csv = true,
	    .make = serve_several_bars,
	    .name = "severalBars",
	    .what = "Bars of several series",
	    .type = JSON,
	    .schema = "SeveralBars",
	},
	{
	    .path = "api/v1/features/quant",
	    .params = SEVERAL,
	    .csv = true,
	    .features = true,
	    .make = serve_several_features,
	    .name = "severalFeatures",
	    .what = "Features of several series",
	    .type = JSON,
	    .schema = "SeveralFeatures",
	},
	{
	    .path = "openapi.json",
	    .reply = serve_openapi,
	    .name = "openapi",
	    .what = "This document",
	    .type = JSON,
	    .schema = "Report",
	},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

const struct route *
serve_routes(size_t *len)
{
	*len = ROUTES;
	return routes;
}

void
serve_own_metrics(struct serve *s, FILE *f)
{
	const char *paths[ROUTES];
	const char *version[] = { "version", MD_VERSION, NULL };
	size_t n, bytes;

	for (size_t i = 0; i < ROUTES; i++)
		paths[i] = routes[i].path;
	traffic_metrics(f, &s->traffic, paths, ROUTES);
	cache_look(s->answers, &n, &bytes);
	metric_head(f, "mdserve_kept_answers", "gauge",
	    "Answers that are kept in memory.");
	metric_sample(f, "mdserve_kept_answers", NULL, (double)n);
	metric_head(f, "mdserve_kept_bytes", "gauge", "What these take.");
	metric_sample(f, "mdserve_kept_bytes", NULL, (double)bytes);
	if (s->options.server != NULL &&
	    httpd_connections(s->options.server, &n)) {
		metric_head(f, "mdserve_connections", "gauge",
		    "Open connections, this one among them.");
		metric_sample(f, "mdserve_connections", NULL, (double)n);
	}
	metric_head(f, "mdserve_build_info", "gauge",
	    "Always 1: the version is the label.");
	metric_sample(f, "mdserve_build_info", version, 1);
	metric_head(f, "process_start_time_seconds", "gauge",
	    "When the server began.");
	metric_sample(f, "process_start_time_seconds", NULL,
	    (double)s->started_ms / 1000);
}

static bool
path_matches(const struct httpd_request *q, const char *path,
    const char *parts[2])
{
	size_t n = 0;

	for (size_t i = 0; i < q->segments; i++) {
		size_t len = strcspn(path, "/");

		if (len == 1 && *path == '*')
			parts[n++] = q->segment[i];
		else if (strlen(q->segment[i]) != len ||
			 memcmp(q->segment[i], path, len) != 0)
			return false;
		path += len;
		if (*path == '\0')
			return i + 1 == q->segments;
		path++;
	}
	return false;
}

static const struct route *
find_route(struct visit *v)
{
	for (size_t i = 0; i < ROUTES; i++) {
		const char *parts[2] = { "", "" };

		if (!path_matches(v->request, routes[i].path, parts))
			continue;
		v->part = parts[0];
		v->second = parts[1];
		return &routes[i];
	}
	v->part = v->second = "";
	return NULL;
}

/* -- problems -- */

/* Where the store is is for the log, not for readers. */
static void
reply_unavailable(struct visit *v, const struct md_error *e)
{
	reply_problem(v->response, e->code == MD_ENOMEM ? 500 : 503, NULL,
	    e->code == MD_ESTORE
		? "the store cannot be read now; the server's log says why"
		: e->text);
}

static bool
admit(struct visit *v)
{
	const struct httpd_request *q = v->request;
	struct httpd_response *r = v->response;

	if (!origin_admit(v))
		return false;
	if (strlen(q->target) > URL_MAX) {
		reply_problem(r, 414, NULL,
		    "the URL is too long: expected 2048 bytes at most");
		return false;
	}
	v->route = find_route(v);
	if (v->serve->options.token != NULL &&
	    (v->route == NULL || !v->route->open) &&
	    !bears_token(q, v->serve->options.token)) {
		reply_problem(r, 401, NULL,
		    "expected the header Authorization: Bearer TOKEN with the "
		    "server's token");
		(void)httpd_response_header(r, "WWW-Authenticate", "Bearer");
		return false;
	}
	if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0) {
		reply_problem(r, 405, NULL, "expected the method GET or HEAD");
		(void)httpd_response_header(r, "Allow", "GET, HEAD");
		return false;
	}
	if (v->route == NULL)
		reply_problem(r, 404, NULL,
		    "no such path: see mdserve(1) for what there is");
	return v->route != NULL;
}

/* -- /health -- */

static void
health_reply(struct visit *v)
{
	struct md_error e = { MD_OK, "" };
	int64_t generation;
	struct reader *r = readers_acquire(v->serve->readers, &generation, &e);
	struct buf text = BUF_INIT;
	struct json_writer w;
	struct text_stream s;
	bool good = r != NULL;

	if (r != NULL)
		readers_release(v->serve->readers, r, false);
	text.failed = true;
	if (text_stream_open(&s)) {
		json_start(&w, s.f);
		json_object_begin(&w, NULL);
		json_text(&w, "status", good ? "ok" : "unavailable");
		json_text(&w, "store", good ? "ok" : "unavailable");
		json_text(&w, "version", MD_VERSION);
		json_int(&w, "uptime_seconds",
		    (md_monotonic_us() - v->serve->started_us) / 1000000);
		json_object_end(&w);
		json_finish(&w);
		(void)text_stream_close(&s, &text);
	}
	reply_uncached(v->response, good ? 200 : 503, &text,
	    "application/json");
	if (!good)
		(void)httpd_response_header(v->response, "Retry-After", "1");
}

/* -- answers -- */

/* Which of the two is named first; JSON when neither is. */
static bool
wants_csv(const struct httpd_request *q)
{
	const char *h = httpd_header(q, "Accept");

	for (; h != NULL && *h != '\0'; h += strcspn(h, ",")) {
		h += strspn(h, " \t,");
		if (strncasecmp(h, "text/csv", 8) == 0)
			return true;
		if (strncasecmp(h, "application/json", 16) == 0)
			return false;
	}
	return false;
}

static bool
read_params(struct visit *v)
{
	const struct route *route = v->route;
	struct serve_scope scope = {
		.calendar = v->rule.calendar,
		.class = symbol_class(v->part),
		.limit_max = route->csv ? SERVE_ROWS_MAX : 0,
		.columns = route->features ? rows_csv_features : rows_csv_bars,
		.now_ms = v->request->received_ms,
	};
	const char *name;
	struct md_error e;

	if (serve_params_read(v->request, route->params, &scope, &v->params,
		&name, &e))
		return true;
	reply_problem(v->response, e.code == MD_EDATA ? 422 : 400, name,
	    e.text);
	return false;
}

static bool
holds(const struct visit *v, const struct answer *a)
{
	return v->now_ms >= a->from_ms && v->now_ms < a->until_ms;
}

/*
 * Is it as it would be made now, though the store has changed since?  A look at
 * each series that it shows tells, but for bars that somebody inserted by hand:
 * so it is not told of old rows.
 */
static bool
is_current(struct visit *v, struct answer *a)
{
	const struct series_rows *l = &a->shows;
	struct series_row now;
	struct md_error e;
	bool same;

	if (atomic_load(&a->generation) >= v->generation)
		return true;
	same = l->len > 0 && a->epoch == v->reader->epoch &&
	       a->calendar == v->calendar &&
	       md_monotonic_us() - a->read_us < KEPT_US;
	for (size_t i = 0; same && i < l->len; i++)
		if (!store_read_series(v->reader->store, l->v[i].symbol,
			l->v[i].facts.timeframe, &now, &same, &e) ||
		    !same || !series_row_same(&now, &l->v[i]))
			return false;
	if (same)
		answer_confirm(a, v->generation);
	return same;
}

/* As it can be printed. */
static void
show_target(const struct visit *v, char out[static TARGET_SHOWN])
{
	(void)snprintf(out, TARGET_SHOWN, "%.400s", v->request->target);
	md_printable(out);
}

static void
log_failure(const struct visit *v, const struct md_error *e)
{
	char target[TARGET_SHOWN];

	show_target(v, target);
	log_write(v->serve->options.log, LOG_ERROR, "%s: %s", target, e->text);
}

/* A moment of the store; null when the visit has been answered. */
static struct answer *
make(struct visit *v, bool *failed)
{
	struct store *st = v->reader->store;
	struct md_error e = { MD_OK, "" };
	struct answer *a = NULL;
	int64_t began_us = md_monotonic_us();
	int tries = 0;

	if (!read_params(v))
		return NULL;
	do {
		if (!store_report_begin(st, &e))
			continue;
		a = v->route->make(v, &e);
		store_report_end(st);
	} while (a == NULL && v->response->status == 0 &&
		 store_reads_again(st, &tries));
	if (a != NULL) {
		atomic_store(&a->generation, v->generation);
		a->from_ms = v->now_ms;
		a->read_us = began_us;
		a->epoch = v->reader->epoch;
		a->calendar = v->calendar;
	} else if (v->response->status == 0) {
		*failed = e.code == MD_ESTORE;
		if (*failed)
			log_failure(v, &e);
		reply_unavailable(v, &e);
	}
	return a;
}

/* Puts one of the same rows, but of now, in its place; or null. */
static void
refresh(struct visit *v, struct answer **answer)
{
	struct answer *old = *answer;
	struct answer *a = old->rows == NULL ? NULL : serve_refresh(v, old);

	if (a != NULL) {
		atomic_store(&a->generation, atomic_load(&old->generation));
		a->from_ms = v->now_ms;
		a->read_us = old->read_us;
		a->epoch = old->epoch;
		a->calendar = old->calendar;
	}
	answer_release(&old);
	*answer = a;
}

/* A cached answer that holds, or one that is made.  Null: it was answered. */
static struct answer *
find_answer(struct visit *v, bool *failed)
{
	struct answer *a;
	struct buf name = BUF_INIT;
	enum traffic_source source = TRAFFIC_KEPT;

	v->csv = v->route->csv && wants_csv(v->request);
	v->gzip = httpd_accepts_gzip(v->request);
	buf_printf(&name, "%c%c%s", v->csv ? 'c' : 'j', v->gzip ? 'z' : 'p',
	    v->request->target);
	a = answers_get(v->serve->answers, buf_str(&name));
	if (a != NULL && !is_current(v, a))
		answer_release(&a);
	if (a != NULL && !holds(v, a)) {
		refresh(v, &a);
		source = TRAFFIC_REFRESHED;
		if (a != NULL)
			answers_put(v->serve->answers, buf_str(&name), a);
	}
	if (a == NULL) {
		a = make(v, failed);
		source = TRAFFIC_MADE;
		/* What is missing is noted each time that it is asked for. */
		if (a != NULL && a->missing == NULL)
			answers_put(v->serve->answers, buf_str(&name), a);
	}
	if (a != NULL)
		atomic_fetch_add(&v->serve->traffic.sources[source], 1);
	buf_free(&name);
	return a;
}

static void
answer_visit(struct visit *v)
{
	struct answer *a = NULL;
	struct held_calendar *held;
	struct md_error e = { MD_OK, "" };
	bool failed = false;

	v->reader = readers_acquire(v->serve->readers, &v->generation, &e);
	if (v->reader == NULL) {
		reply_unavailable(v, &e);
		return;
	}
	held = calendars_acquire(v->serve->calendars, v->reader->store,
	    v->generation, &e);
	if (held == NULL) {
		failed = e.code == MD_ESTORE;
		log_failure(v, &e);
		reply_unavailable(v, &e);
	} else {
		v->rule.calendar = held->use;
		v->calendar = held->serial;
		a = find_answer(v, &failed);
	}
	readers_release(v->serve->readers, v->reader, failed);
	if (a != NULL)
		reply_answer(v, a);
	answer_release(&a);
	if (held != NULL)
		calendars_release(v->serve->calendars, held);
}

static void
log_visit(const struct visit *v)
{
	struct log *log = v->serve->options.log;
	char target[TARGET_SHOWN], method[24];

	if (log->level < LOG_DEBUG)
		return;
	(void)snprintf(method, sizeof(method), "%s", v->request->method);
	md_printable(method);
	show_target(v, target);
	log_write(log, LOG_DEBUG, "%d %s %s", v->response->status, method,
	    target);
}

void
serve_answer(void *context, const struct httpd_request *q,
    struct httpd_response *r)
{
	struct serve *s = context;
	int64_t began = md_monotonic_us();
	struct visit v = {
		.serve = s,
		.request = q,
		.response = r,
		.rule = s->report->rule,
		.now_ms =
		    s->report->has_as_of ? s->report->now_ms : q->received_ms,
	};

	atomic_fetch_add(&s->traffic.in_progress, 1);
	if (admit(&v)) {
		if (v.route->reply == NULL)
			answer_visit(&v);
		else if (read_params(&v))
			v.route->reply(&v);
	}
	reply_common(r);
	origin_headers(&v);
	log_visit(&v);
	traffic_note(&s->traffic,
	    v.route != NULL ? (size_t)(v.route - routes) : TRAFFIC_PATHS,
	    r->status, md_monotonic_us() - began);
	atomic_fetch_add(&s->traffic.in_progress, -1);
}

/* -- coming and going -- */

bool
serve_create(struct serve **out, const struct serve_options *o,
    struct md_error *e)
{
	struct serve *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	s->options = *o;
	s->report = o->report;
	s->started_us = md_monotonic_us();
	s->started_ms = md_now_ms();
	if (readers_create(&s->readers, o->report->db, o->threads, o->log, e) &&
	    calendars_create(&s->calendars, o->report->rule.calendar,
		&o->report->changes, e) &&
	    answers_create(&s->answers, o->cache_bytes, e) &&
	    requests_create(&s->requests, o->report->db, o->log, e)) {
		*out = s;
		return true;
	}
	serve_destroy(&s);
	return false;
}

void
serve_destroy(struct serve **serve)
{
	struct serve *s = *serve;

	if (s == NULL)
		return;
	requests_destroy(&s->requests);
	cache_destroy(&s->answers);
	readers_destroy(&s->readers);
	calendars_destroy(&s->calendars);
	free(s);
	*serve = NULL;
}
