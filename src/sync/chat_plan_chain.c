/*
 * The graph of versions and edges, and the walk along it.  Linear in events, items and roster: each version is entered
 * once, each edge looked at a fixed number of times.  Never judges by time; chat_plan.c does.
 */
#include "chat_plan_inside.h"

#include <string.h>

static bool
is_member_kind(enum chat_event_kind kind)
{
	return kind == CHAT_JOIN || kind == CHAT_QUIT;
}

static size_t
items_read(const struct chat_event *event)
{
	if (!is_member_kind(event->kind))
		return 0;
	return event->items_n < CHAT_ITEMS_MAX ? event->items_n : CHAT_ITEMS_MAX;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * A clock that was wrong when the event came must neither hold it back for ever nor pass it off as long known.  An
 * event without a usable time happened when it came, or before.
 */
static void
read_times(const struct chat_chain *chain, const struct chat_event *event, struct chat_edge *edge)
{
	edge->arrived_us = event->received_us;
	if (event->received_us > chain->now_us + CHAT_SLACK_US)
		edge->arrived_us = chain->now_us - chain->policy->grace_us;
	edge->at_us =
	    event->time_us <= 0 ? edge->arrived_us : smaller(event->time_us, edge->arrived_us + CHAT_SLACK_US);
}

static enum status
read_items(struct chat_chain *chain, const struct chat_event *event, struct chat_edge *edge)
{
	size_t n = items_read(event);

	edge->items = arena_alloc(chain->mem, n * sizeof(*edge->items));
	if (edge->items == NULL)
		return ST_NOMEM;
	chain->marks_n++;
	for (size_t i = 0; i < n; i++) {
		uint32_t member = chat_names_add(&chain->members, event->items[i]);

		if (member == CHAT_NONE || chain->mark[member] == chain->marks_n)
			continue;
		chain->mark[member] = chain->marks_n;
		edge->items[edge->items_n++] = member;
	}
	/* an empty or repeated item makes the numbers differ */
	edge->is_whole = edge->last != edge->current && edge->items_n > 0 && edge->items_n == event->items_n &&
			 event->count == (long long)event->items_n;
	return ST_OK;
}

static enum status
read_event(struct chat_chain *chain, uint32_t at)
{
	const struct chat_event *event = &chain->events[at];
	struct chat_edge *edge = &chain->edges[at];

	*edge = (struct chat_edge){.last = CHAT_NONE, .current = CHAT_NONE};
	read_times(chain, event, edge);
	edge->is_member = is_member_kind(event->kind);
	if (!edge->is_member)
		return ST_OK;
	if (event->last.n > 0 && event->current.n > 0) {
		edge->last = chat_names_add(&chain->versions, event->last);
		edge->current = chat_names_add(&chain->versions, event->current);
		edge->next_out = chain->out[edge->last];
		edge->next_in = chain->in[edge->current];
		chain->out[edge->last] = at;
		chain->in[edge->current] = at;
	}
	return read_items(chain, event, edge);
}

/* Everything that is as long as the input is wide. */
static enum status
allocate(struct chat_chain *chain, const struct chat_pulled *pulled)
{
	const struct chat_state *state = chain->state;
	size_t versions_n = 2 * chain->events_n + state->trail_n + 2;
	size_t members_n = state->roster_n + (pulled == NULL ? 0 : pulled->roster_n);
	enum status st;

	for (size_t i = 0; i < chain->events_n; i++)
		members_n += items_read(&chain->events[i]);
	st = chat_names_init(&chain->versions, versions_n, chain->mem);
	if (st == ST_OK)
		st = chat_names_init(&chain->members, members_n, chain->mem);
	if (st != ST_OK)
		return st;
	chain->edges = arena_alloc(chain->mem, chain->events_n * sizeof(*chain->edges));
	chain->out = arena_alloc(chain->mem, versions_n * sizeof(*chain->out));
	chain->in = arena_alloc(chain->mem, versions_n * sizeof(*chain->in));
	chain->is_known = arena_alloc(chain->mem, versions_n * sizeof(*chain->is_known));
	chain->is_beyond = arena_alloc(chain->mem, versions_n * sizeof(*chain->is_beyond));
	chain->stack = arena_alloc(chain->mem, versions_n * sizeof(*chain->stack));
	/* each version once when it is passed, and the ends of each edge when a pull jumps over it */
	chain->trail = arena_alloc(chain->mem, (3 * versions_n + state->trail_n) * sizeof(*chain->trail));
	chain->is_present = arena_alloc(chain->mem, members_n * sizeof(*chain->is_present));
	chain->mark = arena_alloc(chain->mem, members_n * sizeof(*chain->mark));
	chain->plan->is_settled = arena_alloc(chain->mem, chain->events_n * sizeof(*chain->plan->is_settled));
	if (chain->edges == NULL || chain->out == NULL || chain->in == NULL || chain->is_known == NULL ||
	    chain->is_beyond == NULL || chain->stack == NULL || chain->trail == NULL || chain->is_present == NULL ||
	    chain->mark == NULL || chain->plan->is_settled == NULL)
		return ST_NOMEM;
	memset(chain->out, 0xff, versions_n * sizeof(*chain->out));
	memset(chain->in, 0xff, versions_n * sizeof(*chain->in));
	return ST_OK;
}

enum status
chat_chain_init(struct chat_chain *chain, const struct chat_pulled *pulled)
{
	const struct chat_state *state = chain->state;
	enum status st = allocate(chain, pulled);

	if (st != ST_OK)
		return st;
	chain->version_us = state->version_us > chain->now_us + CHAT_SLACK_US ? 0 : state->version_us;
	chain->stored_us = chain->version_us;
	chain->seen_us = state->seen_us > chain->now_us + CHAT_SLACK_US ? 0 : state->seen_us;
	for (size_t i = 0; i < state->roster_n; i++) {
		uint32_t member = chat_names_add(&chain->members, state->roster[i]);

		if (member != CHAT_NONE)
			chain->is_present[member] = true;
	}
	for (size_t i = 0; pulled != NULL && i < pulled->roster_n; i++)
		(void)chat_names_add(&chain->members, pulled->roster[i]);
	for (uint32_t i = 0; i < chain->events_n && st == ST_OK; i++)
		st = read_event(chain, i);
	for (size_t i = 0; i < state->trail_n; i++) {
		uint32_t version = chat_names_add(&chain->versions, state->trail[i]);

		if (version != CHAT_NONE)
			chain->trail[chain->trail_n++] = version;
		chat_chain_know(chain, version);
	}
	chain->held = chat_names_add(&chain->versions, state->version);
	chat_chain_know(chain, chain->held);
	return st;
}

void
chat_chain_know(struct chat_chain *chain, uint32_t version)
{
	uint32_t stack_n = 0;

	if (version == CHAT_NONE || chain->is_known[version])
		return;
	chain->is_known[version] = true;
	chain->stack[stack_n++] = version;
	while (stack_n > 0) {
		uint32_t reached = chain->stack[--stack_n];

		for (uint32_t at = chain->in[reached]; at != CHAT_NONE; at = chain->edges[at].next_in) {
			uint32_t before = chain->edges[at].last;

			if (chain->is_known[before])
				continue;
			chain->is_known[before] = true;
			chain->stack[stack_n++] = before;
		}
	}
}

void
chat_chain_look_beyond(struct chat_chain *chain, uint32_t version)
{
	uint32_t stack_n = 0;

	chain->is_beyond[version] = true;
	chain->stack[stack_n++] = version;
	while (stack_n > 0) {
		uint32_t reached = chain->stack[--stack_n];

		for (uint32_t at = chain->out[reached]; at != CHAT_NONE; at = chain->edges[at].next_out) {
			uint32_t behind = chain->edges[at].current;

			if (chain->is_beyond[behind])
				continue;
			chain->is_beyond[behind] = true;
			chain->stack[stack_n++] = behind;
		}
	}
}

/* Give each of these members the mark that the result names. */
static uint32_t
mark_items(struct chat_chain *chain, const struct chat_edge *edge)
{
	chain->marks_n++;
	for (uint32_t i = 0; i < edge->items_n; i++)
		chain->mark[edge->items[i]] = chain->marks_n;
	return chain->marks_n;
}

static bool
has_items(const struct chat_chain *chain, const struct chat_edge *edge, uint32_t mark, uint32_t items_n)
{
	if (edge->items_n != items_n)
		return false;
	for (uint32_t i = 0; i < edge->items_n; i++)
		if (chain->mark[edge->items[i]] != mark)
			return false;
	return true;
}

static bool
fits(const struct chat_chain *chain, const struct chat_edge *edge, enum chat_event_kind kind)
{
	for (uint32_t i = 0; i < edge->items_n; i++)
		if (chain->is_present[edge->items[i]] != (kind == CHAT_QUIT))
			return false;
	return true;
}

/*
 * The edge that leaves the held version.  CHAT_NONE when there is none to be believed: two that differ contradict each
 * other and neither is trusted; one that leads back means that versions recur.
 */
static uint32_t
step(struct chat_chain *chain)
{
	uint32_t first = CHAT_NONE, whole = CHAT_NONE, mark = 0;

	if (chain->held == CHAT_NONE)
		return CHAT_NONE;
	for (uint32_t at = chain->out[chain->held]; at != CHAT_NONE; at = chain->edges[at].next_out) {
		const struct chat_edge *edge = &chain->edges[at];

		if (edge->current == edge->last)
			continue;
		if (first == CHAT_NONE)
			first = at;
		if (edge->current != chain->edges[first].current || chain->events[at].kind != chain->events[first].kind)
			return CHAT_NONE;
		if (!edge->is_whole)
			continue;
		if (whole == CHAT_NONE)
			mark = mark_items(chain, edge);
		else if (!has_items(chain, edge, mark, chain->edges[whole].items_n))
			return CHAT_NONE;
		/* of repeats the one that came first: lists hold the newest first */
		whole = at;
	}
	if (whole == CHAT_NONE || chain->is_known[chain->edges[whole].current] ||
	    !fits(chain, &chain->edges[whole], chain->events[whole].kind))
		return CHAT_NONE;
	return whole;
}

enum status
chat_chain_change(struct chat_chain *chain, uint32_t member, struct chat_change change)
{
	struct chat_plan *plan = chain->plan;

	if (plan->changes_n == chain->changes_room) {
		size_t room = chain->changes_room == 0 ? 16 : chain->changes_room * 2;
		struct chat_change *changes = arena_alloc(chain->mem, room * sizeof(*changes));

		if (changes == NULL)
			return ST_NOMEM;
		if (plan->changes_n > 0)
			memcpy(changes, plan->changes, plan->changes_n * sizeof(*changes));
		plan->changes = changes;
		chain->changes_room = room;
	}
	change.member = chain->members.names[member];
	plan->changes[plan->changes_n++] = change;
	chain->is_present[member] = change.is_join;
	return ST_OK;
}

void
chat_chain_jump(struct chat_chain *chain, uint32_t version)
{
	if (chain->held != CHAT_NONE && chain->held != version)
		chain->trail[chain->trail_n++] = chain->held;
	chain->held = version;
	chat_chain_know(chain, version);
}

static enum status
apply(struct chat_chain *chain, uint32_t at)
{
	const struct chat_event *event = &chain->events[at];
	struct chat_edge *edge = &chain->edges[at];
	/* a time that is only guessed says nothing; the answers of pulls are told apart without it */
	int64_t reached_us = event->time_us <= 0 ? 0 : smaller(edge->at_us + CHAT_SECOND_US, chain->now_us);
	enum status st = ST_OK;

	for (uint32_t i = 0; i < edge->items_n && st == ST_OK; i++)
		st = chat_chain_change(chain, edge->items[i],
		    (struct chat_change){
			.is_join = event->kind == CHAT_JOIN, .at_us = edge->at_us, .scene = event->scene, .event = at});
	edge->is_applied = true;
	chain->plan->applied_n++;
	chain->plan->out_of_order_n += edge->arrived_us < chain->arrived_us ? 1 : 0;
	chain->arrived_us = edge->arrived_us;
	chain->version_us = reached_us > chain->version_us ? reached_us : chain->version_us;
	chat_chain_jump(chain, edge->current);
	return st;
}

enum status
chat_chain_walk(struct chat_chain *chain, uint32_t until)
{
	enum status st = ST_OK;

	while (st == ST_OK && (chain->held != until || until == CHAT_NONE)) {
		uint32_t at = step(chain);

		if (at == CHAT_NONE)
			break;
		st = apply(chain, at);
	}
	return st;
}

/*
 * An edge leaves a version before the held one, so it was passed by: what is held lies at its end or behind.  Unless
 * the version came back since: then the edge is younger than what is held.
 */
static bool
is_passed(const struct chat_chain *chain, const struct chat_edge *edge)
{
	return edge->last != chain->held && edge->at_us <= chain->version_us;
}

static void
pass(struct chat_chain *chain, uint32_t version, bool is_new_to_trail, uint32_t *stack_n)
{
	if (chain->is_known[version])
		return;
	chain->is_known[version] = true;
	chain->stack[(*stack_n)++] = version;
	if (!is_new_to_trail)
		return;
	chain->trail[chain->trail_n++] = version;
	chain->is_trail_longer = true;
}

void
chat_chain_pass(struct chat_chain *chain)
{
	uint32_t stack_n = 0;

	for (uint32_t i = 0; i < chain->versions.n; i++)
		if (chain->is_known[i])
			chain->stack[stack_n++] = i;
	while (stack_n > 0) {
		uint32_t version = chain->stack[--stack_n];

		for (uint32_t at = chain->out[version]; at != CHAT_NONE; at = chain->edges[at].next_out)
			if (is_passed(chain, &chain->edges[at]))
				pass(chain, chain->edges[at].current, true, &stack_n);
		for (uint32_t at = chain->in[version]; at != CHAT_NONE; at = chain->edges[at].next_in)
			pass(chain, chain->edges[at].last, false, &stack_n);
	}
}

bool
chat_chain_contains(const struct chat_chain *chain, const struct chat_edge *edge)
{
	if (edge->current == CHAT_NONE || (edge->last == chain->held && edge->current != edge->last))
		return false;
	return chain->is_known[edge->current];
}

bool
chat_chain_recurs(const struct chat_chain *chain)
{
	if (chain->held == CHAT_NONE)
		return false;
	for (uint32_t at = chain->out[chain->held]; at != CHAT_NONE; at = chain->edges[at].next_out)
		if (chain->edges[at].current != chain->held && chain->is_known[chain->edges[at].current])
			return true;
	return false;
}

/* The newest CHAT_TRAIL_MAX, each once, oldest first, without the held one. */
static enum status
finish_trail(struct chat_chain *chain)
{
	struct chat_plan *plan = chain->plan;
	bool *is_taken = arena_alloc(chain->mem, chain->versions.n * sizeof(*is_taken));
	struct span *trail = arena_alloc(chain->mem, CHAT_TRAIL_MAX * sizeof(*trail));
	size_t from = CHAT_TRAIL_MAX;

	if (is_taken == NULL || trail == NULL)
		return ST_NOMEM;
	for (uint32_t i = chain->trail_n; i > 0 && from > 0; i--) {
		uint32_t version = chain->trail[i - 1];

		if (version == chain->held || is_taken[version])
			continue;
		is_taken[version] = true;
		trail[--from] = chain->versions.names[version];
	}
	plan->trail = trail + from;
	plan->trail_n = CHAT_TRAIL_MAX - from;
	return ST_OK;
}

enum status
chat_chain_finish(struct chat_chain *chain)
{
	struct chat_plan *plan = chain->plan;

	plan->roster = arena_alloc(chain->mem, chain->members.n * sizeof(*plan->roster));
	if (plan->roster == NULL)
		return ST_NOMEM;
	for (uint32_t i = 0; i < chain->members.n; i++)
		if (chain->is_present[i])
			plan->roster[plan->roster_n++] = chain->members.names[i];
	plan->version = chain->held == CHAT_NONE ? (struct span){NULL, 0} : chain->versions.names[chain->held];
	plan->version_us = chain->version_us;
	plan->is_changed =
	    plan->changes_n > 0 || chain->is_trail_longer || !span_equal(plan->version, chain->state->version);
	return finish_trail(chain);
}
