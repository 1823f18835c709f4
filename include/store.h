/*
 * A program's way to the database: a few connections, each call one function call in a transaction of its own,
 * `select f($1, …)`; blocking, thread safe.
 */
#ifndef WECOM_STORE_H
#define WECOM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "conf.h"
#include "status.h"

struct store;

/* Whose way it is, and how patient. */
struct store_plan {
	const char *program;		/* application_name; borrowed */
	const char *conninfo;		/* borrowed */
	int connections_n;
	int schema_min;			/* an older schema is refused */
	int64_t answer_ms;		/* for the answer to a store_call */
	int64_t borrow_ms;		/* for a connection that another thread has */
};

/* Connects at the first call.  conf outlives it.  NULL: no memory, or the connection string cannot be parsed. */
struct store *store_new(const struct conf *conf, const struct store_plan *plan, struct detail *why);
void store_free(struct store *store);

/*
 * One call.
 *   sql         "select wecom.f($1, $2::bigint, …)": one row, one column; parameters are text, NULL for null
 *   ret_text    malloc'd text of the value; NULL when it is null; may be NULL when it does not matter
 * ST_OK; ST_BUSY: no connection or no answer in time, whether it took effect is unknown (all functions are safe to
 * repeat); ST_BUG: the database refuses it (why names the SQLSTATE); ST_NOMEM.
 */
enum status store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text,
    struct detail *why) must_check;

/* As store_call, the value parsed as JSON; owned by the caller; NULL for null. */
enum status store_call_json(struct store *store, const char *sql, int n, const char *const *values,
    struct json_object **ret_json, struct detail *why) must_check;

/*
 * What the pages ask.  With a corp: a transaction of its own that only reads, in which app.corp and app.args are set, so
 * that row-level security shows one corp.
 */
struct store_question {
	const char *sql;	/* one row, one column; of store_copy a `copy … to stdout` without parameters */
	int n;
	const char *const *values;
	const char *corp;	/* NULL: one statement outside a transaction */
	const char *args;	/* app.args; NULL for none */
	int64_t timeout_ms;	/* for the answer; with a corp also the server's statement_timeout */
};

/*
 * As store_call; besides
 *   ST_BAD_INPUT  SQLSTATE 22023: `why` is the function's own sentence, which is for the asker
 *   ST_DENIED     SQLSTATE 42501
 *   ST_NOT_FOUND  SQLSTATE 42883: there is no such function
 * A connection that was lost while it was idle costs nothing: another is opened.
 */
enum status store_ask(struct store *store, const struct store_question *question, char **ret_text,
    struct detail *why) must_check;

/* A row of the copy; false: stop. */
typedef bool store_copy_row(void *context, const char *bytes, size_t n);

/* As store_ask, for a COPY: rows as they come.  A failure before the first row has cost nobody anything. */
enum status store_copy(struct store *store, const struct store_question *question, store_copy_row *row, void *context,
    struct detail *why) must_check;

#endif
