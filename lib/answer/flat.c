#include "answer/flat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer/page_internal.h"
#include "base/number.h"
#include "base/number_internal.h"

#define BUFFER ((size_t)256 << 10)

#define NS_PER_MS INT64_C(1000000)

static const struct {
	const char *name;
	bool needed;
} names[] = {
	[FLAT_TICKER] = { "ticker", true },
	[FLAT_OPEN] = { "open", true },
	[FLAT_CLOSE] = { "close", true },
	[FLAT_HIGH] = { "high", true },
	[FLAT_LOW] = { "low", true },
	[FLAT_START] = { "window_start", true },
	[FLAT_VOLUME] = { "volume", false },
	[FLAT_TRANSACTIONS] = { "transactions", false },
};

/* -- fields, one by one -- */

struct slice {
	const char *text;
	size_t len;
};

/* A quoted field, from its first quote on, without quotes at *to; null: it does
 * not end, or something follows its end. */
static const char *
unquote(const char *p, const char *end, char **to)
{
	for (p++; p < end; p++) {
		if (*p == '"' && (p + 1 == end || p[1] != '"'))
			break;
		if (*p == '"')
			p++;
		*(*to)++ = *p;
	}
	if (p == end)
		return NULL;
	p++;
	return p == end || *p == ',' ? p : NULL;
}

/*
 * All fields of a line, up to FLAT_COLUMNS_MAX; what was quoted lies at to,
 * which has room for the line.  More than that, or quotes that are amiss: 0.
 */
static size_t
split(const char *p, const char *end, char *to, struct slice *fields)
{
	size_t n = 0;

	for (;;) {
		struct slice *f = &fields[n];

		if (n++ == FLAT_COLUMNS_MAX)
			return 0;
		if (p < end && *p == '"') {
			f->text = to;
			p = unquote(p, end, &to);
			if (p == NULL)
				return 0;
			f->len = (size_t)(to - f->text);
		} else {
			const char *comma = memchr(p, ',', (size_t)(end - p));

			f->text = p;
			p = comma == NULL ? end : comma;
			f->len = (size_t)(p - f->text);
		}
		if (p == end)
			return n;
		p++;
	}
}

static const struct slice *
field_of(const struct flat *f, const struct slice *fields, enum flat_column c)
{
	for (size_t i = 0; i < f->columns_len; i++)
		if (f->columns[i] == c)
			return &fields[i];
	return NULL;
}

static bool
real_field(const struct slice *s, double *out)
{
	const char *p = s->text, *end = s->text + s->len;

	if (!number_scan(&p, end, out) || p != end)
		return false;
	*out = page_unsigned_zero(*out);
	return true;
}

/* Digits, and decimals that are all zeros: its end, or null. */
static const char *
whole_at(const char *p, const char *end, int64_t *out)
{
	const char *first = p;
	uint64_t m = 0;

	for (; p < end && number_is_digit(*p); p++)
		m = m * 10 + (uint64_t)(*p - '0');
	if (p == first || p - first > NUMBER_DIGITS + 1 || m > INT64_MAX ||
	    (*first == '0' && p - first > 1))
		return NULL;
	if (p < end && *p == '.') {
		const char *point = p++;

		while (p < end && *p == '0')
			p++;
		if (p == point + 1)
			return NULL;
	}
	*out = (int64_t)m;
	return p;
}

/* The same, or as a real that is exact. */
static bool
whole_field(const struct slice *s, int64_t *out)
{
	const double exact = 9007199254740992.0;
	double x;

	if (whole_at(s->text, s->text + s->len, out) == s->text + s->len)
		return true;
	if (!real_field(s, &x) || !(fabs(x) <= exact) || x != floor(x))
		return false;
	*out = (int64_t)x;
	return true;
}

/* -- the text -- */

/* More text behind what is left, which moves to the front. */
static bool
refill(struct flat *f, struct md_error *e)
{
	size_t n = 0;

	memmove(f->buf, f->buf + f->at, f->len - f->at);
	f->len -= f->at;
	f->at = 0;
	if (!f->source.read(f->source.ctx, f->buf + f->len, BUFFER - f->len, &n,
		e))
		return false;
	f->ended = n == 0;
	f->len += n;
	f->bytes += (int64_t)n;
	return true;
}

