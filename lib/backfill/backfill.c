/*
 * A run: its units in turn, a few at once, one thread fetching and one
 * storing; when it stops, and what became of it.
 */
#include "backfill/backfill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backfill/internal.h"
#include "base/integer.h"
#include "plan/plan.h"

#define STEP_MS 200

/* A new symbol's series wait so long for its splits. */
#define SPLITS_WAIT_MS 3000
/* For the store, once a signal came. */
#define STOP_PATIENCE_MS 10000

int64_t
run_now(const struct run *r)
{
	return md_now_ms() + r->o->now_offset_ms;
}

/* Told once: the next answer says the same. */
static void
note_server_behind(struct run *r, int64_t server)
{
	char at[MD_TIME_MAX], behind[32];
	int64_t now = run_now(r);

	if (r->server_behind || now - server <= MD_DAY)
		return;
	r->server_behind = true;
	md_time_format(server, at);
	md_duration_format(now - server, behind);
	log_write(r->o->log, LOG_WARNING,
	    "the API's clock says %s, %s ago: bars count as of then, and are "
	    "requested again; is the clock of this machine right?",
	    at, behind);
}

int64_t
run_as_of(struct run *r, int64_t asked_at)
{
	int64_t server = polygon_server_ms(r->polygon);

	if (server == 0)
		return asked_at;
	note_server_behind(r, server);
	return min64(asked_at, server);
}

static int64_t
monotonic_ms(void)
{
	return md_monotonic_us() / 1000;
}

void
run_works_for(struct run *r, struct unit *u)
{
	int64_t now = md_monotonic_us();

	if (r->served != NULL)
		stage_add(&r->served->stages, STAGE_TURN, r->served_since, now);
	r->served = u;
	r->served_since = now;
}

void
run_notice_stall(struct run *r)
{
	int64_t now = monotonic_ms();

	if (now - r->last_turn > r->store->lease_ms) {
		log_write(r->o->log, LOG_INFO,
		    "stood still for %lld s: what was held is claimed anew",
		    (long long)((now - r->last_turn) / MD_SECOND));
		r->stalls++;
	}
	r->last_turn = now;
}

void
run_fatal(struct run *r, const struct md_error *e)
{
	if (r->fatal.code == MD_OK)
		r->fatal = *e;
	/* A store that failed is not waited for again, job after job. */
	if (e->code == MD_ESTORE)
		store_limit_waiting(r->store, 0);
}

void
run_log_failed(struct run *r, const struct md_error *e)
{
	if (!r->log_failed)
		log_write(r->o->log, LOG_WARNING,
		    "the execution log cannot be written, the backfill goes "
		    "on without it: %s",
		    e->text);
	r->log_failed = true;
}

void
unit_ended(struct unit *u)
{
	struct run *r = u->run;

	stage_end(&u->stages, md_monotonic_us());
	u->state = UNIT_ENDED;
	r->open--;
	if (u->is_splits && u->error.code != MD_OK) {
		r->splits_failed = true;
		if (r->fatal.code == MD_OK)
			log_write(r->o->log, LOG_ERROR, "splits of %s: %s",
			    u->splits_of_all ? "all symbols" : u->record.symbol,
			    u->error.text);
		if (r->execution.message[0] == '\0')
			(void)snprintf(r->execution.message,
			    sizeof(r->execution.message),
			    "splits of %s: %.380s",
			    u->splits_of_all ? "all symbols" : u->record.symbol,
			    u->error.text);
		return;
	}
	if (u->is_splits)
		return;
	if (u->record.status == JOB_FAILED && r->fatal.code == MD_OK)
		log_write(r->o->log, LOG_ERROR, "%s %s: %s", u->record.symbol,
		    timeframe_name(u->record.timeframe), u->record.message);
	else
		log_write(r->o->log, LOG_INFO,
		    "%s %s: %lld bars, %lld new, %lld changed%s%s",
		    u->record.symbol, timeframe_name(u->record.timeframe),
		    (long long)u->record.bars.received,
		    (long long)u->record.bars.inserted,
		    (long long)u->record.bars.updated,
		    u->record.note[0] ? "; " : "", u->record.note);
}

