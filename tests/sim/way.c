/* From events to encrypted requests.  Never decides what happens, nor what follows from an answer. */
#include "way.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void
way_init(
    struct way *way, const struct settings *settings, const struct mischief_options *options, unsigned long long seed)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*way = (struct way){.settings = settings};
	random_seed(&way->wire_random, (uint64_t)now.tv_sec * 1000000007 + (uint64_t)now.tv_nsec);
	random_seed(&way->chance_random, ~seed);
	mischief_init(&way->mischief, options, &way->chance_random);
}

void
way_done(struct way *way)
{
	sender_free(way->sender);
	mischief_done(&way->mischief);
	delivery_queue_clear(&way->queue);
	text_free(&way->scratch);
}

static enum route
route_of(const struct settings *settings, const struct notice_kind *kind, const struct facts *facts)
{
	if (kind->route == ROUTE_COMMAND && settings->has_login &&
	    strcmp(facts->value[FACT_SUITE], settings->login_suite_id) == 0)
		return ROUTE_LOGIN;
	return kind->route;
}

struct parcel *
way_parcel(const struct way *way, const struct notice_kind *kind, const struct facts *facts, const char *key_element,
    const char *key)
{
	struct parcel *parcel = parcel_new();

	parcel->kind = kind;
	parcel->route = route_of(way->settings, kind, facts);
	/* of two suites: the one the event is about */
	snprintf(parcel->receiveid, sizeof(parcel->receiveid), "%s",
	    kind->route == ROUTE_COMMAND ? facts->value[FACT_SUITE]
					 : wire_receiveid(way->settings, kind->route, false, facts->value[FACT_CORP]));
	if (kind->route == ROUTE_DATA)
		snprintf(parcel->agent, sizeof(parcel->agent), "%s", facts->value[FACT_AGENT]);
	snprintf(parcel->key, sizeof(parcel->key), "%s", key);
	notice_xml(kind, facts, key_element, parcel->key, &parcel->xml);
	notice_corp(kind, facts, &parcel->corp);
	return parcel;
}

void
way_submit(struct way *way, struct delivery *delivery)
{
	struct parcel *parcel = delivery->parcel;
	struct wire *wire = sender_wire(way->sender);
	struct wire_order order;

	wire_order_init(&order, wire_account(way->settings, parcel->route), &way->wire_random);
	order.message = parcel->xml.at;
	order.message_n = parcel->xml.n;
	order.receiveid = parcel->receiveid;
	order.to_user_name = parcel->receiveid;
	order.agent_id = parcel->agent;
	mischief_spoil(&way->mischief, delivery->spoil, &order, &way->scratch);
	wire_make(&order, wire);
	mischief_spoil_body(&way->mischief, delivery->spoil, &wire->body);
	sender_submit(way->sender, parcel->route, false, delivery);
}

bool
way_is_success(const struct sender_answer *answer)
{
	return answer->status == 200 && answer->body_n == 7 && memcmp(answer->body, "success", 7) == 0;
}

void
way_print(const struct delivery *delivery, const struct sender_answer *answer)
{
	static const char *const notes[] = {
	    [SPOIL_NONE] = "", [SPOIL_SIGNATURE] = " (错误签名)", [SPOIL_GARBAGE] = " (乱码)"};
	const struct parcel *parcel = delivery->parcel;
	const char *note = delivery->is_repeat ? " (重复)" : notes[delivery->spoil];
	char when[16], status[16] = "---";
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(when, sizeof(when), "%H:%M:%S", &local);
	if (answer->status > 0)
		snprintf(status, sizeof(status), "%d", answer->status);
	printf("%s.%03ld %s %s %s%s %s %.1f ms%s%s\n", when, now.tv_nsec / 1000000, parcel->corp.at, parcel->kind->name,
	    parcel->what.at, note, status, (double)answer->us / 1000, answer->error == NULL ? "" : " ",
	    answer->error == NULL ? "" : answer->error);
}
