/*
 * The pace that a run shares with all others on its key, through the store:
 * its client asks here for slots, and tells of 429s.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backfill/internal.h"
#include "store/vendor.h"

/* How often it is looked whether another run was limited. */
#define LOOK_MS 1000

enum budget_deed { BUDGET_TAKE, BUDGET_LIMITED, BUDGET_LEARNT, BUDGET_LOOK };

struct budget_task {
	struct task task;
	struct run *run;
	enum budget_deed deed;
	double per_minute;
	int64_t slots;
	struct budget_limit limit;
	struct limit_lesson lesson;
	struct budget_answer answer;
};

static bool
budget_run(struct task *t, struct store *st, struct md_error *e)
{
	struct budget_task *b = (struct budget_task *)t;
	const char *id = b->run->budget;

	switch (b->deed) {
	case BUDGET_TAKE:
		return store_budget_reserve_slots(st, id, b->per_minute,
		    b->slots, &b->answer, e);
	case BUDGET_LIMITED:
		return store_budget_limited(st, id, &b->limit, e) &&
		       store_budget_read(st, id, &b->answer, e);
	case BUDGET_LEARNT:
		return store_limit_keep(st, id, &b->lesson, e);
	case BUDGET_LOOK:
		return store_budget_read(st, id, &b->answer, e);
	}
	return false;
}

static void
warn(struct run *r, const struct md_error *e)
{
	if (!r->budget_failed)
		log_write(r->o->log, LOG_WARNING,
		    "the rate is not shared with other runs on the key for "
		    "now, each keeps its own: %s",
		    e->text);
	r->budget_failed = true;
}

static void
budget_done(struct task *t)
{
	struct budget_task *b = (struct budget_task *)t;
	struct run *r = b->run;
	bool good = t->error.code == MD_OK;

	if (b->deed == BUDGET_LOOK)
		r->budget_looking = false;
	if (b->deed == BUDGET_TAKE)
		polygon_granted(r->polygon, good ? &b->answer : NULL);
	else if (good && b->deed != BUDGET_LEARNT)
		polygon_budget_seen(r->polygon, &b->answer);
	if (!good)
		warn(r, &t->error);
	free(b);
}

static void
submit(struct run *r, const struct budget_task *what)
{
	struct budget_task *b = calloc(1, sizeof(*b));
	struct md_error e;

	if (b == NULL) {
		(void)md_nomem(&e);
		if (what->deed == BUDGET_TAKE)
			polygon_granted(r->polygon, NULL);
		warn(r, &e);
		return;
	}
	*b = *what;
	b->task.run = budget_run;
	b->task.done = budget_done;
	b->task.urgent = true;
	b->run = r;
	r->budget_looking = r->budget_looking || b->deed == BUDGET_LOOK;
	writer_submit(r->writer, &b->task);
}

static void
on_ask(void *ctx, double per_minute, int64_t slots)
{
	const struct budget_task b = { .deed = BUDGET_TAKE,
		.per_minute = per_minute,
		.slots = slots };

	submit(ctx, &b);
}

static void
on_limited(void *ctx, const struct budget_limit *limit)
{
	const struct budget_task b = { .deed = BUDGET_LIMITED,
		.limit = *limit };

	submit(ctx, &b);
}

static void
tell_limit(const struct run *r, const char *what, const struct limit_lesson *l)
{
	char text[LESSON_TEXT_SIZE];

	lesson_describe(l, text);
	log_write(r->o->log, LOG_INFO, "the limit of this key, %s: %s", what,
	    text);
}

static bool
is_limit(const struct limit_lesson *l)
{
	return l->per_minute > 0 || l->per_second > 0;
}

static void
on_learnt(void *ctx, const struct limit_lesson *lesson)
{
	const struct budget_task b = { .deed = BUDGET_LEARNT,
		.lesson = *lesson };
	struct run *r = ctx;

	/* While it grows it is told no more. */
	if (is_limit(lesson) && !r->limit_told)
		tell_limit(r, "as far as is known", lesson);
	r->limit_told = is_limit(lesson);
	submit(ctx, &b);
}

/* What an earlier run learnt; a rate that was given needs none of it. */
static bool
recall_limit(struct run *r, struct md_error *e)
{
	struct limit_lesson l;

	if (r->o->polygon.per_minute > 0)
		return true;
	if (!store_limit_read(r->store, r->budget, &l, e))
		return false;
	if (l.most == 0 && !is_limit(&l))
		return true;
	polygon_recall(r->polygon, &l);
	r->limit_told = is_limit(&l);
	tell_limit(r, "as an earlier run learnt it", &l);
	return true;
}

void
run_budget_begin(struct run *r)
{
	static const struct polygon_sharer sharer = { on_ask, on_limited,
		on_learnt };
	struct md_error e = { .code = MD_OK, .text = "" };
	struct budget_answer a = { .ahead_us = 0 };

	budget_id(r->o->polygon.base_url, r->o->polygon.key, r->budget);
	if (!run_budget_heartbeat(r, r->store, r->execution.id, &e) ||
	    !store_budget_read(r->store, r->budget, &a, &e) ||
	    !recall_limit(r, &e))
		warn(r, &e);
	else
		polygon_budget_seen(r->polygon, &a);
	polygon_share(r->polygon, &sharer, r);
}

bool
run_budget_heartbeat(const struct run *r, struct store *st,
    const char *execution_id, struct md_error *e)
{
	return r->budget[0] == '\0' ||
	       store_budget_join(st, r->budget, execution_id, e);
}

void
run_budget_check(struct run *r, int64_t now)
{
	const struct budget_task b = { .deed = BUDGET_LOOK };

	if (r->budget[0] == '\0' || r->budget_looking ||
	    now - r->budget_looked < LOOK_MS)
		return;
	r->budget_looked = now;
	submit(r, &b);
}

/* Keep what was learnt, and how much of it was just used up. */
static bool
keep_limit(struct run *r, struct md_error *e)
{
	struct limit_lesson l = polygon_lesson(r->polygon);

	if (r->o->polygon.per_minute > 0 ||
	    polygon_counts(r->polygon)->requests == 0 ||
	    (l.most == 0 && !is_limit(&l)))
		return true;
	tell_limit(r, "as it is now known", &l);
	return store_limit_keep(r->store, r->budget, &l, e);
}

void
run_budget_end(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (r->budget[0] != '\0' &&
	    (!keep_limit(r, &e) ||
		!store_budget_leave(r->store, r->budget, r->execution.id, &e)))
		warn(r, &e);
}

bool
run_note_right(struct run *r, const char *what, const char *status,
    struct md_error *e)
{
	struct key_right right = { .noted_ms = run_now(r) };

	(void)snprintf(right.budget, sizeof(right.budget), "%s", r->budget);
	(void)snprintf(right.base_url, sizeof(right.base_url), "%s",
	    r->o->polygon.base_url);
	(void)snprintf(right.what, sizeof(right.what), "%s", what);
	(void)snprintf(right.status, sizeof(right.status), "%s", status);
	return store_right_note(r->store, &right, e);
}
