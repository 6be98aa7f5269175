/*
 * Text to bars: the scanner against jansson, and both against copying the
 * bytes.  Every round takes each way once, in turn, so that all see the same
 * machine; medians.
 *
 *     bench_decode [ROUNDS]
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/page.h"
#include "base/buf.h"

#define BARS       50000
#define ROUNDS_MAX 99

static uint64_t state = 20050401;

/* splitmix64 */
static uint64_t
dice(void)
{
	uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static double
between(double low, double high)
{
	return low + (high - low) * ((double)(dice() >> 11) * 0x1p-53);
}

/* Without the zeros at the end, as the API writes prices. */
static void
put_decimal(struct buf *b, double x, int decimals)
{
	char text[64];
	size_t n;

	(void)snprintf(text, sizeof(text), "%.*f", decimals, x);
	n = strlen(text);
	while (n > 1 && text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	buf_append(b, text, n);
}

static void
put_volume(struct buf *b)
{
	double v = floor(exp(between(3, 13)));

	switch (dice() % 20) {
	case 0:
		put_decimal(b, v + between(0, 1), 6);
		break;
	case 1:
		buf_printf(b, "%.6e", v);
		break;
	default:
		buf_printf(b, "%.0f", v);
	}
}

static void
put_price(struct buf *b, const char *name, double price, bool long_digits)
{
	buf_printf(b, ",\"%s\":", name);
	if (long_digits)
		buf_printf(b, "%.17g", price);
	else
		put_decimal(b, price, dice() % 4 == 0 ? 4 : 2);
}

/* A page of minute bars as the API writes it. */
static void
put_page(struct buf *b, bool long_digits)
{
	int64_t t = INT64_C(1704186000000);
	double price = 187.15;

	buf_puts(b, "{\"ticker\":\"AAPL\",\"queryCount\":50000,"
		    "\"resultsCount\":50000,\"adjusted\":false,\"results\":[");
	for (int i = 0; i < BARS; i++) {
		double close = price * between(0.998, 1.002);
		double high = fmax(price, close) * between(1, 1.001);
		double low = fmin(price, close) * between(0.999, 1);

		buf_puts(b, i == 0 ? "{\"v\":" : ",{\"v\":");
		put_volume(b);
		buf_puts(b, ",\"vw\":");
		put_decimal(b, (high + low) / 2, 4);
		put_price(b, "o", price, long_digits);
		put_price(b, "c", close, long_digits);
		put_price(b, "h", high, long_digits);
		put_price(b, "l", low, long_digits);
		buf_printf(b, ",\"t\":%" PRId64 ",\"n\":%" PRIu64 "}", t,
		    1 + dice() % 5000);
		t += 60000;
		price = close > 50 ? close : 187.15;
	}
	buf_puts(b,
	    "],\"status\":\"OK\",\"request_id\":"
	    "\"12afda77aab3b1936c5fb6ef4241ae42\",\"count\":50000,"
	    "\"next_url\":\"https://api.polygon.io/v2/aggs/ticker/AAPL/"
	    "range/1/minute/1704186000000/1709290740000?cursor=bGlt\"}");
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int
ascending(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* One way to take the page in; false: it went wrong. */
struct way {
	const char *name;
	bool (*take)(struct page *, const struct buf *, char *to);
};

static bool
take_copy(struct page *page, const struct buf *text, char *to)
{
	(void)page;
	memcpy(to, text->data, text->len);
	/* For the compiler: the copy is looked at. */
	return *(volatile char *)to == '{';
}

static bool
take_jansson(struct page *page, const struct buf *text, char *to)
{
	(void)to;
	return page_decode(page, text->data, text->len, NULL) &&
	       page->len == BARS;
}

static bool
take_scanner(struct page *page, const struct buf *text, char *to)
{
	(void)to;
	return page_scan(page, text->data, text->len) && page->len == BARS;
}

enum { COPY, JANSSON, SCANNER, WAYS };

static const struct way ways[WAYS] = {
	[COPY] = { "memcpy", take_copy },
	[JANSSON] = { "jansson", take_jansson },
	[SCANNER] = { "scanner", take_scanner },
};

static bool
measure(const char *what, bool long_digits, int rounds)
{
	double took[WAYS][ROUNDS_MAX];
	struct page page = PAGE_INIT;
	struct buf text = BUF_INIT;
	bool good;
	char *to;

	put_page(&text, long_digits);
	to = malloc(text.len);
	good = buf_ok(&text) && to != NULL;
	/* Round -1 warms up. */
	for (int i = -1; good && i < rounds; i++) {
		for (int w = 0; good && w < WAYS; w++) {
			double start = seconds();

			good = ways[w].take(&page, &text, to);
			if (i >= 0)
				took[w][i] = seconds() - start;
		}
	}
	page_free(&page);
	free(to);
	if (!good) {
		(void)fprintf(stderr, "bench_decode: %s went wrong\n", what);
		buf_free(&text);
		return false;
	}
	printf("%s: %d bars, %.1f MB, median of %d\n", what, BARS,
	    (double)text.len / 1e6, rounds);
	buf_free(&text);
	for (int w = 0; w < WAYS; w++) {
		qsort(took[w], (size_t)rounds, sizeof(took[w][0]), ascending);
		printf("  %-8s %8.2f ms %8.2f million bars/s\n", ways[w].name,
		    took[w][rounds / 2] * 1e3,
		    BARS / took[w][rounds / 2] / 1e6);
	}
	printf("  scanner : jansson = %.1f : 1\n",
	    took[JANSSON][rounds / 2] / took[SCANNER][rounds / 2]);
	return true;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 11;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		rounds = 11;
	return measure("prices of 2 to 4 decimals", false, rounds) &&
		       measure("prices of 17 digits", true, rounds)
		   ? EXIT_SUCCESS
		   : EXIT_FAILURE;
}
