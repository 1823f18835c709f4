/*
 * All customers of a corp: one job for each member who follows some.  A member's job lists pairs page by page; only such
 * a listing, read to its end, proves that a pair is no more.
 */
#include <string.h>

#include "job_part.h"

#define PAGE 100		/* the most that batch/get_by_user gives */
#define PAGES_MAX 4000		/* short and empty pages allowed for */
#define CODE_NO_RELATION 84061

/* --- who has customers -------------------------------------------------------------------------------------------- */

struct json_object *
follow_users(struct job_context *context, const struct job *job, int64_t *ret_begun_us, struct job_result *result)
{
	struct api_answer answer = api_call(context->api, API_GET_FOLLOW_USER_LIST, job->corp, NULL, NULL);
	const char *absence = job_absence(&answer);
	struct json_object *list = NULL, *ids = NULL;

	*ret_begun_us = answer.begun_us;
	if (answer.outcome != API_ANSWERED) {
		/* nobody of them has a licence: nothing can be listed, and nothing is gone */
		if (absence == NULL || strcmp(absence, "no_licence") != 0)
			job_fail(context, job, &answer, result);
	} else if (!field_list(answer.body, "follow_user", PART_LISTED_MAX, &list)) {
		job_malformed(job, "follow_user is missing or too long", result);
	} else {
		ids = json_object_new_array();
		for (size_t i = 0; ids != NULL && i < json_object_array_length(list); i++) {
			struct json_object *id = json_object_array_get_idx(list, i);

			if (field_is_id(id)) {
				json_object_array_add(ids, json_object_get(id));
				continue;
			}
			job_malformed(job, "follow_user", result);
			json_object_put(ids);
			ids = NULL;
		}
	}
	api_answer_done(&answer);
	return ids;
}

static void
list_members(struct job_context *context, const struct job *job, struct job_result *result)
{
	int64_t begun_us = 0, now_us = api_now_us(context->api);
	struct json_object *ids = follow_users(context, job, &begun_us, result);

	for (size_t i = 0; ids != NULL && i < json_object_array_length(ids); i++)
		job_raise(result, "customer_list", json_object_get_string(json_object_array_get_idx(ids, i)), now_us, 1);
	if (result->outcome == JOB_DONE)
		job_pulled(context, job, API_GET_FOLLOW_USER_LIST, begun_us, result);
	json_object_put(ids);
}

/* --- the customers of one member ---------------------------------------------------------------------------------- */

struct listing {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct pages pages;
	struct id_set seen;
	bool is_unlicensed;
};

static struct api_answer
call_page(struct listing *listing)
{
	struct json_object *body = json_object_new_object(), *userids = json_object_new_array();
	struct api_answer answer;

	json_object_array_add(userids, json_object_new_string(listing->job->target));
	job_add(body, "userid_list", userids);
	job_add_text(body, "cursor", listing->pages.cursor);
	job_add_number(body, "limit", PAGE);
	answer = api_call(listing->context->api, API_BATCH_GET_BY_USER, listing->job->corp, NULL, body);
	json_object_put(body);
	return answer;
}

/* A pair of the page; NULL: malformed.  A pair of another member is passed over: it was not asked for. */
static struct json_object *
read_pair(struct listing *listing, struct json_object *item, const char **ret_bad)
{
	struct json_object *contact = NULL, *follower = NULL, *pair;

	*ret_bad = "an element of external_contact_list";
	if (!field_object(item, "external_contact", &contact) || !field_object(item, "follow_info", &follower) ||
	    contact == NULL || follower == NULL)
		return NULL;
	contact = customer_read_contact(contact, ret_bad);
	follower = contact == NULL ? NULL : customer_read_follower(follower, ret_bad);
	if (follower != NULL &&
	    strcmp(json_object_get_string(json_object_object_get(follower, "userid")), listing->job->target) != 0) {
		*ret_bad = "it tells of another member";
		json_object_put(follower);
		follower = NULL;
	}
	if (follower == NULL) {
		json_object_put(contact);
		return NULL;
	}
	pair = json_object_new_object();
	job_add(pair, "external_contact", contact);
	job_add(pair, "follow_user", follower);
	return pair;
}

/* The pairs of a page that were on none before; NULL: the result says what is wrong. */
static struct json_object *
read_pairs(struct listing *listing, struct json_object *list)
{
	struct json_object *pairs = json_object_new_array();
	const char *bad = "";

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *pair = read_pair(listing, json_object_array_get_idx(list, i), &bad);
		struct json_object *contact;

		if (pair == NULL) {
			job_malformed(listing->job, bad, listing->result);
			json_object_put(pairs);
			return NULL;
		}
		contact = json_object_object_get(pair, "external_contact");
		if (id_set_add(&listing->seen, json_object_get_string(json_object_object_get(contact, "external_userid"))))
			json_object_array_add(pairs, pair);
		else
			json_object_put(pair);
	}
	return pairs;
}

