/*
 * Members of JSON that somebody else made.  Types are taken as they come where the protocol itself is loose (numbers as
 * strings); a NUL inside a text is refused, as no database keeps it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "span.h"

static struct json_object *
member_of(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	(void)json_object_object_get_ex(object, name, &member);
	return member;
}

bool
field_has(struct json_object *object, const char *name)
{
	return member_of(object, name) != NULL;
}

bool
field_text(struct json_object *object, const char *name, size_t most, const char **ret_text)
{
	struct json_object *member = member_of(object, name);
	const char *text;
	size_t n;

	*ret_text = "";
	if (member == NULL)
		return true;
	if (!json_object_is_type(member, json_type_string))
		return false;
	text = json_object_get_string(member);
	n = (size_t)json_object_get_string_len(member);
	if (n > most || strlen(text) != n)
		return false;
	*ret_text = text;
	return true;
}

/* json-c clamps what is beyond 64 bits; the clamped ends are outside of any range asked for but for the widest. */
static bool
read_number(struct json_object *member, int64_t *ret_number)
{
	struct span digits;
	long long number = 0;
	double real;
	bool is_negative;

	switch (json_object_get_type(member)) {
	case json_type_int:
		*ret_number = json_object_get_int64(member);
		return true;
	case json_type_double:
		real = json_object_get_double(member);
		/* whole, and small enough for each whole number to have its own double */
		if (!(real >= -9007199254740992.0 && real <= 9007199254740992.0) || real != (double)(int64_t)real)
			return false;
		*ret_number = (int64_t)real;
		return true;
	case json_type_string:
		digits = (struct span){json_object_get_string(member), (size_t)json_object_get_string_len(member)};
		is_negative = digits.n > 1 && digits.at[0] == '-';
		if (is_negative)
			digits = (struct span){digits.at + 1, digits.n - 1};
		if (!span_number(digits, INT64_MAX, &number))
			return false;
		*ret_number = is_negative ? -number : number;
		return true;
	default:
		return false;
	}
}

bool
field_number(struct json_object *object, const char *name, int64_t least, int64_t most, int64_t fallback,
    int64_t *ret_number)
{
	struct json_object *member = member_of(object, name);
	int64_t number = 0;

	*ret_number = fallback;
	if (member == NULL)
		return true;
	if (!read_number(member, &number) || number < least || number > most)
		return false;
	*ret_number = number;
	return true;
}

bool
field_array(struct json_object *object, const char *name, size_t most, struct json_object **ret_array)
{
	struct json_object *member = member_of(object, name);

	*ret_array = NULL;
	if (member == NULL)
		return true;
	if (!json_object_is_type(member, json_type_array) || json_object_array_length(member) > most)
		return false;
	*ret_array = member;
	return true;
}

bool
field_object(struct json_object *object, const char *name, struct json_object **ret_object)
{
	struct json_object *member = member_of(object, name);

	*ret_object = NULL;
	if (member == NULL)
		return true;
	if (!json_object_is_type(member, json_type_object))
		return false;
	*ret_object = member;
	return true;
}

/* json-c gives no other reason to fail than memory, and nothing can go on without it. */
static void
must(bool is_done)
{
	if (is_done)
		return;
	fputs("no memory for a result\n", stderr);
	abort();
}

void
job_add(struct json_object *object, const char *name, struct json_object *value)
{
	must(object != NULL && json_object_object_add(object, name, value) == 0);
}

void
job_add_text(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value = text == NULL ? NULL : json_object_new_string(text);

	must(text == NULL || value != NULL);
	job_add(object, name, value);
}

void
job_add_number(struct json_object *object, const char *name, int64_t number)
{
	struct json_object *value = json_object_new_int64(number);

	must(value != NULL);
	job_add(object, name, value);
}
