/*
 * Jobs of group chats from the claimed JSON to the result, with the real planner and a scripted API: what is called,
 * what is stored, what is settled, when it is looked at again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sync/job_chat.h"

#define NOW_S 1772000100LL
#define US 1000000LL
#define V1 "11111111111111111111111111111111"
#define V2 "22222222222222222222222222222222"
#define V3 "33333333333333333333333333333333"
#define V9 "99999999999999999999999999999999"

static struct {
	int64_t now_us;
	const char *body;	/* answer; NULL: refused or later */
	enum api_outcome outcome;
	int code;
	int calls_n;
	int64_t saved_n;
	bool may_enrich;
	char sent[512];
} fake;

int64_t __wrap_api_now_us(const struct api *api);
struct api_answer __wrap_api_call(struct api *api, enum api_name name, const char *corp, const char *query,
    struct json_object *body);
void __wrap_api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n);

int64_t
__wrap_api_now_us(const struct api *api)
{
	(void)api;
	return fake.now_us;
}

void
__wrap_api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n)
{
	(void)api;
	assert_string_equal(corp, "wpCORP");
	assert_int_equal(name, API_GROUPCHAT_GET);
	fake.saved_n += calls_n;
}

struct api_answer
__wrap_api_call(struct api *api, enum api_name name, const char *corp, const char *query, struct json_object *body)
{
	struct api_answer answer = {.outcome = fake.outcome, .begun_us = fake.now_us, .ended_us = fake.now_us + 50000,
	    .meaning = api_meaning(fake.code), .code = fake.code, .wait_ms = 1000};

	(void)api;
	(void)query;
	assert_int_equal(name, API_GROUPCHAT_GET);
	assert_string_equal(corp, "wpCORP");
	fake.calls_n++;
	snprintf(fake.sent, sizeof(fake.sent), "%s", json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
	if (fake.body != NULL) {
		answer.body = json_tokener_parse(fake.body);
		assert_non_null(answer.body);
	}
	return answer;
}

static bool
may_enrich(struct job_context *context, const char *corp)
{
	(void)context;
	assert_string_equal(corp, "wpCORP");
	return fake.may_enrich;
}

static struct conf conf = {.chat_grace_ms = 3000, .enrich_delay_s = 60, .enrich_per_hour = 10};
static struct job_context context = {.conf = &conf, .may_enrich = may_enrich};
static struct job_result result;
static struct job job;

static int
setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.now_us = NOW_S * US;
	fake.may_enrich = true;
	memset(&result, 0, sizeof(result));
	result.events = json_object_new_array();
	conf.enrich_per_hour = 10;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	json_object_put(result.data);
	json_object_put(result.events);
	json_object_put(result.raise);
	json_object_put(result.counts);
	json_object_put(job.state);
	json_object_put(job.events);
	memset(&job, 0, sizeof(job));
	return 0;
}

static bool is_asked;	/* by a list */

static void
run(const char *state, const char *events, bool is_reconcile)
{
	job = (struct job){.corp = "wpCORP", .kind = "chat", .target = "wrCHAT", .is_reconcile = is_reconcile, .is_asked = is_asked};
	job.state = json_tokener_parse(state);
	job.events = json_tokener_parse(events);
	assert_non_null(job.state);
	assert_non_null(job.events);
	job_chat(&context, &job, &result);
}

/* A member event of that many seconds ago. */
static const char *
edge(int id, const char *detail, int ago_s, const char *last, const char *current, const char *items, int count)
{
	static char text[8][1024];
	char *to = text[id % 8];

	snprintf(to, sizeof(text[0]),
	    "{\"id\":\"e%d\",\"time_us\":%lld,\"due_us\":%lld,\"received_us\":%lld,\"info_type\":\"change_external_chat\","
	    "\"change_type\":\"update\",\"body\":{\"UpdateDetail\":\"%s\",\"JoinScene\":\"3\",\"QuitScene\":\"1\","
	    "\"MemChangeCnt\":\"%d\",\"MemChangeList\":[%s],\"LastMemVer\":\"%s\",\"CurMemVer\":\"%s\"}}",
	    id, (NOW_S - ago_s) * US, (NOW_S - ago_s) * US, (NOW_S - ago_s) * US + 1000, detail, count, items, last, current);
	return to;
}

