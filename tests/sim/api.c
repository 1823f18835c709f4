/* Start, stop, and the commands of the control socket. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"

#define SCRIPTS_MAX 1000

/*
 * One rate for everything: rarer where a single case costs much or holds a client up, and without what only a wrong
 * request may cause (warning).
 */
static void
set_all_faults(struct api *api, double share)
{
	static const double weights[FAULT_N] = {
	    [FAULT_SLOW] = 0.5,
	    [FAULT_CUT_BEFORE] = 1,
	    [FAULT_CUT_MIDDLE] = 1,
	    [FAULT_HTTP_502] = 1,
	    [FAULT_BAD_JSON] = 1,
	    [FAULT_WRONG_TYPE] = 1,
	    [FAULT_MISSING_MEMBER] = 1,
	    [FAULT_NULL_MEMBER] = 1,
	    [FAULT_DUPLICATE_MEMBER] = 1,
	    [FAULT_HUGE_BODY] = 0.1,
	    [FAULT_BUSY] = 2,
	    [FAULT_CONFLICT] = 1,
	    [FAULT_CURSOR_EXPIRED] = 1,
	    [FAULT_CURSOR_LOOP] = 0.5,
	    [FAULT_SHORT_PAGE] = 2,
	    [FAULT_REVOKE] = 0.2,
	};
	double sum = 0;

	for (int i = 0; i < FAULT_N; i++)
		sum += weights[i];
	for (int i = 0; i < FAULT_N; i++)
		api->fault[i] = share * weights[i] / sum;
}

static void
init(struct api *api)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&api->stopped, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&api->lock, NULL);
	random_seed(&api->random, api->options.seed);
	api->began_us = truth_now_us();
	list_init(&api->scripts, sizeof(struct api_script));
	list_init(&api->tokens, sizeof(struct api_token *));
	list_init(&api->refused, sizeof(uint64_t));
	list_init(&api->codes, sizeof(struct api_code));
	list_init(&api->counters.by_code, sizeof(struct api_code_count));
	api_setting_defaults(api);
	api->setting[SETTING_LATENCY_MS] = (double)api->options.latency_ms;
	api->setting[SETTING_STALE_MS] = (double)api->options.stale_ms;
	set_all_faults(api, api->options.faults);
}

struct api *
api_start(const struct api_options *options, struct truth *truth, struct fault *fault)
{
	struct api *api = memset(fault_resize(NULL, sizeof(*api)), 0, sizeof(*api));

	api->options = *options;
	api->truth = truth;
	init(api);
	if (api_server_start(api, fault))
		return api;
	api_stop(api);
	return NULL;
}

unsigned int
api_port(const struct api *api)
{
	return api->port;
}

unsigned int
api_pages_port(const struct api *api)
{
	return api->pages_port;
}

void
api_stop(struct api *api)
{
	if (api == NULL)
		return;
	api_server_stop(api);
	api_cursor_free(api);
	api_count_free(api);
	for (size_t i = 0; i < api->tokens.n; i++)
		free(*(struct api_token **)list_at(&api->tokens, i));
	list_free(&api->tokens);
	list_free(&api->scripts);
	list_free(&api->refused);
	list_free(&api->codes);
	pthread_cond_destroy(&api->stopped);
	pthread_mutex_destroy(&api->lock);
	free(api);
}

static struct json_object *
done(const struct fault *fault)
{
	struct json_object *answer = json_object_new_object();

	if (fault->text[0] != '\0')
		api_put_text(answer, "error", fault->text);
	else
		json_object_object_add(answer, "ok", json_object_new_boolean(1));
	return answer;
}

