/*
 * Is a process still there?
 */
#ifndef MD_PROCESS_H
#define MD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Does the process of that number run a program of that name on this host?
 * When it cannot be told, any process of the number will do. */
bool process_runs(int64_t pid, const char *program);

/* Does the backfill of that number live?  Only on this host can it be told:
 * *known. */
bool process_lives(const char *host, int64_t pid, bool *known);

#endif
