/*
 * Whether a process is alive, and settings of our own process.
 */
#ifndef MD_SYS_PROCESS_H
#define MD_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Does the process with that pid run a program of that name on this host?  If
 * the name cannot be found out, any process with that pid will do. */
bool process_runs(int64_t pid, const char *program);

/* Is the backfill with that pid alive?  *known is false for other hosts, where
 * it cannot be found out. */
bool process_is_alive(const char *host, int64_t pid, bool *known);

/* How long the calling thread has been ready to run without a core so far; 0 if
 * the system does not report it. */
double process_wait_seconds(void);

/*
 * Let our process have so many files open at once, or as many as it may: the
 * result is how many, UINT64_MAX if there is no limit that could be told.
 */
uint64_t process_open_files(uint64_t wanted);

/*
 * Return large freed blocks to the system.  Pages of megabytes come and go, and
 * glibc by default learns to keep them in its heap, which then fragments. Small
 * blocks it should keep, though: SQLite allocates and frees 16 KiB with every
 * sorted query.
 */
void process_trim_heap(void);

/* All threads allocate from one heap: in several of their own, what one frees
 * is no room for another.  Before the first thread. */
void process_share_heap(void);

#endif
