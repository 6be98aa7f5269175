/*
 * The requests of a series and their pages, from the gap that is asked for to
 * the task that stores what was answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "base/array.h"
#include "base/integer.h"
#include "plan/plan.h"

/* -- storing a page -- */

struct page_task {
	struct task task;
	struct series_job *owner;
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
	slow_down(p->owner->job.run->o->slow, STAGE_DATABASE,
	    md_thread_cpu_us() - cpu);
	if (p->owner->job.run->o->no_features)
		return true;
	p->features_at = md_monotonic_us();
	p->features_cpu = md_thread_cpu_us();
	series_features_page(p->owner, st, &p->put, &p->counts);
	p->features_cpu = md_thread_cpu_us() - p->features_cpu;
	return true;
}

void
series_page_stored(struct series_job *j, const struct page_counts *n,
    const struct md_error *e)
{
	j->pages--;
	if (e->code == MD_OK) {
		j->record.bars.inserted += n->inserted;
		j->record.bars.updated += n->updated;
		j->record.bars.unchanged += n->unchanged;
		j->record.bars.rejected += n->rejected;
	} else {
		job_fail(&j->job, e);
		/* A store that fails one page fails the next. */
		if (e->code != MD_ELEASE)
			run_fatal(j->job.run, e);
	}
	if (j->job.state == STATE_STORING)
		job_go(&j->job, series_store(&j->job));
}

static void
page_done(struct task *t)
{
	struct page_task *p = (struct page_task *)t;

	job_charge(&p->owner->job, t, STAGE_DATABASE, p->features_at);
	if (t->error.code == MD_OK) {
		stage_add_cost(&p->owner->job.stages, STAGE_DATABASE,
		    t->cpu_us - p->features_cpu, (int64_t)p->put.len);
		stage_add_cost(&p->owner->job.stages, STAGE_FEATURES,
		    p->features_cpu, (int64_t)p->put.len);
	}
	polygon_recycle_bars(p->owner->job.run->polygon, p->bars, p->bars_cap);
	series_page_stored(p->owner, &p->counts, &t->error);
	free(p->rejected);
	free(p->text);
	verified_free(&p->verified);
	free(p);
}

/* In a handler, for what was answered. */
static struct page_task *
page_task_create(struct series_job *j)
{
	struct page_task *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	j->asked.asked_at = run_as_of(j->job.run, j->asked.asked_at);
	p->task.run = page_run;
	p->task.done = page_done;
	p->owner = j;
	p->lease = j->job.lease;
	p->verified = (struct verified)VERIFIED_INIT;
	p->put.lease = &p->lease;
	p->put.grid = j->grid;
	p->put.now = run_now(j->job.run);
	p->put.asked_at = j->asked.asked_at;
	p->put.wall = md_now_ms();
	p->put.had_derived = j->series->derived || j->record.bars.derived > 0;
	return p;
}

