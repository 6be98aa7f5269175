/*
 * Bars and features of one series, with how fresh it is.  Rows depend on the
 * store alone, what is said of their freshness also on the clock: the rows are
 * rendered once and kept, the words around them are put together anew when a
 * second has passed.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mdtime.h"
#include "serve/internal.h"
#include "store/report.h"

#define PATH_BARS     "/api/v1/historical/"
#define PATH_FEATURES "/api/v1/features/quant/"

/* -- how fresh it is -- */

struct verdict {
	enum staleness status;
	int64_t age_ms; /* of what is not missing */
};

/*
 * By the rule of the server, so that it is what mdstale says; but bars without
 * features are not missing, and features that are not there are.
 */
static struct staleness_rule
rule_of(const struct visit *v, const struct series_facts *f)
{
	struct staleness_rule rule = v->rule;

	rule.basis = f->basis;
	rule.clock = f->clock;
	return rule;
}

static void
choose_rule(const struct visit *v, struct series_facts *f)
{
	const struct staleness_rule *rule = &v->rule;

	f->clock = f->params.has_clock ? f->params.clock : rule->clock;
	f->basis = rule->basis;
	if (!f->features && !f->row.facts.has_features)
		f->basis = BASIS_BARS;
}

static struct verdict
series_verdict(const struct visit *v, const struct series_facts *f)
{
	struct staleness_rule rule = rule_of(v, f);
	struct verdict out = { STALENESS_MISSING, 0 };
	bool there = f->features
			 ? f->row.facts.has_features && f->row.features > 0
			 : f->row.facts.has_bars;

	if (there &&
	    staleness_age(&rule, &f->row.facts, v->now_ms, &out.age_ms))
		out.status = staleness_of(&rule.bounds, out.age_ms);
	return out;
}

/* When it is next to be judged: another second, or another status. */
static int64_t
judge_again(const struct visit *v, const struct verdict *w)
{
	const struct staleness_bounds *b = &v->rule.bounds;
	int64_t left = MD_SECOND - w->age_ms % MD_SECOND;

	if (v->serve->report->has_as_of)
		return INT64_MAX;
	if (b->fresh_ms > w->age_ms && b->fresh_ms - w->age_ms < left)
		left = b->fresh_ms - w->age_ms;
	if (b->aging_ms > w->age_ms && b->aging_ms - w->age_ms < left)
		left = b->aging_ms - w->age_ms;
	return v->now_ms + left;
}

static enum staleness_action
action_of(const struct visit *v, enum staleness status)
{
	return v->serve->report->objectives.actions[status];
}

/* "AAPL 1d is aging: its features were computed 4000 s ago; …". */
static void
put_words(struct buf *b, const struct visit *v, const struct series_facts *f,
    const struct verdict *w)
{
	const struct staleness_bounds *bounds = &v->rule.bounds;
	long long seconds = (long long)(w->age_ms / MD_SECOND);

	buf_printf(b, "%s %s is %s: ", f->row.symbol,
	    timeframe_name(f->row.facts.timeframe), staleness_name(w->status));
	if (w->status == STALENESS_MISSING) {
		buf_puts(b, "there is nothing of it");
		return;
	}
	if (f->clock == CLOCK_MARKET)
		buf_printf(b, "by the market's clock it is %lld s late",
		    seconds);
	else if (f->basis == BASIS_FEATURES)
		buf_printf(b, "its features were computed %lld s ago", seconds);
	else
		buf_printf(b, "its newest bar ended %lld s ago", seconds);
	buf_printf(b, "; fresh is under %lld s, aging under %lld s",
	    (long long)(bounds->fresh_ms / MD_SECOND),
	    (long long)(bounds->aging_ms / MD_SECOND));
}

/* -- the words around the rows -- */

static void
put_staleness(struct json_writer *w, const struct visit *v,
    const struct series_facts *f, const struct verdict *verdict)
{
	const struct staleness_facts *s = &f->row.facts;
	const struct staleness_rule rule = rule_of(v, f);

	json_object_begin(w, "staleness");
	json_text(w, "status", staleness_name(verdict->status));
	if (verdict->status == STALENESS_MISSING)
		json_null_value(w, "staleness_seconds");
	else
		json_int(w, "staleness_seconds", verdict->age_ms / MD_SECOND);
	json_text(w, "clock", staleness_clock_name(f->clock));
	json_text(w, "basis", staleness_basis_name(f->basis));
	json_time_known(w, "last_computed_at", s->has_features, s->computed_ms);
	json_time_known(w, "last_bar_at", s->has_bars, s->newest_ts);
	if (s->answered)
		json_bool(w, "provisional", staleness_provisional(&rule, s));
	else
		json_null_value(w, "provisional");
	json_time_known(w, "as_of", s->answered, s->as_of_ms);
	json_object_end(w);
}

