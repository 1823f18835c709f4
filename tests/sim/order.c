/* Turns a JSON line into an order for a callback, right or wrong.  Never guesses: a member of a wrong type is a fault.
 */
#include "order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char *const known[] = {"route", "method", "corp", "message", "xml", "message_base64", "receiveid", "token",
    "aes_key", "timestamp", "nonce", "random_base64", "pad", "pad_count", "msg_len", "truncate", "signature", "cipher",
    "format", "envelope", "to_user_name", "agent_id", "repeat"};

static const char *const envelopes[] = {
    [WIRE_CDATA] = "cdata",
    [WIRE_PLAIN] = "plain",
    [WIRE_REORDERED] = "reordered",
    [WIRE_SPACED] = "spaced",
};

static bool
check_names(struct json_object *json, struct fault *fault)
{
	json_object_object_foreach(json, name, value)
	{
		size_t i = 0;

		(void)value;
		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], name) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return fault_set(fault, "there is no member called %.60s", name);
	}
	return true;
}

/* NULL in *ret when absent. */
static bool
get_string(struct json_object *json, const char *name, const char **ret, struct fault *fault)
{
	struct json_object *value;

	*ret = NULL;
	if (!json_object_object_get_ex(json, name, &value) || value == NULL)
		return true;
	if (!json_object_is_type(value, json_type_string))
		return fault_set(fault, "%s is not a string", name);
	*ret = json_object_get_string(value);
	return true;
}

/* *ret stays when absent. */
static bool
get_number(struct json_object *json, const char *name, int64_t most, int64_t *ret, struct fault *fault)
{
	struct json_object *value;
	int64_t number;

	if (!json_object_object_get_ex(json, name, &value) || value == NULL)
		return true;
	number = json_object_get_int64(value);
	if (!json_object_is_type(value, json_type_int) || number < 0 || number > most)
		return fault_set(fault, "%s is not a number from 0 to %lld", name, (long long)most);
	*ret = number;
	return true;
}

static bool
copy_short(struct json_object *json, const char *name, char *to, size_t bytes, struct fault *fault)
{
	const char *value;

	if (!get_string(json, name, &value, fault))
		return false;
	if (value == NULL)
		return true;
	if (strlen(value) >= bytes)
		return fault_set(fault, "%s is longer than %zu bytes", name, bytes - 1);
	strcpy(to, value);
	return true;
}

static bool
read_message(struct json_object *json, struct order *order, struct fault *fault)
{
	struct json_object *value = NULL;
	const char *encoded;

	if (!get_string(json, "message_base64", &encoded, fault))
		return false;
	if (encoded != NULL) {
		if (!cipher_base64_decode(&order->message, encoded, strlen(encoded)))
			return fault_set(fault, "message_base64 is not base64");
		order->wire.message = order->message.at;
		order->wire.message_n = order->message.n;
		return true;
	}
	if (!json_object_object_get_ex(json, "message", &value) && !json_object_object_get_ex(json, "xml", &value)) {
		if (json_object_object_get_ex(json, "cipher", NULL))
			return true;
		return fault_set(fault, "message (or xml, message_base64, cipher) is missing");
	}
	if (!json_object_is_type(value, json_type_string))
		return fault_set(fault, "message is not a string");
	order->wire.message = json_object_get_string(value);
	order->wire.message_n = (size_t)json_object_get_string_len(value);
	return true;
}

/* Route and method decide account, receiveid and ToUserName. */
static bool
read_route(struct json_object *json, const struct settings *settings, struct random *random, struct order *order,
    struct fault *fault)
{
	struct wire_order *wire = &order->wire;
	const char *route, *method, *corp, *receiveid, *to_user_name, *agent_id;

