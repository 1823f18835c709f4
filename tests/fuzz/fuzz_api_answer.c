/*
 * The bytes of an answer of the API: never a crash, and the right class.  The first byte tells whether errcode must be
 * there.  Run as: fuzz_api_answer [corpus folder].
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_answer.h"
#include "../../src/api/api_internal.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* What was accepted may go into the database: no NUL, and not too deep. */
static void
check_value(struct json_object *value, int depth)
{
	assert(depth <= API_DEPTH_MAX);
	if (json_object_is_type(value, json_type_string)) {
		assert(strlen(json_object_get_string(value)) == (size_t)json_object_get_string_len(value));
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			check_value(json_object_array_get_idx(value, i), depth + 1);
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member) {
			(void)name;
			check_value(member, depth + 1);
		}
	}
}

static void
check_class(struct json_object *object, bool needs_code, int code, bool is_warned)
{
	const struct api_meaning *meaning = api_meaning_in_call(code, is_warned, false);
	struct json_object *value = NULL;
	bool has_code = json_object_object_get_ex(object, "errcode", &value);

	assert(has_code || !needs_code);
	assert(has_code ? json_object_get_int64(value) == code : code == 0);
	assert((meaning->reaction == API_OK) == (code == 0 && !is_warned));
	assert(code == 0 || meaning->code == code || meaning->reaction == API_OURS);
}

/* Written and read again it is the same: nothing in it was read in two ways. */
static void
check_again(struct json_object *object, bool needs_code, int code)
{
	size_t n = 0;
	const char *text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &n);
	struct json_object *again;
	bool is_warned = false;
	int code_again = 0;
	struct detail why;

	assert(text != NULL);
	again = api_answer_parse(text, n, needs_code, &code_again, &is_warned, &why);
	assert(again != NULL && code_again == code && json_object_equal(object, again));
	json_object_put(again);
}

/* Members as the text gives them: each has one colon outside strings. */
static size_t
count_colons(const char *text, size_t n)
{
	bool is_inside = false;
	size_t colons_n = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_inside && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			is_inside = !is_inside;
		else if (!is_inside && text[i] == ':')
			colons_n++;
	}
	return colons_n;
}

/* json-c has one member for each that was given: none was given twice. */
static void
check_members(struct json_object *object, size_t given_n)
{
	size_t n = 0;
	const char *text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &n);

	assert(text != NULL && count_colons(text, n) == given_n);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct json_object *object;
	bool needs_code, is_warned = false;
	struct detail why = {""};
	size_t given_n;
	char *text;
	int code = 0;

	if (n == 0)
		return 0;
	needs_code = data[0] % 2 == 0;
	text = malloc(n);
	if (text == NULL)
		abort();
	memcpy(text, data + 1, n - 1);
	text[n - 1] = '\0';
	object = api_answer_parse(text, n - 1, needs_code, &code, &is_warned, &why);
	assert((object == NULL) == (why.text[0] != '\0'));
	given_n = count_colons(text, n - 1);
	free(text);
	if (object == NULL)
		return 0;
	assert(json_object_is_type(object, json_type_object));
	check_value(object, 0);
	check_members(object, given_n);
	check_class(object, needs_code, code, is_warned);
	check_again(object, needs_code, code);
	api_answer_cleanse(object);
	json_object_put(object);
	return 0;
}
