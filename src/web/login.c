/*
 * Login by WeCom, in its three ways (protocol 13.1 to 13.3): inside the client, in a browser, from the admin console.
 * Each ends with a code, which WeCom takes once and answers with who it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "fields.h"
#include "log.h"
#include "web.h"

#define DEFAULT_NEXT "/wecom/workspace"
#define SETTINGS_PATH "/wecom/settings"
#define DONE_PATH "/wecom/login/done"
#define BEGIN_QUERY "select wecom.web_session_begin($1, $2, $3, $4::boolean, $5, $6::int)"
#define END_QUERY "select wecom.web_session_end($1, $2)"
#define MANAGES 1	/* auth_type of those who manage the app; 0: may send messages */

struct visitor {
	const char *corp;
	const char *userid;
	const char *open_userid;	/* "" when not told */
	bool is_admin;			/* WeCom says so */
};

/* --- setting out ----------------------------------------------------------------------------------------------------- */

static bool
has_login_suite(const struct web *web)
{
	return web->conf->login_suite_id[0] != '\0';
}

/* Where WeCom shows its login; in `mem`, NULL without memory. */
static const char *
login_address(struct web *web, struct web_request *request, bool is_inside, const char *state)
{
	const struct conf *conf = web->conf;
	struct span back = arena_printf(&request->mem, "%s" DONE_PATH, conf->public_url);
	char *escaped = back.at == NULL ? NULL : api_escape(back.at);
	struct span address = {NULL, 0};

	if (escaped != NULL && is_inside)
		address = arena_printf(&request->mem, "%s/connect/oauth2/authorize?appid=%s&redirect_uri=%s&response_type=code"
		    "&scope=snsapi_base&state=%s#wechat_redirect", conf->oauth_base, conf->suite_id, escaped, state);
	else if (escaped != NULL)
		address = arena_printf(&request->mem, "%s/wwlogin/sso/login?login_type=ServiceApp&appid=%s&redirect_uri=%s"
		    "&state=%s", conf->login_base, has_login_suite(web) ? conf->login_suite_id : conf->suite_id, escaped, state);
	free(escaped);
	return address.at;
}