static const char *
info(int id, const char *change, const char *detail, int ago_s)
{
	static char text[4][512];
	char *to = text[id % 4];

	snprintf(to, sizeof(text[0]),
	    "{\"id\":\"i%d\",\"time_us\":%lld,\"due_us\":%lld,\"received_us\":%lld,\"info_type\":\"change_external_chat\","
	    "\"change_type\":\"%s\",\"body\":{\"UpdateDetail\":\"%s\"}}",
	    id, (NOW_S - ago_s) * US, (NOW_S - ago_s + 3) * US, (NOW_S - ago_s) * US + 1000, change, detail);
	return to;
}

static const char *
list(const char *one, const char *two)
{
	static char text[20000];

	snprintf(text, sizeof(text), "[%s%s%s]", one == NULL ? "" : one, two == NULL ? "" : ",", two == NULL ? "" : two);
	return text;
}

static const char *
member(const char *name)
{
	return json_object_to_json_string_ext(json_object_object_get(result.data, name), JSON_C_TO_STRING_PLAIN);
}

static const char *
counts(const char *name)
{
	return json_object_to_json_string(json_object_object_get(result.counts, name));
}

#define HELD \
	"{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"seen_us\":1772000000000000,\"trail\":[]," \
	"\"roster\":[\"wmA\",\"woB\"],\"dismissed\":false,\"enrich_us\":0}"
#define ANSWER(version) \
	"{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrCHAT\",\"name\":\"G\",\"owner\":\"woB\",\"create_time\":1771000000," \
	"\"notice\":\"N\",\"member_list\":[{\"userid\":\"woB\",\"type\":1,\"join_time\":1771000000,\"join_scene\":1," \
	"\"group_nickname\":\"b\",\"name\":\"woB\"},{\"userid\":\"wmC\",\"type\":2,\"join_time\":1772000050,\"join_scene\":3," \
	"\"invitor\":{\"userid\":\"woB\"},\"name\":\"C\"}],\"admin_list\":[{\"userid\":\"woB\"}],\"member_version\":\"" version "\"}}"

/* An event that links costs no call: who came, the ledger, the new version, details wanted later. */
static void
test_applied_without_call(void **state)
{
	(void)state;
	run(HELD, list(edge(1, "add_member", 1, V1, V2, "\"wmC\"", 1), NULL), false);
	assert_int_equal(fake.calls_n, 0);
	assert_int_equal(fake.saved_n, 1);
	assert_string_equal(member("version"), "\"" V2 "\"");
	assert_string_equal(member("trail"), "[\"" V1 "\"]");
	assert_non_null(strstr(member("ledger"), "\"at_us\":1772000099000000,\"member_id\":\"wmC\",\"action\":\"join\","
						"\"scene\":3,\"origin\":\"event\",\"event_id\":\"e1\""));
	assert_null(json_object_object_get(result.data, "roster"));
	assert_string_equal(json_object_to_json_string_ext(result.events, JSON_C_TO_STRING_PLAIN), "[[\"e1\",1772000099000000]]");
	assert_int_equal(result.begun_us, 0);
	/* the details of wmC */
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S + 60) * US);
	assert_string_equal(result.error, "");
	assert_string_equal(counts("chat_edge_applied"), "1");
}

static void
test_quit_wants_no_details(void **state)
{
	(void)state;
	run(HELD, list(edge(1, "del_member", 1, V1, V2, "\"wmA\"", 1), NULL), false);
	assert_int_equal(fake.calls_n, 0);
	assert_non_null(strstr(member("ledger"), "\"member_id\":\"wmA\",\"action\":\"quit\",\"scene\":1"));
	assert_int_equal(result.outcome, JOB_DONE);
}

static void
test_enrichment_off(void **state)
{
	(void)state;
	conf.enrich_per_hour = 0;
	run(HELD, list(edge(1, "add_member", 1, V1, V2, "\"wmC\"", 1), NULL), false);
	assert_int_equal(result.outcome, JOB_DONE);
	assert_string_equal(member("enrich_us"), "0");
}

