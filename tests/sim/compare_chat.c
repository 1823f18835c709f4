/* What the mirror ought to hold of customer group chats. */
#include "compare_expect.h"

static bool
is_chat_shown(const struct truth_corp *corp, const struct truth_chat *chat)
{
	return truth_is_serving(corp, chat->now.owner);
}

void
compare_expect_chats(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&corp->chats, i);
		bool lives = chat->dismiss_s == 0, shown = is_chat_shown(corp, chat);
		struct compare_row *row =
		    compare_expect_key(compare, corp, chat->id, lives && shown ? COMPARE_MUST : COMPARE_MAY);

		compare_set(compare, row, 2, "%s", lives ? "false" : "true");
		compare_set(compare, row, 3, "%s", chat->now.name);
		compare_set(compare, row, 4, "%s", chat->now.owner);
		compare_set(compare, row, 5, "%s", chat->now.notice);
		compare_set(compare, row, 6, COMPARE_TIME, (long long)chat->create_s);
		compare_set(compare, row, 7, "%s", chat->now.version);
		if (!shown)
			compare_any_from(row, 2);
		else if (!lives)
			compare_any_from(row, 3);
	}
}

void
compare_expect_chat_admins(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&corp->chats, i);

		for (size_t a = 0; a < chat->now.admins_n && chat->dismiss_s == 0 && is_chat_shown(corp, chat); a++)
			compare_set(compare, compare_expect_key(compare, corp, chat->id, COMPARE_MUST), 2, "%s",
			    chat->now.admins[a]);
	}
}

void
compare_expect_chat_members(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&corp->chats, i);

		for (size_t p = 0; p < chat->now.roster.n && is_chat_shown(corp, chat); p++) {
			const struct truth_present *present = list_at(&chat->now.roster, p);
			struct compare_row *row = compare_expect_key(compare, corp, chat->id, COMPARE_MUST);

			compare_set(compare, row, 2, "%s", present->id);
			compare_set(compare, row, 3, "%s", present->is_staff ? "1" : "2");
			compare_set(compare, row, 4, "%s", present->name);
			compare_set(compare, row, 5, "%s", present->nickname);
			compare_set(compare, row, 6, COMPARE_TIME, (long long)present->join_s);
			compare_set(compare, row, 7, "%d", present->join_scene);
			compare_set(compare, row, 8, "%s", present->inviter);
		}
	}
}

/* Of a chat that is not shown now, and (administrators) of a dissolved one, the last that was seen stays. */
bool
compare_is_chat_row_ignored(const struct truth_corp *corp, const char *const *values)
{
	const struct truth_chat *chat = truth_find_chat(corp, values[1]);

	return chat != NULL && !is_chat_shown(corp, chat);
}

bool
compare_is_chat_admin_ignored(const struct truth_corp *corp, const char *const *values)
{
	const struct truth_chat *chat = truth_find_chat(corp, values[1]);

	return chat != NULL && (chat->dismiss_s != 0 || !is_chat_shown(corp, chat));
}
