/* See fields.h. */
#include "fields.h"

#include <string.h>

#define ID_MAX_BYTES 128

struct json_object *
fields_parse(const char *text)
{
	struct json_object *object = text == NULL ? NULL : json_tokener_parse(text);

	if (object == NULL || json_object_is_type(object, json_type_object))
		return object;
	json_object_put(object);
	return NULL;
}

const char *
fields_text(struct json_object *object, const char *name, size_t most, struct arena *mem)
{
	struct json_object *value = NULL;
	struct span copy;
	size_t n;

	if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
		return "";
	n = (size_t)json_object_get_string_len(value);
	if (n > most || memchr(json_object_get_string(value), '\0', n) != NULL)
		return "";
	copy = arena_copy(mem, (struct span){json_object_get_string(value), n});
	return copy.at == NULL ? "" : copy.at;
}

bool
fields_flag(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, name, &value) && json_object_is_type(value, json_type_boolean) &&
	    json_object_get_boolean(value) != 0;
}

long long
fields_number(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_int))
		return 0;
	return json_object_get_int64(value);
}

bool
fields_put(struct json_object *object, const char *name, struct json_object *value)
{
	if (value != NULL && json_object_object_add(object, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

bool
fields_put_text(struct json_object *object, const char *name, struct span text)
{
	return fields_put(object, name, json_object_new_string_len(text.at == NULL ? "" : text.at, (int)text.n));
}

char *
fields_print(struct json_object *object)
{
	const char *text = object == NULL ? NULL :
	    json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return text == NULL ? NULL : strdup(text);
}

bool
fields_is_id(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= ID_MAX_BYTES && text[n] == '\0';
}
