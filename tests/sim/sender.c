/* Delivers callbacks over HTTP.  Never looks into them and never repeats one: that is the caller's decision. */
#include "sender.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"

struct slot {
	struct sender *sender;
	CURL *easy;
	struct wire wire;
	struct text url;
	char body[SENDER_ANSWER_MAX_BYTES];
	size_t body_n;
	char error[CURL_ERROR_SIZE];
	int64_t started_us;
	bool is_busy;
	void *tag;
};

struct sender {
	CURLM *multi;
	struct curl_slist *headers;
	const char *base_url;
	struct slot *slots;
	size_t slots_n;
	struct slot **idle;
	size_t idle_n;
	sender_done *done;
	void *self;
};

static size_t
receive(char *bytes, size_t size, size_t n, void *self)
{
	struct slot *slot = self;
	size_t room = sizeof(slot->body) - slot->body_n;
	size_t part = size * n < room ? size * n : room;

	memcpy(slot->body + slot->body_n, bytes, part);
	slot->body_n += part;
	return size * n;
}

static bool
slot_init(struct sender *sender, struct slot *slot)
{
	CURL *easy = curl_easy_init();

	*slot = (struct slot){.sender = sender, .easy = easy};
	if (easy == NULL)
		return false;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)SENDER_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "Mozilla/4.0");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sender->headers);
	return true;
}

struct sender *
sender_new(const char *base_url, size_t connections, sender_done *done, void *self, struct fault *fault)
{
	struct sender *sender;

	if (strncmp(base_url, "http://", 7) != 0 && strncmp(base_url, "https://", 8) != 0) {
		fault_set(fault, "the URL %.100s is not http://… or https://…", base_url);
		return NULL;
	}
	sender = fault_resize(NULL, sizeof(*sender));
	*sender = (struct sender){.base_url = base_url, .done = done, .self = self};
	sender->slots = fault_resize(NULL, connections * sizeof(*sender->slots));
	sender->idle = fault_resize(NULL, connections * sizeof(struct slot *));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	sender->multi = curl_multi_init();
	sender->headers = curl_slist_append(NULL, "Content-Type: text/xml");
	if (sender->headers != NULL)
		curl_slist_append(sender->headers, "Expect:");
	while (sender->slots_n < connections && sender->multi != NULL && sender->headers != NULL) {
		if (!slot_init(sender, &sender->slots[sender->slots_n]))
			break;
		sender->idle[sender->idle_n++] = &sender->slots[sender->slots_n++];
	}
	if (sender->slots_n < connections) {
		sender_free(sender);
		fault_set(fault, "libcurl cannot be started");
		return NULL;
	}
	curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	return sender;
}

void
sender_free(struct sender *sender)
{
	if (sender == NULL)
		return;
	for (size_t i = 0; i < sender->slots_n; i++) {
		struct slot *slot = &sender->slots[i];

		curl_multi_remove_handle(sender->multi, slot->easy);
		curl_easy_cleanup(slot->easy);
		wire_free(&slot->wire);
		text_free(&slot->url);
	}
	curl_multi_cleanup(sender->multi);
	curl_slist_free_all(sender->headers);
	curl_global_cleanup();
	free(sender->slots);
	free(sender->idle);
	free(sender);
}

size_t
sender_idle_n(const struct sender *sender)
{
	return sender->idle_n;
}

size_t
sender_busy_n(const struct sender *sender)
{
	return sender->slots_n - sender->idle_n;
}

struct wire *
sender_wire(struct sender *sender)
{
	assert(sender->idle_n > 0);
	return &sender->idle[sender->idle_n - 1]->wire;
}

void
sender_submit(struct sender *sender, enum route route, bool is_get, void *tag)
{
	struct slot *slot = sender->idle[--sender->idle_n];

	text_clear(&slot->url);
	text_printf(&slot->url, "%s%s?", sender->base_url, route_path(route));
	text_add(&slot->url, slot->wire.query.at, slot->wire.query.n);
	slot->body_n = 0;
	slot->error[0] = '\0';
	slot->tag = tag;
	curl_easy_setopt(slot->easy, CURLOPT_URL, slot->url.at);
	if (is_get) {
		curl_easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(slot->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, slot->wire.body.at);
		curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)slot->wire.body.n);
	}
	slot->is_busy = true;
	slot->started_us = instant_us();
	curl_multi_add_handle(sender->multi, slot->easy);
}

static void
finish(struct sender *sender, CURL *easy, CURLcode code)
{
	struct sender_answer answer = {0};
	struct slot *slot = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(sender->multi, easy);
	sender->idle[sender->idle_n++] = slot;
	slot->is_busy = false;
	answer.us = instant_us() - slot->started_us;
	if (code == CURLE_OK) {
		answer.status = (int)status;
		answer.body = slot->body;
		answer.body_n = slot->body_n;
	} else {
		answer.body = "";
		answer.error = slot->error[0] != '\0' ? slot->error : curl_easy_strerror(code);
	}
	sender->done(sender->self, slot->tag, &answer);
}

void
sender_abort(struct sender *sender)
{
	for (size_t i = 0; i < sender->slots_n; i++) {
		if (sender->slots[i].is_busy)
			finish(sender, sender->slots[i].easy, CURLE_ABORTED_BY_CALLBACK);
	}
}

/* True: at least one request ended. */
static bool
work(struct sender *sender)
{
	CURLMsg *message;
	bool is_any = false;
	int running, left;

	curl_multi_perform(sender->multi, &running);
	while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		finish(sender, message->easy_handle, message->data.result);
		is_any = true;
	}
	return is_any;
}

/* What ended in the first step would wake nobody: there is no wait then. */
void
sender_wait(struct sender *sender, int ms, int wake_fd)
{
	struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};

	if (work(sender))
		ms = 0;
	curl_multi_poll(sender->multi, wake_fd < 0 ? NULL : &wake, wake_fd < 0 ? 0 : 1, ms, NULL);
	work(sender);
}
