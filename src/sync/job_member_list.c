/*
 * All members in the visible scope, and the departments.  Members authorised the app themselves (auth_mode 1): one list
 * of them.  Else each visible department's members, and those whom the scope names alone or by a tag.  Whoever is not
 * listed is asked for once more (user/get) before anything is said to be gone: that is the store's work.
 */
#include <stdio.h>
#include <stdlib.h>

#include "member_listing.h"

#define SCOPE_TAGS_MAX 1000
#define AUTH_PAGE 1000
#define AUTH_PAGES_MAX 400
#define CODE_TOO_LARGE 45029

bool
listing_malformed(struct listing *listing, const char *what)
{
	job_malformed(listing->job, what, listing->result);
	return false;
}

static void
note_begin(struct listing *listing, const struct api_answer *answer)
{
	if (listing->begun_us == 0)
		listing->begun_us = answer->begun_us;
}

bool
listing_has_list(struct listing *listing, const struct api_answer *answer, const char *name,
    struct json_object **ret_list, bool *ret_goes_on)
{
	*ret_goes_on = job_absence(answer) != NULL;
	if (answer->outcome != API_ANSWERED && !*ret_goes_on) {
		job_fail(listing->context, listing->job, answer, listing->result);
		return false;
	}
	note_begin(listing, answer);
	if (answer->outcome != API_ANSWERED)
		return false;
	*ret_goes_on = false;
	return field_list(answer->body, name, PART_LISTED_MAX, ret_list) || listing_malformed(listing, name);
}

bool
listing_store(struct listing *listing, const char *name, struct json_object *list, int64_t begun_us)
{
	struct json_object *part;

	if (json_object_array_length(list) == 0) {
		json_object_put(list);
		return true;
	}
	part = json_object_new_object();
	job_add_number(part, "begun_us", begun_us);
	job_add(part, name, list);
	if (listing->context->store_part(listing->context, listing->job, part, NULL))
		return true;
	listing->result->outcome = JOB_LOST;
	return false;
}

static bool
list_member(struct listing *listing, const char *id)
{
	(void)id_set_add(&listing->listed, id);
	if (json_object_array_length(listing->listed.list) <= PART_LISTED_MAX)
		return true;
	job_park(listing->result, "the corp has more than %d members: that is more than is kept", PART_LISTED_MAX);
	return false;
}

/* --- members who authorised the app themselves -------------------------------------------------------------------- */

static bool
take_authorised(struct listing *listing, const struct api_answer *answer)
{
	struct json_object *list = NULL;

	if (!field_list(answer->body, "member_auth_list", PART_LISTED_MAX, &list))
		return listing_malformed(listing, "member_auth_list");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i), *id = NULL;

		if (!json_object_is_type(item, json_type_object) ||
		    !json_object_object_get_ex(item, "open_userid", &id) || !field_is_id(id))
			return listing_malformed(listing, "open_userid of member_auth_list");
		if (!list_member(listing, json_object_get_string(id)))
			return false;
	}
	return true;
}

static bool
list_authorised(struct listing *listing)
{
	struct pages pages;
	enum pages_step step = PAGES_MORE;

	pages_start(&pages, "the list of members who authorised the app", AUTH_PAGES_MAX);
	while (step == PAGES_MORE) {
		struct json_object *body = json_object_new_object();
		struct api_answer answer;

		job_add_text(body, "cursor", pages.cursor);
		job_add_number(body, "limit", AUTH_PAGE);
		answer = api_call(listing->context->api, API_USER_LIST_MEMBER_AUTH, listing->job->corp, NULL, body);
		json_object_put(body);
		if (pages_is_expired(&answer)) {
			step = pages_restart(&pages, listing->result) ? PAGES_MORE : PAGES_BAD;
		} else if (answer.outcome != API_ANSWERED) {
			step = PAGES_BAD;
			job_fail(listing->context, listing->job, &answer, listing->result);
		} else if (!take_authorised(listing, &answer)) {
			step = PAGES_BAD;
		} else {
			step = pages_turn(&pages, listing->job, &answer, listing->result);
		}
		api_answer_done(&answer);
	}
	listing->begun_us = pages.begun_us;
	pages_done(&pages);
	return step == PAGES_END;
}

