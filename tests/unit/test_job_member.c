/* Members: one, all by department, by tag, by their own authorisation. */
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

static char one[KIT_EVENT_BYTES], two[KIT_EVENT_BYTES], events[3 * KIT_EVENT_BYTES];

static void
run(const char *first, const char *second)
{
	snprintf(events, sizeof(events), "[%s%s%s]", first == NULL ? "" : first, second == NULL ? "" : ",",
	    second == NULL ? "" : second);
	kit_run(job_member, "member", "anna", "{}", events);
}

static void
test_every_field(void **state)
{
	static const char fields[] = "\"userid\":\"anna\",\"name\":\"anna\",\"department\":[1,2],\"order\":[4294967295,2],"
	    "\"position\":\"p\",\"mobile\":\"1\",\"email\":\"e\",\"biz_mail\":\"b\",\"is_leader_in_dept\":[1,0],"
	    "\"direct_leader\":[\"ben\"],\"avatar\":\"a\",\"thumb_avatar\":\"t\",\"telephone\":\"020\",\"alias\":\"x\","
	    "\"address\":\"y\",\"open_userid\":\"anna\",\"main_department\":1,"
	    "\"extattr\":{\"attrs\":[{\"type\":0,\"name\":\"n\",\"text\":{\"value\":\"v\"}}]},\"status\":1,\"qr_code\":\"q\","
	    "\"external_position\":\"ep\",\"external_profile\":{\"external_corp_name\":\"c\"}";
	static char answer[1200], wanted[1200];

	(void)state;
	snprintf(answer, sizeof(answer), "{\"errcode\":0,\"more\":[],\"gender\":\"1\",%s}", fields);
	snprintf(wanted, sizeof(wanted), "{\"gender\":1,%s}", fields);
	kit_answer(API_USER_GET, answer);
	run(kit_event(one, "e1", 10, "subscribe", "{\"FromUserName\":\"anna\"}"), NULL);
	assert_string_equal(kit.queries[0], "userid=anna");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	kit_check_data("found", wanted);
	kit_check_data("userid", "\"anna\"");
	kit_check_data("absence", "null");
	kit_check_data("begun_us", "1700000000000000");
}

static void
test_what_is_absent_stays_absent(void **state)
{
	(void)state;
	kit_answer(API_USER_GET, "{\"userid\":\"anna\",\"gender\":2,\"position\":null,\"alias\":\"\",\"status\":\"4\"}");
	run(NULL, NULL);
	kit_check_data("found", "{\"userid\":\"anna\",\"gender\":2,\"alias\":\"\",\"status\":4}");
}

static void
test_a_member_that_is_not_to_be_seen(void **state)
{
	(void)state;
	kit_refuse(API_USER_GET, 60111);
	run(kit_event(one, "e1", 10, "delete_user", "{\"UserID\":\"anna\"}"), NULL);
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	kit_check_data("found", "null");
	kit_check_data("absence", "\"out_of_scope\"");
}

static void
test_a_new_userid(void **state)
{
	(void)state;
	kit_refuse(API_USER_GET, 60111);
	run(kit_event(one, "e1", 10, "update_user", "{\"UserID\":\"anna\",\"NewUserID\":\"anna2\"}"),
	    kit_event(two, "e2", 9, "update_user", "{\"UserID\":\"anna\",\"NewUserID\":\"anna\"}"));
	kit_check_data("new_userid", "\"anna2\"");
	kit_check_equal(kit.result.raise, "[[\"member\",\"anna2\",1700000000000000,0]]");
	kit_check_settled(2);
	assert_int_equal(kit.saved_n, 1);
}

static void
test_malformed_answers(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"userid\":null}",
		"{\"userid\":\"ben\"}",
		"{\"userid\":\"anna\",\"department\":{}}",
		"{\"userid\":\"anna\",\"department\":[\"x\"]}",
		"{\"userid\":\"anna\",\"gender\":[]}",
		"{\"userid\":\"anna\",\"extattr\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_USER_GET, texts[i]);
		run(NULL, NULL);
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL || kit.result.begun_us != 0)
			fail_msg("%s was taken", texts[i]);
	}
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static void
run_list(const char *state)
{
	kit_run(job_member_list, "member_list", "", state, "[]");
}

