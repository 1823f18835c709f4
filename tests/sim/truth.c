/* Holds the truth and keeps its invariants.  Never pushes, prints or forgets anything on its own. */
#include "truth.h"
#include "truth_figure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CODE_LIFE_S 600

void
truth_lock(struct truth *truth)
{
	if (pthread_mutex_lock(&truth->mutex) != 0)
		abort();
}

void
truth_unlock(struct truth *truth)
{
	if (pthread_mutex_unlock(&truth->mutex) != 0)
		abort();
}

static _Thread_local int64_t held_us; /* 0: the time goes on */

int64_t
truth_now_us(void)
{
	struct timespec now;

	if (held_us != 0)
		return held_us;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
truth_hold_now(void)
{
	held_us = 0;
	held_us = truth_now_us();
}

void
truth_hold_at(int64_t us)
{
	held_us = us;
}

void
truth_release_now(void)
{
	held_us = 0;
}

int64_t
truth_now_s(void)
{
	return truth_now_us() / 1000000;
}

void
truth_id(struct random *random, const char *prefix, char ret_id[TRUTH_ID_BYTES])
{
	memcpy(ret_id, prefix, 2);
	random_name(random, ret_id + 2, 30);
}

size_t
truth_index(const struct list *list, const void *item)
{
	return (size_t)((const char *)item - (const char *)list->at) / list->item_bytes;
}

struct truth_party *
truth_add_party(struct truth *truth, struct truth_corp *corp, unsigned int parent)
{
	struct truth_party *party = list_add(&corp->parties);

	party->id = ++corp->party_last;
	party->parent = parent;
	party->order = (unsigned int)random_next(&truth->random);
	return party;
}

struct truth_member *
truth_add_member(struct truth *truth, struct truth_corp *corp)
{
	struct random *random = &truth->random;
	struct truth_party *party = truth_any(random, &corp->parties);
	struct truth_member *colleague = truth_any(random, &corp->members);
	char leader[TRUTH_ID_BYTES] = "";
	struct truth_member *member;

	if (colleague != NULL && random_chance(random, 0.5))
		memcpy(leader, colleague->id, sizeof(leader));
	member = list_add(&corp->members);
	truth_id(random, "wo", member->id);
	memcpy(member->leader, leader, sizeof(leader));
	member->parties[0] = party->id;
	member->orders[0] = (unsigned int)random_next(random);
	member->is_leader[0] = random_chance(random, 0.2);
	member->parties_n = 1;
	member->status = 1;
	member->is_licensed = true;
	member->can_follow = true;
	member->gender = (int)random_below(random, 3);
	truth_words(random, member->position, sizeof(member->position));
	truth_words(random, member->alias, sizeof(member->alias));
	random_digits(random, member->mobile, 11);
	return member;
}

struct truth_customer *
truth_add_customer(struct truth *truth, struct truth_corp *corp, const char *id)
{
	struct truth_customer *customer = truth_find_customer(corp, id);

	if (customer != NULL || !truth->keeps_gone)
		return customer;
	place_put(&corp->customer_places, place_hash(id, NULL), corp->customers.n);
	customer = list_add(&corp->customers);
	strcpy(customer->id, id);
	truth_words(&truth->random, customer->name, sizeof(customer->name));
	customer->type = random_chance(&truth->random, 0.15) ? 2 : 1;
	if (customer->type == 2) {
		truth_words(&truth->random, customer->corp_name, sizeof(customer->corp_name));
		truth_words(&truth->random, customer->position, sizeof(customer->position));
	}
	return customer;
}

/* A gone pair's place begins a new period. */
static struct truth_relation *
renew(struct truth_corp *corp, struct truth_relation *old)
{
	struct truth_relation fresh = {.period = old->period + 1};

	corp->relations_alive_n += old->status > TRUTH_DELETED_BY_CUSTOMER;
	strcpy(fresh.user, old->user);
	strcpy(fresh.customer, old->customer);
	*old = fresh;
	return old;
}

struct truth_relation *
truth_add_relation(struct truth *truth, struct truth_corp *corp, const char *user, const char *customer)
{
	struct truth_relation *relation = truth_find_relation(corp, user, customer);

	truth_add_customer(truth, corp, customer);
	if (relation != NULL)
		return renew(corp, relation);
	if (truth->keeps_gone)
		place_put(&corp->relation_places, place_hash(user, customer), corp->relations.n);
	relation = list_add(&corp->relations);
	corp->relations_alive_n++;
	strcpy(relation->user, user);
	strcpy(relation->customer, customer);
	return relation;
}

void
truth_accept(struct truth *truth, struct truth_corp *corp, struct truth_relation *relation)
{
	static const int ways[] = {0, 1, 2, 3, 4, 9, 10, 16, 24, 201};

	truth_count(corp, FIGURE_NEW);
	if (relation->half_s != 0)
		truth_count(corp, FIGURE_HALF_CONVERTED);
	if (relation->period > 0)
		truth_count(corp, FIGURE_READDED);
	relation->status = TRUTH_ACTIVE;
	relation->create_s = truth_now_s();
	relation->add_way = ways[random_below(&truth->random, sizeof(ways) / sizeof(ways[0]))];
	strcpy(relation->oper, random_chance(&truth->random, 0.5) ? relation->user : relation->customer);
}

static enum truth_figure
figure_of_end(const struct truth_relation *relation, enum truth_status status)
{
	if (relation->status == TRUTH_HALF)
		return FIGURE_HALF_ENDED;
	if (relation->status == TRUTH_DELETED_BY_CUSTOMER)
		return FIGURE_ENDED_AFTERWARDS;
	if (status == TRUTH_DELETED_BY_CUSTOMER)
		return FIGURE_LOST_BY_CUSTOMER;
	return status == TRUTH_TRANSFERRED ? FIGURE_TRANSFERRED_AWAY : FIGURE_LOST_BY_STAFF;
}

void
truth_end_relation(
    struct truth *truth, struct truth_corp *corp, struct truth_relation *relation, enum truth_status status)
{
	truth_count(corp, figure_of_end(relation, status));
	relation->status = status;
	if (status == TRUTH_DELETED_BY_CUSTOMER)
		relation->customer_s = truth_now_s();
	else
		relation->staff_s = truth_now_s();
	if (truth->keeps_gone) {
		corp->relations_alive_n -= status > TRUTH_DELETED_BY_CUSTOMER;
		return;
	}
	corp->relations_alive_n--;
	list_remove(&corp->relations, truth_index(&corp->relations, relation));
}

struct truth_group *
truth_add_group(struct truth *truth, struct truth_corp *corp)
{
	struct truth_group *group = list_add(&corp->groups);

	truth_id(&truth->random, "et", group->id);
	truth_words(&truth->random, group->name, sizeof(group->name));
	group->order = (unsigned int)random_next(&truth->random);
	group->create_s = truth_now_s();
	list_init(&group->tags, sizeof(struct truth_tag));
	return group;
}

struct truth_tag *
truth_add_tag(struct truth *truth, struct truth_group *group)
{
	struct truth_tag *tag = list_add(&group->tags);

	truth_id(&truth->random, "et", tag->id);
	truth_words(&truth->random, tag->name, sizeof(tag->name));
	tag->order = (unsigned int)random_next(&truth->random);
	tag->create_s = truth_now_s();
	return tag;
}

static void
take_off(struct truth_corp *corp, const char *tag)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		struct truth_relation *relation = list_at(&corp->relations, i);

		for (size_t t = 0; t < relation->tags_n;) {
			if (strcmp(relation->tags[t], tag) == 0)
				memmove(relation->tags[t], relation->tags[--relation->tags_n], TRUTH_ID_BYTES);
			else
				t++;
		}
	}
}

