/*
 * A small world for the planner of group chats: a truth that changes, its events lost, repeated, reordered and delayed, a
 * pull whose answer is up to the settling time old, and a mirror that does what the planner says.  Each step is compared
 * with the truth.  Numbers come from a seed, or from a fuzzer's bytes.
 */
#ifndef WECOM_TEST_CHAT_WORLD_H
#define WECOM_TEST_CHAT_WORLD_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/sync/chat_plan.h"

#define WORLD_EDGES_MAX 100
#define WORLD_INFOS_MAX 10
#define WORLD_EVENTS_MAX (WORLD_EDGES_MAX + WORLD_INFOS_MAX + 1)
#define WORLD_ARRIVALS_MAX (WORLD_EVENTS_MAX * 3)
#define WORLD_MEMBERS 24
#define WORLD_BEGIN_US 1772000000000000LL
#define WORLD_SECOND_US 1000000LL
#define WORLD_NEVER INT64_MAX
#define WORLD_NAME_BYTES 33

struct world_version {
	char name[WORLD_NAME_BYTES];
	uint32_t roster;	/* one bit a member */
	int64_t at_us;
};

struct world_event {
	struct chat_event event;
	struct span items[WORLD_MEMBERS];
	size_t target;			/* version that it leads to; SIZE_MAX: not an edge */
	int64_t at_us;			/* when it happened */
	int64_t first_us;		/* of its arrivals; WORLD_NEVER: lost */
	bool is_new;			/* arrived, and waits for its job */
	uint32_t told;			/* members with a line of the ledger by this event */
};

struct world_arrival {
	int64_t at_us;
	size_t event;
};

struct world_rates {		/* in percent */
	uint32_t lost, late, reordered, repeated, quiet, info;
};

struct world_totals {
	uint64_t histories, events, edges, gaps, allowed, pulls, writes, stale, applied, contained, covered;
};

struct world {
	uint64_t random;		/* not 0 */
	const uint8_t *bytes;		/* drawn first, then from `random` */
	size_t bytes_n;
	struct world_rates rates;
	struct chat_policy policy;
	struct world_version versions[WORLD_EDGES_MAX + 1];
	size_t versions_n;
	struct world_event events[WORLD_EVENTS_MAX];
	size_t events_n;
	struct world_arrival arrivals[WORLD_ARRIVALS_MAX];
	size_t arrivals_n;
	/* the mirror */
	size_t held;			/* SIZE_MAX: none */
	uint32_t roster;
	size_t trail[CHAT_TRAIL_MAX];
	size_t trail_n;
	int64_t version_us, seen_us;
	int64_t shown_us;		/* truth's moment in the last stored answer */
	int64_t now_us, due_us;
	size_t pulls_n, stale_n, asked_n;
	struct world_totals *totals;
	struct arena mem;
	char failure[256];
};

static char world_members[WORLD_MEMBERS][16];

