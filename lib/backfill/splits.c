/*
 * The steps of a job that asks for splits: of one new symbol, or of all since
 * the last look.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "base/integer.h"

/* -- the lease: of several runs that lack the same splits one asks -- */

/* No series has such an id. */
static int64_t
lease_id(const struct splits_job *j)
{
	return j->of_all ? 0 : -j->series->id;
}

struct look_task {
	struct task task;
	struct splits_job *owner;
	int64_t now;
	bool known;
};

/* Has another run asked for all that ours is to ask for? */
static bool
all_known(const struct look_task *l, const struct stored_series_list *now)
{
	const struct splits_job *j = l->owner;
	const struct run *r = j->job.run;
	md_date first = j->of_all ? r->splits.since : j->first;

	for (size_t i = 0; i < now->len; i++)
		if (plan_splits(r->calendar, &now->v[i], first, l->now) !=
		    SPLITS_KNOWN)
			return false;
	return now->len > 0;
}

static bool
look_run(struct task *t, struct store *st, struct md_error *e)
{
	struct look_task *l = (struct look_task *)t;
	struct splits_job *j = l->owner;
	const struct backfill_options *o = j->job.run->o;
	struct symbol_entry symbol = { .timeframes = 1U
						     << j->series->timeframe };
	const struct symbol_list one = { &symbol, 1, 1 };
	const struct symbol_list *list = j->of_all ? o->symbols : &one;
	struct stored_series_list now = { NULL, 0, 0 };

	memcpy(symbol.symbol, j->series->symbol, sizeof(symbol.symbol));
	if (!job_claim(&j->job, st, lease_id(j), &j->unused, e) ||
	    !store_series(st, list, o->timeframes, o->tiers, &now, e))
		return false;
	l->known = all_known(l, &now);
	stored_series_list_free(&now);
	return true;
}

static enum job_state
looked(struct splits_job *j, const struct look_task *l)
{
	const struct md_error *e = &l->task.error;

	if (e->code == MD_ELEASE)
		return job_wait_for_holder(&j->job, e);
	if (e->code != MD_OK) {
		job_fail(&j->job, e);
		run_fatal(j->job.run, e);
		return STATE_ENDED;
	}
	return l->known ? STATE_STORING : STATE_FETCHING;
}

static void
look_done(struct task *t)
{
	struct look_task *l = (struct look_task *)t;

	job_charge(&l->owner->job, t, STAGE_DATABASE, 0);
	job_go(&l->owner->job, looked(l->owner, l));
	free(l);
}

enum job_state
splits_claim(struct job *job)
{
	struct run *r = job->run;
	struct look_task *l;
	struct md_error e;

	if (r->splits_denied)
		return STATE_ENDED;
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		return STATE_ENDED;
	}
	l->task.run = look_run;
	l->task.done = look_done;
	l->task.urgent = true;
	l->owner = (struct splits_job *)job;
	l->now = run_now(r);
	writer_submit(r->writer, &l->task);
	return STATE_CLAIMING;
}

/* -- the request -- */

static void
on_splits(void *ctx, const struct split *v, size_t len)
{
	struct splits_job *j = ctx;
	struct run *r = j->job.run;
	struct md_error e;

	r->calls_done++;
	j->as_of = run_as_of(r, run_now(r));
	j->v = calloc(len + 1, sizeof(*v));
	if (j->v == NULL) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
		return;
	}
	if (len > 0)
		memcpy(j->v, v, len * sizeof(*v));
	j->len = len;
}

/* A plan without splits: the next run asks again, once. */
static void
note_denied(struct splits_job *j, const struct md_error *e)
{
	struct run *r = j->job.run;
	char name[JOB_NAME_SIZE];

	if (r->splits_denied)
		return;
	r->splits_denied = true;
	job_name(&j->job, name);
	log_write(r->o->log, LOG_WARNING, "%s: %s; prices stay unadjusted",
	    name, e->text);
}

static void
on_splits_ended(void *ctx, const struct md_error *e)
{
	struct splits_job *j = ctx;

	run_works_for(j->job.run, &j->job);
	if (e->code == MD_EDENIED)
		note_denied(j, e);
	else if (e->code != MD_OK)
		job_fail(&j->job, e);
	job_go(&j->job, STATE_STORING);
}

