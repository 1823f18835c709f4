/* Tokens and tickets: which one is given, which one is good, and who uses one that was refused before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"
#include "instant.h"

#define RANDOM_N 48
#define SLACK_US 2000000 /* calls that were under way when a token was first refused */

static const struct {
	const char *parameter;
	const char *prefix;
	int missing, expired, invalid;
} kinds[] = {
    [TOKEN_SUITE] = {"suite_access_token", "s", 41022, 42009, 40082},
    [TOKEN_CORP] = {"access_token", "c", 41001, 42001, 40014},
    [TOKEN_PROVIDER] = {"provider_access_token", "p", 41001, 42001, 40014},
    [TOKEN_LOGIN] = {"suite_access_token", "l", 41022, 42009, 40082},
    [TOKEN_TICKET_CORP] = {.prefix = "j"},
    [TOKEN_TICKET_AGENT] = {.prefix = "a"},
};

static struct api_token *
find_live(struct api *api, const struct api_token *wanted, int64_t now_us)
{
	/* the newest are last; what was issued to the same before it is no better */
	for (size_t i = api->tokens.n; i-- > 0;) {
		struct api_token *token = *(struct api_token **)list_at(&api->tokens, i);

		if (token->kind == wanted->kind && strcmp(token->corp, wanted->corp) == 0)
			return !token->is_revoked && token->install_s == wanted->install_s &&
				       token->expires_us - now_us >= 1000000
				   ? token
				   : NULL;
	}
	return NULL;
}

static struct api_token *
issue(struct api *api, const struct api_token *wanted, int64_t now_us)
{
	struct api_token *token = fault_resize(NULL, sizeof(*token));
	int n;

	*token = *wanted;
	n = snprintf(token->value, sizeof(token->value), "%s%zx.%llx.", kinds[token->kind].prefix, api->tokens.n,
	    (unsigned long long)api->began_us);
	random_name(&api->random, token->value + n, RANDOM_N);
	token->issued_us = now_us;
	token->expires_us = now_us + (int64_t)(api->setting[SETTING_TOKEN_SECONDS] * 1e6);
	*(struct api_token **)list_add(&api->tokens) = token;
	return token;
}

void
api_token_give(struct api_call *call, const struct api_token *wanted, const char *name, struct json_object *answer)
{
	struct api *api = call->api;
	struct api_token *token;
	int64_t left_us;

	pthread_mutex_lock(&api->lock);
	token = find_live(api, wanted, call->now_us);
	if (token == NULL)
		token = issue(api, wanted, call->now_us);
	left_us = token->expires_us - call->now_us;
	pthread_mutex_unlock(&api->lock);
	api_put_text(answer, name, token->value);
	api_put_number(answer, "expires_in", left_us < 1000000 ? 1 : left_us / 1000000);
}

static struct api_token *
find(struct api *api, const char *value)
{
	size_t place = value[0] == '\0' ? SIZE_MAX : (size_t)strtoull(value + 1, NULL, 16);
	struct api_token *token;

	if (place >= api->tokens.n)
		return NULL;
	token = *(struct api_token **)list_at(&api->tokens, place);
	return strcmp(token->value, value) == 0 ? token : NULL;
}

/*
 * A client may learn that a token is no good once; what was under way then, and what each of several clients tries
 * once, is forgiven.
 */
static bool
is_refused_again(struct api *api, struct api_token *token, int64_t now_us)
{
	if (token->bursts > 0 && now_us - token->refused_us <= SLACK_US)
		return false;
	token->refused_us = now_us;
	return ++token->bursts > (unsigned int)api->setting[SETTING_PROCESSES];
}

static int
check_token(struct api_call *call, struct api_token *token, bool *ret_again)
{
	enum api_token_kind kind = call->endpoint->token;
	int code = 0;

	if (token->is_revoked)
		code = kinds[kind].invalid;
	else if (token->expires_us <= call->now_us)
		code = kinds[kind].expired;
	if (code != 0)
		*ret_again = is_refused_again(call->api, token, call->now_us);
	return code;
}

