/* The API's settings: one table.  All are numbers; times say their unit, shares are 0 to 1. */
#include <string.h>

#include "api_inside.h"

static const struct {
	const char *name;
	double start, least, most;
} table[SETTING_N] = {
    /* lifetimes */
    [SETTING_TOKEN_SECONDS] = {"token_seconds", 7200, 0.1, 7200},
    [SETTING_TICKET_SECONDS] = {"ticket_seconds", 1800, 0.1, 1e6},
    /* how long the ticket before the newest one still does */
    [SETTING_TICKET_OVERLAP_SECONDS] = {"ticket_overlap_seconds", 60, 0, 1e6},
    /* calls per corp and API in a window; above it the window is closed for its own length */
    [SETTING_QUOTA_CALLS] = {"quota_calls", 10000, 1, 1e9},
    [SETTING_QUOTA_WINDOW_MS] = {"quota_window_ms", 60000, 1, 1e8},
    /* calls that were under way when 45009 was told are no violation */
    [SETTING_QUOTA_SLACK_MS] = {"quota_slack_ms", 1000, 0, 1e6},
    /* calls at once per corp and API; 0: any number */
    [SETTING_CONCURRENCY] = {"concurrency", 0, 0, 1e6},
    [SETTING_LATENCY_MS] = {"latency_ms", 0, 0, 60000},
    [SETTING_SLOW_MS] = {"slow_ms", 3000, 0, 600000},
    /* groupchat/get, and with stale_all every read, answers at stale_share the state of up to stale_ms ago */
    [SETTING_STALE_MS] = {"stale_ms", 0, 0, 60000},
    [SETTING_STALE_SHARE] = {"stale_share", 1, 0, 1},
    [SETTING_STALE_ALL] = {"stale_all", 0, 0, 1},
    /* pages hold no more than this, whatever limit is asked for */
    [SETTING_PAGE_MAX] = {"page_max", 1000, 1, 10000},
    [SETTING_FOLLOWERS_PAGE] = {"followers_page", 500, 1, 10000},
    /* groupchat/list without owners: 81017 above this number of visible members */
    [SETTING_OWNERS_MAX] = {"owners_max", 1000, 0, 1e6},
    /* user/list: 45029 above this number of members in one answer */
    [SETTING_LIST_MAX] = {"list_max", 10000, 1, 1e6},
    [SETTING_CURSOR_SECONDS] = {"cursor_seconds", 600, 0, 1e6},
    /* unknown ids in userid_to_openuserid before it is blocked */
    [SETTING_OPENID_ERRORS] = {"openid_errors", 1000, 0, 1e9},
    [SETTING_OPENID_BLOCK_SECONDS] = {"openid_block_seconds", 86400, 0, 1e6},
    [SETTING_HUGE_BYTES] = {"huge_bytes", 100e6, 1, 2e9},
    /* of a login's code, of a pre_auth_code; and how long an hour is */
    [SETTING_CODE_SECONDS] = {"code_seconds", 300, 0.1, 1e6},
    [SETTING_PRE_AUTH_SECONDS] = {"pre_auth_seconds", 1200, 0.1, 1e6},
    [SETTING_HOUR_SECONDS] = {"hour_seconds", 3600, 0.1, 1e6},
    /* clients that cache tokens each on their own: so many bursts with an old token are none's fault */
    [SETTING_PROCESSES] = {"processes", 1, 1, 1000},
};

const char *
api_setting_name(enum api_setting setting)
{
	return table[setting].name;
}

void
api_setting_defaults(struct api *api)
{
	for (int i = 0; i < SETTING_N; i++)
		api->setting[i] = table[i].start;
}

double
api_setting_value(struct api *api, enum api_setting setting)
{
	double value;

	pthread_mutex_lock(&api->lock);
	value = api->setting[setting];
	pthread_mutex_unlock(&api->lock);
	return value;
}

bool
api_set(struct api *api, const char *name, struct json_object *value, struct fault *fault)
{
	double number;

	fault->text[0] = '\0';
	for (int i = 0; i < SETTING_N; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (json_object_is_type(value, json_type_boolean))
			number = json_object_get_boolean(value);
		else if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
			number = json_object_get_double(value);
		else
			return fault_set(fault, "%s takes a number", name);
		if (!(number >= table[i].least && number <= table[i].most))
			return fault_set(fault, "%s takes a number from %g to %g", name, table[i].least, table[i].most);
		pthread_mutex_lock(&api->lock);
		api->setting[i] = number;
		pthread_mutex_unlock(&api->lock);
		return true;
	}
	return false;
}
