/*
 * The features of a unit's series, on the writer's thread.
 *
 * While pages come in order behind everything that is stored, as they do for
 * a new series, each page's bars go through the engine as soon as they are
 * stored.  Whatever else befalls a series only moves back the point from which
 * it owes features; when its last page is stored, they are computed from there
 * on out of the store, a batch at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"

#define BATCH FEATURES_BATCH

struct feature_job {
	struct grid grid; /* whose days count */
	struct features_engine *engine;
	/* The engine has seen what lies before next; the last at last. */
	bool placed;
	bool any;
	int64_t last, next;
	struct adjustments adjustments;
	size_t adjustment; /* the one that the next bar may lie in */
	md_date date;      /* of bars before date_end */
	int64_t date_end;
};

static struct feature_job *
job_of(struct unit *u, const struct grid *g)
{
	struct feature_job *j = u->feature_job;

	if (j != NULL && j->grid.kind != g->kind)
		j->placed = false;
	if (j != NULL) {
		j->grid = *g;
		return j;
	}
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		return NULL;
	j->grid = *g;
	j->engine = features_create(g->class, g->timeframe);
	if (j->engine == NULL) {
		free(j);
		return NULL;
	}
	u->feature_job = j;
	return j;
}

void
unit_features_free(struct unit *u)
{
	if (u->feature_job == NULL)
		return;
	features_destroy(&u->feature_job->engine);
	free(u->feature_job);
	u->feature_job = NULL;
}

/* -- a bar -- */

/* Bars come in order: what lies behind is not looked at again. */
static struct bar
adjusted(struct feature_job *j, const struct bar *raw)
{
	const struct adjustments *a = &j->adjustments;
	struct bar b = *raw;

	while (j->adjustment < a->len && a->v[j->adjustment].to_ts <= b.t)
		j->adjustment++;
	if (j->adjustment < a->len)
		(void)split_adjust(&a->v[j->adjustment], &b);
	return b;
}

static md_date
date_of(struct feature_job *j, int64_t t)
{
	if (t >= j->date_end) {
		j->date = grid_date(&j->grid, t);
		j->date_end = grid_midnight(&j->grid, j->date + 1);
	}
	return j->date;
}

static bool
push(struct feature_job *j, const struct bar *raw, struct features *out,
    struct md_error *e)
{
	struct bar b = adjusted(j, raw);

	if (!features_push(j->engine, &b, date_of(j, b.t), out, e))
		return false;
	j->any = true;
	j->last = b.t;
	return true;
}

/* -- where the engine stands -- */

static bool
start_over(struct unit *u, struct feature_job *j, struct store *st,
    struct md_error *e)
{
	features_reset(j->engine);
	j->placed = j->any = false;
	j->adjustment = 0;
	j->date_end = INT64_MIN;
	return store_adjustments(st, u->record.symbol, &j->adjustments, e);
}

/* Let the engine see as much of what lies before from as matters. */
static bool
place(struct unit *u, struct feature_job *j, struct store *st, int64_t from,
    struct md_error *e)
{
	int64_t day = grid_midnight(&j->grid, grid_date(&j->grid, from));
	struct bar *bars = u->run->feature_bars;
	struct features unused;
	int64_t at;
	size_t n = BATCH;

	if (!start_over(u, j, st, e) ||
	    !store_bars_before(st, u->series->id, from, FEATURES_LOOKBACK, day,
		&at, e))
		return false;
	while (n == BATCH && at < from) {
		if (!store_bars(st, u->series->id, at, bars, BATCH, &n, e))
			return false;
		for (size_t i = 0; i < n && bars[i].t < from; i++)
			if (!push(j, &bars[i], &unused, e))
				return false;
		at = n > 0 ? bars[n - 1].t + 1 : from;
	}
	j->placed = true;
	j->next = from;
	return true;
}

/* -- storing -- */

static bool
store_features(struct unit *u, struct feature_job *j, struct store *st,
    int64_t to, size_t len, struct md_error *e)
{
	struct features_put p = {
		.lease = &u->lease,
		.symbol = u->record.symbol,
		.timeframe = u->record.timeframe,
		.now = run_now(u->run),
		.wall = md_now_ms(),
		.from = j->next,
		.to = to,
		.adjustments = &j->adjustments,
		.rows = u->run->feature_rows,
		.len = len,
	};
	bool stale;

	if (!store_features_put(st, &p, &stale, e))
		return false;
	j->next = to;
	if (stale)
		j->placed = false;
	else
		u->features += (int64_t)len;
	return true;
}

/*
 * The features of these bars, the next of the series; whole: after them there
 * is none.  Of a broken bar's predecessors they are stored all the same.
 */