/* It does not link: grace first, nothing is stored, nothing settled. */
static void
test_waits(void **state)
{
	(void)state;
	run(HELD, list(edge(1, "add_member", 1, V2, V3, "\"wmC\"", 1), NULL), false);
	assert_int_equal(fake.calls_n, 0);
	assert_null(result.data);
	assert_int_equal(json_object_array_length(result.events), 0);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_in_range(result.due_us, (NOW_S + 1) * US, (NOW_S + 3) * US);
}

/* The gap is real: one pull, and the roster's difference in the ledger, dated by what is known. */
static void
test_gap(void **state)
{
	(void)state;
	fake.body = ANSWER(V3);
	run(HELD, list(edge(1, "add_member", 50, V2, V3, "\"wmC\"", 1), NULL), false);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(fake.sent, "{\"chat_id\":\"wrCHAT\",\"need_name\":1}");
	assert_string_equal(member("version"), "\"" V3 "\"");
	assert_string_equal(member("info"),
	    "{\"name\":\"G\",\"owner\":\"woB\",\"notice\":\"N\",\"create_us\":1771000000000000,\"admins\":[\"woB\"]}");
	assert_string_equal(member("roster"), "{\"userid\":\"{\\\"woB\\\",\\\"wmC\\\"}\",\"type\":\"{1,2}\","
	    "\"name\":\"{\\\"woB\\\",\\\"C\\\"}\",\"group_nickname\":\"{\\\"b\\\",NULL}\","
	    "\"join_time\":\"{1771000000,1772000050}\",\"join_scene\":\"{1,3}\",\"invitor\":\"{NULL,\\\"woB\\\"}\"}");
	assert_null(json_object_object_get(result.data, "first_us"));
	assert_non_null(strstr(member("ledger"), "\"at_us\":1772000050000000,\"member_id\":\"wmC\",\"action\":\"join\","
						"\"scene\":3,\"origin\":\"event\",\"event_id\":\"e1\""));
	assert_non_null(strstr(member("ledger"), "\"member_id\":\"wmA\",\"action\":\"quit\",\"scene\":null,\"origin\":\"pull\""));
	assert_string_equal(member("gap_found_us"), "1772000050001000");
	assert_string_equal(member("gap_repaired_us"), "1772000100050000");
	assert_int_equal(result.begun_us, NOW_S * US);
	assert_int_equal(json_object_array_length(result.events), 1);
	assert_int_equal(result.outcome, JOB_DONE);
	assert_string_equal(counts("chat_pull_gap"), "1");
	assert_int_equal(fake.saved_n, 0);
}

/* An older version than the held one: its roster is not stored; its name is what was asked for. */
static void
test_stale(void **state)
{
	(void)state;
	fake.body = ANSWER(V1);
	run("{\"known\":true,\"version\":\"" V2 "\",\"version_us\":1772000099000000,\"seen_us\":0,\"trail\":[\"" V1 "\"],"
	    "\"roster\":[\"wmA\",\"woB\"],\"dismissed\":false,\"enrich_us\":0}",
	    list(info(1, "update", "change_name", 50), NULL), false);
	assert_int_equal(fake.calls_n, 1);
	assert_null(json_object_object_get(result.data, "roster"));
	assert_string_equal(member("version"), "\"" V2 "\"");
	assert_string_equal(member("ledger"), "[]");
	assert_string_equal(member("ledger"), "[]");
	assert_non_null(strstr(member("info"), "\"name\":\"G\""));
	/* no complete pull of the chat */
	assert_int_equal(result.begun_us, 0);
	assert_string_equal(json_object_to_json_string_ext(result.events, JSON_C_TO_STRING_PLAIN), "[[\"i1\",1772000053000000]]");
	assert_int_equal(result.outcome, JOB_DONE);
	assert_string_equal(counts("chat_stale_pull"), "1");
}

#define AHEAD(more) \
	"{\"known\":true,\"version\":\"" V2 "\",\"version_us\":1772000099000000,\"seen_us\":0,\"trail\":[\"" V1 "\"]," \
	"\"roster\":[\"wmA\",\"woB\"],\"dismissed\":false,\"enrich_us\":0" more "}"

