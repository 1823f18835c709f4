/*
 * Answers of the API through every handler: the input chooses the handler, then gives answer after answer, JSON texts
 * between newlines or, when a line is a number, an error code.  Whatever WeCom says, a handler ends with an outcome, within
 * its bounds, and settles no event that it does not have.  The functions of the API and the store are this file's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_visit.h>

#include "../../src/sync/job_part.h"
#include "seal.h"

#define NOW_US 1700000000000000LL
#define CALLS_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *next_line, *input_end;
static size_t calls_n;

/* As the API's client reads answers: valid UTF-8 only. */
static struct json_object *
parse(const char *text, size_t n)
{
	struct json_tokener *tokener = json_tokener_new_ex(64);
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)n + 1);
	json_tokener_free(tokener);
	return object;
}

struct api_answer
api_call(struct api *api, enum api_name name, const char *corp, const char *query, struct json_object *body)
{
	struct api_answer answer = {.begun_us = NOW_US, .ended_us = NOW_US, .meaning = api_meaning(0)};
	const char *end;
	char text[4096];
	size_t n;

	(void)api;
	(void)corp;
	(void)query;
	(void)body;
	if (name >= API_N || ++calls_n > CALLS_MAX)
		abort();
	if (next_line >= input_end) {
		answer.outcome = calls_n % 2 == 0 ? API_LATER : API_STOPPED;
		return answer;
	}
	end = memchr(next_line, '\n', (size_t)(input_end - next_line));
	n = (size_t)((end == NULL ? input_end : end) - next_line);
	n = n < sizeof(text) ? n : sizeof(text) - 1;
	memcpy(text, next_line, n);
	text[n] = '\0';
	next_line = end == NULL ? input_end : end + 1;
	answer.body = parse(text, n);
	if (json_object_is_type(answer.body, json_type_object))
		return answer;
	answer.outcome = API_REFUSED;
	answer.code = json_object_get_int(answer.body);
	answer.meaning = api_meaning(answer.code);
	json_object_put(answer.body);
	answer.body = NULL;
	return answer;
}

void
api_answer_done(struct api_answer *answer)
{
	json_object_put(answer->body);
	answer->body = NULL;
}

int64_t
api_now_us(const struct api *api)
{
	(void)api;
	return NOW_US;
}

void
api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_saved_n)
{
	(void)api;
	(void)corp;
	(void)name;
	if (calls_saved_n <= 0)
		abort();
}

void
api_forget(struct api *api, const char *corp)
{
	(void)api;
	(void)corp;
}

char *
api_escape(const char *value)
{
	return strdup(value);
}

enum status
store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text, struct detail *why)
{
	(void)store;
	(void)sql;
	(void)ret_text;
	(void)why;
	for (int i = 0; i < n; i++)
		if (values[i] != NULL && strlen(values[i]) > 100000)
			abort();
	return ST_OK;
}

static int
visit(struct json_object *value, int flags, struct json_object *parent, const char *key, size_t *index, void *argument)
{
	(void)flags;
	(void)parent;
	(void)key;
	(void)index;
	(void)argument;
	if (json_object_is_type(value, json_type_string) &&
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		abort();
	return JSON_C_VISIT_RETURN_CONTINUE;
}

/* What goes to the database must be JSON that it takes: no NUL, and read back it is the same. */
static void
check_json(struct json_object *data)
{
	struct json_object *again = json_tokener_parse(json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN));

	if (again == NULL || json_object_equal(again, data) != 1)
		abort();
	json_object_put(again);
	(void)json_c_visit(data, 0, visit, NULL);
}

static bool
store_part(struct job_context *context, const struct job *job, struct json_object *data, int64_t *ret_left)
{
	(void)context;
	(void)job;
	check_json(data);
	json_object_put(data);
	if (ret_left != NULL)
		*ret_left = 0;
	return true;
}

#define EVENT(id, change, body) "{\"id\":\"" id "\",\"time_us\":1699999990000000,\"due_us\":1699999993000000," \
	"\"received_us\":1699999990000000,\"change_type\":\"" change "\",\"body\":" body "}"

