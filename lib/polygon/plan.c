#include "polygon/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "answer/list.h"
#include "base/mdtime.h"
#include "polygon/polygon.h"

/* For all calls together. */
#define PATIENCE_MS (20 * MD_SECOND)

/* A symbol that every plan for stocks has, and for very long. */
#define TICKER "AAPL"

static const char *const names[PLAN_PARTS] = {
	[PLAN_HISTORY] = "history",
	[PLAN_TODAY] = "today",
	[PLAN_GROUPED] = "grouped",
	[PLAN_SPLITS] = "splits",
	[PLAN_DIVIDENDS] = "dividends",
	[PLAN_TICKERS] = "tickers",
	[PLAN_FLATFILES] = "flat_files",
};

static const char *const statuses[PLAN_STATUSES] = {
	[PLAN_NOT_ASKED] = "not_asked",
	[PLAN_YES] = "yes",
	[PLAN_NO] = "no",
	[PLAN_ABSENT] = "absent",
	[PLAN_UNKNOWN] = "unknown",
};

const char *
plan_part_name(enum plan_part part)
{
	return names[part];
}

const char *
plan_status_name(enum plan_status status)
{
	return statuses[status];
}

void
plan_pace_words(const struct plan_probe *p, char text[LESSON_TEXT_SIZE])
{
	const struct limit_lesson *l = &p->known;

	if (l->per_minute > 0 || l->per_second > 0 || l->most > 0)
		lesson_describe(l, text);
	else
		(void)snprintf(text, LESSON_TEXT_SIZE,
		    p->limited
			? "limited after %lld calls; a run of mdbackfill "
			  "learns to what"
			: "no limit in %lld calls; a run of mdbackfill learns "
			  "it",
		    (long long)p->calls);
}

struct probing {
	const struct plan_question *q;
	struct plan_probe *out;
	struct polygon *polygon;
	int64_t began; /* monotonic ms */
	/* Of the call under way. */
	bool ended;
	struct md_error error;
	size_t bars;
	int64_t first_ms; /* of the first bar */
	bool delayed;
};

/* -- one call after the other -- */

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct probing *p = ctx;

	p->ended = true;
	p->error = *e;
}

/* A row of whatever list: only that there is one is asked. */
static bool
pass_row(void *ctx, const json_t *row, const char **reason)
{
	(void)ctx, (void)row, (void)reason;
	return true;
}

static enum polygon_next
on_list(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct list_answer a;
	enum polygon_next next = POLYGON_STOP;

	(void)ctx, (void)next_url;
	if (list_answer_read(&a, "a list", pass_row, NULL, body, len, e)) {
		md_printable(a.status);
		next = polygon_judge_status(a.status, NULL, e);
	} else
		md_printable(e->text);
	list_answer_free(&a);
	return next;
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct probing *p = ctx;

	(void)last, (void)e;
	for (size_t i = 0; i < page->len; i++)
		if (p->bars + i == 0 || page->bars[i].t < p->first_ms)
			p->first_ms = page->bars[i].t;
	p->bars += page->len;
	p->delayed = p->delayed || strcmp(page->status, "DELAYED") == 0;
	return true;
}

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	(void)ctx, (void)excerpt, (void)why;
}

static const struct aggs_handler bars_handler = { on_page, on_unreadable,
	on_ended };
static const struct polygon_handler list_handler = { on_list, on_ended };

/* May there be one more? */
static bool
may_call(struct probing *p)
{
	const struct limit_lesson *l = &p->q->known;

	/* One call came before these. */
	return !p->out->limited &&
	       (l->per_minute == 0 || p->out->calls + 1 < l->per_minute) &&
	       md_monotonic_ms() - p->began < PATIENCE_MS;
}

/* Its end, whatever that is: p->error. */
static void
finish(struct probing *p, bool begun)
{
	struct md_error why;

	if (!begun)
		return;
	p->out->calls++;
	while (!p->ended) {
		bool late = md_monotonic_ms() - p->began >= PATIENCE_MS;

		p->out->limited = p->out->limited ||
				  polygon_counts(p->polygon)->rate_limited > 0;
		if (p->out->limited)
			(void)md_fail(&why, MD_EAPI,
			    "HTTP 429, too many requests");
		else if (late)
			(void)md_fail(&why, MD_ENET, "no answer in time");
		else if (polygon_step(p->polygon, 100, &why))
			continue;
		polygon_cancel(p->polygon, &why);
	}
	p->out->limited =
	    p->out->limited || polygon_counts(p->polygon)->rate_limited > 0;
}

static bool
begin(struct probing *p)
{
	p->ended = false;
	p->error = (struct md_error){ MD_OK, "" };
	p->bars = 0;
	p->delayed = false;
	return may_call(p) ||
	       md_fail(&p->error, MD_EAPI,
		   "not asked: the key's limit of requests, or the time, is "
		   "used up");
}

static void
ask_list(struct probing *p, const char *path)
{
	if (begin(p))
		finish(p, polygon_get(p->polygon, "", path, &list_handler, p,
			      &p->error));
}

static void
ask_bars(struct probing *p, enum timeframe tf, int64_t from, int64_t to)
{
	const struct aggs_query q = { TICKER, tf, from, to };

	if (begin(p))
		finish(p,
		    polygon_aggs(p->polygon, &q, &bars_handler, p, &p->error));
}

/* -- what follows of it -- */

