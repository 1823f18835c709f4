/*
 * One callback on its way: from the web server's connection to its answer.
 * Owned by one thread at a time: a reader, then (if there is something to store) the committer.
 */
#ifndef WECOM_REQUEST_H
#define WECOM_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "conf.h"
#include "database.h"
#include "envelope.h"
#include "event.h"
#include "fastcgi.h"
#include "metrics.h"
#include "uuid.h"

enum request_stored { REQUEST_STORED_NOT, REQUEST_STORED_DATABASE, REQUEST_STORED_SPOOL };

struct request {
	struct request *next;		/* in the committer's queue or the list of free ones */
	struct connection *connection;	/* borrowed: where it came from */
	struct arena mem;		/* everything below points here */
	char id[UUID_TEXT_BYTES];	/* of the request, the log line and the event */
	int64_t arrived_us;		/* monotonic */
	int64_t arrived_ms;		/* monotonic; deadlines count from here */
	int64_t received_us;		/* wall clock */
	struct span method;
	struct span path;
	enum status outcome;
	struct detail why;
	bool is_event;			/* event is filled */
	bool is_login;			/* by the route of the login app, whose events are command events, too */
	struct event event;
	struct span echo;		/* GET: the body of the answer */
	struct database_entry entry;	/* what is to be stored, and how that went */
	enum request_stored stored;
};

/* What one reading thread owns. */
struct request_tools {
	const struct conf *conf;
	struct event_identity identity;
	struct event_identity login_identity;	/* on the login app's own path that app alone is known */
	struct envelope_context *envelope;
};

/*
 * Read and judge the request whose head `fastcgi` holds.
 * true: an event is to be stored (request->entry).  false: the answer is known (request->outcome).
 */
bool request_read(struct request *request, struct fastcgi *fastcgi, const struct request_tools *tools);

/* Send the answer that the outcome calls for, write the one log line, count it. */
enum fastcgi_end request_answer(struct request *request, struct fastcgi *fastcgi, const struct conf *conf,
    struct metrics *metrics);

#endif