#define TREE "{\"department_id\":[{\"id\":1,\"parentid\":0,\"order\":1},{\"id\":2,\"parentid\":1,\"order\":4294967295}," \
	"{\"id\":3,\"parentid\":2},{\"id\":4,\"parentid\":1}]}"

static void
test_departments_of_the_scope(void **state)
{
	(void)state;
	kit_answer(API_DEPARTMENT_SIMPLELIST, TREE);
	kit_answer(API_USER_LIST, "{\"userlist\":[{\"userid\":\"anna\",\"department\":[2,3]},{\"userid\":\"ben\"}]}");
	kit_answer(API_USER_LIST, "{\"userlist\":[{\"userid\":\"anna\",\"department\":[2,3]}]}");
	run_list("{\"auth_mode\":0,\"scope\":{\"allow_party\":[2],\"allow_user\":[\"carl\",\"ben\"]}}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.queries[1], "department_id=2");
	assert_string_equal(kit.queries[2], "department_id=3");
	assert_int_equal(kit.parts_n, 2);
	kit_check_equal(json_object_object_get(kit.parts[0], "departments"), "[{\"id\":1,\"parentid\":0,\"order\":1,\"name\":null},"
	    "{\"id\":2,\"parentid\":1,\"order\":4294967295,\"name\":null},{\"id\":3,\"parentid\":2,\"order\":null,\"name\":null},"
	    "{\"id\":4,\"parentid\":1,\"order\":null,\"name\":null}]");
	kit_check_equal(json_object_object_get(kit.parts[1], "users"),
	    "[{\"userid\":\"anna\",\"department\":[2,3]},{\"userid\":\"ben\"}]");
	kit_check_equal(kit.result.data, "{\"complete\":true,\"begun_us\":1700000000000000,\"listed\":[\"carl\",\"ben\",\"anna\"],"
	    "\"departments\":[1,2,3,4]}");
	kit_check_equal(kit.result.raise, "[[\"member\",\"carl\",1700000000000000,1]]");
}

static void
test_a_department_that_is_too_large(void **state)
{
	(void)state;
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":7,\"parentid\":5}]}");
	kit_refuse(API_USER_LIST, 45029);
	kit_answer(API_USER_SIMPLELIST, "{\"userlist\":[{\"userid\":\"anna\",\"name\":\"anna\"}]}");
	run_list("{}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.queries[2], "department_id=7");
	assert_int_equal(kit.parts_n, 1);
	kit_check_data("listed", "[\"anna\"]");
	kit_check_equal(kit.result.raise, "[[\"member\",\"anna\",1700000000000000,1]]");
}

static void
test_a_tag_of_the_scope(void **state)
{
	(void)state;
	kit_answer(API_TAG_GET, "{\"userlist\":[{\"userid\":\"anna\",\"name\":\"anna\"}],\"partylist\":[3]}");
	kit_refuse(API_TAG_GET, 60011);
	kit_answer(API_DEPARTMENT_SIMPLELIST, TREE);
	kit_answer(API_USER_LIST, "{\"userlist\":[]}");
	run_list("{\"scope\":{\"allow_tag\":[12,13],\"allow_user\":[]}}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.queries[0], "tagid=12");
	assert_string_equal(kit.queries[3], "department_id=3");
	kit_check_data("listed", "[\"anna\"]");
}

static void
test_departments_that_go_round_in_circles(void **state)
{
	(void)state;
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":1,\"parentid\":2},{\"id\":2,\"parentid\":1}]}");
	run_list("{\"scope\":{\"allow_party\":[9]}}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_data("listed", "[]");
}

static void
test_what_may_not_be_listed_is_left_out(void **state)
{
	(void)state;
	kit_refuse(API_DEPARTMENT_SIMPLELIST, 60011);
	run_list("{\"scope\":{\"allow_user\":[\"anna\"]}}");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_data("listed", "[\"anna\"]");
	kit_check_data("departments", "null");
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":1},{\"id\":2}]}");
	kit_refuse(API_USER_LIST, 60003);
	kit_answer(API_USER_LIST, "{\"userlist\":[{\"userid\":\"anna\"}]}");
	run_list("{}");
	kit_check_data("listed", "[\"anna\"]");
}

static void
test_after_an_event_only_the_store_raises(void **state)
{
	(void)state;
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[]}");
	snprintf(events, sizeof(events), "[%s]", kit_event(one, "e1", 10, "create_party", "{\"Id\":\"2\"}"));
	kit_run(job_member_list, "member_list", "", "{\"scope\":{\"allow_user\":[\"anna\"]}}", events);
	kit_check_settled(1);
	kit_check_data("listed", "[\"anna\"]");
	kit_check_data("departments", "[]");
	assert_null(kit.result.raise);
}

