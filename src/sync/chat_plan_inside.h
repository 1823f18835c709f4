/* Shared by the files of the planner, and by nobody else: names as numbers, the graph of edges, the walk along it. */
#ifndef WECOM_SYNC_CHAT_PLAN_INSIDE_H
#define WECOM_SYNC_CHAT_PLAN_INSIDE_H

#include "chat_plan.h"

#define CHAT_NONE UINT32_MAX
#define CHAT_SECOND_US 1000000LL
#define CHAT_SLACK_US (60 * CHAT_SECOND_US)	/* clocks that differ by more are wrong, and are not believed */
#define CHAT_READ_AGAIN_US CHAT_SECOND_US	/* at least between two pulls of one chat */

/* Byte strings as numbers 0, 1, 2, …: each string is hashed once, everything behind it is arrays. */
struct chat_names {
	struct span *names;	/* borrowed bytes */
	uint32_t *slots;	/* open addressing; number + 1, 0 is free */
	uint32_t n, mask;
};

/* Room for `most` strings; arena.  ST_NOMEM. */
enum status chat_names_init(struct chat_names *names, size_t most, struct arena *mem) must_check;

/* The number of this string, given now if it has none; CHAT_NONE for an empty one. */
uint32_t chat_names_add(struct chat_names *names, struct span name);

/* One event.  Edges that leave (or reach) one version are a list. */
struct chat_edge {
	uint32_t last, current;		/* versions; both CHAT_NONE when the event is not an edge */
	uint32_t next_out, next_in;	/* events; CHAT_NONE ends the list */
	uint32_t *items;		/* members it tells of, without repeats */
	uint32_t items_n;
	bool is_member;			/* CHAT_JOIN or CHAT_QUIT */
	bool is_whole;			/* an edge whose delta can be believed to be all of it */
	bool is_applied;
	bool is_old;			/* of a pull: what was held before it contained this already */
	int64_t at_us;			/* begin of its second, as far as it can be believed; it happened within it */
	int64_t arrived_us;
};

/* State, events and what has been concluded so far.  Versions, members and events are numbers. */
struct chat_chain {
	const struct chat_state *state;
	const struct chat_event *events;
	size_t events_n;
	const struct chat_policy *policy;
	int64_t now_us;
	struct arena *mem;
	struct chat_plan *plan;
	struct chat_names versions, members;
	struct chat_edge *edges;	/* one for each event */
	uint32_t *out, *in;		/* by version: first event that leaves or reaches it */
	bool *is_known;			/* by version: held, or known to lie before it */
	bool *is_beyond;		/* by version: the pulled one, or one that edges lead to from it */
	uint32_t *stack;		/* of versions */
	bool *is_present;		/* by member */
	uint32_t *mark, marks_n;	/* by member: the last set it was found in */
	uint32_t held;			/* CHAT_NONE: no version */
	uint32_t *trail, trail_n;	/* repeats allowed until chat_chain_finish */
	bool is_trail_longer;		/* by a version that was passed by: worth storing by itself */
	int64_t version_us, seen_us;	/* as in the state, unless a clock must have jumped: then 0 */
	int64_t stored_us;		/* version_us before anything was applied */
	int64_t arrived_us;		/* of the edge applied last */
	size_t changes_room;
};

/* Reads state and events; `pulled` may be NULL.  Nothing is concluded yet but what the state says.  ST_NOMEM. */
enum status chat_chain_init(struct chat_chain *chain, const struct chat_pulled *pulled) must_check;

/* `version` is held or lies before what is held; so does all that leads to it.  Each version costs once. */
void chat_chain_know(struct chat_chain *chain, uint32_t version);

/* All that edges lead to from this version lies beyond it. */
void chat_chain_look_beyond(struct chat_chain *chain, uint32_t version);

/* Apply edges from the held version on, not beyond `until` (CHAT_NONE: as far as they link).  ST_NOMEM. */
enum status chat_chain_walk(struct chat_chain *chain, uint32_t until) must_check;

/* What leaves a version before the held one, and in time, leads to one that is not behind the held one: known, too. */
void chat_chain_pass(struct chat_chain *chain);

/* Rule 2: what is held contains this edge. */
bool chat_chain_contains(const struct chat_chain *chain, const struct chat_edge *edge);

/* Does an edge lead from the held version back to one before it?  Then versions recur, and only time can tell. */
bool chat_chain_recurs(const struct chat_chain *chain);

/* Hold `version` without an edge that leads there: it lies behind what was held. */
void chat_chain_jump(struct chat_chain *chain, uint32_t version);

/* One more line of the ledger.  ST_NOMEM. */
enum status chat_chain_change(struct chat_chain *chain, uint32_t member, struct chat_change change) must_check;

/* Version, trail and roster into the plan.  ST_NOMEM. */
enum status chat_chain_finish(struct chat_chain *chain) must_check;

/* --- judging by time (chat_plan.c) -------------------------------------------------------------------------------- */

static inline int64_t
chat_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* As chat_chain_init, and what dismissals there are go into the plan.  ST_NOMEM. */
enum status chat_plan_begin(struct chat_chain *chain, const struct chat_pulled *pulled) must_check;

/* A pull begun later than this shows what happened in the second of this edge. */
int64_t chat_plan_shown_us(const struct chat_chain *chain, const struct chat_edge *edge);

/*
 * Rule 3, and its twin for edges so old that the trail has forgotten them: what is held was reached a good while after
 * they happened.
 */
bool chat_plan_covers(const struct chat_chain *chain, const struct chat_edge *edge, int64_t seen_us);

/* Which events need nothing more.  seen_us and info_seen_us: begin of the pull that shows edges, and all else. */
void chat_plan_settle(struct chat_chain *chain, int64_t seen_us, int64_t info_seen_us);

/* Is a pull wanted, now or later, and why?  Into the plan; it stays as it is when none is. */
void chat_plan_decide(struct chat_chain *chain);

#endif