/* The next line, of which f->line_end is the end. */
static enum flat_step
next_line(struct flat *f, struct md_error *e)
{
	const char *end;

	while ((end = memchr(f->buf + f->at, '\n', f->len - f->at)) == NULL) {
		if (f->len - f->at > FLAT_LINE_MAX) {
			(void)md_fail(e, MD_EDATA, "a line of over %d bytes",
			    FLAT_LINE_MAX);
			return FLAT_BROKEN;
		}
		if (f->ended && f->at == f->len)
			return FLAT_END;
		if (f->ended) {
			(void)md_fail(e, MD_EDATA,
			    "it was cut: its last line does not end");
			return FLAT_BROKEN;
		}
		if (!refill(f, e))
			return FLAT_BROKEN;
	}
	f->line = f->buf + f->at;
	f->at = (size_t)(end - f->buf) + 1;
	f->line_end = end > f->line && end[-1] == '\r' ? end - 1 : end;
	if (f->line_end - f->line < FLAT_LINE_MAX)
		return FLAT_ROW;
	(void)md_fail(e, MD_EDATA, "a line of over %d bytes", FLAT_LINE_MAX);
	return FLAT_BROKEN;
}

/* -- the columns -- */

static enum flat_column
column_named(const struct slice *name)
{
	for (size_t i = 0; i < FLAT_OTHER; i++)
		if (strlen(names[i].name) == name->len &&
		    memcmp(names[i].name, name->text, name->len) == 0)
			return (enum flat_column)i;
	return FLAT_OTHER;
}

static bool
read_columns(struct flat *f, struct md_error *e)
{
	struct slice fields[FLAT_COLUMNS_MAX];
	unsigned seen = 0;

	/* What some programs write before UTF-8. */
	if (f->line_end - f->line >= 3 &&
	    memcmp(f->line, "\357\273\277", 3) == 0)
		f->line += 3;
	f->columns_len = split(f->line, f->line_end, f->unquoted, fields);
	if (f->columns_len == 0)
		return md_fail(e, MD_EDATA, "its first line names no columns");
	for (size_t i = 0; i < f->columns_len; i++) {
		enum flat_column c = column_named(&fields[i]);

		f->columns[i] = c;
		if (c != FLAT_OTHER && (seen & 1U << c) != 0)
			return md_fail(e, MD_EDATA, "it has two columns %s",
			    names[c].name);
		seen |= 1U << c;
	}
	for (size_t c = 0; c < FLAT_OTHER; c++)
		if (names[c].needed && (seen & 1U << c) == 0)
			return md_fail(e, MD_EDATA, "it has no column %s",
			    names[c].name);
	return true;
}

bool
flat_open(struct flat *f, const struct flat_source *source, struct md_error *e)
{
	memset(f, 0, offsetof(struct flat, unquoted));
	f->source = *source;
	f->buf = malloc(BUFFER);
	if (f->buf == NULL)
		return md_nomem(e);
	switch (next_line(f, e)) {
	case FLAT_ROW:
		return read_columns(f, e);
	case FLAT_END:
		return md_fail(e, MD_EDATA, "it is empty");
	case FLAT_BROKEN:
		break;
	}
	return false;
}

void
flat_close(struct flat *f)
{
	free(f->buf);
	f->buf = NULL;
}

/* -- rows -- */

/* The ticker where it is not simply what comes first; "": there is none. */
static void
find_ticker(struct flat *f)
{
	struct slice fields[FLAT_COLUMNS_MAX];
	size_t n = split(f->line, f->line_end, f->unquoted, fields);
	size_t at = (size_t)(field_of(f, fields, FLAT_TICKER) - fields);

	f->ticker = at < n ? fields[at].text : f->line;
	f->ticker_len = at < n ? fields[at].len : 0;
}

enum flat_step
flat_next(struct flat *f, struct md_error *e)
{
	const char *comma;
	enum flat_step step;

	do
		step = next_line(f, e);
	while (step == FLAT_ROW && f->line == f->line_end);
	if (step != FLAT_ROW)
		return step;
	f->rows++;
	comma = memchr(f->line, ',', (size_t)(f->line_end - f->line));
	if (f->columns[0] != FLAT_TICKER || *f->line == '"' || comma == NULL)
		find_ticker(f);
	else {
		f->ticker = f->line;
		f->ticker_len = (size_t)(comma - f->line);
	}
	return FLAT_ROW;
}

/* Past a field that nobody reads; null: it is quoted. */
static const char *
skip_field(const struct flat *f, const char *p)
{
	const char *comma;

	if (*p == '"')
		return NULL;
	comma = memchr(p, ',', (size_t)(f->line_end - p));
	return comma == NULL ? f->line_end : comma;
}

/* Nanoseconds in whole milliseconds. */
static bool
start_of(int64_t ns, int64_t *t)
{
	*t = ns / NS_PER_MS;
	return ns >= 0 && ns % NS_PER_MS == 0;
}

static const char *
start_at(const struct flat *f, const char *p, int64_t *t)
{
	int64_t ns;

	p = whole_at(p, f->line_end, &ns);
	return p != NULL && start_of(ns, t) ? p : NULL;
}

