/*
 * A call from its limits to what its answer means.  Reads from the bottom up: api_call repeats `attempt` as the policies
 * say; `judge` turns a code into an outcome.
 */
#include "api.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api_answer.h"
#include "api_internal.h"
#include "api_policy.h"
#include "clock.h"

#define CROWDED 45033
#define ADDRESS_NOT_LISTED 60020
#define HOLD_MS 300000		/* of all calls, after 60020 */
#define PAUSE_SLICE_MS 50
#define TICKET_WAIT_MS 5000
#define BODY_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)	/* UTF-8 as it is: 40033 else */

static const struct api_entry entries[API_N] = {
	[API_GET_SUITE_TOKEN] = {"service/get_suite_token", TOKEN_NONE, true, true, true, true, 0},
	[API_GET_CORP_TOKEN] = {"service/get_corp_token", TOKEN_SUITE, true, true, true, true, 0},
	[API_GET_PERMANENT_CODE] = {"service/v2/get_permanent_code", TOKEN_SUITE, true, true, true, true, 0},
	[API_GET_AUTH_INFO] = {"service/v2/get_auth_info", TOKEN_SUITE, true, true, true, false, 0},
	[API_GET_PERMISSIONS] = {"agent/get_permissions", TOKEN_CORP, true, false, false, false, 0},
	[API_GET_ADMIN_LIST] = {"agent/get_admin_list", TOKEN_CORP, true, false, false, false, 0},
	[API_USER_GET] = {"user/get", TOKEN_CORP, false, false, false, false, 0},
	[API_USER_LIST] = {"user/list", TOKEN_CORP, false, false, false, false, 0},
	[API_USER_SIMPLELIST] = {"user/simplelist", TOKEN_CORP, false, false, false, false, 0},
	[API_USER_LIST_MEMBER_AUTH] = {"user/list_member_auth", TOKEN_CORP, true, false, false, false, 0},
	[API_DEPARTMENT_SIMPLELIST] = {"department/simplelist", TOKEN_CORP, false, false, false, false, 0},
	[API_TAG_GET] = {"tag/get", TOKEN_CORP, false, false, false, false, 0},
	[API_USERID_TO_OPENUSERID] = {"batch/userid_to_openuserid", TOKEN_CORP, true, false, false, false, 0},
	[API_GET_FOLLOW_USER_LIST] = {"externalcontact/get_follow_user_list", TOKEN_CORP, false, false, false, false, 0},
	[API_EXTERNALCONTACT_LIST] = {"externalcontact/list", TOKEN_CORP, false, false, false, false, 0},
	[API_EXTERNALCONTACT_GET] = {"externalcontact/get", TOKEN_CORP, false, false, false, false, 0},
	[API_BATCH_GET_BY_USER] = {"externalcontact/batch/get_by_user", TOKEN_CORP, true, false, false, false, 0},
	[API_GROUPCHAT_LIST] = {"externalcontact/groupchat/list", TOKEN_CORP, true, false, false, false, 0},
	[API_GROUPCHAT_GET] = {"externalcontact/groupchat/get", TOKEN_CORP, true, false, false, false, 0},
	[API_GET_CORP_TAG_LIST] = {"externalcontact/get_corp_tag_list", TOKEN_CORP, true, false, false, false, 0},
	[API_GET_PROVIDER_TOKEN] = {"service/get_provider_token", TOKEN_NONE, true, true, true, true, 0},
	[API_GET_PRE_AUTH_CODE] = {"service/get_pre_auth_code", TOKEN_SUITE, false, true, false, true, 0},
	[API_SET_SESSION_INFO] = {"service/set_session_info", TOKEN_SUITE, true, true, true, false, 0},
	[API_GETUSERINFO3RD] = {"service/auth/getuserinfo3rd", TOKEN_SUITE, false, true, false, false, 0},
	[API_LOGIN_GETUSERINFO3RD] = {"service/auth/getuserinfo3rd", TOKEN_LOGIN, false, true, false, false, 0},
	[API_GET_LOGIN_INFO] = {"service/get_login_info", TOKEN_PROVIDER, true, true, true, false, 0},
	/* 400 and 100 an hour are allowed; several processes may ask, though one at a time */
	[API_GET_JSAPI_TICKET] = {"get_jsapi_ticket", TOKEN_CORP, false, false, false, true, 100},
	[API_GET_AGENT_TICKET] = {"ticket/get", TOKEN_CORP, false, false, false, true, 25},
};

