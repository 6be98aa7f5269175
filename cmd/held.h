/*
 * An operator puts the runs of a store on hold, or lets them go on.
 */
#ifndef MD_HELD_H
#define MD_HELD_H

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mdtime.h"
#include "store/operator.h"

struct holding {
	char reason[HOLD_REASON]; /* "": it is not put on hold */
	bool ends;
};

static inline bool
holding_asked(const struct holding *h)
{
	return h->reason[0] != '\0' || h->ends;
}

/* user@host */
static inline void
holding_by(char out[HOLD_BY])
{
	const struct passwd *user = getpwuid(geteuid());
	char host[64] = "";

	if (gethostname(host, sizeof(host) - 1) != 0)
		memcpy(host, "unknown", sizeof("unknown"));
	if (user != NULL)
		(void)snprintf(out, HOLD_BY, "%.60s@%s", user->pw_name, host);
	else
		(void)snprintf(out, HOLD_BY, "%ld@%s", (long)geteuid(), host);
	md_printable(out);
}

static inline bool
holding_put(const struct holding *h, struct store *st, struct log *log,
    struct md_error *e)
{
	struct hold hold = { .since_ms = md_now_ms() };
	char words[HOLD_WORDS];
	bool put;

	(void)snprintf(hold.reason, sizeof(hold.reason), "%s", h->reason);
	md_printable(hold.reason);
	holding_by(hold.by);
	if (!store_hold_put(st, &hold, &put, e))
		return false;
	hold_words(&hold, words);
	if (!put)
		log_write(log, LOG_WARNING, "it was on hold already, %s",
		    words);
	return true;
}

static inline bool
holding_end(struct store *st, struct log *log, struct md_error *e)
{
	struct hold was;
	char words[HOLD_WORDS];

	if (!store_hold_end(st, &was, e))
		return false;
	hold_words(&was, words);
	if (was.since_ms == 0)
		log_write(log, LOG_WARNING, "it was not on hold");
	else
		log_write(log, LOG_INFO, "it was on hold %s", words);
	return true;
}

/* more: there is something else on the command line to do.  Outcomes that were
 * there already are said, and are none the worse. */
static inline bool
holding_change(const struct holding *h, bool more, const char *db,
    struct log *log, struct md_error *e)
{
	struct store *st = NULL;
	bool good;

	if (more || (h->ends && h->reason[0] != '\0'))
		return md_fail(e, MD_EUSAGE,
		    "--hold and --resume are for all runs of the store: "
		    "expected one of them, and nothing to fetch beside it");
	if (!store_open_existing(db, &st, e))
		return false;
	good = h->ends ? holding_end(st, log, e) : holding_put(h, st, log, e);
	store_close(&st);
	return good;
}

#endif