/* -- units -- */

static void
unit_init(struct run *r, struct unit *u, struct stored_series *s)
{
	memset(u, 0, sizeof(*u));
	u->run = r;
	u->series = s;
	u->stages.on = r->o->measured;
	u->grid = (struct grid){ r->calendar, s->class, s->timeframe, s->grid };
	memcpy(u->record.symbol, s->symbol, sizeof(u->record.symbol));
	u->record.class = s->class;
	u->record.timeframe = s->timeframe;
	r->open++;
}

/* The unit that asks for the splits of a new symbol, whose series begin at i,
 * made if need be; null: they are known as they stand. */
static struct unit *
splits_unit(struct run *r, size_t i, const struct needs *needs,
    struct unit **of_all)
{
	struct unit *u = &r->units[r->units_len];
	md_date first;
	enum splits_need need = plan_splits_of(r->calendar, &r->series, needs,
	    i, run_now(r), &first);
	bool all = need == SPLITS_OLD || r->splits.new_by_all;

	if (r->o->features_only || need == SPLITS_KNOWN)
		return NULL;
	if (!all || *of_all == NULL) {
		unit_init(r, u, &r->series.v[i]);
		u->is_splits = true;
		u->splits_of_all = all;
		u->splits_first = first;
		r->units_len++;
		if (all)
			*of_all = u;
	}
	if (need == SPLITS_OLD)
		return NULL;
	return all ? *of_all : u;
}

/* Is there anything to compute, though nothing is to be asked? */
static bool
owes_features(const struct run *r, const struct stored_series *s)
{
	if (r->o->no_features || s->id == 0)
		return false;
	return s->features_pending || (r->o->features_only && r->o->refresh);
}

static void
add_series_unit(struct run *r, struct stored_series *s, struct need *need,
    struct unit *splits)
{
	struct unit *u = &r->units[r->units_len++];
	int64_t now = run_now(r);

	unit_init(r, u, s);
	u->after = splits;
	u->wanted = need->wanted;
	u->grouped = need->left.len > 0;
	u->gaps = need->gaps;
	need->gaps = (struct ranges){ NULL, 0, 0 };
	u->source = need->source;
	r->calls_planned += need->pages;
	if (u->source != NULL)
		r->calls_planned += r->o->verify_derived;
	/* Nothing to ask: done before it starts, without a lease. */
	if (u->gaps.len == 0 && !owes_features(r, s)) {
		u->record.status = JOB_COMPLETED;
		u->record.started_ms = u->record.completed_ms = now;
		u->state = UNIT_ENDED;
		if (s->id == 0 && r->o->features_only)
			(void)snprintf(u->record.note, sizeof(u->record.note),
			    "not in the store: fetch its bars first");
		else
			unit_note_known(u, &s->coverage);
		r->open--;
	}
}

struct unit *
run_units_of(const struct run *r, const struct unit *u, size_t *len)
{
	const char *symbol = u->record.symbol;
	size_t first = (size_t)(u - r->units), end = first + 1;

	while (first > 0 &&
	       strcmp(r->units[first - 1].record.symbol, symbol) == 0)
		first--;
	while (end < r->units_len &&
	       strcmp(r->units[end].record.symbol, symbol) == 0)
		end++;
	*len = end - first;
	return r->units + first;
}

/* The unit of the run that fetches what the unit is made of; null: none. */
static struct unit *
fetches_source(const struct run *r, const struct unit *u)
{
	size_t n;
	struct unit *v = run_units_of(r, u, &n);

	for (size_t i = 0; i < n; i++)
		if (!v[i].is_splits && v[i].series == u->source)
			return &v[i];
	return NULL;
}