/* --- what the scope names ----------------------------------------------------------------------------------------- */

struct json_object *
listing_scope(const struct job *job, const char *name)
{
	struct json_object *scope = NULL, *list = NULL;

	(void)field_object(job->state, "scope", &scope);
	(void)field_array(scope, name, PART_LISTED_MAX, &list);
	return list;
}

static size_t
length_of(struct json_object *list)
{
	return list == NULL ? 0 : json_object_array_length(list);
}

/* False: not a list of departments. */
static bool
add_parties(struct listing *listing, struct json_object *object, const char *name)
{
	const struct field_rule rule = {name, "ids", DEPARTMENTS_MAX, FIELD_NUMBERS, FIELD_SKIPPED};
	struct json_object *copy = json_object_new_object(), *ids = NULL;
	const char *bad = "";
	bool is_good = field_copy(object, &rule, 1, copy, &bad);

	(void)json_object_object_get_ex(copy, "ids", &ids);
	for (size_t i = 0; is_good && i < length_of(ids); i++)
		(void)id_set_add(&listing->parties, json_object_get_string(json_object_array_get_idx(ids, i)));
	json_object_put(copy);
	return is_good || listing_malformed(listing, bad);
}

static bool
take_tag_members(struct listing *listing, struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i), *id = NULL;

		if (!json_object_is_type(item, json_type_object) || !json_object_object_get_ex(item, "userid", &id) ||
		    !field_is_id(id))
			return listing_malformed(listing, "userid of a tag's userlist");
		if (!list_member(listing, json_object_get_string(id)))
			return false;
	}
	return true;
}

/* A member tag that the scope names: its members, and its departments. */
static bool
expand_tag(struct listing *listing, struct json_object *tag)
{
	struct json_object *users = NULL;
	struct api_answer answer;
	char query[64];
	bool goes_on;

	snprintf(query, sizeof(query), "tagid=%lld", (long long)json_object_get_int64(tag));
	answer = api_call(listing->context->api, API_TAG_GET, listing->job->corp, query, NULL);
	if (listing_has_list(listing, &answer, "userlist", &users, &goes_on))
		goes_on = take_tag_members(listing, users) && add_parties(listing, answer.body, "partylist");
	api_answer_done(&answer);
	return goes_on;
}

static bool
read_scope(struct listing *listing)
{
	static const char *const users[] = {"allow_user", "extra_user"};
	static const char *const parties[] = {"allow_party", "extra_party"};
	static const char *const tags[] = {"allow_tag", "extra_tag"};

	for (size_t i = 0; i < 2; i++) {
		struct json_object *named = listing_scope(listing->job, users[i]);
		struct json_object *tag_list = listing_scope(listing->job, tags[i]);
		struct json_object *scope = NULL;

		for (size_t k = 0; k < length_of(named); k++)
			if (!list_member(listing, json_object_get_string(json_object_array_get_idx(named, k))))
				return false;
		(void)field_object(listing->job->state, "scope", &scope);
		if (!add_parties(listing, scope, parties[i]))
			return false;
		for (size_t k = 0; k < length_of(tag_list) && k < SCOPE_TAGS_MAX; k++)
			if (!expand_tag(listing, json_object_array_get_idx(tag_list, k)))
				return false;
		if (length_of(tag_list) > SCOPE_TAGS_MAX) {
			job_park(listing->result, "the scope names more than %d tags: that is more than is read",
			    SCOPE_TAGS_MAX);
			return false;
		}
	}
	return true;
}

/* --- members of a department -------------------------------------------------------------------------------------- */

