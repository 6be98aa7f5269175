#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "cli/zoneinfo.h"
#include "market/zone.h"
#include "tap.h"

#define NEW_YORK "/usr/share/zoneinfo/America/New_York"

/* -- the whole file, against the C library -- */

static int64_t
system_offset(int64_t t)
{
	time_t clock = (time_t)t;
	struct tm tm;

	if (localtime_r(&clock, &tm) == NULL)
		return INT64_MIN;
	return (md_date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) *
		       INT64_C(86400) +
		   tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec - t) *
	       1000;
}

/* How many of the times in [from, to) differ from the C library's. */
static int
differences(const struct zone *z, int64_t from, int64_t to, int64_t step)
{
	int n = 0;

	for (int64_t t = from; t < to; t += step)
		n += zone_offset_ms(z, t * 1000) != system_offset(t);
	return n;
}

static void
agrees_with_the_system(const struct zone *z, const char *name, int64_t coarse)
{
	static const struct {
		int from, to;
		int64_t step;
	} spans[] = {
		{ 1850, 1990, 86399 * 3 },
		{ 1990, 2040, 1800 },
		{ 2040, 2150, 7200 },
		{ 2900, 2904, 1800 },
	};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		ok(differences(z,
		       md_date_of(spans[i].from, 1, 1) * INT64_C(86400),
		       md_date_of(spans[i].to, 1, 1) * INT64_C(86400),
		       spans[i].step * coarse) == 0,
		    "%s: offsets of %d to %d are the system's", name,
		    spans[i].from, spans[i].to);
}

static void
zones_of_the_system(void)
{
	static const char *const names[] = { "America/New_York",
		"Europe/Dublin", "Australia/Lord_Howe", "America/Nuuk",
		"Asia/Tokyo", "UTC", "Asia/Kathmandu", "America/Sao_Paulo",
		"Africa/Casablanca" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct md_error e;
		struct zone *z;
		char path[128];

		(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s",
		    names[i]);
		if (!zoneinfo_read(&z, path, &e)) {
			skip(e.text);
			continue;
		}
		(void)setenv("TZ", names[i], 1);
		tzset();
		agrees_with_the_system(z, names[i], i == 0 ? 1 : 11);
		zone_destroy(&z);
	}
}

static void
every_second_around_a_change(const struct zone *z)
{
	static const char *const changes[] = { "2024-03-10T07:00Z",
		"2024-11-03T06:00Z", "1990-04-01T07:00Z", "2006-10-29T06:00Z",
		"2007-03-11T07:00Z", "2037-11-01T06:00Z", "2038-03-14T07:00Z",
		"2100-11-07T06:00Z", "2500-03-14T07:00Z" };

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		int64_t at = 0;

		if (!md_time_parse(changes[i], &at)) /* 2500: by hand */
			at = md_date_of(2500, 3, 14) * MD_DAY + 7 * MD_HOUR;
		ok(zone_offset_ms(z, at - 1) != zone_offset_ms(z, at) &&
			zone_offset_ms(z, at - 1) ==
			    zone_offset_ms(z, at - MD_HOUR) &&
			zone_offset_ms(z, at) ==
			    zone_offset_ms(z, at + MD_HOUR),
		    "New York changes its clock at %s, to the ms", changes[i]);
	}
}

/* -- small files, made here -- */

static size_t
put(unsigned char *p, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		p[i] = (unsigned char)(value >> 8 * (width - 1 - i));
	return width;
}

static size_t
put_header(unsigned char *p, char version, unsigned times, unsigned types)
{
	memset(p, 0, 44);
	memcpy(p, "TZif", 4);
	p[4] = (unsigned char)version;
	put(p + 32, times, 4);
	put(p + 36, types, 4);
	put(p + 40, 4, 4);
	return 44;
}

/* One type a transition, and one before the first. */
static size_t
put_block(unsigned char *p, size_t width, const int64_t *times,
    const int32_t *offsets, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += put(p + len, (uint64_t)times[i], width);
	for (unsigned i = 0; i < n; i++)
		len += put(p + len, i + 1, 1);
	for (unsigned i = 0; i <= n; i++) {
		len += put(p + len, (uint32_t)offsets[i], 4);
		len += put(p + len, 0, 2);
	}
	memcpy(p + len, "ABC", 4);
	return len + 4;
}

