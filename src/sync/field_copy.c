/* Objects of answers, read by table: each member with its type, its bound, and what its absence means. */
#include <math.h>
#include <string.h>

#include <json-c/json_visit.h>

#include "job_part.h"

#define NUMBER_MAX 4294967295LL	/* the widest that the protocol has: orders */

bool
field_is_id(struct json_object *value)
{
	const char *text;
	int n;

	if (!json_object_is_type(value, json_type_string))
		return false;
	text = json_object_get_string(value);
	n = json_object_get_string_len(value);
	if (n < 1 || n > PART_ID_BYTES)
		return false;
	for (int i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

bool
field_list(struct json_object *object, const char *name, size_t most, struct json_object **ret_list)
{
	return field_array(object, name, most, ret_list) && *ret_list != NULL;
}

static bool
is_empty_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0;
}

static bool
copy_ids(struct json_object *list, struct json_object *ids)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *id = json_object_array_get_idx(list, i);

		if (!field_is_id(id))
			return false;
		json_object_array_add(ids, json_object_get(id));
	}
	return true;
}

/* An array's elements have no names: each is looked at as the member of an object of one. */
static bool
copy_numbers(struct json_object *list, struct json_object *numbers)
{
	struct json_object *one = json_object_new_object();
	int64_t number = -1;
	bool is_good = true;

	for (size_t i = 0; is_good && i < json_object_array_length(list); i++) {
		job_add(one, "n", json_object_get(json_object_array_get_idx(list, i)));
		is_good = field_number(one, "n", 0, NUMBER_MAX, -1, &number) && number >= 0;
		if (is_good)
			json_object_array_add(numbers, json_object_new_int64(number));
	}
	json_object_put(one);
	return is_good;
}

static bool
is_text(const char *text, size_t n)
{
	return strlen(text) == n;
}

/* What jsonb cannot hold: a NUL in a text, a number that is none. */
static int
visit(struct json_object *value, int flags, struct json_object *parent, const char *key, size_t *index, void *argument)
{
	bool *is_good = argument;

	(void)flags;
	(void)parent;
	(void)key;
	(void)index;
	if (json_object_is_type(value, json_type_string))
		*is_good = is_text(json_object_get_string(value), (size_t)json_object_get_string_len(value));
	else if (json_object_is_type(value, json_type_double))
		*is_good = isfinite(json_object_get_double(value));
	return *is_good ? JSON_C_VISIT_RETURN_CONTINUE : JSON_C_VISIT_RETURN_STOP;
}

static bool
is_tree(struct json_object *value, int64_t most)
{
	bool is_good = true;
	size_t n = 0;

	if (!json_object_is_type(value, json_type_object))
		return false;
	if (json_c_visit(value, 0, visit, &is_good) < 0 || !is_good)
		return false;
	return json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &n) != NULL && n <= (size_t)most;
}

static struct json_object *
copy_list(struct json_object *from, const struct field_rule *rule)
{
	struct json_object *list = NULL, *copy;
	bool is_good;

	if (!field_list(from, rule->name, (size_t)rule->most, &list))
		return NULL;
	copy = json_object_new_array();
	is_good = rule->type == FIELD_IDS ? copy_ids(list, copy) : copy_numbers(list, copy);
	if (is_good)
		return copy;
	json_object_put(copy);
	return NULL;
}

static struct json_object *
copy_switch(struct json_object *from, const char *name)
{
	struct json_object *value = json_object_object_get(from, name);
	int64_t number = 0;

	if (json_object_is_type(value, json_type_boolean))
		return json_object_get(value);
	return field_number(from, name, 0, 1, 0, &number) ? json_object_new_boolean(number == 1) : NULL;
}

/* A new reference or object; NULL: not as the rule wants it.  The member is there. */
static struct json_object *
copy_value(struct json_object *from, const struct field_rule *rule)
{
	struct json_object *value = json_object_object_get(from, rule->name);
	const char *text;
	int64_t number = 0;

	switch (rule->type) {
	case FIELD_ID:
		return field_is_id(value) && json_object_get_string_len(value) <= rule->most ? json_object_get(value) : NULL;
	case FIELD_TEXT:
		return field_text(from, rule->name, (size_t)rule->most, &text) ? json_object_get(value) : NULL;
	case FIELD_NUMBER:
		return field_number(from, rule->name, 0, rule->most, 0, &number) ? json_object_new_int64(number) : NULL;
	case FIELD_SECONDS:
		if (!field_number(from, rule->name, 0, PART_TIME_MAX_S, 0, &number))
			return NULL;
		return json_object_new_int64(number * PART_US_PER_S);
	case FIELD_SWITCH:
		return copy_switch(from, rule->name);
	case FIELD_IDS:
	case FIELD_NUMBERS:
		return copy_list(from, rule);
	case FIELD_TREE:
		return is_tree(value, rule->most) ? json_object_get(value) : NULL;
	}
	return NULL;
}

static bool
is_as_good_as_absent(struct json_object *from, const struct field_rule *rule)
{
	struct json_object *value = NULL;
	int64_t number = 1;

	if (!field_has(from, rule->name))
		return true;
	value = json_object_object_get(from, rule->name);
	if (rule->type == FIELD_SECONDS)
		return is_empty_text(value) || (field_number(from, rule->name, 0, 0, 1, &number) && number == 0);
	return (rule->type == FIELD_ID || rule->type == FIELD_NUMBER) && is_empty_text(value);
}

bool
field_copy(struct json_object *from, const struct field_rule *rules, size_t rules_n, struct json_object *to,
    const char **ret_bad)
{
	for (size_t i = 0; i < rules_n; i++) {
		const struct field_rule *rule = &rules[i];
		struct json_object *value = NULL;
		bool is_absent = is_as_good_as_absent(from, rule);

		if (is_absent && rule->absent == FIELD_SKIPPED)
			continue;
		if (!is_absent)
			value = copy_value(from, rule);
		if (value == NULL && (!is_absent || rule->absent == FIELD_NEEDED)) {
			*ret_bad = rule->name;
			return false;
		}
		job_add(to, rule->as == NULL ? rule->name : rule->as, value);
	}
	return true;
}
