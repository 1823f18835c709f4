/* Customers: which events are marks, what is pulled, pages, absences, and the listing of one member. */
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

#define ANNA "\"UserID\":\"anna\",\"ExternalUserID\":\"wmX\""
#define CONTACT "\"external_contact\":{\"external_userid\":\"wmX\",\"name\":\"Li\",\"type\":1,\"gender\":0}"
#define NOT_MORE "\"add_way\":null,\"oper_userid\":null,\"state\":null,\"remark_corp_name\":null,\"wechat_channels\":null"
#define ANNA_DATA "{\"userid\":\"anna\",\"remark\":\"r\",\"description\":null,\"create_us\":1600000000000000," NOT_MORE \
	",\"tags\":[\"t1\"]}"
#define ANNA_FOLLOWS "{\"userid\":\"anna\",\"remark\":\"r\",\"createtime\":1600000000," \
	"\"tags\":[{\"tag_id\":\"t1\",\"type\":1},{\"tag_name\":\"own\",\"type\":2}]}"
#define BEN_FOLLOWS "{\"userid\":\"ben\"}"

static char one[KIT_EVENT_BYTES], two[KIT_EVENT_BYTES], events[3 * KIT_EVENT_BYTES];

static void
run(const char *state, const char *event_list)
{
	kit_run(job_customer, "customer", "wmX", state, event_list);
}

static const char *
list_of(const char *first, const char *second)
{
	snprintf(events, sizeof(events), "[%s%s%s]", first, second == NULL ? "" : ",", second == NULL ? "" : second);
	return events;
}

static void
test_a_deletion_needs_no_call(void **state)
{
	(void)state;
	run("{}", list_of(kit_event(one, "e1", 100, "del_follow_user", "{" ANNA "}"),
	    kit_event(two, "e2", 90, "del_external_contact", "{" ANNA ",\"Source\":\"DELETE_BY_TRANSFER\"}")));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(2);
	kit_check_data("follow_user", "null");
	kit_check_data("external_contact", "null");
	kit_check_data("begun_us", "null");
	kit_check_data("marks", "[{\"userid\":\"anna\",\"mark\":\"deleted_by_customer\",\"at_us\":1699999900000000,"
	    "\"state\":null,\"reason\":null,\"event_id\":\"e1\"},{\"userid\":\"anna\",\"mark\":\"transferred\","
	    "\"at_us\":1699999910000000,\"state\":null,\"reason\":null,\"event_id\":\"e2\"}]");
	assert_int_equal(kit.result.begun_us, 0);
	assert_int_equal(kit.saved_n, 2);
}

static void
test_a_failed_transfer_keeps_its_reason(void **state)
{
	(void)state;
	run("{}", list_of(kit_event(one, "e1", 5, "transfer_fail", "{" ANNA ",\"FailReason\":\"customer_refused\"}"), NULL));
	kit_check_settled(1);
	kit_check_data("marks", "[{\"userid\":\"anna\",\"mark\":\"transfer_fail\",\"at_us\":1699999995000000,\"state\":null,"
	    "\"reason\":\"customer_refused\",\"event_id\":\"e1\"}]");
}

static void
test_an_addition_is_a_mark_and_a_pull(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" ANNA_FOLLOWS "],\"next_cursor\":\"\"}");
	run("{}", list_of(kit_event(one, "e1", 10, "add_half_external_contact", "{" ANNA ",\"State\":\"s\"}"),
	    kit_event(two, "e2", 9, "add_external_contact", "{" ANNA "}")));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.queries[0], "external_userid=wmX");
	kit_check_settled(2);
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
	kit_check_data("begun_us", "1700000000000000");
	kit_check_data("absence", "null");
	kit_check_data("follow_user", "[" ANNA_DATA "]");
	kit_check_data("external_contact", "{\"external_userid\":\"wmX\",\"name\":\"Li\",\"type\":1,\"corp_name\":null,"
	    "\"position\":null,\"gender\":0,\"corp_full_name\":null,\"external_profile\":null}");
	kit_check_data("marks", "[{\"userid\":\"anna\",\"mark\":\"half\",\"at_us\":1699999990000000,\"state\":\"s\","
	    "\"reason\":null,\"event_id\":\"e1\"},{\"userid\":\"anna\",\"mark\":\"added\",\"at_us\":1699999991000000,"
	    "\"state\":null,\"reason\":null,\"event_id\":\"e2\"}]");
	assert_int_equal(kit_count("pull_saved"), 1);
}

