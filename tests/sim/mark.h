/*
 * What one callback is about, so that its fate can be written to the truth: which chat, pair or transfer it told of.
 * From these the counts are made: what was lost, the real gaps, and what other ways of keeping a copy would have cost.
 */
#ifndef SIM_MARK_H
#define SIM_MARK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "truth.h"

enum mark_kind { MARK_NONE, MARK_CHAT, MARK_RELATION, MARK_TRANSFER };

enum mark_relation { MARK_HALF, MARK_CREATE, MARK_CUSTOMER, MARK_STAFF };

struct mark {
	enum mark_kind kind;
	size_t corp;                 /* place in truth->corps */
	size_t place;                /* in the corp's list */
	enum truth_chat_event event; /* of a chat */
	size_t fate;                 /* member event: place in chat->fates */
	bool is_partial;             /* … whose list is not whole */
	char last[TRUTH_VERSION_BYTES];
	char current[TRUTH_VERSION_BYTES];
	enum mark_relation relation;
	unsigned int period; /* of the pair */
};

/*
 * The callback was just made (pending) or, untold, is not made at all.  Only with keeps_gone: else the mark stays
 * MARK_NONE.  The truth is locked in all of these.
 *   last   version before; a member event's only, the chat's own is the current one
 */
void mark_chat(struct mark *mark, struct truth *truth, struct truth_corp *corp, struct truth_chat *chat,
    enum truth_chat_event event, const char *last, bool is_partial, bool is_told);
void mark_relation(struct mark *mark, struct truth *truth, struct truth_corp *corp, struct truth_relation *relation,
    enum mark_relation which, bool is_told);
void mark_transfer(struct mark *mark, struct truth *truth, struct truth_corp *corp, size_t place, bool is_told);

void mark_lost(const struct mark *mark, struct truth *truth);
/* Each acknowledgement, in the order they come. */
void mark_delivered(const struct mark *mark, struct truth *truth, bool is_first);

/* After a restart: what was under way never came. */
void mark_forget_pending(struct truth *truth);

/* Runs of member events that never came, each followed by one that did. */
unsigned long long mark_gaps(const struct truth_chat *chat);
/* {"all":SUMS,"by_corp":{CORP:SUMS},"by_chat":{CORP:{CHAT:SUMS}} (when asked)}; owned. */
struct json_object *mark_counts(const struct truth *truth, bool by_chat);

#endif
