/*
 * A callback as it goes over the wire (protocol sections 3 to 6): plaintext to query string and body.
 * Every step can be done wrongly on request, so that each refusal of the receiver can be provoked.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cipher.h"
#include "random.h"
#include "settings.h"
#include "text.h"

enum route { ROUTE_COMMAND, ROUTE_DATA, ROUTE_SYSTEM, ROUTE_LOGIN, ROUTE_N };

/* "command", "data", "system", "login". */
const char *route_name(enum route route);
/* ROUTE_N when there is no such name. */
enum route route_find(const char *name);
/* "/api/v1/wecom/command" and so on. */
const char *route_path(enum route route);

enum wire_envelope {
	WIRE_CDATA,     /* as WeCom: one line, CDATA */
	WIRE_PLAIN,     /* no CDATA */
	WIRE_REORDERED, /* Encrypt first, AgentID last */
	WIRE_SPACED,    /* line ends and blanks between elements and around CDATA */
	WIRE_JSON,      /* {"ToUserName", "Encrypt", "AgentID"}: the PHP sample's spelling */
	WIRE_JSON_LOWER /* {"tousername", "encrypt", "agentid"}: the C++ sample's */
};

#define WIRE_RIGHT (-1) /* of pad, pad_count, msg_len: as it ought to be */

/* All pointers are borrowed.  Start from wire_order_init. */
struct wire_order {
	bool is_get; /* the message is an echo and goes into the query */
	const char *message;
	size_t message_n;
	const char *receiveid;
	const char *token;
	const uint8_t *key;
	char timestamp[64];
	char nonce[64];
	uint8_t random[64]; /* 16 bytes, unless spoiled */
	size_t random_n;
	int pad;               /* value of the padding bytes */
	int pad_count;         /* how many of them; a tail that fills no block goes out unencrypted */
	int64_t msg_len;       /* the length field */
	size_t truncate;       /* bytes cut off the ciphertext's end */
	const char *signature; /* sent instead, or NULL */
	const char *cipher;    /* signed and sent instead of a ciphertext, or NULL */
	enum wire_envelope envelope;
	const char *to_user_name;
	const char *agent_id;
};

/* A right order: fresh random, nonce and the present time. */
void wire_order_init(struct wire_order *order, const struct settings_account *account, struct random *random);

/* What the order became; reused from order to order. */
struct wire {
	struct text cipher; /* base64 */
	struct text query;
	struct text query_raw_plus; /* GET: the `+` of echostr unescaped */
	struct text body;
	struct text signature;
	struct text plain; /* scratch */
};

void wire_make(const struct wire_order *order, struct wire *wire);
void wire_free(struct wire *wire);

/* Who a callback is for, by protocol section 6; `corp` is the authorised corp. */
const char *wire_receiveid(const struct settings *settings, enum route route, bool is_get, const char *corp);
/* The envelope's ToUserName. */
const char *wire_to_user_name(const struct settings *settings, enum route route, const char *corp);
const struct settings_account *wire_account(const struct settings *settings, enum route route);

#endif
