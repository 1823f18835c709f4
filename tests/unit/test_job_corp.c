/* Authorisation: the exchange of a code, auth info, suspension, and the purge of a corp that left. */
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

#include "../../src/sync/job_code.h"
#include "seal.h"

#define INFO "\"auth_corp_info\":{\"corpid\":\"wpCORP\",\"corp_name\":\"C\",\"corp_type\":\"verified\",\"subject_type\":1}"
#define AGENT "\"auth_info\":{\"agent\":[{\"agentid\":1000002,\"auth_mode\":0,\"privilege\":{\"level\":1," \
	"\"allow_party\":[3,1],\"allow_user\":[\"b\",\"a\"],\"allow_tag\":[],\"extra_party\":[]}}]}"

static char one[KIT_EVENT_BYTES], events[2 * KIT_EVENT_BYTES], state_text[2048];

/* state.secret: `plain` sealed for the row. */
static const char *
sealed_state(const char *corp, const char *kind, const char *name, const char *plain, const char *more)
{
	struct arena mem;
	struct span sealed;
	int n = snprintf(state_text, sizeof(state_text), "{%s\"secret\":\"", more);

	arena_init(&mem, 1 << 20);
	assert_int_equal(seal_close(&kit.conf.master_key,
	    seal_row_identity(&mem, span_of(corp), span_of(kind), span_of(name)), span_of(plain), &mem, &sealed), ST_OK);
	for (size_t i = 0; i < sealed.n; i++)
		n += snprintf(state_text + n, sizeof(state_text) - (size_t)n, "%02x", (unsigned char)sealed.at[i]);
	snprintf(state_text + n, sizeof(state_text) - (size_t)n, "\"}");
	arena_done(&mem);
	return state_text;
}

static const char *
event_list(const char *id, int64_t ago_s, const char *type)
{
	snprintf(events, sizeof(events), "[%s]", kit_event(one, id, ago_s, type, "{}"));
	return events;
}

/* --- the exchange ------------------------------------------------------------------------------------------------- */

static void
run_code(const char *more)
{
	kit_run(job_corp, "corp", "code:0123456789abcdef", sealed_state(KIT_CORP, "auth_code", "0123456789abcdef", "the-code", more),
	    event_list("e1", 20, ""));
}

/* What was stored, in clear. */
static void
check_stored(const char *plain)
{
	struct arena mem;
	const char *why = "", *text;
	struct json_object *state = json_object_new_object();

	json_object_object_add(state, "secret", json_object_new_string(kit.store_values[0][3]));
	arena_init(&mem, 1 << 20);
	assert_null(strstr(kit.store_values[0][3], plain));
	text = secret_open(&kit.context, state, "wpNEW", "permanent_code", "wwSUITE", &mem, &why);
	assert_non_null(text);
	assert_string_equal(text, plain);
	arena_done(&mem);
	json_object_put(state);
}

static void
test_a_code_is_exchanged_and_kept_sealed(void **state)
{
	(void)state;
	kit_answer(API_GET_PERMANENT_CODE,
	    "{\"permanent_code\":\"the-permanent\",\"auth_corp_info\":{\"corpid\":\"wpNEW\",\"corp_name\":\"N\"}}");
	kit.store_answers[0] = kit.store_answers[1] = ST_BUSY;
	run_code("");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[0], "{\"auth_code\":\"the-code\"}");
	kit_check_settled(1);
	assert_int_equal(kit.stores_n, 3);
	assert_string_equal(kit.store_values[2][0], "wpNEW");
	assert_string_equal(kit.store_values[2][1], "wwSUITE");
	assert_string_equal(kit.store_values[2][2], "N");
	assert_string_equal(kit.store_values[2][4], "1699999980000000");
	check_stored("the-permanent");
	assert_int_equal(kit.forgotten_n, 1);
	assert_int_equal(kit.result.begun_us, KIT_NOW_US);
	assert_null(kit.result.data);
}

