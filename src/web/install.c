/*
 * An installation that begins here (protocol 12.2): a pre_auth_code, WeCom's page, back with an auth code.  The code is
 * sealed and handed to the same job as that of a create_auth; the installer's browser may ask how it goes on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fields.h"
#include "seal.h"
#include "web.h"

#define DONE_PATH "/wecom/install/done"
#define INSTALL_COOKIE "wecom_install"
#define INSTALL_SECONDS 86400
#define NAME_BYTES 16
#define CODE_SIZE 1024
#define TEST_INSTALLATION 1	/* auth_type of set_session_info */
#define KEEP_QUERY "select wecom.web_install($1, $2, $3, $4::bigint)"
#define LOOK_QUERY "select wecom.web_install_state($1, $2)"

static void
refuse_answer(struct web *web, struct web_request *request, struct api_answer *answer)
{
	detail_set(&request->why, "%s", answer->why);
	api_answer_done(answer);
	web_refuse(web, request, REASON_WECOM);
}

/* service/set_session_info: wanted only for apps that are not released. */
static bool
make_it_a_test(struct web *web, struct web_request *request, const char *code)
{
	scoped(json_object) struct json_object *body = json_object_new_object();
	struct json_object *info = json_object_new_object();
	struct api_answer answer = {.outcome = API_LATER, .meaning = api_meaning(0), .why = "no memory"};

	if (body != NULL && info != NULL && fields_put(info, "auth_type", json_object_new_int(TEST_INSTALLATION)) &&
	    fields_put_text(body, "pre_auth_code", span_of(code)) && fields_put(body, "session_info", json_object_get(info)))
		answer = api_call(web->api, API_SET_SESSION_INFO, web->suite_corp, NULL, body);
	json_object_put(info);
	if (answer.outcome == API_ANSWERED) {
		api_answer_done(&answer);
		return true;
	}
	refuse_answer(web, request, &answer);
	return false;
}

/* NULL: refused. */
static const char *
fetch_code(struct web *web, struct web_request *request)
{
	struct api_answer answer = api_call(web->api, API_GET_PRE_AUTH_CODE, web->suite_corp, NULL, NULL);
	const char *code = "";

	if (answer.outcome != API_ANSWERED) {
		refuse_answer(web, request, &answer);
		return NULL;
	}
	code = fields_text(answer.body, "pre_auth_code", CODE_SIZE, &request->mem);
	api_answer_done(&answer);
	if (code[0] == '\0') {
		detail_set(&request->why, "service/get_pre_auth_code: the answer holds none");
		web_refuse(web, request, REASON_WECOM);
		return NULL;
	}
	if (web->conf->install_type == CONF_INSTALL_TEST && !make_it_a_test(web, request, code))
		return NULL;
	return code;
}

static void
set_out(struct web *web, struct web_request *request, const char *code)
{
	const struct conf *conf = web->conf;
	const char *state = web_set_out(web, request, "install", DONE_PATH);
	struct span back = arena_printf(&request->mem, "%s" DONE_PATH, conf->public_url), address = {NULL, 0};
	char *escaped_back, *escaped_code;

	if (state == NULL)
		return;
	escaped_back = back.at == NULL ? NULL : api_escape(back.at);
	escaped_code = api_escape(code);
	if (escaped_back != NULL && escaped_code != NULL)
		address = arena_printf(&request->mem, "%s/3rdapp/install?suite_id=%s&pre_auth_code=%s&redirect_uri=%s&state=%s",
		    conf->install_base, conf->suite_id, escaped_code, escaped_back, state);
	free(escaped_back);
	free(escaped_code);
	if (address.at == NULL)
		web_refuse(web, request, REASON_BUG);
	else
		web_redirect(request, address.at);
}

void
web_install_start(struct web *web, struct web_request *request)
{
	const char *code;

	if (!web_wait_begin(web, request))
		return;
	code = fetch_code(web, request);
	web_wait_end(web);
	if (code != NULL)
		set_out(web, request, code);
}

