/*
 * A group chat's version chain (design section 4; protocol 8.4): pure decisions about its roster, without a clock, a
 * database or a network.  Versions are opaque and compared as bytes.
 *
 * Each member event is an edge last → current with its delta.  The held version and its roster are always a state that
 * the truth had.  All times are microseconds of WeCom's clock.
 */
#ifndef WECOM_SYNC_CHAT_PLAN_H
#define WECOM_SYNC_CHAT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "span.h"
#include "status.h"

#define CHAT_TRAIL_MAX 64	/* versions known to lie before the held one, kept with the chat */
#define CHAT_ITEMS_MAX 4096	/* of one event; more is not whole */

enum chat_event_kind {
	CHAT_JOIN,	/* update/add_member */
	CHAT_QUIT,	/* update/del_member */
	CHAT_INFO,	/* create, change_owner, change_name, change_notice, and whatever is not known: pull */
	CHAT_DISMISS,
};

struct chat_event {
	enum chat_event_kind kind;
	bool is_creation;		/* of CHAT_INFO: the chat's create event */
	int64_t time_us;		/* TimeStamp, begin of its second */
	int64_t received_us;
	int64_t due_us;			/* a pull begun later covers it; only of CHAT_INFO */
	int scene;			/* JoinScene or QuitScene as sent; -1 when absent or not a number */
	long long count;		/* MemChangeCnt; -1 when absent or not a number */
	struct span last, current;	/* absent or empty: not an edge, must be pulled */
	const struct span *items;	/* as sent, repeats too */
	size_t items_n;
};

struct chat_state {
	struct span version;		/* held; absent: the roster has never been known */
	int64_t version_us;		/* by then the truth had come as far as the held version; 0: unknown */
	int64_t seen_us;		/* begin of the last complete pull; 0: never */
	const struct span *trail;	/* versions known to lie before the held one, about oldest first */
	size_t trail_n;
	const struct span *roster;	/* ids present */
	size_t roster_n;
	bool is_dismissed;
	int64_t enrich_us;		/* when details that only a pull knows are wanted; 0: none are */
};

struct chat_policy {
	int64_t settle_us;		/* answers may be stale that long, at least 0 */
	int64_t grace_us;		/* an edge that does not link waits that long from its arrival */
};

/* One line of the ledger, in order. */
struct chat_change {
	struct span member;
	bool is_join;
	int64_t at_us;
	int scene;			/* of the event; -1 when only a pull tells of it */
	size_t event;			/* index of the event it came by; SIZE_MAX: only a pull tells */
	bool is_presence;		/* in the first roster ever known: present, not joined */
};

enum chat_next {
	CHAT_NEXT_NOTHING,	/* all is settled */
	CHAT_NEXT_WAIT,		/* until wait_us: grace, settling time, or enrichment that is not yet due */
	CHAT_NEXT_PULL,		/* a pull that begins now helps; cause says why */
};

enum chat_cause {
	CHAT_CAUSE_NONE,
	CHAT_CAUSE_UNKNOWN,
	CHAT_CAUSE_GAP,
	CHAT_CAUSE_INFO,
	CHAT_CAUSE_ENRICH,
	CHAT_CAUSE_STALE,
};

struct chat_plan {
	enum chat_next next;
	enum chat_cause cause;
	int64_t wait_us;
	int64_t gap_since_us;		/* arrival of the first edge that does not link and is not settled; 0: none */
	/* what the edges at hand give without a call */
	bool is_changed;		/* version, roster or trail: worth storing, even without a change */
	struct span version;		/* held after the plan */
	int64_t version_us;
	struct span *trail;		/* at most CHAT_TRAIL_MAX, the newest kept */
	size_t trail_n;
	struct span *roster;		/* present after the plan, in no order */
	size_t roster_n;
	struct chat_change *changes;
	size_t changes_n;
	bool *is_settled;		/* for each event: applied, contained, covered or dismissed: needs nothing more */
	bool is_dismissed;		/* a dismiss event was among them, or it was dismissed before */
	int64_t dismissed_us;		/* time of that event; 0 when none was among them */
	/* for the counters */
	size_t applied_n, contained_n, covered_n, out_of_order_n;
	bool was_stale;			/* chat_plan_pulled: the answer may be older than what is held: not to be stored */
	bool has_roster;		/* chat_plan_pulled: the pulled roster is the base: its details may be stored */
};

