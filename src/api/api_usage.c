/*
 * Counts of calls on their way to wecom.api_usage.  They are figures, not facts: after a doubtful commit some may be
 * counted twice, and the day is that of the writing.
 */
#include <inttypes.h>
#include <time.h>

#include "api_internal.h"
#include "log.h"
#include "scope.h"

#define WAIT_MS 5000	/* a corp's counts are written so often at most */
#define FLUSH_MAX 64	/* corps in one flush while the program runs */

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)

static bool
add_number(struct json_object *item, const char *name, int64_t number)
{
	struct json_object *value = json_object_new_int64(number);

	return value != NULL && json_object_object_add(item, name, value) == 0;
}

static bool
add_text(struct json_object *item, const char *name, const char *text)
{
	struct json_object *value = json_object_new_string(text);

	return value != NULL && json_object_object_add(item, name, value) == 0;
}

static bool
add_item(struct json_object *items, const char *day, enum api_name name, const struct api_counts *counts)
{
	scoped(json_object) struct json_object *item = json_object_new_object();

	return item != NULL && add_text(item, "day", day) && add_text(item, "api", api_path(name)) &&
	    add_number(item, "calls", counts->calls) && add_number(item, "errors", counts->errors) &&
	    add_number(item, "limited", counts->limited) && add_number(item, "saved", counts->saved) &&
	    json_object_array_add(items, json_object_get(item)) == 0;
}

/* False: not written. */
static bool
write_counts(struct api *api, const char *corp, const struct api_counts counts[API_N], struct detail *why)
{
	scoped(json_object) struct json_object *items = json_object_new_array();
	time_t second = (time_t)(api_now_us(api) / 1000000);
	const char *values[2] = {corp, NULL};
	struct tm calendar;
	char day[16];
	enum status st;

	if (items == NULL || gmtime_r(&second, &calendar) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%d", &calendar) == 0)
		return false;
	for (int i = 0; i < API_N; i++)
		if (counts[i].calls + counts[i].saved > 0 && !add_item(items, day, i, &counts[i]))
			return false;
	values[1] = json_object_to_json_string_ext(items, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (values[1] == NULL)
		return false;
	st = store_call(api->store, "select wecom.api_usage_add($1, $2::jsonb)", 2, values, NULL, why);
	if (st == ST_BUG)
		log_text(LOG_LEVEL_ERROR, "counts of API calls are lost: %s", why->text);
	return st == ST_OK || st == ST_BUG;
}

void
api_usage_flush(struct api *api)
{
	bool is_last = *api->stopping;
	char corp[API_CORP_BYTES];
	struct api_counts counts[API_N];
	struct detail why = {""};

	for (int n = 0; (is_last || n < FLUSH_MAX) &&
	    api_corps_take_counts(api->corps, is_last ? 0 : WAIT_MS, corp, counts); n++) {
		if (!write_counts(api, corp, counts, &why)) {
			api_corps_give_back(api->corps, corp, counts);
			return;
		}
	}
}
