/*
 * Handlers without WeCom and without a database: answers come from a list in order, what is asked and stored is kept for
 * a look.  A test that includes this declares the wrapped functions, which makes the linker wrap them.
 */
#ifndef TEST_JOB_KIT_H
#define TEST_JOB_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "../../src/sync/job_part.h"

#define KIT_CORP "wpCORP"
#define KIT_SECONDS 1700000000LL
#define KIT_NOW_US (KIT_SECONDS * 1000000)
#define KIT_MAX 512

struct kit_answer {
	enum api_name name;
	enum api_outcome outcome;
	int code;
	const char *text;
};

static struct {
	struct conf conf;
	struct kit_answer answers[KIT_MAX];
	size_t answers_n, calls_n;
	char queries[KIT_MAX][1024];
	char bodies[KIT_MAX][1024];
	struct json_object *parts[KIT_MAX];
	size_t parts_n;
	size_t parts_fail_at;		/* the part that is not stored any more */
	int64_t left[KIT_MAX];		/* answered to part i */
	int64_t saved_n;
	size_t forgotten_n;
	enum status store_answers[KIT_MAX];
	char store_values[KIT_MAX][5][1100];
	size_t stores_n;
	struct job_context context;
	struct job_result result;
	struct job job;
} kit;

static inline void
kit_answer(enum api_name name, const char *text)
{
	kit.answers[kit.answers_n++] = (struct kit_answer){name, API_ANSWERED, 0, text};
}

static inline void
kit_refuse(enum api_name name, int code)
{
	kit.answers[kit.answers_n++] = (struct kit_answer){name, API_REFUSED, code, NULL};
}

static inline void
kit_outcome(enum api_name name, enum api_outcome outcome)
{
	kit.answers[kit.answers_n++] = (struct kit_answer){name, outcome, 0, NULL};
}

struct api_answer
__wrap_api_call(struct api *api, enum api_name name, const char *corp, const char *query, struct json_object *body)
{
	size_t i = kit.calls_n++;
	const struct kit_answer *next = &kit.answers[i];
	struct api_answer answer = {.outcome = next->outcome, .code = next->code, .meaning = api_meaning(next->code),
	    .begun_us = KIT_NOW_US + (int64_t)i, .ended_us = KIT_NOW_US + (int64_t)i, .wait_ms = 5000};

	(void)api;
	assert_true(i < kit.answers_n);
	assert_int_equal(name, next->name);
	assert_non_null(corp);
	snprintf(kit.queries[i], sizeof(kit.queries[i]), "%s", query == NULL ? "" : query);
	snprintf(kit.bodies[i], sizeof(kit.bodies[i]), "%s",
	    body == NULL ? "" : json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	if (next->text != NULL) {
		answer.body = json_tokener_parse(next->text);
		assert_non_null(answer.body);
	}
	snprintf(answer.why, sizeof(answer.why), "the reason");
	return answer;
}

int64_t
__wrap_api_now_us(const struct api *api)
{
	(void)api;
	return KIT_NOW_US;
}

void
__wrap_api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n)
{
	(void)api;
	(void)corp;
	(void)name;
	kit.saved_n += calls_n;
}

void
__wrap_api_forget(struct api *api, const char *corp)
{
	(void)api;
	(void)corp;
	kit.forgotten_n++;
}

enum status
__wrap_store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text, struct detail *why)
{
	size_t i = kit.stores_n++;

	(void)store;
	(void)sql;
	assert_null(ret_text);
	assert_true(i < KIT_MAX && n <= 5);
	for (int k = 0; k < n; k++)
		snprintf(kit.store_values[i][k], sizeof(kit.store_values[i][k]), "%s", values[k] == NULL ? "(null)" : values[k]);
	detail_set(why, "the database is away");
	return kit.store_answers[i];
}

int
__wrap_usleep(unsigned int us)
{
	assert_true(us <= 2000000);
	return 0;
}

static inline bool
kit_store_part(struct job_context *context, const struct job *job, struct json_object *data, int64_t *ret_left)
{
	size_t i = kit.parts_n;

	(void)context;
	(void)job;
	if (i == kit.parts_fail_at) {
		json_object_put(data);
		return false;
	}
	assert_true(i < KIT_MAX);
	kit.parts[kit.parts_n++] = data;
	if (ret_left != NULL)
		*ret_left = kit.left[i];
	return true;
}

