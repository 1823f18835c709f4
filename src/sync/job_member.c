/* A member: user/get after every event, as events carry only what changed and what the app may read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job_part.h"

#define LONGEST_QUERY 1024

/* --- events ------------------------------------------------------------------------------------------------------- */

/* The system's own userids can be changed once: the last event that says so. */
static const char *
new_userid(const struct job *job)
{
	const char *found = "";

	for (size_t i = 0; i < json_object_array_length(job->events); i++) {
		struct json_object *event = json_object_array_get_idx(job->events, i);
		const char *id = event_body_id(event, "NewUserID");

		if (strcmp(event_text(event, "change_type"), "update_user") == 0 && id[0] != '\0' &&
		    strcmp(id, job->target) != 0)
			found = id;
	}
	return found;
}

/* --- answer → data ------------------------------------------------------------------------------------------------ */

static struct api_answer
call_get(struct job_context *context, const struct job *job)
{
	char query[LONGEST_QUERY];
	char *id = api_escape(job->target);
	struct api_answer answer = {.outcome = API_LATER, .why = "no memory"};

	if (id != NULL && snprintf(query, sizeof(query), "userid=%s", id) < (int)sizeof(query))
		answer = api_call(context->api, API_USER_GET, job->corp, query, NULL);
	free(id);
	return answer;
}

static struct json_object *
build_data(const struct job *job, const struct api_answer *answer, const char *absence, struct json_object *found)
{
	struct json_object *data = json_object_new_object();
	const char *renamed = new_userid(job);

	job_add_number(data, "begun_us", answer->begun_us);
	job_add_text(data, "userid", job->target);
	job_add(data, "found", found);
	job_add_text(data, "absence", absence);
	job_add_text(data, "new_userid", renamed[0] == '\0' ? NULL : renamed);
	return data;
}

static void
pull(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct api_answer answer = call_get(context, job);
	const char *absence = job_absence(&answer), *bad = "";
	struct json_object *found = NULL;

	if (answer.outcome == API_ANSWERED)
		found = member_read(answer.body, &bad);
	if (found != NULL && strcmp(json_object_get_string(json_object_object_get(found, "userid")), job->target) != 0) {
		json_object_put(found);
		found = NULL;
		bad = "it tells of another member";
	}
	if (found != NULL || absence != NULL) {
		result->data = build_data(job, &answer, absence, found);
		job_pulled(context, job, API_USER_GET, answer.begun_us, result);
	} else if (answer.outcome == API_ANSWERED) {
		job_malformed(job, bad, result);
	} else {
		job_fail(context, job, &answer, result);
	}
	api_answer_done(&answer);
}

void
job_member(struct job_context *context, const struct job *job, struct job_result *result)
{
	const char *renamed = new_userid(job);

	if (renamed[0] != '\0')
		job_raise(result, "member", renamed, api_now_us(context->api), 0);
	if (job_decide(context, job, NULL, API_USER_GET, result) == JOB_PULL)
		pull(context, job, result);
}
