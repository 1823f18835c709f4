/* The table of connections and its epoll set: see connections.h.  Never reads a request's bytes. */
#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define LINGER_MS 2000
#define LINGER_READS_N 16	/* then the other connections have their turn */
#define PAUSE_MS 100		/* without descriptors */
#define FRESH_MS 300		/* a new connection's request may still be on its way when draining begins */
#define IDLE_WHEN_FULL_MS 1000	/* a full table: the silent ones beyond this age make room */

#define PARTIAL_NAP_US 200	/* a web server that writes a request in pieces is done with it by then, mostly */
#define PARTIAL_NAPS_N 5

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
	connections->wake_fd = -1;
	connections->large_max = 1;
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
set_state(struct connections *connections, struct connection *connection, enum connection_state state)
{
	if (connection->state == CONNECTION_PARTIAL)
		atomic_fetch_sub(&connections->partial_n, 1);
	if (state == CONNECTION_PARTIAL)
		atomic_fetch_add(&connections->partial_n, 1);
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
	connection->partial_since_ms = 0;
	connection->generation++;
	set_state(connections, connection, CONNECTION_FREE);
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
	set_state(connections, connection, CONNECTION_SILENT);
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

/* Bytes after the answer are read and forgotten until the peer closes.  Under the mutex. */
static void
linger_read(struct connections *connections, struct connection *connection)
{
	char rest[4096];
	ssize_t n = 1;

	for (int i = 0; i < LINGER_READS_N && n > 0; i++)
		n = recv(connection->fd, rest, sizeof(rest), MSG_DONTWAIT);
	if ((n > 0 || (n < 0 && errno == EAGAIN)) &&
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
	set_state(connections, connection, CONNECTION_LENT);
	return connection;
}

/* Is the request all here?  Notes how much of it is. */
static bool
is_whole(struct connection *connection)
{
	static _Thread_local unsigned char bytes[FASTCGI_PEEK_BYTES];
	ssize_t n = recv(connection->fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

	connection->partial_n = n > 0 ? (int)n : 0;
	/* the end, or an error: reading tells */
	if (n == 0 || (n < 0 && errno != EAGAIN))
		return true;
	return n > 0 && fastcgi_is_whole(bytes, (size_t)n);
}

/* A part of a request came.  At its first part only, wait a moment for the rest. */
static bool
becomes_whole(struct connection *connection)
{
	for (int i = 0; i < PARTIAL_NAPS_N && connection->partial_since_ms == 0; i++) {
		usleep(PARTIAL_NAP_US);
		if (is_whole(connection))
			return true;
	}
	return false;
}

/* One that may be larger than its socket holds is read as it comes, if there is a thread to spare.  Under the mutex. */
static bool
may_start_large(struct connections *connections, struct connection *connection)
{
	if (connection->partial_n < CONNECTIONS_LARGE_BYTES || connections->large_n >= connections->large_max)
		return false;
	connections->large_n++;
	connection->is_large = true;
	return true;
}

/* Back to the table, to be looked at again when more is here; false: it is to be read as it comes. */
static bool
put_aside(struct connections *connections, struct connection *connection)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&connections->mutex);
	if (may_start_large(connections, connection)) {
		pthread_mutex_unlock(&connections->mutex);
		return false;
	}
	if (connection->partial_since_ms == 0)
		connection->partial_since_ms = clock_monotonic_ms();
	set_state(connections, connection, CONNECTION_PARTIAL);
	if (atomic_load(&connections->partial_n) == 1 && connections->wake_fd >= 0)
		(void)!write(connections->wake_fd, &one, sizeof(one));
	pthread_mutex_unlock(&connections->mutex);
	return true;
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
		if (connection != NULL && !is_whole(connection) && !becomes_whole(connection) &&
		    put_aside(connections, connection))
			connection = NULL;
	}
	return connection;
}

void
connections_give_back(struct connections *connections, struct connection *connection, enum fastcgi_end end)
{
	pthread_mutex_lock(&connections->mutex);
	connection->partial_since_ms = 0;
	connections->large_n -= connection->is_large;
	connection->is_large = false;
	if (end == FASTCGI_LOST)
		connection->fd = -1;
	if (end == FASTCGI_KEPT && !connections->is_draining) {
		set_state(connections, connection, CONNECTION_SILENT);
	} else if (end == FASTCGI_UNREAD) {
		shutdown(connection->fd, SHUT_WR);
		set_state(connections, connection, CONNECTION_LINGERING);
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

static bool
is_hung_up(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLRDHUP};

	return poll(&wait, 1, 0) == 1;
}

/* Is this connection to be closed by us now? */
static bool
is_over(const struct connections *connections, const struct connection *connection, int64_t now_ms)
{
	int64_t age_ms = now_ms - connection->since_ms;

	if (connection->state == CONNECTION_LINGERING)
		return age_ms > LINGER_MS;
	if (connection->state == CONNECTION_PARTIAL)
		return now_ms - connection->partial_since_ms > connections->timeout_ms || is_hung_up(connection->fd);
	if (connection->state != CONNECTION_SILENT || has_bytes(connection->fd))
		return false;
	if (connections->is_draining)
		return connection->is_used || age_ms > FRESH_MS;
	return connections->free == NULL && age_ms > IDLE_WHEN_FULL_MS;
}

/* More of a request has come: let a thread look at it. */
static void
look_again(struct connections *connections, struct connection *connection)
{
	int n = 0;

	if (connection->state != CONNECTION_PARTIAL || ioctl(connection->fd, FIONREAD, &n) != 0)
		return;
	if (n == connection->partial_n && (n < CONNECTIONS_LARGE_BYTES || connections->large_n >= connections->large_max))
		return;
	set_state(connections, connection, CONNECTION_SILENT);
	if (watch(connections, EPOLL_CTL_MOD, connection->fd, EPOLLIN | EPOLLONESHOT,
		tag_of(connections, connection)) != ST_OK)
		slot_free(connections, connection);
}

static void
close_over(struct connections *connections)
{
	int64_t now_ms = clock_monotonic_ms();

	for (int i = 0; i < connections->max_n && connections->open_n > 0; i++) {
		struct connection *connection = &connections->all[i];

		if (is_over(connections, connection, now_ms))
			slot_free(connections, connection);
		else
			look_again(connections, connection);
	}
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

bool
connections_has_partial(struct connections *connections)
{
	return atomic_load(&connections->partial_n) > 0;
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
