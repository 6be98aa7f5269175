/*
 * The features of a job's series, on the writer's thread.
 *
 * While pages come in order behind everything that is stored, as they do for
 * a new series, each page's bars go through the engine as soon as they are
 * stored.  Whatever else befalls a series only moves back the point from which
 * it owes features; when its last page is stored, they are computed from there
 * on out of the store, a batch at a time.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "sys/thread.h"

#define BATCH FEATURES_BATCH
#define HALF  (BATCH / 2) /* one is stored, one computed */

struct feature_work {
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

static struct feature_work *
work_of(struct series_job *j, const struct grid *g)
{
	struct feature_work *w = j->features.work;

	if (w != NULL && w->grid.kind != g->kind)
		w->placed = false;
	if (w != NULL) {
		w->grid = *g;
		return w;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->grid = *g;
	w->engine = features_create(g->class, g->timeframe);
	if (w->engine == NULL) {
		free(w);
		return NULL;
	}
	j->features.work = w;
	return w;
}

void
series_features_free(struct series_job *j)
{
	if (j->features.work == NULL)
		return;
	features_destroy(&j->features.work->engine);
	free(j->features.work);
	j->features.work = NULL;
}

/* -- a bar -- */

/* Bars come in order: what lies behind is not looked at again. */
static struct bar
adjusted(struct feature_work *w, const struct bar *raw)
{
	const struct adjustments *a = &w->adjustments;
	struct bar b = *raw;

	while (w->adjustment < a->len && a->v[w->adjustment].to_ts <= b.t)
		w->adjustment++;
	if (w->adjustment < a->len)
		(void)split_adjust(&a->v[w->adjustment], &b);
	return b;
}

static md_date
date_of(struct feature_work *w, int64_t t)
{
	if (t >= w->date_end) {
		w->date = grid_date(&w->grid, t);
		w->date_end = grid_midnight(&w->grid, w->date + 1);
	}
	return w->date;
}

static bool
push(struct feature_work *w, const struct bar *raw, struct features *out,
    struct md_error *e)
{
	struct bar b = adjusted(w, raw);

	if (!features_push(w->engine, &b, date_of(w, b.t), out, e))
		return false;
	w->any = true;
	w->last = b.t;
	return true;
}

/* -- where the engine stands -- */

static bool
start_over(struct series_job *j, struct feature_work *w, struct store *st,
    struct md_error *e)
{
	features_reset(w->engine);
	w->placed = w->any = false;
	w->adjustment = 0;
	w->date_end = INT64_MIN;
	return store_adjustments(st, j->record.symbol, &w->adjustments, e);
}

/* Let the engine see as much of what lies before from as matters. */
static bool
place(struct series_job *j, struct feature_work *w, struct store *st,
    int64_t from, struct md_error *e)
{
	int64_t day = grid_midnight(&w->grid, grid_date(&w->grid, from));
	struct bar *bars = j->job.run->feature_bars;
	struct features unused;
	int64_t at;
	size_t n = BATCH;

	if (!start_over(j, w, st, e) ||
	    !store_bars_before(st, j->series->id, from, FEATURES_LOOKBACK, day,
		&at, e))
		return false;
	while (n == BATCH && at < from) {
		if (!store_bars(st, j->series->id, at, bars, BATCH, &n, e))
			return false;
		for (size_t i = 0; i < n && bars[i].t < from; i++)
			if (!push(w, &bars[i], &unused, e))
				return false;
		at = n > 0 ? bars[n - 1].t + 1 : from;
	}
	w->placed = true;
	w->next = from;
	return true;
}

/* -- storing -- */

static bool
store_features(struct series_job *j, struct feature_work *w, struct store *st,
    int64_t to, struct features *rows, size_t len, struct md_error *e)
{
	struct features_put p = {
		.lease = &j->job.lease,
		.symbol = j->record.symbol,
		.timeframe = j->record.timeframe,
		.now = run_now(j->job.run),
		.wall = md_now_ms(),
		.from = w->next,
		.to = to,
		.adjustments = &w->adjustments,
		.rows = rows,
		.len = len,
	};
	bool stale;

	if (!store_features_put(st, &p, &stale, e))
		return false;
	w->next = to;
	if (stale)
		w->placed = false;
	else
		j->features.rows += (int64_t)len;
	return true;
}

/* As many of the bars, of which there are some, as a batch has, and the
 * features computed of them. */
struct batch {
	pthread_t thread;
	bool threaded;
	struct feature_work *w;
	const struct bar *bars;
	size_t left; /* of the bars */
	bool whole;  /* no bar follows these */
	struct features *rows;
	size_t len;
	int64_t to; /* until when that are the features of all bars */
	bool good;
	struct md_error error;
};

/* Touches nothing of the work that storing does. */
static void *
compute(void *ctx)
{
	struct batch *b = ctx;

	b->good = true;
	for (b->len = 0; b->len < HALF && b->len < b->left; b->len++)
		if (!push(b->w, &b->bars[b->len], &b->rows[b->len],
			&b->error)) {
			b->good = false;
			break;
		}
	if (b->len < b->left)
		b->to = b->bars[b->len].t;
	else
		b->to = b->whole ? INT64_MAX : b->bars[b->len - 1].t + 1;
	return NULL;
}

/* The batch behind one that was computed; by itself where there is no thread.
 */
static void
begin_next(const struct batch *b, struct batch *next, struct features *rows)
{
	*next = (struct batch){
		.w = b->w,
		.bars = b->bars + b->len,
		.left = b->good ? b->left - b->len : 0,
		.whole = b->whole,
		.rows = rows,
	};
	next->threaded =
	    next->left > 0 && thread_start(&next->thread, compute, next);
	if (next->left > 0 && !next->threaded)
		(void)compute(next);
}

/*
 * The features of these bars, the next of the series; whole: after them there
 * is none.  Of a broken bar's predecessors they are stored all the same.  While
 * a batch is stored the next is computed, which takes a third of the time.
 */
static bool
put_bars(struct series_job *j, struct feature_work *w, struct store *st,
    const struct bar *bars, size_t len, bool whole, struct md_error *e)
{
	struct features *rows = j->job.run->feature_rows;
	struct batch b[2] = { { .w = w,
	    .bars = bars,
	    .left = len,
	    .whole = whole,
	    .rows = rows } };
	bool good = true;
	size_t i = 0;

	(void)compute(&b[0]);
	for (; good && b[i].left > 0 && w->placed; i = 1 - i) {
		begin_next(&b[i], &b[1 - i], rows + (1 - i) * HALF);
		good =
		    store_features(j, w, st, b[i].to, b[i].rows, b[i].len, e);
		if (b[1 - i].threaded)
			(void)pthread_join(b[1 - i].thread, NULL);
		if (!b[i].good) {
			*e = b[i].error;
			good = false;
		}
	}
	return good;
}

/* -- on the writer's thread -- */

bool
series_features_write_failure(struct series_job *j, struct store *st,
    struct md_error *e)
{
	struct features_failure f = {
		.symbol = j->record.symbol,
		.timeframe = j->record.timeframe,
		.execution_id = j->job.run->execution.id,
		.message = j->features.error.text,
		.now = run_now(j->job.run),
	};

	return store_features_fail(st, &f, e);
}

static void
failed(struct series_job *j, struct store *st, const struct md_error *why)
{
	struct md_error e;

	j->features.error = *why;
	/* Whoever took the series over computes them too. */
	if (why->code == MD_ELEASE)
		return;
	j->features.failed = true;
	j->features.unwritten = !series_features_write_failure(j, st, &e);
}

void
series_features_begin(struct series_job *j)
{
	if (j->features.error.code == MD_ELEASE)
		j->features.error.code = MD_OK;
	if (j->features.work != NULL)
		j->features.work->placed = false;
}

static void
clock_in(struct series_job *j, int64_t since, int64_t cpu)
{
	slow_down(j->job.run->o->slow, STAGE_FEATURES,
	    md_thread_cpu_us() - cpu);
	(void)atomic_fetch_add(&j->job.run->features_us,
	    md_monotonic_us() - since);
}

void
series_features_page(struct series_job *j, struct store *st,
    const struct page_put *p, const struct page_counts *n)
{
	struct feature_work *w;
	int64_t since = md_monotonic_us(), cpu = md_thread_cpu_us();
	struct md_error e = { .code = MD_OK, .text = "" };
	bool good;

	if (j->job.run->o->no_features || p->len == 0 ||
	    j->features.error.code != MD_OK)
		return;
	/* All else is for the end, where the store is looked at. */
	if (n->features_pending || n->inserted != (int64_t)p->len ||
	    (n->had_bars && p->bars[0].t <= n->newest_before)) {
		if (j->features.work != NULL)
			j->features.work->placed = false;
		return;
	}
	w = work_of(j, &p->grid);
	good = w != NULL || md_nomem(&e);
	if (good && !(w->placed && w->any && n->had_bars &&
			w->last == n->newest_before))
		good = place(j, w, st, p->bars[0].t, &e);
	if (good) {
		w->next = p->bars[0].t;
		good = put_bars(j, w, st, p->bars, p->len, true, &e);
	}
	if (!good)
		failed(j, st, &e);
	clock_in(j, since, cpu);
}

/* A batch of what is owed; *more: it was not the last. */
static bool
step(struct series_job *j, struct store *st, bool *more, struct md_error *e)
{
	struct feature_work *w = work_of(j, &j->grid);
	struct bar *bars = j->job.run->feature_bars;
	bool owed;
	int64_t from;
	size_t n;

	*more = false;
	if (w == NULL)
		return md_nomem(e);
	if (!store_features_pending(st, j->series->id, &owed, &from, e))
		return false;
	if (!owed)
		return true;
	if (!(w->placed && w->next == from) && !place(j, w, st, from, e))
		return false;
	if (!store_bars(st, j->series->id, from, bars, BATCH, &n, e))
		return false;
	/* The last batch was full, or the last bar is gone: all is computed. */
	if (n == 0)
		return store_features(j, w, st, INT64_MAX, NULL, 0, e);
	if (!put_bars(j, w, st, bars, n, n < BATCH, e))
		return false;
	/* Where the adjustments changed meanwhile, it begins anew. */
	*more = n == BATCH || !w->placed;
	return true;
}

bool
series_features_step(struct series_job *j, struct store *st)
{
	int64_t since = md_monotonic_us(), cpu = md_thread_cpu_us();
	struct md_error e = { .code = MD_OK, .text = "" };
	bool more = false;

	if (j->features.error.code == MD_OK && !step(j, st, &more, &e)) {
		failed(j, st, &e);
		more = false;
	}
	clock_in(j, since, cpu);
	return more;
}
