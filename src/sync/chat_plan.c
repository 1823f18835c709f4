/*
 * What to do about a group chat: which events what is held or pulled answers, and whether a call helps, now or later.
 * Pure; the graph is walked in chat_plan_chain.c, time is judged here.
 */
#include "chat_plan_inside.h"

/* When a reason for a pull becomes one: nothing earlier would help.  INT64_MAX: there is no such reason. */
struct reasons {
	int64_t edge_us;  /* the edge that came first of those that do not link */
	int64_t info_us;  /* the earliest that wants to be read */
	int64_t first_us; /* of both */
	int64_t pull_us;  /* with those that follow shortly */
};

int64_t
chat_plan_shown_us(const struct chat_chain *chain, const struct chat_edge *edge)
{
	return edge->at_us + CHAT_SECOND_US + chain->policy->settle_us;
}

bool
chat_plan_covers(const struct chat_chain *chain, const struct chat_edge *edge, int64_t seen_us)
{
	return seen_us > chat_plan_shown_us(chain, edge) ||
	       chain->version_us > chat_plan_shown_us(chain, edge) + CHAT_SLACK_US;
}

/* A due time far ahead of the clock is a mistake: the event is due as soon as a pull shows it. */
static int64_t
info_due_us(const struct chat_chain *chain, size_t at)
{
	int64_t due_us = chain->events[at].due_us;

	if (due_us > chain->now_us + CHAT_SLACK_US)
		return chat_plan_shown_us(chain, &chain->edges[at]);
	return due_us;
}

void
chat_plan_settle(struct chat_chain *chain, int64_t seen_us, int64_t info_seen_us)
{
	struct chat_plan *plan = chain->plan;

	chat_chain_pass(chain);
	for (size_t i = 0; i < chain->events_n; i++) {
		const struct chat_edge *edge = &chain->edges[i];

		if (!edge->is_member) {
			plan->is_settled[i] = plan->is_dismissed || info_seen_us > info_due_us(chain, i);
			continue;
		}
		plan->is_settled[i] = true;
		if (edge->is_applied)
			continue;
		if (chat_chain_contains(chain, edge))
			plan->contained_n++;
		else if (chat_plan_covers(chain, edge, seen_us))
			plan->covered_n++;
		else
			plan->is_settled[i] = plan->is_dismissed;
	}
}

static bool
came_before(const struct chat_edge *a, const struct chat_edge *b)
{
	return a->arrived_us < b->arrived_us || (a->arrived_us == b->arrived_us && a->at_us < b->at_us);
}

static struct reasons
find_reasons(const struct chat_chain *chain)
{
	struct reasons found = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
	const struct chat_edge *first = NULL;

	for (size_t i = 0; i < chain->events_n; i++) {
		const struct chat_edge *edge = &chain->edges[i];

		if (chain->plan->is_settled[i])
			continue;
		if (!edge->is_member)
			found.info_us =
			    found.info_us < info_due_us(chain, i) + 1 ? found.info_us : info_due_us(chain, i) + 1;
		else if (first == NULL || came_before(edge, first))
			first = edge;
	}
	if (first != NULL) {
		found.edge_us =
		    chat_later(first->arrived_us + chain->policy->grace_us, chat_plan_shown_us(chain, first) + 1);
		chain->plan->gap_since_us = first->arrived_us;
	}
	found.first_us = found.edge_us < found.info_us ? found.edge_us : found.info_us;
	return found;
}

/* `at_us` is near enough to be waited for, so that one pull does. */
static int64_t
join_reason(const struct chat_chain *chain, const struct reasons *reasons, int64_t at_us)
{
	if (at_us != INT64_MAX && at_us <= reasons->first_us + chain->policy->settle_us)
		return chat_later(reasons->pull_us, at_us);
	return reasons->pull_us;
}

/* One pull for all reasons that come together, and not while its answer may be older than what is held. */
static struct reasons
weigh(const struct chat_chain *chain)
{
	struct reasons reasons = find_reasons(chain);

	if (reasons.first_us == INT64_MAX)
		return reasons;
	reasons.pull_us = reasons.first_us;
	for (size_t i = 0; i < chain->events_n; i++)
		if (!chain->plan->is_settled[i] && !chain->edges[i].is_member)
			reasons.pull_us = join_reason(chain, &reasons, info_due_us(chain, i) + 1);
	reasons.pull_us = join_reason(chain, &reasons, reasons.edge_us);
	if (chain->stored_us > 0)
		reasons.pull_us = join_reason(chain, &reasons, chain->stored_us + chain->policy->settle_us);
	return reasons;
}

static enum chat_cause
cause_of(const struct chat_chain *chain, const struct reasons *reasons)
{
	if (reasons->edge_us > reasons->pull_us)
		return CHAT_CAUSE_INFO;
	return chain->held == CHAT_NONE ? CHAT_CAUSE_UNKNOWN : CHAT_CAUSE_GAP;
}

/* A pull at `at_us`, or waiting for that moment. */
static void
pull_at(struct chat_chain *chain, enum chat_cause cause, int64_t at_us)
{
	chain->plan->cause = cause;
	chain->plan->next = chain->now_us >= at_us ? CHAT_NEXT_PULL : CHAT_NEXT_WAIT;
	chain->plan->wait_us = chain->plan->next == CHAT_NEXT_WAIT ? at_us : 0;
}

void
chat_plan_decide(struct chat_chain *chain)
{
	struct reasons reasons = weigh(chain);

	if (reasons.first_us != INT64_MAX)
		pull_at(chain, cause_of(chain, &reasons), reasons.pull_us);
	else if (chain->state->enrich_us > 0 && !chain->plan->is_dismissed)
		pull_at(chain, CHAT_CAUSE_ENRICH, chain->state->enrich_us);
}

enum status
chat_plan_begin(struct chat_chain *chain, const struct chat_pulled *pulled)
{
	struct chat_plan *plan = chain->plan;
	enum status st = chat_chain_init(chain, pulled);

	if (st != ST_OK)
		return st;
	plan->is_dismissed = chain->state->is_dismissed;
	for (size_t i = 0; i < chain->events_n; i++) {
		int64_t at_us = chain->edges[i].at_us;

		if (chain->events[i].kind != CHAT_DISMISS)
			continue;
		plan->is_dismissed = true;
		if (plan->dismissed_us == 0 || at_us < plan->dismissed_us)
			plan->dismissed_us = at_us;
	}
	return ST_OK;
}

/* What the edges give by themselves.  The roster of a chat that was dismissed is history. */
static enum status
apply_edges(struct chat_chain *chain)
{
	return chain->state->is_dismissed ? ST_OK : chat_chain_walk(chain, CHAT_NONE);
}

enum status
chat_plan(const struct chat_state *state, const struct chat_event *events, size_t events_n,
    const struct chat_policy *policy, int64_t now_us, struct arena *mem, struct chat_plan *ret)
{
	struct chat_plan plan = {0};
	struct chat_chain chain = {.state = state,
	    .events = events,
	    .events_n = events_n,
	    .policy = policy,
	    .now_us = now_us,
	    .mem = mem,
	    .plan = &plan};
	enum status st = chat_plan_begin(&chain, NULL);

	if (st == ST_OK)
		st = apply_edges(&chain);
	if (st != ST_OK)
		return st;
	chat_plan_settle(&chain, chain.seen_us, chain.seen_us);
	chat_plan_decide(&chain);
	st = chat_chain_finish(&chain);
	if (st == ST_OK)
		*ret = plan;
	return st;
}
