/* Limits and back-off policies: pure, with times made up by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/api/api_limit.h"
#include "../../src/api/api_policy.h"

#define START_MS 1000000000LL

static struct api_limit limit;
static struct api_limit_rule rule;
static int64_t now_ms;

static int
setup(void **state)
{
	(void)state;
	memset(&limit, 0, sizeof(limit));
	rule = (struct api_limit_rule){.per_minute = 10, .per_hour = 25, .at_once = 8};
	now_ms = START_MS;
	return 0;
}

static int64_t
wait_now(void)
{
	bool is_slot;

	return api_limit_wait_ms(&limit, &rule, now_ms, &is_slot);
}

/* One call that takes no time. */
static void
call(enum api_limit_hit hit)
{
	api_limit_begin(&limit, now_ms);
	api_limit_end(&limit, &rule, now_ms, now_ms, hit);
}

static void
test_no_minute_has_more_calls_than_the_rule(void **state)
{
	int64_t begun_ms[400];
	int n = 0;

	(void)state;
	rule.per_hour = 0;
	for (; now_ms < START_MS + 1800000 && n < 400; now_ms += 137) {
		if (wait_now() != 0)
			continue;
		call(HIT_NONE);
		begun_ms[n++] = now_ms;
		if (n > 10)
			assert_true(begun_ms[n - 1] - begun_ms[n - 11] >= 60000);
	}
	/* and it is not much less than it could be */
	assert_in_range(n, 240, 300);
}

static void
test_no_hour_has_more_calls_than_the_rule(void **state)
{
	int n = 0;

	(void)state;
	for (; now_ms < START_MS + 3600000; now_ms += 1000) {
		if (wait_now() == 0) {
			call(HIT_NONE);
			n++;
		}
	}
	assert_int_equal(n, 25);
	now_ms += 3600000;
	assert_int_equal(wait_now(), 0);
}

static void
test_the_wait_told_is_the_wait_needed(void **state)
{
	int64_t wait_ms;

	(void)state;
	for (int i = 0; i < 10; i++) {
		call(HIT_NONE);
		now_ms += 700;
	}
	wait_ms = wait_now();
	assert_in_range(wait_ms, 50000, 65000);
	now_ms += wait_ms - 1;
	assert_int_equal(wait_now(), 1);
	now_ms++;
	assert_int_equal(wait_now(), 0);
}

static void
test_no_rule_is_no_bound(void **state)
{
	(void)state;
	rule = (struct api_limit_rule){0};
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(wait_now(), 0);
		api_limit_begin(&limit, now_ms);
	}
}

static void
test_calls_at_once_are_bounded(void **state)
{
	bool is_slot = false;

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(wait_now(), 0);
		api_limit_begin(&limit, now_ms);
	}
	assert_true(api_limit_wait_ms(&limit, &rule, now_ms, &is_slot) > 0);
	assert_true(is_slot);
	api_limit_end(&limit, &rule, now_ms, now_ms, HIT_UNKNOWN);
	assert_int_equal(wait_now(), 0);
}

static void
test_45009_closes_for_a_minute_and_then_lets_one_call_probe(void **state)
{
	(void)state;
	call(HIT_WINDOW);
	assert_int_equal(wait_now(), 60000);
	now_ms += 59999;
	assert_int_equal(wait_now(), 1);
	now_ms++;
	assert_int_equal(wait_now(), 0);
	api_limit_begin(&limit, now_ms);
	assert_true(wait_now() > 0);
	api_limit_end(&limit, &rule, now_ms, now_ms, HIT_NONE);
	assert_int_equal(wait_now(), 0);
	api_limit_begin(&limit, now_ms);
	assert_int_equal(wait_now(), 0);
}

static void
test_45009_right_after_reopening_closes_for_an_hour(void **state)
{
	(void)state;
	call(HIT_WINDOW);
	now_ms += 60001;
	call(HIT_WINDOW);
	assert_int_equal(wait_now(), 3600000);
}

static void
test_45009_after_a_success_is_a_minute_again(void **state)
{
	(void)state;
	call(HIT_WINDOW);
	now_ms += 60001;
	call(HIT_NONE);
	call(HIT_WINDOW);
	assert_int_equal(wait_now(), 60000);
}

static void
test_stragglers_of_the_closing_change_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		api_limit_begin(&limit, now_ms);
	api_limit_end(&limit, &rule, now_ms, now_ms, HIT_WINDOW);
	api_limit_end(&limit, &rule, now_ms, now_ms + 500, HIT_WINDOW);
	api_limit_end(&limit, &rule, now_ms, now_ms + 600, HIT_NONE);
	api_limit_end(&limit, &rule, START_MS, now_ms + 61000, HIT_WINDOW);
	assert_int_equal(wait_now(), 60000);
	now_ms += 60000;
	/* the success of a call from before proves nothing: still one at a time */
	api_limit_begin(&limit, now_ms);
	assert_true(wait_now() > 0);
}

