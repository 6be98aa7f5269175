#include "measure/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mdtime.h"

/* Linux: "model name\t: …". */
static void
look_at_cpu(char *out, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	out[0] = '\0';
	if (f == NULL)
		return;
	while (out[0] == '\0' && fgets(line, sizeof(line), f) != NULL) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || value == NULL)
			continue;
		value += strspn(value, ": \t");
		value[strcspn(value, "\n")] = '\0';
		(void)snprintf(out, size, "%s", value);
	}
	(void)fclose(f);
	md_printable(out);
}

void
machine_look(struct machine *m)
{
	struct utsname u;

	memset(m, 0, sizeof(*m));
	look_at_cpu(m->cpu, sizeof(m->cpu));
	m->cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (uname(&u) >= 0)
		(void)snprintf(m->system, sizeof(m->system),
		    "%.50s %.50s %.50s", u.sysname, u.release, u.machine);
}

int64_t
machine_peak_bytes(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0)
		return 0;
#ifdef __APPLE__
	return (int64_t)u.ru_maxrss;
#else
	return (int64_t)u.ru_maxrss * 1024;
#endif
}

/* -- company -- */

/* Cores: with less idle, programs are in each other's way. */
#define SPARE 0.5

/* The first line; what comes after the last of that character in it. */
static const char *
first_line(const char *path, char last, char line[512])
{
	FILE *f = fopen(path, "r");
	const char *after = NULL;

	if (f == NULL)
		return NULL;
	if (fgets(line, 512, f) != NULL)
		after = strrchr(line, last);
	(void)fclose(f);
	return after == NULL ? NULL : after + 1;
}

/* Words parted by blanks, so many, those that are numbers; false: fewer. */
static bool
numbers(const char *at, size_t n, unsigned long long *out)
{
	for (size_t i = 0; i < n; i++) {
		at += strspn(at, " ");
		if (*at == '\0' || *at == '\n')
			return false;
		out[i] = strtoull(at, NULL, 10);
		at += strcspn(at, " \n");
	}
	return true;
}

/*
 * Linux: "cpu USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL …", in ticks, and
 * what a hypervisor stole was others', too.
 */
static bool
look_at_all(double *busy)
{
	enum { IDLE = 3, IOWAIT, ALL = 8 };

	char line[512];
	const char *at = first_line("/proc/stat", 'u', line);
	unsigned long long ticks[ALL], sum = 0;

	if (at == NULL || !numbers(at, ALL, ticks))
		return false;
	for (size_t i = 0; i < ALL; i++)
		if (i != IDLE && i != IOWAIT)
			sum += ticks[i];
	*busy = (double)sum / (double)sysconf(_SC_CLK_TCK);
	return true;
}

/* "PID (NAME) STATE" and ten more, then ticks in user and system mode. */
static bool
look_at_child(pid_t pid, double *seconds)
{
	enum { USER = 11, SYSTEM, ALL };

	char path[64], line[512];
	unsigned long long ticks[ALL];
	const char *at;

	(void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	at = first_line(path, ')', line);
	if (at == NULL || !numbers(at, ALL, ticks))
		return false;
	*seconds = (double)(ticks[USER] + ticks[SYSTEM]) /
		   (double)sysconf(_SC_CLK_TCK);
	return true;
}

static double
seconds_of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

bool
machine_use_look(struct machine_use *u, pid_t child)
{
	struct rusage own;
	double others = 0;

	if (getrusage(RUSAGE_SELF, &own) != 0 || !look_at_all(&u->busy) ||
	    (child != 0 && !look_at_child(child, &others)))
		return false;
	u->ours =
	    seconds_of(&own.ru_utime) + seconds_of(&own.ru_stime) + others;
	u->at = (double)md_monotonic_us() / 1e6;
	return true;
}

double
machine_company(const struct machine_use *before,
    const struct machine_use *after, long cores)
{
	double clock = after->at - before->at;
	double busy = after->busy - before->busy;
	double others = busy - (after->ours - before->ours);

	if (clock <= 0 || others <= 0 || (double)cores - busy / clock > SPARE)
		return 0;
	return others / clock;
}

/* -- the yardstick -- */

#define TEXT_BYTES (1024 * 1024)
#define ROUNDS     12

/*
 * Bytes looked at one by one, branching on them, numbers written away: what a
 * decoder does, also to the caches.  Random bytes would measure how well
 * branches are guessed, which differs from one run to the next by a tenth;
 * these come as those of a page do.
 */
static size_t
work(const unsigned char *text, double *out)
{
	uint64_t number = 0;
	size_t n = 0;

	for (size_t i = 0; i < TEXT_BYTES; i++)
		if (text[i] >= '0' && text[i] <= '9')
			number = number * 10 + (uint64_t)(text[i] - '0');
		else if (number != 0) {
			out[n++] = (double)number;
			number = 0;
		}
	return n;
}

double
machine_yardstick_us(void)
{
	static const char row[] =
	    "{\"v\":1234,\"vw\":12.3456,\"o\":12.34,\"c\":12.35,\"h\":12.36,"
	    "\"l\":12.33,\"t\":1709960400000,\"n\":37},";
	static unsigned char text[TEXT_BYTES];
	static double numbers[TEXT_BYTES / 2];
	static volatile size_t kept; /* or the work would be left out */
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < TEXT_BYTES; i++)
		text[i] = (unsigned char)row[i % (sizeof(row) - 1)];
	for (int i = 0; i < ROUNDS; i++) {
		int64_t since = md_thread_cpu_us(), took;

		kept = kept + work(text, numbers);
		took = md_thread_cpu_us() - since;
		if (took < best)
			best = took;
	}
	return (double)best;
}
