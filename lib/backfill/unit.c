/*
 * One unit of a backfill: the lease, the requests, the pages, the end.  All of
 * it runs on the run's thread but the run functions of tasks, which are the
 * writer's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/plan.h"

/* A series that another run holds is looked at again after this. */
#define HELD_AGAIN_MS 500

/* A refusal of what was not final yet is over when that is. */
static bool
note_newest(struct unit *u, const struct span *s)
{
	int64_t until = finality_final(&u->grid, s->from);
	char again[MD_TIME_MAX];

	if (run_now(u->run) >= until)
		return false;
	md_time_format(until, again);
	(void)snprintf(u->record.note, sizeof(u->record.note),
	    "the newest bars are not in the plan yet: requested again from %s "
	    "on",
	    again);
	return true;
}

/* Of what is wanted, why something is not asked for before which time. */
static bool
note_span(struct unit *u, const struct span *s)
{
	bool denied = s->kind == COVERAGE_DENIED;
	int64_t until =
	    s->fetched_at + (denied ? WANTED_DENIED_MS : KNOWLEDGE_REFUSED_MS);
	char again[MD_TIME_MAX];

	if ((!denied && s->kind != COVERAGE_REFUSED) ||
	    s->from >= u->wanted.to || s->to <= u->wanted.from ||
	    run_now(u->run) >= until)
		return false;
	if (denied && s->from >= grid_final_before(&u->grid, s->fetched_at))
		return note_newest(u, s);
	if (denied)
		md_date_format((md_date)(until / MD_DAY), again);
	else
		md_time_format(until, again);
	(void)snprintf(u->record.note, sizeof(u->record.note),
	    denied
		? "partly or wholly not in the plan (403): requested again "
		  "from %s on"
		: "rows were refused, see rejected_bars: requested again from "
		  "%s on",
	    again);
	return true;
}

void
unit_note_known(struct unit *u, const struct coverage *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (note_span(u, &c->v[i]))
			return;
}

void
unit_fail(struct unit *u, const struct md_error *e)
{
	if (u->error.code == MD_OK)
		u->error = *e;
}

/* -- where its time goes -- */

void
unit_charge(struct unit *u, const struct task *t, enum stage stage,
    int64_t features_at)
{
	struct stage_log *l = &u->stages;
	int64_t until = features_at != 0 ? features_at : t->ended_at;

	run_works_for(u->run, u);
	stage_add(l, STAGE_QUEUE, t->submitted_at, t->started_at);
	stage_add(l, stage, t->started_at, until);
	stage_add(l, STAGE_FEATURES, until, t->ended_at);
	stage_add(l, STAGE_TURN, t->ended_at, u->run->served_since);
}

/* -- the end -- */

struct end_task {
	struct task task;
	struct unit *unit;
	struct job_record record;
	struct lease lease;
	bool leased;
	struct md_error log_error;
	char execution_id[EXECUTION_ID_SIZE];
};

static bool
end_run(struct task *t, struct store *st, struct md_error *e)
{
	struct end_task *end = (struct end_task *)t;
	const struct job_record *record = &end->record;

	/* A failure to log never breaks a backfill. */
	if (!store_jobs_put(st, end->execution_id, &record, 1,
		&end->log_error) &&
	    end->log_error.code == MD_OK)
		end->log_error.code = MD_ESTORE;
	return !end->leased || store_release(st, &end->lease, e);
}

static void
end_done(struct task *t)
{
	struct end_task *end = (struct end_task *)t;
	struct unit *u = end->unit;

	unit_charge(u, t, STAGE_DATABASE, 0);
	if (end->log_error.code != MD_OK)
		run_log_failed(u->run, &end->log_error);
	if (t->error.code != MD_OK)
		run_log_failed(u->run, &t->error);
	free(end);
	unit_ended(u);
}

/* What else its owner should know of a job that has not failed. */
static void
note_record(struct unit *u)
{
	struct job_record *r = &u->record;

	if (r->note[0] != '\0' || u->run->o->features_only)
		return;
	if (r->bars.rejected > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "%lld row%s refused%s; see rejected_bars",
		    (long long)r->bars.rejected,
		    r->bars.rejected == 1 ? "" : "s",
		    u->refused_again >= r->bars.rejected ? ", as before" : "");
	else if (r->bars.derived > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "%lld bar%s made of %s", (long long)r->bars.derived,
		    r->bars.derived == 1 ? "" : "s",
		    timeframe_name(u->source->timeframe));
	else if (r->bars.received == 0 && u->asked_any)
		(void)snprintf(r->note, sizeof(r->note),
		    "no bars: unknown to the API (mind the case), or nothing "
		    "traded");
	else
		unit_note_known(u, &u->coverage);
}

