/* Members of JSON that somebody else made: types, bounds, and what absence means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sync/job_part.h"

static struct json_object *
parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void
test_text(void **state)
{
	struct json_object *object = parse("{\"a\":\"\\u4f60\\n\",\"n\":null,\"i\":1,\"z\":\"a\\u0000b\",\"e\":\"\"}");
	const char *text;

	(void)state;
	assert_true(field_text(object, "a", 4, &text));
	assert_string_equal(text, "\xe4\xbd\xa0\n");
	assert_false(field_text(object, "a", 3, &text));
	assert_string_equal(text, "");
	assert_true(field_text(object, "n", 4, &text));
	assert_string_equal(text, "");
	assert_true(field_text(object, "absent", 4, &text));
	assert_true(field_text(object, "e", 0, &text));
	assert_false(field_text(object, "i", 4, &text));
	assert_false(field_text(object, "z", 10, &text));
	assert_true(field_text(NULL, "a", 4, &text));
	json_object_put(object);
}

static void
test_number(void **state)
{
	static const struct {
		const char *text;
		bool is_good;
		int64_t number;
	} cases[] = {
		{"1", true, 1},
		{"\"1\"", true, 1},
		{"1.0", true, 1},
		{"-5", true, -5},
		{"\"-5\"", true, -5},
		{"null", true, 77},
		{"4294967295", true, 4294967295},
		{"\"4294967295\"", true, 4294967295},
		{"4294967296", false, 77},
		{"1.5", false, 77},
		{"1e300", false, 77},
		{"99999999999999999999999999", false, 77},
		{"\"99999999999999999999999999\"", false, 77},
		{"\"\"", false, 77},
		{"\"-\"", false, 77},
		{"\"1x\"", false, 77},
		{"\" 1\"", false, 77},
		{"true", false, 77},
		{"[1]", false, 77},
		{"{}", false, 77},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *object = json_object_new_object();
		int64_t number = 0;

		json_object_object_add(object, "n", json_tokener_parse(cases[i].text));
		if (field_number(object, "n", -10, 4294967295, 77, &number) != cases[i].is_good || number != cases[i].number)
			fail_msg("%s gives %lld", cases[i].text, (long long)number);
		json_object_put(object);
	}
}

static void
test_array_and_object(void **state)
{
	struct json_object *object = parse("{\"a\":[1,2],\"o\":{\"x\":1},\"n\":null}"), *found;

	(void)state;
	assert_true(field_array(object, "a", 2, &found));
	assert_int_equal(json_object_array_length(found), 2);
	assert_false(field_array(object, "a", 1, &found));
	assert_null(found);
	assert_true(field_array(object, "n", 1, &found));
	assert_null(found);
	assert_false(field_array(object, "o", 1, &found));
	assert_false(field_list(object, "n", 9, &found));
	assert_false(field_list(object, "absent", 9, &found));
	assert_true(field_list(object, "a", 9, &found));
	assert_true(field_object(object, "o", &found));
	assert_non_null(found);
	assert_false(field_object(object, "a", &found));
	assert_null(found);
	assert_true(field_object(object, "n", &found));
	assert_true(field_has(object, "a"));
	assert_false(field_has(object, "n"));
	assert_false(field_has(NULL, "n"));
	json_object_put(object);
}

static const struct field_rule rules[] = {
	{"id", "key", 8, FIELD_ID, FIELD_NEEDED},
	{"text", NULL, 4, FIELD_TEXT, FIELD_NULL},
	{"number", NULL, 9, FIELD_NUMBER, FIELD_SKIPPED},
	{"time", "time_us", 0, FIELD_SECONDS, FIELD_NULL},
	{"switch", NULL, 0, FIELD_SWITCH, FIELD_SKIPPED},
	{"ids", NULL, 2, FIELD_IDS, FIELD_SKIPPED},
	{"numbers", NULL, 2, FIELD_NUMBERS, FIELD_SKIPPED},
	{"tree", NULL, 20, FIELD_TREE, FIELD_SKIPPED},
};

/* What the rules make of an object, or the name of what is wrong with it. */
static void
test_copy(void **state)
{
	static const struct {
		const char *from;
		const char *wanted;
	} cases[] = {
		{"{\"id\":\"a\"}", "{\"key\":\"a\",\"text\":null,\"time_us\":null}"},
		{"{\"id\":\"a\",\"text\":\"\",\"number\":\"3\",\"time\":7,\"switch\":true,\"ids\":[\"x\"],\"numbers\":[1,\"2\"],"
		 "\"tree\":{\"a\":[1]},\"more\":1}",
		 "{\"key\":\"a\",\"text\":\"\",\"number\":3,\"time_us\":7000000,\"switch\":true,\"ids\":[\"x\"],"
		 "\"numbers\":[1,2],\"tree\":{\"a\":[1]}}"},
		{"{\"id\":\"a\",\"text\":null,\"number\":\"\",\"time\":0,\"switch\":1}",
		 "{\"key\":\"a\",\"text\":null,\"time_us\":null,\"switch\":true}"},
		{"{}", "id"},
		{"[]", "id"},
		{"{\"id\":\"\"}", "id"},
		{"{\"id\":\"a\\u0007\"}", "id"},
		{"{\"id\":\"123456789\"}", "id"},
		{"{\"id\":5}", "id"},
		{"{\"id\":\"a\",\"text\":\"12345\"}", "text"},
		{"{\"id\":\"a\",\"text\":\"\\u0000\"}", "text"},
		{"{\"id\":\"a\",\"number\":10}", "number"},
		{"{\"id\":\"a\",\"number\":-1}", "number"},
		{"{\"id\":\"a\",\"time\":-1}", "time"},
		{"{\"id\":\"a\",\"time\":99999999999999}", "time"},
		{"{\"id\":\"a\",\"switch\":2}", "switch"},
		{"{\"id\":\"a\",\"switch\":\"yes\"}", "switch"},
		{"{\"id\":\"a\",\"ids\":[\"x\",\"y\",\"z\"]}", "ids"},
		{"{\"id\":\"a\",\"ids\":[null]}", "ids"},
		{"{\"id\":\"a\",\"ids\":\"x\"}", "ids"},
		{"{\"id\":\"a\",\"numbers\":[null]}", "numbers"},
		{"{\"id\":\"a\",\"numbers\":[-1]}", "numbers"},
		{"{\"id\":\"a\",\"numbers\":[4294967296]}", "numbers"},
		{"{\"id\":\"a\",\"tree\":[1]}", "tree"},
		{"{\"id\":\"a\",\"tree\":{\"a\":\"0123456789abcdef\"}}", "tree"},
		{"{\"id\":\"a\",\"tree\":{\"a\":[\"x\\u0000\"]}}", "tree"},
		{"{\"id\":\"a\",\"tree\":{\"a\":[1e999]}}", "tree"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *from = parse(cases[i].from), *to = json_object_new_object(), *wanted;
		const char *bad = "";

		if (!FIELD_COPY(from, rules, to, &bad)) {
			if (strcmp(bad, cases[i].wanted) != 0)
				fail_msg("%s: %s", cases[i].from, bad);
		} else {
			wanted = json_tokener_parse(cases[i].wanted);
			if (json_object_equal(to, wanted) != 1)
				fail_msg("%s: %s", cases[i].from, json_object_to_json_string(to));
			json_object_put(wanted);
		}
		json_object_put(from);
		json_object_put(to);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_array_and_object),
	    cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
