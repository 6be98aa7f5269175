#include "sys/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_MS 1000000

/* Its test asks for the other way, too. */
#if defined(__linux__) && !defined(POLLER_BY_POLL)

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS    256
#define THE_TIMER UINT64_MAX

struct poller {
	int epoll, timer;
	bool armed;
};

bool
poller_create(struct poller **out, struct md_error *e)
{
	struct poller *p = calloc(1, sizeof(*p));
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = THE_TIMER };

	if (p == NULL)
		return md_nomem(e);
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->epoll < 0 || p->timer < 0 ||
	    epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->timer, &ev) != 0) {
		(void)md_fail(e, MD_EIO, "cannot wait for sockets: %s",
		    strerror(errno));
		poller_destroy(&p);
		return false;
	}
	*out = p;
	return true;
}

void
poller_destroy(struct poller **p)
{
	if (*p == NULL)
		return;
	if ((*p)->epoll >= 0)
		(void)close((*p)->epoll);
	if ((*p)->timer >= 0)
		(void)close((*p)->timer);
	free(*p);
	*p = NULL;
}

static bool
control(struct poller *p, int op, int fd, size_t tag, bool out)
{
	struct epoll_event ev = {
		.events = out ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.u64 = tag,
	};

	return epoll_ctl(p->epoll, op, fd, &ev) == 0;
}

bool
poller_add(struct poller *p, int fd, size_t tag, bool out)
{
	return control(p, EPOLL_CTL_ADD, fd, tag, out);
}

bool
poller_change(struct poller *p, int fd, size_t tag, bool out)
{
	return control(p, EPOLL_CTL_MOD, fd, tag, out);
}

void
poller_remove(struct poller *p, int fd)
{
	(void)control(p, EPOLL_CTL_DEL, fd, 0, false);
}

/* epoll counts milliseconds: for less the timer ends the wait. */
static int
arm(struct poller *p, int64_t timeout_ns)
{
	struct itimerspec when = { { 0, 0 }, { 0, (long)timeout_ns } };

	if (timeout_ns == 0)
		return 0;
	if (timeout_ns >= 100 * (int64_t)NS_MS)
		return (int)(timeout_ns / NS_MS);
	p->armed = timerfd_settime(p->timer, 0, &when, NULL) == 0;
	return p->armed ? 100 : 1;
}

size_t
poller_wait(struct poller *p, int64_t timeout_ns, struct poller_event *out,
    size_t max)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(p->epoll, ev, max < EVENTS ? (int)max : EVENTS,
	    arm(p, timeout_ns));
	size_t len = 0;
	uint64_t rung;

	for (int i = 0; i < n; i++) {
		if (ev[i].data.u64 == THE_TIMER) {
			/* Read away, or it would end the next wait, too. */
			if (read(p->timer, &rung, sizeof(rung)) > 0)
				p->armed = false;
			continue;
		}
		out[len].tag = (size_t)ev[i].data.u64;
		out[len].in =
		    (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
		out[len++].out =
		    (ev[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
	}
	return len;
}

#else

#include <poll.h>

struct poller {
	struct pollfd *fd;
	size_t *tag;
	size_t len, cap;
};

bool
poller_create(struct poller **out, struct md_error *e)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL || md_nomem(e);
}

void
poller_destroy(struct poller **p)
{
	if (*p != NULL) {
		free((*p)->fd);
		free((*p)->tag);
	}
	free(*p);
	*p = NULL;
}

static size_t
find_fd(const struct poller *p, int fd)
{
	size_t i = 0;

	while (i < p->len && p->fd[i].fd != fd)
		i++;
	return i;
}

bool
poller_change(struct poller *p, int fd, size_t tag, bool out)
{
	size_t i = find_fd(p, fd);

	if (i == p->len)
		return false;
	p->fd[i].events = out ? POLLIN | POLLOUT : POLLIN;
	p->tag[i] = tag;
	return true;
}

bool
poller_add(struct poller *p, int fd, size_t tag, bool out)
{
	if (p->len == p->cap) {
		size_t cap = p->cap == 0 ? 64 : p->cap * 2;
		struct pollfd *v = realloc(p->fd, cap * sizeof(*v));
		size_t *t = realloc(p->tag, cap * sizeof(*t));

		p->fd = v == NULL ? p->fd : v;
		p->tag = t == NULL ? p->tag : t;
		if (v == NULL || t == NULL)
			return false;
		p->cap = cap;
	}
	p->fd[p->len++] = (struct pollfd){ .fd = fd };
	return poller_change(p, fd, tag, out);
}

void
poller_remove(struct poller *p, int fd)
{
	size_t i = find_fd(p, fd);

	if (i == p->len)
		return;
	p->fd[i] = p->fd[--p->len];
	p->tag[i] = p->tag[p->len];
}

size_t
poller_wait(struct poller *p, int64_t timeout_ns, struct poller_event *out,
    size_t max)
{
	size_t len = 0;

	if (poll(p->fd, (nfds_t)p->len, (int)(timeout_ns / NS_MS)) <= 0)
		return 0;
	for (size_t i = 0; i < p->len && len < max; i++) {
		if (p->fd[i].revents == 0)
			continue;
		out[len].tag = p->tag[i];
		out[len].in =
		    (p->fd[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
		out[len++].out =
		    (p->fd[i].revents & (POLLOUT | POLLHUP | POLLERR)) != 0;
	}
	return len;
}

#endif