static void
test_what_a_pull_covers_costs_none(void **state)
{
	char seen[64];

	(void)state;
	kit_event(one, "e1", 10, "edit_external_contact", "{" ANNA "}");
	/* due at -7 s: a pull at that very moment does not cover it, one later does */
	snprintf(seen, sizeof(seen), "{\"seen_us\":%lld}", (long long)KIT_NOW_US - 6999999);
	run(seen, list_of(one, NULL));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	assert_null(kit.result.data);
	assert_int_equal(kit_count("pull_saved"), 1);
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[]}");
	snprintf(seen, sizeof(seen), "{\"seen_us\":%lld}", (long long)KIT_NOW_US - 7000000);
	run(seen, list_of(one, NULL));
	kit_check_settled(1);
	assert_int_equal(kit_count("pull_saved"), 0);
}

static void
test_a_reconcile_pulls_what_is_covered(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[]}");
	kit.job.is_reconcile = true;
	run("{\"seen_us\":1699999999999999}", list_of(kit_event(one, "e1", 10, "edit_external_contact", "{" ANNA "}"), NULL));
	kit_check_settled(1);
	kit_check_data("follow_user", "[]");
}

static void
test_what_was_asked_for_is_pulled_whatever_its_events_say(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[]}");
	kit.job.is_asked = true;
	run("{\"seen_us\":1699999999999999}", list_of(kit_event(one, "e1", 10, "edit_external_contact", "{" ANNA "}"),
	    kit_event(two, "e2", 9, "del_follow_user", "{" ANNA "}")));
	kit_check_settled(2);
	kit_check_data("follow_user", "[]");
}

static void
test_without_events_it_pulls(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" BEN_FOLLOWS "]}");
	run("{\"seen_us\":1699999999999999}", "[]");
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
}

static void
test_a_burst_waits_for_its_end(void **state)
{
	(void)state;
	/* due a second ago, and in a second: one pull for both */
	run("{}", list_of(kit_event(one, "e1", 4, "edit_external_contact", "{" ANNA "}"),
	    kit_event(two, "e2", 2, "edit_external_contact", "{" ANNA "}")));
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_string_equal(kit.result.error, "");
	assert_int_equal(kit.result.due_us, KIT_NOW_US + 1000001);
	kit_check_settled(0);
	/* four seconds apart: no waiting, the second one has its own */
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[]}");
	run("{}", list_of(kit_event(one, "e1", 6, "edit_external_contact", "{" ANNA "}"),
	    kit_event(two, "e2", 2, "edit_external_contact", "{" ANNA "}")));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
}

static void
test_a_burst_that_waits_keeps_its_marks(void **state)
{
	(void)state;
	run("{}", list_of(kit_event(one, "e1", 3, "del_follow_user", "{" ANNA "}"),
	    kit_event(two, "e2", 1, "add_external_contact", "{" ANNA "}")));
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_check_settled(1);
	assert_int_equal(json_object_array_length(json_object_object_get(kit.result.data, "marks")), 2);
}

static void
test_all_pages(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" ANNA_FOLLOWS "],\"next_cursor\":\"a b\"}");
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" BEN_FOLLOWS "]}");
	run("{}", "[]");
	assert_string_equal(kit.queries[1], "external_userid=wmX&cursor=a%20b");
	assert_int_equal(json_object_array_length(json_object_object_get(kit.result.data, "follow_user")), 2);
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
}

