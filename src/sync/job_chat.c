/* A group chat: plan with what is here, pull only when the plan says that nothing else helps, store the difference. */
#include "job_chat.h"

#include <json-c/printbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "job_part.h"
#include "uuid.h"

#define MEMORY_MAX (64 * 1024 * 1024)
#define US_PER_S 1000000LL
#define US_PER_MS 1000LL
#define TRAIL_READ_MAX (CHAT_TRAIL_MAX * 2)
#define BUDGET_PAUSE_US (600 * US_PER_S)	/* until an exhausted enrichment budget is asked again */
#define ENRICH_MOST_US (600 * US_PER_S)	/* so long a busy chat is left without details */
#define VERSION_BYTES 128
#define STALE_PAUSE_US (3 * US_PER_S)	/* until a chat that was asked for is read again after an answer that was too old */
#define FRESH_US (15 * US_PER_S)	/* so long after its creation WeCom may not know a chat yet: "gone" is no word of it */
#define CODE_MAX 9999			/* of numbers that are codes */
#define TIME_MAX_S 253402300799LL	/* the end of the year 9999 */

/* One job's working state. */
struct chat {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct arena mem;
	struct chat_known known;
	struct chat_event *events;
	size_t events_n;
	struct chat_policy policy;
	struct chat_plan plan;
	struct json_object *answer;	/* owned: group_chat of the pull; NULL: none was made */
	int64_t begun_us, ended_us;
	struct json_object *members;	/* owned: the whole roster as it is stored; NULL: only moves are */
	size_t untold_n;		/* of them, those of whom the pull did not tell */
	const char *absence;		/* NULL: none */
	bool is_gone;
};

/* --- reading --------------------------------------------------------------------------------------------------------- */

static struct span
text_member(struct json_object *object, const char *name, size_t most)
{
	const char *text = "";

	if (!field_text(object, name, most, &text))
		return (struct span){NULL, 0};
	return span_of(text);
}

static int64_t
number_member(struct json_object *object, const char *name, int64_t fallback)
{
	int64_t number = fallback;

	if (!field_number(object, name, 0, INT64_MAX, fallback, &number))
		return fallback;
	return number;
}

/* The strings of an array; other elements are passed over. */
static enum status
read_texts(struct json_object *array, struct arena *mem, const struct span **ret_texts, size_t *ret_n)
{
	size_t n = array == NULL ? 0 : json_object_array_length(array);
	struct span *texts = arena_alloc(mem, n * sizeof(*texts));

	if (texts == NULL)
		return ST_NOMEM;
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (json_object_is_type(item, json_type_string))
			texts[(*ret_n)++] = (struct span){json_object_get_string(item), (size_t)json_object_get_string_len(item)};
	}
	*ret_texts = texts;
	return ST_OK;
}

enum status
chat_read_state(struct json_object *state, struct arena *mem, struct chat_known *ret)
{
	struct json_object *trail = NULL, *roster = NULL;
	struct chat_state *known = &ret->state;
	enum status st;

	*ret = (struct chat_known){0};
	if (!field_array(state, "trail", TRAIL_READ_MAX, &trail) || !field_array(state, "roster", SIZE_MAX, &roster))
		return ST_BAD_INPUT;
	known->version = text_member(state, "version", VERSION_BYTES);
	if (known->version.n == 0)
		known->version = (struct span){NULL, 0};
	known->version_us = number_member(state, "version_us", 0);
	known->seen_us = number_member(state, "seen_us", 0);
	known->enrich_us = number_member(state, "enrich_us", 0);
	known->is_dismissed = json_object_get_boolean(json_object_object_get(state, "dismissed"));
	ret->is_known = json_object_get_boolean(json_object_object_get(state, "known"));
	ret->is_absent = json_object_get_boolean(json_object_object_get(state, "absent"));
	ret->read_us = number_member(state, "read_us", 0);
	st = read_texts(trail, mem, &known->trail, &known->trail_n);
	if (st == ST_OK)
		st = read_texts(roster, mem, &known->roster, &known->roster_n);
	return st;
}

static bool
is_update(struct json_object *event, struct json_object *body, const char *detail)
{
	return span_equal(text_member(event, "change_type", 128), SPAN("update")) &&
	    span_equal(text_member(body, "UpdateDetail", 128), span_of(detail));
}

