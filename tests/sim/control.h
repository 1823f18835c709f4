/*
 * A unix socket on which others ask: one line in, one line out, any number of clients.  Part of a loop that waits with
 * an epoll descriptor of its own: that one is readable when there is work.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "text.h"

#define CONTROL_LINE_MAX_BYTES 65536
#define CONTROL_CLIENTS_MAX 16

/* Answers one line: appends to `answer` (without the line end). */
typedef void control_handler(void *self, const char *line, size_t n, struct text *answer);

struct control;

/* path NULL: a control without a socket.  An old socket at the path is replaced.  NULL with a fault. */
struct control *control_open(const char *path, control_handler *handle, void *self, struct fault *fault);
void control_close(struct control *control);
/* Readable when control_work or `also` (a descriptor given to control_watch) has something. */
int control_fd(const struct control *control);
void control_watch(struct control *control, int also);
/* Take what is there; an answer that a client does not read within five seconds ends its connection. */
void control_work(struct control *control);

/* The other side: send one line, read one back into `answer`. */
bool control_ask(const char *path, const char *line, struct text *answer, struct fault *fault);

#endif
