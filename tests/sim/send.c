/* `wecom-sim send`: delivers scripted callbacks.  A co-process: a JSON line in, a JSON line out. */
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "option.h"
#include "order.h"
#include "sender.h"

#define REPEAT_MAX 100000

static const char usage[] =
    "usage: wecom-sim send [-c CONF] --url URL\n"
    "Deliver callbacks to URL/api/v1/wecom/…, one after another, with WeCom's time-out of 5 s and no retry.\n"
    "\n"
    "stdin, one JSON object a line: as `craft`, and\n"
    "  repeat (deliver so many times; what is left open - random, nonce, time - is fresh each time)\n"
    "stdout, one JSON object a line, flushed: status (0: no answer), body, ms, error (null, or why there is no "
    "answer);\n"
    "  with repeat these are of the last delivery, and `answers` lists all;\n"
    "  status null and error (a sentence) when the line could not be understood\n"
    "exit: 0 at the end of input, 64 usage, 74 input cannot be read, 78 settings\n";

struct send {
	struct settings settings;
	struct random random;
	struct sender *sender;
	struct json_object *answer; /* of the delivery in flight */
};

static void
done(void *self, void *tag, const struct sender_answer *answer)
{
	struct send *send = self;
	struct json_object *json = json_object_new_object();
	char ms[32];

	(void)tag;
	snprintf(ms, sizeof(ms), "%.1f", (double)answer->us / 1000);
	json_object_object_add(json, "status", json_object_new_int(answer->status));
	json_object_object_add(json, "body", json_object_new_string_len(answer->body, (int)answer->body_n));
	json_object_object_add(json, "ms", json_object_new_double_s((double)answer->us / 1000, ms));
	json_object_object_add(json, "error", answer->error == NULL ? NULL : json_object_new_string(answer->error));
	send->answer = json;
}

static bool
deliver(struct send *send, struct json_object *json, struct fault *fault)
{
	struct order order;

	if (!order_read(json, &send->settings, &send->random, &order, fault))
		return false;
	wire_make(&order.wire, sender_wire(send->sender));
	sender_submit(send->sender, order.route, order.wire.is_get, NULL);
	order_done(&order);
	send->answer = NULL;
	while (send->answer == NULL)
		sender_wait(send->sender, 1000, -1);
	return true;
}

static bool
deliver_all(struct send *send, struct json_object *json, struct fault *fault)
{
	struct json_object *repeat = NULL, *answers;
	int64_t n = 1;

	if (json_object_object_get_ex(json, "repeat", &repeat)) {
		n = json_object_get_int64(repeat);
		if (!json_object_is_type(repeat, json_type_int) || n < 1 || n > REPEAT_MAX)
			return fault_set(fault, "repeat is not a number from 1 to %d", REPEAT_MAX);
	}
	answers = json_object_new_array();
	for (int64_t i = 0; i < n; i++) {
		if (!deliver(send, json, fault)) {
			json_object_put(answers);
			return false;
		}
		if (i + 1 < n)
			json_object_array_add(answers, send->answer);
	}
	if (n > 1) {
		struct json_object *last = NULL;

		json_object_deep_copy(send->answer, &last, NULL);
		json_object_array_add(answers, last);
		json_object_object_add(send->answer, "answers", answers);
	} else {
		json_object_put(answers);
	}
	return true;
}

static void
handle(void *self, const char *line, size_t n)
{
	struct send *send = self;
	struct fault fault = {0};
	struct json_object *json = order_parse(line, n, &fault);

	if (json != NULL && deliver_all(send, json, &fault)) {
		order_answer(send->answer);
	} else {
		struct json_object *answer = json_object_new_object();

		json_object_object_add(answer, "status", NULL);
		json_object_object_add(answer, "error", json_object_new_string(fault.text));
		order_answer(answer);
	}
	json_object_put(json);
}

int
command_send(int argc, char **argv)
{
	static struct send send;
	const char *conf = NULL, *url = NULL;
	const struct option_entry table[] = {{"-c", OPTION_TEXT, &conf, 0}, {"--url", OPTION_TEXT, &url, 0}, {0}};
	enum option_result result = option_read(argc, argv, table, usage);
	struct fault fault = {0};
	int code;

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (url == NULL) {
		fault_set(&fault, "send needs --url URL");
		return fault_report(&fault, EX_USAGE);
	}
	if (!settings_load(conf, &send.settings, &fault))
		return fault_report(&fault, EX_CONFIG);
	signal(SIGPIPE, SIG_IGN);
	send.sender = sender_new(url, 1, done, &send, &fault);
	if (send.sender == NULL)
		return fault_report(&fault, EX_USAGE);
	random_seed(&send.random, (unsigned long long)time(NULL) * 1000003ULL + (unsigned long long)getpid());
	code = order_each_line(handle, &send);
	sender_free(send.sender);
	return code;
}