static void
test_unusual_traffic_closes_for_an_hour(void **state)
{
	(void)state;
	call(HIT_TRAFFIC);
	assert_int_equal(wait_now(), 3600000);
}

/* Calls begun until a wait is told. */
static int
fill(void)
{
	int n = 0;

	while (wait_now() == 0 && n < 100) {
		api_limit_begin(&limit, now_ms);
		n++;
	}
	return n;
}

static void
drain(int n, enum api_limit_hit hit)
{
	for (int i = 0; i < n; i++)
		api_limit_end(&limit, &rule, now_ms, now_ms, hit);
}

static void
test_45033_halves_once_and_pauses(void **state)
{
	int64_t begun_ms = now_ms;

	(void)state;
	rule.per_minute = rule.per_hour = 0;
	assert_int_equal(fill(), 8);
	now_ms += 50;
	/* all eight were on their way: one lesson */
	for (int i = 0; i < 8; i++)
		api_limit_end(&limit, &rule, begun_ms, now_ms, HIT_CROWD);
	assert_int_equal(wait_now(), 1000);
	now_ms += 1000;
	assert_int_equal(fill(), 4);
	drain(4, HIT_CROWD);
	now_ms += 1000;
	assert_int_equal(fill(), 2);
	drain(2, HIT_CROWD);
	now_ms += 1000;
	assert_int_equal(fill(), 1);
	drain(1, HIT_CROWD);
	now_ms += 1000;
	assert_int_equal(fill(), 1);
}

static void
test_lasting_success_allows_one_more(void **state)
{
	int seen = 0;

	(void)state;
	rule.per_minute = rule.per_hour = 0;
	drain(fill(), HIT_CROWD);
	now_ms += 1000;
	for (int i = 0; i < 100; i++) {
		int n = fill();

		assert_in_range(n, seen, seen == 0 ? 4 : seen + 1);
		seen = n;
		drain(n, HIT_NONE);
		now_ms += 1000;
		if (i == 5)
			assert_int_equal(n, 4);
		if (i == 15)
			assert_int_equal(n, 5);
	}
	assert_int_equal(seen, 8);
}

static void
test_numbers_that_are_not_used_do_not_grow(void **state)
{
	(void)state;
	rule.per_minute = rule.per_hour = 0;
	drain(fill(), HIT_CROWD);
	for (int i = 0; i < 100; i++) {
		now_ms += 1000;
		call(HIT_NONE);
	}
	assert_int_equal(fill(), 4);
}

static void
test_idle_is_what_may_be_forgotten(void **state)
{
	(void)state;
	call(HIT_WINDOW);
	assert_false(api_limit_is_idle(&limit, now_ms + 59000));
	assert_false(api_limit_is_idle(&limit, now_ms + 3000000));
	assert_true(api_limit_is_idle(&limit, now_ms + 7200000));
	api_limit_begin(&limit, now_ms);
	assert_false(api_limit_is_idle(&limit, now_ms + 7200000));
}

static void
test_policies_pause_longer_each_time_and_never_in_step(void **state)
{
	const struct api_policy *policy = api_policy(POLICY_BUSY);

	(void)state;
	assert_int_equal(policy->attempts, 3);
	assert_int_equal(api_policy(POLICY_NETWORK)->attempts, 3);
	assert_int_equal(api_policy(POLICY_TOKEN)->attempts, 2);
	for (int i = 1; i < 40; i++) {
		int64_t least = api_policy_pause_ms(policy, i, 0), most = api_policy_pause_ms(policy, i, UINT32_MAX);

		assert_true(least < most && most <= 2 * least + 1 && most <= policy->cap_ms);
		assert_true(least >= policy->base_ms / 2);
	}
	assert_true(api_policy_pause_ms(policy, 2, 0) > api_policy_pause_ms(policy, 1, 0));
	for (int i = 0; i < POLICY_N; i++) {
		assert_non_null(api_policy(i)->name);
		assert_true(api_policy(i)->later_ms > 0);
	}
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_no_minute_has_more_calls_than_the_rule),
		CASE(test_no_hour_has_more_calls_than_the_rule),
		CASE(test_the_wait_told_is_the_wait_needed),
		CASE(test_no_rule_is_no_bound),
		CASE(test_calls_at_once_are_bounded),
		CASE(test_45009_closes_for_a_minute_and_then_lets_one_call_probe),
		CASE(test_45009_right_after_reopening_closes_for_an_hour),
		CASE(test_45009_after_a_success_is_a_minute_again),
		CASE(test_stragglers_of_the_closing_change_nothing),
		CASE(test_unusual_traffic_closes_for_an_hour),
		CASE(test_45033_halves_once_and_pauses),
		CASE(test_lasting_success_allows_one_more),
		CASE(test_numbers_that_are_not_used_do_not_grow),
		CASE(test_idle_is_what_may_be_forgotten),
		CASE(test_policies_pause_longer_each_time_and_never_in_step),
	};

	return cmocka_run_group_tests_name("api_limit", tests, NULL, NULL);
}