static enum chat_event_kind
kind_of(struct json_object *event, struct json_object *body)
{
	if (span_equal(text_member(event, "change_type", 128), SPAN("dismiss")))
		return CHAT_DISMISS;
	if (is_update(event, body, "add_member"))
		return CHAT_JOIN;
	if (is_update(event, body, "del_member"))
		return CHAT_QUIT;
	return CHAT_INFO;
}

static enum status
read_edge(struct json_object *body, struct arena *mem, struct chat_event *event)
{
	struct json_object *items = NULL;

	event->last = text_member(body, "LastMemVer", VERSION_BYTES);
	event->current = text_member(body, "CurMemVer", VERSION_BYTES);
	event->count = number_member(body, "MemChangeCnt", -1);
	event->scene = (int)number_member(body, event->kind == CHAT_JOIN ? "JoinScene" : "QuitScene", -1);
	/* longer lists are not whole: the planner sees that the count differs */
	if (!field_array(body, "MemChangeList", CHAT_ITEMS_MAX, &items))
		return ST_OK;
	return read_texts(items, mem, &event->items, &event->items_n);
}

enum status
chat_read_events(struct json_object *events, struct arena *mem, struct chat_event **ret)
{
	size_t n = json_object_array_length(events);
	enum status st = ST_OK;

	*ret = arena_alloc(mem, n * sizeof(**ret));
	if (*ret == NULL)
		return ST_NOMEM;
	for (size_t i = 0; st == ST_OK && i < n; i++) {
		struct json_object *claimed = json_object_array_get_idx(events, i);
		struct json_object *body = json_object_object_get(claimed, "body");
		struct chat_event *event = &(*ret)[i];

		event->kind = kind_of(claimed, body);
		event->is_creation = span_equal(text_member(claimed, "change_type", 128), SPAN("create"));
		event->time_us = number_member(claimed, "time_us", 0);
		event->received_us = number_member(claimed, "received_us", 0);
		event->due_us = number_member(claimed, "due_us", 0);
		event->scene = -1;
		event->count = -1;
		if (event->kind == CHAT_JOIN || event->kind == CHAT_QUIT)
			st = read_edge(body, mem, event);
	}
	return st;
}

enum status
chat_read_pulled(struct json_object *group_chat, const char *chat_id, struct arena *mem, struct chat_pulled *ret)
{
	struct json_object *members = NULL;
	struct span *roster;
	int64_t *join_us;
	size_t n;

	if (!span_equal(text_member(group_chat, "chat_id", CHAT_ID_BYTES), span_of(chat_id)) ||
	    !json_object_is_type(json_object_object_get(group_chat, "member_list"), json_type_array) ||
	    !field_array(group_chat, "member_list", CHAT_MEMBERS_MAX, &members))
		return ST_BAD_INPUT;
	ret->version = text_member(group_chat, "member_version", VERSION_BYTES);
	n = json_object_array_length(members);
	roster = arena_alloc(mem, n * sizeof(*roster));
	join_us = arena_alloc(mem, n * sizeof(*join_us));
	if (roster == NULL || join_us == NULL)
		return ST_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct json_object *member = json_object_array_get_idx(members, i);

		roster[i] = text_member(member, "userid", CHAT_ID_BYTES);
		if (roster[i].n == 0)
			return ST_BAD_INPUT;
		join_us[i] = number_member(member, "join_time", 0) * US_PER_S;
	}
	ret->roster = roster;
	ret->join_us = join_us;
	ret->roster_n = n;
	return ST_OK;
}

/* --- what is stored -------------------------------------------------------------------------------------------------- */

static struct json_object *
text_of(struct span text)
{
	return text.at == NULL ? NULL : json_object_new_string_len(text.at, (int)text.n);
}

static struct json_object *
texts_of(const struct span *texts, size_t n)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(array, text_of(texts[i]));
	return array;
}

static void
copy_member(struct json_object *to, const char *name, struct json_object *from, const char *from_name)
{
	job_add(to, name, json_object_get(json_object_object_get(from, from_name)));
}

