/*
 * The steps of a series but for its requests: the lease, waiting for its pages,
 * the features still owed, the end.  All of it runs on the run's thread but the
 * run functions of tasks, which are the writer's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/plan.h"

/* A refusal of what was not final yet is over when that is. */
static bool
note_newest(struct series_job *j, const struct span *s)
{
	int64_t until = finality_final(&j->grid, s->from);
	char again[MD_TIME_MAX];

	if (run_now(j->job.run) >= until)
		return false;
	md_time_format(until, again);
	(void)snprintf(j->record.note, sizeof(j->record.note),
	    "the newest bars are not in the plan yet: requested again from %s "
	    "on",
	    again);
	return true;
}

/* Of what is wanted, why something is not asked for before which time. */
static bool
note_span(struct series_job *j, const struct span *s)
{
	bool denied = s->kind == COVERAGE_DENIED;
	int64_t until =
	    s->fetched_at + (denied ? WANTED_DENIED_MS : KNOWLEDGE_REFUSED_MS);
	char again[MD_TIME_MAX];

	if ((!denied && s->kind != COVERAGE_REFUSED) ||
	    s->from >= j->wanted.to || s->to <= j->wanted.from ||
	    run_now(j->job.run) >= until)
		return false;
	if (denied && s->from >= grid_final_before(&j->grid, s->fetched_at))
		return note_newest(j, s);
	if (denied)
		md_date_format((md_date)(until / MD_DAY), again);
	else
		md_time_format(until, again);
	(void)snprintf(j->record.note, sizeof(j->record.note),
	    denied
		? "partly or wholly not in the plan (403): requested again "
		  "from %s on"
		: "rows were refused, see rejected_bars: requested again from "
		  "%s on",
	    again);
	return true;
}

void
series_note_known(struct series_job *j, const struct coverage *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (note_span(j, &c->v[i]))
			return;
}

/* -- the end -- */

struct end_task {
	struct task task;
	struct series_job *owner;
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
	struct series_job *j = end->owner;

	job_charge(&j->job, t, STAGE_DATABASE, 0);
	if (end->log_error.code != MD_OK)
		run_log_failed(j->job.run, &end->log_error);
	if (t->error.code != MD_OK)
		run_log_failed(j->job.run, &t->error);
	else
		j->job.leased = false;
	free(end);
	job_go(&j->job, STATE_ENDED);
}

/* What else its owner should know of a job that has not failed. */
static void
note_record(struct series_job *j)
{
	struct job_record *r = &j->record;

	if (r->note[0] != '\0' || j->job.run->o->features_only)
		return;
	if (r->bars.rejected > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "%lld row%s refused%s; see rejected_bars",
		    (long long)r->bars.rejected,
		    r->bars.rejected == 1 ? "" : "s",
		    j->refused_again >= r->bars.rejected ? ", as before" : "");
	else if (r->bars.derived > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "%lld bar%s made of %s", (long long)r->bars.derived,
		    r->bars.derived == 1 ? "" : "s",
		    timeframe_name(j->source->timeframe));
	else if (r->bars.received == 0 && j->asked_any)
		(void)snprintf(r->note, sizeof(r->note),
		    "no bars: unknown to the API (mind the case), or nothing "
		    "traded");
	else
		series_note_known(j, &j->coverage);
}

static void
conclude_record(struct series_job *j)
{
	struct job_record *r = &j->record;
	const struct md_error *e = &j->job.error;

	if (j->untried) {
		r->status = JOB_PENDING;
		r->started_ms = 0;
		return;
	}
	if (e->code == MD_OK)
		e = &j->denied;
	/* An answer of which nothing can be used is none, the first time. */
	if (e->code == MD_OK && r->bars.received > 0 &&
	    r->bars.rejected >= r->bars.received &&
	    j->refused_again < r->bars.rejected) {
		(void)md_fail(&j->job.error, MD_EDATA,
		    "all %lld rows received were refused; see rejected_bars",
		    (long long)r->bars.received);
		e = &j->job.error;
	}
	r->completed_ms = run_now(j->job.run);
	r->status = e->code == MD_OK ? JOB_COMPLETED : JOB_FAILED;
	/* What a signal cut off has not failed: it is to be done still. */
	if (run_is_stopped(e)) {
		r->status = JOB_PENDING;
		r->completed_ms = 0;
	}
	if (e->code != MD_OK)
		(void)snprintf(r->message, sizeof(r->message), "%s", e->text);
	else
		note_record(j);
}

