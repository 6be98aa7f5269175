/*
 * What somebody is sent when alerts are raised or over.
 */
#ifndef MD_OUTPUT_NOTICE_H
#define MD_OUTPUT_NOTICE_H

#include "base/buf.h"
#include "market/alert_changes.h"

/* JSON as it is documented, or as a service takes it. */
enum notice_format {
	NOTICE_JSON,
	NOTICE_NTFY,         /* JSON, to the server: the topic is in it */
	NOTICE_SLACK,        /* JSON, to an incoming webhook */
	NOTICE_HEALTHCHECKS, /* text, to the check or its /fail */
};

#define NOTICE_FORMATS "ntfy slack healthchecks"

/* All of it is borrowed. */
struct notice {
	int64_t now_ms;
	enum health_status status;
	const char *store, *host;   /* its name, without a password; ours */
	const struct alert *alerts; /* those that there are */
	size_t alerts_len;
	const struct alert_change *changes; /* why it is sent: at least one */
	size_t changes_len;
};

/* topic: of ntfy. */
void notice_write(struct buf *, enum notice_format, const struct notice *,
    const char *topic);

/* "application/json", … */
const char *notice_type(enum notice_format);

#endif
