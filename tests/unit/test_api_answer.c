/* Answers of the API that are not what they should be, and what each error code asks of us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/api/api_answer.h"
#include "../../src/api/api_internal.h"

static int code;
static bool is_warned;
static struct detail why;

static struct json_object *
parse_n(const char *text, size_t n, bool needs_code)
{
	/* exactly n bytes and a NUL, so that a read beyond them is noticed */
	char *copy = malloc(n + 1);
	struct json_object *object;

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	code = 77;
	is_warned = false;
	why.text[0] = '\0';
	object = api_answer_parse(copy, n, needs_code, &code, &is_warned, &why);
	free(copy);
	assert_true((object == NULL) == (why.text[0] != '\0'));
	return object;
}

static void
assert_good(const char *text, int wanted)
{
	struct json_object *object = parse_n(text, strlen(text), true);

	if (object == NULL)
		fail_msg("%s: refused: %s", text, why.text);
	assert_int_equal(code, wanted);
	json_object_put(object);
}

static void
assert_bad(const char *text, const char *sentence)
{
	if (parse_n(text, strlen(text), true) != NULL)
		fail_msg("%.60s: accepted", text);
	if (strstr(why.text, sentence) == NULL)
		fail_msg("%.60s: \"%s\" instead of \"%s\"", text, why.text, sentence);
}

static void
test_good_answers(void **state)
{
	(void)state;
	assert_good("{\"errcode\":0,\"errmsg\":\"ok\"}", 0);
	assert_good(" \r\n\t{ \"errcode\" : 0 } \n", 0);
	assert_good("{\"errcode\":-1}", -1);
	assert_good("{\"errcode\":2000002,\"a\":[1,2,{\"errcode\":5}],\"b\":{\"errcode\":\"x\"}}", 2000002);
	assert_good("{\"errcode\":0,\"text\":\"a:b,{[\\\"c\\\":\",\"d\":\"\\\\\",\"e\":\"\\\\u0000\"}", 0);
	assert_good("{\"errcode\":0,\"name\":\"张三\\ud83d\\ude00\"}", 0);
	/* what people wrote, not escaped: nothing is doubtful about it */
	assert_good("{\"errcode\":0,\"remark\":\"It's\n\tNobody\"}", 0);
	assert_good("{\"errcode\":0,\"order\":4294967295,\"n\":null,\"f\":1.5,\"t\":true}", 0);
}

static void
test_an_object_has_no_member_twice(void **state)
{
	(void)state;
	assert_bad("{\"errcode\":0,\"errcode\":0}", "twice");
	assert_bad("{\"errcode\":40001,\"errcode\":0}", "twice");
	assert_bad("{\"errcode\":0,\"member_list\":[1],\"member_list\":[]}", "twice");
	assert_bad("{\"errcode\":0,\"a\":[{\"b\":{\"c\":1,\"c\":1}}]}", "twice");
	assert_bad("{\"errcode\":0,\"\\u0065rrcode\":1}", "twice");
	assert_good("{\"errcode\":0,\"a\":{\"c\":1},\"b\":{\"c\":1}}", 0);
}

static void
test_what_is_not_json_is_refused(void **state)
{
	static const char whole[] = "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wr\",\"member_list\":[{\"type\":1}]}}";

	(void)state;
	assert_bad("", "");
	assert_bad("   ", "");
	assert_bad("<html><body>502 Bad Gateway</body></html>", "not JSON");
	assert_bad("{'errcode':0}", "not JSON");
	assert_bad("{\"errcode\":0,}", "not JSON");
	assert_bad("{\"errcode\":0}{\"errcode\":0}", "not JSON");
	assert_bad("{\"errcode\":0} x", "not JSON");
	assert_bad("{\"errcode\":0,\"a\":NaN}", "not JSON");
	assert_bad("{errcode:0}", "not JSON");
	assert_bad("{\"errcode\":0 /* fine */}", "not JSON");
	assert_bad("{\"errcode\":0,\"a\":\"\xff\xfe\"}", "not JSON");
	assert_bad("{\"errcode\":0,\"a\":-Infinity}", "not JSON");
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_null(parse_n(whole, n, false));
	assert_good(whole, 0);
}

