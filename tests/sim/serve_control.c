/*
 * The commands of the control socket.  One JSON object a line; the answer is one, with "error" when it was no good:
 *   {"do":"status"}           active, pending, deeds, events, api_port
 *   {"do":"stop_activity"}    no more deeds; status.  {"do":"start_activity"}: on again
 *   {"do":"counts"}           tally of callbacks; "chats": sums over all, by corp (by chat with "by_chat":true); "api"
 *   {"do":"dump"}             the whole truth
 *   {"do":"figures","corp":C} what happened there by day, and what there is: see figure.h; "from", "to": days
 *   {"do":"deed","kind":K}    one deed now, "corp" or any, "count" times: done, told
 *   {"do":"set",NAME:VALUE}   see serve_options.h and api_setting.c
 *   {"do":"quit"}
 * and the API's own (api.h): fault, revoke_tokens, api_counts, api_reset, api_settings.
 */
#include <string.h>

#include "figure.h"
#include "order.h"
#include "serve.h"
#include "state.h"

#define DEEDS_MOST 100000

typedef struct json_object *command(struct serve *serve, struct json_object *json, struct fault *fault);

static void
put(struct json_object *json, const char *name, unsigned long long n)
{
	json_object_object_add(json, name, json_object_new_int64((int64_t)n));
}

static struct json_object *
do_status(struct serve *serve, struct json_object *json, struct fault *fault)
{
	struct json_object *answer = json_object_new_object();

	(void)json;
	(void)fault;
	json_object_object_add(answer, "active", json_object_new_boolean(serve->is_active));
	put(answer, "pending", serve_pending_n(serve));
	put(answer, "deeds", serve->deeds);
	put(answer, "events", serve->tally.events);
	put(answer, "api_port", serve->api == NULL ? 0 : api_port(serve->api));
	return answer;
}

static struct json_object *
do_stop(struct serve *serve, struct json_object *json, struct fault *fault)
{
	serve_stop_activity(serve);
	return do_status(serve, json, fault);
}

static struct json_object *
do_start(struct serve *serve, struct json_object *json, struct fault *fault)
{
	serve->is_active = true;
	serve->options.stop_after_events = 0;
	serve->options.seconds = 0;
	return do_status(serve, json, fault);
}

static struct json_object *
do_counts(struct serve *serve, struct json_object *json, struct fault *fault)
{
	struct json_object *answer = json_object_new_object(), *by_chat = NULL;
	const struct tally *tally = &serve->tally;

	(void)fault;
	json_object_object_get_ex(json, "by_chat", &by_chat);
	put(answer, "deeds", serve->deeds);
	put(answer, "events", tally->events);
	put(answer, "lost", tally->lost);
	put(answer, "sent", tally->sent);
	put(answer, "acknowledged", tally->acknowledged);
	put(answer, "acknowledged_events", tally->acknowledged_events);
	put(answer, "failed", tally->failed);
	put(answer, "given_up", tally->given_up);
	put(answer, "pending", serve_pending_n(serve));
	truth_lock(&serve->activity.truth);
	json_object_object_add(answer, "chats", mark_counts(&serve->activity.truth, json_object_get_boolean(by_chat)));
	truth_unlock(&serve->activity.truth);
	json_object_object_add(answer, "api", serve->api == NULL ? NULL : api_counts(serve->api));
	return answer;
}

static struct json_object *
do_dump(struct serve *serve, struct json_object *json, struct fault *fault)
{
	struct json_object *answer;

	(void)json;
	(void)fault;
	truth_lock(&serve->activity.truth);
	answer = state_json(&serve->activity.truth);
	truth_unlock(&serve->activity.truth);
	return answer;
}

static const char *
text_of(struct json_object *json, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(json, name, &value) && json_object_is_type(value, json_type_string)
		   ? json_object_get_string(value)
		   : NULL;
}

