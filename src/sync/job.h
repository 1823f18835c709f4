/*
 * A job and its handlers.  A handler reads top to bottom: state as claimed → decide → call → result.  It writes nothing
 * itself: what is to be stored goes into the result, which wecom.job_finish applies in one transaction under the lease.
 */
#ifndef WECOM_SYNC_JOB_H
#define WECOM_SYNC_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "api.h"
#include "conf.h"
#include "status.h"
#include "store.h"

#define JOB_SETTLE_US 2000000LL	/* EVENT_SETTLE_MS: answers may be stale that long */

struct job {
	const char *corp;
	const char *kind;
	const char *target;		/* "" = all of the kind */
	int attempts;			/* failures since the last success */
	bool is_reconcile;		/* asked for by a full reconcile: what differs is drift */
	bool is_asked;			/* raised without an event: to be pulled, whatever its events say */
	struct json_object *state;	/* of the object, as wecom.job_claim gives it; never NULL (may be an empty object) */
	struct json_object *events;	/* array, in order of event time; never NULL */
};

enum job_outcome {
	JOB_DONE,	/* apply, and gone (due again when something new came meanwhile) */
	JOB_LATER,	/* apply what there is; due again at due_us; with an error: attempts + 1 */
	JOB_PARKED,	/* apply what there is; waits for a person, who reads `error` */
	JOB_LOST,	/* the lease is gone, or the program stops: nothing is applied, somebody else will do it */
};

struct job_result {
	enum job_outcome outcome;
	int64_t due_us;			/* JOB_LATER: WeCom's clock; 0 with JOB_LATER and an error: back-off by attempts */
	char error[240];		/* "" = none; for people, never a secret */
	struct json_object *data;	/* owned: for the kind's store function; NULL: nothing to store */
	struct json_object *events;	/* owned: array of [event_id, due_us] that are settled; never NULL */
	int64_t begun_us;		/* begin of a complete pull of this object; 0: none was made */
	struct json_object *raise;	/* owned: array of [kind, target, due_us, priority]; NULL: none */
	struct json_object *counts;	/* owned: object of counters to add, e.g. {"chat_gap": 1}; NULL: none */
};

/* What handlers may use; shared by all threads. */
struct job_context {
	const struct conf *conf;
	struct api *api;
	struct store *store;
	/*
	 * Store a part now (a page of a long listing) and go on: `data` (taken over) goes to the kind's store function, the job
	 * stays leased.  ret_left (may be NULL): what the store function says is left of the kind's work (purge), else 0.
	 * False: the lease is gone or the database away: return JOB_LOST.
	 */
	bool (*store_part)(struct job_context *context, const struct job *job, struct json_object *data, int64_t *ret_left);
	/* One more pull of details within the corp's hourly budget; false: not now. */
	bool (*may_enrich)(struct job_context *context, const char *corp);
};

typedef void job_handler(struct job_context *context, const struct job *job, struct job_result *result);

/* By kind; result comes zeroed but for `events`, an empty array, and outcome JOB_DONE. */
job_handler job_corp;		/* job_corp.c: code:<16 hex> under suite:<suite_id>, and "" under the corp */
job_handler job_chat;		/* job_chat.c */
job_handler job_chat_list;
job_handler job_customer;	/* job_customer.c */
job_handler job_customer_list;
job_handler job_tag;		/* job_tag.c */
job_handler job_member;		/* job_member.c */
job_handler job_member_list;
job_handler job_openid_map;	/* job_openid.c */
job_handler job_purge;		/* job_corp.c */
job_handler job_rollup;		/* job_rollup.c */

/* --- helpers for handlers (job_help.c) ----------------------------------------------------------------------------- */

/* Mark event i of job->events as settled by this result. */
void job_settle(const struct job *job, size_t i, struct job_result *result);
/* Settle every event whose due_us is before begun_us: a pull that began then covers it. */
void job_settle_covered(const struct job *job, int64_t begun_us, struct job_result *result);
/* Is there an event that a pull begun at seen_us (0: never) does not cover? */
bool job_has_uncovered(const struct job *job, int64_t seen_us);
/* Raise another job: at once, priority 0 (event), 1 (reconcile, backfill), 2 (enrichment). */
void job_raise(struct job_result *result, const char *kind, const char *target, int64_t due_us, int priority);
void job_count(struct job_result *result, const char *counter, int64_t n);
/*
 * The outcome for an answer that is not API_ANSWERED and that the handler does not deal with itself (it deals with
 * ABSENCE_… first): LATER for API_LATER, PARKED for CONFIG and OURS, LOST for STOPPED, and for AUTHORISATION the corp is
 * suspended (wecom.corp_suspend) and the job LATER.
 */
void job_fail(struct job_context *context, const struct job *job, const struct api_answer *answer,
    struct job_result *result);
/* An answer of the right form lacks what it must have: LATER with back-off, parked after some attempts. */
void job_malformed(const struct job *job, const char *what, struct job_result *result);

/* --- reading answers and state without trust (field.c) -------------------------------------------------------------- */

/* The member's text, "" when absent or null; false when of another type, longer than `most` bytes, or with a NUL. */
bool field_text(struct json_object *object, const char *name, size_t most, const char **ret_text);
/* A whole number (also as a string of digits) within least..most; absent or null: `fallback`; false: anything else. */
bool field_number(struct json_object *object, const char *name, int64_t least, int64_t most, int64_t fallback,
    int64_t *ret_number);
/* The member as an array of at most `most` elements; absent or null: an empty one (length 0, NULL); false: another type. */
bool field_array(struct json_object *object, const char *name, size_t most, struct json_object **ret_array);
/* The member as an object; absent or null: NULL; false: another type. */
bool field_object(struct json_object *object, const char *name, struct json_object **ret_object);
/* Does it have the member, and is it not null? */
bool field_has(struct json_object *object, const char *name);

/* Adders: never fail silently; without memory the program ends (job_add_* abort with a sentence, as nothing can go on). */
void job_add_text(struct json_object *object, const char *name, const char *text);	/* NULL text: null */
void job_add_number(struct json_object *object, const char *name, int64_t number);
void job_add(struct json_object *object, const char *name, struct json_object *value);	/* takes value over */

#endif