static void
page_task_submit(struct page_task *p)
{
	struct run *r = p->owner->job.run;
	int64_t since = md_monotonic_us();

	p->owner->pages++;
	writer_submit(r->writer, &p->task);
	concurrency_stored(&r->concurrency, md_monotonic_us() - since);
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
series_count_refused(struct series_job *j, const struct verified *v)
{
	j->record.bars.rejected += (int64_t)v->refused_len;
	for (size_t i = 0; i < v->refused_len; i++) {
		const struct span *s =
		    v->refused[i].has_t
			? coverage_at(&j->coverage, v->refused[i].t)
			: NULL;

		j->refused_again += s != NULL && s->kind == COVERAGE_REFUSED;
	}
}

/* The lease may have lapsed; only a new claim can tell. */
static void
lose(struct series_job *j)
{
	struct md_error e;

	(void)md_fail(&e, MD_ELEASE, "the lease may be over");
	job_fail(&j->job, &e);
}

/* What was handed over is now ready to be stored. */
static void
charge_decoding(struct series_job *j)
{
	int64_t at, cpu;

	polygon_answered(j->job.run->polygon, &at, &cpu);
	slow_down(j->job.run->o->slow, STAGE_DECODE, md_thread_cpu_us() - cpu);
	stage_add(&j->job.stages, STAGE_DECODE, at, md_monotonic_us());
}

/* What is measured can be decoded again.  Copying it is no part of decoding: it
 * keeps the thread from what is next. */
static void
offer_sample(struct series_job *j, const struct asked *before, int64_t bars,
    bool last)
{
	size_t len;
	const char *body = polygon_body(j->job.run->polygon, &len);

	if (j->job.run->o->measured)
		decode_sample_offer(&j->job.run->sample, before, body, len,
		    bars, last);
}

/* It is stored with that page, whose copy of the lease still says what the
 * store knows. */
void
series_note_grid(struct series_job *j, struct page_put *put)
{
	put->grid = j->asked.grid;
	j->grid.kind = j->job.lease.grid = put->grid.kind;
}

static void
hold_bar(struct series_job *j, const struct bar *b)
{
	if (j->has_held)
		bar_join_next(&j->held, b);
	else
		bar_join_first(&j->held, b, b->t);
	j->has_held = true;
}

/* Its window's bar on a page is that and what is held; where there is none, it
 * is what is held.  False: out of memory. */
static bool
join_held(struct series_job *j, struct page *page)
{
	int64_t t = j->held.bar.t;
	size_t i = 0;

	while (i < page->len && page->bars[i].t != t)
		i++;
	if (i < page->len)
		hold_bar(j, &page->bars[i]);
	else {
		struct bar *v =
		    array_room(page->bars, page->len, &page->cap, sizeof(*v));

		if (v == NULL)
			return false;
		page->bars = v;
		i = page->len++;
	}
	page->bars[i] = bar_join_end(&j->held);
	j->has_held = false;
	return true;
}

/*
 * Bars of a window that has others by the symbol's next name wait for those.
 * Where rows were refused, the window's bar cannot be made.
 */
static bool
hold_page(struct series_job *j, struct page *page, bool last,
    struct md_error *e)
{
	struct page_task *p = page_task_create(j);
	bool had = j->asked.any_bars; /* a window has one bar */
	struct verified *v;

	if (p == NULL || !verify_page(&j->asked, page, last, &p->verified) ||
	    !put_verified(&p->verified, &p->rejected, &p->put)) {
		if (p != NULL)
			verified_free(&p->verified);
		free(p);
		return md_nomem(e);
	}
	v = &p->verified;
	if (!had && v->len > 0)
		hold_bar(j, &v->bars[0]);
	j->record.bars.received += (int64_t)(v->len + v->refused_len);
	series_count_refused(j, v);
	if (v->refused_len > 0)
		j->more_names = false;
	p->put.bars = NULL;
	p->put.len = 0;
	p->put.covered_len = p->put.doubted_len = p->put.empty_len = 0;
	p->put.cursor = j->asked.from;
	page_task_submit(p);
	return true;
}

/* From its first bar on: before that the series may not have been listed. */
static void
note_took(struct series_job *j, const struct verified *v, int64_t from,
    int64_t rows)
{
	if (v->len > 0)
		from = max64(from, v->bars[0].t);
	j->took = (struct range){ from, max64(from, j->asked.cursor) };
	j->took_rows = rows;
}

bool
series_take_page(struct series_job *j, struct page *page, bool last,
    struct md_error *e)
{
	struct page_task *p;
	struct asked before = j->asked;
	int64_t received = (int64_t)(page->len + page->refused_len);

	run_works_for(j->job.run, &j->job);
	j->job.run->calls_done++;
	log_write(j->job.run->o->log, LOG_DEBUG, "%s %s: a page of %lld bars%s",
	    j->record.symbol, timeframe_name(j->record.timeframe),
	    (long long)received, last ? ", the last" : "");
	if (j->more_names)
		return hold_page(j, page, last, e);
	if (j->has_held && !join_held(j, page))
		return md_nomem(e);
	p = page_task_create(j);
	if (p == NULL || !verify_page(&j->asked, page, last, &p->verified) ||
	    !put_verified(&p->verified, &p->rejected, &p->put)) {
		if (p != NULL)
			verified_free(&p->verified);
		free(p);
		return md_nomem(e);
	}
	series_note_grid(j, &p->put);
	p->bars = page->bars;
	p->bars_cap = page->cap;
	page->bars = NULL;
	page->len = page->cap = 0;
	p->put.cursor = before.cursor;
	note_took(j, &p->verified, before.cursor, received);
	series_note_granted(j, &p->put);
	p->task.heavy = true;
	j->record.bars.received += received;
	series_count_refused(j, &p->verified);
	charge_decoding(j);
	offer_sample(j, &before, received, last);
	page_task_submit(p);
	if (!last && j->job.error.code == MD_OK && job_lease_uncertain(&j->job))
		lose(j);
	/* A series that was lost, or a store that fails, needs no more. */
	if (j->job.error.code != MD_OK)
		*e = j->job.error;
	return j->job.error.code == MD_OK;
}

/* The rest may be asked for in pieces: then the call has done its part. */
static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct series_job *j = ctx;

	if (!series_take_page(j, page, last, e))
		return false;
	if (last || !pieces_begin(j))
		return true;
	e->code = MD_OK;
	return false;
}

