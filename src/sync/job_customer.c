/* A customer: marks from the events that say enough, all pages of externalcontact/get for those that do not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job_part.h"

#define PAGES_MAX 50		/* of up to 500 followers each */
#define FOLLOWERS_MAX 20000
#define LONGEST_QUERY 1024

struct customer {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct pages pages;
	struct json_object *contact;	/* owned until they go into the data */
	struct json_object *followers;
	const char *absence;
};

/* --- events → marks ----------------------------------------------------------------------------------------------- */

static const struct {
	const char *change_type;
	const char *mark;
	bool is_enough;		/* no pull is needed: the event says all there is */
} marks[] = {
	{"add_half_external_contact", "half", false},
	{"add_external_contact", "added", false},
	{"del_external_contact", "deleted_by_staff", true},
	{"del_follow_user", "deleted_by_customer", true},
	{"transfer_fail", "transfer_fail", true},
};

static size_t
find_mark(struct json_object *event)
{
	const char *change_type = event_text(event, "change_type");
	size_t i = 0;

	while (i < sizeof(marks) / sizeof(marks[0]) && strcmp(marks[i].change_type, change_type) != 0)
		i++;
	return i;
}

static bool
is_mark(struct json_object *event, size_t *ret_mark)
{
	*ret_mark = find_mark(event);
	return *ret_mark < sizeof(marks) / sizeof(marks[0]) && event_body_id(event, "UserID")[0] != '\0';
}

static bool
calls_for_pull(const struct job *job, struct json_object *event)
{
	size_t mark;

	(void)job;
	return !is_mark(event, &mark) || !marks[mark].is_enough;
}

static void
add_text_or_null(struct json_object *object, const char *name, const char *text)
{
	job_add_text(object, name, text[0] == '\0' ? NULL : text);
}

static struct json_object *
make_mark(struct json_object *event, size_t i)
{
	struct json_object *mark = json_object_new_object();
	const char *word = marks[i].mark;

	if (strcmp(word, "deleted_by_staff") == 0 && strcmp(event_body_text(event, "Source"), "DELETE_BY_TRANSFER") == 0)
		word = "transferred";
	job_add_text(mark, "userid", event_body_id(event, "UserID"));
	job_add_text(mark, "mark", word);
	job_add_number(mark, "at_us", event_time_us(event));
	add_text_or_null(mark, "state", event_body_text(event, "State"));
	add_text_or_null(mark, "reason", event_body_text(event, "FailReason"));
	add_text_or_null(mark, "event_id", event_text(event, "id"));
	return mark;
}

static struct json_object *
make_marks(const struct job *job)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(job->events); i++) {
		struct json_object *event = json_object_array_get_idx(job->events, i);
		size_t mark;

		if (is_mark(event, &mark))
			json_object_array_add(list, make_mark(event, mark));
	}
	return list;
}

/* --- answer → data ------------------------------------------------------------------------------------------------ */

/* One page's followers; false: the result says what is wrong. */
static bool
read_page(struct customer *customer, struct json_object *body)
{
	struct json_object *contact = NULL, *list = NULL;
	const char *bad = "external_contact";

	if (!field_object(body, "external_contact", &contact) || contact == NULL ||
	    !field_list(body, "follow_user", FOLLOWERS_MAX, &list)) {
		job_malformed(customer->job, "external_contact or follow_user is missing", customer->result);
		return false;
	}
	json_object_put(customer->contact);
	customer->contact = customer_read_contact(contact, &bad);
	if (customer->contact != NULL &&
	    strcmp(json_object_get_string(json_object_object_get(customer->contact, "external_userid")),
		customer->job->target) != 0) {
		job_malformed(customer->job, "it tells of another customer", customer->result);
		return false;
	}
	for (size_t i = 0; customer->contact != NULL && i < json_object_array_length(list); i++) {
		struct json_object *follower = customer_read_follower(json_object_array_get_idx(list, i), &bad);

		if (follower == NULL) {
			job_malformed(customer->job, bad, customer->result);
			return false;
		}
		json_object_array_add(customer->followers, follower);
	}
	if (customer->contact == NULL)
		job_malformed(customer->job, bad, customer->result);
	if (json_object_array_length(customer->followers) <= FOLLOWERS_MAX)
		return customer->contact != NULL;
	job_park(customer->result, "the customer has more than %d followers: that is more than is kept", FOLLOWERS_MAX);
	return false;
}

