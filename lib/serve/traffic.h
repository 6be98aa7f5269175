/*
 * What a server has answered since it began, for Prometheus: how often which
 * path and status, how long it took, and what came from the answers it keeps.
 */
#ifndef MD_SERVE_TRAFFIC_H
#define MD_SERVE_TRAFFIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRAFFIC_PATHS   32 /* with that of all others, the last */
#define TRAFFIC_CODES   17
#define TRAFFIC_BUCKETS 14

/* How an answer came about. */
enum traffic_source {
	TRAFFIC_KEPT,      /* as it was kept */
	TRAFFIC_REFRESHED, /* its rows were kept, its age is new */
	TRAFFIC_MADE,
	TRAFFIC_SOURCES
};

/* Begins as zeros.  May be used by several threads. */
struct traffic {
	atomic_ullong requests[TRAFFIC_PATHS][TRAFFIC_CODES];
	atomic_ullong took[TRAFFIC_PATHS][TRAFFIC_BUCKETS + 1];
	atomic_ullong us[TRAFFIC_PATHS];
	atomic_ullong sources[TRAFFIC_SOURCES];
	atomic_llong in_progress;
};

/* A request of the path was answered after so long. */
void traffic_note(struct traffic *, size_t path, int status, int64_t us);

/* "/series/{symbol}/{timeframe}" of "series/" and two "*": what stands for the
 * parts of a path. */
#define TRAFFIC_NAME 128
void traffic_path_name(const char *path, char out[static TRAFFIC_NAME]);

/* paths: their names as in a table of routes, "api/v1/bars/" and "*" for what
 * is named; those beyond n are others. */
void traffic_metrics(FILE *, struct traffic *, const char *const *paths,
    size_t n);

#endif
