/* Tags: deletions without a call, one tag, one group, all, and answers that are not as they must be. */
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
run(const char *target, const char *first, const char *second)
{
	snprintf(events, sizeof(events), "[%s%s%s]", first == NULL ? "" : first, second == NULL ? "" : ",",
	    second == NULL ? "" : second);
	kit_run(job_tag, "tag", target, "{}", events);
}

static void
test_a_deletion_needs_no_call(void **state)
{
	(void)state;
	run("group:g1", kit_event(one, "e1", 100, "update", "{\"Id\":\"g1\",\"TagType\":\"tag_group\"}"),
	    kit_event(two, "e2", 100, "delete", "{\"Id\":\"g1\",\"TagType\":\"tag_group\"}"));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(2);
	kit_check_equal(kit.result.data, "{\"begun_us\":null,\"groups\":null,\"gone\":false,\"scope\":\"group\",\"id\":\"g1\","
	    "\"marks\":[{\"type\":\"tag_group\",\"id\":\"g1\",\"at_us\":1699999900000000}]}");
	run("tag:t1", kit_event(one, "e1", 7, "delete", "{\"Id\":\"t1\",\"TagType\":\"tag\"}"), NULL);
	kit_check_data("marks", "[{\"type\":\"tag\",\"id\":\"t1\",\"at_us\":1699999993000000}]");
}

static void
test_what_comes_after_a_deletion_is_looked_at(void **state)
{
	(void)state;
	kit_answer(API_GET_CORP_TAG_LIST, "{\"tag_group\":[{\"group_id\":\"g\",\"tag\":[{\"id\":\"t1\",\"deleted\":true}]}]}");
	run("tag:t1", kit_event(one, "e1", 100, "delete", "{\"Id\":\"t1\",\"TagType\":\"tag\"}"),
	    kit_event(two, "e2", 99, "update", "{\"Id\":\"t1\",\"TagType\":\"tag\"}"));
	kit_check_settled(2);
	kit_check_data("marks", "[{\"type\":\"tag\",\"id\":\"t1\",\"at_us\":1699999900000000}]");
	kit_check_data("groups", "[{\"group_id\":\"g\",\"group_name\":null,\"create_us\":null,\"order\":null,\"deleted\":null,"
	    "\"tags\":[{\"id\":\"t1\",\"name\":null,\"create_us\":null,\"order\":null,\"deleted\":true}]}]");
}

static void
test_a_deletion_of_nobody_knows_what(void **state)
{
	(void)state;
	kit_answer(API_GET_CORP_TAG_LIST, "{\"tag_group\":[]}");
	run("", kit_event(one, "e1", 100, "delete", "{\"Id\":\"x\"}"), NULL);
	kit_check_settled(1);
	kit_check_data("scope", "\"all\"");
	kit_check_data("groups", "[]");
	kit_check_data("marks", "[]");
}

static void
test_scopes(void **state)
{
	static const char answer[] = "{\"tag_group\":[{\"group_id\":\"g1\",\"group_name\":\"n\",\"create_time\":1600000000,"
	    "\"order\":4294967295,\"tag\":[{\"id\":\"t1\",\"name\":\"m\",\"create_time\":\"1600000001\",\"order\":\"7\","
	    "\"deleted\":false}]}]}";

	(void)state;
	kit_answer(API_GET_CORP_TAG_LIST, answer);
	run("", kit_event(one, "e1", 10, "shuffle", "{}"), NULL);
	assert_string_equal(kit.bodies[0], "{}");
	kit_check_equal(kit.result.data, "{\"begun_us\":1700000000000000,\"scope\":\"all\",\"id\":\"\",\"gone\":false,\"marks\":[],"
	    "\"groups\":[{\"group_id\":\"g1\",\"group_name\":\"n\",\"create_us\":1600000000000000,\"order\":4294967295,"
	    "\"deleted\":null,\"tags\":[{\"id\":\"t1\",\"name\":\"m\",\"create_us\":1600000001000000,\"order\":7,"
	    "\"deleted\":false}]}]}");
	kit_answer(API_GET_CORP_TAG_LIST, answer);
	run("group:g1", kit_event(one, "e1", 10, "shuffle", "{\"Id\":\"g1\"}"), NULL);
	assert_string_equal(kit.bodies[1], "{\"group_id\":[\"g1\"]}");
	kit_check_settled(1);
	kit_answer(API_GET_CORP_TAG_LIST, answer);
	run("tag:t1", kit_event(one, "e1", 10, "create", "{\"Id\":\"t1\",\"TagType\":\"tag\"}"), NULL);
	assert_string_equal(kit.bodies[2], "{\"tag_id\":[\"t1\"]}");
	kit_check_data("scope", "\"tag\"");
	kit_check_data("id", "\"t1\"");
	assert_null(kit.result.raise);
}

