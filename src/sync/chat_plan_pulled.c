/*
 * After a pull of a group chat: is the answer older than what is held?  If not, its roster is the base, events are read
 * against it, and they date what only it shows.  Pure.
 */
#include "chat_plan_inside.h"

#include <string.h>

enum age { AGE_USABLE, AGE_UNSURE, AGE_OLDER };

/* An edge that is younger than what is held leads from something not older to something younger. */
static bool
is_ahead(const struct chat_chain *chain, uint32_t version)
{
	for (uint32_t at = chain->in[version]; at != CHAT_NONE; at = chain->edges[at].next_in)
		if (chain->edges[at].at_us >= chain->version_us)
			return true;
	for (uint32_t at = chain->out[version]; at != CHAT_NONE; at = chain->edges[at].next_out)
		if (chain->edges[at].at_us >= chain->version_us)
			return true;
	return false;
}

/* Edges lead from the held version to this one: backwards along first edges, no way is longer than there are events. */
static bool
is_on_way(const struct chat_chain *chain, uint32_t version)
{
	uint32_t at = version;

	for (size_t i = 0; chain->held != CHAT_NONE && i < chain->events_n && chain->in[at] != CHAT_NONE; i++) {
		at = chain->edges[chain->in[at]].last;
		if (at == chain->held)
			return true;
	}
	return false;
}

/*
 * Is the answer older than what is held?  It shows the truth of some moment not before begun - settle.  A version that
 * is known to lie before the held one says so itself, unless versions recur or what is held is long out of date.
 */
static enum age
age_of(const struct chat_chain *chain, const struct chat_pulled *pulled, uint32_t version)
{
	int64_t shows_us = pulled->begun_us - chain->policy->settle_us;
	int64_t slack_us = chat_chain_recurs(chain) ? 0 : CHAT_SLACK_US;

	if (version != CHAT_NONE && version == chain->held)
		return AGE_USABLE;
	if (version != CHAT_NONE && chain->is_known[version])
		return chain->version_us > 0 && shows_us >= chain->version_us + slack_us ? AGE_USABLE : AGE_OLDER;
	if (shows_us >= chain->version_us)
		return AGE_USABLE;
	if (version != CHAT_NONE && (is_on_way(chain, version) || is_ahead(chain, version)))
		return AGE_USABLE;
	return AGE_UNSURE;
}

/* An event that can date what only the pull shows: new, and older than the answer. */
static bool
can_date(const struct chat_chain *chain, const struct chat_edge *edge, const struct chat_pulled *pulled)
{
	if (!edge->is_member || edge->is_applied || edge->is_old)
		return false;
	if (edge->last != CHAT_NONE && chain->is_beyond[edge->last])
		return edge->current == chain->held;
	return chat_chain_contains(chain, edge) || pulled->begun_us > chat_plan_shown_us(chain, edge);
}

/* By member: the latest event at hand that tells of its join (its quit), else CHAT_NONE. */
struct tellers {
	uint32_t *joined, *left;
};

static enum status
find_tellers(const struct chat_chain *chain, const struct chat_pulled *pulled, struct tellers *ret)
{
	size_t bytes = chain->members.n * sizeof(uint32_t);

	ret->joined = arena_alloc(chain->mem, bytes);
	ret->left = arena_alloc(chain->mem, bytes);
	if (ret->joined == NULL || ret->left == NULL)
		return ST_NOMEM;
	memset(ret->joined, 0xff, bytes);
	memset(ret->left, 0xff, bytes);
	for (uint32_t i = 0; i < chain->events_n; i++) {
		const struct chat_edge *edge = &chain->edges[i];
		uint32_t *tellers = chain->events[i].kind == CHAT_JOIN ? ret->joined : ret->left;

		if (!can_date(chain, edge, pulled))
			continue;
		for (uint32_t k = 0; k < edge->items_n; k++) {
			uint32_t *teller = &tellers[edge->items[k]];

			if (*teller == CHAT_NONE || chain->edges[*teller].at_us <= edge->at_us)
				*teller = i;
		}
	}
	return ST_OK;
}

