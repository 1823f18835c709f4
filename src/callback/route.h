/* Which path is what. */
#ifndef WECOM_ROUTE_H
#define WECOM_ROUTE_H

#include "conf.h"
#include "event.h"
#include "span.h"
#include "status.h"

struct route {
	enum event_route event_route;
	const struct envelope_account *account;	/* borrowed from conf */
	bool is_login;	/* of the login app, which has keys of its own: no other suite's events come here */
};

/*
 * ST_NOT_FOUND: no such path, or its account is not configured.  ST_BAD_METHOD: neither GET nor POST.
 * `path` is the raw path of the request line without its query: no decoding, no normalising, or it is not ours.
 */
enum status route_find(const struct conf *conf, struct span path, struct span method, struct route *ret_route) must_check;

#endif