void
web_login_start(struct web *web, struct web_request *request)
{
	struct span how = form_value(&request->query, "how"), wanted = form_value(&request->query, "next");
	bool is_inside = span_equal(how, SPAN("oauth"));
	const char *next = wanted.n == 0 ? DEFAULT_NEXT : web_next_page(&request->mem, wanted);
	const char *state, *address;

	if (next == NULL || (!is_inside && !span_equal(how, SPAN("web")))) {
		detail_set(&request->why, next == NULL ? "next is no page of ours" : "how is neither oauth nor web");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	state = web_set_out(web, request, is_inside ? "oauth" : "web", next);
	if (state == NULL)
		return;
	address = login_address(web, request, is_inside, state);
	if (address == NULL)
		web_refuse(web, request, REASON_BUG);
	else
		web_redirect(request, address);
}

/* --- who it is ------------------------------------------------------------------------------------------------------- */

/* The page of the login says why it did not work out. */
static void
refuse_login(struct web *web, struct web_request *request, enum reason reason)
{
	struct span location = arena_printf(&request->mem, "/wecom/login?reason=%s", reason_name(reason));

	web_refuse(web, request, reason);
	/* those of a missing login are on their way there already */
	if (reason_http(reason) == 403 && location.at != NULL)
		web_redirect(request, location.at);
}

/* A call of WeCom's API failed: whose turn is it? */
static void
refuse_answer(struct web *web, struct web_request *request, const struct api_answer *answer)
{
	bool is_ours = answer->outcome != API_REFUSED || answer->meaning->reaction == API_CONFIG;

	detail_set(&request->why, "%s", answer->why);
	refuse_login(web, request, is_ours ? REASON_WECOM : REASON_FAILED);
}

static struct api_answer
call_with_code(struct web *web, struct web_request *request, enum api_name name, const char *code)
{
	const char *corp = name == API_LOGIN_GETUSERINFO3RD ?
	    arena_printf(&request->mem, "suite:%s", web->conf->login_suite_id).at : web->suite_corp;
	char *escaped = api_escape(code);
	struct span query = escaped == NULL ? (struct span){NULL, 0} : arena_printf(&request->mem, "code=%s", escaped);
	struct api_answer answer = {.outcome = API_LATER, .meaning = api_meaning(0), .why = "no memory"};

	if (query.at != NULL && corp != NULL)
		answer = api_call(web->api, name, corp, query.at, NULL);
	if (escaped != NULL)
		OPENSSL_cleanse(escaped, strlen(escaped));
	free(escaped);
	return answer;
}

static bool
is_usable(const struct visitor *visitor)
{
	return fields_is_id(visitor->corp) && visitor->userid[0] != '\0';
}

/* service/auth/getuserinfo3rd; false: refused. */
static bool
ask_who(struct web *web, struct web_request *request, enum api_name name, const char *code, struct visitor *ret_visitor)
{
	struct api_answer answer = call_with_code(web, request, name, code);
	struct arena *mem = &request->mem;

	if (answer.outcome != API_ANSWERED) {
		refuse_answer(web, request, &answer);
		return false;
	}
	*ret_visitor = (struct visitor){
		fields_text(answer.body, "corpid", WEB_ID_MAX_BYTES, mem),
		fields_text(answer.body, "userid", WEB_ID_MAX_BYTES, mem),
		fields_text(answer.body, "open_userid", WEB_ID_MAX_BYTES, mem), false};
	api_answer_done(&answer);
	if (is_usable(ret_visitor))
		return true;
	refuse_login(web, request, REASON_OUTSIDER);
	return false;
}

/* The older call for the admin console (protocol 13.3), with the provider's token. */
static bool
ask_who_by_provider(struct web *web, struct web_request *request, const char *code, struct visitor *ret_visitor)
{
	scoped(json_object) struct json_object *body = json_object_new_object();
	struct api_answer answer = {.outcome = API_LATER, .meaning = api_meaning(0), .why = "no memory"};
	struct json_object *user = NULL, *corp = NULL;
	struct arena *mem = &request->mem;

	if (body != NULL && fields_put_text(body, "auth_code", span_of(code)))
		answer = api_call(web->api, API_GET_LOGIN_INFO, web->suite_corp, NULL, body);
	if (answer.outcome != API_ANSWERED) {
		refuse_answer(web, request, &answer);
		return false;
	}
	json_object_object_get_ex(answer.body, "user_info", &user);
	json_object_object_get_ex(answer.body, "corp_info", &corp);
	*ret_visitor = (struct visitor){
		fields_text(corp, "corpid", WEB_ID_MAX_BYTES, mem), fields_text(user, "userid", WEB_ID_MAX_BYTES, mem),
		fields_text(user, "open_userid", WEB_ID_MAX_BYTES, mem), false};
	api_answer_done(&answer);
	if (is_usable(ret_visitor))
		return true;
	refuse_login(web, request, REASON_OUTSIDER);
	return false;
}

static bool
is_named(struct json_object *admin, const struct visitor *visitor, struct arena *mem)
{
	const char *userid = fields_text(admin, "userid", WEB_ID_MAX_BYTES, mem);
	const char *open_userid = fields_text(admin, "open_userid", WEB_ID_MAX_BYTES, mem);

	return strcmp(userid, visitor->userid) == 0 ||
	    (open_userid[0] != '\0' && strcmp(open_userid, visitor->open_userid) == 0);
}

/*
 * WeCom's own list of those who manage the app.  What it cannot tell now, the stored list tells (web_session_read): then
 * this is false.
 */
static bool
ask_is_admin(struct web *web, struct web_request *request, const struct visitor *visitor)
{
	struct api_answer answer = api_call(web->api, API_GET_ADMIN_LIST, visitor->corp, NULL, NULL);
	struct json_object *list = NULL;
	bool is_admin = false;

	if (answer.outcome == API_ANSWERED && json_object_object_get_ex(answer.body, "admin", &list) &&
	    json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list) && !is_admin; i++) {
			struct json_object *admin = json_object_array_get_idx(list, i);

			is_admin = fields_number(admin, "auth_type") == MANAGES && is_named(admin, visitor, &request->mem);
		}
	api_answer_done(&answer);
	return is_admin;
}

/* --- being in -------------------------------------------------------------------------------------------------------- */

static void
end_session(struct web *web, struct web_request *request)
{
	const char *values[] = {request->session.corp, request->session.hash};
	const struct store_question question = {END_QUERY, 2, values, NULL, NULL, web->conf->database_timeout_ms};
	struct detail why;
	char *text = NULL;

	if (request->session.hash == NULL)
		return;
	if (store_ask(web->store, &question, &text, &why) != ST_OK)
		log_text(LOG_LEVEL_WARNING, "a session could not be ended before its time: %s", why.text);
	free(text);
}

static enum reason
reason_of_begin(struct json_object *begun, struct arena *mem)
{
	const char *state = fields_text(begun, "state", 16, mem);

	if (fields_flag(begun, "begun"))
		return REASON_NONE;
	if (strcmp(state, "suspended") == 0)
		return REASON_SUSPENDED;
	if (strcmp(state, "cancelled") == 0)
		return REASON_CANCELLED;
	return strcmp(state, "pending") == 0 ? REASON_PENDING : REASON_NOT_INSTALLED;
}

