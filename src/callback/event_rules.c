/*
 * The table from event to work (design section 4).  The first row that fits rules; an event without a row is only
 * noted.  Never touches the database: the job is written together with the event.
 */
#include "event_rules.h"

/* How a row names the object of its job. */
enum target {
	TARGET_NONE,		/* no job */
	TARGET_ALL,		/* "" */
	TARGET_CUSTOMER,	/* customer of ExternalUserID */
	TARGET_CHAT,
	TARGET_TAG,		/* tag:<Id>, group:<Id>, or all */
	TARGET_MEMBER,
	TARGET_SENDER,		/* the member in FromUserName */
	TARGET_CODE,		/* code:<name of the auth code kept beside it> */
};

enum settling {
	AT_ONCE,	/* needs no pull, or none that could come too early */
	SETTLED,	/* after the end of the event's second, and until the API's answers are no longer stale */
};

struct rule {
	const char *info_type;
	const char *change_type;
	const char *detail;		/* UpdateDetail */
	const char *kind;		/* of the job */
	enum target target;
	enum settling settling;
	const char *secret;		/* kind of the secret it carries */
};

#define ANY NULL
#define NONE NULL

static const struct rule rules[] = {
    /* customers; an unknown change of one is pulled like an edit */
    {"change_external_contact", "del_external_contact", ANY, "customer", TARGET_CUSTOMER, AT_ONCE, NONE},
    {"change_external_contact", "del_follow_user", ANY, "customer", TARGET_CUSTOMER, AT_ONCE, NONE},
    {"change_external_contact", "transfer_fail", ANY, "customer", TARGET_CUSTOMER, AT_ONCE, NONE},
    {"change_external_contact", ANY, ANY, "customer", TARGET_CUSTOMER, SETTLED, NONE},
    /* group chats: member changes may link by their versions alone, all else is pulled */
    {"change_external_chat", "dismiss", ANY, "chat", TARGET_CHAT, AT_ONCE, NONE},
    {"change_external_chat", "update", "add_member", "chat", TARGET_CHAT, AT_ONCE, NONE},
    {"change_external_chat", "update", "del_member", "chat", TARGET_CHAT, AT_ONCE, NONE},
    {"change_external_chat", ANY, ANY, "chat", TARGET_CHAT, SETTLED, NONE},
    /* customer tags */
    {"change_external_tag", "delete", ANY, "tag", TARGET_TAG, AT_ONCE, NONE},
    {"change_external_tag", ANY, ANY, "tag", TARGET_TAG, SETTLED, NONE},
    /* members */
    {"change_contact", "create_user", ANY, "member", TARGET_MEMBER, SETTLED, NONE},
    {"change_contact", "update_user", ANY, "member", TARGET_MEMBER, SETTLED, NONE},
    {"change_contact", "delete_user", ANY, "member", TARGET_MEMBER, SETTLED, NONE},
    {"change_contact", "create_party", ANY, "member_list", TARGET_ALL, SETTLED, NONE},
    {"change_contact", "update_party", ANY, "member_list", TARGET_ALL, SETTLED, NONE},
    {"change_contact", "delete_party", ANY, "member_list", TARGET_ALL, SETTLED, NONE},
    {"change_contact", "update_tag", ANY, "member_list", TARGET_ALL, SETTLED, NONE},
    {"event", "subscribe", ANY, "member", TARGET_SENDER, SETTLED, NONE},
    {"event", "unsubscribe", ANY, "member", TARGET_SENDER, SETTLED, NONE},
    /* authorisation */
    {"suite_ticket", ANY, ANY, NONE, TARGET_NONE, AT_ONCE, "suite_ticket"},
    {"create_auth", ANY, ANY, "corp", TARGET_CODE, AT_ONCE, "auth_code"},
    {"reset_permanent_code", ANY, ANY, "corp", TARGET_CODE, AT_ONCE, "auth_code"},
    {"change_auth", ANY, ANY, "corp", TARGET_ALL, AT_ONCE, NONE},
    {"corp_arch_auth", ANY, ANY, "corp", TARGET_ALL, AT_ONCE, NONE},
    {"approve_special_auth", ANY, ANY, "corp", TARGET_ALL, AT_ONCE, NONE},
    {"cancel_special_auth", ANY, ANY, "corp", TARGET_ALL, AT_ONCE, NONE},
    {"event", "change_app_admin", ANY, "corp", TARGET_ALL, AT_ONCE, NONE},
    {"cancel_auth", ANY, ANY, "purge", TARGET_ALL, AT_ONCE, NONE},
};

static bool
fits(const char *wanted, struct span text)
{
	return wanted == NULL || span_equal(span_of(wanted), text);
}

