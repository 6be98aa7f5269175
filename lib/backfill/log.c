/*
 * What a run writes of itself: the execution, its jobs, that it is alive; and
 * what it finds of runs that are not.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backfill/internal.h"
#include "store/operator.h"
#include "store/requests.h"
#include "sys/process.h"

/* So often, while a lease lasts, its holder is heard of. */
#define BEATS_A_LEASE 6
/* Runs of other hosts cannot be looked for: so long they may be silent. */
#define SILENT_MS   (15 * MD_MINUTE)
#define RUNNING_MAX 256

/* -- executions that died -- */

static bool
lives(const struct run *r, int64_t pid)
{
	/* It may have had our number before us. */
	return pid != (int64_t)getpid() &&
	       process_runs(pid, r->o->log->program);
}

struct reap_task {
	struct task task;
	struct run *run;
	struct execution execution;
	struct hold hold; /* as it was read */
	int64_t now;
};

bool
run_reap(struct run *r, struct store *st, int64_t now, struct md_error *e)
{
	struct running_execution v[RUNNING_MAX];
	size_t n;

	if (!store_executions_running(st, r->execution.host,
		md_now_ms() - SILENT_MS, v, RUNNING_MAX, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].id, r->execution.id) != 0 &&
		    (v[i].elsewhere || !lives(r, v[i].pid)) &&
		    !store_execution_interrupt(st, v[i].id, now, e))
			return false;
	return true;
}

/* -- the log of the run -- */

void
run_sum_up(struct run *r)
{
	struct execution *x = &r->execution;
	const struct polygon_counts *c = polygon_counts(r->polygon);

	memset(&x->bars, 0, sizeof(x->bars));
	x->features = x->features_failed = 0;
	for (size_t i = 0; i < r->series_jobs_len; i++) {
		const struct job_record *j = &r->series_jobs[i].record;
		const struct bar_counts *b = &j->bars;

		x->features += j->features;
		x->features_failed += j->features_message[0] != '\0';
		x->bars.received += b->received;
		x->bars.inserted += b->inserted;
		x->bars.updated += b->updated;
		x->bars.unchanged += b->unchanged;
		x->bars.rejected += b->rejected;
		x->bars.derived += b->derived;
	}
	x->requests = c->requests;
	x->retries = c->retries;
	x->rate_limited = c->rate_limited;
	x->bytes = c->bytes;
	x->api_seconds = c->api_seconds;
	x->features_seconds = (double)atomic_load(&r->features_us) / 1e6;
	x->db_seconds = writer_seconds(r->writer) + r->files_db_seconds -
			x->features_seconds;
	if (x->db_seconds < 0)
		x->db_seconds = 0;
}

/* A symbol has succeeded when all of its series have, and its splits. */
static void
count_symbol(const struct run *r, const struct series_job *v, size_t n,
    struct execution *x)
{
	const struct actions_job *splits = v->after;
	bool failed = splits != NULL && !splits->of_all &&
		      r->fatal.code == MD_OK && splits->job.error.code != MD_OK;
	bool ended = splits == NULL || splits->job.state == STATE_ENDED;

	for (size_t i = 0; i < n; i++) {
		failed = failed || v[i].record.status == JOB_FAILED;
		ended = ended && v[i].job.state == STATE_ENDED &&
			v[i].record.status == JOB_COMPLETED;
	}
	x->total++;
	x->failed += failed;
	x->successful += ended && !failed;
}

void
run_count_symbols(struct run *r)
{
	struct execution *x = &r->execution;
	size_t n;

	x->total = x->successful = x->failed = 0;
	for (size_t i = 0; i < r->series_jobs_len; i += n) {
		const struct series_job *v =
		    series_of_symbol(&r->series_jobs[i], &n);

		count_symbol(r, v, n, x);
	}
}

/* Heartbeat: leases hold on, the log shows how far it is, the dead are
 * found. */
static bool
beat_run(struct task *t, struct store *st, struct md_error *e)
{
	struct reap_task *b = (struct reap_task *)t;
	bool good = store_renew(st, b->execution.id, md_now_ms(), e);

	return store_execution_put(st, &b->execution, e) &&
	       run_budget_heartbeat(b->run, st, b->execution.id, e) &&
	       run_reap(b->run, st, b->now, e) &&
	       store_hold_read(st, &b->hold, e) && good;
}

/* Nothing more is asked for, if it is one. */
static void
note_hold(struct run *r, const struct hold *h)
{
	if (h->since_ms == 0 || r->held)
		return;
	r->held = true;
	run_held_error(h, &r->held_why);
	polygon_hold(r->polygon);
}

