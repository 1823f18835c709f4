/*
 * The dispatcher: looks which corps are due, leases them, claims their jobs in small parts, renews leases, gives back
 * what is idle or lost, and does what is due by the clock.  Runs no job itself.
 */
#include "daemon.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "database.h"
#include "log.h"
#include "uuid.h"

#define LOOK_MS 100		/* between two looks for due corps: an event is seen that soon */
#define LOOK_SPREAD_MS 40	/* at random on top, so that several daemons do not step together */
#define FAILED_MS 1000		/* after a look that the database did not answer */
#define LOOK_CORPS 256
#define LOOK_BACK_US 10000000LL	/* what became due that long ago … */
#define LOOK_FAR_SHARE 20	/* … is looked for in a twentieth of the time: dead rows lie there while an old snapshot is held */
#define LOOK_FAR_MOST_MS 1000	/* … and at least so often: one look that had to wait must not put off the next */
#define CLAIM_LEAST 64		/* jobs of one claim, and waiting for one corp … */
#define CLAIM_PER_CALL 4	/* … or so many for each call that a corp may have in flight: a claim must not be waited for … */
#define CLAIM_MOST 256		/* … and no more: what a claim tells of their events is bounded with it */
#define TENDING_MS 60000	/* reconciles, lost wake-ups */
#define PARTITIONS_MS 3600000
#define USAGE_MS 1000
#define TEND_CORPS 1000
#define DRAIN_MS 8000
#define ANSWER_MS 30000		/* the longest store (ten thousand tags, a step of a purge) takes a few seconds */
#define THREAD_STACK_BYTES (512 * 1024)

/* When the things that only the clock asks for are next due; monotonic ms. */
struct agenda {
	int64_t look_ms;
	int64_t look_far_ms;
	int64_t tend_ms;
	int64_t partitions_ms;
	int64_t usage_ms;
	bool is_down;		/* the last look failed, and a line said so */
};

static void
tell_failure(struct agenda *agenda, const char *why)
{
	if (!agenda->is_down)
		log_text(LOG_LEVEL_ERROR, "%s; trying again every second", why);
	agenda->is_down = true;
}

/* Give a corp back: what of it is leased under our number becomes due again.  False: the database did not answer. */
static bool
release(struct daemon *daemon, struct corp *corp)
{
	const char *values[3] = {corp->id, daemon->owner, corp->fence};
	struct detail why;

	return store_call(daemon->store, "select wecom.lease_release($1, $2, $3::bigint)", 3, values, NULL, &why) != ST_BUSY;
}

static void
note_held(struct daemon *daemon, struct corp *corp, int64_t asked_ms)
{
	int64_t lease_ms = daemon->conf->lease_s * 1000LL;

	atomic_store(&corp->held_until_ms, asked_ms + lease_ms * 2 / 3);
	corp->renew_at_ms = asked_ms + lease_ms / 3;
}

static struct corp *
take_lease(struct daemon *daemon, const char *id)
{
	char seconds[16];
	const char *values[3] = {id, daemon->owner, seconds};
	int64_t asked_ms = clock_monotonic_ms();
	struct corp *corp = NULL;
	struct detail why;
	char *fence = NULL;

	snprintf(seconds, sizeof(seconds), "%d", daemon->conf->lease_s);
	if (store_call(daemon->store, "select wecom.lease_take($1, $2, $3::int)", 3, values, &fence, &why) != ST_OK ||
	    fence == NULL)
		return NULL;
	pthread_mutex_lock(&daemon->lock);
	corp = corps_add(daemon, id, fence);
	if (corp != NULL)
		note_held(daemon, corp, asked_ms);
	pthread_mutex_unlock(&daemon->lock);
	free(fence);
	return corp;
}

static void
renew(struct daemon *daemon, struct corp *corp)
{
	char seconds[16];
	const char *values[4] = {corp->id, daemon->owner, corp->fence, seconds};
	int64_t asked_ms = clock_monotonic_ms();
	struct detail why;
	char *answer = NULL;

	snprintf(seconds, sizeof(seconds), "%d", daemon->conf->lease_s);
	if (store_call(daemon->store, "select wecom.lease_renew($1, $2, $3::bigint, $4::int)", 4, values, &answer, &why) != ST_OK)
		return;
	if (answer != NULL && strcmp(answer, "t") == 0) {
		note_held(daemon, corp, asked_ms);
	} else {
		log_text(LOG_LEVEL_WARNING, "the lease of a corp is lost: another daemon serves it now");
		atomic_store(&corp->is_lost, true);
	}
	free(answer);
}

