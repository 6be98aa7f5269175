#include "base/xml.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

void
xml_begin(struct xml *x, const char *text, size_t len)
{
	memset(x, 0, sizeof(*x));
	x->at = text;
	x->end = text + len;
}

static bool
wrong(struct md_error *e, const char *why)
{
	return md_fail(e, MD_EDATA, "it is no XML that is understood: %s", why);
}

static enum xml_step
broken(struct md_error *e, const char *why)
{
	(void)wrong(e, why);
	return XML_BROKEN;
}

static bool
is_blank(char c)
{
	return c != '\0' && strchr(blanks, c) != NULL;
}

static bool
is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == ':' ||
	       (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static bool
begins(const struct xml *x, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(x->end - x->at) >= n && memcmp(x->at, what, n) == 0;
}

/* Move behind the next of them; false: there is none. */
static bool
pass(struct xml *x, const char *what)
{
	for (; x->at < x->end; x->at++)
		if (begins(x, what)) {
			x->at += strlen(what);
			return true;
		}
	return false;
}

static void
pass_blanks(struct xml *x)
{
	while (x->at < x->end && is_blank(*x->at))
		x->at++;
}

/* -- text -- */

static bool
put(struct xml *x, char c)
{
	if (x->text_len >= XML_TEXT - 1)
		return false;
	x->text[x->text_len++] = c;
	x->text[x->text_len] = '\0';
	return true;
}

/* A character by its number, as UTF-8. */
static bool
put_code(struct xml *x, unsigned long c)
{
	if (c < 0x80)
		return put(x, (char)c);
	if (c < 0x800)
		return put(x, (char)(0xc0 | c >> 6)) &&
		       put(x, (char)(0x80 | (c & 0x3f)));
	if (c < 0x10000)
		return put(x, (char)(0xe0 | c >> 12)) &&
		       put(x, (char)(0x80 | (c >> 6 & 0x3f))) &&
		       put(x, (char)(0x80 | (c & 0x3f)));
	return put(x, (char)(0xf0 | c >> 18)) &&
	       put(x, (char)(0x80 | (c >> 12 & 0x3f))) &&
	       put(x, (char)(0x80 | (c >> 6 & 0x3f))) &&
	       put(x, (char)(0x80 | (c & 0x3f)));
}

static int
digit(char c, int base)
{
	int v = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : base;

	return v < base ? v : -1;
}

/* "#65", "#x41"; false: it is no character that XML has. */
static bool
numbered(const char *s, size_t n, unsigned long *out)
{
	int base = n > 1 && s[1] == 'x' ? 16 : 10;
	size_t i = base == 16 ? 2 : 1;
	unsigned long c = 0;

	if (i >= n)
		return false;
	for (; i < n; i++) {
		int v = digit(s[i], base);

		if (v < 0 || c > 0x10ffff)
			return false;
		c = c * (unsigned long)base + (unsigned long)v;
	}
	*out = c;
	return (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') &&
	       c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && c != 0xfffe &&
	       c != 0xffff;
}

/* At '&'. */
static bool
entity(struct xml *x)
{
	static const struct {
		const char *name;
		char c;
	} named[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' } };

	const char *from = x->at + 1, *semicolon;
	unsigned long code;
	size_t n;

	n = (size_t)(x->end - from) < 12 ? (size_t)(x->end - from) : 12;
	semicolon = memchr(from, ';', n);
	if (semicolon == NULL)
		return false;
	n = (size_t)(semicolon - from);
	x->at = semicolon + 1;
	if (n > 0 && from[0] == '#')
		return numbered(from, n, &code) && put_code(x, code);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strlen(named[i].name) == n &&
		    memcmp(named[i].name, from, n) == 0)
			return put(x, named[i].c);
	return false;
}

/* Up to the next '<', or the end. */
static bool
text(struct xml *x, struct md_error *e)
{
	for (; x->at < x->end && *x->at != '<';) {
		unsigned char c = (unsigned char)*x->at;

		if (x->depth == 0 && !is_blank(*x->at))
			return wrong(e, "text outside the root");
		if (c < 0x20 && !is_blank(*x->at))
			return wrong(e, "a control character");
		if (c == '&') {
			if (!entity(x))
				return wrong(e, "a wrong entity");
			continue;
		}
		if (x->depth > 0 && !put(x, *x->at))
			return wrong(e, "a text that is too long");
		x->at++;
	}
	return true;
}

/* -- tags -- */

static bool
read_name(struct xml *x, char out[XML_NAME])
{
	size_t n = 0;

	while (x->at < x->end && is_name(*x->at, n == 0)) {
		if (n >= XML_NAME - 1)
			return false;
		out[n++] = *x->at++;
	}
	out[n] = '\0';
	return n > 0;
}

static bool
pass_attribute(struct xml *x)
{
	char name[XML_NAME];
	char quote;

	if (!read_name(x, name))
		return false;
	pass_blanks(x);
	if (!begins(x, "="))
		return false;
	x->at++;
	pass_blanks(x);
	if (!begins(x, "\"") && !begins(x, "'"))
		return false;
	for (quote = *x->at++; x->at < x->end && *x->at != quote; x->at++)
		if (*x->at == '<' || *x->at == '\0')
			return false;
	return x->at < x->end && *x->at++ == quote;
}

/* Behind '<'. */
static enum xml_step
open_tag(struct xml *x, struct md_error *e)
{
	if (x->depth == 0 && x->any)
		return broken(e, "a second root");
	if (x->depth == XML_DEPTH)
		return broken(e, "its elements are too deep");
	if (!read_name(x, x->names[x->depth]))
		return broken(e, "a wrong name");
	for (;;) {
		const char *before = x->at;

		pass_blanks(x);
		if (begins(x, ">") || begins(x, "/>"))
			break;
		if (x->at == before || !pass_attribute(x))
			return broken(e, "a wrong tag");
	}
	x->pending = *x->at == '/';
	x->at += x->pending ? 2 : 1;
	x->name = x->names[x->depth++];
	x->any = x->leaf = true;
	x->text_len = 0;
	x->text[0] = '\0';
	return XML_OPENS;
}

static enum xml_step
close_element(struct xml *x, bool leaf)
{
	x->name = x->names[--x->depth];
	x->leaf = leaf;
	x->pending = false;
	return XML_CLOSES;
}

/* Behind "</".  Whether it is a leaf, the tag before it tells. */
static enum xml_step
close_tag(struct xml *x, struct md_error *e)
{
	char name[XML_NAME];
	bool leaf = x->leaf;

	if (!read_name(x, name))
		return broken(e, "a wrong name");
	pass_blanks(x);
	if (!begins(x, ">"))
		return broken(e, "a wrong tag");
	x->at++;
	if (x->depth == 0 || strcmp(name, x->names[x->depth - 1]) != 0)
		return broken(e, "a tag closes what is not open");
	return close_element(x, leaf);
}

/* What follows is neither a tag nor a text: a comment, an instruction. */
static bool
pass_others(struct xml *x)
{
	for (;;) {
		if (begins(x, "<!--")) {
			if (!pass(x, "-->"))
				return false;
		} else if (begins(x, "<?")) {
			if (!pass(x, "?>"))
				return false;
		} else
			return true;
	}
}

enum xml_step
xml_next(struct xml *x, struct md_error *e)
{
	if (x->pending)
		return close_element(x, true);
	/* What was closed last is no leaf's text any more. */
	if (x->name != NULL && x->name == x->names[x->depth]) {
		x->leaf = false;
		x->text_len = 0;
		x->text[0] = '\0';
	}
	for (;;) {
		const char *before = x->at;

		if (!text(x, e))
			return XML_BROKEN;
		if (!pass_others(x))
			return broken(e, "a comment without its end");
		if (x->at == before)
			break;
	}
	if (x->at == x->end) {
		if (x->depth > 0 || !x->any)
			return broken(e, "it was cut, or is empty");
		return XML_ENDS;
	}
	x->at++;
	if (!begins(x, "/"))
		return open_tag(x, e);
	x->at++;
	return close_tag(x, e);
}
