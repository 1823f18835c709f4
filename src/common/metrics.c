/* Counters in a mapped file: see metrics.h.  Adds only; no lock is ever taken. */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "shared.h"

#define METRICS_MAGIC 0x57654d6574726963ULL

static const int64_t bucket_bounds_us[METRICS_BUCKETS_N - 1] = {500, 1000, 2000, 3000, 5000, 10000, 20000, 50000, 100000,
    250000, 500000, 1000000, 2500000};

struct metrics *
metrics_create(const char *path, struct detail *why)
{
	struct metrics *metrics;
	void *memory = NULL;
	char fresh[4096];
	int fd;

	/* a new file under the old name: a reader of the old one keeps a consistent mapping */
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || ftruncate(fd, sizeof(*metrics)) != 0 || rename(fresh, path) != 0 ||
	    shared_map(fd, sizeof(*metrics), &memory) != ST_OK) {
		detail_set(why, "counters are not readable from outside: %s: %s", path, strerror(errno));
		memory = shared_new(sizeof(*metrics));
	}
	if (fd >= 0)
		close(fd);
	if (memory == NULL)
		return NULL;
	metrics = memory;
	metrics->size_bytes = sizeof(*metrics);
	metrics->started_us = clock_wall_us();
	metrics->magic = METRICS_MAGIC;
	return metrics;
}

void
metrics_request(struct metrics *metrics, enum status outcome, int64_t duration_us)
{
	int i = 0;

	while (i < METRICS_BUCKETS_N - 1 && duration_us > bucket_bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&metrics->requests[outcome], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metrics->duration_buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metrics->duration_sum_us, (uint64_t)duration_us, memory_order_relaxed);
}

static void
print_one(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name, value);
}

static void
print_requests(FILE *out, struct metrics *metrics, const char *program)
{
	fprintf(out, "# HELP wecom_%s_requests_total Requests answered, by outcome.\n"
	    "# TYPE wecom_%s_requests_total counter\n", program, program);
	for (int i = 0; i < ST_N; i++)
		fprintf(out, "wecom_%s_requests_total{outcome=\"%s\"} %" PRIu64 "\n", program, status_name((enum status)i),
		    atomic_load(&metrics->requests[i]));
}

static void
print_events(FILE *out, struct metrics *metrics)
{
	fputs("# HELP wecom_callback_events_total Events acknowledged, by what made them durable.\n"
	      "# TYPE wecom_callback_events_total counter\n",
	    out);
	fprintf(out, "wecom_callback_events_total{acknowledged_by=\"database\"} %" PRIu64 "\n",
	    atomic_load(&metrics->events_database));
	fprintf(out, "wecom_callback_events_total{acknowledged_by=\"spool\"} %" PRIu64 "\n",
	    atomic_load(&metrics->events_spool));
}

static void
print_durations(FILE *out, struct metrics *metrics, const char *program)
{
	uint64_t n = 0;

	fprintf(out, "# HELP wecom_%s_duration_seconds From a request's arrival to its answer.\n"
	    "# TYPE wecom_%s_duration_seconds histogram\n", program, program);
	for (int i = 0; i < METRICS_BUCKETS_N - 1; i++) {
		n += atomic_load(&metrics->duration_buckets[i]);
		fprintf(out, "wecom_%s_duration_seconds_bucket{le=\"%g\"} %" PRIu64 "\n", program,
		    (double)bucket_bounds_us[i] / 1e6, n);
	}
	n += atomic_load(&metrics->duration_buckets[METRICS_BUCKETS_N - 1]);
	fprintf(out, "wecom_%s_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", program, n);
	fprintf(out, "wecom_%s_duration_seconds_sum %.6f\n", program, (double)atomic_load(&metrics->duration_sum_us) / 1e6);
	fprintf(out, "wecom_%s_duration_seconds_count %" PRIu64 "\n", program, n);
}

static void
print_spool(FILE *out, const struct metrics_spool *spool)
{
	if (spool == NULL)
		return;
	print_one(out, "wecom_callback_spool_bytes", "gauge", "Bytes waiting in the local spool.", (uint64_t)spool->bytes);
	print_one(out, "wecom_callback_spool_age_seconds", "gauge", "Age of the oldest segment of the spool.",
	    (uint64_t)(spool->age_ms / 1000));
	print_one(out, "wecom_callback_spool_damaged_files", "gauge", "Damaged segments kept for a person to look at.",
	    (uint64_t)spool->damaged_n);
}

