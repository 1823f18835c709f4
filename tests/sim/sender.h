/* A fixed number of kept-alive HTTP connections (libcurl multi), one request in flight on each. */
#ifndef SIM_SENDER_H
#define SIM_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "wire.h"

#define SENDER_TIMEOUT_MS 5000       /* WeCom's own */
#define SENDER_ANSWER_MAX_BYTES 4096 /* the rest of a longer answer is dropped */
#define SENDER_CONNECTIONS_MAX 1024

struct sender_answer {
	int status; /* HTTP; 0: no answer, and `error` says why */
	const char *body;
	size_t body_n;
	int64_t us; /* from submission to the answer's end */
	const char *error;
};

/* Called from sender_wait; the connection is idle again. */
typedef void sender_done(void *self, void *tag, const struct sender_answer *answer);

struct sender;

/* NULL with a fault: the URL is not http:// or https://, or libcurl fails. */
struct sender *sender_new(const char *base_url, size_t connections, sender_done *done, void *self, struct fault *fault);
void sender_free(struct sender *sender);

size_t sender_idle_n(const struct sender *sender);
size_t sender_busy_n(const struct sender *sender);

/* The callback to fill for the next submission; there must be an idle connection. */
struct wire *sender_wire(struct sender *sender);
/* Send it.  `tag` comes back with the answer. */
void sender_submit(struct sender *sender, enum route route, bool is_get, void *tag);

/* End what is in flight: each request gets its answer, without a status. */
void sender_abort(struct sender *sender);

/* Work until something happens, at most ms; also wakes up when `wake_fd` (or -1) is readable. */
void sender_wait(struct sender *sender, int ms, int wake_fd);

#endif