void
series_take_unreadable(struct series_job *j, const char *excerpt,
    const char *why)
{
	struct page_task *p = page_task_create(j);
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

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	series_take_unreadable(ctx, excerpt, why);
}

/* The newest bars were refused: all series of the class go without, unless the
 * plan has given some, or knows nothing of this symbol. */
static void
note_withheld(struct series_job *j)
{
	enum asset_class class = plan_sold_as(j->grid.class);
	bool has_bars =
	    j->record.bars.received > 0 || knowledge_has_bars(&j->coverage);

	if (!j->job.run->granted[class] && has_bars)
		j->job.run->withheld[class] = true;
	(void)snprintf(j->record.note, sizeof(j->record.note),
	    "the newest bars are not in the plan yet (403)");
}

void
series_note_granted(struct series_job *j, const struct page_put *put)
{
	enum asset_class class = plan_sold_as(j->grid.class);

	if (put->len > 0 && put->bars[put->len - 1].t >=
				grid_final_before(&j->grid, put->asked_at)) {
		j->job.run->granted[class] = true;
		j->job.run->withheld[class] = false;
	}
}

/* The plan does not include the range: remember that, and go on. */
static void
deny(struct series_job *j, const struct md_error *e, bool recent)
{
	struct page_task *p = page_task_create(j);

	/* Plans without today's bars are no failure of the day. */
	if (recent)
		note_withheld(j);
	else if (j->denied.code == MD_OK)
		j->denied = *e;
	if (p == NULL)
		return;
	p->denied = (struct range){ j->asked.cursor, j->asked.cover_to };
	if (p->denied.from < p->denied.to) {
		p->put.denied = &p->denied;
		p->put.denied_len = 1;
	}
	page_task_submit(p);
}

void
series_deny(struct series_job *j, const struct md_error *e, int64_t to)
{
	int64_t final = grid_final_before(&j->grid, run_now(j->job.run));

	j->asked.cover_to = min64(j->asked.cover_to, to);
	deny(j, e, j->asked.cursor >= final);
}

/*
 * A 403 is about a range: where it holds bars that are final and bars that
 * are not, ask for them apart.  True when the current gap was cut in two.
 */
static bool
split_gap(struct series_job *j, int64_t final)
{
	struct range *gap = &j->gaps.v[j->gap];

	if (j->asked.cursor != gap->from || final <= gap->from ||
	    final >= gap->to || !ranges_add(&j->gaps, final, gap->to))
		return false;
	gap = &j->gaps.v[j->gap]; /* the list may have moved */
	gap->to = final;
	return true;
}

static void
end_gap(struct series_job *j)
{
	j->gap++;
	j->names_asked = 0;
	j->has_held = j->more_names = false;
}

enum job_state
series_end_gap(struct series_job *j)
{
	end_gap(j);
	return series_ask_next(j);
}

static void
on_aggs_ended(void *ctx, const struct md_error *e)
{
	struct series_job *j = ctx;
	int64_t final = grid_final_before(&j->grid, run_now(j->job.run));

	run_works_for(j->job.run, &j->job);
	if (e->code == MD_OK && j->pieces != NULL) {
		job_go(&j->job, pieces_go(j));
		return;
	}
	if (e->code != MD_EDENIED || !split_gap(j, final)) {
		if (e->code == MD_EDENIED)
			series_deny(j, e, j->asked.cover_to);
		else if (e->code != MD_OK)
			job_fail(&j->job, e);
		if (e->code == MD_OK && j->more_names)
			j->names_asked++;
		else
			end_gap(j);
	}
	job_go(&j->job, series_ask_next(j));
}

void
series_log_asked(const struct series_job *j, const struct aggs_query *q)
{
	char from[MD_TIME_MAX], to[MD_TIME_MAX];

	md_time_format(q->from, from);
	md_time_format(q->to, to);
	log_write(j->job.run->o->log, LOG_DEBUG,
	    "%s %s: asking for %s to %s%s%s", j->record.symbol,
	    timeframe_name(j->record.timeframe), from, to,
	    strcmp(q->ticker, j->record.symbol) == 0 ? "" : " as ",
	    strcmp(q->ticker, j->record.symbol) == 0 ? "" : q->ticker);
}