/* False: refused. */
static bool
begin_session(struct web *web, struct web_request *request, const struct visitor *visitor, const char *login_by)
{
	char id[SESSION_ID_BYTES], hash[SESSION_ID_BYTES], seconds[16];
	const char *values[] = {visitor->corp, hash, visitor->userid, visitor->is_admin ? "true" : "false", login_by, seconds};
	const struct store_question question = {BEGIN_QUERY, 6, values, NULL, NULL, web->conf->database_timeout_ms};
	scoped(json_object) struct json_object *begun = NULL;
	struct span cookie = {NULL, 0};
	enum reason reason;
	char *text = NULL;
	enum status st;

	if (session_id_new(id) == ST_OK)
		cookie = session_cookie_make(&web->keys, span_of(visitor->corp), id, &request->mem);
	if (cookie.at == NULL) {
		web_refuse(web, request, REASON_BUG);
		return false;
	}
	session_hash(span_of(id), hash);
	snprintf(seconds, sizeof(seconds), "%d", web->conf->session_hours * 3600);
	st = store_ask(web->store, &question, &text, &request->why);
	begun = fields_parse(text);
	free(text);
	if (st != ST_OK || begun == NULL) {
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
		return false;
	}
	reason = reason_of_begin(begun, &request->mem);
	if (reason != REASON_NONE) {
		refuse_login(web, request, reason);
		return false;
	}
	web_cookie(web, request, SESSION_COOKIE, cookie.at, "/", web->conf->session_hours * 3600L);
	/* for the line in the log */
	request->session = (struct web_session){.is_here = true, .corp = visitor->corp, .userid = visitor->userid};
	return true;
}

/* The last steps of every login. */
static void
enter(struct web *web, struct web_request *request, struct visitor *visitor, const char *login_by, const char *next)
{
	if (!visitor->is_admin && strncmp(next, SETTINGS_PATH, strlen(SETTINGS_PATH)) == 0)
		visitor->is_admin = ask_is_admin(web, request, visitor);
	/* whoever was logged in here before is no longer */
	web_session_read(web, request);
	request->answer.headers = NULL;
	end_session(web, request);
	request->session = (struct web_session){.is_here = false};
	if (begin_session(web, request, visitor, login_by))
		web_redirect(request, next);
}

void
web_login_done(struct web *web, struct web_request *request)
{
	static const char *const purposes[] = {"oauth", "web", NULL};
	const char *code = web_code(&request->query, "code"), *taken;
	struct visitor visitor;
	bool is_web;

	if (form_value(&request->query, "code").n > 0 && code == NULL) {
		detail_set(&request->why, "code is none of WeCom's");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	taken = web_come_back(web, request, purposes);
	if (taken == NULL) {
		if (request->reason == REASON_STATE)
			refuse_login(web, request, REASON_STATE);
		return;
	}
	if (code == NULL) {
		refuse_login(web, request, REASON_DENIED);
		return;
	}
	is_web = strncmp(taken, "web ", 4) == 0;
	if (!web_wait_begin(web, request))
		return;
	if (ask_who(web, request, is_web && has_login_suite(web) ? API_LOGIN_GETUSERINFO3RD : API_GETUSERINFO3RD, code, &visitor))
		enter(web, request, &visitor, is_web ? "web" : "oauth", strchr(taken, ' ') + 1);
	web_wait_end(web);
}

/*
 * A code from the console carries no state of ours.  Its hash is kept for as long as a code lives, so that one code opens
 * one session even should WeCom take it twice.
 */
static bool
is_first_use(struct web *web, struct web_request *request, const char *code)
{
	char hash[SESSION_ID_BYTES];
	struct span text = arena_printf(&request->mem, "code of the console: %s", code);
	const char *values[] = {web->suite_corp, hash, hash, "web", SETTINGS_PATH};
	const struct store_question question = {"select wecom.web_state_begin($1, $2, $3, $4, $5, 600)", 5, values, NULL, NULL,
	    web->conf->database_timeout_ms};
	char *begun = NULL;
	enum status st;

	session_hash(text, hash);
	st = store_ask(web->store, &question, &begun, &request->why);
	if (st != ST_OK) {
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
	} else if (begun == NULL) {
		detail_set(&request->why, "the code was used before");
		refuse_login(web, request, REASON_FAILED);
	}
	free(begun);
	return st == ST_OK && request->reason == REASON_NONE;
}

void
web_login_console(struct web *web, struct web_request *request)
{
	bool is_by_provider = !has_login_suite(web) && web->conf->provider_secret.at != NULL;
	const char *code = web_code(&request->query, "auth_code");
	struct visitor visitor;
	bool is_known;

	if (code == NULL) {
		detail_set(&request->why, "auth_code is none of WeCom's");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	if (!is_first_use(web, request, code) || !web_wait_begin(web, request))
		return;
	if (is_by_provider)
		is_known = ask_who_by_provider(web, request, code, &visitor);
	else
		is_known = ask_who(web, request, has_login_suite(web) ? API_LOGIN_GETUSERINFO3RD : API_GETUSERINFO3RD, code,
		    &visitor);
	if (is_known)
		enter(web, request, &visitor, "console", SETTINGS_PATH);
	web_wait_end(web);
}

void
web_logout(struct web *web, struct web_request *request)
{
	end_session(web, request);
	web_cookie(web, request, SESSION_COOKIE, "", "/", 0);
	web_answer_json(request, strdup("{\"ok\":true}"));
}
