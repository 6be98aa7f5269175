/*
 * One unit of a backfill: the lease, the requests, the pages, the end.  All of
 * it runs on the run's thread but the run functions of tasks, which are the
 * writer's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill_internal.h"
#include "plan.h"

/* A series that another run holds is looked at again after this. */
#define HELD_AGAIN_MS 500

void
unit_note_denied(struct unit *u, const struct coverage *c)
{
	int64_t now = run_now(u->run);
	char again[11];

	for (size_t i = 0; i < c->len; i++) {
		const struct span *s = &c->v[i];

		if (s->kind != COVERAGE_DENIED || s->from >= u->wanted.to ||
		    s->to <= u->wanted.from ||
		    now - s->fetched_at >= PLAN_DENIED_MS)
			continue;
		md_date_format((md_date)((s->fetched_at + PLAN_DENIED_MS) /
					 MD_DAY),
		    again);
		(void)snprintf(u->record.note, sizeof(u->record.note),
		    "not in the plan (403) in part or in whole: asked again "
		    "from %s",
		    again);
		return;
	}
}

static void next_gap(struct unit *);
static void close_if_stored(struct unit *);

void
unit_fail(struct unit *u, const struct md_error *e)
{
	if (u->error.code == MD_OK)
		u->error = *e;
}

/* -- the end -- */

struct end_task {
	struct task task;
	struct unit *unit;
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
	if (!st->ops->jobs_put(st, end->execution_id, &record, 1,
		&end->log_error) &&
	    end->log_error.code == MD_OK)
		end->log_error.code = MD_ESTORE;
	return !end->leased || st->ops->release(st, &end->lease, e);
}

static void
end_done(struct task *t)
{
	struct end_task *end = (struct end_task *)t;
	struct unit *u = end->unit;

	if (end->log_error.code != MD_OK)
		run_log_failed(u->run, &end->log_error);
	if (t->error.code != MD_OK)
		run_log_failed(u->run, &t->error);
	free(end);
	unit_ended(u);
}

/* What else its owner should know of a job that has not failed. */
static void
note_record(struct unit *u)
{
	struct job_record *r = &u->record;

	if (r->note[0] != '\0' || u->run->o->features_only)
		return;
	if (r->bars.rejected > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "%lld row%s refused; see rejected_bars",
		    (long long)r->bars.rejected,
		    r->bars.rejected == 1 ? "" : "s");
	else if (r->bars.received == 0 && u->gaps.len > 0)
		(void)snprintf(r->note, sizeof(r->note),
		    "no bars: unknown to the API (mind the case), or nothing "
		    "traded");
	else
		unit_note_denied(u, &u->coverage);
}

static void
conclude_record(struct unit *u)
{
	struct job_record *r = &u->record;
	const struct md_error *e = &u->error;

	if (u->untried) {
		r->status = JOB_PENDING;
		r->started_ms = 0;
		return;
	}
	if (e->code == MD_OK)
		e = &u->denied;
	/* An answer of which nothing can be used is none. */
	if (e->code == MD_OK && r->bars.received > 0 &&
	    r->bars.rejected >= r->bars.received) {
		(void)md_fail(&u->error, MD_EDATA,
		    "all %lld rows received were refused; see rejected_bars",
		    (long long)r->bars.received);
		e = &u->error;
	}
	r->completed_ms = run_now(u->run);
	r->status = e->code == MD_OK ? JOB_COMPLETED : JOB_FAILED;
	if (e->code != MD_OK)
		(void)snprintf(r->message, sizeof(r->message), "%s", e->text);
	else
		note_record(u);
}

/* Features fail no job, but are not kept quiet about. */
static void
conclude_features(struct unit *u)
{
	struct job_record *r = &u->record;

	unit_features_free(u);
	r->features = u->features;
	if (!u->features_failed)
		return;
	(void)snprintf(r->features_message, sizeof(r->features_message), "%.*s",
	    (int)sizeof(r->features_message) - 1, u->features_error.text);
	log_write(u->run->o->log, LOG_ERROR,
	    "%s %s: features: %s; the next run tries again", r->symbol,
	    timeframe_name(r->timeframe), u->features_error.text);
}

static void
close_unit(struct unit *u)
{
	struct end_task *end = calloc(1, sizeof(*end));

	u->state = UNIT_CLOSING;
	conclude_record(u);
	conclude_features(u);
	if (end == NULL) {
		unit_ended(u);
		return;
	}
	end->task.run = end_run;
	end->task.done = end_done;
	end->unit = u;
	end->record = u->record;
	end->lease = u->lease;
	end->leased = u->leased;
	memcpy(end->execution_id, u->run->execution.id,
	    sizeof(end->execution_id));
	writer_submit(u->run->writer, &end->task);
}

