/* Reading an answer of the API without trust.  Pure; json-c and nothing else. */
#ifndef WECOM_API_ANSWER_H
#define WECOM_API_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "status.h"

#define API_DEPTH_MAX 64
#define API_VALUES_MAX 1000000

/*
 * Strict JSON, an object, at most API_DEPTH_MAX deep and of API_VALUES_MAX values, UTF-8, no NUL in a string, no member
 * given twice in any object, errcode a whole number that fits an int.
 *   text        n bytes and a NUL behind them
 *   needs_code  whether errcode must be there (some calls leave it out)
 *   ret_code    errcode, 0 when it is left out
 *   ret_is_warned  errmsg warns that parts of the request were passed over
 * Owned object; NULL: `why` says what is wrong, without a word of the text.
 */
struct json_object *api_answer_parse(const char *text, size_t n, bool needs_code, int *ret_code, bool *ret_is_warned,
    struct detail *why);

/* Overwrite every string of it: it may hold tokens. */
void api_answer_cleanse(struct json_object *object);

#endif
