/* A corp left: its data goes, in steps that each are one short transaction, after the delay that is set. */
#include "job_part.h"

#define STEPS_MAX 10000		/* in one go; what is left then comes at the next claim */

static struct json_object *
step_data(const char *name, bool value)
{
	struct json_object *data = json_object_new_object();

	job_add(data, name, json_object_new_boolean(value));
	return data;
}

static void
delete_all(struct job_context *context, const struct job *job, struct job_result *result)
{
	int64_t left = 1;

	for (int i = 0; left > 0 && i < STEPS_MAX; i++) {
		left = 0;
		if (!context->store_part(context, job, step_data("delete", true), &left)) {
			result->outcome = JOB_LOST;
			return;
		}
	}
	api_forget(context->api, job->corp);
	if (left > 0)
		job_later(result, api_now_us(context->api), "%s", "");
	else
		job_settle_covered(job, INT64_MAX, result);
}

/*
 * A cancellation counts only when the corp was not authorised again since.  Its event stays new until all is deleted: the
 * store deletes by it, and a run that broke off begins again by it.  Without an event a person asked for it.
 */
void
job_purge(struct job_context *context, const struct job *job, struct job_result *result)
{
	int64_t cancelled_us = 0, authorised_us = 0, due_us;
	bool is_asked = json_object_array_length(job->events) == 0;

	(void)field_number(job->state, "cancelled_us", 0, INT64_MAX, 0, &cancelled_us);
	(void)field_number(job->state, "authorised_us", 0, INT64_MAX, 0, &authorised_us);
	due_us = cancelled_us + context->conf->purge_delay_s * PART_US_PER_S;
	if (!is_asked && cancelled_us < authorised_us) {
		job_settle_covered(job, INT64_MAX, result);
		job_count(result, "purge_late_cancel", 1);
		/* it was away until it was authorised, and nobody told what happened */
		result->data = step_data("back", true);
	} else if (!is_asked && due_us > api_now_us(context->api)) {
		/* everybody sees at once that the corp left; its data waits */
		result->data = step_data("delete", false);
		job_later(result, due_us, "%s", "");
	} else {
		delete_all(context, job, result);
	}
}
