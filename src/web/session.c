/* Who asks: from the cookie to a good session of an active corp. */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "web.h"

#define NEXT_MAX_BYTES 512
#define READ_QUERY "select wecom.web_session_read($1, $2)"

static enum reason
reason_of_state(const char *state)
{
	static const struct {
		const char *state;
		enum reason reason;
	} states[] = {{"active", REASON_NONE}, {"suspended", REASON_SUSPENDED}, {"cancelled", REASON_CANCELLED},
	    {"pending", REASON_PENDING}};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i].state) == 0)
			return states[i].reason;
	return REASON_NOT_INSTALLED;
}

static void
take_row(struct web_request *request, struct json_object *row)
{
	struct web_session *session = &request->session;
	struct arena *mem = &request->mem;

	if (row == NULL) {
		session->lost = REASON_EXPIRED;
		return;
	}
	session->userid = fields_text(row, "userid", WEB_ID_MAX_BYTES, mem);
	session->corp_name = fields_text(row, "corp_name", 1024, mem);
	session->agent_id = fields_number(row, "agent_id");
	session->is_admin = fields_flag(row, "is_admin");
	session->lost = reason_of_state(fields_text(row, "state", 16, mem));
	session->is_here = session->lost == REASON_NONE && session->userid[0] != '\0';
}

/* Corp and id of the cookie, when it is one of ours. */
static bool
read_cookie(struct web *web, struct web_request *request)
{
	struct web_session *session = &request->session;
	struct span cookie = cookie_value(fastcgi_param(request->fastcgi, "HTTP_COOKIE"), SESSION_COOKIE), corp;
	char id[SESSION_ID_BYTES], text[SESSION_ID_BYTES];

	session->had_cookie = cookie.at != NULL;
	session->lost = session->had_cookie ? REASON_EXPIRED : REASON_LOGIN;
	if (!session_cookie_read(&web->keys, cookie, &request->mem, &corp, id))
		return false;
	session->corp = corp.at;
	session_hash(span_of(id), text);
	session->hash = arena_copy(&request->mem, span_of(text)).at;
	session_csrf_token(&web->keys, corp, id, text);
	session->csrf_token = arena_copy(&request->mem, span_of(text)).at;
	return session->hash != NULL && session->csrf_token != NULL && text[0] != '\0';
}

void
web_session_read(struct web *web, struct web_request *request)
{
	const char *values[2];
	const struct store_question question = {READ_QUERY, 2, values, NULL, NULL, web->conf->database_timeout_ms};
	scoped(json_object) struct json_object *row = NULL;
	char *text = NULL;
	enum status st;

	if (!read_cookie(web, request))
		return;
	values[0] = request->session.corp;
	values[1] = request->session.hash;
	st = store_ask(web->store, &question, &text, &request->why);
	if (st == ST_OK) {
		row = fields_parse(text);
		take_row(request, row);
	} else {
		request->session.lost = st == ST_BUSY ? REASON_DATABASE : REASON_BUG;
	}
	free(text);
	if (request->session.lost == REASON_EXPIRED)
		web_cookie(web, request, SESSION_COOKIE, "", "/", 0);
}

void
web_cookie(const struct web *web, struct web_request *request, const char *name, const char *value, const char *path,
    long seconds)
{
	web_header(request, "Set-Cookie: %s=%s; Path=%s; Max-Age=%ld; HttpOnly; SameSite=Lax%s", name, value, path, seconds,
	    web->is_secure ? "; Secure" : "");
}

/*
 * A path below /wecom/ on this very host and nothing that a browser could take for another: no second slash in a row, no
 * backslash, no dot segment, no escape of any of these (a page's address has no need of one but in its query).
 */
const char *
web_next_page(struct arena *mem, struct span next)
{
	const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_-.?=&%+:,~";
	const char *copy, *query;
	size_t path_n;

	if (next.n > NEXT_MAX_BYTES || next.n < 8 || memcmp(next.at, "/wecom/", 7) != 0)
		return NULL;
	copy = arena_copy(mem, next).at;
	if (copy == NULL || strlen(copy) != next.n || strspn(copy, allowed) != next.n)
		return NULL;
	query = strchr(copy, '?');
	path_n = query == NULL ? next.n : (size_t)(query - copy);
	if (memmem(copy, path_n, "//", 2) != NULL || memmem(copy, path_n, "..", 2) != NULL ||
	    memchr(copy, '%', path_n) != NULL || strncmp(copy, "/wecom/login", 12) == 0 ||
	    strncmp(copy, "/wecom/logout", 13) == 0 || strncmp(copy, "/wecom/api/", 11) == 0)
		return NULL;
	return copy;
}
