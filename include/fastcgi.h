/*
 * One FastCGI connection and the request on it.  libfcgi is used in fastcgi.c only.
 *
 * libfcgi binds a thread to a connection for as long as the web server keeps it.  Here a connection that is silent costs
 * no thread: the worker waits for it with epoll and lends its descriptor to the library only while a request is read and
 * answered.  The library never accepts, and never closes a connection that it finished in order.
 */
#ifndef WECOM_FASTCGI_H
#define WECOM_FASTCGI_H

#include <fcgiapp.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "span.h"
#include "status.h"

struct fastcgi {
	FCGX_Request request;
	bool is_read;	/* the request was read to its end: nothing of it is left in the socket */
	bool is_answered;	/* the first bytes of an answer went to the library */
};

#define FASTCGI_PEEK_BYTES (64 * 1024)	/* a larger request cannot be seen whole */

/*
 * Do these first bytes of a connection's next request hold all of it, so that reading it waits for nobody?  True also for
 * what can only be refused.  Pure.
 */
bool fastcgi_is_whole(const unsigned char *bytes, size_t n);

/* Once in a process, before any thread. */
enum status fastcgi_library_init(void) must_check;

void fastcgi_init(struct fastcgi *fastcgi);

/*
 * Read the head of the next request from fd, which has bytes to read and time-outs set (SO_RCVTIMEO, SO_SNDTIMEO).
 * ST_BAD_INPUT: closed, not FastCGI, or too slow; fd is closed.
 */
enum status fastcgi_accept(struct fastcgi *fastcgi, int fd) must_check;

/* A parameter of the request; absent when the web server sent none.  Valid until the reply. */
struct span fastcgi_param(const struct fastcgi *fastcgi, const char *name);

/*
 * The raw path as the client sent it, up to the query: nothing decoded or normalised.  From REQUEST_URI, or SCRIPT_NAME
 * where a server sends none.
 */
struct span fastcgi_path(const struct fastcgi *fastcgi);

/*
 * The whole body.
 *   ret_body  in `mem`
 * ST_TOO_LARGE: above max_bytes (the rest stays unread); ST_BAD_INPUT: cut, or not as long as CONTENT_LENGTH says;
 * ST_BUSY: not here by deadline_ms (monotonic); ST_NOMEM.
 */
enum status fastcgi_body(struct fastcgi *fastcgi, struct arena *mem, int64_t max_bytes, int64_t deadline_ms,
    struct span *ret_body, struct detail *why) must_check;

enum fastcgi_end {
	FASTCGI_KEPT,	/* fd is open and ready for the next request */
	FASTCGI_OVER,	/* answered; fd is open, the caller closes it now */
	FASTCGI_UNREAD,	/* as OVER, but bytes of the request are unread: let the peer finish before closing */
	FASTCGI_LOST,	/* fd is closed: the peer went away */
};

/*
 * An answer in pieces: header text with its blank line first, then the body as it comes; at the end fastcgi_finish.
 * fastcgi_put blocks while the peer does not read, at most for the socket's time-out; false: it is gone or too slow.
 */
bool fastcgi_put(struct fastcgi *fastcgi, struct span bytes);
enum fastcgi_end fastcgi_finish(struct fastcgi *fastcgi);

/* Give an answer up in its middle, so that the peer sees that it is not whole: the connection is closed. */
enum fastcgi_end fastcgi_break(struct fastcgi *fastcgi);

/* Send the answer and end the request.  `headers` is complete CGI header text with its blank line. */
enum fastcgi_end fastcgi_reply(struct fastcgi *fastcgi, struct span headers, struct span body);

#endif