static void
forget_pages(struct customer *customer)
{
	json_object_put(customer->contact);
	json_object_put(customer->followers);
	customer->contact = NULL;
	customer->followers = json_object_new_array();
}

static struct api_answer
call_page(struct customer *customer)
{
	char query[LONGEST_QUERY];
	char *id = api_escape(customer->job->target), *cursor = api_escape(customer->pages.cursor);
	struct api_answer answer = {.outcome = API_LATER, .why = "no memory"};

	/* an id has at most 128 bytes; a cursor that does not fit is none of WeCom's */
	if (id != NULL && cursor != NULL &&
	    snprintf(query, sizeof(query), "external_userid=%s%s%s", id, cursor[0] == '\0' ? "" : "&cursor=", cursor) <
		(int)sizeof(query))
		answer = api_call(customer->context->api, API_EXTERNALCONTACT_GET, customer->job->corp, query, NULL);
	else
		snprintf(answer.why, sizeof(answer.why), "the cursor of %s is too long", customer->pages.what);
	free(id);
	free(cursor);
	return answer;
}

/* All pages; false: there is nothing whole, and the result says why. */
static bool
pull(struct customer *customer)
{
	enum pages_step step = PAGES_MORE;

	while (step == PAGES_MORE) {
		struct api_answer answer = call_page(customer);

		customer->absence = job_absence(&answer);
		if (pages_is_expired(&answer)) {
			step = pages_restart(&customer->pages, customer->result) ? PAGES_MORE : PAGES_BAD;
			forget_pages(customer);
		} else if (customer->absence != NULL) {
			customer->pages.begun_us = answer.begun_us;
			step = PAGES_END;
			forget_pages(customer);
		} else if (answer.outcome != API_ANSWERED) {
			step = PAGES_BAD;
			job_fail(customer->context, customer->job, &answer, customer->result);
		} else if (!read_page(customer, answer.body)) {
			step = PAGES_BAD;
		} else {
			step = pages_turn(&customer->pages, customer->job, &answer, customer->result);
		}
		api_answer_done(&answer);
	}
	return step == PAGES_END;
}

static void
build_data(struct customer *customer, bool was_pulled)
{
	struct json_object *list = make_marks(customer->job);
	struct json_object *data;
	bool has_answer = was_pulled && customer->absence == NULL;

	if (!was_pulled && json_object_array_length(list) == 0) {
		json_object_put(list);
		return;
	}
	data = json_object_new_object();
	job_add(data, "begun_us", was_pulled ? json_object_new_int64(customer->pages.begun_us) : NULL);
	job_add(data, "external_contact", has_answer ? json_object_get(customer->contact) : NULL);
	job_add(data, "follow_user", has_answer ? json_object_get(customer->followers) : NULL);
	job_add_text(data, "absence", was_pulled ? customer->absence : NULL);
	job_add(data, "marks", list);
	customer->result->data = data;
}

void
job_customer(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct customer customer = {.context = context, .job = job, .result = result};
	bool was_pulled = false;

	if (job_decide(context, job, calls_for_pull, API_EXTERNALCONTACT_GET, result) == JOB_PULL) {
		customer.followers = json_object_new_array();
		pages_start(&customer.pages, "the customer's followers", PAGES_MAX);
		was_pulled = pull(&customer);
		if (was_pulled)
			job_pulled(context, job, API_EXTERNALCONTACT_GET, customer.pages.begun_us, result);
	}
	build_data(&customer, was_pulled);
	pages_done(&customer.pages);
	json_object_put(customer.contact);
	json_object_put(customer.followers);
}
