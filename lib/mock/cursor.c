#include "mock/cursor.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

void
cursor_encode(struct buf *b, const char *text)
{
	uint32_t bits = 0;
	int n = 0;

	for (; *text != '\0'; text++) {
		bits = bits << 8 | (unsigned char)*text;
		for (n += 8; n >= 6; n -= 6)
			buf_putc(b, alphabet[bits >> (n - 6) & 63]);
	}
	if (n > 0)
		buf_putc(b, alphabet[bits << (6 - n) & 63]);
}

bool
cursor_decode(struct buf *b, const char *cursor)
{
	uint32_t bits = 0;
	int n = 0;

	for (; *cursor != '\0'; cursor++) {
		const char *at = strchr(alphabet, *cursor);

		if (at == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		n += 6;
		if (n >= 8) {
			n -= 8;
			if ((bits >> n & 0xff) < ' ')
				return false;
			buf_putc(b, (char)(bits >> n & 0xff));
		}
	}
	return true;
}

void
cursor_escape(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		char c = *text;

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || strchr("-._~:", c) != NULL)
			buf_putc(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	}
}