static struct json_object *
info_data(struct json_object *group_chat)
{
	struct json_object *info = json_object_new_object(), *admins = json_object_new_array(), *list = NULL;
	int64_t created_s = number_member(group_chat, "create_time", 0);

	copy_member(info, "name", group_chat, "name");
	copy_member(info, "owner", group_chat, "owner");
	copy_member(info, "notice", group_chat, "notice");
	job_add(info, "create_us", created_s == 0 ? NULL : json_object_new_int64(created_s * US_PER_S));
	(void)field_array(group_chat, "admin_list", CHAT_MEMBERS_MAX, &list);
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct span id = text_member(json_object_array_get_idx(list, i), "userid", CHAT_ID_BYTES);

		if (id.n > 0)
			json_object_array_add(admins, text_of(id));
	}
	job_add(info, "admins", admins);
	return info;
}

/*
 * The roster goes to the database column by column, as text of PostgreSQL's arrays: an object for each member would cost
 * more to write and to read there than to store.
 */
enum roster_column { ROSTER_USERID, ROSTER_TYPE, ROSTER_NAME, ROSTER_NICKNAME, ROSTER_JOIN_TIME, ROSTER_JOIN_SCENE,
	ROSTER_INVITOR, ROSTER_N };

static const struct {
	const char *name;
	int64_t most;		/* of a number; 0: a text */
} roster_columns[ROSTER_N] = {
	[ROSTER_USERID] = {"userid", 0},
	[ROSTER_TYPE] = {"type", CODE_MAX},
	[ROSTER_NAME] = {"name", 0},
	[ROSTER_NICKNAME] = {"group_nickname", 0},
	[ROSTER_JOIN_TIME] = {"join_time", TIME_MAX_S},
	[ROSTER_JOIN_SCENE] = {"join_scene", CODE_MAX},
	[ROSTER_INVITOR] = {"invitor", 0},
};

struct roster {
	struct printbuf *columns[ROSTER_N];
};

static void
put_text(struct printbuf *to, const char *text, size_t n)
{
	printbuf_memappend(to, "\"", 1);
	while (n > 0) {
		const char *special = text;

		while (special < text + n && *special != '"' && *special != '\\')
			special++;
		printbuf_memappend(to, text, (int)(special - text));
		n -= (size_t)(special - text);
		text = special;
		if (n == 0)
			break;
		printbuf_memappend(to, "\\", 1);
		printbuf_memappend(to, text, 1);
		text++;
		n--;
	}
	printbuf_memappend(to, "\"", 1);
}

/* A value of another type than WeCom documents is none. */
static void
put_value(struct printbuf *to, struct json_object *value, int64_t most)
{
	int64_t number = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;

	printbuf_memappend(to, to->bpos == 0 ? "{" : ",", 1);
	if (most == 0 && json_object_is_type(value, json_type_string))
		put_text(to, json_object_get_string(value), (size_t)json_object_get_string_len(value));
	else if (most > 0 && number >= 0 && number <= most)
		sprintbuf(to, "%lld", (long long)number);
	else
		printbuf_memappend(to, "NULL", 4);
}

static bool
roster_init(struct roster *roster)
{
	bool is_whole = true;

	for (size_t i = 0; i < ROSTER_N; i++) {
		roster->columns[i] = printbuf_new();
		is_whole &= roster->columns[i] != NULL;
	}
	return is_whole;
}

static void
roster_done(struct roster *roster)
{
	for (size_t i = 0; i < ROSTER_N; i++)
		if (roster->columns[i] != NULL)
			printbuf_free(roster->columns[i]);
}

/* member: as WeCom gives it. */
static void
roster_add(struct roster *roster, struct json_object *member)
{
	for (size_t i = 0; i < ROSTER_N; i++) {
		struct json_object *value = json_object_object_get(member, roster_columns[i].name);

		if (i == ROSTER_INVITOR)
			value = json_object_is_type(value, json_type_object) ? json_object_object_get(value, "userid") : NULL;
		put_value(roster->columns[i], value, roster_columns[i].most);
	}
}

/* Of whom only the id is known. */
static void
roster_add_id(struct roster *roster, struct span id)
{
	for (size_t i = 0; i < ROSTER_N; i++)
		if (i != ROSTER_USERID)
			put_value(roster->columns[i], NULL, roster_columns[i].most);
	printbuf_memappend(roster->columns[ROSTER_USERID], roster->columns[ROSTER_USERID]->bpos == 0 ? "{" : ",", 1);
	put_text(roster->columns[ROSTER_USERID], id.at, id.n);
}

