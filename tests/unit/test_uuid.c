/* UUIDv7: form, order, the example of RFC 9562, and randomness that threads and forked children never share. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "uuid.h"

#define MANY 2000

ssize_t __real_getrandom(void *to, size_t n, unsigned int flags);
ssize_t __wrap_getrandom(void *to, size_t n, unsigned int flags);

static bool random_is_out;
static int calls_n;

ssize_t
__wrap_getrandom(void *to, size_t n, unsigned int flags)
{
	calls_n++;
	return random_is_out ? -1 : __real_getrandom(to, n, flags);
}

/* Appendix A.6 of RFC 9562: 2022-02-22T19:22:22Z is 017F22E2-79B0-7…; a whole millisecond has fraction 0. */
static void
test_time_and_version_are_those_of_the_rfc(void **state)
{
	char text[UUID_TEXT_BYTES];

	(void)state;
	assert_int_equal(uuid_v7(1645557742000000, text), ST_OK);
	assert_int_equal(strlen(text), 36);
	assert_memory_equal(text, "017f22e2-79b0-7000-", 19);
	assert_non_null(strchr("89ab", text[19]));
	assert_int_equal(text[23], '-');
	assert_int_equal(strspn(text, "0123456789abcdef-"), 36);
}

static void
test_the_fraction_of_a_millisecond_follows_the_version(void **state)
{
	char text[UUID_TEXT_BYTES];

	(void)state;
	assert_int_equal(uuid_v7(1645557742000500, text), ST_OK);
	assert_memory_equal(text, "017f22e2-79b0-7800-", 19);
	assert_int_equal(uuid_v7(1645557742000999, text), ST_OK);
	assert_memory_equal(text, "017f22e2-79b0-7ffb-", 19);
	assert_int_equal(uuid_v7(-5, text), ST_OK);
	assert_memory_equal(text, "00000000-0000-7000-", 19);
}

static void
test_growing_times_sort_as_text(void **state)
{
	char before[UUID_TEXT_BYTES] = "", text[UUID_TEXT_BYTES];

	(void)state;
	for (int64_t us = 1645557742000000; us < 1645557742000000 + 2500; us++) {
		assert_int_equal(uuid_v7(us, text), ST_OK);
		assert_true(strcmp(before, text) < 0);
		memcpy(before, text, sizeof(before));
	}
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, UUID_TEXT_BYTES);
}

static void
assert_all_differ(char (*texts)[UUID_TEXT_BYTES], size_t n)
{
	qsort(texts, n, UUID_TEXT_BYTES, compare);
	for (size_t i = 1; i < n; i++)
		assert_string_not_equal(texts[i - 1], texts[i]);
}

static void *
make_many(void *to)
{
	char (*texts)[UUID_TEXT_BYTES] = to;

	for (size_t i = 0; i < MANY; i++) {
		if (uuid_v7(7, texts[i]) != ST_OK)
			return NULL;
	}
	return to;
}

static void
test_ids_of_one_time_differ_across_threads(void **state)
{
	static char texts[4 * MANY][UUID_TEXT_BYTES];
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_many, texts[i * MANY]), 0);
	for (int i = 0; i < 4; i++) {
		void *made = NULL;

		assert_int_equal(pthread_join(threads[i], &made), 0);
		assert_non_null(made);
	}
	assert_all_differ(texts, (size_t)4 * MANY);
}

static void
test_a_forked_child_does_not_repeat_its_parents_ids(void **state)
{
	char texts[3][UUID_TEXT_BYTES];
	int pipes[2], exit_code = -1;

	(void)state;
	/* with part of a block left, which the child inherits */
	assert_int_equal(uuid_v7(7, texts[0]), ST_OK);
	assert_int_equal(pipe(pipes), 0);
	for (int i = 1; i < 3; i++) {
		pid_t child = fork();

		if (child == 0) {
			bool is_good = uuid_v7(7, texts[0]) == ST_OK &&
			    write(pipes[1], texts[0], UUID_TEXT_BYTES) == UUID_TEXT_BYTES;

			_exit(is_good ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &exit_code, 0), child);
		assert_int_equal(exit_code, 0);
		assert_int_equal(read(pipes[0], texts[i], UUID_TEXT_BYTES), UUID_TEXT_BYTES);
	}
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(uuid_v7(7, texts[0]), ST_OK);
	assert_all_differ(texts, 3);
}

static void
test_random_bytes_are_fetched_in_blocks(void **state)
{
	char text[UUID_TEXT_BYTES];

	(void)state;
	calls_n = 0;
	for (int i = 0; i < 320; i++)
		assert_int_equal(uuid_v7(7, text), ST_OK);
	assert_in_range(calls_n, 9, 11);
}

static void
test_no_random_bytes_is_a_status_and_passes(void **state)
{
	char text[UUID_TEXT_BYTES] = "untouched";
	enum status st = ST_OK;

	(void)state;
	random_is_out = true;
	for (int i = 0; i < 40 && st == ST_OK; i++) {
		strcpy(text, "untouched");
		st = uuid_v7(7, text);
	}
	assert_int_equal(st, ST_SYSTEM);
	assert_string_equal(text, "untouched");
	random_is_out = false;
	assert_int_equal(uuid_v7(7, text), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_and_version_are_those_of_the_rfc),
		cmocka_unit_test(test_the_fraction_of_a_millisecond_follows_the_version),
		cmocka_unit_test(test_growing_times_sort_as_text),
		cmocka_unit_test(test_ids_of_one_time_differ_across_threads),
		cmocka_unit_test(test_a_forked_child_does_not_repeat_its_parents_ids),
		cmocka_unit_test(test_random_bytes_are_fetched_in_blocks),
		cmocka_unit_test(test_no_random_bytes_is_a_status_and_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
