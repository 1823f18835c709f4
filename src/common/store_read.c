/* Questions of the pages: see store.h.  After any doubt the connection is closed, never cancelled. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_line.h"

#define LATER_THAN_SERVER_MS 500	/* so that the server's own time-out comes first, and its connection can be kept */
#define SETTINGS_QUERY \
	"select set_config('app.corp', $1, true), set_config('app.args', $2, true)," \
	" set_config('statement_timeout', $3, true)"

/* An idle server says nothing: bytes that wait are its farewell. */
static bool
is_stale(const struct line *line)
{
	struct pollfd wait = {.fd = PQsocket(line->connection), .events = POLLIN};

	return poll(&wait, 1, 0) != 0;
}

static enum status
line_ready(struct store *store, struct line *line, struct detail *why)
{
	if (line->connection != NULL && is_stale(line))
		store_line_close(line);
	if (line->connection != NULL || store_line_open(store, line, why))
		return ST_OK;
	store_line_close(line);
	return ST_BUSY;
}

/* What an error says to the asker. */
static enum status
refusal(struct line *line, const PGresult *result, struct detail *why)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *sentence = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (sqlstate != NULL && strcmp(sqlstate, "22023") == 0) {
		detail_set(why, "%s", sentence == NULL ? "bad argument" : sentence);
		return ST_BAD_INPUT;
	}
	detail_set(why, "database: SQLSTATE %s", sqlstate == NULL ? "?" : sqlstate);
	if (sqlstate != NULL && strcmp(sqlstate, "42501") == 0)
		return ST_DENIED;
	if (sqlstate != NULL && strcmp(sqlstate, "42883") == 0)
		return ST_NOT_FOUND;
	if (!store_is_of_the_moment(sqlstate))
		return ST_BUG;
	/* 57014: the statement's time was up, all else is well */
	if (sqlstate == NULL || strcmp(sqlstate, "57014") != 0)
		store_line_close(line);
	return ST_BUSY;
}

/* Send, and take the result that has the wanted status. */
static enum status
step(struct line *line, const char *sql, int n, const char *const *values, ExecStatusType wanted, int64_t deadline_ms,
    PGresult **ret_result, struct detail *why)
{
	PGresult *result = NULL;
	enum status st = ST_OK;

	if (PQsendQueryParams(line->connection, sql, n, NULL, values, NULL, NULL, 0) == 1)
		result = store_line_result(line->connection, deadline_ms, why);
	else
		store_line_failure(why, "cannot send", line->connection);
	if (result == NULL) {
		store_line_close(line);
		return ST_BUSY;
	}
	if (PQresultStatus(result) != wanted)
		st = refusal(line, result, why);
	if (ret_result != NULL && st == ST_OK)
		*ret_result = result;
	else
		PQclear(result);
	return st;
}

static enum status
transaction_begin(struct line *line, const struct store_question *question, int64_t deadline_ms, struct detail *why)
{
	char timeout[24];
	const char *values[3] = {question->corp, question->args == NULL ? "{}" : question->args, timeout};
	enum status st;

	snprintf(timeout, sizeof(timeout), "%lld", (long long)question->timeout_ms);
	st = step(line, "begin read only", 0, NULL, PGRES_COMMAND_OK, deadline_ms, NULL, why);
	if (st == ST_OK)
		st = step(line, SETTINGS_QUERY, 3, values, PGRES_TUPLES_OK, deadline_ms, NULL, why);
	return st;
}

/* The end of the transaction, however it went; nothing was written.  A connection left inside one is no good. */
static void
transaction_end(struct line *line, const struct store_question *question)
{
	struct detail ignored;

	if (question->corp == NULL || line->connection == NULL)
		return;
	if (step(line, "rollback", 0, NULL, PGRES_COMMAND_OK, clock_monotonic_ms() + LATER_THAN_SERVER_MS, NULL, &ignored) !=
	    ST_OK)
		store_line_close(line);
}

static enum status
ask_on(struct line *line, const struct store_question *question, int64_t deadline_ms, char **ret_text, struct detail *why)
{
	scoped(result) PGresult *result = NULL;
	enum status st = ST_OK;

	if (question->corp != NULL)
		st = transaction_begin(line, question, deadline_ms, why);
	if (st == ST_OK)
		st = step(line, question->sql, question->n, question->values, PGRES_TUPLES_OK, deadline_ms, &result, why);
	if (st == ST_OK)
		st = store_line_value(result, ret_text, why);
	transaction_end(line, question);
	return st;
}

