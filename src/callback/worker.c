/*
 * A worker process: see worker.h.
 * Readers: wait → read and judge → answer, or hand to the committer.  Main thread: store, answer, tick, drain.
 */
#include "worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "committer.h"
#include "connections.h"
#include "log.h"
#include "readers.h"
#include "request.h"

#define TICK_MS 250
#define DRAIN_TICK_MS 10
#define DRAIN_MS 6000		/* connections that are not over by then are left */

struct worker {
	const struct conf *conf;
	struct metrics *metrics;
	struct connections connections;
	struct committer *committer;
	int wake_fd;		/* eventfd: readers wake the main thread */
	int signal_fd;
	struct readers readers;
	struct request_tools *tools;	/* one for each reader */
	pthread_mutex_t free_mutex;
	struct request *free_requests;
	int64_t drain_since_ms;		/* 0: not draining */
	int64_t ticked_ms;
};

static struct request *
request_take(struct worker *worker)
{
	struct request *request;

	pthread_mutex_lock(&worker->free_mutex);
	request = worker->free_requests;
	if (request != NULL)
		worker->free_requests = request->next;
	pthread_mutex_unlock(&worker->free_mutex);
	if (request == NULL) {
		request = calloc(1, sizeof(*request));
		if (request != NULL)
			arena_init(&request->mem, (size_t)worker->conf->body_max_bytes * 32 + 4096 * 1024);
	}
	return request;
}

static void
request_put(struct worker *worker, struct request *request)
{
	struct arena mem;

	arena_reset(&request->mem);
	mem = request->mem;
	memset(request, 0, sizeof(*request));
	request->mem = mem;
	pthread_mutex_lock(&worker->free_mutex);
	request->next = worker->free_requests;
	worker->free_requests = request;
	pthread_mutex_unlock(&worker->free_mutex);
}

/* The outcome is known: answer, and give connection and memory back. */
static void
worker_answer(void *context, struct request *request)
{
	struct worker *worker = context;
	struct connection *connection = request->connection;
	enum fastcgi_end end = request_answer(request, &connection->fastcgi, worker->conf, worker->metrics);

	request_put(worker, request);
	connections_give_back(&worker->connections, connection, end);
}

