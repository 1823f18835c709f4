/*
 * The storing connection against a scripted libpq: which results confirm an event and which do not, what is tried alone,
 * when the connection is given up, and which host comes next.  libpq's own parser of conninfo strings is the real one.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "../../src/common/database_connect.h"
#include "database.h"

#define SECRET "geheim"
#define ENTRIES_MAX 8
#define ATTEMPTS_MAX 16
#define TEXT_OF(number) TEXT_OF_IT(number)
#define TEXT_OF_IT(number) #number
#define ROW_VERSION "row " TEXT_OF(DATABASE_SCHEMA_MIN)	/* the oldest schema that will do */

/* --- a libpq that follows a script ---------------------------------------------------------------------------------- */

struct fake_result {
	ExecStatusType status;
	const char *text;	/* the value, the SQLSTATE or the severity */
	const char *source;	/* of a notice: the server's function */
};

/*
 * What the server sends, in order: "row TEXT", "ok", "null", "sync", "aborted", "error SQLSTATE",
 * "notice SEVERITY" or "notice SEVERITY FUNCTION" (of the server, where it was raised),
 * "wait" (nothing more in this step), "lost" (the connection breaks), "open" (a transaction stays open).
 */
static const char *const *script;
static struct fake_result current;
static PQnoticeReceiver notice_receiver;
static void *notice_context;
static int64_t now_ms;
static char sent[4096];			/* calls made, in order */
static int connections_n;		/* made and not finished */
static PostgresPollingStatusType polling;
static bool is_refused;			/* a connection fails at once */
static bool is_bad;
static bool send_fails;
static bool is_blocked;			/* PQflush could not write everything */
static PGTransactionStatusType transaction;
static const char *error_message;
static const char *primary_message;	/* of every error result */
static struct {
	char host[64];
	char hostaddr[64];
	char port[64];
	char connect_timeout[64];
	char password[64];
} attempts[ATTEMPTS_MAX];
static int attempts_n;

int64_t __wrap_clock_monotonic_ms(void);
PGconn *__wrap_PQconnectStartParams(const char *const *keywords, const char *const *values, int expand_dbname);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *connection);
ConnStatusType __wrap_PQstatus(const PGconn *connection);
char *__wrap_PQerrorMessage(const PGconn *connection);
PQnoticeReceiver __wrap_PQsetNoticeReceiver(PGconn *connection, PQnoticeReceiver receiver, void *context);
int __wrap_PQsocket(const PGconn *connection);
int __wrap_PQflush(PGconn *connection);
void __wrap_PQfinish(PGconn *connection);
int __wrap_PQsetnonblocking(PGconn *connection, int is_on);
int __wrap_PQenterPipelineMode(PGconn *connection);
int __wrap_PQpipelineSync(PGconn *connection);
int __wrap_PQsendQueryParams(PGconn *connection, const char *query, int n, const Oid *types, const char *const *values,
    const int *lengths, const int *formats, int result_format);
int __wrap_PQsendPrepare(PGconn *connection, const char *name, const char *query, int n, const Oid *types);
int __wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int n, const char *const *values, const int *lengths,
    const int *formats, int result_format);
PGTransactionStatusType __wrap_PQtransactionStatus(const PGconn *connection);
int __wrap_PQconsumeInput(PGconn *connection);
int __wrap_PQisBusy(PGconn *connection);
PGresult *__wrap_PQgetResult(PGconn *connection);
ExecStatusType __wrap_PQresultStatus(const PGresult *result);
char *__wrap_PQresultErrorField(const PGresult *result, int field);
int __wrap_PQntuples(const PGresult *result);
int __wrap_PQnfields(const PGresult *result);
char *__wrap_PQgetvalue(const PGresult *result, int row, int column);
void __wrap_PQclear(PGresult *result);

static PGconn *const the_connection = (PGconn *)&script;

static void __attribute__((format(printf, 1, 2)))
note(const char *format, ...)
{
	size_t n = strlen(sent);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sent + n, sizeof(sent) - n, format, arguments);
	va_end(arguments);
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return now_ms;
}

/* What libpq would take: the last one of a keyword that is not empty. */
static void
effective(const char *const *keywords, const char *const *values, const char *keyword, char ret_value[64])
{
	snprintf(ret_value, 64, "-");
	for (int i = 0; keywords[i] != NULL; i++) {
		PQconninfoOption *options = NULL;

		if (strcmp(keywords[i], keyword) == 0 && values[i] != NULL && values[i][0] != '\0')
			snprintf(ret_value, 64, "%s", values[i]);
		if (strcmp(keywords[i], "dbname") == 0)
			options = PQconninfoParse(values[i], NULL);
		for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
			if (strcmp(o->keyword, keyword) == 0 && o->val != NULL && o->val[0] != '\0')
				snprintf(ret_value, 64, "%s", o->val);
		PQconninfoFree(options);
	}
}

