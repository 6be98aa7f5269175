/*
 * Rows of a flat file: neither where its text is cut nor which of the two ways
 * reads a row makes a difference, and a number is the one that is written.
 */
#include "../../lib/answer/flat.c"
#include "fuzz.h"

struct text {
	const char *at;
	size_t left, piece;
};

static bool
read_text(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	struct text *t = ctx;

	(void)e;
	*len = t->piece < t->left ? t->piece : t->left;
	if (*len > cap)
		*len = cap;
	if (*len > 0)
		memcpy(to, t->at, *len);
	t->at += *len;
	t->left -= *len;
	return true;
}

static bool
same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static void
same_bars(const struct bar *a, const struct bar *b)
{
	must(a->t == b->t && a->n == b->n && same(a->o, b->o) &&
	     same(a->h, b->h) && same(a->l, b->l) && same(a->c, b->c) &&
	     same(a->v, b->v) && isnan(a->vw) && isnan(b->vw));
}

static void
same_rows(const struct flat *a, const struct flat *b)
{
	struct bar x = { 0 }, y = { 0 }, z = { 0 };
	bool x_timed, y_timed, z_timed;
	int64_t t;
	const char *why = flat_bar(a, &x, &x_timed);

	must(a->ticker_len == b->ticker_len);
	must(a->ticker_len == 0 ||
	     memcmp(a->ticker, b->ticker, a->ticker_len) == 0);
	must(flat_bar(b, &y, &y_timed) == why && x_timed == y_timed);
	must(slow_bar(a, &z, &z_timed) == why && x_timed == z_timed);
	if (x_timed)
		must(flat_time(a, &t) && t == x.t && t == y.t && t == z.t);
	if (why != NULL)
		return;
	must(x_timed && x.t >= 0 && isfinite(x.o) && isfinite(x.c));
	must(x.n >= -1 && !isinf(x.v));
	same_bars(&x, &y);
	same_bars(&x, &z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flat a, b;
	struct input in = { data, size };
	size_t piece = 1 + input_byte(&in);
	struct text whole = { (const char *)in.at, in.left, SIZE_MAX };
	struct text cut = { whole.at, in.left, piece };
	struct flat_source sources[] = { { read_text, &whole },
		{ read_text, &cut } };
	struct md_error ea = { MD_OK, "" }, eb = { MD_OK, "" };
	bool good = flat_open(&a, &sources[0], &ea);
	enum flat_step step = FLAT_BROKEN;

	must(flat_open(&b, &sources[1], &eb) == good);
	while (good) {
		step = flat_next(&a, &ea);
		must(flat_next(&b, &eb) == step);
		good = step == FLAT_ROW;
		if (good)
			same_rows(&a, &b);
	}
	must(a.rows == b.rows);
	if (step == FLAT_BROKEN) {
		must_tell(&ea);
		must(strcmp(ea.text, eb.text) == 0);
	} else
		must(a.bytes == (int64_t)in.left && b.bytes == a.bytes);
	flat_close(&a);
	flat_close(&b);
	return 0;
}
