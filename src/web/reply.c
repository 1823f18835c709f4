/* Answers: what every one of them says to a browser, and how refusals look.  Nothing a peer sent comes back unescaped. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "route.h"
#include "web.h"

#define POLICY_DATA "default-src 'none'; frame-ancestors 'none'"
#define POLICY_PAGE_BEGIN "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; font-src 'self'; "
#define POLICY_PAGE \
	POLICY_PAGE_BEGIN "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
/* WeCom's component for names (protocol 13.4, 13.5): its scripts may not be copied, and must come from its hosts */
#define WECOM_HOSTS " https://wwcdn.weixin.qq.com https://res.wx.qq.com https://open.work.weixin.qq.com"
#define POLICY_PAGE_OPEN_DATA \
	POLICY_PAGE_BEGIN "script-src 'self'" WECOM_HOSTS "; style-src 'self'" WECOM_HOSTS "; img-src 'self' data:" WECOM_HOSTS \
	"; connect-src 'self'" WECOM_HOSTS "; frame-src https://open.work.weixin.qq.com"

static const char *
phrase(int code)
{
	static const struct {
		int code;
		const char *text;
	} phrases[] = {{200, "OK"}, {302, "Found"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
	    {404, "Not Found"}, {405, "Method Not Allowed"}, {413, "Content Too Large"}, {503, "Service Unavailable"}};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].code == code)
			return phrases[i].text;
	return "Internal Server Error";
}

static const char *
policy(const struct web *web, const struct web_request *request)
{
	if (!request->answer.is_page)
		return POLICY_DATA;
	return web->conf->open_data ? POLICY_PAGE_OPEN_DATA : POLICY_PAGE;
}

void
web_header(struct web_request *request, const char *format, ...)
{
	const char *before = request->answer.headers == NULL ? "" : request->answer.headers;
	char line[2048];
	struct span all;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* a header that does not fit, or would be two, is left out */
	if (n < 0 || (size_t)n >= sizeof(line) || strpbrk(line, "\r\n") != NULL)
		return;
	all = arena_printf(&request->mem, "%s%s\r\n", before, line);
	if (all.at != NULL)
		request->answer.headers = all.at;
}

struct span
web_headers(const struct web *web, struct web_request *request, bool has_length)
{
	const struct web_answer *answer = &request->answer;
	struct span length = has_length ? arena_printf(&request->mem, "Content-Length: %zu\r\n", answer->body.n) : SPAN("");
	const char *allow = request->route == NULL || answer->code != 405 ? "" : request->route->is_post ? "Allow: POST\r\n" :
	    request->route->has_effect ? "Allow: GET\r\n" : "Allow: GET, HEAD\r\n";

	return arena_printf(&request->mem,
	    "Status: %d %s\r\nContent-Type: %s\r\n%sCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\nCross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\nContent-Security-Policy: %s\r\n%s%s%s\r\n", answer->code,
	    phrase(answer->code), answer->type, length.at == NULL ? "" : length.at, policy(web, request), allow,
	    answer->code == 503 ? "Retry-After: 5\r\n" : "", answer->headers == NULL ? "" : answer->headers);
}

enum fastcgi_end
web_send(struct web *web, struct web_request *request)
{
	struct span headers = web_headers(web, request, true);
	struct span body = request->answer.body;

	if (headers.at == NULL) {
		headers = SPAN("Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n");
		body = SPAN("");
	}
	return fastcgi_reply(request->fastcgi, headers, request->method == WEB_HEAD ? SPAN("") : body);
}

void
web_answer_text(struct web_request *request, const char *type, struct span body)
{
	request->answer.code = 200;
	request->answer.type = type;
	request->answer.body = body;
}

void
web_answer_json(struct web_request *request, char *text)
{
	free(request->answer.owned);
	request->answer.owned = text;
	web_answer_text(request, "application/json; charset=utf-8", span_of(text));
}

void
web_redirect(struct web_request *request, const char *location)
{
	web_answer_text(request, "text/plain; charset=utf-8", SPAN(""));
	request->answer.code = 302;
	web_header(request, "Location: %s", location);
}

/* --- refusals -------------------------------------------------------------------------------------------------------- */

