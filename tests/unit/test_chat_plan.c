/* Each rule of the planner of group chats, one by one.  Versions are letters, members small ones, times seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sync/chat_plan.h"

#define S 1000000LL
#define T0 (1772000000 * S)
#define NOW (T0 + 100 * S)
#define EVENTS_MAX 16

static const struct chat_policy policy = {.settle_us = 2 * S, .grace_us = 3 * S};
static struct arena mem;
static struct chat_state held;
static struct chat_event events[EVENTS_MAX];
static size_t events_n;
static struct chat_plan plan;
static char shown[512];

/* "abc" as three spans of one letter. */
static const struct span *
letters(const char *text, size_t *ret_n)
{
	struct span *spans = arena_alloc(&mem, (strlen(text) + 1) * sizeof(*spans));

	assert_non_null(spans);
	for (*ret_n = 0; text[*ret_n] != '\0'; (*ret_n)++)
		spans[*ret_n] = (struct span){text + *ret_n, 1};
	return spans;
}

static struct span
version_of(char letter)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return letter == '-' ? (struct span){NULL, 0} : (struct span){alphabet + (letter - 'A'), 1};
}

static const char *
texts(const struct span *spans, size_t n)
{
	static char buffers[4][128];
	static unsigned int turn;
	char *text = buffers[turn++ % 4];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && used < 100; i++)
		used += (size_t)snprintf(text + used, 128 - used, "%.*s", (int)spans[i].n, spans[i].at);
	return text;
}

static int
compare_letters(const void *a, const void *b)
{
	const struct span *one = a, *two = b;

	return one->at[0] - two->at[0];
}

/* "held version, trail, roster": known 50 s ago, nothing pulled since. */
static void
hold(char version, const char *trail, const char *roster)
{
	held = (struct chat_state){.version = version_of(version), .version_us = version == '-' ? 0 : T0 + 50 * S};
	held.trail = letters(trail, &held.trail_n);
	held.roster = letters(roster, &held.roster_n);
	events_n = 0;
}

/* "A+xy>B" joins, "A-x>B" quits; so many seconds after T0, arrived half a second later. */
static struct chat_event *
edge(const char *text, int second)
{
	struct chat_event *event = &events[events_n++];
	const char *end = strchr(text, '>');
	char *items = arena_alloc(&mem, strlen(text) + 1);

	assert_non_null(end);
	memcpy(items, text + 2, (size_t)(end - text - 2));
	*event = (struct chat_event){.kind = text[1] == '+' ? CHAT_JOIN : CHAT_QUIT,
	    .scene = 3,
	    .last = version_of(text[0]),
	    .current = version_of(end[1])};
	event->time_us = T0 + second * S;
	event->received_us = event->time_us + S / 2;
	event->due_us = event->received_us;
	event->items = letters(items, &event->items_n);
	event->count = (long long)event->items_n;
	return event;
}

static struct chat_event *
info(enum chat_event_kind kind, int second)
{
	struct chat_event *event = &events[events_n++];

	*event = (struct chat_event){.kind = kind, .time_us = T0 + second * S, .scene = -1, .count = -1};
	event->received_us = event->time_us + S / 2;
	event->due_us = event->time_us + S + policy.settle_us;
	return event;
}

/* "version(trail) roster changes settled" as one text: "B(A) xy +y@ s" */
static const char *
show(void)
{
	size_t used;

	qsort(plan.roster, plan.roster_n, sizeof(plan.roster[0]), compare_letters);
	used = (size_t)snprintf(shown, sizeof(shown), "%s(%s) %s", plan.version.n == 0 ? "-" : texts(&plan.version, 1),
	    texts(plan.trail, plan.trail_n), texts(plan.roster, plan.roster_n));
	for (size_t i = 0; i < plan.changes_n && used < 400; i++) {
		const struct chat_change *change = &plan.changes[i];

		char sign = change->is_presence ? '=' : change->is_join ? '+' : '-';

		used += (size_t)snprintf(shown + used, sizeof(shown) - used, " %c%s", sign, texts(&change->member, 1));
		if (change->event != SIZE_MAX)
			used += (size_t)snprintf(shown + used, sizeof(shown) - used, "%zu", change->event);
	}
	used += (size_t)snprintf(shown + used, sizeof(shown) - used, " ");
	for (size_t i = 0; i < events_n; i++)
		used += (size_t)snprintf(shown + used, sizeof(shown) - used, "%c", plan.is_settled[i] ? 's' : '.');
	return shown;
}

static const char *
run_at(int64_t now_us)
{
	assert_int_equal(chat_plan(&held, events, events_n, &policy, now_us, &mem, &plan), ST_OK);
	return show();
}

static const char *
run(void)
{
	return run_at(NOW);
}

static const char *
pull_at(char version, const char *roster, int64_t begun_us)
{
	struct chat_pulled pulled = {
	    .version = version_of(version), .begun_us = begun_us, .ended_us = begun_us + S / 10};

	pulled.roster = letters(roster, &pulled.roster_n);
	assert_int_equal(
	    chat_plan_pulled(&held, events, events_n, &pulled, &policy, pulled.ended_us, &mem, &plan), ST_OK);
	return show();
}

static const char *
pull(char version, const char *roster)
{
	return pull_at(version, roster, NOW);
}

static void
assert_next(enum chat_next next, enum chat_cause cause, int64_t wait_us)
{
	assert_int_equal(plan.next, next);
	assert_int_equal(plan.cause, cause);
	assert_int_equal(plan.wait_us, wait_us);
}

static int
setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)256 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

/* --- rule 1: what links is applied -----------------------------------------------------------------------------------
 */

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

/* --- rule 2: contained
 * ------------------------------------------------------------------------------------------------ */

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

/* --- rule 3: covered
 * -------------------------------------------------------------------------------------------------- */

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

/* --- rule 4: waiting, then one pull ----------------------------------------------------------------------------------
 */

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
	assert_string_equal(pull('B', "xy"), "B(A) xy =x =y s");
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

/* --- name, owner, notice, dismissal, enrichment ----------------------------------------------------------------------
 */

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

/* --- after a pull ----------------------------------------------------------------------------------------------------
 */

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
	    TEST(test_trail_keeps_the_newest),
	    TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
