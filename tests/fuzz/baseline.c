/*
 * Saved measurements: one that is read compares with itself, and is then not
 * slower.
 */
#include "baseline/baseline.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct baseline_report report;
	static struct baseline_earlier earlier;
	const char *path = fuzz_file(data, size);
	struct md_error e = { MD_OK, "" };

	if (!baseline_earlier_read(path, &earlier, &e)) {
		must_tell(&e);
		must(e.code == MD_EUSAGE);
		return 0;
	}
	must(earlier.repeats > 0 && earlier.repeats <= SAMPLES_MAX);
	must(strlen(earlier.work) < sizeof(earlier.work));
	memset(&report, 0, sizeof(report));
	for (int m = 0; m < MODE_COUNT; m++) {
		struct baseline_mode_result *r = &report.mode[report.modes];

		if (!earlier.has[m])
			continue;
		r->mode = (enum baseline_mode)m;
		memcpy(r->figure, earlier.figure[m], sizeof(r->figure));
		report.modes++;
	}
	must(report.modes > 0);
	baseline_compare(&report, &earlier, path, 10);
	must(report.changes <= BASELINE_CHANGES);
	for (size_t i = 0; i < report.changes; i++)
		must(!report.change[i].regressed);
	return 0;
}
