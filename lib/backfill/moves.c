/*
 * When another server takes the store's place in the midst of a run: a standby
 * was promoted.  What was committed last may be lost with the old one, its
 * coverage, too.  So what the run is to keep is kept there again, leases from
 * before are void, and no job has ended before it has been looked at again.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"

struct follow_task {
	struct task task;
	struct run *run;
	unsigned moves;
};

static bool
keep_names(const struct run *r, struct store *st, struct md_error *e)
{
	int64_t forgotten;

	if (!store_keep_names(st, r->o->symbols, r->calendar, run_now(r),
		&forgotten, e))
		return false;
	if (forgotten > 0)
		log_write(r->o->log, LOG_WARNING,
		    "former names (was=) have changed: %lld bars of days that "
		    "were asked for by another name are removed, and the days "
		    "asked for again",
		    (long long)forgotten);
	return true;
}

bool
run_keep_series(const struct run *r, struct store *st, struct md_error *e)
{
	const struct backfill_options *o = r->o;

	if (o->symbols == NULL || o->features_only)
		return true;
	if (o->requested)
		return store_keep_candidates(st, o->symbols, e);
	return keep_names(r, st, e) &&
	       store_keep(st, o->symbols, o->timeframes, o->whole, e);
}

/* A series that was lost is another one now. */
static void
renew_ids(struct stored_series_list *l, const struct stored_series_list *now)
{
	size_t k = 0;

	for (size_t i = 0; i < l->len; i++)
		for (size_t n = 0; n < now->len; n++, k++) {
			const struct stored_series *s = &now->v[k % now->len];

			if (s->timeframe == l->v[i].timeframe &&
			    strcmp(s->symbol, l->v[i].symbol) == 0) {
				l->v[i].id = s->id;
				break;
			}
		}
}

/* On the writer's thread, which alone uses the ids meanwhile. */
static bool
follow(struct task *t, struct store *st, struct md_error *e)
{
	struct run *r = ((struct follow_task *)t)->run;
	struct stored_series_list now = { NULL, 0, 0 };
	bool good = run_keep_series(r, st, e) && plan_series(r->o, st, &now, e);

	if (good)
		renew_ids(&r->series, &now);
	stored_series_list_free(&now);
	return good;
}

static void
followed(struct task *t)
{
	struct follow_task *f = (struct follow_task *)t;

	f->run->following = false;
	f->run->moves = f->moves;
	if (t->error.code != MD_OK)
		run_fatal(f->run, &t->error);
	free(f);
}

static void
begin_to_follow(struct run *r)
{
	struct follow_task *f = calloc(1, sizeof(*f));
	struct md_error e;

	if (f == NULL) {
		(void)md_nomem(&e);
		run_fatal(r, &e);
		return;
	}
	log_write(r->o->log, LOG_WARNING,
	    "another server took the store over: what it lacks is fetched "
	    "again");
	f->task.run = follow;
	f->task.done = followed;
	f->task.urgent = true;
	f->run = r;
	f->moves = atomic_load(&r->store->moves);
	r->following = true;
	writer_submit(r->writer, &f->task);
}

/* Nothing is requested of it that is there. */
static void
look_again(struct run *r)
{
	for (size_t i = 0; i < r->queue_len; i++) {
		struct job *job = r->queue[i];

		if (job->lease.moves != r->moves && job->error.code == MD_OK)
			job_reopen(job);
	}
}

bool
run_is_moving(const struct run *r)
{
	return r->following || atomic_load(&r->store->moves) != r->moves;
}

void
run_follow(struct run *r)
{
	if (!r->following && run_is_moving(r))
		begin_to_follow(r);
	if (!run_is_moving(r) && jobs_open(r) == 0)
		look_again(r);
}
