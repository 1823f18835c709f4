/* JSON: one SQL function each, which answers for one corp and checks its own arguments. */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "route.h"
#include "web.h"

#define KIND_MAX_BYTES 32
#define TARGET_MAX_BYTES 128

const char *
web_args(struct web_request *request)
{
	scoped(json_object) struct json_object *object = json_object_new_object();
	char *text = NULL;
	struct span copy;

	for (size_t i = 0; object != NULL && i < request->query.n; i++) {
		struct span name = arena_copy(&request->mem, request->query.fields[i].name);

		if (name.at == NULL || !fields_put_text(object, name.at, request->query.fields[i].value))
			return NULL;
	}
	text = fields_print(object);
	copy = arena_copy(&request->mem, span_of(text));
	free(text);
	return copy.n == 0 ? NULL : copy.at;
}

/* False: refused.  *ret_text is the caller's; NULL: null. */
static bool
ask(struct web *web, struct web_request *request, char **ret_text, enum status *ret_status)
{
	const char *args = web_args(request);
	const char *values[] = {request->session.corp, args};
	const struct store_question question = {request->route->sql, 2, values, request->session.corp, args, WEB_QUERY_MS};

	*ret_text = NULL;
	*ret_status = args == NULL ? ST_NOMEM : store_ask(web->store, &question, ret_text, &request->why);
	return *ret_status == ST_OK;
}

void
web_data(struct web *web, struct web_request *request)
{
	enum status st;
	char *text;

	if (!ask(web, request, &text, &st))
		web_refuse_status(web, request, st);
	else if (text == NULL)
		web_refuse(web, request, REASON_NOT_FOUND);
	else
		web_answer_json(request, text);
}

/* Who I am: what the database says of the corp, and what only this program knows. */
void
web_me(struct web *web, struct web_request *request)
{
	const struct web_session *session = &request->session;
	scoped(json_object) struct json_object *me = NULL;
	char *text, *printed = NULL;
	enum status st;

	/* without the function of the database this program's own part is told */
	if (!ask(web, request, &text, &st) && st != ST_NOT_FOUND) {
		web_refuse_status(web, request, st);
		return;
	}
	me = fields_parse(text);
	free(text);
	if (me == NULL)
		me = json_object_new_object();
	if (me != NULL && fields_put_text(me, "corp_id", span_of(session->corp)) &&
	    fields_put_text(me, "corp_name", span_of(session->corp_name)) &&
	    fields_put_text(me, "userid", span_of(session->userid)) && fields_put_text(me, "state", SPAN("active")) &&
	    fields_put(me, "is_admin", json_object_new_boolean(session->is_admin)) &&
	    fields_put(me, "open_data", json_object_new_boolean(web->conf->open_data)) &&
	    fields_put_text(me, "csrf_token", span_of(session->csrf_token)))
		printed = fields_print(me);
	if (printed == NULL)
		web_refuse(web, request, REASON_BUG);
	else
		web_answer_json(request, printed);
}

/* What an administrator asks to be done: {raised: n}. */
void
web_act(struct web *web, struct web_request *request)
{
	struct span kind = form_value(&request->body, "kind"), target = form_value(&request->body, "target");
	const char *values[] = {request->session.corp, request->session.hash, kind.n == 0 ? NULL : kind.at,
	    target.n == 0 ? NULL : target.at};
	const struct store_question question = {request->route->sql, 4, values, NULL, NULL, WEB_QUERY_MS};
	char *text = NULL;
	struct span answer;
	enum status st;

	if (kind.at == NULL || kind.n > KIND_MAX_BYTES || target.n > TARGET_MAX_BYTES) {
		detail_set(&request->why, "kind is missing, or kind or target is too long");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	st = store_ask(web->store, &question, &text, &request->why);
	if (st != ST_OK) {
		web_refuse_status(web, request, st);
		return;
	}
	answer = arena_printf(&request->mem, "{\"raised\":%s}", text == NULL ? "0" : text);
	free(text);
	web_answer_json(request, strdup(answer.at == NULL ? "{}" : answer.at));
}
