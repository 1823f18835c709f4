/*
 * The web server's connections of one worker: a fixed table, watched by one epoll set that all reading threads share.
 * A connection belongs to the table while it is silent, and to one thread from the moment bytes come until its answer.
 */
#ifndef WECOM_CONNECTIONS_H
#define WECOM_CONNECTIONS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fastcgi.h"
#include "metrics.h"
#include "status.h"

enum connection_state {
	CONNECTION_FREE,
	CONNECTION_SILENT,	/* in the epoll set, armed */
	CONNECTION_PARTIAL,	/* a part of a request is here; looked at again at each tick, no thread waits */
	CONNECTION_LENT,	/* a thread reads, stores or answers a request on it */
	CONNECTION_LINGERING,	/* answered before its request was read: waits for the peer to close */
};

struct connection {
	enum connection_state state;
	int fd;
	uint32_t generation;	/* counts the lives of this slot: an event of an earlier life is passed over */
	bool is_used;		/* has carried a request */
	int64_t since_ms;	/* monotonic: in this state */
	int64_t partial_since_ms;	/* when the first part of the request came; 0: it has not */
	int partial_n;		/* bytes that were here when last looked at */
	bool is_large;		/* lent before it was whole, as one of connections.large_max */
	struct fastcgi fastcgi;
	struct connection *next_free;
};

struct connections {
	pthread_mutex_t mutex;
	int epoll_fd;
	int listen_fd;
	int wake_fd;			/* borrowed eventfd: written when the first partial request asks for ticks; -1: none */
	int stop_fd;			/* eventfd: readable for good once the readers shall end */
	bool is_listening;		/* listen_fd is in the epoll set */
	bool is_draining;
	int64_t pause_until_ms;		/* out of descriptors: no accepting before then */
	int timeout_ms;			/* of one read or write on a connection */
	int large_max;			/* requests that may be read as they come, each holding a thread */
	int large_n;
	int max_n;
	int open_n;
	atomic_int partial_n;		/* connections in that state: tick often while there are any */
	struct connection *all;		/* max_n */
	struct connection *free;
	struct metrics *metrics;	/* borrowed */
};

/*
 * listen_fd is borrowed and made non-blocking.  large_max becomes 1: raise it before the first wait, but leave at least
 * one thread for what is whole.  ST_SYSTEM, ST_NOMEM.
 */
enum status connections_init(struct connections *connections, int listen_fd, int max_n, int timeout_ms,
    struct metrics *metrics) must_check;
void connections_done(struct connections *connections);

#define CONNECTIONS_LARGE_BYTES (16 * 1024)

/*
 * Wait until a connection has a whole request, or so large a part of one that the socket might not hold it all, and take
 * it (CONNECTION_LENT), accepting new ones on the way.
 * NULL: the readers shall end.  For any number of threads.
 */
struct connection *connections_wait(struct connections *connections);

/* Give a lent connection back after its answer. */
void connections_give_back(struct connections *connections, struct connection *connection, enum fastcgi_end end);

/*
 * A few times a second, and every CONNECTIONS_PARTIAL_MS while connections_has_partial: end what lingers too long, make
 * room when full, go on accepting, look again at what was not whole.
 */
void connections_tick(struct connections *connections);

#define CONNECTIONS_PARTIAL_MS 10

bool connections_has_partial(struct connections *connections);

/* Take what waits at the listening socket, then accept no more; silent connections are closed, now and at each tick. */
void connections_drain(struct connections *connections);

/* No connection is open. */
bool connections_are_gone(struct connections *connections);

/* Let connections_wait return NULL in every thread. */
void connections_stop(struct connections *connections);

#endif
