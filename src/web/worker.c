/* See worker.h. */
#include "worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "connections.h"
#include "log.h"
#include "readers.h"
#include "web.h"

#define TICK_MS 250
#define DRAIN_TICK_MS 10
#define DRAIN_MS 6000		/* connections that are not over by then are left */
#define USAGE_MS 1000
#define MEMORY_MAX_BYTES ((size_t)8 * 1024 * 1024)	/* of a request; what the database gives comes on top */
#define API_TIMEOUT_MOST_MS 4000	/* somebody waits for the answer */

struct worker {
	struct web web;
	struct conf conf;	/* as the settings, but for the API's patience */
	char suite_corp[128];
	_Atomic bool is_stopping;
	struct connections connections;
	struct readers readers;
	int wake_fd;
	int signal_fd;
	pthread_t usage_thread;
	bool has_usage_thread;
	int64_t drain_since_ms;	/* 0: not draining */
	int64_t ticked_ms;
};

struct store *
web_store_new(const struct conf *conf, struct detail *why)
{
	const struct store_plan plan = {
		.program = "wecom-web",
		.conninfo = conf->web_database[0] != '\0' ? conf->web_database : conf->database,
		.connections_n = conf->web_threads + 1,
		.schema_min = WEB_SCHEMA_MIN,
		.answer_ms = conf->database_timeout_ms,
		.borrow_ms = conf->database_timeout_ms,
	};

	return store_new(conf, &plan, why);
}

static void
serve(void *context, int index, struct connection *connection)
{
	struct worker *worker = context;
	struct web_request *request = calloc(1, sizeof(*request));
	enum fastcgi_end end = FASTCGI_OVER;

	(void)index;
	/* without memory the library has not seen the descriptor: it is closed with the slot */
	if (request != NULL) {
		arena_init(&request->mem, MEMORY_MAX_BYTES);
		request->fastcgi = &connection->fastcgi;
		request->arrived_us = clock_monotonic_us();
		end = fastcgi_accept(request->fastcgi, connection->fd) != ST_OK ? FASTCGI_LOST : web_serve(&worker->web, request);
		arena_done(&request->mem);
	}
	free(request);
	connections_give_back(&worker->connections, connection, end);
}

/* Counts of API calls on their way to the database; the last ones when the worker ends. */
static void *
usage_main(void *context)
{
	struct worker *worker = context;
	int64_t next_ms = 0;

	while (!worker->is_stopping) {
		if (clock_monotonic_ms() >= next_ms) {
			api_usage_flush(worker->web.api);
			next_ms = clock_monotonic_ms() + USAGE_MS;
		}
		usleep(50000);
	}
	return NULL;
}

static enum status
open_web(struct worker *worker, const struct conf *conf, struct metrics *metrics, struct detail *why)
{
	struct web *web = &worker->web;

	worker->conf = *conf;
	if (worker->conf.api_timeout_ms > API_TIMEOUT_MOST_MS)
		worker->conf.api_timeout_ms = API_TIMEOUT_MOST_MS;
	snprintf(worker->suite_corp, sizeof(worker->suite_corp), "suite:%s", conf->suite_id);
	web->conf = &worker->conf;
	web->metrics = metrics;
	web->suite_corp = worker->suite_corp;
	web->is_secure = strncmp(conf->public_url, "https:", 6) == 0;
	web->waiting_max = conf->web_threads / 2;
	web->store = web_store_new(&worker->conf, why);
	if (web->store == NULL)
		return ST_CONFIG;
	web->api = api_new(&worker->conf, web->store, &worker->is_stopping, why);
	if (web->api == NULL)
		return ST_CONFIG;
	return session_keys_derive(&conf->master_key, &web->keys);
}

static enum status
worker_open(struct worker *worker, const struct conf *conf, int listen_fd, struct metrics *metrics, struct detail *why)
{
	enum status st = open_web(worker, conf, metrics, why);

	if (st != ST_OK)
		return st;
	worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->signal_fd = pool_signals_open();
	if (worker->wake_fd < 0 || worker->signal_fd < 0)
		return ST_SYSTEM;
	st = fastcgi_library_init();
	if (st == ST_OK)
		st = connections_init(&worker->connections, listen_fd, conf->connections_max, (int)conf->request_timeout_ms,
		    metrics);
	worker->connections.wake_fd = worker->wake_fd;
	if (st == ST_OK && pthread_create(&worker->usage_thread, NULL, usage_main, worker) != 0)
		st = ST_SYSTEM;
	worker->has_usage_thread = st == ST_OK;
	if (st == ST_OK)
		st = readers_start(&worker->readers, conf->web_threads, &worker->connections, serve, worker);
	return st;
}

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
	struct pollfd waits[2] = {{.fd = worker->wake_fd, .events = POLLIN}, {.fd = worker->signal_fd, .events = POLLIN}};
	struct signalfd_siginfo info;
	uint64_t count;

	(void)poll(waits, 2, tick_ms(worker));
	if ((waits[0].revents & POLLIN) != 0 && read(worker->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_text(LOG_LEVEL_ERROR, "eventfd: %s", strerror(errno));
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
	return connections_are_gone(&worker->connections) || clock_monotonic_ms() - worker->drain_since_ms > DRAIN_MS;
}

/*
 * Whoever still waits for a slow peer is left: the process ends, and with it what they hold.  The counts of API calls are
 * written only when nobody can be using the API any more.
 */
static void
worker_close(struct worker *worker)
{
	bool is_idle = connections_are_gone(&worker->connections);

	worker->is_stopping = true;
	if (worker->has_usage_thread)
		pthread_join(worker->usage_thread, NULL);
	if (!is_idle)
		return;
	readers_stop(&worker->readers);
	api_usage_flush(worker->web.api);
	connections_done(&worker->connections);
	api_free(worker->web.api);
	store_free(worker->web.store);
	explicit_bzero(&worker->web.keys, sizeof(worker->web.keys));
}

int
web_worker_run(const struct conf *conf, int listen_fd, struct metrics *metrics, struct pool_beat *beat)
{
	static struct worker worker;
	struct detail why = {""};
	enum status st;

	mallopt(M_ARENA_MAX, 2);
	st = worker_open(&worker, conf, listen_fd, metrics, &why);
	if (st != ST_OK) {
		log_text(LOG_LEVEL_ERROR, "a worker could not start: %s%s%s", status_name(st), why.text[0] != '\0' ? ": " : "",
		    why.text);
		return status_exit(st);
	}
	atomic_store(&beat->is_ready, true);
	while (!worker_is_over(&worker)) {
		worker_wait(&worker);
		worker_tick(&worker, beat);
	}
	worker_close(&worker);
	return EX_OK;
}
