/*
 * The scanner of pages: strict JSON of the usual shape, and at anything else
 * "not recognised".
 *
 * Positions are pointers; a null one means not recognised.  text[len - 1] is
 * the '}' that closes the page, so whatever runs over digits or white space
 * stops there: until that brace is taken, a position is always readable.
 */
#include <math.h>
#include <string.h>

#include "answer/page.h"
#include "answer/page_internal.h"
#include "base/number.h"
#include "base/number_internal.h"

/* Does the constant text stand at p? */
#define STANDS(p, end, text)                                                   \
	((size_t)((end) - (p)) > sizeof(text) - 1 &&                           \
	    memcmp((p), (text), sizeof(text) - 1) == 0)

struct slice {
	const char *text;
	size_t len;
};

static inline const char *
skip_space(const char *p)
{
	while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
		p++;
	return p;
}

/* What number_usual() leaves.  jansson reads an integer as int64. */
static const char *
real_slowly(const char *p, const char *end, double *out)
{
	const char *q = p;
	double x;

	if (!number_scan(&q, end, &x))
		return NULL;
	if (q - p > NUMBER_DIGITS && memchr(p, '.', (size_t)(q - p)) == NULL &&
	    memchr(p, 'e', (size_t)(q - p)) == NULL &&
	    memchr(p, 'E', (size_t)(q - p)) == NULL)
		return NULL;
	*out = page_unsigned_zero(x);
	return q;
}

/* A number, as number_scan() reads it. */
static inline const char *
real_at(const char *p, const char *end, double *out)
{
	const char *past = number_usual(p, out);

	return past != NULL ? past : real_slowly(p, end, out);
}

/* A whole number without a sign. */
static inline const char *
integer_at(const char *p, int64_t *out)
{
	const char *first = p;
	uint64_t m = 0;

	for (; number_is_digit(*p); p++)
		m = m * 10 + (uint64_t)(*p - '0');
	if (p == first || p - first > NUMBER_DIGITS ||
	    (*first == '0' && p - first > 1))
		return NULL;
	if (*p == '.' || *p == 'e' || *p == 'E')
		return NULL;
	*out = (int64_t)m;
	return p;
}

/* A string of plain ASCII without escapes; *s is what is in the quotes. */
static const char *
string_at(const char *p, const char *end, struct slice *s)
{
	if (*p != '"')
		return NULL;
	s->text = ++p;
	for (; p < end && *p != '"'; p++)
		if (*p < ' ' || *p > '~' || *p == '\\')
			return NULL;
	if (p == end)
		return NULL;
	s->len = (size_t)(p - s->text);
	return p + 1;
}

/* A member's name and the colon, up to the value. */
static const char *
name_at(const char *p, const char *end, struct slice *name)
{
	p = string_at(p, end, name);
	if (p == NULL)
		return NULL;
	p = skip_space(p);
	return *p == ':' ? skip_space(p + 1) : NULL;
}

static bool
is(const struct slice *s, const char *name)
{
	return s->len == strlen(name) && memcmp(s->text, name, s->len) == 0;
}

/* A value that nobody asked for. */
static const char *
skip_scalar(const char *p, const char *end)
{
	struct slice s;
	double x;

	if (*p == '"')
		return string_at(p, end, &s);
	if (STANDS(p, end, "true") || STANDS(p, end, "null"))
		return p + 4;
	if (STANDS(p, end, "false"))
		return p + 5;
	return real_at(p, end, &x);
}

/*
 * After a value: *more and the next value's start past a comma, or the
 * position past the closing bracket.
 */
static const char *
next_at(const char *p, char close, bool *more)
{
	p = skip_space(p);
	*more = *p == ',';
	if (*more)
		return skip_space(p + 1);
	return *p == close ? p + 1 : NULL;
}

/* One that is a letter, or 'w' for "vw"; 0 for any other. */
static char
member_letter(const struct slice *name)
{
	if (name->len == 1 && memchr("tohlcvnT", name->text[0], 8) != NULL)
		return name->text[0];
	return is(name, "vw") ? 'w' : '\0';
}

