/* The list of group chats, and the map of user ids with its budget of errors. */
#include "api.h"

/* the linker wraps what is declared here; the bodies are in job_kit.h */
struct api_answer __wrap_api_call(struct api *api, enum api_name name, const char *corp, const char *query,
    struct json_object *body);
int64_t __wrap_api_now_us(const struct api *api);
void __wrap_api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n);
void __wrap_api_forget(struct api *api, const char *corp);
enum status __wrap_store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text,
    struct detail *why);
int __wrap_usleep(unsigned int us);

#include "job_kit.h"

static void
run(void)
{
	kit_run(job_chat_list, "chat_list", "", "{}", "[]");
}

static void
test_pages_become_parts(void **state)
{
	(void)state;
	kit_answer(API_GROUPCHAT_LIST,
	    "{\"group_chat_list\":[{\"chat_id\":\"a\",\"status\":0},{\"chat_id\":\"b\"}],\"next_cursor\":\"c\"}");
	kit_answer(API_GROUPCHAT_LIST, "{\"group_chat_list\":[{\"chat_id\":\"b\",\"status\":0}],\"next_cursor\":\"d\"}");
	kit_answer(API_GROUPCHAT_LIST, "{\"group_chat_list\":[{\"chat_id\":\"e\",\"status\":\"1\"}]}");
	run();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[1], "{\"status_filter\":0,\"cursor\":\"c\",\"limit\":1000}");
	assert_int_equal(kit.parts_n, 2);
	kit_check_equal(kit.parts[0],
	    "{\"begun_us\":1700000000000000,\"chats\":[{\"chat_id\":\"a\",\"status\":0},{\"chat_id\":\"b\",\"status\":null}]}");
	kit_check_equal(kit.parts[1], "{\"begun_us\":1700000000000002,\"chats\":[{\"chat_id\":\"e\",\"status\":1}]}");
	kit_check_equal(kit.result.data, "{\"begun_us\":1700000000000000,\"complete\":true,\"listed\":[\"a\",\"b\",\"e\"]}");
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
}

static void
test_too_many_members_are_named(void **state)
{
	static char owners[4000];
	int n = snprintf(owners, sizeof(owners), "{\"follow_user\":[");

	(void)state;
	for (int i = 0; i < 101; i++)
		n += snprintf(owners + n, sizeof(owners) - (size_t)n, "%s\"u%d\"", i == 0 ? "" : ",", i);
	snprintf(owners + n, sizeof(owners) - (size_t)n, "]}");
	kit_refuse(API_GROUPCHAT_LIST, 81017);
	kit_answer(API_GET_FOLLOW_USER_LIST, owners);
	kit_refuse(API_GROUPCHAT_LIST, 701008);
	kit_answer(API_GROUPCHAT_LIST, "{\"group_chat_list\":[{\"chat_id\":\"a\",\"status\":0}]}");
	run();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[3],
	    "{\"status_filter\":0,\"owner_filter\":{\"userid_list\":[\"u100\"]},\"cursor\":\"\",\"limit\":1000}");
	kit_check_data("listed", "[\"a\"]");
}

static void
test_nobody_has_a_licence(void **state)
{
	(void)state;
	kit_refuse(API_GROUPCHAT_LIST, 701008);
	run();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_null(kit.result.data);
	kit_refuse(API_GROUPCHAT_LIST, 81017);
	kit_refuse(API_GET_FOLLOW_USER_LIST, 701008);
	run();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_null(kit.result.data);
}

static void
test_failures_of_the_list(void **state)
{
	static const char *const texts[] = {"{}", "{\"group_chat_list\":null}", "{\"group_chat_list\":[null]}",
	    "{\"group_chat_list\":[{\"chat_id\":\"\"}]}", "{\"group_chat_list\":[],\"next_cursor\":1}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_GROUPCHAT_LIST, texts[i]);
		run();
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL || kit.result.begun_us != 0)
			fail_msg("%s was taken", texts[i]);
	}
	for (int i = 0; i < 3; i++)
		kit_refuse(API_GROUPCHAT_LIST, 50100);
	run();
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_refuse(API_GROUPCHAT_LIST, 81017);
	kit_outcome(API_GET_FOLLOW_USER_LIST, API_LATER);
	run();
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_null(kit.result.data);
	kit.parts_fail_at = 0;
	kit_answer(API_GROUPCHAT_LIST, "{\"group_chat_list\":[{\"chat_id\":\"a\"}]}");
	run();
	assert_int_equal(kit.result.outcome, JOB_LOST);
}

/* --- ids ---------------------------------------------------------------------------------------------------------- */

static void
run_ids(const char *state)
{
	kit_run(job_openid_map, "openid_map", "", state, "[]");
}

