/*
 * number.h: reading is compared bit for bit with strtod(), writing with what
 * printf() needs to be read back.  An argument seeds the random part.
 */
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_internal.h"
#include "tap.h"

static uint64_t seed = 20050401;

/* splitmix64 */
static uint64_t
dice(void)
{
	uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static unsigned
below(unsigned n)
{
	return (unsigned)(dice() % n);
}

static uint64_t
bits(double x)
{
	uint64_t b;

	memcpy(&b, &x, sizeof(b));
	return b;
}

static double
random_double(void)
{
	uint64_t b = dice();
	double x;

	memcpy(&x, &b, sizeof(x));
	return isfinite(x) ? x : 1.5;
}

/* Read whole, from memory that ends where the text does. */
static bool
reads(const char *text, double *out)
{
	size_t len = strlen(text);
	char *exact = malloc(len + 1);
	const char *s = exact;
	bool good;

	if (exact == NULL)
		return false;
	memcpy(exact, text, len);
	exact[len] = '9';
	good = number_scan(&s, exact + len, out) && s == exact + len;
	free(exact);
	return good;
}

static bool
reads_as_strtod(const char *text)
{
	double x = -1, want = strtod(text, NULL);
	bool good = reads(text, &x);

	if (isinf(want) ? !good : good && bits(x) == bits(want))
		return true;
	printf("# %s: %a, strtod %a\n", text, x, want);
	return false;
}

static void
test_hard_cases(void)
{
	static const char *const texts[] = { "0", "-0", "0.0", "-0.0e9",
		"0e400", "0.000e-400", "1", "-1", "187.15", "0.1", "0.3",
		"1.029145e+06", "642646396.0", "1E5", "123456789012345678",
		"12345678901234567890",
		/* around what is exact */
		"9007199254740991", "9007199254740992", "9007199254740993",
		"9007199254740993.0", "9007199254740993.00000000000000000001",
		"9007199254740994", "9007199254740995", "9007199254740997",
		"900719925474099.3", "90071992547409.93e-5",
		"18446744073709551615", "18446744073709551616",
		"9223372036854775807", "9223372036854775808",
		/* around the exact powers of ten */
		"1e22", "1e23", "1e-22", "1e-23", "123e30",
		"9007199254740992e22", "9007199254740993e22", "1e37", "1e38",
		"999e-37", "8.5e22",
		/* the ends of the table */
		"1e65", "1e66", "1e-65", "1e-66", "9999999999999999999e65",
		"9999999999999999999e66", "9999999999999999999e-65",
		"9999999999999999999e-66", "1234567890123456789e-84",
		/* halfway, and just off it */
		"1.00000000000000011102230246251565404236316680908203125",
		"1.00000000000000011102230246251565404236316680908203124",
		"1.00000000000000011102230246251565404236316680908203126",
		"1.00000000000000033306690738754696212708950042724609375",
		"0.500000000000000166533453693773481063544750213623046875",
		"5708990770823839524233143877797980545530986496",
		"5708990770823839207320493820740630171355185152",
		"7."
		"04205570775945886694687843575612079620984434831879407927296000"
		"00e+59",
		"3.518437208883201171875e13", "62.5364939768271845828",
		"8.10109172351e-10", "1.50000000000000011102230246251565",
		"6.929001713869936e+236", "1.2345678901234567890123456789e-20",
		/* the ends of the range */
		"1.7976931348623157e308", "1.7976931348623158e308",
		"1.7976931348623159e308", "-1.7976931348623159e308",
		"179769313486231580793e289", "1e309", "1e400", "-1e99999999999",
		"1e999999999999999999999999999999", "0.1e310",
		"2.2250738585072014e-308", "2.2250738585072011e-308",
		"2.2250738585072012e-308", "2.225073858507201e-308",
		"4.9406564584124654e-324", "5e-324", "4e-324", "3e-324",
		"2.4703282292062328e-324", "2.4703282292062327e-324", "2e-324",
		"1e-400", "-1e-400", "1e-999999999999999999999999999999" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(reads_as_strtod(texts[i]), "reads %s", texts[i]);
}

static void
test_grammar(void)
{
	static const struct {
		const char *text;
		int len; /* how much of it is the number; -1: none is there */
	} cases[] = { { "", -1 }, { "-", -1 }, { "+1", -1 }, { ".5", -1 },
		{ "-.5", -1 }, { "1.", -1 }, { "1.e5", -1 }, { "1e", -1 },
		{ "1e+", -1 }, { "1.5e-", -1 }, { "01", -1 }, { "-01", -1 },
		{ "00", -1 }, { "--1", -1 }, { " 1", -1 }, { "a", -1 },
		{ "NaN", -1 }, { "Infinity", -1 }, { "inf", -1 },
		{ "1e309", -1 }, { "0", 1 }, { "-0", 2 }, { "0.0", 3 },
		{ "0e0", 3 }, { "0x10", 1 }, { "1,5", 1 }, { "12}", 2 },
		{ "1.5.2", 3 }, { "1e5e", 3 }, { "1e05", 4 }, { "1E-05x", 5 },
		{ "1 ", 1 }, { "1-", 1 }, { "1_000", 1 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text, *s = text;
		double x = 0;
		bool good = number_scan(&s, text + strlen(text), &x);

		ok(good == (cases[i].len >= 0) &&
			s - text == (good ? cases[i].len : 0),
		    "\"%s\" %s", text, good ? "begins a number" : "is none");
	}
}

/* A whole number of 320 bits, the lowest first. */
struct big {
	uint32_t part[10];
};

enum { PARTS = 10 };

static void
big_times(struct big *b, uint32_t by)
{
	uint64_t carry = 0;

	for (int i = 0; i < PARTS; i++) {
		carry += (uint64_t)b->part[i] * by;
		b->part[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void
big_divide(struct big *b, uint32_t by)
{
	uint64_t rest = 0;

	for (int i = PARTS - 1; i >= 0; i--) {
		rest = rest << 32 | b->part[i];
		b->part[i] = (uint32_t)(rest / by);
		rest %= by;
	}
}

static int
big_bits(const struct big *b)
{
	for (int i = PARTS * 32 - 1; i >= 0; i--)
		if ((b->part[i / 32] >> i % 32 & 1) != 0)
			return i + 1;
	return 0;
}

/* The power of five by its definition in number_pow5.c. */
static struct number_wide
power_of_five(int q)
{
	struct big b = { { 1 } };

	for (int i = 0; i < abs(q); i++)
		big_times(&b, 5);
	if (q < 0) {
		int place = big_bits(&b) + 127;

		b = (struct big){ { 0 } };
		b.part[place / 32] = UINT32_C(1) << place % 32;
		for (int i = 0; i < -q; i++)
			big_divide(&b, 5);
		if (q >= -27)
			b.part[0]++;
	}
	while (big_bits(&b) < 128)
		big_times(&b, 2);
	while (big_bits(&b) > 128)
		big_divide(&b, 2);
	return (struct number_wide){ (uint64_t)b.part[3] << 32 | b.part[2],
		(uint64_t)b.part[1] << 32 | b.part[0] };
}

static void
test_table(void)
{
	int wrong = 0;

	for (int q = NUMBER_POW5_MIN; q <= NUMBER_POW5_MAX; q++) {
		struct number_wide want = power_of_five(q);
		struct number_wide is = number_pow5[q - NUMBER_POW5_MIN];

		wrong += is.hi != want.hi || is.lo != want.lo;
	}
	ok(wrong == 0, "the powers of five are what they should be");
}

/* A number with a run of one digit, its last another. */
static char *
long_number(size_t digits, const char *first, char fill, char last,
    const char *exponent)
{
	size_t n = strlen(first);
	char *text = malloc(n + digits + strlen(exponent) + 2);

	if (text == NULL)
		exit(1);
	memcpy(text, first, n);
	memset(text + n, fill, digits);
	text[n + digits - 1] = last;
	memcpy(text + n + digits, exponent, strlen(exponent) + 1);
	return text;
}

static void
test_long_numbers(void)
{
	/* Halfway between 1 and the next double: what follows decides. */
	static const char half[] =
	    "1.00000000000000011102230246251565404236316680908203125";
	char exact[1200];

	for (size_t n = 700; n <= 1000; n += 50) {
		char *tail = long_number(n, half, '0', '1', "");
		char *none = long_number(n, half, '0', '0', "");
		char *small = long_number(n, "0.", '0', '7', "e700");
		char *large = long_number(n, "7", '0', '3', "e-800");

		ok(reads_as_strtod(tail), "%zu zeros and a one after half", n);
		ok(reads_as_strtod(none), "%zu zeros after half", n);
		ok(reads_as_strtod(small), "%zu zeros after the point", n);
		ok(reads_as_strtod(large), "%zu digits before the point", n);
		free(tail);
		free(none);
		free(small);
		free(large);
	}
	/* Halfway between two denormals: 751 digits, and all of them count. */
	(void)snprintf(exact, sizeof(exact), "%.1075Lf", 0x1.8p-1074L);
	ok(reads_as_strtod(exact), "halfway between denormals");
	exact[strlen(exact) - 1]--;
	ok(reads_as_strtod(exact), "a little less");
	exact[strlen(exact) - 1] += 2;
	ok(reads_as_strtod(exact), "a little more");
}

/* The decimal midway between x and the next double, digit by digit. */
static void
halfway_text(char *out, size_t size)
{
	/* An odd 54-bit integer is midway; times a power of two it stays so. */
	uint64_t m = (dice() >> 10) | UINT64_C(1) << 53 | 1;
	int shift = (int)below(140) - 70;
	long double half = ldexpl((long double)m, shift);

	(void)snprintf(out, size, "%.*Lf", shift < 0 ? -shift : 0, half);
	/* Every other one: just above it. */
	if (below(2) == 0)
		(void)snprintf(out + strlen(out), size - strlen(out), "%s",
		    strchr(out, '.') != NULL ? "0000001" : ".0000001");
}

static void
random_text(unsigned shape, char *out, size_t size)
{
	switch (shape) {
	case 0: /* prices */
		(void)snprintf(out, size, "%u.%0*u", below(100000),
		    (int)(2 + below(3)), below(100));
		break;
	case 1: /* what a double is written as by others */
		(void)snprintf(out, size, "%.17g", random_double());
		break;
	case 2: /* 17 digits of an ordinary magnitude */
		(void)snprintf(out, size, "%.17g",
		    (double)below(1000000) * 1.0000001 / (1 + below(1000)));
		break;
	case 3: /* any mantissa, any exponent near the table's */
		(void)snprintf(out, size, "%" PRIu64 "e%d", dice() >> below(64),
		    (int)below(200) - 100);
		break;
	case 4: /* more digits than fit */
		(void)snprintf(out, size,
		    "%" PRIu64 ".%" PRIu64 "%" PRIu64 "e%d", dice(), dice(),
		    dice(), (int)below(120) - 60);
		break;
	case 5: /* denormals */
		(void)snprintf(out, size, "%" PRIu64 "e-%u", dice(),
		    315 + below(30));
		break;
	case 6: /* whole numbers */
		(void)snprintf(out, size, "%" PRIu64, dice() >> below(64));
		break;
	default:
		halfway_text(out, size);
	}
}

static void
test_random_reading(void)
{
	enum { SHAPES = 8, EACH = 40000 };

	char text[256];

	for (unsigned shape = 0; shape < SHAPES; shape++) {
		int wrong = 0;

		for (int i = 0; i < EACH && wrong < 5; i++) {
			random_text(shape, text, sizeof(text));
			wrong += !reads_as_strtod(text);
		}
		ok(wrong == 0, "%d random texts of shape %u", EACH, shape);
	}
}

static int
significant(const char *text)
{
	int n = 0, zeros = 0;

	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
			continue;
		n++;
		zeros = *text == '0' ? zeros + 1 : 0;
	}
	return n - zeros;
}

/* Is there no shorter text that reads back? */
static bool
formats_well(double x, bool shortest)
{
	char text[32], other[64];
	size_t len = number_format(x, text);
	double back = 0;
	int digits = significant(text);

	if (len != strlen(text) || len >= sizeof(text) || !reads(text, &back) ||
	    bits(back) != bits(x) || digits > 17) {
		printf("# %a: %s reads as %a\n", x, text, back);
		return false;
	}
	if (!shortest || digits < 2)
		return true;
	(void)snprintf(other, sizeof(other), "%.*e", digits - 2, x);
	if (strtod(other, NULL) == x) {
		printf("# %a: %s is longer than %s\n", x, text, other);
		return false;
	}
	return true;
}

static double
random_decimal(void)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%u.%0*u", below(1000000),
	    (int)(1 + below(8)), below(10));
	return strtod(text, NULL);
}

static void
test_random_writing(void)
{
	enum { MANY = 100000 };

	int any = 0, near = 0, decimals = 0, powers = 0, small = 0;

	for (int i = 0; i < MANY / 4; i++)
		any += !formats_well(random_double(), true);
	for (int i = 0; i < MANY; i++)
		near += !formats_well(ldexp((double)(dice() >> 11),
					  (int)below(160) - 130),
		    true);
	for (int i = 0; i < MANY; i++)
		decimals += !formats_well(random_decimal(), true);
	for (int e = -1074; e < 1024; e++)
		powers += !formats_well(ldexp(1, e), true);
	for (int i = 0; i < 2000; i++)
		small += !formats_well(ldexp((double)(i + 1), -1074), true);
	ok(any == 0, "random bits are written shortest");
	ok(near == 0, "ordinary magnitudes are written shortest");
	ok(decimals == 0, "decimals are written shortest");
	ok(powers == 0, "powers of two are written shortest");
	ok(small == 0, "denormals are written shortest");
}

static void
test_writing(void)
{
	static const struct {
		double x;
		const char *text;
	} cases[] = { { 0, "0" }, { -0.0, "-0.0" }, { 1, "1" }, { -1, "-1" },
		{ 10, "10" }, { 0.1, "0.1" }, { -0.1, "-0.1" }, { 0.3, "0.3" },
		{ 0.1 + 0.2, "0.30000000000000004" }, { 1.4604, "1.4604" },
		{ 187.15, "187.15" }, { 100.5, "100.5" },
		{ 642646396, "642646396" }, { 1029145, "1029145" },
		{ 1.029145e6 + 0.5, "1029145.5" }, { 0.5, "0.5" },
		{ 1e15, "1000000000000000" }, { 1e16, "10000000000000000" },
		{ 12345678901234567.0, "12345678901234568" },
		{ 99999999999999984.0, "99999999999999980" }, { 1e17, "1e17" },
		{ 1e22, "1e22" }, { 1e23, "1e23" }, { 1.5e300, "1.5e300" },
		{ 0.000001, "0.000001" }, { 0.0000012345, "0.0000012345" },
		{ 0.0000001, "1e-7" }, { -1.25e-7, "-1.25e-7" },
		{ 5e-324, "5e-324" }, { 9007199254740991, "9007199254740991" },
		{ 9007199254740992, "9007199254740992" },
		{ 9007199254740994, "9007199254740994" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ -1.7976931348623157e308, "-1.7976931348623157e308" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 2.0 / 3, "0.6666666666666666" },
		{ 9.5367431640625e-07, "9.5367431640625e-7" },
		{ INFINITY, "null" }, { -INFINITY, "null" }, { NAN, "null" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];

		(void)number_format(cases[i].x, text);
		ok(strcmp(text, cases[i].text) == 0, "%s is written %s",
		    cases[i].text, text);
	}
}

static void
test_parse_int(void)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool good;
		int64_t value;
	} cases[] = { { "0", 0, 9, true, 0 }, { "-0", 0, 9, true, 0 },
		{ "7", 0, 9, true, 7 }, { "10", 0, 9, false, 0 },
		{ "-1", 0, 9, false, 0 }, { "-1", -1, 9, true, -1 },
		{ "007", 0, 9, true, 7 }, { "", 0, 9, false, 0 },
		{ "-", -9, 9, false, 0 }, { "+5", 0, 9, false, 0 },
		{ " 5", 0, 9, false, 0 }, { "5 ", 0, 9, false, 0 },
		{ "5x", 0, 9, false, 0 }, { "5.0", 0, 9, false, 0 },
		{ "1e1", 0, 99, false, 0 }, { "0x5", 0, 9, false, 0 },
		{ "9223372036854775807", 0, INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", 0, INT64_MAX, false, 0 },
		{ "-9223372036854775808", INT64_MIN, 0, true, INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, 0, false, 0 },
		{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 42;
		bool good = number_parse_int(cases[i].text, cases[i].min,
		    cases[i].max, &value);

		ok(good == cases[i].good &&
			value == (good ? cases[i].value : 42),
		    "the whole number \"%s\"", cases[i].text);
	}
}

static void
test_parse_real(void)
{
	static const struct {
		const char *text;
		bool good; /* from -10 to 10 */
		double value;
	} cases[] = { { "0", true, 0 }, { "2.5", true, 2.5 },
		{ "-2.5", true, -2.5 }, { "1e1", true, 10 }, { "10", true, 10 },
		{ "10.01", false, 0 }, { "-11", false, 0 }, { "1,5", false, 0 },
		{ "", false, 0 }, { "2.5%", false, 0 }, { "nan", false, 0 },
		{ "inf", false, 0 }, { "1e999", false, 0 }, { "0x1", false, 0 },
		{ "2 ", false, 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double value = 42;
		bool good = number_parse_real(cases[i].text, -10, 10, &value);

		ok(good == cases[i].good &&
			bits(value) == bits(good ? cases[i].value : 42),
		    "the number \"%s\"", cases[i].text);
	}
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	test_grammar();
	test_hard_cases();
	test_table();
	test_long_numbers();
	test_random_reading();
	test_writing();
	test_random_writing();
	test_parse_int();
	test_parse_real();
	return done();
}
