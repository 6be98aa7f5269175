/*
 * mdhealth --hosts: who runs, holds and did what.
 */
#include "base/csv.h"
#include "base/json.h"
#include "base/mdtime.h"
#include "output/health.h"

enum {
	HOST_NAME,
	HOST_STARTED,
	HOST_STATUS,
	HOST_RUNNING,
	HOST_LEASES,
	HOST_RUNS,
	HOST_GOOD,
	HOST_FAILED,
	HOST_INTERRUPTED,
	HOST_RECORDS,
	HOST_REQUESTS,
	HOST_LIMITED,
	HOST_BUSY,
	HOST_NOW,
};

static const struct table_column columns[] = {
	[HOST_NAME] = { "host", "HOST", .width = -16, .brief = 12,
	    .grows = true },
	[HOST_STARTED] = { "started", "LAST RUN", .width = -20, .brief = 16,
	    .leaves = 11 },
	[HOST_STATUS] = { "status", "STATUS", .width = -21 },
	[HOST_RUNNING] = { "running", "RUNNING", .width = 7, .leaves = 10 },
	[HOST_LEASES] = { "leases", "HOLDS", .width = 6, .leaves = 9 },
	[HOST_RUNS] = { "runs", "RUNS", .width = 6, .leaves = 7 },
	[HOST_GOOD] = { "good", "GOOD", .width = 6, .leaves = 6 },
	[HOST_FAILED] = { "failed", "FAILED", .width = 6, .leaves = 8 },
	[HOST_INTERRUPTED] = { "interrupted", "STOPPED", .width = 7,
	    .leaves = 3 },
	[HOST_RECORDS] = { "records", "RECORDS", .width = 11, .leaves = 5 },
	[HOST_REQUESTS] = { "requests", "REQUESTS", .width = 9, .leaves = 4 },
	[HOST_LIMITED] = { "limited", "LIMITED", .width = 7, .leaves = 1 },
	[HOST_BUSY] = { "busy", "BUSY", .width = 12, .leaves = 2 },
	[HOST_NOW] = { "now", NULL, .width = 0 },
};

const struct table_kind output_health_hosts = TABLE_KIND(columns);

static void
fill(const void *rows, size_t row, size_t column, struct table_cell *out)
{
	const struct host_report *r = rows;
	const struct host_row *h = &r->hosts->v[row];
	const struct execution *x = &h->last.x;

	switch (column) {
	case HOST_NAME:
		table_text(out, x->host);
		break;
	case HOST_STARTED:
		table_time(out, x->started_ms);
		break;
	case HOST_STATUS:
		table_text(out, execution_status_name(x->status));
		break;
	case HOST_RUNNING:
		table_int(out, h->running);
		break;
	case HOST_LEASES:
		table_int(out, h->leases);
		break;
	case HOST_RUNS:
		table_int(out, h->runs);
		break;
	case HOST_GOOD:
		table_int(out, h->good);
		break;
	case HOST_FAILED:
		table_int(out, h->failed);
		break;
	case HOST_INTERRUPTED:
		table_int(out, h->interrupted);
		break;
	case HOST_RECORDS:
		table_int(out, h->records);
		break;
	case HOST_REQUESTS:
		table_int(out, h->requests);
		break;
	case HOST_LIMITED:
		table_percent(out, percent_of(h->rate_limited, h->requests));
		break;
	case HOST_BUSY:
		table_span(out, (double)h->busy_ms / 1000);
		break;
	default:
		if (x->status == EXECUTION_RUNNING)
			execution_words(&h->last, r->now_ms, out->text);
		else
			table_text(out, x->message);
		break;
	}
}

void
output_health_table_hosts(FILE *f, const struct host_report *r,
    const struct report_view *view)
{
	table_write(f, &output_health_hosts, r, r->hosts->len, fill, view);
}

static void
put_json(struct json_writer *w, const struct host_row *h)
{
	const struct execution *x = &h->last.x;

	json_object_begin(w, NULL);
	json_text(w, "host", x->host);
	json_text(w, "last_execution_id", x->id);
	json_time(w, "last_started_at", x->started_ms);
	json_time(w, "last_completed_at", x->completed_ms);
	json_time(w, "last_heartbeat_at", x->heartbeat_ms);
	json_text(w, "last_status", execution_status_name(x->status));
	json_int(w, "last_pid", x->pid);
	json_int(w, "running_count", h->running);
	json_int(w, "lease_count", h->leases);
	json_int(w, "run_count", h->runs);
	json_int(w, "good_count", h->good);
	json_int(w, "failed_count", h->failed);
	json_int(w, "interrupted_count", h->interrupted);
	json_int(w, "records_processed", h->records);
	json_int(w, "total_requests", h->requests);
	json_int(w, "rate_limited_count", h->rate_limited);
	json_int(w, "bytes_received", h->bytes);
	json_number(w, "busy_seconds", (double)h->busy_ms / 1000);
	json_object_end(w);
}

void
output_health_json_hosts(FILE *f, const struct host_report *r,
    const struct report_view *view)
{
	struct json_writer w;

	(void)view;
	json_start(&w, f);
	json_object_begin(&w, NULL);
	json_time(&w, "timestamp", r->now_ms);
	json_number(&w, "window_seconds", (double)r->window_ms / 1000);
	json_array_begin(&w, "hosts");
	for (size_t i = 0; i < r->hosts->len; i++)
		put_json(&w, &r->hosts->v[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_finish(&w);
}

static void
csv_time_or_empty(struct csv_writer *w, int64_t ms)
{
	if (ms == 0)
		csv_empty(w);
	else
		csv_time(w, ms);
}

void
output_health_csv_hosts(FILE *f, const struct host_report *r,
    const struct report_view *view)
{
	struct csv_writer w;

	(void)view;
	fputs("host,last_execution_id,last_started_at,last_completed_at,"
	      "last_status,running_count,lease_count,run_count,good_count,"
	      "failed_count,interrupted_count,records_processed,"
	      "total_requests,rate_limited_count,bytes_received,"
	      "busy_seconds\n",
	    f);
	csv_start(&w, f);
	for (size_t i = 0; i < r->hosts->len; i++) {
		const struct host_row *h = &r->hosts->v[i];
		const struct execution *x = &h->last.x;

		csv_text(&w, x->host);
		csv_text(&w, x->id);
		csv_time_or_empty(&w, x->started_ms);
		csv_time_or_empty(&w, x->completed_ms);
		csv_text(&w, execution_status_name(x->status));
		csv_int(&w, h->running);
		csv_int(&w, h->leases);
		csv_int(&w, h->runs);
		csv_int(&w, h->good);
		csv_int(&w, h->failed);
		csv_int(&w, h->interrupted);
		csv_int(&w, h->records);
		csv_int(&w, h->requests);
		csv_int(&w, h->rate_limited);
		csv_int(&w, h->bytes);
		csv_number(&w, (double)h->busy_ms / 1000);
		csv_end(&w);
	}
}