static void
test_a_cursor_that_comes_back(void **state)
{
	(void)state;
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[],\"next_cursor\":\"a\"}");
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[],\"next_cursor\":\"b\"}");
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[],\"next_cursor\":\"a\"}");
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_non_null(strstr(kit.result.error, "round in circles"));
	assert_null(kit.result.data);
	assert_int_equal(kit.result.begun_us, 0);
}

static void
test_a_listing_without_end(void **state)
{
	static char pages[50][200];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(pages[i], sizeof(pages[i]), "{" CONTACT ",\"follow_user\":[],\"next_cursor\":\"c%d\"}", i);
		kit_answer(API_EXTERNALCONTACT_GET, pages[i]);
	}
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_non_null(strstr(kit.result.error, "did not end"));
}

static void
test_an_expired_cursor_begins_again_twice(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" ANNA_FOLLOWS "],\"next_cursor\":\"a\"}");
		kit_refuse(API_EXTERNALCONTACT_GET, 50100);
	}
	kit_answer(API_EXTERNALCONTACT_GET, "{" CONTACT ",\"follow_user\":[" ANNA_FOLLOWS "]}");
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.queries[2], "external_userid=wmX");
	assert_int_equal(json_object_array_length(json_object_object_get(kit.result.data, "follow_user")), 1);
	assert_int_equal(kit.result.begun_us, KIT_NOW_US + 4);
	kit.calls_n = kit.answers_n = 0;
	for (int i = 0; i < 3; i++)
		kit_refuse(API_EXTERNALCONTACT_GET, 50100);
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_non_null(strstr(kit.result.error, "expired"));
}

