/*
 * What the programs that use a store have in common when they open it.
 */
#ifndef MD_WAITS_H
#define MD_WAITS_H

#include "cli/report_options.h"
#include "store/store.h"

/* Stores are opened with --store-timeout, and long waits are told.  stop: see
 * struct store_waiting. */
static inline void
program_waits(struct report_options *o, const volatile sig_atomic_t *stop)
{
	const struct store_waiting w = { o->store_timeout_ms, &o->log, stop };

	store_wait_so(&w);
}

#endif
