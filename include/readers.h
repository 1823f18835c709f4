/*
 * The threads of a worker that turn connections into requests: each waits for one, serves it, and waits again.
 */
#ifndef WECOM_READERS_H
#define WECOM_READERS_H

#include <pthread.h>

#include "connections.h"
#include "status.h"

/* Serve the request on a lent connection; it goes back by connections_give_back.  `index` names the thread, from 0. */
typedef void readers_serve(void *context, int index, struct connection *connection);

struct readers {
	struct connections *connections;	/* borrowed */
	readers_serve *serve;
	void *context;
	struct reader *all;
	int n;
};

/* Start n threads; the struct must stay where it is.  ST_NOMEM, ST_SYSTEM: readers_stop ends those that were started. */
enum status readers_start(struct readers *readers, int n, struct connections *connections, readers_serve *serve,
    void *context) must_check;

/* Each finishes its request; returns when all have ended.  Safe on a zeroed struct. */
void readers_stop(struct readers *readers);

#endif
