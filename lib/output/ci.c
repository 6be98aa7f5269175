#include "output/ci.h"

#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/utf8.h"

/* -- figures -- */

void
ci_github_figure(struct json_writer *w, const char *name, const char *unit,
    double value, const char *range, const char *extra)
{
	if (!isfinite(value))
		return;
	json_object_begin(w, NULL);
	json_text(w, "name", name);
	json_text(w, "unit", unit);
	json_number(w, "value", value);
	if (range != NULL)
		json_text(w, "range", range);
	if (extra != NULL)
		json_text(w, "extra", extra);
	json_object_end(w);
}

void
ci_bencher_measure(struct json_writer *w, const char *measure, double value,
    double low, double high)
{
	char slug[65];
	size_t n = 0;

	if (!isfinite(value))
		return;
	for (; measure[n] != '\0' && n < sizeof(slug) - 1; n++)
		slug[n] = strchr("_. ", measure[n]) ? '-' : measure[n];
	slug[n] = '\0';
	json_object_begin(w, slug);
	json_number(w, "value", value);
	if (isfinite(low))
		json_number(w, "lower_value", low);
	if (isfinite(high))
		json_number(w, "upper_value", high);
	json_object_end(w);
}

/* -- JUnit -- */

/* XML has no place for most control characters, escaped or not, nor for bytes
 * that are not UTF-8, nor for the last two of a plane. */
static bool
is_xml(const unsigned char *s, size_t n)
{
	if (n == 1)
		return *s >= 0x20 || *s == '\t' || *s == '\n' || *s == '\r';
	return n > 0 &&
	       !(n == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
}

static void
xml_text(FILE *f, const char *s)
{
	for (size_t n; *s != '\0'; s += n) {
		n = utf8_length((const unsigned char *)s);
		if (!is_xml((const unsigned char *)s, n)) {
			fputs("\xef\xbf\xbd", f);
			n = n == 0 ? 1 : n;
		} else if (n > 1 || strchr("&<>\"'\t\n\r", *s) == NULL)
			(void)fwrite(s, 1, n, f);
		else /* as it is read back, in an attribute, too */
			fprintf(f, "&#%d;", *s);
	}
}

static void
xml_attribute(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	xml_text(f, value);
	fputc('"', f);
}

static size_t
count(const struct ci_suite *s, enum ci_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += s->v[i].state == state;
	return n;
}

static void
junit_counts(FILE *f, const struct ci_suite *s)
{
	xml_attribute(f, "name", s->name);
	fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"0\"", s->len,
	    count(s, CI_FAILED));
	if (isfinite(s->seconds))
		fprintf(f, " time=\"%.3f\"", s->seconds);
}

static void
junit_case(FILE *f, const struct ci_case *c)
{
	fputs("    <testcase", f);
	xml_attribute(f, "name", c->name);
	xml_attribute(f, "classname", c->group);
	if (c->message[0] == '\0' && c->state == CI_PASSED) {
		fputs("/>\n", f);
		return;
	}
	fputs(">\n", f);
	if (c->state == CI_PASSED) {
		fputs("      <system-out>", f);
		xml_text(f, c->message);
		fputs("</system-out>\n", f);
	} else if (c->state == CI_SKIPPED) {
		fputs("      <skipped", f);
		xml_attribute(f, "message", c->message);
		fputs("/>\n", f);
	} else {
		fputs("      <failure type=\"threshold\"", f);
		xml_attribute(f, "message", c->message);
		fputs(">", f);
		xml_text(f, c->name);
		fputs(": ", f);
		xml_text(f, c->message);
		fputs("</failure>\n", f);
	}
	fputs("    </testcase>\n", f);
}

void
ci_junit(FILE *f, const struct ci_suite *s)
{
	char at[MD_TIME_MAX];

	md_time_format(s->at_ms, at);
	at[strcspn(at, ".Z")] = '\0'; /* no zone: readers want it so */
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", f);
	junit_counts(f, s);
	fputs(">\n  <testsuite", f);
	junit_counts(f, s);
	fprintf(f, " skipped=\"%zu\"", count(s, CI_SKIPPED));
	xml_attribute(f, "timestamp", at);
	fputs(">\n    <properties>\n      <property name=\"target\"", f);
	xml_attribute(f, "value", s->target);
	fputs("/>\n    </properties>\n", f);
	for (size_t i = 0; i < s->len; i++)
		junit_case(f, &s->v[i]);
	fputs("  </testsuite>\n</testsuites>\n", f);
}

/* -- annotations -- */

static void
command_text(FILE *f, const char *s, bool property)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '%' || c == '\r' || c == '\n' ||
		    (property && (c == ':' || c == ',')))
			fprintf(f, "%%%02X", c);
		else if (c >= 0x20 && c != 0x7f)
			fputc(c, f);
		else
			fputc(' ', f);
	}
}

void
ci_annotate(FILE *f, enum ci_level level, const char *title, const char *text)
{
	static const char *const names[] = { "error", "warning", "notice" };

	fprintf(f, "::%s title=", names[level]);
	command_text(f, title, true);
	fputs("::", f);
	command_text(f, text, false);
	fputc('\n', f);
}

void
ci_annotate_cases(FILE *f, const struct ci_case *v, size_t len)
{
	char text[sizeof(v->name) + sizeof(v->message) + 2];

	for (size_t i = 0; i < len; i++) {
		if (v[i].state == CI_PASSED)
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s", v[i].name,
		    v[i].message);
		ci_annotate(f, v[i].state == CI_FAILED ? CI_ERROR : CI_WARNING,
		    v[i].group, text);
	}
}

bool
ci_annotates(char *(*env)(const char *))
{
	const char *s = env("GITHUB_ACTIONS");

	return s != NULL && strcmp(s, "true") == 0;
}
