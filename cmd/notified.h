/*
 * Somebody who is told when an alert is raised or over: a URL or a command.
 */
#ifndef MD_NOTIFIED_H
#define MD_NOTIFIED_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mdtime.h"
#include "base/weburl.h"
#include "output/notice.h"
#include "polygon/ping.h"
#include "report/health.h"
#include "store/operator.h"
#include "sys/feed.h"
#include "sys/uuid.h"

#define NOTIFIED_COMMAND_MS (30 * MD_SECOND)
#define NOTIFIED_TOPIC      65

struct notified {
	char target[1024]; /* as it was given; "": nobody is told */
	bool is_command;
	enum notice_format format;
	const char *url; /* in target; of ntfy: with the topic */
	char topic[NOTIFIED_TOPIC];
	/* What was found of the store. */
	bool looked;
	bool probed; /* the API, too */
	int64_t now_ms;
	enum health_status status;
	struct alert alerts[ALERT_RULES];
	size_t alerts_len;
};

/* The topic is the last part of the URL's path, which becomes the server's. */
static inline bool
notified_topic(struct notified *n, struct md_error *e)
{
	const char *end = n->url + strcspn(n->url, "?#");
	const char *from = end, *host = strstr(n->url, "://");

	while (host != NULL && from > host + 3 && from[-1] != '/')
		from--;
	if (host == NULL || from == host + 3 || from == end ||
	    (size_t)(end - from) >= sizeof(n->topic))
		return md_fail(e, MD_EUSAGE,
		    "ntfy: expected a URL that ends with a topic, such as "
		    "https://ntfy.sh/topic");
	memcpy(n->topic, from, (size_t)(end - from));
	n->topic[end - from] = '\0';
	return true;
}

/* What of the target is which; a URL may be told to. */
static inline bool
notified_check(struct notified *n, struct md_error *e)
{
	static const char *const formats[] = {
		[NOTICE_NTFY] = "ntfy:",
		[NOTICE_SLACK] = "slack:",
		[NOTICE_HEALTHCHECKS] = "healthchecks:",
	};
	bool good;

	if (n->target[0] == '\0')
		return true;
	n->format = NOTICE_JSON;
	n->url = n->target;
	for (int i = NOTICE_NTFY; i <= NOTICE_HEALTHCHECKS; i++)
		if (strncmp(n->target, formats[i], strlen(formats[i])) == 0) {
			n->format = (enum notice_format)i;
			n->url = n->target + strlen(formats[i]);
		}
	n->is_command = n->format == NOTICE_JSON && weburl_scheme(n->url) == 0;
	if (n->is_command)
		return true;
	good = n->format == NOTICE_HEALTHCHECKS ? ping_check(n->url, e)
						: ping_url_check(n->url, e);
	if (good && n->format == NOTICE_NTFY)
		good = notified_topic(n, e);
	return good || md_context(e, "--notify");
}

/* What is to be told, as it was found. */
static inline void
notified_look(struct notified *n, const struct health *h)
{
	n->looked = true;
	n->probed = h->probe.asked;
	n->now_ms = h->now_ms;
	n->status = h->status;
	n->alerts_len = h->alerts_len;
	memcpy(n->alerts, h->alerts, sizeof(n->alerts));
}

static inline bool
notified_post(const struct notified *n, const char *text, const char *ca_file,
    struct md_error *e)
{
	const char *type = notice_type(n->format);
	char server[sizeof(n->target)];
	const char *topic;
	struct trust trust;

	if (!trust_find(&trust, ca_file, getenv, e))
		return false;
	if (n->format == NOTICE_HEALTHCHECKS)
		return ping_send(n->url,
		    n->status == HEALTH_HEALTHY ? "" : "/fail", text, &trust,
		    e);
	if (n->format != NOTICE_NTFY)
		return ping_post(n->url, type, text, &trust, e);
	/* Without its topic the URL is that of the server. */
	topic = n->url + strcspn(n->url, "?") - strlen(n->topic);
	(void)snprintf(server, sizeof(server), "%.*s%s", (int)(topic - n->url),
	    n->url, topic + strlen(n->topic));
	return ping_post(server, type, text, &trust, e);
}

