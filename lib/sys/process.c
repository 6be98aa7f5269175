#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/error.h"

/*
 * Linux tells of a process "PID (NAME) STATE …"; a name has up to 15 bytes.
 * Where there is no such file, false.
 */
static bool
read_stat(int64_t pid, char name[PROCESS_NAME_SIZE], char *state)
{
	char path[64], line[256] = "";
	char *open, *close;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (open == NULL || close == NULL || close[1] == '\0')
		return false;
	*close = '\0';
	(void)snprintf(name, PROCESS_NAME_SIZE, "%s", open + 1);
	*state = close[2];
	return true;
}

/* One of another name has the number only by chance, and one that has ended but
 * was not waited for is no more. */
static bool
is_program(int64_t pid, const char *program)
{
	char name[PROCESS_NAME_SIZE], state;

	return !read_stat(pid, name, &state) ||
	       (strcmp(name, program) == 0 && state != 'Z' && state != 'X');
}

bool
process_runs(int64_t pid, const char *program)
{
	if (pid <= 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
		return false;
	return is_program(pid, program);
}

bool
process_is_alive(const char *host, int64_t pid, bool *known)
{
	char own[64] = "";

	*known =
	    gethostname(own, sizeof(own) - 1) == 0 && strcmp(own, host) == 0;
	return *known && process_runs(pid, "mdbackfill");
}

bool
process_look(int64_t pid, char name[PROCESS_NAME_SIZE])
{
	char state = '\0';

	name[0] = '\0';
	if (!read_stat(pid, name, &state))
		return false;
	md_printable(name);
	return state == 'T' || state == 't';
}

/* In the child: only what may be called there. */
static void
look_for_lock(const char *path, const struct flock *wanted, int answer)
{
	struct flock found = *wanted;
	int64_t pid = 0;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && fcntl(fd, F_GETLK, &found) == 0 &&
	    found.l_type != F_UNLCK && found.l_pid > 0)
		pid = (int64_t)found.l_pid;
	_exit(write(answer, &pid, sizeof(pid)) == (ssize_t)sizeof(pid) ? 0 : 1);
}

int64_t
process_locking(const char *path, int64_t from, int64_t len, bool any)
{
	const struct flock wanted = {
		.l_type = any ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)from,
		.l_len = (off_t)len,
	};
	int64_t pid = 0;
	int ends[2], status;
	pid_t child;

	if (pipe(ends) != 0)
		return 0;
	child = fork();
	if (child == 0)
		look_for_lock(path, &wanted, ends[1]);
	(void)close(ends[1]);
	if (child > 0 &&
	    read(ends[0], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		pid = 0;
	(void)close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return pid;
}

/* Linux tells it, after what it did run; ns. */
double
process_wait_seconds(void)
{
	FILE *f = fopen("/proc/thread-self/schedstat", "r");
	char line[128] = "", *space;
	double ns = 0;

	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (space = strchr(line, ' ')) != NULL)
		for (space++; *space >= '0' && *space <= '9'; space++)
			ns = ns * 10 + (*space - '0');
	(void)fclose(f);
	return ns / 1e9;
}

void
process_trim_heap(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * 1024 * 1024);
	(void)mallopt(M_TOP_PAD, 256 * 1024);
#endif
}

void
process_open_standard(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	/* In their order: open() takes the lowest that is free. */
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", modes[fd]);
}

/*
 * A limit of 0 keeps cores out of files, but not from a program that Linux
 * hands them to (core(5)): to that one, a limit of 1 means that there is none,
 * and it is too little for a file.
 */
#ifdef __linux__
#define CORE_BYTES 1
#else
#define CORE_BYTES 0
#endif

void
process_leave_no_core(void)
{
	struct rlimit l = { CORE_BYTES, CORE_BYTES };
	struct rlimit now;

	/* Less may have been allowed already: that cannot be raised. */
	if (setrlimit(RLIMIT_CORE, &l) != 0 &&
	    getrlimit(RLIMIT_CORE, &now) == 0) {
		now.rlim_cur = 0;
		(void)setrlimit(RLIMIT_CORE, &now);
	}
}

void
process_share_heap(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_ARENA_MAX, 1);
#endif
}

uint64_t
process_open_files(uint64_t wanted)
{
	struct rlimit now, more;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0 ||
	    now.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	if (now.rlim_cur >= wanted)
		return now.rlim_cur;
	more = now;
	more.rlim_cur = wanted;
	if (more.rlim_max != RLIM_INFINITY && more.rlim_cur > more.rlim_max)
		more.rlim_cur = more.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &more) == 0 ? more.rlim_cur
						    : now.rlim_cur;
}