/*
 * The gap that is next, without what the plan was seen to withhold: one series
 * finds that out for all.  False: no gap is left.
 */
static bool
next_gap(struct series_job *j, struct range *out)
{
	int64_t final = j->job.run->withheld[plan_sold_as(j->grid.class)]
			    ? grid_final_before(&j->grid, run_now(j->job.run))
			    : INT64_MAX;

	for (; j->gap < j->gaps.len; j->gap++) {
		*out = j->gaps.v[j->gap];
		if (out->to > final) {
			note_withheld(j);
			out->to = final;
		}
		if (out->from < out->to)
			return true;
	}
	return false;
}

/*
 * What is asked for by one name; the rest of the gap is another, for the grid
 * that is known by now may be another than planned by.  *ticker: the name.
 * False: out of memory.
 */
static bool
take_name(struct series_job *j, struct range *gap, const char **ticker)
{
	const struct former_names *names = &j->series->names;
	struct names_part part = { *gap, 0, 0 };

	if (names->len > 0)
		part = names_last_part(names, &j->grid, *gap);
	if (!ranges_add(&j->gaps, gap->from, part.range.from))
		return false;
	j->gaps.v[j->gap].from = gap->from = part.range.from;
	j->more_names = part.first + j->names_asked < part.last;
	*ticker =
	    names_nth(names, j->record.symbol, part.first + j->names_asked);
	return true;
}

/* Ask for the next gap, or leave it at what was fetched. */
enum job_state
series_ask_next(struct series_job *j)
{
	static const struct aggs_handler handler = { on_page, on_unreadable,
		on_aggs_ended };
	struct run *r = j->job.run;
	struct aggs_query q;
	struct range gap;
	struct md_error e;

	if (j->gap < j->gaps.len && j->job.error.code == MD_OK &&
	    r->fatal.code != MD_OK) {
		j->untried = j->gap == 0;
		job_fail(&j->job, &r->fatal);
	}
	if (j->gap < j->gaps.len && j->job.error.code == MD_OK &&
	    job_lease_uncertain(&j->job))
		lose(j);
	if (j->job.error.code != MD_OK || !next_gap(j, &gap))
		return STATE_STORING;
	if (!take_name(j, &gap, &q.ticker)) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
		return STATE_STORING;
	}
	j->asked_any = true;
	q.timeframe = j->record.timeframe;
	q.from = gap.from;
	q.to = gap.to;
	/* The gaps may have been planned before the grid was known. */
	if (j->grid.kind != GRID_UNKNOWN) {
		q.from = grid_start(&j->grid, q.from);
		q.to = grid_next(&j->grid, q.to);
	}
	j->seen = (struct pieces_seen){ .len = 0 };
	j->asked = (struct asked){
		.ticker = q.ticker,
		.grid = j->grid,
		.from = q.from,
		.to = q.to,
		.asked_at = run_now(r),
		.cover_to = q.to,
		.cursor = q.from,
		.older = knowledge_older(&j->coverage, q.from),
	};
	series_log_asked(j, &q);
	polygon_charge(r->polygon, &j->job.stages);
	if (!polygon_aggs(r->polygon, &q, &handler, j, &e)) {
		job_fail(&j->job, &e);
		return STATE_STORING;
	}
	return STATE_FETCHING;
}

/* The newest first, so that a run that is cut short leaves the most. */
static bool
plan_ranges(struct series_job *j)
{
	struct ranges calls = { NULL, 0, 0 };

	if (!plan_merge_by_name(&j->grid, &j->series->names, &j->coverage,
		&j->gaps, &calls)) {
		ranges_free(&calls);
		return false;
	}
	ranges_free(&j->gaps);
	j->gaps = calls;
	for (size_t i = 0, k = calls.len; i + 1 < k; i++) {
		struct range r = calls.v[i];

		calls.v[i] = calls.v[--k];
		calls.v[k] = r;
	}
	return true;
}

enum job_state
series_ask(struct job *job)
{
	struct series_job *j = (struct series_job *)job;
	struct md_error e;

	if (!plan_ranges(j)) {
		(void)md_nomem(&e);
		job_fail(job, &e);
	}
	return series_ask_next(j);
}
