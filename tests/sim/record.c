/* Tables of fields to JSON and back.  Never knows what the fields mean. */
#include "record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

static void *
at(const void *record, size_t offset)
{
	return (char *)record + offset;
}

static struct json_object *
save_list(const struct record_field *field, const struct list *list)
{
	struct json_object *json = json_object_new_array_ext((int)list->n);

	for (size_t i = 0; i < list->n; i++) {
		if (field->type == RECORD_LIST)
			json_object_array_add(json, record_save(field->fields, list_at(list, i)));
		else
			json_object_array_add(json, json_object_new_int64(*(unsigned int *)list_at(list, i)));
	}
	return json;
}

static struct json_object *
save_bytes(const struct list *list)
{
	struct json_object *json;
	char *digits = fault_resize(NULL, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		digits[i] = (char)('0' + *(unsigned char *)list_at(list, i));
	json = json_object_new_string_len(digits, (int)list->n);
	free(digits);
	return json;
}

static struct json_object *
save_array(const struct record_field *field, const void *record)
{
	struct json_object *json = json_object_new_array();
	size_t n = field->type == RECORD_LONGS ? field->most : *(size_t *)at(record, field->n_offset);
	const void *values = at(record, field->offset);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item;

		if (field->type == RECORD_UINTS)
			item = json_object_new_int64(((const unsigned int *)values)[i]);
		else if (field->type == RECORD_BOOLS)
			item = json_object_new_boolean(((const bool *)values)[i]);
		else if (field->type == RECORD_LONGS)
			item = json_object_new_int64(((const int64_t *)values)[i]);
		else
			item = json_object_new_string((const char *)values + i * field->bytes);
		json_object_array_add(json, item);
	}
	return json;
}

static struct json_object *
save_field(const struct record_field *field, const void *record)
{
	const void *value = at(record, field->offset);

	switch (field->type) {
	case RECORD_TEXT:
		return json_object_new_string(value);
	case RECORD_INT:
		return json_object_new_int(*(const int *)value);
	case RECORD_UINT:
		return json_object_new_int64(*(const unsigned int *)value);
	case RECORD_LONG:
		return json_object_new_int64(*(const int64_t *)value);
	case RECORD_BOOL:
		return json_object_new_boolean(*(const bool *)value);
	case RECORD_INSIDE:
		return record_save(field->fields, value);
	case RECORD_LIST:
	case RECORD_NUMBERS:
		return save_list(field, value);
	case RECORD_BYTES:
		return save_bytes(value);
	case RECORD_UINTS:
	case RECORD_BOOLS:
	case RECORD_TEXTS:
	case RECORD_LONGS:
	default:
		return save_array(field, record);
	}
}

struct json_object *
record_save(const struct record_field *fields, const void *record)
{
	struct json_object *json = json_object_new_object();

	for (; fields->name != NULL; fields++)
		json_object_object_add(json, fields->name, save_field(fields, record));
	return json;
}

static bool
misfit(const struct record_field *field, struct fault *fault)
{
	return fault_set(fault, "the member %s does not fit", field->name);
}

static bool
load_text(const struct record_field *field, struct json_object *json, char *to, struct fault *fault)
{
	if (!json_object_is_type(json, json_type_string) || (size_t)json_object_get_string_len(json) >= field->bytes)
		return misfit(field, fault);
	strcpy(to, json_object_get_string(json));
	return true;
}

static bool
load_list(const struct record_field *field, struct json_object *json, struct list *list, struct fault *fault)
{
	if (!json_object_is_type(json, json_type_array))
		return misfit(field, fault);
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		struct json_object *item = json_object_array_get_idx(json, i);
		void *to = list_add(list);

		if (field->prepare != NULL)
			field->prepare(to);
		if (field->type == RECORD_NUMBERS)
			*(unsigned int *)to = (unsigned int)json_object_get_int64(item);
		else if (!record_load(field->fields, item, to, fault))
			return false;
	}
	return true;
}

static bool
load_bytes(const struct record_field *field, struct json_object *json, struct list *list, struct fault *fault)
{
	const char *digits = json_object_get_string(json);

	if (!json_object_is_type(json, json_type_string))
		return misfit(field, fault);
	for (; *digits != '\0'; digits++) {
		if (*digits < '0' || *digits > '9')
			return misfit(field, fault);
		*(unsigned char *)list_add(list) = (unsigned char)(*digits - '0');
	}
	return true;
}

static bool
load_array(const struct record_field *field, struct json_object *json, void *record, struct fault *fault)
{
	void *values = at(record, field->offset);
	size_t n;

	if (!json_object_is_type(json, json_type_array) || json_object_array_length(json) > field->most)
		return misfit(field, fault);
	n = json_object_array_length(json);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(json, i);

		if (field->type == RECORD_UINTS)
			((unsigned int *)values)[i] = (unsigned int)json_object_get_int64(item);
		else if (field->type == RECORD_BOOLS)
			((bool *)values)[i] = json_object_get_boolean(item);
		else if (field->type == RECORD_LONGS)
			((int64_t *)values)[i] = json_object_get_int64(item);
		else if (!load_text(field, item, (char *)values + i * field->bytes, fault))
			return false;
	}
	if (field->type != RECORD_LONGS)
		*(size_t *)at(record, field->n_offset) = n;
	return true;
}

static bool
load_field(const struct record_field *field, struct json_object *json, void *record, struct fault *fault)
{
	void *value = at(record, field->offset);

	switch (field->type) {
	case RECORD_TEXT:
		return load_text(field, json, value, fault);
	case RECORD_INT:
		*(int *)value = json_object_get_int(json);
		return json_object_is_type(json, json_type_int) || misfit(field, fault);
	case RECORD_UINT:
		*(unsigned int *)value = (unsigned int)json_object_get_int64(json);
		return json_object_is_type(json, json_type_int) || misfit(field, fault);
	case RECORD_LONG:
		*(int64_t *)value = json_object_get_int64(json);
		return json_object_is_type(json, json_type_int) || misfit(field, fault);
	case RECORD_BOOL:
		*(bool *)value = json_object_get_boolean(json);
		return json_object_is_type(json, json_type_boolean) || misfit(field, fault);
	case RECORD_INSIDE:
		return record_load(field->fields, json, value, fault);
	case RECORD_LIST:
	case RECORD_NUMBERS:
		return load_list(field, json, value, fault);
	case RECORD_BYTES:
		return load_bytes(field, json, value, fault);
	case RECORD_UINTS:
	case RECORD_BOOLS:
	case RECORD_TEXTS:
	case RECORD_LONGS:
	default:
		return load_array(field, json, record, fault);
	}
}

bool
record_load(const struct record_field *fields, struct json_object *json, void *record, struct fault *fault)
{
	struct json_object *value;

	if (!json_object_is_type(json, json_type_object))
		return fault_set(fault, "something is not a JSON object");
	for (; fields->name != NULL; fields++) {
		if (json_object_object_get_ex(json, fields->name, &value) && !load_field(fields, value, record, fault))
			return false;
	}
	return true;
}
