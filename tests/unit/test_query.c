/* The query string of a callback: what is taken, what is passed over, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "query.h"

#define BASE "msg_signature=abc&timestamp=1409659589&nonce=26a3"

struct fixture {
	struct arena mem;
	struct query query;
	struct detail why;
};

static void
start(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->mem, 1 << 16);
}

static enum status
parse(struct fixture *f, const char *text, bool is_verify)
{
	arena_reset(&f->mem);
	return query_parse(span_of(text), is_verify, &f->mem, &f->query, &f->why);
}

static void
assert_span(struct span actual, const char *expected)
{
	assert_non_null(actual.at);
	assert_int_equal(actual.n, strlen(expected));
	assert_memory_equal(actual.at, expected, actual.n);
}

static void
test_post_takes_the_three_in_any_order(void **state)
{
	static const char *const orders[] = {BASE, "nonce=26a3&timestamp=1409659589&msg_signature=abc",
	    "corp=1&timestamp=1409659589&&nonce=26a3&x&corp=2&=&msg_signature=abc&"};
	struct fixture f;

	(void)state;
	start(&f);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_equal(parse(&f, orders[i], false), ST_OK);
		assert_span(f.query.msg_signature, "abc");
		assert_span(f.query.timestamp, "1409659589");
		assert_span(f.query.nonce, "26a3");
		assert_null(f.query.echostr.at);
	}
	arena_done(&f.mem);
}

static void
test_plus_in_echostr_stays_whether_raw_or_escaped(void **state)
{
	static const char *const forms[] = {"a+b/c==", "a%2Bb%2Fc%3D%3D", "a%2bb%2fc=%3d"};
	struct fixture f;
	char text[256];

	(void)state;
	start(&f);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), BASE "&echostr=%s", forms[i]);
		assert_int_equal(parse(&f, text, true), ST_OK);
		assert_span(f.query.echostr, "a+b/c==");
	}
	arena_done(&f.mem);
}

static void
test_empty_and_odd_values_are_values(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_int_equal(parse(&f, "msg_signature=&timestamp&nonce=%00%ff", false), ST_OK);
	assert_span(f.query.msg_signature, "");
	assert_span(f.query.timestamp, "");
	assert_int_equal(f.query.nonce.n, 2);
	assert_memory_equal(f.query.nonce.at, "\0\xff", 2);
	arena_done(&f.mem);
}

static void
test_post_passes_over_echostr(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_int_equal(parse(&f, BASE "&echostr=%zz&echostr=2", false), ST_OK);
	assert_null(f.query.echostr.at);
	arena_done(&f.mem);
}

static void
test_parse_rejects_missing_repeated_and_bad_escapes(void **state)
{
	static const struct {
		const char *text;
		bool is_verify;
		const char *reason;
	} cases[] = {
	    {"", false, "msg_signature is missing"},
	    {"timestamp=1&nonce=2", false, "msg_signature is missing"},
	    {"msg_signature=1&nonce=2", false, "timestamp is missing"},
	    {"msg_signature=1&timestamp=2", false, "nonce is missing"},
	    {BASE, true, "echostr is missing"},
	    {"Msg_Signature=a&timestamp=1&nonce=2", false, "msg_signature is missing"},
	    {BASE "&nonce=26a3", false, "nonce is repeated"},
	    {BASE "&timestamp=", false, "timestamp is repeated"},
	    {BASE "&msg_signature=abc", false, "msg_signature is repeated"},
	    {BASE "&echostr=1&echostr=1", true, "echostr is repeated"},
	    {"msg_signature=%&timestamp=1&nonce=2", false, "msg_signature has a bad percent escape"},
	    {"msg_signature=1&timestamp=%4&nonce=2", false, "timestamp has a bad percent escape"},
	    {"msg_signature=1&timestamp=1&nonce=%4", false, "nonce has a bad percent escape"},
	    {"msg_signature=1&timestamp=1&nonce=%g0", false, "nonce has a bad percent escape"},
	    {"msg_signature=1&timestamp=1&nonce=%0g", false, "nonce has a bad percent escape"},
	    {"msg_signature=1&timestamp=1&nonce=%%41", false, "nonce has a bad percent escape"},
	};
	struct fixture f;

	(void)state;
	start(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.query.nonce = SPAN("untouched");
		assert_int_equal(parse(&f, cases[i].text, cases[i].is_verify), ST_BAD_INPUT);
		assert_non_null(strstr(f.why.text, cases[i].reason));
		assert_span(f.query.nonce, "untouched");
	}
	arena_done(&f.mem);
}

static void
test_parse_rejects_what_is_longer_than_the_bound(void **state)
{
	static char text[QUERY_MAX_BYTES + 2];
	struct fixture f;

	(void)state;
	start(&f);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, BASE "&", sizeof(BASE "&") - 1);
	assert_int_equal(parse(&f, text, false), ST_BAD_INPUT);
	text[QUERY_MAX_BYTES] = '\0';
	assert_int_equal(parse(&f, text, false), ST_OK);
	arena_done(&f.mem);
}

static void
test_every_failing_allocation_is_nomem(void **state)
{
	struct fixture f;
	enum status st = ST_NOMEM;

	(void)state;
	start(&f);
	for (size_t cap = 0; st == ST_NOMEM; cap++) {
		arena_done(&f.mem);
		arena_init(&f.mem, cap);
		st = query_parse(SPAN(BASE), false, &f.mem, &f.query, &f.why);
		assert_true(st == ST_NOMEM || (st == ST_OK && cap > 0));
	}
	arena_done(&f.mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_post_takes_the_three_in_any_order),
	    cmocka_unit_test(test_plus_in_echostr_stays_whether_raw_or_escaped),
	    cmocka_unit_test(test_empty_and_odd_values_are_values),
	    cmocka_unit_test(test_post_passes_over_echostr),
	    cmocka_unit_test(test_parse_rejects_missing_repeated_and_bad_escapes),
	    cmocka_unit_test(test_parse_rejects_what_is_longer_than_the_bound),
	    cmocka_unit_test(test_every_failing_allocation_is_nomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
