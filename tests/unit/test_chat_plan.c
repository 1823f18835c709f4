/* Each rule of the planner of group chats, one by one, before anything is pulled for it. */
#include "chat_plan_kit.h"

/* --- rule 1: what links is applied -------------------------------------------------------------------------------- */

static void
test_edges_link_in_any_order(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("C-x>D", 92);
	edge("A+y>B", 90);
	edge("B+zw>C", 91);
	assert_string_equal(run(), "D(ABC) wyz +y1 +z2 +w2 -x0 sss");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	assert_true(plan.is_changed);
	assert_int_equal(plan.applied_n, 3);
	assert_int_equal(plan.out_of_order_n, 0);
	assert_int_equal(plan.version_us, T0 + 93 * S);
	assert_int_equal(plan.changes[0].at_us, T0 + 90 * S);
	assert_int_equal(plan.changes[0].scene, 3);
	assert_int_equal(plan.gap_since_us, 0);
}

static void
test_out_of_order_is_counted_by_arrival(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90)->received_us = T0 + 95 * S;
	edge("B+z>C", 91)->received_us = T0 + 92 * S;
	assert_string_equal(run(), "C(AB) xyz +y0 +z1 ss");
	assert_int_equal(plan.out_of_order_n, 1);
}

static void
test_same_member_comes_and_goes(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A-x>B", 80);
	edge("B+x>C", 81);
	edge("C-x>D", 82);
	edge("D+x>E", 83);
	assert_string_equal(run(), "E(ABCD) x -x0 +x1 -x2 +x3 ssss");
}

static void
test_repeats_are_contained(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90);
	edge("A+y>B", 90)->received_us = T0 + 99 * S;
	assert_string_equal(run(), "B(A) xy +y0 ss");
	assert_int_equal(plan.applied_n, 1);
	assert_int_equal(plan.contained_n, 1);
}

/* A delta that cannot be all of it, or that does not fit the roster: not applied, and after the grace one pull. */
static void
test_what_is_not_whole_or_does_not_fit(void **state)
{
	static const char *const misfits[] = {"A+x>B", "A-y>B", "A+yx>B", "A+>B", "A+yy>B"};
	struct chat_event *lie;

	(void)state;
	for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
		hold('A', "", "x");
		edge(misfits[i], 90);
		assert_string_equal(run(), "A() x .");
		assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
		assert_int_equal(plan.gap_since_us, T0 + 90 * S + S / 2);
		assert_memory_equal(pull('B', "xy"), "B(A) xy +y", 10);
		assert_true(plan.is_settled[0]);
	}
	for (long long count = -1; count < 4; count++) {
		hold('A', "", "x");
		lie = edge("A+y>B", 90);
		lie->count = count;
		assert_string_equal(run(), count == 1 ? "B(A) xy +y0 s" : "A() x .");
	}
	hold('A', "", "x");
	lie = edge("A+y>B", 90);
	lie->items = (struct span[]){{NULL, 0}};
	assert_string_equal(run(), "A() x .");
}

static void
test_two_that_contradict_are_not_trusted(void **state)
{
	static const char *const others[] = {"A+z>C", "A+y>C", "A+z>B", "A-x>B", "A-y>B", "A+yz>B"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		hold('A', "", "x");
		edge("A+y>B", 90);
		edge(others[i], 90);
		assert_string_equal(run(), "A() x ..");
		assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
		assert_memory_equal(pull('B', "xy"), "B(A", 3);
		assert_string_equal(strrchr(shown, ' '), " ss");
		assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	}
}

/* A torn twin of a whole edge contradicts nothing. */
static void
test_torn_twin(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90)->count = 2;
	edge("A+yz>B", 90);
	assert_string_equal(run(), "B(A) xyz +y1 +z1 ss");
}

static void
test_large_roster_and_the_most_items(void **state)
{
	static char names[CHAT_ITEMS_MAX + 1][8];
	static struct span many[CHAT_ITEMS_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= CHAT_ITEMS_MAX; i++)
		many[i] = (struct span){names[i], (size_t)snprintf(names[i], sizeof(names[i]), "m%05zu", i)};
	for (size_t n = CHAT_ITEMS_MAX; n <= CHAT_ITEMS_MAX + 1; n++) {
		hold('A', "", "x");
		edge("A+y>B", 90)->items = many;
		events[0].items_n = n;
		events[0].count = (long long)n;
		assert_int_equal(chat_plan(&held, events, 1, &policy, NOW, &mem, &plan), ST_OK);
		assert_int_equal(plan.changes_n, n == CHAT_ITEMS_MAX ? n : 0);
		assert_int_equal(plan.roster_n, 1 + plan.changes_n);
	}
	held.roster = many;
	held.roster_n = 2000;
	events[0].kind = CHAT_QUIT;
	events[0].items_n = 2000;
	events[0].count = 2000;
	assert_int_equal(chat_plan(&held, events, 1, &policy, NOW, &mem, &plan), ST_OK);
	assert_int_equal(plan.changes_n, 2000);
	assert_int_equal(plan.roster_n, 0);
}

