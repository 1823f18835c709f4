/*
 * One batch is under way at a time.  First all of it in one transaction, by one call; if the database refuses that,
 * each entry in a transaction of its own, all in one round trip.  What confirms an entry: see database.h.
 */
#include "database_inside.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static bool
text_append(struct database *database, size_t *n, const char *bytes, size_t bytes_n)
{
	if (*n + bytes_n + 1 > database->text_size) {
		size_t size = (*n + bytes_n + 1) * 2;
		char *text = realloc(database->text, size);

		if (text == NULL)
			return false;
		database->text = text;
		database->text_size = size;
	}
	memcpy(database->text + *n, bytes, bytes_n);
	*n += bytes_n;
	database->text[*n] = '\0';
	return true;
}

static bool
has_one_corp(const struct database *database, size_t first, size_t end)
{
	while (first + 1 < end && span_equal(database->entries[first]->corp, database->entries[first + 1]->corp))
		first++;
	return first + 1 >= end;
}

/* Entries first..end as the two parameters of wecom.ingest: p_corp is null when they are of several corps. */
static bool
send_call(struct database *database, size_t first, size_t end)
{
	struct span corp = database->entries[first]->corp;
	const char *values[2] = {NULL, NULL};
	char corp_text[512];
	size_t n = 0;

	if (corp.n >= sizeof(corp_text) || !text_append(database, &n, "[", 1))
		return false;
	memcpy(corp_text, corp.at, corp.n);
	corp_text[corp.n] = '\0';
	for (size_t i = first; i < end; i++)
		if (!text_append(database, &n, ",", i == first ? 0 : 1) ||
		    !text_append(database, &n, database->entries[i]->item.at, database->entries[i]->item.n))
			return false;
	if (!text_append(database, &n, "]", 1))
		return false;
	if (has_one_corp(database, first, end))
		values[0] = corp_text;
	values[1] = database->text;
	if (database->conf->prepared_statements)
		return PQsendQueryPrepared(database->connection, DATABASE_STATEMENT, 2, values, NULL, NULL, 0) == 1;
	return PQsendQueryParams(database->connection, "select wecom.ingest($1::text, $2::jsonb)", 2, NULL, values,
		   NULL, NULL, 0) == 1;
}

static void
send_failed(struct database *database)
{
	database_note(database, "cannot send", PQerrorMessage(database->connection));
	database_go_down(database);
}

static void
begin_alone(struct database *database)
{
	bool is_sent = true;

	database->step = STEP_ALONE;
	database->answered_n = 0;
	database->synced_n = 0;
	database->has_error = false;
	for (size_t i = 0; is_sent && i < database->n; i++)
		is_sent = send_call(database, i, i + 1) && PQpipelineSync(database->connection) == 1;
	if (!is_sent || PQflush(database->connection) < 0)
		send_failed(database);
}

/* One call a transaction: its lock order holds for a call, not for two. */
static void
begin_together(struct database *database)
{
	database->step = STEP_TOGETHER;
	database->answered_n = 0;
	database->has_error = false;
	if (!send_call(database, 0, database->n) || PQpipelineSync(database->connection) != 1 ||
	    PQflush(database->connection) < 0)
		send_failed(database);
}

void
database_send(struct database *database, struct database_entry **entries, size_t n, int64_t deadline_ms)
{
	database->entries = entries;
	database->n = n;
	database->deadline_ms = deadline_ms;
	database->has_warning = false;
	database->state = DATABASE_BUSY;
	for (size_t i = 0; i < n; i++) {
		entries[i]->outcome = ST_BUSY;
		entries[i]->deliveries = 0;
	}
	/* on Citus a transaction stays inside one corp */
	if (database->conf->commit_scope == CONF_SCOPE_CORP && !has_one_corp(database, 0, n))
		begin_alone(database);
	else
		begin_together(database);
}

void
database_take(struct database *database)
{
	database->entries = NULL;
	database->n = 0;
	database->state = database->connection == NULL ? DATABASE_DOWN : DATABASE_READY;
}

