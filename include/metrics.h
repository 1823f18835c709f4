/*
 * Counters shared by all processes of a pool, in a small file mapped by each, so that other programs can read them
 * (`wecom-callback -s`, `wecom-web -s`, the /metrics page).  They start at zero with the pool.
 */
#ifndef WECOM_METRICS_H
#define WECOM_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "status.h"

#define METRICS_BUCKETS_N 14

struct metrics {
	uint64_t magic;
	uint64_t size_bytes;	/* of this struct: a reader of another version refuses */
	int64_t started_us;	/* wall clock */
	_Atomic uint64_t requests[ST_N];		/* by outcome, the verification GETs too */
	_Atomic uint64_t events_database;		/* acknowledged after a commit */
	_Atomic uint64_t events_spool;			/* acknowledged after an fsync */
	_Atomic uint64_t repeats;			/* stored events whose deliveries went above 1 */
	_Atomic uint64_t commits;			/* confirmed commits of the receiver */
	_Atomic uint64_t commits_doubtful;		/* batches whose commit was never confirmed */
	_Atomic uint64_t database_failures;		/* connections lost or refused */
	_Atomic uint64_t drained;			/* spooled events stored later */
	_Atomic uint64_t spool_refused;			/* events refused because the spool was full or failed */
	_Atomic uint64_t worker_restarts;
	_Atomic uint64_t worker_kills;			/* frozen workers ended by the parent */
	_Atomic uint64_t connections;			/* accepted from the web server */
	_Atomic uint64_t duration_buckets[METRICS_BUCKETS_N];	/* not cumulative; bounds in metrics.c */
	_Atomic uint64_t duration_sum_us;
};

/*
 * Make (or start anew) the file and map it.  Owned by the pool's parent; children inherit the mapping.
 * When the file cannot be made the counters live in anonymous memory and `why` says so (still a result).
 * NULL: no memory.
 */
struct metrics *metrics_create(const char *path, struct detail *why);

/* Count one request of that outcome which took so long from its arrival to its answer. */
void metrics_request(struct metrics *metrics, enum status outcome, int64_t duration_us);

struct metrics_spool {
	int64_t bytes;
	int64_t age_ms;
	int64_t damaged_n;	/* files kept as *.damaged */
};

/*
 * Print the file's counters as Prometheus text, with the spool's gauges (NULL: none).
 * ST_NOT_FOUND: no such file; ST_BAD_INPUT: of another version.
 */
enum status metrics_print(const char *path, const struct metrics_spool *spool, FILE *out, struct detail *why) must_check;

/* As metrics_print, for the pages' pool: of the counters those that it has. */
enum status metrics_print_web(const char *path, FILE *out, struct detail *why) must_check;

#endif