static int64_t
deadline_of(const struct store_question *question)
{
	return clock_monotonic_ms() + question->timeout_ms + (question->corp != NULL ? LATER_THAN_SERVER_MS : 0);
}

enum status
store_ask(struct store *store, const struct store_question *question, char **ret_text, struct detail *why)
{
	int64_t deadline_ms = deadline_of(question);
	struct line *line = store_line_borrow(store);
	enum status st;

	*ret_text = NULL;
	if (line == NULL) {
		detail_set(why, "database: all %d connections are busy", store->lines_n);
		return ST_BUSY;
	}
	st = line_ready(store, line, why);
	if (st == ST_OK)
		st = ask_on(line, question, deadline_ms, ret_text, why);
	store_line_give_back(store, line);
	return st;
}

/* The next row, waiting for it: as PQgetCopyData, -2 also when it does not come in time. */
static int
copy_next(PGconn *connection, int64_t deadline_ms, char **ret_row)
{
	int n;

	while ((n = PQgetCopyData(connection, ret_row, 1)) == 0) {
		struct pollfd wait = {.fd = PQsocket(connection), .events = POLLIN};
		int64_t left_ms = deadline_ms - clock_monotonic_ms();

		if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) < 0 || PQconsumeInput(connection) != 1)
			return -2;
	}
	return n;
}

/* Every row to the asker.  The whole time is bounded: a reader who does not read holds a snapshot. */
static enum status
copy_rows(struct line *line, int64_t deadline_ms, store_copy_row *row, void *context, struct detail *why)
{
	scoped(result) PGresult *result = NULL;
	char *bytes = NULL;
	int n;

	while ((n = copy_next(line->connection, deadline_ms, &bytes)) > 0) {
		bool goes_on = row(context, bytes, (size_t)n);

		PQfreemem(bytes);
		if (!goes_on) {
			detail_set(why, "the reader went away");
			store_line_close(line);
			return ST_BUSY;
		}
	}
	if (n == -1)
		result = store_line_result(line->connection, deadline_ms, why);
	if (result == NULL) {
		store_line_failure(why, "a copy broke off", line->connection);
		store_line_close(line);
		return ST_BUSY;
	}
	return PQresultStatus(result) == PGRES_COMMAND_OK ? ST_OK : refusal(line, result, why);
}

static enum status
copy_on(struct line *line, const struct store_question *question, int64_t deadline_ms, store_copy_row *row,
    void *context, struct detail *why)
{
	scoped(result) PGresult *result = NULL;
	enum status st = transaction_begin(line, question, deadline_ms, why);

	if (st == ST_OK && PQsendQuery(line->connection, question->sql) == 1 &&
	    store_line_wait(line->connection, deadline_ms))
		result = PQgetResult(line->connection);
	if (st == ST_OK && result == NULL) {
		store_line_failure(why, "no answer", line->connection);
		store_line_close(line);
		st = ST_BUSY;
	}
	if (st == ST_OK && PQresultStatus(result) != PGRES_COPY_OUT) {
		st = refusal(line, result, why);
		/* what follows an error is nothing, but must be read */
		if (line->connection != NULL)
			PQclear(store_line_result(line->connection, deadline_ms, &(struct detail){""}));
	} else if (st == ST_OK) {
		st = copy_rows(line, deadline_ms, row, context, why);
	}
	transaction_end(line, question);
	return st;
}

enum status
store_copy(struct store *store, const struct store_question *question, store_copy_row *row, void *context,
    struct detail *why)
{
	int64_t deadline_ms = deadline_of(question);
	struct line *line = store_line_borrow(store);
	enum status st;

	if (line == NULL) {
		detail_set(why, "database: all %d connections are busy", store->lines_n);
		return ST_BUSY;
	}
	st = line_ready(store, line, why);
	if (st == ST_OK)
		st = copy_on(line, question, deadline_ms, row, context, why);
	store_line_give_back(store, line);
	return st;
}
