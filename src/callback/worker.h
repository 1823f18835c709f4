/*
 * One worker process: reading threads that turn connections into requests, and the main thread that stores and answers.
 */
#ifndef WECOM_WORKER_H
#define WECOM_WORKER_H

#include "conf.h"
#include "metrics.h"
#include "pool.h"

/* Run until SIGTERM or SIGINT; returns the process's exit code.  Everything but listen_fd is opened here, after fork. */
int worker_run(const struct conf *conf, int listen_fd, struct metrics *metrics, struct pool_beat *beat);

/* The process that puts spooled events through the database when it is back. */
int drainer_run(const struct conf *conf, struct metrics *metrics, struct pool_beat *beat);

#endif
