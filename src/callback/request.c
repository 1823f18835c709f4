/*
 * The way of a callback, read downwards: route, size, query, signature, decryption, XML, event.
 * Pure of storage: what is to be stored is left in request->entry for the committer.
 */
#include "request.h"

#include "clock.h"
#include "query.h"
#include "route.h"

static enum status
request_start(struct request *request, const struct fastcgi *fastcgi)
{
	/* copied: the log line is written when the answer is out and the library's parameters are gone */
	request->method = arena_copy(&request->mem, fastcgi_param(fastcgi, "REQUEST_METHOD"));
	request->path = arena_copy(&request->mem, fastcgi_path(fastcgi));
	if (request->method.at == NULL || request->path.at == NULL)
		return ST_NOMEM;
	request->received_us = clock_wall_us();
	return uuid_v7(request->received_us, request->id);
}

static const struct event_identity *
identity_of(const struct request_tools *tools, const struct route *route)
{
	return route->is_login ? &tools->login_identity : &tools->identity;
}

/*
 * A signature covers neither method nor path: whoever has seen an event pass could send it again as a verification, and
 * would get it back in the clear.
 */
static bool
is_event(const struct envelope_plain *plain, const struct event_identity *identity, struct arena *mem)
{
	struct detail ignored;
	struct event event;

	return event_parse(plain->message, plain->receiveid, EVENT_COMMAND, identity, mem, &event, &ignored) ==
	    ST_OK;
}

/* GET: the console checks the URL; the plaintext goes back as it is (protocol section 3). */
static enum status
read_verification(struct request *request, const struct fastcgi *fastcgi, const struct request_tools *tools,
    const struct route *route)
{
	struct envelope_plain plain;
	struct query query;
	const struct event_identity *identity = identity_of(tools, route);
	enum status st;

	st = query_parse(fastcgi_param(fastcgi, "QUERY_STRING"), true, &request->mem, &query, &request->why);
	if (st == ST_OK)
		st = envelope_open(tools->envelope, route->account, &query, query.echostr, &request->mem, &plain,
		    &request->why);
	if (st != ST_OK)
		return st;
	/* protocol section 6: the provider's corp id; the suite's id is tolerated, an empty one is not */
	if (!span_equal(plain.receiveid, identity->provider_corp_id) && !span_equal(plain.receiveid, identity->suite_id)) {
		detail_set(&request->why, "receiveid is neither the provider's corp id nor the suite's id");
		return ST_BAD_INPUT;
	}
	if (is_event(&plain, identity, &request->mem)) {
		detail_set(&request->why, "an event is not echoed");
		return ST_BAD_INPUT;
	}
	request->echo = plain.message;
	return ST_OK;
}

/* POST: an event. */
static enum status
read_event(struct request *request, struct fastcgi *fastcgi, const struct request_tools *tools, const struct route *route)
{
	struct arena *mem = &request->mem;
	struct detail *why = &request->why;
	struct envelope_plain plain;
	struct query query;
	struct span body;
	struct span cipher;
	bool is_json;
	enum status st;

	st = fastcgi_body(fastcgi, mem, tools->conf->body_max_bytes, request->arrived_ms + tools->conf->request_timeout_ms,
	    &body, why);
	if (st == ST_OK)
		st = query_parse(fastcgi_param(fastcgi, "QUERY_STRING"), false, mem, &query, why);
	if (st == ST_OK)
		st = envelope_cipher(body, mem, &cipher, &is_json, why);
	if (st == ST_OK)
		st = envelope_open(tools->envelope, route->account, &query, cipher, mem, &plain, why);
	if (st == ST_OK)
		st = event_parse(plain.message, plain.receiveid, route->event_route, identity_of(tools, route), mem,
		    &request->event, why);
	if (st != ST_OK)
		return st;
	request->is_event = true;
	request->entry.corp = request->event.corp;
	return event_item(&request->event, request->id, request->received_us, &tools->conf->master_key, mem,
	    &request->entry.item);
}

bool
request_read(struct request *request, struct fastcgi *fastcgi, const struct request_tools *tools)
{
	struct route route = {0};
	enum status st;

	st = request_start(request, fastcgi);
	if (st == ST_OK)
		st = route_find(tools->conf, request->path, request->method, &route);
	request->is_login = st == ST_OK && route.is_login;
	if (st == ST_OK && span_equal(request->method, SPAN("GET")))
		st = read_verification(request, fastcgi, tools, &route);
	else if (st == ST_OK)
		st = read_event(request, fastcgi, tools, &route);
	request->outcome = st;
	return st == ST_OK && request->is_event;
}
