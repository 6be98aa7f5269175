/*
 * Rows of a flat file: decompressed alone, all passed over, 500 symbols of
 * 11,000 read, all read.  Every round takes each way once, in turn, so that all
 * see the same machine; medians of processor time.
 *
 *     bench_flat [ROUNDS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/flat.h"
#include "sys/gzip.h"

#define TICKERS    11000
#define MINUTES    60
#define ROUNDS_MAX 99

enum way { INFLATE, PASS, SOME, ALL, WAYS };

static const char *const words[] = { "decompressed alone", "all passed over",
	"500 symbols read", "all read" };

static void
put_rows(struct buf *b)
{
	srand(7);
	buf_puts(b,
	    "ticker,volume,open,close,high,low,window_start,transactions\n");
	for (int t = 0; t < TICKERS; t++)
		for (int m = 0; m < MINUTES; m++) {
			double p = 10 + (rand() % 100000) / 100.0;

			buf_printf(b,
			    "Q%c%c%c,%d,%.2f,%.4f,%.2f,%.2f,%" PRId64
			    "000000,%d\n",
			    'A' + t / 576 % 24, 'A' + t / 24 % 24, 'A' + t % 24,
			    rand() % 100000, p, p + 0.0125, p + 0.5, p - 0.5,
			    INT64_C(1704205800000) + m * 60000, rand() % 1000);
		}
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
read_gzip(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	return gunzip_read(ctx, to, cap, len, e);
}

/* The rows that were read; -1: it failed. */
static int64_t
scan(struct gunzip *gz, enum way way)
{
	static struct flat f;
	struct flat_source source = { read_gzip, gz };
	struct md_error e;
	struct bar bar;
	bool has_t;
	int64_t n = 0;

	if (!flat_open(&f, &source, &e))
		return -1;
	while (flat_next(&f, &e) == FLAT_ROW) {
		bool wanted = way == ALL || (way == SOME && f.ticker[3] == 'B');

		n += wanted && flat_bar(&f, &bar, &has_t) == NULL;
	}
	flat_close(&f);
	return n;
}

static double
take(const struct buf *gzip, enum way way)
{
	static char text[1 << 18];
	FILE *file = fmemopen(gzip->data, gzip->len, "r");
	double began = seconds();
	struct gunzip *gz = NULL;
	struct md_error e;
	size_t n = 1;

	if (file == NULL || !gunzip_create(&gz, file, &e))
		exit(1);
	if (way == INFLATE)
		while (n > 0 && gunzip_read(gz, text, sizeof(text), &n, &e))
			;
	else if (scan(gz, way) < 0)
		exit(1);
	gunzip_destroy(&gz);
	return seconds() - began;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static double took[WAYS][ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 7;
	struct buf b = BUF_INIT;
	const double rows = (double)TICKERS * MINUTES;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 64;
	put_rows(&b);
	if (!buf_ok(&b) || !gzip_buf(&b))
		return 1;
	for (int r = 0; r < rounds; r++)
		for (int w = 0; w < WAYS; w++)
			took[w][r] = take(&b, (enum way)w);
	for (int w = 0; w < WAYS; w++) {
		qsort(took[w], (size_t)rounds, sizeof(took[w][0]), by_size);
		printf("%-20s %6.2f million rows/s\n", words[w],
		    rows / took[w][rounds / 2] / 1e6);
	}
	buf_free(&b);
	return 0;
}
