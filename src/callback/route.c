/* The table of routes. */
#include "route.h"

static const struct {
	struct span path;
	enum event_route event_route;
} routes[] = {
    {{"/api/v1/wecom/command", sizeof("/api/v1/wecom/command") - 1}, EVENT_COMMAND},
    {{"/api/v1/wecom/callback", sizeof("/api/v1/wecom/callback") - 1}, EVENT_DATA},
    {{"/api/v1/wecom/system", sizeof("/api/v1/wecom/system") - 1}, EVENT_SYSTEM},
};

enum status
route_find(const struct conf *conf, struct span path, struct span method, struct route *ret_route)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!span_equal(path, routes[i].path))
			continue;
		if (routes[i].event_route == EVENT_SYSTEM && !conf->has_system_account)
			return ST_NOT_FOUND;
		if (!span_equal(method, SPAN("GET")) && !span_equal(method, SPAN("POST")))
			return ST_BAD_METHOD;
		ret_route->event_route = routes[i].event_route;
		ret_route->account = routes[i].event_route == EVENT_SYSTEM ? &conf->system_account : &conf->account;
		return ST_OK;
	}
	return ST_NOT_FOUND;
}