/* What the claim gave into the corp's queue; under the lock. */
static void
queue_claimed(struct daemon *daemon, struct corp *corp, struct json_object *claimed, size_t wanted)
{
	size_t n = json_object_array_length(claimed);

	for (size_t i = 0; i < n; i++)
		if (!corps_queue(daemon, corp, json_object_array_get_idx(claimed, i)))
			atomic_store(&corp->is_lost, true);
	/* as many as were asked for: there may be more */
	corp->is_due = n == wanted;
	if (n > 0)
		corp->busy_at_ms = clock_monotonic_ms();
	/* one thread for each, not all that wait */
	for (size_t i = 0; i < n; i++)
		pthread_cond_signal(&daemon->work);
}

static void
claim(struct daemon *daemon, struct corp *corp, size_t wanted)
{
	char now[24], limit[24];
	const char *values[5] = {corp->id, daemon->owner, corp->fence, now, limit};
	struct json_object *claimed = NULL;
	struct detail why;
	enum status st;

	snprintf(now, sizeof(now), "%lld", (long long)api_now_us(daemon->api));
	snprintf(limit, sizeof(limit), "%zu", wanted);
	st = store_call_json(daemon->store, "select wecom.job_claim($1, $2, $3::bigint, $4::bigint, $5::int)", 5, values, &claimed,
	    &why);
	pthread_mutex_lock(&daemon->lock);
	if (st == ST_OK && json_object_is_type(claimed, json_type_array)) {
		queue_claimed(daemon, corp, claimed, wanted);
	} else {
		/* lost, or unknown what was claimed: giving it back makes all of it due again */
		atomic_store(&corp->is_lost, true);
		if (st != ST_OK)
			log_text(LOG_LEVEL_ERROR, "a corp's jobs cannot be claimed: %s", why.text);
	}
	pthread_mutex_unlock(&daemon->lock);
	json_object_put(claimed);
}

/* Jobs of one claim, and waiting for one corp, at most. */
static int
claim_most(const struct daemon *daemon)
{
	int most = daemon->conf->sync_calls_per_corp * CLAIM_PER_CALL;

	if (most > CLAIM_MOST)
		return CLAIM_MOST;
	return most > CLAIM_LEAST ? most : CLAIM_LEAST;
}

/* How many more jobs the corp's queue takes; 0 while it is more than half full. */
static size_t
room_of(const struct daemon *daemon, const struct corp *corp)
{
	int most = claim_most(daemon);

	if (atomic_load(&corp->is_lost) || corp->queued_n > most / 2)
		return 0;
	return (size_t)(most - corp->queued_n);
}

static void
claim_due(struct daemon *daemon)
{
	/* only this thread adds and removes corps: the list stands still without the lock */
	for (struct corp *corp = daemon->corps; corp != NULL; corp = corp->next) {
		size_t room;

		pthread_mutex_lock(&daemon->lock);
		room = corp->is_due ? room_of(daemon, corp) : 0;
		pthread_mutex_unlock(&daemon->lock);
		if (room > 0)
			claim(daemon, corp, room);
	}
}

static void
note_due(struct daemon *daemon, const char *id)
{
	/* a daemon with this much waiting leaves further corps to others */
	int most = daemon->conf->sync_calls > claim_most(daemon) ? daemon->conf->sync_calls * 4 : claim_most(daemon) * 4;
	struct corp *corp;
	bool has_room;

	pthread_mutex_lock(&daemon->lock);
	corp = corps_find(daemon, id);
	has_room = daemon->queued_n < most;
	pthread_mutex_unlock(&daemon->lock);
	if (corp == NULL && has_room)
		corp = take_lease(daemon, id);
	if (corp != NULL)
		corp->is_due = true;
}

static void
look(struct daemon *daemon, struct agenda *agenda)
{
	char now[24], limit[24], from[24];
	const char *values[4] = {daemon->owner, now, limit, from};
	struct json_object *due = NULL;
	int64_t now_ms = clock_monotonic_ms();
	bool is_far = now_ms >= agenda->look_far_ms;
	int64_t now_us = api_now_us(daemon->api);
	struct detail why;
	enum status st;

	snprintf(now, sizeof(now), "%lld", (long long)now_us);
	snprintf(limit, sizeof(limit), "%d", LOOK_CORPS);
	snprintf(from, sizeof(from), "%lld", is_far ? 0LL : (long long)(now_us - LOOK_BACK_US));
	st = store_call_json(daemon->store, "select wecom.corp_due_list($1, $2::bigint, $3::int, $4::bigint)", 4, values, &due, &why);
	if (is_far) {
		int64_t pause_ms = (clock_monotonic_ms() - now_ms) * LOOK_FAR_SHARE;

		agenda->look_far_ms = now_ms + (pause_ms < LOOK_FAR_MOST_MS ? pause_ms : LOOK_FAR_MOST_MS);
	}
	if (st != ST_OK) {
		tell_failure(agenda, why.text);
		agenda->look_ms = now_ms + FAILED_MS;
		return;
	}
	if (agenda->is_down)
		log_text(LOG_LEVEL_INFO, "the database is back");
	agenda->is_down = false;
	agenda->look_ms = now_ms + LOOK_MS + random() % LOOK_SPREAD_MS;
	for (size_t i = 0; due != NULL && i < json_object_array_length(due); i++)
		note_due(daemon, json_object_get_string(json_object_array_get_idx(due, i)));
	json_object_put(due);
}

