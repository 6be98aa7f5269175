/*
 * The mock's answers that are not pages: errors as the API words them, and what
 * faults send instead of an answer.
 */
#ifndef MD_MOCK_REPLY_H
#define MD_MOCK_REPLY_H

#include "mock/call.h"

/* With a null message, the status's usual message. */
void reply_error(struct httpd_response *, int status, const char *id,
    const char *message);
void reply_429(struct httpd_response *, const char *id,
    const char *retry_after);
void reply_empty_429(struct httpd_response *);

/* -- dates of HTTP, in seconds since 1970 -- */

#define HTTP_DATE_MAX 40

void reply_date_format(int64_t seconds, char out[HTTP_DATE_MAX]);
/* The form that all use today: "Sun, 06 Nov 1994 08:49:37 GMT". */
bool reply_date_parse(const char *, int64_t *seconds);

/* The header Date, by the mock's clock. */
void reply_date(struct httpd_response *, const struct call *);

/* False if no fault that it meets replaces the answer. */
bool reply_fault(const struct call *, struct httpd_response *);

#endif
