/*
 * The writer: a thread that owns the store while a run goes on, behind a
 * bounded queue.  Tasks run in the order they were given, urgent ones first;
 * their ends are delivered on the thread that asks for them.
 */
#ifndef MD_BACKFILL_WRITER_H
#define MD_BACKFILL_WRITER_H

#include <signal.h>

#include "store/store.h"

struct task {
	struct task *next;
	/* On the writer's thread. */
	bool (*run)(struct task *, struct store *, struct md_error *);
	/* On the collecting thread, afterwards; the task is its owner's again.
	 * error.code is MD_OK when run returned true. */
	void (*done)(struct task *);
	struct md_error error;
	bool urgent; /* before what waits: must not depend on it */
	bool heavy;  /* holds a page: few of these may wait */
	/* Monotonic µs, and what running it took of a processor. */
	int64_t submitted_at, started_at, ended_at, cpu_us;
};

struct writer;

/* wake is called on the writer's thread whenever a task has run. */
bool writer_create(struct writer **, struct store *,
    const volatile sig_atomic_t *stop, void (*wake)(void *), void *wake_ctx,
    struct md_error *);

/* Waits while too many heavy tasks wait, unless *stop says to end. */
void writer_submit(struct writer *, struct task *);

/* Deliver ends; how many. */
unsigned writer_collect(struct writer *);

/* Run and deliver everything that was submitted, and what that submits. */
void writer_drain(struct writer *);

/* Seconds spent in tasks so far. */
double writer_seconds(struct writer *);

/* Drains, then ends the thread; the store is the caller's again. */
void writer_destroy(struct writer **);

#endif
