/* The query string of a callback, taken apart by value.  Never treats `+` as a blank: nothing here is a form. */
#include "query.h"

/* One parameter that is wanted, and where its value goes. */
struct query_slot {
	struct span name;
	struct span *value;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent escapes become bytes.  ST_BAD_INPUT: one is not two hexadecimal digits. */
static enum status
percent_decode(struct span raw, struct arena *mem, struct span *ret)
{
	char *text = arena_alloc(mem, raw.n);
	size_t n = 0;

	if (text == NULL)
		return ST_NOMEM;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.at[i] != '%') {
			text[n++] = raw.at[i];
			continue;
		}
		int high = raw.n - i > 2 ? hex_digit(raw.at[i + 1]) : -1;
		int low = raw.n - i > 2 ? hex_digit(raw.at[i + 2]) : -1;

		if (high < 0 || low < 0)
			return ST_BAD_INPUT;
		text[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*ret = (struct span){text, n};
	return ST_OK;
}

/* Take everything up to `mark` off the front of `rest`; the mark itself goes too. */
static struct span
take_until(struct span *rest, char mark)
{
	struct span taken = {rest->at, 0};

	while (taken.n < rest->n && rest->at[taken.n] != mark)
		taken.n++;
	rest->at += taken.n;
	rest->n -= taken.n;
	if (rest->n > 0) {
		rest->at++;
		rest->n--;
	}
	return taken;
}

static enum status
slot_fill(const struct query_slot *slot, struct span raw, struct arena *mem, struct detail *why)
{
	enum status st;

	if (slot->value->at != NULL) {
		detail_set(why, "query: %.*s is repeated", (int)slot->name.n, slot->name.at);
		return ST_BAD_INPUT;
	}
	st = percent_decode(raw, mem, slot->value);
	if (st == ST_BAD_INPUT)
		detail_set(why, "query: %.*s has a bad percent escape", (int)slot->name.n, slot->name.at);
	return st;
}

static enum status
slots_fill(const struct query_slot *slots, size_t n, struct span text, struct arena *mem, struct detail *why)
{
	enum status st = ST_OK;

	while (st == ST_OK && text.n > 0) {
		struct span value = take_until(&text, '&');
		struct span name = take_until(&value, '=');

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
