/*
 * The mock's CSV: bars are those of the text, and splits can be executed.  The
 * same bytes are read as both.
 */
#include "../../lib/mock/source_files.c"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct bars bars = { NULL, 0, 0 };
	struct splits splits = { NULL, 0, 0 };
	struct md_error e = { MD_OK, "" };
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (read_bars(path, &bars, &e)) {
		must(bars.len <= lines);
		for (size_t i = 0; i < bars.len; i++) {
			must(isfinite(bars.bar[i].o) &&
			     isfinite(bars.bar[i].c));
			must(isfinite(bars.bar[i].v));
			must(bars.bar[i].t >= -(INT64_C(1) << 53));
			must(bars.bar[i].t <= INT64_C(1) << 53);
		}
	} else
		must_tell(&e);
	bars_free(&bars);
	if (read_splits(path, &splits, &e)) {
		for (size_t i = 0; i < splits.len; i++) {
			must(splits.split[i].from > 0 &&
			     splits.split[i].to > 0);
			must(strlen(splits.split[i].symbol) < SYMBOL_MAX);
		}
	} else
		must_tell(&e);
	splits_free(&splits);
	return 0;
}