PGconn *
__wrap_PQconnectStartParams(const char *const *keywords, const char *const *values, int expand_dbname)
{
	assert_int_equal(expand_dbname, 1);
	assert_true(attempts_n < ATTEMPTS_MAX);
	effective(keywords, values, "host", attempts[attempts_n].host);
	effective(keywords, values, "hostaddr", attempts[attempts_n].hostaddr);
	effective(keywords, values, "port", attempts[attempts_n].port);
	effective(keywords, values, "connect_timeout", attempts[attempts_n].connect_timeout);
	effective(keywords, values, "password", attempts[attempts_n].password);
	attempts_n++;
	connections_n++;
	is_bad = is_refused;
	return the_connection;
}

PostgresPollingStatusType
__wrap_PQconnectPoll(PGconn *connection)
{
	assert_ptr_equal(connection, the_connection);
	return polling;
}

ConnStatusType
__wrap_PQstatus(const PGconn *connection)
{
	assert_ptr_equal(connection, the_connection);
	return is_bad ? CONNECTION_BAD : CONNECTION_OK;
}

char *
__wrap_PQerrorMessage(const PGconn *connection)
{
	(void)connection;
	return (char *)(uintptr_t)error_message;
}

PQnoticeReceiver
__wrap_PQsetNoticeReceiver(PGconn *connection, PQnoticeReceiver receiver, void *context)
{
	(void)connection;
	notice_receiver = receiver;
	notice_context = context;
	return NULL;
}

int
__wrap_PQsocket(const PGconn *connection)
{
	(void)connection;
	return 77;
}

int
__wrap_PQflush(PGconn *connection)
{
	(void)connection;
	return is_blocked ? 1 : 0;
}

void
__wrap_PQfinish(PGconn *connection)
{
	if (connection == NULL)
		return;
	assert_ptr_equal(connection, the_connection);
	connections_n--;
	note("finish;");
}

int
__wrap_PQsetnonblocking(PGconn *connection, int is_on)
{
	(void)connection;
	assert_int_equal(is_on, 1);
	return 0;
}

int
__wrap_PQenterPipelineMode(PGconn *connection)
{
	(void)connection;
	return 1;
}

int
__wrap_PQpipelineSync(PGconn *connection)
{
	(void)connection;
	note("sync;");
	return 1;
}

int
__wrap_PQsendQueryParams(PGconn *connection, const char *query, int n, const Oid *types, const char *const *values,
    const int *lengths, const int *formats, int result_format)
{
	(void)connection;
	(void)types;
	(void)lengths;
	(void)formats;
	(void)result_format;
	if (n == 2)
		note("query(%s,%s);", values[0] == NULL ? "-" : values[0], values[1]);
	else
		note("%s;", query);
	return send_fails ? 0 : 1;
}

int
__wrap_PQsendPrepare(PGconn *connection, const char *name, const char *query, int n, const Oid *types)
{
	(void)connection;
	(void)name;
	(void)query;
	(void)types;
	assert_int_equal(n, 2);
	note("prepare;");
	return 1;
}

int
__wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int n, const char *const *values, const int *lengths,
    const int *formats, int result_format)
{
	(void)connection;
	(void)name;
	(void)lengths;
	(void)formats;
	(void)result_format;
	assert_int_equal(n, 2);
	note("call(%s,%s);", values[0] == NULL ? "-" : values[0], values[1]);
	return send_fails ? 0 : 1;
}

PGTransactionStatusType
__wrap_PQtransactionStatus(const PGconn *connection)
{
	(void)connection;
	return transaction;
}

/* Is `word` what comes next?  Its argument, or "" */
static const char *
next_is(const char *word)
{
	size_t n = strlen(word);

	if (script == NULL || *script == NULL || strncmp(*script, word, n) != 0)
		return NULL;
	return (*script)[n] == ' ' ? *script + n + 1 : *script + n;
}

int
__wrap_PQconsumeInput(PGconn *connection)
{
	(void)connection;
	if (next_is("wait") != NULL)
		script++;
	return next_is("lost") != NULL ? 0 : 1;
}

int
__wrap_PQisBusy(PGconn *connection)
{
	const char *notice;

	(void)connection;
	while ((notice = next_is("notice")) != NULL) {
		static char severity[16], source[64];
		int words_n = sscanf(notice, "%15s %63s", severity, source);

		current = (struct fake_result){PGRES_NONFATAL_ERROR, severity, words_n == 2 ? source : NULL};
		script++;
		notice_receiver(notice_context, (const PGresult *)&current);
	}
	return script == NULL || *script == NULL || next_is("wait") != NULL || next_is("lost") != NULL;
}

