#include "base/json.h"

#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "base/utf8.h"

void
json_start(struct json_writer *w, FILE *f)
{
	*w = (struct json_writer){ .f = f };
}

void
json_start_line(struct json_writer *w, FILE *f)
{
	*w = (struct json_writer){ .f = f, .line = true };
}

void
json_start_dense(struct json_writer *w, struct buf *b)
{
	*w = (struct json_writer){ .b = b, .line = true, .dense = true };
}

static inline void
put(struct json_writer *w, const char *s, size_t n)
{
	if (w->b != NULL)
		buf_append(w->b, s, n);
	else
		(void)fwrite(s, 1, n, w->f);
}

static inline void
put_text(struct json_writer *w, const char *s)
{
	put(w, s, strlen(s));
}

static inline void
put_char(struct json_writer *w, char c)
{
	if (w->b != NULL)
		buf_putc(w->b, c);
	else
		(void)fputc(c, w->f);
}

void
json_finish(struct json_writer *w)
{
	put_char(w, '\n');
}

static void
escape_one(struct json_writer *w, unsigned char c)
{
	char text[8];

	switch (c) {
	case '"':
		put_text(w, "\\\"");
		break;
	case '\\':
		put_text(w, "\\\\");
		break;
	case '\n':
		put_text(w, "\\n");
		break;
	case '\t':
		put_text(w, "\\t");
		break;
	default:
		(void)snprintf(text, sizeof(text), "\\u%04x",
		    c < 0x20 ? (unsigned)c : 0xfffdU);
		put_text(w, text);
	}
}

/* What needs no escape is written at once: mostly it is all of the text. */
static void
escape(struct json_writer *w, const char *s)
{
	const char *plain = s;

	for (size_t n; *s != '\0'; s += n) {
		unsigned char c = (unsigned char)*s;

		n = utf8_length((const unsigned char *)s);
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\')
			continue;
		put(w, plain, (size_t)(s - plain));
		escape_one(w, c);
		if (n == 0)
			n = 1;
		plain = s + n;
	}
	put(w, plain, (size_t)(s - plain));
}

void
json_escape(FILE *f, const char *s)
{
	struct json_writer w = { .f = f };

	escape(&w, s);
}

/* White space before a value, after the comma. */
static void
space_before(struct json_writer *w, const char *key)
{
	if (w->broken)
		put_char(w, '\n');
	else if (w->depth == 1 && !w->line)
		put_text(w, "\n  ");
	else if (w->depth > 1 && key == NULL && !w->line) {
		put_char(w, '\n');
		for (unsigned i = 0; i < w->depth; i++)
			put_text(w, "  ");
	} else if (w->comma && !w->dense)
		put_char(w, ' ');
	w->broken = false;
}

static void
before(struct json_writer *w, const char *key)
{
	if (w->comma)
		put_char(w, ',');
	space_before(w, key);
	w->comma = true;
	if (key == NULL)
		return;
	put_char(w, '"');
	escape(w, key);
	put_text(w, w->dense ? "\":" : "\": ");
}

static void
open_level(struct json_writer *w, const char *key, char c)
{
	before(w, key);
	put_char(w, c);
	w->depth++;
	w->comma = false;
}

static void
close_level(struct json_writer *w, char c)
{
	w->depth--;
	if (w->line)
		;
	else if (w->depth == 0 && w->comma)
		put_char(w, '\n');
	else if (w->depth == 1 && c == ']' && w->comma)
		put_text(w, "\n  ");
	put_char(w, c);
	w->comma = true;
}

void
json_object_begin(struct json_writer *w, const char *key)
{
	open_level(w, key, '{');
}

void
json_object_end(struct json_writer *w)
{
	close_level(w, '}');
}

void
json_array_begin(struct json_writer *w, const char *key)
{
	open_level(w, key, '[');
}

void
json_array_end(struct json_writer *w)
{
	close_level(w, ']');
}

void
json_text(struct json_writer *w, const char *key, const char *s)
{
	bool line = w->line;

	/* Words in a row of a list stay on its line. */
	w->line = line || (key == NULL && w->depth > 3);
	before(w, key);
	w->line = line;
	if (s == NULL) {
		put_text(w, "null");
		return;
	}
	put_char(w, '"');
	escape(w, s);
	put_char(w, '"');
}

void
json_int(struct json_writer *w, const char *key, int64_t n)
{
	char text[32];

	before(w, key);
	put(w, text, number_format_int(n, text));
}

void
json_number(struct json_writer *w, const char *key, double d)
{
	char text[32];

	before(w, key);
	put(w, text, number_format(d, text));
}

void
json_bool(struct json_writer *w, const char *key, bool b)
{
	before(w, key);
	put_text(w, b ? "true" : "false");
}

void
json_time_known(struct json_writer *w, const char *key, bool known, int64_t ms)
{
	char text[MD_TIME_MAX];

	if (known)
		md_time_format(ms, text);
	json_text(w, key, known ? text : NULL);
}

void
json_time(struct json_writer *w, const char *key, int64_t ms)
{
	json_time_known(w, key, ms != 0, ms);
}

void
json_null_value(struct json_writer *w, const char *key)
{
	before(w, key);
	put_text(w, "null");
}

void
json_break(struct json_writer *w)
{
	w->broken = true;
}

void
json_elements(struct json_writer *w, const char *text, size_t len)
{
	before(w, NULL);
	put(w, text, len);
}