static const char *
member_value(char letter, const char *p, const char *end, struct bar *bar,
    struct slice *whose)
{
	switch (letter) {
	case 'T':
		return *p == '"' ? string_at(p, end, whose)
				 : skip_scalar(p, end);
	case 't':
		return integer_at(p, &bar->t);
	case 'n':
		return integer_at(p, &bar->n);
	case 'o':
		return real_at(p, end, &bar->o);
	case 'h':
		return real_at(p, end, &bar->h);
	case 'l':
		return real_at(p, end, &bar->l);
	case 'c':
		return real_at(p, end, &bar->c);
	case 'v':
		return real_at(p, end, &bar->v);
	case 'w':
		return real_at(p, end, &bar->vw);
	default:
		return skip_scalar(p, end);
	}
}

/* A row in any order; *whose its "T", or null text. */
static const char *
row_at(const char *p, const char *end, struct bar *bar, struct slice *whose)
{
	static const char letters[] = "tohlcvwnT";
	const unsigned wanted = (1U << 5) - 1; /* t, o, h, l, c */
	unsigned seen = 0;
	bool more = true;

	bar->v = bar->vw = NAN;
	bar->n = -1;
	if (*p != '{')
		return NULL;
	p = skip_space(p + 1);
	while (more) {
		struct slice name;
		char letter;

		p = name_at(p, end, &name);
		if (p == NULL)
			return NULL;
		letter = member_letter(&name);
		if (letter != '\0') {
			unsigned bit = 1U
				       << (strchr(letters, letter) - letters);

			if ((seen & bit) != 0)
				return NULL;
			seen |= bit;
		}
		p = member_value(letter, p, end, bar, whose);
		if (p == NULL)
			return NULL;
		p = next_at(p, '}', &more);
		if (p == NULL || p == end)
			return NULL;
	}
	return (seen & wanted) == wanted ? p : NULL;
}

/* Past the text, or out of the function that reads the usual row. */
#define EXPECT(p, end, text)                                                   \
	do {                                                                   \
		if (!STANDS(p, end, text))                                     \
			return NULL;                                           \
		(p) += sizeof(text) - 1;                                       \
	} while (0)
#define EXPECT_REAL(p, end, text, out)                                         \
	do {                                                                   \
		EXPECT(p, end, text);                                          \
		(p) = real_at(p, end, out);                                    \
		if ((p) == NULL)                                               \
			return NULL;                                           \
	} while (0)

/* A row as the API writes it: this order, no white space. */
static inline const char *
usual_row_at(const char *p, const char *end, struct bar *bar)
{
	EXPECT_REAL(p, end, "{\"v\":", &bar->v);
	bar->vw = NAN;
	if (STANDS(p, end, ",\"vw\":"))
		EXPECT_REAL(p, end, ",\"vw\":", &bar->vw);
	EXPECT_REAL(p, end, ",\"o\":", &bar->o);
	EXPECT_REAL(p, end, ",\"c\":", &bar->c);
	EXPECT_REAL(p, end, ",\"h\":", &bar->h);
	EXPECT_REAL(p, end, ",\"l\":", &bar->l);
	EXPECT(p, end, ",\"t\":");
	p = integer_at(p, &bar->t);
	if (p == NULL)
		return NULL;
	bar->n = -1;
	if (STANDS(p, end, ",\"n\":")) {
		p = integer_at(p + 5, &bar->n);
		if (p == NULL)
			return NULL;
	}
	EXPECT(p, end, "}");
	return p;
}

/* False: a row that does not say whose it is. */
static bool
keep_name(struct page *page, const struct slice *whose)
{
	char *to = page->names[page->len].text;

	if (whose->text == NULL)
		return false;
	to[0] = '\0';
	if (whose->len < SYMBOL_MAX) {
		memcpy(to, whose->text, whose->len);
		to[whose->len] = '\0';
	}
	return true;
}