static const int64_t times[] = { -100, 100 };
static const int32_t offsets[] = { 10, -3600, 7200 };

static size_t
put_zone(unsigned char *p, char version, const char *footer)
{
	size_t len = put_header(p, version, 2, 3);

	len += put_block(p + len, 4, times, offsets, 2);
	if (version == '\0')
		return len;
	len += put_header(p + len, version, 2, 3);
	len += put_block(p + len, 8, times, offsets, 2);
	return len + (size_t)snprintf((char *)p + len, 128, "\n%s\n", footer);
}

static void
versions(void)
{
	static const struct {
		char version;
		const char *footer;
		int64_t late; /* the offset long after */
	} cases[] = {
		{ '\0', "", 7200 },
		{ '2', "", 7200 },
		{ '2', "ABC-1:30", 5400 },
		{ '2', "<+0330>-3:30", 12600 },
		{ '3', "ABC-1", 3600 },
		{ '4', "ABC24:59:59", -89999 },
	};

	unsigned char bytes[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct md_error e = { MD_OK, "" };
		struct zone *z = NULL;
		size_t len = put_zone(bytes, cases[i].version, cases[i].footer);

		ok(zone_parse(&z, bytes, len, &e) &&
			zone_offset_ms(z, INT64_MIN) == 10000 &&
			zone_offset_ms(z, -100001) == 10000 &&
			zone_offset_ms(z, -100000) == -3600000 &&
			zone_offset_ms(z, 99999) == -3600000 &&
			zone_offset_ms(z, 100000) == cases[i].late * 1000 &&
			zone_offset_ms(z, INT64_MAX) == cases[i].late * 1000,
		    "version %c with the footer \"%s\" is read %s",
		    cases[i].version == '\0' ? '1' : cases[i].version,
		    cases[i].footer, e.text);
		if (z != NULL)
			zone_destroy(&z);
	}
}

static bool
footer_offset_is(const char *footer, const char *time, int64_t seconds)
{
	unsigned char bytes[512];
	struct md_error e;
	struct zone *z;
	int64_t t;
	bool good;

	if (!md_time_parse(time, &t) ||
	    !zone_parse(&z, bytes, put_zone(bytes, '3', footer), &e))
		return false;
	good = zone_offset_ms(z, t) == seconds * 1000;
	zone_destroy(&z);
	return good;
}

static void
footers(void)
{
	static const struct {
		const char *footer, *time;
		int64_t seconds;
	} cases[] = {
		{ "EST5EDT,M3.2.0,M11.1.0", "2050-03-13T06:59:59Z", -18000 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2050-03-13T07:00Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2050-11-06T05:59:59Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2050-11-06T06:00Z", -18000 },
		/* the south: summer is around the new year */
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-01-01T00:00Z", 39600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-07-01T00:00Z", 36000 },
		/* standard time is the later one */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01T00:00Z", 0 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2050-07-01T00:00Z", 3600 },
		/* 29 February counted, and not */
		{ "AAA0BBB,J60/0,J61/0", "2048-02-29T12:00Z", 0 },
		{ "AAA0BBB,J60/0,J61/0", "2048-03-01T12:00Z", 3600 },
		{ "AAA0BBB,59/0,60/0", "2048-02-29T12:00Z", 3600 },
		{ "AAA0BBB,59/0,60/0", "2049-03-01T12:00Z", 3600 },
		/* a time outside of its day */
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T00:59:59Z",
		    -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T01:00Z",
		    -3600 },
		/* summer for ever */
		{ "XXX3EDT4,0/0,J365/23", "2050-01-01T04:00Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2050-12-31T23:59Z", -14400 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(footer_offset_is(cases[i].footer, cases[i].time,
		       cases[i].seconds),
		    "%s: at %s the offset is %lld s", cases[i].footer,
		    cases[i].time, (long long)cases[i].seconds);
}

static void
refused(const unsigned char *bytes, size_t len, const char *what)
{
	struct md_error e = { MD_OK, "" };
	struct zone *z = NULL;
	/* A copy of just that size, so that a read past it is seen. */
	unsigned char *copy = malloc(len + (len == 0));
	bool good;

	memcpy(copy, bytes, len);
	good = !zone_parse(&z, copy, len, &e) && e.code == MD_EIO && z == NULL;
	free(copy);
	ok(good, "%s is refused: %s", what, e.text);
}

