/*
 * All group chats.  Their owners' licences decide what is listed, so a chat that is missing is asked for by itself before
 * anything is said of it: that is the store's work.
 */
#include <string.h>

#include "job_part.h"

#define PAGE 1000
#define PAGES_MAX 400		/* short and empty pages allowed for */
#define OWNERS 100		/* that one call may name */
#define CODE_TOO_MANY 81017

struct listing {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct id_set listed;
	int64_t begun_us;
	bool is_too_many;	/* WeCom wants the owners named */
	bool is_unlicensed;	/* nobody has a licence: nothing was listed, and nothing is gone */
};

static const struct field_rule chat_rules[] = {
	{"chat_id", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"status", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
};

/* --- answer → data ------------------------------------------------------------------------------------------------ */

/* The chats that were on no page before; NULL: the result says what is wrong. */
static struct json_object *
read_chats(struct listing *listing, struct json_object *list)
{
	struct json_object *chats = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *chat = json_object_new_object();
		const char *bad = "";

		if (!FIELD_COPY(json_object_array_get_idx(list, i), chat_rules, chat, &bad)) {
			job_malformed(listing->job, bad, listing->result);
			json_object_put(chat);
			json_object_put(chats);
			return NULL;
		}
		if (id_set_add(&listing->listed, json_object_get_string(json_object_object_get(chat, "chat_id"))))
			json_object_array_add(chats, chat);
		else
			json_object_put(chat);
	}
	return chats;
}

static bool
take_page(struct listing *listing, const struct api_answer *answer)
{
	struct json_object *list = NULL, *chats, *part;

	if (!field_list(answer->body, "group_chat_list", PART_LISTED_MAX, &list)) {
		job_malformed(listing->job, "group_chat_list is missing or too long", listing->result);
		return false;
	}
	chats = read_chats(listing, list);
	if (chats == NULL)
		return false;
	if (json_object_array_length(listing->listed.list) > PART_LISTED_MAX) {
		json_object_put(chats);
		job_park(listing->result, "the corp has more than %d group chats: that is more than is kept", PART_LISTED_MAX);
		return false;
	}
	if (json_object_array_length(chats) == 0) {
		json_object_put(chats);
		return true;
	}
	part = json_object_new_object();
	job_add_number(part, "begun_us", answer->begun_us);
	job_add(part, "chats", chats);
	if (listing->context->store_part(listing->context, listing->job, part, NULL))
		return true;
	listing->result->outcome = JOB_LOST;
	return false;
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static struct api_answer
call_page(struct listing *listing, struct json_object *owners, const char *cursor)
{
	struct json_object *body = json_object_new_object(), *filter;
	struct api_answer answer;

	job_add_number(body, "status_filter", 0);
	if (owners != NULL) {
		filter = json_object_new_object();
		job_add(filter, "userid_list", json_object_get(owners));
		job_add(body, "owner_filter", filter);
	}
	job_add_text(body, "cursor", cursor);
	job_add_number(body, "limit", PAGE);
	answer = api_call(listing->context->api, API_GROUPCHAT_LIST, listing->job->corp, NULL, body);
	json_object_put(body);
	return answer;
}

/* An answer that is none of chats: may it end the listing all the same? */
static enum pages_step
take_refusal(struct listing *listing, struct json_object *owners, const struct api_answer *answer)
{
	const char *absence = job_absence(answer);

	if (absence != NULL && strcmp(absence, "no_licence") == 0) {
		listing->is_unlicensed = owners == NULL;
		listing->begun_us = listing->begun_us == 0 ? answer->begun_us : listing->begun_us;
		return PAGES_END;
	}
	if (job_is_code(answer, CODE_TOO_MANY) && owners == NULL)
		listing->is_too_many = true;
	else
		job_fail(listing->context, listing->job, answer, listing->result);
	return PAGES_BAD;
}

/* The chats of these owners, NULL: of all. */
static bool
list_pages(struct listing *listing, struct json_object *owners)
{
	struct pages pages;
	enum pages_step step = PAGES_MORE;

	pages_start(&pages, "the list of group chats", PAGES_MAX);
	while (step == PAGES_MORE) {
		struct api_answer answer = call_page(listing, owners, pages.cursor);

		if (pages_is_expired(&answer))
			step = pages_restart(&pages, listing->result) ? PAGES_MORE : PAGES_BAD;
		else if (answer.outcome != API_ANSWERED)
			step = take_refusal(listing, owners, &answer);
		else if (!take_page(listing, &answer))
			step = PAGES_BAD;
		else
			step = pages_turn(&pages, listing->job, &answer, listing->result);
		api_answer_done(&answer);
	}
	if (listing->begun_us == 0)
		listing->begun_us = pages.begun_us;
	pages_done(&pages);
	return step == PAGES_END;
}

/* More members than WeCom lists at once: a hundred owners at a time. */
static bool
list_by_owner(struct listing *listing)
{
	struct json_object *ids = follow_users(listing->context, listing->job, &listing->begun_us, listing->result);
	bool is_whole = ids != NULL;

	listing->is_unlicensed = ids == NULL && listing->result->outcome == JOB_DONE;
	for (size_t i = 0; is_whole && i < json_object_array_length(ids); i += OWNERS) {
		struct json_object *owners = json_object_new_array();

		for (size_t k = i; k < i + OWNERS && k < json_object_array_length(ids); k++)
			json_object_array_add(owners, json_object_get(json_object_array_get_idx(ids, k)));
		is_whole = list_pages(listing, owners);
		json_object_put(owners);
	}
	json_object_put(ids);
	return is_whole || listing->is_unlicensed;
}

void
job_chat_list(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct listing listing = {.context = context, .job = job, .result = result};
	bool is_whole;

	if (job_decide(context, job, NULL, API_GROUPCHAT_LIST, result) == JOB_ENOUGH)
		return;
	id_set_start(&listing.listed);
	is_whole = list_pages(&listing, NULL) || (listing.is_too_many && list_by_owner(&listing));
	if (is_whole && !listing.is_unlicensed) {
		result->data = json_object_new_object();
		job_add_number(result->data, "begun_us", listing.begun_us);
		job_add(result->data, "complete", json_object_new_boolean(1));
		job_add(result->data, "listed", json_object_get(listing.listed.list));
	}
	if (is_whole)
		job_pulled(context, job, API_GROUPCHAT_LIST, listing.begun_us, result);
	id_set_done(&listing.listed);
}