/* A call as it is seen through. */
struct call {
	struct api *api;
	enum api_name name;
	const struct api_entry *entry;
	struct api_corp *corp;
	const char *query;
	struct json_object *body;
	int64_t deadline_ms;		/* no further attempt begins after it */
	int failures[POLICY_N];
	struct api_token_copy token;
};

const struct api_entry *
api_entry(enum api_name name)
{
	return &entries[name];
}

const char *
api_path(enum api_name name)
{
	return entries[name].path;
}

struct api_answer
api_answer_later(int64_t wait_ms, const char *format, ...)
{
	struct api_answer answer = {.outcome = API_LATER, .wait_ms = wait_ms, .meaning = api_meaning(0)};
	va_list args;

	va_start(args, format);
	vsnprintf(answer.why, sizeof(answer.why), format, args);
	va_end(args);
	return answer;
}

void
api_answer_done(struct api_answer *answer)
{
	if (answer->body != NULL && answer->holds_secret)
		api_answer_cleanse(answer->body);
	json_object_put(answer->body);
	answer->body = NULL;
}

uint32_t
api_random(void)
{
	uint32_t random = 0;

	/* without random bytes calls that failed together are repeated together, no worse */
	if (RAND_bytes((unsigned char *)&random, sizeof(random)) != 1)
		return 0;
	return random;
}

bool
api_pause(const struct api *api, int64_t wait_ms)
{
	int64_t until_ms = clock_monotonic_ms() + wait_ms, left_ms = wait_ms;

	while (left_ms > 0 && !*api->stopping) {
		int64_t slice_ms = left_ms < PAUSE_SLICE_MS ? left_ms : PAUSE_SLICE_MS;
		struct timespec slice = {.tv_nsec = (long)slice_ms * 1000000};

		nanosleep(&slice, NULL);
		left_ms = until_ms - clock_monotonic_ms();
	}
	return !*api->stopping;
}

/* --- the request ----------------------------------------------------------------------------------------------------- */

bool
api_escape_into(const char *value, char *to, size_t size)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	size_t n = 0;

	for (; *value != '\0'; value++) {
		bool is_plain = strchr(plain, *value) != NULL;

		if (n + (is_plain ? 1 : 3) >= size)
			return false;
		if (is_plain)
			to[n++] = *value;
		else
			n += (size_t)snprintf(to + n, size - n, "%%%02X", (unsigned int)(unsigned char)*value);
	}
	if (n >= size)
		return false;
	to[n] = '\0';
	return true;
}

char *
api_escape(const char *value)
{
	size_t size = 3 * strlen(value) + 1;
	char *escaped = malloc(size);

	if (escaped != NULL && !api_escape_into(value, escaped, size)) {
		free(escaped);
		return NULL;
	}
	return escaped;
}

/* "/cgi-bin/<path>?<token>&<query>"; false: too long. */
static bool
write_path(const struct call *call, char path[API_URL_BYTES])
{
	const char *query = call->query == NULL ? "" : call->query;
	size_t n = (size_t)snprintf(path, API_URL_BYTES, "/cgi-bin/%s%s", call->entry->path,
	    call->entry->token == TOKEN_NONE ? "" : api_token_parameter(call->entry->token));
	int rest;

	if (call->entry->token != TOKEN_NONE && !api_escape_into(call->token.text, path + n, API_URL_BYTES - n))
		return false;
	n += strlen(path + n);
	rest = snprintf(path + n, API_URL_BYTES - n, "%s%s", query[0] == '\0' ? "" :
	    call->entry->token == TOKEN_NONE ? "?" : "&", query);
	return rest >= 0 && (size_t)rest < API_URL_BYTES - n;
}

