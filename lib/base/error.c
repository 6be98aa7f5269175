#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

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
md_error_check(struct md_error *e)
{
	if (e->code > MD_OK && e->code <= MD_EINTR && e->text[0] != '\0' &&
	    memchr(e->text, '\0', sizeof(e->text)) != NULL)
		return true;
	/* Nobody knows what it is: the code of a fault of the program's own. */
	return md_fail(e, MD_ENOMEM,
	    "failed without a reason, which is a fault of this program: run it "
	    "again with -vv, and report what it says");
}

bool
md_nomem(struct md_error *e)
{
	return md_fail(e, MD_ENOMEM, "out of memory");
}

/* The character's number, of n bytes that are well-formed UTF-8. */
static uint32_t
code_point(const unsigned char *s, size_t n)
{
	uint32_t code = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

/* A terminal obeys it, or it changes how what stands around it is read: the
 * controls, and Unicode's for directions and for lines. */
static bool
is_obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void
md_printable(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p != '\0') {
		size_t n = utf8_length(p);

		if (n == 0 || is_obeyed(code_point(p, n))) {
			n = n == 0 ? 1 : n;
			memset(p, '?', n);
		}
		p += n;
	}
}

const char *
md_code_name(enum md_code code)
{
	static const char *const names[] = {
		[MD_OK] = "ok",
		[MD_EUSAGE] = "usage",
		[MD_ECONFIG] = "config",
		[MD_ENOMEM] = "memory",
		[MD_EIO] = "io",
		[MD_EDATA] = "data",
		[MD_ENET] = "network",
		[MD_ETLS] = "tls",
		[MD_EHTTP] = "http",
		[MD_EABSENT] = "absent",
		[MD_EAPI] = "api",
		[MD_EKEY] = "key",
		[MD_EDENIED] = "denied",
		[MD_ESTORE] = "store",
		[MD_EEMPTY] = "empty",
		[MD_ELEASE] = "lease",
		[MD_EHELD] = "held",
		[MD_EINTR] = "stopped",
	};

	return names[code];
}
