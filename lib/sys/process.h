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

#define PROCESS_NAME_SIZE 32

/* The program that a process of this host runs, made printable, or "" where
 * that is not told; true if it is stopped: it waits for SIGCONT. */
bool process_look(int64_t pid, char name[PROCESS_NAME_SIZE]);

/*
 * The process that holds a lock in these bytes of the file, of POSIX's kind:
 * one that keeps out readers, or with any true one of any kind.  0 if there is
 * none, it cannot be found out, or it is out of sight, as in another container.
 * It is a child that looks: closing a file would end the locks that we hold.
 */
int64_t process_locking(const char *path, int64_t from, int64_t len, bool any);

/* How long the calling thread has been ready to run without a core so far; 0 if
 * the system does not report it. */
double process_wait_seconds(void);

/*
 * Open what is closed of the descriptors 0 to 2, before anything else takes
 * their place and what is meant for the standard streams lands in it: so that
 * reading the one and writing the others fails.
 */
void process_open_standard(void);

/*
 * Leave no core file behind: a process's memory, and its environment in there,
 * may hold the API key and the database's password.
 *
 * By its limit, and not by PR_SET_DUMPABLE, which would also give /proc/self to
 * root: an ordinary user's program could not open what it names there.
 */
void process_leave_no_core(void);

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
