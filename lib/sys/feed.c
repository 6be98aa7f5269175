#include "sys/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/integer.h"
#include "base/mdtime.h"

/* How often it is looked whether it has ended. */
#define LOOK_MS 20

/* In the child. */
static void
become(const char *command, int in)
{
	static const char *const secrets[] = { "POLYGON_API_KEY",
		"MASSIVE_API_KEY", "MASSIVE_S3_ACCESS_KEY_ID",
		"MASSIVE_S3_SECRET_ACCESS_KEY", "PGPASSWORD" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		(void)unsetenv(secrets[i]);
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static pid_t
start(const char *command, int *to)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		return -1;
	/* The child's end is the only one that it may keep. */
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		become(command, ends[0]);
	}
	(void)close(ends[0]);
	if (pid < 0)
		(void)close(ends[1]);
	*to = ends[1];
	return pid;
}

/* A command need not read all of it. */
static void
feed(int to, const char *text, int64_t until)
{
	size_t len = strlen(text);

	while (len > 0 && md_monotonic_ms() < until) {
		struct pollfd p = { .fd = to, .events = POLLOUT };
		ssize_t n = write(to, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN)
			(void)poll(&p, 1, LOOK_MS);
		else if (n < 0 && errno != EINTR)
			break;
	}
	(void)close(to);
}

/* False: it has not ended by then. */
static bool
ended(pid_t pid, int64_t until, int *status)
{
	for (;;) {
		pid_t done = waitpid(pid, status, WNOHANG);

		if (done == pid || (done < 0 && errno != EINTR))
			return done == pid;
		if (md_monotonic_ms() >= until)
			return false;
		(void)poll(NULL, 0, LOOK_MS);
	}
}

bool
feed_command(const char *command, const char *text, int64_t within_ms,
    struct md_error *e)
{
	int64_t until = md_monotonic_ms() + within_ms;
	int to = -1, status = 0;
	pid_t pid = start(command, &to);
	char took[32];

	if (pid < 0)
		return md_fail(e, MD_EIO, "the command cannot be run: %s",
		    strerror(errno));
	feed(to, text, until);
	if (!ended(pid, until, &status)) {
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		md_duration_format(within_ms, took);
		return md_fail(e, MD_EIO,
		    "the command had not ended after %s and was killed", took);
	}
	if (WIFSIGNALED(status))
		return md_fail(e, MD_EIO, "the command was ended by signal %d",
		    WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ||
	       md_fail(e, MD_EIO, "the command ended with exit code %d",
		   WEXITSTATUS(status));
}