static bool
is_taken(const struct api_endpoint *endpoint, const struct api_token *token)
{
	return token->kind == endpoint->token || (token->kind == TOKEN_LOGIN && endpoint->takes_login);
}

int
api_token_check(struct api_call *call)
{
	struct api *api = call->api;
	enum api_token_kind kind = call->endpoint->token;
	const char *value, *parameter = call->endpoint->parameter;
	struct api_token *token;
	bool is_again = false, is_wrong;
	int code;

	if (kind == TOKEN_NONE)
		return 0;
	value = api_query(call, parameter == NULL ? kinds[kind].parameter : parameter);
	if (value == NULL)
		return api_wrong(call, kinds[kind].missing);
	pthread_mutex_lock(&api->lock);
	token = find(api, value);
	is_wrong = token != NULL && !is_taken(call->endpoint, token);
	code = token == NULL || is_wrong ? kinds[kind].invalid : check_token(call, token, &is_again);
	if (is_wrong)
		code = 40014;
	else if (kind == TOKEN_CORP && token != NULL)
		snprintf(call->corp_id, sizeof(call->corp_id), "%s", token->corp);
	pthread_mutex_unlock(&api->lock);
	if (is_wrong)
		api_count_violation(call, VIOLATION_TOKEN_KIND);
	if (is_again)
		api_count_violation(call, VIOLATION_OLD_TOKEN);
	call->token = token;
	return code;
}

size_t
api_token_revoke(struct api *api, enum api_token_kind kind, const char *corp)
{
	size_t n = 0;

	pthread_mutex_lock(&api->lock);
	for (size_t i = 0; i < api->tokens.n; i++) {
		struct api_token *token = *(struct api_token **)list_at(&api->tokens, i);

		if (token->is_revoked || (kind != TOKEN_NONE && token->kind != kind) ||
		    (corp != NULL && strcmp(corp, token->corp) != 0))
			continue;
		token->is_revoked = true;
		n++;
	}
	pthread_mutex_unlock(&api->lock);
	return n;
}

bool
api_token_newest(struct api *api, enum api_token_kind kind, const char *corp, char ret_value[API_TOKEN_BYTES])
{
	bool is_found = false;

	for (size_t i = api->tokens.n; i-- > 0 && !is_found;) {
		const struct api_token *token = *(struct api_token **)list_at(&api->tokens, i);

		is_found = token->kind == kind && strcmp(token->corp, corp) == 0 && !token->is_revoked;
		if (is_found)
			memcpy(ret_value, token->value, API_TOKEN_BYTES);
	}
	return is_found;
}

bool
api_ticket_is_good(struct api *api, const char *ticket, bool is_login)
{
	const struct api_tickets *tickets = is_login ? &api->login_tickets : &api->tickets;
	bool is_good;
	int64_t now_us = instant_us();

	pthread_mutex_lock(&api->lock);
	if (strcmp(ticket, tickets->newest.value) == 0)
		is_good = (double)(now_us - tickets->newest.since_us) < api->setting[SETTING_TICKET_SECONDS] * 1e6;
	else
		is_good =
		    strcmp(ticket, tickets->before.value) == 0 &&
		    (double)(now_us - tickets->newest.since_us) < api->setting[SETTING_TICKET_OVERLAP_SECONDS] * 1e6;
	is_good = is_good && ticket[0] != '\0';
	pthread_mutex_unlock(&api->lock);
	return is_good;
}

void
api_ticket(struct api *api, const char *ticket, bool is_login)
{
	struct api_tickets *tickets = is_login ? &api->login_tickets : &api->tickets;

	pthread_mutex_lock(&api->lock);
	if (strcmp(tickets->newest.value, ticket) != 0) {
		tickets->before = tickets->newest;
		snprintf(tickets->newest.value, sizeof(tickets->newest.value), "%s", ticket);
		tickets->newest.since_us = instant_us();
	}
	pthread_mutex_unlock(&api->lock);
}
