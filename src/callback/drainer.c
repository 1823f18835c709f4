/*
 * The drainer of the spool: when the database is back, what was spooled goes through the same wecom.ingest in order of
 * arrival.  It holds a database connection only while something waits.  A record that dies with this process comes
 * again: the event's identity makes that a repeat.
 */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "database.h"
#include "log.h"
#include "spool.h"
#include "worker.h"

#define IDLE_MS 250		/* between looks at an empty spool */
#define RETRY_MS 1000		/* after a batch that was not stored */
#define DRAIN_BATCH_MS 5000	/* for one batch to be confirmed */
#define DRAIN_MEMORY_BYTES (256u * 1024 * 1024)

struct drainer {
	const struct conf *conf;
	struct metrics *metrics;
	struct pool_beat *beat;
	int signal_fd;
	bool is_stopping;
	struct spool_drain *drain;	/* NULL: another process drains this folder */
	struct database *database;	/* NULL: nothing waits */
	struct arena mem;
	struct database_entry *entries;
	struct database_entry **batch;	/* all of them */
	int64_t told_ms;
};

static void
drainer_wait(struct drainer *drainer, int ms)
{
	struct pollfd waits[2] = {
	    {.fd = drainer->signal_fd, .events = POLLIN},
	    {.fd = -1, .events = POLLIN},
	};

	if (drainer->database != NULL) {
		waits[1].fd = database_fd(drainer->database);
		waits[1].events = database_poll_events(drainer->database);
	}
	(void)poll(waits, 2, ms);
	if ((waits[0].revents & POLLIN) != 0)
		drainer->is_stopping = true;
	atomic_store(&drainer->beat->at_ms, clock_monotonic_ms());
	if (drainer->database != NULL)
		database_step(drainer->database);
}

/* The spool tells each damaged or torn segment once: every such line is passed on. */
static void
drainer_tell_spool(const struct detail *why)
{
	if (why->text[0] != '\0')
		log_text(LOG_LEVEL_ERROR, "%s", why->text);
}

/* The database's troubles repeat themselves: one line in a while. */
static void
drainer_tell(struct drainer *drainer, const char *what)
{
	if (what[0] == '\0' || clock_monotonic_ms() - drainer->told_ms < 10000)
		return;
	drainer->told_ms = clock_monotonic_ms();
	log_text(LOG_LEVEL_ERROR, "spool drain: %s", what);
}

/* A usable connection, or false for now. */
static bool
drainer_connect(struct drainer *drainer)
{
	struct detail why;

	if (drainer->database == NULL)
		drainer->database = database_new(drainer->conf, "wecom-callback drainer");
	if (drainer->database == NULL)
		return false;
	for (int i = 0; i < 100 && !drainer->is_stopping && database_state(drainer->database) != DATABASE_READY; i++)
		drainer_wait(drainer, 10);
	if (database_state(drainer->database) == DATABASE_READY)
		return true;
	database_failure(drainer->database, &why);
	drainer_tell(drainer, why.text);
	return false;
}

/*
 * What the database will never take is put aside, sealed as it was, so that it neither blocks the rest nor gets lost.
 */
static bool
drainer_put_aside(struct drainer *drainer, const struct spool_record *record)
{
	char folder[PATH_MAX];
	struct spool_writer *writer;
	struct detail why = {""};
	enum status st = ST_NOMEM;

	snprintf(folder, sizeof(folder), "%s/refused", drainer->conf->spool_dir);
	(void)mkdir(folder, 0700);
	writer = spool_writer_new(folder, &drainer->conf->master_key, drainer->conf->spool_max_bytes);
	if (writer != NULL)
		st = spool_append(writer, record, 1, &why);
	spool_writer_free(writer);
	log_text(LOG_LEVEL_ERROR, "spool: the database refuses an event: %s %s", st == ST_OK ? "it is kept in" : why.text,
	    folder);
	return st == ST_OK;
}

