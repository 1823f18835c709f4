/*
 * A member, as user/get and user/list tell: every field of the documents.  What the app may not read is absent, and stays
 * absent: the store leaves then what it knows.
 */
#include "job_part.h"

#define DEPARTMENTS_MAX 1000
#define LEADERS_MAX 100

static const struct field_rule rules[] = {
	{"userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"department", NULL, DEPARTMENTS_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"order", NULL, DEPARTMENTS_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"position", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"mobile", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"gender", NULL, 1000, FIELD_NUMBER, FIELD_SKIPPED},
	{"email", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"biz_mail", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"is_leader_in_dept", NULL, DEPARTMENTS_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"direct_leader", NULL, LEADERS_MAX, FIELD_IDS, FIELD_SKIPPED},
	{"avatar", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"thumb_avatar", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"telephone", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"alias", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"address", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"open_userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_SKIPPED},
	{"main_department", NULL, INT32_MAX, FIELD_NUMBER, FIELD_SKIPPED},
	{"extattr", NULL, PART_TREE_BYTES, FIELD_TREE, FIELD_SKIPPED},
	{"status", NULL, 1000, FIELD_NUMBER, FIELD_SKIPPED},
	{"qr_code", NULL, PART_TEXT_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"external_position", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_SKIPPED},
	{"external_profile", NULL, PART_TREE_BYTES, FIELD_TREE, FIELD_SKIPPED},
};

struct json_object *
member_read(struct json_object *member, const char **ret_bad)
{
	struct json_object *data = json_object_new_object();

	if (FIELD_COPY(member, rules, data, ret_bad))
		return data;
	json_object_put(data);
	return NULL;
}
