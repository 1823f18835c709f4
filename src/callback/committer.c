/*
 * Batches: see committer.h.  Way of a request here: queue, batch, database; when the database cannot take it, the
 * spool; when that cannot either, 503.  Answers go out only after one of the two has confirmed.
 */
#include "committer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "spool.h"

#define PATIENCE_MS 250		/* a connection just lost may be back by then: wait before spooling */
#define OUTAGE_MS 1000		/* down for longer: spool at once */
#define FAILURE_LOG_MS 10000	/* the same failure is told again after so long */
#define SPOOL_IDLE_MS 1000	/* without an append: the segment is closed, so that the drainer can remove it */

struct committer {
	const struct conf *conf;
	struct metrics *metrics;
	committer_answer *answer;
	void *context;
	struct database *database;
	struct spool_writer *spool;	/* NULL: off */
	/* the queue: any thread, under the mutex */
	pthread_mutex_t mutex;
	struct request *first;
	struct request **last;
	bool is_sleeping;
	/* the batch under way: main thread only */
	struct request **batch;		/* commit_events_max */
	struct database_entry **entries;
	struct spool_record *records;
	size_t batch_n;
	int64_t told_ms;		/* when a failure was last logged */
	bool was_down;
};

struct committer *
committer_new(const struct conf *conf, struct metrics *metrics, committer_answer *answer, void *context)
{
	struct committer *committer = calloc(1, sizeof(*committer));
	size_t most = (size_t)conf->commit_events_max;

	if (committer == NULL)
		return NULL;
	pthread_mutex_init(&committer->mutex, NULL);
	committer->conf = conf;
	committer->metrics = metrics;
	committer->answer = answer;
	committer->context = context;
	committer->last = &committer->first;
	committer->batch = calloc(most, sizeof(*committer->batch));
	committer->entries = calloc(most, sizeof(*committer->entries));
	committer->records = calloc(most, sizeof(*committer->records));
	committer->database = database_new(conf, "wecom-callback");
	if (conf->spool_max_bytes > 0)
		committer->spool = spool_writer_new(conf->spool_dir, &conf->master_key, conf->spool_max_bytes);
	if (committer->batch == NULL || committer->entries == NULL || committer->records == NULL ||
	    committer->database == NULL || (conf->spool_max_bytes > 0 && committer->spool == NULL)) {
		committer_free(committer);
		return NULL;
	}
	return committer;
}

void
committer_free(struct committer *committer)
{
	if (committer == NULL)
		return;
	database_free(committer->database);
	spool_writer_free(committer->spool);
	free(committer->batch);
	free(committer->entries);
	free(committer->records);
	pthread_mutex_destroy(&committer->mutex);
	free(committer);
}

struct database *
committer_database(struct committer *committer)
{
	return committer->database;
}

bool
committer_push(struct committer *committer, struct request *request)
{
	bool must_wake;

	request->next = NULL;
	pthread_mutex_lock(&committer->mutex);
	*committer->last = request;
	committer->last = &request->next;
	must_wake = committer->is_sleeping;
	committer->is_sleeping = false;
	pthread_mutex_unlock(&committer->mutex);
	return must_wake;
}

/* Move up to `most` requests that `wants` accepts from the queue to the batch, in order of arrival. */
static void
take(struct committer *committer, bool (*wants)(const struct committer *, const struct request *))
{
	struct request **at = &committer->first;
	size_t most = (size_t)committer->conf->commit_events_max;

	committer->batch_n = 0;
	pthread_mutex_lock(&committer->mutex);
	while (*at != NULL && committer->batch_n < most) {
		struct request *request = *at;

		if (!wants(committer, request)) {
			at = &request->next;
			continue;
		}
		*at = request->next;
		committer->batch[committer->batch_n++] = request;
	}
	if (*at == NULL)
		committer->last = at;
	pthread_mutex_unlock(&committer->mutex);
}

static void
answer(struct committer *committer, struct request *request, enum status outcome, enum request_stored stored)
{
	request->outcome = outcome;
	request->stored = stored;
	committer->answer(committer->context, request);
}

static void
answer_stored(struct committer *committer, struct request *request)
{
	struct metrics *metrics = committer->metrics;

	atomic_fetch_add_explicit(&metrics->events_database, 1, memory_order_relaxed);
	if (request->entry.deliveries > 1)
		atomic_fetch_add_explicit(&metrics->repeats, 1, memory_order_relaxed);
	answer(committer, request, ST_OK, REQUEST_STORED_DATABASE);
}

/* What the database did not confirm, the first n of the batch: into the spool, or 503. */
static void
spool_batch(struct committer *committer, size_t n)
{
	struct detail why = {"storage is not available"};
	enum status st = ST_BUSY;

	for (size_t i = 0; i < n; i++) {
		struct request *request = committer->batch[i];

		committer->records[i] = (struct spool_record){request->received_us, request->entry.corp,
		    request->entry.item};
	}
	if (n > 0 && committer->spool != NULL) {
		st = spool_append(committer->spool, committer->records, n, &why);
		atomic_fetch_add(st == ST_OK ? &committer->metrics->events_spool : &committer->metrics->spool_refused, n);
	}
	for (size_t i = 0; i < n; i++) {
		if (st != ST_OK)
			committer->batch[i]->why = why;
		answer(committer, committer->batch[i], st == ST_OK ? ST_OK : ST_BUSY,
		    st == ST_OK ? REQUEST_STORED_SPOOL : REQUEST_STORED_NOT);
	}
	committer->batch_n = 0;
}

