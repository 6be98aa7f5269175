/*
 * Flat files of stock minutes, as large as the market's, made quickly: of each
 * symbol of standard input, in order, some minutes of each day's session, its
 * first and last among them.  Prices walk by cents.
 *
 *     flat_days DIR FROM DAYS MINUTES <SYMBOLS
 *
 * DAYS are trading days, MINUTES the average of a symbol and day.  Prints how
 * many rows there are in all.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "cli/zoneinfo.h"
#include "market/calendar.h"
#include "plan/flat.h"
#include "sys/gzip.h"

#define NAME    16
#define SESSION 390

static uint32_t
hash(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x7feb352dU;
	x = (x ^ (x >> 15)) * 0x846ca68bU;
	return x ^ (x >> 16);
}

static int64_t
put_symbol(struct buf *b, const char *name, uint32_t seed, int64_t open,
    uint32_t minutes)
{
	/* From a tenth of the average to nearly twice. */
	uint32_t share = minutes * (100 + hash(seed) % 1800) / 1000;
	uint32_t cents = 500 + hash(seed + 1) % 40000;
	int64_t rows = 0;

	for (uint32_t m = 0; m < SESSION; m++) {
		uint32_t h = hash(seed * 400 + m);
		uint32_t to = cents + h % 7 - 3;
		uint32_t high = (cents > to ? cents : to) + h / 7 % 4;
		uint32_t low = (cents < to ? cents : to) - h / 28 % 4;

		if (m > 0 && m < SESSION - 1 && h / 112 % SESSION >= share)
			continue;
		buf_printf(b,
		    "%s,%u,%u.%02u,%u.%02u,%u.%02u,%u.%02u,%" PRId64
		    "000000,%u\n",
		    name, 100 + h % 9000, cents / 100, cents % 100, to / 100,
		    to % 100, high / 100, high % 100, low / 100, low % 100,
		    open + m * INT64_C(60000), 1 + h % 90);
		cents = to;
		rows++;
	}
	return rows;
}

/* DIR/SET/YYYY/MM/… */
static FILE *
create(const char *dir, md_date date)
{
	char name[FLAT_NAME_MAX], path[1024];

	flat_name(FLAT_STOCK_MINUTES, date, name);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *p = strchr(path + 1, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(path, 0777);
		*p = '/';
	}
	return fopen(path, "we");
}

static bool
put_day(const char *dir, md_date date, int64_t open, char (*names)[NAME],
    size_t n, uint32_t minutes, int64_t *rows)
{
	struct buf b = BUF_INIT;
	FILE *f = create(dir, date);
	bool good;

	buf_puts(&b,
	    "ticker,volume,open,close,high,low,window_start,transactions\n");
	for (size_t i = 0; i < n; i++)
		*rows += put_symbol(&b, names[i],
		    (uint32_t)i * 64 + (uint32_t)(date % 64), open, minutes);
	good = f != NULL && buf_ok(&b) && gzip_buf(&b) &&
	       fwrite(b.data, 1, b.len, f) == b.len;
	good = f != NULL && fclose(f) == 0 && good;
	buf_free(&b);
	return good;
}

int
main(int argc, char **argv)
{
	struct calendar *cal = NULL;
	char(*names)[NAME] = NULL;
	char name[NAME];
	size_t n = 0, cap = 0;
	int64_t rows = 0;
	struct md_error e;
	md_date date;

	if (argc != 5 || !md_date_parse(argv[2], &date) ||
	    !zoneinfo_calendar(&cal, NULL, &e))
		return 64;
	while (scanf("%15s", name) == 1) {
		names = array_room(names, n, &cap, sizeof(*names));
		if (names == NULL)
			return 1;
		memcpy(names[n++], name, sizeof(name));
	}
	for (int days = (int)strtol(argv[3], NULL, 10); days > 0; date++) {
		struct session s;

		if (!calendar_session(cal, date, &s))
			continue;
		if (!put_day(argv[1], date, s.open_ms, names, n,
			(uint32_t)strtoul(argv[4], NULL, 10), &rows))
			return 1;
		days--;
	}
	printf("%" PRId64 "\n", rows);
	free(names);
	calendar_destroy(&cal);
	return 0;
}
