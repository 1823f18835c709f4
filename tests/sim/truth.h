/*
 * What is really so: the corps, their members, departments, customers, chats and tags.  Activities change it; events
 * and API answers are read off it, so that both tell one story.
 *
 * One mutex (truth_lock, truth_unlock; not recursive) protects everything here, the generator included.  Whoever reads
 * or changes anything holds it: the API for the making of one answer, the activity for one deed.  Nothing may be kept
 * beyond the unlock but copies, and places in the lists that say so: pointers move with the next addition.
 * Times named _s are whole seconds since 1970 as events and the API give them, times named _us microseconds.
 */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "place.h"
#include "random.h"

#define TRUTH_ID_BYTES 36      /* 34 characters and room */
#define TRUTH_VERSION_BYTES 33 /* 32 hexadecimal digits */
#define TRUTH_CODE_BYTES 132   /* 128 characters and room */
#define TRUTH_NAME_BYTES 96
#define TRUTH_TEXT_BYTES 256

/* how large one corp may grow by itself */
#define TRUTH_MEMBERS_MAX 200
#define TRUTH_PARTIES_MAX 50
#define TRUTH_RELATIONS_MAX 2000
#define TRUTH_CHATS_MAX 100
#define TRUTH_ROSTER_MAX 200
#define TRUTH_GROUPS_MAX 30
#define TRUTH_TAGS_MAX 30 /* of one group */
#define TRUTH_MEMBER_PARTIES_MAX 3
#define TRUTH_RELATION_TAGS_MAX 6
#define TRUTH_ADMINS_MAX 3     /* of one chat */
#define TRUTH_SUSPENDED '!'    /* the first character of a permanent code that is not honoured */
#define TRUTH_PAST_US 20000000 /* how far back the states of a chat are kept */

/* What became of one callback. */
enum truth_fate {
	TRUTH_FATE_NONE,    /* there was none to make */
	TRUTH_FATE_UNTOLD,  /* WeCom makes none: out of scope, no licence, no permission */
	TRUTH_FATE_PENDING, /* made, and neither lost nor acknowledged yet */
	TRUTH_FATE_LOST,
	TRUTH_FATE_DELIVERED,
	TRUTH_FATE_N
};

struct truth_member {
	char id[TRUTH_ID_BYTES]; /* the open userid, as the suite sees it; the name is the same to a third party */
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX]; /* at least one; the first is the main one */
	unsigned int orders[TRUTH_MEMBER_PARTIES_MAX];  /* up to 2^32-1 */
	bool is_leader[TRUTH_MEMBER_PARTIES_MAX];
	size_t parties_n;
	char leader[TRUTH_ID_BYTES]; /* the direct leader; "" none */
	int status;                  /* 1 active, 2 disabled, 4 not activated */
	bool is_licensed;            /* interop account */
	bool can_follow;             /* has the 客户联系 feature */
	int gender;                  /* this and the rest: only with corp->level 3 */
	char position[TRUTH_NAME_BYTES];
	char alias[TRUTH_NAME_BYTES];
	char mobile[16];
};

struct truth_party {
	unsigned int id;
	unsigned int parent;
	unsigned int order; /* up to 2^32-1 */
	bool is_root;
};

struct truth_customer {
	char id[TRUTH_ID_BYTES];
	char name[TRUTH_NAME_BYTES];
	int type;                         /* 1 WeChat, 2 WeCom */
	char corp_name[TRUTH_NAME_BYTES]; /* of type 2; else "" */
	char position[TRUTH_NAME_BYTES];  /* of type 2; else "" */
};

enum truth_status {
	TRUTH_HALF, /* the member has not accepted yet: the API answers 84061 */
	TRUTH_ACTIVE,
	TRUTH_DELETED_BY_CUSTOMER, /* the API still shows the follower */
	TRUTH_DELETED_BY_STAFF,    /* gone */
	TRUTH_TRANSFERRED,         /* gone */
	TRUTH_STATUS_N
};