static uint32_t
world_draw(struct world *world, uint32_t below)
{
	if (world->bytes_n > 0) {
		uint32_t number = 0;

		for (int i = 0; i < (below > 256 ? 3 : 1) && world->bytes_n > 0; i++, world->bytes++, world->bytes_n--)
			number = number << 8 | *world->bytes;
		return number % below;
	}
	/* xorshift64* */
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (uint32_t)((world->random * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static bool
world_chance(struct world *world, uint32_t percent)
{
	return world_draw(world, 100) < percent;
}

static int64_t
world_ms(struct world *world, uint32_t from, uint32_t to)
{
	return (int64_t)(from + world_draw(world, to - from + 1)) * 1000;
}

static bool __attribute__((format(printf, 2, 3)))
world_fail(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->failure[0] != '\0')
		return false;
	va_start(args, format);
	vsnprintf(world->failure, sizeof(world->failure), format, args);
	va_end(args);
	return false;
}

static size_t
world_index(const struct world *world, struct span name)
{
	char text[5] = "";
	size_t index;

	if (name.n != WORLD_NAME_BYTES - 1)
		return SIZE_MAX;
	memcpy(text, name.at + name.n - 4, 4);
	index = strtoul(text, NULL, 16);
	if (index >= world->versions_n || !span_equal(name, span_of(world->versions[index].name)))
		return SIZE_MAX;
	return index;
}

static uint32_t
world_member(struct span id)
{
	return id.n == 10 ? (uint32_t)strtoul(id.at + 8, NULL, 10) : WORLD_MEMBERS;
}

/* --- the truth and what is told of it -------------------------------------------------------------------------------- */

static void
world_deliver(struct world *world, size_t at)
{
	struct world_event *event = &world->events[at];
	uint32_t copies = 1 + (world_chance(world, world->rates.repeated) ? 1 + world_draw(world, 2) : 0);

	event->first_us = WORLD_NEVER;
	if (world_chance(world, world->rates.lost))
		return;
	for (uint32_t i = 0; i < copies; i++) {
		int64_t delay_us = world_ms(world, 1, 60);

		if (world_chance(world, world->rates.late))
			delay_us = world_ms(world, 3000, 60000);
		else if (world_chance(world, world->rates.reordered))
			delay_us = world_ms(world, 100, 2990);
		/* repeats come behind, now and then very late */
		if (i > 0)
			delay_us += world_chance(world, 30) ? world_ms(world, 60000, 400000) : world_ms(world, 0, 9000);
		if (event->at_us + delay_us < event->first_us)
			event->first_us = event->at_us + delay_us;
		world->arrivals[world->arrivals_n++] = (struct world_arrival){event->at_us + delay_us, at};
	}
}

static struct world_event *
world_event_add(struct world *world, enum chat_event_kind kind, int64_t at_us)
{
	struct world_event *event = &world->events[world->events_n++];
	int64_t second_us = at_us / WORLD_SECOND_US * WORLD_SECOND_US;

	*event = (struct world_event){.target = SIZE_MAX, .at_us = at_us};
	event->event = (struct chat_event){.kind = kind, .time_us = second_us, .scene = -1, .count = -1,
	    .due_us = second_us + WORLD_SECOND_US + world->policy.settle_us};
	return event;
}

static void
world_version_add(struct world *world, uint32_t roster, int64_t at_us)
{
	struct world_version *version = &world->versions[world->versions_n];

	snprintf(version->name, sizeof(version->name), "%07x%07x%07x%07x%04zx", world_draw(world, 1 << 24),
	    world_draw(world, 1 << 24), world_draw(world, 1 << 24), world_draw(world, 1 << 24), world->versions_n);
	version->roster = roster;
	version->at_us = at_us;
	world->versions_n++;
}

/* Some come, or some go. */
static void
world_edge_add(struct world *world, int64_t at_us)
{
	uint32_t before = world->versions[world->versions_n - 1].roster, picked = 0, pool;
	bool is_join = before == 0 || (before != (1U << WORLD_MEMBERS) - 1 && world_chance(world, 55));
	struct world_event *event = world_event_add(world, is_join ? CHAT_JOIN : CHAT_QUIT, at_us);

	pool = is_join ? ~before & ((1U << WORLD_MEMBERS) - 1) : before;
	for (uint32_t tries = 1 + world_draw(world, 4); tries > 0 || picked == 0; tries -= tries > 0 ? 1 : 0) {
		uint32_t member = world_draw(world, WORLD_MEMBERS);

		while ((pool >> member & 1) == 0)
			member = (member + 1) % WORLD_MEMBERS;
		picked |= 1U << member;
	}
	for (uint32_t i = 0; i < WORLD_MEMBERS; i++)
		if (picked >> i & 1)
			event->items[event->event.items_n++] = span_of(world_members[i]);
	event->target = world->versions_n;
	world_version_add(world, before ^ picked, at_us);
	event->event.items = event->items;
	event->event.count = (long long)event->event.items_n;
	event->event.scene = is_join ? 3 : 0;
	event->event.last = span_of(world->versions[event->target - 1].name);
	event->event.current = span_of(world->versions[event->target].name);
}

static int
world_compare(const void *a, const void *b)
{
	const struct world_arrival *one = a, *two = b;

	if (one->at_us != two->at_us)
		return one->at_us < two->at_us ? -1 : 1;
	return one->event < two->event ? -1 : one->event > two->event;
}

static void
world_history(struct world *world)
{
	uint32_t edges = world_draw(world, world_chance(world, 10) ? WORLD_EDGES_MAX : 30), infos = 0;
	int64_t at_us = WORLD_BEGIN_US;
	size_t i;

	world_version_add(world, world_draw(world, 1 << 24) & 0xfffff, at_us);
	if (world_chance(world, 50)) {
		world_event_add(world, CHAT_INFO, at_us)->event.is_creation = true;
	} else if (world_chance(world, 80)) {
		world->held = 0;
		world->roster = world->versions[0].roster;
		world->version_us = at_us;
		world->seen_us = world_chance(world, 50) ? at_us : 0;
		world->shown_us = at_us;
	}
	while (edges > 0) {
		at_us += world_chance(world, world->rates.quiet) ? world_ms(world, 4000, 200000) : world_ms(world, 0, 1500);
		if (infos < WORLD_INFOS_MAX && world_chance(world, world->rates.info)) {
			world_event_add(world, CHAT_INFO, at_us);
			infos++;
		} else {
			world_edge_add(world, at_us);
			edges--;
		}
	}
	for (i = 0; i < world->events_n; i++)
		world_deliver(world, i);
	qsort(world->arrivals, world->arrivals_n, sizeof(world->arrivals[0]), world_compare);
}

/* Pulls that nothing can save: runs of edges that are lost or later than the grace, each with an edge behind it. */
static size_t
world_allowed(struct world *world)
{
	size_t n = world->held == SIZE_MAX ? 1 : 0;
	bool is_missing = false;

	for (size_t i = 0; i < world->events_n; i++) {
		const struct world_event *event = &world->events[i];

		if (event->target == SIZE_MAX) {
			n += event->first_us != WORLD_NEVER ? 1 : 0;
		} else if (event->first_us == WORLD_NEVER || event->first_us > event->at_us + world->policy.grace_us) {
			/* a latecomer may itself come when what precedes it is missing */
			if (is_missing && event->first_us != WORLD_NEVER)
				world->totals->gaps++, n++;
			is_missing = true;
		} else {
			if (is_missing)
				world->totals->gaps++, n++;
			is_missing = false;
		}
	}
	return n;
}

/* --- the mirror ------------------------------------------------------------------------------------------------------ */

/* What a job has at hand; borrowed names, so that the plan's spans can be looked up again. */
struct world_job {
	struct chat_state state;
	struct span trail[CHAT_TRAIL_MAX], roster[WORLD_MEMBERS];
	struct chat_event events[WORLD_EVENTS_MAX];
	size_t index[WORLD_EVENTS_MAX];
	size_t events_n;
};

static size_t
world_spans(uint32_t roster, struct span *ret)
{
	size_t n = 0;

	for (uint32_t i = 0; i < WORLD_MEMBERS; i++)
		if (roster >> i & 1)
			ret[n++] = span_of(world_members[i]);
	return n;
}

static void
world_claim(struct world *world, struct world_job *job)
{
	memset(&job->state, 0, sizeof(job->state));
	job->events_n = 0;
	if (world->held != SIZE_MAX)
		job->state.version = span_of(world->versions[world->held].name);
	job->state.version_us = world->version_us;
	job->state.seen_us = world->seen_us;
	for (size_t i = 0; i < world->trail_n; i++)
		job->trail[i] = span_of(world->versions[world->trail[i]].name);
	job->state.trail = job->trail;
	job->state.trail_n = world->trail_n;
	job->state.roster_n = world_spans(world->roster, job->roster);
	job->state.roster = job->roster;
	for (size_t i = 0; i < world->events_n; i++) {
		if (!world->events[i].is_new)
			continue;
		job->index[job->events_n] = i;
		job->events[job->events_n++] = world->events[i].event;
	}
	/* any order */
	for (size_t i = job->events_n; i > 1; i--) {
		size_t other = world_draw(world, (uint32_t)i), index = job->index[i - 1];
		struct chat_event event = job->events[i - 1];

		job->events[i - 1] = job->events[other];
		job->index[i - 1] = job->index[other];
		job->events[other] = event;
		job->index[other] = index;
	}
}

static bool
world_check_ledger(struct world *world, const struct world_job *job, const struct chat_plan *plan)
{
	uint32_t roster = world->roster;

	for (size_t i = 0; i < plan->changes_n; i++) {
		const struct chat_change *change = &plan->changes[i];
		uint32_t member = world_member(change->member), bit;
		struct world_event *event;

		if (member >= WORLD_MEMBERS)
			return world_fail(world, "the ledger names an unknown member");
		bit = 1U << member;
		if (((roster & bit) != 0) == change->is_join)
			return world_fail(world, "%s of member %u twice", change->is_join ? "join" : "quit", member);
		roster ^= bit;
		if (change->is_presence && world->held != SIZE_MAX)
			return world_fail(world, "presence in a known chat");
		if (change->event == SIZE_MAX)
			continue;
		if (change->event >= job->events_n)
			return world_fail(world, "the ledger names an unknown event");
		event = &world->events[job->index[change->event]];
		if (event->told & bit)
			return world_fail(world, "event %zu applied twice", job->index[change->event]);
		if ((event->event.kind == CHAT_JOIN) != change->is_join || change->at_us != event->event.time_us)
			return world_fail(world, "event %zu tells something else", job->index[change->event]);
		event->told |= bit;
	}
	world->roster = roster;
	return true;
}

static bool
world_store_version(struct world *world, const struct chat_plan *plan)
{
	size_t held = plan->version.n == 0 ? SIZE_MAX : world_index(world, plan->version);
	uint32_t roster = 0;

	for (size_t i = 0; i < plan->roster_n; i++)
		roster |= 1U << world_member(plan->roster[i]);
	if (roster != world->roster)
		return world_fail(world, "the ledger does not lead to the roster");
	if (held == SIZE_MAX && world->held == SIZE_MAX)
		return roster == 0 || world_fail(world, "a roster without a version");
	if (held == SIZE_MAX)
		return world_fail(world, "no version of the truth");
	if (world->held != SIZE_MAX && held < world->held)
		return world_fail(world, "held goes back from %zu to %zu", world->held, held);
	if (roster != world->versions[held].roster)
		return world_fail(world, "version %zu: roster %06x, truth %06x", held, roster, world->versions[held].roster);
	if (!plan->is_changed && (held != world->held || plan->changes_n > 0))
		return world_fail(world, "is_changed is wrong");
	if (plan->version_us < world->versions[held].at_us || plan->version_us > world->now_us)
		return world_fail(world, "version_us is not behind the change, or in the future");
	world->held = held;
	/* nothing is written for a plan that changed nothing */
	if (!plan->is_changed && !plan->has_roster)
		return true;
	world->totals->writes++;
	world->version_us = plan->version_us;
	world->trail_n = plan->trail_n;
	for (size_t i = 0; i < plan->trail_n; i++) {
		world->trail[i] = world_index(world, plan->trail[i]);
		if (world->trail[i] >= held)
			return world_fail(world, "the trail names what is not before the held version");
		for (size_t k = 0; k < i; k++)
			if (world->trail[k] == world->trail[i])
				return world_fail(world, "the trail names a version twice");
	}
	return true;
}

/* Only what is held, or was shown, needs nothing more. */
static bool
world_settle(struct world *world, const struct world_job *job, const struct chat_plan *plan)
{
	for (size_t i = 0; i < job->events_n; i++) {
		struct world_event *event = &world->events[job->index[i]];

		if (!plan->is_settled[i]) {
			if (plan->next == CHAT_NEXT_NOTHING)
				return world_fail(world, "nothing to do with an event left");
			continue;
		}
		event->is_new = false;
		if (event->target != SIZE_MAX && (world->held == SIZE_MAX || event->target > world->held))
			return world_fail(world, "edge to %zu settled, held is %zu", event->target, world->held);
		if (event->target == SIZE_MAX && world->shown_us < event->at_us)
			return world_fail(world, "a change of name settled that no pull has shown");
	}
	return true;
}

static bool
world_store(struct world *world, const struct world_job *job, const struct chat_plan *plan)
{
	world->totals->applied += plan->applied_n;
	world->totals->contained += plan->contained_n;
	world->totals->covered += plan->covered_n;
	if (!world_check_ledger(world, job, plan) || !world_store_version(world, plan) || !world_settle(world, job, plan))
		return false;
	world->due_us = WORLD_NEVER;
	if (plan->next == CHAT_NEXT_PULL)
		return world_fail(world, "a pull right behind a pull");
	if (plan->next == CHAT_NEXT_WAIT) {
		if (plan->wait_us <= world->now_us ||
		    plan->wait_us > world->now_us + world->policy.settle_us + world->policy.grace_us + 2 * WORLD_SECOND_US)
			return world_fail(world, "waits for %" PRId64 " us", plan->wait_us - world->now_us);
		world->due_us = plan->wait_us;
	}
	return true;
}

static size_t
world_version_at(const struct world *world, int64_t at_us)
{
	size_t at = 0;

	while (at + 1 < world->versions_n && world->versions[at + 1].at_us <= at_us)
		at++;
	return at;
}

/* The answer is the truth of some moment from settle before the call to its end. */
static bool
world_pull(struct world *world, struct world_job *job, struct chat_plan *plan)
{
	int64_t latency_us = world_ms(world, 5, 400);
	int64_t shown_us = world->now_us - world->policy.settle_us;
	struct span roster[WORLD_MEMBERS];
	int64_t join_us[WORLD_MEMBERS] = {0};
	struct chat_pulled pulled = {.roster = roster, .join_us = join_us, .begun_us = world->now_us};
	size_t version;

	if (world_chance(world, 50))
		shown_us += world_ms(world, 0, (uint32_t)((world->policy.settle_us + latency_us) / 1000));
	else if (world_chance(world, 70))
		shown_us = world->now_us;
	version = world_version_at(world, shown_us);
	pulled.version = span_of(world->versions[version].name);
	pulled.roster_n = world_spans(world->versions[version].roster, roster);
	world->now_us += latency_us;
	pulled.ended_us = world->now_us;
	world->pulls_n++;
	if (chat_plan_pulled(&job->state, job->events, job->events_n, &pulled, &world->policy, world->now_us, &world->mem,
		plan) != ST_OK)
		return world_fail(world, "no memory");
	if (plan->was_stale == plan->has_roster)
		return world_fail(world, "neither stale nor taken, or both");
	if (plan->was_stale) {
		world->stale_n++;
		return true;
	}
	world->seen_us = pulled.begun_us;
	world->shown_us = shown_us > world->shown_us ? shown_us : world->shown_us;
	return true;
}

static bool
world_run(struct world *world, bool is_asked)
{
	struct world_job job;
	struct chat_plan plan;

	world_claim(world, &job);
	arena_reset(&world->mem);
	if (chat_plan(&job.state, job.events, job.events_n, &world->policy, world->now_us, &world->mem, &plan) != ST_OK)
		return world_fail(world, "no memory");
	if (plan.next == CHAT_NEXT_PULL || is_asked) {
		world->asked_n += plan.next == CHAT_NEXT_PULL ? 0 : 1;
		if (!world_pull(world, &job, &plan))
			return false;
	}
	return world_store(world, &job, &plan);
}

static void
world_arrive(struct world *world, const struct world_arrival *arrival)
{
	struct world_event *event = &world->events[arrival->event];

	if (event->event.received_us == 0)
		event->event.received_us = arrival->at_us;
	/* a repeat of what a recorded pull covers is passed over */
	if (event->target == SIZE_MAX && world->seen_us > event->event.due_us)
		return;
	event->is_new = true;
}

/* Events come, jobs run; then everything that was put off. */
static bool
world_play(struct world *world)
{
	size_t next = 0;

	world->due_us = WORLD_NEVER;
	for (size_t steps = 0; next < world->arrivals_n || world->due_us != WORLD_NEVER; steps++) {
		int64_t at_us = next < world->arrivals_n ? world->arrivals[next].at_us : WORLD_NEVER;

		if (steps > 4 * WORLD_ARRIVALS_MAX)
			return world_fail(world, "never done");
		at_us = at_us < world->due_us ? at_us : world->due_us;
		world->now_us = at_us > world->now_us ? at_us : world->now_us;
		while (next < world->arrivals_n && world->arrivals[next].at_us <= world->now_us)
			world_arrive(world, &world->arrivals[next++]);
		/* a busy daemon comes later, and finds more */
		if (next < world->arrivals_n && world_chance(world, 20)) {
			world->due_us = world->now_us;
			world->now_us = world->arrivals[next].at_us < world->now_us + WORLD_SECOND_US ?
			    world->arrivals[next].at_us : world->now_us;
			continue;
		}
		if (!world_run(world, world_chance(world, 1)))
			return false;
	}
	return true;
}

static bool
world_is_told_of_last(const struct world *world)
{
	for (size_t i = world->events_n; i > 0; i--)
		if (world->events[i - 1].target != SIZE_MAX)
			return world->events[i - 1].first_us != WORLD_NEVER;
	return false;
}

static bool
world_check_end(struct world *world)
{
	size_t allowed = world_allowed(world);

	if (!world_play(world))
		return false;
	allowed += world->stale_n + world->asked_n;
	world->totals->allowed += allowed;
	world->totals->pulls += world->pulls_n;
	world->totals->stale += world->stale_n;
	if (world->pulls_n > allowed)
		return world_fail(world, "%zu pulls, %zu would do", world->pulls_n, allowed);
	if (world_is_told_of_last(world) && world->held + 1 != world->versions_n)
		return world_fail(world, "ends at %zu of %zu", world->held + 1, world->versions_n);
	if (world->now_us < world->versions[world->versions_n - 1].at_us)
		world->now_us = world->versions[world->versions_n - 1].at_us;
	world->now_us += 10 * WORLD_SECOND_US;
	if (!world_run(world, true) || world->held + 1 != world->versions_n)
		return world_fail(world, "a last pull does not make it equal");
	return true;
}

/* One history.  False: `failure` says what is wrong. */
static bool
world_try(struct world *world, struct world_totals *totals)
{
	static const uint32_t levels[] = {0, 0, 5, 20, 50};
	uint32_t *rates[] = {&world->rates.lost, &world->rates.late, &world->rates.reordered, &world->rates.repeated};
	bool is_right;

	for (uint32_t i = 0; i < WORLD_MEMBERS; i++)
		snprintf(world_members[i], sizeof(world_members[i]), "wmMEMBER%02" PRIu32, i);
	world->totals = totals;
	world->policy = (struct chat_policy){2 * WORLD_SECOND_US, 3 * WORLD_SECOND_US};
	world->held = SIZE_MAX;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		*rates[i] = levels[world_draw(world, sizeof(levels) / sizeof(levels[0]))];
	world->rates.quiet = 10 + world_draw(world, 80);
	world->rates.info = world_chance(world, 50) ? 10 : 0;
	arena_init(&world->mem, (size_t)16 << 20);
	world_history(world);
	is_right = world_check_end(world);
	arena_done(&world->mem);
	totals->histories++;
	totals->events += world->arrivals_n;
	totals->edges += world->versions_n - 1;
	return is_right;
}

#endif
