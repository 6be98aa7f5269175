#include "polygon/polygon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/dice.h"
#include "base/hash.h"
#include "base/integer.h"
#include "base/mdtime.h"
#include "polygon/http.h"
#include "polygon/pace.h"
#include "polygon/url.h"

#define MAX_BODY     ((size_t)32 << 20)
#define MAX_BUFFERED ((size_t)8 << 20)
#define MAX_PAGES    20000
/* Calls in a row that may run out of retries before the API counts as down. */
#define DOWN_AFTER 3
/* Asked to wait longer than this, a call gives up instead. */
#define MAX_RETRY_AFTER_MS INT64_C(3600000)

struct call {
	struct call *next;
	struct polygon *polygon;
	char *path;
	char subject[SYMBOL_MAX]; /* the ticker; "" for all */
	const struct polygon_handler *handler;
	void *ctx;
	bool in_flight;
	unsigned retry; /* of this page */
	int64_t due;    /* monotonic ms */
	uint64_t *seen; /* hashes of the pages' paths */
	size_t seen_len, seen_cap;
	struct stage_log *stages; /* what it waits for is told there */
	enum stage waits;         /* for what, since then */
	int64_t waits_since;
	int64_t paced; /* the next request has waited for the pace so long */
	bool (*turn)(void *ctx); /* its answers wait for it; or null */
	void *turn_ctx;
};

struct polygon {
	struct http *http;
	struct polygon_options options;
	struct pace pace;
	struct polygon_counts counts;
	struct call *calls; /* oldest first */
	struct md_error verdict;
	struct md_error cancelled; /* why; MD_OK: it is not */
	/* Whose calls ran out of retries, in a row; each once. */
	char exhausted[DOWN_AFTER][SYMBOL_MAX];
	unsigned exhausted_len;
	bool reached;
	bool held; /* nothing is sent any more */
	uint64_t dice;
	struct stage_log *charged; /* of the next call, … */
	bool (*turn)(void *ctx);   /* … and its turn */
	void *turn_ctx;
	int64_t answered_at, answered_cpu;
	int64_t server_ms;
	const char *body; /* of the answer that a handler is given */
	size_t body_len;
	polygon_watcher *watcher; /* or null */
	void *watcher_ctx;
	struct bar *spare; /* the largest that was given back */
	size_t spare_cap;
};

bool
polygon_create(struct polygon **out, const struct polygon_options *o,
    struct md_error *e)
{
	struct polygon *p = calloc(1, sizeof(*p));
	struct http_options http = {
		.base_url = o->base_url,
		.bearer = o->key,
		.trust = o->trust,
		.connect_timeout_ms = o->connect_timeout_ms,
		.stall_timeout_ms = o->stall_timeout_ms,
		.request_timeout_ms = o->request_timeout_ms,
		.max_body = MAX_BODY,
		.max_buffered = MAX_BUFFERED,
	};

	if (p == NULL)
		return md_nomem(e);
	p->options = *o;
	p->options.key = NULL;
	p->dice = dice_begin(md_now_ms());
	pace_init(&p->pace, o->per_minute);
	if (http_create(&p->http, &http, e)) {
		*out = p;
		return true;
	}
	polygon_destroy(&p);
	return false;
}

static void
call_free(struct call *c)
{
	free(c->path);
	free(c->seen);
	free(c);
}

void
polygon_destroy(struct polygon **pp)
{
	struct polygon *p = *pp;
	struct call *c;

	if (p == NULL)
		return;
	http_destroy(&p->http);
	while ((c = p->calls) != NULL) {
		p->calls = c->next;
		call_free(c);
	}
	free(p->spare);
	free(p);
	*pp = NULL;
}

void
polygon_recycle_bars(struct polygon *p, struct bar *bars, size_t cap)
{
	if (cap <= p->spare_cap) {
		free(bars);
		return;
	}
	free(p->spare);
	p->spare = bars;
	p->spare_cap = cap;
}

void
polygon_supply_bars(struct polygon *p, struct page *page)
{
	if (page->bars != NULL || p->spare == NULL)
		return;
	page->bars = p->spare;
	page->cap = p->spare_cap;
	p->spare = NULL;
	p->spare_cap = 0;
}

/* -- the end of a call -- */

