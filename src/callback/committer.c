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
#define URGENT_MS 600		/* what must be answered within a second gets so long from the database */
#define OUTAGE_MS 1000		/* down for longer: spool at once */
#define FAILURE_LOG_MS 10000	/* the same failure is told again after so long */
#define FAILURES_TOLD_MAX 4	/* different ones in that time: with two hosts they alternate */
#define SPOOL_AGAIN_MS 200	/* a spool that took longer to refuse is not asked again for each event */
#define SPOOL_IDLE_MS 1000	/* without an append: the segment is closed, so that the drainer can remove it */

struct batch {
	struct request **requests;
	size_t n;
};

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
	/* main thread only; each of commit_events_max */
	struct batch batch;		/* under way at the database */
	struct batch late;		/* on its way to the spool */
	struct database_entry **entries;
	struct spool_record *records;
	struct detail told[FAILURES_TOLD_MAX];	/* failures logged since told_ms */
	size_t told_n;
	int64_t told_ms;
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
	committer->batch.requests = calloc(most, sizeof(*committer->batch.requests));
	committer->late.requests = calloc(most, sizeof(*committer->late.requests));
	committer->entries = calloc(most, sizeof(*committer->entries));
	committer->records = calloc(most, sizeof(*committer->records));
	committer->database = database_new(conf, "wecom-callback");
	if (conf->spool_max_bytes > 0)
		committer->spool = spool_writer_new(conf->spool_dir, &conf->master_key, conf->spool_max_bytes);
	if (committer->batch.requests == NULL || committer->late.requests == NULL || committer->entries == NULL ||
	    committer->records == NULL || committer->database == NULL || (conf->spool_max_bytes > 0 && committer->spool == NULL)) {
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
	free(committer->batch.requests);
	free(committer->late.requests);
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

typedef bool wants(const struct committer *committer, const struct batch *batch, const struct request *request);

/* Move up to commit_events_max requests that `wanted` accepts from the queue to the batch, in order of arrival. */
static void
take(struct committer *committer, struct batch *batch, wants *wanted)
{
	struct request **at = &committer->first;
	size_t most = (size_t)committer->conf->commit_events_max;

	batch->n = 0;
	pthread_mutex_lock(&committer->mutex);
	while (*at != NULL && batch->n < most) {
		struct request *request = *at;

		if (!wanted(committer, batch, request)) {
			at = &request->next;
			continue;
		}
		*at = request->next;
		batch->requests[batch->n++] = request;
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

static void
answer_spooled(struct committer *committer, struct request *request, enum status st, const struct detail *why)
{
	struct metrics *metrics = committer->metrics;

	atomic_fetch_add(st == ST_OK ? &metrics->events_spool : &metrics->spool_refused, 1);
	if (st != ST_OK)
		request->why = *why;
	answer(committer, request, st == ST_OK ? ST_OK : ST_BUSY,
	    st == ST_OK ? REQUEST_STORED_SPOOL : REQUEST_STORED_NOT);
}

/* What the database did not confirm, or was not asked for: into the spool, or 503. */
static void
spool_batch(struct committer *committer, struct batch *batch)
{
	struct detail why = {"storage is not available"};
	enum status st = ST_BUSY;
	int64_t began_ms = clock_monotonic_ms();

	for (size_t i = 0; i < batch->n; i++) {
		const struct request *request = batch->requests[i];

		committer->records[i] = (struct spool_record){request->received_us, request->entry.corp,
		    request->entry.item};
	}
	if (batch->n > 0 && committer->spool != NULL)
		st = spool_append(committer->spool, committer->records, batch->n, &why);
	/* too much for all together: each alone, so that a large one harms no other */
	for (size_t i = 0; i < batch->n; i++) {
		enum status this = st;

		if (committer->spool != NULL && batch->n > 1 && (st == ST_BUSY || st == ST_TOO_LARGE) &&
		    clock_monotonic_ms() - began_ms < SPOOL_AGAIN_MS)
			this = spool_append(committer->spool, &committer->records[i], 1, &why);
		answer_spooled(committer, batch->requests[i], this, &why);
	}
	batch->n = 0;
}

/* Was this failure told lately, or too many others?  Otherwise it is noted as told. */
static bool
is_told(struct committer *committer, const struct detail *why)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - committer->told_ms >= FAILURE_LOG_MS) {
		committer->told_ms = now_ms;
		committer->told_n = 0;
	}
	for (size_t i = 0; i < committer->told_n; i++)
		if (strcmp(committer->told[i].text, why->text) == 0)
			return true;
	if (committer->told_n == FAILURES_TOLD_MAX)
		return true;
	committer->told[committer->told_n++] = *why;
	return false;
}

static void
tell_failure(struct committer *committer)
{
	struct detail why;

	database_failure(committer->database, &why);
	if (why.text[0] == '\0')
		return;
	atomic_fetch_add(&committer->metrics->database_failures, 1);
	if (!is_told(committer, &why))
		log_text(LOG_LEVEL_ERROR, "%s", why.text);
}

/* The database is done with the batch: answer what is stored, keep what is not for the spool. */
static void
finish_batch(struct committer *committer)
{
	struct batch *batch = &committer->batch;
	struct detail why;
	size_t left_n = 0;

	database_failure(committer->database, &why);
	database_take(committer->database);
	if (database_state(committer->database) == DATABASE_DOWN)
		atomic_fetch_add(&committer->metrics->database_failures, 1);
	for (size_t i = 0; i < batch->n; i++) {
		struct request *request = batch->requests[i];

		if (request->entry.outcome == ST_OK) {
			answer_stored(committer, request);
		} else if (request->entry.outcome == ST_BUG) {
			request->why = why;
			answer(committer, request, ST_BUG, REQUEST_STORED_NOT);
		} else {
			batch->requests[left_n++] = request;
		}
	}
	if (left_n < batch->n)
		atomic_fetch_add(&committer->metrics->commits, 1);
	if (left_n > 0)
		atomic_fetch_add(&committer->metrics->commits_doubtful, 1);
	if (why.text[0] != '\0' && !is_told(committer, &why))
		log_text(LOG_LEVEL_ERROR, "%s", why.text);
	batch->n = left_n;
	spool_batch(committer, batch);
}

static bool
wants_batch(const struct committer *committer, const struct batch *batch, const struct request *request)
{
	return committer->conf->commit_scope == CONF_SCOPE_ANY || batch->n == 0 ||
	    span_equal(batch->requests[0]->entry.corp, request->entry.corp);
}

/* Until when the database may take for this request, monotonic. */
static int64_t
request_deadline_ms(const struct committer *committer, const struct request *request)
{
	int64_t allowed_ms = committer->conf->database_timeout_ms;

	if (committer->spool != NULL && event_is_urgent(&request->event) && allowed_ms > URGENT_MS)
		allowed_ms = URGENT_MS;
	return request->arrived_ms + allowed_ms;
}

static void
begin_batch(struct committer *committer)
{
	struct batch *batch = &committer->batch;
	int64_t deadline_ms = INT64_MAX;

	take(committer, batch, wants_batch);
	if (batch->n == 0)
		return;
	for (size_t i = 0; i < batch->n; i++) {
		int64_t this_ms = request_deadline_ms(committer, batch->requests[i]);

		committer->entries[i] = &batch->requests[i]->entry;
		if (this_ms < deadline_ms)
			deadline_ms = this_ms;
	}
	database_send(committer->database, committer->entries, batch->n, deadline_ms);
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

/* A request that has waited in the queue as long as it may. */
static bool
wants_late(const struct committer *committer, const struct batch *batch, const struct request *request)
{
	int64_t now_ms = clock_monotonic_ms();

	(void)batch;
	if (now_ms >= request_deadline_ms(committer, request))
		return true;
	return database_down_since_ms(committer->database) != 0 && now_ms - request->arrived_ms >= patience_ms(committer);
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
	/* one batch at a time: the database wants its turn, and the parent a heartbeat */
	if (database_state(committer->database) != DATABASE_READY) {
		take(committer, &committer->late, wants_late);
		spool_batch(committer, &committer->late);
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
	return is_empty && committer->batch.n == 0;
}
