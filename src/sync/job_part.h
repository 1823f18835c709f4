/*
 * What the handlers share beyond job.h: answers read by table, the decision whether a pull is needed, listings that go
 * page by page, absences.
 */
#ifndef WECOM_SYNC_JOB_PART_H
#define WECOM_SYNC_JOB_PART_H

#include "job.h"

#define PART_US_PER_S 1000000LL
#define PART_ID_BYTES 128		/* of a peer's ids */
#define PART_NAME_BYTES 1024		/* of names and other short texts */
#define PART_TEXT_BYTES 4096		/* of remarks, addresses, links */
#define PART_TREE_BYTES 65536		/* of what is kept as it comes */
#define PART_LISTED_MAX 200000		/* ids of one listing */
#define PART_TIME_MAX_S 253402300799LL	/* the year 9999 */

/* --- reading by table (field_copy.c) ------------------------------------------------------------------------------ */

enum field_type {
	FIELD_ID,	/* 1..most bytes without control characters; "" as good as absent */
	FIELD_TEXT,	/* at most `most` bytes */
	FIELD_NUMBER,	/* 0..most; "" as good as absent */
	FIELD_SECONDS,	/* since 1970, stored as microseconds; 0 as good as absent */
	FIELD_SWITCH,	/* true/false, or 1/0 */
	FIELD_IDS,	/* at most `most` ids */
	FIELD_NUMBERS,	/* whole numbers 0..2^32-1, at most `most` of them */
	FIELD_TREE,	/* an object, kept as it comes, at most `most` bytes */
};

enum field_absent {
	FIELD_NEEDED,	/* the answer is malformed without it */
	FIELD_NULL,	/* absent is null */
	FIELD_SKIPPED,	/* absent stays absent */
};

struct field_rule {
	const char *name;	/* in the answer */
	const char *as;		/* in the data; NULL: the same */
	int64_t most;
	enum field_type type;
	enum field_absent absent;
};

/* Copy the members that the rules name; false: ret_bad names the first one that is missing or not as it must be. */
bool field_copy(struct json_object *from, const struct field_rule *rules, size_t rules_n, struct json_object *to,
    const char **ret_bad);
#define FIELD_COPY(from, rules, to, ret_bad) field_copy(from, rules, sizeof(rules) / sizeof((rules)[0]), to, ret_bad)

/* An id by itself: 1..PART_ID_BYTES bytes without control characters. */
bool field_is_id(struct json_object *value);
/* The member as an array that must be there, at most `most` elements; false also when it is absent or null. */
bool field_list(struct json_object *object, const char *name, size_t most, struct json_object **ret_list);

/* --- the events of a job (job_help.c) ----------------------------------------------------------------------------- */

int64_t event_time_us(struct json_object *event);
/* A text of the event itself or of its body; "" when there is none that could be used. */
const char *event_text(struct json_object *event, const char *name);
const char *event_body_text(struct json_object *event, const char *name);
/* As event_body_text, for ids: "" when it cannot be one. */
const char *event_body_id(struct json_object *event, const char *name);

/* Does an event of this kind say too little, so that its object is to be pulled? */
typedef bool event_calls(const struct job *job, struct json_object *event);

enum job_step {
	JOB_PULL,	/* go on: an event calls for it, or nobody but a listing, a reconcile or a person asked */
	JOB_ENOUGH,	/* the events are settled (or wait: the result says JOB_LATER) without a call */
};

/*
 * Settle what needs no pull (marks), and what an earlier pull covers.  When another event of the same burst is not due
 * yet, JOB_ENOUGH with the result LATER: one pull then serves them all.
 *   calls   NULL: every event calls for a pull
 */
enum job_step job_decide(struct job_context *context, const struct job *job, event_calls *calls, enum api_name name,
    struct job_result *result);
/* A complete pull began at begun_us: settle what it covers, count what it saved. */
void job_pulled(struct job_context *context, const struct job *job, enum api_name name, int64_t begun_us,
    struct job_result *result);

/* --- outcomes (job_help.c) ---------------------------------------------------------------------------------------- */

/* LATER with back-off, or at due_us when that is not 0. */
void job_later(struct job_result *result, int64_t due_us, const char *format, ...) __attribute__((format(printf, 3, 4)));
void job_park(struct job_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The word for data.absence; NULL when the answer tells of none. */
const char *job_absence(const struct api_answer *answer);
/* Is it API_REFUSED with this code? */
bool job_is_code(const struct api_answer *answer, int code);

/* --- listings (job_pages.c) --------------------------------------------------------------------------------------- */

struct pages {
	struct json_object *seen;	/* owned: cursors that were followed */
	const char *cursor;		/* of the page to ask for; "" for the first */
	const char *what;		/* "the customer list": for sentences */
	int pages_n, pages_max;
	int restarts_n;
	int64_t begun_us;		/* of the first page since the last restart */
};

enum pages_step {
	PAGES_MORE,	/* ask for pages.cursor */
	PAGES_END,
	PAGES_BAD,	/* the result says why */
};

void pages_start(struct pages *pages, const char *what, int pages_max);
void pages_done(struct pages *pages);
/* An answer is here: may the listing begin again (its cursor expired)?  At most twice; false: the result says why. */
bool pages_restart(struct pages *pages, struct job_result *result);
/* Is it the answer that says so? */
bool pages_is_expired(const struct api_answer *answer);
/* A page is here: remember when the listing began, and look for the next one. */
enum pages_step pages_turn(struct pages *pages, const struct job *job, const struct api_answer *answer,
    struct job_result *result);

/* --- answers that two handlers read ------------------------------------------------------------------------------- */

/* customer_read.c; new objects, NULL: ret_bad names what is wrong. */
struct json_object *customer_read_contact(struct json_object *external_contact, const char **ret_bad);
struct json_object *customer_read_follower(struct json_object *follower, const char **ret_bad);

/* member_read.c: the fields of user/get and of an element of user/list. */
struct json_object *member_read(struct json_object *member, const char **ret_bad);

/*
 * job_customer_list.c: the ids of get_follow_user_list, members who have customers; owned.  NULL: the result says why, or
 * (JOB_DONE) that nobody of them has a licence.
 */
struct json_object *follow_users(struct job_context *context, const struct job *job, int64_t *ret_begun_us,
    struct job_result *result);

/* A set of ids, and the array of its members in order of arrival (job_pages.c). */
struct id_set {
	struct json_object *index;
	struct json_object *list;
};
void id_set_start(struct id_set *set);
void id_set_done(struct id_set *set);
/* True when it is new. */
bool id_set_add(struct id_set *set, const char *id);

#endif