static struct json_object *
roster_data(struct roster *roster)
{
	struct json_object *data = json_object_new_object();

	for (size_t i = 0; i < ROSTER_N; i++) {
		struct printbuf *column = roster->columns[i];

		printbuf_memappend(column, column->bpos == 0 ? "{}" : "}", column->bpos == 0 ? 2 : 1);
		job_add(data, roster_columns[i].name, json_object_new_string_len(column->buf, column->bpos));
	}
	return data;
}

static int
compare_spans(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* All who are present after the plan: with details when the pull told of them, with their id alone when they joined since. */
static void
add_present(struct chat *chat, struct roster *roster, bool *is_told)
{
	struct json_object *list = json_object_object_get(chat->answer, "member_list");
	struct chat_plan *plan = &chat->plan;
	size_t n = json_object_array_length(list);

	qsort(plan->roster, plan->roster_n, sizeof(plan->roster[0]), compare_spans);
	for (size_t i = 0; i < n; i++) {
		struct json_object *member = json_object_array_get_idx(list, i);
		struct span id = text_member(member, "userid", CHAT_ID_BYTES);
		struct span *found = bsearch(&id, plan->roster, plan->roster_n, sizeof(id), compare_spans);

		if (found == NULL || is_told[found - plan->roster])
			continue;
		is_told[found - plan->roster] = true;
		roster_add(roster, member);
	}
	for (size_t i = 0; i < plan->roster_n; i++) {
		if (is_told[i])
			continue;
		chat->untold_n++;
		roster_add_id(roster, plan->roster[i]);
	}
}

/* NULL: no memory. */
static struct json_object *
members_data(struct chat *chat)
{
	struct roster roster;
	struct json_object *data = NULL;
	bool *is_told = arena_alloc(&chat->mem, chat->plan.roster_n);

	if (roster_init(&roster) && is_told != NULL) {
		add_present(chat, &roster, is_told);
		data = roster_data(&roster);
	}
	roster_done(&roster);
	return data;
}

static const char *
action_of(const struct chat_change *change)
{
	if (!change->is_join)
		return "quit";
	return change->is_presence ? "present" : "join";
}

static int
compare_pointed(const void *a, const void *b)
{
	return span_compare(**(const struct span *const *)a, **(const struct span *const *)b);
}

/* Who did more than to be there at first sight; sorted, `mem`.  NULL: no memory, or nobody. */
static const struct span **
movers_of(struct chat *chat, size_t *ret_n)
{
	const struct chat_plan *plan = &chat->plan;
	const struct span **movers;
	size_t n = 0;

	*ret_n = 0;
	for (size_t i = 0; i < plan->changes_n; i++)
		n += plan->changes[i].is_presence ? 0 : 1;
	movers = n == 0 ? NULL : arena_alloc(&chat->mem, n * sizeof(*movers));
	for (size_t i = 0; movers != NULL && i < plan->changes_n; i++)
		if (!plan->changes[i].is_presence)
			movers[(*ret_n)++] = &plan->changes[i].member;
	if (*ret_n > 0)
		qsort(movers, *ret_n, sizeof(*movers), compare_pointed);
	return movers;
}

static struct json_object *
ledger_entry(struct chat *chat, const struct chat_change *change)
{
	struct json_object *entry = json_object_new_object();
	bool has_event = change->event != SIZE_MAX;
	char entry_id[UUID_TEXT_BYTES];

	if (uuid_v7(clock_wall_us(), entry_id) != ST_OK) {
		json_object_put(entry);
		return NULL;
	}
	job_add_text(entry, "entry_id", entry_id);
	job_add_number(entry, "at_us", change->at_us);
	job_add(entry, "member_id", text_of(change->member));
	job_add_text(entry, "action", action_of(change));
	job_add(entry, "scene", change->scene < 0 ? NULL : json_object_new_int(change->scene));
	job_add_text(entry, "origin", has_event ? "event" : "pull");
	if (has_event)
		copy_member(entry, "event_id", json_object_array_get_idx(chat->job->events, change->event), "id");
	return entry;
}

/*
 * In order.  Those who were there at first sight and did nothing else have no entry: that this is the first roster says
 * it (ret_is_first).
 */
static struct json_object *
ledger_data(struct chat *chat, bool *ret_is_first)
{
	struct json_object *ledger = json_object_new_array();
	size_t movers_n;
	const struct span **movers = movers_of(chat, &movers_n);

	*ret_is_first = false;
	for (size_t i = 0; i < chat->plan.changes_n; i++) {
		const struct chat_change *change = &chat->plan.changes[i];
		const struct span *member = &change->member;
		struct json_object *entry;

		*ret_is_first |= change->is_presence;
		if (change->is_presence &&
		    (movers_n == 0 || bsearch(&member, movers, movers_n, sizeof(*movers), compare_pointed) == NULL))
			continue;
		entry = ledger_entry(chat, change);
		if (entry == NULL)
			break;
		json_object_array_add(ledger, entry);
	}
	return ledger;
}

/* The latest change of name, owner or notice among the settled events dates what the pull found. */
static void
add_info_time(struct chat *chat, struct json_object *data)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < chat->events_n; i++)
		if (chat->events[i].kind == CHAT_INFO && !chat->events[i].is_creation && chat->plan.is_settled[i] &&
		    (found == SIZE_MAX || chat->events[i].time_us >= chat->events[found].time_us))
			found = i;
	if (found == SIZE_MAX)
		return;
	job_add_number(data, "info_at_us", chat->events[found].time_us);
	copy_member(data, "info_event_id", json_object_array_get_idx(chat->job->events, found), "id");
}