/* Everything was fetched, or will not be: wait for the pages under way. */
static void
fetched(struct unit *u)
{
	u->run->active--;
	u->state = UNIT_STORING;
	close_if_stored(u);
}

/* Another run holds the series: its turn comes again. */
static void
wait_for_holder(struct unit *u)
{
	if (!u->held)
		log_write(u->run->o->log, LOG_INFO,
		    "%s %s: another run holds it; waiting", u->record.symbol,
		    timeframe_name(u->record.timeframe));
	u->held = true;
	u->state = UNIT_WAITING;
	u->leased = false;
	u->error.code = MD_OK;
	u->gap = 0;
	u->not_before = md_monotonic_us() / 1000 + HELD_AGAIN_MS;
}

/* -- features -- */

struct features_task {
	struct task task;
	struct unit *unit;
	bool more;
};

static void compute_features(struct unit *);

static bool
features_run(struct task *t, struct store *st, struct md_error *e)
{
	struct features_task *f = (struct features_task *)t;

	(void)e;
	f->more = unit_features_step(f->unit, st);
	return true;
}

static void
features_done(struct task *t)
{
	struct features_task *f = (struct features_task *)t;
	struct unit *u = f->unit;
	bool more = f->more;

	free(f);
	/* Who interrupts the run will not wait: they stay owed. */
	if (more && *u->run->stop == 0 && u->run->fatal.code == MD_OK)
		compute_features(u);
	else
		close_unit(u);
}

/* What is still owed, a batch a task, so that other tasks get their turn. */
static void
compute_features(struct unit *u)
{
	struct features_task *f = calloc(1, sizeof(*f));

	u->state = UNIT_FEATURES;
	if (f == NULL) {
		close_unit(u);
		return;
	}
	f->task.run = features_run;
	f->task.done = features_done;
	f->unit = u;
	writer_submit(u->run->writer, &f->task);
}

static void
close_if_stored(struct unit *u)
{
	const struct run *r = u->run;

	if (u->state != UNIT_STORING || u->pages > 0)
		return;
	if (u->error.code == MD_ELEASE)
		wait_for_holder(u);
	else if (u->leased && !r->o->no_features && *r->stop == 0 &&
		 r->fatal.code == MD_OK)
		compute_features(u);
	else
		close_unit(u);
}

/* -- pages -- */

struct page_task {
	struct task task;
	struct unit *unit;
	struct lease lease;
	struct page_put put;
	struct bar *bars;
	size_t bars_cap;
	struct verified verified;
	struct rejected *rejected;
	struct range denied;
	struct page_counts counts;
	char *text; /* of a body that was no page */
};

static bool
page_run(struct task *t, struct store *st, struct md_error *e)
{
	struct page_task *p = (struct page_task *)t;

	if (!st->ops->put_page(st, &p->put, &p->counts, e))
		return false;
	unit_features_page(p->unit, st, &p->put, &p->counts);
	return true;
}

static void
page_done(struct task *t)
{
	struct page_task *p = (struct page_task *)t;
	struct unit *u = p->unit;

	u->pages--;
	if (t->error.code == MD_OK) {
		u->record.bars.inserted += p->counts.inserted;
		u->record.bars.updated += p->counts.updated;
		u->record.bars.unchanged += p->counts.unchanged;
		u->record.bars.rejected += p->counts.rejected;
	} else {
		unit_fail(u, &t->error);
		/* A store that fails one page fails the next. */
		if (t->error.code != MD_ELEASE)
			run_fatal(u->run, &t->error);
	}
	polygon_give_back(u->run->polygon, p->bars, p->bars_cap);
	free(p->rejected);
	free(p->text);
	verified_free(&p->verified);
	free(p);
	close_if_stored(u);
}

static struct page_task *
page_task_create(struct unit *u)
{
	struct page_task *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->task.run = page_run;
	p->task.done = page_done;
	p->unit = u;
	p->lease = u->lease;
	p->verified = (struct verified)VERIFIED_INIT;
	p->put.lease = &p->lease;
	p->put.grid = u->grid;
	p->put.now = run_now(u->run);
	p->put.asked_at = u->asked.asked_at;
	p->put.wall = md_now_ms();
	return p;
}

static void
page_task_submit(struct page_task *p)
{
	p->unit->pages++;
	writer_submit(p->unit->run->writer, &p->task);
}

