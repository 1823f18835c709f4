/* Customers and those who follow them, as externalcontact/get and batch/get_by_user tell of them. */
#include "job_part.h"

#define TAGS_MAX 10000	/* that a corp can have */

static const struct field_rule contact_rules[] = {
	{"external_userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"type", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
	{"corp_name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"position", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"gender", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
	{"corp_full_name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"external_profile", NULL, PART_TREE_BYTES, FIELD_TREE, FIELD_NULL},
};

static const struct field_rule follower_rules[] = {
	{"userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"remark", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_NULL},
	{"description", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_NULL},
	{"createtime", "create_us", 0, FIELD_SECONDS, FIELD_NULL},
	{"add_way", NULL, INT32_MAX, FIELD_NUMBER, FIELD_NULL},
	{"oper_userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NULL},
	{"state", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"remark_corp_name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"wechat_channels", NULL, PART_TREE_BYTES, FIELD_TREE, FIELD_NULL},
};

struct json_object *
customer_read_contact(struct json_object *external_contact, const char **ret_bad)
{
	struct json_object *contact = json_object_new_object();

	if (FIELD_COPY(external_contact, contact_rules, contact, ret_bad))
		return contact;
	json_object_put(contact);
	return NULL;
}

/* Of externalcontact/get: objects, personal tags without an id. */
static bool
read_tags(struct json_object *tags, struct json_object *ids)
{
	for (size_t i = 0; i < json_object_array_length(tags); i++) {
		struct json_object *tag = json_object_array_get_idx(tags, i);
		struct json_object *id = NULL;

		if (!json_object_is_type(tag, json_type_object))
			return false;
		if (!field_has(tag, "tag_id"))
			continue;
		id = json_object_object_get(tag, "tag_id");
		if (json_object_is_type(id, json_type_string) && json_object_get_string_len(id) == 0)
			continue;
		if (!field_is_id(id))
			return false;
		json_object_array_add(ids, json_object_get(id));
	}
	return true;
}

/* Of batch/get_by_user: plain ids. */
static bool
read_tag_ids(struct json_object *tag_ids, struct json_object *ids)
{
	for (size_t i = 0; i < json_object_array_length(tag_ids); i++) {
		struct json_object *id = json_object_array_get_idx(tag_ids, i);

		if (!field_is_id(id))
			return false;
		json_object_array_add(ids, json_object_get(id));
	}
	return true;
}

static bool
add_tags(struct json_object *follower, struct json_object *data, const char **ret_bad)
{
	struct json_object *tags = NULL, *tag_ids = NULL, *ids = json_object_new_array();

	job_add(data, "tags", ids);
	*ret_bad = "tags";
	if (!field_array(follower, "tags", TAGS_MAX, &tags) || !field_array(follower, "tag_id", TAGS_MAX, &tag_ids))
		return false;
	return (tags == NULL || read_tags(tags, ids)) && (tag_ids == NULL || read_tag_ids(tag_ids, ids));
}

struct json_object *
customer_read_follower(struct json_object *follower, const char **ret_bad)
{
	struct json_object *data = json_object_new_object();

	if (FIELD_COPY(follower, follower_rules, data, ret_bad) && add_tags(follower, data, ret_bad))
		return data;
	json_object_put(data);
	return NULL;
}
