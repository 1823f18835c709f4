/* Signature, block cipher and base64, by nettle alone.  Never sees a network or a file. */
#include "cipher.h"

#include <nettle/aes.h>
#include <nettle/base64.h>
#include <nettle/cbc.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

struct part {
	const char *at;
	size_t n;
};

static void
hex(const uint8_t *bytes, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++) {
		to[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		to[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	to[2 * n] = '\0';
}

/* nettle refuses non-zero bits behind the last byte, so the last character is rounded down to its upper four bits. */
bool
cipher_key_decode(const char *encoding_aes_key, uint8_t ret_key[CIPHER_KEY_BYTES])
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct text decoded = {0};
	char characters[44];
	const char *last;
	bool ok = false;

	if (strlen(encoding_aes_key) != 43)
		return false;
	memcpy(characters, encoding_aes_key, 43);
	last = strchr(set, characters[42]);
	if (last == NULL)
		return false;
	characters[42] = set[(last - set) & ~3];
	characters[43] = '=';
	if (cipher_base64_decode(&decoded, characters, sizeof(characters)) && decoded.n == CIPHER_KEY_BYTES) {
		memcpy(ret_key, decoded.at, CIPHER_KEY_BYTES);
		ok = true;
	}
	text_free(&decoded);
	return ok;
}

static bool
is_before(struct part a, struct part b)
{
	int order = memcmp(a.at, b.at, a.n < b.n ? a.n : b.n);

	return order < 0 || (order == 0 && a.n < b.n);
}

void
cipher_signature(
    const char *token, const char *timestamp, const char *nonce, const struct text *encrypted, char ret_hex[41])
{
	struct part parts[4] = {{token, strlen(token)}, {timestamp, strlen(timestamp)}, {nonce, strlen(nonce)},
	    {encrypted->at, encrypted->n}};
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;

	for (int i = 1; i < 4; i++) {
		for (int j = i; j > 0 && is_before(parts[j], parts[j - 1]); j--) {
			struct part swap = parts[j];

			parts[j] = parts[j - 1];
			parts[j - 1] = swap;
		}
	}
	sha1_init(&sha1);
	for (int i = 0; i < 4; i++)
		sha1_update(&sha1, parts[i].n, (const uint8_t *)parts[i].at);
	sha1_digest(&sha1, sizeof(digest), digest);
	hex(digest, sizeof(digest), ret_hex);
}

void
cipher_encrypt(const uint8_t key[CIPHER_KEY_BYTES], char *bytes, size_t n)
{
	struct CBC_CTX(struct aes256_ctx, CIPHER_BLOCK_BYTES) cbc;

	aes256_set_encrypt_key(&cbc.ctx, key);
	CBC_SET_IV(&cbc, key);
	CBC_ENCRYPT(&cbc, aes256_encrypt, n, (uint8_t *)bytes, (const uint8_t *)bytes);
}

void
cipher_decrypt(const uint8_t key[CIPHER_KEY_BYTES], char *bytes, size_t n)
{
	struct CBC_CTX(struct aes256_ctx, CIPHER_BLOCK_BYTES) cbc;

	aes256_set_decrypt_key(&cbc.ctx, key);
	CBC_SET_IV(&cbc, key);
	CBC_DECRYPT(&cbc, aes256_decrypt, n, (uint8_t *)bytes, (const uint8_t *)bytes);
}

void
cipher_base64(struct text *to, const char *bytes, size_t n)
{
	size_t encoded = BASE64_ENCODE_RAW_LENGTH(n);

	base64_encode_raw(text_reserve(to, encoded), n, (const uint8_t *)bytes);
	to->n += encoded;
}

bool
cipher_base64_decode(struct text *to, const char *characters, size_t n)
{
	struct base64_decode_ctx context;
	size_t decoded = BASE64_DECODE_LENGTH(n);
	char *at = text_reserve(to, decoded);
	bool ok;

	base64_decode_init(&context);
	ok = base64_decode_update(&context, &decoded, (uint8_t *)at, n, characters) == 1 &&
	     base64_decode_final(&context) == 1;
	if (ok)
		to->n += decoded;
	return ok;
}

void
cipher_sha256_hex(const char *bytes, size_t n, char ret_hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, n, (const uint8_t *)bytes);
	sha256_digest(&sha256, sizeof(digest), digest);
	hex(digest, sizeof(digest), ret_hex);
}
