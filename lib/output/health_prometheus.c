#include <math.h>

#include "base/metrics.h"
#include "output/health.h"
#include "output/health_budget.h"
#include "output/standby.h"

static void
gauge(FILE *f, const char *name, const char *help, double value)
{
	metric_head(f, name, "gauge", help);
	metric_sample(f, name, NULL, value);
}

static void
counter(FILE *f, const char *name, const char *help, int64_t value)
{
	metric_head(f, name, "counter", help);
	metric_sample(f, name, NULL, (double)value);
}

/* One sample with one label. */
static void
labelled(FILE *f, const char *name, const char *label, const char *is,
    double value)
{
	const char *labels[] = { label, is, NULL };

	metric_sample(f, name, labels, value);
}

/* The newest run, which is under way. */
static void
running(FILE *f, const struct health *h)
{
	const struct run_progress *p = &h->last.progress;
	double left = execution_left(&h->last, h->now_ms);

	metric_head(f, "mdkit_running_jobs", "gauge",
	    "Jobs of the run under way, by how far they are.");
	labelled(f, "mdkit_running_jobs", "status", "completed",
	    (double)(p->done - p->failed));
	labelled(f, "mdkit_running_jobs", "status", "failed",
	    (double)p->failed);
	labelled(f, "mdkit_running_jobs", "status", "in_progress",
	    (double)p->at_work);
	labelled(f, "mdkit_running_jobs", "status", "pending",
	    (double)(p->jobs - p->done - p->at_work));
	gauge(f, "mdkit_running_seconds", "How long it has been under way.",
	    execution_elapsed(&h->last, h->now_ms));
	if (!isnan(left))
		gauge(f, "mdkit_running_left_seconds",
		    "How long it will go on, if jobs take as long as before.",
		    left);
}

static void
executions(FILE *f, const struct health *h)
{
	const struct execution *x = &h->last.x;

	gauge(f, "mdkit_executions_running",
	    "Runs of mdbackfill that have not ended.",
	    (double)h->totals.executions[EXECUTION_RUNNING]);
	metric_head(f, "mdkit_executions_total", "counter",
	    "Runs of mdbackfill in the log, by how they ended.");
	for (int i = EXECUTION_RUNNING + 1; i <= EXECUTION_INTERRUPTED; i++)
		labelled(f, "mdkit_executions_total", "status",
		    execution_status_name((enum execution_status)i),
		    (double)h->totals.executions[i]);
	if (h->has_last) {
		gauge(f, "mdkit_last_execution_timestamp_seconds",
		    "When the last run started.", (double)x->started_ms / 1000);
		metric_head(f, "mdkit_last_execution_symbols", "gauge",
		    "Symbols of the last run, by what became of them.");
		labelled(f, "mdkit_last_execution_symbols", "result",
		    "successful", (double)x->successful);
		labelled(f, "mdkit_last_execution_symbols", "result", "failed",
		    (double)x->failed);
	}
	if (h->has_last && x->status == EXECUTION_RUNNING)
		running(f, h);
	if (h->has_last && x->status != EXECUTION_RUNNING)
		gauge(f, "mdkit_last_execution_duration_seconds",
		    "How long the last run took.", execution_seconds(x));
	if (h->has_good)
		gauge(f, "mdkit_last_success_timestamp_seconds",
		    "When the last good run ended.",
		    (double)h->good.x.completed_ms / 1000);
}

static void
totals(FILE *f, const struct health *h)
{
	const struct log_totals *t = &h->totals;

	counter(f, "mdkit_api_requests_total",
	    "Requests sent to the API by the runs in the log.", t->requests);
	counter(f, "mdkit_api_rate_limited_total",
	    "Answers of the API that said: too many requests.",
	    t->rate_limited);
	counter(f, "mdkit_api_retries_total", "Requests sent again.",
	    t->retries);
	counter(f, "mdkit_api_received_bytes_total",
	    "Bytes received from the API, as transferred.", t->bytes);
	counter(f, "mdkit_flat_files_read_total",
	    "Flat files read by the runs in the log.", t->files);
	counter(f, "mdkit_flat_files_received_bytes_total",
	    "Bytes of flat files, compressed as they are.", t->file_bytes);
	counter(f, "mdkit_flat_files_failed_total",
	    "Flat files that could not be had, or read.", t->files_failed);
	counter(f, "mdkit_bars_received_total",
	    "Bars received by the runs in the log.", t->records);
	gauge(f, "mdkit_feature_failures",
	    "Series whose features failed and were not computed since.",
	    (double)t->open_failures);
}