/* Renew what is busy; give back what is lost, or has had nothing to do for a while. */
static void
tend_leases(struct daemon *daemon)
{
	int64_t now_ms = clock_monotonic_ms();
	struct corp *next;

	for (struct corp *corp = daemon->corps; corp != NULL; corp = next) {
		bool is_empty, is_idle;

		next = corp->next;
		pthread_mutex_lock(&daemon->lock);
		if (clock_monotonic_ms() >= atomic_load(&corp->held_until_ms))
			atomic_store(&corp->is_lost, true);
		if (atomic_load(&corp->is_lost))
			corps_drop_queue(daemon, corp);
		is_empty = corp->running_n == 0 && corp->storing_n == 0 && corp->queued_n == 0;
		is_idle = is_empty && (atomic_load(&corp->is_lost) || now_ms - corp->busy_at_ms > daemon->conf->lease_s * 1000LL);
		if (!is_empty)
			corp->busy_at_ms = now_ms;
		pthread_mutex_unlock(&daemon->lock);
		if (!is_idle && !atomic_load(&corp->is_lost) && now_ms >= corp->renew_at_ms)
			renew(daemon, corp);
		if (is_idle && release(daemon, corp)) {
			pthread_mutex_lock(&daemon->lock);
			corps_remove(daemon, corp);
			pthread_mutex_unlock(&daemon->lock);
		}
	}
}

static void
call_number(struct daemon *daemon, const char *what, const char *sql, int n, const char *const *values)
{
	struct detail why;
	char *answer = NULL;

	if (store_call(daemon->store, sql, n, values, &answer, &why) != ST_OK)
		log_text(LOG_LEVEL_ERROR, "%s: %s", what, why.text);
	else if (answer != NULL && strcmp(answer, "0") != 0 && answer[0] != '\0')
		log_text(LOG_LEVEL_INFO, "%s: %s", what, answer);
	free(answer);
}

static void
tend_clock(struct daemon *daemon, struct agenda *agenda)
{
	int64_t now_ms = clock_monotonic_ms();
	char now[24], hours[16], limit[16];
	const char *reconcile[3] = {now, hours, limit};
	const char *sweep[2] = {now, limit};

	snprintf(now, sizeof(now), "%lld", (long long)api_now_us(daemon->api));
	snprintf(hours, sizeof(hours), "%d", daemon->conf->reconcile_hours);
	snprintf(limit, sizeof(limit), "%d", TEND_CORPS);
	if (now_ms >= agenda->usage_ms) {
		api_usage_flush(daemon->api);
		agenda->usage_ms = now_ms + USAGE_MS;
	}
	if (now_ms >= agenda->tend_ms) {
		if (daemon->conf->reconcile_hours > 0)
			call_number(daemon, "corps whose full reconcile begins",
			    "select wecom.reconcile_raise($1::bigint, $2::int, $3::int)", 3, reconcile);
		call_number(daemon, "corps found by the sweep", "select wecom.corp_due_sweep($1::bigint, $2::int)", 2, sweep);
		agenda->tend_ms = now_ms + TENDING_MS;
	}
	if (now_ms >= agenda->partitions_ms) {
		call_number(daemon, "event partitions",
		    "select string_agg(m::text, ', ') from wecom.event_partition_maintain() as m", 0, NULL);
		agenda->partitions_ms = now_ms + PARTITIONS_MS;
	}
}

/* Until the next look, or until a queue ran low, or until told to stop (then false). */
static bool
wait_for_room(struct daemon *daemon, int64_t until_ms, int stopping_fd)
{
	struct pollfd told = {.fd = stopping_fd, .events = POLLIN};
	struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

	if (poll(&told, 1, 0) == 1)
		return false;
	pthread_mutex_lock(&daemon->lock);
	for (;;) {
		bool has_room = false;

		for (struct corp *corp = daemon->corps; corp != NULL && !has_room; corp = corp->next)
			has_room = corp->is_due && room_of(daemon, corp) > 0;
		if (has_room || pthread_cond_timedwait(&daemon->room, &daemon->lock, &until) != 0)
			break;
	}
	pthread_mutex_unlock(&daemon->lock);
	return true;
}

