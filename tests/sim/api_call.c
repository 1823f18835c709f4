/* One call from the request to the text of the answer: the rules that hold for every endpoint. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"
#include "instant.h"

const char *
api_query(const struct api_call *call, const char *name)
{
	const char *value = MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

const char *
api_text(const struct api_call *call, const char *name)
{
	struct json_object *value;

	if (!call->endpoint->is_post)
		return api_query(call, name);
	value = json_object_object_get(call->request, name);
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool
api_number(const struct api_call *call, const char *name, int64_t *ret_number)
{
	struct json_object *value;
	const char *text;
	char *end;

	if (!call->endpoint->is_post) {
		text = api_query(call, name);
		if (text == NULL)
			return false;
		*ret_number = strtoll(text, &end, 10);
		return *end == '\0';
	}
	value = json_object_object_get(call->request, name);
	if (!json_object_is_type(value, json_type_int))
		return false;
	*ret_number = json_object_get_int64(value);
	return true;
}

struct json_object *
api_array(const struct api_call *call, const char *name)
{
	struct json_object *value = json_object_object_get(call->request, name);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

void
api_put_text(struct json_object *to, const char *name, const char *value)
{
	json_object_object_add(to, name, json_object_new_string(value));
}

void
api_put_number(struct json_object *to, const char *name, int64_t value)
{
	json_object_object_add(to, name, json_object_new_int64(value));
}

struct json_object *
api_put_array(struct json_object *to, const char *name)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(to, name, array);
	return array;
}

int
api_wrong(struct api_call *call, int code)
{
	api_count_violation(call, VIOLATION_PARAMETER);
	return code;
}

/* A character beyond ASCII must come as itself; controls may only come as escapes. */
static bool
has_unicode_escape(const struct text *raw)
{
	for (size_t i = 0; i + 1 < raw->n; i++) {
		if (raw->at[i] != '\\')
			continue;
		i++;
		if (raw->at[i] == 'u' && (i + 2 >= raw->n || memcmp(raw->at + i + 1, "00", 2) != 0))
			return true;
	}
	return false;
}

static int
parse_body(struct api_call *call)
{
	struct json_tokener *tokener = json_tokener_new_ex(32);
	bool is_whole;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	call->request = json_tokener_parse_ex(tokener, call->raw.at, (int)call->raw.n);
	is_whole = json_tokener_get_error(tokener) == json_tokener_success &&
		   json_tokener_get_parse_end(tokener) == call->raw.n &&
		   json_object_is_type(call->request, json_type_object);
	json_tokener_free(tokener);
	if (is_whole)
		return 0;
	api_count_violation(call, VIOLATION_BODY);
	return 40035;
}

static int
check_request(struct api_call *call)
{
	if (api_query(call, "debug") != NULL)
		api_count_violation(call, VIOLATION_DEBUG);
	if (call->is_post != call->endpoint->is_post) {
		api_count_violation(call, VIOLATION_METHOD);
		return 40035;
	}
	if (!call->is_post)
		return 0;
	if (has_unicode_escape(&call->raw)) {
		api_count_violation(call, VIOLATION_UNICODE_ESCAPE);
		return 40033;
	}
	/* agent/get_admin_list needs no body, so an empty one is an empty object */
	if (call->raw.n == 0)
		text_adds(&call->raw, "{}");
	return parse_body(call);
}

/* The suite's calls for a corp count for that corp. */
static void
count_for_corp(struct api_call *call)
{
	const char *id = api_text(call, "auth_corpid");

	if (id != NULL)
		snprintf(call->corp_id, sizeof(call->corp_id), "%s", id);
}

static int
check_token(struct api_call *call)
{
	static const char *const names[] = {"access_token", "suite_access_token", "provider_access_token"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!json_object_object_get_ex(call->request, names[i], NULL))
			continue;
		api_count_violation(call, VIOLATION_TOKEN_IN_BODY);
		return 41001;
	}
	if (call->endpoint->token == TOKEN_SUITE)
		count_for_corp(call);
	return api_token_check(call);
}

/* The fault as an error code; 0 when it is of another kind. */
static int
fault_code(struct api_call *call)
{
	switch (call->fault) {
	case FAULT_BUSY:
		return -1;
	case FAULT_CONFLICT:
		return 6000;
	case FAULT_ERRCODE:
		return call->fault_code;
	case FAULT_REVOKE:
		api_token_revoke(call->api, call->token->kind, call->token->corp);
		return call->endpoint->token == TOKEN_SUITE ? 40082 : 40014;
	default:
		return 0;
	}
}

static int
check(struct api_call *call)
{
	int code = check_request(call);

	if (code == 0)
		code = check_token(call);
	if (code == 0)
		code = api_limit_enter(call);
	if (code != 0)
		return code;
	api_fault_draw(call);
	return fault_code(call);
}

static void
choose_time(struct api_call *call)
{
	struct api *api = call->api;
	double most_us;

	call->as_of_us = truth_now_us();
	pthread_mutex_lock(&api->lock);
	most_us = api->setting[SETTING_STALE_MS] * 1e3;
	if (most_us >= 1 && (api->setting[SETTING_STALE_ALL] != 0 || call->endpoint->handle == api_chat_get) &&
	    random_chance(&api->random, api->setting[SETTING_STALE_SHARE])) {
		call->as_of_us -= (int64_t)random_below(&api->random, (uint64_t)most_us);
		call->is_stale = true;
	}
	pthread_mutex_unlock(&api->lock);
}

static struct json_object *
refusal(int code)
{
	struct json_object *answer = json_object_new_object();
	char text[160];

	snprintf(text, sizeof(text),
	    "refused by the simulator, hint: [%d], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/"
	    "devtool/query?e=%d",
	    code, code);
	api_put_number(answer, "errcode", code);
	api_put_text(answer, "errmsg", text);
	return answer;
}

static struct json_object *
make_answer(struct api_call *call)
{
	struct json_object *answer = json_object_new_object();
	bool is_silent;

	pthread_mutex_lock(&call->api->lock);
	is_silent = call->endpoint->is_silent && random_chance(&call->api->random, 0.5);
	pthread_mutex_unlock(&call->api->lock);
	if (!is_silent) {
		api_put_number(answer, "errcode", 0);
		api_put_text(
		    answer, "errmsg", call->fault == FAULT_WARNING ? "ok. Warning: wrong json format. " : "ok");
	}
	call->code = api_handle(call, answer);
	if (call->code == 0)
		return answer;
	json_object_put(answer);
	return refusal(call->code);
}

/* A cut before the answer is also one before the deed: the handler does not run. */
void
api_call_run(struct api_call *call, struct text *ret_body)
{
	struct json_object *answer = NULL;

	call->now_us = instant_us();
	call->code = check(call);
	choose_time(call);
	if (call->code != 0)
		answer = refusal(call->code);
	else if (call->fault != FAULT_CUT_BEFORE || !call->endpoint->is_once || call->is_scripted)
		answer = make_answer(call);
	api_spoil(call, answer, ret_body);
	json_object_put(answer);
	api_count_done(call);
}
