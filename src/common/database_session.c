/*
 * From the first packet to a session that may store: connect to one host, then in one round trip ask for version and
 * rights and prepare the statement.  Never waits.
 */
#include "database_inside.h"

#include <string.h>

#include "clock.h"

/* what VERSION_QUERY gives to a role that may not call wecom.ingest; preparing does not tell */
#define VERSION_FORBIDDEN (-1)
#define VERSION_QUERY                                                                                                  \
	"select least(wecom.schema_version(),"                                                                         \
	" case when has_function_privilege('wecom.ingest(text, jsonb)', 'execute') then null else -1 end)"
#define INGEST_QUERY "select wecom.ingest($1, $2)"
#define TYPE_TEXT 25
#define TYPE_JSONB 3802

/*
 * These warn of the wear of transaction numbers, at the start of every transaction for weeks, and say nothing about
 * this commit.  Were it doubted, the drainer would repeat itself for ever, and wear them the faster.  Known by the
 * server's function: the text is in its language.
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

void
database_session_begin(struct database *database)
{
	if (!database->has_hosts) {
		database_note(database, "WECOM_DATABASE cannot be parsed", NULL);
		database->retry_ms = clock_monotonic_ms() + DATABASE_RETRY_MS;
		return;
	}
	database->state = DATABASE_CONNECTING;
	database->step = STEP_CONNECT;
	database->polling = PGRES_POLLING_WRITING;
	database->deadline_ms = clock_monotonic_ms() + DATABASE_CONNECT_MS;
	database->connection = database_connect_next(&database->hosts, database->application_name);
	if (database->connection == NULL || PQstatus(database->connection) == CONNECTION_BAD) {
		database_note(database, "cannot connect", PQerrorMessage(database->connection));
		database_go_down(database);
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
		is_sent = PQsendPrepare(connection, DATABASE_STATEMENT, INGEST_QUERY, 2, types) == 1;
	if (!is_sent || PQpipelineSync(connection) != 1) {
		database_note(database, "cannot prepare", PQerrorMessage(connection));
		database_go_down(database);
	}
}

void
database_session_step(struct database *database)
{
	database->polling = PQconnectPoll(database->connection);
	if (database->polling == PGRES_POLLING_OK) {
		begin_prepare(database);
	} else if (database->polling == PGRES_POLLING_FAILED) {
		database_note(database, "cannot connect", PQerrorMessage(database->connection));
		database_go_down(database);
	}
}

void
database_session_end(struct database *database)
{
	if (!database->has_error && database->schema_version == VERSION_FORBIDDEN) {
		detail_set(&database->why,
		    "this role may not call wecom.ingest: connect as wecom_callback, or a member of it");
		database->has_error = true;
	} else if (!database->has_error && database->schema_version < DATABASE_SCHEMA_MIN) {
		detail_set(&database->why,
		    "the schema has version %ld, this program needs at least %d: run the migrations",
		    database->schema_version, DATABASE_SCHEMA_MIN);
		database->has_error = true;
	}
	if (database->has_error) {
		database_go_down(database);
		return;
	}
	database->state = DATABASE_READY;
	database->step = STEP_NONE;
	database->down_since_ms = 0;
}
