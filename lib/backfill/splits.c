/*
 * The steps of a job that asks for splits: of new symbols, or of all since the
 * last look.
 *
 * An API that lacks the present endpoint is asked by that of before: for one
 * symbol after the other, or, where that takes fewer calls, for all since the
 * first day wanted.  That is kept in the store for a day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "base/integer.h"
#include "store/vendor.h"

/* -- making it -- */

static bool
add_symbol(struct splits_job *j, const struct stored_series *s,
    const char *symbol, md_date first)
{
	const struct stored_series **series;
	const char **symbols;
	size_t cap = j->symbols_cap == 0 ? 4 : 2 * j->symbols_cap;

	if (j->symbols_len == j->symbols_cap) {
		series = realloc((void *)j->series, cap * sizeof(*series));
		if (series == NULL)
			return false;
		j->series = series;
		symbols = realloc((void *)j->symbols, cap * sizeof(*symbols));
		if (symbols == NULL)
			return false;
		j->symbols = symbols;
		j->symbols_cap = cap;
	}
	if (j->symbols_len == 0 || first < j->first)
		j->first = first;
	j->series[j->symbols_len] = s;
	j->symbols[j->symbols_len++] = symbol;
	return true;
}

/* Its former names first: when it is known itself, these are. */
bool
splits_job_add(struct splits_job *j, const struct stored_series *s,
    md_date first)
{
	for (size_t i = 0; i <= s->names.len; i++)
		if (!add_symbol(j, s, names_nth(&s->names, s->symbol, i),
			first))
			return false;
	return true;
}

void
splits_job_free(struct splits_job *j)
{
	coverage_free(&j->unused);
	free((void *)j->series);
	free((void *)j->symbols);
	free(j->v);
}

/* -- the lease: of several runs that lack the same splits one asks -- */

/* No series has such an id. */
static int64_t
lease_id(const struct splits_job *j)
{
	return j->of_all ? 0 : -j->series[0]->id;
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
	md_date first = j->of_all ? j->since : j->first;

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
	struct symbol_list list = { .v = NULL };
	struct stored_series_list now = { NULL, 0, 0 };
	bool good = job_claim(&j->job, st, lease_id(j), &j->unused, e);

	for (size_t i = 0; good && !j->of_all && i < j->symbols_len; i++) {
		struct symbol_entry s = { .timeframes =
					      1U << j->series[i]->timeframe };

		memcpy(s.symbol, j->symbols[i], sizeof(s.symbol));
		good = symbol_list_add(&list, &s, e);
	}
	good = good && store_series(st, j->of_all ? o->symbols : &list,
			   o->timeframes, o->tiers, &now, e);
	l->known = good && all_known(l, &now);
	stored_series_list_free(&now);
	symbol_list_free(&list);
	return good;
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

/* As a run of before was told: once, too. */
static void
tell_denied(struct run *r)
{
	if (r->splits_told || !r->rights.no_splits)
		return;
	r->splits_told = true;
	log_write(r->o->log, LOG_WARNING,
	    "splits are not in the plan, as an earlier run saw: a day after "
	    "that they are asked for again; prices stay unadjusted");
}

enum job_state
splits_claim(struct job *job)
{
	struct run *r = job->run;
	struct splits_job *j = (struct splits_job *)job;
	struct look_task *l;
	struct md_error e;

	if (r->splits_denied) {
		tell_denied(r);
		return STATE_ENDED;
	}
	/* It may be its second turn. */
	j->asked = j->len = 0;
	j->as_of = 0;
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		return STATE_ENDED;
	}
	l->task.run = look_run;
	l->task.done = look_done;
	l->task.urgent = true;
	l->owner = j;
	l->now = run_now(r);
	writer_submit(r->writer, &l->task);
	return STATE_CLAIMING;
}

/* -- the request -- */

/* Where symbols are asked for one by one it counts as of the first answer. */
static void
on_splits(void *ctx, const struct split *v, size_t len)
{
	struct splits_job *j = ctx;
	struct run *r = j->job.run;
	struct split *more = realloc(j->v, (j->len + len + 1) * sizeof(*more));
	struct md_error e;

	r->calls_done++;
	r->splits_given = true;
	if (j->as_of == 0)
		j->as_of = run_as_of(r, run_now(r));
	if (more == NULL) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
		return;
	}
	j->v = more;
	if (len > 0)
		memcpy(j->v + j->len, v, len * sizeof(*v));
	j->len += len;
}