static void
dispatch(struct daemon *daemon, int stopping_fd)
{
	struct agenda agenda = {0};

	agenda.tend_ms = clock_monotonic_ms() + random() % TENDING_MS;
	while (wait_for_room(daemon, agenda.look_ms, stopping_fd)) {
		tend_leases(daemon);
		if (clock_monotonic_ms() >= agenda.look_ms)
			look(daemon, &agenda);
		claim_due(daemon);
		if (!agenda.is_down)
			tend_clock(daemon, &agenda);
	}
}

static bool
start_threads(struct daemon *daemon)
{
	int wanted_n = daemon->conf->sync_calls * 2;
	pthread_attr_t attributes;
	bool is_good = true;

	daemon->threads = calloc((size_t)wanted_n, sizeof(*daemon->threads));
	if (daemon->threads == NULL)
		return false;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	while (is_good && daemon->threads_n < wanted_n) {
		is_good = pthread_create(&daemon->threads[daemon->threads_n], &attributes, worker_main, daemon) == 0;
		daemon->threads_n += is_good ? 1 : 0;
	}
	pthread_attr_destroy(&attributes);
	return is_good;
}

/* What runs is finished within bounds; then every corp is given back. */
static bool
drain(struct daemon *daemon)
{
	int64_t deadline_ms = clock_monotonic_ms() + DRAIN_MS;
	struct timespec until = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};
	bool is_drained = true;

	pthread_mutex_lock(&daemon->lock);
	atomic_store(&daemon->is_stopping, true);
	pthread_cond_broadcast(&daemon->work);
	pthread_mutex_unlock(&daemon->lock);
	for (int i = 0; i < daemon->threads_n; i++)
		is_drained &= pthread_clockjoin_np(daemon->threads[i], NULL, CLOCK_MONOTONIC, &until) == 0;
	for (struct corp *corp = daemon->corps; corp != NULL && clock_monotonic_ms() < deadline_ms; corp = corp->next)
		(void)release(daemon, corp);
	api_usage_flush(daemon->api);
	return is_drained;
}

static bool
name_owner(struct daemon *daemon)
{
	char host[64] = "";
	char id[UUID_TEXT_BYTES];

	(void)gethostname(host, sizeof(host) - 1);
	if (uuid_v7(clock_wall_us(), id) != ST_OK)
		return false;
	snprintf(daemon->owner, sizeof(daemon->owner), "%.48s-%d-%s", host, (int)getpid(), id);
	srandom((unsigned int)(clock_wall_us() ^ getpid()));
	return true;
}

static void
daemon_done(struct daemon *daemon)
{
	while (daemon->corps != NULL)
		corps_remove(daemon, daemon->corps);
	api_free(daemon->api);
	store_free(daemon->store);
	free(daemon->threads);
}

struct store *
daemon_store_new(const struct conf *conf, struct detail *why)
{
	const struct store_plan plan = {
		.program = "wecom-sync",
		.conninfo = conf->sync_database[0] != '\0' ? conf->sync_database : conf->database,
		.connections_n = conf->sync_connections,
		.schema_min = DATABASE_SCHEMA_MIN,
		.answer_ms = ANSWER_MS,
		.borrow_ms = ANSWER_MS,
	};

	return store_new(conf, &plan, why);
}

int
daemon_run(const struct conf *conf, int stopping_fd)
{
	static struct daemon daemon;
	pthread_condattr_t attributes;
	struct detail why = {"no memory, or no random bytes"};

	daemon.conf = conf;
	pthread_mutex_init(&daemon.lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&daemon.work, &attributes);
	pthread_cond_init(&daemon.room, &attributes);
	pthread_condattr_destroy(&attributes);
	daemon.store = name_owner(&daemon) ? daemon_store_new(conf, &why) : NULL;
	if (daemon.store != NULL)
		daemon.api = api_new(conf, daemon.store, &daemon.is_stopping, &why);
	if (daemon.api == NULL || !start_threads(&daemon)) {
		log_text(LOG_LEVEL_ERROR, "cannot start: %s", why.text);
		_exit(EX_OSERR);
	}
	log_text(LOG_LEVEL_INFO, "ready: %d calls in flight at most, %d for one corp, lease %d s", conf->sync_calls,
	    conf->sync_calls_per_corp, conf->lease_s);
	dispatch(&daemon, stopping_fd);
	log_text(LOG_LEVEL_INFO, "told to stop: finishing what is under way");
	if (!drain(&daemon)) {
		log_text(LOG_LEVEL_WARNING, "a call did not end in time; its lease runs out by itself");
		return -1;
	}
	daemon_done(&daemon);
	log_text(LOG_LEVEL_INFO, "stopped");
	return EX_OK;
}