/* --- rule 2: contained -------------------------------------------------------------------------------------------- */

static void
test_contained(void **state)
{
	(void)state;
	hold('D', "BC", "x");
	edge("C+y>D", 90);
	edge("A+q>B", 90);
	edge("Z+r>A", 90)->count = 9;
	edge("D+x>D", 90);
	assert_string_equal(run(), "D(BC) x ssss");
	assert_int_equal(plan.contained_n, 4);
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	assert_false(plan.is_changed);
}

/* It leaves a version that was passed by: what is held lies behind it, though the pull between names no other end. */
static void
test_passed_by(void **state)
{
	(void)state;
	hold('F', "A", "x");
	edge("B+z>C", 49);
	edge("A+y>B", 49);
	assert_string_equal(run(), "F(ABC) x ss");
	assert_true(plan.is_changed);
	/* younger than what is held: then versions recur, and only a pull tells */
	hold('F', "A", "x");
	edge("A+y>B", 90);
	assert_string_equal(run(), "F(A) x .");
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
}

/* --- rule 3: covered ---------------------------------------------------------------------------------------------- */

static void
test_covered_by_the_last_pull(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		hold('D', "", "x");
		held.seen_us = T0 + 83 * S + 1 - late;
		edge("X+y>Y", 80);
		assert_string_equal(run(), late ? "D() x ." : "D() x s");
		assert_int_equal(plan.covered_n, late ? 0 : 1);
	}
	/* the trail has forgotten it, but it happened long before the held version was reached */
	for (int old = 0; old < 2; old++) {
		hold('D', "", "x");
		edge("X+y>Y", 50 - 63 - old);
		assert_string_equal(run(), old ? "D() x s" : "D() x .");
	}
}

/* --- rule 4: waiting, then one pull ------------------------------------------------------------------------------- */

static void
test_grace_and_settling(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("B+y>C", 97)->received_us = T0 + 99 * S;
	edge("C+z>D", 98)->received_us = T0 + 98 * S + 1;
	run();
	/* the one that came first: grace to 101.000001, settling to 101.000001 of its own second */
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 101 * S + 1);
	assert_int_equal(plan.gap_since_us, T0 + 98 * S + 1);
	run_at(T0 + 101 * S + 1);
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
	/* it came so late that only the grace counts */
	hold('A', "", "x");
	edge("B+y>C", 60)->received_us = T0 + 99 * S;
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 102 * S);
}

static void
test_no_version_is_held(void **state)
{
	(void)state;
	hold('-', "", "");
	edge("A+y>B", 90);
	assert_string_equal(run(), "-()  .");
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_UNKNOWN, 0);
	/* x was there at first sight; y joined, as an event at hand tells */
	assert_string_equal(pull('B', "xy"), "B(A) xy =x +y0 s");
	assert_int_equal(plan.changes[0].at_us, NOW);
	assert_true(plan.has_roster);
}

/* Neither version: nothing can be linked. */
static void
test_edge_without_versions(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>-", 90);
	edge("-+y>A", 90);
	assert_string_equal(run(), "A() x ..");
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
	assert_string_equal(pull('B', "xy"), "B(A) xy +y1 ss");
}

/* Clocks that are wrong: nothing waits for ever, nothing new passes for old. */
static void
test_times_that_lie(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("B+y>C", 95)->time_us = INT64_MAX;
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 95 * S + S / 2 + 63 * S + 1);
	hold('A', "", "x");
	edge("B+y>C", 95)->received_us = INT64_MAX;
	run();
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_GAP, 0);
	/* no usable time: not covered by what was pulled before it came */
	hold('A', "", "x");
	held.seen_us = T0 + 94 * S;
	edge("B+y>C", 95)->time_us = 0;
	assert_string_equal(run(), "A() x .");
	/* a pull in the future covers nothing */
	hold('A', "", "x");
	held.seen_us = NOW + 3600 * S;
	held.version_us = NOW + 3600 * S;
	edge("B+y>C", 90);
	assert_string_equal(run(), "A() x .");
	assert_memory_equal(pull('C', "xy"), "C(AB) xy", 8);
	/* a due time in the far future is no reason to wait for it */
	hold('A', "", "x");
	info(CHAT_INFO, 90)->due_us = INT64_MAX;
	run();
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_INFO, 0);
	pull('A', "x");
	assert_true(plan.is_settled[0]);
}

/* --- name, owner, notice, dismissal, enrichment ------------------------------------------------------------------- */