static void
refuse_data(struct web_request *request, const char *sentence)
{
	scoped(json_object) struct json_object *object = json_object_new_object();
	char *text = NULL;

	if (object != NULL && fields_put_text(object, "error", span_of(sentence)) &&
	    fields_put_text(object, "reason", span_of(reason_name(request->reason))) &&
	    fields_put_text(object, "request_id", span_of(request->id)))
		text = fields_print(object);
	web_answer_json(request, text != NULL ? text : strdup("{}"));
}

/* `content` into the one empty attribute behind `mark`; both are ours: digits, letters and dashes. */
static void
fill(struct web_request *request, const char *mark, const char *content)
{
	struct span page = request->answer.body;
	const char *at = page.n == 0 ? NULL : memmem(page.at, page.n, mark, strlen(mark));
	struct span filled;

	if (at == NULL)
		return;
	at += strlen(mark);
	filled = arena_printf(&request->mem, "%.*s%s%.*s", (int)(at - page.at), page.at, content,
	    (int)(page.at + page.n - at), at);
	if (filled.at != NULL)
		request->answer.body = filled;
}

static void
refuse_page(struct web *web, struct web_request *request, const char *sentence)
{
	char code[16];

	snprintf(code, sizeof(code), "%d", reason_http(request->reason));
	if (!web_page_file(web, request, "error.html")) {
		struct span page = arena_printf(&request->mem, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
		    "<title>%s</title><p>%s</p></html>\n", code, sentence);

		web_answer_text(request, "text/html; charset=utf-8", page);
		request->answer.is_page = true;
		return;
	}
	fill(request, "<meta name=\"wecom-status\" content=\"", code);
	fill(request, "<meta name=\"wecom-reason\" content=\"", reason_name(request->reason));
	fill(request, "<meta name=\"wecom-request\" content=\"", request->id);
}

/* Nobody is logged in: to the login, and from there back to the page. */
static bool
send_to_login(struct web_request *request)
{
	enum reason reason = request->reason;
	struct span next = {NULL, 0}, location;
	char *escaped = NULL;

	if (reason_http(reason) != 401 || request->route == NULL || request->method == WEB_POST)
		return false;
	if (reason == REASON_LOGIN || reason == REASON_EXPIRED)
		next = request->raw_query.n == 0 || form_value(&request->query, "auth_code").at != NULL
			   ? request->path
			   : arena_printf(&request->mem, "%.*s?%.*s", (int)request->path.n, request->path.at,
				 (int)request->raw_query.n, request->raw_query.at);
	if (next.n > 0 && web_next_page(&request->mem, next) != NULL)
		escaped = api_escape(web_next_page(&request->mem, next));
	location = arena_printf(&request->mem, "/wecom/login?%s%s%s%s%s", reason == REASON_LOGIN ? "" : "reason=",
	    reason == REASON_LOGIN ? "" : reason_name(reason), reason == REASON_LOGIN || escaped == NULL ? "" : "&",
	    escaped == NULL ? "" : "next=", escaped == NULL ? "" : escaped);
	free(escaped);
	if (location.at == NULL)
		return false;
	web_redirect(request, location.at);
	return true;
}

static void
refuse(struct web *web, struct web_request *request, enum reason reason, const char *sentence)
{
	enum web_kind kind = request->route != NULL ? request->route->kind : web_route_kind(request->path);

	request->reason = reason;
	if (kind == WEB_KIND_PAGE && send_to_login(request))
		return;
	if (kind == WEB_KIND_DATA)
		refuse_data(request, sentence);
	else if (kind == WEB_KIND_PAGE)
		refuse_page(web, request, sentence);
	else
		web_answer_text(request, "text/plain; charset=utf-8",
		    arena_printf(&request->mem, "%s\n", sentence));
	request->answer.code = reason_http(reason);
}

void
web_refuse(struct web *web, struct web_request *request, enum reason reason)
{
	refuse(web, request, reason, reason_sentence(reason));
}

void
web_refuse_status(struct web *web, struct web_request *request, enum status st)
{
	/* a function's own sentence about an argument */
	if (st == ST_BAD_INPUT)
		refuse(web, request, REASON_BAD_REQUEST, request->why.text);
	else if (st == ST_BUSY)
		web_refuse(web, request, REASON_DATABASE);
	else
		web_refuse(web, request, st == ST_DENIED ? REASON_NOT_ADMIN : REASON_BUG);
}
