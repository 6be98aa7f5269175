/*
 * The requests of a unit and their pages, from the gap that is asked for to the
 * task that stores what was answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/plan.h"

/* -- storing a page -- */

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
	int64_t features_at, features_cpu; /* from when on, how much; µs */
	char *text;                        /* of a body that was no page */
};

static bool
page_run(struct task *t, struct store *st, struct md_error *e)
{
	struct page_task *p = (struct page_task *)t;
	int64_t cpu = md_thread_cpu_us();

	if (!store_put_page(st, &p->put, &p->counts, e))
		return false;
	slow_down(p->unit->run->o->slow, STAGE_DATABASE,
	    md_thread_cpu_us() - cpu);
	if (p->unit->run->o->no_features)
		return true;
	p->features_at = md_monotonic_us();
	p->features_cpu = md_thread_cpu_us();
	unit_features_page(p->unit, st, &p->put, &p->counts);
	p->features_cpu = md_thread_cpu_us() - p->features_cpu;
	return true;
}

void
unit_page_stored(struct unit *u, const struct page_counts *n,
    const struct md_error *e)
{
	u->pages--;
	if (e->code == MD_OK) {
		u->record.bars.inserted += n->inserted;
		u->record.bars.updated += n->updated;
		u->record.bars.unchanged += n->unchanged;
		u->record.bars.rejected += n->rejected;
	} else {
		unit_fail(u, e);
		/* A store that fails one page fails the next. */
		if (e->code != MD_ELEASE)
			run_fatal(u->run, e);
	}
	unit_close_if_stored(u);
}

static void
page_done(struct task *t)
{
	struct page_task *p = (struct page_task *)t;

	unit_charge(p->unit, t, STAGE_DATABASE, p->features_at);
	if (t->error.code == MD_OK) {
		stage_add_cost(&p->unit->stages, STAGE_DATABASE,
		    t->cpu_us - p->features_cpu, (int64_t)p->put.len);
		stage_add_cost(&p->unit->stages, STAGE_FEATURES,
		    p->features_cpu, (int64_t)p->put.len);
	}
	polygon_recycle_bars(p->unit->run->polygon, p->bars, p->bars_cap);
	unit_page_stored(p->unit, &p->counts, &t->error);
	free(p->rejected);
	free(p->text);
	verified_free(&p->verified);
	free(p);
}

/* In a handler, for what was answered. */
static struct page_task *
page_task_create(struct unit *u)
{
	struct page_task *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	u->asked.asked_at = run_as_of(u->run, u->asked.asked_at);
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
	p->put.had_derived = u->series->derived || u->record.bars.derived > 0;
	return p;
}

static void
page_task_submit(struct page_task *p)
{
	p->unit->pages++;
	writer_submit(p->unit->run->writer, &p->task);
}

bool
put_verified(const struct verified *v, struct rejected **rejected,
    struct page_put *put)
{
	struct rejected *r = calloc(v->refused_len + 1, sizeof(*r));

	if (r == NULL)
		return false;
	for (size_t i = 0; i < v->refused_len; i++) {
		r[i].has_ts = v->refused[i].has_t;
		r[i].ts = v->refused[i].t;
		r[i].reason = v->refused[i].reason;
		r[i].raw = v->raw.data + v->refused[i].raw;
	}
	*rejected = r;
	put->rejected = r;
	put->rejected_len = v->refused_len;
	put->bars = v->bars;
	put->len = v->len;
	put->covered = v->covered.v;
	put->covered_len = v->covered.len;
	put->doubted = v->doubted.v;
	put->doubted_len = v->doubted.len;
	put->empty = v->empty.v;
	put->empty_len = v->empty.len;
	put->refused = v->refused_windows.v;
	put->refused_len = v->refused_windows.len;
	return true;
}

void
unit_count_refused(struct unit *u, const struct verified *v)
{
	u->record.bars.rejected += (int64_t)v->refused_len;
	for (size_t i = 0; i < v->refused_len; i++) {
		const struct span *s =
		    v->refused[i].has_t
			? coverage_at(&u->coverage, v->refused[i].t)
			: NULL;

		u->refused_again += s != NULL && s->kind == COVERAGE_REFUSED;
	}
}

/* The lease may have lapsed; only a new claim can tell. */
static void
lose(struct unit *u)
{
	struct md_error e;

	(void)md_fail(&e, MD_ELEASE, "the lease may be over");
	unit_fail(u, &e);
}

/* What was handed over is now ready to be stored. */
static void
charge_decoding(struct unit *u)
{
	int64_t at, cpu;

	polygon_answered(u->run->polygon, &at, &cpu);
	slow_down(u->run->o->slow, STAGE_DECODE, md_thread_cpu_us() - cpu);
	stage_add(&u->stages, STAGE_DECODE, at, md_monotonic_us());
}

/* What is measured can be decoded again.  Copying it is no part of decoding: it
 * keeps the thread from what is next. */
static void
offer_sample(struct unit *u, const struct asked *before, int64_t bars,
    bool last)
{
	size_t len;
	const char *body = polygon_body(u->run->polygon, &len);

	if (u->run->o->measured)
		decode_sample_offer(&u->run->sample, before, body, len, bars,
		    last);
}

/* It is stored with that page, whose copy of the lease still says what the
 * store knows. */
