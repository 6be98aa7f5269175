/*
 * What each kind of option makes of a value.
 */
#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "cli/options.h"
#include "pace/pacing.h"

static void *
member(void *into, const struct option_value *v)
{
	return (char *)into + v->row->offset;
}

static bool
put_integer(void *into, const struct option_value *v, int64_t n)
{
	void *to = member(into, v);
	int32_t small = (int32_t)n;
	bool flag = n != 0;

	if (v->row->size == sizeof(n))
		memcpy(to, &n, sizeof(n));
	else if (v->row->size == sizeof(small))
		memcpy(to, &small, sizeof(small));
	else
		memcpy(to, &flag, sizeof(flag));
	return true;
}

static int64_t
unit(const struct option_value *v)
{
	return v->row->unit == 0 ? 1 : v->row->unit;
}

/* In the row's words, or else in these. */
static bool
refuse(const struct option_value *v, const char *otherwise, struct md_error *e)
{
	return md_fail(e, MD_EUSAGE, "'%s': %s", v->text,
	    v->row->refusal != NULL ? v->row->refusal : otherwise);
}

/* Which of the row's words it is. */
static bool
find_word(const struct option_value *v, int64_t *index, struct md_error *e)
{
	const char *w = v->row->words;
	size_t n = strlen(v->text);

	for (*index = 0; *w != '\0'; ++*index) {
		size_t len = strcspn(w, " ");

		if (len == n && strncmp(w, v->text, n) == 0)
			return true;
		w += len + (w[len] == ' ' ? 1 : 0);
	}
	if (v->row->refusal != NULL)
		return refuse(v, "", e);
	return md_fail(e, MD_EUSAGE, "'%s': expected one of %s", v->text,
	    v->row->words);
}

/* -- by kind -- */

static bool
take_flag(void *into, const struct option_value *v, struct md_error *e)
{
	(void)e;
	return put_integer(into, v, 1);
}

static bool
take_more(void *into, const struct option_value *v, struct md_error *e)
{
	(void)e;
	++*(unsigned *)member(into, v);
	return true;
}

static bool
take_text(void *into, const struct option_value *v, struct md_error *e)
{
	return option_text(v->text, member(into, v), v->row->size, e) ||
	       (v->row->refusal != NULL &&
		   md_fail(e, MD_EUSAGE, "%s", v->row->refusal));
}

static bool
take_word(void *into, const struct option_value *v, struct md_error *e)
{
	int64_t i;

	return find_word(v, &i, e) &&
	       option_text(v->text, member(into, v), v->row->size, e);
}

static bool
take_choice(void *into, const struct option_value *v, struct md_error *e)
{
	int64_t i;
	bool found = find_word(v, &i, e);

	/* One that is refused is the first: --log-format's is told as text. */
	(void)put_integer(into, v, v->row->min + (found ? i : 0));
	return found;
}

static bool
take_words(void *into, const struct option_value *v, struct md_error *e)
{
	unsigned bits, *to = member(into, v);

	if (!v->row->parse(v->text, &bits, e))
		return false;
	*to = bits | (v->first ? 0 : *to);
	return true;
}

static bool
take_argv(void *into, const struct option_value *v, struct md_error *e)
{
	(void)e;
	*(const char **)member(into, v) = v->text;
	return true;
}

static bool
take_count(void *into, const struct option_value *v, struct md_error *e)
{
	int64_t n;

	return option_int(v->text, v->row->min, v->row->max, &n, e) &&
	       put_integer(into, v, n * unit(v));
}

static bool
take_auto(void *into, const struct option_value *v, struct md_error *e)
{
	int64_t n;

	if (strcmp(v->text, "auto") == 0)
		return put_integer(into, v, 0);
	if (!number_parse_int(v->text, v->row->min, v->row->max, &n))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a whole number from %lld to %lld, or auto",
		    v->text, (long long)v->row->min, (long long)v->row->max);
	return put_integer(into, v, n);
}

static bool
take_time(void *into, const struct option_value *v, struct md_error *e)
{
	int64_t ms;

	if (!md_duration_parse(v->text, &ms))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a length of time such as 30s, 5m or 1.5h",
		    v->text);
	if (v->row->max != 0 && (ms < v->row->min || ms > v->row->max))
		return refuse(v, "", e);
	return put_integer(into, v, ms / unit(v));
}

static bool
take_real(void *into, const struct option_value *v, struct md_error *e)
{
	return number_parse_real(v->text, 0, (double)v->row->max,
		   member(into, v)) ||
	       md_fail(e, MD_EUSAGE, "'%s': expected a number from 0 to %lld",
		   v->text, (long long)v->row->max);
}

static bool
take_percent(void *into, const struct option_value *v, struct md_error *e)
{
	size_t n = strlen(v->text);
	char number[32];

	n -= n > 0 && v->text[n - 1] == '%' ? 1 : 0;
	if (n >= sizeof(number))
		n = 0;
	memcpy(number, v->text, n);
	number[n] = '\0';
	return number_parse_real(number, 0, 1000000, member(into, v)) ||
	       refuse(v, "expected a percentage such as 10%", e);
}

static bool
take_pace(void *into, const struct option_value *v, struct md_error *e)
{
	double *per_minute = member(into, v);

	if (strcmp(v->text, "adapt") != 0)
		return pacing_parse(v->text, per_minute, e);
	*per_minute = 0;
	return true;
}

static bool
take_date(void *into, const struct option_value *v, struct md_error *e)
{
	return md_date_parse(v->text, member(into, v)) ||
	       refuse(v, "expected a date such as 2024-07-01", e);
}

bool
option_take_value(void *into, const struct option_value *v, struct md_error *e)
{
	static option_take *const kinds[] = {
		[OPTION_FLAG] = take_flag,
		[OPTION_MORE] = take_more,
		[OPTION_TEXT] = take_text,
		[OPTION_WORD] = take_word,
		[OPTION_CHOICE] = take_choice,
		[OPTION_WORDS] = take_words,
		[OPTION_ARGV] = take_argv,
		[OPTION_COUNT] = take_count,
		[OPTION_AUTO] = take_auto,
		[OPTION_TIME] = take_time,
		[OPTION_REAL] = take_real,
		[OPTION_PERCENT] = take_percent,
		[OPTION_PACE] = take_pace,
		[OPTION_DATE] = take_date,
	};
	const struct option_spec *o = v->row;
	bool left_out = o->argument != NULL && v->text == NULL;

	if (o->given != 0)
		*((bool *)into + o->given) = true;
	if (kinds[o->kind] != NULL && !left_out && !kinds[o->kind](into, v, e))
		return false;
	return o->take == NULL || o->take(into, v, e);
}

/* -- for takers of a program's own -- */

bool
option_int(const char *value, int64_t min, int64_t max, int64_t *out,
    struct md_error *e)
{
	if (number_parse_int(value, min, max, out))
		return true;
	return md_fail(e, MD_EUSAGE,
	    "'%s': expected a whole number from %lld to %lld", value,
	    (long long)min, (long long)max);
}

bool
option_text(const char *value, char *out, size_t size, struct md_error *e)
{
	size_t n = strlen(value);

	if (n == 0 || n >= size)
		return md_fail(e, MD_EUSAGE, "expected 1 to %zu bytes of text",
		    size - 1);
	memcpy(out, value, n + 1);
	return true;
}
