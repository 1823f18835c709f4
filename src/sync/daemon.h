/*
 * The daemon: one dispatcher (leases corps, claims their jobs, hands them out fairly) and worker threads that each run
 * one job at a time from its state to its stored result.
 */
#ifndef WECOM_SYNC_DAEMON_H
#define WECOM_SYNC_DAEMON_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "api.h"
#include "conf.h"
#include "job.h"
#include "store.h"

#define DAEMON_CORP_BYTES 1025	/* wecom.ingest takes corps of at most 128 bytes; a replayed one is never cut */
#define DAEMON_OWNER_BYTES 128

struct finish_entry;

/* Which results share a call, and how many such calls a corp has at a time: finish.c. */
enum finish_lane { FINISH_CHATS, FINISH_OTHERS, FINISH_ALONE, FINISH_LANES_N };

/* A claimed job that waits for a worker. */
struct task {
	struct corp *corp;
	struct json_object *claimed;	/* owned: one element of wecom.job_claim */
	struct task *next;
};

/* A corp that this daemon has leased.  All but the atomics is guarded by the daemon's lock. */
struct corp {
	_Atomic int64_t held_until_ms;	/* monotonic: no result is given after it (two thirds of the lease) */
	int64_t renew_at_ms;
	int64_t busy_at_ms;		/* when there was last something to do */
	int64_t enrich_hour_ms;		/* begin of the hour in which enriched_n were counted */
	struct task *first, *last;
	struct finish_entry *finishing;	/* results that wait for the next call of wecom.job_finish */
	struct corp *next;
	int queued_n;
	int running_n;			/* jobs whose handlers run */
	int storing_n;			/* jobs whose results are on their way to the database */
	int enriched_n;
	_Atomic bool is_lost;		/* to be given back, and forgotten once nothing of it runs */
	bool is_due;
	int flushing_n[FINISH_LANES_N];	/* calls of wecom.job_finish under way */
	char fence[24];			/* as text, a parameter of every call */
	char id[DAEMON_CORP_BYTES];
};

struct daemon {
	const struct conf *conf;
	struct store *store;
	struct api *api;
	char owner[DAEMON_OWNER_BYTES];	/* host, pid and a random part: two daemons are never one */
	_Atomic bool is_stopping;
	pthread_mutex_t lock;
	pthread_cond_t work;		/* a task was queued, or the end has come */
	pthread_cond_t room;		/* a queue ran low: the dispatcher may claim again */
	struct corp *corps;
	struct corp *turn;		/* whose task is looked at first: round and round */
	int queued_n;
	int running_n;			/* handlers, at most conf->sync_calls: what calls and what stores overlap */
	pthread_t *threads;		/* twice as many: those that store wait, and call nobody meanwhile */
	int threads_n;
};

/* The way to the database as the settings say.  As store_new. */
struct store *daemon_store_new(const struct conf *conf, struct detail *why);

/* Run until stopping_fd is readable; then drain.  The exit code; -1: threads still run, and use conf: leave it alone. */
int daemon_run(const struct conf *conf, int stopping_fd);

/* --- worker.c ------------------------------------------------------------------------------------------------------ */

/* Body of a worker thread; argument: struct daemon. */
void *worker_main(void *argument);

/* --- finish.c ------------------------------------------------------------------------------------------------------ */

enum finish_outcome {
	FINISH_OK,	/* stored */
	FINISH_LOST,	/* the lease is gone, or the job was taken from us: nothing was stored */
};

/*
 * Store what a job came to.  Results of one corp that come together share one call and one commit.  Blocks; tries
 * again while the database is away and the lease lasts.  What the database refuses parks its job.
 *   outcome   "done", "part", "later" or "parked"
 *   result    borrowed
 *   ret_left  what the store function says is left; may be NULL
 */
enum finish_outcome finish_store(struct daemon *daemon, struct corp *corp, const struct job *job, const char *outcome,
    const struct job_result *result, int64_t *ret_left);

/* --- corps.c: bookkeeping; the caller holds the lock ---------------------------------------------------------------- */

struct corp *corps_find(struct daemon *daemon, const char *id);
/* A leased corp; NULL: no memory, or an id that is too long. */
struct corp *corps_add(struct daemon *daemon, const char *id, const char *fence);
/* Forget a corp of which nothing runs; its queued tasks go with it. */
void corps_remove(struct daemon *daemon, struct corp *corp);
void corps_drop_queue(struct daemon *daemon, struct corp *corp);
bool corps_queue(struct daemon *daemon, struct corp *corp, struct json_object *claimed);
/* The next task in fair order, within the calls and the corp's share of them; NULL: none may run now. */
struct task *corps_take(struct daemon *daemon);
/* The handler of a task of this corp has ended: its result is stored next. */
void corps_store(struct daemon *daemon, struct corp *corp);
bool corp_is_held(const struct corp *corp);

#endif