static void
tell_failure(struct committer *committer)
{
	struct detail why;
	int64_t now_ms = clock_monotonic_ms();

	database_failure(committer->database, &why);
	if (why.text[0] == '\0')
		return;
	atomic_fetch_add(&committer->metrics->database_failures, 1);
	if (committer->was_down && now_ms - committer->told_ms < FAILURE_LOG_MS)
		return;
	committer->told_ms = now_ms;
	committer->was_down = database_state(committer->database) != DATABASE_READY;
	log_text(LOG_LEVEL_ERROR, "%s", why.text);
}

/* The database is done with the batch: answer what is stored, keep what is not for the spool. */
static void
finish_batch(struct committer *committer)
{
	struct detail why;
	size_t n = 0;

	database_failure(committer->database, &why);
	database_take(committer->database);
	for (size_t i = 0; i < committer->batch_n; i++) {
		struct request *request = committer->batch[i];

		if (request->entry.outcome == ST_OK) {
			answer_stored(committer, request);
		} else if (request->entry.outcome == ST_BUG) {
			request->why = why;
			answer(committer, request, ST_BUG, REQUEST_STORED_NOT);
		} else {
			committer->batch[n++] = request;
		}
	}
	if (n < committer->batch_n)
		atomic_fetch_add(&committer->metrics->commits, 1);
	if (why.text[0] != '\0')
		log_text(LOG_LEVEL_ERROR, "%s", why.text);
	if (n > 0)
		atomic_fetch_add(&committer->metrics->commits_doubtful, 1);
	spool_batch(committer, n);
}

static int
compare_corps(const void *a, const void *b)
{
	const struct request *left = *(struct request *const *)a;
	const struct request *right = *(struct request *const *)b;
	int order = span_compare(left->entry.corp, right->entry.corp);

	if (order == 0 && left->arrived_us != right->arrived_us)
		order = left->arrived_us < right->arrived_us ? -1 : 1;
	return order;
}

static bool
wants_any(const struct committer *committer, const struct request *request)
{
	const struct request *first = committer->batch_n > 0 ? committer->batch[0] : NULL;

	return committer->conf->commit_scope == CONF_SCOPE_ANY || first == NULL ||
	    span_equal(first->entry.corp, request->entry.corp);
}

static void
begin_batch(struct committer *committer)
{
	int64_t deadline_ms = INT64_MAX;

	take(committer, wants_any);
	if (committer->batch_n == 0)
		return;
	qsort(committer->batch, committer->batch_n, sizeof(*committer->batch), compare_corps);
	for (size_t i = 0; i < committer->batch_n; i++) {
		struct request *request = committer->batch[i];

		committer->entries[i] = &request->entry;
		if (request->arrived_ms + committer->conf->database_timeout_ms < deadline_ms)
			deadline_ms = request->arrived_ms + committer->conf->database_timeout_ms;
	}
	database_send(committer->database, committer->entries, committer->batch_n, deadline_ms);
}

/* How long a request may wait for a database that is away. */
static int64_t
patience_ms(const struct committer *committer)
{
	int64_t down_since_ms = database_down_since_ms(committer->database);

	if (committer->spool == NULL)
		return committer->conf->database_timeout_ms;
	if (down_since_ms != 0 && clock_monotonic_ms() - down_since_ms > OUTAGE_MS)
		return 0;
	return PATIENCE_MS;
}

static bool
wants_late(const struct committer *committer, const struct request *request)
{
	return clock_monotonic_ms() - request->arrived_ms >= patience_ms(committer);
}

static void
tell_state(struct committer *committer)
{
	bool is_down = database_down_since_ms(committer->database) != 0;

	if (committer->was_down && !is_down)
		log_text(LOG_LEVEL_INFO, "connected to the database");
	committer->was_down = is_down;
}

void
committer_step(struct committer *committer)
{
	database_step(committer->database);
	if (database_state(committer->database) == DATABASE_FINISHED)
		finish_batch(committer);
	if (database_state(committer->database) == DATABASE_READY)
		begin_batch(committer);
	/* a batch may fail while it is being sent */
	if (database_state(committer->database) == DATABASE_FINISHED)
		finish_batch(committer);
	if (database_down_since_ms(committer->database) != 0) {
		do {
			take(committer, wants_late);
			spool_batch(committer, committer->batch_n);
		} while (committer->batch_n > 0);
	}
	tell_failure(committer);
	tell_state(committer);
	if (committer->spool != NULL)
		spool_writer_tick(committer->spool, SPOOL_IDLE_MS);
}

int
committer_sleep_ms(struct committer *committer, int most_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t wait_ms = database_wake_ms(committer->database) - now_ms;
	enum database_state state = database_state(committer->database);

	pthread_mutex_lock(&committer->mutex);
	/* while a batch is under way newcomers wait for its end anyway: no wake-up */
	committer->is_sleeping = state != DATABASE_BUSY;
	if (committer->first != NULL && state == DATABASE_READY)
		wait_ms = 0;
	if (committer->first != NULL && database_down_since_ms(committer->database) != 0 &&
	    committer->first->arrived_ms + patience_ms(committer) - now_ms < wait_ms)
		wait_ms = committer->first->arrived_ms + patience_ms(committer) - now_ms;
	pthread_mutex_unlock(&committer->mutex);
	if (wait_ms < 0)
		wait_ms = 0;
	return wait_ms < most_ms ? (int)wait_ms : most_ms;
}

bool
committer_is_idle(struct committer *committer)
{
	bool is_empty;

	pthread_mutex_lock(&committer->mutex);
	is_empty = committer->first == NULL;
	pthread_mutex_unlock(&committer->mutex);
	return is_empty && committer->batch_n == 0;
}
