/* Request memory: zeroed, aligned, capped, cleared, kept or given back as promised; a failing system is survived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool memory_is_out;
static size_t chunks_n;

void *
__wrap_calloc(size_t n, size_t size)
{
	if (memory_is_out)
		return NULL;
	chunks_n++;
	return __real_calloc(n, size);
}

static int
setup(void **state)
{
	static struct arena mem;

	memory_is_out = false;
	arena_init(&mem, 1 << 20);
	chunks_n = 0;
	*state = &mem;
	return 0;
}

static int
teardown(void **state)
{
	arena_done(*state);
	return 0;
}

static bool
is_zero(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

static void
test_nothing_is_taken_before_the_first_piece(void **state)
{
	struct arena *mem = *state;

	assert_null(mem->first);
	arena_reset(mem);
	assert_int_equal(chunks_n, 0);
	assert_non_null(arena_alloc(mem, 1));
	assert_int_equal(chunks_n, 1);
}

static void
test_pieces_are_aligned_zeroed_and_apart(void **state)
{
	struct arena *mem = *state;
	char *last = NULL;

	for (size_t n = 0; n < 400; n++) {
		char *at = arena_alloc(mem, n);

		assert_non_null(at);
		assert_int_equal((uintptr_t)at % 16, 0);
		assert_true(is_zero(at, n));
		assert_ptr_not_equal(at, last);
		memset(at, 0xff, n);
		last = at;
	}
}

static void
test_memory_is_zero_again_after_a_reset(void **state)
{
	struct arena *mem = *state;
	char *before = arena_alloc(mem, 9000), *after;

	memset(before, 's', 9000);
	arena_reset(mem);
	after = arena_alloc(mem, 9000);
	assert_ptr_equal(before, after);
	assert_true(is_zero(after, 9000));
	assert_int_equal(chunks_n, 1);
}

static void
test_a_small_first_chunk_is_kept_and_all_others_go(void **state)
{
	struct arena *mem = *state;
	struct arena_chunk *first;

	arena_alloc(mem, 100);
	first = mem->first;
	arena_alloc(mem, 30000);
	arena_alloc(mem, 100000);
	assert_int_equal(chunks_n, 3);
	assert_ptr_not_equal(mem->newest, first);
	arena_reset(mem);
	assert_ptr_equal(mem->newest, first);
	assert_ptr_equal(mem->first, first);
	assert_int_equal(mem->used_bytes, 0);
}

static void
test_a_large_first_chunk_is_not_kept(void **state)
{
	struct arena *mem = *state;

	assert_non_null(arena_alloc(mem, 65 * 1024));
	arena_reset(mem);
	assert_null(mem->first);
	assert_null(mem->newest);
	assert_non_null(arena_alloc(mem, 1));
}

static void
test_the_cap_holds_to_the_byte_and_after_it_small_pieces_fit(void **state)
{
	struct arena *mem = *state;

	assert_null(arena_alloc(mem, (1 << 20) + 1));
	assert_non_null(arena_alloc(mem, (1 << 20) - 16));
	assert_null(arena_alloc(mem, 17));
	assert_non_null(arena_alloc(mem, 16));
	assert_null(arena_alloc(mem, 0));
	arena_reset(mem);
	assert_non_null(arena_alloc(mem, 1 << 20));
}

static void
test_sizes_that_would_wrap_are_refused(void **state)
{
	struct arena mem;
	struct span huge = {"x", SIZE_MAX};

	(void)state;
	arena_init(&mem, SIZE_MAX);
	assert_null(arena_alloc(&mem, SIZE_MAX));
	assert_null(arena_alloc(&mem, SIZE_MAX - 15));
	assert_null(arena_alloc(&mem, SIZE_MAX / 2 + 1));
	assert_null(arena_copy(&mem, huge).at);
	arena_done(&mem);
}

static void
test_the_system_out_of_memory_is_null_and_later_pieces_work(void **state)
{
	struct arena *mem = *state;

	memory_is_out = true;
	assert_null(arena_alloc(mem, 1));
	assert_null(arena_copy(mem, SPAN("abc")).at);
	assert_null(arena_printf(mem, "%d", 1).at);
	assert_int_equal(mem->used_bytes, 0);
	memory_is_out = false;
	assert_non_null(arena_alloc(mem, 1));
}

static void
test_copy_and_printf_end_with_a_nul(void **state)
{
	struct arena *mem = *state;
	struct span s = arena_copy(mem, (struct span){"abcdef", 3});

	assert_int_equal(s.n, 3);
	assert_string_equal(s.at, "abc");
	s = arena_copy(mem, (struct span){NULL, 0});
	assert_non_null(s.at);
	assert_string_equal(s.at, "");
	s = arena_printf(mem, "%s-%05d", "x", 42);
	assert_int_equal(s.n, 7);
	assert_string_equal(s.at, "x-00042");
	s = arena_printf(mem, "%070000d", 1);
	assert_int_equal(s.n, 70000);
}

static void
test_done_is_safe_on_a_zeroed_struct_and_twice(void **state)
{
	struct arena mem = {0};

	(void)state;
	arena_done(&mem);
	arena_init(&mem, 100);
	assert_non_null(arena_alloc(&mem, 50));
	arena_done(&mem);
	arena_done(&mem);
	assert_null(mem.newest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_is_taken_before_the_first_piece, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces_are_aligned_zeroed_and_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_is_zero_again_after_a_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_small_first_chunk_is_kept_and_all_others_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_large_first_chunk_is_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_cap_holds_to_the_byte_and_after_it_small_pieces_fit, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_sizes_that_would_wrap_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_system_out_of_memory_is_null_and_later_pieces_work, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_copy_and_printf_end_with_a_nul, setup, teardown),
		cmocka_unit_test(test_done_is_safe_on_a_zeroed_struct_and_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