static bool
put_bars(struct unit *u, struct feature_job *j, struct store *st,
    const struct bar *bars, size_t len, bool whole, struct md_error *e)
{
	struct features *rows = u->run->feature_rows;
	size_t n = 0;

	for (size_t i = 0; i < len && j->placed; i++) {
		int64_t after = i + 1 < len ? bars[i + 1].t : bars[i].t + 1;
		struct md_error pe;

		if (!push(j, &bars[i], &rows[n], e))
			return store_features(u, j, st, bars[i].t, n, &pe) &&
			       false;
		n++;
		if (i + 1 < len && n < BATCH)
			continue;
		if (i + 1 == len && whole)
			after = INT64_MAX;
		if (!store_features(u, j, st, after, n, e))
			return false;
		n = 0;
	}
	return true;
}

/* -- on the writer's thread -- */

bool
unit_features_write_failure(struct unit *u, struct store *st,
    struct md_error *e)
{
	struct features_failure f = {
		.symbol = u->record.symbol,
		.timeframe = u->record.timeframe,
		.execution_id = u->run->execution.id,
		.message = u->features_error.text,
		.now = run_now(u->run),
	};

	return store_features_fail(st, &f, e);
}

static void
failed(struct unit *u, struct store *st, const struct md_error *why)
{
	struct md_error e;

	u->features_error = *why;
	/* Whoever took the series over computes them too. */
	if (why->code == MD_ELEASE)
		return;
	u->features_failed = true;
	u->features_unwritten = !unit_features_write_failure(u, st, &e);
}

void
unit_features_begin(struct unit *u)
{
	if (u->features_error.code == MD_ELEASE)
		u->features_error.code = MD_OK;
	if (u->feature_job != NULL)
		u->feature_job->placed = false;
}

static void
clock_in(struct unit *u, int64_t since, int64_t cpu)
{
	slow_down(u->run->o->slow, STAGE_FEATURES, md_thread_cpu_us() - cpu);
	(void)atomic_fetch_add(&u->run->features_us, md_monotonic_us() - since);
}

void
unit_features_page(struct unit *u, struct store *st, const struct page_put *p,
    const struct page_counts *n)
{
	struct feature_job *j;
	int64_t since = md_monotonic_us(), cpu = md_thread_cpu_us();
	struct md_error e = { .code = MD_OK, .text = "" };
	bool good;

	if (u->run->o->no_features || p->len == 0 ||
	    u->features_error.code != MD_OK)
		return;
	/* All else is for the end, where the store is looked at. */
	if (n->features_pending || n->inserted != (int64_t)p->len ||
	    (n->had_bars && p->bars[0].t <= n->newest_before)) {
		if (u->feature_job != NULL)
			u->feature_job->placed = false;
		return;
	}
	j = job_of(u, &p->grid);
	good = j != NULL || md_nomem(&e);
	if (good && !(j->placed && j->any && n->had_bars &&
			j->last == n->newest_before))
		good = place(u, j, st, p->bars[0].t, &e);
	if (good) {
		j->next = p->bars[0].t;
		good = put_bars(u, j, st, p->bars, p->len, true, &e);
	}
	if (!good)
		failed(u, st, &e);
	clock_in(u, since, cpu);
}

/* A batch of what is owed; *more: it was not the last. */
static bool
step(struct unit *u, struct store *st, bool *more, struct md_error *e)
{
	struct feature_job *j = job_of(u, &u->grid);
	struct bar *bars = u->run->feature_bars;
	bool owed;
	int64_t from;
	size_t n;

	*more = false;
	if (j == NULL)
		return md_nomem(e);
	if (!store_features_pending(st, u->series->id, &owed, &from, e))
		return false;
	if (!owed)
		return true;
	if (!(j->placed && j->next == from) && !place(u, j, st, from, e))
		return false;
	if (!store_bars(st, u->series->id, from, bars, BATCH, &n, e))
		return false;
	/* The last batch was full, or the last bar is gone: all is computed. */
	if (n == 0)
		return store_features(u, j, st, INT64_MAX, 0, e);
	if (!put_bars(u, j, st, bars, n, n < BATCH, e))
		return false;
	/* Where the adjustments changed meanwhile, it begins anew. */
	*more = n == BATCH || !j->placed;
	return true;
}

bool
unit_features_step(struct unit *u, struct store *st)
{
	int64_t since = md_monotonic_us(), cpu = md_thread_cpu_us();
	struct md_error e = { .code = MD_OK, .text = "" };
	bool more = false;

	if (u->features_error.code == MD_OK && !step(u, st, &more, &e)) {
		failed(u, st, &e);
		more = false;
	}
	clock_in(u, since, cpu);
	return more;
}
