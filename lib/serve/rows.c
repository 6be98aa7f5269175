/*
 * The rows of a series as they were asked for: bars or features, of all hours
 * as they are stored, or in one pass like that of mdbars.
 */
#include <stdlib.h>

#include "base/mdtime.h"
#include "output/rows.h"
#include "serve/internal.h"
#include "store/report.h"

/* -- a row -- */

struct rows {
	struct buf text;
	struct buf line; /* one before columns are chosen from it */
	struct series_facts *facts;
	bool csv;
	struct adjustments adjustments;
	size_t at;                        /* in them: bars come in order */
	struct adjustment_list dividends; /* for the total return alone */
	size_t dividends_at;
};

/* Is it one of those that were asked for?  One more only shows that there
 * is. */
static bool
begin_row(struct rows *r, int64_t t)
{
	if (r->facts->count == (size_t)r->facts->params.limit) {
		r->facts->more = true;
		return false;
	}
	if (!r->csv && r->facts->count > 0)
		buf_puts(&r->text, ",\n");
	r->facts->count++;
	r->facts->last = t;
	return true;
}

/* What a row is written to. */
static struct buf *
row_to(struct rows *r)
{
	if (r->facts->params.columns == 0)
		return &r->text;
	buf_clear(&r->line);
	return &r->line;
}

/* It was written: take the chosen columns of it. */
static bool
end_row(struct rows *r)
{
	const struct serve_params *p = &r->facts->params;

	if (p->columns == 0)
		return buf_ok(&r->text);
	if (!buf_ok(&r->line) || r->line.len < 2)
		return false;
	if (!r->csv) {
		r->line.data[r->line.len - 1] = '\n'; /* for the brace */
		buf_putc(&r->text, '{');
	}
	columns_put(&r->text, r->line.data + (r->csv ? 0 : 1), p->column,
	    p->columns);
	buf_putc(&r->text, r->csv ? '\n' : '}');
	return buf_ok(&r->text);
}

static bool
put_bar(struct rows *r, const struct bar *b)
{
	if (r->csv)
		rows_csv_bar(row_to(r), b);
	else
		rows_json_bar(row_to(r), b);
	return end_row(r);
}

static bool
put_features(struct rows *r, const struct features *f)
{
	if (r->csv)
		rows_csv_feature(row_to(r), f);
	else
		rows_json_features(row_to(r), f);
	return end_row(r);
}

static bool
each_bar(void *ctx, const struct bar *bar)
{
	struct rows *r = ctx;
	struct bar b = *bar;

	if (!begin_row(r, b.t))
		return true;
	/* As after all splits, like the view market_data. */
	if (r->facts->params.prices != PRICES_RAW)
		adjustments_apply(r->adjustments.v, r->adjustments.len,
		    split_adjust, &r->at, &b);
	if (r->facts->params.prices == PRICES_TOTAL)
		/* And as after all dividends, like market_data_total. */
		adjustments_apply(r->dividends.v, r->dividends.len,
		    dividend_adjust, &r->dividends_at, &b);
	return put_bar(r, &b);
}

static bool
each_features(void *ctx, const struct features *f)
{
	struct rows *r = ctx;

	return !begin_row(r, f->t) || put_features(r, f);
}

/* -- rows of some hours, or as of a time -- */

/* A row of a pass that goes from the oldest on. */
struct passed {
	struct bar bar;
	struct features features;
};

/* The newest of them, for who wants the newest first. */
struct newest {
	struct rows *rows;
	struct passed *v; /* a ring */
	size_t size, seen;
};

/* Of rows of features, those that have any. */
static bool
is_wanted(const struct rows *r, const struct bars_row *row)
{
	return !r->facts->features || row->features != NULL;
}

static bool
put_passed(struct rows *r, const struct bar *b, const struct features *f)
{
	if (!begin_row(r, b->t))
		return false;
	return r->facts->features ? put_features(r, f) : put_bar(r, b);
}

static bool
each_ascending(void *ctx, const struct bars_row *row)
{
	struct rows *r = ctx;

	return !is_wanted(r, row) || put_passed(r, &row->bar, row->features);
}

static bool
each_newest(void *ctx, const struct bars_row *row)
{
	struct newest *n = ctx;
	struct passed *p = &n->v[n->seen % n->size];

	if (!is_wanted(n->rows, row))
		return true;
	p->bar = row->bar;
	if (row->features != NULL)
		p->features = *row->features;
	n->seen++;
	return true;
}

static struct bars_query
query_of(const struct visit *v, const struct series_facts *f)
{
	const struct serve_params *p = &f->params;
	struct bars_query q = { .adjusted = (unsigned)p->prices,
		.hours = p->hours,
		.features = f->features,
		.calendar = v->rule.calendar,
		.now_ms = v->now_ms,
		.as_of_ms = p->as_of };

	q.from.kind = q.to.kind = BARS_END_TIME;
	serve_params_range(p, &q.from.ms, &q.to.ms);
	return q;
}

