#include "base/secret.h"

#include <string.h>

#define PART_LEAST 4

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* The number of so many hexadecimal digits; -1: they are none. */
static long
hex_number(const char *p, const char *end, int digits)
{
	long n = 0;

	if (end - p < digits)
		return -1;
	for (int i = 0; i < digits; i++) {
		int v = hex_value(p[i]);

		if (v < 0)
			return -1;
		n = 16 * n + v;
	}
	return n;
}

/* How many bytes at p stand for the character; 0: they do not. */
static size_t
stands_for(const char *p, const char *end, char c)
{
	long code = (long)(unsigned char)c;

	if (*p == '\\' && end - p > 1) {
		if (p[1] == 'u' && hex_number(p + 2, end, 4) == code)
			return 6;
		if (p[1] == c && p[1] != 'u')
			return 2;
	}
	if (*p == '%' && hex_number(p + 1, end, 2) == code)
		return 3;
	return *p == c;
}

/* How many bytes at p stand for the secret; 0: they do not. */
static size_t
stands_for_all(const char *p, const char *end, const char *secret)
{
	const char *from = p;

	for (; *secret != '\0'; secret++) {
		size_t n = p < end ? stands_for(p, end, *secret) : 0;

		if (n == 0)
			return 0;
		p += n;
	}
	return (size_t)(p - from);
}

/* As it is: what is between two NULs at a time. */
static void
mask_plain(char *text, const char *end, const char *secret, size_t n)
{
	while (text < end) {
		char *at = strstr(text, secret);

		if (at == NULL || at >= end)
			text += strlen(text) + 1;
		else {
			memset(at, '*', n);
			text = at + n;
		}
	}
}

/* With an escape among its characters, which that introduces: they begin at
 * most so many before it. */
static void
mask_escaped(char *text, const char *end, const char *secret, size_t n,
    char escape)
{
	char *done = text, *at;

	while ((at = memchr(done, escape, (size_t)(end - done))) != NULL) {
		char *from = (size_t)(at - text) >= 6 * n ? at - 6 * n : text;
		size_t found = 0;

		if (from < done)
			from = done;
		for (; from <= at && found == 0; from++)
			found = stands_for_all(from, end, secret);
		if (found > 0)
			memset(from - 1, '*', found);
		done = found > 0 ? from - 1 + found : at + 1;
	}
}

void
secret_mask(char *text, size_t len, const char *secret)
{
	size_t n = strlen(secret);
	const char *end = text + len;

	if (n < SECRET_LEAST)
		return;
	mask_plain(text, end, secret, n);
	mask_escaped(text, end, secret, n, '\\');
	mask_escaped(text, end, secret, n, '%');
}

void
secret_mask_cut(char *text, size_t len, const char *secret)
{
	size_t n = strlen(secret);

	secret_mask(text, len, secret);
	if (n < SECRET_LEAST)
		return;
	for (size_t part = n - 1; part >= PART_LEAST; part--)
		if (part <= len &&
		    memcmp(text + len - part, secret, part) == 0) {
			memset(text + len - part, '*', part);
			return;
		}
}

void
secret_wipe(void *secret, size_t len)
{
	/* Or the compiler would see that nobody reads it. */
	volatile char *p = secret;

	while (len-- > 0)
		*p++ = '\0';
}