static const struct rule *
rule_find(const struct event *event, struct span detail)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (fits(rules[i].info_type, event->info_type) && fits(rules[i].change_type, event->change_type) &&
		    fits(rules[i].detail, detail))
			return &rules[i];
	return NULL;
}

/*
 * A tag or a group of tags by its Id; the whole library when the event names none (protocol 8.5: an Id that is empty or
 * absent means the order of all groups), or says in no known way what its Id is.  A shuffle has no TagType: its Id is a
 * group's.
 */
static struct span
tag_target(const struct tree_node *root, const struct event *event, struct arena *mem)
{
	struct span id = tree_text(root, SPAN("Id")), type = tree_text(root, SPAN("TagType"));

	if (id.n == 0)
		return SPAN("");
	id = tree_code(root, SPAN("Id"), EVENT_TARGET_MAX_BYTES - (sizeof("group:") - 1));
	if (id.n == 0)
		return id;
	if (span_equal(type, SPAN("tag")))
		return arena_printf(mem, "tag:%.*s", (int)id.n, id.at);
	if (span_equal(type, SPAN("tag_group")) || span_equal(event->change_type, SPAN("shuffle")))
		return arena_printf(mem, "group:%.*s", (int)id.n, id.at);
	return SPAN("");
}

static struct span
job_target(const struct tree_node *root, enum target target, const struct event *event, struct arena *mem)
{
	switch (target) {
	case TARGET_ALL:
		return SPAN("");
	case TARGET_CUSTOMER:
		return tree_code(root, SPAN("ExternalUserID"), EVENT_TARGET_MAX_BYTES);
	case TARGET_CHAT:
		return tree_code(root, SPAN("ChatId"), EVENT_TARGET_MAX_BYTES);
	case TARGET_MEMBER:
		return tree_code(root, SPAN("UserID"), EVENT_TARGET_MAX_BYTES);
	case TARGET_SENDER:
		return tree_code(root, SPAN("FromUserName"), EVENT_TARGET_MAX_BYTES);
	case TARGET_TAG:
		return tag_target(root, event, mem);
	case TARGET_CODE:
		/* no code, no job: there is nothing to exchange */
		if (event->secret.at != NULL)
			return arena_printf(mem, "code:%.*s", (int)event->secret_name.n, event->secret_name.at);
		return (struct span){NULL, 0};
	case TARGET_NONE:
		break;
	}
	return (struct span){NULL, 0};
}

/* The ticket is one per suite; auth codes may wait side by side, each under the beginning of its event's hash. */
static enum status
secret_take(const struct tree_node *root, struct span kind, struct arena *mem, struct event *event)
{
	bool is_code = span_equal(kind, SPAN("auth_code"));
	struct span name = SPAN("");
	struct span secret = tree_code(root, is_code ? SPAN("AuthCode") : SPAN("SuiteTicket"), EVENT_SECRET_MAX_BYTES);

	if (secret.n == 0)
		return ST_OK;
	if (is_code)
		name = arena_printf(mem, "%02x%02x%02x%02x%02x%02x%02x%02x", event->hash[0], event->hash[1],
		    event->hash[2], event->hash[3], event->hash[4], event->hash[5], event->hash[6], event->hash[7]);
	if (name.at == NULL)
		return ST_NOMEM;
	event->secret_kind = kind;
	event->secret_name = name;
	event->secret = secret;
	return ST_OK;
}

enum status
event_rules_apply(const struct tree_node *root, bool is_of_corp, struct arena *mem, struct event *event)
{
	const struct rule *rule = rule_find(event, tree_text(root, SPAN("UpdateDetail")));
	struct span target;
	enum status st;

	if (rule == NULL)
		return ST_OK;
	if (rule->secret != NULL) {
		st = secret_take(root, span_of(rule->secret), mem, event);
		if (st != ST_OK)
			return st;
	}
	/* without a corp there is nobody to ask; only an auth code is exchanged to learn who it is */
	if (rule->kind == NULL || (!is_of_corp && rule->target != TARGET_CODE))
		return ST_OK;
	target = job_target(root, rule->target, event, mem);
	if (target.at == NULL)
		return ST_OK;
	event->job_kind = span_of(rule->kind);
	event->job_target = target;
	event->job_settles = rule->settling != AT_ONCE;
	event->job_settle_ms = event->job_settles ? EVENT_SETTLE_MS : 0;
	return ST_OK;
}

bool
event_is_urgent(const struct event *event)
{
	static const char *const types[] = {"create_auth", "change_auth", "cancel_auth", "reset_permanent_code",
	    "device_data_auth_change", "agree_external_userid_migration"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_equal(event->info_type, span_of(types[i])))
			return true;
	return false;
}
