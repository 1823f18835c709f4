/*
 * The spool as its users see it: what goes in comes out, in order, once; the bound; locks; what lies on the disk.
 * Damage is in test_spool_damage.c, death in tests/fault/spool_crash.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "spool_kit.h"

#define MAX_BYTES (1LL << 30)

static char folder[KIT_PATH_BYTES];

static int
make_folder(void **state)
{
	(void)state;
	kit_folder_make(folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	kit_folder_remove(folder);
	return 0;
}

static struct spool_writer *
new_writer(int64_t max_bytes)
{
	struct spool_writer *writer = spool_writer_new(folder, &kit_key, max_bytes);

	assert_non_null(writer);
	return writer;
}

/* Exactly first … first + n - 1, each once, in order. */
static void
assert_drained(const struct kit_drained *drained, int first, int n)
{
	assert_int_equal(drained->wrong_n, 0);
	assert_int_equal(drained->n, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(drained->numbers[i], first + i);
}

static void
test_records_come_out_as_they_went_in(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct kit_drained *drained;

	(void)state;
	assert_int_equal(kit_files(folder, "", NULL, NULL), 0);
	assert_int_equal(kit_append(writer, 0, 1), ST_OK);
	assert_int_equal(kit_append(writer, 1, 200), ST_OK);
	assert_int_equal(spool_append(writer, NULL, 0, NULL), ST_OK);
	assert_int_equal(kit_append(writer, 201, 3), ST_OK);
	spool_writer_free(writer);
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, 204);
	assert_string_equal(drained->told, "");
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	assert_int_equal(kit_files(folder, ".damaged", NULL, NULL), 0);
	free(drained);
}

static void
test_empty_and_binary_content_is_kept(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct spool_record in[2] = {{-5, {NULL, 0}, {NULL, 0}}, {INT64_MAX, SPAN("a\0b"), SPAN("\0\377\n")}};
	struct spool_record *out;
	struct spool_drain *drain;
	struct arena mem;
	size_t n;

	(void)state;
	assert_int_equal(spool_append(writer, in, 2, NULL), ST_OK);
	spool_writer_free(writer);
	arena_init(&mem, 1 << 20);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	assert_int_equal(spool_drain_next(drain, 10, &mem, &out, &n, NULL), ST_OK);
	assert_int_equal(n, 2);
	assert_true(out[0].received_us == -5 && out[1].received_us == INT64_MAX);
	assert_int_equal(out[0].corp.n + out[0].item.n, 0);
	assert_true(span_equal(out[1].corp, in[1].corp) && span_equal(out[1].item, in[1].item));
	spool_drain_close(drain);
	arena_done(&mem);
}

static void
test_writers_are_merged_by_time_of_arrival(void **state)
{
	struct spool_writer *writers[5];
	struct kit_drained *drained;

	(void)state;
	for (int i = 0; i < 5; i++)
		writers[i] = new_writer(MAX_BYTES);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(kit_append(writers[i * 7919 % 5], i, 1), ST_OK);
	for (int i = 0; i < 5; i++)
		spool_writer_free(writers[i]);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 5);
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, 1000);
	free(drained);
}

static void
test_segment_still_being_written_is_drained_and_stays(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct kit_drained *drained = calloc(1, sizeof(*drained));
	struct spool_drain *drain = NULL;

	(void)state;
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(kit_append(writer, 3 * i, 3), ST_OK);
		assert_int_equal(kit_drain(drain, 2, drained), ST_OK);
		assert_drained(drained, 0, 3 * (i + 1));
		assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 1);
	}
	spool_writer_tick(writer, 100000);
	assert_int_equal(kit_drain(drain, 2, drained), ST_OK);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 1);
	spool_writer_tick(writer, 0);
	assert_int_equal(kit_drain(drain, 2, drained), ST_OK);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	assert_int_equal(kit_append(writer, 150, 1), ST_OK);
	assert_int_equal(kit_drain(drain, 2, drained), ST_OK);
	assert_drained(drained, 0, 151);
	spool_writer_free(writer);
	spool_drain_close(drain);
	free(drained);
}

