/* One run of `wecom-sim serve`: what its loop and its control commands share. */
#ifndef SIM_SERVE_H
#define SIM_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "activity.h"
#include "api.h"
#include "control.h"
#include "serve_options.h"
#include "tally.h"
#include "way.h"

struct serve {
	struct serve_options options;
	struct settings settings;
	struct activity activity; /* its truth is the one; locked as truth.h says */
	struct way way;
	struct tally tally;
	struct api *api; /* NULL: none */
	struct control *control;
	int signal_fd;
	int64_t started_us;
	int64_t next_deed_ns;
	int64_t next_save_us;
	unsigned long long deeds;
	bool is_active;   /* deeds go on */
	bool is_stopping; /* by a signal or quit */
};

/* Everything open and ready; a sysexits.h code, with a sentence unless it is EX_OK.  done: for every answer. */
int serve_open(struct serve *serve, sender_done *done, struct fault *fault);

/* Takes its event to the queue, or loses it.  kind NULL: nothing to tell.  The truth is locked. */
void serve_post(struct serve *serve, const struct notice_kind *kind, const struct facts *facts);
/* No more deeds; what is held back goes out. */
void serve_stop_activity(struct serve *serve);
/* Deliveries that wait, are held back or are on their way, and what is still to be told of the last deed. */
size_t serve_pending_n(const struct serve *serve);

/* A control_handler; self is the struct serve. */
void serve_command(void *self, const char *line, size_t n, struct text *answer);

#endif
