/* The pure parts of job_chat.c: from claimed JSON to the planner's structs, and from its plan to the store's data. */
#ifndef WECOM_SYNC_JOB_CHAT_H
#define WECOM_SYNC_JOB_CHAT_H

#include "arena.h"
#include "chat_plan.h"
#include "job.h"

#define CHAT_MEMBERS_MAX 10000	/* of one pulled roster; groups hold 500 people (protocol 15.3) */
#define CHAT_ID_BYTES 128
#define CHAT_TEXT_BYTES 65536	/* of a notice */

/* What is known of one chat; spans borrow from the job's JSON. */
struct chat_known {
	struct chat_state state;
	bool is_known;		/* the mirror has the chat */
	bool is_absent;		/* WeCom would not let it be read the last time */
	int64_t read_us;	/* begin of the call that answered last, whole or not; 0: none did */
};

/* ST_OK; ST_NOMEM; ST_BAD_INPUT: the state is not what wecom.job_state gives. */
enum status chat_read_state(struct json_object *state, struct arena *mem, struct chat_known *ret) must_check;

/* One struct for each event of the job, in its order.  What cannot be read as a member event must be pulled. */
enum status chat_read_events(struct json_object *events, struct arena *mem, struct chat_event **ret) must_check;

/* The `group_chat` of an answer; spans borrow from it.  ST_BAD_INPUT: something needed is missing or of a wrong type. */
enum status chat_read_pulled(struct json_object *group_chat, const char *chat_id, struct arena *mem,
    struct chat_pulled *ret) must_check;

#endif
