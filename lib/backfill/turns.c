/*
 * The jobs of a run: made of what its series lack, and given their turns, a few
 * at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"

#define STEP_MS 200

/* A new symbol's series wait so long for its splits. */
#define SPLITS_WAIT_MS 3000

/* -- making them -- */

static void
add_to_queue(struct run *r, struct job *job)
{
	r->queue[r->queue_len++] = job;
}

/* The jobs for splits, or dividends, that are being made. */
struct actions_making {
	enum action kind;
	struct actions_job *of_all; /* or null */
	struct actions_job *of_new; /* the last for new symbols; or null */
	bool failed;                /* out of memory */
};

/* The job that asks for those of a new symbol, whose series begin at i, made if
 * need be; null: they are known as they stand. */
static struct actions_job *
add_actions(struct run *r, size_t i, const struct needs *needs,
    struct actions_making *made)
{
	const struct stored_series *s = &r->series.v[i];
	md_date first;
	enum action kind = made->kind;
	const struct actions_plan *plan = &r->plans[kind];
	enum actions_need need = plan_actions_of(r->calendar, kind, &r->series,
	    needs, i, run_now(r), &first);
	bool all = need == ACTIONS_OUTDATED || plan->new_by_all;
	struct actions_job **of = all ? &made->of_all : &made->of_new;

	if (!plan_actions_wanted(r->o, kind, plan->absent) ||
	    need == ACTIONS_KNOWN)
		return NULL;
	if (*of == NULL ||
	    (!all && !plan_actions_fit(s, &(*of)->bytes, (*of)->old))) {
		*of = &r->actions_jobs[r->actions_jobs_len++];
		job_init(&(*of)->job, r, KIND_ACTIONS, STATE_WAITING);
		(*of)->kind = (*of)->told.kind = kind;
		(*of)->of_all = all;
		(*of)->old = kind == ACTION_SPLITS && plan->absent;
		(*of)->since = plan->since;
		(*of)->bytes = plan_actions_bytes(s);
		add_to_queue(r, &(*of)->job);
	}
	if (((*of)->symbols_len == 0 || !all) &&
	    !actions_job_add(*of, s, first))
		made->failed = true;
	return need == ACTIONS_OUTDATED ? NULL : *of;
}

/* Is there anything to compute, though nothing is to be asked? */
static bool
owes_features(const struct run *r, const struct stored_series *s)
{
	if (r->o->no_features || s->id == 0)
		return false;
	return s->features_pending || (r->o->features_only && r->o->refresh);
}

/* Nothing to ask: done before it starts, without a lease. */
static void
note_done(struct series_job *j)
{
	const struct stored_series *s = j->series;
	int64_t now = run_now(j->job.run);

	j->record.status = JOB_COMPLETED;
	j->record.started_ms = j->record.completed_ms = now;
	if (s->id == 0 && j->job.run->o->features_only)
		(void)snprintf(j->record.note, sizeof(j->record.note),
		    "not in the store: fetch its bars first");
	else
		series_note_known(j, &s->coverage);
}

static void
add_series(struct run *r, struct stored_series *s, struct need *need,
    struct actions_job *splits)
{
	struct series_job *j = &r->series_jobs[r->series_jobs_len++];
	bool done = need->gaps.len == 0 && !owes_features(r, s);

	job_init(&j->job, r, KIND_SERIES, done ? STATE_ENDED : STATE_WAITING);
	j->series = s;
	j->grid = (struct grid){ r->calendar, s->class, s->timeframe, s->grid };
	memcpy(j->record.symbol, s->symbol, sizeof(j->record.symbol));
	j->record.class = s->class;
	j->record.timeframe = s->timeframe;
	j->after = splits;
	j->wanted = need->wanted;
	j->by_days = need->left.len > 0;
	j->days_kind = need->grid.kind;
	j->gaps = need->gaps;
	need->gaps = (struct ranges){ NULL, 0, 0 };
	j->source = need->source;
	r->calls_planned += need->pages;
	if (j->source != NULL)
		r->calls_planned += r->o->verify_derived;
	if (done)
		note_done(j);
	add_to_queue(r, &j->job);
}