/* How far back so many bars go that have some hours of the day, about. */
static int64_t
first_span(const struct series_facts *f)
{
	return (f->params.limit + 1) *
		   timeframe_nominal_ms(f->params.timeframe) * 8 +
	       7 * MD_DAY;
}

/* Looks further and further back, until there are as many as wanted. */
static bool
read_newest(struct visit *v, struct newest *n, const struct bars_series *s,
    struct md_error *e)
{
	struct bars_query q = query_of(v, n->rows->facts);
	const int64_t oldest = q.from.ms;
	int64_t end = s->source.facts.newest_ts + 1, rows;
	int64_t span = first_span(n->rows->facts);

	if (q.to.ms < end)
		end = q.to.ms;
	do {
		n->seen = 0;
		q.from.ms = oldest;
		/* Nothing is older than 200 years. */
		if (span < 200 * 366 * MD_DAY && end - span > oldest)
			q.from.ms = end - span;
		if (!bars_read(v->reader->store, &q, s, each_newest, n, &rows,
			e))
			return false;
		span *= 4;
	} while (n->seen < n->size && q.from.ms > oldest);
	return true;
}

static bool
read_descending(struct visit *v, struct rows *r, const struct bars_series *s,
    struct md_error *e)
{
	struct newest n = { r, NULL, (size_t)r->facts->params.limit + 1, 0 };
	bool good = true, more = true;

	n.v = calloc(n.size, sizeof(*n.v));
	if (n.v == NULL)
		return md_nomem(e);
	good = read_newest(v, &n, s, e);
	for (size_t i = 0; good && more && i < n.seen && i < n.size; i++) {
		const struct passed *p = &n.v[(n.seen - 1 - i) % n.size];

		more = put_passed(r, &p->bar, &p->features);
	}
	free(n.v);
	return good;
}

static bool
read_passed(struct visit *v, struct rows *r, const struct bars_series *s,
    struct md_error *e)
{
	const struct bars_query q = query_of(v, r->facts);
	int64_t rows;

	if (q.from.ms >= q.to.ms)
		return true;
	if (!r->facts->params.ascending)
		return read_descending(v, r, s, e);
	return bars_read(v->reader->store, &q, s, each_ascending, r, &rows, e);
}

/* -- all of them -- */

void
serve_rows_names(struct buf *b, const struct serve_params *p, bool features)
{
	const char *names = features ? rows_csv_features : rows_csv_bars;

	if (p->columns > 0) {
		columns_put(b, names, p->column, p->columns);
		buf_putc(b, '\n');
	} else
		buf_puts(b, names);
}

static bool
read_rows(struct visit *v, struct rows *r, const struct bars_series *s,
    struct md_error *e)
{
	struct store *st = v->reader->store;
	const struct serve_params *p = &r->facts->params;
	struct read_query q = {
		.series_id = r->facts->row.id,
		.descending = !p->ascending,
		.limit = p->limit + 1,
	};

	serve_params_range(p, &q.from, &q.to);
	if (r->csv)
		serve_rows_names(&r->text, p, r->facts->features);
	if (serve_params_pass(p))
		return read_passed(v, r, s, e);
	if (r->facts->features)
		return store_read_features(st, &q, each_features, r, e);
	return store_adjustments(st, r->facts->row.symbol, &r->adjustments,
		   e) &&
	       (p->prices != PRICES_TOTAL ||
		   store_dividend_adjustments(st, r->facts->row.symbol,
		       &r->dividends, e)) &&
	       store_read_bars(st, &q, each_bar, r, e);
}

static void
rows_free(struct rows *r)
{
	adjustment_list_free(&r->dividends);
	buf_free(&r->line);
	buf_free(&r->text);
}

struct httpd_body *
serve_rows_make(struct visit *v, struct series_facts *f,
    const struct bars_series *s, struct md_error *e)
{
	struct rows r = { .text = BUF_INIT,
		.line = BUF_INIT,
		.facts = f,
		.csv = v->csv };
	struct httpd_body *body = NULL;
	size_t len;

	/* At once what most need, so that it need not be moved. */
	(void)buf_reserve(&r.text,
	    (size_t)(f->params.limit < SERVE_ROWS ? f->params.limit
						  : SERVE_ROWS) *
		    (f->features ? 448 : 192) +
		4096);
	if (!read_rows(v, &r, s, e)) {
		rows_free(&r);
		return NULL;
	}
	if (!v->csv)
		buf_puts(&r.text, f->count > 0 ? "\n" : "");
	(void)buf_reserve(&r.text, 1);
	len = r.text.len;
	if (buf_ok(&r.text)) {
		f->hash = serve_hash(r.text.data, len, len);
		body = httpd_body_create(buf_take(&r.text), len);
	}
	if (body == NULL)
		(void)md_nomem(e);
	rows_free(&r);
	return body;
}