/* What is made of a series that the run fetches waits for that. */
static void
find_sources(struct run *r)
{
	struct unit *first = NULL; /* of a symbol, to be made */

	for (size_t i = 0; i < r->units_len; i++)
		if (r->units[i].source != NULL)
			r->units[i].fetches_source =
			    fetches_source(r, &r->units[i]);
	for (size_t i = 0; r->o->verify_derived > 0 && i < r->units_len; i++) {
		struct unit *u = &r->units[i];

		if (u->source == NULL || u->state == UNIT_ENDED)
			continue;
		if (first == NULL ||
		    strcmp(first->record.symbol, u->record.symbol) != 0)
			first = u;
		else
			u->compares = first;
	}
}

static bool
add_units(struct run *r, struct needs *needs)
{
	struct unit *splits = NULL; /* of the symbol, when it is new */
	struct unit *of_all = NULL;

	r->units = calloc(2 * r->series.len + 1, sizeof(*r->units));
	if (r->units == NULL)
		return false;
	if (!r->o->features_only) {
		plan_splits_calls(r->calendar, &r->series, needs, run_now(r),
		    &r->splits);
		r->calls_planned += r->splits.calls;
	}
	for (size_t i = 0; i < r->series.len; i++) {
		struct stored_series *s = &r->series.v[i];

		if (i == 0 || strcmp(s[-1].symbol, s->symbol) != 0)
			splits = splits_unit(r, i, needs, &of_all);
		add_series_unit(r, s, &needs->v[i], splits);
	}
	find_sources(r);
	return grouped_create(r, &needs->days);
}

static bool
make_units(struct run *r, struct md_error *e)
{
	struct grouped_denials denials = { NULL, 0, 0 };
	struct needs needs = { .v = NULL };
	int64_t now = run_now(r);
	bool good =
	    store_grouped_denied(r->store, now - WANTED_DENIED_MS, &denials, e);

	if (good)
		good = (plan_needs(r->o, r->calendar, &r->series, &r->sources,
			    &denials, now, &needs) &&
			   add_units(r, &needs)) ||
		       md_nomem(e);
	memcpy(r->withheld, needs.withheld, sizeof(r->withheld));
	memcpy(r->granted, needs.granted, sizeof(r->granted));
	needs_free(&needs);
	grouped_denials_free(&denials);
	return good;
}

/* -- the loop -- */

static void
show_progress(struct run *r, int64_t started)
{
	const struct polygon_counts *c = polygon_counts(r->polygon);
	struct backfill_progress p = { 0 };

	if (r->o->progress == NULL)
		return;
	for (size_t i = 0; i < r->units_len; i++) {
		const struct unit *u = &r->units[i];

		if (u->is_splits)
			continue;
		p.jobs++;
		p.jobs_done += u->state == UNIT_ENDED;
		p.jobs_failed += u->record.status == JOB_FAILED;
		p.bars += u->record.bars.received;
	}
	p.requests = c->requests;
	p.rate_limited = c->rate_limited;
	p.calls_planned = r->calls_planned;
	p.calls_done = r->calls_done;
	p.elapsed_ms = monotonic_ms() - started;
	p.paused_ms = polygon_paused_ms(r->polygon);
	r->o->progress(r->o->progress_ctx, &p);
}

/* Bars that know of their splits need their features computed once only.  A
 * call that fails and fails holds up nobody for long. */
static bool
waits_for_splits(const struct unit *u, int64_t now)
{
	const struct unit *splits = u->after;

	return splits != NULL && splits->state != UNIT_ENDED &&
	       ((splits->state == UNIT_WAITING && !splits->held) ||
		   now - splits->started < SPLITS_WAIT_MS);
}

static bool
waits_for_source(const struct unit *u)
{
	return (u->fetches_source != NULL &&
		   u->fetches_source->state != UNIT_ENDED) ||
	       (u->compares != NULL && !u->compared && !u->refused &&
		   u->compares->state != UNIT_ENDED);
}