static void
test_info(void **state)
{
	(void)state;
	hold('A', "", "x");
	info(CHAT_INFO, 99);
	assert_string_equal(run(), "A() x .");
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_INFO, T0 + 102 * S + 1);
	run_at(T0 + 102 * S + 1);
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_INFO, 0);
	assert_string_equal(pull_at('A', "x", T0 + 102 * S + 1), "A() x s");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	held.seen_us = T0 + 102 * S + 1;
	assert_string_equal(run_at(T0 + 103 * S), "A() x s");
	/* a burst is one pull, but nothing is put off for longer than the settling time */
	hold('A', "", "x");
	info(CHAT_INFO, 97);
	info(CHAT_INFO, 99);
	info(CHAT_INFO, 100);
	run_at(T0 + 101 * S);
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_INFO, T0 + 102 * S + 1);
}

static void
test_one_pull_for_edges_and_info(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("B+y>C", 96);
	info(CHAT_INFO, 98);
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 101 * S + 1);
	hold('A', "", "x");
	info(CHAT_INFO, 96);
	edge("B+y>C", 97);
	run_at(T0 + 99 * S + S / 2);
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 100 * S + S / 2);
	/* what was applied a moment ago may not be in an answer yet */
	hold('B', "A", "x");
	held.version_us = NOW - S;
	info(CHAT_INFO, 97);
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_INFO, NOW + S);
}

static void
test_dismissal(void **state)
{
	(void)state;
	hold('A', "", "x");
	edge("A+y>B", 90);
	edge("X+y>Y", 99);
	info(CHAT_INFO, 99);
	info(CHAT_DISMISS, 95);
	info(CHAT_DISMISS, 96);
	assert_string_equal(run(), "B(A) xy +y0 sssss");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	assert_true(plan.is_dismissed);
	assert_int_equal(plan.dismissed_us, T0 + 95 * S);
	/* what still comes */
	hold('A', "", "x");
	held.is_dismissed = true;
	held.enrich_us = 1;
	edge("A+y>B", 90);
	info(CHAT_INFO, 99);
	assert_string_equal(run(), "A() x ss");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	assert_true(plan.is_dismissed);
	assert_int_equal(plan.dismissed_us, 0);
	assert_string_equal(pull('C', "z"), "A() x ss");
	assert_false(plan.has_roster);
}

static void
test_enrichment(void **state)
{
	(void)state;
	hold('A', "", "x");
	held.enrich_us = NOW + S;
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_ENRICH, NOW + S);
	held.enrich_us = NOW;
	run();
	assert_next(CHAT_NEXT_PULL, CHAT_CAUSE_ENRICH, 0);
	pull('A', "x");
	assert_next(CHAT_NEXT_NOTHING, CHAT_CAUSE_NONE, 0);
	/* edges come first */
	edge("B+y>C", 99);
	run();
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_GAP, T0 + 102 * S + S / 2);
	/* a stale answer enriches nobody */
	hold('B', "A", "x");
	held.enrich_us = NOW;
	pull('A', "");
	assert_next(CHAT_NEXT_WAIT, CHAT_CAUSE_STALE, NOW + S / 10 + 2 * S);
}

static void
test_trail_keeps_the_newest(void **state)
{
	static char names[CHAT_TRAIL_MAX + 2][8];
	struct span trail[CHAT_TRAIL_MAX + 2];

	(void)state;
	hold('A', "", "x");
	for (size_t i = 0; i < CHAT_TRAIL_MAX + 2; i++)
		trail[i] = (struct span){names[i], (size_t)snprintf(names[i], sizeof(names[i]), "v%zu", i)};
	trail[5] = trail[4];
	held.trail = trail;
	held.trail_n = CHAT_TRAIL_MAX + 2;
	edge("A+y>B", 90);
	run();
	assert_int_equal(plan.trail_n, CHAT_TRAIL_MAX);
	assert_string_equal(texts(&plan.trail[CHAT_TRAIL_MAX - 1], 1), "A");
	assert_string_equal(texts(&plan.trail[0], 1), "v2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_edges_link_in_any_order),
	    TEST(test_out_of_order_is_counted_by_arrival),
	    TEST(test_same_member_comes_and_goes),
	    TEST(test_repeats_are_contained),
	    TEST(test_what_is_not_whole_or_does_not_fit),
	    TEST(test_two_that_contradict_are_not_trusted),
	    TEST(test_torn_twin),
	    TEST(test_large_roster_and_the_most_items),
	    TEST(test_contained),
	    TEST(test_passed_by),
	    TEST(test_covered_by_the_last_pull),
	    TEST(test_grace_and_settling),
	    TEST(test_no_version_is_held),
	    TEST(test_edge_without_versions),
	    TEST(test_times_that_lie),
	    TEST(test_info),
	    TEST(test_one_pull_for_edges_and_info),
	    TEST(test_dismissal),
	    TEST(test_enrichment),
	    TEST(test_trail_keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