	if (!get_string(json, "route", &route, fault) || !get_string(json, "method", &method, fault) ||
	    !get_string(json, "corp", &corp, fault) || !get_string(json, "receiveid", &receiveid, fault) ||
	    !get_string(json, "to_user_name", &to_user_name, fault) || !get_string(json, "agent_id", &agent_id, fault))
		return false;
	order->route = route == NULL ? ROUTE_COMMAND : route_find(route);
	if (order->route == ROUTE_N)
		return fault_set(fault, "route is not command, data, system or login");
	if (method != NULL && strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
		return fault_set(fault, "method is not GET or POST");
	wire_order_init(wire, wire_account(settings, order->route), random);
	wire->is_get = method != NULL && strcmp(method, "GET") == 0;
	if (order->route == ROUTE_DATA && !wire->is_get && corp == NULL && receiveid == NULL)
		return fault_set(fault, "the data route needs corp (or receiveid)");
	if (corp == NULL)
		corp = receiveid == NULL ? "" : receiveid;
	wire->receiveid = receiveid != NULL ? receiveid : wire_receiveid(settings, order->route, wire->is_get, corp);
	wire->to_user_name = to_user_name != NULL ? to_user_name : wire_to_user_name(settings, order->route, corp);
	wire->agent_id = agent_id != NULL ? agent_id : "";
	return true;
}

static bool
read_account(struct json_object *json, const struct settings *settings, struct order *order, struct fault *fault)
{
	const char *token, *key;

	if (!get_string(json, "token", &token, fault) || !get_string(json, "aes_key", &key, fault))
		return false;
	if (order->route == ROUTE_SYSTEM && !settings->has_system && (token == NULL || key == NULL))
		return fault_set(fault, "the settings name no account for the system route");
	if (order->route == ROUTE_LOGIN && !settings->has_login && (token == NULL || key == NULL))
		return fault_set(fault, "the settings name no account for the login route");
	if (token != NULL)
		order->wire.token = token;
	if (key == NULL)
		return true;
	if (!cipher_key_decode(key, order->key))
		return fault_set(fault, "aes_key is not 43 base64 characters");
	order->wire.key = order->key;
	return true;
}

static bool
read_random(struct json_object *json, struct wire_order *wire, struct fault *fault)
{
	struct text bytes = {0};
	const char *encoded;
	bool ok;

	if (!get_string(json, "random_base64", &encoded, fault))
		return false;
	if (encoded == NULL)
		return true;
	ok = cipher_base64_decode(&bytes, encoded, strlen(encoded)) && bytes.n <= sizeof(wire->random);
	if (ok) {
		memcpy(wire->random, bytes.at, bytes.n);
		wire->random_n = bytes.n;
	} else {
		fault_set(fault, "random_base64 is not base64 of at most %zu bytes", sizeof(wire->random));
	}
	text_free(&bytes);
	return ok;
}

static bool
read_spoilers(struct json_object *json, struct wire_order *wire, struct fault *fault)
{
	int64_t pad = wire->pad, pad_count = wire->pad_count, truncate = 0;

	if (!get_number(json, "pad", 255, &pad, fault) ||
	    !get_number(json, "pad_count", ORDER_PAD_MAX, &pad_count, fault) ||
	    !get_number(json, "msg_len", UINT32_MAX, &wire->msg_len, fault) ||
	    !get_number(json, "truncate", INT32_MAX, &truncate, fault) ||
	    !get_string(json, "signature", &wire->signature, fault) ||
	    !get_string(json, "cipher", &wire->cipher, fault) ||
	    !copy_short(json, "timestamp", wire->timestamp, sizeof(wire->timestamp), fault) ||
	    !copy_short(json, "nonce", wire->nonce, sizeof(wire->nonce), fault))
		return false;
	wire->pad = (int)pad;
	wire->pad_count = (int)pad_count;
	wire->truncate = (size_t)truncate;
	return read_random(json, wire, fault);
}

static bool
read_envelope(struct json_object *json, struct wire_order *wire, struct fault *fault)
{
	const char *format, *envelope;

	if (!get_string(json, "format", &format, fault) || !get_string(json, "envelope", &envelope, fault))
		return false;
	if (format != NULL && strcmp(format, "json") == 0) {
		if (envelope != NULL && strcmp(envelope, "lower") != 0)
			return fault_set(fault, "a JSON envelope is lower or as it comes");
		wire->envelope = envelope == NULL ? WIRE_JSON : WIRE_JSON_LOWER;
		return true;
	}
	if (format != NULL && strcmp(format, "xml") != 0)
		return fault_set(fault, "format is not xml or json");
	if (envelope == NULL)
		return true;
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++) {
		if (strcmp(envelopes[i], envelope) == 0) {
			wire->envelope = (enum wire_envelope)i;
			return true;
		}
	}
	return fault_set(fault, "envelope is not cdata, plain, reordered or spaced");
}

bool
order_read(struct json_object *json, const struct settings *settings, struct random *random, struct order *ret_order,
    struct fault *fault)
{
	*ret_order = (struct order){0};
	if (check_names(json, fault) && read_route(json, settings, random, ret_order, fault) &&
	    read_message(json, ret_order, fault) && read_account(json, settings, ret_order, fault) &&
	    read_spoilers(json, &ret_order->wire, fault) && read_envelope(json, &ret_order->wire, fault))
		return true;
	order_done(ret_order);
	return false;
}

void
order_done(struct order *order)
{
	text_free(&order->message);
}

struct json_object *
order_parse(const char *line, size_t n, struct fault *fault)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *json;

	if (tokener == NULL || n > ORDER_LINE_MAX_BYTES) {
		if (tokener != NULL)
			json_tokener_free(tokener);
		fault_set(fault, "the line is too long");
		return NULL;
	}
	json = json_tokener_parse_ex(tokener, line, (int)n);
	json_tokener_free(tokener);
	if (json_object_is_type(json, json_type_object))
		return json;
	json_object_put(json);
	fault_set(fault, "the line is not one JSON object");
	return NULL;
}

void
order_answer(struct json_object *answer)
{
	puts(json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(answer);
}

void
order_answer_fault(const struct fault *fault)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "error", json_object_new_string(fault->text));
	order_answer(answer);
}

int
order_each_line(order_handler *handle, void *self)
{
	struct fault fault = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int code = EX_OK;

	while ((n = getline(&line, &cap, stdin)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (n > 0)
			handle(self, line, (size_t)n);
	}
	if (ferror(stdin)) {
		fault_set(&fault, "cannot read standard input: %s", strerror(errno));
		code = fault_report(&fault, EX_IOERR);
	}
	free(line);
	return code;
}
