/*
 * The planner of group chats in short words, for test_chat_plan*.c: versions are letters, members small ones, times
 * seconds after T0.  hold() says what is held, edge() and info() add events, run() and pull() plan, and show what came
 * of it as one text.
 */
#ifndef WECOM_TEST_CHAT_PLAN_KIT_H
#define WECOM_TEST_CHAT_PLAN_KIT_H

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
static inline const struct span *
letters(const char *text, size_t *ret_n)
{
	struct span *spans = arena_alloc(&mem, (strlen(text) + 1) * sizeof(*spans));

	assert_non_null(spans);
	for (*ret_n = 0; text[*ret_n] != '\0'; (*ret_n)++)
		spans[*ret_n] = (struct span){text + *ret_n, 1};
	return spans;
}

static inline struct span
version_of(char letter)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return letter == '-' ? (struct span){NULL, 0} : (struct span){alphabet + (letter - 'A'), 1};
}

static inline const char *
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

static inline int
compare_letters(const void *a, const void *b)
{
	const struct span *one = a, *two = b;

	return one->at[0] - two->at[0];
}

/* "held version, trail, roster": known 50 s ago, nothing pulled since. */
static inline void
hold(char version, const char *trail, const char *roster)
{
	held = (struct chat_state){.version = version_of(version), .version_us = version == '-' ? 0 : T0 + 50 * S};
	held.trail = letters(trail, &held.trail_n);
	held.roster = letters(roster, &held.roster_n);
	events_n = 0;
}

/* "A+xy>B" joins, "A-x>B" quits; so many seconds after T0, arrived half a second later. */
static inline struct chat_event *
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

static inline struct chat_event *
info(enum chat_event_kind kind, int second)
{
	struct chat_event *event = &events[events_n++];

	*event = (struct chat_event){.kind = kind, .time_us = T0 + second * S, .scene = -1, .count = -1};
	event->received_us = event->time_us + S / 2;
	event->due_us = event->time_us + S + policy.settle_us;
	return event;
}

/* "version(trail) roster changes settled" as one text: "B(A) xy +y@ s" */
static inline const char *
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

static inline const char *
run_at(int64_t now_us)
{
	assert_int_equal(chat_plan(&held, events, events_n, &policy, now_us, &mem, &plan), ST_OK);
	return show();
}

static inline const char *
run(void)
{
	return run_at(NOW);
}

static inline const char *
pull_at(char version, const char *roster, int64_t begun_us)
{
	struct chat_pulled pulled = {
	    .version = version_of(version), .begun_us = begun_us, .ended_us = begun_us + S / 10};

	pulled.roster = letters(roster, &pulled.roster_n);
	assert_int_equal(
	    chat_plan_pulled(&held, events, events_n, &pulled, &policy, pulled.ended_us, &mem, &plan), ST_OK);
	return show();
}

static inline const char *
pull(char version, const char *roster)
{
	return pull_at(version, roster, NOW);
}

static inline void
assert_next(enum chat_next next, enum chat_cause cause, int64_t wait_us)
{
	assert_int_equal(plan.next, next);
	assert_int_equal(plan.cause, cause);
	assert_int_equal(plan.wait_us, wait_us);
}

static inline int
setup(void **state)
{
	(void)state;
	arena_init(&mem, (size_t)256 << 20);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
