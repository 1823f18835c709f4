/* The table of routes. */
#include "route.h"

enum account { ACCOUNT_SUITE, ACCOUNT_LOGIN, ACCOUNT_SYSTEM };

static const struct {
	struct span path;
	enum event_route event_route;
	enum account account;
} routes[] = {
    {{"/api/v1/wecom/command", sizeof("/api/v1/wecom/command") - 1}, EVENT_COMMAND, ACCOUNT_SUITE},
    {{"/api/v1/wecom/login", sizeof("/api/v1/wecom/login") - 1}, EVENT_COMMAND, ACCOUNT_LOGIN},
    {{"/api/v1/wecom/callback", sizeof("/api/v1/wecom/callback") - 1}, EVENT_DATA, ACCOUNT_SUITE},
    {{"/api/v1/wecom/system", sizeof("/api/v1/wecom/system") - 1}, EVENT_SYSTEM, ACCOUNT_SYSTEM},
};

/* NULL: it is not configured. */
static const struct envelope_account *
account_of(const struct conf *conf, enum account account)
{
	if (account == ACCOUNT_SYSTEM)
		return conf->has_system_account ? &conf->system_account : NULL;
	if (account == ACCOUNT_LOGIN)
		return conf->has_login_account ? &conf->login_account : NULL;
	return &conf->account;
}

enum status
route_find(const struct conf *conf, struct span path, struct span method, struct route *ret_route)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct envelope_account *account;

		if (!span_equal(path, routes[i].path))
			continue;
		account = account_of(conf, routes[i].account);
		if (account == NULL)
			return ST_NOT_FOUND;
		if (!span_equal(method, SPAN("GET")) && !span_equal(method, SPAN("POST")))
			return ST_BAD_METHOD;
		*ret_route = (struct route){routes[i].event_route, account, routes[i].account == ACCOUNT_LOGIN};
		return ST_OK;
	}
	return ST_NOT_FOUND;
}
