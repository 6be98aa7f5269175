/*
 * The units that ask for splits: of one new symbol, or of all since the last
 * look.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill_internal.h"

struct splits_task {
	struct task task;
	struct unit *unit;
	int64_t now;
	struct split *v;
	size_t len;
	int64_t *debtors; /* series that owe features, also for a new split */
	size_t debtors_len;
};

static bool
splits_run(struct task *t, struct store *st, struct md_error *e)
{
	struct splits_task *s = (struct splits_task *)t;
	struct run *r = s->unit->run;

	return st->ops->put_splits(st,
		   s->unit->splits_of_all ? NULL : s->unit->record.symbol,
		   s->unit->splits_since, s->v, s->len, s->now, e) &&
	       st->ops->derive_adjustments(st, r->calendar,
		   calendar_date(r->calendar, CLASS_STOCK, s->now), e) &&
	       st->ops->features_debtors(st, &s->debtors, &s->debtors_len, e);
}

static int
by_id(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Series that were done before a split was known are not done. */
static void
reopen_debtors(struct run *r, const struct splits_task *s)
{
	for (size_t i = 0; i < r->units_len && s->debtors_len > 0; i++) {
		struct unit *u = &r->units[i];

		if (!u->is_splits && u->state == UNIT_ENDED &&
		    u->error.code == MD_OK && !u->features_failed &&
		    bsearch(&u->series->id, s->debtors, s->debtors_len,
			sizeof(*s->debtors), by_id) != NULL)
			unit_reopen(u);
	}
}

static void
splits_done(struct task *t)
{
	struct splits_task *s = (struct splits_task *)t;
	struct unit *u = s->unit;

	unit_charge(u, t, STAGE_DATABASE, 0);
	if (t->error.code != MD_OK) {
		unit_fail(u, &t->error);
		run_fatal(u->run, &t->error);
	} else if (!u->run->o->no_features)
		reopen_debtors(u->run, s);
	free(s->debtors);
	free(s->v);
	free(s);
	u->state = UNIT_CLOSING;
	unit_ended(u);
}

static void
on_splits(void *ctx, const struct split *v, size_t len)
{
	struct unit *u = ctx;

	u->run->calls_done++;
	u->splits = calloc(len + 1, sizeof(*v));
	if (u->splits == NULL) {
		(void)md_nomem(&u->error);
		return;
	}
	if (len > 0)
		memcpy(u->splits, v, len * sizeof(*v));
	u->splits_len = len;
}

static void
on_splits_ended(void *ctx, const struct md_error *e)
{
	struct unit *u = ctx;
	struct splits_task *s = calloc(1, sizeof(*s));

	u->run->active--;
	if (s == NULL)
		(void)md_nomem(&u->error);
	/* A plan without splits: the next run asks again, once. */
	if (e->code == MD_EDENIED && !u->run->splits_denied) {
		u->run->splits_denied = true;
		log_write(u->run->o->log, LOG_WARNING,
		    "splits of %s: %s; prices stay unadjusted",
		    u->splits_of_all ? "all symbols" : u->record.symbol,
		    e->text);
	} else if (e->code != MD_OK && e->code != MD_EDENIED)
		unit_fail(u, e);
	if (s == NULL || e->code != MD_OK || u->error.code != MD_OK) {
		free(s);
		free(u->splits);
		u->splits = NULL;
		unit_ended(u);
		return;
	}
	s->task.run = splits_run;
	s->task.done = splits_done;
	s->unit = u;
	s->now = run_now(u->run);
	s->v = u->splits;
	s->len = u->splits_len;
	u->splits = NULL;
	u->state = UNIT_STORING;
	writer_submit(u->run->writer, &s->task);
}

/* How far back a look at all splits goes past the last: they come late. */
#define SPLITS_LATE_DAYS 14

void
unit_start_splits(struct unit *u)
{
	static const struct splits_handler handler = { on_splits,
		on_splits_ended };
	struct run *r = u->run;
	struct md_error e;

	if (r->splits_denied) {
		r->active--;
		unit_ended(u);
		return;
	}
	u->state = UNIT_FETCHING;
	u->splits_since = run_now(r);
	for (size_t i = 0; u->splits_of_all && i < r->series.len; i++)
		if (r->series.v[i].splits_checked_ms != 0 &&
		    r->series.v[i].splits_checked_ms < u->splits_since)
			u->splits_since = r->series.v[i].splits_checked_ms;
	polygon_charge(r->polygon, &u->stages);
	if (polygon_splits(r->polygon,
		u->splits_of_all ? NULL : u->record.symbol,
		calendar_date(r->calendar, CLASS_STOCK, u->splits_since) -
		    SPLITS_LATE_DAYS,
		&handler, u, &e))
		return;
	unit_fail(u, &e);
	r->active--;
	unit_ended(u);
}
