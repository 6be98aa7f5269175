/*
 * The page of a series: its last bars as a picture, and what is known of it.
 */
#include <string.h>

#include "base/mdtime.h"
#include "output/bars.h"
#include "output/series_html.h"
#include "report/bars.h"
#include "serve/internal.h"

#define CANDLES 160 /* of the newest bars */

/* As mdbackfill has them when nothing else is said. */
#define DAYS     30
#define REASK_MS (5 * MD_MINUTE)

/* -- the picture -- */

static bool
note_start(void *ctx, const struct bar *b)
{
	*(int64_t *)ctx = b->t;
	return true;
}

static bool
each_row(void *ctx, const struct bars_row *r)
{
	return bars_writer_row(ctx, r);
}

static bool
draw(struct bars_writer *w, struct store *st, const struct bars_query *q,
    const struct series_row *row, FILE *f, struct md_error *e)
{
	const struct output_bars_options how = { .query = q,
		.series = 1,
		.names = "" };
	const struct bars_series series = { *row, *row };
	int64_t rows;

	if (bars_writer_begin(w, output_bars_find("svg"), &how, f) &&
	    bars_writer_series(w, row) &&
	    !bars_read(st, q, &series, each_row, w, &rows, e))
		return false;
	return bars_writer_end(w) || md_nomem(e);
}

/* What cannot be written to memory has failed for want of it. */
static bool
picture(struct visit *v, const struct series_report *r, FILE *f,
    struct md_error *e)
{
	struct bars_query q = { .calendar = v->rule.calendar,
		.now_ms = v->now_ms };
	const struct read_query newest = { .series_id = r->row.id,
		.from = INT64_MIN,
		.to = v->serve->report->has_as_of ? v->now_ms : INT64_MAX,
		.descending = true,
		.limit = CANDLES };
	struct bars_writer w;
	int64_t first = 0;
	bool good;

	if (!store_read_bars(v->reader->store, &newest, note_start, &first, e))
		return false;
	q.from.kind = BARS_END_TIME;
	q.from.ms = first;
	/* What came later was not there then. */
	if (v->serve->report->has_as_of) {
		q.to.kind = BARS_END_TIME;
		q.to.ms = v->now_ms;
	}
	memset(&w, 0, sizeof(w));
	good = draw(&w, v->reader->store, &q, &r->row, f, e);
	bars_writer_free(&w);
	return good;
}

/* -- the page -- */

static struct answer *
write_page(struct visit *v, const struct series_report *r, struct md_error *e)
{
	struct text_stream s;
	struct html p = { NULL, v->now_ms, &v->serve->report->page };
	struct buf unused = BUF_INIT;

	if (!text_stream_open(&s)) {
		(void)md_nomem(e);
		return NULL;
	}
	p.f = s.f;
	output_series_begin(&p, r);
	if (!r->row.facts.has_bars)
		fputs("<p>None yet.</p>\n", s.f);
	else if (!picture(v, r, s.f, e)) {
		(void)text_stream_close(&s, &unused);
		buf_free(&unused);
		return NULL;
	}
	output_series_end(&p, r);
	return answer_finish(v, &s, "text/html; charset=utf-8", true, e);
}

/* The series that the path names; false when the visit has been answered. */
static bool
named(struct visit *v, char symbol[SYMBOL_MAX], enum timeframe *tf)
{
	struct md_error bad;

	if (!symbol_normalize(v->part, symbol_class(v->part), symbol, &bad)) {
		reply_problem(v->response, 400, "symbol", bad.text);
		return false;
	}
	if (!timeframe_parse(v->second, strlen(v->second), tf)) {
		reply_problem(v->response, 400, "timeframe",
		    "expected one of " TF_NAMES);
		return false;
	}
	return true;
}

struct answer *
serve_series_page(struct visit *v, struct md_error *e)
{
	struct series_query q = {
		.rule = v->rule,
		.finality = { .settle_ms = v->rule.settle_ms,
		    .reask_ms = REASK_MS },
		.days = DAYS,
		.now_ms = v->now_ms,
	};
	char symbol[SYMBOL_MAX];
	struct series_report r;
	struct answer *a = NULL;
	enum timeframe tf;
	bool found = false;

	if (!named(v, symbol, &tf))
		return NULL;
	if (series_report_read(v->reader->store, &q, symbol, tf, &r, &found,
		e)) {
		if (found)
			a = write_page(v, &r, e);
		else
			reply_problem(v->response, 404, NULL,
			    "the store has no such series");
	}
	series_report_free(&r);
	return a;
}