/* A chat that was dissolved before it could be read: when it began its event alone can say. */
static void
add_creation_time(const struct chat *chat, struct json_object *data)
{
	for (size_t i = 0; i < chat->events_n; i++) {
		if (!chat->events[i].is_creation)
			continue;
		job_add_number(data, "created_us", chat->events[i].time_us);
		return;
	}
}

static bool
has_joins_by_event(const struct chat_plan *plan)
{
	for (size_t i = 0; i < plan->changes_n; i++)
		if (plan->changes[i].is_join && plan->changes[i].event != SIZE_MAX)
			return true;
	return false;
}

/* Are there, or may there be, members of whom only their id is known? */
static bool
is_detail_missing(const struct chat *chat)
{
	if (chat->members != NULL)
		return chat->untold_n > 0;
	/* an absence has ended without a roster: what was wanted before it was dropped when it began */
	return has_joins_by_event(&chat->plan) || (chat->known.is_absent && chat->answer != NULL);
}

/* When details that only a pull knows are wanted; 0: not at all. */
static int64_t
enrich_time(struct chat *chat, int64_t now_us)
{
	const struct conf *conf = chat->context->conf;
	/* a pulled roster answers what was wanted before it */
	int64_t before_us = chat->members != NULL ? 0 : chat->known.state.enrich_us;

	/* a chat that cannot be read has no details to be had */
	if (conf->enrich_per_hour == 0 || chat->plan.is_dismissed || chat->is_gone || chat->absence != NULL)
		return 0;
	if (before_us != 0)
		return before_us;
	return is_detail_missing(chat) ? now_us + conf->enrich_delay_s * US_PER_S : 0;
}

static void
add_trail(struct chat *chat, struct json_object *data)
{
	job_add(data, "version", text_of(chat->plan.version));
	job_add_number(data, "version_us", chat->plan.version_us);
	job_add(data, "trail", texts_of(chat->plan.trail, chat->plan.trail_n));
}

static bool
has_something_to_store(const struct chat *chat, int64_t enrich_us)
{
	return chat->plan.is_changed || chat->answer != NULL || chat->absence != NULL || chat->is_gone ||
	    chat->plan.dismissed_us != 0 || enrich_us != chat->known.state.enrich_us;
}

/*
 * When the call began, as the store orders calls.  It was made under the lease and after the last one was stored, so it
 * began later, whatever the clocks of two machines make of it.
 */
static int64_t
stored_begin(const struct chat *chat)
{
	return chat->begun_us > chat->known.read_us ? chat->begun_us : chat->known.read_us + 1;
}

