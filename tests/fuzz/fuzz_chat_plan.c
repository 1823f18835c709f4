/*
 * The planner of group chats.  An even first byte: the bytes draw an honest history, checked step by step against its
 * truth (tests/unit/chat_world.h).  An odd one: state, events and answer that contradict each other in every way;
 * whatever they are, the ledger leads from the old roster to the new one, waiting ends, and the order of the events is
 * all one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/chat_world.h"

#define NAMES 12
#define EVENTS_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
	struct chat_state state;
	struct chat_event events[EVENTS_MAX];
	struct chat_pulled pulled;
	struct span items[EVENTS_MAX][NAMES], trail[NAMES], roster[NAMES], answer[NAMES];
	int64_t join_us[NAMES];
	size_t events_n;
};

static const char letters[] = "abcdefghijkl";

static struct span
draw_name(struct world *world)
{
	uint32_t at = world_draw(world, NAMES + 1);

	return at == NAMES ? (struct span){NULL, 0} : (struct span){letters + at, 1};
}

static int64_t
draw_time(struct world *world)
{
	static const int64_t odd[] = {0, -1, 1, INT64_MAX, INT64_MIN, WORLD_BEGIN_US * 2};
	uint32_t pick = world_draw(world, 32);

	if (pick < sizeof(odd) / sizeof(odd[0]))
		return odd[pick];
	return WORLD_BEGIN_US + ((int64_t)world_draw(world, 20) - 15) * WORLD_SECOND_US;
}

static size_t
draw_names(struct world *world, struct span *names)
{
	size_t n = world_draw(world, NAMES + 1);

	for (size_t i = 0; i < n; i++)
		names[i] = draw_name(world);
	return n;
}

/* Without repeats and empty ones. */
static size_t
draw_roster(struct world *world, struct span *roster)
{
	uint32_t picked = world_draw(world, 1 << NAMES);
	size_t n = 0;

	for (size_t i = 0; i < NAMES; i++)
		if (picked >> i & 1)
			roster[n++] = (struct span){letters + i, 1};
	return n;
}

static void
draw_input(struct world *world, struct input *in)
{
	in->state = (struct chat_state){.version = draw_name(world),
	    .version_us = draw_time(world),
	    .seen_us = draw_time(world),
	    .trail = in->trail,
	    .roster = in->roster,
	    .is_dismissed = world_draw(world, 16) == 0,
	    .enrich_us = world_draw(world, 4) == 0 ? draw_time(world) : 0};
	in->state.trail_n = draw_names(world, in->trail);
	in->state.roster_n = draw_roster(world, in->roster);
	in->pulled = (struct chat_pulled){.version = draw_name(world),
	    .roster = in->answer,
	    .join_us = in->join_us,
	    .begun_us = WORLD_BEGIN_US,
	    .ended_us = WORLD_BEGIN_US + (int64_t)world_draw(world, 4) * 100000};
	in->pulled.roster_n = draw_roster(world, in->answer);
	for (size_t i = 0; i < NAMES; i++)
		in->join_us[i] = draw_time(world);
	in->events_n = world_draw(world, EVENTS_MAX + 1);
	for (size_t i = 0; i < in->events_n; i++) {
		struct chat_event *event = &in->events[i];
		uint32_t kind = world_draw(world, 40);

		*event = (struct chat_event){.kind = kind < 2    ? CHAT_INFO
						     : kind == 2 ? CHAT_DISMISS
								 : (enum chat_event_kind)(kind & 1),
		    .time_us = draw_time(world),
		    .received_us = draw_time(world),
		    .due_us = draw_time(world),
		    .scene = (int)world_draw(world, 4) - 1,
		    .last = draw_name(world),
		    .current = draw_name(world),
		    .items = in->items[i],
		    .items_n = draw_names(world, in->items[i])};
		event->count =
		    world_draw(world, 8) == 0 ? (long long)world_draw(world, 20) - 2 : (long long)event->items_n;
	}
}

static uint32_t
bits(const struct span *names, size_t n)
{
	uint32_t roster = 0;

	for (size_t i = 0; i < n; i++)
		roster |= 1U << (names[i].at[0] - 'a');
	return roster;
}

static void
check_plan(const struct input *in, const struct chat_plan *plan, int64_t now_us)
{
	uint32_t roster = bits(in->roster, in->state.roster_n), bit;
	size_t settled_n = 0;

	for (size_t i = 0; i < plan->changes_n; i++) {
		bit = bits(&plan->changes[i].member, 1);
		if (((roster & bit) != 0) == plan->changes[i].is_join)
			abort();
		roster ^= bit;
		if (plan->changes[i].event != SIZE_MAX &&
		    (plan->changes[i].event >= in->events_n ||
			(in->events[plan->changes[i].event].kind == CHAT_JOIN) != plan->changes[i].is_join))
			abort();
	}
	if (roster != bits(plan->roster, plan->roster_n) || (size_t)__builtin_popcount(roster) != plan->roster_n ||
	    plan->trail_n > CHAT_TRAIL_MAX || (plan->changes_n > 0 && !plan->is_changed))
		abort();
	for (size_t i = 0; i < in->events_n; i++)
		settled_n += plan->is_settled[i] ? 1 : 0;
	if ((plan->is_dismissed && plan->next != CHAT_NEXT_NOTHING) ||
	    (plan->next == CHAT_NEXT_NOTHING && settled_n < in->events_n) || plan->applied_n > settled_n)
		abort();
	if (plan->next == CHAT_NEXT_WAIT &&
	    (plan->wait_us <= now_us ||
		(plan->wait_us > now_us + 200 * WORLD_SECOND_US && plan->cause != CHAT_CAUSE_ENRICH)))
		abort();
}

static void
try_lies(struct world *world)
{
	static const struct chat_policy policy = {2 * WORLD_SECOND_US, 3 * WORLD_SECOND_US};
	static struct input in, turned;
	struct chat_plan plan, other;
	struct arena mem;

	draw_input(world, &in);
	arena_init(&mem, (size_t)16 << 20);
	if (chat_plan(&in.state, in.events, in.events_n, &policy, WORLD_BEGIN_US, &mem, &plan) != ST_OK)
		abort();
	check_plan(&in, &plan, WORLD_BEGIN_US);
	turned = in;
	for (size_t i = 0; i < in.events_n; i++)
		turned.events[i] = in.events[in.events_n - 1 - i];
	if (chat_plan(&turned.state, turned.events, turned.events_n, &policy, WORLD_BEGIN_US, &mem, &other) != ST_OK ||
	    !span_equal(plan.version, other.version) || plan.applied_n != other.applied_n || plan.next != other.next ||
	    bits(plan.roster, plan.roster_n) != bits(other.roster, other.roster_n))
		abort();
	if (chat_plan_pulled(&in.state, in.events, in.events_n, &in.pulled, &policy, in.pulled.ended_us, &mem, &plan) !=
	    ST_OK)
		abort();
	check_plan(&in, &plan, in.pulled.ended_us);
	if (plan.next == CHAT_NEXT_PULL || (plan.was_stale && plan.has_roster))
		abort();
	arena_done(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world world;
	struct world_totals totals = {0};

	if (n == 0)
		return 0;
	world = (struct world){.random = 1, .bytes = data + 1, .bytes_n = n - 1};
	if (data[0] % 2 == 1) {
		try_lies(&world);
	} else if (!world_try(&world, &totals)) {
		fprintf(stderr, "%s\n", world.failure);
		abort();
	}
	return 0;
}