/* Deliveries of one call: numbers separated by blanks, in the order of its entries. */
void
database_batch_answer(struct database *database, const char *text)
{
	size_t end = database->step == STEP_ALONE ? database->answered_n + 1 : database->n;

	if (database->answered_n >= database->n)
		return;
	while (database->answered_n < end) {
		char *rest;
		long deliveries = strtol(text, &rest, 10);

		if (rest == text)
			break;
		database->entries[database->answered_n++]->deliveries = deliveries;
		text = rest;
	}
	if (database->answered_n != end) {
		database->has_error = true;
		database_note(database, "wecom.ingest did not answer for every event", NULL);
	}
}

/*
 * An entry refused alone: is it the entry (then no retry helps), or the state of the database?
 * Classes: 22 data exception, 23 constraint, 54 program limit exceeded.
 */
static enum status
refusal_of(const char *sqlstate)
{
	if (sqlstate != NULL &&
	    (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 || strncmp(sqlstate, "54", 2) == 0))
		return ST_BUG;
	return ST_BUSY;
}

/*
 * 25006 read-only transaction (the server was demoted), 26000 no such prepared statement (a pooler took another
 * session), 57P0x shutdown.
 */
static bool
is_end_of_session(const char *sqlstate)
{
	return sqlstate != NULL &&
	       (strcmp(sqlstate, "25006") == 0 || strcmp(sqlstate, "26000") == 0 || strncmp(sqlstate, "57P", 3) == 0);
}

void
database_batch_error(struct database *database, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	database->has_error = true;
	database->must_reconnect |= is_end_of_session(sqlstate);
	/* the primary message of a data error may quote the data: the code alone is told */
	if (refusal_of(sqlstate) == ST_BUG)
		detail_set(&database->why, "the database refused the event: SQLSTATE %s", sqlstate);
	else
		detail_set(&database->why, "database: %s (SQLSTATE %s)", message == NULL ? "?" : message,
		    sqlstate == NULL ? "?" : sqlstate);
	/* not by answered_n: an error may follow the answer, at the commit */
	if (database->step == STEP_ALONE && database->synced_n < database->n)
		database->entries[database->synced_n]->outcome = refusal_of(sqlstate);
}

/* The transaction's sync came.  Confirmed only when it is over, without error and without a warning. */
static bool
is_confirmed(const struct database *database)
{
	return !database->has_error && !database->has_warning &&
	       PQtransactionStatus(database->connection) == PQTRANS_IDLE;
}

static void
finish_batch(struct database *database)
{
	database->state = DATABASE_FINISHED;
	database->step = STEP_NONE;
	if (database->has_warning)
		database_note(database, "a warning came with the commit: it is not taken as confirmed", NULL);
	/* a warned connection is given up: it may stand in front of a server that is shutting down */
	if (database->has_warning || database->must_reconnect) {
		PQfinish(database->connection);
		database->connection = NULL;
		database->down_since_ms = clock_monotonic_ms();
		database->retry_ms = database->down_since_ms;
	}
}

static void
sync_together(struct database *database)
{
	if (is_confirmed(database) && database->answered_n == database->n) {
		for (size_t i = 0; i < database->n; i++)
			database->entries[i]->outcome = ST_OK;
		finish_batch(database);
	} else if (database->has_error && !database->has_warning) {
		begin_alone(database);
	} else {
		/* warned, or a transaction that is not over: nothing more on this connection */
		database->must_reconnect = true;
		finish_batch(database);
	}
}

static void
sync_alone(struct database *database)
{
	size_t i = database->synced_n++;

	if (is_confirmed(database) && database->answered_n == i + 1)
		database->entries[i]->outcome = ST_OK;
	database->answered_n = database->synced_n;
	database->has_error = false;
	if (database->synced_n == database->n)
		finish_batch(database);
}

void
database_batch_sync(struct database *database)
{
	if (database->step == STEP_TOGETHER)
		sync_together(database);
	else if (database->step == STEP_ALONE)
		sync_alone(database);
}
