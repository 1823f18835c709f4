/*
 * A decrypted message (behind one byte that picks the route) to struct event to the element of p_events.  What comes
 * out must be JSON that parses, in valid UTF-8, and the same a second time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "event.h"

#define SUITE "ww4asffe99e54c0f4c"
#define PROVIDER "wx5823bf96d3bd56c7"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct event_identity us = {.suite_id = {SUITE, sizeof(SUITE) - 1},
    .login_suite_id = {"ww0000000000login1", 18}, .provider_corp_id = {PROVIDER, sizeof(PROVIDER) - 1}};

static void
check_json(struct span text)
{
	struct json_tokener *tokener = json_tokener_new_ex(2 * EVENT_DEPTH_MAX);
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text.at, (int)text.n);
	if (!json_object_is_type(object, json_type_object) || json_tokener_get_parse_end(tokener) != text.n)
		abort();
	json_object_put(object);
	json_tokener_free(tokener);
}

static void
check_event(const struct event *event)
{
	if (event->corp.n < 1 || event->corp.n > 128 || event->job_target.n > 256 ||
	    (event->job_kind.at == NULL) != (event->job_target.at == NULL) ||
	    (event->secret.at == NULL) != (event->secret_kind.at == NULL) ||
	    event->info_type.n > 128 || event->change_type.n > 128)
		abort();
	if (event->time_s != EVENT_TIME_UNUSABLE && (event->time_s < EVENT_TIME_MIN || event->time_s >= EVENT_TIME_MAX))
		abort();
	check_json(event->body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct seal_key seal_key;
	struct event event, again;
	struct span plain, item;
	struct detail why;
	struct arena mem;
	enum event_route route;
	enum status st;

	if (n == 0)
		return 0;
	route = (enum event_route)(data[0] % EVENT_ROUTE_N);
	plain = (struct span){(const char *)data + 1, n - 1};
	arena_init(&mem, (size_t)8 << 20);
	st = event_parse(plain, SPAN(PROVIDER), route, &us, &mem, &event, &why);
	if (st != ST_OK && st != ST_BAD_INPUT && st != ST_NOMEM)
		abort();
	if (st == ST_OK) {
		check_event(&event);
		if (event_item(&event, "018bcfe5-6800-7000-8000-000000000001", 1, &seal_key, &mem, &item) == ST_OK)
			check_json(item);
		if (event_parse(plain, SPAN(PROVIDER), route, &us, &mem, &again, &why) == ST_OK &&
		    memcmp(event.hash, again.hash, EVENT_HASH_BYTES) != 0)
			abort();
	}
	arena_done(&mem);
	return 0;
}