static struct span
to_hex(struct span bytes, struct arena *mem)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = arena_alloc(mem, 2 * bytes.n + 1);

	for (size_t i = 0; hex != NULL && i < bytes.n; i++) {
		hex[2 * i] = digits[(unsigned char)bytes.at[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)bytes.at[i] & 15];
	}
	return (struct span){hex, hex == NULL ? 0 : 2 * bytes.n};
}

/* The code under its row's identity, hexadecimal; absent: it could not be sealed. */
static struct span
seal_code(struct web *web, struct web_request *request, const char *name, const char *code)
{
	struct span identity = seal_row_identity(&request->mem, span_of(web->suite_corp), SPAN("auth_code"), span_of(name));
	struct span sealed;

	if (identity.at == NULL ||
	    seal_close(&web->conf->master_key, identity, span_of(code), &request->mem, &sealed) != ST_OK)
		return (struct span){NULL, 0};
	return to_hex(sealed, &request->mem);
}

static void
keep_code(struct web *web, struct web_request *request, const char *code)
{
	char name[SESSION_ID_BYTES], now[24];
	struct span sealed;
	const char *values[4] = {web->suite_corp, name, NULL, now};
	const struct store_question question = {KEEP_QUERY, 4, values, NULL, NULL, web->conf->database_timeout_ms};
	char *text = NULL;
	enum status st = ST_BUG;

	session_hash(span_of(code), name);
	name[NAME_BYTES] = '\0';
	snprintf(now, sizeof(now), "%" PRId64, clock_wall_us());
	sealed = seal_code(web, request, name, code);
	values[2] = sealed.at;
	if (sealed.at != NULL)
		st = store_ask(web->store, &question, &text, &request->why);
	free(text);
	if (st != ST_OK) {
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
		return;
	}
	web_cookie(web, request, INSTALL_COOKIE, name, "/wecom", INSTALL_SECONDS);
	web_redirect(request, DONE_PATH);
}

/* Back from WeCom with a code, or the page that tells how it goes on. */
void
web_install_done(struct web *web, struct web_request *request)
{
	static const char *const purposes[] = {"install", NULL};
	bool is_back = form_value(&request->query, "auth_code").at != NULL || form_value(&request->query, "state").at != NULL;
	const char *code = web_code(&request->query, "auth_code");

	if (!is_back) {
		if (!web_page_file(web, request, "install.html"))
			web_refuse(web, request, REASON_BUG);
		return;
	}
	if (code == NULL || request->method != WEB_GET) {
		detail_set(&request->why, "auth_code is missing, or none of WeCom's");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	if (web_come_back(web, request, purposes) != NULL)
		keep_code(web, request, code);
}

/*
 * {"state": "waiting", "failed" or "exchanged"} for the browser that installed: who logs in then sees how the corp is
 * being read.  404: nothing was begun here.
 */
void
web_install_look(struct web *web, struct web_request *request)
{
	struct span cookie = cookie_value(fastcgi_param(request->fastcgi, "HTTP_COOKIE"), INSTALL_COOKIE);
	const char *name = cookie.n == NAME_BYTES ? arena_copy(&request->mem, cookie).at : NULL;
	const char *values[] = {web->suite_corp, name};
	const struct store_question question = {LOOK_QUERY, 2, values, NULL, NULL, web->conf->database_timeout_ms};
	bool is_name = name != NULL && strspn(name, "0123456789abcdef") == NAME_BYTES;
	char *state = NULL;
	enum status st = is_name ? store_ask(web->store, &question, &state, &request->why) : ST_OK;

	if (st != ST_OK)
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
	else if (state != NULL && strcmp(state, "waiting") == 0)
		web_answer_json(request, strdup("{\"state\":\"waiting\"}"));
	else if (state != NULL && strcmp(state, "done") == 0)
		web_answer_json(request, strdup("{\"state\":\"exchanged\"}"));
	else if (state != NULL && strcmp(state, "failed") == 0)
		web_answer_json(request, strdup("{\"state\":\"failed\",\"error\":\"The installation could not be completed: "
		    "please remove the app from your company and install it again.\"}"));
	else
		web_refuse(web, request, REASON_NOT_FOUND);
	free(state);
}