/* The verified page as the store takes it. */
static bool
fill_put(struct page_task *p)
{
	const struct verified *v = &p->verified;
	struct page_put *put = &p->put;

	p->rejected = calloc(v->refused_len + 1, sizeof(*p->rejected));
	if (p->rejected == NULL)
		return false;
	for (size_t i = 0; i < v->refused_len; i++) {
		p->rejected[i].has_ts = v->refused[i].has_t;
		p->rejected[i].ts = v->refused[i].t;
		p->rejected[i].reason = v->refused[i].reason;
		p->rejected[i].raw = v->raw.data + v->refused[i].raw;
	}
	put->rejected = p->rejected;
	put->rejected_len = v->refused_len;
	put->bars = v->bars;
	put->len = v->len;
	put->covered = v->covered.v;
	put->covered_len = v->covered.len;
	put->doubted = v->doubted.v;
	put->doubted_len = v->doubted.len;
	put->empty = v->empty.v;
	put->empty_len = v->empty.len;
	return true;
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct unit *u = ctx;
	struct page_task *p = page_task_create(u);
	int64_t cursor = u->asked.cursor;
	int64_t received = (int64_t)(page->len + page->refused_len);

	u->run->calls_done++;
	log_write(u->run->o->log, LOG_DEBUG, "%s %s: a page of %lld bars%s",
	    u->record.symbol, timeframe_name(u->record.timeframe),
	    (long long)received, last ? ", the last" : "");
	if (p == NULL || !verify_page(&u->asked, page, last, &p->verified) ||
	    !fill_put(p)) {
		if (p != NULL)
			verified_free(&p->verified);
		free(p);
		return md_nomem(e);
	}
	p->bars = page->bars;
	p->bars_cap = page->cap;
	page->bars = NULL;
	page->len = page->cap = 0;
	p->put.cursor = cursor;
	p->task.heavy = true;
	u->record.bars.received += received;
	u->record.bars.rejected += (int64_t)p->verified.refused_len;
	page_task_submit(p);
	/* A series that was lost, or a store that fails, needs no more. */
	if (u->error.code != MD_OK) {
		*e = u->error;
		return false;
	}
	return true;
}

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	struct unit *u = ctx;
	struct page_task *p = page_task_create(u);
	size_t n = strlen(excerpt), m = strlen(why);

	if (p == NULL)
		return;
	p->text = malloc(n + m + 2);
	p->rejected = calloc(1, sizeof(*p->rejected));
	if (p->text == NULL || p->rejected == NULL) {
		free(p->text);
		free(p->rejected);
		free(p);
		return;
	}
	memcpy(p->text, excerpt, n + 1);
	memcpy(p->text + n + 1, why, m + 1);
	p->rejected->raw = p->text;
	p->rejected->reason = p->text + n + 1;
	p->put.rejected = p->rejected;
	p->put.rejected_len = 1;
	page_task_submit(p);
}

/* The plan does not include the range: remember that, and go on. */
static void
deny(struct unit *u, const struct md_error *e, bool recent)
{
	struct page_task *p = page_task_create(u);

	/* Plans without today's bars are no failure of the day. */
	if (recent)
		(void)snprintf(u->record.note, sizeof(u->record.note),
		    "the newest bars are not in the plan yet (403)");
	else if (u->denied.code == MD_OK)
		u->denied = *e;
	if (p == NULL)
		return;
	p->denied = (struct range){ u->asked.cursor, u->asked.cover_to };
	if (p->denied.from < p->denied.to) {
		p->put.denied = &p->denied;
		p->put.denied_len = 1;
	}
	page_task_submit(p);
}

/*
 * A 403 is about a range: where it holds bars that are final and bars that
 * are not, ask for them apart.  True when the current gap was cut in two.
 */
static bool
split_gap(struct unit *u, int64_t final)
{
	struct range *gap = &u->gaps.v[u->gap];

	if (u->asked.cursor != gap->from || final <= gap->from ||
	    final >= gap->to || !ranges_add(&u->gaps, final, gap->to))
		return false;
	gap = &u->gaps.v[u->gap]; /* the list may have moved */
	gap->to = final;
	/* Only the last gap reaches so far: the new one stands in order. */
	return true;
}

static void
on_aggs_ended(void *ctx, const struct md_error *e)
{
	struct unit *u = ctx;
	int64_t final = grid_final_before(&u->grid, run_now(u->run));

	if (e->code == MD_EDENIED && split_gap(u, final)) {
		next_gap(u);
		return;
	}
	if (e->code == MD_EDENIED)
		deny(u, e, u->asked.cursor >= final);
	else if (e->code != MD_OK)
		unit_fail(u, e);
	u->gap++;
	next_gap(u);
}

