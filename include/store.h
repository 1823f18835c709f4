/*
 * The reconciler's way to the database: a few connections, each call one function call in a transaction of its own,
 * `select f($1, …)`; blocking, thread safe.
 */
#ifndef WECOM_STORE_H
#define WECOM_STORE_H

#include <stdint.h>

#include <json-c/json.h>

#include "conf.h"
#include "status.h"

struct store;

/* Connects at the first call.  conf outlives it.  NULL: no memory, or the connection string cannot be parsed. */
struct store *store_new(const struct conf *conf, struct detail *why);
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

#endif
