#include "report/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/silent.h"
#include "store/operator.h"
#include "store/report.h"
#include "store/requests.h"
#include "store/vendor.h"

/* Runs that a run under way is compared with. */
#define PREDECESSORS 20
/* Without a lease for so long, a run that others would see is gone. */
#define UNLEASED_MS (5 * LEASE_MS)

/* -- freshness -- */

static bool
read_freshness(struct store *st, const struct health_query *q, struct health *h,
    struct md_error *e)
{
	struct freshness_query f = {
		.timeframes = ~0U,
		.tiers = ~0U,
		.statuses = ~0U,
		.rule = q->rule,
		.objectives = q->objectives,
		.now_ms = q->now_ms,
	};

	return freshness_read(st, &f, &h->freshness, e);
}

static int
compare_symbols(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool
count_symbols(struct health *h, struct md_error *e)
{
	size_t n = h->freshness.len;
	const char **v = calloc(n, sizeof(*v));

	if (v == NULL)
		return md_nomem(e);
	for (size_t i = 0; i < n; i++)
		v[i] = h->freshness.v[i].series->symbol;
	qsort(v, n, sizeof(*v), compare_symbols);
	for (size_t i = 0; i < n; i++)
		h->symbols += i == 0 || strcmp(v[i], v[i - 1]) != 0;
	free(v);
	return true;
}

static void
count_marks(const struct health_query *q, struct health *h)
{
	struct staleness_rule features = q->rule;
	int64_t age;

	features.basis = BASIS_FEATURES;
	for (int t = 0; t < TIER_COUNT; t++)
		h->tiers[t].rpo_ms = q->objectives->rpo[t].within_ms;
	for (size_t i = 0; i < h->freshness.len; i++) {
		const struct mark *m = &h->freshness.v[i];
		struct tier_facts *t = &h->tiers[m->series->tier];

		t->series++;
		t->within += m->rpo_met;
		t->missing += m->status == STALENESS_MISSING;
		if (m->status != STALENESS_MISSING && m->age_ms > t->worst_ms)
			t->worst_ms = m->age_ms;
		h->overdue += m->status == STALENESS_STALE &&
			      m->age_ms >= q->rule.bounds.overdue_ms;
		if (!m->series->delisted &&
		    staleness_age(&features, &m->series->facts, q->now_ms,
			&age))
			h->stale_features += staleness_of(&q->rule.bounds,
						 age) == STALENESS_STALE;
	}
}

/* -- executions -- */

static bool
read_executions(struct store *st, const struct health_query *q,
    struct health *h, struct execution_rows *recent, struct md_error *e)
{
	struct execution_query x = { .until_ms = q->now_ms,
		.limit = q->executions };
	struct execution_rows good = { NULL, 0, 0 };
	bool read = store_report_executions(st, &x, &h->executions, e);

	if (read && h->executions.len > 0) {
		h->has_last = true;
		h->last = h->executions.v[0];
	}
	x.limit = 1;
	x.good = true;
	read = read && store_report_executions(st, &x, &good, e);
	if (read && good.len > 0) {
		h->has_good = true;
		h->good = good.v[0];
	}
	execution_rows_free(&good);
	x.limit = 0;
	x.good = false;
	x.since_ms = q->now_ms - HEALTH_RECENT_MS;
	read = read && store_report_executions(st, &x, recent, e);
	for (size_t i = 0; read && i < recent->len; i++) {
		h->requests += recent->v[i].x.requests;
		h->rate_limited += recent->v[i].x.rate_limited;
	}
	return read;
}

static bool
is_gone(const struct health_query *q, const struct execution_row *r)
{
	int64_t heard_of = r->x.heartbeat_ms > r->x.started_ms
			       ? r->x.heartbeat_ms
			       : r->x.started_ms;
	bool known = false, lives = false;

	if (q->lives != NULL)
		lives = q->lives(r->x.host, r->x.pid, &known);
	if (known)
		return !lives;
	return !r->leased && q->now_ms - heard_of > UNLEASED_MS;
}

static void
look_at_runs(const struct health_query *q, const struct execution_rows *l,
    struct health_facts *f)
{
	size_t before = 0;

	for (size_t i = 0; i < l->len; i++) {
		const struct execution *x = &l->v[i].x;
		int64_t took = x->completed_ms - x->started_ms;

		if (x->status == EXECUTION_RUNNING) {
			if (is_gone(q, &l->v[i])) {
				if (f->gone == NULL)
					f->gone = x->id;
			} else if (q->now_ms - x->started_ms > f->running_ms)
				f->running_ms = q->now_ms - x->started_ms;
			continue;
		}
		if (!execution_good(x) || before++ >= PREDECESSORS)
			continue;
		f->has_before = true;
		if (took > f->longest_before_ms)
			f->longest_before_ms = took;
	}
}

/*
 * Of the last run that has ended.  Its log counts symbols, each of which has a
 * job or several; where not all of these are known the symbols must do.
 */
static bool
count_jobs(struct store *st, const struct execution_rows *l,
    struct health_facts *f, struct md_error *e)
{
	const struct execution *x = NULL;
	int64_t jobs = 0, failed = 0;

	for (size_t i = 0; x == NULL && i < l->len; i++)
		if (l->v[i].x.status != EXECUTION_RUNNING)
			x = &l->v[i].x;
	if (x == NULL)
		return true;
	if (!store_report_job_counts(st, x->id, &jobs, &failed, e))
		return false;
	f->has_finished = true;
	f->failed_run = x->id;
	if (jobs < x->total || x->failed == 0) {
		jobs = x->total;
		failed = x->failed;
	}
	f->jobs = jobs;
	f->failed_jobs = failed;
	return true;
}

/* -- failures -- */

/* Newest first; what is alike by name. */
static int
compare_failures(const void *a, const void *b)
{
	const struct failure_row *x = a, *y = b;
	int order;

	if (x->failed_ms != y->failed_ms)
		return x->failed_ms > y->failed_ms ? -1 : 1;
	order = strcmp(x->symbol, y->symbol);
	if (order != 0)
		return order;
	if (x->timeframe != y->timeframe)
		return (int)x->timeframe - (int)y->timeframe;
	return (int)x->kind - (int)y->kind;
}

bool
failures_read(struct store *st, int64_t since, int64_t now, size_t limit,
    struct failure_rows *out, struct md_error *e)
{
	memset(out, 0, sizeof(*out));
	if (!store_report_failures(st, since, now, out, e)) {
		failure_rows_free(out);
		return false;
	}
	if (out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), compare_failures);
	if (limit > 0 && out->len > limit)
		out->len = limit;
	return true;
}