static void
beat_done(struct task *t)
{
	struct reap_task *b = (struct reap_task *)t;

	if (t->error.code != MD_OK)
		run_log_failed(b->run, &t->error);
	note_hold(b->run, &b->hold);
	free(b);
}

static bool
beat_is_due(struct run *r)
{
	int64_t now = md_monotonic_ms();

	if (now - r->last_beat < r->store->lease_ms / BEATS_A_LEASE)
		return false;
	r->last_beat = now;
	return true;
}

void
run_heartbeat_alone(struct run *r)
{
	struct hold hold = { .since_ms = 0 };
	struct md_error e;

	if (!beat_is_due(r))
		return;
	r->execution.heartbeat_ms = md_now_ms();
	if (!store_execution_put(r->store, &r->execution, &e) ||
	    !store_hold_read(r->store, &hold, &e))
		run_log_failed(r, &e);
	note_hold(r, &hold);
	if (r->held)
		run_fatal(r, &r->held_why);
}

bool
run_held_error(const struct hold *h, struct md_error *e)
{
	char words[HOLD_WORDS];

	hold_words(h, words);
	return md_fail(e, MD_EHELD,
	    "the runs of this store are on hold %s; mdbackfill --resume ends "
	    "it",
	    words);
}

void
run_heartbeat(struct run *r)
{
	struct reap_task *b;

	if (r->held && polygon_calls(r->polygon, true) == 0)
		run_fatal(r, &r->held_why);
	if (!beat_is_due(r))
		return;
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return;
	run_sum_up(r);
	run_count_symbols(r);
	b->task.run = beat_run;
	b->task.done = beat_done;
	b->task.urgent = true;
	b->run = r;
	r->execution.heartbeat_ms = md_now_ms();
	b->execution = r->execution;
	b->now = run_now(r);
	writer_submit(r->writer, &b->task);
}

/* -- the end -- */

void
run_log_jobs(struct run *r)
{
	size_t n = r->series_jobs_len;
	const struct job_record **v = calloc(n + 1, sizeof(*v));
	struct md_error e = { .code = MD_OK, .text = "" };

	if (v == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		v[i] = &r->series_jobs[i].record;
	if (!store_jobs_put(r->store, r->execution.id, v, n, &e))
		run_log_failed(r, &e);
	free((void *)v);
}

/* What kept features from being stored kept their failure from it, too: at
 * the end there is another chance. */
void
run_log_features(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	for (size_t i = 0; i < r->series_jobs_len; i++) {
		struct series_job *j = &r->series_jobs[i];

		if (j->features.unwritten &&
		    !series_features_write_failure(j, r->store, &e))
			run_log_failed(r, &e);
	}
}

/* What the run's answers were to a requested series.  A final refusal (404) is
 * an answer, too. */
static struct request_outcome
outcome_of(const struct run *r, const struct series_job *j)
{
	const struct bar_counts *n = &j->record.bars;
	bool ended = j->record.status == JOB_COMPLETED ||
		     j->job.error.code == MD_EHTTP ||
		     j->job.error.code == MD_EABSENT;

	return (struct request_outcome){
		.symbol = j->record.symbol,
		.timeframe = j->record.timeframe,
		.came =
		    n->inserted + n->updated + n->unchanged + n->derived > 0,
		.answered = ended && (j->asked_any || j->by_days),
		.now = run_now(r),
	};
}

/* What was requested and is there now need not be requested any more, and
 * what never comes is not asked for again and again. */
void
run_settle_requests(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };
	bool dropped;

	for (size_t i = 0; i < r->series_jobs_len && r->o->requested; i++) {
		struct request_outcome o = outcome_of(r, &r->series_jobs[i]);

		if (!store_request_settle(r->store, &o, &dropped, &e)) {
			log_write(r->o->log, LOG_WARNING,
			    "requests stay noted that were served: %s", e.text);
			return;
		}
		if (dropped)
			log_tell(r->o->log, LOG_WARNING,
			    &(struct log_about){ o.symbol,
				timeframe_name(o.timeframe), MD_OK },
			    "%s %s: %d answers had no bar: no longer requested",
			    o.symbol, timeframe_name(o.timeframe),
			    DOUBT_ANSWERS);
	}
}

/* Series with nothing to compute are as fresh as those with something. */
void
run_log_current(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (!r->o->no_features &&
	    !store_features_current(r->store, r->execution.id, &e))
		run_log_failed(r, &e);
}

void
run_log_execution(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (!store_execution_put(r->store, &r->execution, &e))
		run_log_failed(r, &e);
}
