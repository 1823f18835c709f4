/*
 * The storing connection: see database.h.  Here: its state, what its owner's poll loop asks and does, and the results
 * as they come in.
 */
#include "database_inside.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct database *
database_new(const struct conf *conf, const char *application_name)
{
	struct database *database = calloc(1, sizeof(*database));

	if (database == NULL)
		return NULL;
	database->conf = conf;
	snprintf(database->application_name, sizeof(database->application_name), "%s", application_name);
	database->has_hosts = database_hosts_init(&database->hosts, conf->database) == ST_OK;
	database->state = DATABASE_DOWN;
	database->down_since_ms = clock_monotonic_ms();
	return database;
}

void
database_free(struct database *database)
{
	if (database == NULL)
		return;
	PQfinish(database->connection);
	database_hosts_done(&database->hosts);
	free(database->text);
	free(database);
}

enum database_state
database_state(const struct database *database)
{
	return database->state;
}

int64_t
database_down_since_ms(const struct database *database)
{
	return database->down_since_ms;
}

int
database_fd(const struct database *database)
{
	return database->connection == NULL ? -1 : PQsocket(database->connection);
}

short
database_poll_events(const struct database *database)
{
	if (database->state == DATABASE_CONNECTING && database->step == STEP_CONNECT)
		return database->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	if (database->connection != NULL && PQflush(database->connection) == 1)
		return POLLIN | POLLOUT;
	return POLLIN;
}

int64_t
database_wake_ms(const struct database *database)
{
	switch (database->state) {
	case DATABASE_DOWN:
		return database->retry_ms;
	case DATABASE_CONNECTING:
	case DATABASE_BUSY:
		return database->deadline_ms;
	case DATABASE_FINISHED:
		return 0;
	default:
		return INT64_MAX;
	}
}

void
database_failure(struct database *database, struct detail *ret_why)
{
	*ret_why = database->why;
	database->why.text[0] = '\0';
}

void
database_note(struct database *database, const char *what, const char *message)
{
	int n = message == NULL ? 0 : (int)strcspn(message, "\n");

	detail_set(&database->why, "%s%s%.*s", what, n > 0 ? ": " : "", n, message == NULL ? "" : message);
}

void
database_go_down(struct database *database)
{
	bool had_batch = database->state == DATABASE_BUSY;

	PQfinish(database->connection);
	database->connection = NULL;
	database->step = STEP_NONE;
	if (database->down_since_ms == 0)
		database->down_since_ms = clock_monotonic_ms();
	database->retry_ms =
	    database->state == DATABASE_CONNECTING ? clock_monotonic_ms() + DATABASE_RETRY_MS : clock_monotonic_ms();
	database->state = had_batch ? DATABASE_FINISHED : DATABASE_DOWN;
}

static void
read_rows(struct database *database, const PGresult *result)
{
	const char *value = PQntuples(result) == 1 && PQnfields(result) == 1 ? PQgetvalue(result, 0, 0) : "";

	if (database->step == STEP_PREPARE)
		database->schema_version = strtol(value, NULL, 10);
	else
		database_batch_answer(database, value);
}

static void
read_result(struct database *database, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
		read_rows(database, result);
		break;
	case PGRES_COMMAND_OK: /* the prepared statement */
		break;
	case PGRES_PIPELINE_SYNC:
		if (database->step == STEP_PREPARE)
			database_session_end(database);
		else
			database_batch_sync(database);
		break;
	case PGRES_PIPELINE_ABORTED:
		database->has_error = true;
		break;
	default:
		database_batch_error(database, result);
		break;
	}
}

static void
read_results(struct database *database)
{
	int nulls_n = 0;

	/* in pipeline mode a NULL ends one query's results; two in a row mean that nothing more is here */
	while (database->connection != NULL && database->step != STEP_NONE && nulls_n < 2 &&
	       PQisBusy(database->connection) == 0) {
		PGresult *result = PQgetResult(database->connection);

		nulls_n = result == NULL ? nulls_n + 1 : 0;
		if (result != NULL)
			read_result(database, result);
		PQclear(result);
	}
}

static void
step_results(struct database *database)
{
	PGconn *connection = database->connection;

	if (PQflush(connection) < 0 || PQconsumeInput(connection) != 1) {
		database_note(database, "connection lost", PQerrorMessage(connection));
		database_go_down(database);
		return;
	}
	read_results(database);
	if (database->connection != NULL && PQstatus(database->connection) == CONNECTION_BAD) {
		database_note(database, "connection lost", PQerrorMessage(database->connection));
		database_go_down(database);
	}
}

static bool
is_late(struct database *database)
{
	if (clock_monotonic_ms() < database->deadline_ms)
		return false;
	database_note(
	    database, database->state == DATABASE_BUSY ? "no confirmation in time" : "no connection in time", NULL);
	database_go_down(database);
	return true;
}

void
database_step(struct database *database)
{
	if (database->state == DATABASE_DOWN && clock_monotonic_ms() >= database->retry_ms)
		database_session_begin(database);
	if (database->state == DATABASE_CONNECTING && !is_late(database)) {
		if (database->step == STEP_CONNECT)
			database_session_step(database);
		else
			step_results(database);
	} else if (database->state == DATABASE_BUSY) {
		step_results(database);
		if (database->state == DATABASE_BUSY)
			(void)is_late(database);
	} else if (database->state == DATABASE_READY) {
		/* nothing is under way: readable means closed, or a notice */
		step_results(database);
	}
}

enum status
database_check(const struct conf *conf, int64_t timeout_ms, struct detail *why)
{
	int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
	struct database *database = database_new(conf, "wecom check");
	enum status st = ST_CONFIG;

	if (database == NULL)
		return ST_NOMEM;
	detail_set(why, "no connection in time");
	while (clock_monotonic_ms() < deadline_ms && database->state != DATABASE_READY) {
		struct pollfd wait = {.fd = database_fd(database), .events = database_poll_events(database)};

		(void)poll(&wait, 1, 20);
		database_step(database);
		if (database->why.text[0] != '\0')
			database_failure(database, why);
	}
	if (database->state == DATABASE_READY)
		st = ST_OK;
	database_free(database);
	return st;
}