static void
on_refused(void *ctx, const char *raw, const char *reason)
{
	struct splits_job *j = ctx;
	char name[JOB_NAME_SIZE];

	job_name(&j->job, name);
	log_write(j->job.run->o->log, LOG_WARNING,
	    "%s: a row is left out: %s: %.200s", name, reason, raw);
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

/* The API lacks the present endpoint. */
static void
turn_to_old(struct splits_job *j)
{
	struct run *r = j->job.run;
	md_date today = calendar_date(r->calendar, CLASS_STOCK, run_now(r));

	j->old = j->found_old = true;
	r->splits.old = true;
	if (j->of_all)
		return;
	if (plan_splits_pages(j->first, today, true) <
	    (int64_t)j->symbols_len) {
		j->of_all = true;
		j->since = j->first;
	}
}

static bool ask(struct splits_job *);

/* The job's name is of the first of several symbols. */
static void
fail(struct splits_job *j, const struct md_error *e)
{
	struct md_error of = *e;

	if (j->old && !j->of_all && j->symbols_len > 1)
		(void)md_context(&of, "%s", j->symbols[j->asked]);
	job_fail(&j->job, &of);
}

/* A call was answered: is another one under way? */
static bool
go_on(struct splits_job *j)
{
	j->asked = j->old && !j->of_all ? j->asked + 1 : j->symbols_len;
	return j->asked < j->symbols_len && j->job.run->fatal.code == MD_OK &&
	       ask(j);
}

static void
on_splits_ended(void *ctx, const struct md_error *e)
{
	struct splits_job *j = ctx;

	run_works_for(j->job.run, &j->job);
	if (e->code == MD_EABSENT && !j->old) {
		turn_to_old(j);
		if (ask(j))
			return;
	} else if (e->code == MD_EDENIED)
		note_denied(j, e);
	else if (e->code != MD_OK)
		fail(j, e);
	else if (j->job.error.code == MD_OK && go_on(j))
		return;
	job_go(&j->job, STATE_STORING);
}

/* False: the job has failed. */
static bool
ask(struct splits_job *j)
{
	static const struct splits_handler handler = { on_refused, on_splits,
		on_splits_ended };
	struct run *r = j->job.run;
	const struct splits_query q = {
		.old = j->old,
		.tickers = j->symbols + (j->old ? j->asked : 0),
		.len = j->of_all ? 0
		       : j->old  ? 1
				 : j->symbols_len,
		.since = j->since,
	};
	struct md_error e;

	polygon_charge(r->polygon, &j->job.stages);
	if (polygon_splits(r->polygon, &q, &handler, j, &e))
		return true;
	job_fail(&j->job, &e);
	return false;
}

enum job_state
splits_ask(struct job *job)
{
	struct splits_job *j = (struct splits_job *)job;

	/* Another may have found it out since. */
	if (job->run->splits.old && !j->old)
		turn_to_old(j);
	return ask(j) ? STATE_FETCHING : STATE_STORING;
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

/* Splits of before were not asked for: none of them is called off. */
static int64_t
looked_since(const struct run *r, md_date since)
{
	int64_t before = (int64_t)(since - 1) * MD_DAY;

	return r->splits.looked > before ? r->splits.looked : before;
}

static bool
splits_run(struct task *t, struct store *st, struct md_error *e)
{
	struct splits_task *s = (struct splits_task *)t;
	struct run *r = s->owner->job.run;
	bool all = s->owner->of_all;
	const struct splits_put put = {
		.symbols = s->owner->symbols,
		.symbols_len = all ? 0 : s->owner->asked,
		.since = s->owner->since,
		.looked = all ? looked_since(r, s->owner->since) : s->now,
		.v = s->v,
		.len = s->len,
		.now = s->now,
	};
	bool good = !s->owner->found_old ||
		    store_note_endpoint_absent(st, r->o->polygon.base_url,
			SPLITS_ENDPOINT, run_now(r), e);

	if (s->keep)
		good = good && store_put_splits(st, &put, e) &&
		       store_derive_adjustments(st, r->calendar,
			   calendar_date(r->calendar, CLASS_STOCK, s->now), e);
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
	/* Where symbols are asked for one by one, whatever ended that. */
	s->keep = j->asked > 0;
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
	/* A refused key is the run's end, which is told once. */
	if (r->fatal.code == MD_OK && job->error.code != MD_EKEY)
		log_tell(r->o->log, LOG_ERROR,
		    &(struct log_about){ NULL, NULL, job->error.code },
		    "%s: %s", name, job->error.text);
	if (r->execution.message[0] == '\0')
		(void)snprintf(r->execution.message,
		    sizeof(r->execution.message), "%s: %.380s", name,
		    job->error.text);
	return STATE_ENDED;
}
