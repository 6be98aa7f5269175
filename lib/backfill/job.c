/*
 * Where a job stands: the one place that changes it, and what all kinds have in
 * common.  All of it runs on the run's thread but job_claim.
 */
#include <stdio.h>
#include <string.h>

#include "backfill/internal.h"

/* A lease that another run holds is looked at again after this. */
#define HELD_AGAIN_MS 500

/* That is told once it has taken such a part of the time of a lease. */
#define LONG_WAITS_A_LEASE 6

typedef enum job_state step(struct job *);

/* What a job does when it comes to a state; null: it waits there to be taken
 * on. */
static step *const steps[KIND_COUNT][STATE_COUNT] = {
	[KIND_SERIES] = {
		[STATE_JOINING] = series_claim,
		[STATE_CLAIMING] = series_claim,
		[STATE_DERIVING] = series_derive,
		[STATE_FETCHING] = series_ask,
		[STATE_STORING] = series_store,
		[STATE_FEATURES] = series_compute,
		[STATE_CLOSING] = series_close,
		[STATE_ENDED] = series_tell,
	},
	[KIND_ACTIONS] = {
		[STATE_CLAIMING] = actions_claim,
		[STATE_FETCHING] = actions_ask,
		[STATE_STORING] = actions_store,
		[STATE_ENDED] = actions_tell,
	},
	[KIND_DAY] = {
		[STATE_CLAIMING] = day_claim,
		[STATE_FETCHING] = day_ask,
	},
};

void
job_init(struct job *job, struct run *r, enum job_kind kind,
    enum job_state state)
{
	memset(job, 0, sizeof(*job));
	job->run = r;
	job->kind = kind;
	job->state = state;
	job->stages.on = r->o->measured;
	r->in[kind][state]++;
}

void
job_go(struct job *job, enum job_state next)
{
	struct run *r = job->run;
	step *enter;

	while (next != job->state) {
		r->in[job->kind][job->state]--;
		r->in[job->kind][next]++;
		job->state = next;
		if (next == STATE_ENDED)
			stage_end(&job->stages, md_monotonic_us());
		enter = steps[job->kind][next];
		if (enter != NULL)
			next = enter(job);
	}
}

void
job_take_turn(struct job *job)
{
	run_works_for(job->run, job);
	stage_begin(&job->stages, job->run->served_since);
	if (job->parked_at != 0)
		stage_add(&job->stages, STAGE_TURN, job->parked_at,
		    job->run->served_since);
	job_go(job,
	    job->state == STATE_READY ? STATE_FETCHING : STATE_CLAIMING);
}

size_t
jobs_in(const struct run *r, enum job_kind kind, enum job_state state)
{
	return r->in[kind][state];
}

size_t
jobs_active(const struct run *r)
{
	size_t n = r->pieces_out;

	for (int kind = 0; kind < KIND_COUNT; kind++)
		n += r->in[kind][STATE_CLAIMING] + r->in[kind][STATE_DERIVING] +
		     r->in[kind][STATE_FETCHING];
	return n;
}

bool
jobs_have_room(const struct run *r)
{
	return jobs_active(r) < r->concurrency.now;
}

size_t
jobs_waiting(const struct run *r)
{
	size_t n = r->in[KIND_SERIES][STATE_READY] + r->pieces_left;

	for (int kind = 0; kind < KIND_COUNT; kind++)
		n += r->in[kind][STATE_WAITING];
	return n;
}

size_t
jobs_open(const struct run *r)
{
	return r->queue_len - r->in[KIND_SERIES][STATE_ENDED] -
	       r->in[KIND_ACTIONS][STATE_ENDED];
}

void
job_fail(struct job *job, const struct md_error *e)
{
	if (job->error.code == MD_OK)
		job->error = *e;
}

void
job_charge(struct job *job, const struct task *t, enum stage stage,
    int64_t features_at)
{
	struct stage_log *l = &job->stages;
	int64_t until = features_at != 0 ? features_at : t->ended_at;

	run_works_for(job->run, job);
	stage_add(l, STAGE_QUEUE, t->submitted_at, t->started_at);
	stage_add(l, stage, t->started_at, until);
	stage_add(l, STAGE_FEATURES, until, t->ended_at);
	stage_add(l, STAGE_TURN, t->ended_at, job->run->served_since);
}

void
job_name(const struct job *job, char out[static JOB_NAME_SIZE])
{
	const struct actions_job *actions = (const struct actions_job *)job;
	const struct series_job *series = (const struct series_job *)job;

	if (job->kind == KIND_ACTIONS && actions->symbols_len > 1)
		(void)snprintf(out, JOB_NAME_SIZE, "%s of %s and %zu more",
		    actions_name(actions->kind), actions->symbols[0],
		    actions->symbols_len - 1);
	else if (job->kind == KIND_ACTIONS)
		(void)snprintf(out, JOB_NAME_SIZE, "%s of %s",
		    actions_name(actions->kind),
		    actions->of_all ? "all symbols" : actions->symbols[0]);
	else
		(void)snprintf(out, JOB_NAME_SIZE, "%s %s",
		    series->record.symbol,
		    timeframe_name(series->record.timeframe));
}

/* -- the lease -- */

bool
job_claim(struct job *job, struct store *st, int64_t id, struct coverage *c,
    struct md_error *e)
{
	if (!store_claim(st, id, job->run->execution.id, md_now_ms(),
		&job->lease, c, e))
		return false;
	job->leased = true;
	return true;
}

/* Runs that share work wait for each other a little: that is nothing to speak
 * of.  Once, for all jobs. */
static void
tell_long_wait(const struct job *job, const char *name,
    const struct md_error *why)
{
	struct run *r = job->run;
	char waited[32];
	int64_t ms = job->parked_at / 1000 - job->held_since;

	if (r->told_of_holder || ms < r->store->lease_ms / LONG_WAITS_A_LEASE)
		return;
	r->told_of_holder = true;
	md_duration_format(ms, waited);
	log_write(r->o->log, LOG_WARNING, "%s: %s; waiting, %s so far", name,
	    why->text, waited);
}

enum job_state
job_wait_for_holder(struct job *job, const struct md_error *why)
{
	char name[JOB_NAME_SIZE];

	job_name(job, name);
	job->parked_at = md_monotonic_us();
	if (!job->held) {
		log_write(job->run->o->log, LOG_INFO, "%s: %s; waiting", name,
		    why->text);
		job->held_since = job->parked_at / 1000;
	}
	tell_long_wait(job, name, why);
	job->held = true;
	job->leased = false;
	job->error.code = MD_OK;
	job->not_before = job->parked_at / 1000 + HELD_AGAIN_MS;
	return STATE_WAITING;
}

void
job_reopen(struct job *job)
{
	/* Once for each move, also where it needs no lease. */
	job->lease.moves = job->run->moves;
	job->parked_at = job->stages.to;
	job->run->queue_first = 0;
	job_go(job, STATE_WAITING);
}

bool
job_lease_uncertain(struct job *job)
{
	run_notice_stall(job->run);
	return job->stalls != job->run->stalls;
}
