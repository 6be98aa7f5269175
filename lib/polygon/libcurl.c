/*
 * libcurl, which brings thirty other libraries: loaded when the API is first
 * asked, so that nothing else waits for it.  Its functions stand here under
 * their own names and call it; one that is used for the first time is added to
 * both lists.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdarg.h>

#include "polygon/libcurl.h"
#include "sys/library.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define FUNCTIONS(X)                                                           \
	X(curl_easy_cleanup)                                                   \
	X(curl_easy_getinfo)                                                   \
	X(curl_easy_init)                                                      \
	X(curl_easy_pause)                                                     \
	X(curl_easy_setopt)                                                    \
	X(curl_easy_strerror)                                                  \
	X(curl_free)                                                           \
	X(curl_getdate)                                                        \
	X(curl_global_cleanup)                                                 \
	X(curl_global_init)                                                    \
	X(curl_multi_add_handle)                                               \
	X(curl_multi_cleanup)                                                  \
	X(curl_multi_info_read)                                                \
	X(curl_multi_init)                                                     \
	X(curl_multi_perform)                                                  \
	X(curl_multi_poll)                                                     \
	X(curl_multi_remove_handle)                                            \
	X(curl_multi_strerror)                                                 \
	X(curl_multi_wakeup)                                                   \
	X(curl_slist_append)                                                   \
	X(curl_slist_free_all)                                                 \
	X(curl_url)                                                            \
	X(curl_url_cleanup)                                                    \
	X(curl_url_get)                                                        \
	X(curl_url_set)                                                        \
	X(curl_version_info)

static struct {
	FUNCTIONS(LIBRARY_POINTER)
} real;

static const struct library_symbol symbols[] = { FUNCTIONS(LIBRARY_SYMBOL) };

LIBRARY_DOES(curl_easy_cleanup, (CURL * curl), (curl))
LIBRARY_GIVES(CURL *, curl_easy_init, (void), ())
LIBRARY_GIVES(CURLcode, curl_easy_pause, (CURL * handle, int bitmask),
    (handle, bitmask))
LIBRARY_GIVES(const char *, curl_easy_strerror, (CURLcode a), (a))
LIBRARY_DOES(curl_free, (void *p), (p))
LIBRARY_GIVES(time_t, curl_getdate, (const char *p, const time_t *unused),
    (p, unused))
LIBRARY_DOES(curl_global_cleanup, (void), ())
LIBRARY_GIVES(CURLcode, curl_global_init, (long flags), (flags))
LIBRARY_GIVES(CURLMcode, curl_multi_add_handle,
    (CURLM * multi_handle, CURL *curl_handle), (multi_handle, curl_handle))
LIBRARY_GIVES(CURLMcode, curl_multi_cleanup, (CURLM * multi_handle),
    (multi_handle))
LIBRARY_GIVES(CURLMsg *, curl_multi_info_read,
    (CURLM * multi_handle, int *msgs_in_queue), (multi_handle, msgs_in_queue))
LIBRARY_GIVES(CURLM *, curl_multi_init, (void), ())
LIBRARY_GIVES(CURLMcode, curl_multi_perform,
    (CURLM * multi_handle, int *running_handles),
    (multi_handle, running_handles))
LIBRARY_GIVES(CURLMcode, curl_multi_poll,
    (CURLM * multi_handle, struct curl_waitfd extra_fds[],
	unsigned int extra_nfds, int timeout_ms, int *ret),
    (multi_handle, extra_fds, extra_nfds, timeout_ms, ret))
LIBRARY_GIVES(CURLMcode, curl_multi_remove_handle,
    (CURLM * multi_handle, CURL *curl_handle), (multi_handle, curl_handle))
LIBRARY_GIVES(const char *, curl_multi_strerror, (CURLMcode a), (a))
LIBRARY_GIVES(CURLMcode, curl_multi_wakeup, (CURLM * multi_handle),
    (multi_handle))
LIBRARY_GIVES(struct curl_slist *, curl_slist_append,
    (struct curl_slist * list, const char *data), (list, data))
LIBRARY_DOES(curl_slist_free_all, (struct curl_slist * list), (list))
LIBRARY_GIVES(CURLU *, curl_url, (void), ())
LIBRARY_DOES(curl_url_cleanup, (CURLU * handle), (handle))
LIBRARY_GIVES(CURLUcode, curl_url_get,
    (CURLU * handle, CURLUPart what, char **part, unsigned int flags),
    (handle, what, part, flags))
LIBRARY_GIVES(CURLUcode, curl_url_set,
    (CURLU * handle, CURLUPart what, const char *part, unsigned int flags),
    (handle, what, part, flags))
LIBRARY_GIVES(curl_version_info_data *, curl_version_info, (CURLversion a), (a))

/* An option's number tells of what type its value is. */
/* NOLINTBEGIN(bugprone-branch-clone): they differ by that type. */
CURLcode
curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	CURLcode rc;
	va_list ap;

	va_start(ap, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		rc = real.curl_easy_setopt(easy, option, va_arg(ap, long));
	else if (option >= CURLOPTTYPE_OFF_T &&
		 option < CURLOPTTYPE_OFF_T + 10000)
		rc =
		    real.curl_easy_setopt(easy, option, va_arg(ap, curl_off_t));
	else
		rc = real.curl_easy_setopt(easy, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* NOLINTEND(bugprone-branch-clone) */

CURLcode
curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	CURLcode rc;
	va_list ap;

	va_start(ap, info);
	rc = real.curl_easy_getinfo(easy, info, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

#ifdef __APPLE__
#define FILE_NAME "libcurl.4.dylib"
#else
#define FILE_NAME "libcurl.so.4"
#endif

bool
libcurl_load(struct md_error *e)
{
	static struct library library = { FILE_NAME, "the API", symbols,
		sizeof(symbols) / sizeof(symbols[0]), MD_EIO, false };

	return library_load(&library, e);
}