/* May one more start now?  If not, *wait is until then, or for room. */
static bool
may_start(const struct run *r, int64_t now, int64_t *wait)
{
	int64_t since = now - r->last_start;

	if (r->active >= r->o->jobs)
		return false;
	if (since >= r->o->stagger_ms)
		return true;
	if (r->o->stagger_ms - since < *wait)
		*wait = r->o->stagger_ms - since;
	return false;
}

/* Calls for whole days that are no less urgent. */
static void
start_grouped(struct run *r, enum tier tier, int64_t now, int64_t *wait)
{
	while (may_start(r, now, wait) && grouped_start(r, tier))
		r->last_start = now;
}

/* Start what there is room for; how long until the next may start. */
static int
start_units(struct run *r)
{
	int64_t now = monotonic_ms();
	int64_t wait = STEP_MS;

	while (r->first < r->units_len &&
	       r->units[r->first].state == UNIT_ENDED)
		r->first++;
	for (size_t i = r->first; i < r->units_len; i++) {
		struct unit *u = &r->units[i];

		if (r->active >= r->o->jobs)
			break;
		if (u->state != UNIT_READY &&
		    (u->state != UNIT_WAITING || u->grouped))
			continue;
		if (waits_for_splits(u, now) || waits_for_source(u))
			continue;
		if (u->not_before > now) {
			if (u->not_before - now < wait)
				wait = u->not_before - now;
			continue;
		}
		if (!u->splits_of_all)
			start_grouped(r, u->series->tier, now, &wait);
		if (u->is_splits ? r->active >= r->o->jobs
				 : !may_start(r, now, &wait))
			break;
		if (!u->is_splits)
			r->last_start = now;
		if (u->started == 0)
			u->started = now;
		unit_start(u);
	}
	start_grouped(r, TIER_LOW, now, &wait);
	return (int)wait;
}

/* Ends early when a signal came, or going on makes no sense. */
static void
loop(struct run *r)
{
	int64_t started = monotonic_ms(), shown = 0;
	struct md_error e;
	int wait;

	r->last_beat = r->last_turn = started;
	while (r->open > 0 && *r->stop == 0 && r->fatal.code == MD_OK) {
		run_notice_stall(r);
		wait = start_units(r);
		run_works_for(r, NULL);
		if (!polygon_step(r->polygon, wait, &e))
			run_fatal(r, &e);
		(void)writer_collect(r->writer);
		grouped_step(r);
		run_works_for(r, NULL);
		if (polygon_verdict(r->polygon)->code != MD_OK &&
		    (r->open > 0 ||
			polygon_verdict(r->polygon)->code != MD_EAPI))
			run_fatal(r, polygon_verdict(r->polygon));
		run_heartbeat(r);
		run_budget_check(r, monotonic_ms());
		if (monotonic_ms() - shown >= STEP_MS / 2) {
			shown = monotonic_ms();
			show_progress(r, started);
		}
	}
	if (*r->stop != 0) {
		(void)md_fail(&r->fatal, MD_EINTR, "interrupted by %s",
		    *r->stop == SIGTERM ? "SIGTERM" : "SIGINT");
		store_limit_waiting(r->store, STOP_PATIENCE_MS);
	}
	polygon_cancel(r->polygon, &r->fatal);
	/* What was fetched is stored, whatever ended the loop. */
	writer_drain(r->writer);
	show_progress(r, started);
}

/* -- the end -- */

/* Jobs that a stop caught before their turn have not failed: they are pending
 * still.  Those under way have. */
static void
settle_units(struct run *r)
{
	for (size_t i = 0; i < r->units_len; i++) {
		struct unit *u = &r->units[i];

		if (u->is_splits || u->record.status != JOB_IN_PROGRESS)
			continue;
		if ((u->state == UNIT_GROUPED || u->state == UNIT_READY) &&
		    !u->asked_any) {
			u->record.status = JOB_PENDING;
			u->record.started_ms = 0;
			continue;
		}
		u->record.status = JOB_FAILED;
		u->record.completed_ms = run_now(r);
		(void)snprintf(u->record.message, sizeof(u->record.message),
		    "%s", r->fatal.text);
	}
}

