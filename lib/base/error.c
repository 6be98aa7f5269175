#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
md_fail(struct md_error *e, enum md_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return false;
	e->code = code;
	va_start(ap, fmt);
	if (vsnprintf(e->text, sizeof(e->text), fmt, ap) < 0)
		e->text[0] = '\0';
	va_end(ap);
	return false;
}

bool
md_context(struct md_error *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	va_list ap;
	int n;

	if (e == NULL)
		return false;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n + 3 < sizeof(e->text)) {
		size_t room = sizeof(e->text) - (size_t)n - 3;

		memcpy(e->text + n, ": ", 2);
		memcpy(e->text + n + 2, old, room);
		e->text[sizeof(e->text) - 1] = '\0';
	}
	return false;
}

bool
md_nomem(struct md_error *e)
{
	return md_fail(e, MD_ENOMEM, "out of memory");
}

void
md_printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			p[0] = '?';
			p[1] = '?';
		}
}