PGresult *
__wrap_PQgetResult(PGconn *connection)
{
	static const struct {
		const char *word;
		ExecStatusType status;
	} words[] = {{"row", PGRES_TUPLES_OK}, {"ok", PGRES_COMMAND_OK}, {"sync", PGRES_PIPELINE_SYNC},
	    {"aborted", PGRES_PIPELINE_ABORTED}, {"error", PGRES_FATAL_ERROR}};

	(void)connection;
	if (next_is("open") != NULL) {
		transaction = PQTRANS_INTRANS;
		script++;
	}
	if (next_is("null") != NULL) {
		script++;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (next_is(words[i].word) != NULL) {
			current = (struct fake_result){words[i].status, next_is(words[i].word), NULL};
			script++;
			return (PGresult *)&current;
		}
	fail_msg("libpq would wait here");
	return NULL;
}

ExecStatusType
__wrap_PQresultStatus(const PGresult *result)
{
	return ((const struct fake_result *)result)->status;
}

char *
__wrap_PQresultErrorField(const PGresult *result, int field)
{
	const struct fake_result *fake = (const struct fake_result *)result;

	if (field == PG_DIAG_MESSAGE_PRIMARY)
		return (char *)(uintptr_t)primary_message;
	if (field == PG_DIAG_SOURCE_FUNCTION)
		return (char *)(uintptr_t)fake->source;
	return (char *)(uintptr_t)fake->text;
}

int
__wrap_PQntuples(const PGresult *result)
{
	return ((const struct fake_result *)result)->text[0] == '-' ? 0 : 1;
}

int
__wrap_PQnfields(const PGresult *result)
{
	(void)result;
	return 1;
}

char *
__wrap_PQgetvalue(const PGresult *result, int row, int column)
{
	assert_int_equal(row, 0);
	assert_int_equal(column, 0);
	return (char *)(uintptr_t)((const struct fake_result *)result)->text;
}

void
__wrap_PQclear(PGresult *result)
{
	(void)result;
}

/* --- the kit -------------------------------------------------------------------------------------------------------- */

static struct conf conf;
static struct database *database;
static struct database_entry entries[ENTRIES_MAX];
static struct database_entry *pointers[ENTRIES_MAX];

static int
start(void **state)
{
	(void)state;
	script = NULL;
	now_ms = 1000000;
	sent[0] = '\0';
	connections_n = 0;
	attempts_n = 0;
	polling = PGRES_POLLING_OK;
	is_refused = false;
	is_bad = false;
	send_fails = false;
	is_blocked = false;
	transaction = PQTRANS_IDLE;
	error_message = "";
	primary_message = "value \"" SECRET "\" is not right";
	conf = (struct conf){.database = "host=db1 dbname=wm password=" SECRET, .prepared_statements = true};
	database = database_new(&conf, "test");
	return database == NULL ? -1 : 0;
}

static int
finish(void **state)
{
	(void)state;
	database_free(database);
	return connections_n;
}

static void
become_ready(void)
{
	static const char *const greeting[] = {ROW_VERSION, "null", "ok", "null", "sync", NULL};

	/* down or connecting; at most the pause between two attempts away */
	for (int i = 0; i < 3 && database_state(database) != DATABASE_READY; i++) {
		script = greeting;
		database_step(database);
		now_ms += database_state(database) == DATABASE_DOWN ? DATABASE_RETRY_MS : 0;
		database_step(database);
	}
	assert_int_equal(database_state(database), DATABASE_READY);
	assert_int_equal(database_down_since_ms(database), 0);
	sent[0] = '\0';
	script = NULL;
}

/* One entry for each letter of `corps`; its item is its number. */
static void
send_entries(const char *corps, int64_t deadline_ms)
{
	static const char items[] = "12345678";
	size_t n = strlen(corps);

	for (size_t i = 0; i < n; i++) {
		entries[i] = (struct database_entry){.corp = {corps + i, 1}, .item = {items + i, 1}, .outcome = ST_N};
		pointers[i] = &entries[i];
	}
	database_send(database, pointers, n, deadline_ms);
}

/* The outcomes as letters: o stored, b not confirmed, r refused. */
static const char *
outcomes(size_t n)
{
	static char text[ENTRIES_MAX + 1];

	for (size_t i = 0; i < n; i++)
		text[i] = entries[i].outcome == ST_OK ? 'o' : entries[i].outcome == ST_BUG ? 'r' : 'b';
	text[n] = '\0';
	return text;
}

#define STEP_WITH(...)                                                                                                 \
	do {                                                                                                           \
		static const char *const words[] = {__VA_ARGS__, NULL};                                                \
		script = words;                                                                                        \
		database_step(database);                                                                               \
	} while (0)

static void
expect_finished(const char *expected)
{
	assert_int_equal(database_state(database), DATABASE_FINISHED);
	assert_string_equal(outcomes(strlen(expected)), expected);
	/* every scripted result was read: nothing is left for the next batch */
	assert_true(script == NULL || *script == NULL);
	database_take(database);
}

static void
expect_failure(const char *part)
{
	struct detail why;

	database_failure(database, &why);
	if (part == NULL)
		assert_string_equal(why.text, "");
	else
		assert_non_null(strstr(why.text, part));
	assert_null(strstr(why.text, SECRET));
	/* told once */
	database_failure(database, &why);
	assert_string_equal(why.text, "");
}

/* --- what confirms an event ----------------------------------------------------------------------------------------- */

static void
test_a_batch_is_one_call_and_one_sync(void **state)
{
	(void)state;
	become_ready();
	send_entries("abac", now_ms + 100);
	assert_int_equal(database_state(database), DATABASE_BUSY);
	assert_string_equal(sent, "call(-,[1,2,3,4]);sync;");
	STEP_WITH("row 1 7 2 1", "null", "sync");
	assert_int_equal(entries[0].deliveries, 1);
	assert_int_equal(entries[1].deliveries, 7);
	assert_int_equal(entries[2].deliveries, 2);
	assert_int_equal(entries[3].deliveries, 1);
	expect_finished("oooo");
	assert_int_equal(database_state(database), DATABASE_READY);
	expect_failure(NULL);
}

static void
test_a_batch_of_one_corp_names_it(void **state)
{
	(void)state;
	become_ready();
	send_entries("aa", now_ms + 100);
	assert_string_equal(sent, "call(a,[1,2]);sync;");
	STEP_WITH("row 1 1", "null", "sync");
	expect_finished("oo");
}

static void
test_with_scope_corp_several_corps_never_share_a_transaction(void **state)
{
	(void)state;
	conf.commit_scope = CONF_SCOPE_CORP;
	become_ready();
	send_entries("aab", now_ms + 100);
	assert_string_equal(sent, "call(a,[1]);sync;call(a,[2]);sync;call(b,[3]);sync;");
	STEP_WITH("row 1", "null", "sync", "row 1", "null", "sync", "row 1", "null", "sync");
	expect_finished("ooo");
	sent[0] = '\0';
	send_entries("bb", now_ms + 100);
	assert_string_equal(sent, "call(b,[1,2]);sync;");
	STEP_WITH("row 1 1", "null", "sync");
	expect_finished("oo");
}

static void
test_without_named_statements_the_query_goes_along(void **state)
{
	(void)state;
	conf.prepared_statements = false;
	STEP_WITH("wait");
	assert_non_null(strstr(sent, "wecom.schema_version()"));
	assert_non_null(strstr(sent, ";sync;"));
	assert_null(strstr(sent, "prepare;"));
	STEP_WITH(ROW_VERSION, "null", "sync");
	assert_int_equal(database_state(database), DATABASE_READY);
	sent[0] = '\0';
	send_entries("ab", now_ms + 100);
	assert_string_equal(sent, "query(-,[1,2]);sync;");
	STEP_WITH("row 1 1", "null", "sync");
	expect_finished("oo");
}

static void
test_a_result_without_its_sync_confirms_nothing(void **state)
{
	(void)state;
	become_ready();
	send_entries("a", now_ms + 100);
	STEP_WITH("row 1", "null");
	assert_int_equal(database_state(database), DATABASE_BUSY);
	now_ms += 99;
	database_step(database);
	assert_int_equal(database_state(database), DATABASE_BUSY);
	now_ms += 1;
	sent[0] = '\0';
	database_step(database);
	expect_finished("b");
	/* closed, and nothing else was said to the server: no cancel, no rollback */
	assert_string_equal(sent, "finish;");
	assert_int_equal(database_state(database), DATABASE_DOWN);
	assert_int_equal(database_down_since_ms(database), now_ms);
	expect_failure("no confirmation in time");
}

static void
test_a_sync_that_is_there_at_the_deadline_still_counts(void **state)
{
	(void)state;
	become_ready();
	send_entries("a", now_ms + 100);
	now_ms += 500;
	STEP_WITH("row 1", "null", "sync");
	expect_finished("o");
	assert_int_equal(database_state(database), DATABASE_READY);
}

static void
test_a_connection_lost_before_the_sync_confirms_nothing(void **state)
{
	(void)state;
	become_ready();
	error_message = "server closed the connection unexpectedly\n\tsecond line";
	send_entries("ab", now_ms + 100);
	STEP_WITH("row 1 1", "null", "wait", "lost");
	database_step(database);
	script = NULL;
	expect_finished("bb");
	assert_int_equal(database_state(database), DATABASE_DOWN);
	expect_failure("connection lost: server closed the connection unexpectedly");
}

static void
test_a_warning_before_the_sync_confirms_nothing(void **state)
{
	static const char *const severities[][8] = {
	    {"row 1", "null", "notice WARNING", "sync", NULL},
	    {"row 1", "notice WARNING", "null", "sync", NULL},
	    {"row 1", "null", "notice FATAL", "sync", NULL},
	    {"row 1", "null", "notice WARNING SyncRepWaitForLSN", "sync", NULL},
	    {"notice WARNING GetNewTransactionId", "row 1", "null", "notice WARNING SyncRepWaitForLSN", "sync", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		become_ready();
		send_entries("a", now_ms + 100);
		script = severities[i];
		database_step(database);
		expect_finished("b");
		/* and what stands behind this connection is not trusted with the next batch */
		assert_string_equal(sent, "call(a,[1]);sync;finish;");
		assert_int_equal(database_state(database), DATABASE_DOWN);
		expect_failure("warning");
	}
}

static void
test_a_plain_notice_changes_nothing(void **state)
{
	(void)state;
	become_ready();
	send_entries("a", now_ms + 100);
	STEP_WITH("notice NOTICE", "row 1", "null", "notice INFO", "sync");
	expect_finished("o");
}

static void
test_a_warning_of_worn_transaction_numbers_says_nothing_about_the_commit(void **state)
{
	(void)state;
	become_ready();
	send_entries("a", now_ms + 100);
	STEP_WITH("notice WARNING GetNewTransactionId", "notice WARNING GetNewMultiXactId", "row 1", "null", "sync");
	expect_finished("o");
}

static void
test_a_warning_of_the_batch_before_does_not_spoil_the_next(void **state)
{
	(void)state;
	become_ready();
	STEP_WITH("notice WARNING");
	send_entries("a", now_ms + 100);
	STEP_WITH("row 1", "null", "sync");
	expect_finished("o");
}

static void
test_a_transaction_that_is_not_over_confirms_nothing_and_ends_the_connection(void **state)
{
	(void)state;
	become_ready();
	send_entries("a", now_ms + 100);
	STEP_WITH("row 1", "null", "open", "sync");
	expect_finished("b");
	assert_int_equal(database_state(database), DATABASE_DOWN);
	assert_int_equal(connections_n, 0);
}

/* --- refusals ------------------------------------------------------------------------------------------------------- */

static void
test_after_a_refusal_each_entry_is_tried_alone(void **state)
{
	(void)state;
	become_ready();
	send_entries("aab", now_ms + 100);
	sent[0] = '\0';
	STEP_WITH("error 22P02", "null", "sync", "wait");
	assert_int_equal(database_state(database), DATABASE_BUSY);
	assert_string_equal(sent, "call(a,[1]);sync;call(a,[2]);sync;call(b,[3]);sync;");
	STEP_WITH("row 1", "null", "sync", "error 22P02", "null", "sync", "row 3", "null", "sync");
	assert_int_equal(entries[0].deliveries, 1);
	assert_int_equal(entries[2].deliveries, 3);
	expect_finished("oro");
	assert_int_equal(database_state(database), DATABASE_READY);
	/* the code is told, the message may quote the data */
	expect_failure("22P02");
}

static void
test_an_error_at_the_commit_is_laid_to_the_entry_that_it_belongs_to(void **state)
{
	(void)state;
	become_ready();
	send_entries("abcd", now_ms + 100);
	STEP_WITH("error 40001", "null", "sync", "wait");
	/* the second has answered when its commit fails: neither it nor its neighbours may get the other's outcome */
	STEP_WITH("row 1", "null", "sync", "row 2", "null", "error 23505", "sync", "error 40001", "null", "sync", "row 4",
	    "null", "sync");
	assert_int_equal(entries[3].deliveries, 4);
	expect_finished("orbo");
}

static void
test_an_error_at_the_commit_of_all_is_no_confirmation(void **state)
{
	(void)state;
	become_ready();
	send_entries("ab", now_ms + 100);
	STEP_WITH("row 1 1", "null", "error 40001", "sync", "wait");
	assert_int_equal(database_state(database), DATABASE_BUSY);
	STEP_WITH("row 1", "null", "sync", "error 40001", "null", "sync");
	expect_finished("ob");
}

static void
test_only_the_events_own_faults_are_final(void **state)
{
	static const struct {
		const char *error;
		const char *outcome;
	} rows[] = {{"error 22021", "r"}, {"error 23502", "r"}, {"error 54000", "r"}, {"error 40P01", "b"},
	    {"error 53100", "b"}, {"error 55P03", "b"}, {"error 42501", "b"}, {"error 42883", "b"}, {"error XX000", "b"},
	    {"error 0A000", "b"}, {"error 02200", "b"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = {rows[i].error, "null", "sync", "wait", rows[i].error, "null", "sync", NULL};

		become_ready();
		/* a message about the data is never passed on, any other is */
		primary_message = rows[i].outcome[0] == 'r' ? "value \"" SECRET "\" is not right" : "not now";
		send_entries("a", now_ms + 100);
		script = words;
		database_step(database);
		database_step(database);
		expect_finished(rows[i].outcome);
		assert_int_equal(database_state(database), DATABASE_READY);
		expect_failure(rows[i].outcome[0] == 'r' ? rows[i].error + 6 : "database: not now (SQLSTATE ");
		script = NULL;
	}
}

static void
test_a_server_that_can_store_nothing_any_more_is_left(void **state)
{
	static const char *const errors[] = {"error 25006", "error 26000", "error 57P01", "error 57P03"};

	(void)state;
	conf.database = "host=db1,db2 dbname=wm";
	database_free(database);
	database = database_new(&conf, "test");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const char *words[] = {errors[i], "null", "sync", "wait", errors[i], "null", "sync", NULL};

		become_ready();
		send_entries("a", now_ms + 100);
		script = words;
		database_step(database);
		database_step(database);
		expect_finished("b");
		assert_int_equal(database_state(database), DATABASE_DOWN);
		assert_int_equal(connections_n, 0);
		/* at once, at the next host */
		assert_int_equal(database_wake_ms(database), now_ms);
	}
	become_ready();
	assert_int_equal(attempts_n, 5);
	assert_string_not_equal(attempts[3].host, attempts[4].host);
}

static void
test_too_few_answers_confirm_nothing(void **state)
{
	(void)state;
	become_ready();
	send_entries("aa", now_ms + 100);
	STEP_WITH("row 1", "null", "sync", "wait");
	assert_int_equal(database_state(database), DATABASE_BUSY);
	STEP_WITH("row -", "null", "sync", "row 1", "null", "sync");
	expect_finished("bo");
	expect_failure("did not answer for every event");
}

static void
test_a_warning_among_those_alone_spares_what_was_confirmed_before(void **state)
{
	(void)state;
	become_ready();
	send_entries("abc", now_ms + 100);
	STEP_WITH("error 40001", "null", "sync", "wait");
	STEP_WITH("row 1", "null", "sync", "row 1", "null", "notice WARNING", "sync", "row 1", "null", "sync");
	expect_finished("obb");
	assert_int_equal(database_state(database), DATABASE_DOWN);
}

static void
test_the_deadline_holds_for_those_alone_too(void **state)
{
	(void)state;
	become_ready();
	send_entries("ab", now_ms + 100);
	STEP_WITH("error 40001", "null", "sync", "wait");
	STEP_WITH("row 1", "null", "sync", "row 1", "null");
	now_ms += 100;
	database_step(database);
	expect_finished("ob");
	assert_int_equal(connections_n, 0);
}

static void
test_what_cannot_be_sent_is_not_confirmed(void **state)
{
	(void)state;
	become_ready();
	send_fails = true;
	send_entries("ab", now_ms + 100);
	expect_finished("bb");
	assert_int_equal(database_state(database), DATABASE_DOWN);
	expect_failure("cannot send");
}

/* --- connecting ----------------------------------------------------------------------------------------------------- */

static void
test_an_idle_connection_that_breaks_is_replaced_at_once(void **state)
{
	(void)state;
	become_ready();
	assert_int_equal(database_wake_ms(database), INT64_MAX);
	STEP_WITH("lost");
	assert_int_equal(database_state(database), DATABASE_DOWN);
	assert_int_equal(database_down_since_ms(database), now_ms);
	assert_int_equal(database_wake_ms(database), now_ms);
	assert_int_equal(database_fd(database), -1);
	expect_failure("connection lost");
	become_ready();
}

static void
test_after_a_refused_connection_there_is_a_pause(void **state)
{
	int64_t began_ms = now_ms;

	(void)state;
	is_refused = true;
	error_message = "connection refused\n";
	database_step(database);
	assert_int_equal(database_state(database), DATABASE_DOWN);
	assert_int_equal(database_wake_ms(database), now_ms + DATABASE_RETRY_MS);
	now_ms += DATABASE_RETRY_MS - 1;
	database_step(database);
	assert_int_equal(attempts_n, 1);
	now_ms++;
	database_step(database);
	assert_int_equal(attempts_n, 2);
	/* down since the beginning, not since the last attempt */
	assert_int_equal(database_down_since_ms(database), began_ms);
	expect_failure("cannot connect: connection refused");
}

static void
test_a_silent_host_is_left_for_the_next(void **state)
{
	(void)state;
	conf.database = "host=db1,db2,db3 port=1,2,3 dbname=wm";
	database_free(database);
	database = database_new(&conf, "test");
	polling = PGRES_POLLING_READING;
	for (int i = 0; i < 4; i++) {
		database_step(database);
		assert_int_equal(database_state(database), DATABASE_CONNECTING);
		assert_int_equal(database_poll_events(database), POLLIN);
		assert_int_equal(database_fd(database), 77);
		assert_int_equal(database_wake_ms(database), now_ms + DATABASE_CONNECT_MS);
		now_ms += DATABASE_CONNECT_MS;
		database_step(database);
		assert_int_equal(database_state(database), DATABASE_DOWN);
		expect_failure("no connection in time");
		now_ms += DATABASE_RETRY_MS;
	}
	assert_int_equal(attempts_n, 4);
	assert_string_equal(attempts[0].host, "db1");
	assert_string_equal(attempts[1].host, "db2");
	assert_string_equal(attempts[2].host, "db3");
	assert_string_equal(attempts[3].host, "db1");
	assert_string_equal(attempts[1].port, "2");
	assert_int_equal(connections_n, 0);
}

static void
test_a_host_that_stays_silent_after_the_greeting_is_left_too(void **state)
{
	(void)state;
	STEP_WITH("wait");
	assert_int_equal(database_state(database), DATABASE_CONNECTING);
	now_ms += DATABASE_CONNECT_MS;
	database_step(database);
	assert_int_equal(database_state(database), DATABASE_DOWN);
}

static void
test_an_older_schema_is_refused_with_a_sentence(void **state)
{
	(void)state;
	STEP_WITH("row 0", "null", "ok", "null", "sync");
	database_step(database);
	assert_int_equal(database_state(database), DATABASE_DOWN);
	expect_failure("run the migrations");
}

static void
test_a_missing_right_is_a_failure_to_connect(void **state)
{
	(void)state;
	STEP_WITH(ROW_VERSION, "null", "error 42501", "null", "sync");
	database_step(database);
	assert_int_equal(database_state(database), DATABASE_DOWN);
	assert_int_not_equal(database_down_since_ms(database), 0);
}

static void
test_writing_is_waited_for_only_while_something_is_unsent(void **state)
{
	(void)state;
	become_ready();
	assert_int_equal(database_poll_events(database), POLLIN);
	is_blocked = true;
	assert_int_equal(database_poll_events(database), POLLIN | POLLOUT);
}

static void
test_a_conninfo_that_cannot_be_parsed_is_told_without_quoting_it(void **state)
{
	static const char *const wrong[] = {"password=geheim host", "postgresql://u:geheim@[::1/x", "host='geheim"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		database_free(database);
		conf.database = wrong[i];
		database = database_new(&conf, "test");
		database_step(database);
		assert_int_equal(database_state(database), DATABASE_DOWN);
		assert_int_equal(attempts_n, 0);
		assert_true(database_wake_ms(database) > now_ms);
		expect_failure("WECOM_DATABASE cannot be parsed");
	}
}

/* `expected` has three words apart by one blank. */
static void
expect_words(const char *const words[3], const char *expected)
{
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(expected, " ");

		assert_int_equal(strlen(words[i]), n);
		assert_memory_equal(words[i], expected, n);
		expected += n + (expected[n] == ' ');
	}
}

static void
expect_hosts(const char *conninfo, int n, const char *const expected[])
{
	struct database_hosts hosts;

	assert_int_equal(database_hosts_init(&hosts, conninfo), ST_OK);
	assert_int_equal(hosts.n, n);
	attempts_n = 0;
	for (int i = 0; i < n + 1; i++) {
		const char *words[3];

		PQfinish(database_connect_next(&hosts, "test"));
		words[0] = attempts[i].host;
		words[1] = attempts[i].hostaddr;
		words[2] = attempts[i].port;
		expect_words(words, expected[i % n]);
	}
	database_hosts_done(&hosts);
}

static void
test_each_attempt_names_one_host_with_its_port_and_address(void **state)
{
	static const struct {
		const char *conninfo;
		int n;
		const char *const expected[3];
	} rows[] = {
	    {"dbname=wm", 1, {"- - -"}},
	    {"host=a", 1, {"a - -"}},
	    {"host=a,b", 2, {"a - -", "b - -"}},
	    {"host=a,b port=5555", 2, {"a - 5555", "b - 5555"}},
	    {"host=a,b,c port=1,2,3", 3, {"a - 1", "b - 2", "c - 3"}},
	    /* libpq reads an empty port as the standard one */
	    {"host=a,b,c port=1,,3", 3, {"a - 1", "b - 5432", "c - 3"}},
	    {"hostaddr=10.0.0.1,10.0.0.2", 2, {"- 10.0.0.1 -", "- 10.0.0.2 -"}},
	    {"host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2", 2, {"a 10.0.0.1 1", "b 10.0.0.2 2"}},
	    {"host=a,,c hostaddr=10.0.0.1,10.0.0.2,10.0.0.3", 3,
		{"a 10.0.0.1 -", "10.0.0.2 10.0.0.2 -", "c 10.0.0.3 -"}},
	    {"host=/run/postgresql", 1, {"/run/postgresql - -"}},
	    {"postgresql://u:" SECRET "@a:1,b:2/wm", 2, {"a - 1", "b - 2"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_hosts(rows[i].conninfo, rows[i].n, rows[i].expected);
}

static void
test_the_operators_own_parameters_win_over_ours(void **state)
{
	struct database_hosts hosts;

	(void)state;
	assert_int_equal(database_hosts_init(&hosts, "host=a connect_timeout=9 password=" SECRET), ST_OK);
	PQfinish(database_connect_next(&hosts, "test"));
	assert_string_equal(attempts[0].connect_timeout, "9");
	assert_string_equal(attempts[0].password, SECRET);
	database_hosts_done(&hosts);
	assert_int_equal(database_hosts_init(&hosts, "host=a"), ST_OK);
	PQfinish(database_connect_next(&hosts, "test"));
	assert_string_equal(attempts[1].connect_timeout, "2");
	database_hosts_done(&hosts);
	assert_int_equal(database_hosts_init(&hosts, "no conninfo"), ST_CONFIG);
	database_hosts_done(&hosts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_batch_is_one_call_and_one_sync),
	    TEST(test_a_batch_of_one_corp_names_it),
	    TEST(test_with_scope_corp_several_corps_never_share_a_transaction),
	    TEST(test_without_named_statements_the_query_goes_along),
	    TEST(test_a_result_without_its_sync_confirms_nothing),
	    TEST(test_a_sync_that_is_there_at_the_deadline_still_counts),
	    TEST(test_a_connection_lost_before_the_sync_confirms_nothing),
	    TEST(test_a_warning_before_the_sync_confirms_nothing),
	    TEST(test_a_plain_notice_changes_nothing),
	    TEST(test_a_warning_of_worn_transaction_numbers_says_nothing_about_the_commit),
	    TEST(test_a_warning_of_the_batch_before_does_not_spoil_the_next),
	    TEST(test_a_transaction_that_is_not_over_confirms_nothing_and_ends_the_connection),
	    TEST(test_after_a_refusal_each_entry_is_tried_alone),
	    TEST(test_an_error_at_the_commit_is_laid_to_the_entry_that_it_belongs_to),
	    TEST(test_an_error_at_the_commit_of_all_is_no_confirmation),
	    TEST(test_only_the_events_own_faults_are_final),
	    TEST(test_a_server_that_can_store_nothing_any_more_is_left),
	    TEST(test_too_few_answers_confirm_nothing),
	    TEST(test_a_warning_among_those_alone_spares_what_was_confirmed_before),
	    TEST(test_the_deadline_holds_for_those_alone_too),
	    TEST(test_what_cannot_be_sent_is_not_confirmed),
	    TEST(test_an_idle_connection_that_breaks_is_replaced_at_once),
	    TEST(test_after_a_refused_connection_there_is_a_pause),
	    TEST(test_a_silent_host_is_left_for_the_next),
	    TEST(test_a_host_that_stays_silent_after_the_greeting_is_left_too),
	    TEST(test_an_older_schema_is_refused_with_a_sentence),
	    TEST(test_a_missing_right_is_a_failure_to_connect),
	    TEST(test_writing_is_waited_for_only_while_something_is_unsent),
	    TEST(test_a_conninfo_that_cannot_be_parsed_is_told_without_quoting_it),
	    TEST(test_each_attempt_names_one_host_with_its_port_and_address),
	    TEST(test_the_operators_own_parameters_win_over_ours),
	};

	return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
