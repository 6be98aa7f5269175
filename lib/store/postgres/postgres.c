#include "store/postgres/postgres.h"
#include "store/ops.h"

#include <stdlib.h>
#include <string.h>

static void
postgres_close(struct store *base)
{
	struct postgres_store *st = (struct postgres_store *)base;

	PQfinish(st->db);
	merge_free(&st->base.merge);
	free(st->url);
	free(st);
}

static void
postgres_limit_waiting(struct store *base, int64_t ms)
{
	struct postgres_store *st = (struct postgres_store *)base;

	if (ms < atomic_load(&st->patience_ms))
		atomic_store(&st->patience_ms, ms);
}

static const struct store_ops postgres_ops = {
	.close = postgres_close,
	.keep = postgres_keep,
	.series = postgres_series,
	.claim = postgres_claim,
	.claim_unrequested = postgres_claim_unrequested,
	.grouped_deny = postgres_grouped_deny,
	.grouped_denied = postgres_grouped_denied,
	.release = postgres_release,
	.renew = postgres_renew,
	.limit_waiting = postgres_limit_waiting,
	.budget_reserve_slots = postgres_budget_reserve_slots,
	.budget_limited = postgres_budget_limited,
	.budget_read = postgres_budget_read,
	.budget_join = postgres_budget_join,
	.budget_leave = postgres_budget_leave,
	.put_splits = postgres_put_splits,
	.derive_adjustments = postgres_derive_adjustments,
	.split_confirm = postgres_split_confirm,
	.report_doubtful_splits = postgres_report_doubtful_splits,
	.report_holes = postgres_report_holes,
	.features_pending = postgres_features_pending,
	.features_expire = postgres_features_expire,
	.series_lacking_features = postgres_series_lacking_features,
	.features_put = postgres_features_put,
	.features_fail = postgres_features_fail,
	.features_current = postgres_features_current,
	.adjustments = postgres_adjustments,
	.bars = postgres_bars,
	.bars_before = postgres_bars_before,
	/* -- reports -- */
	.report_begin = postgres_report_begin,
	.report_end = postgres_report_end,
	.report_series = postgres_report_series,
	.report_coverage = postgres_report_coverage,
	.report_bar_times = postgres_report_bar_times,
	.report_executions = postgres_report_executions,
	.report_totals = postgres_report_totals,
	.report_job_counts = postgres_report_job_counts,
	.report_jobs = postgres_report_jobs,
	.report_success_gaps = postgres_report_success_gaps,
	.report_failures = postgres_report_failures,
	/* -- readers -- */
	.version = postgres_version,
	.read_series = postgres_read_series,
	.read_bars = postgres_read_bars,
	.read_features = postgres_read_features,
	.request_put = postgres_request_put,
	.requests = postgres_requests,
	.request_clear = postgres_request_clear,
};

/*
 * The URI is named in messages and seen in lists of processes: one that holds
 * a password is refused, wherever it comes from.
 */
static bool
check_uri(const char *uri, struct md_error *e)
{
	PQconninfoOption *options = PQconninfoParse(uri, NULL);
	bool secret = false;

	/* Why is not told: libpq's words may quote a password. */
	if (options == NULL)
		return md_fail(e, MD_EUSAGE,
		    "--db: not a URI that libpq understands: expected "
		    "postgresql://[USER@]HOST[:PORT]/DATABASE[?KEY=VALUE]");
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL && o->val[0] != '\0' &&
		    (strcmp(o->keyword, "password") == 0 ||
			strcmp(o->keyword, "sslpassword") == 0))
			secret = true;
	PQconninfoFree(options);
	if (secret)
		return md_fail(e, MD_EUSAGE,
		    "--db: expected a URI without a password, which others "
		    "could see: put it into ~/.pgpass, PGPASSWORD or a "
		    "service file");
	return true;
}

bool
store_postgres_open(const char *uri, bool readonly, struct store **out,
    struct md_error *e)
{
	struct postgres_store *st;
	bool there = false;

	*out = NULL;
	if (!check_uri(uri, e))
		return false;
	st = calloc(1, sizeof(*st));
	if (st == NULL || (st->url = strdup(uri)) == NULL) {
		free(st);
		return md_nomem(e);
	}
	st->base.ops = &postgres_ops;
	st->base.sql = &postgres_driver;
	st->base.name = st->url;
	atomic_store(&st->patience_ms, PATIENCE_MS);
	st->readonly = readonly;
	if (!postgres_connect_first(st, e) ||
	    !postgres_check_schema(st, &there, e)) {
		postgres_close(&st->base);
		return false;
	}
	if (there)
		*out = &st->base;
	else
		postgres_close(&st->base);
	return true;
}
