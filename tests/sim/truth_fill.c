/* How a truth begins, and what chance picks from it. */
#include <stdio.h>
#include <string.h>

#include "truth.h"

#define PARTIES_FIRST 4
#define AGENT_FIRST 1000002
#define PICKS 8 /* at random before the list is gone through */

static const struct truth_size small = {.members = 6, .relations = 20, .chats = 4, .roster = 8, .groups = 3, .tags = 4};

void *
truth_any(struct random *random, const struct list *list)
{
	return list->n == 0 ? NULL : list_at(list, random_below(random, list->n));
}

/* One that lives: by luck, else the first one from a random place on. */
static void *
pick(struct random *random, const struct list *list, bool (*lives)(const void *))
{
	size_t start = list->n == 0 ? 0 : random_below(random, list->n);

	for (int i = 0; i < PICKS && list->n > 0; i++) {
		void *item = list_at(list, random_below(random, list->n));

		if (lives(item))
			return item;
	}
	for (size_t i = 0; i < list->n; i++) {
		void *item = list_at(list, (start + i) % list->n);

		if (lives(item))
			return item;
	}
	return NULL;
}

static bool
chat_lives(const void *item)
{
	return ((const struct truth_chat *)item)->dismiss_s == 0;
}

static bool
relation_lives(const void *item)
{
	return ((const struct truth_relation *)item)->status <= TRUTH_DELETED_BY_CUSTOMER;
}

static bool
group_lives(const void *item)
{
	return ((const struct truth_group *)item)->delete_s == 0;
}

static bool
tag_lives(const void *item)
{
	return ((const struct truth_tag *)item)->delete_s == 0;
}

struct truth_chat *
truth_any_chat(struct truth *truth, const struct truth_corp *corp)
{
	return pick(&truth->random, &corp->chats, chat_lives);
}

struct truth_relation *
truth_any_relation(struct truth *truth, const struct truth_corp *corp)
{
	return pick(&truth->random, &corp->relations, relation_lives);
}

struct truth_group *
truth_any_group(struct truth *truth, const struct truth_corp *corp)
{
	return pick(&truth->random, &corp->groups, group_lives);
}

struct truth_tag *
truth_any_tag(struct truth *truth, const struct truth_group *group)
{
	return pick(&truth->random, &group->tags, tag_lives);
}

static bool is_plain;

void
truth_speak_plainly(void)
{
	is_plain = true;
}

void
truth_words(struct random *random, char *to, size_t bytes)
{
	static const char *const words[] = {"春风", "Ocean", "小店", "\"引号\"", "back\\slash", "<b>粗</b>", "&amp;",
	    "😀", "👨‍👩‍👧", "é", "  两边  ", "O'Neil", "%s", "十里铺", "2024", "\t", "{}", "茶 & 咖啡",
	    "ㅎㅎ"};
	static const char *const plain[] = {
	    "春风", "小店", "十里铺", "茶 & 咖啡", "书房", "花园", "早餐", "山水", "Ocean", "😀"};
	size_t n = 1 + random_below(random, is_plain ? 2 : 4), used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const char *word = is_plain ? plain[random_below(random, sizeof(plain) / sizeof(plain[0]))]
					    : words[random_below(random, sizeof(words) / sizeof(words[0]))];

		if (used + strlen(word) + 8 >= bytes)
			break;
		strcpy(to + used, word);
		used += strlen(word);
	}
	random_digits(random, to + used, 4);
}

static void
allow_user(struct truth_corp *corp, const char *id)
{
	strcpy(((struct truth_admin *)list_add(&corp->scope_users))->id, id);
}

/* Every third corp is alike: open to the app; limited and with licences; authorised by its members. */
static void
diversify(struct truth *truth, struct truth_corp *corp)
{
	size_t sort = truth_index(&truth->corps, corp) % 3;

	corp->level = sort == 0 ? 3 : 1;
	corp->is_license_enforced = sort == 1;
	corp->auth_mode = sort == 2 ? 1 : 0;
	if (sort != 0)
		corp->permissions &= ~(1U << TRUTH_ARCH_BASE | 1U << TRUTH_ARCH_LEADER);
	if (sort == 0)
		return;
	corp->scope_parties.n = 0;
	if (sort == 1)
		*(unsigned int *)list_add(&corp->scope_parties) = 2;
	for (size_t i = 0; i < corp->members.n; i++) {
		struct truth_member *member = list_at(&corp->members, i);

		if (random_chance(&truth->random, 0.8))
			allow_user(corp, member->id);
		member->is_licensed = random_chance(&truth->random, 0.8);
	}
	if (corp->scope_users.n == 0)
		allow_user(corp, ((struct truth_member *)list_at(&corp->members, 0))->id);
}

