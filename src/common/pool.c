/*
 * The parent of a prefork pool: see pool.h.
 * All signals stay blocked and are taken one at a time by sigtimedwait, so none is lost between a test and a wait.
 */
#include "pool.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "shared.h"

#define POOL_SLOTS_N (2 * POOL_CHILDREN_MAX)	/* two generations side by side while rolling */
#define POOL_TICK_MS 250
#define POOL_HELD_UP_MS 1000	/* a round that comes so long after the last one: the parent itself stood still */
#define POOL_SHORT_LIFE_MS 5000	/* a child that lived less is started again with back-off */
#define POOL_BACK_OFF_MS 100
#define POOL_BACK_OFF_MAX_MS 10000

struct pool_slot {
	pid_t pid;		/* 0: nobody */
	int index;
	int generation;
	int64_t started_ms;
	int64_t told_ms;	/* when it was told to drain; 0: not */
	bool was_killed;	/* by us, as frozen */
};

struct pool {
	const struct pool_program *program;
	void *settings;
	void *old_settings;	/* until the old generation is gone */
	int generation;
	int children_n;
	struct pool_beat *beats;	/* POOL_SLOTS_N, shared */
	struct pool_slot slots[POOL_SLOTS_N];
	int64_t start_at_ms[POOL_CHILDREN_MAX];	/* not before; by index */
	int failures_n[POOL_CHILDREN_MAX];
	int64_t rolling_since_ms;	/* 0: not rolling */
	int64_t watched_ms;		/* the last look at the heartbeats */
	int64_t watching_since_ms;	/* without being held up in between */
	bool is_stopping;
	sigset_t signals;
};

static struct pool_slot *
pool_find(struct pool *pool, int index)
{
	for (int i = 0; i < POOL_SLOTS_N; i++) {
		struct pool_slot *slot = &pool->slots[i];

		if (slot->pid != 0 && slot->generation == pool->generation && slot->index == index)
			return slot;
	}
	return NULL;
}

static struct pool_slot *
pool_free_slot(struct pool *pool)
{
	for (int i = 0; i < POOL_SLOTS_N; i++)
		if (pool->slots[i].pid == 0)
			return &pool->slots[i];
	return NULL;
}

static int
pool_count(const struct pool *pool, int generation_before)
{
	int n = 0;

	for (int i = 0; i < POOL_SLOTS_N; i++)
		n += pool->slots[i].pid != 0 && pool->slots[i].generation < generation_before;
	return n;
}

/* In the child: die with the parent, which may have died before the call. */
static void
pool_child(struct pool *pool, int index, struct pool_beat *beat, pid_t parent)
{
	int code;

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(EX_OSERR);
	code = pool->program->run(pool->settings, index, beat);
	/* no exit handlers: threads may still stand in libraries */
	_exit(code);
}

static void
pool_start(struct pool *pool, int index)
{
	struct pool_slot *slot = pool_free_slot(pool);
	struct pool_beat *beat;
	pid_t parent = getpid();
	pid_t pid;

	if (slot == NULL)
		return;
	beat = &pool->beats[slot - pool->slots];
	atomic_store(&beat->at_ms, clock_monotonic_ms());
	atomic_store(&beat->is_ready, false);
	pid = fork();
	if (pid == 0)
		pool_child(pool, index, beat, parent);
	if (pid < 0) {
		log_text(LOG_LEVEL_ERROR, "fork: %s", strerror(errno));
		pool->start_at_ms[index] = clock_monotonic_ms() + POOL_BACK_OFF_MAX_MS;
		return;
	}
	*slot = (struct pool_slot){.pid = pid, .index = index, .generation = pool->generation,
	    .started_ms = clock_monotonic_ms()};
}

static void
pool_start_missing(struct pool *pool)
{
	int64_t now_ms = clock_monotonic_ms();

	if (pool->is_stopping)
		return;
	for (int i = 0; i < pool->children_n; i++)
		if (pool_find(pool, i) == NULL && now_ms >= pool->start_at_ms[i])
			pool_start(pool, i);
}

