/*
 * A word to a service that watches whether a job runs, such as Healthchecks:
 * it begins, it did well, it failed.
 */
#ifndef MD_POLYGON_PING_H
#define MD_POLYGON_PING_H

#include "polygon/trust.h"

/*
 * May it be pinged?  https, or http to a loopback address, without a query:
 * what is told apart follows the path.  MD_EUSAGE.
 */
bool ping_check(const char *url, struct md_error *);

/*
 * POST the text to the URL followed by the suffix, "/start" or "".  No key is
 * sent.  It takes ten seconds at most; any status but 2xx is MD_EHTTP.
 */
bool ping_send(const char *url, const char *suffix, const char *text,
    const struct trust *, struct md_error *);

/*
 * The same for a URL that is taken as it is, perhaps with a query, and for what
 * is of that type ("application/json"; null: a form).  A message names the
 * server alone: the rest of the address may be a secret.
 */
bool ping_url_check(const char *url, struct md_error *);
bool ping_post(const char *url, const char *type, const char *text,
    const struct trust *, struct md_error *);

#endif
