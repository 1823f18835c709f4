/* One worker process of the pages: threads that each serve one request at a time, and a main thread that keeps the time. */
#ifndef WECOM_WEB_WORKER_H
#define WECOM_WEB_WORKER_H

#include "conf.h"
#include "metrics.h"
#include "pool.h"
#include "store.h"

/* Run until SIGTERM or SIGINT; returns the process's exit code.  Everything but listen_fd is opened here, after fork. */
int web_worker_run(const struct conf *conf, int listen_fd, struct metrics *metrics, struct pool_beat *beat);

/* The way to the database as the settings say.  As store_new. */
struct store *web_store_new(const struct conf *conf, struct detail *why);

#endif
