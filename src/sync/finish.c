/*
 * Results to the database.  The first thread that comes becomes the leader of its corp: it takes whatever waits by then
 * in one call, so that jobs that end together share a commit; who comes meanwhile waits for the next one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "daemon.h"
#include "log.h"

#define TOGETHER_MAX 64
#define TOGETHER_BYTES (4 * 1024 * 1024)
#define AGAIN_MS 200
#define TOGETHER_TRIES 3	/* then each by itself, should it be their being together that fails */
#define FINISH_SQL "select wecom.job_finish($1, $2, $3::bigint, $4::bigint, $5::jsonb)"

enum entry_state { ENTRY_WAITING, ENTRY_OK, ENTRY_LOST, ENTRY_REFUSED };

struct finish_entry {
	const char *text;	/* JSON of one result; its json_object lives as long as the entry */
	size_t text_n;
	bool goes_alone;	/* a step of a purge drops the corp's other jobs, those of results in the same call, too */
	enum entry_state outcome;	/* written by the leader alone */
	enum entry_state state;		/* the outcome, once it is published under the lock */
	int64_t left;
	struct detail why;	/* ENTRY_REFUSED */
	pthread_cond_t changed;	/* its state, or that it is first in the queue: one thread is woken, not all that wait */
	struct finish_entry *next;
};

static void
add_number_or_null(struct json_object *item, const char *name, int64_t number)
{
	job_add(item, name, number == 0 ? NULL : json_object_new_int64(number));
}

static struct json_object *
result_item(const struct job *job, const char *outcome, const struct job_result *result)
{
	struct json_object *item = json_object_new_object();

	job_add_text(item, "kind", job->kind);
	job_add_text(item, "target", job->target);
	job_add_text(item, "outcome", outcome);
	job_add_text(item, "error", result->error[0] == '\0' ? NULL : result->error);
	add_number_or_null(item, "due_us", result->due_us);
	add_number_or_null(item, "begun_us", result->begun_us);
	job_add(item, "data", json_object_get(result->data));
	job_add(item, "events", result->events == NULL ? json_object_new_array() : json_object_get(result->events));
	job_add(item, "raise", result->raise == NULL ? json_object_new_array() : json_object_get(result->raise));
	job_add(item, "counts", result->counts == NULL ? json_object_new_object() : json_object_get(result->counts));
	return item;
}

static void
read_answer(struct json_object *answer, struct finish_entry *entry)
{
	struct json_object *left = NULL;

	entry->outcome = ENTRY_LOST;
	if (json_object_is_type(answer, json_type_object) && json_object_object_get_ex(answer, "left", &left)) {
		entry->left = json_object_get_int64(left);
		entry->outcome = ENTRY_OK;
	} else if (json_object_is_type(answer, json_type_string) && strcmp(json_object_get_string(answer), "ok") == 0) {
		entry->outcome = ENTRY_OK;
	}
}

/* One call for entries[0..n); ST_OK: every outcome is set. */
static enum status
call_together(struct daemon *daemon, struct corp *corp, struct finish_entry **entries, size_t n, struct detail *why)
{
	struct json_object *answers = NULL;
	const char *values[5] = {corp->id, daemon->owner, corp->fence, NULL, NULL};
	size_t size = 3, at = 1;
	char now[24];
	char *text;
	enum status st;

	for (size_t i = 0; i < n; i++)
		size += entries[i]->text_n + 1;
	text = malloc(size);
	if (text == NULL)
		return ST_NOMEM;
	text[0] = '[';
	for (size_t i = 0; i < n; i++) {
		memcpy(text + at, entries[i]->text, entries[i]->text_n);
		at += entries[i]->text_n;
		text[at++] = i + 1 < n ? ',' : ']';
	}
	text[at] = '\0';
	snprintf(now, sizeof(now), "%lld", (long long)api_now_us(daemon->api));
	values[3] = now;
	values[4] = text;
	st = store_call_json(daemon->store, FINISH_SQL, 5, values, &answers, why);
	free(text);
	if (st == ST_OK && answers == NULL)
		atomic_store(&corp->is_lost, true);
	for (size_t i = 0; st == ST_OK && i < n; i++)
		read_answer(answers == NULL ? NULL : json_object_array_get_idx(answers, i), entries[i]);
	json_object_put(answers);
	return st;
}