void
truth_remove_tag(struct truth *truth, struct truth_corp *corp, struct truth_group *group, struct truth_tag *tag)
{
	take_off(corp, tag->id);
	if (truth->keeps_gone)
		tag->delete_s = truth_now_s();
	else
		list_remove(&group->tags, truth_index(&group->tags, tag));
}

void
truth_remove_group(struct truth *truth, struct truth_corp *corp, struct truth_group *group)
{
	for (size_t i = 0; i < group->tags.n; i++) {
		struct truth_tag *tag = list_at(&group->tags, i);

		if (tag->delete_s != 0)
			continue;
		take_off(corp, tag->id);
		tag->delete_s = truth_now_s();
	}
	if (truth->keeps_gone) {
		group->delete_s = truth_now_s();
		return;
	}
	list_free(&group->tags);
	list_remove(&corp->groups, truth_index(&corp->groups, group));
}

struct truth_auth_code *
truth_add_code(struct truth *truth, struct truth_corp *corp)
{
	struct truth_auth_code *code = list_add(&truth->codes);

	random_name(&truth->random, code->code, TRUTH_CODE_BYTES - 4);
	random_name(&truth->random, code->permanent_code, 64);
	code->corp = truth_index(&truth->corps, corp);
	code->expires_s = truth_now_s() + CODE_LIFE_S;
	strcpy(corp->permanent_code, code->permanent_code);
	return code;
}

