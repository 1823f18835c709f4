/* Writes the fates of callbacks into the truth and sums them up.  Never decides what is lost. */
#include "mark.h"

#include <string.h>

static struct truth_corp *
corp_of(const struct mark *mark, struct truth *truth)
{
	return list_at(&truth->corps, mark->corp);
}

static enum truth_fate
first_fate(bool is_told)
{
	return is_told ? TRUTH_FATE_PENDING : TRUTH_FATE_UNTOLD;
}

void
mark_chat(struct mark *mark, struct truth *truth, struct truth_corp *corp, struct truth_chat *chat,
    enum truth_chat_event event, const char *last, bool is_partial, bool is_told)
{
	*mark = (struct mark){.event = event, .is_partial = is_partial};
	if (!truth->keeps_gone || corp->state != TRUTH_INSTALLED)
		return;
	mark->kind = MARK_CHAT;
	mark->corp = truth_index(&truth->corps, corp);
	mark->place = truth_index(&corp->chats, chat);
	if (event == TRUTH_CHAT_CREATE)
		chat->create_fate = first_fate(is_told);
	if (event == TRUTH_CHAT_DISMISS)
		chat->dismiss_fate = first_fate(is_told);
	if (event == TRUTH_CHAT_MEMBER) {
		mark->fate = chat->fates.n;
		*(unsigned char *)list_add(&chat->fates) = (unsigned char)first_fate(is_told);
		memcpy(mark->last, last, sizeof(mark->last));
		memcpy(mark->current, chat->now.version, sizeof(mark->current));
	}
	if (!is_told)
		mark->kind = MARK_NONE;
	else
		chat->count.made[event]++;
}

static enum truth_fate *
relation_fate(struct truth_relation *relation, enum mark_relation which)
{
	switch (which) {
	case MARK_HALF:
		return &relation->half_fate;
	case MARK_CREATE:
		return &relation->create_fate;
	case MARK_CUSTOMER:
		return &relation->customer_fate;
	case MARK_STAFF:
	default:
		return &relation->staff_fate;
	}
}

void
mark_relation(struct mark *mark, struct truth *truth, struct truth_corp *corp, struct truth_relation *relation,
    enum mark_relation which, bool is_told)
{
	*mark = (struct mark){.relation = which};
	if (!truth->keeps_gone)
		return;
	*relation_fate(relation, which) = first_fate(is_told);
	if (!is_told)
		return;
	mark->kind = MARK_RELATION;
	mark->corp = truth_index(&truth->corps, corp);
	mark->place = truth_index(&corp->relations, relation);
	mark->period = relation->period;
}

void
mark_transfer(struct mark *mark, struct truth *truth, struct truth_corp *corp, size_t place, bool is_told)
{
	struct truth_transfer *transfer = list_at(&corp->transfers, place);

	*mark = (struct mark){.corp = truth_index(&truth->corps, corp), .place = place};
	transfer->fate = first_fate(is_told);
	if (is_told)
		mark->kind = MARK_TRANSFER;
}

static void
set_chat(const struct mark *mark, struct truth_chat *chat, enum truth_fate fate)
{
	if (mark->event == TRUTH_CHAT_CREATE)
		chat->create_fate = fate;
	if (mark->event == TRUTH_CHAT_DISMISS)
		chat->dismiss_fate = fate;
	if (mark->event == TRUTH_CHAT_MEMBER)
		*(unsigned char *)list_at(&chat->fates, mark->fate) = (unsigned char)fate;
	if (fate == TRUTH_FATE_LOST)
		chat->count.lost[mark->event]++;
	else
		chat->count.delivered[mark->event]++;
	if (fate == TRUTH_FATE_DELIVERED && mark->is_partial)
		chat->count.partial++;
}