static enum plan_status
conclude(struct probing *p, enum plan_part part)
{
	struct plan_row *row = &p->out->rows[part];

	row->status = p->error.code == MD_OK        ? PLAN_YES
		      : p->error.code == MD_EDENIED ? PLAN_NO
		      : p->error.code == MD_EABSENT ? PLAN_ABSENT
						    : PLAN_UNKNOWN;
	(void)snprintf(row->detail, sizeof(row->detail), "%.230s",
	    p->error.code == MD_OK ? "" : p->error.text);
	md_printable(row->detail);
	return row->status;
}

__attribute__((format(printf, 4, 5))) static void
tell(struct probing *p, enum plan_part part, enum plan_status status,
    const char *fmt, ...)
{
	struct plan_row *row = &p->out->rows[part];
	va_list ap;

	row->status = status;
	va_start(ap, fmt);
	(void)vsnprintf(row->detail, sizeof(row->detail), fmt, ap);
	va_end(ap);
}

/* Months from some year on, later where a plan has no more. */
static void
probe_history(struct probing *p)
{
	static const int years[] = { 0, 10, 5, 2 };
	md_date today = (md_date)(p->q->now_ms / MD_DAY);
	char date[11];

	for (size_t i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
		md_date from = years[i] == 0 ? md_date_of(2003, 9, 1)
					     : today - years[i] * 365;

		ask_bars(p, TF_1MO,
		    calendar_midnight(p->q->calendar, CLASS_STOCK, from),
		    p->q->now_ms);
		if (conclude(p, PLAN_HISTORY) != PLAN_NO)
			break;
	}
	if (p->out->rows[PLAN_HISTORY].status != PLAN_YES)
		return;
	if (p->bars == 0) {
		tell(p, PLAN_HISTORY, PLAN_UNKNOWN, "no bar of " TICKER);
		return;
	}
	md_date_format(calendar_date(p->q->calendar, CLASS_STOCK, p->first_ms),
	    date);
	tell(p, PLAN_HISTORY, PLAN_YES, "bars since %s", date);
}

/* A minute of today's session, a while after it began. */
static void
probe_today(struct probing *p)
{
	const struct calendar *cal = p->q->calendar;
	md_date today = calendar_date(cal, CLASS_STOCK, p->q->now_ms);
	struct session s;

	if (!calendar_session(cal, today, &s) ||
	    p->q->now_ms < s.open_ms + 30 * MD_MINUTE) {
		tell(p, PLAN_TODAY, PLAN_UNKNOWN,
		    "not asked: no session of today has begun");
		return;
	}
	ask_bars(p, TF_1M, s.open_ms, s.open_ms + 10 * MD_MINUTE);
	switch (conclude(p, PLAN_TODAY)) {
	case PLAN_YES:
		if (p->bars == 0)
			tell(p, PLAN_TODAY, PLAN_UNKNOWN,
			    "no bar of " TICKER " today");
		else
			tell(p, PLAN_TODAY, PLAN_YES, "bars of today%s",
			    p->delayed ? ", delayed" : "");
		break;
	case PLAN_NO:
		tell(p, PLAN_TODAY, PLAN_NO, "bars at the end of the day");
		break;
	default:
		break;
	}
}

static void
probe_grouped(struct probing *p)
{
	const struct calendar *cal = p->q->calendar;
	md_date today = calendar_date(cal, CLASS_STOCK, p->q->now_ms);
	struct session s;
	char date[11];

	/* The last one may not be final yet. */
	if (!calendar_previous_session(cal, today - 1, &s))
		return;
	if (begin(p))
		finish(p, polygon_grouped(p->polygon, GROUPED_STOCKS, s.date,
			      &bars_handler, p, &p->error));
	if (conclude(p, PLAN_GROUPED) != PLAN_YES)
		return;
	md_date_format(s.date, date);
	tell(p, PLAN_GROUPED, PLAN_YES, "%zu stocks of %s in one call", p->bars,
	    date);
}

/* By the present endpoint, or the one before it. */
static void
probe_actions(struct probing *p, enum plan_part part, const char *present,
    const char *before)
{
	ask_list(p, present);
	if (conclude(p, part) != PLAN_ABSENT)
		return;
	ask_list(p, before);
	if (conclude(p, part) == PLAN_YES)
		tell(p, part, PLAN_YES, "by the endpoint of before, %.*s",
		    (int)strcspn(before, "?"), before);
}

void
plan_probe(const struct plan_question *q, struct plan_probe *out)
{
	const struct polygon_options o = {
		.base_url = q->base_url,
		.key = q->key,
		.trust = q->trust,
		.backoff = { 0, 0, 0 },
		.connect_timeout_ms = 5 * MD_SECOND,
		.stall_timeout_ms = 5 * MD_SECOND,
		.request_timeout_ms = 10 * MD_SECOND,
	};
	struct probing p = { .q = q, .out = out };
	struct md_error e;

	memset(out, 0, sizeof(*out));
	out->known = q->known;
	p.began = md_monotonic_ms();
	if (!polygon_create(&p.polygon, &o, &e))
		return;
	out->asked = true;
	probe_history(&p);
	probe_today(&p);
	probe_grouped(&p);
	probe_actions(&p, PLAN_SPLITS,
	    "/stocks/v1/splits?limit=1&ticker=" TICKER,
	    "/v3/reference/splits?limit=1&ticker=" TICKER);
	probe_actions(&p, PLAN_DIVIDENDS,
	    "/stocks/v1/dividends?limit=1&ticker=" TICKER,
	    "/v3/reference/dividends?limit=1&ticker=" TICKER);
	ask_list(&p, "/v3/reference/tickers?limit=1&ticker=" TICKER);
	(void)conclude(&p, PLAN_TICKERS);
	tell(&p, PLAN_FLATFILES, PLAN_NOT_ASKED, "they have keys of their own");
	polygon_destroy(&p.polygon);
}
