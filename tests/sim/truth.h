/*
 * What is really so: the corps that installed the app, their members, departments, customers, chats and tags.
 * Activities change it; events and (later) API answers are read off it, so that both tell one story.
 */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "list.h"
#include "random.h"

#define TRUTH_ID_BYTES 36      /* 34 characters and room */
#define TRUTH_VERSION_BYTES 33 /* 32 hexadecimal digits */

/* how large one corp may grow */
#define TRUTH_MEMBERS_MAX 200
#define TRUTH_PARTIES_MAX 50
#define TRUTH_RELATIONS_MAX 2000
#define TRUTH_CHATS_MAX 100
#define TRUTH_ROSTER_MAX 200
#define TRUTH_GROUPS_MAX 30
#define TRUTH_TAGS_MAX 30 /* of one group */

struct truth_member {
	char id[TRUTH_ID_BYTES]; /* the open userid, as the suite sees it */
	unsigned int party;
};

struct truth_party {
	unsigned int id;
	unsigned int parent;
	bool is_root;
};

/* One pair of member and customer. */
struct truth_relation {
	char user[TRUTH_ID_BYTES];
	char customer[TRUTH_ID_BYTES];
	bool is_half; /* the member has not accepted yet */
};

struct truth_present {
	char id[TRUTH_ID_BYTES];
	bool is_staff;
};

struct truth_chat {
	char id[TRUTH_ID_BYTES];
	char owner[TRUTH_ID_BYTES];
	char version[TRUTH_VERSION_BYTES]; /* of the roster */
	struct list roster;                /* struct truth_present; the owner is always among them */
};

struct truth_tag {
	char id[TRUTH_ID_BYTES];
};

struct truth_group {
	char id[TRUTH_ID_BYTES];
	struct list tags; /* struct truth_tag */
};

struct truth_corp {
	char id[TRUTH_ID_BYTES];
	unsigned int agent;
	unsigned int party_last;
	struct list members;   /* struct truth_member, at least one */
	struct list parties;   /* struct truth_party, the root first */
	struct list relations; /* struct truth_relation */
	struct list chats;     /* struct truth_chat */
	struct list groups;    /* struct truth_group */
};

struct truth {
	struct list corps;    /* struct truth_corp, at least one */
	struct random random; /* the activity draws from it, too */
};

/* The same seed and number of corps give the same truth. */
void truth_init(struct truth *truth, unsigned long long seed, size_t corps_n);
void truth_done(struct truth *truth);

/* "wm" and 30 random characters, and so on: `prefix` is two characters. */
void truth_id(struct random *random, const char *prefix, char ret_id[TRUTH_ID_BYTES]);

/* One of them at random; NULL when there is none. */
void *truth_any(struct random *random, const struct list *list);

/* New objects, valid until the next addition to the same list. */
struct truth_member *truth_add_member(struct truth *truth, struct truth_corp *corp);
struct truth_party *truth_add_party(struct truth_corp *corp, unsigned int parent);
struct truth_chat *truth_add_chat(struct truth *truth, struct truth_corp *corp);
struct truth_group *truth_add_group(struct truth *truth, struct truth_corp *corp);
struct truth_tag *truth_add_tag(struct truth *truth, struct truth_group *group);
struct truth_relation *truth_add_relation(struct truth_corp *corp, const char *user, const char *customer);

/* They must be in the corp's lists. */
void truth_remove_chat(struct truth_corp *corp, struct truth_chat *chat);
void truth_remove_group(struct truth_corp *corp, struct truth_group *group);
/* Place of an item that truth_any or list_at gave. */
size_t truth_index(const struct list *list, const void *item);

bool truth_is_present(const struct truth_chat *chat, const char *id);
bool truth_is_related(const struct truth_corp *corp, const char *user, const char *customer);
/* Has customers, is in a chat, or is the last one: such a member is not deleted. */
bool truth_is_member_busy(const struct truth_corp *corp, const char *user);

/* Change the roster; truth_new_version follows once all of one change is done. */
void truth_join(struct truth_chat *chat, const char *id, bool is_staff);
void truth_leave(struct truth_chat *chat, size_t i);
void truth_new_version(struct truth *truth, struct truth_chat *chat);

#endif