static const char *
text_of(struct json_object *command, const char *name)
{
	struct json_object *value = json_object_object_get(command, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static bool
add_script(struct api *api, enum api_fault which, struct json_object *command, struct fault *fault)
{
	struct api_script script = {.fault = which};
	const char *path = text_of(command, "api"), *corp = text_of(command, "corp");
	int64_t left = json_object_get_int64(json_object_object_get(command, "count"));

	script.code = json_object_get_int(json_object_object_get(command, "code"));
	if (left < 1)
		return fault_set(fault, "count is at least 1");
	if (which == FAULT_ERRCODE && script.code == 0)
		return fault_set(fault, "the fault errcode needs a code");
	if (path != NULL && api_endpoint_find(path) == NULL)
		return fault_set(fault, "there is no API %.60s", path);
	script.left = (unsigned long long)left;
	snprintf(script.path, sizeof(script.path), "%s", path == NULL ? "" : path);
	snprintf(script.corp, sizeof(script.corp), "%s", corp == NULL ? "" : corp);
	if (api->scripts.n >= SCRIPTS_MAX)
		return fault_set(fault, "there are %d faults waiting already", SCRIPTS_MAX);
	*(struct api_script *)list_add(&api->scripts) = script;
	return true;
}

static enum api_fault
find_fault(const char *name)
{
	for (int i = FAULT_NONE + 1; i < FAULT_N; i++) {
		if (strcmp(name, api_fault_name((enum api_fault)i)) == 0)
			return (enum api_fault)i;
	}
	return FAULT_NONE;
}

/* With the lock held. */
static bool
order_fault(struct api *api, struct json_object *command, struct fault *fault)
{
	struct json_object *value = json_object_object_get(command, "share");
	double share = json_object_get_double(value);
	const char *name = text_of(command, "name");
	enum api_fault which = name == NULL ? FAULT_NONE : find_fault(name);
	bool is_all = name != NULL && strcmp(name, "all") == 0;

	if (which == FAULT_NONE && !is_all)
		return fault_set(fault, "there is no fault %.60s", name == NULL ? "without a name" : name);
	if (!is_all && json_object_object_get_ex(command, "count", NULL))
		return add_script(api, which, command, fault);
	if (value == NULL || !(share >= 0 && share <= 1) || which == FAULT_ERRCODE)
		return fault_set(fault, "a fault takes a share from 0 to 1, or a count (errcode only a count)");
	if (is_all)
		set_all_faults(api, share);
	else
		api->fault[which] = share;
	return true;
}

static struct json_object *
do_fault(struct api *api, struct json_object *command)
{
	struct fault fault = {0};

	pthread_mutex_lock(&api->lock);
	order_fault(api, command, &fault);
	pthread_mutex_unlock(&api->lock);
	return done(&fault);
}

static struct json_object *
do_revoke(struct api *api, struct json_object *command)
{
	static const struct {
		const char *name;
		enum api_token_kind kind;
	} kinds[] = {
	    {"suite", TOKEN_SUITE}, {"login", TOKEN_LOGIN}, {"corp", TOKEN_CORP}, {"provider", TOKEN_PROVIDER}};
	const char *name = text_of(command, "kind");
	enum api_token_kind kind = TOKEN_NONE;
	struct fault fault = {0};
	struct json_object *answer;

	for (size_t i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, kinds[i].name) == 0)
			kind = kinds[i].kind;
	}
	if (name != NULL && kind == TOKEN_NONE) {
		fault_set(&fault, "kind is suite, login, corp or provider");
		return done(&fault);
	}
	answer = done(&fault);
	api_put_number(answer, "revoked", (int64_t)api_token_revoke(api, kind, text_of(command, "corp")));
	return answer;
}

static struct json_object *
do_token(struct api *api, struct json_object *command, enum api_token_kind kind, const char *name)
{
	const char *corp = text_of(command, "corp");
	char value[API_TOKEN_BYTES];
	struct fault fault = {0};
	struct json_object *answer;
	bool is_found;

	pthread_mutex_lock(&api->lock);
	is_found = corp != NULL && api_token_newest(api, kind, corp, value);
	pthread_mutex_unlock(&api->lock);
	if (!is_found)
		fault_set(&fault, "this corp was given none");
	answer = done(&fault);
	if (is_found)
		api_put_text(answer, name, value);
	return answer;
}

static struct json_object *
do_jsapi_ticket(struct api *api, struct json_object *command)
{
	const char *kind = text_of(command, "kind");
	bool is_agent = kind != NULL && strcmp(kind, "agent") == 0;

	return do_token(api, command, is_agent ? TOKEN_TICKET_AGENT : TOKEN_TICKET_CORP, "ticket");
}

static struct json_object *
do_reset(struct api *api)
{
	struct fault fault = {0};

	pthread_mutex_lock(&api->lock);
	api_count_reset(api);
	api->scripts.n = 0;
	pthread_mutex_unlock(&api->lock);
	return done(&fault);
}

static struct json_object *
do_settings(struct api *api)
{
	struct json_object *answer = json_object_new_object();
	struct json_object *faults = json_object_new_object();

	pthread_mutex_lock(&api->lock);
	for (int i = 0; i < SETTING_N; i++)
		json_object_object_add(
		    answer, api_setting_name((enum api_setting)i), json_object_new_double(api->setting[i]));
	for (int i = FAULT_NONE + 1; i < FAULT_ERRCODE; i++)
		json_object_object_add(
		    faults, api_fault_name((enum api_fault)i), json_object_new_double(api->fault[i]));
	pthread_mutex_unlock(&api->lock);
	json_object_object_add(answer, "faults", faults);
	return answer;
}

struct json_object *
api_control(struct api *api, struct json_object *command)
{
	const char *what = text_of(command, "do");

	if (what == NULL)
		return NULL;
	if (strcmp(what, "fault") == 0)
		return do_fault(api, command);
	if (strcmp(what, "revoke_tokens") == 0)
		return do_revoke(api, command);
	if (strcmp(what, "token") == 0)
		return do_token(api, command, TOKEN_CORP, "access_token");
	if (strcmp(what, "jsapi_ticket") == 0)
		return do_jsapi_ticket(api, command);
	if (strcmp(what, "api_counts") == 0)
		return api_counts(api);
	if (strcmp(what, "api_reset") == 0)
		return do_reset(api);
	if (strcmp(what, "api_settings") == 0)
		return do_settings(api);
	return NULL;
}