static void
set(const struct mark *mark, struct truth *truth, enum truth_fate fate)
{
	struct truth_corp *corp;

	if (mark->kind == MARK_NONE)
		return;
	corp = corp_of(mark, truth);
	if (mark->kind == MARK_CHAT) {
		set_chat(mark, list_at(&corp->chats, mark->place), fate);
	} else if (mark->kind == MARK_TRANSFER) {
		((struct truth_transfer *)list_at(&corp->transfers, mark->place))->fate = fate;
	} else {
		struct truth_relation *relation = list_at(&corp->relations, mark->place);

		/* of an older period: it is no more */
		if (relation->period == mark->period)
			*relation_fate(relation, mark->relation) = fate;
	}
}

void
mark_lost(const struct mark *mark, struct truth *truth)
{
	set(mark, truth, TRUTH_FATE_LOST);
}

/*
 * The document's plain rule, on the real order of arrival: last = held: apply; current = held: nothing; anything else,
 * and everything that carries no version: pull, and hold what the truth holds then.
 */
static void
apply_plain_rule(const struct mark *mark, struct truth_chat *chat)
{
	struct truth_chat_count *count = &chat->count;

	if (mark->event == TRUTH_CHAT_DISMISS)
		return;
	if (mark->event != TRUTH_CHAT_MEMBER) {
		count->plain_other++;
	} else if (strcmp(mark->last, count->plain_version) == 0 && !mark->is_partial) {
		memcpy(count->plain_version, mark->current, sizeof(count->plain_version));
		return;
	} else if (strcmp(mark->current, count->plain_version) == 0) {
		return;
	} else {
		count->plain_member++;
	}
	memcpy(count->plain_version, chat->now.version, sizeof(count->plain_version));
}

void
mark_delivered(const struct mark *mark, struct truth *truth, bool is_first)
{
	if (is_first)
		set(mark, truth, TRUTH_FATE_DELIVERED);
	if (mark->kind == MARK_CHAT) {
		struct truth_chat *chat = list_at(&corp_of(mark, truth)->chats, mark->place);

		chat->count.repeated += !is_first;
		apply_plain_rule(mark, chat);
	}
}

static void
forget(enum truth_fate *fate)
{
	if (*fate == TRUTH_FATE_PENDING)
		*fate = TRUTH_FATE_LOST;
}

static void
forget_chat(struct truth_chat *chat)
{
	forget(&chat->create_fate);
	forget(&chat->dismiss_fate);
	for (size_t i = 0; i < chat->fates.n; i++) {
		unsigned char *fate = list_at(&chat->fates, i);

		if (*fate == TRUTH_FATE_PENDING)
			*fate = TRUTH_FATE_LOST;
	}
}

void
mark_forget_pending(struct truth *truth)
{
	for (size_t c = 0; c < truth->corps.n; c++) {
		struct truth_corp *corp = list_at(&truth->corps, c);

		for (size_t i = 0; i < corp->chats.n; i++)
			forget_chat(list_at(&corp->chats, i));
		for (size_t i = 0; i < corp->transfers.n; i++)
			forget(&((struct truth_transfer *)list_at(&corp->transfers, i))->fate);
		for (size_t i = 0; i < corp->relations.n; i++) {
			struct truth_relation *relation = list_at(&corp->relations, i);

			for (int which = MARK_HALF; which <= MARK_STAFF; which++)
				forget(relation_fate(relation, (enum mark_relation)which));
		}
	}
}

unsigned long long
mark_gaps(const struct truth_chat *chat)
{
	unsigned long long gaps = 0;
	bool is_open = false;

	for (size_t i = 0; i < chat->fates.n; i++) {
		unsigned char fate = *(unsigned char *)list_at(&chat->fates, i);

		if (fate == TRUTH_FATE_LOST || fate == TRUTH_FATE_UNTOLD) {
			is_open = true;
		} else if (fate == TRUTH_FATE_DELIVERED) {
			gaps += is_open;
			is_open = false;
		}
	}
	return gaps;
}

