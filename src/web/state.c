/*
 * The way to WeCom and back.  A state is random, good once and for ten minutes, and bound to the browser by a cookie; the
 * database knows the hashes of both.
 */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "web.h"

#define STATE_SECONDS 600
#define BROWSER_COOKIE "wecom_browser"
#define CODE_MAX_BYTES 512
#define BEGIN_QUERY "select wecom.web_state_begin($1, $2, $3, $4, $5, $6::int)"
#define TAKE_QUERY "select wecom.web_state_take($1, $2, $3)"

static bool
is_random(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
			return false;
	return s.n == SESSION_ID_BYTES - 1;
}

/* The browser's own cookie: several logins may be under way in it.  Renewed with each. */
static bool
browser_id(struct web_request *request, char ret_id[SESSION_ID_BYTES])
{
	struct span cookie = cookie_value(fastcgi_param(request->fastcgi, "HTTP_COOKIE"), BROWSER_COOKIE);

	if (!is_random(cookie))
		return session_id_new(ret_id) == ST_OK;
	memcpy(ret_id, cookie.at, cookie.n);
	ret_id[cookie.n] = '\0';
	return true;
}

const char *
web_set_out(struct web *web, struct web_request *request, const char *purpose, const char *next)
{
	char state[SESSION_ID_BYTES], state_hash[SESSION_ID_BYTES], browser[SESSION_ID_BYTES], browser_hash[SESSION_ID_BYTES];
	const char *values[] = {web->suite_corp, state_hash, browser_hash, purpose, next, "600"};
	const struct store_question question = {BEGIN_QUERY, 6, values, NULL, NULL, web->conf->database_timeout_ms};
	char *text = NULL;
	enum status st;

	_Static_assert(STATE_SECONDS == 600, "as in the values");
	if (session_id_new(state) != ST_OK || !browser_id(request, browser)) {
		web_refuse(web, request, REASON_BUG);
		return NULL;
	}
	session_hash(span_of(state), state_hash);
	session_hash(span_of(browser), browser_hash);
	st = store_ask(web->store, &question, &text, &request->why);
	free(text);
	if (st != ST_OK) {
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
		return NULL;
	}
	web_cookie(web, request, BROWSER_COOKIE, browser, "/wecom", STATE_SECONDS);
	return arena_copy(&request->mem, span_of(state)).at;
}

static const char *
take_state(struct web *web, struct web_request *request, struct span state)
{
	char state_hash[SESSION_ID_BYTES], browser_hash[SESSION_ID_BYTES];
	const char *values[] = {web->suite_corp, state_hash, browser_hash};
	const struct store_question question = {TAKE_QUERY, 3, values, NULL, NULL, web->conf->database_timeout_ms};
	scoped(json_object) struct json_object *row = NULL;
	char *text = NULL;
	enum status st;

	session_hash(state, state_hash);
	session_hash(cookie_value(fastcgi_param(request->fastcgi, "HTTP_COOKIE"), BROWSER_COOKIE), browser_hash);
	st = store_ask(web->store, &question, &text, &request->why);
	row = fields_parse(text);
	free(text);
	if (st != ST_OK) {
		web_refuse_status(web, request, st == ST_BUSY ? st : ST_BUG);
		return NULL;
	}
	if (row == NULL || !fields_flag(row, "same_browser")) {
		detail_set(&request->why, row == NULL ? "the state is not known, was used, or is too old" :
		    "the state is another browser's");
		web_refuse(web, request, REASON_STATE);
		return NULL;
	}
	return arena_printf(&request->mem, "%s %s", fields_text(row, "purpose", 16, &request->mem),
	    fields_text(row, "next", 1024, &request->mem)).at;
}

const char *
web_come_back(struct web *web, struct web_request *request, const char *const *purposes)
{
	struct span state = form_value(&request->query, "state");
	const char *taken;

	if (!is_random(state)) {
		detail_set(&request->why, "state is missing, or none of ours");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return NULL;
	}
	taken = take_state(web, request, state);
	for (size_t i = 0; taken != NULL && purposes[i] != NULL; i++)
		if (strncmp(taken, purposes[i], strlen(purposes[i])) == 0 && taken[strlen(purposes[i])] == ' ')
			return taken;
	if (taken != NULL) {
		detail_set(&request->why, "the state was given for something else");
		web_refuse(web, request, REASON_STATE);
	}
	return NULL;
}

const char *
web_code(const struct form *form, const char *name)
{
	struct span code = form_value(form, name);

	if (code.n == 0 || code.n > CODE_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < code.n; i++)
		if (code.at[i] < 0x21 || code.at[i] > 0x7e)
			return NULL;
	return code.at;
}
