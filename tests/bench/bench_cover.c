/*
 * `make bench`: planning 10,000 series over 5,000 days with random holes.
 *   bench_cover [SERIES DAYS]      a line for each kind of holes
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/mdtime.h"
#include "plan/cover.h"

static uint64_t seed = 88172645463325252;

static uint64_t
dice(uint64_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 33) % sides;
}

/* Runs of needed days about so long, so far apart. */
static void
mark_holes(struct cover *c, size_t rows, size_t columns, uint64_t length,
    uint64_t apart)
{
	for (size_t i = 0; i < rows; i++) {
		size_t at = dice(2 * apart);

		while (at < columns) {
			size_t to = at + 1 + dice(2 * length - 1);

			cover_mark(c, i, at, to < columns ? to : columns);
			at = to + 1 + dice(2 * apart - 1);
		}
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint64_t length, apart;
	} kinds[] = {
		{ "every other day", 1, 1 },
		{ "a week in a month", 5, 17 },
		{ "a day in a year", 1, 250 },
		{ "a day in five years", 1, 1250 },
		{ "a day in forty years", 1, 10000 },
		{ "a year in ten", 250, 2250 },
	};

	size_t rows = argc > 2 ? strtoul(argv[1], NULL, 10) : 10000;
	size_t columns = argc > 2 ? strtoul(argv[2], NULL, 10) : 5000;
	struct rusage used;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int64_t started = md_monotonic_us();
		struct cover *c = cover_create(rows, columns);
		size_t calls;

		if (c == NULL)
			return 1;
		mark_holes(c, rows, columns, kinds[i].length, kinds[i].apart);
		if (!cover_solve(c, &calls))
			return 1;
		printf("%-20s %5zu calls in %.3f s\n", kinds[i].name, calls,
		    (double)(md_monotonic_us() - started) / 1e6);
		cover_destroy(&c);
	}
	if (getrusage(RUSAGE_SELF, &used) != 0)
		return 1;
	printf("peak resident: %.1f MiB (wanted: under 256, and 2 s)\n",
	    (double)used.ru_maxrss / 1024);
	return 0;
}