struct sums {
	struct truth_chat_count count;
	unsigned long long chats;
	unsigned long long gaps;
};

static void
add(struct sums *sums, const struct truth_chat *chat)
{
	for (int i = 0; i < TRUTH_CHAT_EVENT_N; i++) {
		sums->count.made[i] += chat->count.made[i];
		sums->count.lost[i] += chat->count.lost[i];
		sums->count.delivered[i] += chat->count.delivered[i];
	}
	sums->count.repeated += chat->count.repeated;
	sums->count.partial += chat->count.partial;
	sums->count.plain_member += chat->count.plain_member;
	sums->count.plain_other += chat->count.plain_other;
	sums->gaps += mark_gaps(chat);
	sums->chats++;
}

static void
put(struct json_object *json, const char *name, unsigned long long n)
{
	json_object_object_add(json, name, json_object_new_int64((int64_t)n));
}

static struct json_object *
sums_json(const struct sums *sums)
{
	static const char *const names[TRUTH_CHAT_EVENT_N] = {
	    "create", "member", "change_owner", "change_name", "change_notice", "dismiss"};
	const struct truth_chat_count *count = &sums->count;
	const unsigned long long *parts[] = {count->made, count->lost, count->delivered};
	static const char *const part_names[] = {"made", "lost", "delivered"};
	struct json_object *json = json_object_new_object();
	unsigned long long n = 0, information;

	put(json, "chats", sums->chats);
	for (int p = 0; p < 3; p++) {
		struct json_object *part = json_object_new_object();

		for (int i = 0; i < TRUTH_CHAT_EVENT_N; i++)
			put(part, names[i], parts[p][i]);
		json_object_object_add(json, part_names[p], part);
	}
	for (int i = 0; i < TRUTH_CHAT_DISMISS; i++)
		n += count->delivered[i];
	information = count->delivered[TRUTH_CHAT_OWNER] + count->delivered[TRUTH_CHAT_NAME] +
		      count->delivered[TRUTH_CHAT_NOTICE];
	put(json, "repeated", count->repeated);
	put(json, "partial", count->partial);
	put(json, "gaps", sums->gaps);
	put(json, "needed_pulls", sums->gaps + count->partial + count->delivered[TRUTH_CHAT_CREATE] + information);
	put(json, "pull_each_event", n);
	put(json, "pull_each_delivery", n + count->repeated);
	put(json, "plain_rule_member", count->plain_member);
	put(json, "plain_rule_other", count->plain_other);
	put(json, "plain_rule", count->plain_member + count->plain_other);
	return json;
}

static struct json_object *
corp_counts(const struct truth_corp *corp, struct sums *all, struct json_object *by_chat)
{
	struct json_object *chats = by_chat == NULL ? NULL : json_object_new_object();
	struct sums of_corp = {0};

	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&corp->chats, i);
		struct sums of_chat = {0};

		add(&of_corp, chat);
		add(all, chat);
		add(&of_chat, chat);
		if (chats != NULL)
			json_object_object_add(chats, chat->id, sums_json(&of_chat));
	}
	if (chats != NULL)
		json_object_object_add(by_chat, corp->id, chats);
	return sums_json(&of_corp);
}

struct json_object *
mark_counts(const struct truth *truth, bool by_chat)
{
	struct json_object *json = json_object_new_object();
	struct json_object *by_corp = json_object_new_object();
	struct json_object *chats = by_chat ? json_object_new_object() : NULL;
	struct sums all = {0};

	for (size_t i = 0; i < truth->corps.n; i++) {
		const struct truth_corp *corp = list_at(&truth->corps, i);

		json_object_object_add(by_corp, corp->id, corp_counts(corp, &all, chats));
	}
	json_object_object_add(json, "all", sums_json(&all));
	json_object_object_add(json, "by_corp", by_corp);
	if (chats != NULL)
		json_object_object_add(json, "by_chat", chats);
	return json;
}