static void
test_an_unknown_tag_is_gone_and_all_are_read(void **state)
{
	(void)state;
	kit_refuse(API_GET_CORP_TAG_LIST, 40068);
	run("tag:t1", kit_event(one, "e1", 10, "update", "{\"Id\":\"t1\",\"TagType\":\"tag\"}"), NULL);
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	kit_check_data("gone", "true");
	kit_check_data("groups", "null");
	kit_check_equal(kit.result.raise, "[[\"tag\",\"\",1700000000000000,0]]");
	/* an empty answer is no proof by itself */
	kit_answer(API_GET_CORP_TAG_LIST, "{\"tag_group\":[]}");
	run("group:g1", NULL, NULL);
	kit_check_data("gone", "false");
	kit_check_equal(kit.result.raise, "[[\"tag\",\"\",1700000000000000,0]]");
}

static void
test_an_error_says_nothing_of_tags(void **state)
{
	(void)state;
	kit_refuse(API_GET_CORP_TAG_LIST, 48002);
	run("", NULL, NULL);
	assert_int_equal(kit.result.outcome, JOB_PARKED);
	assert_null(kit.result.data);
	kit_refuse(API_GET_CORP_TAG_LIST, 60011);
	run("", NULL, NULL);
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_null(kit.result.data);
	kit_check_equal(kit.result.raise, "[[\"corp\",\"\",1700000000000000,0]]");
}

static void
test_malformed_answers(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"tag_group\":null}",
		"{\"tag_group\":{}}",
		"{\"tag_group\":[null]}",
		"{\"tag_group\":[{\"group_id\":\"g\"}]}",
		"{\"tag_group\":[{\"group_id\":\"g\",\"tag\":null}]}",
		"{\"tag_group\":[{\"group_id\":7,\"tag\":[]}]}",
		"{\"tag_group\":[{\"group_id\":\"g\",\"tag\":[{}]}]}",
		"{\"tag_group\":[{\"group_id\":\"g\",\"tag\":[{\"id\":\"t\",\"order\":4294967296}]}]}",
		"{\"tag_group\":[{\"group_id\":\"g\",\"tag\":[{\"id\":\"t\",\"order\":-1}]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_GET_CORP_TAG_LIST, texts[i]);
		run("", NULL, NULL);
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL || kit.result.begun_us != 0)
			fail_msg("%s was taken", texts[i]);
	}
}

/* Ten thousand are taken, one more is told and not stored. */
static void
test_how_many(void **state)
{
	static char text[700000];

	(void)state;
	for (int more = 0; more < 2; more++) {
		int n = snprintf(text, sizeof(text), "{\"tag_group\":[{\"group_id\":\"a\",\"tag\":[");

		for (int i = 0; i < 9999; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"id\":\"t%d\",\"order\":4294967295}", i == 0 ? "" : ",", i);
		n += snprintf(text + n, sizeof(text) - (size_t)n, "]},{\"group_id\":\"b\",\"tag\":[{\"id\":\"x\"}");
		snprintf(text + n, sizeof(text) - (size_t)n, "%s]}]}", more == 1 ? ",{\"id\":\"y\"}" : "");
		kit_answer(API_GET_CORP_TAG_LIST, text);
		run("", NULL, NULL);
		assert_int_equal(kit.result.outcome, more == 1 ? JOB_LATER : JOB_DONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KIT_TEST(test_a_deletion_needs_no_call),
	    KIT_TEST(test_what_comes_after_a_deletion_is_looked_at),
	    KIT_TEST(test_a_deletion_of_nobody_knows_what),
	    KIT_TEST(test_scopes),
	    KIT_TEST(test_an_unknown_tag_is_gone_and_all_are_read),
	    KIT_TEST(test_an_error_says_nothing_of_tags),
	    KIT_TEST(test_malformed_answers),
	    KIT_TEST(test_how_many),
	};

	return cmocka_run_group_tests_name("job_tag", tests, NULL, NULL);
}
