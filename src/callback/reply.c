/* An outcome as HTTP answer, log line and count.  Refusals say one plain line and nothing about the content. */
#include "clock.h"
#include "log.h"
#include "request.h"

static struct span
reply_body(const struct request *request)
{
	if (request->outcome != ST_OK)
		return span_of(status_body(request->outcome));
	return request->is_event ? SPAN("success") : request->echo;
}

static const char *
reply_reason_phrase(int code)
{
	switch (code) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

static void
reply_log(const struct request *request, int code, int64_t duration_us)
{
	static const char *const stored_names[] = {NULL, "database", "spool"};
	struct log_line line;

	log_line_start(&line);
	log_line_text(&line, "id", request->id);
	if (request->is_event)
		log_line_text(&line, "route", request->is_login ? "login" : event_route_name(request->event.route));
	else
		log_line_span(&line, "path", request->path);
	log_line_span(&line, "method", request->method);
	log_line_number(&line, "status", code);
	log_line_text(&line, "outcome", status_name(request->outcome));
	if (request->is_event) {
		log_line_span(&line, "corp", request->event.corp);
		log_line_span(&line, "info_type", request->event.info_type);
		log_line_span(&line, "change_type", request->event.change_type);
	}
	if (request->stored == REQUEST_STORED_DATABASE)
		log_line_number(&line, "deliveries", request->entry.deliveries);
	if (request->stored != REQUEST_STORED_NOT)
		log_line_text(&line, "stored", stored_names[request->stored]);
	if (request->outcome != ST_OK && request->why.text[0] != '\0')
		log_line_text(&line, "reason", request->why.text);
	log_line_ms(&line, "ms", duration_us);
	log_line_write(&line, request->outcome == ST_OK ? LOG_LEVEL_INFO
		: request->outcome >= ST_BUSY		? LOG_LEVEL_ERROR
							: LOG_LEVEL_WARNING);
}

enum fastcgi_end
request_answer(struct request *request, struct fastcgi *fastcgi, const struct conf *conf, struct metrics *metrics)
{
	int code = status_http(request->outcome);
	struct span body = reply_body(request);
	struct span headers;
	enum fastcgi_end end;
	int64_t duration_us;

	headers = arena_printf(&request->mem,
	    "Status: %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s%s\r\n", code,
	    reply_reason_phrase(code), body.n, request->outcome == ST_BAD_METHOD ? "Allow: GET, POST\r\n" : "",
	    request->outcome == ST_BUSY ? "Retry-After: 5\r\n" : "");
	if (headers.at == NULL)
		headers = SPAN("Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n");
	end = fastcgi_reply(fastcgi, headers, body);
	duration_us = clock_monotonic_us() - request->arrived_us;
	metrics_request(metrics, request->outcome, duration_us);
	if (conf->log_requests || request->outcome != ST_OK)
		reply_log(request, code, duration_us);
	return end;
}