/* All stored, or put aside? */
static bool
drainer_judge(struct drainer *drainer, const struct spool_record *records, size_t n)
{
	bool is_done = true;
	uint64_t stored_n = 0;

	for (size_t i = 0; i < n; i++) {
		if (drainer->entries[i].outcome == ST_OK)
			stored_n++;
		else if (drainer->entries[i].outcome != ST_BUG || !drainer_put_aside(drainer, &records[i]))
			is_done = false;
	}
	if (is_done)
		atomic_fetch_add(&drainer->metrics->drained, stored_n);
	return is_done;
}

static bool
drainer_store(struct drainer *drainer, const struct spool_record *records, size_t n)
{
	struct detail why;
	bool is_done;

	if (!drainer_connect(drainer))
		return false;
	for (size_t i = 0; i < n; i++) {
		drainer->entries[i] = (struct database_entry){.corp = records[i].corp, .item = records[i].item};
		drainer->batch[i] = &drainer->entries[i];
	}
	database_send(drainer->database, drainer->batch, n, clock_monotonic_ms() + DRAIN_BATCH_MS);
	while (database_state(drainer->database) == DATABASE_BUSY)
		drainer_wait(drainer, 100);
	database_failure(drainer->database, &why);
	drainer_tell(drainer, why.text);
	is_done = drainer_judge(drainer, records, n);
	database_take(drainer->database);
	return is_done;
}

static void
drainer_close_database(struct drainer *drainer)
{
	database_free(drainer->database);
	drainer->database = NULL;
}

/* One batch; returns how long to wait before the next. */
static int
drainer_round(struct drainer *drainer)
{
	struct spool_record *records = NULL;
	struct detail why = {""};
	size_t n = 0;
	enum status st;
	int wait_ms;

	if (drainer->drain == NULL &&
	    spool_drain_open(drainer->conf->spool_dir, &drainer->conf->master_key, &drainer->drain, &why) != ST_OK)
		return RETRY_MS;
	arena_reset(&drainer->mem);
	st = spool_drain_next(drainer->drain, (size_t)drainer->conf->commit_events_max, &drainer->mem, &records, &n, &why);
	drainer_tell_spool(&why);
	if (st != ST_OK)
		return RETRY_MS;
	if (n == 0) {
		drainer_close_database(drainer);
		return IDLE_MS;
	}
	if (!drainer_store(drainer, records, n))
		return RETRY_MS;
	why.text[0] = '\0';
	wait_ms = spool_drain_done(drainer->drain, &why) == ST_OK ? 0 : RETRY_MS;
	drainer_tell_spool(&why);
	return wait_ms;
}

static enum status
drainer_open(struct drainer *drainer)
{
	size_t most = (size_t)drainer->conf->commit_events_max;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	drainer->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	drainer->entries = calloc(most, sizeof(*drainer->entries));
	drainer->batch = calloc(most, sizeof(struct database_entry *));
	arena_init(&drainer->mem, DRAIN_MEMORY_BYTES);
	if (drainer->entries == NULL || drainer->batch == NULL)
		return ST_NOMEM;
	return drainer->signal_fd < 0 ? ST_SYSTEM : ST_OK;
}

int
drainer_run(const struct conf *conf, struct metrics *metrics, struct pool_beat *beat)
{
	struct drainer drainer = {.conf = conf, .metrics = metrics, .beat = beat};
	enum status st = drainer_open(&drainer);

	atomic_store(&beat->is_ready, true);
	while (st == ST_OK && !drainer.is_stopping) {
		int wait_ms = drainer_round(&drainer);

		drainer_wait(&drainer, wait_ms);
	}
	drainer_close_database(&drainer);
	spool_drain_close(drainer.drain);
	arena_done(&drainer.mem);
	free(drainer.entries);
	free(drainer.batch);
	if (drainer.signal_fd >= 0)
		close(drainer.signal_fd);
	return status_exit(st);
}