static const char *
value_at(const struct flat *f, size_t column, const char *p, struct bar *bar)
{
	switch (f->columns[column]) {
	case FLAT_OPEN:
		return number_usual(p, &bar->o);
	case FLAT_CLOSE:
		return number_usual(p, &bar->c);
	case FLAT_HIGH:
		return number_usual(p, &bar->h);
	case FLAT_LOW:
		return number_usual(p, &bar->l);
	case FLAT_VOLUME:
		return number_usual(p, &bar->v);
	case FLAT_START:
		return start_at(f, p, &bar->t);
	case FLAT_TRANSACTIONS:
		return whole_at(p, f->line_end, &bar->n);
	case FLAT_TICKER:
	case FLAT_OTHER:
		break;
	}
	return skip_field(f, p);
}

/* A row of plain numbers, where it lies.  A byte that is no digit ends the
 * line. */
static bool
usual_bar(const struct flat *f, struct bar *bar)
{
	const char *p = f->line;

	bar->v = bar->vw = NAN;
	bar->n = -1;
	for (size_t i = 0; i < f->columns_len; i++) {
		if (i > 0 && (p == f->line_end || *p++ != ','))
			return false;
		p = value_at(f, i, p, bar);
		if (p == NULL)
			return false;
	}
	return p == f->line_end;
}

/* The four that every bar has. */
static const char *
read_prices(const struct flat *f, const struct slice *fields, struct bar *bar)
{
	const struct {
		enum flat_column column;
		const char *missing, *not_number;
		double *to;
	} wanted[] = {
		{ FLAT_OPEN, "open is missing", "open is not a number",
		    &bar->o },
		{ FLAT_HIGH, "high is missing", "high is not a number",
		    &bar->h },
		{ FLAT_LOW, "low is missing", "low is not a number", &bar->l },
		{ FLAT_CLOSE, "close is missing", "close is not a number",
		    &bar->c },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct slice *s = field_of(f, fields, wanted[i].column);

		if (s->len == 0)
			return wanted[i].missing;
		if (!real_field(s, wanted[i].to))
			return wanted[i].not_number;
	}
	return NULL;
}

/* The two that may be absent. */
static const char *
read_extras(const struct flat *f, const struct slice *fields, struct bar *bar)
{
	const struct slice *v = field_of(f, fields, FLAT_VOLUME);
	const struct slice *n = field_of(f, fields, FLAT_TRANSACTIONS);

	bar->v = bar->vw = NAN;
	bar->n = -1;
	if (v != NULL && v->len > 0 && !real_field(v, &bar->v))
		return "volume is not a number";
	if (n != NULL && n->len > 0) {
		if (!whole_field(n, &bar->n))
			return "transactions is not a whole number";
		/* -1 would mean absent. */
		if (bar->n < 0)
			return "transactions is below zero";
	}
	return NULL;
}

static const char *
slow_bar(const struct flat *f, struct bar *bar, bool *has_t)
{
	struct slice fields[FLAT_COLUMNS_MAX];
	char unquoted[FLAT_LINE_MAX];
	const struct slice *start;
	const char *reason;
	int64_t ns;
	size_t n = split(f->line, f->line_end, unquoted, fields);

	*has_t = false;
	if (n == 0)
		return "its quotes are amiss";
	if (n != f->columns_len)
		return n < f->columns_len ? "fewer fields than columns"
					  : "more fields than columns";
	start = field_of(f, fields, FLAT_START);
	if (start->len == 0)
		return "window_start is missing";
	if (!whole_field(start, &ns))
		return "window_start is not a whole number";
	if (!start_of(ns, &bar->t))
		return "window_start is no whole millisecond since 1970";
	*has_t = true;
	reason = read_prices(f, fields, bar);
	return reason != NULL ? reason : read_extras(f, fields, bar);
}

const char *
flat_bar(const struct flat *f, struct bar *bar, bool *has_t)
{
	*has_t = usual_bar(f, bar);
	return *has_t ? NULL : slow_bar(f, bar, has_t);
}

/* Its time where it lies; false: it must be taken apart. */
static bool
usual_time(const struct flat *f, int64_t *t)
{
	const char *p = f->line, *end;

	for (size_t i = 0; f->columns[i] != FLAT_START; i++) {
		end = skip_field(f, p);
		if (end == NULL || end == f->line_end)
			return false;
		p = end + 1;
	}
	end = start_at(f, p, t);
	return end != NULL && (end == f->line_end || *end == ',');
}

bool
flat_time(const struct flat *f, int64_t *t)
{
	struct bar bar;
	bool has_t;

	if (usual_time(f, t))
		return true;
	(void)slow_bar(f, &bar, &has_t);
	*t = has_t ? bar.t : 0;
	return has_t;
}
