/*
 * One PostgreSQL connection that stores events, driven by its owner's poll loop; it never blocks and never waits longer
 * than it was told.  libpq is used in database*.c and conf.c only.
 * When an event is safe: reference/postgresql.md, section 1.  A result alone is no proof: the pipeline's sync must have
 * come, the transaction must be over, and no warning may have been heard (a cancelled wait for a synchronous standby
 * ends in success with a warning), but those of transaction numbers that run out.
 */
#ifndef WECOM_DATABASE_H
#define WECOM_DATABASE_H

#include <stdint.h>

#include "conf.h"
#include "span.h"
#include "status.h"

#define DATABASE_SCHEMA_MIN 10		/* wecom.schema_version() must be at least this */
#define DATABASE_CONNECT_MS 1500	/* for one host, from the first packet to the prepared statement */
#define DATABASE_RETRY_MS 200		/* pause between attempts */

/* One event to store; the caller's, and its memory too, until database_take. */
struct database_entry {
	struct span corp;	/* p_corp */
	struct span item;	/* one element of p_events, JSON text */
	enum status outcome;	/* result: ST_OK stored; ST_BUSY not confirmed; ST_BUG the database refuses it */
	long deliveries;	/* result on ST_OK: 1 for a new event */
};

enum database_state {
	DATABASE_DOWN,		/* no connection; the next attempt comes by itself */
	DATABASE_CONNECTING,
	DATABASE_READY,		/* database_send may be called */
	DATABASE_BUSY,		/* a batch is under way */
	DATABASE_FINISHED,	/* its outcomes wait for database_take */
};

struct database;

/* conf is borrowed and must outlive it.  The first attempt to connect begins with the first step.  NULL: no memory. */
struct database *database_new(const struct conf *conf, const char *application_name);
void database_free(struct database *database);

enum database_state database_state(const struct database *database);

/* Monotonic ms since when there is no usable connection; 0 while there is one. */
int64_t database_down_since_ms(const struct database *database);

/* What to poll for: -1 when there is no socket. */
int database_fd(const struct database *database);
short database_poll_events(const struct database *database);

/* Monotonic ms at which database_step must be called even if the socket stays silent. */
int64_t database_wake_ms(const struct database *database);

/* Go on as far as possible without waiting.  Call after poll and whenever database_wake_ms is reached. */
void database_step(struct database *database);

/* Why the last attempt or batch failed, one line, no secret; "" when nothing did since the last call. */
void database_failure(struct database *database, struct detail *ret_why);

/*
 * Store n entries (1..conf.commit_events_max) in one commit; state must be DATABASE_READY.
 *   entries      borrowed until database_take
 *   deadline_ms  monotonic: what is not confirmed by then is ST_BUSY, and the connection is closed, never cancelled
 * If the database refuses the batch, each entry is tried alone, so that a bad one harms no other.
 */
void database_send(struct database *database, struct database_entry **entries, size_t n, int64_t deadline_ms);

/* After DATABASE_FINISHED: the outcomes are in the entries; the state moves on. */
void database_take(struct database *database);

/*
 * For `-n`: connect to each host in turn within timeout_ms and check schema version and rights.
 * ST_OK, or ST_CONFIG with one sentence.
 */
enum status database_check(const struct conf *conf, int64_t timeout_ms, struct detail *why) must_check;

#endif
