/* The table of outcomes: complete, with the codes the contract names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "status.h"

static void
test_every_status_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < ST_N; a++) {
		assert_true(strlen(status_name((enum status)a)) > 1);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(status_name((enum status)a), status_name((enum status)b));
	}
}

static void
test_http_codes_are_those_of_the_contract(void **state)
{
	static const int codes[ST_N] = {
		[ST_OK] = 200, [ST_BAD_INPUT] = 400, [ST_DENIED] = 403, [ST_NOT_FOUND] = 404,
		[ST_BAD_METHOD] = 405, [ST_TOO_LARGE] = 413, [ST_BUSY] = 503, [ST_NOMEM] = 503,
		[ST_CONFIG] = 503, [ST_SYSTEM] = 503, [ST_BUG] = 500,
	};

	(void)state;
	for (int st = 0; st < ST_N; st++)
		assert_int_equal(status_http((enum status)st), codes[st]);
}

static void
test_bodies_are_one_plain_line(void **state)
{
	(void)state;
	assert_string_equal(status_body(ST_OK), "success");
	for (int st = 0; st < ST_N; st++) {
		const char *body = status_body((enum status)st);

		assert_true(body[0] != '\0');
		assert_null(strpbrk(body, "\r\n<>"));
	}
}

static void
test_only_success_exits_with_zero(void **state)
{
	(void)state;
	assert_int_equal(status_exit(ST_OK), EX_OK);
	assert_int_equal(status_exit(ST_CONFIG), EX_CONFIG);
	assert_int_equal(status_exit(ST_BUG), EX_SOFTWARE);
	for (int st = ST_OK + 1; st < ST_N; st++)
		assert_in_range(status_exit((enum status)st), EX__BASE, EX__MAX);
}

static void
test_a_value_that_is_no_status_is_a_bug(void **state)
{
	(void)state;
	assert_string_equal(status_name(ST_N), status_name(ST_BUG));
	assert_int_equal(status_http((enum status)-1), 500);
}

static void
test_detail_is_replaced_and_cut(void **state)
{
	struct detail detail;

	(void)state;
	detail_set(&detail, "first");
	detail_set(&detail, "%d %s", 2, "second");
	assert_string_equal(detail.text, "2 second");
	detail_set(&detail, "%0500d", 7);
	assert_int_equal(strlen(detail.text), sizeof(detail.text) - 1);
	detail_set(NULL, "nobody %s", "listens");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_status_has_a_name_of_its_own),
		cmocka_unit_test(test_http_codes_are_those_of_the_contract),
		cmocka_unit_test(test_bodies_are_one_plain_line),
		cmocka_unit_test(test_only_success_exits_with_zero),
		cmocka_unit_test(test_a_value_that_is_no_status_is_a_bug),
		cmocka_unit_test(test_detail_is_replaced_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
