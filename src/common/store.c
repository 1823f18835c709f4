/*
 * Connections to the database for threads that wait.  A connection is borrowed for one call; after any doubt (no answer
 * in time, a lost connection) it is closed, never cancelled.  All functions called are safe to repeat.
 */
#include "store.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "database.h"
#include "store_line.h"

#define DEPTH_MAX 128		/* bodies of events are up to 64 deep */
#define VERSION_QUERY "select wecom.schema_version()"

struct store *
store_new(const struct conf *conf, const struct store_plan *plan, struct detail *why)
{
	struct store *store = calloc(1, sizeof(*store) + (size_t)plan->connections_n * sizeof(store->lines[0]));
	pthread_condattr_t attributes;

	if (store == NULL) {
		detail_set(why, "no memory");
		return NULL;
	}
	store->conf = conf;
	store->plan = *plan;
	store->lines_n = plan->connections_n;
	pthread_mutex_init(&store->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&store->freed, &attributes);
	pthread_condattr_destroy(&attributes);
	for (int i = 0; i < store->lines_n; i++)
		if (database_hosts_init(&store->lines[i].hosts, plan->conninfo) != ST_OK) {
			detail_set(why, "the connection string of the database cannot be parsed");
			store_free(store);
			return NULL;
		}
	return store;
}

void
store_line_close(struct line *line)
{
	PQfinish(line->connection);
	line->connection = NULL;
	line->statements_n = 0;
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	for (int i = 0; i < store->lines_n; i++) {
		store_line_close(&store->lines[i]);
		database_hosts_done(&store->lines[i].hosts);
	}
	pthread_cond_destroy(&store->freed);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static struct timespec
monotonic_time(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

struct line *
store_line_borrow(struct store *store)
{
	struct timespec until = monotonic_time(clock_monotonic_ms() + store->plan.borrow_ms);
	struct line *line = NULL;
	int waited = 0;

	pthread_mutex_lock(&store->lock);
	while (line == NULL && waited == 0) {
		for (int i = 0; i < store->lines_n; i++)
			if (!store->lines[i].is_busy && (line == NULL || line->connection == NULL))
				line = &store->lines[i];
		if (line == NULL)
			waited = pthread_cond_timedwait(&store->freed, &store->lock, &until);
	}
	if (line != NULL)
		line->is_busy = true;
	pthread_mutex_unlock(&store->lock);
	return line;
}

void
store_line_give_back(struct store *store, struct line *line)
{
	pthread_mutex_lock(&store->lock);
	line->is_busy = false;
	pthread_cond_signal(&store->freed);
	pthread_mutex_unlock(&store->lock);
}

static bool
wait_socket(PGconn *connection, short events, int64_t deadline_ms)
{
	struct pollfd wait = {.fd = PQsocket(connection), .events = events};
	int64_t left_ms = deadline_ms - clock_monotonic_ms();

	return left_ms > 0 && poll(&wait, 1, (int)left_ms) >= 0 && clock_monotonic_ms() < deadline_ms;
}

bool
store_line_wait(PGconn *connection, int64_t deadline_ms)
{
	while (PQflush(connection) == 1 || PQisBusy(connection) == 1) {
		short events = PQflush(connection) == 1 ? POLLIN | POLLOUT : POLLIN;

		if (!wait_socket(connection, events, deadline_ms) || PQconsumeInput(connection) != 1)
			return false;
	}
	return PQstatus(connection) == CONNECTION_OK;
}

void
store_line_failure(struct detail *why, const char *what, const PGconn *connection)
{
	const char *message = connection == NULL ? "" : PQerrorMessage(connection);
	int n = (int)strcspn(message, "\n");

	detail_set(why, "database: %s%s%.*s", what, n > 0 ? ": " : "", n, message);
}

PGresult *
store_line_result(PGconn *connection, int64_t deadline_ms, struct detail *why)
{
	PGresult *last = NULL, *result;

	for (;;) {
		if (!store_line_wait(connection, deadline_ms)) {
			store_line_failure(why, "no answer", connection);
			PQclear(last);
			return NULL;
		}
		result = PQgetResult(connection);
		if (result == NULL)
			return last;
		if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
			PQclear(result);
			continue;
		}
		PQclear(last);
		last = result;
	}
}

static bool
begin_session(struct store *store, struct line *line, int64_t deadline_ms, struct detail *why)
{
	PostgresPollingStatusType polling = PGRES_POLLING_WRITING;

	line->connection = database_connect_next(&line->hosts, store->plan.program);
	while (line->connection != NULL && PQstatus(line->connection) != CONNECTION_BAD && polling != PGRES_POLLING_OK &&
	    polling != PGRES_POLLING_FAILED) {
		if (!wait_socket(line->connection, polling == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms))
			break;
		polling = PQconnectPoll(line->connection);
	}
	if (polling != PGRES_POLLING_OK || PQsetnonblocking(line->connection, 1) != 0) {
		store_line_failure(why, "cannot connect", line->connection);
		return false;
	}
	return true;
}

bool
store_line_open(struct store *store, struct line *line, struct detail *why)
{
	int64_t deadline_ms = clock_monotonic_ms() + DATABASE_CONNECT_MS;
	scoped(result) PGresult *result = NULL;
	long version = 0;

	if (!begin_session(store, line, deadline_ms, why) || PQsendQuery(line->connection, VERSION_QUERY) != 1)
		return false;
	result = store_line_result(line->connection, deadline_ms, why);
	if (result == NULL)
		return false;
	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		detail_set(why, "database: this role may not call wecom.schema_version, or the schema is missing (SQLSTATE %s)",
		    PQresultErrorField(result, PG_DIAG_SQLSTATE));
		return false;
	}
	version = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	if (version < store->plan.schema_min)
		detail_set(why, "the schema has version %ld, this program needs at least %d: run the migrations", version,
		    store->plan.schema_min);
	return version >= store->plan.schema_min;
}