/* One pair of member and customer, its current or latest period. */
struct truth_relation {
	char user[TRUTH_ID_BYTES];
	char customer[TRUTH_ID_BYTES];
	enum truth_status status;
	unsigned int period; /* 0 is the first */
	int64_t half_s;      /* 0: the period did not begin as half */
	int64_t create_s;    /* createtime; 0: half */
	int64_t customer_s;  /* deleted by the customer; 0: not */
	int64_t staff_s;     /* deleted by the member or moved away; 0: not */
	enum truth_fate half_fate;
	enum truth_fate create_fate;
	enum truth_fate customer_fate;
	enum truth_fate staff_fate;
	char remark[TRUTH_NAME_BYTES];
	char description[TRUTH_TEXT_BYTES];
	char remark_corp_name[TRUTH_NAME_BYTES];
	char state[32]; /* "" none */
	char oper[TRUTH_ID_BYTES];
	int add_way;
	char tags[TRUTH_RELATION_TAGS_MAX][TRUTH_ID_BYTES]; /* corp tags, none of them deleted */
	size_t tags_n;
	bool has_personal_tag; /* type 2, without a tag_id, and only in externalcontact/get */
};

/* What a transfer came to; the newest of each customer and takeover is last. */
struct truth_transfer {
	char handover[TRUTH_ID_BYTES];
	char takeover[TRUTH_ID_BYTES];
	char customer[TRUTH_ID_BYTES];
	int status; /* 1 done, 3 refused, 4 limit reached */
	int64_t at_s;
	enum truth_fate fate;
};

struct truth_present {
	char id[TRUTH_ID_BYTES];
	bool is_staff;               /* type 1, else 2 */
	char name[TRUTH_NAME_BYTES]; /* with need_name */
	char nickname[TRUTH_NAME_BYTES];
	int64_t join_s;
	int join_scene;               /* 1 invited, 2 by invitation link, 3 QR code */
	char inviter[TRUTH_ID_BYTES]; /* "" none: the element is absent */
};

/* How a chat is or was. */
struct truth_chat_state {
	int64_t since_us;
	char name[TRUTH_NAME_BYTES]; /* may be empty */
	char owner[TRUTH_ID_BYTES];
	char notice[TRUTH_TEXT_BYTES];
	char version[TRUTH_VERSION_BYTES]; /* of the roster */
	bool is_dismissed;                 /* 49008 */
	char admins[TRUTH_ADMINS_MAX][TRUTH_ID_BYTES];
	size_t admins_n;
	struct list roster; /* struct truth_present; the owner is always among them; empty when dismissed */
};

enum truth_chat_event {
	TRUTH_CHAT_CREATE,
	TRUTH_CHAT_MEMBER, /* add_member and del_member */
	TRUTH_CHAT_OWNER,
	TRUTH_CHAT_NAME,
	TRUTH_CHAT_NOTICE,
	TRUTH_CHAT_DISMISS,
	TRUTH_CHAT_EVENT_N
};

/* The callbacks of one chat; see mark.h. */
struct truth_chat_count {
	unsigned long long made[TRUTH_CHAT_EVENT_N];
	unsigned long long lost[TRUTH_CHAT_EVENT_N];
	unsigned long long delivered[TRUTH_CHAT_EVENT_N]; /* each once */
	unsigned long long repeated;                      /* acknowledged again */
	unsigned long long partial;                       /* delivered member events whose list is not whole */
	unsigned long long plain_member;                  /* pulls by the document's plain rule, of member events */
	unsigned long long plain_other;                   /* … of the others */
	char plain_version[TRUTH_VERSION_BYTES];          /* held by that rule; "" none */
};

struct truth_chat {
	char id[TRUTH_ID_BYTES];
	int64_t create_s;
	int64_t dismiss_s; /* 0: lives */
	struct truth_chat_state now;
	struct list past; /* struct truth_chat_state, oldest first: each was true until the next one's since_us */
	char left[TRUTH_ID_BYTES]; /* who left last; "" nobody */
	struct list fates;         /* unsigned char, enum truth_fate: of every member event in its order */
	enum truth_fate create_fate;
	enum truth_fate dismiss_fate;
	struct truth_chat_count count;
};