static void
test_what_is_not_done_comes_again(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct spool_drain *drain;
	struct spool_record *records;
	struct arena mem;
	size_t n;

	(void)state;
	assert_int_equal(kit_append(writer, 0, 10), ST_OK);
	spool_writer_free(writer);
	arena_init(&mem, 1 << 20);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	for (size_t most = 10; most > 0; most--) {
		assert_int_equal(spool_drain_next(drain, most, &mem, &records, &n, NULL), ST_OK);
		assert_int_equal(n, most);
		assert_int_equal(kit_number(&records[0]), 0);
		assert_int_equal(kit_number(&records[n - 1]), (int)most - 1);
	}
	assert_int_equal(spool_drain_done(drain, NULL), ST_OK);
	assert_int_equal(spool_drain_done(drain, NULL), ST_OK);
	assert_int_equal(spool_drain_next(drain, 10, &mem, &records, &n, NULL), ST_OK);
	assert_int_equal(n, 9);
	assert_int_equal(kit_number(&records[0]), 1);
	spool_drain_close(drain);
	/* a drainer that dies remembers nothing: all come again */
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	assert_int_equal(spool_drain_next(drain, 100, &mem, &records, &n, NULL), ST_OK);
	assert_int_equal(n, 10);
	assert_int_equal(spool_drain_done(drain, NULL), ST_OK);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	spool_drain_close(drain);
	arena_done(&mem);
}

static void
test_second_drainer_is_told_busy(void **state)
{
	struct spool_drain *first, *second = NULL;
	struct detail why = {""};

	(void)state;
	assert_int_equal(spool_drain_open(folder, &kit_key, &first, &why), ST_OK);
	assert_int_equal(spool_drain_open(folder, &kit_key, &second, &why), ST_BUSY);
	assert_null(second);
	spool_drain_close(first);
	assert_int_equal(spool_drain_open(folder, &kit_key, &second, &why), ST_OK);
	spool_drain_close(second);
	assert_int_equal(spool_drain_open("/nonexistent/spool", &kit_key, &second, &why), ST_SYSTEM);
	spool_drain_close(NULL);
}

static void
test_big_records_rotate_and_are_drained_in_bounded_bites(void **state)
{
	struct spool_writer *writer = new_writer(64LL << 20);
	char *big = malloc(SPOOL_ITEM_MAX_BYTES + 1);
	struct spool_record record = {0, SPAN("c"), {big, SPOOL_ITEM_MAX_BYTES + 1}};
	struct spool_drain *drain;
	struct spool_record *records;
	struct arena mem;
	size_t n;

	(void)state;
	memset(big, 'x', SPOOL_ITEM_MAX_BYTES + 1);
	assert_int_equal(spool_append(writer, &record, 1, NULL), ST_TOO_LARGE);
	assert_int_equal(kit_files(folder, "", NULL, NULL), 0);
	record.item.n = SPOOL_ITEM_MAX_BYTES;
	assert_int_equal(spool_append(writer, &record, 1, NULL), ST_OK);
	record.item.n = 3 * 1024 * 1024;
	for (int i = 0; i < 3; i++) {
		record.received_us++;
		assert_int_equal(spool_append(writer, &record, 1, NULL), ST_OK);
	}
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 4);
	spool_writer_free(writer);
	arena_init(&mem, (size_t)40 << 20);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(spool_drain_next(drain, 10, &mem, &records, &n, NULL), ST_OK);
		assert_int_equal(n, 1);
		assert_int_equal(records[0].item.n, i == 0 ? SPOOL_ITEM_MAX_BYTES : 3 * 1024 * 1024);
		assert_memory_equal(records[0].item.at, big, records[0].item.n);
		assert_int_equal(spool_drain_done(drain, NULL), ST_OK);
		arena_reset(&mem);
	}
	spool_drain_close(drain);
	arena_done(&mem);
	free(big);
}

static void
test_small_arena_gets_what_fits(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	char *big = calloc(1, 100000);
	struct spool_record record = {0, SPAN("c"), {big, 100000}};
	struct spool_record *records;
	struct spool_drain *drain;
	struct arena mem;
	size_t n;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(spool_append(writer, &record, 1, NULL), ST_OK);
	spool_writer_free(writer);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	arena_init(&mem, 50000);
	assert_int_equal(spool_drain_next(drain, 5, &mem, &records, &n, NULL), ST_NOMEM);
	arena_done(&mem);
	arena_init(&mem, 250000);
	assert_int_equal(spool_drain_next(drain, 5, &mem, &records, &n, NULL), ST_OK);
	assert_int_equal(n, 2);
	arena_done(&mem);
	spool_drain_close(drain);
	free(big);
}

static void
test_more_segments_than_are_looked_at_all_come(void **state)
{
	struct kit_drained *drained;

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct spool_writer *writer = new_writer(MAX_BYTES);

		assert_int_equal(kit_append(writer, i, 1), ST_OK);
		spool_writer_free(writer);
	}
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, 600);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	free(drained);
}

