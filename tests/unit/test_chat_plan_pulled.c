/* What the planner of group chats makes of a pull: its base, its age, and the dates of what only it shows. */
#include "chat_plan_kit.h"

/* In the middle of what waits: what leads to it is contained, what links from it is applied. */
static void
test_pull_in_the_middle(void **state)
{
	(void)state;
	hold('A', "", "xq");
	edge("D+v>E", 96);
	edge("B+y>C", 94);
	edge("C+z>D", 95);
	assert_string_equal(pull('D', "yzw"), "E(ABCD) vwyz +y1 +z2 +w -x -q +v0 sss");
	assert_int_equal(plan.contained_n, 2);
	assert_int_equal(plan.applied_n, 1);
	assert_true(plan.has_roster);
	assert_false(plan.was_stale);
	assert_int_equal(plan.changes[0].at_us, T0 + 94 * S);
	assert_int_equal(plan.changes[2].at_us, NOW);
	assert_int_equal(plan.changes[2].scene, -1);
	assert_int_equal(plan.version_us, NOW + S / 10);
}

/* Edges that lead from what is held to the answer keep their own lines, who came and went between too. */
static void
test_pull_at_the_end_of_links(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90);
	edge("B-y>C", 91);
	edge("C+z>D", 92);
	assert_string_equal(pull('C', "x"), "D(ABC) xz +y0 -y1 +z2 sss");
}

/* The latest event dates what only the pull shows; one that the held version contained already does not. */
static void
test_dates(void **state)
{
	(void)state;
	hold('D', "C", "x");
	edge("C+y>D", 40);
	edge("H+y>I", 95);
	edge("F+y>G", 93);
	edge("G-y>H", 94);
	assert_string_equal(pull('I', "xy"), "I(CDFGH) xy +y1 ssss");
	hold('D', "C", "x");
	edge("C+y>D", 40);
	assert_string_equal(pull('I', "xy"), "I(CD) xy +y s");
	assert_int_equal(plan.changes[0].at_us, NOW);
}

static void
test_join_time_dates(void **state)
{
	const int64_t joins[] = {0, T0 + 70 * S, NOW + 9 * S};
	struct chat_pulled pulled = {
	    .version = version_of('B'), .join_us = joins, .begun_us = NOW, .ended_us = NOW + 1};

	(void)state;
	hold('A', "", "");
	pulled.roster = letters("xyz", &pulled.roster_n);
	assert_int_equal(chat_plan_pulled(&held, events, 0, &pulled, &policy, NOW + 1, &mem, &plan), ST_OK);
	assert_int_equal(plan.changes[0].at_us, NOW);
	assert_int_equal(plan.changes[1].at_us, T0 + 70 * S);
	assert_int_equal(plan.changes[2].at_us, NOW);
	assert_false(plan.changes[1].is_presence);
}

static void
test_older_answer(void **state)
{
	(void)state;
	hold('D', "BC", "x");
	info(CHAT_INFO, 90);
	edge("X+y>Y", 90);
	edge("D+z>E", 99);
	assert_string_equal(pull('C', "xyz"), "E(BCD) xz +z2 .ss");
	assert_true(plan.was_stale);
	assert_false(plan.has_roster);
	assert_int_equal(plan.covered_n, 1);
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_STALE, NOW + S / 10 + 2 * S);
	/* no reason left: no other pull */
	hold('D', "BC", "x");
	edge("X+y>Y", 90);
	pull('C', "xyz");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	/* edges say that it is older */
	hold('D', "", "x");
	edge("B+q>D", 40);
	info(CHAT_INFO, 90);
	assert_string_equal(pull('B', ""), "D() x s.");
	assert_true(plan.was_stale);
	/* a version that came back: it is held for minutes, and no answer is that old */
	hold('D', "BC", "x");
	held.version_us = NOW - 3600 * S;
	assert_string_equal(pull('B', "xy"), "B(CD) xy +y ");
}

