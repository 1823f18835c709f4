/*
 * Customer tags: one tag, one group, or all.  A deletion needs no pull, nor does anything else that happened to the thing
 * before it.  A shuffle is a pull like any other: the store changes what differs, which is the order.
 */
#include <string.h>

#include "job_part.h"

#define TAGS_MAX 10000		/* that a corp can have, strategy tags included */
#define GROUPS_MAX 10000
#define ORDER_MAX 4294967295LL
#define CODE_UNKNOWN_TAG 40068

enum scope { SCOPE_ALL, SCOPE_GROUP, SCOPE_TAG };

static const char *const scope_words[] = {"all", "group", "tag"};
static const char *const scope_parameters[] = {NULL, "group_id", "tag_id"};
static const char *const mark_types[] = {NULL, "tag_group", "tag"};

static const struct field_rule group_rules[] = {
	{"group_id", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"group_name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"create_time", "create_us", 0, FIELD_SECONDS, FIELD_NULL},
	{"order", NULL, ORDER_MAX, FIELD_NUMBER, FIELD_NULL},
	{"deleted", NULL, 0, FIELD_SWITCH, FIELD_NULL},
};

static const struct field_rule tag_rules[] = {
	{"id", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"create_time", "create_us", 0, FIELD_SECONDS, FIELD_NULL},
	{"order", NULL, ORDER_MAX, FIELD_NUMBER, FIELD_NULL},
	{"deleted", NULL, 0, FIELD_SWITCH, FIELD_NULL},
};

static enum scope
read_target(const char *target, const char **ret_id)
{
	*ret_id = "";
	if (strncmp(target, "group:", strlen("group:")) == 0) {
		*ret_id = target + strlen("group:");
		return SCOPE_GROUP;
	}
	if (strncmp(target, "tag:", strlen("tag:")) == 0) {
		*ret_id = target + strlen("tag:");
		return SCOPE_TAG;
	}
	return SCOPE_ALL;
}

/* --- events → marks ----------------------------------------------------------------------------------------------- */

/* The deletion of the very thing that the job is about; one without a usable type or id calls for all tags instead. */
static bool
is_deletion(const struct job *job, struct json_object *event)
{
	const char *id;
	enum scope scope = read_target(job->target, &id);

	return scope != SCOPE_ALL && strcmp(event_text(event, "change_type"), "delete") == 0 &&
	    strcmp(event_body_id(event, "Id"), id) == 0;
}

static int64_t
deletion_us(const struct job *job)
{
	int64_t at_us = -1;

	for (size_t i = 0; i < json_object_array_length(job->events); i++) {
		struct json_object *event = json_object_array_get_idx(job->events, i);

		if (is_deletion(job, event) && event_time_us(event) > at_us)
			at_us = event_time_us(event);
	}
	return at_us;
}

/* What comes before the deletion, or in its second, is of no use any more: ids do not come back. */
static bool
calls_for_pull(const struct job *job, struct json_object *event)
{
	return event_time_us(event) > deletion_us(job);
}

static struct json_object *
make_marks(const struct job *job)
{
	struct json_object *marks = json_object_new_array();
	const char *id;
	enum scope scope = read_target(job->target, &id);
	int64_t at_us = deletion_us(job);

	if (at_us >= 0) {
		struct json_object *mark = json_object_new_object();

		job_add_text(mark, "type", mark_types[scope]);
		job_add_text(mark, "id", id);
		job_add_number(mark, "at_us", at_us);
		json_object_array_add(marks, mark);
	}
	return marks;
}

/* --- answer → data ------------------------------------------------------------------------------------------------ */

static struct json_object *
read_tags(struct json_object *list, const char **ret_bad)
{
	struct json_object *tags = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *tag = json_object_new_object();

		json_object_array_add(tags, tag);
		if (!FIELD_COPY(json_object_array_get_idx(list, i), tag_rules, tag, ret_bad)) {
			json_object_put(tags);
			return NULL;
		}
	}
	return tags;
}

