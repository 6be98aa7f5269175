#include "base/json.h"

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
json_finish(struct json_writer *w)
{
	fputc('\n', w->f);
}

static void
escape_one(FILE *f, unsigned char c)
{
	switch (c) {
	case '"':
		fputs("\\\"", f);
		break;
	case '\\':
		fputs("\\\\", f);
		break;
	case '\n':
		fputs("\\n", f);
		break;
	case '\t':
		fputs("\\t", f);
		break;
	default:
		if (c < 0x20)
			fprintf(f, "\\u%04x", c);
		else
			fputs("\\ufffd", f);
	}
}

/* What needs no escape is written at once: mostly it is all of the text. */
void
json_escape(FILE *f, const char *s)
{
	const char *plain = s;

	for (size_t n; *s != '\0'; s += n) {
		unsigned char c = (unsigned char)*s;

		n = utf8_length((const unsigned char *)s);
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\')
			continue;
		(void)fwrite(plain, 1, (size_t)(s - plain), f);
		escape_one(f, c);
		if (n == 0)
			n = 1;
		plain = s + n;
	}
	(void)fwrite(plain, 1, (size_t)(s - plain), f);
}

static void
before(struct json_writer *w, const char *key)
{
	if (w->comma)
		fputc(',', w->f);
	if (w->depth == 1 && !w->line)
		fputs("\n  ", w->f);
	else if (w->depth > 1 && key == NULL && !w->line)
		fprintf(w->f, "\n%*s", (int)(2 * w->depth), "");
	else if (w->comma)
		fputc(' ', w->f);
	w->comma = true;
	if (key == NULL)
		return;
	fputc('"', w->f);
	json_escape(w->f, key);
	fputs("\": ", w->f);
}

static void
open_level(struct json_writer *w, const char *key, char c)
{
	before(w, key);
	fputc(c, w->f);
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
		fputc('\n', w->f);
	else if (w->depth == 1 && c == ']' && w->comma)
		fputs("\n  ", w->f);
	fputc(c, w->f);
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
		fputs("null", w->f);
		return;
	}
	fputc('"', w->f);
	json_escape(w->f, s);
	fputc('"', w->f);
}

void
json_int(struct json_writer *w, const char *key, int64_t n)
{
	before(w, key);
	fprintf(w->f, "%lld", (long long)n);
}

void
json_number(struct json_writer *w, const char *key, double d)
{
	char text[32];

	before(w, key);
	(void)number_format(d, text);
	fputs(text, w->f);
}

void
json_bool(struct json_writer *w, const char *key, bool b)
{
	before(w, key);
	fputs(b ? "true" : "false", w->f);
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
	fputs("null", w->f);
}
