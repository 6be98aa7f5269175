/*
 * Configuration files: what is accepted has values of each key that can be
 * read and placed.
 */
#include "cli/config.h"
#include "fuzz.h"

static const char *const keys[] = { "db", "jobs", "timeframes", "stagger",
	"staleness", "staleness.fresh", "calendar.closed", "calendar.early",
	"objectives", "objectives.rto", "alerts", "api_key_file", "limit",
	"staleness.actions", "nothing", "", ".", "a.b.c.d" };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct md_error e = { MD_OK, "" };
	struct config *c = NULL;
	char text[64];

	if (!config_load(fuzz_file(data, size), &c, &e)) {
		must_tell(&e);
		must(e.code == MD_ECONFIG);
		return 0;
	}
	for (size_t k = 0; k < COUNT(keys); k++) {
		size_t n = config_count(c, keys[k]);

		must(n <= size);
		for (size_t i = 0; i < n; i++) {
			config_text(c, keys[k], i, text, sizeof(text));
			must(memchr(text, '\0', sizeof(text)) != NULL);
		}
		if (n > 0) {
			config_where(c, keys[k], text, sizeof(text));
			must(memchr(text, '\0', sizeof(text)) != NULL);
		}
	}
	config_free(c);
	return 0;
}