/* False: no memory, nothing may be stored. */
static bool
build_data(struct chat *chat, int64_t now_us)
{
	struct chat_plan *plan = &chat->plan;
	struct json_object *data;
	int64_t enrich_us;
	bool is_first;

	if (plan->has_roster && chat->answer != NULL)
		chat->members = members_data(chat);
	if (plan->has_roster && chat->answer != NULL && chat->members == NULL)
		return false;
	enrich_us = enrich_time(chat, now_us);
	if (!has_something_to_store(chat, enrich_us))
		return true;
	data = json_object_new_object();
	job_add(data, "begun_us", chat->begun_us == 0 ? NULL : json_object_new_int64(stored_begin(chat)));
	add_trail(chat, data);
	if (chat->answer != NULL) {
		job_add(data, "info", info_data(chat->answer));
		add_info_time(chat, data);
	}
	job_add(data, "ledger", ledger_data(chat, &is_first));
	if (chat->members != NULL) {
		job_add(data, "roster", json_object_get(chat->members));
		if (is_first)
			job_add_number(data, "first_us", chat->begun_us);
	}
	if (chat->is_gone || plan->dismissed_us != 0) {
		job_add_number(data, "dismissed_us", plan->dismissed_us != 0 ? plan->dismissed_us : chat->begun_us);
		add_creation_time(chat, data);
	}
	job_add_text(data, "absence", chat->absence);
	job_add_number(data, "enrich_us", enrich_us);
	if (chat->members != NULL && plan->gap_since_us != 0) {
		job_add_number(data, "gap_found_us", plan->gap_since_us);
		job_add_number(data, "gap_repaired_us", chat->ended_us);
	}
	chat->result->data = data;
	return true;
}

/* --- deciding -------------------------------------------------------------------------------------------------------- */

static const char *
cause_counter(const struct chat *chat, enum chat_cause cause)
{
	switch (cause) {
	case CHAT_CAUSE_GAP:
		return "chat_pull_gap";
	case CHAT_CAUSE_UNKNOWN:
		return "chat_pull_unknown";
	case CHAT_CAUSE_INFO:
		return "chat_pull_info";
	case CHAT_CAUSE_ENRICH:
		return "chat_pull_enrich";
	case CHAT_CAUSE_STALE:
		return "chat_pull_again";
	case CHAT_CAUSE_NONE:
		break;
	}
	if (chat->job->is_reconcile)
		return "chat_pull_reconcile";
	/* known, and a list says that it can be read again, or no longer */
	return chat->known.is_known ? "chat_pull_list" : "chat_pull_unknown";
}

static void
add_counts(struct chat *chat, enum chat_cause cause, bool was_pulled)
{
	struct chat_plan *plan = &chat->plan;
	size_t settled_n = 0;

	for (size_t i = 0; i < chat->events_n; i++)
		settled_n += plan->is_settled[i] ? 1 : 0;
	job_count(chat->result, "chat_edge_applied", (int64_t)plan->applied_n);
	job_count(chat->result, "chat_edge_contained", (int64_t)plan->contained_n);
	job_count(chat->result, "chat_edge_covered", (int64_t)plan->covered_n);
	job_count(chat->result, "chat_out_of_order", (int64_t)plan->out_of_order_n);
	job_count(chat->result, "chat_stale_pull", plan->was_stale ? 1 : 0);
	if (was_pulled)
		job_count(chat->result, cause_counter(chat, cause), 1);
	if (was_pulled && cause == CHAT_CAUSE_GAP)
		job_count(chat->result, "chat_gap", 1);
	/* each event would have cost a call of its own */
	if (settled_n > (was_pulled ? 1U : 0U)) {
		int64_t saved_n = (int64_t)settled_n - (was_pulled ? 1 : 0);

		job_count(chat->result, "pull_saved", saved_n);
		api_count_saved(chat->context->api, chat->job->corp, API_GROUPCHAT_GET, saved_n);
	}
}

/* A pull that nothing in the events calls for: a list, a full reconcile or a person raised the job. */
static bool
is_asked_for(const struct chat *chat)
{
	if (chat->plan.is_dismissed)
		return false;
	return chat->job->is_reconcile || chat->job->is_asked || (chat->events_n == 0 && !chat->known.is_known);
}

static void
no_memory(struct chat *chat)
{
	chat->result->outcome = JOB_LATER;
	snprintf(chat->result->error, sizeof(chat->result->error), "not enough memory for this chat");
}

static bool
store_plan(struct chat *chat)
{
	if (!build_data(chat, api_now_us(chat->context->api))) {
		no_memory(chat);
		return false;
	}
	for (size_t i = 0; i < chat->events_n; i++)
		if (chat->plan.is_settled[i])
			job_settle(chat->job, i, chat->result);
	return true;
}

