/*
 * `wecom-sim selftest`: proves the simulator's own cryptography on the official example (document 91144 and the
 * official sample libraries), so that a receiver tested against it is tested against WeCom's rules.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cipher.h"
#include "command.h"
#include "option.h"
#include "selftest.h"
#include "wire.h"

static const char usage[] =
    "usage: wecom-sim selftest\n"
    "Check signature, decryption and encryption on the official examples, then every padding length.\n"
    "exit: 0 all fit, 64 usage, 70 something does not\n";

static const char token[] = "QDG6eK";
static const char encoding_aes_key[] = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
static const char corp[] = "wx5823bf96d3bd56c7";

static const struct {
	const char *name;
	const char *timestamp;
	const char *nonce;
	const char *signature;
	const char *cipher;
	const char *message; /* NULL: it is XML for `corp` */
} examples[] = {
    {"official example, URL verification", "1409659589", "263014780", "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
	"P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
	"1616140317555161061"},
    {"official example, message", "1409659813", "1372623149", "477715d11cdb4164915debcba66cb864d751f3e6",
	"RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
	"JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
	"c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
	"EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
	"lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
	NULL},
};

/* What a ciphertext holds; points into `plain`. */
struct opened {
	const char *message;
	size_t message_n;
	const char *receiveid;
	size_t receiveid_n;
};

static bool
open_cipher(const uint8_t *key, const struct text *cipher, struct text *plain, struct opened *ret)
{
	const unsigned char *bytes;
	size_t pad, length;

	text_clear(plain);
	if (!cipher_base64_decode(plain, cipher->at, cipher->n) || plain->n < 32 || plain->n % CIPHER_BLOCK_BYTES != 0)
		return false;
	cipher_decrypt(key, plain->at, plain->n);
	bytes = (const unsigned char *)plain->at;
	pad = bytes[plain->n - 1];
	length = (size_t)bytes[16] << 24 | (size_t)bytes[17] << 16 | (size_t)bytes[18] << 8 | bytes[19];
	if (pad < 1 || pad > 32 || 20 + length + pad > plain->n)
		return false;
	ret->message = plain->at + 20;
	ret->message_n = length;
	ret->receiveid = ret->message + length;
	ret->receiveid_n = plain->n - pad - 20 - length;
	return true;
}

static bool
is_text(const char *at, size_t n, const char *text)
{
	return n == strlen(text) && memcmp(at, text, n) == 0;
}

/* Encrypting the opened example again, with its own random, must give its very ciphertext. */
static bool
is_reproduced(const uint8_t *key, const struct text *cipher, const struct text *plain, const struct opened *opened)
{
	struct wire_order order = {.message = opened->message,
	    .message_n = opened->message_n,
	    .receiveid = corp,
	    .token = token,
	    .key = key,
	    .random_n = 16,
	    .pad = WIRE_RIGHT,
	    .pad_count = WIRE_RIGHT,
	    .msg_len = WIRE_RIGHT,
	    .to_user_name = "",
	    .agent_id = ""};
	struct wire wire = {0};
	bool same;

	memcpy(order.random, plain->at, 16);
	wire_make(&order, &wire);
	same = wire.cipher.n == cipher->n && memcmp(wire.cipher.at, cipher->at, cipher->n) == 0;
	wire_free(&wire);
	return same;
}

static bool
check_example(size_t i, const uint8_t *key)
{
	struct text cipher = {0}, plain = {0};
	struct opened opened;
	char signature[41];
	bool ok;

	text_adds(&cipher, examples[i].cipher);
	cipher_signature(token, examples[i].timestamp, examples[i].nonce, &cipher, signature);
	ok = strcmp(signature, examples[i].signature) == 0 && open_cipher(key, &cipher, &plain, &opened) &&
	     is_text(opened.receiveid, opened.receiveid_n, corp) && is_reproduced(key, &cipher, &plain, &opened);
	if (ok && examples[i].message != NULL)
		ok = is_text(opened.message, opened.message_n, examples[i].message);
	else if (ok)
		ok = memmem(opened.message, opened.message_n, corp, strlen(corp)) != NULL;
	text_free(&cipher);
	text_free(&plain);
	return ok;
}

/* Messages of 0 to 64 bytes meet every padding length twice. */
static bool
check_paddings(const uint8_t *key)
{
	char message[65];
	struct settings_account account = {.token = "any token"};
	struct random random;
	struct text plain = {0};
	struct wire wire = {0};
	bool ok = true;

	memcpy(account.key, key, sizeof(account.key));
	random_seed(&random, 1);
	for (size_t n = 0; n < sizeof(message) && ok; n++) {
		struct wire_order order;
		struct opened opened;

		wire_order_init(&order, &account, &random);
		random_name(&random, message, n);
		order.message = message;
		order.message_n = n;
		order.receiveid = corp;
		wire_make(&order, &wire);
		ok = open_cipher(key, &wire.cipher, &plain, &opened) && plain.n % 32 == 0 &&
		     is_text(opened.message, opened.message_n, message) &&
		     is_text(opened.receiveid, opened.receiveid_n, corp);
	}
	text_free(&plain);
	wire_free(&wire);
	return ok;
}

bool
selftest_report(const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	return ok;
}

int
command_selftest(int argc, char **argv)
{
	const struct option_entry table[] = {{0}};
	enum option_result result = option_read(argc, argv, table, usage);
	uint8_t key[CIPHER_KEY_BYTES];
	bool ok;

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	ok = selftest_report("key with surplus bits", cipher_key_decode(encoding_aes_key, key));
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		ok = selftest_report(examples[i].name, check_example(i, key)) && ok;
	ok = selftest_report("every padding length", check_paddings(key)) && ok;
	ok = selftest_truth() && ok;
	return ok ? EX_OK : EX_SOFTWARE;
}
