/* Builds callbacks, right or deliberately wrong.  Never sends them and never decides which events exist. */
#include "wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PAD_BLOCK_BYTES 32

static const struct {
	const char *name;
	const char *path;
} routes[ROUTE_N] = {
    [ROUTE_COMMAND] = {"command", "/api/v1/wecom/command"},
    [ROUTE_DATA] = {"data", "/api/v1/wecom/callback"},
    [ROUTE_SYSTEM] = {"system", "/api/v1/wecom/system"},
    [ROUTE_LOGIN] = {"login", "/api/v1/wecom/login"},
};

const char *
route_name(enum route route)
{
	return routes[route].name;
}

const char *
route_path(enum route route)
{
	return routes[route].path;
}

enum route
route_find(const char *name)
{
	int i = 0;

	while (i < ROUTE_N && strcmp(routes[i].name, name) != 0)
		i++;
	return (enum route)i;
}

const char *
wire_receiveid(const struct settings *settings, enum route route, bool is_get, const char *corp)
{
	if (is_get || route == ROUTE_SYSTEM)
		return settings->provider_corp_id;
	if (route == ROUTE_LOGIN)
		return settings->login_suite_id;
	return route == ROUTE_COMMAND ? settings->suite_id : corp;
}

const char *
wire_to_user_name(const struct settings *settings, enum route route, const char *corp)
{
	return wire_receiveid(settings, route, false, corp);
}

const struct settings_account *
wire_account(const struct settings *settings, enum route route)
{
	if (route == ROUTE_LOGIN)
		return &settings->login;
	return route == ROUTE_SYSTEM ? &settings->system : &settings->app;
}

void
wire_order_init(struct wire_order *order, const struct settings_account *account, struct random *random)
{
	*order = (struct wire_order){.message = "", .receiveid = "", .to_user_name = "", .agent_id = ""};
	order->token = account->token;
	order->key = account->key;
	order->pad = WIRE_RIGHT;
	order->pad_count = WIRE_RIGHT;
	order->msg_len = WIRE_RIGHT;
	order->random_n = 16;
	random_bytes(random, order->random, order->random_n);
	random_digits(random, order->nonce, 10);
	snprintf(order->timestamp, sizeof(order->timestamp), "%lld", (long long)time(NULL));
}

/* random | length | message | receiveid | padding */
static void
build_plain(const struct wire_order *order, struct text *plain)
{
	uint32_t length = (uint32_t)(order->msg_len == WIRE_RIGHT ? (int64_t)order->message_n : order->msg_len);
	char big_endian[4] = {(char)(length >> 24), (char)(length >> 16), (char)(length >> 8), (char)length};
	size_t pad_n;

	text_clear(plain);
	text_add(plain, (const char *)order->random, order->random_n);
	text_add(plain, big_endian, sizeof(big_endian));
	text_add(plain, order->message, order->message_n);
	text_adds(plain, order->receiveid);
	pad_n =
	    order->pad_count == WIRE_RIGHT ? PAD_BLOCK_BYTES - plain->n % PAD_BLOCK_BYTES : (size_t)order->pad_count;
	memset(text_reserve(plain, pad_n), order->pad == WIRE_RIGHT ? (int)(pad_n & 255) : order->pad, pad_n);
	plain->n += pad_n;
}

static void
build_cipher(const struct wire_order *order, struct wire *wire)
{
	struct text *plain = &wire->plain;

	text_clear(&wire->cipher);
	if (order->cipher != NULL) {
		text_adds(&wire->cipher, order->cipher);
		return;
	}
	build_plain(order, plain);
	cipher_encrypt(order->key, plain->at, plain->n - plain->n % CIPHER_BLOCK_BYTES);
	plain->n -= order->truncate < plain->n ? order->truncate : plain->n;
	cipher_base64(&wire->cipher, plain->at, plain->n);
}

