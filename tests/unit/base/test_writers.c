/* The small writers of formats: CSV and metrics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/metrics.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
csv_fields(void)
{
	static const struct {
		const char *field, *expected;
	} cases[] = {
		{ "plain", "plain\n" },
		{ "", "\n" },
		{ NULL, "\n" },
		{ "a,b", "\"a,b\"\n" },
		{ "say \"so\"", "\"say \"\"so\"\"\"\n" },
		{ "two\nlines", "\"two\nlines\"\n" },
		{ "back\rspace", "\"back\rspace\"\n" },
		{ "=1+1", "\"'=1+1\"\n" },
		{ "+cmd|' /C x'!A0", "\"'+cmd|' /C x'!A0\"\n" },
		{ "-A1,\"b\"", "\"'-A1,\"\"b\"\"\"\n" },
		{ "@SUM(A1)", "\"'@SUM(A1)\"\n" },
		{ "\tx", "\"'\tx\"\n" },
		{ "-1.5e3", "-1.5e3\n" },
		{ "-", "\"'-\"\n" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64] = "";
		FILE *f = fmemopen(text, sizeof(text), "w");
		struct csv_writer w;

		if (f == NULL) {
			printf("Bail out! no memory\n");
			return;
		}
		csv_start(&w, f);
		csv_text(&w, cases[i].field);
		csv_end(&w);
		(void)fclose(f);
		ok(strcmp(text, cases[i].expected) == 0, "csv: field %zu", i);
	}
}

static void
csv_row(void)
{
	char text[128] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct csv_writer w;

	if (f == NULL) {
		printf("Bail out! no memory\n");
		return;
	}
	csv_start(&w, f);
	csv_int(&w, -7);
	csv_number(&w, 0.1);
	csv_number(&w, (double)NAN);
	csv_empty(&w);
	csv_time(&w, 1500);
	csv_end(&w);
	csv_text(&w, "next");
	csv_end(&w);
	(void)fclose(f);
	ok(strcmp(text, "-7,0.1,,,1970-01-01T00:00:01.500Z\nnext\n") == 0,
	    "csv: numbers, nothing, a time, and the next row");
}

static void
metric(void)
{
	const char *labels[] = { "a", "x\"y\\z\n", "b", "", NULL };
	char text[256] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	if (f == NULL) {
		printf("Bail out! no memory\n");
		return;
	}
	metric_head(f, "m_seconds", "gauge", "How long.");
	metric_sample(f, "m_seconds", labels, 1.5);
	metric_sample(f, "m_seconds", NULL, (double)NAN);
	(void)fclose(f);
	ok(strcmp(text, "# HELP m_seconds How long.\n"
			"# TYPE m_seconds gauge\n"
			"m_seconds{a=\"x\\\"y\\\\z\\n\",b=\"\"} 1.5\n"
			"m_seconds NaN\n") == 0,
	    "metrics: labels are escaped");
}

int
main(void)
{
	csv_fields();
	csv_row();
	metric();
	return done();
}
