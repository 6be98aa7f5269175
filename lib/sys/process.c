#include "sys/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/*
 * Linux tells of a process "PID (NAME) STATE …".  One of another name has the
 * number only by chance, and one that has ended but was not waited for is no
 * more.  Where there is no such file, kill() is all there is.
 */
static bool
is_program(int64_t pid, const char *program)
{
	char path[64], line[256] = "";
	char *open, *close;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return true;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (open == NULL || close == NULL || close[1] == '\0')
		return true;
	*close = '\0';
	return strcmp(open + 1, program) == 0 && close[2] != 'Z' &&
	       close[2] != 'X';
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
