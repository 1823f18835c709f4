/*
 * The storing side of a worker: requests that have arrived together share a commit, a lone one waits for nobody.
 * Driven by the worker's main thread; never blocks but for the spool's fsync.
 */
#ifndef WECOM_COMMITTER_H
#define WECOM_COMMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "database.h"
#include "metrics.h"
#include "request.h"

struct committer;

/* A request whose outcome is known goes to `answer`. */
typedef void committer_answer(void *context, struct request *request);

/* conf and metrics are borrowed.  NULL: no memory. */
struct committer *committer_new(const struct conf *conf, struct metrics *metrics, committer_answer *answer,
    void *context);
void committer_free(struct committer *committer);

struct database *committer_database(struct committer *committer);

/* Take over a request with an entry to store.  Any thread.  true: the main thread sleeps and must be woken. */
bool committer_push(struct committer *committer, struct request *request);

/* Main thread: go on with what is under way and what has arrived. */
void committer_step(struct committer *committer);

/*
 * Main thread, before it sleeps: how long at most, in ms.  0: there is something to do now.
 * From here on committer_push asks for a wake-up if one is useful.
 */
int committer_sleep_ms(struct committer *committer, int most_ms);

/* Nothing waits and nothing is under way. */
bool committer_is_idle(struct committer *committer);

#endif