static void
build_query(const struct wire_order *order, struct wire *wire)
{
	char right[41];

	text_clear(&wire->signature);
	cipher_signature(order->token, order->timestamp, order->nonce, &wire->cipher, right);
	text_adds(&wire->signature, order->signature != NULL ? order->signature : right);
	text_clear(&wire->query);
	text_adds(&wire->query, "msg_signature=");
	text_add_percent(&wire->query, wire->signature.at, wire->signature.n);
	text_adds(&wire->query, "&timestamp=");
	text_add_percent(&wire->query, order->timestamp, strlen(order->timestamp));
	text_adds(&wire->query, "&nonce=");
	text_add_percent(&wire->query, order->nonce, strlen(order->nonce));
	text_clear(&wire->query_raw_plus);
	text_add(&wire->query_raw_plus, wire->query.at, wire->query.n);
	if (!order->is_get)
		return;
	text_adds(&wire->query, "&echostr=");
	text_add_percent(&wire->query, wire->cipher.at, wire->cipher.n);
	text_adds(&wire->query_raw_plus, "&echostr=");
	for (size_t i = 0; i < wire->cipher.n; i++) {
		if (wire->cipher.at[i] == '+')
			text_adds(&wire->query_raw_plus, "+");
		else
			text_add_percent(&wire->query_raw_plus, wire->cipher.at + i, 1);
	}
}

static void
add_element(struct text *body, const char *name, const char *value, enum wire_envelope envelope)
{
	const char *space = envelope == WIRE_SPACED ? " " : "";

	text_printf(body, "%s<%s>%s", envelope == WIRE_SPACED ? "\n\t" : "", name, space);
	if (envelope == WIRE_PLAIN)
		text_add_escaped(body, value, strlen(value));
	else
		text_add_cdata(body, value, strlen(value));
	text_printf(body, "%s</%s>", space, name);
}

static void
build_xml(const struct wire_order *order, struct wire *wire)
{
	struct text *body = &wire->body;
	enum wire_envelope envelope = order->envelope;

	text_adds(body, "<xml>");
	if (envelope == WIRE_REORDERED)
		add_element(body, "Encrypt", wire->cipher.at, envelope);
	add_element(body, "ToUserName", order->to_user_name, envelope);
	add_element(body, "AgentID", order->agent_id, envelope);
	if (envelope != WIRE_REORDERED)
		add_element(body, "Encrypt", wire->cipher.at, envelope);
	text_adds(body, envelope == WIRE_SPACED ? "\n</xml>\n" : "</xml>");
}

/* The values are ids and base64, but a caller's own may hold anything: only what JSON forbids is escaped. */
static void
add_json_member(struct text *body, const char *name, const char *value)
{
	text_printf(body, "\"%s\":\"", name);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			text_printf(body, "\\%c", *c);
		else if ((unsigned char)*c < 32)
			text_printf(body, "\\u%04x", (unsigned int)(unsigned char)*c);
		else
			text_add(body, c, 1);
	}
	text_adds(body, "\"");
}

static void
build_json(const struct wire_order *order, struct wire *wire)
{
	bool lower = order->envelope == WIRE_JSON_LOWER;

	text_adds(&wire->body, "{");
	add_json_member(&wire->body, lower ? "tousername" : "ToUserName", order->to_user_name);
	text_adds(&wire->body, ",");
	add_json_member(&wire->body, lower ? "encrypt" : "Encrypt", wire->cipher.at);
	text_adds(&wire->body, ",");
	add_json_member(&wire->body, lower ? "agentid" : "AgentID", order->agent_id);
	text_adds(&wire->body, "}");
}

void
wire_make(const struct wire_order *order, struct wire *wire)
{
	build_cipher(order, wire);
	build_query(order, wire);
	text_clear(&wire->body);
	if (order->is_get)
		return;
	if (order->envelope == WIRE_JSON || order->envelope == WIRE_JSON_LOWER)
		build_json(order, wire);
	else
		build_xml(order, wire);
}

void
wire_free(struct wire *wire)
{
	text_free(&wire->cipher);
	text_free(&wire->query);
	text_free(&wire->query_raw_plus);
	text_free(&wire->body);
	text_free(&wire->signature);
	text_free(&wire->plain);
}