/* The statement's name on this connection, prepared if it was not; NULL: send it unprepared. */
static const char *
statement_name(struct store *store, struct line *line, const char *sql, int n, int64_t deadline_ms, char name[16])
{
	scoped(result) PGresult *result = NULL;
	struct detail why;
	int i = 0;

	if (!store->conf->prepared_statements)
		return NULL;
	while (i < line->statements_n && strcmp(line->statements[i], sql) != 0)
		i++;
	if (i == STATEMENTS_MAX)
		return NULL;
	snprintf(name, 16, "s%d", i);
	if (i < line->statements_n)
		return name;
	if (PQsendPrepare(line->connection, name, sql, n, NULL) != 1)
		return NULL;
	result = store_line_result(line->connection, deadline_ms, &why);
	if (result == NULL || PQresultStatus(result) != PGRES_COMMAND_OK)
		return NULL;
	line->statements[line->statements_n++] = sql;
	return name;
}

bool
store_is_of_the_moment(const char *sqlstate)
{
	static const char *const classes[] = {"08", "25", "26", "40", "53", "55", "57", "58"};

	for (size_t i = 0; sqlstate != NULL && i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return sqlstate == NULL;
}

static enum status
read_failure(struct line *line, const PGresult *result, struct detail *why)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *function = PQresultErrorField(result, PG_DIAG_CONTEXT);
	/* the message may quote data, and so may the context of a cast; the name of a function does not */
	bool is_function = function != NULL && strncmp(function, "PL/pgSQL", 8) == 0;
	int function_n = is_function ? (int)strcspn(function, "\n") : 0;

	detail_set(why, "database: SQLSTATE %s%s%.*s", sqlstate == NULL ? "?" : sqlstate, function_n > 0 ? " in " : "",
	    function_n, function == NULL ? "" : function);
	if (!store_is_of_the_moment(sqlstate))
		return ST_BUG;
	if (sqlstate == NULL || strncmp(sqlstate, "40", 2) != 0)
		store_line_close(line);
	return ST_BUSY;
}

enum status
store_line_value(const PGresult *result, char **ret_text, struct detail *why)
{
	if (PQntuples(result) != 1 || PQnfields(result) != 1) {
		detail_set(why, "database: a function gave %d rows of %d columns", PQntuples(result), PQnfields(result));
		return ST_BUG;
	}
	if (ret_text == NULL || PQgetisnull(result, 0, 0) == 1)
		return ST_OK;
	*ret_text = strdup(PQgetvalue(result, 0, 0));
	return *ret_text == NULL ? ST_NOMEM : ST_OK;
}

static enum status
call_on(struct store *store, struct line *line, const char *sql, int n, const char *const *values, char **ret_text,
    struct detail *why)
{
	int64_t deadline_ms = clock_monotonic_ms() + store->plan.answer_ms;
	scoped(result) PGresult *result = NULL;
	const char *name;
	char name_text[16];
	int is_sent;

	if (line->connection == NULL && !store_line_open(store, line, why)) {
		store_line_close(line);
		return ST_BUSY;
	}
	name = statement_name(store, line, sql, n, deadline_ms, name_text);
	is_sent = name != NULL ? PQsendQueryPrepared(line->connection, name, n, values, NULL, NULL, 0)
			       : PQsendQueryParams(line->connection, sql, n, NULL, values, NULL, NULL, 0);
	if (is_sent == 1)
		result = store_line_result(line->connection, deadline_ms, why);
	else
		store_line_failure(why, "cannot send", line->connection);
	if (result == NULL) {
		store_line_close(line);
		return ST_BUSY;
	}
	return PQresultStatus(result) == PGRES_TUPLES_OK ? store_line_value(result, ret_text, why) : read_failure(line, result, why);
}

enum status
store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text, struct detail *why)
{
	struct line *line = store_line_borrow(store);
	enum status st;

	if (ret_text != NULL)
		*ret_text = NULL;
	if (line == NULL) {
		detail_set(why, "database: all %d connections are busy", store->lines_n);
		return ST_BUSY;
	}
	st = call_on(store, line, sql, n, values, ret_text, why);
	store_line_give_back(store, line);
	return st;
}

static struct json_object *
parse(const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *object = tokener == NULL ? NULL : json_tokener_parse_ex(tokener, text, -1);

	if (tokener != NULL)
		json_tokener_free(tokener);
	return object;
}

enum status
store_call_json(struct store *store, const char *sql, int n, const char *const *values, struct json_object **ret_json,
    struct detail *why)
{
	char *text = NULL;
	enum status st = store_call(store, sql, n, values, &text, why);

	*ret_json = NULL;
	if (st == ST_OK && text != NULL && strcmp(text, "null") != 0) {
		*ret_json = parse(text);
		if (*ret_json == NULL) {
			detail_set(why, "database: a function gave no JSON");
			st = ST_BUG;
		}
	}
	free(text);
	return st;
}
