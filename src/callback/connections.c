/* The table of connections and its epoll set: see connections.h.  Never reads a request's bytes. */
#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define LINGER_MS 2000
#define PAUSE_MS 100		/* without descriptors */
#define FRESH_MS 300		/* a new connection's request may still be on its way when draining begins */
#define IDLE_WHEN_FULL_MS 1000	/* a full table: the silent ones beyond this age make room */

#define TAG_LISTEN UINT64_MAX
#define TAG_STOP (UINT64_MAX - 1)

static uint64_t
tag_of(const struct connections *connections, const struct connection *connection)
{
	return (uint64_t)connection->generation << 32 | (uint64_t)(connection - connections->all);
}

static enum status
watch(struct connections *connections, int operation, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event event = {.events = events, .data.u64 = tag};

	return epoll_ctl(connections->epoll_fd, operation, fd, &event) == 0 ? ST_OK : ST_SYSTEM;
}

static void
listen_start(struct connections *connections)
{
	if (!connections->is_listening && !connections->is_draining &&
	    watch(connections, EPOLL_CTL_ADD, connections->listen_fd, EPOLLIN, TAG_LISTEN) == ST_OK)
		connections->is_listening = true;
}

static void
listen_stop(struct connections *connections)
{
	if (connections->is_listening)
		(void)watch(connections, EPOLL_CTL_DEL, connections->listen_fd, 0, TAG_LISTEN);
	connections->is_listening = false;
}

enum status
connections_init(struct connections *connections, int listen_fd, int max_n, int timeout_ms, struct metrics *metrics)
{
	memset(connections, 0, sizeof(*connections));
	pthread_mutex_init(&connections->mutex, NULL);
	connections->listen_fd = listen_fd;
	connections->max_n = max_n;
	connections->timeout_ms = timeout_ms;
	connections->metrics = metrics;
	connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	connections->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	connections->all = calloc((size_t)max_n, sizeof(*connections->all));
	if (connections->all == NULL)
		return ST_NOMEM;
	if (connections->epoll_fd < 0 || connections->stop_fd < 0 ||
	    fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    watch(connections, EPOLL_CTL_ADD, connections->stop_fd, EPOLLIN, TAG_STOP) != ST_OK)
		return ST_SYSTEM;
	for (int i = max_n - 1; i >= 0; i--) {
		connections->all[i].next_free = connections->free;
		connections->free = &connections->all[i];
	}
	listen_start(connections);
	return connections->is_listening ? ST_OK : ST_SYSTEM;
}

void
connections_done(struct connections *connections)
{
	if (connections->epoll_fd >= 0)
		close(connections->epoll_fd);
	if (connections->stop_fd >= 0)
		close(connections->stop_fd);
	free(connections->all);
	pthread_mutex_destroy(&connections->mutex);
}

static void
set_state(struct connection *connection, enum connection_state state)
{
	connection->state = state;
	connection->since_ms = clock_monotonic_ms();
}

/* The slot is free again; its descriptor is closed already or by this (fd -1: already). */
static void
slot_free(struct connections *connections, struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	connection->generation++;
	set_state(connection, CONNECTION_FREE);
	connection->next_free = connections->free;
	connections->free = connection;
	connections->open_n--;
}

