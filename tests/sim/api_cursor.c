/* Listings in pages.  A listing is fixed when it begins: what exists from its first page to its last is in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"

#define KEY_BYTES 16

/* A cursor is PLACE-KEY-OFFSET. */
static struct api_snapshot *
find(struct api_call *call, const char *cursor, size_t *ret_offset)
{
	struct api *api = call->api;
	struct api_snapshot *snapshot;
	char key[KEY_BYTES + 1], end;
	size_t place;

	/* %n-free: the trailing %c must not match */
	if (strlen(cursor) >= API_CURSOR_BYTES ||
	    sscanf(cursor, "%zx:%16[A-Za-z0-9_-]:%zx%c", &place, key, ret_offset, &end) != 3 ||
	    place >= API_SNAPSHOTS_MAX)
		return NULL;
	snapshot = &api->snapshots[place];
	if (snapshot->key[0] == '\0' || strcmp(snapshot->key, key) != 0 || snapshot->endpoint != call->endpoint ||
	    strcmp(snapshot->corp, call->corp_id) != 0 || *ret_offset > json_object_array_length(snapshot->items) ||
	    (double)(call->now_us - snapshot->since_us) > api->setting[SETTING_CURSOR_SECONDS] * 1e6)
		return NULL;
	return snapshot;
}

/* Takes items over.  The oldest listing makes room: its cursors expire. */
static struct api_snapshot *
begin(struct api_call *call, struct json_object *items)
{
	struct api *api = call->api;
	struct api_snapshot *snapshot = &api->snapshots[api->snapshot_next++ % API_SNAPSHOTS_MAX];

	json_object_put(snapshot->items);
	*snapshot = (struct api_snapshot){.endpoint = call->endpoint, .since_us = call->now_us, .items = items};
	random_name(&api->random, snapshot->key, KEY_BYTES);
	snprintf(snapshot->corp, sizeof(snapshot->corp), "%s", call->corp_id);
	return snapshot;
}

static void
forget(struct api_snapshot *snapshot)
{
	json_object_put(snapshot->items);
	*snapshot = (struct api_snapshot){0};
}

static void
put_next(struct api_call *call, const struct api_snapshot *snapshot, size_t offset, struct json_object *answer)
{
	char next[API_CURSOR_BYTES] = "";

	if (call->fault == FAULT_CURSOR_LOOP)
		offset = 0;
	if (offset < json_object_array_length(snapshot->items))
		snprintf(
		    next, sizeof(next), "%zx:%s:%zx", (size_t)(snapshot - call->api->snapshots), snapshot->key, offset);
	api_put_text(answer, "next_cursor", next);
}

static void
copy_page(struct api_call *call, const struct api_snapshot *snapshot, size_t offset, size_t limit, const char *name,
    struct json_object *answer)
{
	struct json_object *to = api_put_array(answer, name);
	size_t end = json_object_array_length(snapshot->items);

	/* short and even empty pages are allowed while there is a next cursor */
	if (call->fault == FAULT_SHORT_PAGE)
		limit /= 2;
	if (end - offset > limit)
		end = offset + limit;
	/* copies: json-c counts references without a lock, and the answer is freed in its own thread */
	for (size_t i = offset; i < end; i++) {
		struct json_object *copy = NULL;

		json_object_deep_copy(json_object_array_get_idx(snapshot->items, i), &copy, NULL);
		json_object_array_add(to, copy);
	}
	put_next(call, snapshot, end, answer);
}

int
api_cursor_page(struct api_call *call, const char *cursor, size_t limit, api_fresh *fresh, const char *name,
    struct json_object *answer)
{
	struct api *api = call->api;
	struct json_object *items = cursor == NULL || cursor[0] == '\0' ? fresh(call) : NULL;
	struct api_snapshot *snapshot = NULL;
	size_t offset = 0;

	pthread_mutex_lock(&api->lock);
	if (limit > (size_t)api->setting[SETTING_PAGE_MAX])
		limit = (size_t)api->setting[SETTING_PAGE_MAX];
	if (items != NULL)
		snapshot = begin(call, items);
	else if (call->fault != FAULT_CURSOR_EXPIRED)
		snapshot = find(call, cursor, &offset);
	if (snapshot != NULL)
		copy_page(call, snapshot, offset, limit, name, answer);
	/* most listings are one page, and no cursor ever leads to them */
	if (items != NULL && json_object_get_string_len(json_object_object_get(answer, "next_cursor")) == 0)
		forget(snapshot);
	pthread_mutex_unlock(&api->lock);
	return snapshot == NULL ? 50100 : 0;
}

void
api_cursor_free(struct api *api)
{
	for (size_t i = 0; i < API_SNAPSHOTS_MAX; i++)
		json_object_put(api->snapshots[i].items);
}