static void
conclude_execution(struct run *r)
{
	struct execution *x = &r->execution;
	size_t jobs = 0, good = 0;

	run_sum_up(r);
	run_count_symbols(r);
	for (size_t i = 0; i < r->units_len; i++) {
		jobs += !r->units[i].is_splits;
		good += !r->units[i].is_splits &&
			r->units[i].record.status == JOB_COMPLETED;
	}
	x->completed_ms = run_now(r);
	x->heartbeat_ms = md_now_ms();
	if (r->fatal.code != MD_OK)
		(void)snprintf(x->message, sizeof(x->message), "%s",
		    r->fatal.text);
	if (r->fatal.code == MD_EINTR)
		x->status = EXECUTION_INTERRUPTED;
	else if (r->fatal.code != MD_OK || (jobs > 0 && good == 0))
		x->status = EXECUTION_FAILED;
	else if (good < jobs || r->splits_failed)
		x->status = EXECUTION_COMPLETED_WITH_ERRORS;
	else
		x->status = EXECUTION_COMPLETED;
}

/* The logs of all series units in the same order; they are the result's. */
static bool
collect_stages(struct run *r, struct backfill_result *out)
{
	size_t n = 0;

	out->stages = calloc(r->units_len + 1, sizeof(*out->stages));
	if (out->stages == NULL)
		return false;
	out->sample = r->sample;
	r->sample = (struct decode_sample){ 0 };
	for (size_t i = 0; i < r->units_len; i++) {
		struct stage_log *l = &r->units[i].stages;

		if (!r->units[i].is_splits) {
			out->stages[n++] = *l;
			*l = (struct stage_log){ 0 };
			continue;
		}
		stage_times_add(&out->splits.busy, &l->busy);
	}
	return true;
}

/* The records of all series units, for the log and the result. */
static bool
collect_records(struct run *r, struct backfill_result *out)
{
	out->jobs = calloc(r->units_len + 1, sizeof(*out->jobs));
	if (out->jobs == NULL)
		return false;
	for (size_t i = 0; i < r->units_len; i++)
		if (!r->units[i].is_splits)
			out->jobs[out->jobs_len++] = r->units[i].record;
	return !r->o->measured || collect_stages(r, out);
}

/* Bars that came may tell of a split that was believed, and the other way. */
static void
judge_splits(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (r->execution.bars.inserted > 0 &&
	    !store_derive_adjustments(r->store, r->calendar,
		calendar_date(r->calendar, CLASS_STOCK, run_now(r)), &e))
		log_write(r->o->log, LOG_WARNING,
		    "splits are looked at again by the next run only: %s",
		    e.text);
}

/* A run that was cut short still gives up what it holds. */
static void
release_all(struct run *r)
{
	struct md_error e;

	for (size_t i = 0; i < r->units_len; i++)
		if (r->units[i].leased && r->units[i].state != UNIT_ENDED &&
		    !store_release(r->store, &r->units[i].lease, &e))
			run_log_failed(r, &e);
}

/* -- a run -- */

static void
wake(void *ctx)
{
	polygon_wakeup(ctx);
}

static bool
begin_execution(struct run *r, struct md_error *e)
{
	struct execution *x = &r->execution;

	if (!uuid_create(x->id))
		return md_fail(e, MD_EIO, "/dev/urandom cannot be read");
	if (gethostname(x->host, sizeof(x->host)) != 0)
		(void)snprintf(x->host, sizeof(x->host), "unknown");
	x->host[sizeof(x->host) - 1] = '\0';
	x->pid = (int64_t)getpid();
	if (r->o->run_id != NULL)
		(void)snprintf(x->run_id, sizeof(x->run_id), "%s",
		    r->o->run_id);
	x->started_ms = run_now(r);
	x->heartbeat_ms = md_now_ms();
	x->status = EXECUTION_RUNNING;
	return true;
}