/* Each member once, though one can be in many departments. */
static bool
take_members(struct listing *listing, struct json_object *list, bool has_details, int64_t begun_us)
{
	struct json_object *users = json_object_new_array();
	const char *bad = "an element of userlist", *id;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *member = member_read(json_object_array_get_idx(list, i), &bad);

		if (member == NULL) {
			json_object_put(users);
			return listing_malformed(listing, bad);
		}
		id = json_object_get_string(json_object_object_get(member, "userid"));
		if (!list_member(listing, id)) {
			json_object_put(member);
			json_object_put(users);
			return false;
		}
		if (has_details && id_set_add(&listing->told, id))
			json_object_array_add(users, member);
		else
			json_object_put(member);
	}
	return listing_store(listing, "users", users, begun_us);
}

static struct api_answer
call_department(struct listing *listing, enum api_name name, int64_t id)
{
	char query[64];

	snprintf(query, sizeof(query), "department_id=%lld", (long long)id);
	return api_call(listing->context->api, name, listing->job->corp, query, NULL);
}

static bool
list_department(struct listing *listing, int64_t id)
{
	struct api_answer answer = call_department(listing, API_USER_LIST, id);
	bool has_details = !job_is_code(&answer, CODE_TOO_LARGE);
	struct json_object *list = NULL;
	bool goes_on;

	if (!has_details) {
		/* the ids alone are small enough; details are then asked for one by one */
		api_answer_done(&answer);
		answer = call_department(listing, API_USER_SIMPLELIST, id);
	}
	if (listing_has_list(listing, &answer, "userlist", &list, &goes_on))
		goes_on = take_members(listing, list, has_details, answer.begun_us);
	api_answer_done(&answer);
	return goes_on;
}

static bool
list_all_departments(struct listing *listing)
{
	for (size_t i = 0; i < listing->departments_n; i++)
		if (listing->departments[i].is_visible && !list_department(listing, listing->departments[i].id))
			return false;
	return true;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* Members of whom only the id is known are asked for one by one. */
static void
raise_untold(struct listing *listing)
{
	int64_t now_us = api_now_us(listing->context->api);

	for (size_t i = 0; i < json_object_array_length(listing->listed.list); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(listing->listed.list, i));

		if (!json_object_object_get_ex(listing->told.index, id, NULL))
			job_raise(listing->result, "member", id, now_us, 1);
	}
}

static void
finish(struct listing *listing, bool has_departments)
{
	struct json_object *data = json_object_new_object(), *ids = json_object_new_array();

	for (size_t i = 0; listing->departments != NULL && i < listing->departments_n; i++)
		json_object_array_add(ids, json_object_new_int64(listing->departments[i].id));
	job_add(data, "complete", json_object_new_boolean(1));
	job_add_number(data, "begun_us", listing->begun_us);
	job_add(data, "listed", json_object_get(listing->listed.list));
	if (!has_departments) {
		json_object_put(ids);
		ids = NULL;
	}
	job_add(data, "departments", ids);
	listing->result->data = data;
	/* after an event the store raises those whom it has never seen: the others did not change */
	if (json_object_array_length(listing->job->events) == 0)
		raise_untold(listing);
	job_pulled(listing->context, listing->job, API_USER_LIST, listing->begun_us, listing->result);
}

void
job_member_list(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct listing listing = {.context = context, .job = job, .result = result};
	int64_t auth_mode = 0;
	bool is_whole;

	if (job_decide(context, job, NULL, API_USER_LIST, result) == JOB_ENOUGH)
		return;
	(void)field_number(job->state, "auth_mode", 0, INT32_MAX, 0, &auth_mode);
	id_set_start(&listing.listed);
	id_set_start(&listing.told);
	id_set_start(&listing.parties);
	if (auth_mode == 1)
		is_whole = list_authorised(&listing);
	else
		is_whole = read_scope(&listing) && listing_departments(&listing) && list_all_departments(&listing);
	if (is_whole)
		finish(&listing, listing.departments != NULL);
	free(listing.departments);
	id_set_done(&listing.listed);
	id_set_done(&listing.told);
	id_set_done(&listing.parties);
}