/* With the time-outs that libfcgi's blocking reads and writes end by. */
static void
set_timeouts(int fd, int timeout_ms)
{
	struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

static void
slot_open(struct connections *connections, int fd)
{
	struct connection *connection = connections->free;

	set_timeouts(fd, connections->timeout_ms);
	connections->free = connection->next_free;
	connections->open_n++;
	connection->fd = fd;
	connection->is_used = false;
	fastcgi_init(&connection->fastcgi);
	set_state(connection, CONNECTION_SILENT);
	if (watch(connections, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, tag_of(connections, connection)) != ST_OK)
		slot_free(connections, connection);
}

/* One connection that waits; false when there is none, or no room.  Under the mutex. */
static bool
accept_one(struct connections *connections)
{
	int fd;

	if (connections->free == NULL) {
		listen_stop(connections);
		return false;
	}
	fd = accept4(connections->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		slot_open(connections, fd);
		atomic_fetch_add_explicit(&connections->metrics->connections, 1, memory_order_relaxed);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		/* pause instead of spinning on a socket that stays readable */
		connections->pause_until_ms = clock_monotonic_ms() + PAUSE_MS;
		listen_stop(connections);
	}
	return false;
}

/* Bytes after the answer are read and forgotten until the peer closes. */
static void
linger_read(struct connections *connections, struct connection *connection)
{
	char rest[4096];
	ssize_t n;

	do {
		n = recv(connection->fd, rest, sizeof(rest), MSG_DONTWAIT);
	} while (n > 0);
	if (n < 0 && errno == EAGAIN &&
	    watch(connections, EPOLL_CTL_MOD, connection->fd, EPOLLIN | EPOLLONESHOT,
		tag_of(connections, connection)) == ST_OK)
		return;
	slot_free(connections, connection);
}

static struct connection *
claim(struct connections *connections, uint64_t tag)
{
	struct connection *connection = &connections->all[tag & UINT32_MAX];

	if (connection->generation != (uint32_t)(tag >> 32))
		return NULL;
	if (connection->state == CONNECTION_LINGERING) {
		linger_read(connections, connection);
		return NULL;
	}
	if (connection->state != CONNECTION_SILENT)
		return NULL;
	connection->is_used = true;
	set_state(connection, CONNECTION_LENT);
	return connection;
}

struct connection *
connections_wait(struct connections *connections)
{
	struct connection *connection = NULL;

	while (connection == NULL) {
		struct epoll_event event;
		int n = epoll_wait(connections->epoll_fd, &event, 1, -1);

		if (n <= 0)
			continue;
		if (event.data.u64 == TAG_STOP)
			return NULL;
		pthread_mutex_lock(&connections->mutex);
		if (event.data.u64 == TAG_LISTEN)
			(void)(connections->is_listening && accept_one(connections));
		else
			connection = claim(connections, event.data.u64);
		pthread_mutex_unlock(&connections->mutex);
	}
	return connection;
}

void
connections_give_back(struct connections *connections, struct connection *connection, enum fastcgi_end end)
{
	pthread_mutex_lock(&connections->mutex);
	if (end == FASTCGI_LOST)
		connection->fd = -1;
	if (end == FASTCGI_KEPT && !connections->is_draining) {
		set_state(connection, CONNECTION_SILENT);
	} else if (end == FASTCGI_UNREAD) {
		shutdown(connection->fd, SHUT_WR);
		set_state(connection, CONNECTION_LINGERING);
	} else {
		slot_free(connections, connection);
	}
	if (connection->state != CONNECTION_FREE &&
	    watch(connections, EPOLL_CTL_MOD, connection->fd, EPOLLIN | EPOLLONESHOT,
		tag_of(connections, connection)) != ST_OK)
		slot_free(connections, connection);
	pthread_mutex_unlock(&connections->mutex);
}

static bool
has_bytes(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	return poll(&wait, 1, 0) == 1;
}

/* Is this connection to be closed by us now? */
static bool
is_over(const struct connections *connections, const struct connection *connection, int64_t now_ms)
{
	int64_t age_ms = now_ms - connection->since_ms;

	if (connection->state == CONNECTION_LINGERING)
		return age_ms > LINGER_MS;
	if (connection->state != CONNECTION_SILENT || has_bytes(connection->fd))
		return false;
	if (connections->is_draining)
		return connection->is_used || age_ms > FRESH_MS;
	return connections->free == NULL && age_ms > IDLE_WHEN_FULL_MS;
}

static void
close_over(struct connections *connections)
{
	int64_t now_ms = clock_monotonic_ms();

	for (int i = 0; i < connections->max_n && connections->open_n > 0; i++)
		if (is_over(connections, &connections->all[i], now_ms))
			slot_free(connections, &connections->all[i]);
}

void
connections_tick(struct connections *connections)
{
	pthread_mutex_lock(&connections->mutex);
	close_over(connections);
	if (connections->free != NULL && clock_monotonic_ms() >= connections->pause_until_ms)
		listen_start(connections);
	pthread_mutex_unlock(&connections->mutex);
}

void
connections_drain(struct connections *connections)
{
	pthread_mutex_lock(&connections->mutex);
	connections->is_draining = true;
	while (accept_one(connections))
		continue;
	listen_stop(connections);
	close_over(connections);
	pthread_mutex_unlock(&connections->mutex);
}

bool
connections_are_gone(struct connections *connections)
{
	bool are_gone;

	pthread_mutex_lock(&connections->mutex);
	are_gone = connections->open_n == 0;
	pthread_mutex_unlock(&connections->mutex);
	return are_gone;
}

void
connections_stop(struct connections *connections)
{
	const uint64_t one = 1;

	/* level triggered and never read: every thread sees it */
	if (write(connections->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		return;
}