struct series_job *
series_of_symbol(const struct series_job *j, size_t *len)
{
	const struct run *r = j->job.run;
	const char *symbol = j->record.symbol;
	size_t first = (size_t)(j - r->series_jobs), end = first + 1;

	while (first > 0 &&
	       strcmp(r->series_jobs[first - 1].record.symbol, symbol) == 0)
		first--;
	while (end < r->series_jobs_len &&
	       strcmp(r->series_jobs[end].record.symbol, symbol) == 0)
		end++;
	*len = end - first;
	return r->series_jobs + first;
}

/* The job of the run that fetches what the series is made of; null: none. */
static struct series_job *
fetches_source(const struct series_job *j)
{
	size_t n;
	struct series_job *v = series_of_symbol(j, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].series == j->source)
			return &v[i];
	return NULL;
}

/* What is made of a series that the run fetches waits for that. */
static void
find_sources(struct run *r)
{
	struct series_job *first = NULL; /* of a symbol, to be made */

	for (size_t i = 0; i < r->series_jobs_len; i++)
		if (r->series_jobs[i].source != NULL)
			r->series_jobs[i].fetches_source =
			    fetches_source(&r->series_jobs[i]);
	for (size_t i = 0; r->o->verify_derived > 0 && i < r->series_jobs_len;
	     i++) {
		struct series_job *j = &r->series_jobs[i];

		if (j->source == NULL || j->job.state == STATE_ENDED)
			continue;
		if (first == NULL ||
		    strcmp(first->record.symbol, j->record.symbol) != 0)
			first = j;
		else
			j->compares = first;
	}
}

bool
run_make_jobs(struct run *r, struct needs *needs)
{
	struct actions_job *splits = NULL; /* of the symbol, when it is new */
	struct actions_making made = { .kind = ACTION_SPLITS };
	struct actions_making dividends = { .kind = ACTION_DIVIDENDS };
	size_t n = r->series.len;

	r->series_jobs = calloc(n + 1, sizeof(*r->series_jobs));
	r->actions_jobs =
	    calloc(ACTION_COUNT * n + 1, sizeof(*r->actions_jobs));
	r->queue = calloc((1 + ACTION_COUNT) * n + 1, sizeof(*r->queue));
	if (r->series_jobs == NULL || r->actions_jobs == NULL ||
	    r->queue == NULL)
		return false;
	for (int kind = 0; kind < ACTION_COUNT; kind++) {
		struct actions_plan *p = &r->plans[kind];

		if (!plan_actions_wanted(r->o, (enum action)kind, p->absent))
			continue;
		plan_actions_calls(r->calendar, (enum action)kind, &r->series,
		    needs, run_now(r), p->absent, p);
		if (!r->denied[kind])
			r->calls_planned += p->calls;
	}
	for (size_t i = 0; i < n; i++) {
		struct stored_series *s = &r->series.v[i];

		if (i == 0 || strcmp(s[-1].symbol, s->symbol) != 0)
			splits = add_actions(r, i, needs, &made);
		add_series(r, s, &needs->v[i], splits);
	}
	/* No bar waits for dividends: bars come first. */
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(r->series.v[i - 1].symbol,
				  r->series.v[i].symbol) != 0)
			(void)add_actions(r, i, needs, &dividends);
	find_sources(r);
	return !made.failed && !dividends.failed &&
	       days_create(r, &needs->days);
}

