/* A worker thread: takes a claimed job, runs its handler, has the result stored.  One job at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "log.h"

#define HOUR_MS 3600000
#define US_PER_S 1000000LL
#define BACK_OFF_MOST_S 3600

static const struct {
	const char *kind;
	job_handler *handler;
} handlers[] = {
	{"chat", job_chat},
	{"customer", job_customer},
	{"tag", job_tag},
	{"member", job_member},
	{"corp", job_corp},
	{"chat_list", job_chat_list},
	{"customer_list", job_customer_list},
	{"member_list", job_member_list},
	{"openid_map", job_openid_map},
	{"purge", job_purge},
	{"rollup", job_rollup},
};

/* What a handler is given: the shared context, and behind it whose job it is. */
struct worker_context {
	struct job_context context;	/* first: handlers see this */
	struct daemon *daemon;
	struct corp *corp;
};

static struct worker_context *
worker_of(struct job_context *context)
{
	return (struct worker_context *)context;
}

static bool
store_part(struct job_context *context, const struct job *job, struct json_object *data, int64_t *ret_left)
{
	struct worker_context *worker = worker_of(context);
	struct job_result part = {.data = data};
	enum finish_outcome outcome = finish_store(worker->daemon, worker->corp, job, "part", &part, ret_left);

	json_object_put(data);
	return outcome == FINISH_OK;
}

static bool
may_enrich(struct job_context *context, const char *corp_id)
{
	struct worker_context *worker = worker_of(context);
	struct corp *corp = worker->corp;
	int64_t now_ms = clock_monotonic_ms();
	bool may;

	(void)corp_id;
	pthread_mutex_lock(&worker->daemon->lock);
	if (corp->enrich_hour_ms == 0 || now_ms - corp->enrich_hour_ms >= HOUR_MS) {
		corp->enrich_hour_ms = now_ms;
		corp->enriched_n = 0;
	}
	may = corp->enriched_n < context->conf->enrich_per_hour;
	corp->enriched_n += may ? 1 : 0;
	pthread_mutex_unlock(&worker->daemon->lock);
	return may;
}

/* 2, 4, 8 … seconds, at most an hour, the second half of it at random. */
static int64_t
back_off_us(int attempts)
{
	int64_t most_s = attempts < 11 ? 2LL << attempts : BACK_OFF_MOST_S;
	int64_t half_us = most_s * US_PER_S / 2;

	return half_us + (int64_t)((double)random() / RAND_MAX * (double)half_us);
}

static job_handler *
find_handler(const char *kind)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (strcmp(handlers[i].kind, kind) == 0)
			return handlers[i].handler;
	return NULL;
}

static const char *
outcome_name(enum job_outcome outcome)
{
	switch (outcome) {
	case JOB_DONE:
		return "done";
	case JOB_LATER:
		return "later";
	case JOB_PARKED:
		return "parked";
	case JOB_LOST:
		break;
	}
	return "lost";
}

static void
log_job(const struct conf *conf, const struct job *job, const struct job_result *result, int64_t started_us)
{
	struct log_line line;
	bool is_trouble = result->outcome == JOB_PARKED || result->error[0] != '\0';

	if (!is_trouble && !conf->log_requests)
		return;
	log_line_start(&line);
	log_line_text(&line, "corp", job->corp);
	log_line_text(&line, "kind", job->kind);
	log_line_text(&line, "target", job->target);
	log_line_text(&line, "outcome", outcome_name(result->outcome));
	log_line_number(&line, "events", (long long)json_object_array_length(result->events));
	if (result->counts != NULL)
		log_line_text(&line, "counts", json_object_to_json_string_ext(result->counts, JSON_C_TO_STRING_PLAIN));
	if (is_trouble)
		log_line_text(&line, "error", result->error);
	log_line_ms(&line, "ms", clock_monotonic_us() - started_us);
	log_line_write(&line, is_trouble ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
}

static void
result_done(struct job_result *result)
{
	json_object_put(result->data);
	json_object_put(result->events);
	json_object_put(result->raise);
	json_object_put(result->counts);
}

static void
run_handler(struct worker_context *worker, const struct job *job, struct job_result *result)
{
	job_handler *handler = find_handler(job->kind);

	if (handler != NULL) {
		handler(&worker->context, job, result);
	} else {
		result->outcome = JOB_PARKED;
		snprintf(result->error, sizeof(result->error), "this version knows no jobs of kind %.40s: run a newer one", job->kind);
	}
	if (result->outcome == JOB_LATER && result->due_us == 0)
		result->due_us = api_now_us(worker->daemon->api) + back_off_us(job->attempts);
}

/* The call is over: another may begin while this result is stored. */
static void
begin_storing(struct daemon *daemon, struct corp *corp)
{
	pthread_mutex_lock(&daemon->lock);
	corps_store(daemon, corp);
	pthread_cond_signal(&daemon->work);
	pthread_mutex_unlock(&daemon->lock);
}

static void
run_job(struct daemon *daemon, struct corp *corp, struct json_object *claimed)
{
	struct worker_context worker = {
	    {daemon->conf, daemon->api, daemon->store, store_part, may_enrich}, daemon, corp};
	struct job_result result = {.outcome = JOB_DONE, .events = json_object_new_array()};
	struct job job = {.corp = corp->id};
	int64_t started_us = clock_monotonic_us();
	int64_t attempts;

	if (!field_text(claimed, "kind", 64, &job.kind) || !field_text(claimed, "target", DAEMON_CORP_BYTES, &job.target) ||
	    !field_number(claimed, "attempts", 0, INT32_MAX, 0, &attempts) || !field_object(claimed, "state", &job.state) ||
	    !field_array(claimed, "events", SIZE_MAX, &job.events) || job.state == NULL || job.events == NULL) {
		log_text(LOG_LEVEL_ERROR, "a claimed job cannot be read: is the schema newer than this program?");
		atomic_store(&corp->is_lost, true);
		json_object_put(result.events);
		begin_storing(daemon, corp);
		return;
	}
	job.attempts = (int)attempts;
	job.is_reconcile = json_object_get_boolean(json_object_object_get(claimed, "is_reconcile"));
	job.is_asked = json_object_get_boolean(json_object_object_get(claimed, "is_asked"));
	run_handler(&worker, &job, &result);
	begin_storing(daemon, corp);
	if (result.outcome != JOB_LOST &&
	    finish_store(daemon, corp, &job, outcome_name(result.outcome), &result, NULL) == FINISH_LOST)
		result.outcome = JOB_LOST;
	/* what was lost is still leased under our number: giving the corp back makes it due again */
	if (result.outcome == JOB_LOST)
		atomic_store(&corp->is_lost, true);
	log_job(daemon->conf, &job, &result, started_us);
	result_done(&result);
}

void *
worker_main(void *argument)
{
	struct daemon *daemon = argument;

	pthread_mutex_lock(&daemon->lock);
	while (!atomic_load(&daemon->is_stopping)) {
		struct task *task = corps_take(daemon);

		if (task == NULL) {
			pthread_cond_wait(&daemon->work, &daemon->lock);
			continue;
		}
		pthread_mutex_unlock(&daemon->lock);
		run_job(daemon, task->corp, task->claimed);
		json_object_put(task->claimed);
		pthread_mutex_lock(&daemon->lock);
		task->corp->storing_n--;
		/* another of this corp may run now, and the dispatcher may want to claim more */
		pthread_cond_signal(&daemon->work);
		pthread_cond_signal(&daemon->room);
		free(task);
	}
	pthread_mutex_unlock(&daemon->lock);
	return NULL;
}