static void
freshness(FILE *f, const struct health *h)
{
	gauge(f, "mdkit_symbols", "Active symbols of the store.",
	    (double)h->symbols);
	metric_head(f, "mdkit_series", "gauge",
	    "Active series of the store, by how fresh they are.");
	for (int s = 0; s < STALENESS_COUNT; s++)
		labelled(f, "mdkit_series", "status",
		    staleness_name((enum staleness)s),
		    (double)h->freshness.counts[s]);
	gauge(f, "mdkit_provisional_series",
	    "Series whose newest bar may still change.",
	    (double)h->freshness.provisional);
	gauge(f, "mdkit_refused_windows",
	    "Windows of which only rows came that cannot be right.",
	    (double)h->refused.windows);
	gauge(f, "mdkit_refused_series", "Series with such windows.",
	    (double)h->refused.series);
	gauge(f, "mdkit_renamed_symbols",
	    "Active symbols that the API has by another name.",
	    (double)suspicions_count(&h->suspicions, SUSPICION_RENAMED));
	gauge(f, "mdkit_delisted_symbols",
	    "Active symbols that are delisted, of which nothing is late.",
	    (double)suspicions_count(&h->suspicions, SUSPICION_DELISTED));
	gauge(f, "mdkit_silent_symbols",
	    "Active symbols without a bar for ten sessions or more.",
	    (double)suspicions_count(&h->suspicions, SUSPICION_SILENT));
}

static void
tiers(FILE *f, const struct health *h)
{
	metric_head(f, "mdkit_rpo_seconds", "gauge",
	    "How old the data of a tier may be.");
	for (int t = 0; t < TIER_COUNT; t++)
		labelled(f, "mdkit_rpo_seconds", "tier",
		    tier_name((enum tier)t), (double)h->tiers[t].rpo_ms / 1000);
	metric_head(f, "mdkit_rpo_within_ratio", "gauge",
	    "Share of a tier's series that are within its objective.");
	for (int t = 0; t < TIER_COUNT; t++)
		if (h->tiers[t].series > 0)
			labelled(f, "mdkit_rpo_within_ratio", "tier",
			    tier_name((enum tier)t),
			    (double)h->tiers[t].within /
				(double)h->tiers[t].series);
	metric_head(f, "mdkit_rpo_worst_seconds", "gauge",
	    "Age of a tier's oldest series that is not missing.");
	for (int t = 0; t < TIER_COUNT; t++)
		if (h->tiers[t].series > h->tiers[t].missing)
			labelled(f, "mdkit_rpo_worst_seconds", "tier",
			    tier_name((enum tier)t),
			    (double)h->tiers[t].worst_ms / 1000);
}

static void
recoveries(FILE *f, const struct health *h)
{
	metric_head(f, "mdkit_rto_seconds", "gauge",
	    "How long the recovery from an event may take.");
	for (int i = 0; i < RTO_COUNT; i++)
		labelled(f, "mdkit_rto_seconds", "event", rto_name((enum rto)i),
		    (double)h->objectives->rto_ms[i] / 1000);
	metric_head(f, "mdkit_recoveries", "gauge",
	    "Recoveries from an event within the window measured.");
	for (int i = 0; i < RTO_COUNT; i++)
		labelled(f, "mdkit_recoveries", "event", rto_name((enum rto)i),
		    (double)h->rto[i].recoveries.count);
	metric_head(f, "mdkit_recovery_worst_seconds", "gauge",
	    "The longest of those recoveries.");
	for (int i = 0; i < RTO_COUNT; i++)
		if (h->rto[i].recoveries.count > 0)
			labelled(f, "mdkit_recovery_worst_seconds", "event",
			    rto_name((enum rto)i),
			    (double)h->rto[i].recoveries.worst_ms / 1000);
}

static bool
speaks(const struct health *h, enum alert_rule rule)
{
	for (size_t i = 0; i < h->alerts_len; i++)
		if (h->alerts[i].rule == rule)
			return true;
	return false;
}

static void
alerts(FILE *f, const struct health *h)
{
	gauge(f, "mdkit_health_status", "0 healthy, 1 degraded, 2 critical.",
	    (double)h->status);
	metric_head(f, "mdkit_alert_active", "gauge",
	    "Whether a rule gives an alert.");
	for (int i = 0; i < ALERT_RULES; i++) {
		enum alert_rule rule = (enum alert_rule)i;
		const char *labels[] = { "rule", alert_rule_name(rule), "level",
			alert_level_name(alert_rule_level(rule)), NULL };

		metric_sample(f, "mdkit_alert_active", labels, speaks(h, rule));
	}
}

void
output_health_prometheus(FILE *f, const struct health *h,
    const struct report_view *view)
{
	(void)view;
	alerts(f, h);
	executions(f, h);
	gauge(f, "mdkit_on_hold",
	    "Whether an operator has put the runs on hold.",
	    h->hold.since_ms != 0);
	if (h->hold.since_ms != 0)
		gauge(f, "mdkit_on_hold_since_timestamp_seconds",
		    "Since when the runs are on hold.",
		    (double)h->hold.since_ms / 1000);
	totals(f, h);
	freshness(f, h);
	standby_metrics(f, &h->freshness.lag);
	tiers(f, h);
	output_health_budget_metrics(f, h);
	recoveries(f, h);
	if (h->probe.asked)
		gauge(f, "mdkit_api_up", "Whether the API answered just now.",
		    h->probe.good);
	gauge(f, "mdkit_report_timestamp_seconds", "When this was looked at.",
	    (double)h->now_ms / 1000);
}
