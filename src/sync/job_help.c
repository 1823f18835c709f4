/* What every handler needs: events settled and counted, the decision whether to pull, and outcomes in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "job_part.h"

#define MALFORMED_MAX 8			/* such answers in a row until a person is asked: about eight minutes */
#define BURST_US 3000000LL		/* events that come within it are waited for, and served by one pull */
#define CONFIRM_US 60000000LL		/* between looks at a corp whose authorisation is lost, at the least */
#define PAUSE_MOST_S 60		/* between tries when nothing was heard of WeCom */
#define EVENT_WORD_BYTES 128

/* --- events ------------------------------------------------------------------------------------------------------- */

static int64_t
event_number(struct json_object *event, const char *name)
{
	int64_t number = 0;

	(void)field_number(event, name, 0, INT64_MAX, 0, &number);
	return number;
}

int64_t
event_time_us(struct json_object *event)
{
	return event_number(event, "time_us");
}

const char *
event_text(struct json_object *event, const char *name)
{
	const char *text = "";

	(void)field_text(event, name, EVENT_WORD_BYTES, &text);
	return text;
}

const char *
event_body_text(struct json_object *event, const char *name)
{
	struct json_object *body = NULL;

	return field_object(event, "body", &body) && body != NULL ? event_text(body, name) : "";
}

const char *
event_body_id(struct json_object *event, const char *name)
{
	struct json_object *body = NULL;
	struct json_object *id = NULL;

	if (!field_object(event, "body", &body) || body == NULL || !json_object_object_get_ex(body, name, &id) ||
	    !field_is_id(id))
		return "";
	return json_object_get_string(id);
}

static size_t
events_n(const struct job *job)
{
	return json_object_array_length(job->events);
}

static struct json_object *
event_at(const struct job *job, size_t i)
{
	return json_object_array_get_idx(job->events, i);
}

void
job_settle(const struct job *job, size_t i, struct job_result *result)
{
	struct json_object *event = event_at(job, i);
	struct json_object *pair = json_object_new_array();
	struct json_object *id = NULL;

	(void)json_object_object_get_ex(event, "id", &id);
	json_object_array_add(pair, json_object_get(id));
	json_object_array_add(pair, json_object_new_int64(event_number(event, "due_us")));
	json_object_array_add(result->events, pair);
}

static bool
is_covered(struct json_object *event, int64_t begun_us)
{
	return begun_us != 0 && event_number(event, "due_us") < begun_us;
}

static const char *
settled_id(struct json_object *pair)
{
	struct json_object *id = json_object_array_get_idx(pair, 0);

	return json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
}

void
job_settle_covered(const struct job *job, int64_t begun_us, struct job_result *result)
{
	struct json_object *settled = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(result->events); i++)
		job_add(settled, settled_id(json_object_array_get_idx(result->events, i)), NULL);
	for (size_t i = 0; i < events_n(job); i++) {
		struct json_object *event = event_at(job, i);

		if (is_covered(event, begun_us) && !json_object_object_get_ex(settled, event_text(event, "id"), NULL))
			job_settle(job, i, result);
	}
	json_object_put(settled);
}

bool
job_has_uncovered(const struct job *job, int64_t seen_us)
{
	for (size_t i = 0; i < events_n(job); i++)
		if (!is_covered(event_at(job, i), seen_us))
			return true;
	return false;
}

void
job_raise(struct job_result *result, const char *kind, const char *target, int64_t due_us, int priority)
{
	struct json_object *item = json_object_new_array();

	if (result->raise == NULL)
		result->raise = json_object_new_array();
	json_object_array_add(item, json_object_new_string(kind));
	json_object_array_add(item, json_object_new_string(target));
	json_object_array_add(item, json_object_new_int64(due_us));
	json_object_array_add(item, json_object_new_int(priority));
	json_object_array_add(result->raise, item);
}

void
job_count(struct job_result *result, const char *counter, int64_t n)
{
	int64_t before = 0;

	if (n == 0)
		return;
	if (result->counts == NULL)
		result->counts = json_object_new_object();
	(void)field_number(result->counts, counter, 0, INT64_MAX, 0, &before);
	job_add_number(result->counts, counter, before + n);
}