static void
test_absences(void **state)
{
	static const struct {
		int code;
		const char *absence;
	} cases[] = {{84061, "\"no_relation\""}, {84084, "\"no_relation\""}, {40096, "\"out_of_scope\""},
	    {60111, "\"out_of_scope\""}, {701008, "\"no_licence\""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kit_refuse(API_EXTERNALCONTACT_GET, cases[i].code);
		run("{}", list_of(kit_event(one, "e1", 10, "edit_external_contact", "{" ANNA "}"), NULL));
		assert_int_equal(kit.result.outcome, JOB_DONE);
		kit_check_settled(1);
		kit_check_data("absence", cases[i].absence);
		kit_check_data("follow_user", "null");
		assert_int_equal(kit.result.begun_us, KIT_NOW_US + (int64_t)i);
	}
}

static void
test_what_is_not_an_answer(void **state)
{
	(void)state;
	kit_event(one, "e1", 10, "add_external_contact", "{" ANNA "}");
	kit_outcome(API_EXTERNALCONTACT_GET, API_LATER);
	run("{}", list_of(one, NULL));
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_int_equal(kit.result.due_us, KIT_NOW_US + 5000000);
	assert_string_equal(kit.result.error, "the reason");
	kit_check_settled(0);
	kit_check_data("begun_us", "null");
	assert_int_equal(json_object_array_length(json_object_object_get(kit.result.data, "marks")), 1);
	kit_outcome(API_EXTERNALCONTACT_GET, API_STOPPED);
	run("{}", list_of(one, NULL));
	assert_int_equal(kit.result.outcome, JOB_LOST);
	kit_refuse(API_EXTERNALCONTACT_GET, 48002);
	run("{}", list_of(one, NULL));
	assert_int_equal(kit.result.outcome, JOB_PARKED);
	assert_non_null(strstr(kit.result.error, "48002"));
	assert_non_null(strstr(kit.result.error, "unpark"));
	kit_refuse(API_EXTERNALCONTACT_GET, 424242);
	run("{}", list_of(one, NULL));
	assert_int_equal(kit.result.outcome, JOB_PARKED);
	assert_non_null(strstr(kit.result.error, "424242"));
}

static void
test_a_lost_authorisation_suspends_the_corp(void **state)
{
	(void)state;
	kit_refuse(API_EXTERNALCONTACT_GET, 48004);
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_int_equal(kit.stores_n, 1);
	assert_string_equal(kit.store_values[0][0], KIT_CORP);
	assert_non_null(strstr(kit.store_values[0][1], "48004"));
	kit_check_equal(kit.result.raise, "[[\"corp\",\"\",1700000060000000,0]]");
	kit.store_answers[1] = ST_BUSY;
	kit_refuse(API_EXTERNALCONTACT_GET, 48004);
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_int_equal(kit.result.due_us, 0);
}

static void
test_malformed_answers(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{" CONTACT "}",
		"{" CONTACT ",\"follow_user\":null}",
		"{" CONTACT ",\"follow_user\":{}}",
		"{" CONTACT ",\"follow_user\":[null]}",
		"{" CONTACT ",\"follow_user\":[{}]}",
		"{" CONTACT ",\"follow_user\":[{\"userid\":\"a\",\"tags\":[\"t\"]}]}",
		"{" CONTACT ",\"follow_user\":[{\"userid\":\"a\",\"tags\":[{\"tag_id\":7}]}]}",
		"{" CONTACT ",\"follow_user\":[{\"userid\":\"a\",\"remark\":[]}]}",
		"{" CONTACT ",\"follow_user\":[],\"next_cursor\":5}",
		"{\"external_contact\":[],\"follow_user\":[]}",
		"{\"external_contact\":null,\"follow_user\":[]}",
		"{\"external_contact\":{\"external_userid\":\"wmOther\"},\"follow_user\":[]}",
		"{\"external_contact\":{\"external_userid\":\"wmX\",\"name\":7},\"follow_user\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_EXTERNALCONTACT_GET, texts[i]);
		kit.job.attempts = 3;
		run("{}", "[]");
		if (kit.result.outcome != JOB_LATER || kit.result.due_us != 0 || kit.result.data != NULL ||
		    kit.result.begun_us != 0 || kit.result.error[0] == '\0')
			fail_msg("%s was taken", texts[i]);
	}
	kit_answer(API_EXTERNALCONTACT_GET, texts[0]);
	kit.job.attempts = 7;
	run("{}", "[]");
	assert_int_equal(kit.result.outcome, JOB_PARKED);
}

/* What goes to the database is whole characters, whatever was cut or sent. */
static void
test_sentences_are_text(void **state)
{
	static const struct {
		const char *given;
		const char *wanted;
	} cases[] = {
		{"plain", "plain"},
		{"\xe5\xbe\x85\xf0\x9f\x98\x80\xc3\xa9", "\xe5\xbe\x85\xf0\x9f\x98\x80\xc3\xa9"},
		{"cut \xe5\xbe", "cut ?" "?"},
		{"cut \xf0\x9f\x98", "cut ?" "?" "?"},
		{"\xff\xc0\x80\xed\xa0\x80", "?" "?" "?" "?" "?" "?"},
		{"\xe0\x80\x80\xf0\x80\x80\x80\xf4\x90\x80\x80", "?" "?" "?" "?" "?" "?" "?" "?" "?" "?" "?"},
		{"a\nb\x7f", "a?b?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		job_later(&kit.result, 1, "%s", cases[i].given);
		assert_string_equal(kit.result.error, cases[i].wanted);
		job_park(&kit.result, "%s", cases[i].given);
		assert_string_equal(kit.result.error, cases[i].wanted);
	}
}

static void
test_a_thousand_followers(void **state)
{
	static char text[120000];
	int n = snprintf(text, sizeof(text), "{" CONTACT ",\"follow_user\":[");

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"userid\":\"u%d\",\"remark\":\"\"}", i == 0 ? "" : ",", i);
	snprintf(text + n, sizeof(text) - (size_t)n, "]}");
	kit_answer(API_EXTERNALCONTACT_GET, text);
	run("{}", "[]");
	assert_int_equal(json_object_array_length(json_object_object_get(kit.result.data, "follow_user")), 1000);
}

