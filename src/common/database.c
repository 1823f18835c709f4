/*
 * The storing connection: see database.h.
 * One batch is under way at a time.  First all of it in one transaction, by one call; if the database refuses that,
 * each entry in a transaction of its own, all in one round trip.
 */
#include "database.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "database_connect.h"

#define INGEST_STATEMENT "wecom_ingest"
#define INGEST_QUERY "select wecom.ingest($1, $2)"
#define VERSION_FORBIDDEN (-1)	/* what VERSION_QUERY gives to a role that may not call wecom.ingest; preparing does not tell */
#define VERSION_QUERY \
	"select least(wecom.schema_version()," \
	" case when has_function_privilege('wecom.ingest(text, jsonb)', 'execute') then null else -1 end)"
#define TYPE_TEXT 25
#define TYPE_JSONB 3802

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

/*
 * These warn of the wear of transaction numbers, at the start of every transaction for weeks, and say nothing about this
 * commit.  Were it doubted, the drainer would repeat itself for ever, and wear them the faster.  Known by the server's
 * function: the text is in its language.
 */
static bool
is_about_numbers(const char *source_function)
{
	return source_function != NULL && (strcmp(source_function, "GetNewTransactionId") == 0 ||
					      strcmp(source_function, "GetNewMultiXactId") == 0);
}

static void
on_notice(void *context, const PGresult *result)
{
	struct database *database = context;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	/* wecom.ingest raises none: whatever else warns while a batch is under way makes its commit doubtful */
	if (severity != NULL && (strcmp(severity, "FATAL") == 0 ||
				    (strcmp(severity, "WARNING") == 0 &&
					!is_about_numbers(PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION)))))
		database->has_warning = true;
}

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

/* The first line of libpq's message: it names hosts and causes, never a password. */
static void
note_failure(struct database *database, const char *what, const char *message)
{
	int n = message == NULL ? 0 : (int)strcspn(message, "\n");

	detail_set(&database->why, "%s%s%.*s", what, n > 0 ? ": " : "", n, message == NULL ? "" : message);
}

/* Close without asking, never cancel: the outcome of what is under way stays open, and its entries are not confirmed. */
static void
go_down(struct database *database)
{
	bool had_batch = database->state == DATABASE_BUSY;

	PQfinish(database->connection);
	database->connection = NULL;
	database->step = STEP_NONE;
	if (database->down_since_ms == 0)
		database->down_since_ms = clock_monotonic_ms();
	database->retry_ms = database->state == DATABASE_CONNECTING ? clock_monotonic_ms() + DATABASE_RETRY_MS
								    : clock_monotonic_ms();
	database->state = had_batch ? DATABASE_FINISHED : DATABASE_DOWN;
}

static void
begin_connect(struct database *database)
{
	if (!database->has_hosts) {
		note_failure(database, "WECOM_DATABASE cannot be parsed", NULL);
		database->retry_ms = clock_monotonic_ms() + DATABASE_RETRY_MS;
		return;
	}
	database->state = DATABASE_CONNECTING;
	database->step = STEP_CONNECT;
	database->polling = PGRES_POLLING_WRITING;
	database->deadline_ms = clock_monotonic_ms() + DATABASE_CONNECT_MS;
	database->connection = database_connect_next(&database->hosts, database->application_name);
	if (database->connection == NULL || PQstatus(database->connection) == CONNECTION_BAD) {
		note_failure(database, "cannot connect", PQerrorMessage(database->connection));
		go_down(database);
		return;
	}
	PQsetNoticeReceiver(database->connection, on_notice, database);
}

/* Version and statement in one round trip; the pool's own writes need nothing else of a session. */
static void
begin_prepare(struct database *database)
{
	const Oid types[2] = {TYPE_TEXT, TYPE_JSONB};
	PGconn *connection = database->connection;
	bool is_sent;

	database->step = STEP_PREPARE;
	database->schema_version = 0;
	database->has_error = false;
	database->has_warning = false;
	database->must_reconnect = false;
	is_sent = PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1 &&
	    PQsendQueryParams(connection, VERSION_QUERY, 0, NULL, NULL, NULL, NULL, 0) == 1;
	if (is_sent && database->conf->prepared_statements)
		is_sent = PQsendPrepare(connection, INGEST_STATEMENT, INGEST_QUERY, 2, types) == 1;
	if (!is_sent || PQpipelineSync(connection) != 1) {
		note_failure(database, "cannot prepare", PQerrorMessage(connection));
		go_down(database);
	}
}