static void
test_members_who_authorised_themselves(void **state)
{
	(void)state;
	kit_answer(API_USER_LIST_MEMBER_AUTH, "{\"member_auth_list\":[{\"open_userid\":\"anna\"}],\"next_cursor\":\"c\"}");
	kit_answer(API_USER_LIST_MEMBER_AUTH, "{\"member_auth_list\":[{\"open_userid\":\"ben\"}],\"next_cursor\":\"\"}");
	run_list("{\"auth_mode\":1}");
	assert_string_equal(kit.bodies[1], "{\"cursor\":\"c\",\"limit\":1000}");
	kit_check_data("listed", "[\"anna\",\"ben\"]");
	kit_check_data("departments", "null");
	assert_int_equal(kit.parts_n, 0);
	kit_refuse(API_USER_LIST_MEMBER_AUTH, 60011);
	run_list("{\"auth_mode\":1}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_check_equal(kit.result.raise, "[[\"corp\",\"\",1700000000000000,0]]");
}

static void
test_failures_in_the_middle(void **state)
{
	(void)state;
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":1}]}");
	kit_outcome(API_USER_LIST, API_LATER);
	run_list("{}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_null(kit.result.data);
	kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":1}]}");
	kit.parts_fail_at = kit.parts_n;
	run_list("{}");
	assert_int_equal(kit.result.outcome, JOB_LOST);
}

static void
test_malformed_lists(void **state)
{
	static const char *const texts[] = {"{}", "{\"department_id\":null}", "{\"department_id\":[null]}",
	    "{\"department_id\":[{}]}", "{\"department_id\":[{\"id\":\"x\"}]}", "{\"department_id\":[{\"id\":1,\"parentid\":[]}]}"};
	static const char *const users[] = {"{}", "{\"userlist\":7}", "{\"userlist\":[null]}", "{\"userlist\":[{\"userid\":\"\"}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_DEPARTMENT_SIMPLELIST, texts[i]);
		run_list("{}");
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL)
			fail_msg("%s was taken", texts[i]);
	}
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		kit_answer(API_DEPARTMENT_SIMPLELIST, "{\"department_id\":[{\"id\":1}]}");
		kit_answer(API_USER_LIST, users[i]);
		run_list("{}");
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL)
			fail_msg("%s was taken", users[i]);
	}
	kit_answer(API_TAG_GET, "{\"userlist\":[],\"partylist\":[null]}");
	run_list("{\"scope\":{\"allow_tag\":[1]}}");
	assert_int_equal(kit.result.outcome, JOB_LATER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KIT_TEST(test_every_field),
	    KIT_TEST(test_what_is_absent_stays_absent),
	    KIT_TEST(test_a_member_that_is_not_to_be_seen),
	    KIT_TEST(test_a_new_userid),
	    KIT_TEST(test_malformed_answers),
	    KIT_TEST(test_departments_of_the_scope),
	    KIT_TEST(test_a_department_that_is_too_large),
	    KIT_TEST(test_a_tag_of_the_scope),
	    KIT_TEST(test_departments_that_go_round_in_circles),
	    KIT_TEST(test_what_may_not_be_listed_is_left_out),
	    KIT_TEST(test_after_an_event_only_the_store_raises),
	    KIT_TEST(test_members_who_authorised_themselves),
	    KIT_TEST(test_failures_in_the_middle),
	    KIT_TEST(test_malformed_lists),
	};

	return cmocka_run_group_tests_name("job_member", tests, NULL, NULL);
}