static void
conclude_record(struct unit *u)
{
	struct job_record *r = &u->record;
	const struct md_error *e = &u->error;

	if (u->untried) {
		r->status = JOB_PENDING;
		r->started_ms = 0;
		return;
	}
	if (e->code == MD_OK)
		e = &u->denied;
	/* An answer of which nothing can be used is none, the first time. */
	if (e->code == MD_OK && r->bars.received > 0 &&
	    r->bars.rejected >= r->bars.received &&
	    u->refused_again < r->bars.rejected) {
		(void)md_fail(&u->error, MD_EDATA,
		    "all %lld rows received were refused; see rejected_bars",
		    (long long)r->bars.received);
		e = &u->error;
	}
	r->completed_ms = run_now(u->run);
	r->status = e->code == MD_OK ? JOB_COMPLETED : JOB_FAILED;
	if (e->code != MD_OK)
		(void)snprintf(r->message, sizeof(r->message), "%s", e->text);
	else
		note_record(u);
}

/* Features fail no job, but are not kept quiet about. */
static void
conclude_features(struct unit *u)
{
	struct job_record *r = &u->record;

	unit_features_free(u);
	r->features = u->features;
	if (!u->features_failed)
		return;
	(void)snprintf(r->features_message, sizeof(r->features_message), "%.*s",
	    (int)sizeof(r->features_message) - 1, u->features_error.text);
	log_write(u->run->o->log, LOG_ERROR,
	    "%s %s: features: %s; the next run tries again", r->symbol,
	    timeframe_name(r->timeframe), u->features_error.text);
}

static void
close_unit(struct unit *u)
{
	struct end_task *end = calloc(1, sizeof(*end));

	u->state = UNIT_CLOSING;
	conclude_record(u);
	conclude_features(u);
	if (end == NULL) {
		unit_ended(u);
		return;
	}
	end->task.run = end_run;
	end->task.done = end_done;
	end->unit = u;
	end->record = u->record;
	end->lease = u->lease;
	end->leased = u->leased;
	memcpy(end->execution_id, u->run->execution.id,
	    sizeof(end->execution_id));
	writer_submit(u->run->writer, &end->task);
}

/* Everything was fetched, or will not be: wait for the pages under way. */
void
unit_fetched(struct unit *u)
{
	if (u->grouped)
		u->grouped = false; /* it took no turn */
	else
		u->run->active--;
	u->state = UNIT_STORING;
	unit_close_if_stored(u);
}

/* Another run holds the series: its turn comes again. */
void
unit_wait_for_holder(struct unit *u)
{
	if (!u->held)
		log_write(u->run->o->log, LOG_INFO,
		    "%s %s: another run holds it; waiting",
		    u->splits_of_all ? "all symbols" : u->record.symbol,
		    u->is_splits ? "splits"
				 : timeframe_name(u->record.timeframe));
	u->held = true;
	u->state = UNIT_WAITING;
	u->leased = false;
	u->grouped = false;
	u->error.code = MD_OK;
	u->gap = 0;
	u->parked_at = md_monotonic_us();
	u->not_before = u->parked_at / 1000 + HELD_AGAIN_MS;
}

/* -- features -- */

struct features_task {
	struct task task;
	struct unit *unit;
	bool more;
};

static void compute_features(struct unit *);

static bool
features_run(struct task *t, struct store *st, struct md_error *e)
{
	struct features_task *f = (struct features_task *)t;

	(void)e;
	f->more = unit_features_step(f->unit, st);
	return true;
}

static void
features_done(struct task *t)
{
	struct features_task *f = (struct features_task *)t;
	struct unit *u = f->unit;
	bool more = f->more;

	unit_charge(u, t, STAGE_FEATURES, 0);
	free(f);
	/* Who interrupts the run will not wait: they stay owed. */
	if (more && *u->run->stop == 0 && u->run->fatal.code == MD_OK)
		compute_features(u);
	else
		close_unit(u);
}

/* What is still owed, a batch a task, so that other tasks get their turn. */
static void
compute_features(struct unit *u)
{
	struct features_task *f = calloc(1, sizeof(*f));

	u->state = UNIT_FEATURES;
	if (f == NULL) {
		close_unit(u);
		return;
	}
	f->task.run = features_run;
	f->task.done = features_done;
	f->unit = u;
	writer_submit(u->run->writer, &f->task);
}