/* --- the listing -------------------------------------------------------------------------------------------------- */

#define PAIR(id) "{\"external_contact\":{\"external_userid\":\"" id "\"},\"follow_info\":{\"userid\":\"anna\",\"tag_id\":[\"t1\"]}}"

static void
run_list(const char *target)
{
	kit_run(job_customer_list, "customer_list", target, "{}", "[]");
}

static void
test_every_follower_is_raised(void **state)
{
	(void)state;
	kit_answer(API_GET_FOLLOW_USER_LIST, "{\"follow_user\":[\"anna\",\"ben\"]}");
	run_list("");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_equal(kit.result.raise, "[[\"customer_list\",\"anna\",1700000000000000,1],"
	    "[\"customer_list\",\"ben\",1700000000000000,1]]");
	kit_answer(API_GET_FOLLOW_USER_LIST, "{\"follow_user\":[\"anna\",7]}");
	run_list("");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_null(kit.result.raise);
	kit_answer(API_GET_FOLLOW_USER_LIST, "{}");
	run_list("");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_refuse(API_GET_FOLLOW_USER_LIST, 701008);
	run_list("");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_null(kit.result.raise);
}

static void
test_a_members_customers_in_parts(void **state)
{
	(void)state;
	kit_answer(API_BATCH_GET_BY_USER, "{\"external_contact_list\":[" PAIR("wmX") "," PAIR("wmY") "],\"next_cursor\":\"c\"}");
	kit_answer(API_BATCH_GET_BY_USER, "{\"external_contact_list\":[],\"next_cursor\":\"d\"}");
	kit_answer(API_BATCH_GET_BY_USER, "{\"external_contact_list\":[" PAIR("wmY") "," PAIR("wmZ") "]}");
	run_list("anna");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[0], "{\"userid_list\":[\"anna\"],\"cursor\":\"\",\"limit\":100}");
	assert_string_equal(kit.bodies[1], "{\"userid_list\":[\"anna\"],\"cursor\":\"c\",\"limit\":100}");
	assert_int_equal(kit.parts_n, 2);
	assert_int_equal(json_object_array_length(json_object_object_get(kit.parts[0], "pairs")), 2);
	kit_check_equal(json_object_object_get(kit.parts[1], "pairs"), "[{\"external_contact\":{\"external_userid\":\"wmZ\","
	    "\"name\":null,\"type\":null,\"corp_name\":null,\"position\":null,\"gender\":null,\"corp_full_name\":null,"
	    "\"external_profile\":null},\"follow_user\":{\"userid\":\"anna\",\"remark\":null,\"description\":null,"
	    "\"create_us\":null," NOT_MORE ",\"tags\":[\"t1\"]}}]");
	kit_check_equal(kit.result.data, "{\"userid\":\"anna\",\"begun_us\":1700000000000000,\"complete\":true,"
	    "\"seen\":[\"wmX\",\"wmY\",\"wmZ\"],\"unlicensed\":false}");
}

static void
test_a_member_without_customers_proves_it(void **state)
{
	(void)state;
	kit_refuse(API_BATCH_GET_BY_USER, 84061);
	run_list("anna");
	kit_check_equal(kit.result.data, "{\"userid\":\"anna\",\"begun_us\":1700000000000000,\"complete\":true,\"seen\":[],"
	    "\"unlicensed\":false}");
	/* in the middle of a listing it proves nothing */
	kit_answer(API_BATCH_GET_BY_USER, "{\"external_contact_list\":[" PAIR("wmX") "],\"next_cursor\":\"c\"}");
	kit_refuse(API_BATCH_GET_BY_USER, 84061);
	run_list("anna");
	assert_null(kit.result.data);
	assert_int_equal(kit.result.begun_us, 0);
}

