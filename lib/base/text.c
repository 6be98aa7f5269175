#include "base/text.h"

#include <string.h>

#define END_OF_FILE '\x1a'

size_t
text_mark(const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";

	return len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
}

bool
text_is_wide(const char *text, size_t len)
{
	return len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			       memcmp(text, "\xfe\xff", 2) == 0);
}

size_t
text_unwrap(char *text, size_t len)
{
	size_t mark = text_mark(text, len), end = len;

	while (end > mark && strchr(" \t\r\n", text[end - 1]) != NULL)
		end--;
	if (end > mark && text[end - 1] == END_OF_FILE)
		len = end - 1;
	len -= mark;
	memmove(text, text + mark, len);
	text[len] = '\0';
	return len;
}
