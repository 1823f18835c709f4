/*
 * One event as an element of wecom.ingest's p_events.  The only place where a secret of an event leaves memory, and it
 * does so sealed.
 */
#include "event.h"

#include <limits.h>

#include <json-c/json.h>

#include "scope.h"

#define US_PER_S 1000000LL
#define US_PER_MS 1000LL

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)

/* Lower-case hexadecimal; {NULL,0} when memory is used up. */
static struct span
hex_of(struct span bytes, struct arena *mem)
{
	char *text = arena_alloc(mem, 2 * bytes.n);

	if (text == NULL)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char byte = (unsigned char)bytes.at[i];

		text[2 * i] = "0123456789abcdef"[byte >> 4];
		text[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	return (struct span){text, 2 * bytes.n};
}

/*
 * At once, or after the end of the event's second plus the settling time, which may have passed already: a pull begun
 * after that covers the event, however late it or a repeat of it arrives (design section 4).  A time ahead of ours is not
 * waited for: the sender's clock must not park a job.
 */
static int64_t
due_us(const struct event *event, int64_t received_us)
{
	int64_t second = received_us / US_PER_S;

	if (!event->job_settles)
		return received_us;
	if (event->time_s != EVENT_TIME_UNUSABLE && event->time_s < second)
		second = event->time_s;
	return (second + 1) * US_PER_S + event->job_settle_ms * US_PER_MS;
}

/* Sealed for its row and as hexadecimal; absent when the event carries no secret. */
static enum status
secret_seal(const struct event *event, const struct seal_key *key, struct arena *mem, struct span *ret_hex)
{
	struct span identity, sealed;
	enum status st;

	*ret_hex = (struct span){NULL, 0};
	if (event->secret.at == NULL)
		return ST_OK;
	identity = seal_row_identity(mem, event->corp, event->secret_kind, event->secret_name);
	if (identity.at == NULL)
		return ST_NOMEM;
	st = seal_close(key, identity, event->secret, mem, &sealed);
	if (st != ST_OK)
		return st;
	*ret_hex = hex_of(sealed, mem);
	return ret_hex->at == NULL ? ST_NOMEM : ST_OK;
}

/* The body is JSON already: written as it is, not parsed again. */
static int
print_body(struct json_object *object, struct printbuf *out, int level, int flags)
{
	const struct span *body = json_object_get_userdata(object);

	(void)level;
	(void)flags;
	return printbuf_memappend(out, body->at, (int)body->n);
}

/* Takes `value` over in any case; NULL stands for a value that could not be made. */
static bool
member_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value != NULL && json_object_object_add_ex(object, name, value,
				 JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool
member_add_text(struct json_object *object, const char *name, struct span text)
{
	if (text.at == NULL)
		return json_object_object_add_ex(object, name, NULL,
			   JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) == 0;
	return member_add(object, name, json_object_new_string_len(text.at, (int)text.n));
}

static bool
member_add_number(struct json_object *object, const char *name, int64_t number)
{
	return member_add(object, name, json_object_new_int64(number));
}

static bool
member_add_body(struct json_object *object, const char *name, struct span *body)
{
	struct json_object *value = json_object_new_object();

	if (value != NULL)
		json_object_set_serializer(value, print_body, body, NULL);
	return member_add(object, name, value);
}

enum status
event_item(const struct event *event, const char *id, int64_t received_us, const struct seal_key *key,
    struct arena *mem, struct span *ret_item)
{
	scoped(json_object) struct json_object *item = NULL;
	struct span hash = hex_of((struct span){(const char *)event->hash, EVENT_HASH_BYTES}, mem);
	struct span body = event->body, sealed, text;
	bool has_job = event->job_kind.at != NULL;
	enum status st = secret_seal(event, key, mem, &sealed);

	if (st != ST_OK)
		return st;
	item = json_object_new_object();
	if (item == NULL || hash.at == NULL || body.n > INT_MAX)
		return ST_NOMEM;
	if (!member_add_text(item, "corp", event->corp) || !member_add_text(item, "id", span_of(id)) ||
	    !member_add_text(item, "hash", hash) ||
	    !member_add_number(item, "time_s", event->time_s) ||
	    !member_add_number(item, "received_us", received_us) ||
	    !member_add_text(item, "route", span_of(event_route_name(event->route))) ||
	    !member_add_text(item, "info_type", event->info_type) ||
	    !member_add_text(item, "change_type", event->change_type) ||
	    !member_add_body(item, "body", &body) ||
	    !member_add_text(item, "job_kind", event->job_kind) ||
	    !member_add_text(item, "job_target", event->job_target) ||
	    !(has_job ? member_add_number(item, "due_us", due_us(event, received_us)) :
			member_add_text(item, "due_us", (struct span){NULL, 0})) ||
	    !member_add_text(item, "secret_kind", event->secret_kind) ||
	    !member_add_text(item, "secret_name", event->secret_name) ||
	    !member_add_text(item, "secret_sealed", sealed))
		return ST_NOMEM;
	text.at = json_object_to_json_string_length(item, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
	    &text.n);
	if (text.at == NULL)
		return ST_NOMEM;
	*ret_item = arena_copy(mem, text);
	return ret_item->at == NULL ? ST_NOMEM : ST_OK;
}