void
unit_close_if_stored(struct unit *u)
{
	const struct run *r = u->run;

	if (u->state != UNIT_STORING || u->pages > 0)
		return;
	if (u->error.code == MD_ELEASE)
		unit_wait_for_holder(u);
	else if (u->leased && !r->o->no_features && *r->stop == 0 &&
		 r->fatal.code == MD_OK)
		compute_features(u);
	else
		close_unit(u);
}

bool
unit_lease_uncertain(struct unit *u)
{
	run_notice_stall(u->run);
	return u->stalls != u->run->stalls;
}

/* -- the beginning -- */

struct claim_task {
	struct task task;
	struct unit *unit;
	struct job_record record;
	int64_t now;
	struct md_error log_error;
};

static bool
claim_run(struct task *t, struct store *st, struct md_error *e)
{
	struct claim_task *c = (struct claim_task *)t;
	struct unit *u = c->unit;
	const struct job_record *record = &c->record;

	if (!store_claim(st, u->series->id, u->run->execution.id, c->now,
		&u->lease, &u->coverage, e))
		return false;
	unit_features_begin(u);
	if (u->run->o->features_only && u->run->o->refresh &&
	    !store_features_expire(st, u->series->id, e))
		return false;
	if (!store_jobs_put(st, u->run->execution.id, &record, 1,
		&c->log_error) &&
	    c->log_error.code == MD_OK)
		c->log_error.code = MD_ESTORE;
	return true;
}

static void
claimed(struct unit *u)
{
	struct run *r = u->run;
	struct finality_rule rule =
	    plan_finality(r->o, r->withheld, u->grid.class);
	struct md_error e;

	u->leased = true;
	/* What the store knows counts, whoever stored it. */
	if (u->grid.kind != u->lease.grid) {
		u->grid.kind = u->lease.grid;
		u->wanted = plan_range(r->o, u->series, &u->grid, run_now(r));
	}
	u->gaps.len = u->gap = 0;
	/* Another run may have filled gaps since the plan was made. */
	if (!r->o->features_only && !u->reopened &&
	    !plan_gaps(&u->grid, &rule, &u->coverage, u->wanted, run_now(r),
		r->o->refresh, &u->gaps)) {
		(void)md_nomem(&e);
		unit_fail(u, &e);
	}
	if (u->grouped)
		grouped_claimed(u);
	else if (u->source != NULL && !u->refused && u->gaps.len > 0)
		unit_derive(u);
	else
		unit_ask_ranges(u);
}

static void
claim_done(struct task *t)
{
	struct claim_task *c = (struct claim_task *)t;
	struct unit *u = c->unit;

	unit_charge(u, t, STAGE_DATABASE, 0);
	if (c->log_error.code != MD_OK)
		run_log_failed(u->run, &c->log_error);
	if (u->grouped)
		u->run->grouped_claims--;
	if (t->error.code == MD_OK)
		claimed(u);
	else if (t->error.code == MD_ELEASE) {
		if (!u->grouped)
			u->run->active--;
		unit_wait_for_holder(u);
	} else {
		unit_fail(u, &t->error);
		run_fatal(u->run, &t->error);
		unit_fetched(u);
	}
	free(c);
}

static void
start_series(struct unit *u)
{
	struct claim_task *c = calloc(1, sizeof(*c));

	u->state = UNIT_CLAIMING;
	u->stalls = u->run->stalls;
	u->record.status = JOB_IN_PROGRESS;
	if (!u->reopened)
		u->record.started_ms = run_now(u->run);
	if (c == NULL) {
		(void)md_nomem(&u->error);
		if (u->grouped)
			u->run->grouped_claims--;
		unit_fetched(u);
		return;
	}
	c->task.run = claim_run;
	c->task.done = claim_done;
	c->task.urgent = true;
	c->unit = u;
	c->record = u->record;
	c->now = md_now_ms();
	writer_submit(u->run->writer, &c->task);
}

void
unit_claim(struct unit *u)
{
	u->run->grouped_claims++;
	start_series(u);
}

void
unit_reopen(struct unit *u)
{
	u->reopened = true;
	u->parked_at = u->stages.to;
	u->state = UNIT_WAITING;
	u->run->open++;
	u->run->first = 0;
}

void
unit_start(struct unit *u)
{
	struct run *r = u->run;

	run_works_for(r, u);
	stage_begin(&u->stages, r->served_since);
	if (u->parked_at != 0)
		stage_add(&u->stages, STAGE_TURN, u->parked_at,
		    r->served_since);
	r->active++;
	if (u->is_splits)
		unit_start_splits(u);
	else if (u->state == UNIT_READY)
		unit_ask_ranges(u);
	else
		start_series(u);
}