/* Did WeCom leave the member out because nobody pays for it? */
static bool
read_unlicensed(struct listing *listing, struct json_object *body)
{
	struct json_object *info = NULL, *list = NULL;

	if (!field_object(body, "fail_info", &info) ||
	    (info != NULL && !field_array(info, "unlicensed_userid_list", PART_LISTED_MAX, &list))) {
		job_malformed(listing->job, "fail_info", listing->result);
		return false;
	}
	/* one member was asked for: whoever is named here can only be this one, in whichever form of its id */
	if (list != NULL && json_object_array_length(list) > 0)
		listing->is_unlicensed = true;
	return true;
}

/* A page: stored as a part at once; false: the result says why not. */
static bool
take_page(struct listing *listing, const struct api_answer *answer)
{
	struct json_object *list = NULL, *pairs, *part;

	if (!read_unlicensed(listing, answer->body))
		return false;
	if (!field_array(answer->body, "external_contact_list", PART_LISTED_MAX, &list) ||
	    (list == NULL && !listing->is_unlicensed)) {
		job_malformed(listing->job, "external_contact_list is missing", listing->result);
		return false;
	}
	pairs = list == NULL ? json_object_new_array() : read_pairs(listing, list);
	if (pairs == NULL)
		return false;
	if (json_object_array_length(listing->seen.list) > PART_LISTED_MAX) {
		json_object_put(pairs);
		job_park(listing->result, "the member has more than %d customers: that is more than is kept", PART_LISTED_MAX);
		return false;
	}
	if (json_object_array_length(pairs) == 0) {
		json_object_put(pairs);
		return true;
	}
	part = json_object_new_object();
	job_add_text(part, "userid", listing->job->target);
	job_add_number(part, "begun_us", answer->begun_us);
	job_add(part, "pairs", pairs);
	if (listing->context->store_part(listing->context, listing->job, part, NULL))
		return true;
	listing->result->outcome = JOB_LOST;
	return false;
}

/*
 * An error that answers the question: the member has no customers, or no licence.  PAGES_BAD: it does not, and the result
 * says what becomes of the job.  Out of scope proves nothing: done, and nothing stored.
 */
static enum pages_step
take_absence(struct listing *listing, const struct api_answer *answer, const char *absence)
{
	listing->pages.begun_us = answer->begun_us;
	if (answer->code == CODE_NO_RELATION && listing->pages.pages_n == 0)
		return PAGES_END;
	if (strcmp(absence, "no_licence") == 0) {
		listing->is_unlicensed = true;
		return PAGES_END;
	}
	job_settle_covered(listing->job, answer->begun_us, listing->result);
	return PAGES_BAD;
}

static bool
list_pages(struct listing *listing)
{
	enum pages_step step = PAGES_MORE;

	while (step == PAGES_MORE) {
		struct api_answer answer = call_page(listing);
		const char *absence = job_absence(&answer);

		if (pages_is_expired(&answer)) {
			step = pages_restart(&listing->pages, listing->result) ? PAGES_MORE : PAGES_BAD;
			id_set_done(&listing->seen);
			id_set_start(&listing->seen);
		} else if (absence != NULL) {
			step = take_absence(listing, &answer, absence);
		} else if (answer.outcome != API_ANSWERED) {
			step = PAGES_BAD;
			job_fail(listing->context, listing->job, &answer, listing->result);
		} else if (!take_page(listing, &answer)) {
			step = PAGES_BAD;
		} else {
			step = pages_turn(&listing->pages, listing->job, &answer, listing->result);
		}
		api_answer_done(&answer);
	}
	return step == PAGES_END;
}

static void
list_customers(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct listing listing = {.context = context, .job = job, .result = result};
	struct json_object *data;

	pages_start(&listing.pages, "the member's customers", PAGES_MAX);
	id_set_start(&listing.seen);
	if (list_pages(&listing)) {
		data = json_object_new_object();
		job_add_text(data, "userid", job->target);
		job_add_number(data, "begun_us", listing.pages.begun_us);
		job_add(data, "complete", json_object_new_boolean(1));
		job_add(data, "seen", json_object_get(listing.seen.list));
		job_add(data, "unlicensed", json_object_new_boolean(listing.is_unlicensed));
		result->data = data;
		job_pulled(context, job, API_BATCH_GET_BY_USER, listing.pages.begun_us, result);
	}
	id_set_done(&listing.seen);
	pages_done(&listing.pages);
}

void
job_customer_list(struct job_context *context, const struct job *job, struct job_result *result)
{
	if (job_decide(context, job, NULL, API_BATCH_GET_BY_USER, result) == JOB_ENOUGH)
		return;
	if (job->target[0] == '\0')
		list_members(context, job, result);
	else
		list_customers(context, job, result);
}
