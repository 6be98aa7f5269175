/*
 * Is a process still there?  And what a process does for itself.
 */
#ifndef MD_SYS_PROCESS_H
#define MD_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Does the process of that number run a program of that name on this host?
 * When it cannot be told, any process of the number will do. */
bool process_runs(int64_t pid, const char *program);

/* Does the backfill of that number live?  Only on this host can it be told:
 * *known. */
bool process_lives(const char *host, int64_t pid, bool *known);

/* How long the calling thread was ready to run and did not, so far; 0 where
 * that is not told. */
double process_wait_seconds(void);

/*
 * Pages of megabytes come and go; left to itself glibc learns to keep them in
 * its heap, where they lie in each other's way.  What is small it should keep,
 * though: SQLite takes and gives back 16 KiB with every sorted query.
 */
void process_give_memory_back(void);

#endif