struct truth_tag {
	char id[TRUTH_ID_BYTES];
	char name[TRUTH_NAME_BYTES];
	unsigned int order; /* up to 2^32-1 */
	int64_t create_s;
	int64_t delete_s; /* 0: lives */
};

struct truth_group {
	char id[TRUTH_ID_BYTES];
	char name[TRUTH_NAME_BYTES];
	unsigned int order;
	int64_t create_s;
	int64_t delete_s; /* 0: lives; then all its tags are deleted, too */
	struct list tags; /* struct truth_tag, deleted ones too */
};

enum truth_corp_state { TRUTH_NOT_INSTALLED, TRUTH_INSTALLED, TRUTH_CANCELLED, TRUTH_CORP_STATE_N };

struct truth_admin {
	char id[TRUTH_ID_BYTES];
	int auth_type; /* 0 may send, 1 manages */
};

/* The names of agent/get_permissions; a corp's set is a mask of 1 << place. */
enum truth_permission {
	TRUTH_CONTACT_BASE,
	TRUTH_ARCH_BASE,
	TRUTH_ARCH_LEADER,
	TRUTH_EXTERNAL_BASE, /* without it every externalcontact call is 48002, and no such event is told */
	TRUTH_EXTERNAL_TAG,
	TRUTH_EXTERNAL_TRANSFER,
	TRUTH_EXTERNAL_GROUP,
	TRUTH_PERMISSION_N
};
extern const char *const truth_permission_names[TRUTH_PERMISSION_N];

struct truth_corp {
	char id[TRUTH_ID_BYTES];
	char name[TRUTH_NAME_BYTES];
	enum truth_corp_state state;
	int64_t install_s;                     /* the latest */
	int64_t cancel_s;                      /* the latest; 0: never */
	char permanent_code[TRUTH_CODE_BYTES]; /* the right one; "" when not installed: any is 40084 */
	char corp_type[16];                    /* verified, unverified */
	int subject_type;
	unsigned int agent;
	int auth_mode; /* 0 by an admin; 1 by members: departments are 1, no department list, no admins */
	int level;     /* of the privilege: 1 basic (no position, alias … in user/get), 3 all; never changes */
	unsigned int permissions;
	bool is_license_enforced; /* false: is_licensed of its members counts for nothing */
	unsigned int party_last;
	struct list scope_parties; /* unsigned int: allow_party, recursive; empty in mode 1 */
	struct list scope_users;   /* struct truth_admin (auth_type unused): allow_user */
	struct list admins;        /* struct truth_admin */
	struct list members;       /* struct truth_member, at least one */
	struct list parties;       /* struct truth_party, the root first */
	struct list customers;     /* struct truth_customer; never shrinks; empty without keeps_gone */
	struct list relations;     /* struct truth_relation; with keeps_gone it never shrinks: places stay */
	struct list transfers;     /* struct truth_transfer */
	struct list chats;         /* struct truth_chat; the same */
	struct list groups;        /* struct truth_group, deleted ones too */
	struct list days;          /* struct truth_day (truth_figure.h), oldest first; days without figures lack */
	size_t relations_alive_n;  /* half, active, deleted by the customer */
	size_t chats_alive_n;
	struct place_table customer_places; /* with keeps_gone: by id, by user and customer, by id */
	struct place_table relation_places;
	struct place_table chat_places;
};

/* An auth_code that was given out with create_auth or reset_permanent_code (or by an install on a website). */
struct truth_auth_code {
	char code[TRUTH_CODE_BYTES];
	size_t corp; /* place in truth->corps */
	int64_t expires_s;
	bool is_used;                          /* the API sets it; a second use is 40078 */
	char permanent_code[TRUTH_CODE_BYTES]; /* what its exchange gives */
};

