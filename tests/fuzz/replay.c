/*
 * The fuzz targets without a fuzzer: each input of the target's corpus, once.
 * An input that breaks a claim ends the program, which is a failed test.
 */
#include <dirent.h>

#include "fuzz.h"
#include "tap.h"

static void
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t n = 0, got;

	must(f != NULL);
	do {
		data = realloc(data, n + 4096);
		must(data != NULL);
		got = fread(data + n, 1, 4096, f);
		n += got;
	} while (got > 0);
	(void)fclose(f);
	/* Exactly as long, so that a sanitizer sees what reads beyond it. */
	data = realloc(data, n > 0 ? n : 1);
	must(data != NULL);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
}

int
main(void)
{
	DIR *d = opendir(FUZZ_CORPUS);
	const struct dirent *entry;
	int n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[1024];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", FUZZ_CORPUS,
		    entry->d_name);
		/* The last name is the one that broke. */
		printf("# %s\n", entry->d_name);
		(void)fflush(stdout);
		replay(path);
		n++;
	}
	if (d != NULL)
		(void)closedir(d);
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	ok(n > 0, "%d inputs of %s", n, FUZZ_CORPUS);
	return done();
}