static void
broken_footers(void)
{
	static const char *const bad[] = { "EST", "E5", "EST5EDT",
		"EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0",
		"EST5EDT,M3.2.0,M11.1.0x", "EST25", "<EST5", "EST5:60",
		"EST5EDT,J0,J5", "EST5EDT,366,1", "EST5EDT,1/168,2",
		"EST5EDT,M3.2,M11.1.0", "EST99999999999" };
	unsigned char bytes[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bytes, put_zone(bytes, '2', bad[i]), bad[i]);
}

static void
broken_files(void)
{
	unsigned char good[512], bad[512];
	size_t len = put_zone(good, '2', "ABC-1");
	bool all = true;

	for (size_t n = 0; n < len; n++) {
		struct md_error e;
		struct zone *z;
		unsigned char *copy = malloc(n + 1);

		memcpy(copy, good, n);
		all = all && !zone_parse(&z, copy, n, &e);
		free(copy);
	}
	ok(all, "a file cut anywhere is refused");
	refused(good, 0, "an empty file");

#define SPOILED(offset, value, what)                                           \
	do {                                                                   \
		memcpy(bad, good, len);                                        \
		bad[offset] = (value);                                         \
		refused(bad, len, what);                                       \
	} while (0)
	size_t second = 44 + 2 * 5 + 3 * 6 + 4;
	size_t block = second + 44;

	SPOILED(0, 'X', "another magic");
	SPOILED(second, 'X', "another magic in the second header");
	SPOILED(4, 1, "a version that is no digit");
	SPOILED(32, 0xff, "a count too large");
	SPOILED(second + 32, 0x7f, "a count too large in the second header");
	SPOILED(second + 35, 3, "a count that reaches into the next table");
	SPOILED(second + 39, 0, "no types");
	SPOILED(second + 31, 1, "a leap second");
	SPOILED(block, 0x7f, "a transition out of order");
	SPOILED(block + 16, 3, "a transition to a type that is not there");
	SPOILED(block + 18, 0x7f, "an offset of years");
	SPOILED(len - 1, 'x', "a footer without its end");
#undef SPOILED
	broken_footers();
}

/* Whatever the bytes: an error or a zone that answers, and no crash. */
static void
random_damage(void)
{
	static unsigned char whole[1 << 16], copy[1 << 16];
	FILE *f = fopen(NEW_YORK, "rb");
	uint32_t seed = 1;
	size_t len;
	int read = 0;

	if (f == NULL) {
		skip("no " NEW_YORK);
		return;
	}
	len = fread(whole, 1, sizeof(whole), f);
	(void)fclose(f);
	for (int i = 0; i < 20000; i++) {
		struct zone *z;

		memcpy(copy, whole, len);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525U + 1013904223U;
			copy[(seed >> 8) % len] = (unsigned char)seed;
			/* Half of them in the header's counts. */
			if (i % 2 == 0)
				copy[20 + (seed >> 9) % 24] =
				    (unsigned char)(seed >> 4);
		}
		if (!zone_parse(&z, copy, len, NULL))
			continue;
		for (int64_t t = -3; t <= 3; t++)
			read += zone_offset_ms(z, t * (INT64_MAX / 3)) != 1;
		zone_destroy(&z);
	}
	ok(read > 0, "20000 damaged files are refused or read");
}

int
main(void)
{
	struct md_error e = { MD_OK, "" };
	struct zone *z;

	zones_of_the_system();
	if (zoneinfo_read(&z, NEW_YORK, &e)) {
		every_second_around_a_change(z);
		ok(zone_offset_ms(z, INT64_MIN) != 0 &&
			zone_offset_ms(z, INT64_MAX) != 0,
		    "the ends of time have an offset");
		zone_destroy(&z);
	} else {
		skip(e.text);
	}
	versions();
	footers();
	broken_files();
	random_damage();
	ok(!zoneinfo_read(&z, "/nonexistent/zone", &e) && e.code == MD_EIO &&
		strstr(e.text, "/nonexistent/zone") != NULL,
	    "a missing file is named: %s", e.text);
	ok(!zoneinfo_read(&z, "/", &e) && e.code == MD_EIO,
	    "a directory is no zone: %s", e.text);
	return done();
}