static inline bool
notified_send(const struct notified *n, const struct notice *notice,
    const char *ca_file, struct md_error *e)
{
	struct buf text = BUF_INIT;
	bool good;

	notice_write(&text, n->format, notice, n->topic);
	good = (buf_ok(&text) || md_nomem(e)) &&
	       (n->is_command ? feed_command(n->target, buf_str(&text),
				    NOTIFIED_COMMAND_MS, e)
			      : notified_post(n, buf_str(&text), ca_file, e));
	buf_free(&text);
	return good;
}

/* What was not looked at has not changed. */
static inline unsigned
notified_rules(const struct notified *n)
{
	return n->probed ? ~0U : ~(1U << ALERT_API);
}

static inline size_t
notified_changes(const struct notified *n, const struct alerts_told *told,
    struct alert_change *out)
{
	return alert_changes(told, n->alerts, n->alerts_len, notified_rules(n),
	    out);
}

/* How it is told, and who tells it. */
struct notified_way {
	const char *db, *ca_file;
	struct log *log;
	char receiver[17]; /* a hash of the target */
	char claim[UUID_SIZE];
};

/* Once the claim is ours. */
static inline bool
notified_deliver(const struct notified *n, const struct notified_way *way,
    struct store *st, struct alerts_told *told, struct md_error *e)
{
	struct alert_change changes[ALERT_RULES];
	char host[64] = "";
	struct notice notice = {
		.now_ms = n->now_ms,
		.status = n->status,
		.store = st->name,
		.host = host,
		.alerts = n->alerts,
		.alerts_len = n->alerts_len,
		.changes = changes,
		.changes_len = notified_changes(n, told, changes),
	};
	/* Another host may have told it a moment ago. */
	bool news = notice.changes_len > 0;
	struct md_error kept;

	if (gethostname(host, sizeof(host) - 1) != 0)
		memcpy(host, "unknown", sizeof("unknown"));
	md_printable(host);
	if (news && !notified_send(n, &notice, way->ca_file, e)) {
		(void)store_told_settle(st, way->receiver, way->claim, NULL, 0,
		    &kept);
		return false;
	}
	alert_changes_told(told, changes, notice.changes_len, md_now_ms());
	if (!store_told_settle(st, way->receiver, way->claim,
		news ? told : NULL, md_now_ms(), &kept))
		log_tell(way->log, LOG_ERROR,
		    &(struct log_about){ NULL, NULL, kept.code },
		    "--notify: delivered, but that cannot be kept, so that it "
		    "will be told again: %s",
		    kept.text);
	return true;
}

static inline bool
notified_claim(const struct notified *n, struct notified_way *way,
    struct md_error *e)
{
	struct alerts_told told;
	struct store *st = NULL;
	bool mine, good;

	if (!uuid_create(way->claim))
		return md_fail(e, MD_EIO, "/dev/urandom cannot be read");
	good = store_open_existing(way->db, &st, e) &&
	       store_told_claim(st, way->receiver, way->claim, md_now_ms(),
		   &mine, &told, e);
	if (good && !mine)
		log_write(way->log, LOG_INFO,
		    "--notify: another mdhealth is at it");
	else if (good)
		good = notified_deliver(n, way, st, &told, e);
	store_close(&st);
	return good;
}

/*
 * Tell of what has changed.  reader: the store as it was read.  The verdict
 * stands whether anybody hears of it: what was not delivered is told again.
 */
static inline void
notified_tell(const struct notified *n, struct store *reader, const char *db,
    const char *ca_file, struct log *log)
{
	struct notified_way way = {
		.db = db,
		.ca_file = ca_file,
		.log = log,
	};
	struct alert_change changes[ALERT_RULES];
	struct alerts_told told;
	struct md_error e;

	if (n->target[0] == '\0' || !n->looked)
		return;
	(void)snprintf(way.receiver, sizeof(way.receiver), "%016" PRIx64,
	    hash_text(HASH_EMPTY, n->target));
	if (store_told_read(reader, way.receiver, &told, &e) &&
	    (notified_changes(n, &told, changes) == 0 ||
		notified_claim(n, &way, &e)))
		return;
	(void)md_error_check(&e);
	log_tell(log, LOG_ERROR, &(struct log_about){ NULL, NULL, e.code },
	    "--notify: not delivered: %s", e.text);
}

#endif