/* Features fail no job, but are not kept quiet about. */
static void
conclude_features(struct series_job *j)
{
	struct job_record *r = &j->record;

	series_features_free(j);
	r->features = j->features.rows;
	if (!j->features.failed)
		return;
	(void)snprintf(r->features_message, sizeof(r->features_message), "%.*s",
	    (int)sizeof(r->features_message) - 1, j->features.error.text);
	log_tell(j->job.run->o->log, LOG_ERROR,
	    &(struct log_about){ r->symbol, timeframe_name(r->timeframe),
		j->features.error.code },
	    "%s %s: features: %s; the next run tries again", r->symbol,
	    timeframe_name(r->timeframe), j->features.error.text);
}

enum job_state
series_close(struct job *job)
{
	struct series_job *j = (struct series_job *)job;
	struct end_task *end = calloc(1, sizeof(*end));

	/* Where they alone are wanted, to fail at them is to fail. */
	if (job->run->o->features_only && j->features.failed &&
	    job->error.code == MD_OK)
		job->error = j->features.error;
	conclude_record(j);
	conclude_features(j);
	if (end == NULL)
		return STATE_ENDED;
	end->task.run = end_run;
	end->task.done = end_done;
	end->owner = j;
	end->record = j->record;
	end->lease = job->lease;
	end->leased = job->leased;
	memcpy(end->execution_id, job->run->execution.id,
	    sizeof(end->execution_id));
	writer_submit(job->run->writer, &end->task);
	return STATE_CLOSING;
}

enum job_state
series_tell(struct job *job)
{
	const struct job_record *r = &((struct series_job *)job)->record;
	struct log_about about = { r->symbol, timeframe_name(r->timeframe),
		job->error.code };
	char name[JOB_NAME_SIZE];

	job_name(job, name);
	if (r->status == JOB_FAILED && job->run->fatal.code == MD_OK)
		log_tell(job->run->o->log, LOG_ERROR, &about, "%s: %s", name,
		    r->message);
	else
		log_tell(job->run->o->log, LOG_INFO, &about,
		    "%s: %lld bars, %lld new, %lld changed%s%s", name,
		    (long long)r->bars.received, (long long)r->bars.inserted,
		    (long long)r->bars.updated, r->note[0] ? "; " : "",
		    r->note);
	return STATE_ENDED;
}

/* -- features -- */

struct features_task {
	struct task task;
	struct series_job *owner;
	bool more;
};

static bool
features_run(struct task *t, struct store *st, struct md_error *e)
{
	struct features_task *f = (struct features_task *)t;

	(void)e;
	f->more = series_features_step(f->owner, st);
	return true;
}

static void
features_done(struct task *t)
{
	struct features_task *f = (struct features_task *)t;
	struct job *job = &f->owner->job;
	bool more = f->more;

	job_charge(job, t, STAGE_FEATURES, 0);
	free(f);
	/* Who interrupts the run will not wait: they stay owed. */
	if (more && *job->run->stop == 0 && job->run->fatal.code == MD_OK)
		job_go(job, series_compute(job));
	else
		job_go(job, STATE_CLOSING);
}

/* What is still owed, a batch a task, so that other tasks get their turn. */
enum job_state
series_compute(struct job *job)
{
	struct features_task *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return STATE_CLOSING;
	f->task.run = features_run;
	f->task.done = features_done;
	f->owner = (struct series_job *)job;
	writer_submit(job->run->writer, &f->task);
	return STATE_FEATURES;
}

/* -- everything was fetched, or will not be -- */