/*
 * What to do with `events` (any order, any repetition, any loss) at now_us.  Rules, the first that fits an edge:
 *   1. last = held, whole (count = number of distinct items = number of items, 1..CHAT_ITEMS_MAX) and fitting (no join of
 *      a present one, no quit of an absent one): applied; held := current; on along the chain, edges in any order.  Not
 *      when two that differ leave one version, and not back to a version before the held one: then neither is trusted.
 *   2. current = held or in the trail, or the edge lies on a path of edges that ends there: contained.  So is an edge
 *      that leaves a version before the held one, if it is not younger than the held one.
 *   3. seen_us > time_us + 1 s + settle_us: covered by the last pull.  So is an edge a minute and more older than the
 *      held version: a repeat that the trail has forgotten.
 *   4. otherwise it does not link: waits until both received_us + grace_us and time_us + 1 s + settle_us have passed for
 *      the FIRST such edge (by arrival), then one pull (GAP; UNKNOWN when no version is held).
 * INFO events: settled when seen_us > due_us, else a pull at due_us or now.  A pull because of edges and one because of INFO
 * are one pull, not before the INFO's due_us when that is at most settle_us away (nor the other way round), nor before
 * version_us + settle_us when that is: an earlier answer could be older than what is held.
 * Times that cannot be (a minute ahead of the arrival or of now_us, or none) are replaced: nothing waits for ever.
 * DISMISS: everything is settled, nothing is pulled.  A dismissed chat settles whatever still comes.
 * Enrichment: when nothing else is to do and enrich_us has come: PULL with cause ENRICH; else WAIT for it.
 * Arrays of the result live in `mem`, their spans borrow from the input.  *ret is written on ST_OK only.  ST_OK, ST_NOMEM.
 */
enum status chat_plan(const struct chat_state *state, const struct chat_event *events, size_t events_n,
    const struct chat_policy *policy, int64_t now_us, struct arena *mem, struct chat_plan *ret) must_check;

/* The pulled roster; ids without repeats. */
struct chat_pulled {
	struct span version;		/* may be absent (an answer without member_version): then it is as new as its time */
	const struct span *roster;
	size_t roster_n;
	const int64_t *join_us;		/* join_time of each, 0 unknown: dates changes that no event tells of */
	int64_t begun_us, ended_us;	/* of the call */
};

/*
 * The same after a pull with the same events (the state is as before the plan's edges were applied: nothing was stored).
 *   version in the trail, not held: stale: what is held stays, was_stale; PULL again not before now + settle (WAIT, cause
 *     STALE) when the pull was for a reason that still stands
 *     (what its time shows is contained all the same; a version that came round again is taken by its time)
 *   version unknown to state and edges, and begun_us - settle_us < version_us: may be older than what is held: as stale
 *   no version: as an unknown one; the held version stays when the roster is the same, else there is none
 *   else: the pulled roster is the base (trail := trail + held when held differs), edges that link from it are replayed,
 *     those that lead to it are contained, those covered by it (begun_us > time_us + 1 s + settle_us) are covered
 * Changes: the edges that link from the held version towards the base; the difference that is left, each dated by the
 * latest contained or covered event at hand that tells of the same member's join or quit (and that was not contained
 * before), else join_us for a join, else begun_us; then the replayed ones.  The first roster ever is presence, not joins.
 * Never CHAT_NEXT_PULL: what is still open waits.
 */
enum status chat_plan_pulled(const struct chat_state *state, const struct chat_event *events, size_t events_n,
    const struct chat_pulled *pulled, const struct chat_policy *policy, int64_t now_us, struct arena *mem,
    struct chat_plan *ret) must_check;

#endif
