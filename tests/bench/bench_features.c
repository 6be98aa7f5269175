/*
 * The features of one-minute bars of a crypto pair, computed but not stored:
 * what tests/features_reference.py bench does in pandas.
 *   bench_features BARS     prints SECONDS, the best of five
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "market/feature.h"

static uint64_t seed = 1;

static double
chance(void)
{
	seed = seed * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (double)(seed >> 11) / 9007199254740992.0;
}

static void
walk(struct bar *v, size_t n)
{
	double p = 100;

	for (size_t i = 0; i < n; i++) {
		double wild = i / 90 % 2 ? 4e-3 : 5e-4;

		p *= 1 + wild * (2 * chance() - 1);
		v[i].t = INT64_C(1546300800000) + (int64_t)i * MD_MINUTE;
		v[i].o = v[i].c = floor(p * 100 + 0.5) / 100;
		v[i].h = v[i].c + floor(10 * chance()) / 100;
		v[i].l = v[i].c - floor(10 * chance()) / 100;
		v[i].v = chance() < 0.2 ? 0 : floor(1e6 * chance());
		v[i].vw = (double)NAN;
		v[i].n = -1;
	}
}

/* What is computed must be used, or a compiler may leave it out. */
static double
compute(const struct bar *v, size_t n, double *sum)
{
	struct features_engine *f = features_create(CLASS_CRYPTO, TF_1M);
	int64_t start = md_monotonic_us();
	struct features row;
	struct md_error e;

	if (f == NULL)
		exit(1);
	for (size_t i = 0; i < n; i++) {
		if (!features_push(f, &v[i], (md_date)(v[i].t / MD_DAY), &row,
			&e)) {
			fprintf(stderr, "bench_features: %s\n", e.text);
			exit(1);
		}
		*sum += features_states(&row);
	}
	features_destroy(&f);
	return (double)(md_monotonic_us() - start) / 1e6;
}

int
main(int argc, char **argv)
{
	size_t n = argc == 2 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
	struct bar *v = calloc(n + 1, sizeof(*v));
	double best = 1e9, sum = 0;

	if (n == 0 || v == NULL) {
		fprintf(stderr, "usage: bench_features BARS\n");
		return 64;
	}
	walk(v, n);
	for (int i = 0; i < 5; i++) {
		double took = compute(v, n, &sum);

		best = took < best ? took : best;
	}
	free(v);
	printf("%.4f\n", best);
	return sum > 0 ? 0 : 1;
}