/* --- whether to pull ---------------------------------------------------------------------------------------------- */

static void
count_saved(struct job_context *context, const struct job *job, enum api_name name, size_t n, struct job_result *result)
{
	if (n == 0)
		return;
	job_count(result, "pull_saved", (int64_t)n);
	api_count_saved(context->api, job->corp, name, (int64_t)n);
}

enum job_step
job_decide(struct job_context *context, const struct job *job, event_calls *calls, enum api_name name,
    struct job_result *result)
{
	int64_t seen_us = 0, now_us = api_now_us(context->api), first_us = INT64_MAX, last_us = 0;
	size_t settled_n = 0;

	(void)field_number(job->state, "seen_us", 0, INT64_MAX, 0, &seen_us);
	for (size_t i = 0; i < events_n(job); i++) {
		struct json_object *event = event_at(job, i);
		int64_t due_us = event_number(event, "due_us");

		if ((calls != NULL && !calls(job, event)) || is_covered(event, seen_us)) {
			job_settle(job, i, result);
			settled_n++;
			continue;
		}
		first_us = due_us < first_us ? due_us : first_us;
		last_us = due_us > last_us ? due_us : last_us;
	}
	count_saved(context, job, name, settled_n, result);
	if (events_n(job) == 0 || job->is_reconcile || job->is_asked)
		return JOB_PULL;
	if (settled_n == events_n(job))
		return JOB_ENOUGH;
	if (last_us > now_us && last_us - first_us <= BURST_US) {
		job_later(result, last_us + 1, "%s", "");
		return JOB_ENOUGH;
	}
	return JOB_PULL;
}

void
job_pulled(struct job_context *context, const struct job *job, enum api_name name, int64_t begun_us,
    struct job_result *result)
{
	size_t before_n = json_object_array_length(result->events), n;

	result->begun_us = begun_us;
	job_settle_covered(job, begun_us, result);
	n = json_object_array_length(result->events) - before_n;
	/* the call that was made served one of them */
	count_saved(context, job, name, n > 1 ? n - 1 : 0, result);
}

/* --- outcomes ----------------------------------------------------------------------------------------------------- */