static void
unlink_call(struct polygon *p, struct call *c)
{
	for (struct call **at = &p->calls; *at != NULL; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			return;
		}
}

static void
append_call(struct polygon *p, struct call *c)
{
	struct call **last = &p->calls;

	while (*last != NULL)
		last = &(*last)->next;
	c->next = NULL;
	*last = c;
}

/* From now on it waits for something else. */
static void
call_waits(struct call *c, enum stage what)
{
	int64_t now = md_monotonic_us();

	stage_add(c->stages, c->waits, c->waits_since, now);
	if (c->waits == STAGE_PACING)
		c->paced += now - c->waits_since;
	c->waits = what;
	c->waits_since = now;
}

static void
end_call(struct call *c, struct md_error *e)
{
	struct polygon *p = c->polygon;

	call_waits(c, STAGE_TURN);
	unlink_call(p, c);
	c->handler->ended(c->ctx, e);
	call_free(c);
}

static void
call_answered(struct call *c, const struct http_answer *a)
{
	struct polygon *p = c->polygon;
	int64_t first = a->first_at != 0 ? a->first_at : a->last_at;
	int64_t turn = clamp64(a->turn_at, first, a->last_at);

	p->answered_at = md_monotonic_us();
	p->answered_cpu = md_thread_cpu_us();
	p->server_ms = a->date_ms;
	p->body = a->body;
	p->body_len = a->len;
	stage_add(c->stages, c->waits, c->waits_since, a->sent_at);
	stage_add(c->stages, STAGE_FIRST_BYTE, a->sent_at, first);
	stage_add(c->stages, STAGE_TURN, first, turn);
	stage_add(c->stages, STAGE_TRANSFER, turn, a->last_at);
	stage_add(c->stages, STAGE_TURN, a->last_at, p->answered_at);
	c->waits = STAGE_TURN;
	c->waits_since = p->answered_at;
}

void
polygon_charge(struct polygon *p, struct stage_log *l)
{
	p->charged = l;
}

void
polygon_line_up(struct polygon *p, bool (*turn)(void *ctx), void *ctx)
{
	p->turn = turn;
	p->turn_ctx = ctx;
}

void
polygon_answered(const struct polygon *p, int64_t *at, int64_t *cpu)
{
	*at = p->answered_at;
	*cpu = p->answered_cpu;
}

int64_t
polygon_server_ms(const struct polygon *p)
{
	return p->server_ms;
}

const char *
polygon_body(const struct polygon *p, size_t *len)
{
	*len = p->body_len;
	return p->body;
}

static void
set_verdict(struct polygon *p, enum md_code code, const char *text)
{
	if (p->verdict.code == MD_OK)
		(void)md_fail(&p->verdict, code, "%s", text);
}

/*
 * Count whose call ran out of retries; true when that were enough in a row.
 * One ticker alone can be bad, unless nothing has ever answered.
 */
static bool
note_exhausted(const struct call *c)
{
	struct polygon *p = c->polygon;

	for (unsigned i = 0; p->reached && i < p->exhausted_len; i++)
		if (strcmp(p->exhausted[i], c->subject) == 0)
			return false;
	if (p->exhausted_len < DOWN_AFTER)
		memcpy(p->exhausted[p->exhausted_len++], c->subject,
		    sizeof(c->subject));
	return p->exhausted_len == DOWN_AFTER;
}

static void
give_up(struct call *c, struct md_error *e)
{
	struct polygon *p = c->polygon;

	if (c->retry > 0) {
		char why[sizeof(e->text)];

		memcpy(why, e->text, sizeof(why));
		(void)md_fail(e, e->code, "%.400s (tried %u times)", why,
		    c->retry + 1);
	}
	if (e->code != MD_EDATA && note_exhausted(c) &&
	    p->verdict.code == MD_OK) {
		set_verdict(p, MD_EAPI, e->text);
		(void)md_context(&p->verdict,
		    "the API is down, the run stops: the calls of %d in a row "
		    "failed, the last with",
		    DOWN_AFTER);
	}
	end_call(c, e);
}