/* The end of a job that is not in trouble: what it stores, and when it is looked at again. */
static void
conclude(struct chat *chat)
{
	struct chat_plan *plan = &chat->plan;
	struct job_result *result = chat->result;

	if (!store_plan(chat))
		return;
	result->outcome = JOB_DONE;
	if (plan->next == CHAT_NEXT_WAIT && !chat->is_gone) {
		result->outcome = JOB_LATER;
		result->due_us = plan->wait_us;
	} else if (result->data != NULL && !chat->is_gone) {
		int64_t enrich_us = number_member(result->data, "enrich_us", 0);

		if (enrich_us != 0) {
			result->outcome = JOB_LATER;
			result->due_us = enrich_us;
		}
	}
}

/* When a chat that was never read, and was made just now, is to be asked for again; 0: it is none of these. */
static int64_t
fresh_until(const struct chat *chat, int64_t asked_us)
{
	int64_t until_us = 0;

	for (size_t i = 0; i < chat->events_n; i++)
		if (chat->events[i].is_creation && chat->events[i].time_us + FRESH_US > asked_us)
			until_us = chat->events[i].time_us + FRESH_US;
	return chat->known.is_known ? 0 : until_us;
}

/* The chat cannot be read any more: dissolved, out of sight, or its owner has no licence. */
static void
absent(struct chat *chat, const struct api_answer *answer)
{
	static const char *const absences[] = {[ABSENCE_OUT_OF_SCOPE] = "out_of_scope", [ABSENCE_NO_LICENCE] = "no_licence",
	    [ABSENCE_NO_RELATION] = "out_of_scope"};

	chat->begun_us = answer->begun_us;
	chat->ended_us = answer->ended_us;
	chat->is_gone = answer->meaning->absence == ABSENCE_GONE;
	if (!chat->is_gone)
		chat->absence = absences[answer->meaning->absence];
	chat->plan.next = CHAT_NEXT_NOTHING;
	chat->result->begun_us = answer->begun_us;
	/* nothing that came before this answer can be looked up any more */
	for (size_t i = 0; i < chat->events_n; i++)
		chat->plan.is_settled[i] |= chat->events[i].time_us < answer->begun_us;
}

/* Call groupchat/get; false: the result says what comes of it, or absent() was noted. */
static bool
pull(struct chat *chat, struct api_answer *answer)
{
	struct json_object *body = json_object_new_object();

	job_add_text(body, "chat_id", chat->job->target);
	job_add_number(body, "need_name", 1);
	*answer = api_call(chat->context->api, API_GROUPCHAT_GET, chat->job->corp, NULL, body);
	json_object_put(body);
	return answer->outcome == API_ANSWERED;
}

/*
 * The roster of the answer is older than what is held, by member events alone.  Name, owner and notice are as of the
 * settling time before the call or later all the same: what they were asked for is answered.
 */
static void
take_stale_answer(struct chat *chat)
{
	struct chat_plan *plan = &chat->plan;
	bool is_left = chat->known.state.enrich_us != 0;

	for (size_t i = 0; i < chat->events_n; i++) {
		if (chat->events[i].kind == CHAT_INFO && chat->events[i].due_us < chat->begun_us)
			plan->is_settled[i] = true;
		is_left |= !plan->is_settled[i];
	}
	if (!is_left)
		plan->next = CHAT_NEXT_NOTHING;
	/* who asks for the chat as it is has not been answered; while it changes all the time its events are the answer */
	if (chat->events_n == 0 && (chat->job->is_reconcile || chat->job->is_asked)) {
		plan->next = CHAT_NEXT_WAIT;
		plan->cause = CHAT_CAUSE_STALE;
		plan->wait_us = api_now_us(chat->context->api) + STALE_PAUSE_US;
	}
}

/* What the answer makes of state and events. */
static enum status
take_answer(struct chat *chat, const struct api_answer *answer)
{
	struct chat_pulled pulled = {.begun_us = answer->begun_us, .ended_us = answer->ended_us};
	struct json_object *group_chat = NULL;
	enum status st;

	if (!field_object(answer->body, "group_chat", &group_chat) || group_chat == NULL)
		return ST_BAD_INPUT;
	st = chat_read_pulled(group_chat, chat->job->target, &chat->mem, &pulled);
	if (st == ST_OK)
		st = chat_plan_pulled(&chat->known.state, chat->events, chat->events_n, &pulled, &chat->policy,
		    api_now_us(chat->context->api), &chat->mem, &chat->plan);
	if (st != ST_OK)
		return st;
	chat->begun_us = answer->begun_us;
	chat->ended_us = answer->ended_us;
	chat->answer = json_object_get(group_chat);
	if (chat->plan.was_stale)
		take_stale_answer(chat);
	else
		chat->result->begun_us = answer->begun_us;
	return ST_OK;
}

