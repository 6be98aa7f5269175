/*
 * The steps of a job that asks for splits, or for dividends: of new symbols, or
 * of all since the last look.
 *
 * An API that lacks the present endpoint is asked for splits by that of before:
 * for one symbol after the other, or, where that takes fewer calls, for all
 * since the first day wanted; and not for dividends.  That is kept in the store
 * for a day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "base/integer.h"
#include "store/vendor.h"

/* -- making it -- */

static bool
add_symbol(struct actions_job *j, const struct stored_series *s,
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
actions_job_add(struct actions_job *j, const struct stored_series *s,
    md_date first)
{
	for (size_t i = 0; i <= s->names.len; i++)
		if (!add_symbol(j, s, names_nth(&s->names, s->symbol, i),
			first))
			return false;
	return true;
}

void
actions_job_free(struct actions_job *j)
{
	coverage_free(&j->unused);
	free((void *)j->series);
	free((void *)j->symbols);
	actions_free(&j->told);
}

/* -- the lease: of several runs that lack the same one asks -- */

/* No series has such an id, and no other kind. */
static int64_t
lease_id(const struct actions_job *j)
{
	int64_t id = j->of_all ? 0 : j->series[0]->id;

	return j->kind == ACTION_SPLITS ? -id : INT64_MIN + id;
}

struct look_task {
	struct task task;
	struct actions_job *owner;
	int64_t now;
	bool known;
};

/* Has another run asked for all that ours is to ask for? */
static bool
all_known(const struct look_task *l, const struct stored_series_list *now)
{
	const struct actions_job *j = l->owner;
	const struct run *r = j->job.run;
	md_date first = j->of_all ? j->since : j->first;

	for (size_t i = 0; i < now->len; i++)
		if (plan_actions(r->calendar, j->kind, &now->v[i], first,
			l->now) != ACTIONS_KNOWN)
			return false;
	return now->len > 0;
}

static bool
look_run(struct task *t, struct store *st, struct md_error *e)
{
	struct look_task *l = (struct look_task *)t;
	struct actions_job *j = l->owner;
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
looked(struct actions_job *j, const struct look_task *l)
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

static const char *const without[ACTION_COUNT] = {
	[ACTION_SPLITS] = "prices stay unadjusted",
	[ACTION_DIVIDENDS] = "total returns lack them",
};

/* As a run of before was told: once, too. */
static void
tell_denied(struct run *r, enum action kind)
{
	if (r->told[kind] || !r->rights.without[kind])
		return;
	r->told[kind] = true;
	log_write(r->o->log, LOG_WARNING,
	    "%s are not in the plan, as an earlier run saw: a day after "
	    "that they are asked for again; %s",
	    actions_name(kind), without[kind]);
}

enum job_state
actions_claim(struct job *job)
{
	struct run *r = job->run;
	struct actions_job *j = (struct actions_job *)job;
	struct look_task *l;
	struct md_error e;

	if (r->denied[j->kind]) {
		tell_denied(r, j->kind);
		return STATE_ENDED;
	}
	/* It may be its second turn. */
	j->asked = j->told.len = 0;
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
on_answer(void *ctx, const struct actions *told)
{
	struct actions_job *j = ctx;
	struct run *r = j->job.run;
	struct md_error e;

	r->calls_done++;
	r->given[j->kind] = true;
	if (j->as_of == 0)
		j->as_of = run_as_of(r, run_now(r));
	if (!actions_add(&j->told, told)) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
	}
}

static void
on_refused(void *ctx, const char *raw, const char *reason)
{
	struct actions_job *j = ctx;
	char name[JOB_NAME_SIZE];

	job_name(&j->job, name);
	left_out_row(&j->refused, j->job.run->o->log, name, reason, raw);
}

/* A plan without them: a run a day later asks again, once. */
static void
note_denied(struct actions_job *j, const struct md_error *e)
{
	struct run *r = j->job.run;
	char name[JOB_NAME_SIZE];

	if (r->denied[j->kind])
		return;
	r->denied[j->kind] = true;
	job_name(&j->job, name);
	log_write(r->o->log, LOG_WARNING, "%s: %s; %s", name, e->text,
	    without[j->kind]);
}

/* The API lacks the present endpoint. */
static void
note_absent(struct actions_job *j)
{
	j->found_absent = true;
	j->job.run->plans[j->kind].absent = true;
}

/* Splits are asked by that of before. */
static void
turn_to_old(struct actions_job *j)
{
	struct run *r = j->job.run;
	md_date today = calendar_date(r->calendar, CLASS_STOCK, run_now(r));

	j->old = true;
	if (j->of_all)
		return;
	if (plan_actions_pages(j->kind, j->first, today, true) <
	    (int64_t)j->symbols_len) {
		j->of_all = true;
		j->since = j->first;
	}
}

static bool ask(struct actions_job *);

/* Splits of new symbols are few, and all of them are taken; of dividends only
 * those from the first day wanted on. */
static bool
is_dated(const struct actions_job *j)
{
	return j->kind == ACTION_DIVIDENDS && !j->of_all;
}

/* The job's name is of the first of several symbols. */
static void
fail(struct actions_job *j, const struct md_error *e)
{
	struct md_error of = *e;

	if (j->old && !j->of_all && j->symbols_len > 1)
		(void)md_context(&of, "%s", j->symbols[j->asked]);
	job_fail(&j->job, &of);
}

/* A call was answered: is another one under way? */
static bool
go_on(struct actions_job *j)
{
	j->asked = j->old && !j->of_all ? j->asked + 1 : j->symbols_len;
	return j->asked < j->symbols_len && j->job.run->fatal.code == MD_OK &&
	       ask(j);
}

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct actions_job *j = ctx;

	run_works_for(j->job.run, &j->job);
	if (e->code == MD_EABSENT && !j->old) {
		note_absent(j);
		if (j->kind == ACTION_SPLITS) {
			turn_to_old(j);
			if (ask(j))
				return;
		}
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
ask(struct actions_job *j)
{
	static const struct actions_handler handler = { on_refused, on_answer,
		on_ended };
	struct run *r = j->job.run;
	const struct actions_query q = {
		.kind = j->kind,
		.old = j->old,
		.tickers = j->symbols + (j->old ? j->asked : 0),
		.len = j->of_all ? 0
		       : j->old  ? 1
				 : j->symbols_len,
		.dated = is_dated(j),
		.since = j->of_all ? j->since : j->first,
	};
	struct md_error e;

	polygon_charge(r->polygon, &j->job.stages);
	if (polygon_actions(r->polygon, &q, &handler, j, &e))
		return true;
	job_fail(&j->job, &e);
	return false;
}

enum job_state
actions_ask(struct job *job)
{
	struct actions_job *j = (struct actions_job *)job;

	/* Another may have found it out since. */
	if (job->run->plans[j->kind].absent && !j->old) {
		if (j->kind == ACTION_DIVIDENDS)
			return STATE_STORING;
		turn_to_old(j);
	}
	return ask(j) ? STATE_FETCHING : STATE_STORING;
}

/* -- the end: what was answered is kept, and the lease given up -- */

struct actions_task {
	struct task task;
	struct actions_job *owner;
	int64_t now;
	bool keep; /* what was answered, if anything was */
	struct lease lease;
	struct actions told;
	int64_t *debtors; /* series that owe features, also for a new split */
	size_t debtors_len;
};

/* What was before was not asked for: none of it is called off. */
static int64_t
looked_since(const struct actions_job *j)
{
	int64_t looked = j->job.run->plans[j->kind].looked;
	int64_t before = (int64_t)(j->since - 1) * MD_DAY;

	return looked > before ? looked : before;
}

/* What splits change beside themselves. */
static bool
follow_splits(struct actions_task *s, struct store *st, struct md_error *e)
{
	const struct run *r = s->owner->job.run;

	if (s->keep &&
	    !store_derive_adjustments(st, r->calendar,
		calendar_date(r->calendar, CLASS_STOCK, s->now), run_now(r), e))
		return false;
	return store_series_lacking_features(st, &s->debtors, &s->debtors_len,
	    e);
}

static bool
actions_run(struct task *t, struct store *st, struct md_error *e)
{
	struct actions_task *s = (struct actions_task *)t;
	struct run *r = s->owner->job.run;
	bool all = s->owner->of_all;
	const struct actions_put put = {
		.symbols = s->owner->symbols,
		.symbols_len = all ? 0 : s->owner->asked,
		.dated = is_dated(s->owner),
		.since = all ? s->owner->since : s->owner->first,
		.looked = all ? looked_since(s->owner) : s->now,
		.told = &s->told,
		.now = s->now,
	};
	bool good = !s->owner->found_absent ||
		    store_note_endpoint_absent(st, r->o->polygon.base_url,
			actions_name(s->owner->kind), run_now(r), e);

	if (s->keep)
		good = good && store_put_actions(st, &put, e);
	if (s->owner->kind == ACTION_SPLITS)
		good = good && follow_splits(s, st, e);
	return store_release(st, &s->lease, good ? e : NULL) && good;
}

/* Series that were done before a split was known are not done. */
static void
reopen_series_lacking_features(struct run *r, const struct actions_task *s)
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
actions_done(struct task *t)
{
	struct actions_task *s = (struct actions_task *)t;
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
	actions_free(&s->told);
	free(s);
	job_go(job, STATE_ENDED);
}

enum job_state
actions_store(struct job *job)
{
	struct actions_job *j = (struct actions_job *)job;
	struct actions_task *s = calloc(1, sizeof(*s));
	struct md_error e;

	if (s == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		return STATE_ENDED;
	}
	s->task.run = actions_run;
	s->task.done = actions_done;
	s->owner = j;
	/* Where symbols are asked for one by one, whatever ended that. */
	s->keep = j->asked > 0;
	s->now = s->keep ? j->as_of : run_now(job->run);
	s->lease = job->lease;
	s->told = j->told;
	j->told.v = NULL;
	j->told.len = j->told.cap = 0;
	writer_submit(job->run->writer, &s->task);
	return STATE_STORING;
}

enum job_state
actions_tell(struct job *job)
{
	const struct actions_job *j = (struct actions_job *)job;
	struct run *r = job->run;
	char name[JOB_NAME_SIZE];

	job_name(job, name);
	left_out_tell(&j->refused, r->o->log, name);
	if (job->error.code == MD_OK)
		return STATE_ENDED;
	r->actions_failed = true;
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
