/*
 * The way of a request, read downwards: address, parameters, who, may they, the handler, the answer, the line in the log.
 * The line holds the path without its query: codes and states travel there.
 */
#include "web.h"

#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "route.h"

static enum web_method
method_of(struct span method)
{
	if (span_equal(method, SPAN("GET")))
		return WEB_GET;
	if (span_equal(method, SPAN("HEAD")))
		return WEB_HEAD;
	return span_equal(method, SPAN("POST")) ? WEB_POST : WEB_OTHER;
}

/* Copies: the library's parameters are gone when the line is written. */
static enum status
read_head(struct web_request *request)
{
	request->method = method_of(fastcgi_param(request->fastcgi, "REQUEST_METHOD"));
	request->path = arena_copy(&request->mem, fastcgi_path(request->fastcgi));
	request->raw_query = arena_copy(&request->mem, fastcgi_param(request->fastcgi, "QUERY_STRING"));
	if (request->path.at == NULL || request->raw_query.at == NULL)
		return ST_NOMEM;
	return uuid_v7(clock_wall_us(), request->id);
}

static bool
is_form(struct span type)
{
	const struct span wanted = SPAN("application/x-www-form-urlencoded");

	return type.n >= wanted.n && span_equal((struct span){type.at, wanted.n}, wanted) &&
	    (type.n == wanted.n || type.at[wanted.n] == ';');
}

/* A POST: its form, and the proof that it comes from a page of this session. */
static bool
read_post(struct web *web, struct web_request *request)
{
	int64_t deadline_ms = request->arrived_us / 1000 + web->conf->request_timeout_ms;
	struct span body, token = fastcgi_param(request->fastcgi, "HTTP_X_CSRF_TOKEN");
	enum status st = fastcgi_body(request->fastcgi, &request->mem, WEB_BODY_MAX_BYTES, deadline_ms, &body, &request->why);

	if (st == ST_OK && body.n > 0 && !is_form(fastcgi_param(request->fastcgi, "CONTENT_TYPE"))) {
		detail_set(&request->why, "the body is no form");
		st = ST_BAD_INPUT;
	}
	if (st == ST_OK)
		st = form_parse(body, &request->mem, &request->body, &request->why);
	if (st != ST_OK) {
		web_refuse(web, request, st == ST_TOO_LARGE ? REASON_TOO_LARGE : REASON_BAD_REQUEST);
		return false;
	}
	if (span_equal(fastcgi_param(request->fastcgi, "HTTP_SEC_FETCH_SITE"), SPAN("cross-site")) ||
	    !span_equal_constant_time(token, span_of(request->session.csrf_token))) {
		web_refuse(web, request, REASON_FORGED);
		return false;
	}
	return true;
}

static bool
is_allowed(struct web *web, struct web_request *request)
{
	if (request->route->access == WEB_PUBLIC)
		return true;
	web_session_read(web, request);
	if (!request->session.is_here) {
		web_refuse(web, request, request->session.lost);
		return false;
	}
	if (request->route->access == WEB_ADMIN && !request->session.is_admin) {
		web_refuse(web, request, REASON_NOT_ADMIN);
		return false;
	}
	return true;
}

static void
judge(struct web *web, struct web_request *request)
{
	enum status st = read_head(request);

	if (st == ST_OK)
		st = request->path.n > WEB_PATH_MAX_BYTES ? ST_NOT_FOUND :
		    web_route_find(request->path, request->method, &request->route);
	if (st == ST_OK)
		st = form_parse(request->raw_query, &request->mem, &request->query, &request->why);
	if (st == ST_NOT_FOUND)
		web_refuse(web, request, REASON_NOT_FOUND);
	else if (st == ST_BAD_METHOD)
		web_refuse(web, request, REASON_METHOD);
	else if (st != ST_OK)
		web_refuse(web, request, st == ST_BAD_INPUT ? REASON_BAD_REQUEST : REASON_BUG);
	else if (is_allowed(web, request) && (request->method != WEB_POST || read_post(web, request)))
		request->route->serve(web, request);
}

enum fastcgi_end
web_serve(struct web *web, struct web_request *request)
{
	judge(web, request);
	if (!request->is_sent)
		request->end = web_send(web, request);
	free(request->answer.owned);
	web_log(web, request);
	return request->end;
}

void
web_log(struct web *web, const struct web_request *request)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "other"};
	int64_t duration_us = clock_monotonic_us() - request->arrived_us;
	enum status outcome = reason_status(request->reason);
	struct log_line line;

	metrics_request(web->metrics, outcome, duration_us);
	if (!web->conf->log_requests && outcome == ST_OK)
		return;
	log_line_start(&line);
	log_line_text(&line, "id", request->id);
	log_line_span(&line, "path", request->path);
	log_line_text(&line, "method", methods[request->method]);
	log_line_number(&line, "status", request->answer.code);
	log_line_text(&line, "outcome", status_name(outcome));
	if (request->session.is_here) {
		log_line_text(&line, "corp", request->session.corp);
		log_line_text(&line, "member", request->session.userid);
	}
	if (request->reason != REASON_NONE)
		log_line_text(&line, "refused", reason_name(request->reason));
	if (request->why.text[0] != '\0')
		log_line_text(&line, "reason", request->why.text);
	log_line_ms(&line, "ms", duration_us);
	log_line_write(&line, outcome == ST_OK ? LOG_LEVEL_INFO : outcome >= ST_BUSY ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING);
}

bool
web_wait_begin(struct web *web, struct web_request *request)
{
	if (atomic_fetch_add(&web->waiting_n, 1) < web->waiting_max)
		return true;
	atomic_fetch_sub(&web->waiting_n, 1);
	web_refuse(web, request, REASON_CROWDED);
	return false;
}

void
web_wait_end(struct web *web)
{
	atomic_fetch_sub(&web->waiting_n, 1);
}