void
run_jobs_free(struct run *r)
{
	for (size_t i = 0; i < r->series_jobs_len; i++) {
		struct series_job *j = &r->series_jobs[i];

		pieces_abandon(j);
		ranges_free(&j->gaps);
		coverage_free(&j->coverage);
		series_derivation_free(j);
		series_features_free(j);
		stage_log_free(&j->job.stages);
	}
	for (size_t i = 0; i < r->actions_jobs_len; i++) {
		actions_job_free(&r->actions_jobs[i]);
		stage_log_free(&r->actions_jobs[i].job.stages);
	}
	free(r->series_jobs);
	free(r->actions_jobs);
	free((void *)r->queue);
	days_free(r);
}

/* -- their turns -- */

/* Bars that know of their splits need their features computed once only.  A
 * call that fails and fails holds up nobody for long. */
static bool
waits_for_splits(const struct series_job *j, int64_t now)
{
	const struct job *splits = j->after != NULL ? &j->after->job : NULL;

	return splits != NULL && splits->state != STATE_ENDED &&
	       ((splits->state == STATE_WAITING && !splits->held) ||
		   now - splits->started < SPLITS_WAIT_MS);
}

static bool
waits_for_source(const struct series_job *j)
{
	return (j->fetches_source != NULL &&
		   j->fetches_source->job.state != STATE_ENDED) ||
	       (j->compares != NULL && !j->compared && !j->refused &&
		   j->compares->job.state != STATE_ENDED);
}

/* Does it want a turn, and need not wait for another job? */
static bool
wants_turn(const struct job *job, int64_t now)
{
	const struct series_job *j = (const struct series_job *)job;

	if (job->kind == KIND_ACTIONS)
		return job->state == STATE_WAITING;
	return (job->state == STATE_READY ||
		   (job->state == STATE_WAITING && !j->by_days)) &&
	       !waits_for_splits(j, now) && !waits_for_source(j);
}

/* May one more start now?  If not, *wait is until then, or for room. */
static bool
may_start(const struct run *r, int64_t now, int64_t *wait)
{
	int64_t since = now - r->last_start;

	if (!jobs_have_room(r))
		return false;
	if (since >= r->o->stagger_ms)
		return true;
	if (r->o->stagger_ms - since < *wait)
		*wait = r->o->stagger_ms - since;
	return false;
}

/* Calls for whole days that are no less urgent. */
static void
start_days(struct run *r, enum tier tier, int64_t now, int64_t *wait)
{
	while (may_start(r, now, wait) && days_start(r, tier))
		r->last_start = now;
}

/* The days that are no less urgent than the job, then that.  Splits wait for
 * room alone.  False: not now. */
static bool
start_job(struct run *r, struct job *job, int64_t now, int64_t *wait)
{
	const struct series_job *series = (const struct series_job *)job;
	const struct actions_job *splits = (const struct actions_job *)job;

	if (job->kind == KIND_SERIES) {
		start_days(r, series->series->tier, now, wait);
		if (!may_start(r, now, wait))
			return false;
		r->last_start = now;
	} else {
		if (!splits->of_all)
			start_days(r, splits->series[0]->tier, now, wait);
		if (!jobs_have_room(r))
			return false;
	}
	if (job->started == 0)
		job->started = now;
	job_take_turn(job);
	return true;
}

int
run_start_jobs(struct run *r)
{
	int64_t now = md_monotonic_ms();
	int64_t wait = STEP_MS;

	if (r->held)
		return STEP_MS;
	while (r->queue_first < r->queue_len &&
	       r->queue[r->queue_first]->state == STATE_ENDED)
		r->queue_first++;
	for (size_t i = r->queue_first; i < r->queue_len; i++) {
		struct job *job = r->queue[i];

		if (!jobs_have_room(r))
			break;
		if (!wants_turn(job, now))
			continue;
		if (job->not_before > now) {
			if (job->not_before - now < wait)
				wait = job->not_before - now;
			continue;
		}
		if (!start_job(r, job, now, &wait))
			break;
	}
	start_days(r, TIER_LOW, now, &wait);
	if (pieces_ask_more(r))
		wait = 0;
	r->held_back = !jobs_have_room(r) && jobs_waiting(r) > 0;
	return (int)wait;
}
