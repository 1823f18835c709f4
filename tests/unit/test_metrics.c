/* The counters: where they are kept, who may read them, and that what is printed is Prometheus text. */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "metrics.h"
#include "shared.h"

static char folder[] = "/tmp/test_metrics.XXXXXX";
static char path[64];

static struct metrics *
create(void)
{
	struct detail why = {""};
	struct metrics *metrics = metrics_create(path, &why);

	assert_non_null(metrics);
	assert_string_equal(why.text, "");
	return metrics;
}

/* What metrics_print says; the caller frees it. */
static char *
print(const struct metrics_spool *spool)
{
	struct detail why = {""};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(metrics_print(path, spool, out, &why), ST_OK);
	fclose(out);
	return text;
}

/* The number behind `series ` at the start of a line; -1 when there is no such line. */
static double
value_of(const char *text, const char *series)
{
	const char *line = text;
	size_t n = strlen(series);

	while (line != NULL) {
		line += *line == '\n';
		if (strncmp(line, series, n) == 0 && line[n] == ' ')
			return strtod(line + n, NULL);
		line = strchr(line, '\n');
	}
	return -1;
}

/* The counters of one request of so long, as histogram lines "le value". */
static void
expect_bucket(int64_t duration_us, const char *le_below, const char *le_within)
{
	struct metrics *metrics = create();
	char series[128];
	char *text;

	metrics_request(metrics, ST_OK, duration_us);
	text = print(NULL);
	if (le_below != NULL) {
		snprintf(series, sizeof(series), "wecom_callback_duration_seconds_bucket{le=\"%s\"}", le_below);
		assert_int_equal((int)value_of(text, series), 0);
	}
	snprintf(series, sizeof(series), "wecom_callback_duration_seconds_bucket{le=\"%s\"}", le_within);
	assert_int_equal((int)value_of(text, series), 1);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_bucket{le=\"+Inf\"}"), 1);
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

static void
test_a_duration_falls_into_the_first_bucket_that_holds_it(void **state)
{
	(void)state;
	expect_bucket(0, NULL, "0.0005");
	expect_bucket(500, NULL, "0.0005");
	expect_bucket(501, "0.0005", "0.001");
	expect_bucket(10000, "0.005", "0.01");
	expect_bucket(10001, "0.01", "0.02");
	expect_bucket(2500000, "1", "2.5");
	expect_bucket(2500001, "2.5", "+Inf");
	expect_bucket(INT64_C(3600000000), "2.5", "+Inf");
}

static void
test_buckets_are_cumulative_and_end_in_the_count(void **state)
{
	struct metrics *metrics = create();
	char *text;

	(void)state;
	metrics_request(metrics, ST_OK, 400);
	metrics_request(metrics, ST_DENIED, 900);
	metrics_request(metrics, ST_DENIED, 3000000);
	text = print(NULL);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_bucket{le=\"0.0005\"}"), 1);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_bucket{le=\"0.001\"}"), 2);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_bucket{le=\"2.5\"}"), 2);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_bucket{le=\"+Inf\"}"), 3);
	assert_int_equal((int)value_of(text, "wecom_callback_duration_seconds_count"), 3);
	assert_true(strstr(text, "\nwecom_callback_duration_seconds_sum 3.001300\n") != NULL);
	assert_int_equal((int)value_of(text, "wecom_callback_requests_total{outcome=\"ok\"}"), 1);
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

