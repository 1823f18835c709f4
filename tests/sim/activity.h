/*
 * Random activity: what people do in the corps, one event at a time.  Each activity changes the truth first and then
 * tells it, so that the stream of events is consistent: versions chain, only those present leave.
 *
 * Two ways (truth->keeps_gone): `push` tells everything of corps that all installed the app; `serve` plays corps that
 * install, cancel and install again, and tells only what WeCom would: within scope, permission and licence.
 * The truth must be locked around every function here but init and done, and until the facts have been used.
 */
#ifndef SIM_ACTIVITY_H
#define SIM_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mark.h"
#include "notice.h"
#include "settings.h"
#include "truth.h"

/* A visiting corp that installs the app, is seen once and leaves: so that cancellations harm no other corp.  `push`. */
struct activity_guest {
	char id[TRUTH_ID_BYTES];
	char user[TRUTH_ID_BYTES];
	int step;
};

/* What `serve` lets happen; changed while running. */
struct activity_options {
	double lie;      /* share of member events whose MemChangeCnt and list do not agree */
	bool silent;     /* also changes that no callback tells: names, nicknames, chat admins, licences */
	bool cancels;    /* the last corp of three or more cancels and installs again */
	size_t visitors; /* the last ones that do not install by themselves: they wait for activity_install */
	bool messages;   /* also all kinds that need no change of the truth */
};

struct activity {
	const struct settings *settings;
	struct truth truth;
	struct activity_options options;
	struct mark mark; /* of the event that activity_next has just given */
	struct activity_guest guest;
	size_t opening_corp; /* how far the opening has been told */
	size_t opening_step;
	int64_t ticket_s;                    /* when the last ticket was told; 0: never */
	char login_ticket[TRUTH_CODE_BYTES]; /* the newest of the login suite; "" none */
	bool is_login_ticket_due;            /* it follows the suite's own */
	uint64_t msgid;                      /* of the last message; beyond 2^53 */
	struct list follow_ups;              /* struct activity_follow_up: told before anything new */
	bool is_reset_told;                  /* reset_permanent_code, once in a run */
};

/* The second event of one deed. */
struct activity_follow_up {
	size_t corp;
	const char *kind; /* a name of the table of notices: it stays */
	char user[TRUTH_ID_BYTES];
	char customer[TRUTH_ID_BYTES];
	char tag[TRUTH_ID_BYTES];
	int64_t at_s; /* of the deed */
	struct mark mark;
};

/* size NULL: small. */
void activity_init(struct activity *activity, const struct settings *settings, unsigned long long seed, size_t corps_n,
    const struct truth_size *size, bool keeps_gone);
void activity_done(struct activity *activity);

/*
 * The next event, in this order: a ticket when one is due, the opening (each corp is installed and its members come
 * into the app), what follows from the last deed, anything at random. ret_facts  points into the activity; use it
 * before the next call Never NULL with `push`; NULL with `serve` when what was done is told to nobody.
 */
const struct notice_kind *activity_next(struct activity *activity, struct facts *ret_facts);
/* Only a ticket, what follows from the last deed, or (`serve`) the first install of a corp; NULL: nothing is due. */
const struct notice_kind *activity_next_due(struct activity *activity, struct facts *ret_facts);
/*
 * One deed by its name (the tables below), in that corp (NULL: any), tried some times.
 *   ret_done  false: no such name, or no corp can do it now
 * NULL: not done, or told to nobody.
 */
const struct notice_kind *activity_do(
    struct activity *activity, const char *name, struct truth_corp *corp, struct facts *ret_facts, bool *ret_done);

/*
 * The corp installs the app on the provider's website: no create_auth comes of it, the code goes back with the browser.
 * False: it has the app, or left this very second.
 */
bool activity_install(struct activity *activity, struct truth_corp *corp, char ret_code[TRUTH_CODE_BYTES]);

/* Every fact a template may name, with values that fit `corp`. */
void activity_facts(struct activity *activity, struct truth_corp *corp, struct facts *ret_facts);
/* A further event, told next. */
struct activity_follow_up *activity_follow(struct activity *activity, struct truth_corp *corp, const char *kind);

/* Whether WeCom calls back: the corp has the app and the permission; and the member is in scope, or in scope with the
 * feature and a licence. */
bool activity_is_told(const struct activity *activity, const struct truth_corp *corp, enum truth_permission permission);
bool activity_is_told_of(const struct activity *activity, const struct truth_corp *corp, const char *user);
bool activity_is_told_served(const struct activity *activity, const struct truth_corp *corp, const char *user);

/* Done, but told to nobody: what a deed returns instead of a kind. */
extern const char activity_untold[];

/*
 * One deed: change the truth, add its facts to those of activity_facts, return the name of the event's kind (or
 * activity_untold); NULL when the corp cannot do it now (nothing has changed then).
 */
typedef const char *activity_deed(struct activity *activity, struct truth_corp *corp, struct facts *facts);

struct activity_choice {
	unsigned int weight;
	activity_deed *deed;
	const char *name;
	bool is_served; /* of `serve` only */
};

/* By concern; each table ends with a weight of 0. */
extern const struct activity_choice activity_customer_choices[];
extern const struct activity_choice activity_chat_choices[];
extern const struct activity_choice activity_tag_choices[];
extern const struct activity_choice activity_contact_choices[];
extern const struct activity_choice activity_corp_choices[];
extern const struct activity_choice activity_named_choices[]; /* only by activity_do */

/* Which members are in scope, before a deed that may change it; the difference is told after it. */
struct activity_scope {
	bool *was;
	size_t n;
};
void activity_scope_before(struct activity_scope *scope, const struct truth_corp *corp);
/* Frees it, too. */
void activity_scope_after(struct activity_scope *scope, struct activity *activity, struct truth_corp *corp);

#endif
