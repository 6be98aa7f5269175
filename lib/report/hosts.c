#include "report/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "store/report.h"

static struct host_row *
find(struct host_rows *l, const char *host)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].last.x.host, host) == 0)
			return &l->v[i];
	return NULL;
}

static int64_t
held(const struct lease_counts *l, const char *execution_id)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->v[i].execution_id, execution_id) == 0)
			return l->v[i].leases;
	return 0;
}

static void
count(struct host_row *h, const struct execution_row *r, int64_t now_ms)
{
	const struct execution *x = &r->x;
	int64_t end = x->completed_ms != 0 ? x->completed_ms : now_ms;

	h->runs++;
	switch (x->status) {
	case EXECUTION_RUNNING:
		h->running++;
		break;
	case EXECUTION_COMPLETED:
	case EXECUTION_COMPLETED_WITH_ERRORS:
		h->good++;
		break;
	case EXECUTION_FAILED:
		h->failed++;
		break;
	case EXECUTION_INTERRUPTED:
		h->interrupted++;
		break;
	}
	h->requests += x->requests;
	h->rate_limited += x->rate_limited;
	h->bytes += x->bytes;
	h->records += x->bars.received;
	if (end > x->started_ms)
		h->busy_ms += end - x->started_ms;
}

bool
hosts_read(struct store *st, int64_t since_ms, int64_t now_ms,
    struct host_rows *out, struct md_error *e)
{
	struct execution_query q = { .since_ms = since_ms, .until_ms = now_ms };
	struct execution_rows runs = { NULL, 0, 0 };
	struct lease_counts leases = { NULL, 0, 0 };
	bool good = store_report_executions(st, &q, &runs, e) &&
		    store_report_leases(st, now_ms, &leases, e);

	/* Newest first: so are the hosts, and the run that made each. */
	for (size_t i = 0; good && i < runs.len; i++) {
		struct host_row *h = find(out, runs.v[i].x.host);

		if (h == NULL) {
			h = host_rows_append(out);
			if (h == NULL) {
				good = md_nomem(e);
				break;
			}
			h->last = runs.v[i];
		}
		count(h, &runs.v[i], now_ms);
		h->leases += held(&leases, runs.v[i].x.id);
	}
	execution_rows_free(&runs);
	lease_counts_free(&leases);
	return good;
}