static void
test_bound_is_exact_and_frees_with_the_drain(void **state)
{
	struct spool_writer *writer;
	struct kit_drained *drained;
	long long one_bytes, bytes;
	int n = 0;

	(void)state;
	writer = new_writer(MAX_BYTES);
	assert_int_equal(kit_append(writer, 0, 1), ST_OK);
	kit_files(folder, ".segment", NULL, &one_bytes);
	spool_writer_free(writer);
	kit_folder_empty(folder);
	/* record 0 fits to the byte, and not in a byte less */
	writer = new_writer(one_bytes - 1);
	assert_int_equal(kit_append(writer, 0, 1), ST_BUSY);
	assert_int_equal(kit_files(folder, "", NULL, NULL), 0);
	spool_writer_free(writer);
	writer = new_writer(one_bytes);
	assert_int_equal(kit_append(writer, 0, 1), ST_OK);
	assert_int_equal(kit_append(writer, 1, 1), ST_BUSY);
	spool_writer_free(writer);
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, 1);
	free(drained);
	writer = new_writer(20000);
	while (n < 1000 && kit_append(writer, n, 1) == ST_OK)
		n++;
	kit_files(folder, "", NULL, &bytes);
	assert_true(n > 50 && n < 200 && bytes <= 20000 && bytes > 20000 - 300);
	spool_writer_tick(writer, 0);
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, n);
	free(drained);
	assert_int_equal(kit_append(writer, n, 1), ST_OK);
	spool_writer_free(writer);
	writer = new_writer(0);
	assert_int_equal(kit_append(writer, 0, 1), ST_BUSY);
	spool_writer_free(writer);
}

static bool is_slow;

ssize_t __real_pwritev(int fd, const struct iovec *iov, int n, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int n, off_t offset);

/* Widens the gap between the look at the bound and the write, for racers to fall into. */
ssize_t
__wrap_pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	struct timespec pause = {.tv_nsec = 200 * 1000};

	if (is_slow)
		nanosleep(&pause, NULL);
	return __real_pwritev(fd, iov, n, offset);
}

/* A process that appends until it is full, and tells by a pipe what was acknowledged. */
static pid_t
start_racer(int racer, int64_t max_bytes, int out)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct spool_writer *writer = spool_writer_new(folder, &kit_key, max_bytes);
		int full_n = 0;

		is_slow = true;
		for (int i = 0; i < 20000 && full_n < 20; i++) {
			int number = racer * 20000 + i;

			if (kit_append(writer, number, 1) != ST_OK)
				full_n++;
			else if (write(out, &number, sizeof(number)) != sizeof(number))
				_exit(1);
		}
		spool_writer_free(writer);
		_exit(full_n == 20 ? 0 : 1);
	}
	return pid;
}

static void
test_bound_holds_among_racing_processes(void **state)
{
	enum { RACERS = 4 };
	const int64_t max_bytes = 60000;
	struct kit_drained *drained;
	pid_t pids[RACERS];
	int ledger[2], number, acknowledged_n = 0, running_n = RACERS;
	long long bytes, most_bytes = 0;

	(void)state;
	assert_int_equal(pipe2(ledger, 0), 0);
	fcntl(ledger[0], F_SETPIPE_SZ, 1 << 20);
	for (int i = 0; i < RACERS; i++)
		pids[i] = start_racer(i, max_bytes, ledger[1]);
	close(ledger[1]);
	while (running_n > 0) {
		int result;

		kit_files(folder, "", NULL, &bytes);
		most_bytes = bytes > most_bytes ? bytes : most_bytes;
		if (waitpid(pids[running_n - 1], &result, WNOHANG) == pids[running_n - 1]) {
			assert_int_equal(result, 0);
			running_n--;
		}
	}
	assert_true(most_bytes <= max_bytes && most_bytes > max_bytes - 300);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), RACERS);
	drained = kit_drain_folder(folder, &kit_key);
	assert_int_equal(drained->wrong_n, 0);
	while (read(ledger[0], &number, sizeof(number)) == sizeof(number)) {
		acknowledged_n++;
		assert_int_equal(drained->times[number], 1);
	}
	assert_int_equal(drained->n, acknowledged_n);
	for (int i = 1; i < drained->n; i++)
		assert_true(drained->numbers[i - 1] < drained->numbers[i]);
	close(ledger[0]);
	free(drained);
}