struct truth {
	pthread_mutex_t mutex;
	struct list corps;             /* struct truth_corp, at least one; never shrinks: places stay */
	struct list codes;             /* struct truth_auth_code */
	char ticket[TRUTH_CODE_BYTES]; /* the newest suite_ticket that was made; "" none */
	struct random random;          /* the activity draws from it, too */
	bool keeps_gone;               /* what is gone stays in the lists, marked */
};

/* How large each corp begins. */
struct truth_size {
	unsigned long long members;
	unsigned long long relations;
	unsigned long long chats;
	unsigned long long roster;
	unsigned long long groups;
	unsigned long long tags;
	unsigned long long past_days; /* over how many days before now it came to be; 0: all this moment */
};

/*
 * The same seed, number of corps and size give the same truth, but for times.
 *   size        NULL: small
 *   keeps_gone  false: every corp has installed the app, everybody is in scope and licensed; what is gone is forgotten.
 *               true: no corp has installed it yet, modes, scopes, levels and licences differ, nothing is forgotten.
 */
void truth_init(
    struct truth *truth, unsigned long long seed, size_t corps_n, const struct truth_size *size, bool keeps_gone);
void truth_done(struct truth *truth);
void truth_lock(struct truth *truth);
void truth_unlock(struct truth *truth);
int64_t truth_now_us(void);
int64_t truth_now_s(void);
/* For this thread the time stands still, so that all that one deed writes and tells is of one moment; and goes on. */
void truth_hold_now(void);
void truth_hold_at(int64_t us);
void truth_release_now(void);

/* A zeroed corp gets its lists; a corp whose lists were filled gets its tables and numbers. */
void truth_init_corp(struct truth_corp *corp);
void truth_settle_corp(struct truth_corp *corp);
/* What hangs on a chat. */
void truth_free_chat(struct truth_chat *chat);

/* Questions; NULL: there is none.  They need no more than the lock. */
struct truth_corp *truth_find_corp(const struct truth *truth, const char *id);
struct truth_auth_code *truth_find_code(const struct truth *truth, const char *code);
struct truth_member *truth_find_member(const struct truth_corp *corp, const char *id);
struct truth_party *truth_find_party(const struct truth_corp *corp, unsigned int id);
struct truth_customer *truth_find_customer(const struct truth_corp *corp, const char *id);
struct truth_relation *truth_find_relation(const struct truth_corp *corp, const char *user, const char *customer);
struct truth_chat *truth_find_chat(const struct truth_corp *corp, const char *id); /* dismissed ones too */
struct truth_group *truth_find_group(const struct truth_corp *corp, const char *id);
/* ret_group (or NULL): the group it is in. */
struct truth_tag *truth_find_tag(const struct truth_corp *corp, const char *id, struct truth_group **ret_group);
struct truth_present *truth_find_present(const struct truth_chat_state *state, const char *id);
bool truth_has_permission(const struct truth_corp *corp, enum truth_permission permission);

/* The visible scope.  A party is visible when it or one above it is allowed; in mode 1 none is. */
bool truth_is_party_visible(const struct truth_corp *corp, unsigned int id);
bool truth_is_in_scope(const struct truth_corp *corp, const struct truth_member *member);
/* The departments of user/get: the visible ones of the member's, with their places in member->parties; {1} in mode 1.
 */
size_t truth_visible_parties(const struct truth_corp *corp, const struct truth_member *member,
    unsigned int ret_parties[TRUTH_MEMBER_PARTIES_MAX], size_t ret_places[TRUTH_MEMBER_PARTIES_MAX]);
/* Licensed, or none is needed. */
bool truth_is_licensed(const struct truth_corp *corp, const struct truth_member *member);
/* In scope, with the feature, and licensed: its customers and its chats are shown.  False for an unknown id. */
bool truth_is_serving(const struct truth_corp *corp, const char *user);
/* The relation is one the API shows if its member is serving: active or deleted by the customer. */
bool truth_is_relation_whole(const struct truth_relation *relation);

