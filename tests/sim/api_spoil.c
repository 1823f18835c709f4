/* Faults that change the text of an answer.  They strike where no client can do without: see api_endpoint.vital. */
#include <string.h>

#include "api_inside.h"

/* One step into a vital path; a `*` goes to some item of a list.  NULL: not there in this answer. */
static struct json_object *
step(struct api_call *call, struct json_object *at, const char *name, size_t n)
{
	char member[64];
	size_t items_n;

	if (n == 1 && name[0] == '*') {
		items_n = json_object_is_type(at, json_type_array) ? json_object_array_length(at) : 0;
		return items_n == 0 ? NULL : json_object_array_get_idx(at, random_below(&call->api->random, items_n));
	}
	if (!json_object_is_type(at, json_type_object) || n >= sizeof(member))
		return NULL;
	memcpy(member, name, n);
	member[n] = '\0';
	return json_object_object_get(at, member);
}

/* The object that holds the path's last member, when it is there. */
static struct json_object *
holder(struct api_call *call, struct json_object *answer, const char *path, const char **ret_name)
{
	const char *dot;

	for (; answer != NULL && (dot = strchr(path, '.')) != NULL; path = dot + 1)
		answer = step(call, answer, path, (size_t)(dot - path));
	*ret_name = path;
	return json_object_is_type(answer, json_type_object) && json_object_object_get_ex(answer, path, NULL) ? answer
													      : NULL;
}

static struct json_object *
wrong_value(struct api_call *call, struct json_object *value)
{
	struct json_object *wrong;

	if (random_chance(&call->api->random, 0.5) || json_object_is_type(value, json_type_object)) {
		wrong = json_object_new_array();
		json_object_array_add(wrong, json_object_new_boolean(1));
		return wrong;
	}
	wrong = json_object_new_object();
	api_put_text(wrong, "value", "?");
	return wrong;
}

static void
spoil_member(struct api_call *call, struct json_object *object, const char *name)
{
	if (call->fault == FAULT_MISSING_MEMBER)
		json_object_object_del(object, name);
	else if (call->fault == FAULT_NULL_MEMBER)
		json_object_object_add(object, name, NULL);
	else
		json_object_object_add(object, name, wrong_value(call, json_object_object_get(object, name)));
}

/* Some vital member that this answer has; an errcode of the wrong type when it has none. */
static void
spoil_some_member(struct api_call *call, struct json_object *answer)
{
	const char *const *vital = call->endpoint->vital;
	size_t n = 0;
	struct json_object *object = NULL;
	const char *name = NULL;

	while (n < sizeof(call->endpoint->vital) / sizeof(vital[0]) && vital[n] != NULL)
		n++;
	for (size_t tries = 0; n > 0 && object == NULL && tries < 20; tries++)
		object = holder(call, answer, vital[random_below(&call->api->random, n)], &name);
	if (object != NULL)
		spoil_member(call, object, name);
	else
		json_object_object_add(answer, "errcode", json_object_new_array());
}

/* `{"errcode":-1,` before what is there, and again at the end what a careless reader would take. */
static void
duplicate(struct text *body)
{
	struct text twice = {0};

	text_adds(&twice, "{\"errcode\":-1,");
	text_add(&twice, body->at + 1, body->n - 2);
	text_adds(&twice, ",\"errcode\":0}");
	text_free(body);
	*body = twice;
}

static void
break_json(struct api_call *call, struct text *body)
{
	static const char *const rubbish[] = {
	    "",
	    "<html><body>系统繁忙</body></html>",
	    "{\"errcode\":0,\"errmsg\":\"ok\"",
	    "{'errcode':0}",
	    "[]",
	    "null",
	    "{\"errcode\":0,\"errmsg\":\"\xff\xfe\"}",
	};
	size_t n = sizeof(rubbish) / sizeof(rubbish[0]), which;

	pthread_mutex_lock(&call->api->lock);
	which = random_below(&call->api->random, n + 1);
	pthread_mutex_unlock(&call->api->lock);
	if (which == n) {
		body->n /= 2;
		return;
	}
	text_clear(body);
	text_adds(body, rubbish[which]);
}

void
api_spoil(struct api_call *call, struct json_object *answer, struct text *ret_body)
{
	const char *text;
	size_t n;

	if (call->fault == FAULT_MISSING_MEMBER || call->fault == FAULT_NULL_MEMBER ||
	    call->fault == FAULT_WRONG_TYPE) {
		pthread_mutex_lock(&call->api->lock);
		if (answer != NULL && call->code == 0)
			spoil_some_member(call, answer);
		pthread_mutex_unlock(&call->api->lock);
	}
	if (answer == NULL)
		return;
	text = json_object_to_json_string_length(answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	text_add(ret_body, text, n);
	if (call->fault == FAULT_DUPLICATE_MEMBER)
		duplicate(ret_body);
	else if (call->fault == FAULT_BAD_JSON)
		break_json(call, ret_body);
}