/* An absence dropped the wish for details: when it ends without a roster, nobody would ask for them any more. */
static void
test_details_are_wanted_again_after_an_absence(void **state)
{
	(void)state;
	fake.body = ANSWER(V1);
	run(AHEAD(",\"absent\":true"), list(info(1, "update", "change_owner", 50), NULL), false);
	assert_string_equal(counts("chat_stale_pull"), "1");
	assert_string_equal(member("enrich_us"), "1772000160000000");
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S + 60) * US);
	teardown(state);
	setup(state);
	/* a whole answer brings them all */
	fake.body = ANSWER(V3);
	run("{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"seen_us\":0,\"trail\":[],"
	    "\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"absent\":true,\"enrich_us\":0}",
	    list(info(1, "update", "change_owner", 50), NULL), false);
	assert_non_null(json_object_object_get(result.data, "roster"));
	assert_string_equal(member("enrich_us"), "0");
	assert_int_equal(result.outcome, JOB_DONE);
	teardown(state);
	setup(state);
	/* events of an absent chat say nothing of its end */
	run(AHEAD(",\"absent\":true"), list(edge(1, "del_member", 1, V2, V3, "\"wmA\"", 1), NULL), false);
	assert_int_equal(fake.calls_n, 0);
	assert_string_equal(member("enrich_us"), "0");
	assert_int_equal(result.outcome, JOB_DONE);
}

/* Who asks for the chat as it is gets it, with the next answer. */
static void
test_a_stale_answer_to_a_reconcile_is_not_the_end(void **state)
{
	(void)state;
	fake.body = ANSWER(V1);
	run(AHEAD(""), "[]", true);
	assert_string_equal(counts("chat_stale_pull"), "1");
	assert_int_equal(result.begun_us, 0);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S + 3) * US);
	assert_string_equal(result.error, "");
	teardown(state);
	setup(state);
	is_asked = true;
	fake.body = ANSWER(V1);
	run(AHEAD(""), "[]", false);
	is_asked = false;
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S + 3) * US);
	teardown(state);
	setup(state);
	/* but not again and again while it changes */
	fake.body = ANSWER(V1);
	run(AHEAD(""), list(edge(1, "del_member", 1, V2, V3, "\"wmA\"", 1), NULL), true);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(counts("chat_stale_pull"), "1");
	assert_int_equal(result.outcome, JOB_DONE);
}

/* Clocks of two machines differ: a pull that was made later began later. */
static void
test_a_call_began_after_the_one_before_it(void **state)
{
	(void)state;
	fake.body = ANSWER(V1);
	run("{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"read_us\":1772000101000000,"
	    "\"trail\":[],\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"enrich_us\":0}", "[]", true);
	assert_string_equal(member("begun_us"), "1772000101000001");
	/* what events it covers is judged by what is known of it */
	assert_int_equal(result.begun_us, NOW_S * US);
	teardown(state);
	setup(state);
	/* by hours: somebody's clock was wrong, and the answer counts all the same */
	fake.body = ANSWER(V1);
	run("{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"read_us\":1772007200000000,"
	    "\"trail\":[],\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"enrich_us\":0}", "[]", true);
	assert_string_equal(member("begun_us"), "1772007200000001");
}

static void
test_name_is_dated(void **state)
{
	(void)state;
	fake.body = ANSWER(V1);
	run(HELD, list(info(1, "update", "change_name", 50), info(2, "update", "change_notice", 40)), false);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(member("info_at_us"), "1772000060000000");
	assert_string_equal(member("info_event_id"), "\"i2\"");
	assert_int_equal(json_object_array_length(result.events), 2);
	assert_int_equal(fake.saved_n, 1);
}

static void
test_dismissed(void **state)
{
	(void)state;
	run(HELD, list(edge(1, "add_member", 20, V2, V3, "\"wmC\"", 1), info(2, "dismiss", "", 10)), false);
	assert_int_equal(fake.calls_n, 0);
	assert_string_equal(member("dismissed_us"), "1772000090000000");
	assert_int_equal(json_object_array_length(result.events), 2);
	assert_int_equal(result.outcome, JOB_DONE);
}

