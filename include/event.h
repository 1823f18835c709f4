/*
 * A decrypted callback as named fields, its identity, its JSON body, and what it asks for (job, secret).
 * Pure: no clock, no I/O.  libxml2 is used in xml.c and xml_parser.c only, json-c in json.c, event_body.c and event_item.c; envelope.c
 * shares both readers.
 */
#ifndef WECOM_EVENT_H
#define WECOM_EVENT_H

#include <stdint.h>

#include "arena.h"
#include "seal.h"
#include "span.h"
#include "status.h"

#define EVENT_HASH_BYTES 32
#define EVENT_DEPTH_MAX 64	/* nested elements; approval events need about 6 */
#define EVENT_TIME_MIN 1262304000LL	/* 2010-01-01: an earlier TimeStamp is unusable */
#define EVENT_TIME_MAX 4102444800LL	/* 2100-01-01: this or a later one is unusable */
#define EVENT_TIME_UNUSABLE 0LL		/* stored instead (1970-01-01), so that a repeat is still found */
#define EVENT_SETTLE_MS 2000	/* answers of the API may be stale that long: said of group chats (protocol 8.4), allowed for all */

enum event_route { EVENT_COMMAND, EVENT_DATA, EVENT_SYSTEM, EVENT_ROUTE_N };

/* "command", "data", "system": the values of mirror.event.route. */
const char *event_route_name(enum event_route route);

/* Who we are; decides what is refused. */
struct event_identity {
	struct span suite_id;
	struct span login_suite_id;	/* absent when not configured */
	struct span provider_corp_id;
};

struct event {
	enum event_route route;
	struct span corp;		/* AuthCorpId, else CorpId / PaidCorpId / ToUserName, else suite:<suite_id>; 1..128 bytes */
	struct span info_type;		/* InfoType, else MsgType, else absent */
	struct span change_type;	/* ChangeType; on MsgType=event: Event; else absent */
	int64_t time_s;			/* TimeStamp, else CreateTime; EVENT_TIME_UNUSABLE by rule */
	unsigned char hash[EVENT_HASH_BYTES];	/* SHA-256 of the canonical content with suite and corp */
	struct span body;		/* JSON text, masked (design section 5) */
	struct span job_kind;		/* absent: the event calls for no work ("noted") */
	struct span job_target;		/* "" = all of the kind */
	bool job_settles;		/* due one second plus the settling time after its time, not at once */
	int64_t job_settle_ms;
	struct span secret_kind;	/* "suite_ticket", "auth_code"; else absent */
	struct span secret_name;	/* "" for the ticket; 16 hex digits of the hash for an auth code */
	struct span secret;		/* the clear value: never logged, never stored */
};

/*
 * XML or, when the first byte is `{`, JSON.  What kind of event it is follows from the content, not from the route.
 * Values are trimmed, except those that people write (the table in event_body.c); identity and body hold the same ones.
 * Types and ids that cannot be keys (too long, control characters) are absent here and kept in the body.
 *   plain      borrowed: the decrypted message
 *   receiveid  borrowed: judged by route and content (protocol 6)
 *   ret_event  spans in `mem`
 * ST_BAD_INPUT: not well-formed XML (or JSON object), DOCTYPE, deeper than EVENT_DEPTH_MAX, invalid UTF-8,
 *               receiveid not acceptable, SuiteId of another suite.  ST_NOMEM, ST_BUG (OpenSSL).
 * Memory: about 100 bytes of `mem` for each element beside the text itself, three times over.
 */
enum status event_parse(struct span plain, struct span receiveid, enum event_route route,
    const struct event_identity *identity, struct arena *mem, struct event *ret_event, struct detail *why) must_check;

/*
 * One element of wecom.ingest's p_events, as JSON text (sql/function/ingest.sql names the members).
 *   id          UUID text of the event, made by the caller
 *   received_us when the request arrived, wall clock
 *   ret_item    in `mem`, NUL-terminated
 * The secret, if any, is sealed under `key` with its row's identity.  ST_NOMEM, ST_SYSTEM, ST_BUG.
 */
enum status event_item(const struct event *event, const char *id, int64_t received_us, const struct seal_key *key,
    struct arena *mem, struct span *ret_item) must_check;

/* Must be answered within a second, not five (protocol section 7: authorisation and its kin). */
bool event_is_urgent(const struct event *event);

#endif