static void
print_all(FILE *out, struct metrics *m, const struct metrics_spool *spool)
{
	print_requests(out, m, "callback");
	print_events(out, m);
	print_one(out, "wecom_callback_repeats_total", "counter", "Deliveries of events already stored.",
	    atomic_load(&m->repeats));
	print_one(out, "wecom_callback_commits_total", "counter", "Confirmed commits.", atomic_load(&m->commits));
	print_one(out, "wecom_callback_commits_doubtful_total", "counter", "Commits that were never confirmed.",
	    atomic_load(&m->commits_doubtful));
	print_one(out, "wecom_callback_database_failures_total", "counter", "Database connections lost or refused.",
	    atomic_load(&m->database_failures));
	print_one(out, "wecom_callback_connections_total", "counter", "Connections accepted from the web server.",
	    atomic_load(&m->connections));
	print_one(out, "wecom_callback_worker_restarts_total", "counter", "Workers replaced after they died.",
	    atomic_load(&m->worker_restarts));
	print_one(out, "wecom_callback_worker_kills_total", "counter", "Frozen workers ended by the parent.",
	    atomic_load(&m->worker_kills));
	print_one(out, "wecom_callback_spool_drained_total", "counter", "Spooled events stored later.",
	    atomic_load(&m->drained));
	print_one(out, "wecom_callback_spool_refused_total", "counter", "Events the spool could not take.",
	    atomic_load(&m->spool_refused));
	print_spool(out, spool);
	print_one(out, "wecom_callback_start_time_seconds", "gauge", "When the pool started, since the epoch.",
	    (uint64_t)(m->started_us / 1000000));
	print_durations(out, m, "callback");
}

static void
print_web(FILE *out, struct metrics *m)
{
	print_requests(out, m, "web");
	print_one(out, "wecom_web_connections_total", "counter", "Connections accepted from the web server.",
	    atomic_load(&m->connections));
	print_one(out, "wecom_web_worker_restarts_total", "counter", "Workers replaced after they died.",
	    atomic_load(&m->worker_restarts));
	print_one(out, "wecom_web_worker_kills_total", "counter", "Frozen workers ended by the parent.",
	    atomic_load(&m->worker_kills));
	print_one(out, "wecom_web_start_time_seconds", "gauge", "When the pool started, since the epoch.",
	    (uint64_t)(m->started_us / 1000000));
	print_durations(out, m, "web");
}

/* The counters of a running pool, or of one that ran last; ended by shared_free. */
static enum status
metrics_open(const char *path, struct metrics **ret_metrics, struct detail *why)
{
	struct metrics *metrics;
	void *memory = NULL;
	struct stat info;
	int fd;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		detail_set(why, "%s: %s", path, strerror(errno));
		return ST_NOT_FOUND;
	}
	if (fstat(fd, &info) != 0 || info.st_size != (off_t)sizeof(*metrics) ||
	    shared_map(fd, sizeof(*metrics), &memory) != ST_OK)
		memory = NULL;
	close(fd);
	metrics = memory;
	if (metrics == NULL || metrics->magic != METRICS_MAGIC || metrics->size_bytes != sizeof(*metrics)) {
		detail_set(why, "%s: made by another version of the pool", path);
		shared_free(metrics, sizeof(*metrics));
		return ST_BAD_INPUT;
	}
	*ret_metrics = metrics;
	return ST_OK;
}

enum status
metrics_print(const char *path, const struct metrics_spool *spool, FILE *out, struct detail *why)
{
	struct metrics *metrics;
	enum status st = metrics_open(path, &metrics, why);

	if (st != ST_OK)
		return st;
	print_all(out, metrics, spool);
	shared_free(metrics, sizeof(*metrics));
	return ST_OK;
}

enum status
metrics_print_web(const char *path, FILE *out, struct detail *why)
{
	struct metrics *metrics;
	enum status st = metrics_open(path, &metrics, why);

	if (st != ST_OK)
		return st;
	print_web(out, metrics);
	shared_free(metrics, sizeof(*metrics));
	return ST_OK;
}