/* Made and dissolved before it could be read: both times are its events'. */
static void
test_dismissed_unread(void **state)
{
	(void)state;
	run("{\"known\":false}", list(info(1, "create", "", 20), info(2, "dismiss", "", 10)), false);
	assert_int_equal(fake.calls_n, 0);
	assert_string_equal(member("created_us"), "1772000080000000");
	assert_string_equal(member("dismissed_us"), "1772000090000000");
	assert_int_equal(json_object_array_length(result.events), 2);
	teardown(state);
	setup(state);
	fake.outcome = API_REFUSED;
	fake.code = 49008;
	run("{\"known\":false}", list(info(1, "create", "", 20), NULL), false);
	assert_string_equal(member("created_us"), "1772000080000000");
	assert_string_equal(member("dismissed_us"), "1772000100000000");
	teardown(state);
	setup(state);
	/* made a moment ago: WeCom may not know it yet */
	fake.outcome = API_REFUSED;
	fake.code = 49008;
	run("{\"known\":false}", list(info(1, "create", "", 4), NULL), false);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S - 4 + 15) * US);
	assert_null(result.data);
	assert_int_equal(json_object_array_length(result.events), 0);
}

/* The API says that it is gone: dissolved, though no event said so.  Out of sight is something else. */
static void
test_absent(void **state)
{
	(void)state;
	fake.outcome = API_REFUSED;
	fake.code = 49008;
	run(HELD, list(info(1, "update", "change_name", 50), NULL), false);
	assert_string_equal(member("dismissed_us"), "1772000100000000");
	assert_string_equal(member("absence"), "null");
	assert_int_equal(json_object_array_length(result.events), 1);
	assert_int_equal(result.outcome, JOB_DONE);
}

static void
test_out_of_scope(void **state)
{
	(void)state;
	fake.outcome = API_REFUSED;
	fake.code = 701008;
	run(HELD, "[]", true);
	assert_null(json_object_object_get(result.data, "dismissed_us"));
	assert_string_equal(member("absence"), "\"no_licence\"");
	assert_int_equal(result.outcome, JOB_DONE);
	teardown(state);
	setup(state);
	/* details were wanted: none are to be had, and it is not asked again and again */
	fake.outcome = API_REFUSED;
	fake.code = 701008;
	run("{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"seen_us\":0,\"trail\":[],"
	    "\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"enrich_us\":1772000090000000}", "[]", false);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(member("enrich_us"), "0");
	assert_int_equal(result.outcome, JOB_DONE);
}

/* The call cannot be made now: what the events tell by themselves is stored all the same. */
static void
test_api_away(void **state)
{
	(void)state;
	fake.outcome = API_LATER;
	run(HELD, list(edge(1, "add_member", 50, V1, V2, "\"wmC\"", 1), info(2, "update", "change_name", 50)), false);
	assert_int_equal(fake.calls_n, 1);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_non_null(strstr(member("ledger"), "\"member_id\":\"wmC\",\"action\":\"join\""));
	assert_string_equal(json_object_to_json_string_ext(result.events, JSON_C_TO_STRING_PLAIN), "[[\"e1\",1772000050000000]]");
}

static void
test_malformed_answers(void **state)
{
	static const char *const bodies[] = {
	    "{\"errcode\":0}",
	    "{\"errcode\":0,\"group_chat\":[]}",
	    "{\"errcode\":0,\"group_chat\":{}}",
	    "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrOTHER\",\"member_list\":[]}}",
	    "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrCHAT\",\"member_list\":{}}}",
	    "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrCHAT\"}}",
	    "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrCHAT\",\"member_list\":[null]}}",
	    "{\"errcode\":0,\"group_chat\":{\"chat_id\":\"wrCHAT\",\"member_list\":[{\"userid\":7}]}}",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		teardown(state);
		setup(state);
		fake.body = bodies[i];
		run(HELD, list(info(1, "update", "change_name", 50), NULL), false);
		assert_true(result.outcome == JOB_LATER || result.outcome == JOB_PARKED);
		assert_string_not_equal(result.error, "");
		assert_null(result.data);
		assert_int_equal(json_object_array_length(result.events), 0);
	}
}