static void
pool_tell(struct pool_slot *slot)
{
	if (slot->pid != 0 && slot->told_ms == 0) {
		slot->told_ms = clock_monotonic_ms();
		kill(slot->pid, SIGTERM);
	}
}

static void
pool_stop(struct pool *pool)
{
	if (!pool->is_stopping)
		log_text(LOG_LEVEL_INFO, "stopping: requests in flight are answered");
	pool->is_stopping = true;
	for (int i = 0; i < POOL_SLOTS_N; i++)
		pool_tell(&pool->slots[i]);
}

static void
pool_roll(struct pool *pool)
{
	void *fresh;

	if (pool->is_stopping)
		return;
	if (pool_count(pool, pool->generation) > 0) {
		log_text(LOG_LEVEL_WARNING, "still rolling: the signal was passed over");
		return;
	}
	fresh = pool->program->load(pool->program->argument);
	if (fresh == NULL) {
		log_text(LOG_LEVEL_ERROR, "the settings have faults: the old ones stay in force");
		return;
	}
	pool->old_settings = pool->settings;
	pool->settings = fresh;
	pool->children_n = pool->program->children_n(fresh);
	pool->generation++;
	pool->rolling_since_ms = clock_monotonic_ms();
	memset(pool->start_at_ms, 0, sizeof(pool->start_at_ms));
	memset(pool->failures_n, 0, sizeof(pool->failures_n));
	log_text(LOG_LEVEL_INFO, "rolling to generation %d with %d processes", pool->generation, pool->children_n);
	pool_start_missing(pool);
}

static bool
pool_generation_ready(struct pool *pool)
{
	for (int i = 0; i < pool->children_n; i++) {
		struct pool_slot *slot = pool_find(pool, i);

		if (slot == NULL || !atomic_load(&pool->beats[slot - pool->slots].is_ready))
			return false;
	}
	return true;
}

static void
pool_finish_roll(struct pool *pool)
{
	if (pool->rolling_since_ms != 0 &&
	    (pool_generation_ready(pool) || clock_monotonic_ms() - pool->rolling_since_ms > POOL_READY_MS)) {
		pool->rolling_since_ms = 0;
		for (int i = 0; i < POOL_SLOTS_N; i++)
			if (pool->slots[i].generation < pool->generation)
				pool_tell(&pool->slots[i]);
	}
	if (pool->old_settings != NULL && pool_count(pool, pool->generation) == 0) {
		pool->program->unload(pool->old_settings);
		pool->old_settings = NULL;
	}
}

static void
pool_back_off(struct pool *pool, const struct pool_slot *slot, int64_t now_ms)
{
	int n;
	int64_t wait_ms = POOL_BACK_OFF_MS;

	if (now_ms - slot->started_ms >= POOL_SHORT_LIFE_MS)
		pool->failures_n[slot->index] = 0;
	n = pool->failures_n[slot->index]++;
	while (n-- > 0 && wait_ms < POOL_BACK_OFF_MAX_MS)
		wait_ms *= 2;
	if (wait_ms > POOL_BACK_OFF_MAX_MS)
		wait_ms = POOL_BACK_OFF_MAX_MS;
	/* the first replacement comes at once */
	pool->start_at_ms[slot->index] = pool->failures_n[slot->index] == 1 ? now_ms : now_ms + wait_ms;
}

static void
pool_buried(struct pool *pool, struct pool_slot *slot, int wait_status)
{
	bool was_told = slot->told_ms != 0;

	if (!was_told || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
		log_text(was_told ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "process %d (number %d) %s %d%s", (int)slot->pid,
		    slot->index, WIFSIGNALED(wait_status) ? "was ended by signal" : "ended with status",
		    WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
		    was_told ? "" : ": it is replaced");
	}
	if (!was_told && slot->generation == pool->generation) {
		pool_back_off(pool, slot, clock_monotonic_ms());
		if (pool->program->replaced != NULL)
			pool->program->replaced(pool->program->argument, slot->was_killed);
	}
	slot->pid = 0;
}