static void
test_files_are_private_and_unreadable(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	char name[256], path[KIT_PATH_BYTES];
	struct spool_drain *drain;
	unsigned char *bytes;
	struct stat about;
	mode_t mask = umask(0);
	size_t n;

	(void)state;
	assert_int_equal(kit_append(writer, 0, 100), ST_OK);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	umask(mask);
	assert_int_equal(kit_files(folder, ".segment", name, NULL), 1);
	kit_path(folder, name, path);
	bytes = kit_file_read(path, &n);
	assert_true(n > 10000);
	assert_null(memmem(bytes, n, KIT_CORP_MARK, strlen(KIT_CORP_MARK)));
	assert_null(memmem(bytes, n, KIT_ITEM_MARK, strlen(KIT_ITEM_MARK)));
	assert_null(memmem(bytes, n, "0000", 4));
	free(bytes);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	kit_path(folder, "drain.lock", path);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	spool_writer_free(writer);
	spool_drain_close(drain);
}

static void
test_usage_tells_bytes_age_and_damage(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	char name[256], from[KIT_PATH_BYTES], to[KIT_PATH_BYTES];
	long long real_bytes;
	int64_t bytes = -1, age_ms = -1, files_n = -1;

	(void)state;
	assert_int_equal(spool_usage(folder, &bytes, &age_ms), ST_OK);
	assert_true(bytes == 0 && age_ms == 0);
	assert_int_equal(kit_append(writer, 0, 10), ST_OK);
	nanosleep(&pause, NULL);
	assert_int_equal(spool_usage(folder, &bytes, &age_ms), ST_OK);
	kit_files(folder, ".segment", name, &real_bytes);
	assert_true(bytes == real_bytes && age_ms >= 20 && age_ms < 60000);
	kit_path(folder, name, from);
	kit_path(folder, "x.damaged", to);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(spool_usage(folder, &bytes, &age_ms), ST_OK);
	assert_true(bytes == 0 && age_ms == 0);
	assert_int_equal(spool_damage(folder, &files_n, &bytes), ST_OK);
	assert_true(files_n == 1 && bytes == real_bytes);
	spool_writer_free(writer);
	/* kept files count within the bound */
	writer = new_writer(2 * real_bytes - 1);
	assert_int_equal(kit_append(writer, 0, 10), ST_BUSY);
	spool_writer_free(writer);
	writer = new_writer(2 * real_bytes);
	assert_int_equal(kit_append(writer, 0, 10), ST_OK);
	assert_int_equal(spool_usage("/nonexistent/spool", &bytes, &age_ms), ST_SYSTEM);
	spool_writer_free(writer);
}

static void
test_writer_does_not_write_into_a_deleted_file(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct kit_drained *drained;

	(void)state;
	assert_int_equal(kit_append(writer, 0, 1), ST_OK);
	kit_folder_empty(folder);
	assert_int_equal(kit_append(writer, 1, 1), ST_OK);
	kit_folder_remove(folder);
	assert_int_equal(kit_append(writer, 2, 1), ST_SYSTEM);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(kit_append(writer, 3, 1), ST_OK);
	spool_writer_free(writer);
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 3, 1);
	free(drained);
	spool_writer_free(NULL);
}

/* Printed, not judged: machines differ. */
static void
test_throughput_is_told(void **state)
{
	struct spool_writer *writer = new_writer(MAX_BYTES);
	struct kit_drained *drained;
	int64_t start_us = clock_monotonic_us(), middle_us;

	(void)state;
	for (int i = 0; i < 100000; i += 50)
		assert_int_equal(kit_append(writer, i, 50), ST_OK);
	spool_writer_free(writer);
	middle_us = clock_monotonic_us();
	drained = kit_drain_folder(folder, &kit_key);
	assert_drained(drained, 0, 100000);
	print_message("spool: 100000 records, 50 an append: in %lld ms, out %lld ms\n",
	    (long long)(middle_us - start_us) / 1000, (long long)(clock_monotonic_us() - middle_us) / 1000);
	free(drained);
}

#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(test_records_come_out_as_they_went_in),
		SPOOL_TEST(test_empty_and_binary_content_is_kept),
		SPOOL_TEST(test_writers_are_merged_by_time_of_arrival),
		SPOOL_TEST(test_segment_still_being_written_is_drained_and_stays),
		SPOOL_TEST(test_what_is_not_done_comes_again),
		SPOOL_TEST(test_second_drainer_is_told_busy),
		SPOOL_TEST(test_big_records_rotate_and_are_drained_in_bounded_bites),
		SPOOL_TEST(test_small_arena_gets_what_fits),
		SPOOL_TEST(test_more_segments_than_are_looked_at_all_come),
		SPOOL_TEST(test_bound_is_exact_and_frees_with_the_drain),
		SPOOL_TEST(test_bound_holds_among_racing_processes),
		SPOOL_TEST(test_files_are_private_and_unreadable),
		SPOOL_TEST(test_usage_tells_bytes_age_and_damage),
		SPOOL_TEST(test_writer_does_not_write_into_a_deleted_file),
		SPOOL_TEST(test_throughput_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