static void
log_asked(const struct unit *u, const struct aggs_query *q)
{
	char from[MD_TIME_MAX], to[MD_TIME_MAX];

	md_time_format(q->from, from);
	md_time_format(q->to, to);
	log_write(u->run->o->log, LOG_DEBUG, "%s %s: asking for %s to %s",
	    u->record.symbol, timeframe_name(u->record.timeframe), from, to);
}

static void
next_gap(struct unit *u)
{
	static const struct aggs_handler handler = { on_page, on_unreadable,
		on_aggs_ended };
	struct run *r = u->run;
	struct aggs_query q;
	struct range gap;
	struct md_error e;

	if (u->gap < u->gaps.len && u->error.code == MD_OK &&
	    r->fatal.code != MD_OK) {
		u->untried = u->gap == 0;
		unit_fail(u, &r->fatal);
	}
	if (u->gap == u->gaps.len || u->error.code != MD_OK) {
		fetched(u);
		return;
	}
	gap = u->gaps.v[u->gap];
	q.ticker = u->record.symbol;
	q.timeframe = u->record.timeframe;
	q.from = gap.from;
	q.to = plan_ask_until(r->o, &u->grid, u->wanted, gap, run_now(r));
	u->asked = (struct asked){
		.ticker = q.ticker,
		.grid = u->grid,
		.from = q.from,
		.to = q.to,
		.asked_at = run_now(r),
		.cover_to = gap.to,
		.cursor = q.from,
	};
	log_asked(u, &q);
	if (!polygon_aggs(r->polygon, &q, &handler, u, &e)) {
		unit_fail(u, &e);
		fetched(u);
	}
}

/* -- the beginning -- */

struct claim_task {
	struct task task;
	struct unit *unit;
	struct job_record record;
	int64_t now;
	struct md_error log_error;
};

static bool
claim_run(struct task *t, struct store *st, struct md_error *e)
{
	struct claim_task *c = (struct claim_task *)t;
	struct unit *u = c->unit;
	const struct job_record *record = &c->record;

	if (!st->ops->claim(st, u->series->id, u->run->execution.id, c->now,
		&u->lease, &u->coverage, e))
		return false;
	unit_features_begin(u);
	if (u->run->o->features_only && u->run->o->refresh &&
	    !st->ops->features_expire(st, u->series->id, e))
		return false;
	if (!st->ops->jobs_put(st, u->run->execution.id, &record, 1,
		&c->log_error) &&
	    c->log_error.code == MD_OK)
		c->log_error.code = MD_ESTORE;
	return true;
}

static void
claimed(struct unit *u)
{
	struct run *r = u->run;
	struct md_error e;

	u->leased = true;
	u->state = UNIT_FETCHING;
	u->gaps.len = 0;
	/* Another run may have filled gaps since the plan was made. */
	if (!r->o->features_only && !u->reopened &&
	    !plan_gaps(&u->grid, &u->coverage, u->wanted, run_now(r),
		r->o->refresh, &u->gaps)) {
		(void)md_nomem(&e);
		unit_fail(u, &e);
	}
	next_gap(u);
}

static void
claim_done(struct task *t)
{
	struct claim_task *c = (struct claim_task *)t;
	struct unit *u = c->unit;

	if (c->log_error.code != MD_OK)
		run_log_failed(u->run, &c->log_error);
	if (t->error.code == MD_OK)
		claimed(u);
	else if (t->error.code == MD_ELEASE) {
		u->run->active--;
		wait_for_holder(u);
	} else {
		unit_fail(u, &t->error);
		run_fatal(u->run, &t->error);
		fetched(u);
	}
	free(c);
}

static void
start_series(struct unit *u)
{
	struct claim_task *c = calloc(1, sizeof(*c));

	u->state = UNIT_CLAIMING;
	u->record.status = JOB_IN_PROGRESS;
	if (!u->reopened)
		u->record.started_ms = run_now(u->run);
	if (c == NULL) {
		(void)md_nomem(&u->error);
		fetched(u);
		return;
	}
	c->task.run = claim_run;
	c->task.done = claim_done;
	c->task.urgent = true;
	c->unit = u;
	c->record = u->record;
	c->now = md_now_ms();
	writer_submit(u->run->writer, &c->task);
}

/* -- splits -- */

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

static void
start_splits(struct unit *u)
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

void
unit_reopen(struct unit *u)
{
	u->reopened = true;
	u->state = UNIT_WAITING;
	u->run->open++;
	u->run->first = 0;
}

void
unit_start(struct unit *u)
{
	u->run->active++;
	if (u->is_splits)
		start_splits(u);
	else
		start_series(u);
}
