/*
 * Answers with bars: what the scanner accepts it reads as jansson does, and
 * whatever is read is what a bar or a refusal can be.
 */
#include <math.h>

#include "answer/page.h"
#include "fuzz.h"

static bool
same_double(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
must_be_same_bar(const struct bar *a, const struct bar *b)
{
	must(a->t == b->t);
	must(same_double(a->o, b->o));
	must(same_double(a->h, b->h));
	must(same_double(a->l, b->l));
	must(same_double(a->c, b->c));
	must(same_double(a->v, b->v));
	must(same_double(a->vw, b->vw));
	must(a->n == b->n);
}

static void
must_be_same(const struct page *a, const struct page *b)
{
	must(a->len == b->len);
	must(a->refused_len == b->refused_len);
	must(a->results_count == b->results_count);
	must(same_text(a->ticker, b->ticker));
	must(same_text(a->status, b->status));
	must(same_text(a->message, b->message));
	must(same_text(a->next_url, b->next_url));
	for (size_t i = 0; i < a->len; i++) {
		must_be_same_bar(&a->bars[i], &b->bars[i]);
		must(!a->named ||
		     strcmp(a->names[i].text, b->names[i].text) == 0);
	}
	for (size_t i = 0; i < a->refused_len; i++) {
		must(strcmp(a->refused[i].raw, b->refused[i].raw) == 0);
		must(strcmp(a->refused[i].reason, b->refused[i].reason) == 0);
		must(a->refused[i].has_t == b->refused[i].has_t);
		must(a->refused[i].t == b->refused[i].t);
		must(strcmp(a->refused[i].name.text, b->refused[i].name.text) ==
		     0);
	}
}

static void
must_be_bar(const struct bar *b)
{
	const double v[] = { b->o, b->h, b->l, b->c };

	for (size_t i = 0; i < COUNT(v); i++)
		must(isfinite(v[i]) && !(v[i] == 0 && signbit(v[i])));
	must(!isinf(b->v) && !isinf(b->vw));
	must(b->n >= -1);
}

static void
must_be_page(const struct page *p, bool good, const struct md_error *e)
{
	if (!good) {
		must_tell(e);
		must(e->code == MD_EDATA);
		must(p->len == 0 && p->refused_len == 0);
		must(p->status == NULL && p->next_url == NULL);
		return;
	}
	must(p->results_count >= -1);
	must(p->next_url == NULL || p->next_url[0] != '\0');
	for (size_t i = 0; i < p->len; i++)
		must_be_bar(&p->bars[i]);
	for (size_t i = 0; i < p->refused_len; i++) {
		must(strlen(p->refused[i].raw) <= 1024);
		must(p->refused[i].reason != NULL);
	}
}

static void
both_ways(const char *text, size_t len, bool named)
{
	struct page scanned = PAGE_INIT, decoded = PAGE_INIT,
		    parsed = PAGE_INIT;
	struct md_error e = { MD_OK, "" };
	bool quick, good;

	scanned.named = decoded.named = parsed.named = named;
	quick = page_scan(&scanned, text, len);
	good = page_decode(&decoded, text, len, &e);
	must_be_page(&decoded, good, &e);
	if (quick) {
		must(good);
		must_be_same(&scanned, &decoded);
	} else
		must(scanned.len == 0 && scanned.status == NULL);
	e = (struct md_error){ MD_OK, "" };
	must(page_parse(&parsed, text, len, &e) == good);
	must_be_same(&parsed, &decoded);
	page_free(&scanned);
	page_free(&decoded);
	page_free(&parsed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	both_ways((const char *)data, size, false);
	both_ways((const char *)data, size, true);
	return 0;
}
