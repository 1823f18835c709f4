/* The query string of a callback, taken apart by value.  Never treats `+` as a blank: nothing here is a form. */
#include "query.h"

#include "percent.h"

/* One parameter that is wanted, and where its value goes. */
struct query_slot {
	struct span name;
	struct span *value;
};

static enum status
slot_fill(const struct query_slot *slot, struct span raw, struct arena *mem, struct detail *why)
{
	enum status st;

	if (slot->value->at != NULL) {
		detail_set(why, "query: %.*s is repeated", (int)slot->name.n, slot->name.at);
		return ST_BAD_INPUT;
	}
	st = percent_decode(raw, false, mem, slot->value);
	if (st == ST_BAD_INPUT)
		detail_set(why, "query: %.*s has a bad percent escape", (int)slot->name.n, slot->name.at);
	return st;
}

static enum status
slots_fill(const struct query_slot *slots, size_t n, struct span text, struct arena *mem, struct detail *why)
{
	enum status st = ST_OK;

	while (st == ST_OK && text.n > 0) {
		struct span value = percent_take(&text, '&');
		struct span name = percent_take(&value, '=');

		for (size_t i = 0; i < n; i++)
			if (span_equal(name, slots[i].name)) {
				st = slot_fill(&slots[i], value, mem, why);
				break;
			}
	}
	return st;
}

enum status
query_parse(struct span text, bool is_verify, struct arena *mem, struct query *ret_query, struct detail *why)
{
	struct query query = {0};
	const struct query_slot slots[] = {
	    {SPAN("msg_signature"), &query.msg_signature},
	    {SPAN("timestamp"), &query.timestamp},
	    {SPAN("nonce"), &query.nonce},
	    {SPAN("echostr"), &query.echostr},	/* last: a POST has none to ask for */
	};
	size_t n = sizeof(slots) / sizeof(slots[0]) - (is_verify ? 0 : 1);
	enum status st;

	if (text.n > QUERY_MAX_BYTES) {
		detail_set(why, "query: longer than %d bytes", QUERY_MAX_BYTES);
		return ST_BAD_INPUT;
	}
	st = slots_fill(slots, n, text, mem, why);
	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < n; i++)
		if (slots[i].value->at == NULL) {
			detail_set(why, "query: %.*s is missing", (int)slots[i].name.n, slots[i].name.at);
			return ST_BAD_INPUT;
		}
	*ret_query = query;
	return ST_OK;
}