static const char *
results_at(const char *p, const char *end, struct page *page)
{
	bool more = true;

	if (STANDS(p, end, "null"))
		return p + 4;
	if (*p != '[')
		return NULL;
	p = skip_space(p + 1);
	if (*p == ']')
		return p + 1;
	/* A row as the API writes it has 90 to 110 bytes. */
	if (!page_reserve(page, (size_t)(end - p) / 80 + 1))
		return NULL;
	while (more) {
		const char *row = p;
		struct slice whose = { NULL, 0 };
		struct bar *bar;

		if (page->len == page->cap &&
		    !page_reserve(page, page->cap + page->cap / 2 + 1))
			return NULL;
		bar = &page->bars[page->len];
		p = page->named ? NULL : usual_row_at(row, end, bar);
		if (p == NULL)
			p = row_at(row, end, bar, &whose);
		if (p == NULL || (page->named && !keep_name(page, &whose)))
			return NULL;
		page->len++;
		p = next_at(p, ']', &more);
		if (p == NULL)
			return NULL;
	}
	return p;
}

/* The top-level members that matter. */
enum member {
	TICKER,
	STATUS,
	MESSAGE,
	ERROR,
	NEXT_URL,
	COUNT,
	RESULTS,
	OTHER,
};

struct members {
	struct slice strings[COUNT]; /* null text: absent */
	unsigned seen;
};

static enum member
member_named(const struct slice *name)
{
	static const char *const names[] = { [TICKER] = "ticker",
		[STATUS] = "status",
		[MESSAGE] = "message",
		[ERROR] = "error",
		[NEXT_URL] = "next_url",
		[COUNT] = "resultsCount",
		[RESULTS] = "results" };
	enum member m = TICKER;

	while (m < OTHER && !is(name, names[m]))
		m++;
	return m;
}

static const char *
top_value(enum member which, const char *p, const char *end,
    struct members *members, struct page *page)
{
	switch (which) {
	case RESULTS:
		return results_at(p, end, page);
	case COUNT:
		return integer_at(p, &page->results_count);
	case OTHER:
		return skip_scalar(p, end);
	case TICKER:
	case STATUS:
	case MESSAGE:
	case ERROR:
	case NEXT_URL:
		break;
	}
	if (STANDS(p, end, "null"))
		return p + 4;
	return string_at(p, end, &members->strings[which]);
}

static bool
top_member(const char **p, const char *end, struct members *members,
    struct page *page)
{
	struct slice name;
	enum member which;

	*p = name_at(*p, end, &name);
	if (*p == NULL)
		return false;
	which = member_named(&name);
	if (which != OTHER) {
		if ((members->seen & 1U << which) != 0)
			return false;
		members->seen |= 1U << which;
	}
	*p = top_value(which, *p, end, members, page);
	return *p != NULL;
}

/* True when memory sufficed. */
static bool
keep(const struct slice *s, char **out)
{
	if (s->text == NULL)
		return true;
	*out = strndup(s->text, s->len);
	return *out != NULL;
}

static bool
keep_strings(const struct members *members, struct page *page)
{
	const struct slice *s = members->strings;

	return keep(&s[TICKER], &page->ticker) &&
	       keep(&s[STATUS], &page->status) &&
	       keep(s[ERROR].text != NULL ? &s[ERROR] : &s[MESSAGE],
		   &page->message) &&
	       (s[NEXT_URL].len == 0 || keep(&s[NEXT_URL], &page->next_url));
}

static bool
scan(struct page *page, const char *p, const char *end)
{
	struct members members = { .seen = 0 };
	bool more = true;

	if (*p != '{')
		return false;
	p = skip_space(p + 1);
	if (p == end - 1)
		return true;
	while (more) {
		if (!top_member(&p, end, &members, page))
			return false;
		p = next_at(p, '}', &more);
		if (p == NULL)
			return false;
	}
	return p == end && keep_strings(&members, page);
}

bool
page_scan(struct page *page, const char *text, size_t len)
{
	page_reset(page);
	while (len > 0 && memchr(" \t\r\n", text[len - 1], 4) != NULL)
		len--;
	if (len >= 2 && text[len - 1] == '}' &&
	    scan(page, skip_space(text), text + len)) {
		page->scanned = true;
		return true;
	}
	page_reset(page);
	return false;
}
