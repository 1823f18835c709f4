/*
 * Results to the database.  The first thread that comes becomes a leader of its corp: it takes whatever of its lane waits
 * by then in one call, so that jobs that end together share a commit; who comes meanwhile waits for the next one.
 *
 * Lanes: chats touch nothing but their own rows, and what they share with others (jobs that are raised, counters, the due
 * row) is locked in one order by all: two calls of them go side by side, and one of all other kinds beside these.  Those
 * others go one after the other, for a customer's row may be told of by several jobs.  A step of a purge drops the corp's
 * other jobs, and goes alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "daemon.h"
#include "job_part.h"
#include "log.h"

#define TOGETHER_MAX 64
#define TOGETHER_BYTES (4 * 1024 * 1024)
#define AGAIN_MS 200
#define TOGETHER_TRIES 3	/* then each by itself, should it be their being together that fails */
#define CHATS_MAX 2		/* calls with chats at a time … */
#define CHATS_SECOND_BYTES (96 * 1024)	/* … the second only for so much, two dozen rosters: events share one better */
#define FINISH_SQL "select wecom.job_finish($1, $2, $3::bigint, $4::bigint, $5::jsonb)"

enum entry_state { ENTRY_WAITING, ENTRY_OK, ENTRY_LOST, ENTRY_REFUSED };

struct finish_entry {
	const char *text;	/* JSON of one result; its json_object lives as long as the entry */
	size_t text_n;
	enum finish_lane lane;
	bool is_taken;		/* a leader has it */
	enum entry_state outcome;	/* written by the leader alone */
	enum entry_state state;		/* the outcome, once it is published under the lock */
	int64_t left;
	struct detail why;	/* ENTRY_REFUSED */
	pthread_cond_t changed;	/* its state, or that it may lead: one thread is woken, not all that wait */
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

static enum finish_lane
lane_of(const struct job *job)
{
	if (strcmp(job->kind, "purge") == 0)
		return FINISH_ALONE;
	return strcmp(job->kind, "chat") == 0 ? FINISH_CHATS : FINISH_OTHERS;
}

static size_t
waiting_bytes(const struct corp *corp, enum finish_lane lane)
{
	size_t n = 0;

	for (const struct finish_entry *entry = corp->finishing; entry != NULL; entry = entry->next)
		n += entry->lane == lane ? entry->text_n : 0;
	return n;
}

/* Under the lock: may a call of this lane begin now? */
static bool
may_lead(const struct corp *corp, enum finish_lane lane)
{
	const int *under_way = corp->flushing_n;

	if (under_way[FINISH_ALONE] > 0)
		return false;
	if (lane == FINISH_ALONE)
		return under_way[FINISH_CHATS] + under_way[FINISH_OTHERS] == 0;
	/* who goes alone must have a turn */
	if (waiting_bytes(corp, FINISH_ALONE) > 0)
		return false;
	if (lane == FINISH_OTHERS)
		return under_way[FINISH_OTHERS] == 0;
	return under_way[FINISH_CHATS] == 0 ||
	    (under_way[FINISH_CHATS] < CHATS_MAX && waiting_bytes(corp, FINISH_CHATS) >= CHATS_SECOND_BYTES);
}

/* Under the lock: what of the lane waits now, in order, within bounds. */
static size_t
take_waiting(struct corp *corp, enum finish_lane lane, struct finish_entry *entries[TOGETHER_MAX])
{
	size_t n = 0, most = lane == FINISH_ALONE ? 1 : TOGETHER_MAX, bytes = 0;
	struct finish_entry **at = &corp->finishing;

	while (*at != NULL && n < most) {
		struct finish_entry *entry = *at;

		if (entry->lane != lane) {
			at = &entry->next;
			continue;
		}
		if (n > 0 && bytes + entry->text_n > TOGETHER_BYTES)
			break;
		bytes += entry->text_n;
		entry->is_taken = true;
		entries[n++] = entry;
		*at = entry->next;
	}
	return n;
}

/* Under the lock: wake the first of each lane that may lead now. */
static void
wake_leaders(struct corp *corp)
{
	bool is_woken[FINISH_LANES_N] = {false};

	for (struct finish_entry *entry = corp->finishing; entry != NULL; entry = entry->next) {
		if (is_woken[entry->lane] || !may_lead(corp, entry->lane))
			continue;
		is_woken[entry->lane] = true;
		pthread_cond_signal(&entry->changed);
	}
}

/* Under the lock: tell those whose results are stored, and whoever leads next. */
static void
publish(struct corp *corp, enum finish_lane lane, struct finish_entry **entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		entries[i]->state = entries[i]->outcome;
		pthread_cond_signal(&entries[i]->changed);
	}
	corp->flushing_n[lane]--;
	wake_leaders(corp);
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
	/* the one that makes a second call of chats worth it need not be the one that leads it */
	wake_leaders(corp);
	while (entry->state == ENTRY_WAITING) {
		enum finish_lane lane = entry->lane;
		size_t n;

		if (entry->is_taken || !may_lead(corp, lane)) {
			pthread_cond_wait(&entry->changed, &daemon->lock);
			continue;
		}
		n = take_waiting(corp, lane, entries);
		corp->flushing_n[lane]++;
		pthread_mutex_unlock(&daemon->lock);
		flush(daemon, corp, entries, n);
		pthread_mutex_lock(&daemon->lock);
		publish(corp, lane, entries, n);
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
	entry->is_taken = false;
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
	struct finish_entry entry = {.lane = lane_of(job)};
	enum entry_state state = store_item(daemon, corp, item, &entry);

	json_object_put(item);
	if (state == ENTRY_REFUSED) {
		struct job_result parked = {0};
		struct log_line line;

		job_park(&parked, "the database refused what came of it: %.150s", entry.why.text);
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
