/*
 * Both ways of waiting for sockets: that of this system, and the one for
 * systems without epoll, which is built here whatever the system.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "sys/poller.h"
#include "tap.h"

bool by_poll_create(struct poller **, struct md_error *);
void by_poll_destroy(struct poller **);
bool by_poll_add(struct poller *, int fd, size_t tag, bool out);
bool by_poll_change(struct poller *, int fd, size_t tag, bool out);
void by_poll_remove(struct poller *, int fd);
size_t by_poll_wait(struct poller *, int64_t, struct poller_event *, size_t);

#define POLLER_BY_POLL
#define poller_create  by_poll_create
#define poller_destroy by_poll_destroy
#define poller_add     by_poll_add
#define poller_change  by_poll_change
#define poller_remove  by_poll_remove
#define poller_wait    by_poll_wait
#include "sys/poller.c"
#undef poller_create
#undef poller_destroy
#undef poller_add
#undef poller_change
#undef poller_remove
#undef poller_wait

#define PAIRS   100
#define A_WHILE INT64_C(5000000000) /* for what is there already */
#define SHORT   INT64_C(2000000)

static const struct way {
	const char *name;
	bool (*create)(struct poller **, struct md_error *);
	void (*destroy)(struct poller **);
	bool (*add)(struct poller *, int, size_t, bool);
	bool (*change)(struct poller *, int, size_t, bool);
	void (*remove)(struct poller *, int);
	size_t (*wait)(struct poller *, int64_t, struct poller_event *, size_t);
} ways[] = {
	{ "poller", poller_create, poller_destroy, poller_add, poller_change,
	    poller_remove, poller_wait },
	{ "by poll", by_poll_create, by_poll_destroy, by_poll_add,
	    by_poll_change, by_poll_remove, by_poll_wait },
};

/* Ours, and the other side's. */
static int ours[PAIRS], theirs[PAIRS];

static bool
open_pairs(void)
{
	for (int i = 0; i < PAIRS; i++) {
		int v[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, v) != 0)
			return false;
		ours[i] = v[0];
		theirs[i] = v[1];
	}
	return true;
}

static void
close_pairs(void)
{
	for (int i = 0; i < PAIRS; i++) {
		(void)close(ours[i]);
		if (theirs[i] >= 0)
			(void)close(theirs[i]);
	}
}

static bool
say(int i)
{
	return write(theirs[i], "x", 1) == 1;
}

static bool
hear(int i)
{
	char c;

	return read(ours[i], &c, 1) == 1;
}

static void
one_socket(const struct way *w, struct poller *p)
{
	struct poller_event ev[8];

	ok(w->add(p, ours[0], 7, false) && w->wait(p, 0, ev, 8) == 0,
	    "%s: nothing to read is no event", w->name);
	ok(w->wait(p, SHORT, ev, 8) == 0, "%s: a wait ends", w->name);
	ok(say(0) && w->wait(p, A_WHILE, ev, 8) == 1 && ev[0].tag == 7 &&
		ev[0].in && !ev[0].out,
	    "%s: what can be read is told, with its tag", w->name);
	ok(w->wait(p, A_WHILE, ev, 8) == 1 && hear(0) &&
		w->wait(p, 0, ev, 8) == 0,
	    "%s: again and again, until it is read", w->name);
	ok(w->change(p, ours[0], 8, true) && w->wait(p, A_WHILE, ev, 8) == 1 &&
		ev[0].tag == 8 && ev[0].out && !ev[0].in,
	    "%s: what can be written is told when that is wanted", w->name);
	ok(w->change(p, ours[0], 7, false) && w->wait(p, 0, ev, 8) == 0,
	    "%s: and not when it is not", w->name);
	(void)close(theirs[0]);
	theirs[0] = -1;
	ok(w->wait(p, A_WHILE, ev, 8) == 1 && ev[0].in,
	    "%s: the other side's end can be read", w->name);
	w->remove(p, ours[0]);
	ok(w->wait(p, 0, ev, 8) == 0, "%s: what is removed is not told of",
	    w->name);
}

static void
many_sockets(const struct way *w, struct poller *p)
{
	struct poller_event ev[PAIRS];
	size_t tags = 0, n;
	bool good = true;

	for (int i = 1; good && i < PAIRS; i++)
		good = w->add(p, ours[i], (size_t)i, false) && say(i);
	ok(good && w->wait(p, A_WHILE, ev, PAIRS) == PAIRS - 1,
	    "%s: all that can be read are told at once", w->name);
	ok(w->wait(p, A_WHILE, ev, 3) == 3,
	    "%s: but no more than there is "
	    "room for",
	    w->name);
	/* Those that stay keep their tags. */
	for (int i = 1; i < PAIRS; i += 2)
		w->remove(p, ours[i]);
	n = w->wait(p, A_WHILE, ev, PAIRS);
	for (size_t i = 0; i < n; i++) {
		good = good && ev[i].tag % 2 == 0 && hear((int)ev[i].tag);
		tags += ev[i].tag;
	}
	ok(good && n == PAIRS / 2 - 1 && tags == 49 * 50,
	    "%s: without the others each is still told by its tag", w->name);
	ok(w->wait(p, 0, ev, PAIRS) == 0, "%s: and all were read", w->name);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct poller *p;
		struct md_error e;

		if (!open_pairs() || !ways[i].create(&p, &e)) {
			printf("Bail out! no sockets\n");
			return 1;
		}
		one_socket(&ways[i], p);
		many_sockets(&ways[i], p);
		ways[i].destroy(&p);
		ok(p == NULL, "%s: is gone", ways[i].name);
		close_pairs();
	}
	return done();
}
