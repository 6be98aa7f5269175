/*
 * The units that ask for splits: of one new symbol, or of all since the last
 * look.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "base/integer.h"

struct splits_task {
	struct task task;
	struct unit *unit;
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
	struct run *r = s->unit->run;
	bool all = s->unit->splits_of_all;
	const struct splits_put put = {
		.symbol = all ? NULL : s->unit->record.symbol,
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
	for (size_t i = 0; i < r->units_len && s->debtors_len > 0; i++) {
		struct unit *u = &r->units[i];

		if (!u->is_splits && u->state == UNIT_ENDED &&
		    u->error.code == MD_OK && !u->features_failed &&
		    bsearch(&u->series->id, s->debtors, s->debtors_len,
			sizeof(*s->debtors), compare64) != NULL)
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
	} else if (!u->run->o->no_features && u->error.code == MD_OK &&
		   u->run->fatal.code == MD_OK)
		reopen_series_lacking_features(u->run, s);
	free(s->debtors);
	free(s->v);
	free(s);
	u->state = UNIT_CLOSING;
	unit_ended(u);
}

/* The end: what was answered is kept, and the lease given up. */
static void
store_splits(struct unit *u, bool keep)
{
	struct splits_task *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)md_nomem(&u->error);
		free(u->splits);
		u->splits = NULL;
		unit_ended(u);
		return;
	}
	s->task.run = splits_run;
	s->task.done = splits_done;
	s->unit = u;
	s->now = keep ? u->splits_as_of : run_now(u->run);
	s->keep = keep;
	s->lease = u->lease;
	s->v = u->splits;
	s->len = u->splits_len;
	u->splits = NULL;
	u->state = UNIT_STORING;
	writer_submit(u->run->writer, &s->task);
}

static void
on_splits(void *ctx, const struct split *v, size_t len)
{
	struct unit *u = ctx;

	u->run->calls_done++;
	u->splits_as_of = run_as_of(u->run, run_now(u->run));
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

	run_works_for(u->run, u);
	u->run->active--;
	/* A plan without splits: the next run asks again, once. */
	if (e->code == MD_EDENIED && !u->run->splits_denied) {
		u->run->splits_denied = true;
		log_write(u->run->o->log, LOG_WARNING,
		    "splits of %s: %s; prices stay unadjusted",
		    u->splits_of_all ? "all symbols" : u->record.symbol,
		    e->text);
	} else if (e->code != MD_OK && e->code != MD_EDENIED)
		unit_fail(u, e);
	store_splits(u, e->code == MD_OK && u->error.code == MD_OK);
}

static void
ask_for_splits(struct unit *u)
{
	static const struct splits_handler handler = { on_splits,
		on_splits_ended };
	struct run *r = u->run;
	struct md_error e;

	u->state = UNIT_FETCHING;
	polygon_charge(r->polygon, &u->stages);
	if (polygon_splits(r->polygon,
		u->splits_of_all ? NULL : u->record.symbol, r->splits.since,
		&handler, u, &e))
		return;
	on_splits_ended(u, &e);
}

/* -- the lease: of several runs that lack the same splits one asks -- */

/* No series has such an id. */
static int64_t
lease_id(const struct unit *u)
{
	return u->splits_of_all ? 0 : -u->series->id;
}

struct look_task {
	struct task task;
	struct unit *unit;
	int64_t now;
	bool known;
};

/* Has another run asked for all that ours is to ask for? */
static bool
all_known(const struct look_task *l, const struct stored_series_list *now)
{
	const struct unit *u = l->unit;
	md_date first =
	    u->splits_of_all ? u->run->splits.since : u->splits_first;

	for (size_t i = 0; i < now->len; i++)
		if (plan_splits(u->run->calendar, &now->v[i], first, l->now) !=
		    SPLITS_KNOWN)
			return false;
	return now->len > 0;
}

static bool
look_run(struct task *t, struct store *st, struct md_error *e)
{
	struct look_task *l = (struct look_task *)t;
	struct unit *u = l->unit;
	struct symbol_entry symbol = { .timeframes = 1U
						     << u->series->timeframe };
	const struct symbol_list one = { &symbol, 1, 1 };
	const struct symbol_list *list =
	    u->splits_of_all ? u->run->o->symbols : &one;
	struct stored_series_list now = { NULL, 0, 0 };

	memcpy(symbol.symbol, u->series->symbol, sizeof(symbol.symbol));
	if (!store_claim(st, lease_id(u), u->run->execution.id, md_now_ms(),
		&u->lease, &u->coverage, e) ||
	    !store_series(st, list, u->run->o->timeframes, u->run->o->tiers,
		&now, e))
		return false;
	l->known = all_known(l, &now);
	stored_series_list_free(&now);
	return true;
}

static void
look_done(struct task *t)
{
	struct look_task *l = (struct look_task *)t;
	struct unit *u = l->unit;

	u->leased = t->error.code == MD_OK;
	if (t->error.code == MD_ELEASE) {
		u->run->active--;
		unit_wait_for_holder(u);
	} else if (t->error.code != MD_OK) {
		u->run->active--;
		unit_fail(u, &t->error);
		run_fatal(u->run, &t->error);
		unit_ended(u);
	} else if (l->known) {
		u->run->active--;
		store_splits(u, false);
	} else
		ask_for_splits(u);
	free(l);
}

void
unit_start_splits(struct unit *u)
{
	struct run *r = u->run;
	struct look_task *l;

	if (r->splits_denied) {
		r->active--;
		unit_ended(u);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		(void)md_nomem(&u->error);
		r->active--;
		unit_ended(u);
		return;
	}
	u->state = UNIT_CLAIMING;
	l->task.run = look_run;
	l->task.done = look_done;
	l->task.urgent = true;
	l->unit = u;
	l->now = run_now(r);
	writer_submit(r->writer, &l->task);
}