static bool
prepare(struct run *r, struct md_error *e)
{
	const struct backfill_options *o = r->o;
	md_date today = calendar_date(r->calendar, CLASS_STOCK, run_now(r));
	struct md_error le = { .code = MD_OK, .text = "" };

	/* A mistyped name must not leave an empty store behind. */
	if (!polygon_create(&r->polygon, &o->polygon, e) ||
	    !(o->symbols == NULL || o->features_only
		    ? store_open_existing(o->db, &r->store, e)
		    : store_open(o->db, &r->store, e)) ||
	    !begin_execution(r, e))
		return false;
	if (o->lease_ms > 0)
		r->store->lease_ms = o->lease_ms;
	if (!run_reap(r, r->store, run_now(r), &le))
		run_log_failed(r, &le);
	if (o->symbols != NULL && !o->features_only &&
	    !store_keep(r->store, o->symbols, o->timeframes, o->whole, e))
		return false;
	r->feature_bars = calloc(FEATURES_BATCH, sizeof(*r->feature_bars));
	r->feature_rows = calloc(FEATURES_BATCH, sizeof(*r->feature_rows));
	if (r->feature_bars == NULL || r->feature_rows == NULL)
		return md_nomem(e);
	/* A split whose day has come makes series owe features: first that. */
	if (!store_judge_coverage(r->store, r->calendar, e) ||
	    !store_derive_adjustments(r->store, r->calendar, today, e) ||
	    !plan_series(o, r->store, &r->series, e) ||
	    !plan_sources(o, r->store, &r->series, &r->sources, e) ||
	    !make_units(r, e))
		return false;
	run_count_symbols(r);
	run_log_execution(r);
	run_log_jobs(r);
	if (!o->features_only)
		run_budget_begin(r);
	return writer_create(&r->writer, r->store, r->stop, wake, r->polygon,
	    e);
}

static void
run_free(struct run *r)
{
	writer_destroy(&r->writer);
	polygon_destroy(&r->polygon);
	store_close(&r->store);
	for (size_t i = 0; i < r->units_len; i++) {
		ranges_free(&r->units[i].gaps);
		coverage_free(&r->units[i].coverage);
		unit_derivation_free(&r->units[i]);
		unit_features_free(&r->units[i]);
		stage_log_free(&r->units[i].stages);
	}
	free(r->units);
	grouped_free(r);
	decode_sample_free(&r->sample);
	free(r->feature_bars);
	free(r->feature_rows);
	stored_series_list_free(&r->series);
	stored_series_list_free(&r->sources);
}

bool
backfill_run(const struct backfill_options *o, const struct calendar *cal,
    const volatile sig_atomic_t *stop, struct backfill_result *out,
    struct md_error *e)
{
	struct run r = { .o = o, .calendar = cal, .stop = stop };
	bool good;

	memset(out, 0, sizeof(*out));
	if (!prepare(&r, e)) {
		run_free(&r);
		return false;
	}
	out->seconds = -(double)md_monotonic_us() / 1e6;
	loop(&r);
	out->seconds += (double)md_monotonic_us() / 1e6;
	settle_units(&r);
	conclude_execution(&r);
	writer_destroy(&r.writer);
	release_all(&r);
	run_budget_end(&r);
	run_log_jobs(&r);
	run_log_features(&r);
	judge_splits(&r);
	run_log_current(&r);
	run_clear_requests(&r);
	run_log_execution(&r);
	good = collect_records(&r, out) || md_nomem(e);
	out->execution = r.execution;
	out->stopped = r.fatal;
	out->splits_failed = r.splits_failed;
	out->reached = polygon_reached(r.polygon);
	run_free(&r);
	return good;
}

void
backfill_result_free(struct backfill_result *r)
{
	for (size_t i = 0; r->stages != NULL && i < r->jobs_len; i++)
		stage_log_free(&r->stages[i]);
	free(r->stages);
	free(r->jobs);
	decode_sample_free(&r->sample);
	memset(r, 0, sizeof(*r));
}
