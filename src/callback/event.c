/*
 * From the decrypted text to struct event: read, judge whose it is, name its fields.  Dispatches on the content
 * (InfoType, else MsgType), not on the URL.  Never refuses what it merely does not know.
 */
#include "event.h"

#include "event_body.h"
#include "event_rules.h"
#include "json.h"
#include "xml.h"

const char *
event_route_name(enum event_route route)
{
	static const char *const names[EVENT_ROUTE_N] = {"command", "data", "system"};

	return names[route];
}

static enum status
tree_read(struct span plain, struct arena *mem, struct tree_node **ret_root, struct detail *why)
{
	enum status st = json_is_object(plain) ? json_read(plain, TREE_NODES_ANY, mem, ret_root, why) :
						 xml_read(plain, TREE_NODES_ANY, mem, ret_root, why);

	return st == ST_OK ? event_normalise(*ret_root, mem) : st;
}

/* Present and equal; two absent ids are not the same id. */
static bool
is_id(struct span a, struct span b)
{
	return a.n > 0 && span_equal(a, b);
}

/* The suite an event belongs to: the one it names, if it is ours, else our own. */
static enum status
suite_find(const struct tree_node *root, const struct event_identity *identity, struct span *ret_suite,
    struct detail *why)
{
	struct span inner = tree_text(root, SPAN("SuiteId"));

	if (inner.n == 0 || is_id(inner, identity->suite_id)) {
		*ret_suite = identity->suite_id;
		return ST_OK;
	}
	if (is_id(inner, identity->login_suite_id)) {
		*ret_suite = identity->login_suite_id;
		return ST_OK;
	}
	detail_set(why, "event: of another suite");
	return ST_BAD_INPUT;
}

/* The corp inside the content; absent when none is named or its id cannot be a key. */
static struct span
corp_find(const struct tree_node *root)
{
	static const char *const names[] = {"AuthCorpId", "CorpId", "PaidCorpId", "ToUserName"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tree_text(root, span_of(names[i])).n > 0)
			return tree_code(root, span_of(names[i]), EVENT_CODE_MAX_BYTES);
	return (struct span){NULL, 0};
}

/*
 * Protocol section 6.  The data route takes any corp, for events may arrive before its permanent code does; the id must
 * then be the one inside the content.
 */
static bool
is_receiver(struct span receiveid, const struct tree_node *root, enum event_route route, struct span suite,
    const struct event_identity *identity)
{
	struct span auth_corp = tree_text(root, SPAN("AuthCorpId")), to = tree_text(root, SPAN("ToUserName"));

	if (receiveid.n == 0)
		return false;
	if (is_id(receiveid, identity->provider_corp_id))
		return true;
	if (route == EVENT_SYSTEM)
		return false;
	/* `suite` is the login suite only when the content says so */
	if (route == EVENT_COMMAND)
		return is_id(receiveid, identity->suite_id) || is_id(receiveid, suite);
	if (tree_text(root, SPAN("InfoType")).n > 0)
		return is_id(receiveid, corp_find(root)) || is_id(receiveid, identity->suite_id) ||
		    is_id(receiveid, suite);
	if (tree_text(root, SPAN("MsgType")).n > 0)
		return is_id(receiveid, to);
	return is_id(receiveid, auth_corp) || is_id(receiveid, to) || (auth_corp.n == 0 && to.n == 0);
}

/* An over-long type is kept in the body only. */
static void
types_find(const struct tree_node *root, struct event *event)
{
	if (tree_text(root, SPAN("InfoType")).n > 0) {
		event->info_type = tree_code(root, SPAN("InfoType"), EVENT_CODE_MAX_BYTES);
		event->change_type = tree_code(root, SPAN("ChangeType"), EVENT_CODE_MAX_BYTES);
		return;
	}
	event->info_type = tree_code(root, SPAN("MsgType"), EVENT_CODE_MAX_BYTES);
	if (span_equal(event->info_type, SPAN("event")))
		event->change_type = tree_code(root, SPAN("Event"), EVENT_CODE_MAX_BYTES);
}

static int64_t
time_find(const struct tree_node *root)
{
	struct span text = tree_text(root, SPAN("TimeStamp"));
	long long time_s;

	if (text.n == 0)
		text = tree_text(root, SPAN("CreateTime"));
	if (!span_number(text, EVENT_TIME_MAX - 1, &time_s) || time_s < EVENT_TIME_MIN)
		return EVENT_TIME_UNUSABLE;
	return time_s;
}

enum status
event_parse(struct span plain, struct span receiveid, enum event_route route, const struct event_identity *identity,
    struct arena *mem, struct event *ret_event, struct detail *why)
{
	struct event event = {.route = route};
	struct tree_node *root;
	struct span suite, corp;
	enum status st = tree_read(plain, mem, &root, why);

	if (st != ST_OK)
		return st;
	st = suite_find(root, identity, &suite, why);
	if (st != ST_OK)
		return st;
	if (!is_receiver(receiveid, root, route, suite, identity)) {
		detail_set(why, "event: meant for another receiver");
		return ST_BAD_INPUT;
	}
	corp = corp_find(root);
	event.corp = corp.n > 0 ? corp : arena_printf(mem, "suite:%.*s", (int)suite.n, suite.at);
	if (event.corp.at == NULL)
		return ST_NOMEM;
	types_find(root, &event);
	event.time_s = time_find(root);
	st = event_identify(root, suite, event.corp, mem, event.hash);
	if (st == ST_OK)
		st = event_rules_apply(root, corp.n > 0, mem, &event);
	if (st == ST_OK)
		st = event_body_json(root, mem, &event.body);
	if (st == ST_OK)
		*ret_event = event;
	return st;
}
