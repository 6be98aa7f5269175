#include "base/csv.h"

#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"

void
csv_start(struct csv_writer *w, FILE *f)
{
	*w = (struct csv_writer){ f, false };
}

static void
before(struct csv_writer *w)
{
	if (w->comma)
		fputc(',', w->f);
	w->comma = true;
}

/*
 * Does a spreadsheet take it for a formula?  By the characters of OWASP's "CSV
 * Injection", https://owasp.org/www-community/attacks/CSV_Injection.  A number
 * is none, whatever its sign.
 */
static bool
is_formula(const char *s)
{
	double d;

	return *s != '\0' && strchr("=+-@\t\r", *s) != NULL &&
	       !number_parse_real(s, -HUGE_VAL, HUGE_VAL, &d);
}

void
csv_text(struct csv_writer *w, const char *s)
{
	bool formula;

	before(w);
	if (s == NULL)
		return;
	formula = is_formula(s);
	if (!formula && s[strcspn(s, ",\"\r\n")] == '\0') {
		fputs(s, w->f);
		return;
	}
	fputs(formula ? "\"'" : "\"", w->f);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', w->f);
		fputc(*s, w->f);
	}
	fputc('"', w->f);
}

void
csv_int(struct csv_writer *w, int64_t n)
{
	before(w);
	fprintf(w->f, "%lld", (long long)n);
}

void
csv_number(struct csv_writer *w, double d)
{
	char text[32];

	before(w);
	if (isnan(d))
		return;
	(void)number_format(d, text);
	fputs(text, w->f);
}

void
csv_time(struct csv_writer *w, int64_t ms)
{
	char text[MD_TIME_MAX];

	md_time_format(ms, text);
	csv_text(w, text);
}

void
csv_empty(struct csv_writer *w)
{
	before(w);
}

void
csv_end(struct csv_writer *w)
{
	fputc('\n', w->f);
	w->comma = false;
}