/* -- suspicions -- */

/* How many of the kind; words: the first of them. */
static int64_t
count_suspicions(const struct suspicions *l, enum suspicion_kind kind,
    char *words, size_t size)
{
	int64_t n = 0;
	char date[11];

	for (size_t i = 0; i < l->len; i++) {
		const struct suspicion *s = &l->v[i];

		if (s->kind != kind || n++ > 0)
			continue;
		md_date_format(s->date, date);
		(void)snprintf(words, size, "%s on %s, %.125s", s->symbol, date,
		    s->detail);
	}
	return n;
}

/* "AAPL=2020-08-31", of the first doubtful one; "": its name would not stand in
 * a shell's command as it is. */
static void
first_split(const struct suspicions *l, char *out, size_t size)
{
	char date[11];

	for (size_t i = 0; i < l->len; i++) {
		const struct suspicion *s = &l->v[i];

		if (s->kind != SUSPICION_SPLIT || !run_id_valid(s->symbol))
			continue;
		md_date_format(s->date, date);
		(void)snprintf(out, size, "%s=%s", s->symbol, date);
		return;
	}
}

/* -- the series of an alert -- */

#define NAMED 3

/* How many have been met; the first are named. */
static void
name_one(size_t *n, const char *symbol, enum timeframe tf, struct alert *a)
{
	size_t at = strlen(a->series);

	if ((*n)++ < NAMED)
		(void)snprintf(a->series + at, sizeof(a->series) - at,
		    "%s%s %s", at > 0 ? ", " : "", symbol, timeframe_name(tf));
}

/* The marks are sorted, the worst first. */
static bool
is_of(const struct mark *m, enum alert_rule rule)
{
	if (rule == ALERT_NO_FEATURES)
		return !m->series->facts.has_features;
	return rule >= ALERT_RPO_CRITICAL && rule <= ALERT_RPO_LOW &&
	       (int)m->series->tier == (int)rule - (int)ALERT_RPO_CRITICAL &&
	       !m->rpo_met;
}

/* failed_run: the execution whose jobs failed; or null. */
static void
name_series(const struct health *h, const char *failed_run, struct alert *a)
{
	size_t n = 0, at;

	for (size_t i = 0; i < h->freshness.len; i++) {
		const struct mark *m = &h->freshness.v[i];

		if (is_of(m, a->rule))
			name_one(&n, m->series->symbol,
			    m->series->facts.timeframe, a);
	}
	for (size_t i = 0; i < h->failures.len; i++) {
		const struct failure_row *f = &h->failures.v[i];

		if (a->rule == ALERT_FAILED_JOBS && failed_run != NULL &&
		    f->kind == FAILURE_JOB &&
		    strcmp(f->execution_id, failed_run) == 0)
			name_one(&n, f->symbol, f->timeframe, a);
	}
	at = strlen(a->series);
	if (n > NAMED)
		(void)snprintf(a->series + at, sizeof(a->series) - at,
		    " and %zu more", n - NAMED);
}