static void
test_no_licence_is_no_deletion(void **state)
{
	(void)state;
	kit_answer(API_BATCH_GET_BY_USER,
	    "{\"external_contact_list\":[],\"fail_info\":{\"unlicensed_userid_list\":[\"anna\"]}}");
	run_list("anna");
	kit_check_data("unlicensed", "true");
	kit_answer(API_BATCH_GET_BY_USER, "{\"fail_info\":{\"unlicensed_userid_list\":[\"anna\"]}}");
	run_list("anna");
	kit_check_data("unlicensed", "true");
	kit_refuse(API_BATCH_GET_BY_USER, 701008);
	run_list("anna");
	kit_check_data("unlicensed", "true");
	kit_refuse(API_BATCH_GET_BY_USER, 60111);
	run_list("anna");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_null(kit.result.data);
}

static void
test_a_lost_lease_ends_the_listing(void **state)
{
	(void)state;
	kit.parts_fail_at = 0;
	kit_answer(API_BATCH_GET_BY_USER, "{\"external_contact_list\":[" PAIR("wmX") "],\"next_cursor\":\"c\"}");
	run_list("anna");
	assert_int_equal(kit.result.outcome, JOB_LOST);
}

static void
test_malformed_pages(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"external_contact_list\":null}",
		"{\"external_contact_list\":[null]}",
		"{\"external_contact_list\":[{}]}",
		"{\"external_contact_list\":[{\"external_contact\":{\"external_userid\":\"w\"},\"follow_info\":{}}]}",
		"{\"external_contact_list\":[{\"external_contact\":{},\"follow_info\":{\"userid\":\"anna\"}}]}",
		"{\"external_contact_list\":[{\"external_contact\":{\"external_userid\":\"w\"},\"follow_info\":{\"userid\":\"b\"}}]}",
		"{\"external_contact_list\":[],\"fail_info\":[]}",
		"{\"external_contact_list\":[],\"next_cursor\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_BATCH_GET_BY_USER, texts[i]);
		run_list("anna");
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL || kit.result.begun_us != 0)
			fail_msg("%s was taken", texts[i]);
	}
	assert_int_equal(kit.parts_n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KIT_TEST(test_a_deletion_needs_no_call),
	    KIT_TEST(test_a_failed_transfer_keeps_its_reason),
	    KIT_TEST(test_an_addition_is_a_mark_and_a_pull),
	    KIT_TEST(test_what_a_pull_covers_costs_none),
	    KIT_TEST(test_a_reconcile_pulls_what_is_covered),
	    KIT_TEST(test_what_was_asked_for_is_pulled_whatever_its_events_say),
	    KIT_TEST(test_without_events_it_pulls),
	    KIT_TEST(test_a_burst_waits_for_its_end),
	    KIT_TEST(test_a_burst_that_waits_keeps_its_marks),
	    KIT_TEST(test_all_pages),
	    KIT_TEST(test_a_cursor_that_comes_back),
	    KIT_TEST(test_a_listing_without_end),
	    KIT_TEST(test_an_expired_cursor_begins_again_twice),
	    KIT_TEST(test_absences),
	    KIT_TEST(test_what_is_not_an_answer),
	    KIT_TEST(test_a_lost_authorisation_suspends_the_corp),
	    KIT_TEST(test_malformed_answers),
	    KIT_TEST(test_sentences_are_text),
	    KIT_TEST(test_a_thousand_followers),
	    KIT_TEST(test_every_follower_is_raised),
	    KIT_TEST(test_a_members_customers_in_parts),
	    KIT_TEST(test_a_member_without_customers_proves_it),
	    KIT_TEST(test_no_licence_is_no_deletion),
	    KIT_TEST(test_a_lost_lease_ends_the_listing),
	    KIT_TEST(test_malformed_pages),
	};

	return cmocka_run_group_tests_name("job_customer", tests, NULL, NULL);
}
