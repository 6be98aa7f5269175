#include "measure/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
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

/* -- other load -- */

/* Cores: with less idle, programs are in each other's way. */
#define SPARE 0.5

/*
 * Linux: "cpu USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL …", in ticks, and
 * what a hypervisor stole was others', too.
 */
static double
busy_seconds(void)
{
	enum { IDLE = 3, IOWAIT, ALL = 8 };

	FILE *f = fopen("/proc/stat", "r");
	char line[512] = "", *at = line + 3;
	double sum = 0;
	bool told;

	if (f == NULL)
		return (double)NAN;
	told = fgets(line, sizeof(line), f) != NULL &&
	       strncmp(line, "cpu ", 4) == 0;
	(void)fclose(f);
	if (!told)
		return (double)NAN;
	for (int i = 0; i < ALL; i++) {
		double ticks = strtod(at, &at);

		if (i != IDLE && i != IOWAIT)
			sum += ticks;
	}
	return sum / (double)sysconf(_SC_CLK_TCK);
}

/* Of all threads of a process; 0: of ourselves. */
static double
process_seconds(pid_t pid)
{
	(void)pid;
#if _POSIX_CPUTIME >= 0
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0 &&
	    clock_gettime(clock, &t) == 0)
		return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
#endif
	return (double)NAN;
}

struct machine_use
machine_use(pid_t child)
{
	return (struct machine_use){
		.at = (double)md_monotonic_us() / 1e6,
		.busy = busy_seconds(),
		.ours = process_seconds(0) +
			(child != 0 ? process_seconds(child) : 0),
	};
}

double
machine_other_load(const struct machine_use *before,
    const struct machine_use *after, long cores)
{
	double clock = after->at - before->at;
	double busy = after->busy - before->busy;
	double others = busy - (after->ours - before->ours);

	/* Not a number where the system does not tell: then there is none. */
	if (!(others > 0) || (double)cores - busy / clock > SPARE)
		return 0;
	return others / clock;
}

/* -- the calibration -- */

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
machine_calibration_us(void)
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