/* -- the summary -- */

static bool
find_alerts(struct store *st, const struct health_query *q, struct health *h,
    const struct execution_rows *recent, struct md_error *e)
{
	char split[176] = "", dividend[176] = "", reuse[176] = "";
	char rename[176] = "", split_id[48] = "", held[HOLD_WORDS];
	/* Predecessors may be of before: the list that reaches further. */
	const struct execution_rows *runs =
	    h->executions.len > recent->len ? &h->executions : recent;
	struct health_facts f = {
		.has_good = h->has_good,
		.since_good_ms = q->now_ms - h->good.x.completed_ms,
		.series = (int64_t)h->freshness.len,
		.requests = h->requests,
		.db = q->db,
		.config = q->config,
		.rate_limited = h->rate_limited,
		.api =
		    h->probe.asked && !h->probe.good ? h->probe.message : NULL,
	};

	for (size_t i = 0; i < h->freshness.len; i++)
		f.without_features +=
		    !h->freshness.v[i].series->facts.has_features;
	f.standby = h->freshness.lag.standby;
	f.standby_connected = h->freshness.lag.connected;
	f.standby_known = h->freshness.lag.known;
	f.standby_lag_ms = h->freshness.lag.ms;
	f.refused = h->refused.windows;
	f.refused_series = h->refused.series;
	f.refusal = h->refused.worst;
	first_split(&h->suspicions, split_id, sizeof(split_id));
	f.split_id = split_id;
	f.split = split;
	f.dividend = dividend;
	f.reuse = reuse;
	f.splits = count_suspicions(&h->suspicions, SUSPICION_SPLIT, split,
	    sizeof(split));
	f.dividends = count_suspicions(&h->suspicions, SUSPICION_DIVIDEND,
	    dividend, sizeof(dividend));
	f.reused = count_suspicions(&h->suspicions, SUSPICION_REUSED, reuse,
	    sizeof(reuse));
	hold_words(&h->hold, held);
	f.held = h->hold.since_ms == 0 ? NULL : held;
	f.rename = rename;
	f.renamed = count_suspicions(&h->suspicions, SUSPICION_RENAMED, rename,
	    sizeof(rename));
	if (!count_jobs(st, runs, &f, e))
		return false;
	look_at_runs(q, runs, &f);
	memcpy(f.tiers, h->tiers, sizeof(f.tiers));
	h->alerts_len = alerts_find(q->bounds, &f, h->alerts);
	h->status = health_of(h->alerts, h->alerts_len);
	for (size_t i = 0; i < h->alerts_len; i++)
		name_series(h, f.failed_run, &h->alerts[i]);
	return true;
}

static bool
read_closures(struct store *st, const struct health_query *q,
    struct closures *out, struct md_error *e)
{
	const struct calendar *cal = q->rule.calendar;
	md_date today = calendar_date(cal, CLASS_STOCK, q->now_ms);
	size_t n = 0;

	if (!store_closures(st, out, e))
		return false;
	for (size_t i = 0; i < out->len; i++)
		if (out->v[i].date >= today &&
		    calendar_source(cal, out->v[i].date) != DAY_CONFIGURED)
			out->v[n++] = out->v[i];
	out->len = n;
	return true;
}

bool
health_read(struct store *st, const struct health_query *q,
    const struct probe *probe, struct health *out, struct md_error *e)
{
	struct execution_rows recent = { NULL, 0, 0 };
	bool good;

	memset(out, 0, sizeof(*out));
	out->now_ms = q->now_ms;
	out->rule = q->rule;
	out->objectives = q->objectives;
	out->bounds = q->bounds;
	out->probe = *probe;
	good = read_freshness(st, q, out, e) && count_symbols(out, e) &&
	       read_executions(st, q, out, &recent, e) &&
	       failures_read(st, q->now_ms - HEALTH_RECENT_MS, q->now_ms, 0,
		   &out->failures, e) &&
	       store_report_totals(st, q->now_ms, &out->totals, e) &&
	       store_report_doubtful_splits(st, &out->suspicions, e) &&
	       store_report_doubtful_dividends(st, &out->suspicions, e) &&
	       suspect_reused(st, &out->suspicions, e) &&
	       suspect_gone(st, q->rule.calendar, q->now_ms, &out->suspicions,
		   e) &&
	       store_report_dropped(st, q->now_ms - HEALTH_RECENT_MS, q->now_ms,
		   &out->suspicions, e) &&
	       refused_sum_up(st, q->rule.calendar, &out->refused, e) &&
	       read_closures(st, q, &out->closures, e) &&
	       store_hold_read(st, &out->hold, e);
	if (good) {
		count_marks(q, out);
		good = find_alerts(st, q, out, &recent, e);
	}
	if (!good)
		health_free(out);
	execution_rows_free(&recent);
	return good;
}

