/* Members of JSON that our own functions or WeCom gave.  json-c; copies live in the request's memory. */
#ifndef WECOM_WEB_FIELDS_H
#define WECOM_WEB_FIELDS_H

#include <json-c/json.h>

#include "arena.h"
#include "scope.h"
#include "span.h"

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)

/* Text to an object; owned; NULL: it is none. */
struct json_object *fields_parse(const char *text);

/* The text of a member: "" when it is missing, null, no string, longer than `most` bytes, or without memory. */
const char *fields_text(struct json_object *object, const char *name, size_t most, struct arena *mem);
bool fields_flag(struct json_object *object, const char *name);
long long fields_number(struct json_object *object, const char *name);

/* False: no memory. */
bool fields_put(struct json_object *object, const char *name, struct json_object *value);
bool fields_put_text(struct json_object *object, const char *name, struct span text);

/* As text that the caller frees; NULL without memory.  Safe inside HTML too: `/` and UTF-8 as they are, no line ends. */
char *fields_print(struct json_object *object);

/* An id of WeCom's that may be a key and part of a cookie. */
bool fields_is_id(const char *text);

#endif