static void
pool_reap(struct pool *pool)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		for (int i = 0; i < POOL_SLOTS_N; i++)
			if (pool->slots[i].pid == pid)
				pool_buried(pool, &pool->slots[i], wait_status);
}

/*
 * When this child was last known to be alive.  A parent that was itself held up (the machine stood still, or somebody
 * stopped it) cannot judge by what it did not see, nor by children who stood still with it: their time begins anew.
 */
static int64_t
pool_alive_ms(const struct pool *pool, int i)
{
	int64_t beat_ms = atomic_load(&pool->beats[i].at_ms);

	return beat_ms > pool->watching_since_ms ? beat_ms : pool->watching_since_ms;
}

/* End what is frozen or does not drain. */
static void
pool_watch(struct pool *pool)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - pool->watched_ms > POOL_HELD_UP_MS)
		pool->watching_since_ms = now_ms;
	pool->watched_ms = now_ms;
	for (int i = 0; i < POOL_SLOTS_N; i++) {
		struct pool_slot *slot = &pool->slots[i];
		bool is_frozen;
		bool is_late;

		if (slot->pid == 0 || slot->was_killed)
			continue;
		is_frozen = now_ms - pool_alive_ms(pool, i) > POOL_FROZEN_MS;
		is_late = slot->told_ms != 0 && now_ms - slot->told_ms > POOL_DRAIN_MS;
		if (!is_frozen && !is_late)
			continue;
		log_text(LOG_LEVEL_ERROR, "process %d (number %d) %s: it is killed", (int)slot->pid, slot->index,
		    is_late ? "does not end" : "shows no sign of life");
		slot->was_killed = true;
		kill(slot->pid, SIGKILL);
	}
}

static void
pool_signal(struct pool *pool, int number)
{
	switch (number) {
	case SIGTERM:
	case SIGINT:
		pool_stop(pool);
		break;
	case SIGHUP:
		pool_roll(pool);
		break;
	default: /* SIGCHLD: reaped below; none: the tick */
		break;
	}
}

static bool
pool_is_over(const struct pool *pool)
{
	return pool->is_stopping && pool_count(pool, pool->generation + 1) == 0;
}

static void
pool_loop(struct pool *pool)
{
	/* while a roll or a restart is pending, look more often */
	while (!pool_is_over(pool)) {
		long tick_ms = pool->rolling_since_ms != 0 ? 20 : POOL_TICK_MS;
		struct timespec tick = {.tv_nsec = tick_ms * 1000000L};

		for (int i = 0; i < pool->children_n; i++)
			if (pool_find(pool, i) == NULL)
				tick.tv_nsec = 20 * 1000000L;
		pool_signal(pool, sigtimedwait(&pool->signals, NULL, &tick));
		pool_reap(pool);
		pool_watch(pool);
		pool_start_missing(pool);
		pool_finish_roll(pool);
	}
}

bool
pool_is_listening(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

int
pool_signals_open(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
pool_run(const struct pool_program *program, void *settings)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return EX_OSERR;
	pool->program = program;
	pool->settings = settings;
	pool->children_n = program->children_n(settings);
	pool->beats = shared_new(sizeof(struct pool_beat) * POOL_SLOTS_N);
	if (pool->beats == NULL) {
		free(pool);
		return EX_OSERR;
	}
	sigemptyset(&pool->signals);
	sigaddset(&pool->signals, SIGTERM);
	sigaddset(&pool->signals, SIGINT);
	sigaddset(&pool->signals, SIGHUP);
	sigaddset(&pool->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &pool->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	pool_start_missing(pool);
	pool_loop(pool);
	program->unload(pool->settings);
	if (pool->old_settings != NULL)
		program->unload(pool->old_settings);
	shared_free(pool->beats, sizeof(struct pool_beat) * POOL_SLOTS_N);
	free(pool);
	return EX_OK;
}