static struct json_object *
read_group(struct json_object *item, size_t *tags_n, const char **ret_bad)
{
	struct json_object *group = json_object_new_object();
	struct json_object *list = NULL, *tags = NULL;

	if (FIELD_COPY(item, group_rules, group, ret_bad)) {
		*ret_bad = "tag: it is missing, or there are more than a corp can have";
		if (field_list(item, "tag", TAGS_MAX - *tags_n, &list))
			tags = read_tags(list, ret_bad);
	}
	if (tags == NULL) {
		json_object_put(group);
		return NULL;
	}
	*tags_n += json_object_array_length(tags);
	job_add(group, "tags", tags);
	return group;
}

/* NULL: malformed.  A list that is not there at all is no proof that nothing is left. */
static struct json_object *
read_groups(struct json_object *body, const char **ret_bad)
{
	struct json_object *list = NULL, *groups;
	size_t tags_n = 0;

	*ret_bad = "tag_group is missing or too long";
	if (!field_list(body, "tag_group", GROUPS_MAX, &list))
		return NULL;
	groups = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *group = read_group(json_object_array_get_idx(list, i), &tags_n, ret_bad);

		if (group == NULL) {
			json_object_put(groups);
			return NULL;
		}
		json_object_array_add(groups, group);
	}
	return groups;
}

static struct api_answer
call_list(struct job_context *context, const struct job *job, enum scope scope, const char *id)
{
	struct json_object *body = json_object_new_object(), *ids;
	struct api_answer answer;

	if (scope != SCOPE_ALL) {
		ids = json_object_new_array();
		json_object_array_add(ids, json_object_new_string(id));
		job_add(body, scope_parameters[scope], ids);
	}
	answer = api_call(context->api, API_GET_CORP_TAG_LIST, job->corp, NULL, body);
	json_object_put(body);
	return answer;
}

/* What a pull told; NULL: nothing, and the result says why. */
static struct json_object *
pull(struct job_context *context, const struct job *job, enum scope scope, const char *id, struct job_result *result)
{
	struct api_answer answer = call_list(context, job, scope, id);
	struct json_object *data = NULL, *groups = NULL;
	const char *bad = "";
	bool is_gone = scope != SCOPE_ALL && job_is_code(&answer, CODE_UNKNOWN_TAG);

	if (answer.outcome == API_ANSWERED)
		groups = read_groups(answer.body, &bad);
	if (answer.outcome == API_ANSWERED && groups == NULL)
		job_malformed(job, bad, result);
	else if (answer.outcome != API_ANSWERED && !is_gone)
		job_fail(context, job, &answer, result);
	if (groups != NULL || is_gone) {
		/* gone, or not told of: what else changed with it is in the whole listing only */
		if (is_gone || (scope != SCOPE_ALL && json_object_array_length(groups) == 0))
			job_raise(result, "tag", "", api_now_us(context->api), 0);
		data = json_object_new_object();
		job_add_number(data, "begun_us", answer.begun_us);
		job_add(data, "groups", groups);
		job_add(data, "gone", json_object_new_boolean(is_gone));
		job_pulled(context, job, API_GET_CORP_TAG_LIST, answer.begun_us, result);
	}
	api_answer_done(&answer);
	return data;
}

void
job_tag(struct job_context *context, const struct job *job, struct job_result *result)
{
	const char *id;
	enum scope scope = read_target(job->target, &id);
	struct json_object *marks = make_marks(job), *data = NULL;

	if (job_decide(context, job, calls_for_pull, API_GET_CORP_TAG_LIST, result) == JOB_PULL)
		data = pull(context, job, scope, id, result);
	if (data == NULL && json_object_array_length(marks) > 0) {
		data = json_object_new_object();
		job_add(data, "begun_us", NULL);
		job_add(data, "groups", NULL);
		job_add(data, "gone", json_object_new_boolean(0));
	}
	if (data == NULL) {
		json_object_put(marks);
		return;
	}
	job_add_text(data, "scope", scope_words[scope]);
	job_add_text(data, "id", id);
	job_add(data, "marks", marks);
	result->data = data;
}