static struct json_object *
do_figures(struct serve *serve, struct json_object *json, struct fault *fault)
{
	const char *corp_id = text_of(json, "corp");
	struct truth *truth = &serve->activity.truth;
	struct json_object *answer = NULL;
	const struct truth_corp *corp;

	truth_lock(truth);
	corp = corp_id == NULL ? NULL : truth_find_corp(truth, corp_id);
	if (corp == NULL)
		fault_set(fault, "there is no such corp");
	else
		answer = figure_json(corp, text_of(json, "from"), text_of(json, "to"), fault);
	truth_unlock(truth);
	return answer;
}

static struct json_object *
do_deeds(struct serve *serve, struct json_object *json, struct fault *fault)
{
	static struct facts facts;
	struct json_object *answer, *value;
	const char *kind = text_of(json, "kind"), *corp_id = text_of(json, "corp");
	struct truth *truth = &serve->activity.truth;
	unsigned long long events = serve->tally.events;
	int64_t count = 1, done_n = 0;
	struct truth_corp *corp;
	bool done = true;

	if (json_object_object_get_ex(json, "count", &value))
		count = json_object_get_int64(value);
	if (kind == NULL || count < 1 || count > DEEDS_MOST) {
		fault_set(fault, "a deed has a kind and a count from 1 to %d", DEEDS_MOST);
		return NULL;
	}
	truth_lock(truth);
	serve->activity.options = serve->options.activity;
	corp = corp_id == NULL ? NULL : truth_find_corp(truth, corp_id);
	if (corp_id != NULL && corp == NULL)
		fault_set(fault, "there is no such corp");
	for (; done_n < count && done && fault->text[0] == '\0'; done_n += done)
		serve_post(serve, activity_do(&serve->activity, kind, corp, &facts, &done), &facts);
	truth_unlock(truth);
	if (fault->text[0] == '\0' && done_n == 0)
		fault_set(fault, "there is no deed %.40s, or it is not possible now", kind);
	if (fault->text[0] != '\0')
		return NULL;
	answer = json_object_new_object();
	put(answer, "done", (unsigned long long)done_n);
	put(answer, "told", serve->tally.events - events);
	return answer;
}

static bool
set_one(struct serve *serve, const char *name, struct json_object *value, struct fault *fault)
{
	if (serve_options_set(&serve->options, name, value, fault))
		return true;
	if (fault->text[0] == '\0' && serve->api != NULL && api_set(serve->api, name, value, fault))
		return true;
	return fault->text[0] != '\0' ? false : fault_set(fault, "there is no setting %.60s", name);
}

static struct json_object *
do_set(struct serve *serve, struct json_object *json, struct fault *fault)
{
	json_object_object_foreach(json, name, value)
	{
		if (strcmp(name, "do") != 0 && !set_one(serve, name, value, fault))
			return NULL;
	}
	return do_status(serve, json, fault);
}

static struct json_object *
do_quit(struct serve *serve, struct json_object *json, struct fault *fault)
{
	serve->is_stopping = true;
	return do_status(serve, json, fault);
}

static const struct {
	const char *name;
	command *run;
} commands[] = {
    {"status", do_status},
    {"stop_activity", do_stop},
    {"start_activity", do_start},
    {"counts", do_counts},
    {"dump", do_dump},
    {"figures", do_figures},
    {"deed", do_deeds},
    {"set", do_set},
    {"quit", do_quit},
};

static struct json_object *
obey(struct serve *serve, struct json_object *json, struct fault *fault)
{
	const char *name = text_of(json, "do");
	struct json_object *answer = NULL;

	for (size_t i = 0; name != NULL && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(serve, json, fault);
	}
	if (name != NULL && serve->api != NULL)
		answer = api_control(serve->api, json);
	if (answer == NULL)
		fault_set(fault, "there is no such command");
	return answer;
}

void
serve_command(void *self, const char *line, size_t n, struct text *answer)
{
	struct fault fault = {0};
	struct json_object *json = order_parse(line, n, &fault), *said = NULL;

	if (json != NULL)
		said = obey(self, json, &fault);
	if (said == NULL) {
		said = json_object_new_object();
		json_object_object_add(said, "error", json_object_new_string(fault.text));
	}
	text_adds(
	    answer, json_object_to_json_string_ext(said, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(said);
	json_object_put(json);
}
