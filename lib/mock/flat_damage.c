#include "mock/flat_damage.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/mdtime.h"
#include "base/number.h"
#include "sys/gzip.h"

#define COLUMNS_MAX 16

struct line {
	const char *text; /* with its newline */
	size_t len;
};

ARRAY_OF(lines, struct line);

/* Which columns are the close, the open and the time; -1: none. */
struct columns {
	int open, close, time;
};

static bool
cut_lines(const struct buf *b, struct lines *out)
{
	const char *p = buf_str(b), *end = p + b->len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline == NULL ? end : newline + 1;
		struct line *l = lines_append(out);

		if (l == NULL)
			return false;
		*l = (struct line){ p, (size_t)(next - p) };
		p = next;
	}
	return true;
}

/* Where its fields begin; its end is the last. */
static int
cut_fields(const struct line *l, size_t at[COLUMNS_MAX + 1])
{
	int n = 0;

	at[n++] = 0;
	for (size_t i = 0; i < l->len && n < COLUMNS_MAX; i++)
		if (l->text[i] == ',')
			at[n++] = i + 1;
	at[n] = l->len;
	return n;
}

static bool
is_column(const struct line *l, const size_t *at, int i, const char *name)
{
	size_t len = strlen(name);

	return at[i + 1] - at[i] > len &&
	       memcmp(l->text + at[i], name, len) == 0 &&
	       strchr(",\r\n", l->text[at[i] + len]) != NULL;
}

static struct columns
find_columns(const struct line *header)
{
	struct columns c = { -1, -1, -1 };
	size_t at[COLUMNS_MAX + 1];
	int n = cut_fields(header, at);

	for (int i = 0; i < n; i++)
		if (is_column(header, at, i, "open"))
			c.open = i;
		else if (is_column(header, at, i, "close"))
			c.close = i;
		else if (is_column(header, at, i, "window_start"))
			c.time = i;
	return c;
}

/* -- rows -- */

static void
put_line(struct buf *b, const struct line *l)
{
	buf_append(b, l->text, l->len);
}

/* Closed where it opened, which is as possible a price. */
static void
put_restated(struct buf *b, const struct line *l, const struct columns *c)
{
	size_t at[COLUMNS_MAX + 1];
	int n = cut_fields(l, at);

	if (c->open < 0 || c->close < 0 || c->open + 1 >= n ||
	    c->close + 1 >= n) {
		put_line(b, l);
		return;
	}
	buf_append(b, l->text, at[c->close]);
	buf_append(b, l->text + at[c->open], at[c->open + 1] - at[c->open]);
	buf_append(b, l->text + at[c->close + 1], l->len - at[c->close + 1]);
}

static void
put_day_before(struct buf *b, const struct line *l, const struct columns *c)
{
	size_t at[COLUMNS_MAX + 1];
	int n = cut_fields(l, at);
	char text[24];
	int64_t ns;
	size_t len;

	if (c->time < 0 || c->time >= n) {
		put_line(b, l);
		return;
	}
	len = strspn(l->text + at[c->time], "0123456789");
	(void)snprintf(text, sizeof(text), "%.*s", (int)len,
	    l->text + at[c->time]);
	if (len >= sizeof(text) || !number_parse_int(text, 0, INT64_MAX, &ns)) {
		put_line(b, l);
		return;
	}
	buf_append(b, l->text, at[c->time]);
	buf_printf(b, "%lld", (long long)(ns - MD_DAY * 1000000));
	buf_append(b, l->text + at[c->time] + len, l->len - at[c->time] - len);
}

static void
put_rows(struct buf *b, const struct lines *all, enum fault_kind kind)
{
	struct columns c = find_columns(&all->v[0]);
	size_t rows = all->len - 1, middle = 1 + rows / 2;

	put_line(b, &all->v[0]);
	for (size_t i = 1; i <= rows; i++) {
		const struct line *l = &all->v[i];

		if (kind == FAULT_EMPTY ||
		    (kind == FAULT_SHORT && i > rows / 3))
			break;
		if (kind == FAULT_UNORDERED)
			l = &all->v[1 + (i - 1 + rows / 2) % rows];
		if (kind == FAULT_REPLACED)
			put_restated(b, l, &c);
		else if (kind == FAULT_OTHERDAY)
			put_day_before(b, l, &c);
		else
			put_line(b, l);
		if (i == middle && kind == FAULT_DUPLICATE)
			put_line(b, l);
		if (i == middle && kind == FAULT_CONFLICTING)
			put_restated(b, l, &c);
	}
}

/* -- files -- */

static bool
unpack(const struct buf *packed, struct buf *out, struct md_error *e)
{
	FILE *f =
	    packed->len == 0 ? NULL : fmemopen(packed->data, packed->len, "rb");
	struct gunzip *g = NULL;
	size_t len = 1;
	bool good;

	if (f == NULL)
		return md_nomem(e);
	good = gunzip_create(&g, f, e);
	while (good && len > 0) {
		good =
		    buf_reserve(out, 65536)
			? gunzip_read(g, out->data + out->len, 65536, &len, e)
			: md_nomem(e);
		if (good)
			out->len += len;
	}
	if (good)
		out->data[out->len] = '\0';
	gunzip_destroy(&g);
	return good;
}

static bool
damage_rows(struct buf *file, enum fault_kind kind, struct md_error *e)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct lines all = { NULL, 0, 0 };
	bool good = unpack(file, &text, e);

	if (good && !cut_lines(&text, &all))
		good = md_nomem(e);
	if (good && all.len > 0) {
		put_rows(&out, &all, kind);
		good = buf_ok(&out) && gzip_buf(&out) ? true : md_nomem(e);
		if (good) {
			buf_free(file);
			*file = out;
			out = (struct buf)BUF_INIT;
		}
	}
	lines_free(&all);
	buf_free(&text);
	buf_free(&out);
	return good;
}

/* As many bytes as before, some of them others. */
static void
damage_bytes(struct buf *file)
{
	for (size_t i = file->len / 2; i < file->len && i < file->len / 2 + 16;
	     i++)
		file->data[i] = (char)~file->data[i];
}

static bool
is_of_rows(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_SHORT:
	case FAULT_REPLACED:
	case FAULT_OTHERDAY:
	case FAULT_DUPLICATE:
	case FAULT_CONFLICTING:
	case FAULT_UNORDERED:
	case FAULT_EMPTY:
		return true;
	default:
		return false;
	}
}

bool
flat_is_damaged(const struct fault *f)
{
	bool damaged = false;

	for (size_t i = 0; f != NULL && i < f->effects; i++)
		damaged = damaged || is_of_rows(f->effect[i].kind) ||
			  f->effect[i].kind == FAULT_BADGZIP;
	return damaged;
}

bool
flat_damage(struct buf *file, const struct fault *f, struct md_error *e)
{
	for (size_t i = 0; i < f->effects; i++)
		if (is_of_rows(f->effect[i].kind) &&
		    !damage_rows(file, f->effect[i].kind, e))
			return false;
	if (fault_has(f, FAULT_BADGZIP) != NULL)
		damage_bytes(file);
	return true;
}
