/*
 * One storing connection, as its files see it: database.c drives it, database_session.c brings it up, database_batch.c
 * stores a batch.  Private to them.
 */
#ifndef WECOM_DATABASE_INSIDE_H
#define WECOM_DATABASE_INSIDE_H

#include "database.h"

#include <stdbool.h>

#include "database_connect.h"

#define DATABASE_STATEMENT "wecom_ingest"	/* the prepared statement, where settings allow one */

enum step {
	STEP_NONE,
	STEP_CONNECT,	/* PQconnectPoll */
	STEP_PREPARE,	/* version and prepared statement, one pipeline */
	STEP_TOGETHER,	/* one transaction for the batch */
	STEP_ALONE,	/* one transaction for each entry */
};

struct database {
	const struct conf *conf;
	char application_name[64];
	struct database_hosts hosts;
	bool has_hosts;
	PGconn *connection;
	enum database_state state;
	enum step step;
	PostgresPollingStatusType polling;
	int64_t deadline_ms;	/* of the attempt or the batch */
	int64_t retry_ms;	/* DOWN: when the next attempt begins */
	int64_t down_since_ms;
	/* the batch */
	struct database_entry **entries;
	size_t n;
	size_t answered_n;	/* entries whose results came in this step */
	size_t synced_n;	/* alone: entries whose transactions are over */
	bool has_error;		/* in the transaction that is being read */
	bool has_warning;	/* heard since the batch was sent */
	bool must_reconnect;	/* this server or session can store nothing any more */
	struct detail why;
	char *text;		/* JSON array under construction; kept between batches */
	size_t text_size;
	long schema_version;
};

/* --- database.c --------------------------------------------------------------------------------------------------- */

/* Remember why: the first line of libpq's message, which names hosts and causes, never a password.  message may be NULL. */
void database_note(struct database *database, const char *what, const char *message);

/* Close without asking, never cancel: the outcome of what is under way stays open, and its entries are not confirmed. */
void database_go_down(struct database *database);

/* --- database_session.c ------------------------------------------------------------------------------------------- */

/* DOWN: begin an attempt at the next host. */
void database_session_begin(struct database *database);

/* STEP_CONNECT: go on as far as possible without waiting. */
void database_session_step(struct database *database);

/* STEP_PREPARE: all results are here: READY, or DOWN with a reason. */
void database_session_end(struct database *database);

/* --- database_batch.c --------------------------------------------------------------------------------------------- */

/* Results of wecom.ingest, as they come: deliveries, an error, the end of a transaction. */
void database_batch_answer(struct database *database, const char *deliveries);
void database_batch_error(struct database *database, const PGresult *result);
void database_batch_sync(struct database *database);

#endif
