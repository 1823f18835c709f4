/* Chats: their rosters, versions and past states. */
#include <string.h>

#include "truth.h"
#include "truth_figure.h"

struct truth_chat *
truth_add_chat(struct truth *truth, struct truth_corp *corp)
{
	struct truth_member *owner = truth_any(&truth->random, &corp->members);
	struct truth_chat *chat = list_add(&corp->chats);

	truth_id(&truth->random, "wr", chat->id);
	if (truth->keeps_gone)
		place_put(&corp->chat_places, place_hash(chat->id, NULL), corp->chats.n - 1);
	corp->chats_alive_n++;
	truth_count(corp, FIGURE_GROUPS_NEW);
	list_init(&chat->past, sizeof(struct truth_chat_state));
	list_init(&chat->fates, sizeof(unsigned char));
	list_init(&chat->now.roster, sizeof(struct truth_present));
	chat->create_s = truth_now_s();
	chat->now.since_us = truth_now_us();
	strcpy(chat->now.owner, owner->id);
	if (!random_chance(&truth->random, 0.1))
		truth_words(&truth->random, chat->now.name, sizeof(chat->now.name));
	if (random_chance(&truth->random, 0.5))
		truth_words(&truth->random, chat->now.notice, sizeof(chat->now.notice));
	truth_join(truth, chat, owner->id, true);
	truth_new_version(truth, chat);
	return chat;
}

void
truth_chat_keep(struct truth_chat *chat)
{
	struct truth_chat_state *state, *first = chat->past.at;
	int64_t now_us = truth_now_us();

	if (chat->past.n > 1 && first[1].since_us < now_us - TRUTH_PAST_US) {
		list_free(&first[0].roster);
		memmove(first, first + 1, --chat->past.n * sizeof(*first));
	}
	state = list_add(&chat->past);
	*state = chat->now;
	list_init(&state->roster, sizeof(struct truth_present));
	for (size_t i = 0; i < chat->now.roster.n; i++)
		memcpy(list_add(&state->roster), list_at(&chat->now.roster, i), sizeof(struct truth_present));
	chat->now.since_us = now_us;
}

void
truth_free_chat(struct truth_chat *chat)
{
	for (size_t i = 0; i < chat->past.n; i++)
		list_free(&((struct truth_chat_state *)list_at(&chat->past, i))->roster);
	list_free(&chat->past);
	list_free(&chat->fates);
	list_free(&chat->now.roster);
}

void
truth_dismiss_chat(struct truth *truth, struct truth_corp *corp, struct truth_chat *chat)
{
	corp->chats_alive_n--;
	truth_count(corp, FIGURE_GROUPS_DISMISSED);
	if (!truth->keeps_gone) {
		truth_free_chat(chat);
		list_remove(&corp->chats, truth_index(&corp->chats, chat));
		return;
	}
	truth_chat_keep(chat);
	chat->dismiss_s = truth_now_s();
	chat->now.is_dismissed = true;
	list_free(&chat->now.roster);
}

struct truth_present *
truth_join(struct truth *truth, struct truth_chat *chat, const char *id, bool is_staff)
{
	struct random *random = &truth->random;
	struct truth_present *present = list_add(&chat->now.roster);

	strcpy(present->id, id);
	present->is_staff = is_staff;
	present->join_s = truth_now_s();
	present->join_scene = 1 + (int)random_below(random, 3);
	if (present->join_scene < 3 && strcmp(id, chat->now.owner) != 0)
		strcpy(present->inviter, chat->now.owner);
	if (is_staff)
		strcpy(present->name, id);
	else
		truth_words(random, present->name, sizeof(present->name));
	if (random_chance(random, 0.2))
		truth_words(random, present->nickname, sizeof(present->nickname));
	return present;
}

void
truth_leave(struct truth_chat *chat, size_t i)
{
	const struct truth_present *present = list_at(&chat->now.roster, i);

	memcpy(chat->left, present->id, sizeof(chat->left));
	for (size_t a = 0; a < chat->now.admins_n; a++) {
		if (strcmp(chat->now.admins[a], present->id) == 0)
			memmove(chat->now.admins[a], chat->now.admins[--chat->now.admins_n], TRUTH_ID_BYTES);
	}
	list_remove(&chat->now.roster, i);
}

void
truth_new_version(struct truth *truth, struct truth_chat *chat)
{
	random_hex(&truth->random, chat->now.version, sizeof(chat->now.version) - 1);
}
