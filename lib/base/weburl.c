#include "base/weburl.h"

#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

size_t
weburl_scheme(const char *text)
{
	size_t n = strspn(text, LETTERS "0123456789+.-");

	return strspn(text, LETTERS) > 0 && strncmp(text + n, "://", 3) == 0
		   ? n
		   : 0;
}

/* Its last byte is part of it, too. */
static bool
has_blank(const char *url)
{
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || *url == '\x7f')
			return true;
	return false;
}

bool
weburl_check(const char *url, const char *login, struct md_error *e)
{
	size_t scheme = weburl_scheme(url), authority;
	const char *host = url + scheme + 3;

	if (scheme == 0)
		return md_fail(e, MD_EUSAGE,
		    "not a URL: expected https:// and a host, such as "
		    "https://api.massive.com");
	if (!(scheme == 5 && strncasecmp(url, "https", 5) == 0) &&
	    !(scheme == 4 && strncasecmp(url, "http", 4) == 0))
		return md_fail(e, MD_EUSAGE,
		    "a URL that begins with %.*s://: expected https:// or "
		    "http://",
		    scheme > 20 ? 20 : (int)scheme, url);
	authority = strcspn(host, "/?#\\");
	if (memchr(host, '@', authority) != NULL)
		return md_fail(e, MD_EUSAGE,
		    "a URL with a login (NAME:SECRET@) is not taken: %s",
		    login);
	if (has_blank(url))
		return md_fail(e, MD_EUSAGE,
		    "a URL with a space or control character: expected %%20 "
		    "for a space");
	if (authority == 0 || *host == ':')
		return md_fail(e, MD_EUSAGE,
		    "a URL without a host: expected http(s)://HOST[:PORT]");
	return true;
}