enum job_state
series_store(struct job *job)
{
	struct series_job *j = (struct series_job *)job;
	const struct run *r = job->run;

	j->by_days = false;
	if (j->pages > 0)
		return STATE_STORING;
	if (job->error.code == MD_ELEASE)
		return job_wait_for_holder(job, &job->error);
	if (job->leased && !r->o->no_features && *r->stop == 0 &&
	    r->fatal.code == MD_OK)
		return STATE_FEATURES;
	return STATE_CLOSING;
}

/* -- the beginning -- */

struct claim_task {
	struct task task;
	struct series_job *owner;
	struct job_record record;
	struct md_error log_error;
};

static bool
claim_run(struct task *t, struct store *st, struct md_error *e)
{
	struct claim_task *c = (struct claim_task *)t;
	struct series_job *j = c->owner;
	const struct run *r = j->job.run;
	const struct job_record *record = &c->record;

	if (!job_claim(&j->job, st, j->series->id, &j->coverage, e))
		return false;
	series_features_begin(j);
	if (r->o->features_only && r->o->refresh &&
	    !store_features_expire(st, j->series->id, e))
		return false;
	if (!store_jobs_put(st, r->execution.id, &record, 1, &c->log_error) &&
	    c->log_error.code == MD_OK)
		c->log_error.code = MD_ESTORE;
	return true;
}

/* What is lacked by what the store knows now: another run may have filled gaps
 * since the plan was made. */
static void
find_gaps(struct series_job *j)
{
	const struct run *r = j->job.run;
	struct finality_rule rule =
	    plan_finality(r->o, r->withheld, j->grid.class);
	struct md_error e;

	/* What the store knows counts, whoever stored it. */
	if (j->grid.kind != j->job.lease.grid) {
		j->grid.kind = j->job.lease.grid;
		j->wanted = plan_range(r->o, j->series, &j->grid, run_now(r));
	}
	j->gaps.len = j->gap = 0;
	if (!r->o->features_only && !j->reopened &&
	    (!plan_gaps(&j->grid, &rule, &j->coverage, j->wanted, run_now(r),
		 r->o->refresh, &j->gaps) ||
		!run_cut_filed(r, j, &j->gaps))) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
	}
}

static enum job_state
claimed(struct series_job *j, const struct md_error *e)
{
	struct job *job = &j->job;

	/* One that is gone may come back where the store has moved to. */
	if (e->code == MD_ELEASE ||
	    (e->code == MD_EEMPTY && run_is_moving(job->run))) {
		j->by_days = false;
		return job_wait_for_holder(job, e);
	}
	if (e->code != MD_OK) {
		job_fail(job, e);
		if (e->code != MD_EEMPTY)
			run_fatal(job->run, e);
		return STATE_STORING;
	}
	find_gaps(j);
	if (job->state == STATE_JOINING)
		return day_joined(j);
	if (j->source != NULL && !j->refused && j->gaps.len > 0)
		return STATE_DERIVING;
	return STATE_FETCHING;
}

static void
claim_done(struct task *t)
{
	struct claim_task *c = (struct claim_task *)t;
	struct series_job *j = c->owner;

	job_charge(&j->job, t, STAGE_DATABASE, 0);
	if (c->log_error.code != MD_OK)
		run_log_failed(j->job.run, &c->log_error);
	job_go(&j->job, claimed(j, &t->error));
	free(c);
}

enum job_state
series_claim(struct job *job)
{
	struct series_job *j = (struct series_job *)job;
	struct claim_task *c = calloc(1, sizeof(*c));
	struct md_error e;

	job->stalls = job->run->stalls;
	j->record.status = JOB_IN_PROGRESS;
	if (!j->reopened)
		j->record.started_ms = run_now(job->run);
	if (c == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		return STATE_STORING;
	}
	c->task.run = claim_run;
	c->task.done = claim_done;
	c->task.urgent = true;
	c->owner = j;
	c->record = j->record;
	writer_submit(job->run->writer, &c->task);
	return job->state;
}

void
series_reopen(struct series_job *j)
{
	j->reopened = true;
	job_reopen(&j->job);
}