/* The leader's work: again while the database is away, one by one when it does not take them together. */
static void
flush(struct daemon *daemon, struct corp *corp, struct finish_entry **entries, size_t n)
{
	struct detail why = {""};
	enum status st = ST_BUSY;

	for (int i = 0; st == ST_BUSY && corp_is_held(corp) && (n == 1 || i < TOGETHER_TRIES); i++) {
		st = call_together(daemon, corp, entries, n, &why);
		if (st == ST_BUSY) {
			log_text(LOG_LEVEL_WARNING, "results of a corp wait: %s", why.text);
			usleep(AGAIN_MS * 1000);
		}
	}
	if (st == ST_OK)
		return;
	if (n > 1 && (st == ST_BUG || st == ST_BUSY)) {
		for (size_t i = 0; i < n; i++)
			flush(daemon, corp, &entries[i], 1);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		entries[i]->outcome = st == ST_BUG ? ENTRY_REFUSED : ENTRY_LOST;
		entries[i]->why = why;
	}
	if (st != ST_BUG)
		atomic_store(&corp->is_lost, true);
}

/* Under the lock: what waits now, in order, within bounds. */
static size_t
take_waiting(struct corp *corp, struct finish_entry *entries[TOGETHER_MAX])
{
	size_t n = 0, bytes = 0;

	while (corp->finishing != NULL && n < TOGETHER_MAX && (n == 0 || bytes + corp->finishing->text_n <= TOGETHER_BYTES)) {
		if (n > 0 && (entries[0]->goes_alone || corp->finishing->goes_alone))
			break;
		bytes += corp->finishing->text_n;
		entries[n++] = corp->finishing;
		corp->finishing = corp->finishing->next;
	}
	return n;
}

/* Under the lock: tell those whose results are stored, and whoever leads next. */
static void
publish(struct corp *corp, struct finish_entry **entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		entries[i]->state = entries[i]->outcome;
		pthread_cond_signal(&entries[i]->changed);
	}
	corp->is_flushing = false;
	if (corp->finishing != NULL)
		pthread_cond_signal(&corp->finishing->changed);
}

static void
store_entry(struct daemon *daemon, struct corp *corp, struct finish_entry *entry)
{
	struct finish_entry *entries[TOGETHER_MAX];
	struct finish_entry **at;

	pthread_cond_init(&entry->changed, NULL);
	pthread_mutex_lock(&daemon->lock);
	for (at = &corp->finishing; *at != NULL; at = &(*at)->next)
		;
	*at = entry;
	while (entry->state == ENTRY_WAITING) {
		size_t n;

		if (corp->is_flushing) {
			pthread_cond_wait(&entry->changed, &daemon->lock);
			continue;
		}
		corp->is_flushing = true;
		n = take_waiting(corp, entries);
		pthread_mutex_unlock(&daemon->lock);
		flush(daemon, corp, entries, n);
		pthread_mutex_lock(&daemon->lock);
		publish(corp, entries, n);
	}
	pthread_mutex_unlock(&daemon->lock);
	pthread_cond_destroy(&entry->changed);
}

static enum entry_state
store_item(struct daemon *daemon, struct corp *corp, struct json_object *item, struct finish_entry *entry)
{
	entry->text = json_object_to_json_string_length(item, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
	    &entry->text_n);
	entry->state = ENTRY_WAITING;
	entry->next = NULL;
	if (entry->text == NULL)
		return ENTRY_LOST;
	store_entry(daemon, corp, entry);
	return entry->state;
}

enum finish_outcome
finish_store(struct daemon *daemon, struct corp *corp, const struct job *job, const char *outcome,
    const struct job_result *result, int64_t *ret_left)
{
	struct json_object *item = result_item(job, outcome, result);
	struct finish_entry entry = {.goes_alone = strcmp(job->kind, "purge") == 0};
	enum entry_state state = store_item(daemon, corp, item, &entry);

	json_object_put(item);
	if (state == ENTRY_REFUSED) {
		struct job_result parked = {.outcome = JOB_PARKED};
		struct log_line line;

		snprintf(parked.error, sizeof(parked.error), "the database refused what came of it: %.150s", entry.why.text);
		log_line_start(&line);
		log_line_text(&line, "corp", corp->id);
		log_line_text(&line, "kind", job->kind);
		log_line_text(&line, "target", job->target);
		log_line_text(&line, "refused", entry.why.text);
		log_line_write(&line, LOG_LEVEL_ERROR);
		item = result_item(job, "parked", &parked);
		(void)store_item(daemon, corp, item, &entry);
		json_object_put(item);
		/* whoever stores parts must not go on */
		state = strcmp(outcome, "part") == 0 ? ENTRY_LOST : entry.state;
	}
	if (ret_left != NULL)
		*ret_left = entry.left;
	return state == ENTRY_OK ? FINISH_OK : FINISH_LOST;
}