void
unit_note_grid(struct unit *u, struct page_put *put)
{
	put->grid = u->asked.grid;
	u->grid.kind = u->lease.grid = put->grid.kind;
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct unit *u = ctx;
	struct page_task *p = page_task_create(u);
	struct asked before = u->asked;
	int64_t received = (int64_t)(page->len + page->refused_len);

	run_works_for(u->run, u);
	u->run->calls_done++;
	log_write(u->run->o->log, LOG_DEBUG, "%s %s: a page of %lld bars%s",
	    u->record.symbol, timeframe_name(u->record.timeframe),
	    (long long)received, last ? ", the last" : "");
	if (p == NULL || !verify_page(&u->asked, page, last, &p->verified) ||
	    !put_verified(&p->verified, &p->rejected, &p->put)) {
		if (p != NULL)
			verified_free(&p->verified);
		free(p);
		return md_nomem(e);
	}
	unit_note_grid(u, &p->put);
	p->bars = page->bars;
	p->bars_cap = page->cap;
	page->bars = NULL;
	page->len = page->cap = 0;
	p->put.cursor = before.cursor;
	unit_note_granted(u, &p->put);
	p->task.heavy = true;
	u->record.bars.received += received;
	unit_count_refused(u, &p->verified);
	charge_decoding(u);
	offer_sample(u, &before, received, last);
	page_task_submit(p);
	if (!last && u->error.code == MD_OK && unit_lease_uncertain(u))
		lose(u);
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

/* The newest bars were refused: all series of the class go without, unless the
 * plan has given some, or knows nothing of this symbol. */
static void
note_withheld(struct unit *u)
{
	enum asset_class class = plan_sold_as(u->grid.class);
	bool has_bars =
	    u->record.bars.received > 0 || knowledge_has_bars(&u->coverage);

	if (!u->run->granted[class] && has_bars)
		u->run->withheld[class] = true;
	(void)snprintf(u->record.note, sizeof(u->record.note),
	    "the newest bars are not in the plan yet (403)");
}

void
unit_note_granted(struct unit *u, const struct page_put *put)
{
	enum asset_class class = plan_sold_as(u->grid.class);

	if (put->len > 0 && put->bars[put->len - 1].t >=
				grid_final_before(&u->grid, put->asked_at)) {
		u->run->granted[class] = true;
		u->run->withheld[class] = false;
	}
}

/* The plan does not include the range: remember that, and go on. */
static void
deny(struct unit *u, const struct md_error *e, bool recent)
{
	struct page_task *p = page_task_create(u);

	/* Plans without today's bars are no failure of the day. */
	if (recent)
		note_withheld(u);
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
	return true;
}

static void
on_aggs_ended(void *ctx, const struct md_error *e)
{
	struct unit *u = ctx;
	int64_t final = grid_final_before(&u->grid, run_now(u->run));

	run_works_for(u->run, u);
	if (e->code == MD_EDENIED && split_gap(u, final)) {
		unit_next_gap(u);
		return;
	}
	if (e->code == MD_EDENIED)
		deny(u, e, u->asked.cursor >= final);
	else if (e->code != MD_OK)
		unit_fail(u, e);
	u->gap++;
	unit_next_gap(u);
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

/*
 * The gap that is next, without what the plan was seen to withhold: one series
 * finds that out for all.  False: no gap is left.
 */
static bool
next_gap(struct unit *u, struct range *out)
{
	int64_t final = u->run->withheld[plan_sold_as(u->grid.class)]
			    ? grid_final_before(&u->grid, run_now(u->run))
			    : INT64_MAX;

	for (; u->gap < u->gaps.len; u->gap++) {
		*out = u->gaps.v[u->gap];
		if (out->to > final) {
			note_withheld(u);
			out->to = final;
		}
		if (out->from < out->to)
			return true;
	}
	return false;
}

void
unit_next_gap(struct unit *u)
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
	if (u->gap < u->gaps.len && u->error.code == MD_OK &&
	    unit_lease_uncertain(u))
		lose(u);
	if (u->error.code != MD_OK || !next_gap(u, &gap)) {
		unit_fetched(u);
		return;
	}
	u->asked_any = true;
	q.ticker = u->record.symbol;
	q.timeframe = u->record.timeframe;
	q.from = gap.from;
	q.to = gap.to;
	/* The gaps may have been planned before the grid was known. */
	if (u->grid.kind != GRID_UNKNOWN) {
		q.from = grid_start(&u->grid, q.from);
		q.to = grid_next(&u->grid, q.to);
	}
	u->asked = (struct asked){
		.ticker = q.ticker,
		.grid = u->grid,
		.from = q.from,
		.to = q.to,
		.asked_at = run_now(r),
		.cover_to = q.to,
		.cursor = q.from,
		.older = knowledge_older(&u->coverage, q.from),
	};
	log_asked(u, &q);
	polygon_charge(r->polygon, &u->stages);
	if (!polygon_aggs(r->polygon, &q, &handler, u, &e)) {
		unit_fail(u, &e);
		unit_fetched(u);
	}
}

/* The newest first, so that a run that is cut short leaves the most. */
static bool
plan_ranges(struct unit *u)
{
	struct ranges calls = { NULL, 0, 0 };

	if (!plan_merge(&u->grid, &u->coverage, &u->gaps, &calls)) {
		ranges_free(&calls);
		return false;
	}
	ranges_free(&u->gaps);
	u->gaps = calls;
	for (size_t i = 0, k = calls.len; i + 1 < k; i++) {
		struct range r = calls.v[i];

		calls.v[i] = calls.v[--k];
		calls.v[k] = r;
	}
	return true;
}

void
unit_ask_ranges(struct unit *u)
{
	struct md_error e;

	u->state = UNIT_FETCHING;
	if (!plan_ranges(u)) {
		(void)md_nomem(&e);
		unit_fail(u, &e);
	}
	unit_next_gap(u);
}