static void
try_again(struct call *c, int64_t floor_ms, struct md_error *e)
{
	struct polygon *p = c->polygon;

	if (floor_ms > MAX_RETRY_AFTER_MS) {
		(void)md_context(e, "the API asks to wait %lld minutes",
		    (long long)(floor_ms / MD_MINUTE));
		give_up(c, e);
		return;
	}
	if (c->retry >= p->options.backoff.max_retries) {
		give_up(c, e);
		return;
	}
	c->due = pace_now() + backoff_delay(&p->options.backoff, c->retry,
				  dice_roll(&p->dice), floor_ms);
	c->retry++;
}

/* -- the pace that is shared -- */

void
polygon_share(struct polygon *p, const struct polygon_sharer *sharer, void *ctx)
{
	pace_share(&p->pace, sharer, ctx);
}

void
polygon_budget_seen(struct polygon *p, const struct budget_answer *a)
{
	pace_informed(&p->pace, a);
}

void
polygon_granted(struct polygon *p, const struct budget_answer *a)
{
	pace_granted(&p->pace, a);
}

/* -- answers -- */

/* The vendor's own words of an error, if the body has some. */
static void
add_vendor_words(struct md_error *e, struct http_answer *a)
{
	struct page page = PAGE_INIT;
	struct md_error ignored;
	size_t n = strlen(e->text);

	if (a->len == 0 || a->len >= 65536)
		return;
	if (page_decode(&page, a->body, a->len, &ignored) &&
	    page.message != NULL) {
		md_printable(page.message);
		(void)snprintf(e->text + n, sizeof(e->text) - n, ": %.200s",
		    page.message);
	}
	page_free(&page);
}

static bool
hash_seen(struct call *c, const char *path)
{
	uint64_t h = hash_text(HASH_EMPTY, path);
	uint64_t *v;

	for (size_t i = 0; i < c->seen_len; i++)
		if (c->seen[i] == h)
			return true;
	v = array_room(c->seen, c->seen_len, &c->seen_cap, sizeof(*v));
	if (v == NULL)
		return true;
	c->seen = v;
	c->seen[c->seen_len++] = h;
	return false;
}

/* The next page, on our own base whatever host the vendor names. */
static bool
follow(struct call *c, const char *next_url, struct md_error *e)
{
	char *path = url_path_of(next_url);

	if (path == NULL)
		return md_fail(e, MD_EDATA, "next_url is not a URL");
	url_strip_key(path);
	if (hash_seen(c, path)) {
		free(path);
		return md_fail(e, MD_EDATA,
		    "next_url repeats: paging would never end");
	}
	if (c->seen_len > MAX_PAGES) {
		free(path);
		return md_fail(e, MD_EDATA, "over %d pages in one answer",
		    MAX_PAGES);
	}
	free(c->path);
	c->path = path;
	c->retry = 0;
	c->due = pace_now();
	return true;
}

static void
good_answer(struct call *c, struct http_answer *a)
{
	struct polygon *p = c->polygon;
	struct md_error e = { .code = MD_OK, .text = "" };
	const char *next = NULL;

	switch (c->handler->answer(c->ctx, a->body, a->len, &next, &e)) {
	case POLYGON_DONE:
		p->exhausted_len = 0;
		e.code = MD_OK;
		end_call(c, &e);
		return;
	case POLYGON_MORE:
		p->exhausted_len = 0;
		if (!follow(c, next, &e))
			end_call(c, &e);
		return;
	case POLYGON_AGAIN:
		try_again(c, 0, &e);
		return;
	case POLYGON_STOP:
		p->exhausted_len = 0;
		end_call(c, &e);
		return;
	}
}

static void
limited(struct call *c, struct http_answer *a)
{
	struct polygon *p = c->polygon;
	struct md_error e;

	p->counts.rate_limited++;
	pace_limited(&p->pace, a->sent_at / 1000,
	    a->retry_after_ms > MAX_RETRY_AFTER_MS ? 0 : a->retry_after_ms);
	(void)md_fail(&e, MD_EAPI, "HTTP 429, too many requests");
	add_vendor_words(&e, a);
	if (p->options.per_minute > 0 ||
	    a->retry_after_ms > MAX_RETRY_AFTER_MS ||
	    c->retry >= p->options.backoff.max_retries)
		try_again(c, a->retry_after_ms, &e);
	else {
		/* The pace knows when; others' turn is first. */
		c->retry++;
		c->due = pace_now();
		unlink_call(p, c);
		append_call(p, c);
	}
}

