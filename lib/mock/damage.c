/*
 * What faults do to an answer's data, mostly to the row in the middle.
 */
#include <stdlib.h>
#include <string.h>

#include "mock/page.h"

typedef bool damage(struct mock_page *, const struct fault_effect *);

bool
mock_page_insert(struct mock_page *p, size_t at, struct bar b)
{
	size_t like = at > 0 ? at - 1 : 0;

	if (!bars_add(&p->bars, &b))
		return false;
	memmove(p->bars.bar + at + 1, p->bars.bar + at,
	    (p->bars.len - 1 - at) * sizeof(b));
	p->bars.bar[at] = b;
	if (p->names.len == 0)
		return true;
	if (!symbols_add(&p->names, p->names.symbol[p->names.len - 1]))
		return false;
	memmove(p->names.symbol + like + 1, p->names.symbol + like,
	    (p->names.len - 1 - like) * sizeof(*p->names.symbol));
	return true;
}

static struct bar *
middle(struct mock_page *p)
{
	return &p->bars.bar[p->bars.len / 2];
}

static bool
duplicate(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	return mock_page_insert(p, p->bars.len / 2 + 1, *middle(p));
}

static bool
conflicting(struct mock_page *p, const struct fault_effect *f)
{
	struct bar b = *middle(p);

	(void)f;
	/* Possible, but not the same. */
	b.c = b.c == b.h ? b.l : b.h;
	b.v += 1;
	return mock_page_insert(p, p->bars.len / 2 + 1, b);
}

static void
swap(struct mock_page *p, size_t i, size_t j)
{
	struct bar b = p->bars.bar[i];
	char name[SYMBOL_MAX];

	p->bars.bar[i] = p->bars.bar[j];
	p->bars.bar[j] = b;
	if (p->names.len == 0 || i == j)
		return;
	memcpy(name, p->names.symbol[i], sizeof(name));
	memcpy(p->names.symbol[i], p->names.symbol[j], sizeof(name));
	memcpy(p->names.symbol[j], name, sizeof(name));
}

static bool
unordered(struct mock_page *p, const struct fault_effect *f)
{
	uint64_t x = 88172645463325252u;

	(void)f;
	for (size_t i = p->bars.len; i-- > 1;) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		swap(p, i, x % (i + 1));
	}
	/* However it fell, the ends are the wrong way round. */
	if (p->bars.len > 1 &&
	    p->bars.bar[0].t < p->bars.bar[p->bars.len - 1].t)
		swap(p, 0, p->bars.len - 1);
	return true;
}

static bool
reversed(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	for (size_t i = 0, j = p->bars.len; i + 1 < j; i++)
		swap(p, i, --j);
	return true;
}

static bool
ticker(struct mock_page *p, const struct fault_effect *f)
{
	size_t len = strlen(f->text), max = sizeof(p->ticker) - 1;

	len = len < max ? len : max;
	memcpy(p->ticker, f->text, len);
	p->ticker[len] = '\0';
	return true;
}

static bool
outside(struct mock_page *p, const struct fault_effect *f)
{
	struct bar first = p->bars.bar[0];
	struct bar last = p->bars.bar[p->bars.len - 1];

	(void)f;
	first.t = p->before_ms;
	last.t = p->after_ms;
	return mock_page_insert(p, 0, first) &&
	       mock_page_insert(p, p->bars.len, last);
}

static void
offgrid(struct bar *b)
{
	b->t += MD_SECOND;
}

static void
highlow(struct bar *b)
{
	double h = b->h;

	b->h = b->l;
	b->l = h;
	if (b->h == b->l)
		b->l = h * 2;
}

static void
negative(struct bar *b)
{
	b->l = -b->l;
}

static bool
empty(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	p->bars.len = 0;
	p->splits.len = 0;
	p->dividends.len = 0;
	p->base = 0;
	free(p->next_url);
	p->next_url = NULL;
	return true;
}

static bool
delayed(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	p->status = "DELAYED";
	return true;
}

static void
next_is(struct mock_page *p, char **url)
{
	free(p->next_url);
	p->next_url = *url;
	*url = NULL;
}

static bool
emptypage(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	p->no_rows = true;
	next_is(p, &p->again_url);
	return true;
}

static bool
loop(struct mock_page *p, const struct fault_effect *f)
{
	(void)f;
	next_is(p, &p->self_url);
	return true;
}

static bool
foreign(struct mock_page *p, const struct fault_effect *f)
{
	struct buf url = BUF_INIT;
	const char *path;
	char *text;

	if (p->next_url == NULL)
		return true;
	path = strstr(p->next_url, "://");
	path = path == NULL ? NULL : strchr(path + 3, '/');
	buf_printf(&url, "%s%s", f->text, path == NULL ? "/" : path);
	if (!buf_ok(&url)) {
		buf_free(&url);
		return false;
	}
	text = buf_take(&url);
	next_is(p, &text);
	return true;
}

/* What a fault does: to the row in the middle, or to the page. */
static const struct {
	enum mock_row_fault writing; /* shows when the row is written */
	void (*bar)(struct bar *);
	damage *rows; /* needs one */
	damage *page;
} damages[] = {
	[FAULT_TYPES] = { .writing = ROW_FAULT_TYPES },
	[FAULT_NAN] = { .writing = ROW_FAULT_NAN },
	[FAULT_MISSING] = { .writing = ROW_FAULT_MISSING },
	[FAULT_NUL] = { .writing = ROW_FAULT_NUL },
	[FAULT_OFFGRID] = { .bar = offgrid },
	[FAULT_HIGHLOW] = { .bar = highlow },
	[FAULT_NEGATIVE] = { .bar = negative },
	[FAULT_DUPLICATE] = { .rows = duplicate },
	[FAULT_CONFLICTING] = { .rows = conflicting },
	[FAULT_UNORDERED] = { .rows = unordered },
	[FAULT_REVERSED] = { .rows = reversed },
	[FAULT_OUTSIDE] = { .rows = outside },
	[FAULT_TICKER] = { .page = ticker },
	[FAULT_EMPTY] = { .page = empty },
	[FAULT_DELAYED] = { .page = delayed },
	[FAULT_EMPTYPAGE] = { .page = emptypage },
	[FAULT_LOOP] = { .page = loop },
	[FAULT_FOREIGN] = { .page = foreign },
};

bool
mock_page_damage(struct mock_page *p, const struct fault_effect *f)
{
	size_t k = (size_t)f->kind;
	bool rows = p->bars.len > 0;

	if (k >= sizeof(damages) / sizeof(damages[0]))
		return true;
	if (rows && damages[k].writing != ROW_FAULT_NONE) {
		p->row_fault = damages[k].writing;
		p->odd = p->bars.len / 2;
	}
	if (rows && damages[k].bar != NULL)
		damages[k].bar(middle(p));
	if (rows && damages[k].rows != NULL && !damages[k].rows(p, f))
		return false;
	return damages[k].page == NULL || damages[k].page(p, f);
}
