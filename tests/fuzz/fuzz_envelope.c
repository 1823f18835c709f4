/*
 * The envelope, by the first byte of the input:
 *   B  the rest is a POST body: find its ciphertext, open it under a fixed key and the signature it should have had
 *   P  the rest is the decrypted layout: encrypt it, then open and parse
 *   M  the rest is the message: lay it out, encrypt it, then open and parse; what comes out must be what went in
 * Random bytes never pass a signature; the fuzzer signs for them, so that what lies behind it is reached.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "event.h"

#include "../unit/envelope_make.h"

#define SUITE "ww4asffe99e54c0f4c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct event_identity us = {
    .suite_id = {SUITE, sizeof(SUITE) - 1}, .provider_corp_id = {"wx5823bf96d3bd56c7", 18}};
static const unsigned char key[ENVELOPE_KEY_BYTES] = "0123456789abcdef0123456789abcde";

/* Open under the right signature, and parse what comes out.  ret_plain's spans live in `mem`. */
static enum status
open_and_parse(const char *cipher, struct arena *mem, struct envelope_plain *ret_plain)
{
	static struct envelope_context *context;
	struct envelope_account account = {.token = SPAN("token")};
	struct query query = {.timestamp = SPAN("1"), .nonce = SPAN("2")};
	struct detail why;
	struct event event;
	char signature[41];
	enum status st;

	if (context == NULL)
		context = envelope_context_new();
	memcpy(account.key, key, sizeof(key));
	make_signature("token", "1", "2", cipher, signature);
	query.msg_signature = span_of(signature);
	st = envelope_open(context, &account, &query, span_of(cipher), mem, ret_plain, &why);
	if (st == ST_DENIED || st == ST_BUG)
		abort();
	if (st == ST_OK &&
	    event_parse(ret_plain->message, SPAN(SUITE), EVENT_COMMAND, &us, mem, &event, &why) == ST_BUG)
		abort();
	return st;
}

static void
run_body(struct span body, struct arena *mem)
{
	struct envelope_plain plain;
	struct detail why;
	struct span cipher;
	bool is_json;
	char *text;

	if (envelope_cipher(body, mem, &cipher, &is_json, &why) != ST_OK)
		return;
	/* the helper's strings end at a NUL; a ciphertext has none, or the parsers have let one through */
	if (memchr(cipher.at, '\0', cipher.n) != NULL)
		abort();
	text = strndup(cipher.at, cipher.n);
	(void)!open_and_parse(text, mem, &plain);
	free(text);
}

static void
run_plain(const void *layout, size_t n, struct arena *mem)
{
	struct envelope_plain plain;
	char *cipher = make_cipher(key, layout, n / 16 * 16);

	(void)!open_and_parse(cipher, mem, &plain);
	free(cipher);
}

static void
run_message(const void *message, size_t n, struct arena *mem)
{
	struct envelope_plain plain;
	size_t layout_n;
	unsigned char *layout = make_plain(message, n, SUITE, &layout_n);
	char *cipher = make_cipher(key, layout, layout_n);
	enum status st = open_and_parse(cipher, mem, &plain);

	if (st != ST_OK && st != ST_NOMEM)
		abort();
	if (st == ST_OK && (plain.message.n != n || (n > 0 && memcmp(plain.message.at, message, n) != 0) ||
			       !span_equal(plain.receiveid, SPAN(SUITE))))
		abort();
	free(cipher);
	free(layout);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena mem;

	if (n == 0)
		return 0;
	arena_init(&mem, (size_t)8 << 20);
	if (data[0] == 'P')
		run_plain(data + 1, n - 1, &mem);
	else if (data[0] == 'M')
		run_message(data + 1, n - 1, &mem);
	else
		run_body((struct span){(const char *)data + 1, n - 1}, &mem);
	arena_done(&mem);
	return 0;
}
