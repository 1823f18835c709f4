/* Byte strings: comparison, trimming, numbers at their limits. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "span.h"

static const struct span absent = {NULL, 0};

static void
test_of_null_is_absent(void **state)
{
	(void)state;
	assert_null(span_of(NULL).at);
	assert_int_equal(span_of(NULL).n, 0);
	assert_non_null(span_of("").at);
	assert_int_equal(span_of("abc").n, 3);
	assert_int_equal(SPAN("a\0b").n, 3);
}

static void
test_equal_looks_behind_a_nul(void **state)
{
	bool (*const equal[])(struct span, struct span) = {span_equal, span_equal_constant_time};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(equal[i](SPAN("a\0b"), SPAN("a\0b")));
		assert_false(equal[i](SPAN("a\0b"), SPAN("a\0c")));
		assert_false(equal[i](SPAN("\x80z"), SPAN("\x00z")));
		assert_false(equal[i](SPAN("ab"), SPAN("abc")));
		assert_false(equal[i](SPAN("abc"), SPAN("Abc")));
		assert_true(equal[i](absent, SPAN("")));
		assert_false(equal[i](absent, SPAN("a")));
	}
}

static void
test_trim_takes_blanks_off_both_ends_only(void **state)
{
	(void)state;
	assert_true(span_equal(span_trim(SPAN(" \t\r\na b\n ")), SPAN("a b")));
	assert_true(span_equal(span_trim(SPAN("a")), SPAN("a")));
	assert_int_equal(span_trim(SPAN(" \r\n\t ")).n, 0);
	assert_int_equal(span_trim(absent).n, 0);
	/* a no-break space and a vertical tab are content */
	assert_int_equal(span_trim(SPAN("\xc2\xa0\v")).n, 3);
}

static void
test_compare_orders_by_unsigned_bytes_then_length(void **state)
{
	(void)state;
	assert_int_equal(span_compare(SPAN("abc"), SPAN("abc")), 0);
	assert_true(span_compare(SPAN("ab"), SPAN("abc")) < 0);
	assert_true(span_compare(SPAN("abc"), SPAN("ab")) > 0);
	assert_true(span_compare(SPAN("a"), SPAN("\xc3")) < 0);
	assert_true(span_compare(SPAN("b"), SPAN("ac")) > 0);
	assert_true(span_compare(absent, SPAN("a")) < 0);
	assert_int_equal(span_compare(absent, SPAN("")), 0);
}

static void
test_number_takes_digits_up_to_the_most(void **state)
{
	long long n = -1;

	(void)state;
	assert_true(span_number(SPAN("0"), 0, &n));
	assert_int_equal(n, 0);
	assert_true(span_number(SPAN("0064"), 64, &n));
	assert_int_equal(n, 64);
	assert_true(span_number(SPAN("9223372036854775807"), LLONG_MAX, &n));
	assert_true(n == LLONG_MAX);
}

static void
test_number_refuses_the_rest_and_leaves_the_result(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1k", "0x10", "65", "650", "9223372036854775808",
		"99999999999999999999999999", "1.0", "\xd9\xa1"};
	long long n = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(span_number(span_of(bad[i]), 64, &n));
	assert_false(span_number(SPAN("9223372036854775808"), LLONG_MAX, &n));
	assert_false(span_number(SPAN("1\0"), 64, &n));
	assert_false(span_number(absent, 64, &n));
	assert_false(span_number(SPAN("1"), 0, &n));
	assert_false(span_number(SPAN("0"), -1, &n));
	assert_int_equal(n, 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_null_is_absent),
		cmocka_unit_test(test_equal_looks_behind_a_nul),
		cmocka_unit_test(test_trim_takes_blanks_off_both_ends_only),
		cmocka_unit_test(test_compare_orders_by_unsigned_bytes_then_length),
		cmocka_unit_test(test_number_takes_digits_up_to_the_most),
		cmocka_unit_test(test_number_refuses_the_rest_and_leaves_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
