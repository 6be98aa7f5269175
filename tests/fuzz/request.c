/*
 * The target of a request, and the read API's parameters: what is understood
 * is in range, and the URL of the next page is understood as the same.
 */
#include "httpd/request.h"
#include "calendar.h"
#include "fuzz.h"
#include "serve/params.h"

#define ALL 0x1fffU

static void
next_page(const struct serve_params *p, const struct serve_scope *scope,
    const char *symbol)
{
	static const char path[] = "/api/v1/historical/";
	struct buf b = BUF_INIT;
	struct httpd_target *t;
	struct serve_params again;
	const char *name;
	struct md_error e = { MD_OK, "" };
	int64_t last = p->from, from, to;

	if (last < 0)
		last = 0;
	serve_params_next(p, path, symbol, true, last, &b);
	must(buf_ok(&b));
	t = httpd_target_parse(buf_str(&b));
	must(t != NULL);
	must(httpd_target_request(t)->segments == 4);
	must(strcmp(httpd_target_request(t)->segment[3], symbol) == 0);
	if (serve_params_read(httpd_target_request(t), ALL, scope, &again,
		&name, &e)) {
		must(again.timeframe == p->timeframe);
		must(again.limit == p->limit);
		must(again.ascending == p->ascending &&
		     again.prices == p->prices);
		must(again.has_from == p->has_from &&
		     again.has_to == p->has_to);
		must(again.from == p->from && again.to == p->to);
		must(again.has_cursor && again.cursor == last);
		must(again.has_clock == p->has_clock &&
		     again.clock == p->clock);
		must(again.hours == p->hours && again.as_of == p->as_of);
		must(again.columns == p->columns);
		for (size_t i = 0; i < p->columns; i++)
			must(again.column[i] == p->column[i]);
		serve_params_range(&again, &from, &to);
		must(!p->has_from || from >= p->from);
		must(!p->has_to || to <= p->to);
	} else
		/* A local date may be what a number may not. */
		must(p->from_is_date || p->to_is_date);
	httpd_target_destroy(&t);
	buf_free(&b);
}

static void
parameters(const struct httpd_request *q, enum asset_class class)
{
	const struct serve_scope scope = { .calendar = calendar_once(),
		.class = class,
		.limit_max = 50000,
		.columns = "ts,ts_ms,open,close\n" };
	struct serve_params p;
	char symbol[SYMBOL_MAX];
	const char *name = NULL;
	struct md_error e = { MD_OK, "" };

	if (!serve_params_read(q, ALL, &scope, &p, &name, &e)) {
		must_tell(&e);
		must(name != NULL);
		return;
	}
	must(p.timeframe < TF_COUNT);
	must(p.limit >= 0 && p.limit <= 50000);
	must(!p.has_from || !p.has_to || p.from < p.to);
	must(!p.has_cursor || p.cursor > INT64_MIN);
	if (symbol_normalize(q->segment[0], class, symbol, &e))
		next_page(&p, &scope, symbol);
	else
		must_tell(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *text = input_rest(&in);
	struct httpd_target *t = httpd_target_parse(text);
	const struct httpd_request *q;

	must(t != NULL);
	q = httpd_target_request(t);
	must(strcmp(q->target, text) == 0);
	must(q->segments > 0 && q->parameters <= HTTPD_PARAMETERS);
	for (size_t i = 0; i < q->segments && i < HTTPD_SEGMENTS; i++)
		must(strlen(q->segment[i]) <= size);
	for (size_t i = 0; i < q->parameters; i++)
		must(httpd_parameter(q, q->parameter[i].name) != NULL);
	parameters(q, CLASS_STOCK);
	parameters(q, CLASS_CRYPTO);
	httpd_target_destroy(&t);
	free(text);
	return 0;
}
