/*
 * The mock's answers that are no page: errors in the API's words, and what
 * faults send instead of an answer.
 */
#ifndef MD_MOCK_REPLY_H
#define MD_MOCK_REPLY_H

#include "mock/call.h"

/* A null message is the status's own. */
void reply_error(struct httpd_response *, int status, const char *id,
    const char *message);
void reply_429(struct httpd_response *, const char *id,
    const char *retry_after);
void reply_empty_429(struct httpd_response *);

/* False when the fault is not of the kind that comes instead. */
bool reply_fault(const struct fault *, const struct call *,
    struct httpd_response *);

#endif
