/*
 * Numbers both ways: what is read is what strtod() reads, where JSON has a
 * number; what is written reads back the same, bit by bit, and no shorter text
 * would.
 */
#include <inttypes.h>
#include <math.h>

#include "base/number.h"
#include "fuzz.h"

static size_t
digits_at(const char *s)
{
	return strspn(s, "0123456789");
}

/* The length of the JSON number that the text begins with; 0: none. */
static size_t
json_number_length(const char *s)
{
	const char *p = s + (*s == '-');
	size_t n = digits_at(p);

	if (n == 0 || (*p == '0' && n > 1))
		return 0;
	p += n;
	if (*p == '.') {
		n = digits_at(p + 1);
		if (n == 0)
			return 0;
		p += n + 1;
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '+' || *p == '-';
		n = digits_at(p);
		if (n == 0)
			return 0;
		p += n;
	}
	return (size_t)(p - s);
}

static void
read_text(const char *text)
{
	const char *p = text, *end = strchr(text, '\0');
	size_t n = json_number_length(text);
	double x = 0, want, real;
	bool good = number_scan(&p, end, &x);
	int64_t i;

	if (!good)
		must(p == text);
	want = 0;
	if (n > 0) {
		char *only = strndup(text, n);

		must(only != NULL);
		want = strtod(only, NULL);
		free(only);
	}
	must(good == (n > 0 && isfinite(want)));
	if (good) {
		must((size_t)(p - text) == n);
		must(memcmp(&x, &want, sizeof(x)) == 0);
	}
	if (number_parse_real(text, -1e300, 1e300, &real)) {
		want = strtod(text, NULL);
		must(real == want && fabs(real) <= 1e300);
	}
	if (number_parse_int(text, INT64_MIN, INT64_MAX, &i)) {
		must(i == strtoll(text, NULL, 10));
		must(!number_parse_int(text, 0, 9, &i) || (i >= 0 && i <= 9));
	}
}

static void
write_double(double x)
{
	char text[32], shorter[40];
	size_t n = number_format(x, text), digits = 0;
	const char *p = text;
	double back;
	bool zeros = true;

	must(n == strlen(text) && n < sizeof(text));
	if (!isfinite(x)) {
		must(strcmp(text, "null") == 0);
		return;
	}
	must(json_number_length(text) == n);
	must(number_scan(&p, text + n, &back));
	must(memcmp(&x, &back, sizeof(x)) == 0);
	must(strtod(text, NULL) == x);
	/* Its digits, without zeros at either end. */
	for (size_t i = 0, trailing = 0; text[i] != '\0' && text[i] != 'e';
	     i++) {
		if (text[i] < '0' || text[i] > '9')
			continue;
		if (zeros && text[i] == '0')
			continue;
		zeros = false;
		trailing = text[i] == '0' ? trailing + 1 : 0;
		if (trailing == 0)
			digits++;
		else if (text[i + 1] >= '1' && text[i + 1] <= '9')
			digits += trailing;
	}
	if (digits > 1) {
		(void)snprintf(shorter, sizeof(shorter), "%.*e",
		    (int)digits - 2, x);
		must(strtod(shorter, NULL) != x);
	}
}

static void
write_int(int64_t x)
{
	char text[24], want[24];
	int64_t back;

	(void)snprintf(want, sizeof(want), "%" PRId64, x);
	must(number_format_int(x, text) == strlen(want));
	must(strcmp(text, want) == 0);
	must(number_parse_int(text, INT64_MIN, INT64_MAX, &back) && back == x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *text = input_rest(&in);

	read_text(text);
	if (size >= sizeof(uint64_t)) {
		double x;
		int64_t i;

		memcpy(&x, data, sizeof(x));
		memcpy(&i, data, sizeof(i));
		write_double(x);
		write_double((double)i);
		write_double((double)(i % 1000000007) / 10000);
		write_int(i);
	}
	free(text);
	return 0;
}