static void
test_each_outcome_is_counted_under_its_own_name(void **state)
{
	struct metrics *metrics = create();
	char *text;

	(void)state;
	for (int i = 0; i < ST_N; i++)
		for (int n = 0; n <= i; n++)
			metrics_request(metrics, (enum status)i, 1);
	text = print(NULL);
	for (int i = 0; i < ST_N; i++) {
		char series[128];

		snprintf(series, sizeof(series), "wecom_callback_requests_total{outcome=\"%s\"}", status_name((enum status)i));
		assert_int_equal((int)value_of(text, series), i + 1);
	}
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

static void
test_every_counter_appears_under_its_own_name(void **state)
{
	struct metrics *metrics = create();
	const struct metrics_spool spool = {4711, 65999, 3};
	_Atomic uint64_t *const counters[] = {&metrics->events_database, &metrics->events_spool, &metrics->repeats,
	    &metrics->commits, &metrics->commits_doubtful, &metrics->database_failures, &metrics->drained,
	    &metrics->spool_refused, &metrics->worker_restarts, &metrics->worker_kills, &metrics->connections};
	static const char *const series[] = {"wecom_callback_events_total{acknowledged_by=\"database\"}",
	    "wecom_callback_events_total{acknowledged_by=\"spool\"}", "wecom_callback_repeats_total",
	    "wecom_callback_commits_total", "wecom_callback_commits_doubtful_total",
	    "wecom_callback_database_failures_total", "wecom_callback_spool_drained_total",
	    "wecom_callback_spool_refused_total", "wecom_callback_worker_restarts_total",
	    "wecom_callback_worker_kills_total", "wecom_callback_connections_total"};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		atomic_store(counters[i], 100 + i);
	text = print(&spool);
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		assert_int_equal((int)value_of(text, series[i]), 100 + (int)i);
	assert_int_equal((int)value_of(text, "wecom_callback_spool_bytes"), 4711);
	assert_int_equal((int)value_of(text, "wecom_callback_spool_age_seconds"), 65);
	assert_int_equal((int)value_of(text, "wecom_callback_spool_damaged_files"), 3);
	assert_true(value_of(text, "wecom_callback_start_time_seconds") > 1.6e9);
	free(text);
	text = print(NULL);
	assert_null(strstr(text, "wecom_callback_spool_bytes"));
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

/* The name that a line is about. */
static size_t
name_length(const char *line)
{
	size_t n = 0;

	while (isalnum((unsigned char)line[n]) || line[n] == '_')
		n++;
	return n;
}

/* `name{label="value"} number`; the family's name starts it. */
static void
check_sample(const char *line, const char *family)
{
	size_t n = name_length(line);
	char *rest;

	assert_true(strncmp(line, family, strlen(family)) == 0);
	if (line[n] == '{') {
		const char *quote = strchr(line, '"');

		assert_non_null(quote);
		assert_int_equal(quote[-1], '=');
		assert_true(name_length(line + n + 1) > 0);
		quote = strchr(quote + 1, '"');
		assert_non_null(quote);
		assert_int_equal(quote[1], '}');
		n = (size_t)(quote + 2 - line);
	}
	assert_int_equal(line[n], ' ');
	assert_true(isdigit((unsigned char)line[n + 1]));
	(void)strtod(line + n + 1, &rest);
	assert_int_equal(*rest, '\0');
}

static void
test_the_output_is_prometheus_text(void **state)
{
	struct metrics *metrics = create();
	const struct metrics_spool spool = {1, 2, 3};
	char *text = print(&spool);
	char family[128] = "";
	char *rest = text;
	int samples_n = 0;
	char *line;

	(void)state;
	assert_int_equal(text[strlen(text) - 1], '\n');
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		if (strncmp(line, "# HELP ", 7) == 0) {
			snprintf(family, sizeof(family), "%.*s", (int)name_length(line + 7), line + 7);
			assert_int_equal(line[7 + strlen(family)], ' ');
			assert_int_equal(line[strlen(line) - 1], '.');
			/* the type follows its help, and a family comes once */
			assert_true(strncmp(rest, "# TYPE ", 7) == 0);
			assert_true(strncmp(rest + 7, family, strlen(family)) == 0 && rest[7 + strlen(family)] == ' ');
			assert_null(strstr(rest, line));
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			const char *type = line + 7 + strlen(family) + 1;

			assert_true(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 || strcmp(type, "histogram") == 0);
			if (strcmp(type, "counter") == 0)
				assert_string_equal(family + strlen(family) - 6, "_total");
		} else {
			check_sample(line, family);
			samples_n++;
		}
	}
	assert_true(samples_n >= ST_N + METRICS_BUCKETS_N);
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

static void
test_a_child_counts_into_its_parents_file(void **state)
{
	struct metrics *metrics = create();
	pid_t child = fork();
	int wait_status;
	char *text;

	(void)state;
	if (child == 0) {
		metrics_request(metrics, ST_OK, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &wait_status, 0), child);
	text = print(NULL);
	assert_int_equal((int)value_of(text, "wecom_callback_requests_total{outcome=\"ok\"}"), 1);
	free(text);
	shared_free(metrics, sizeof(*metrics));
}

static void
test_a_new_pool_starts_at_zero_and_leaves_an_old_mapping_alone(void **state)
{
	struct metrics *old = create();
	struct metrics *fresh;
	struct stat info;
	char *text;

	(void)state;
	metrics_request(old, ST_OK, 1);
	fresh = create();
	text = print(NULL);
	assert_int_equal((int)value_of(text, "wecom_callback_requests_total{outcome=\"ok\"}"), 0);
	assert_int_equal(atomic_load(&old->requests[ST_OK]), 1);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07007, 0);
	free(text);
	shared_free(old, sizeof(*old));
	shared_free(fresh, sizeof(*fresh));
}

static void
test_an_unwritable_path_still_counts_and_says_why(void **state)
{
	struct detail why = {""};
	struct metrics *metrics = metrics_create("/proc/no/such/folder/metrics", &why);

	(void)state;
	assert_non_null(metrics);
	assert_non_null(strstr(why.text, "/proc/no/such/folder/metrics"));
	metrics_request(metrics, ST_BUSY, 7);
	assert_int_equal(atomic_load(&metrics->requests[ST_BUSY]), 1);
	assert_int_equal(atomic_load(&metrics->duration_sum_us), 7);
	shared_free(metrics, sizeof(*metrics));
}

static void
expect_refusal(enum status expected, const char *file)
{
	struct detail why = {""};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(metrics_print(file, NULL, out, &why), expected);
	fclose(out);
	assert_int_equal(n, 0);
	assert_non_null(strstr(why.text, file));
	free(text);
}

static void
test_a_file_of_another_version_is_refused(void **state)
{
	struct metrics *metrics = create();

	(void)state;
	metrics->size_bytes++;
	expect_refusal(ST_BAD_INPUT, path);
	metrics->size_bytes--;
	metrics->magic ^= 1;
	expect_refusal(ST_BAD_INPUT, path);
	metrics->magic ^= 1;
	assert_int_equal(truncate(path, sizeof(*metrics) + 1), 0);
	expect_refusal(ST_BAD_INPUT, path);
	assert_int_equal(truncate(path, sizeof(*metrics)), 0);
	free(print(NULL));
	shared_free(metrics, sizeof(*metrics));
	assert_int_equal(truncate(path, 0), 0);
	expect_refusal(ST_BAD_INPUT, path);
}

static void
test_a_missing_file_is_not_found(void **state)
{
	(void)state;
	(void)unlink(path);
	expect_refusal(ST_NOT_FOUND, path);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/metrics", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_duration_falls_into_the_first_bucket_that_holds_it),
	    cmocka_unit_test(test_buckets_are_cumulative_and_end_in_the_count),
	    cmocka_unit_test(test_each_outcome_is_counted_under_its_own_name),
	    cmocka_unit_test(test_every_counter_appears_under_its_own_name),
	    cmocka_unit_test(test_the_output_is_prometheus_text),
	    cmocka_unit_test(test_a_child_counts_into_its_parents_file),
	    cmocka_unit_test(test_a_new_pool_starts_at_zero_and_leaves_an_old_mapping_alone),
	    cmocka_unit_test(test_an_unwritable_path_still_counts_and_says_why),
	    cmocka_unit_test(test_a_file_of_another_version_is_refused),
	    cmocka_unit_test(test_a_missing_file_is_not_found),
	};

	return cmocka_run_group_tests_name("metrics", tests, make_folder, remove_folder);
}
