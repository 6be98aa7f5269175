/*
 * The interface of the load engines: requests in a closed loop (a number at a
 * time) or an open one (a number per second, whether or not the other side
 * keeps up), and the outcome of each.
 */
#ifndef MD_LOAD_JOB_H
#define MD_LOAD_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "load/stages.h"
#include "load/target.h"
#include "market/symbol.h"
#include "market/timeframe.h"

/* One request: rows of a series. */
struct load_request {
	size_t value; /* the index of the scenario's value */
	const char *symbol;
	enum timeframe timeframe;
	int64_t limit;
	int64_t end_ms;   /* 0, or rows before this time */
	const char *path; /* if not null, request this instead */
	bool digest;      /* of the answer, too */
};

enum load_fault {
	LOAD_OK,
	LOAD_CONNECT,   /* no connection */
	LOAD_RESET,     /* it broke */
	LOAD_CLOSED,    /* it was closed before the answer's first byte */
	LOAD_TRUNCATED, /* it was closed within the answer */
	LOAD_TIMEOUT,
	LOAD_PROTOCOL, /* the answer is not HTTP/1.1 */
	LOAD_STATUS,   /* its status is not 2xx */
	LOAD_UNSENT,   /* due, but no connection became free */
	LOAD_MISSING,  /* the store has no such series */
	LOAD_STORE     /* the store could not be read */
};

struct load_outcome {
	const struct load_request *ask;
	enum load_fault fault;
	int status;          /* LOAD_STATUS and LOAD_OK, over HTTP */
	uint64_t latency_ns; /* from sending it; open loop: from its due time */
	uint64_t at_ns;      /* when it ended, since the job began */
	uint64_t lag_ns;     /* open loop: by how much this side sent it late */
	uint64_t bytes;      /* received */
	uint64_t digest;     /* of what was answered, if that was asked for */
	const char *detail;  /* of a fault; or null */
};

struct load_job {
	uint64_t count;      /* of requests; 0: until duration_ns is over */
	int64_t duration_ns; /* if count is 0 */
	double rate;         /* open loop: per second; 0: closed loop */
	/* Users or a rate that rise and fall, or null; of a rate, `rate` is the
	 * highest, and duration_ns is theirs. */
	const struct load_stages *stages;
	int64_t timeout_ns; /* of one request */
	/* Fills in request k; its strings must live as long as the job. */
	void (*ask)(void *ctx, uint64_t k, struct load_request *);
	/* False when out of memory, which ends the job. */
	bool (*done)(void *ctx, const struct load_outcome *);
	void (*body)(void *ctx, const char *bytes, size_t len); /* or null */
	void *ctx;
	bool (*stopped)(void); /* has the operator asked to stop? */
	/* Is it enough, after so many seconds?  What is under way is then
	 * forgotten.  Or null. */
	bool (*enough)(void *ctx, double seconds);
};

/* How the engine itself performed. */
struct load_generator {
	double seconds;      /* from the first request to the last answer */
	double cpu_seconds;  /* its own */
	double wait_seconds; /* ready but without a CPU; if known */
	uint64_t late;       /* open loop: sent over 5 ms after they were due */
	uint64_t crowded;    /* open loop: due when no connection was free */
	uint64_t worst_late_ns;
};

/* Open loop: when request k is due, in ns since the job began; at the end of
 * its duration if not before. */
uint64_t load_job_due(const struct load_job *, uint64_t k);

/* Closed loop: how many may be in progress after so many ns. */
uint64_t load_job_users(const struct load_job *, uint64_t ns);

/* A clock that never steps. */
uint64_t load_now_ns(void);

/* Measures the process's CPU time, and how long it waited for a CPU. */
void load_generator_begin(struct load_generator *);
void load_generator_end(struct load_generator *);

/* -- over HTTP -- */

struct load_http;

/*
 * At most this many connections, each opened when it is first needed; they stay
 * open from one run to the next.  target is borrowed.
 */
bool load_http_open(struct load_http **, const struct load_target *,
    unsigned connections, struct md_error *);
void load_http_close(struct load_http **);

/* MD_EINTR when stopped. */
bool load_http_run(struct load_http *, const struct load_job *,
    struct load_generator *, struct md_error *);

/* "/api/v1/features/quant/AAPL?timeframe=1d&limit=500", as sent. */
size_t load_request_path(const struct load_request *, char *out, size_t size);

/* -- on the store, without HTTP: each reader has a thread and a handle -- */

struct load_store;

/* Opens all readers' handles.  MD_ESTORE if there is no store. */
bool load_store_open(struct load_store **, const char *db, unsigned readers,
    struct md_error *);
void load_store_close(struct load_store **);

/* job.done is called by one thread at a time. */
bool load_store_run(struct load_store *, const struct load_job *,
    struct load_generator *, struct md_error *);

/* The store's symbols that have bars, at most max, by name. */
bool load_store_symbols(struct load_store *, char (*out)[SYMBOL_MAX],
    size_t max, size_t *len, struct md_error *);

#endif