static void
test_unknown_answer(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		hold('D', "", "x");
		held.version_us = NOW - 2 * S + early;
		info(CHAT_INFO, 90);
		assert_string_equal(pull('K', "y"), early ? "D() x ." : "K(D) y +y -x s");
		assert_int_equal(plan.was_stale, early);
		assert_int_equal(plan.next, early ? CHAT_NEXT_WAIT : CHAT_NEXT_NOTHING);
	}
	/* edges know it: younger than what is held, or on the way from it */
	hold('D', "", "x");
	held.version_us = NOW - S;
	edge("J+y>K", 99);
	assert_string_equal(pull('K', "xy"), "K(DJ) xy +y0 s");
	hold('D', "", "x");
	held.version_us = NOW - S;
	edge("J+y>K", 95);
	edge("K+z>L", 95);
	pull('K', "xy");
	assert_true(plan.was_stale);
	hold('D', "", "x");
	held.version_us = NOW - S / 2;
	edge("E+y>F", 98);
	edge("D+z>E", 98)->count = 7;
	assert_string_equal(pull('F', "xyz"), "F(DE) xyz +y0 +z1 ss");
}

/* The same version with another roster: the pull wins. */
static void
test_same_version_other_roster(void **state)
{
	(void)state;
	hold('A', "", "xy");
	edge("A+w>B", 98);
	assert_string_equal(pull('A', "xz"), "B(A) wxz +z -y +w0 s");
	assert_int_equal(plan.changes[0].event, SIZE_MAX);
	assert_true(plan.is_changed);
	hold('A', "", "xy");
	assert_string_equal(pull('A', "yx"), "A() xy ");
	assert_false(plan.is_changed);
	assert_int_equal(plan.version_us, T0 + 50 * S);
}

static void
test_answer_without_version(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+z>B", 99);
	assert_string_equal(pull('-', "x"), "B(A) xz +z0 s");
	hold('A', "", "x");
	edge("B+y>C", 90);
	assert_string_equal(pull('-', "xy"), "-(A) xy +y0 s");
	assert_true(plan.is_changed);
	/* then no edge links, and who is there now was there before */
	hold('-', "A", "xy");
	edge("C+z>D", 90);
	run();
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_UNKNOWN, 0);
	assert_string_equal(pull('D', "xyz"), "D(AC) xyz +z0 s");
	hold('A', "", "x");
	held.version_us = NOW;
	assert_string_equal(pull('-', "xy"), "A() x ");
	assert_true(plan.was_stale);
}

/* Versions that come round again: edges alone cannot tell how often, a pull can. */
static void
test_circles(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90);
	edge("B-y>A", 91);
	assert_string_equal(run(), "A() x .s");
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
	assert_string_equal(pull('B', "xy"), "B(A) xy +y0 ss");
	assert_string_equal(pull('A', "x"), "A() x ss");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	hold('A', "", "x");
	held.version_us = NOW - S;
	edge("A+y>B", 90);
	edge("B-y>A", 91);
	assert_string_equal(pull('B', "xy"), "A() x .s");
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_STALE, NOW + S / 10 + 2 * S);
	hold('B', "A", "xy");
	edge("B-y>A", 91);
	assert_string_equal(run(), "B(A) xy .");
	hold('A', "", "x");
	edge("B+y>B", 90);
	assert_string_equal(run(), "A() x .");
}

/* Only a newer answer helps, and it is not asked for at once. */
static void
test_never_a_pull_behind_a_pull(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("B+y>C", 99);
	assert_string_equal(pull('A', "x"), "A() x .");
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 102 * S + S / 2);
	assert_string_equal(pull_at('A', "x", T0 + 102 * S), "A() x .");
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 104 * S + S / 10);
}

static void
test_memory_runs_out(void **state)
{
	struct arena small;
	enum status st = ST_NOMEM;
	size_t cap;

	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90);
	edge("C+y>D", 90);
	for (cap = 16; st == ST_NOMEM && cap < 1 << 16; cap += 16) {
		struct chat_pulled pulled = {
		    .version = version_of('D'), .roster = held.roster, .roster_n = 1, .begun_us = NOW};

		arena_init(&small, cap);
		memset(&plan, 0x5a, sizeof(plan));
		st = chat_plan_pulled(&held, events, events_n, &pulled, &policy, NOW, &small, &plan);
		if (st == ST_NOMEM)
			assert_int_equal(plan.changes_n, 0x5a5a5a5a5a5a5a5aULL);
		arena_done(&small);
	}
	assert_int_equal(st, ST_OK);
	assert_true(cap > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pull_in_the_middle),
	    TEST(test_pull_at_the_end_of_links),
	    TEST(test_dates),
	    TEST(test_join_time_dates),
	    TEST(test_older_answer),
	    TEST(test_unknown_answer),
	    TEST(test_same_version_other_roster),
	    TEST(test_answer_without_version),
	    TEST(test_circles),
	    TEST(test_never_a_pull_behind_a_pull),
	    TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