void
truth_init_corp(struct truth_corp *corp)
{
	list_init(&corp->scope_parties, sizeof(unsigned int));
	list_init(&corp->scope_users, sizeof(struct truth_admin));
	list_init(&corp->admins, sizeof(struct truth_admin));
	list_init(&corp->members, sizeof(struct truth_member));
	list_init(&corp->parties, sizeof(struct truth_party));
	list_init(&corp->customers, sizeof(struct truth_customer));
	list_init(&corp->relations, sizeof(struct truth_relation));
	list_init(&corp->transfers, sizeof(struct truth_transfer));
	list_init(&corp->chats, sizeof(struct truth_chat));
	list_init(&corp->groups, sizeof(struct truth_group));
	list_init(&corp->days, sizeof(struct truth_day));
}

struct truth_corp *
truth_add_corp(struct truth *truth)
{
	struct truth_corp *corp = list_add(&truth->corps);

	truth_init_corp(corp);
	return corp;
}

void
truth_settle_corp(struct truth_corp *corp)
{
	corp->relations_alive_n = 0;
	corp->chats_alive_n = 0;
	for (size_t i = 0; i < corp->customers.n; i++)
		place_put(&corp->customer_places, place_hash(list_at(&corp->customers, i), NULL), i);
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		corp->relations_alive_n += relation->status <= TRUTH_DELETED_BY_CUSTOMER;
		place_put(&corp->relation_places, place_hash(relation->user, relation->customer), i);
	}
	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&corp->chats, i);

		corp->chats_alive_n += chat->dismiss_s == 0;
		place_put(&corp->chat_places, place_hash(chat->id, NULL), i);
	}
}

static void
free_corp(struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->chats.n; i++)
		truth_free_chat(list_at(&corp->chats, i));
	for (size_t i = 0; i < corp->groups.n; i++)
		list_free(&((struct truth_group *)list_at(&corp->groups, i))->tags);
	list_free(&corp->scope_parties);
	list_free(&corp->scope_users);
	list_free(&corp->admins);
	list_free(&corp->members);
	list_free(&corp->parties);
	list_free(&corp->customers);
	list_free(&corp->relations);
	list_free(&corp->transfers);
	list_free(&corp->chats);
	list_free(&corp->groups);
	list_free(&corp->days);
	place_free(&corp->customer_places);
	place_free(&corp->relation_places);
	place_free(&corp->chat_places);
}

void
truth_done(struct truth *truth)
{
	for (size_t i = 0; i < truth->corps.n; i++)
		free_corp(list_at(&truth->corps, i));
	list_free(&truth->corps);
	list_free(&truth->codes);
	pthread_mutex_destroy(&truth->mutex);
}