static enum status
differ(struct chat_chain *chain, uint32_t member, uint32_t teller, int64_t at_us, struct chat_change change)
{
	change.scene = -1;
	change.event = SIZE_MAX;
	change.at_us = at_us;
	if (teller != CHAT_NONE) {
		change.scene = chain->events[teller].scene;
		change.event = teller;
		change.at_us = chain->edges[teller].at_us;
	}
	return chat_chain_change(chain, member, change);
}

/* From the roster so far to the pulled one.  Of the first one ever known: who joined by an event at hand joined, the others were there. */
static enum status
take_roster(struct chat_chain *chain, const struct chat_pulled *pulled, bool is_first)
{
	struct tellers tellers;
	enum status st = find_tellers(chain, pulled, &tellers);
	uint32_t here;

	if (st != ST_OK)
		return st;
	here = ++chain->marks_n;
	for (size_t i = 0; i < pulled->roster_n && st == ST_OK; i++) {
		uint32_t member = chat_names_add(&chain->members, pulled->roster[i]);
		int64_t join_us = pulled->join_us == NULL ? 0 : pulled->join_us[i];
		bool has_time = join_us > 0 && join_us <= pulled->ended_us;

		if (member == CHAT_NONE)
			continue;
		chain->mark[member] = here;
		if (!chain->is_present[member])
			st = differ(chain, member, tellers.joined[member], has_time ? join_us : pulled->begun_us,
			    (struct chat_change){.is_join = true,
				.is_presence = is_first && tellers.joined[member] == CHAT_NONE});
	}
	for (uint32_t i = 0; i < chain->members.n && st == ST_OK; i++)
		if (chain->is_present[i] && chain->mark[i] != here)
			st =
			    differ(chain, i, tellers.left[i], pulled->begun_us, (struct chat_change){.is_join = false});
	return st;
}

/* The ends of edges that the answer shows lie before it, though no edge may lead from them to it. */
static void
take_shown(struct chat_chain *chain, const struct chat_pulled *pulled)
{
	for (size_t i = 0; i < chain->events_n; i++) {
		const struct chat_edge *edge = &chain->edges[i];

		if (edge->current == CHAT_NONE || chain->is_beyond[edge->last] || edge->is_applied || edge->is_old ||
		    !chat_plan_covers(chain, edge, pulled->begun_us))
			continue;
		chain->trail[chain->trail_n++] = edge->last;
		chain->trail[chain->trail_n++] = edge->current;
		chat_chain_know(chain, edge->current);
	}
}

/* The pulled version is held now.  Those between, as far as edges name them, go to the trail, oldest first. */
static void
take_version(struct chat_chain *chain, const struct chat_pulled *pulled, uint32_t version)
{
	uint32_t passed[CHAT_TRAIL_MAX], n = 0, at = version;

	while (n < CHAT_TRAIL_MAX && chain->in[at] != CHAT_NONE) {
		at = chain->edges[chain->in[at]].last;
		if (at == version || chain->is_known[at])
			break;
		/* marked at once: a circle ends here */
		chain->is_known[at] = true;
		passed[n++] = at;
	}
	for (uint32_t i = 0; i < n; i++)
		chain->is_known[passed[i]] = false;
	if (chain->held != CHAT_NONE)
		chain->trail[chain->trail_n++] = chain->held;
	take_shown(chain, pulled);
	while (n > 0)
		chain->trail[chain->trail_n++] = passed[--n];
	chain->held = version;
	chain->version_us = chat_later(chain->version_us, pulled->ended_us);
	chat_chain_know(chain, version);
	chat_chain_pass(chain);
}

/* After a pull: never another at once, however much is still open. */
static void
decide_again(struct chat_chain *chain, bool is_stale)
{
	int64_t again_us = chain->now_us + chat_later(chain->policy->settle_us, CHAT_READ_AGAIN_US);
	struct chat_plan *plan = chain->plan;

	chat_plan_decide(chain);
	if (plan->next == CHAT_NEXT_NOTHING)
		return;
	if (plan->cause == CHAT_CAUSE_ENRICH && !is_stale) {
		plan->next = CHAT_NEXT_NOTHING;
		plan->cause = CHAT_CAUSE_NONE;
		plan->wait_us = 0;
		return;
	}
	if (plan->next == CHAT_NEXT_WAIT && plan->wait_us > again_us)
		return;
	plan->next = CHAT_NEXT_WAIT;
	plan->wait_us = again_us;
	plan->cause = is_stale ? CHAT_CAUSE_STALE : plan->cause;
}