static bool
exchange(const struct call *call, struct api_reply *reply, struct detail *why)
{
	char path[API_URL_BYTES];
	const char *text = NULL;
	size_t n = 0;
	bool is_here;

	*reply = (struct api_reply){0};
	if (call->entry->is_post) {
		text = call->body == NULL ? "{}" : json_object_to_json_string_length(call->body, BODY_FLAGS, &n);
		n = call->body == NULL ? 2 : n;
	}
	if (!write_path(call, path) || (call->entry->is_post && text == NULL)) {
		detail_set(why, "the request is too long, or no memory");
		OPENSSL_cleanse(path, sizeof(path));
		return false;
	}
	is_here = api_transport_exchange(call->api->transport, path, text, n, reply, why);
	OPENSSL_cleanse(path, strlen(path));
	if (call->entry->sends_secret && call->body != NULL)
		OPENSSL_cleanse((void *)text, n);	/* json-c's own copy of what it printed */
	return is_here;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static enum api_limit_hit
hit_of(int code)
{
	return code == 45009 ? HIT_WINDOW : code == 45036 ? HIT_TRAFFIC : code == CROWDED ? HIT_CROWD : HIT_NONE;
}

/* Parse, and let the limits and the clock learn from it.  False: no answer of the API; its sentence is in answer->why. */
static bool
receive(const struct call *call, struct api_answer *answer)
{
	int64_t begun_ms = clock_monotonic_ms();
	struct detail why = {""};
	struct api_reply reply;
	bool is_warned = false, is_answer = exchange(call, &reply, &why);
	int code = 0;

	if (is_answer) {
		answer->body = api_answer_parse(reply.text, reply.n, !call->entry->may_lack_code, &code, &is_warned, &why);
		is_answer = answer->body != NULL;
	}
	api_transport_forget(call->api->transport);
	if (is_answer)
		api_clock_follow(call->api, reply.date_s, reply.begun_us, reply.ended_us);
	api_gate_leave(call->api->corps, call->corp, call->name, begun_ms, is_answer ? hit_of(code) : HIT_UNKNOWN,
	    !is_answer || code != 0);
	answer->code = code;
	answer->meaning = api_meaning_in_call(code, is_warned, call->name == API_GET_SUITE_TOKEN);
	answer->holds_secret = call->entry->gives_secret;
	answer->begun_us = reply.begun_us + call->api->offset_us;
	answer->ended_us = reply.ended_us + call->api->offset_us;
	if (!is_answer)
		snprintf(answer->why, sizeof(answer->why), "%s: %.180s", call->entry->path, why.text);
	return is_answer;
}

static void
say_meaning(const struct call *call, struct api_answer *answer)
{
	snprintf(answer->why, sizeof(answer->why), "%s: %d: %s", call->entry->path, answer->code,
	    answer->meaning->meaning);
}

/* Again after a pause?  Else the answer stays API_LATER. */
static bool
again(struct call *call, enum api_policy_name name, struct api_answer *answer)
{
	const struct api_policy *policy = api_policy(name);
	int failures = ++call->failures[name];
	int64_t pause_ms = api_policy_pause_ms(policy, failures, api_random());

	answer->outcome = API_LATER;
	answer->wait_ms = policy->later_ms;
	if (failures >= policy->attempts || clock_monotonic_ms() + pause_ms > call->deadline_ms)
		return false;
	if (!api_pause(call->api, pause_ms)) {
		answer->outcome = API_STOPPED;
		return false;
	}
	return true;
}

static bool
wait_for_limit(struct call *call, struct api_answer *answer)
{
	if (answer->code == CROWDED)
		return again(call, POLICY_CROWDED, answer);
	answer->outcome = API_LATER;
	answer->wait_ms = api_gate_closed_ms(call->api->corps, call->corp, call->name);
	return false;
}

/* The provider's own settings are wrong: no job is at fault, all wait, and nothing is asked in a loop. */
static void
refuse_settings(struct call *call, struct api_answer *answer)
{
	bool is_held = answer->code == ADDRESS_NOT_LISTED;

	if (!is_held && call->name != API_GET_SUITE_TOKEN)
		return;
	answer->outcome = API_LATER;
	answer->wait_ms = HOLD_MS;
	if (is_held)
		call->api->held_until_ms = clock_monotonic_ms() + HOLD_MS;
}

/* What the code asks of us; true: another attempt. */
static bool
judge(struct call *call, struct api_answer *answer)
{
	enum api_reaction reaction = answer->meaning->reaction;

	if (reaction == API_OK) {
		answer->outcome = API_ANSWERED;
		return false;
	}
	api_answer_done(answer);
	say_meaning(call, answer);
	answer->outcome = API_REFUSED;
	switch (reaction) {
	case API_RETRY:
		return again(call, POLICY_BUSY, answer);
	case API_WAIT:
		return wait_for_limit(call, answer);
	case API_TICKET:
		answer->outcome = API_LATER;
		answer->wait_ms = TICKET_WAIT_MS;
		return false;
	case API_TOKEN:
		if (call->entry->token != TOKEN_NONE)
			api_token_drop(call->api, call->entry->token, call->corp->id, &call->token);
		return again(call, POLICY_TOKEN, answer);
	case API_CONFIG:
		refuse_settings(call, answer);
		return false;
	default:
		return false;
	}
}

/* One attempt; true: another one. */
static bool
attempt(struct call *call, struct api_answer *answer)
{
	struct api *api = call->api;
	int64_t held_ms = api->held_until_ms - clock_monotonic_ms(), wait_ms;

	if (*api->stopping) {
		*answer = api_answer_later(0, "the program is to stop");
		answer->outcome = API_STOPPED;
		return false;
	}
	if (held_ms > 0) {
		*answer = api_answer_later(held_ms, "%s: %d: %s", call->entry->path, ADDRESS_NOT_LISTED,
		    api_meaning(ADDRESS_NOT_LISTED)->meaning);
		return false;
	}
	if (call->entry->token != TOKEN_NONE &&
	    !api_token_take(api, call->entry->token, call->corp->id, &call->token, answer))
		return false;
	wait_ms = api_gate_enter(api->corps, call->corp, call->name, api->stopping);
	if (wait_ms != 0) {
		*answer = api_answer_later(wait_ms > 0 ? wait_ms : 1000, wait_ms > 0 ? "%s: its limit of calls is used up" :
		    "%s: no memory", call->entry->path);
		return false;
	}
	*answer = (struct api_answer){.outcome = API_LATER};
	if (!receive(call, answer))
		return again(call, POLICY_NETWORK, answer);
	return judge(call, answer);
}

struct api_answer
api_call(struct api *api, enum api_name name, const char *corp, const char *query, struct json_object *body)
{
	struct call call = {.api = api, .name = name, .entry = &entries[name], .query = query, .body = body};
	struct api_answer answer = api_answer_later(1000, "%s: no memory", entries[name].path);

	call.deadline_ms = clock_monotonic_ms() + 2 * api->conf->api_timeout_ms;
	call.corp = api_corps_use(api->corps, corp);
	if (call.corp == NULL)
		return answer;
	while (attempt(&call, &answer))
		continue;
	OPENSSL_cleanse(call.token.text, sizeof(call.token.text));
	api_corps_leave(api->corps, call.corp);
	return answer;
}

/* --- life ------------------------------------------------------------------------------------------------------------ */

/* Host, process and a random part: a refresh slot is never taken for one's own. */
static void
name_owner(struct api *api)
{
	char host[64] = "";

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	snprintf(api->owner, sizeof(api->owner), "%s:%ld:%08" PRIx32 "%08" PRIx32, host, (long)getpid(), api_random(),
	    api_random());
}

struct api *
api_new(const struct conf *conf, struct store *store, const _Atomic bool *stopping, struct detail *why)
{
	struct api *api = calloc(1, sizeof(*api));

	if (api == NULL) {
		detail_set(why, "no memory");
		return NULL;
	}
	api->conf = conf;
	api->store = store;
	api->stopping = stopping;
	pthread_mutex_init(&api->clock_lock, NULL);
	snprintf(api->suite_corp, sizeof(api->suite_corp), "suite:%s", conf->suite_id);
	snprintf(api->login_corp, sizeof(api->login_corp), "suite:%s", conf->login_suite_id);
	name_owner(api);
	api_clock_start(api);
	api->corps = api_corps_new(conf);
	if (api->corps == NULL)
		detail_set(why, "no memory");
	else
		api->transport = api_transport_new(conf, stopping, why);
	if (api->transport == NULL) {
		api_free(api);
		return NULL;
	}
	return api;
}

void
api_free(struct api *api)
{
	if (api == NULL)
		return;
	api_transport_free(api->transport);
	api_corps_free(api->corps);
	pthread_mutex_destroy(&api->clock_lock);
	free(api);
}

void
api_forget(struct api *api, const char *corp)
{
	api_corps_forget(api->corps, corp);
}

void
api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n)
{
	api_corps_count_saved(api->corps, corp, name, calls_n);
}