static const struct {
	job_handler *handler;
	const char *kind;
	const char *target;
	const char *state;
	const char *events;
} jobs[] = {
	{job_customer, "customer", "wmX", "{}", "[" EVENT("a", "add_external_contact", "{\"UserID\":\"u\"}") ","
	    EVENT("b", "del_follow_user", "{\"UserID\":\"u\"}") "]"},
	{job_customer_list, "customer_list", "", "{}", "[]"},
	{job_customer_list, "customer_list", "u", "{}", "[]"},
	{job_tag, "tag", "", "{}", "[" EVENT("a", "shuffle", "{}") "]"},
	{job_tag, "tag", "group:g", "{}", "[]"},
	{job_member, "member", "u", "{}", "[" EVENT("a", "update_user", "{\"UserID\":\"u\",\"NewUserID\":\"v\"}") "]"},
	{job_member_list, "member_list", "",
	    "{\"scope\":{\"allow_user\":[\"u\"],\"allow_tag\":[1,2],\"allow_party\":[1,3]},\"auth_mode\":0}", "[]"},
	{job_member_list, "member_list", "", "{\"auth_mode\":1}", "[]"},
	{job_chat_list, "chat_list", "", "{}", "[]"},
	{job_openid_map, "openid_map", "", "{\"wanted\":[\"a\",\"b\",\"c\"]}", "[]"},
	{job_corp, "corp", "", NULL, "[]"},
	{job_corp, "corp", "code:x", NULL, "[" EVENT("a", "", "{}") "]"},
};

/* state.secret of the two jobs of a corp, sealed for their rows. */
static struct json_object *
sealed_state(const struct conf *conf, bool is_code)
{
	struct json_object *state = json_object_new_object();
	struct arena mem;
	struct span sealed = {NULL, 0}, identity;
	char hex[512];

	arena_init(&mem, 65536);
	identity = is_code ? seal_row_identity(&mem, SPAN("wpCORP"), SPAN("auth_code"), SPAN("x"))
			   : seal_row_identity(&mem, SPAN("wpCORP"), SPAN("permanent_code"), span_of(conf->suite_id));
	if (seal_close(&conf->master_key, identity, SPAN("s3cr3t"), &mem, &sealed) != ST_OK || sealed.n * 2 >= sizeof(hex))
		abort();
	for (size_t i = 0; i < sealed.n; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)sealed.at[i]);
	job_add_text(state, "secret", hex);
	arena_done(&mem);
	return state;
}

static void
check_result(const struct job *job, struct job_result *result)
{
	if (json_object_array_length(result->events) > json_object_array_length(job->events))
		abort();
	if (result->outcome == JOB_PARKED && result->error[0] == '\0')
		abort();
	if (result->outcome == JOB_LATER && result->due_us == 0 && result->error[0] == '\0')
		abort();
	if (strstr(result->error, "s3cr3t") != NULL)
		abort();
	if (result->data != NULL)
		check_json(result->data);
	if (result->raise != NULL)
		check_json(result->raise);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf conf = {.suite_id = "wwSUITE", .openid_errors_per_day = 2};
	struct job_context context = {.conf = &conf, .store_part = store_part};
	struct job_result result = {.outcome = JOB_DONE};
	struct job job = {.corp = "wpCORP"};
	size_t i;

	if (n == 0)
		return 0;
	i = data[0] % (sizeof(jobs) / sizeof(jobs[0]));
	next_line = (const char *)data + 1;
	input_end = (const char *)data + n;
	calls_n = 0;
	job.kind = jobs[i].kind;
	job.target = jobs[i].target;
	job.state = jobs[i].state == NULL ? sealed_state(&conf, jobs[i].target[0] != '\0') : json_tokener_parse(jobs[i].state);
	job.events = json_tokener_parse(jobs[i].events);
	result.events = json_object_new_array();
	jobs[i].handler(&context, &job, &result);
	check_result(&job, &result);
	json_object_put(result.data);
	json_object_put(result.events);
	json_object_put(result.raise);
	json_object_put(result.counts);
	json_object_put(job.state);
	json_object_put(job.events);
	return 0;
}
