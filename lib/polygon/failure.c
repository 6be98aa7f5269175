#include "polygon/failure.h"

#include <curl/curl.h>
#include <string.h>

/* Is it one of those that another try does not mend? */
static bool
classify_tls(int rc, const char *why, const char *base, const struct trust *t,
    struct md_error *e)
{
	const char *named = t == NULL            ? ""
			    : t->file[0] != '\0' ? t->file
						 : t->dir;

	if (rc == CURLE_SSL_CACERT_BADFILE)
		(void)md_fail(e, MD_ETLS,
		    "the certificates of the authorities to trust cannot be "
		    "loaded from %s (%.200s)",
		    named[0] != '\0' ? named : "the system's place", why);
	else if (rc == CURLE_SSL_CONNECT_ERROR &&
		 (strstr(why, "unsupported protocol") != NULL ||
		     strstr(why, "protocol version") != NULL))
		(void)md_fail(e, MD_ETLS, "%s offers no TLS 1.2 or newer (%s)",
		    base, why);
	else if (rc != CURLE_PEER_FAILED_VERIFICATION &&
		 rc != CURLE_SSL_ISSUER_ERROR)
		return false;
	else if (named[0] != '\0')
		(void)md_fail(e, MD_ETLS,
		    "the certificate of %s is not trusted (%.200s): only "
		    "authorities in %s are",
		    base, why, named);
	else
		(void)md_fail(e, MD_ETLS,
		    "the certificate of %s is not trusted (%.200s); if an "
		    "authority of your own signed it, name its certificate "
		    "with --ca-file FILE",
		    base, why);
	return true;
}

/* libcurl repeats a proxy's URL that it cannot use, with its password. */
static bool
classify_proxy(int rc, const char *why, struct md_error *e)
{
	if (strncmp(why, "Unsupported proxy", 17) != 0 &&
	    (rc != CURLE_COULDNT_RESOLVE_PROXY || strchr(why, '@') == NULL))
		return false;
	return !md_fail(e, MD_EUSAGE,
	    "the proxy that https_proxy or all_proxy names cannot be used: "
	    "expected http://[USER:PASSWORD@]HOST:PORT");
}

void
failure_tell(int rc, const char *why, const char *base,
    const struct trust *trust, struct md_error *e)
{
	/* It also says so of one line that is longer than its own limit. */
	if (rc == CURLE_OUT_OF_MEMORY)
		(void)md_fail(e, MD_ENET,
		    "%s: libcurl has no memory for it, or a header line of "
		    "the answer is longer than libcurl takes",
		    base);
	else if (!classify_tls(rc, why, base, trust, e) &&
		 !classify_proxy(rc, why, e))
		(void)md_fail(e, MD_ENET, "%s: %s", base, why);
}