/* Bytes of the character that begins here; 0: none does (cut, or not UTF-8). */
static size_t
character_bytes(const char *text)
{
	unsigned char first = (unsigned char)text[0];
	size_t n = 1;

	if (first < 0x80)
		return first < 0x20 || first == 0x7f ? 0 : 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	if (first >= 0xe0)
		n = first >= 0xf0 ? 3 : 2;
	for (size_t i = 1; i <= n; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, and what lies beyond the last code point */
	if ((first == 0xe0 && (unsigned char)text[1] < 0xa0) || (first == 0xed && (unsigned char)text[1] > 0x9f) ||
	    (first == 0xf0 && (unsigned char)text[1] < 0x90) || (first == 0xf4 && (unsigned char)text[1] > 0x8f))
		return 0;
	return n + 1;
}

/* A sentence may quote WeCom and may be cut inside a character: the database takes whole ones only. */
static void
mend_text(char *text)
{
	while (*text != '\0') {
		size_t n = character_bytes(text);

		if (n == 0)
			*text = '?';
		text += n == 0 ? 1 : n;
	}
}

void
job_later(struct job_result *result, int64_t due_us, const char *format, ...)
{
	va_list arguments;

	result->outcome = JOB_LATER;
	result->due_us = due_us;
	va_start(arguments, format);
	vsnprintf(result->error, sizeof(result->error), format, arguments);
	va_end(arguments);
	mend_text(result->error);
}

void
job_park(struct job_result *result, const char *format, ...)
{
	va_list arguments;

	result->outcome = JOB_PARKED;
	va_start(arguments, format);
	vsnprintf(result->error, sizeof(result->error), format, arguments);
	va_end(arguments);
	mend_text(result->error);
}

bool
job_is_code(const struct api_answer *answer, int code)
{
	return answer->outcome == API_REFUSED && answer->code == code;
}

const char *
job_absence(const struct api_answer *answer)
{
	if (answer->outcome != API_REFUSED || answer->meaning == NULL)
		return NULL;
	switch (answer->meaning->absence) {
	case ABSENCE_GONE:
	case ABSENCE_OUT_OF_SCOPE:
		return "out_of_scope";
	case ABSENCE_NO_LICENCE:
		return "no_licence";
	case ABSENCE_NO_RELATION:
		return "no_relation";
	case ABSENCE_NONE:
		break;
	}
	return NULL;
}

static const char *
meaning_of(const struct api_answer *answer)
{
	if (answer->meaning != NULL && answer->meaning->meaning != NULL)
		return answer->meaning->meaning;
	return answer->why;
}

/* The corp is asked no more; its own job looks again now and then, and makes it active when the answer is good. */
static void
suspend(struct job_context *context, const struct job *job, const struct api_answer *answer, struct job_result *result)
{
	char reason[200];
	const char *values[2] = {job->corp, reason};
	struct detail why;
	int64_t due_us = api_now_us(context->api) + CONFIRM_US;

	snprintf(reason, sizeof(reason), "error %d: %.160s", answer->code, meaning_of(answer));
	if (store_call(context->store, "select wecom.corp_suspend($1, $2)", 2, values, NULL, &why) != ST_OK) {
		job_later(result, 0, "the authorisation is lost (error %d), and the corp cannot be suspended: %.120s",
		    answer->code, why.text);
		return;
	}
	if (strcmp(job->kind, "corp") != 0)
		job_raise(result, "corp", "", due_us, 0);
	job_later(result, due_us, "the corp is suspended, %s", reason);
}

/*
 * A pause that WeCom asked for is kept as it is.  When nothing was heard, it grows with every failure, so that an outage
 * is not met with a storm.
 */
static int64_t
pause_us(const struct job *job, const struct api_answer *answer)
{
	int64_t pause_s = job->attempts < 6 ? 1LL << job->attempts : PAUSE_MOST_S;
	int64_t wait_us = answer->wait_ms * 1000;

	if (answer->code != 0 && answer->code != -1)
		return wait_us;
	return wait_us > pause_s * PART_US_PER_S ? wait_us : pause_s * PART_US_PER_S;
}

void
job_fail(struct job_context *context, const struct job *job, const struct api_answer *answer, struct job_result *result)
{
	enum api_reaction reaction = answer->meaning == NULL ? API_OURS : answer->meaning->reaction;

	if (answer->outcome == API_STOPPED) {
		result->outcome = JOB_LOST;
	} else if (answer->outcome == API_LATER) {
		job_later(result, api_now_us(context->api) + pause_us(job, answer), "%s",
		    answer->why[0] == '\0' ? "no answer" : answer->why);
	} else if (reaction == API_AUTHORISATION) {
		suspend(context, job, answer, result);
	} else if (reaction == API_RETRY || reaction == API_WAIT || reaction == API_TOKEN || reaction == API_TICKET ||
	    reaction == API_RESTART) {
		job_later(result, 0, "error %d: %.180s", answer->code, meaning_of(answer));
	} else if (reaction == API_GONE && job->attempts + 1 < MALFORMED_MAX && strcmp(job->kind, "corp") != 0) {
		/* what was visible is not: the scope or the way of authorisation changed */
		job_raise(result, "corp", "", api_now_us(context->api), 0);
		job_later(result, 0, "error %d: %.180s", answer->code, meaning_of(answer));
	} else {
		job_park(result, "error %d: %.140s. When that is mended: select wecom.unpark('…', '%.20s')", answer->code,
		    meaning_of(answer), job->kind);
	}
}

void
job_malformed(const struct job *job, const char *what, struct job_result *result)
{
	if (job->attempts + 1 < MALFORMED_MAX)
		job_later(result, 0, "WeCom's answer is not as it must be: %.160s", what);
	else
		job_park(result, "WeCom's answer was %d times not as it must be: %.100s. To try again: wecom.unpark",
		    MALFORMED_MAX, what);
}