/* Some moment of the past; later than `since_us`. */
static void
hold_past(struct truth *truth, const struct truth_size *size, int64_t since_us)
{
	int64_t now_us, first_us;

	if (size->past_days == 0)
		return;
	truth_release_now();
	now_us = truth_now_us() - 1000000;
	first_us = since_us != 0 ? since_us : now_us - (int64_t)size->past_days * 86400 * 1000000;
	truth_hold_at(first_us +
		      (int64_t)(random_below(&truth->random, (uint64_t)((now_us - first_us) / 1000000 + 1)) * 1000000));
}

/* With a past there are channels, too. */
static void
give_state(struct truth *truth, const struct truth_size *size, struct truth_relation *relation)
{
	if (size->past_days > 0 && random_chance(&truth->random, 0.7))
		snprintf(relation->state, sizeof(relation->state), "channel%d", (int)random_below(&truth->random, 6));
}

static void
give_tags(struct truth *truth, struct truth_corp *corp, const struct truth_size *size)
{
	for (size_t i = 0; i < corp->relations.n && size->past_days > 0; i++) {
		struct truth_relation *relation = list_at(&corp->relations, i);
		const struct truth_group *group = truth_any_group(truth, corp);

		if (group == NULL || random_chance(&truth->random, 0.4))
			continue;
		strcpy(relation->tags[relation->tags_n++], truth_any_tag(truth, group)->id);
	}
}

static void
fill_chat(struct truth *truth, struct truth_corp *corp, const struct truth_size *size)
{
	char customer[TRUTH_ID_BYTES];
	struct truth_chat *chat;

	hold_past(truth, size, 0);
	chat = truth_add_chat(truth, corp);
	while (chat->now.roster.n < size->roster) {
		hold_past(truth, size, chat->create_s * 1000000);
		truth_id(&truth->random, "wm", customer);
		truth_join(truth, chat, customer, false);
	}
	truth_release_now();
}

static void
fill_relations(struct truth *truth, struct truth_corp *corp, const struct truth_size *size)
{
	char customer[TRUTH_ID_BYTES];

	for (size_t i = 0; i < size->relations; i++) {
		struct truth_member *member = truth_any(&truth->random, &corp->members);
		struct truth_relation *known =
		    random_chance(&truth->random, 0.2) ? truth_any_relation(truth, corp) : NULL;
		struct truth_relation *relation;

		if (known != NULL && !truth_is_related(corp, member->id, known->customer))
			memcpy(customer, known->customer, sizeof(customer));
		else
			truth_id(&truth->random, "wm", customer);
		hold_past(truth, size, 0);
		relation = truth_add_relation(truth, corp, member->id, customer);
		give_state(truth, size, relation);
		truth_accept(truth, corp, relation);
		truth_words(&truth->random, relation->remark, sizeof(relation->remark));
	}
	truth_release_now();
}

static void
fill_corp(struct truth *truth, struct truth_corp *corp, const struct truth_size *size)
{
	for (int i = 0; i < PARTIES_FIRST; i++)
		truth_add_party(truth, corp, i == 0 ? 0 : 1)->is_root = i == 0;
	*(unsigned int *)list_add(&corp->scope_parties) = 1;
	for (size_t i = 0; i < size->members; i++)
		truth_add_member(truth, corp);
	fill_relations(truth, corp, size);
	for (size_t i = 0; i < size->chats; i++)
		fill_chat(truth, corp, size);
	for (size_t i = 0; i < size->groups; i++) {
		struct truth_group *group = truth_add_group(truth, corp);

		while (group->tags.n < size->tags)
			truth_add_tag(truth, group);
	}
	give_tags(truth, corp, size);
	for (size_t i = 0; i < corp->members.n && i < 2; i++) {
		struct truth_admin *admin = list_add(&corp->admins);

		strcpy(admin->id, ((struct truth_member *)list_at(&corp->members, i))->id);
		admin->auth_type = 1;
	}
}

void
truth_init(struct truth *truth, unsigned long long seed, size_t corps_n, const struct truth_size *size, bool keeps_gone)
{
	*truth = (struct truth){.keeps_gone = keeps_gone};
	pthread_mutex_init(&truth->mutex, NULL);
	list_init(&truth->corps, sizeof(struct truth_corp));
	list_init(&truth->codes, sizeof(struct truth_auth_code));
	random_seed(&truth->random, seed);
	for (size_t i = 0; i < corps_n; i++) {
		struct truth_corp *corp = truth_add_corp(truth);

		truth_id(&truth->random, "wp", corp->id);
		truth_words(&truth->random, corp->name, sizeof(corp->name));
		corp->agent = AGENT_FIRST + (unsigned int)i;
		corp->state = keeps_gone ? TRUTH_NOT_INSTALLED : TRUTH_INSTALLED;
		corp->level = 3;
		corp->permissions = (1U << TRUTH_PERMISSION_N) - 1;
		strcpy(corp->corp_type, i % 2 == 0 ? "verified" : "unverified");
		corp->subject_type = 1 + (int)(i % 4);
		fill_corp(truth, corp, size == NULL ? &small : size);
		if (keeps_gone)
			diversify(truth, corp);
	}
}
