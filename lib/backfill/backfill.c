/*
 * A run: its jobs in turn, a few at once, one thread fetching and one storing;
 * when it stops, and what became of it.
 */
#include "backfill/backfill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backfill/internal.h"
#include "base/integer.h"
#include "plan/plan.h"
#include "report/compliance.h"
#include "report/corrected.h"
#include "store/operator.h"
#include "store/vendor.h"

/* Progress is shown so often. */
#define SHOW_MS 100

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

void
run_works_for(struct run *r, struct job *job)
{
	int64_t now = md_monotonic_us();

	if (r->served != NULL)
		stage_add(&r->served->stages, STAGE_TURN, r->served_since, now);
	r->served = job;
	r->served_since = now;
}

void
run_notice_stall(struct run *r)
{
	int64_t now = md_monotonic_ms();

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

/* -- how many at once -- */

static void
on_answer(void *ctx, const struct concurrency_answer *told)
{
	struct run *r = ctx;
	struct concurrency_answer a = *told;
	unsigned before = r->concurrency.now;

	a.more = r->held_back;
	concurrency_answered(&r->concurrency, &a);
	if (r->concurrency.now != before)
		log_write(r->o->log, LOG_DEBUG, "%u jobs at once: %s",
		    r->concurrency.now,
		    concurrency_reason_words(r->concurrency.reason));
}

static void
tell_concurrency(const struct run *r)
{
	const struct concurrency *c = &r->concurrency;

	if (c->found && c->answers > 0)
		log_write(r->o->log, LOG_INFO,
		    "jobs at once: %u at most, %.1f on average; %s", c->most,
		    concurrency_mean(c), concurrency_reason_words(c->reason));
}

/* -- what it is to do -- */

/* What an earlier run saw is told once, if it concerns this one. */
static void
tell_withheld(const struct run *r, const struct needs *needs)
{
	for (size_t i = 0; i < r->series.len; i++) {
		enum asset_class class = plan_sold_as(r->series.v[i].class);

		if (!r->rights.withheld[class] || !needs->withheld[class])
			continue;
		log_write(r->o->log, LOG_INFO,
		    "bars that may still change are not in the plan, as an "
		    "earlier run saw: a day after that they are asked for "
		    "again");
		return;
	}
}

static bool
make_jobs(struct run *r, struct md_error *e)
{
	struct grouped_denials denials = { NULL, 0, 0 };
	struct needs needs = { .v = NULL };
	struct file_plan files = { .filed = r->filed };
	int64_t now = run_now(r);
	bool good = store_renames(r->store, &r->renames, e) &&
		    store_grouped_denied(r->store, now - WANTED_DENIED_MS,
			&denials, e) &&
		    plan_rights(r->o, r->store, now, &r->rights, e);

	for (int kind = 0; good && kind < ACTION_COUNT; kind++)
		good = plan_actions_absent(r->o, (enum action)kind, r->store,
		    now, &r->plans[kind].absent, e);
	if (good)
		good = plan_needs(r->o, r->calendar, &r->series, &r->sources,
			   &denials, &r->rights,
			   r->filed == NULL ? NULL : &files, now, &needs) ||
		       md_nomem(e);
	memcpy(r->denied, r->rights.without, sizeof(r->denied));
	if (good)
		tell_withheld(r, &needs);
	good = good &&
	       plan_closures(r->o, r->calendar, r->store, &r->series, &needs,
		   now, &r->closures.due, e) &&
	       (run_make_jobs(r, &needs) || md_nomem(e));
	r->closures.due = r->closures.due && r->calls_planned > 0;
	r->calls_planned += r->closures.due;
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
	p.jobs = r->series_jobs_len;
	p.jobs_done = jobs_in(r, KIND_SERIES, STATE_ENDED);
	for (size_t i = 0; i < r->series_jobs_len; i++) {
		const struct job_record *j = &r->series_jobs[i].record;

		p.jobs_failed += j->status == JOB_FAILED;
		p.bars += j->bars.received;
	}
	p.requests = c->requests;
	p.rate_limited = c->rate_limited;
	p.calls_planned = r->calls_planned;
	p.calls_done = r->calls_done;
	p.elapsed_ms = md_monotonic_ms() - started;
	p.paused_ms = polygon_paused_ms(r->polygon);
	r->o->progress(r->o->progress_ctx, &p);
}

static bool
goes_on(struct run *r)
{
	run_follow(r);
	return jobs_open(r) > 0 || run_is_moving(r) || run_closures_open(r);
}

/* Ends early when a signal came, or going on makes no sense. */
static void
loop(struct run *r)
{
	int64_t started = md_monotonic_ms(), shown = 0;
	struct md_error e;
	int wait;

	r->last_beat = r->last_turn = started;
	while (goes_on(r) && *r->stop == 0 && r->fatal.code == MD_OK) {
		run_notice_stall(r);
		wait = run_start_jobs(r);
		run_works_for(r, NULL);
		if (!polygon_step(r->polygon, wait, &e))
			run_fatal(r, &e);
		run_closures_step(r);
		(void)writer_collect(r->writer);
		days_step(r);
		run_works_for(r, NULL);
		if (polygon_verdict(r->polygon)->code != MD_OK &&
		    (jobs_open(r) > 0 ||
			polygon_verdict(r->polygon)->code != MD_EAPI))
			run_fatal(r, polygon_verdict(r->polygon));
		run_heartbeat(r);
		run_budget_check(r, md_monotonic_ms());
		if (md_monotonic_ms() - shown >= SHOW_MS) {
			shown = md_monotonic_ms();
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

/* By an operator: what is left undone has not failed. */
bool
run_is_stopped(const struct md_error *e)
{
	return e->code == MD_EINTR || e->code == MD_EHELD;
}

/* Jobs that a stop caught before their turn have not failed: they are pending
 * still.  So are those that a signal caught under way, which says so. */
static void
settle_jobs(struct run *r)
{
	for (size_t i = 0; i < r->series_jobs_len; i++) {
		const struct series_job *j = &r->series_jobs[i];
		struct job_record *record = &r->series_jobs[i].record;

		if (record->status != JOB_IN_PROGRESS)
			continue;
		if ((j->job.state == STATE_JOINED ||
			j->job.state == STATE_READY) &&
		    !j->asked_any) {
			record->status = JOB_PENDING;
			record->started_ms = 0;
			continue;
		}
		record->status =
		    run_is_stopped(&r->fatal) ? JOB_PENDING : JOB_FAILED;
		record->completed_ms =
		    record->status == JOB_PENDING ? 0 : run_now(r);
		(void)snprintf(record->message, sizeof(record->message), "%s",
		    r->fatal.text);
	}
}

static void
conclude_execution(struct run *r)
{
	struct execution *x = &r->execution;
	size_t jobs = r->series_jobs_len, good = 0;

	run_sum_up(r);
	run_count_symbols(r);
	for (size_t i = 0; i < jobs; i++)
		good += r->series_jobs[i].record.status == JOB_COMPLETED;
	x->completed_ms = run_now(r);
	x->heartbeat_ms = md_now_ms();
	if (r->fatal.code != MD_OK)
		(void)snprintf(x->message, sizeof(x->message), "%s",
		    r->fatal.text);
	if (run_is_stopped(&r->fatal))
		x->status = EXECUTION_INTERRUPTED;
	else if (r->fatal.code != MD_OK || (jobs > 0 && good == 0))
		x->status = EXECUTION_FAILED;
	else if (good < jobs || r->actions_failed)
		x->status = EXECUTION_COMPLETED_WITH_ERRORS;
	else
		x->status = EXECUTION_COMPLETED;
}

/* The logs of all series' jobs in the same order; they are the result's. */
static bool
collect_stages(struct run *r, struct backfill_result *out)
{
	out->stages = calloc(r->series_jobs_len + 1, sizeof(*out->stages));
	if (out->stages == NULL)
		return false;
	out->sample = r->sample;
	r->sample = (struct decode_sample){ 0 };
	for (size_t i = 0; i < r->series_jobs_len; i++) {
		out->stages[i] = r->series_jobs[i].job.stages;
		r->series_jobs[i].job.stages = (struct stage_log){ 0 };
	}
	for (size_t i = 0; i < r->actions_jobs_len; i++)
		stage_times_add(&out->actions.busy,
		    &r->actions_jobs[i].job.stages.busy);
	return true;
}

/* The records of all series' jobs, for the log and the result. */
static bool
collect_records(struct run *r, struct backfill_result *out)
{
	out->jobs = calloc(r->series_jobs_len + 1, sizeof(*out->jobs));
	if (out->jobs == NULL)
		return false;
	for (size_t i = 0; i < r->series_jobs_len; i++)
		out->jobs[out->jobs_len++] = r->series_jobs[i].record;
	return !r->o->measured || collect_stages(r, out);
}

/* Bars that came may tell of a split that was believed, and the other way. */
static void
judge_splits(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (r->execution.bars.inserted > 0 &&
	    !store_derive_adjustments(r->store, r->calendar,
		calendar_date(r->calendar, CLASS_STOCK, run_now(r)), run_now(r),
		&e))
		log_write(r->o->log, LOG_WARNING,
		    "splits are looked at again by the next run only: %s",
		    e.text);
}

/* Of the symbols whose bars may have changed: words. */
static void
list_changed(const struct run *r, struct buf *out)
{
	const struct series_job *last = NULL;

	for (size_t i = 0; i < r->series_jobs_len; i++) {
		const struct series_job *j = &r->series_jobs[i];

		if (j->record.bars.inserted + j->record.bars.updated == 0 ||
		    !asset_class_splits(j->record.class) ||
		    (last != NULL &&
			strcmp(last->record.symbol, j->record.symbol) == 0))
			continue;
		buf_printf(out, "%s%s", last == NULL ? "" : ",",
		    j->record.symbol);
		last = j;
	}
}

/* Dividends are worth what the prices before them say. */
static void
judge_dividends(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };
	struct buf changed = BUF_INIT;

	if (r->o->no_dividends || r->o->features_only)
		return;
	list_changed(r, &changed);
	if (!(buf_ok(&changed) || md_nomem(&e)) ||
	    !store_derive_dividends(r->store, r->calendar,
		calendar_date(r->calendar, CLASS_STOCK, run_now(r)), run_now(r),
		buf_str(&changed), &e))
		log_write(r->o->log, LOG_WARNING,
		    "dividends are looked at again by the next run only: %s",
		    e.text);
	buf_free(&changed);
}

/* For queries of regular hours. */
static void
keep_sessions(struct run *r)
{
	struct md_error e;

	if (!store_keep_sessions(r->store, r->calendar,
		calendar_date(r->calendar, CLASS_STOCK, run_now(r)), &e))
		log_write(r->o->log, LOG_WARNING,
		    "market_data_regular has the sessions of the last run "
		    "until the next one: %s",
		    e.text);
}

/* A run that was cut short still gives up what it holds. */
static void
release_all(struct run *r)
{
	struct md_error e;

	for (size_t i = 0; i < r->queue_len; i++)
		if (r->queue[i]->leased &&
		    !store_release(r->store, &r->queue[i]->lease, &e))
			run_log_failed(r, &e);
}

/* -- a run -- */

void
run_wake(void *ctx)
{
	polygon_wakeup(ctx);
}

void
run_host(char *out, size_t size)
{
	if (gethostname(out, size) != 0)
		(void)snprintf(out, size, "unknown");
	out[size - 1] = '\0';
}

static bool
begin_execution(struct run *r, struct md_error *e)
{
	struct execution *x = &r->execution;

	if (!uuid_create(x->id))
		return md_fail(e, MD_EIO, "/dev/urandom cannot be read");
	run_host(x->host, sizeof(x->host));
	if (r->o->flat_files != NULL && r->o->s3 != NULL)
		(void)snprintf(x->files_source, sizeof(x->files_source), "%s",
		    r->o->flat_files);
	x->pid = (int64_t)getpid();
	if (r->o->run_id != NULL)
		(void)snprintf(x->run_id, sizeof(x->run_id), "%s",
		    r->o->run_id);
	(void)snprintf(r->o->log->execution, sizeof(r->o->log->execution), "%s",
	    x->id);
	x->started_ms = run_now(r);
	x->heartbeat_ms = md_now_ms();
	x->status = EXECUTION_RUNNING;
	return true;
}

static bool
correct_calendar(struct run *r, struct md_error *e)
{
	if (!corrected_calendar(&r->corrected, r->store, r->o->changes, e))
		return false;
	if (r->corrected != NULL)
		r->calendar = r->corrected;
	return true;
}

static bool
check_hold(struct run *r, struct md_error *e)
{
	struct hold hold;

	return store_hold_read(r->store, &hold, e) &&
	       (hold.since_ms == 0 || run_held_error(&hold, e));
}

/* It is in the log since it began to read files. */
static void
log_end_of_start(struct run *r, const struct md_error *e)
{
	struct execution *x = &r->execution;

	if (r->filed == NULL)
		return;
	x->status = run_is_stopped(e) || *r->stop != 0 ? EXECUTION_INTERRUPTED
						       : EXECUTION_FAILED;
	x->completed_ms = run_now(r);
	(void)snprintf(x->message, sizeof(x->message), "%s", e->text);
	run_log_execution(r);
}

/* As long as no run writes, series stand as they stood. */
static void
count_hours(struct run *r)
{
	struct freshness_query q = {
		.rule = r->o->rule,
		.objectives = r->o->objectives,
		.now_ms = run_now(r),
	};
	struct md_error e = { .code = MD_OK, .text = "" };

	if (r->o->objectives == NULL || !r->o->present)
		return;
	q.rule.calendar = r->calendar;
	q.rule.settle_ms = r->o->finality.settle_ms;
	if (!compliance_count_hours(r->store, &q, &e))
		log_write(r->o->log, LOG_WARNING,
		    "how well the objectives were kept is counted by the next "
		    "run only: %s",
		    e.text);
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
	    !check_hold(r, e) || !begin_execution(r, e))
		return false;
	if (o->lease_ms > 0)
		r->store->lease_ms = o->lease_ms;
	if (!run_reap(r, r->store, run_now(r), &le))
		run_log_failed(r, &le);
	count_hours(r);
	if (!run_keep_series(r, r->store, e))
		return false;
	r->feature_bars = calloc(FEATURES_BATCH, sizeof(*r->feature_bars));
	r->feature_rows = calloc(FEATURES_BATCH, sizeof(*r->feature_rows));
	if (r->feature_bars == NULL || r->feature_rows == NULL)
		return md_nomem(e);
	/* A split whose day has come makes series owe features: first that. */
	if (!correct_calendar(r, e) ||
	    !store_judge_coverage(r->store, r->calendar, e) ||
	    !store_derive_adjustments(r->store, r->calendar, today, run_now(r),
		e) ||
	    !plan_series(o, r->store, &r->series, e) || !run_files(r, e) ||
	    !plan_sources(o, r->store, &r->series, &r->sources, e) ||
	    !make_jobs(r, e))
		return false;
	run_count_files(r);
	run_count_symbols(r);
	run_log_execution(r);
	run_log_jobs(r);
	if (!o->features_only)
		run_budget_begin(r);
	return writer_create(&r->writer, r->store, r->stop, run_wake,
	    r->polygon, e);
}

static void
run_free(struct run *r)
{
	writer_destroy(&r->writer);
	polygon_destroy(&r->polygon);
	store_close(&r->store);
	run_jobs_free(r);
	decode_sample_free(&r->sample);
	free(r->feature_bars);
	free(r->feature_rows);
	run_filed_free(r);
	stored_series_list_free(&r->series);
	stored_series_list_free(&r->sources);
	closures_answer_free(&r->closures.answer);
	calendar_destroy(&r->corrected);
	renames_free(&r->renames);
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
		log_end_of_start(&r, e);
		run_free(&r);
		return false;
	}
	concurrency_init(&r.concurrency, o->jobs, md_monotonic_us());
	polygon_watch(r.polygon, on_answer, &r);
	out->seconds = -(double)md_monotonic_us() / 1e6;
	loop(&r);
	out->seconds += (double)md_monotonic_us() / 1e6;
	run_ask_silent(&r);
	settle_jobs(&r);
	tell_concurrency(&r);
	conclude_execution(&r);
	writer_destroy(&r.writer);
	release_all(&r);
	run_budget_end(&r);
	run_closures_end(&r);
	run_rights_end(&r);
	run_log_jobs(&r);
	run_log_features(&r);
	judge_splits(&r);
	judge_dividends(&r);
	keep_sessions(&r);
	run_log_current(&r);
	run_settle_requests(&r);
	run_log_execution(&r);
	if (run_is_moving(&r))
		log_write(o->log, LOG_WARNING,
		    "another server took the store over as the run ended: what "
		    "it "
		    "lacks is fetched by the next run");
	good = collect_records(&r, out) || md_nomem(e);
	out->execution = r.execution;
	out->concurrency = r.concurrency;
	out->stopped = r.fatal;
	out->actions_failed = r.actions_failed;
	out->files_failed = r.execution.files_failed;
	out->files_error = r.files_error;
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
