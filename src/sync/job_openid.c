/*
 * Plain user ids to open ids.  Too many wrong ids block the call for a day, so a corp has a budget of errors a day: no
 * call asks for more ids than could all be wrong within it, and when it is used up nothing is asked until the day ends.
 */
#include <stdio.h>
#include <string.h>

#include "job_part.h"

#define BATCH 1000
#define DAY_US (86400 * PART_US_PER_S)
#define SHANGHAI_US (8 * 3600 * PART_US_PER_S)	/* WeCom's natural day; no summer time */

static int64_t
day_end_us(int64_t now_us)
{
	return ((now_us + SHANGHAI_US) / DAY_US + 1) * DAY_US - SHANGHAI_US;
}

static struct json_object *
take_wanted(struct json_object *wanted, size_t n)
{
	struct json_object *ids = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(ids, json_object_get(json_object_array_get_idx(wanted, i)));
	return ids;
}

static bool
is_asked(struct json_object *asked, const char *id)
{
	for (size_t i = 0; i < json_object_array_length(asked); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(asked, i)), id) == 0)
			return true;
	return false;
}

static bool
read_mapped(struct json_object *list, struct json_object *asked, struct json_object *mapped)
{
	static const struct field_rule rules[] = {
		{"userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
		{"open_userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	};
	const char *bad = "";

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_new_object(), *pair = json_object_new_array();
		bool is_good = FIELD_COPY(json_object_array_get_idx(list, i), rules, item, &bad) &&
		    is_asked(asked, json_object_get_string(json_object_object_get(item, "userid")));

		json_object_array_add(pair, json_object_get(json_object_object_get(item, "userid")));
		json_object_array_add(pair, json_object_get(json_object_object_get(item, "open_userid")));
		json_object_put(item);
		if (!is_good) {
			json_object_put(pair);
			return false;
		}
		json_object_array_add(mapped, pair);
	}
	return true;
}

static bool
read_invalid(struct json_object *list, struct json_object *asked, struct json_object *invalid)
{
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct json_object *id = json_object_array_get_idx(list, i);

		if (!field_is_id(id) || !is_asked(asked, json_object_get_string(id)))
			return false;
		json_object_array_add(invalid, json_object_get(id));
	}
	return true;
}

/* Answer → data; NULL: malformed. */
static struct json_object *
read_answer(struct json_object *body, struct json_object *asked)
{
	struct json_object *data = json_object_new_object();
	struct json_object *mapped = json_object_new_array(), *invalid = json_object_new_array();
	struct json_object *good = NULL, *bad = NULL;

	job_add(data, "mapped", mapped);
	job_add(data, "invalid", invalid);
	if (field_array(body, "open_userid_list", BATCH, &good) && field_array(body, "invalid_userid_list", BATCH, &bad) &&
	    (good != NULL || bad != NULL) && (good == NULL || read_mapped(good, asked, mapped)) &&
	    read_invalid(bad, asked, invalid)) {
		job_add_number(data, "errors", (int64_t)json_object_array_length(invalid));
		return data;
	}
	json_object_put(data);
	return NULL;
}

static void
freeze(struct json_object *data, int64_t frozen_us, int budget, struct job_result *result)
{
	job_add_number(data, "frozen_us", frozen_us);
	job_later(result, frozen_us, "%d wrong user ids were asked for today: nothing is asked until the day ends, "
	    "as WeCom blocks the call otherwise. Look at the ids that were requested", budget);
}

/* Store what came, and say when to go on: at once while more is wanted, tomorrow when the budget is used up. */
static void
take_answer(struct job_context *context, const struct job *job, struct json_object *data, int64_t left, size_t asked_n,
    bool has_more, struct job_result *result)
{
	int64_t errors = json_object_get_int64(json_object_object_get(data, "errors"));
	size_t told_n = json_object_array_length(json_object_object_get(data, "mapped")) + (size_t)errors;
	int64_t now_us = api_now_us(context->api);

	result->data = data;
	if (errors >= left) {
		freeze(data, day_end_us(now_us), context->conf->openid_errors_per_day, result);
		return;
	}
	job_add(data, "frozen_us", NULL);
	if (told_n < asked_n)
		job_malformed(job, "it is silent about some of the ids", result);
	else if (has_more)
		job_later(result, now_us, "%s", "");
}

static void
ask(struct job_context *context, const struct job *job, struct json_object *wanted, int64_t left, struct job_result *result)
{
	/* answers that got lost may have told of errors: each failure halves what is risked next */
	size_t risk_n = job->attempts < 16 ? (size_t)left >> job->attempts : 0;
	size_t wanted_n = json_object_array_length(wanted), n = risk_n == 0 ? 1 : risk_n;
	struct json_object *ids, *body = json_object_new_object(), *data = NULL;
	struct api_answer answer;

	n = n < wanted_n ? n : wanted_n;
	n = n < BATCH ? n : BATCH;
	ids = take_wanted(wanted, n);
	job_add(body, "userid_list", ids);
	answer = api_call(context->api, API_USERID_TO_OPENUSERID, job->corp, NULL, body);
	if (answer.outcome != API_ANSWERED)
		job_fail(context, job, &answer, result);
	else if ((data = read_answer(answer.body, ids)) == NULL)
		job_malformed(job, "open_userid_list or invalid_userid_list", result);
	else
		take_answer(context, job, data, left, n, n < wanted_n || wanted_n == BATCH, result);
	api_answer_done(&answer);
	json_object_put(body);
}

static bool
are_ids(struct json_object *wanted)
{
	for (size_t i = 0; wanted != NULL && i < json_object_array_length(wanted); i++)
		if (!field_is_id(json_object_array_get_idx(wanted, i)))
			return false;
	return true;
}

void
job_openid_map(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct json_object *wanted = NULL;
	int64_t errors = 0, frozen_us = 0, now_us = api_now_us(context->api), left;

	if (!field_array(job->state, "wanted", SIZE_MAX, &wanted) || !are_ids(wanted) ||
	    !field_number(job->state, "errors_today", 0, INT64_MAX, 0, &errors) ||
	    !field_number(job->state, "frozen_us", 0, INT64_MAX, 0, &frozen_us)) {
		job_park(result, "what was requested cannot be read: is it a list of user ids of at most %d bytes each?",
		    PART_ID_BYTES);
		return;
	}
	left = context->conf->openid_errors_per_day - errors;
	job_settle_covered(job, INT64_MAX, result);
	if (wanted == NULL || json_object_array_length(wanted) == 0)
		return;
	if (frozen_us > now_us) {
		job_later(result, frozen_us, "too many wrong user ids were asked for today: nothing is asked until the day ends");
	} else if (left <= 0) {
		result->data = json_object_new_object();
		job_add_number(result->data, "errors", 0);
		freeze(result->data, day_end_us(now_us), context->conf->openid_errors_per_day, result);
	} else {
		ask(context, job, wanted, left, result);
	}
}