static void
worker_wake(struct worker *worker)
{
	const uint64_t one = 1;

	while (write(worker->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

/* One request on a connection that has bytes. */
static void
reader_serve(void *context, int index, struct connection *connection)
{
	struct worker *worker = context;
	struct request *request = request_take(worker);

	if (request == NULL || fastcgi_accept(&connection->fastcgi, connection->fd) != ST_OK) {
		/* without memory for a request the library has not seen the descriptor: it is closed with the slot */
		connections_give_back(&worker->connections, connection, request == NULL ? FASTCGI_OVER : FASTCGI_LOST);
		if (request != NULL)
			request_put(worker, request);
		return;
	}
	request->connection = connection;
	request->arrived_us = clock_monotonic_us();
	request->arrived_ms = request->arrived_us / 1000;
	if (!request_read(request, &connection->fastcgi, &worker->tools[index]))
		worker_answer(worker, request);
	else if (committer_push(worker->committer, request))
		worker_wake(worker);
}

static enum status
tools_make(struct worker *worker)
{
	const struct conf *conf = worker->conf;

	worker->tools = calloc((size_t)conf->threads, sizeof(*worker->tools));
	if (worker->tools == NULL)
		return ST_NOMEM;
	for (int i = 0; i < conf->threads; i++) {
		struct request_tools *tools = &worker->tools[i];

		tools->conf = conf;
		tools->identity.suite_id = span_of(conf->suite_id);
		tools->identity.login_suite_id = conf->login_suite_id[0] == '\0' ? (struct span){NULL, 0}
										: span_of(conf->login_suite_id);
		tools->identity.provider_corp_id = span_of(conf->provider_corp_id);
		tools->login_identity.suite_id = tools->identity.login_suite_id;
		tools->login_identity.provider_corp_id = tools->identity.provider_corp_id;
		tools->envelope = envelope_context_new();
		if (tools->envelope == NULL)
			return ST_NOMEM;
	}
	return ST_OK;
}

static enum status
worker_open(struct worker *worker, int listen_fd)
{
	const struct conf *conf = worker->conf;
	enum status st;

	pthread_mutex_init(&worker->free_mutex, NULL);
	worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->signal_fd = pool_signals_open();
	if (worker->wake_fd < 0 || worker->signal_fd < 0)
		return ST_SYSTEM;
	worker->committer = committer_new(conf, worker->metrics, worker_answer, worker);
	if (worker->committer == NULL)
		return ST_NOMEM;
	st = fastcgi_library_init();
	if (st == ST_OK)
		st = connections_init(&worker->connections, listen_fd, conf->connections_max,
		    (int)conf->request_timeout_ms, worker->metrics);
	worker->connections.wake_fd = worker->wake_fd;
	if (conf->threads > 2)
		worker->connections.large_max = conf->threads / 2;
	if (st == ST_OK)
		st = tools_make(worker);
	if (st == ST_OK)
		st = readers_start(&worker->readers, conf->threads, &worker->connections, reader_serve, worker);
	return st;
}

/* A part of a request that comes while the main thread sleeps is looked at again by the next tick at the latest. */
static int
tick_ms(struct worker *worker)
{
	if (worker->drain_since_ms != 0)
		return DRAIN_TICK_MS;
	return connections_has_partial(&worker->connections) ? CONNECTIONS_PARTIAL_MS : TICK_MS;
}

static void
worker_wait(struct worker *worker)
{
	struct database *database = committer_database(worker->committer);
	int most_ms = tick_ms(worker);
	struct pollfd waits[3] = {
	    {.fd = worker->wake_fd, .events = POLLIN},
	    {.fd = worker->signal_fd, .events = POLLIN},
	    {.fd = database_fd(database), .events = database_poll_events(database)},
	};
	uint64_t count;

	(void)poll(waits, 3, committer_sleep_ms(worker->committer, most_ms));
	if ((waits[0].revents & POLLIN) != 0 && read(worker->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_text(LOG_LEVEL_ERROR, "eventfd: %s", strerror(errno));
}

static void
worker_signals(struct worker *worker)
{
	struct signalfd_siginfo info;

	while (read(worker->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (worker->drain_since_ms == 0) {
			worker->drain_since_ms = clock_monotonic_ms();
			connections_drain(&worker->connections);
		}
}

static void
worker_tick(struct worker *worker, struct pool_beat *beat)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - worker->ticked_ms < tick_ms(worker))
		return;
	worker->ticked_ms = now_ms;
	atomic_store(&beat->at_ms, now_ms);
	connections_tick(&worker->connections);
}

static bool
worker_is_over(struct worker *worker)
{
	if (worker->drain_since_ms == 0)
		return false;
	if (connections_are_gone(&worker->connections) && committer_is_idle(worker->committer))
		return true;
	return clock_monotonic_ms() - worker->drain_since_ms > DRAIN_MS;
}

static void
worker_close(struct worker *worker)
{
	/* readers first: afterwards nobody uses what follows */
	readers_stop(&worker->readers);
	committer_free(worker->committer);
	for (int i = 0; worker->tools != NULL && i < worker->conf->threads; i++)
		envelope_context_free(worker->tools[i].envelope);
	connections_done(&worker->connections);
	while (worker->free_requests != NULL) {
		struct request *request = worker->free_requests;

		worker->free_requests = request->next;
		arena_done(&request->mem);
		free(request);
	}
	free(worker->tools);
}

int
worker_run(const struct conf *conf, int listen_fd, struct metrics *metrics, struct pool_beat *beat)
{
	struct worker worker = {.conf = conf, .metrics = metrics};
	enum status st;

	/* few threads, short-lived memory: two malloc arenas keep the process small */
	mallopt(M_ARENA_MAX, 2);
	st = worker_open(&worker, listen_fd);
	if (st != ST_OK) {
		log_text(LOG_LEVEL_ERROR, "a worker could not start: %s", status_name(st));
		free(worker.tools);
		return status_exit(st);
	}
	atomic_store(&beat->is_ready, true);
	while (!worker_is_over(&worker)) {
		worker_wait(&worker);
		worker_signals(&worker);
		committer_step(worker.committer);
		worker_tick(&worker, beat);
	}
	worker_close(&worker);
	return EX_OK;
}