static void
bad_status(struct call *c, struct http_answer *a)
{
	struct polygon *p = c->polygon;
	struct md_error e;

	if (a->status == 408 || (a->status >= 500 && a->status != 501)) {
		(void)md_fail(&e, MD_EAPI, "HTTP %ld", a->status);
		add_vendor_words(&e, a);
		try_again(c, a->retry_after_ms, &e);
		return;
	}
	p->exhausted_len = 0;
	if (a->status == 401) {
		(void)md_fail(&e, MD_EKEY, "the API refused the key (HTTP 401");
		add_vendor_words(&e, a);
		strncat(e.text, ")", sizeof(e.text) - strlen(e.text) - 1);
		set_verdict(p, MD_EKEY, e.text);
	} else if (a->status == 403) {
		(void)md_fail(&e, MD_EDENIED, "HTTP 403, not in the plan");
		add_vendor_words(&e, a);
	} else if (a->status >= 300 && a->status < 400)
		(void)md_fail(&e, MD_EHTTP,
		    "HTTP %ld, a redirect to %s, which is not followed: the "
		    "key goes to no other host",
		    a->status, a->location[0] ? a->location : "nowhere");
	else {
		bool absent = a->status == 404 || a->status == 405 ||
			      a->status == 410 || a->status == 501;

		(void)md_fail(&e, absent ? MD_EABSENT : MD_EHTTP, "HTTP %ld",
		    a->status);
		add_vendor_words(&e, a);
	}
	end_call(c, &e);
}

void
polygon_watch(struct polygon *p, polygon_watcher *watcher, void *ctx)
{
	p->watcher = watcher;
	p->watcher_ctx = ctx;
}

/* Tell the watcher of the request that has ended. */
static void
tell_watcher(struct call *c, const struct http_answer *a)
{
	int64_t first = a->first_at != 0 ? a->first_at : a->last_at;
	bool failed =
	    a->error.code == MD_ENET || a->status == 408 || a->status >= 500;
	struct concurrency_answer told = {
		.outcome = a->status == 429 ? ANSWER_LIMITED
			   : failed         ? ANSWER_FAILED
					    : ANSWER_GOOD,
		.at = a->last_at,
		.paced = c->paced,
		.first_byte = first - a->sent_at,
		/* What waited for its turn says nothing of the network. */
		.transfer = max64(a->last_at - max64(first, a->turn_at), 0),
		.bytes = a->wire_bytes,
	};

	c->paced = 0;
	if (c->polygon->watcher != NULL)
		c->polygon->watcher(c->polygon->watcher_ctx, &told);
}

static void
on_done(void *ctx, struct http_answer *a)
{
	struct call *c = ctx;
	struct polygon *p = c->polygon;
	struct md_error e = a->error;

	c->in_flight = false;
	call_answered(c, a);
	tell_watcher(c, a);
	md_printable(a->location);
	p->counts.bytes += a->wire_bytes;
	p->counts.api_seconds += (double)a->total_us / 1e6;
	if (a->status != 0)
		p->reached = true;
	if (a->status != 0 && a->status != 429)
		pace_allowed(&p->pace, a->sent_at / 1000);
	else if (a->status == 0 || e.code != MD_OK)
		pace_lost(&p->pace);
	if (e.code == MD_ENET)
		try_again(c, 0, &e);
	else if (e.code == MD_ETLS || e.code == MD_EUSAGE) {
		set_verdict(p, e.code, e.text);
		end_call(c, &e);
	} else if (e.code != MD_OK)
		end_call(c, &e);
	else if (a->status == 200)
		good_answer(c, a);
	else if (a->status == 429)
		limited(c, a);
	else
		bad_status(c, a);
}

/* -- the loop -- */

static bool
send_call(struct call *c, struct md_error *e)
{
	struct http_request q = { .path = c->path, .turn = c->turn };

	q.turn_ctx = c->turn_ctx;
	return http_send(c->polygon->http, &q, on_done, c, e);
}

/* Why a call cannot start yet. */
static enum stage
what_holds(const struct call *c, int64_t now)
{
	return c->due > now || pace_paused_until(&c->polygon->pace) > now
		   ? STAGE_BACKOFF
		   : STAGE_PACING;
}