static void
test_a_code_is_never_exchanged_twice(void **state)
{
	(void)state;
	run_code("\"seen_us\":1699999990000000,");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	assert_int_equal(kit.stores_n, 0);
}

static void
check_parked(const char *word)
{
	assert_int_equal(kit.result.outcome, JOB_PARKED);
	assert_non_null(strstr(kit.result.error, word));
	assert_null(strstr(kit.result.error, "the-code"));
	assert_null(strstr(kit.result.error, "the-permanent"));
	kit_check_settled(0);
}

static void
test_a_code_that_cannot_be_used(void **state)
{
	(void)state;
	kit_refuse(API_GET_PERMANENT_CODE, 40078);
	run_code("");
	check_parked("install it again");
	assert_true(kit.result.begun_us > 0);	/* freed, it ends without a call: see the case of a repeat */
	kit_run(job_corp, "corp", "code:x", "{\"secret\":null}", event_list("e1", 20, ""));
	check_parked("install it again");
	/* sealed for another row */
	kit_run(job_corp, "corp", "code:x", sealed_state(KIT_CORP, "auth_code", "y", "the-code", ""), "[]");
	check_parked("master key");
	kit_run(job_corp, "corp", "code:x", "{\"secret\":\"zz\"}", "[]");
	check_parked("master key");
	kit_outcome(API_GET_PERMANENT_CODE, API_LATER);
	run_code("");
	assert_int_equal(kit.result.outcome, JOB_LATER);
	kit_check_settled(0);
}

static void
test_a_code_that_cannot_be_stored(void **state)
{
	(void)state;
	kit_answer(API_GET_PERMANENT_CODE, "{\"permanent_code\":\"the-permanent\",\"auth_corp_info\":{\"corpid\":\"wpNEW\"}}");
	for (size_t i = 0; i < KIT_MAX; i++)
		kit.store_answers[i] = ST_BUSY;
	run_code("");
	check_parked("wpNEW");
	assert_true(kit.stores_n > 5 && kit.stores_n < 50);
	kit.store_answers[kit.stores_n] = ST_BUG;
	kit_answer(API_GET_PERMANENT_CODE, "{\"permanent_code\":\"the-permanent\",\"auth_corp_info\":{\"corpid\":\"wpNEW\"}}");
	run_code("");
	check_parked("wpNEW");
}

static void
test_a_malformed_exchange(void **state)
{
	static const char *const texts[] = {"{}", "{\"permanent_code\":\"the-permanent\"}", "{\"permanent_code\":7}",
	    "{\"permanent_code\":\"the-permanent\",\"auth_corp_info\":{}}",
	    "{\"permanent_code\":\"the-permanent\",\"auth_corp_info\":[]}",
	    "{\"permanent_code\":\"\",\"auth_corp_info\":{\"corpid\":\"wpNEW\"}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_GET_PERMANENT_CODE, texts[i]);
		run_code("");
		check_parked("install it again");
	}
	assert_int_equal(kit.stores_n, 0);
}

/* --- the corp ----------------------------------------------------------------------------------------------------- */

static void
run_corp(void)
{
	kit_run(job_corp, "corp", "", sealed_state(KIT_CORP, "permanent_code", "wwSUITE", "the-permanent", ""),
	    event_list("e1", 20, ""));
}

static void
test_auth_info_permissions_admins(void **state)
{
	(void)state;
	kit_answer(API_GET_AUTH_INFO, "{" INFO "," AGENT "}");
	kit_answer(API_GET_PERMISSIONS, "{\"app_permissions\":[\"b\",\"a\"],\"app_permissions_ext\":["
	    "{\"permission_name\":\"c\",\"expire_time\":0},{\"permission_name\":\"past\",\"expire_time\":1},"
	    "{\"permission_name\":\"d\",\"expire_time\":\"1999999999\"}]}");
	kit_answer(API_GET_ADMIN_LIST, "{\"admin\":[{\"userid\":\"anna\",\"auth_type\":1}]}");
	run_corp();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_string_equal(kit.bodies[0], "{\"auth_corpid\":\"wpCORP\",\"permanent_code\":\"the-permanent\"}");
	kit_check_settled(1);
	kit_check_equal(kit.result.data,
	    "{\"begun_us\":1700000000000000,\"suite_id\":\"wwSUITE\",\"corp_name\":\"C\",\"corp_type\":\"verified\","
	    "\"subject_type\":1,\"agent_id\":1000002,\"auth_mode\":0,\"scope\":{\"level\":1,\"allow_party\":[1,3],"
	    "\"allow_user\":[\"a\",\"b\"],\"allow_tag\":[],\"extra_party\":[]},\"permissions\":[\"a\",\"b\",\"c\",\"d\"],"
	    "\"admins\":[{\"userid\":\"anna\",\"auth_type\":1}]}");
}

