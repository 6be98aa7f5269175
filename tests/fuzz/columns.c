/*
 * Lists of --columns, a line each: what the check lets through a table or a
 * writer of bars can begin with, and what it does not is answered with the
 * columns that there are.
 */
#include "fuzz.h"
#include "output/bars.h"
#include "output/health.h"
#include "output/table.h"

static void
bars(const char *format, bool features, const char *list)
{
	const struct output_bars *o = output_bars_find(format);
	const struct bars_query q = { .features = features };
	const struct output_bars_options how = { .query = &q,
		.series = 1,
		.names = list };
	struct md_error e = { MD_OK, "" };
	struct bars_writer w;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	must(o != NULL);
	if (!output_bars_columns(o, features, list, &e)) {
		must_tell(&e);
		must(e.code == MD_EUSAGE);
		return;
	}
	f = open_memstream(&text, &len);
	must(f != NULL);
	must(bars_writer_begin(&w, o, &how, f));
	must(bars_writer_end(&w));
	bars_writer_free(&w);
	must(fclose(f) == 0);
	free(text);
}

static void
table(const struct table_kind *kind, const char *list)
{
	struct md_error e = { MD_OK, "" };

	if (!table_columns_check(kind, list, &e)) {
		must_tell(&e);
		must(e.code == MD_EUSAGE);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *line;

	while ((line = input_line(&in)) != NULL) {
		bars("csv", false, line);
		bars("csv", true, line);
		bars("table", false, line);
		bars("svg", false, line);
		table(&output_health_runs, line);
		table(&output_health_hosts, line);
		free(line);
	}
	return 0;
}
