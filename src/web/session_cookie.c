/* See session_cookie.h.  Signatures are compared in constant time, before anything else of a cookie is believed. */
#include "session_cookie.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#define COOKIE_MAX_BYTES 512
#define HEX_BYTES 64

static void
to_hex(const unsigned char bytes[32], char ret_hex[SESSION_ID_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		ret_hex[2 * i] = digits[bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_hex[HEX_BYTES] = '\0';
}

static bool
sign(const unsigned char key[32], struct span text, unsigned char ret_signature[32])
{
	unsigned int n = 32;

	return HMAC(EVP_sha256(), key, 32, (const unsigned char *)text.at, text.n, ret_signature, &n) != NULL && n == 32;
}

enum status
session_keys_derive(const struct seal_key *master, struct session_keys *ret_keys)
{
	if (!sign(master->bytes, SPAN("wecom-web session cookie"), ret_keys->cookie) ||
	    !sign(master->bytes, SPAN("wecom-web csrf token"), ret_keys->csrf))
		return ST_BUG;
	return ST_OK;
}

enum status
session_id_new(char ret_id[SESSION_ID_BYTES])
{
	unsigned char bytes[32];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return ST_SYSTEM;
	to_hex(bytes, ret_id);
	return ST_OK;
}

void
session_hash(struct span text, char ret_hash[SESSION_ID_BYTES])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text.at, text.n, digest);
	to_hex(digest, ret_hash);
}

static bool
signature_of(const unsigned char key[32], struct span corp, const char *id, char ret_hex[SESSION_ID_BYTES])
{
	char text[COOKIE_MAX_BYTES];
	unsigned char signature[32];

	if (corp.n + 1 + HEX_BYTES > sizeof(text))
		return false;
	memcpy(text, corp.at, corp.n);
	text[corp.n] = '.';
	memcpy(text + corp.n + 1, id, HEX_BYTES);
	if (!sign(key, (struct span){text, corp.n + 1 + HEX_BYTES}, signature))
		return false;
	to_hex(signature, ret_hex);
	return true;
}

struct span
session_cookie_make(const struct session_keys *keys, struct span corp, const char *id, struct arena *mem)
{
	char signature[SESSION_ID_BYTES];

	if (!signature_of(keys->cookie, corp, id, signature))
		return (struct span){NULL, 0};
	return arena_printf(mem, "%.*s.%s.%s", (int)corp.n, corp.at, id, signature);
}

static bool
is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
			return false;
	return s.n == HEX_BYTES;
}

bool
session_cookie_read(const struct session_keys *keys, struct span cookie, struct arena *mem, struct span *ret_corp,
    char ret_id[SESSION_ID_BYTES])
{
	const size_t tail_n = 2 + 2 * HEX_BYTES;
	char expected[SESSION_ID_BYTES];
	struct span corp, id, signature;

	if (cookie.n <= tail_n || cookie.n > COOKIE_MAX_BYTES)
		return false;
	corp = (struct span){cookie.at, cookie.n - tail_n};
	id = (struct span){cookie.at + corp.n + 1, HEX_BYTES};
	signature = (struct span){id.at + HEX_BYTES + 1, HEX_BYTES};
	if (id.at[-1] != '.' || signature.at[-1] != '.' || !is_hex(id) || !is_hex(signature) ||
	    !signature_of(keys->cookie, corp, id.at, expected) ||
	    !span_equal_constant_time(signature, (struct span){expected, HEX_BYTES}))
		return false;
	memcpy(ret_id, id.at, HEX_BYTES);
	ret_id[HEX_BYTES] = '\0';
	*ret_corp = arena_copy(mem, corp);
	return ret_corp->at != NULL;
}

void
session_csrf_token(const struct session_keys *keys, struct span corp, const char *id, char ret_token[SESSION_ID_BYTES])
{
	if (!signature_of(keys->csrf, corp, id, ret_token))
		ret_token[0] = '\0';
}