/* Starts what is due; returns how long until the next is, at most wait_ms. */
static int64_t
start_due(struct polygon *p, int64_t wait_ms)
{
	struct call *c, *next;
	struct md_error e;
	int64_t due = 0;

	if (p->held)
		return wait_ms;
	for (c = p->calls; c != NULL; c = next) {
		int64_t now = pace_now(), at;

		next = c->next;
		if (c->in_flight)
			continue;
		at = pace_next(&p->pace, now);
		due += c->due <= now && at > now;
		if (c->due > at)
			at = c->due;
		if (at > now) {
			if (at - now < wait_ms)
				wait_ms = at - now;
			call_waits(c, what_holds(c, now));
			continue;
		}
		pace_start(&p->pace, now);
		p->counts.requests++;
		if (c->retry > 0)
			p->counts.retries++;
		c->in_flight = true;
		call_waits(c, STAGE_TURN);
		if (!send_call(c, &e)) {
			pace_lost(&p->pace);
			end_call(c, &e);
		}
	}
	return pace_ask(&p->pace, due, wait_ms);
}

bool
polygon_step(struct polygon *p, int timeout_ms, struct md_error *e)
{
	return http_step(p->http, (int)start_due(p, timeout_ms), e);
}

void
polygon_hold(struct polygon *p)
{
	p->held = true;
}

size_t
polygon_calls(const struct polygon *p, bool in_flight)
{
	size_t n = 0;

	for (const struct call *c = p->calls; c != NULL; c = c->next)
		n += c->in_flight == in_flight;
	return n;
}

void
polygon_wakeup(struct polygon *p)
{
	http_wakeup(p->http);
}

bool
polygon_get(struct polygon *p, const char *subject, const char *path,
    const struct polygon_handler *handler, void *ctx, struct md_error *e)
{
	struct stage_log *charged = p->charged;
	bool (*turn)(void *ctx) = p->turn;
	struct call *c;

	p->charged = NULL;
	p->turn = NULL;
	if (p->cancelled.code != MD_OK) {
		*e = p->cancelled;
		return false;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->path = strdup(path)) == NULL) {
		free(c);
		return md_nomem(e);
	}
	c->polygon = p;
	(void)snprintf(c->subject, sizeof(c->subject), "%s", subject);
	c->handler = handler;
	c->ctx = ctx;
	c->due = pace_now();
	c->stages = charged;
	c->turn = turn;
	c->turn_ctx = p->turn_ctx;
	c->waits = STAGE_TURN;
	c->waits_since = md_monotonic_us();
	(void)hash_seen(c, path);
	append_call(p, c);
	return true;
}

void
polygon_cancel(struct polygon *p, const struct md_error *why)
{
	struct md_error e;

	p->cancelled = *why;
	/* Transfers first: their callbacks point at the calls. */
	http_cancel(p->http);
	for (struct call *c = p->calls, *next; c != NULL; c = next) {
		next = c->next;
		e = *why;
		end_call(c, &e);
	}
}

const struct polygon_counts *
polygon_counts(const struct polygon *p)
{
	return &p->counts;
}

int64_t
polygon_paused_ms(const struct polygon *p)
{
	int64_t now = pace_now(), until = pace_held(&p->pace, now);

	return until > now && until < LIMIT_LATER ? until - now : 0;
}

void
polygon_recall(struct polygon *p, const struct limit_lesson *l)
{
	pace_recall(&p->pace, l);
}

struct limit_lesson
polygon_lesson(const struct polygon *p)
{
	return pacing_lesson(&p->pace.own, pace_now());
}

struct polygon_room
polygon_room(struct polygon *p)
{
	int64_t now = pace_now();
	struct pacing_room room = pace_room(&p->pace, now);
	int64_t next = pace_next(&p->pace, now);

	return (struct polygon_room){
		.now = room.now,
		.limits = room.limits,
		.per_minute = p->options.per_minute > 0
				  ? p->options.per_minute
				  : pacing_learnt(&p->pace.own),
		.wait_ms = next < LIMIT_LATER ? max64(next - now, 0) : -1,
	};
}

const struct md_error *
polygon_verdict(const struct polygon *p)
{
	return &p->verdict;
}

bool
polygon_reached(const struct polygon *p)
{
	return p->reached;
}