/* What is held stays; edges go on from it.  An older answer still proves that all it had to show is contained. */
static enum status
pass_over(struct chat_chain *chain, const struct chat_pulled *pulled, enum age age)
{
	bool is_proof = age == AGE_OLDER && !chat_chain_recurs(chain);
	enum status st = chat_chain_walk(chain, CHAT_NONE);

	if (st != ST_OK)
		return st;
	chain->plan->was_stale = true;
	chat_plan_settle(
	    chain, is_proof ? chat_later(chain->seen_us, pulled->begun_us) : chain->seen_us, chain->seen_us);
	decide_again(chain, true);
	return chat_chain_finish(chain);
}

/* The answer names no version: it says nothing about the held one unless its roster is another. */
static enum status
take_unnamed(struct chat_chain *chain, const struct chat_pulled *pulled, bool is_first)
{
	enum status st = take_roster(chain, pulled, is_first);

	if (st != ST_OK || chain->plan->changes_n == 0)
		return st;
	chat_chain_jump(chain, CHAT_NONE);
	chain->version_us = chat_later(chain->version_us, pulled->ended_us);
	return ST_OK;
}

/* Edges as far as they lead towards the answer, then what only the answer knows. */
static enum status
take_named(struct chat_chain *chain, const struct chat_pulled *pulled, uint32_t version, bool is_first)
{
	enum status st;

	chat_chain_look_beyond(chain, version);
	st = chat_chain_walk(chain, version);
	if (st != ST_OK)
		return st;
	if (chain->held != version)
		take_version(chain, pulled, version);
	return take_roster(chain, pulled, is_first);
}

static enum status
take(struct chat_chain *chain, const struct chat_pulled *pulled, uint32_t version)
{
	const struct chat_state *state = chain->state;
	bool is_first = state->version.n == 0 && state->roster_n == 0 && state->trail_n == 0;
	int64_t seen_us = chat_later(chain->seen_us, pulled->begun_us);
	enum status st;

	chat_chain_pass(chain);
	for (size_t i = 0; i < chain->events_n; i++)
		chain->edges[i].is_old = chat_chain_contains(chain, &chain->edges[i]) ||
					 chat_plan_covers(chain, &chain->edges[i], chain->seen_us);
	st =
	    version == CHAT_NONE ? take_unnamed(chain, pulled, is_first) : take_named(chain, pulled, version, is_first);
	if (st == ST_OK)
		st = chat_chain_walk(chain, CHAT_NONE);
	if (st != ST_OK)
		return st;
	chain->plan->has_roster = true;
	chat_plan_settle(chain, seen_us, seen_us);
	decide_again(chain, false);
	return chat_chain_finish(chain);
}

enum status
chat_plan_pulled(const struct chat_state *state, const struct chat_event *events, size_t events_n,
    const struct chat_pulled *pulled, const struct chat_policy *policy, int64_t now_us, struct arena *mem,
    struct chat_plan *ret)
{
	struct chat_plan plan = {0};
	struct chat_chain chain = {.state = state,
	    .events = events,
	    .events_n = events_n,
	    .policy = policy,
	    .now_us = now_us,
	    .mem = mem,
	    .plan = &plan};
	enum status st = chat_plan_begin(&chain, pulled);
	uint32_t version;
	enum age age;

	if (st != ST_OK)
		return st;
	if (plan.is_dismissed)
		return chat_plan(state, events, events_n, policy, now_us, mem, ret);
	version = chat_names_add(&chain.versions, pulled->version);
	age = age_of(&chain, pulled, version);
	st = age == AGE_USABLE ? take(&chain, pulled, version) : pass_over(&chain, pulled, age);
	if (st == ST_OK)
		*ret = plan;
	return st;
}
