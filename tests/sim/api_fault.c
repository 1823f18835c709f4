/* Which fault strikes a call: first what was ordered for certain, else drawn at the set rates, at most one a call. */
#include <string.h>

#include "api_inside.h"

#define TOKEN_YOUNG_US 2000000

static const char *const names[FAULT_N] = {
    [FAULT_NONE] = "none",
    [FAULT_SLOW] = "slow",
    [FAULT_CUT_BEFORE] = "cut_before",
    [FAULT_CUT_MIDDLE] = "cut_middle",
    [FAULT_HTTP_502] = "http_502",
    [FAULT_BAD_JSON] = "bad_json",
    [FAULT_WRONG_TYPE] = "wrong_type",
    [FAULT_MISSING_MEMBER] = "missing_member",
    [FAULT_NULL_MEMBER] = "null_member",
    [FAULT_DUPLICATE_MEMBER] = "duplicate_member",
    [FAULT_HUGE_BODY] = "huge_body",
    [FAULT_WARNING] = "warning",
    [FAULT_BUSY] = "busy",
    [FAULT_CONFLICT] = "conflict",
    [FAULT_CURSOR_EXPIRED] = "cursor_expired",
    [FAULT_CURSOR_LOOP] = "cursor_loop",
    [FAULT_SHORT_PAGE] = "short_page",
    [FAULT_REVOKE] = "revoke",
    [FAULT_ERRCODE] = "errcode",
};

const char *
api_fault_name(enum api_fault fault)
{
	return names[fault];
}

static bool
has_cursor(const struct api_call *call)
{
	const char *cursor = api_text(call, "cursor");

	return cursor != NULL && cursor[0] != '\0';
}

/* Some faults make sense for some calls only. */
static bool
can_strike(const struct api_call *call, enum api_fault fault)
{
	switch (fault) {
	case FAULT_CURSOR_EXPIRED:
		return call->endpoint->is_paged && has_cursor(call);
	case FAULT_CURSOR_LOOP:
	case FAULT_SHORT_PAGE:
		return call->endpoint->is_paged;
	case FAULT_REVOKE:
		return call->token != NULL;
	default:
		return true;
	}
}

/*
 * By chance nothing may happen that no client can make good: the answer to what works only once is not lost, and a
 * token is not revoked that was given a moment ago (a second refusal in a row means that the call is wrong).
 */
static bool
may_strike_by_chance(const struct api_call *call, enum api_fault fault)
{
	if (fault == FAULT_REVOKE && call->now_us - call->token->issued_us < TOKEN_YOUNG_US)
		return false;
	return !call->endpoint->is_once || fault == FAULT_SLOW || fault == FAULT_BUSY || fault == FAULT_CUT_BEFORE ||
	       fault == FAULT_REVOKE;
}

static bool
fits(const struct api_script *script, const struct api_call *call)
{
	return script->left > 0 && can_strike(call, script->fault) &&
	       (script->path[0] == '\0' || strcmp(script->path, call->endpoint->path) == 0) &&
	       (script->corp[0] == '\0' || strcmp(script->corp, call->corp_id) == 0);
}

static bool
draw_script(struct api_call *call)
{
	struct list *scripts = &call->api->scripts;

	for (size_t i = 0; i < scripts->n; i++) {
		struct api_script *script = list_at(scripts, i);

		if (!fits(script, call))
			continue;
		call->fault = script->fault;
		call->fault_code = script->code;
		call->is_scripted = true;
		if (--script->left == 0)
			list_remove(scripts, i);
		return true;
	}
	return false;
}

void
api_fault_draw(struct api_call *call)
{
	struct api *api = call->api;
	double at;

	pthread_mutex_lock(&api->lock);
	if (!draw_script(call)) {
		at = (double)(random_next(&api->random) >> 11) / (double)(1ULL << 53);
		for (int i = FAULT_NONE + 1; i < FAULT_N && call->fault == FAULT_NONE; i++) {
			if (at < api->fault[i])
				call->fault = (enum api_fault)i;
			at -= api->fault[i];
		}
	}
	if (!call->is_scripted && (!can_strike(call, call->fault) || !may_strike_by_chance(call, call->fault)))
		call->fault = FAULT_NONE;
	api->counters.by_fault[call->fault]++;
	pthread_mutex_unlock(&api->lock);
}