static void
test_a_refused_list_leaves_it_unknown(void **state)
{
	(void)state;
	kit_answer(API_GET_AUTH_INFO, "{" INFO "}");
	kit_refuse(API_GET_PERMISSIONS, 48002);
	kit_refuse(API_GET_ADMIN_LIST, 60011);
	run_corp();
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_data("permissions", "null");
	kit_check_data("admins", "null");
	kit_check_data("agent_id", "null");
	kit_check_data("scope", "null");
}

static void
test_a_lost_authorisation_is_confirmed_ever_less_often(void **state)
{
	static const struct {
		int attempts;
		int64_t pause_s;
	} cases[] = {{0, 60}, {1, 120}, {5, 1920}, {8, 15360}, {9, 21600}, {30, 21600}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kit_refuse(API_GET_AUTH_INFO, i % 2 == 0 ? 40084 : 48004);
		kit.job.attempts = cases[i].attempts;
		run_corp();
		assert_int_equal(kit.result.outcome, JOB_LATER);
		assert_int_equal(kit.result.due_us, KIT_NOW_US + cases[i].pause_s * 1000000);
		assert_null(kit.result.data);
		assert_null(kit.result.raise);
		kit_check_settled(0);
	}
	assert_int_equal(kit.stores_n, 6);
}

static void
test_a_corp_without_a_code_is_passed_over(void **state)
{
	(void)state;
	kit_run(job_corp, "corp", "", "{\"secret\":null}", event_list("e1", 20, ""));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	kit_check_settled(1);
	assert_int_equal(kit_count("corp_without_code"), 1);
	kit_run(job_corp, "corp", "", "{\"secret\":\"00\"}", event_list("e1", 20, ""));
	check_parked("master key");
}

static void
test_malformed_answers(void **state)
{
	static const char *const texts[] = {"{}", "{\"auth_corp_info\":null}", "{\"auth_corp_info\":{\"corpid\":\"wpOTHER\"}}",
	    "{" INFO ",\"auth_info\":[]}", "{" INFO ",\"auth_info\":{\"agent\":{}}}", "{" INFO ",\"auth_info\":{\"agent\":[null]}}",
	    "{" INFO ",\"auth_info\":{\"agent\":[{\"privilege\":[]}]}}",
	    "{" INFO ",\"auth_info\":{\"agent\":[{\"privilege\":{\"allow_user\":[1]}}]}}",
	    "{" INFO ",\"auth_info\":{\"agent\":[{\"agentid\":\"x\"}]}}"};
	static const char *const permissions[] = {"{\"app_permissions\":7}", "{\"app_permissions\":[null]}",
	    "{\"app_permissions_ext\":[{}]}", "{\"app_permissions_ext\":[{\"permission_name\":\"a\",\"expire_time\":[]}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		kit_answer(API_GET_AUTH_INFO, texts[i]);
		run_corp();
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL || kit.result.begun_us != 0)
			fail_msg("%s was taken", texts[i]);
	}
	for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
		kit_answer(API_GET_AUTH_INFO, "{" INFO "}");
		kit_answer(API_GET_PERMISSIONS, permissions[i]);
		run_corp();
		if (kit.result.outcome != JOB_LATER || kit.result.data != NULL)
			fail_msg("%s was taken", permissions[i]);
	}
	kit_answer(API_GET_AUTH_INFO, "{" INFO "}");
	kit_answer(API_GET_PERMISSIONS, "{}");
	kit_answer(API_GET_ADMIN_LIST, "{\"admin\":[{}]}");
	run_corp();
	assert_int_equal(kit.result.outcome, JOB_LATER);
}

