/*
 * What CI systems read: texts that would break out of it do not.
 */
#include "output/ci.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* What was written, in memory: the caller frees it. */
static char *
annotation(enum ci_level level, const char *title, const char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		abort();
	ci_annotate(f, level, title, text);
	if (fclose(f) != 0)
		abort();
	return out;
}

static void
test_annotations(void)
{
	static const struct {
		const char *title, *text, *out;
	} cases[] = {
		{ "mdload", "p95 < 1 ms: measured 2 ms",
		    "::error title=mdload::p95 < 1 ms: measured 2 ms\n" },
		{ "a,b:c%", "100 %\r\n::error::x",
		    "::error title=a%2Cb%3Ac%25::100 %25%0D%0A::error::x\n" },
		{ "t", "\033[31mred\x7f \t.",
		    "::error title=t:: [31mred   .\n" },
		{ "t", "caf\xc3\xa9", "::error title=t::caf\xc3\xa9\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = annotation(CI_ERROR, cases[i].title, cases[i].text);

		if (!ok(strcmp(out, cases[i].out) == 0, "annotation %zu", i))
			printf("# %s", out);
		free(out);
	}
}

static char *
junit(const struct ci_suite *s)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		abort();
	ci_junit(f, s);
	if (fclose(f) != 0)
		abort();
	return out;
}

static void
test_junit(void)
{
	const struct ci_case v[] = {
		{ "g", "p95 < 1 & \"2\"", CI_FAILED,
		    "a\nb\001\xff]]>\xef\xbf\xbf" },
		{ "g", "fine", CI_PASSED, "" },
		{ "g", "skip", CI_SKIPPED, "busy" },
	};
	const struct ci_suite s = { "n", "t<", 0, (double)NAN, v, 3 };
	char *out = junit(&s);

	ok(strstr(out, "name=\"p95 &#60; 1 &#38; &#34;2&#34;\"") != NULL,
	    "an attribute is escaped");
	ok(strstr(out, "message=\"a&#10;b\xef\xbf\xbd\xef\xbf\xbd]]&#62;"
		       "\xef\xbf\xbd\"") != NULL,
	    "what XML has no place for is U+FFFD");
	ok(strstr(out,
	       "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"") != NULL,
	    "the counts, and no time that is none");
	ok(strstr(out, "timestamp=\"1970-01-01T00:00:00\"") != NULL,
	    "the time has no zone");
	free(out);
}

static void
test_figures(void)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	struct json_writer w;

	if (f == NULL)
		abort();
	json_start_line(&w, f);
	json_object_begin(&w, NULL);
	ci_bencher_measure(&w, "p99.9_ms", 1, (double)NAN, 2);
	ci_bencher_measure(&w, "none", (double)NAN, 1, 2);
	ci_bencher_measure(&w, "endless", (double)INFINITY, 1, 2);
	json_object_end(&w);
	json_finish(&w);
	if (fclose(f) != 0)
		abort();
	ok(strcmp(out,
	       "{\"p99-9-ms\": {\"value\": 1, \"upper_value\": 2}}\n") == 0,
	    "measures: a slug, no value that is none: %s", out);
	free(out);
}

int
main(void)
{
	test_annotations();
	test_junit();
	test_figures();
	return done();
}