enum job_state
splits_ask(struct job *job)
{
	static const struct splits_handler handler = { on_splits,
		on_splits_ended };
	struct splits_job *j = (struct splits_job *)job;
	struct run *r = job->run;
	struct md_error e;

	polygon_charge(r->polygon, &job->stages);
	if (polygon_splits(r->polygon, j->of_all ? NULL : j->series->symbol,
		r->splits.since, &handler, j, &e))
		return STATE_FETCHING;
	job_fail(job, &e);
	return STATE_STORING;
}

/* -- the end: what was answered is kept, and the lease given up -- */

struct splits_task {
	struct task task;
	struct splits_job *owner;
	int64_t now;
	bool keep; /* what was answered, if anything was */
	struct lease lease;
	struct split *v;
	size_t len;
	int64_t *debtors; /* series that owe features, also for a new split */
	size_t debtors_len;
};

static bool
splits_run(struct task *t, struct store *st, struct md_error *e)
{
	struct splits_task *s = (struct splits_task *)t;
	struct run *r = s->owner->job.run;
	bool all = s->owner->of_all;
	const struct splits_put put = {
		.symbol = all ? NULL : s->owner->series->symbol,
		.since = r->splits.since,
		.looked = all ? r->splits.looked : s->now,
		.v = s->v,
		.len = s->len,
		.now = s->now,
	};
	bool good =
	    !s->keep ||
	    (store_put_splits(st, &put, e) &&
		store_derive_adjustments(st, r->calendar,
		    calendar_date(r->calendar, CLASS_STOCK, s->now), e));

	good = good && store_series_lacking_features(st, &s->debtors,
			   &s->debtors_len, e);
	return store_release(st, &s->lease, good ? e : NULL) && good;
}

/* Series that were done before a split was known are not done. */
static void
reopen_series_lacking_features(struct run *r, const struct splits_task *s)
{
	for (size_t i = 0; i < r->series_jobs_len && s->debtors_len > 0; i++) {
		struct series_job *j = &r->series_jobs[i];

		if (j->job.state == STATE_ENDED && j->job.error.code == MD_OK &&
		    !j->features.failed &&
		    bsearch(&j->series->id, s->debtors, s->debtors_len,
			sizeof(*s->debtors), compare64) != NULL)
			series_reopen(j);
	}
}

static void
splits_done(struct task *t)
{
	struct splits_task *s = (struct splits_task *)t;
	struct job *job = &s->owner->job;
	struct run *r = job->run;

	job_charge(job, t, STAGE_DATABASE, 0);
	if (t->error.code != MD_OK) {
		job_fail(job, &t->error);
		run_fatal(r, &t->error);
	} else {
		job->leased = false;
		if (!r->o->no_features && job->error.code == MD_OK &&
		    r->fatal.code == MD_OK)
			reopen_series_lacking_features(r, s);
	}
	free(s->debtors);
	free(s->v);
	free(s);
	job_go(job, STATE_ENDED);
}

enum job_state
splits_store(struct job *job)
{
	struct splits_job *j = (struct splits_job *)job;
	struct splits_task *s = calloc(1, sizeof(*s));
	struct md_error e;

	if (s == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		return STATE_ENDED;
	}
	s->task.run = splits_run;
	s->task.done = splits_done;
	s->owner = j;
	s->keep = j->v != NULL && job->error.code == MD_OK;
	s->now = s->keep ? j->as_of : run_now(job->run);
	s->lease = job->lease;
	s->v = j->v;
	s->len = j->len;
	j->v = NULL;
	writer_submit(job->run->writer, &s->task);
	return STATE_STORING;
}

enum job_state
splits_tell(struct job *job)
{
	struct run *r = job->run;
	char name[JOB_NAME_SIZE];

	if (job->error.code == MD_OK)
		return STATE_ENDED;
	r->splits_failed = true;
	job_name(job, name);
	if (r->fatal.code == MD_OK)
		log_write(r->o->log, LOG_ERROR, "%s: %s", name,
		    job->error.text);
	if (r->execution.message[0] == '\0')
		(void)snprintf(r->execution.message,
		    sizeof(r->execution.message), "%s: %.380s", name,
		    job->error.text);
	return STATE_ENDED;
}