/* --- the purge ---------------------------------------------------------------------------------------------------- */

static void
run_purge(int64_t cancelled_ago_s, int64_t authorised_ago_s, const char *list)
{
	snprintf(state_text, sizeof(state_text), "{\"cancelled_us\":%lld,\"authorised_us\":%lld}",
	    (long long)(KIT_NOW_US - cancelled_ago_s * 1000000), (long long)(KIT_NOW_US - authorised_ago_s * 1000000));
	kit_run(job_purge, "purge", "", state_text, list);
}

static void
test_a_purge_goes_on_until_nothing_is_left(void **state)
{
	(void)state;
	kit.left[0] = 5000;
	kit.left[1] = 1;
	run_purge(10, 1000, event_list("e1", 10, ""));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_int_equal(kit.parts_n, 3);
	kit_check_equal(kit.parts[2], "{\"delete\":true}");
	kit_check_settled(1);
	assert_int_equal(kit.forgotten_n, 1);
	kit.parts_fail_at = 4;
	kit.left[3] = 1;
	run_purge(10, 1000, "[]");
	assert_int_equal(kit.result.outcome, JOB_LOST);
}

static void
test_a_delay_counts_from_the_cancel(void **state)
{
	(void)state;
	kit.conf.purge_delay_s = 3600;
	run_purge(10, 1000, event_list("e1", 10, ""));
	assert_int_equal(kit.result.outcome, JOB_LATER);
	assert_int_equal(kit.result.due_us, KIT_NOW_US + 3590LL * 1000000);
	assert_string_equal(kit.result.error, "");
	assert_int_equal(kit.parts_n, 0);
	kit_check_settled(0);
	/* the corp's line says at once that it left */
	kit_check_equal(kit.result.data, "{\"delete\":false}");
	run_purge(3600, 10000, event_list("e1", 3600, ""));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_int_equal(kit.parts_n, 1);
}

static void
test_a_late_cancel_deletes_nothing(void **state)
{
	(void)state;
	run_purge(1000, 10, event_list("e1", 1000, ""));
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_int_equal(kit.parts_n, 0);
	kit_check_settled(1);
	/* but it was away for a while */
	kit_check_data("back", "true");
}

/* A person asked for it: now. */
static void
test_without_an_event_it_is_now(void **state)
{
	(void)state;
	kit.conf.purge_delay_s = 3600;
	run_purge(1000, 10, "[]");
	assert_int_equal(kit.result.outcome, JOB_DONE);
	assert_int_equal(kit.parts_n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KIT_TEST(test_a_code_is_exchanged_and_kept_sealed),
	    KIT_TEST(test_a_code_is_never_exchanged_twice),
	    KIT_TEST(test_a_code_that_cannot_be_used),
	    KIT_TEST(test_a_code_that_cannot_be_stored),
	    KIT_TEST(test_a_malformed_exchange),
	    KIT_TEST(test_auth_info_permissions_admins),
	    KIT_TEST(test_a_refused_list_leaves_it_unknown),
	    KIT_TEST(test_a_lost_authorisation_is_confirmed_ever_less_often),
	    KIT_TEST(test_a_corp_without_a_code_is_passed_over),
	    KIT_TEST(test_malformed_answers),
	    KIT_TEST(test_a_purge_goes_on_until_nothing_is_left),
	    KIT_TEST(test_a_delay_counts_from_the_cancel),
	    KIT_TEST(test_a_late_cancel_deletes_nothing),
	    KIT_TEST(test_without_an_event_it_is_now),
	};

	return cmocka_run_group_tests_name("job_corp", tests, NULL, NULL);
}
