/*
 * The mock's CSV: bars are those of the text, splits can be executed, and
 * dividends are numbers.  The same bytes are read as all three.
 */
#include "../../lib/mock/source_files.c"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct bars bars = { NULL, 0, 0 };
	struct splits splits = { NULL, 0, 0 };
	struct actions dividends = { ACTION_DIVIDENDS, NULL, 0, 0 };
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
	if (read_list(path, "splits", take_split, &splits, &e)) {
		for (size_t i = 0; i < splits.len; i++) {
			must(splits.split[i].from > 0 &&
			     splits.split[i].to > 0);
			must(strlen(splits.split[i].symbol) < SYMBOL_MAX);
		}
	} else
		must_tell(&e);
	splits_free(&splits);
	if (read_list(path, "dividends", take_dividend, &dividends, &e))
		for (size_t i = 0; i < dividends.len; i++) {
			const struct dividend *d = actions_at(&dividends, i);

			must(isfinite(d->cash));
			must(strlen(d->symbol) < SYMBOL_MAX);
		}
	else
		must_tell(&e);
	actions_free(&dividends);
	return 0;
}
