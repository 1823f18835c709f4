/* `wecom-sim craft`: makes callbacks for others to send.  A co-process: a JSON line in, a JSON line out. */
#include <json-c/json.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "option.h"
#include "order.h"

static const char usage[] =
    "usage: wecom-sim craft [-c CONF]\n"
    "Make encrypted callbacks, right or deliberately wrong, without sending them.\n"
    "\n"
    "stdin, one JSON object a line (all but the message optional):\n"
    "  route command|data|system|login   method POST|GET   corp (data route)\n"
    "  message | xml (text) | message_base64          receiveid (default by route and method)\n"
    "  token, aes_key (43 characters)                 sign or encrypt with others than the settings' own\n"
    "  timestamp, nonce (text), random_base64         instead of fresh ones\n"
    "  pad (value of the padding bytes), pad_count (their number; what fills no block goes out unencrypted),\n"
    "  msg_len (the length field), truncate (bytes cut off the ciphertext)\n"
    "  signature (sent instead), cipher (signed and sent instead of a ciphertext)\n"
    "  format xml|json, envelope cdata|plain|reordered|spaced (json: lower), to_user_name, agent_id\n"
    "stdout, one JSON object a line, flushed:\n"
    "  method, path, query, query_raw_plus (echostr with its + left alone), body, cipher, timestamp, nonce, "
    "signature,\n"
    "  or error (a sentence) when the line could not be understood\n"
    "exit: 0 at the end of input, 64 usage, 74 input cannot be read, 78 settings\n";

struct craft {
	struct settings settings;
	struct random random;
	struct wire wire;
};

static void
add_text(struct json_object *to, const char *name, const struct text *text)
{
	json_object_object_add(to, name, json_object_new_string_len(text->at, (int)text->n));
}

static void
answer(const struct order *order, const struct wire *wire)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "method", json_object_new_string(order->wire.is_get ? "GET" : "POST"));
	json_object_object_add(json, "path", json_object_new_string(route_path(order->route)));
	add_text(json, "query", &wire->query);
	add_text(json, "query_raw_plus", &wire->query_raw_plus);
	add_text(json, "body", &wire->body);
	add_text(json, "cipher", &wire->cipher);
	json_object_object_add(json, "timestamp", json_object_new_string(order->wire.timestamp));
	json_object_object_add(json, "nonce", json_object_new_string(order->wire.nonce));
	add_text(json, "signature", &wire->signature);
	order_answer(json);
}

static void
handle(void *self, const char *line, size_t n)
{
	struct craft *craft = self;
	struct fault fault = {0};
	struct order order;
	struct json_object *json = order_parse(line, n, &fault);

	if (json == NULL || !order_read(json, &craft->settings, &craft->random, &order, &fault)) {
		order_answer_fault(&fault);
		json_object_put(json);
		return;
	}
	wire_make(&order.wire, &craft->wire);
	answer(&order, &craft->wire);
	order_done(&order);
	json_object_put(json);
}

int
command_craft(int argc, char **argv)
{
	static struct craft craft;
	const char *conf = NULL;
	const struct option_entry table[] = {{"-c", OPTION_TEXT, &conf, 0}, {0}};
	enum option_result result = option_read(argc, argv, table, usage);
	struct fault fault = {0};
	int code;

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (!settings_load(conf, &craft.settings, &fault))
		return fault_report(&fault, EX_CONFIG);
	random_seed(&craft.random, (unsigned long long)time(NULL) * 1000003ULL + (unsigned long long)getpid());
	code = order_each_line(handle, &craft);
	wire_free(&craft.wire);
	return code;
}