static void
test_other_types_are_refused(void **state)
{
	(void)state;
	assert_bad("[]", "not an object");
	assert_bad("0", "not an object");
	assert_bad("null", "not an object");
	assert_bad("\"ok\"", "not an object");
	assert_bad("{\"errcode\":\"0\"}", "not a whole number");
	assert_bad("{\"errcode\":null}", "not a whole number");
	assert_bad("{\"errcode\":0.0}", "not a whole number");
	assert_bad("{\"errcode\":[0]}", "not a whole number");
	assert_bad("{\"errcode\":false}", "not a whole number");
	assert_bad("{\"errcode\":99999999999}", "not a whole number");
	assert_bad("{\"errcode\":123456789012345678901234567890}", "not a whole number");
	assert_bad("{\"errcode\":1e400}", "");
	assert_bad("{}", "no errcode");
	assert_bad("{\"a\":{\"errcode\":0}}", "no errcode");
}

static void
test_some_calls_may_leave_the_code_out(void **state)
{
	struct json_object *object = parse_n("{\"expires_in\":7200}", 19, false);

	(void)state;
	assert_non_null(object);
	assert_int_equal(code, 0);
	json_object_put(object);
}

static void
test_a_nul_is_refused(void **state)
{
	(void)state;
	assert_null(parse_n("{\"errcode\":0,\"a\":\"\0\"}", 21, true));
	assert_null(parse_n("{\"errcode\":0}\0", 14, true));
	assert_null(parse_n("{\"errcode\":0}\0{}", 16, true));
	assert_bad("{\"errcode\":0,\"a\":\"x\\u0000y\"}", "NUL");
	assert_bad("{\"errcode\":0,\"a\\u0000\":1}", "NUL");
}

static void
test_depth_and_number_of_values_are_bounded(void **state)
{
	size_t n = 2 * (size_t)(API_VALUES_MAX + 10);
	char *text = malloc(n + 64), *at;
	struct json_object *object;

	(void)state;
	assert_non_null(text);
	for (int depth = 10; depth <= 100000; depth *= 10) {
		at = text + sprintf(text, "{\"errcode\":0,\"a\":");
		memset(at, '[', (size_t)depth);
		memset(at + depth, ']', (size_t)depth);
		strcpy(at + 2 * depth, "}");
		object = parse_n(text, strlen(text), true);
		assert_int_equal(object != NULL, depth < API_DEPTH_MAX);
		json_object_put(object);
	}
	at = text + sprintf(text, "{\"errcode\":0,\"a\":[0");
	while (at < text + n)
		at += sprintf(at, ",1");
	strcpy(at, "]}");
	assert_bad(text, "too many values");
	free(text);
}

static void
test_a_warning_beside_success_is_our_mistake(void **state)
{
	(void)state;
	assert_good("{\"errcode\":0,\"errmsg\":\"ok. Warning: wrong json format. \"}", 0);
	assert_true(is_warned);
	assert_int_equal(api_meaning_in_call(0, true, false)->reaction, API_OURS);
	assert_good("{\"errcode\":0,\"errmsg\":\"ok\"}", 0);
	assert_false(is_warned);
	assert_int_equal(api_meaning_in_call(0, false, false)->reaction, API_OK);
	assert_good("{\"errcode\":0,\"errmsg\":7}", 0);
	assert_false(is_warned);
}

static void
test_secrets_are_overwritten(void **state)
{
	static const char text[] = "{\"a\":\"hidden\",\"b\":[{\"c\":\"hidden\"},null,1]}";
	struct json_object *object = parse_n(text, sizeof(text) - 1, false);

	(void)state;
	assert_non_null(object);
	api_answer_cleanse(object);
	assert_null(strstr(json_object_to_json_string(object), "hidden"));
	json_object_put(object);
}