/* One pull and its consequences. */
static void
run_pull(struct chat *chat)
{
	enum chat_cause cause = chat->plan.next == CHAT_NEXT_PULL ? chat->plan.cause : CHAT_CAUSE_NONE;
	int64_t gap_since_us = chat->plan.gap_since_us;
	struct api_answer answer;
	enum status st = ST_OK;

	if (!pull(chat, &answer) && answer.outcome == API_REFUSED && answer.meaning->absence == ABSENCE_GONE &&
	    fresh_until(chat, answer.begun_us) != 0) {
		job_later(chat->result, fresh_until(chat, answer.begun_us), "WeCom does not know the new chat yet");
		api_answer_done(&answer);
		return;
	}
	if (answer.outcome == API_REFUSED && answer.meaning->absence != ABSENCE_NONE) {
		absent(chat, &answer);
	} else if (answer.outcome != API_ANSWERED) {
		/* what the events tell by themselves does not wait for the call */
		job_fail(chat->context, chat->job, &answer, chat->result);
		if (chat->result->outcome != JOB_LOST)
			(void)store_plan(chat);
		api_answer_done(&answer);
		return;
	} else {
		st = take_answer(chat, &answer);
		if (chat->plan.gap_since_us == 0)
			chat->plan.gap_since_us = gap_since_us;
	}
	if (st == ST_OK) {
		add_counts(chat, cause, true);
		conclude(chat);
	} else if (st == ST_BAD_INPUT) {
		job_malformed(chat->job, "groupchat/get", chat->result);
	} else {
		no_memory(chat);
	}
	api_answer_done(&answer);
}

/* Details wait for a quiet moment of the chat, for a while, as an answer may not yet have its last member; and for the budget. */
static void
put_off_enrichment(struct chat *chat, int64_t now_us)
{
	int64_t quiet_us = chat->plan.version_us + US_PER_S + chat->policy.settle_us;
	int64_t most_us = chat->known.state.enrich_us + ENRICH_MOST_US;

	if (now_us < quiet_us && now_us < most_us) {
		chat->plan.next = CHAT_NEXT_WAIT;
		chat->plan.wait_us = quiet_us < most_us ? quiet_us : most_us;
	} else if (!chat->context->may_enrich(chat->context, chat->job->corp)) {
		chat->plan.next = CHAT_NEXT_WAIT;
		chat->plan.wait_us = now_us + BUDGET_PAUSE_US;
	}
}

static void
run(struct chat *chat)
{
	struct job_context *context = chat->context;
	int64_t now_us = api_now_us(context->api);
	enum status st = chat_read_state(chat->job->state, &chat->mem, &chat->known);

	chat->events_n = json_object_array_length(chat->job->events);
	chat->policy = (struct chat_policy){JOB_SETTLE_US, context->conf->chat_grace_ms * US_PER_MS};
	if (st == ST_OK)
		st = chat_read_events(chat->job->events, &chat->mem, &chat->events);
	if (st == ST_OK)
		st = chat_plan(&chat->known.state, chat->events, chat->events_n, &chat->policy, now_us, &chat->mem, &chat->plan);
	if (st == ST_BAD_INPUT) {
		job_malformed(chat->job, "the state of the chat", chat->result);
		return;
	}
	if (st != ST_OK) {
		no_memory(chat);
		return;
	}
	if (chat->plan.next == CHAT_NEXT_PULL && chat->plan.cause == CHAT_CAUSE_ENRICH && !is_asked_for(chat))
		put_off_enrichment(chat, now_us);
	if (chat->plan.next == CHAT_NEXT_PULL || is_asked_for(chat)) {
		run_pull(chat);
		return;
	}
	add_counts(chat, CHAT_CAUSE_NONE, false);
	conclude(chat);
}

void
job_chat(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct chat chat = {.context = context, .job = job, .result = result};

	arena_init(&chat.mem, MEMORY_MAX);
	run(&chat);
	json_object_put(chat.answer);
	json_object_put(chat.members);
	arena_done(&chat.mem);
}