static void
test_enrichment(void **state)
{
	static const char wanting[] = "{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000000000000,\"seen_us\":0,"
				      "\"trail\":[],\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"enrich_us\":1772000090000000}";

	(void)state;
	fake.body = ANSWER(V1);
	run(wanting, "[]", false);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(member("enrich_us"), "0");
	assert_string_equal(member("ledger"), "[]");
	assert_int_equal(result.outcome, JOB_DONE);
	assert_string_equal(counts("chat_pull_enrich"), "1");
	teardown(state);
	setup(state);
	/* somebody joined a moment ago: the details wait until an answer must have them */
	fake.body = ANSWER(V1);
	run("{\"known\":true,\"version\":\"" V1 "\",\"version_us\":1772000099000000,\"seen_us\":0,\"trail\":[],"
	    "\"roster\":[\"woB\",\"wmC\"],\"dismissed\":false,\"enrich_us\":1772000090000000}", "[]", false);
	assert_int_equal(fake.calls_n, 0);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_int_equal(result.due_us, (NOW_S + 2) * US);
	teardown(state);
	setup(state);
	/* the hour's budget is used up */
	fake.may_enrich = false;
	run(wanting, "[]", false);
	assert_int_equal(fake.calls_n, 0);
	assert_int_equal(result.outcome, JOB_LATER);
	assert_true(result.due_us > (NOW_S + 60) * US);
}

/* A chat nobody knew: presence, not joins. */
static void
test_first_pull(void **state)
{
	(void)state;
	fake.body = ANSWER(V9);
	run("{\"known\":false,\"seen_us\":0}", "[]", false);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(member("ledger"), "[]");
	assert_int_equal(json_object_get_int64(json_object_object_get(result.data, "first_us")), result.begun_us);
	assert_string_equal(member("version"), "\"" V9 "\"");
	assert_int_equal(result.outcome, JOB_DONE);
}

/* Values of another type than documented are none; what PostgreSQL's arrays give a meaning is text all the same. */
static void
test_odd_members(void **state)
{
	(void)state;
	fake.body = "{\"group_chat\":{\"chat_id\":\"wrCHAT\",\"member_version\":\"" V9 "\",\"member_list\":["
		    "{\"userid\":\"wmA\",\"type\":\"2\",\"join_time\":-5,\"join_scene\":{\"a\":1},\"name\":[\"x\"],"
		    "\"group_nickname\":null,\"invitor\":\"woB\"},"
		    "{\"userid\":\"wm\\\"\\\\{},\",\"type\":70000,\"join_time\":253402300800,\"name\":\"NULL\",\"group_nickname\":\"\","
		    "\"invitor\":{\"userid\":7}}]}}";
	run("{\"known\":false,\"seen_us\":0}", "[]", false);
	assert_string_equal(json_object_get_string(json_object_object_get(json_object_object_get(result.data, "roster"), "userid")),
	    "{\"wmA\",\"wm\\\"\\\\{},\"}");
	assert_string_equal(member("roster"), "{\"userid\":\"{\\\"wmA\\\",\\\"wm\\\\\\\"\\\\\\\\{},\\\"}\",\"type\":\"{NULL,NULL}\","
	    "\"name\":\"{NULL,\\\"NULL\\\"}\",\"group_nickname\":\"{NULL,\\\"\\\"}\",\"join_time\":\"{NULL,NULL}\","
	    "\"join_scene\":\"{NULL,NULL}\",\"invitor\":\"{NULL,NULL}\"}");
}

/* Nothing new and nothing asked for: no call. */
static void
test_nothing_to_do(void **state)
{
	(void)state;
	run(HELD, "[]", false);
	assert_int_equal(fake.calls_n, 0);
	assert_null(result.data);
	assert_int_equal(result.outcome, JOB_DONE);
	teardown(state);
	setup(state);
	fake.body = ANSWER(V1);
	run(HELD, "[]", true);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(counts("chat_pull_reconcile"), "1");
	teardown(state);
	setup(state);
	/* listed again, or no longer: what happened meanwhile no event told */
	fake.body = ANSWER(V1);
	is_asked = true;
	run(HELD, "[]", false);
	is_asked = false;
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(counts("chat_pull_list"), "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_applied_without_call, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_quit_wants_no_details, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_enrichment_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_gap, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_details_are_wanted_again_after_an_absence, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_stale_answer_to_a_reconcile_is_not_the_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_call_began_after_the_one_before_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_name_is_dated, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dismissed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dismissed_unread, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_out_of_scope, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_api_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_malformed_answers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_enrichment, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_first_pull, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_odd_members, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nothing_to_do, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
