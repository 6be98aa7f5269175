#include "polygon/header.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/number.h"

const char *
header_value(const char *line, size_t n, const char *name, size_t *len)
{
	size_t skip = strlen(name);

	if (n <= skip || strncasecmp(line, name, skip) != 0 ||
	    line[skip] != ':')
		return NULL;
	for (skip++; skip < n && (line[skip] == ' ' || line[skip] == '\t');)
		skip++;
	while (n > skip && (line[n - 1] == '\r' || line[n - 1] == '\n' ||
			       line[n - 1] == ' '))
		n--;
	*len = n - skip;
	return line + skip;
}

/* Values that are a date or a number are short. */
#define VALUE_MAX 64

static bool
copy_value(char text[VALUE_MAX], const char *value, size_t len)
{
	if (len == 0 || len >= VALUE_MAX)
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	return true;
}

/* Four digits are a year's: 10000-01-01, in seconds. */
#define DATE_END INT64_C(253402300800)

int64_t
header_date(const char *value, size_t len)
{
	char text[VALUE_MAX];
	time_t at = copy_value(text, value, len) ? curl_getdate(text, NULL) : 0;

	return at > 0 && at < DATE_END ? (int64_t)at * 1000 : 0;
}

int64_t
header_retry_after(const char *value, size_t len)
{
	char text[VALUE_MAX];
	int64_t at;

	if (!copy_value(text, value, len))
		return -1;
	if (strspn(text, "0123456789") == len)
		return len > 9 ? INT64_C(999999999000)
			       : strtoll(text, NULL, 10) * 1000;
	at = header_date(value, len);
	if (at == 0)
		return -1;
	at -= (int64_t)time(NULL) * 1000;
	return at > 0 ? at : 0;
}

#define LENGTH_MAX (INT64_C(1) << 48)

int64_t
header_length(const char *value, size_t len)
{
	char text[VALUE_MAX];
	int64_t n;

	return copy_value(text, value, len) &&
		       strspn(text, "0123456789") == len &&
		       number_parse_int(text, 0, LENGTH_MAX, &n)
		   ? n
		   : -1;
}

bool
header_range(const char *value, size_t len, int64_t *from, int64_t *total)
{
	static const char unit[] = "bytes ";
	size_t skip = sizeof(unit) - 1, first, last;
	const char *end = value + len;

	if (len <= skip || strncasecmp(value, unit, skip) != 0)
		return false;
	value += skip;
	for (first = 0; value + first < end && value[first] != '-';)
		first++;
	*from = header_length(value, first);
	if (*from < 0 || value + first == end)
		return false;
	value += first + 1;
	for (last = 0; value + last < end && value[last] != '/';)
		last++;
	if (header_length(value, last) < *from || value + last == end)
		return false;
	value += last + 1;
	*total = header_length(value, (size_t)(end - value));
	return true;
}