void
health_free(struct health *h)
{
	freshness_free(&h->freshness);
	execution_rows_free(&h->executions);
	failure_rows_free(&h->failures);
	suspicions_free(&h->suspicions);
	closures_free(&h->closures);
	compliance_days_free(&h->compliance);
}

/* -- recoveries -- */

struct measuring {
	struct store *st;
	struct success_gaps lulls;
	struct recoveries took[RTO_COUNT];
	int64_t broken[RTO_COUNT]; /* since when it is; 0: it is not */
	struct md_error *e;
};

static void
breaks(struct measuring *m, enum rto what, int64_t since)
{
	if (m->broken[what] == 0)
		m->broken[what] = since;
}

static bool
recovers(struct measuring *m, int64_t at)
{
	for (int i = 0; i < RTO_COUNT; i++) {
		if (m->broken[i] == 0)
			continue;
		if (!recoveries_add(&m->took[i], at - m->broken[i]))
			return md_nomem(m->e);
		m->broken[i] = 0;
	}
	return true;
}

/*
 * A run that ended without a word was marked by the next one, at that one's
 * time: it was last known to live when a job of it succeeded.
 */
static int64_t
broken_since(const struct execution *x, int64_t last)
{
	return x->completed_ms == 0 || execution_vanished(x) ? last
							     : x->completed_ms;
}

/* 429s have no time of their own in the log: the longest time without a
 * success of a run that had some is the most that they can have cost. */
static bool
measure_run(struct measuring *m, const struct execution *x)
{
	const struct success_gap *lull = success_gaps_find(&m->lulls, x->id);
	int64_t last = lull == NULL ? x->started_ms : lull->last_ms;
	bool good = execution_good(x);

	if (x->status == EXECUTION_RUNNING)
		return true;
	if (x->rate_limited > 0 && good && lull != NULL &&
	    lull->longest_ms > 0 &&
	    !recoveries_add(&m->took[RTO_RATE_LIMIT], lull->longest_ms))
		return md_nomem(m->e);
	if (good)
		return recovers(m, x->completed_ms);
	if (x->rate_limited > 0)
		breaks(m, RTO_RATE_LIMIT, last);
	breaks(m, store_ended(x) ? RTO_DATABASE_LOSS : RTO_SCHEDULER_CRASH,
	    broken_since(x, last));
	return true;
}

static bool
measure_runs(struct measuring *m, const struct health *h)
{
	struct execution_query q = { .until_ms = h->now_ms,
		.since_ms = h->now_ms - h->objectives->window_ms };
	struct execution_rows l = { NULL, 0, 0 };
	bool good =
	    store_report_executions(m->st, &q, &l, m->e) &&
	    store_report_success_gaps(m->st, q.since_ms, &m->lulls, m->e);

	for (size_t i = l.len; good && i > 0; i--)
		good = measure_run(m, &l.v[i - 1].x);
	execution_rows_free(&l);
	return good;
}

static bool
measure_failures(struct measuring *m, const struct health *h)
{
	enum rto what = RTO_COMPUTATION_FAILURE;
	struct failure_rows l;
	bool good = failures_read(m->st, h->now_ms - h->objectives->window_ms,
	    h->now_ms, 0, &l, m->e);

	if (!good)
		return false;
	/* Newest first: the oldest open one is looked at last. */
	for (size_t i = 0; good && i < l.len; i++) {
		const struct failure_row *f = &l.v[i];

		if (f->kind != FAILURE_FEATURES)
			continue;
		if (!f->resolved)
			m->broken[what] = f->failed_ms;
		else if (f->resolved_ms != 0 &&
			 !recoveries_add(&m->took[what],
			     f->resolved_ms - f->failed_ms))
			good = md_nomem(m->e);
	}
	failure_rows_free(&l);
	return good;
}

bool
health_measure(struct store *st, struct health *h, struct md_error *e)
{
	const struct freshness_query q = {
		.rule = h->rule,
		.objectives = h->objectives,
		.now_ms = h->now_ms,
	};
	struct measuring m = { .st = st, .e = e };
	bool good =
	    measure_runs(&m, h) && measure_failures(&m, h) &&
	    compliance_read(st, &q, &h->freshness.rows, &h->compliance, e);

	for (int i = 0; i < RTO_COUNT; i++) {
		h->rto[i].recoveries =
		    recoveries_sum_up(&m.took[i], h->objectives->rto_ms[i]);
		h->rto[i].open_ms =
		    m.broken[i] == 0 ? 0 : h->now_ms - m.broken[i];
		recoveries_free(&m.took[i]);
	}
	success_gaps_free(&m.lulls);
	return good;
}
