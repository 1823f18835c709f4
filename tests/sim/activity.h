/*
 * Random activity: what people do in the corps, one event at a time.  Each activity changes the truth first and then
 * tells it, so that the stream of events is consistent: versions chain, only those present leave.
 */
#ifndef SIM_ACTIVITY_H
#define SIM_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notice.h"
#include "settings.h"
#include "truth.h"

/* A visiting corp that installs the app, is seen once and leaves: so that cancellations harm no other corp. */
struct activity_guest {
	char id[TRUTH_ID_BYTES];
	char user[TRUTH_ID_BYTES];
	int step;
};

struct activity {
	const struct settings *settings;
	struct truth truth;
	struct activity_guest guest;
	size_t opening_corp; /* how far the opening has been told */
	size_t opening_step;
	int64_t ticket_s;       /* when the last ticket was told; 0: never */
	uint64_t msgid;         /* of the last message; beyond 2^53 */
	struct list follow_ups; /* struct activity_follow_up: told before anything new */
};

/* The second event of one deed. */
struct activity_follow_up {
	size_t corp;
	const char *kind;
	char user[TRUTH_ID_BYTES];
	char customer[TRUTH_ID_BYTES];
};

void activity_init(struct activity *activity, const struct settings *settings, unsigned long long seed, size_t corps_n);
void activity_done(struct activity *activity);

/*
 * The next event.
 *   ret_facts  valid until the next call (it points into the truth)
 * First the opening: a ticket, then per corp its installation and a subscribe event for each member.
 */
const struct notice_kind *activity_next(struct activity *activity, struct facts *ret_facts);

/* Every fact a template may name, with values that fit `corp` (or an example, when it is NULL). */
void activity_facts(struct activity *activity, struct truth_corp *corp, struct facts *ret_facts);

/*
 * One deed: change the truth, add its facts to those of activity_facts, return the name of the event's kind;
 * NULL when the corp cannot do it now (nothing has changed then).
 */
typedef const char *activity_deed(struct activity *activity, struct truth_corp *corp, struct facts *facts);

struct activity_choice {
	unsigned int weight;
	activity_deed *deed;
};

/* By concern; each table ends with a weight of 0. */
extern const struct activity_choice activity_customer_choices[];
extern const struct activity_choice activity_chat_choices[];
extern const struct activity_choice activity_tag_choices[];
extern const struct activity_choice activity_contact_choices[];

#endif
