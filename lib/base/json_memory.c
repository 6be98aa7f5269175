#include "base/json_memory.h"

#include <jansson.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The lexer's text, which it doubles: 32, 64, ... up to the last that fits.
 * Longer numbers than half of that have an assertion to fear, no others.
 */
#define RESERVE (1 << 13)
#define MOST    (RESERVE / 2)
#define LEAST   32

static _Thread_local bool watched, failed;
static _Thread_local size_t used;
static alignas(16) _Thread_local char reserve[RESERVE];

/* Whatever else is asked for fails, and so ends the reading. */
static void *
of_reserve(size_t n)
{
	char *p = reserve + used;

	if (n < LEAST || n > MOST || (n & (n - 1)) != 0 ||
	    n > sizeof(reserve) - used)
		return NULL;
	used += n;
	return p;
}

static void *
allocate(size_t n)
{
	void *p = malloc(n);

	if (p != NULL || !watched)
		return p;
	failed = true;
	return of_reserve(n);
}

static void
release(void *p)
{
	const char *at = p;

	/* What a thread watches, it frees before it watches anew. */
	if (at < reserve || at >= reserve + sizeof(reserve))
		free(p);
}

static void
set_up(void)
{
	json_set_alloc_funcs(allocate, release);
}

void
json_memory_watch(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, set_up);
	watched = true;
	failed = false;
	used = 0;
}

json_t *
json_memory_checked(json_t *read, json_error_t *why)
{
	watched = false;
	if (!failed)
		return read;
	json_decref(read);
	(void)snprintf(why->text, sizeof(why->text), "out of memory");
	why->text[sizeof(why->text) - 1] = (char)json_error_out_of_memory;
	return NULL;
}
