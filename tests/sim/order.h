/*
 * Orders from JSON: what the co-processes `craft` and `send` read.  Every member is optional but the message:
 *   route, method, corp, message | xml | message_base64, receiveid, token, aes_key, timestamp, nonce, random_base64,
 *   pad, pad_count, msg_len, truncate, signature, cipher, format (xml|json),
 *   envelope (cdata|plain|reordered|spaced|lower), to_user_name, agent_id
 */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include <json-c/json.h>
#include <stdbool.h>

#include "fault.h"
#include "random.h"
#include "settings.h"
#include "wire.h"

#define ORDER_PAD_MAX 65536
#define ORDER_LINE_MAX_BYTES (256 << 20) /* of one line of input */

struct order {
	enum route route;
	struct wire_order wire; /* points into the JSON and into what follows */
	struct text message;    /* decoded message_base64 */
	uint8_t key[CIPHER_KEY_BYTES];
};

/*
 *   json   borrowed; must stay while the order is used
 * A fresh random, nonce and time are drawn for what the JSON leaves open.  False: the fault says what does not fit.
 */
bool order_read(struct json_object *json, const struct settings *settings, struct random *random,
    struct order *ret_order, struct fault *fault);
void order_done(struct order *order);

/* The JSON object of one input line, or NULL with a fault; json_object_put it. */
struct json_object *order_parse(const char *line, size_t n, struct fault *fault);

/* Answer one line of a co-process: `answer` is put. */
void order_answer(struct json_object *answer);
/* The same for a line that could not be understood. */
void order_answer_fault(const struct fault *fault);

typedef void order_handler(void *self, const char *line, size_t n);
/* Hand each line of stdin to `handle` until the end.  EX_OK, or EX_IOERR when stdin cannot be read. */
int order_each_line(order_handler *handle, void *self);

#endif
