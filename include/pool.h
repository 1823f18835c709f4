/*
 * A prefork pool: the parent keeps its children running and touches no request.
 * It replaces a child that dies (with back-off), ends one that is frozen, drains on TERM and INT, and rolls on HUP:
 * a new generation with the settings read anew is started and ready before the old one is told to drain, so that the
 * listening socket always has somebody who accepts.
 */
#ifndef WECOM_POOL_H
#define WECOM_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define POOL_CHILDREN_MAX 65	/* of one generation */
#define POOL_FROZEN_MS 2800	/* no heartbeat for so long: SIGKILL, while the web server still tries again elsewhere */
#define POOL_DRAIN_MS 8000	/* told to drain and still there after so long: SIGKILL */
#define POOL_READY_MS 3000	/* the old generation is told to drain at the latest then */

/* Shared between a child and the parent. */
struct pool_beat {
	_Atomic int64_t at_ms;	/* clock_monotonic_ms; the child sets it at least once a second */
	_Atomic bool is_ready;	/* set once, when the child takes requests */
};

struct pool_program {
	/* A new generation's settings; NULL: faults were told, the old ones stay.  Called in the parent. */
	void *(*load)(void *argument);
	void (*unload)(void *settings);
	/* 1..POOL_CHILDREN_MAX children */
	int (*children_n)(const void *settings);
	/* In the child, after fork: run until SIGTERM or SIGINT (both arrive blocked: use signalfd); returns the exit code. */
	int (*run)(void *settings, int index, struct pool_beat *beat);
	/* A child was replaced (was_frozen: after the parent killed it).  May be NULL. */
	void (*replaced)(void *argument, bool was_frozen);
	void *argument;
};

/* Is this descriptor a listening socket?  spawn-fcgi and systemd hand it over as POOL_LISTEN_FD. */
bool pool_is_listening(int fd);

#define POOL_LISTEN_FD 0

/* In a child: a descriptor from which SIGTERM and SIGINT are read as struct signalfd_siginfo; -1: see errno. */
int pool_signals_open(void);

/* Run until told to stop.  `settings` is the first generation's, owned from here on.  Returns the exit code. */
int pool_run(const struct pool_program *program, void *settings);

#endif