static void
step_connect(struct database *database)
{
	database->polling = PQconnectPoll(database->connection);
	if (database->polling == PGRES_POLLING_OK) {
		begin_prepare(database);
	} else if (database->polling == PGRES_POLLING_FAILED) {
		note_failure(database, "cannot connect", PQerrorMessage(database->connection));
		go_down(database);
	}
}

static void
finish_prepare(struct database *database)
{
	if (!database->has_error && database->schema_version == VERSION_FORBIDDEN) {
		detail_set(&database->why, "this role may not call wecom.ingest: connect as wecom_callback, or a member of it");
		database->has_error = true;
	} else if (!database->has_error && database->schema_version < DATABASE_SCHEMA_MIN) {
		detail_set(&database->why, "the schema has version %ld, this program needs at least %d: run the migrations",
		    database->schema_version, DATABASE_SCHEMA_MIN);
		database->has_error = true;
	}
	if (database->has_error) {
		go_down(database);
		return;
	}
	database->state = DATABASE_READY;
	database->step = STEP_NONE;
	database->down_since_ms = 0;
}

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
		return PQsendQueryPrepared(database->connection, INGEST_STATEMENT, 2, values, NULL, NULL, 0) == 1;
	return PQsendQueryParams(database->connection, "select wecom.ingest($1::text, $2::jsonb)", 2, NULL, values, NULL,
		   NULL, 0) == 1;
}

static void
send_failed(struct database *database)
{
	note_failure(database, "cannot send", PQerrorMessage(database->connection));
	go_down(database);
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
static void
read_deliveries(struct database *database, const char *text)
{
	size_t end = database->step == STEP_ALONE ? database->answered_n + 1 : database->n;

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
		note_failure(database, "wecom.ingest did not answer for every event", NULL);
	}
}

static void
read_rows(struct database *database, const PGresult *result)
{
	const char *value = PQntuples(result) == 1 && PQnfields(result) == 1 ? PQgetvalue(result, 0, 0) : "";

	if (database->step == STEP_PREPARE)
		database->schema_version = strtol(value, NULL, 10);
	else if (database->answered_n < database->n)
		read_deliveries(database, value);
}

/*
 * An entry refused alone: is it the entry (then no retry helps), or the state of the database?
 * Classes: 22 data exception, 23 constraint, 54 program limit exceeded.
 */
static enum status
refusal_of(const char *sqlstate)
{
	if (sqlstate != NULL && (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
				    strncmp(sqlstate, "54", 2) == 0))
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
	return sqlstate != NULL && (strcmp(sqlstate, "25006") == 0 || strcmp(sqlstate, "26000") == 0 ||
				       strncmp(sqlstate, "57P", 3) == 0);
}

static void
read_error(struct database *database, const PGresult *result)
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
		note_failure(database, "a warning came with the commit: it is not taken as confirmed", NULL);
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

static void
read_sync(struct database *database)
{
	switch (database->step) {
	case STEP_PREPARE:
		finish_prepare(database);
		break;
	case STEP_TOGETHER:
		sync_together(database);
		break;
	case STEP_ALONE:
		sync_alone(database);
		break;
	default:
		break;
	}
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
		read_sync(database);
		break;
	case PGRES_PIPELINE_ABORTED:
		database->has_error = true;
		break;
	default:
		read_error(database, result);
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
		note_failure(database, "connection lost", PQerrorMessage(connection));
		go_down(database);
		return;
	}
	read_results(database);
	if (database->connection != NULL && PQstatus(database->connection) == CONNECTION_BAD) {
		note_failure(database, "connection lost", PQerrorMessage(database->connection));
		go_down(database);
	}
}

static bool
is_late(struct database *database)
{
	if (clock_monotonic_ms() < database->deadline_ms)
		return false;
	note_failure(database, database->state == DATABASE_BUSY ? "no confirmation in time" : "no connection in time", NULL);
	go_down(database);
	return true;
}

void
database_step(struct database *database)
{
	if (database->state == DATABASE_DOWN && clock_monotonic_ms() >= database->retry_ms)
		begin_connect(database);
	if (database->state == DATABASE_CONNECTING && !is_late(database)) {
		if (database->step == STEP_CONNECT)
			step_connect(database);
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