/* Protocol 18.2, written down once more: code, letter. */
static const struct {
	enum api_reaction reaction;
	int codes[40];
} letters[] = {
	{API_OK, {0}},
	{API_TOKEN, {40001, 40014, 40082, 42001, 42009}},
	{API_RETRY, {-1, 6000, 41096, 45035}},
	{API_WAIT, {45009, 45033, 45036}},
	{API_GONE, {40003, 40031, 40050, 40068, 40096, 46004, 49008, 50002, 60003, 60011, 60021, 60030, 60111, 60123,
	    81013, 84061, 84074, 84084, 86001, 86003, 90501, 90509, 92000}},
	{API_CONFIG, {40080, 40083, 40126, 40141, 40144, 48001, 48002, 48003, 48006, 48010, 48011, 50001, 50003, 60020,
	    60031, 80001, 85005, 85008, 90510, 301007, 610023, 610024, 701008, 701088, 701089, 701099}},
	{API_OURS, {40013, 40029, 40033, 40035, 40056, 40058, 40063, 40077, 40078, 40093, 40097, 40100, 40125, 40128, 40129,
	    40130, 40131, 41001, 41021, 41022, 41023, 41024, 41025, 41035, 41049, 41050, 41051, 41053}},
	{API_OURS, {42003, 42006, 42007, 42012, 42022, 43016, 43017, 45029, 48005, 48008, 60221, 81011, 81017, 84014, 84015,
	    90500, 90502, 90503, 90504, 90505, 90506, 90507, 90508, 90511, 90512, 90513, 90514, 2000002}},
	{API_AUTHORISATION, {40084, 48004}},
	{API_RESTART, {50100, 60268, 701105}},
	{API_TICKET, {40085}},
};

static void
test_every_code_of_the_protocol_has_its_reaction(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		for (size_t j = 0; j < 40 && (j == 0 || letters[i].codes[j] != 0); j++) {
			const struct api_meaning *meaning = api_meaning(letters[i].codes[j]);

			/* unknown codes have another one: the search found it, so the table is in order */
			assert_int_equal(meaning->code, letters[i].codes[j]);
			assert_int_equal(meaning->reaction, letters[i].reaction);
			assert_true(strlen(meaning->meaning) > 6);
			assert_true(strlen(meaning->meaning) < 160);
			if (meaning->reaction == API_GONE)
				assert_int_not_equal(meaning->absence, ABSENCE_NONE);
		}
	}
}

static void
test_absence_is_told_apart_from_deletion(void **state)
{
	static const int gone[] = {49008, 40068, 40050, 86001, 86003, 60003, 60123};
	int found = 0;

	(void)state;
	for (int i = -10; i < 3000000; i++) {
		const struct api_meaning *meaning = api_meaning(i);

		if (meaning->absence != ABSENCE_GONE)
			continue;
		found++;
		for (size_t j = 0; j <= sizeof(gone) / sizeof(gone[0]); j++) {
			if (j == sizeof(gone) / sizeof(gone[0]))
				fail_msg("%d is no evidence of a deletion", i);
			if (gone[j] == i)
				break;
		}
	}
	assert_int_equal(found, sizeof(gone) / sizeof(gone[0]));
	assert_int_equal(api_meaning(60111)->absence, ABSENCE_OUT_OF_SCOPE);
	assert_int_equal(api_meaning(40096)->absence, ABSENCE_OUT_OF_SCOPE);
	assert_int_equal(api_meaning(701008)->absence, ABSENCE_NO_LICENCE);
	assert_int_equal(api_meaning(84061)->absence, ABSENCE_NO_RELATION);
	assert_int_equal(api_meaning(84084)->absence, ABSENCE_NO_RELATION);
}

static void
test_unknown_codes_and_codes_of_token_calls(void **state)
{
	(void)state;
	assert_int_equal(api_meaning(123456)->reaction, API_OURS);
	assert_int_equal(api_meaning(-2147483647 - 1)->reaction, API_OURS);
	assert_int_equal(api_meaning(2147483647)->reaction, API_OURS);
	assert_non_null(strstr(api_meaning(123456)->meaning, "does not know"));
	assert_int_equal(api_meaning_in_call(40001, false, true)->reaction, API_CONFIG);
	assert_int_equal(api_meaning_in_call(40001, false, false)->reaction, API_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_answers),
		cmocka_unit_test(test_an_object_has_no_member_twice),
		cmocka_unit_test(test_what_is_not_json_is_refused),
		cmocka_unit_test(test_other_types_are_refused),
		cmocka_unit_test(test_some_calls_may_leave_the_code_out),
		cmocka_unit_test(test_a_nul_is_refused),
		cmocka_unit_test(test_depth_and_number_of_values_are_bounded),
		cmocka_unit_test(test_a_warning_beside_success_is_our_mistake),
		cmocka_unit_test(test_secrets_are_overwritten),
		cmocka_unit_test(test_every_code_of_the_protocol_has_its_reaction),
		cmocka_unit_test(test_absence_is_told_apart_from_deletion),
		cmocka_unit_test(test_unknown_codes_and_codes_of_token_calls),
	};

	return cmocka_run_group_tests_name("api_answer", tests, NULL, NULL);
}