static void
put_name(struct json_writer *w, const struct series_facts *f)
{
	json_text(w, "symbol", f->row.symbol);
	json_text(w, "timeframe", timeframe_name(f->params.timeframe));
}

/* Up to the list of the rows. */
static void
put_head(struct json_writer *w, const struct visit *v, const struct answer *a,
    const struct verdict *verdict, enum staleness_action action)
{
	const struct series_facts *f = &a->facts;

	put_name(w, f);
	if (!f->features && f->params.prices == PRICES_TOTAL)
		json_text(w, "adjusted", serve_prices_name(PRICES_TOTAL));
	else if (!f->features)
		json_bool(w, "adjusted", f->params.prices != PRICES_RAW);
	if (f->params.hours != HOURS_ALL)
		json_text(w, "session", hours_name(f->params.hours));
	if (f->params.as_of != 0)
		json_time(w, "as_of", f->params.as_of);
	json_int(w, "count", (int64_t)f->count);
	json_break(w);
	put_staleness(w, v, f, verdict);
	json_break(w);
	if (a->warning != NULL) {
		json_text(w, action == ACTION_ALERT ? "alert" : "warning",
		    a->warning);
		json_break(w);
	}
	json_text(w, "next", a->next);
	json_break(w);
}

static void
put_document(struct buf *text, const struct visit *v, const struct answer *a,
    const struct verdict *verdict, enum staleness_action action)
{
	struct json_writer w;
	size_t len;
	const char *rows = httpd_body_bytes(a->rows, &len);

	json_start_dense(&w, text);
	json_object_begin(&w, NULL);
	put_head(&w, v, a, verdict, action);
	json_array_begin(&w, a->facts.features ? "features" : "bars");
	json_break(&w);
	json_elements(&w, rows, len);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static bool
put_body(const struct visit *v, struct answer *a, const struct verdict *w,
    enum staleness_action action)
{
	struct buf text = BUF_INIT;
	size_t len;
	const char *rows = httpd_body_bytes(a->rows, &len);

	if (v->csv && !v->gzip) {
		a->body = httpd_body_hold(a->rows);
		return true;
	}
	(void)buf_reserve(&text, len + 2048);
	if (v->csv)
		buf_append(&text, rows, len);
	else
		put_document(&text, v, a, w, action);
	return answer_body(a, v, &text);
}

/* The tag changes with what is said, not with each second of age. */
static void
put_etag(struct answer *a, const struct verdict *w)
{
	const struct series_facts *f = &a->facts;
	const int64_t facts[] = { (int64_t)f->hash, (int64_t)w->status,
		f->row.facts.computed_ms, f->row.facts.newest_ts,
		(int64_t)f->basis, (int64_t)f->clock, f->more,
		f->row.facts.answered ? f->row.facts.as_of_ms : 0 };

	(void)snprintf(a->etag, sizeof(a->etag), "W/\"%016llx\"",
	    (unsigned long long)serve_hash(facts, sizeof(facts), 0));
}

/* One that the store does not know may come: that shows in no revision. */
static bool
shows(struct answer *a, const struct series_row *row)
{
	struct series_row *v =
	    row->id == 0 ? NULL : series_rows_append(&a->shows);

	if (v != NULL)
		*v = *row;
	return v != NULL || row->id == 0;
}

/* Of facts and rows; null when memory ran out. */
static struct answer *
compose(const struct visit *v, const struct series_facts *f,
    struct httpd_body *rows, const struct verdict *w)
{
	enum staleness_action action = action_of(v, w->status);
	struct answer *a = answer_create();
	struct buf words = BUF_INIT, next = BUF_INIT;

	if (a == NULL)
		return NULL;
	a->facts = *f;
	a->rows = httpd_body_hold(rows);
	/* Of which finer bars others are made may change with any series. */
	if (f->params.hours == HOURS_ALL &&
	    f->row.facts.timeframe == f->params.timeframe &&
	    !shows(a, &f->row)) {
		answer_release(&a);
		return NULL;
	}
	a->type = v->csv ? "text/csv; charset=utf-8; header=present"
			 : "application/json";
	a->until_ms = judge_again(v, w);
	a->staleness = staleness_name(w->status);
	if (w->status != STALENESS_MISSING)
		a->age_seconds = w->age_ms / MD_SECOND;
	if (action == ACTION_WARN || action == ACTION_ALERT)
		put_words(&words, v, f, w);
	if (f->more)
		serve_params_next(&f->params,
		    f->features ? PATH_FEATURES : PATH_BARS, f->row.symbol,
		    !f->features, f->last, &next);
	put_etag(a, w);
	if (!buf_ok(&words) || !buf_ok(&next)) {
		buf_free(&words);
		buf_free(&next);
		answer_release(&a);
		return NULL;
	}
	a->warning = words.len > 0 ? buf_take(&words) : NULL;
	a->next = next.len > 0 ? buf_take(&next) : NULL;
	if (!put_body(v, a, w, action))
		answer_release(&a);
	return a;
}

struct answer *
serve_refresh(struct visit *v, const struct answer *old)
{
	struct verdict w = series_verdict(v, &old->facts);

	if (action_of(v, w.status) == ACTION_REQUEST)
		return NULL;
	return compose(v, &old->facts, old->rows, &w);
}

/* -- what is missing -- */

/* HEAD only looks: it asks for nothing.  Nor do pages of other sites, which
 * are to read only.  Null: it asks. */
static const char *
why_not_asking(const struct visit *v)
{
	if (strcmp(v->request->method, "HEAD") == 0)
		return "head";
	return v->foreign ? "origin" : NULL;
}

static void
put_request(struct json_writer *w, const char *not_asking,
    enum request_note note)
{
	json_bool(w, "requested", not_asking == NULL && note == NOTE_TAKEN);
	json_text(w, "requested_reason",
	    not_asking == NULL ? request_note_name(note) : not_asking);
}

/* The document that says so, by which the series is noted. */
static void
put_missing(struct buf *text, struct visit *v, const struct series_facts *f,
    const struct verdict *verdict, const char *why)
{
	struct buf words = BUF_INIT;
	struct json_writer w;
	const char *not_asking = why_not_asking(v);
	enum request_note note = NOTE_TAKEN;

	if (not_asking == NULL)
		note = requests_note(v->serve->requests, v->reader->store,
		    f->row.symbol, f->row.facts.timeframe, v->now_ms);
	buf_printf(&words, "%s %s: %s", f->row.symbol,
	    timeframe_name(f->row.facts.timeframe), why);
	if (not_asking == NULL)
		buf_printf(&words, "; %s", request_note_words(note));
	json_start_dense(&w, text);
	json_object_begin(&w, NULL);
	json_text(&w, "error", buf_str(&words));
	json_int(&w, "status", 404);
	put_name(&w, f);
	put_request(&w, not_asking, note);
	put_staleness(&w, v, f, verdict);
	json_object_end(&w);
	json_finish(&w);
	text->failed |= !buf_ok(&words);
	buf_free(&words);
}

/*
 * What the hours, or the time as of which, ask of the store: bars of the
 * regular hours may be made of finer ones, whose facts then are the series'.
 * False when the visit has been answered, or *e is set.
 */
static bool
find_source(struct visit *v, struct series_facts *f, struct bars_series *s,
    struct md_error *e)
{
	const struct bars_query q = { .hours = f->params.hours,
		.calendar = v->rule.calendar };
	const struct hours hours = { .class = f->row.facts.class,
		.kind = f->params.hours };
	bool found, made = hours_are_made(&hours, f->params.timeframe);

	if (f->features && made) {
		reply_problem(v->response, 422, "session",
		    "session: these bars are made of finer ones and have no "
		    "features: expected all, or a timeframe of 1m to 30m");
		return false;
	}
	/* Whether there were any then, the rows show. */
	if (!bars_find(v->reader->store, &q, f->row.symbol, f->row.facts.class,
		f->params.timeframe, s, &found, e))
		return false;
	if (made && found)
		f->row = s->source;
	else if (made) {
		/* What is to be fetched, to have it. */
		f->row.id = 0;
		memset(&f->row.facts, 0, sizeof(f->row.facts));
		f->row.facts.class = hours.class;
		f->row.facts.timeframe = TF_1M;
	}
	return true;
}

/* False when the visit has been answered, or *e is set. */
static bool
find_row(struct visit *v, struct series_facts *f, const char *name,
    struct md_error *e)
{
	char symbol[SYMBOL_MAX];
	struct md_error bad;
	struct grid g;
	bool found;

	if (!symbol_normalize(name, symbol_class(name), symbol, &bad)) {
		reply_problem(v->response, 400, "symbol", bad.text);
		return false;
	}
	if (!store_read_series(v->reader->store, symbol, v->params.timeframe,
		&f->row, &found, e))
		return false;
	if (!found) {
		memset(&f->row, 0, sizeof(f->row));
		memcpy(f->row.symbol, symbol, sizeof(symbol));
		f->row.facts.timeframe = v->params.timeframe;
		f->row.facts.class = symbol_class(symbol);
	}
	/* Made of finer bars, it has days all the same; those of the parameters
	 * were read as the path's symbol has them. */
	g = staleness_grid(v->rule.calendar, &f->row.facts);
	serve_params_on_grid(&f->params, symbol_class(v->part), &g);
	return true;
}

/* What the store held then is known from some time on; false: as above. */
static bool
knows_then(struct visit *v, const struct series_facts *f, struct md_error *e)
{
	char text[MD_TIME_MAX], words[160];
	int64_t from;

	if (f->params.as_of == 0 || f->row.id == 0)
		return true;
	if (!store_history_from(v->reader->store, f->row.id, &from, e))
		return false;
	if (f->params.as_of >= from)
		return true;
	md_time_format(from, text);
	(void)snprintf(words, sizeof(words),
	    "as_of: what the store held of %s before %s is not known: expected "
	    "a later time",
	    f->row.symbol, text);
	reply_problem(v->response, 422, "as_of", words);
	return false;
}

/* False when the visit has been answered, or *e is set. */
static bool
find_series(struct visit *v, const char *name, struct series_facts *f,
    struct bars_series *s, struct md_error *e)
{
	if (f->features && f->params.as_of != 0) {
		reply_problem(v->response, 422, "as_of",
		    "as_of: features are kept as they are now, not as of a "
		    "time: expected bars");
		return false;
	}
	if (!find_row(v, f, name, e))
		return false;
	return !serve_params_pass(&f->params) ||
	       (find_source(v, f, s, e) && knows_then(v, f, e));
}

static const char *
why_missing(const struct series_facts *f, enum staleness status)
{
	if (status != STALENESS_MISSING)
		return "is too old to be given out";
	if (!f->row.facts.has_bars)
		return "the store has no bars of it";
	if (f->features)
		return "the store has bars of it, but no features";
	return "its features, by which its age is told, were never computed";
}

struct answer *
serve_series(struct visit *v, const char *name, bool features,
    struct buf *missing, enum staleness *status, struct md_error *e)
{
	struct series_facts f;
	struct bars_series s;
	struct httpd_body *rows;
	struct verdict w;
	struct answer *a;

	memset(&f, 0, sizeof(f));
	memset(&s, 0, sizeof(s));
	f.features = features;
	f.params = v->params;
	if (!find_series(v, name, &f, &s, e))
		return NULL;
	choose_rule(v, &f);
	w = series_verdict(v, &f);
	*status = w.status;
	if (action_of(v, w.status) == ACTION_REQUEST) {
		put_missing(missing, v, &f, &w, why_missing(&f, w.status));
		return NULL;
	}
	rows = serve_rows_make(v, &f, &s, e);
	if (rows == NULL)
		return NULL;
	a = compose(v, &f, rows, &w);
	httpd_body_release(&rows);
	if (a == NULL)
		(void)md_nomem(e);
	return a;
}

static struct answer *
serve_rows(struct visit *v, bool features, struct md_error *e)
{
	struct buf missing = BUF_INIT;
	enum staleness status;
	struct answer *a =
	    serve_series(v, v->part, features, &missing, &status, e);

	if (a == NULL && (missing.len > 0 || missing.failed)) {
		reply_uncached(v->response, 404, &missing, "application/json");
		(void)httpd_response_header(v->response, "X-Data-Staleness",
		    staleness_name(status));
	}
	return a;
}

struct answer *
serve_bars(struct visit *v, struct md_error *e)
{
	return serve_rows(v, false, e);
}

struct answer *
serve_features(struct visit *v, struct md_error *e)
{
	return serve_rows(v, true, e);
}
