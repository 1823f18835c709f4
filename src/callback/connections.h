/*
 * The web server's connections of one worker: a fixed table, watched by one epoll set that all reading threads share.
 * A connection belongs to the table while it is silent, and to one thread from the moment bytes come until its answer.
 */
#ifndef WECOM_CONNECTIONS_H
#define WECOM_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "fastcgi.h"
#include "metrics.h"
#include "status.h"

enum connection_state {
	CONNECTION_FREE,
	CONNECTION_SILENT,	/* in the epoll set, armed */
	CONNECTION_LENT,	/* a thread reads, stores or answers a request on it */
	CONNECTION_LINGERING,	/* answered before its request was read: waits for the peer to close */
};

struct connection {
	enum connection_state state;
	int fd;
	uint32_t generation;	/* counts the lives of this slot: an event of an earlier life is passed over */
	bool is_used;		/* has carried a request */
	int64_t since_ms;	/* monotonic: in this state */
	struct fastcgi fastcgi;
	struct connection *next_free;
};

struct connections {
	pthread_mutex_t mutex;
	int epoll_fd;
	int listen_fd;
	int stop_fd;			/* eventfd: readable for good once the readers shall end */
	bool is_listening;		/* listen_fd is in the epoll set */
	bool is_draining;
	int64_t pause_until_ms;		/* out of descriptors: no accepting before then */
	int timeout_ms;			/* of one read or write on a connection */
	int max_n;
	int open_n;
	struct connection *all;		/* max_n */
	struct connection *free;
	struct metrics *metrics;	/* borrowed */
};

/* listen_fd is borrowed and made non-blocking.  ST_SYSTEM, ST_NOMEM. */
enum status connections_init(struct connections *connections, int listen_fd, int max_n, int timeout_ms,
    struct metrics *metrics) must_check;
void connections_done(struct connections *connections);

/*
 * Wait until a connection has bytes and take it (CONNECTION_LENT), accepting new ones on the way.
 * NULL: the readers shall end.  For any number of threads.
 */
struct connection *connections_wait(struct connections *connections);

/* Give a lent connection back after its answer. */
void connections_give_back(struct connections *connections, struct connection *connection, enum fastcgi_end end);

/* A few times a second: end what lingers too long, make room when full, go on accepting. */
void connections_tick(struct connections *connections);

/* Take what waits at the listening socket, then accept no more; silent connections are closed, now and at each tick. */
void connections_drain(struct connections *connections);

/* No connection is open. */
bool connections_are_gone(struct connections *connections);

/* Let connections_wait return NULL in every thread. */
void connections_stop(struct connections *connections);

#endif
