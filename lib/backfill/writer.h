/*
 * The writer: a thread that owns the store during a run, with a bounded queue
 * of tasks.  Tasks run in the order in which they were submitted, urgent ones
 * first; their completion is delivered on the thread that collects it.
 */
#ifndef MD_BACKFILL_WRITER_H
#define MD_BACKFILL_WRITER_H

#include <signal.h>

#include "store/store.h"

struct task {
	struct task *next;
	/* Called on the writer's thread. */
	bool (*run)(struct task *, struct store *, struct md_error *);
	/* Called on the collecting thread afterwards; the owner may then reuse
	 * the task.  error.code is MD_OK if run returned true. */
	void (*done)(struct task *);
	struct md_error error;
	bool urgent; /* overtakes waiting tasks: must not depend on them */
	bool heavy;  /* holds a page: only a few of these may wait */
	/* Monotonic µs, and the processor time that running it took. */
	int64_t submitted_at, started_at, ended_at, cpu_us;
};

struct writer;

/* wake is called on the writer's thread after each task. */
bool writer_create(struct writer **, struct store *,
    const volatile sig_atomic_t *stop, void (*wake)(void *), void *wake_ctx,
    struct md_error *);

/* Blocks while too many heavy tasks wait, unless *stop is set. */
void writer_submit(struct writer *, struct task *);

/* Deliver completed tasks; returns their number. */
unsigned writer_collect(struct writer *);

/* Wait for and deliver all submitted tasks, and those that they submit. */
void writer_drain(struct writer *);

/* The time spent in tasks so far, in seconds. */
double writer_seconds(struct writer *);

/* Drains, then ends the thread; the caller owns the store again. */
void writer_destroy(struct writer **);

#endif
