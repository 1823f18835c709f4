/*
 * All departments that we are told of, and which of them lie in the visible scope: below those that it names.
 */
#include <stdio.h>
#include <stdlib.h>

#include "member_listing.h"

#define DEPARTMENT_MAX 4294967295LL
#define DEPTH_MAX 64 /* WeCom's own bound is 15 levels */

static const struct field_rule department_rules[] = {
    {"id", NULL, DEPARTMENT_MAX, FIELD_NUMBER, FIELD_NEEDED},
    {"parentid", NULL, DEPARTMENT_MAX, FIELD_NUMBER, FIELD_NULL},
    {"order", NULL, DEPARTMENT_MAX, FIELD_NUMBER, FIELD_NULL},
    {"name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
};

static int
compare_departments(const void *a, const void *b)
{
	const struct department *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static struct department *
find_department(struct listing *listing, int64_t id)
{
	struct department key = {.id = id};

	return listing->departments_n == 0
		   ? NULL
		   : bsearch(&key, listing->departments, listing->departments_n, sizeof(key), compare_departments);
}

/* With the right to read the organisation all departments are told of; members can be listed only below the scope's. */
static void
find_visible(struct listing *listing)
{
	bool is_all =
	    json_object_array_length(listing->parties.list) == 0 && listing_scope(listing->job, "allow_user") == NULL;

	for (size_t i = 0; i < listing->departments_n; i++) {
		struct department *at = &listing->departments[i];
		bool is_visible = is_all;
		char id[24];

		for (int depth = 0; at != NULL && !is_visible && depth < DEPTH_MAX; depth++) {
			snprintf(id, sizeof(id), "%lld", (long long)at->id);
			is_visible = at->is_visible || json_object_object_get_ex(listing->parties.index, id, NULL);
			at = at->parent_id == at->id ? NULL : find_department(listing, at->parent_id);
		}
		listing->departments[i].is_visible = is_visible;
	}
}

static struct json_object *
read_departments(struct listing *listing, struct json_object *list)
{
	struct json_object *departments = json_object_new_array();
	const char *bad = "";

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *department = json_object_new_object();
		struct department *at = &listing->departments[i];

		json_object_array_add(departments, department);
		if (!FIELD_COPY(json_object_array_get_idx(list, i), department_rules, department, &bad)) {
			json_object_put(departments);
			(void)listing_malformed(listing, bad);
			return NULL;
		}
		at->id = json_object_get_int64(json_object_object_get(department, "id"));
		at->parent_id = json_object_get_int64(json_object_object_get(department, "parentid"));
	}
	listing->departments_n = json_object_array_length(list);
	qsort(listing->departments, listing->departments_n, sizeof(listing->departments[0]), compare_departments);
	find_visible(listing);
	return departments;
}

bool
listing_departments(struct listing *listing)
{
	struct api_answer answer =
	    api_call(listing->context->api, API_DEPARTMENT_SIMPLELIST, listing->job->corp, NULL, NULL);
	struct json_object *list = NULL, *departments = NULL;
	bool goes_on;

	if (listing_has_list(listing, &answer, "department_id", &list, &goes_on)) {
		size_t n = json_object_array_length(list);

		if (n > DEPARTMENTS_MAX)
			job_park(listing->result, "the corp has more than %d departments: that is more than is kept",
			    DEPARTMENTS_MAX);
		else if ((listing->departments = calloc(n + 1, sizeof(listing->departments[0]))) == NULL)
			job_later(listing->result, 0, "no memory for %zu departments", n);
		else
			departments = read_departments(listing, list);
		goes_on = departments != NULL && listing_store(listing, "departments", departments, answer.begun_us);
	}
	api_answer_done(&answer);
	return goes_on;
}