static inline void
kit_result_done(void)
{
	json_object_put(kit.result.data);
	json_object_put(kit.result.events);
	json_object_put(kit.result.raise);
	json_object_put(kit.result.counts);
	json_object_put(kit.job.state);
	json_object_put(kit.job.events);
	memset(&kit.result, 0, sizeof(kit.result));
	memset(&kit.job, 0, sizeof(kit.job));
}

static inline int
kit_setup(void **state)
{
	(void)state;
	memset(&kit, 0, sizeof(kit));
	kit.parts_fail_at = SIZE_MAX;
	kit.conf.suite_id = "wwSUITE";
	kit.conf.openid_errors_per_day = 50;
	memset(kit.conf.master_key.bytes, 0x5a, sizeof(kit.conf.master_key.bytes));
	kit.context = (struct job_context){.conf = &kit.conf, .store_part = kit_store_part};
	return 0;
}

static inline int
kit_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit.parts_n; i++)
		json_object_put(kit.parts[i]);
	kit_result_done();
	return 0;
}

static inline struct json_object *
kit_parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	if (object == NULL)
		fail_msg("not JSON: %s", text);
	return object;
}

/* An event: so many seconds ago, due two seconds after its second. */
#define KIT_EVENT_BYTES 1024
static inline const char *
kit_event(char text[KIT_EVENT_BYTES], const char *id, int64_t ago_s, const char *change_type, const char *body)
{
	int64_t at_us = KIT_NOW_US - ago_s * 1000000;

	snprintf(text, KIT_EVENT_BYTES,
	    "{\"id\":\"%s\",\"time_us\":%lld,\"due_us\":%lld,\"received_us\":%lld,\"info_type\":\"x\",\"change_type\":\"%s\","
	    "\"deliveries\":1,\"body\":%s}",
	    id, (long long)at_us, (long long)(at_us + 3000000), (long long)at_us, change_type, body);
	return text;
}

static inline void
kit_run(job_handler *handler, const char *kind, const char *target, const char *state, const char *events)
{
	bool is_reconcile = kit.job.is_reconcile, is_asked = kit.job.is_asked;
	int attempts = kit.job.attempts;

	kit_result_done();
	kit.job = (struct job){.corp = KIT_CORP, .kind = kind, .target = target, .attempts = attempts,
	    .is_reconcile = is_reconcile, .is_asked = is_asked, .state = kit_parse(state), .events = kit_parse(events)};
	kit.result = (struct job_result){.outcome = JOB_DONE, .events = json_object_new_array()};
	handler(&kit.context, &kit.job, &kit.result);
	assert_int_equal(kit.calls_n, kit.answers_n);
}

static inline void
kit_check_equal(struct json_object *got, const char *wanted_text)
{
	struct json_object *wanted = kit_parse(wanted_text);
	bool is_same = got != NULL && json_object_equal(got, wanted) == 1;

	if (!is_same)
		print_error("got    %s\nwanted %s\n", json_object_to_json_string_ext(got, JSON_C_TO_STRING_PLAIN),
		    json_object_to_json_string_ext(wanted, JSON_C_TO_STRING_PLAIN));
	json_object_put(wanted);
	assert_true(is_same);
}

/* A member of what is stored, as text. */
static inline void
kit_check_data(const char *name, const char *wanted_text)
{
	struct json_object *member = NULL;

	assert_non_null(kit.result.data);
	assert_true(json_object_object_get_ex(kit.result.data, name, &member));
	if (strcmp(wanted_text, "null") == 0)
		assert_null(member);
	else
		kit_check_equal(member, wanted_text);
}

static inline void
kit_check_settled(size_t n)
{
	assert_int_equal(json_object_array_length(kit.result.events), n);
}

static inline int64_t
kit_count(const char *name)
{
	struct json_object *n = NULL;

	return kit.result.counts != NULL && json_object_object_get_ex(kit.result.counts, name, &n) ? json_object_get_int64(n) : 0;
}

#define KIT_TEST(function) cmocka_unit_test_setup_teardown(function, kit_setup, kit_teardown)

#endif