/* How the chat was then; the oldest state that is known when it goes too far back.  Never NULL. */
const struct truth_chat_state *truth_chat_as_of(const struct truth_chat *chat, int64_t at_us);

/* "wm" and 30 random characters, and so on: `prefix` is two characters. */
void truth_id(struct random *random, const char *prefix, char ret_id[TRUTH_ID_BYTES]);

/* One of them at random; NULL when there is none. */
void *truth_any(struct random *random, const struct list *list);
/* Those that live. */
struct truth_chat *truth_any_chat(struct truth *truth, const struct truth_corp *corp);
struct truth_relation *truth_any_relation(struct truth *truth, const struct truth_corp *corp);
struct truth_group *truth_any_group(struct truth *truth, const struct truth_corp *corp);
struct truth_tag *truth_any_tag(struct truth *truth, const struct truth_group *group);
size_t truth_groups_alive_n(const struct truth_corp *corp);
size_t truth_tags_alive_n(const struct truth_group *group);
/* A name or text as people write them: Chinese, emoji, quotes, backslashes, markup; cut at a character to fit.  For all
 * of this process: once told so, only harmless ones. */
void truth_speak_plainly(void);
void truth_words(struct random *random, char *to, size_t bytes);

/* New objects, valid until the next addition to the same list. */
struct truth_corp *truth_add_corp(struct truth *truth);
struct truth_member *truth_add_member(struct truth *truth, struct truth_corp *corp);
struct truth_party *truth_add_party(struct truth *truth, struct truth_corp *corp, unsigned int parent);
/* Known or new; NULL without keeps_gone. */
struct truth_customer *truth_add_customer(struct truth *truth, struct truth_corp *corp, const char *id);
struct truth_chat *truth_add_chat(struct truth *truth, struct truth_corp *corp);
struct truth_group *truth_add_group(struct truth *truth, struct truth_corp *corp);
struct truth_tag *truth_add_tag(struct truth *truth, struct truth_group *group);
/* A new pair, or a new period of one that is gone or was deleted by the customer; its status is half. */
struct truth_relation *truth_add_relation(
    struct truth *truth, struct truth_corp *corp, const char *user, const char *customer);
/* An auth code with a new permanent code that its exchange gives; from now on the corp's right one. */
struct truth_auth_code *truth_add_code(struct truth *truth, struct truth_corp *corp);
/* Half becomes whole. */
void truth_accept(struct truth *truth, struct truth_corp *corp, struct truth_relation *relation);

/* They must be in the corp's lists.  A group goes with its tags, a tag leaves every relation; both may be told apart by
 * delete_s only with keeps_gone. */
void truth_end_relation(
    struct truth *truth, struct truth_corp *corp, struct truth_relation *relation, enum truth_status status);
void truth_dismiss_chat(struct truth *truth, struct truth_corp *corp, struct truth_chat *chat);
void truth_remove_group(struct truth *truth, struct truth_corp *corp, struct truth_group *group);
void truth_remove_tag(struct truth *truth, struct truth_corp *corp, struct truth_group *group, struct truth_tag *tag);
/* Place of an item that truth_any or list_at gave. */
size_t truth_index(const struct list *list, const void *item);

bool truth_is_present(const struct truth_chat *chat, const char *id);
/* Half, active or deleted by the customer. */
bool truth_is_related(const struct truth_corp *corp, const char *user, const char *customer);
/* Has customers, is in a chat, or is the last one: such a member is not deleted. */
bool truth_is_member_busy(const struct truth_corp *corp, const char *user);

/* Before any change of chat->now: what it was stays readable by truth_chat_as_of. */
void truth_chat_keep(struct truth_chat *chat);
/* Change the roster (after truth_chat_keep); truth_new_version follows once all of one change is done. */
struct truth_present *truth_join(struct truth *truth, struct truth_chat *chat, const char *id, bool is_staff);
void truth_leave(struct truth_chat *chat, size_t i);
void truth_new_version(struct truth *truth, struct truth_chat *chat);

#endif