static void
test_ids_are_mapped(void **state)
{
	(void)state;
	kit_answer(API_USERID_TO_OPENUSERID,
	    "{\"open_userid_list\":[{\"userid\":\"a\",\"open_userid\":\"woA\"}],\"invalid_userid_list\":[\"b\"]}");
	run_ids("{\"wanted\":[\"a\",\"b\"],\"errors_today\":0,\"frozen_us\":null}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[0], "{\"userid_list\":[\"a\",\"b\"]}");
	kit_check_equal(kit.result.data, "{\"mapped\":[[\"a\",\"woA\"]],\"invalid\":[\"b\"],\"errors\":1,\"frozen_us\":null}");
}

/* 2023-11-14 22:13:20 UTC is the 15th in Shanghai; that day ends at 16:00 UTC of the 15th. */
#define DAY_END "1700064000000000"

static void
test_the_budget_bounds_what_is_asked(void **state)
{
	(void)state;
	kit.conf.openid_errors_per_day = 3;
	kit_answer(API_USERID_TO_OPENUSERID, "{\"open_userid_list\":[{\"userid\":\"a\",\"open_userid\":\"woA\"}],"
	    "\"invalid_userid_list\":[\"b\"]}");
	run_ids("{\"wanted\":[\"a\",\"b\",\"c\",\"d\"],\"errors_today\":1}");
	assert_string_equal(kit.bodies[0], "{\"userid_list\":[\"a\",\"b\"]}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_string_equal(kit.result.error, "");
	assert_int_equal(kit.result.due_us, KIT_NOW_US);
	/* what is left is used up: frozen until the day ends in Shanghai */
	kit_answer(API_USERID_TO_OPENUSERID, "{\"invalid_userid_list\":[\"c\"]}");
	run_ids("{\"wanted\":[\"c\",\"d\"],\"errors_today\":2}");
	assert_string_equal(kit.bodies[1], "{\"userid_list\":[\"c\"]}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_check_data("frozen_us", DAY_END);
	assert_int_equal(kit.result.due_us, strtoll(DAY_END, NULL, 10));
	run_ids("{\"wanted\":[\"d\"],\"errors_today\":3}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_check_data("frozen_us", DAY_END);
	run_ids("{\"wanted\":[\"d\"],\"errors_today\":0,\"frozen_us\":" DAY_END "}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_int_equal(kit.result.due_us, strtoll(DAY_END, NULL, 10));
	assert_null(kit.result.data);
}

/* Answers that got lost may have told of errors: each time half as much is risked, at the least one. */
static void
test_failures_risk_less_and_less(void **state)
{
	static const char wanted[] = "{\"wanted\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}";
	static const int asked_n[] = {8, 4, 2, 1, 1};

	(void)state;
	kit.conf.openid_errors_per_day = 8;
	for (int i = 0; i < 5; i++) {
		struct json_object *body;

		kit_outcome(API_USERID_TO_OPENUSERID, API_LATER);
		kit.job.attempts = i;
		run_ids(wanted);
		assert_int_equal(kit.result.outcome, JOB_LATER);
		body = json_tokener_parse(kit.bodies[i]);
		assert_int_equal(json_object_array_length(json_object_object_get(body, "userid_list")), asked_n[i]);
		json_object_put(body);
	}
}

static void
test_silence_about_some_is_told(void **state)
{
	(void)state;
	kit_answer(API_USERID_TO_OPENUSERID, "{\"open_userid_list\":[{\"userid\":\"a\",\"open_userid\":\"woA\"}]}");
	run_ids("{\"wanted\":[\"a\",\"b\"]}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_true(kit.result.error[0] != '\0');
	kit_check_data("mapped", "[[\"a\",\"woA\"]]");
}

static void
test_nothing_is_wanted(void **state)
{
	(void)state;
	run_ids("{\"wanted\":[]}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	run_ids("{}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	run_ids("{\"wanted\":[\"\"]}");
	assert_int_equal(kit.result.outcome, JOB_PARKED);
}

static void
test_malformed_maps(void **state)
{
	static const char *const texts[] = {"{}", "{\"open_userid_list\":7}", "{\"open_userid_list\":[null]}",
	    "{\"open_userid_list\":[{\"userid\":\"a\"}]}", "{\"open_userid_list\":[{\"userid\":\"z\",\"open_userid\":\"woZ\"}]}",
	    "{\"invalid_userid_list\":[\"z\"]}", "{\"invalid_userid_list\":[7]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_USERID_TO_OPENUSERID, texts[i]);
		run_ids("{\"wanted\":[\"a\"]}");
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL)
			fail_msg("%s was taken", texts[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KIT_TEST(test_pages_become_parts),
	    KIT_TEST(test_too_many_members_are_named),
	    KIT_TEST(test_nobody_has_a_licence),
	    KIT_TEST(test_failures_of_the_list),
	    KIT_TEST(test_ids_are_mapped),
	    KIT_TEST(test_the_budget_bounds_what_is_asked),
	    KIT_TEST(test_failures_risk_less_and_less),
	    KIT_TEST(test_silence_about_some_is_told),
	    KIT_TEST(test_nothing_is_wanted),
	    KIT_TEST(test_malformed_maps),
	};

	return cmocka_run_group_tests_name("job_list", tests, NULL, NULL);
}
