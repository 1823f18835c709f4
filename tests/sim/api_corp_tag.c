/* Corp customer tags (protocol section 15.4). */
#include <string.h>

#include "api_inside.h"

enum scope { SCOPE_ALL, SCOPE_GROUP, SCOPE_TAG };

static bool
is_named(struct json_object *ids, const char *id)
{
	for (size_t i = 0; ids != NULL && i < json_object_array_length(ids); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(ids, i));

		if (name != NULL && strcmp(name, id) == 0)
			return true;
	}
	return false;
}

/* A stale answer shows what was there then. */
static bool
lives(const struct api_call *call, int64_t create_s, int64_t delete_s)
{
	int64_t as_of_s = call->as_of_us / 1000000;

	if (!call->is_stale)
		return delete_s == 0;
	return create_s <= as_of_s && (delete_s == 0 || delete_s > as_of_s);
}

static void
put_tag(const struct api_call *call, const struct truth_tag *tag, enum scope scope, struct json_object *to)
{
	struct json_object *object;
	bool is_alive = lives(call, tag->create_s, tag->delete_s);

	/* in a full listing what was deleted is simply absent */
	if (scope == SCOPE_ALL && !is_alive)
		return;
	object = json_object_new_object();
	api_put_text(object, "id", tag->id);
	api_put_text(object, "name", tag->name);
	api_put_number(object, "create_time", tag->create_s);
	api_put_number(object, "order", tag->order);
	if (scope != SCOPE_ALL)
		json_object_object_add(object, "deleted", json_object_new_boolean(!is_alive));
	json_object_array_add(to, object);
}

static void
put_group(const struct api_call *call, const struct truth_group *group, enum scope scope, struct json_object *ids,
    struct json_object *to)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tags;

	api_put_text(object, "group_id", group->id);
	api_put_text(object, "group_name", group->name);
	api_put_number(object, "create_time", group->create_s);
	api_put_number(object, "order", group->order);
	if (scope == SCOPE_TAG)
		json_object_object_add(
		    object, "deleted", json_object_new_boolean(!lives(call, group->create_s, group->delete_s)));
	tags = api_put_array(object, "tag");
	for (size_t i = 0; i < group->tags.n; i++) {
		const struct truth_tag *tag = list_at(&group->tags, i);

		if (scope != SCOPE_TAG || is_named(ids, tag->id))
			put_tag(call, tag, scope, tags);
	}
	json_object_array_add(to, object);
}

/* 40068 for an id nobody ever had. */
static int
check_ids(const struct api_call *call, struct json_object *ids, enum scope scope)
{
	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(ids, i));
		struct truth_group *group;

		if (id == NULL || (scope == SCOPE_GROUP ? truth_find_group(call->corp, id) == NULL
							: truth_find_tag(call->corp, id, &group) == NULL))
			return 40068;
	}
	return 0;
}

static bool
has_named_tag(const struct truth_group *group, struct json_object *ids)
{
	for (size_t i = 0; i < group->tags.n; i++) {
		const struct truth_tag *tag = list_at(&group->tags, i);

		if (is_named(ids, tag->id))
			return true;
	}
	return false;
}

static struct json_object *
given(const struct api_call *call, const char *name)
{
	struct json_object *ids = api_array(call, name);

	return ids == NULL || json_object_array_length(ids) == 0 ? NULL : ids;
}

int
api_corp_tag_list(struct api_call *call, struct json_object *answer)
{
	struct json_object *group_ids = given(call, "group_id"), *tag_ids = given(call, "tag_id");
	enum scope scope = group_ids != NULL ? SCOPE_GROUP : tag_ids != NULL ? SCOPE_TAG : SCOPE_ALL;
	struct json_object *ids = scope == SCOPE_GROUP ? group_ids : tag_ids;
	struct json_object *groups = api_put_array(answer, "tag_group");
	int code = scope == SCOPE_ALL ? 0 : check_ids(call, ids, scope);

	for (size_t i = 0; code == 0 && i < call->corp->groups.n; i++) {
		const struct truth_group *group = list_at(&call->corp->groups, i);
		bool is_wanted = scope == SCOPE_GROUP ? is_named(ids, group->id)
				 : scope == SCOPE_TAG ? has_named_tag(group, ids)
						      : lives(call, group->create_s, group->delete_s);

		if (is_wanted)
			put_group(call, group, scope, ids, groups);
	}
	return code;
}
