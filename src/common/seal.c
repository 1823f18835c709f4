/*
 * Secrets at rest.  The only user of AES-256-GCM; layout and associated data are in seal.h.
 * Never logs, never leaves a clear value behind when it fails.
 */
#include "seal.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "scope.h"

#define VERSION 0x01
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define PLAIN_MAX_BYTES ((size_t)16 * 1024 * 1024)

SCOPE_CLEANUP(cipher, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum status
seal_key_decode(struct span hex, struct seal_key *ret_key)
{
	struct seal_key key;
	enum status st = hex.n == (size_t)2 * SEAL_KEY_BYTES ? ST_OK : ST_CONFIG;

	for (size_t i = 0; st == ST_OK && i < SEAL_KEY_BYTES; i++) {
		int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);

		if (high < 0 || low < 0)
			st = ST_CONFIG;
		else
			key.bytes[i] = (unsigned char)(high << 4 | low);
	}
	if (st == ST_OK)
		*ret_key = key;
	OPENSSL_cleanse(&key, sizeof(key));
	return st;
}

static char *
put_part(char *to, struct span part)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*to++ = (char)(part.n >> shift);
	if (part.n > 0)
		memcpy(to, part.at, part.n);
	return to + part.n;
}

struct span
seal_row_identity(struct arena *mem, struct span corp, struct span kind, struct span name)
{
	const struct span parts[] = {SPAN("wecom.secret"), corp, kind, name};
	const size_t parts_n = sizeof(parts) / sizeof(parts[0]);
	size_t n = 0;
	char *at, *to;

	for (size_t i = 0; i < parts_n; i++) {
		if (parts[i].n > PLAIN_MAX_BYTES)
			return (struct span){NULL, 0};
		n += 4 + parts[i].n;
	}
	at = arena_alloc(mem, n);
	if (at == NULL)
		return (struct span){NULL, 0};
	to = at;
	for (size_t i = 0; i < parts_n; i++)
		to = put_part(to, parts[i]);
	return (struct span){at, n};
}

/* Key, nonce and associated data into the context; `encrypt` as EVP_CipherInit_ex takes it. */
static bool
cipher_start(EVP_CIPHER_CTX *cipher, const struct seal_key *key, const unsigned char *nonce, struct span associated,
    int encrypt)
{
	int n;

	if (EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, nonce, encrypt) != 1)
		return false;
	return associated.n == 0 || EVP_CipherUpdate(cipher, NULL, &n, (const unsigned char *)associated.at,
	    (int)associated.n) == 1;
}

static bool
cipher_bytes(EVP_CIPHER_CTX *cipher, const unsigned char *from, size_t n, unsigned char *to)
{
	int written = 0;

	return n == 0 || (EVP_CipherUpdate(cipher, to, &written, from, (int)n) == 1 && (size_t)written == n);
}

enum status
seal_close(const struct seal_key *key, struct span associated, struct span plain, struct arena *mem,
    struct span *ret_sealed)
{
	scoped(cipher) EVP_CIPHER_CTX *cipher = NULL;
	unsigned char *sealed, *nonce, *body, *tag;
	int n = 0;

	if (plain.n > PLAIN_MAX_BYTES || associated.n > PLAIN_MAX_BYTES)
		return ST_BUG;
	cipher = EVP_CIPHER_CTX_new();
	sealed = arena_alloc(mem, plain.n + SEAL_OVERHEAD_BYTES);
	if (cipher == NULL || sealed == NULL)
		return ST_NOMEM;
	nonce = sealed + 1;
	body = nonce + NONCE_BYTES;
	tag = body + plain.n;
	sealed[0] = VERSION;
	if (RAND_bytes(nonce, NONCE_BYTES) != 1)
		return ST_SYSTEM;
	if (!cipher_start(cipher, key, nonce, associated, 1) ||
	    !cipher_bytes(cipher, (const unsigned char *)plain.at, plain.n, body) ||
	    EVP_CipherFinal_ex(cipher, tag, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag) != 1)
		return ST_BUG;
	*ret_sealed = (struct span){(char *)sealed, plain.n + SEAL_OVERHEAD_BYTES};
	return ST_OK;
}

enum status
seal_open(const struct seal_key *key, struct span associated, struct span sealed, struct arena *mem,
    struct span *ret_plain)
{
	scoped(cipher) EVP_CIPHER_CTX *cipher = NULL;
	const unsigned char *nonce, *body;
	unsigned char tag[TAG_BYTES], *plain;
	size_t plain_n;
	int n = 0;

	if (sealed.n < SEAL_OVERHEAD_BYTES || sealed.n > PLAIN_MAX_BYTES + SEAL_OVERHEAD_BYTES ||
	    associated.n > PLAIN_MAX_BYTES || sealed.at[0] != VERSION)
		return ST_BAD_INPUT;
	plain_n = sealed.n - SEAL_OVERHEAD_BYTES;
	nonce = (const unsigned char *)sealed.at + 1;
	body = nonce + NONCE_BYTES;
	memcpy(tag, body + plain_n, TAG_BYTES);
	cipher = EVP_CIPHER_CTX_new();
	plain = arena_alloc(mem, plain_n + 1);
	if (cipher == NULL || plain == NULL)
		return ST_NOMEM;
	if (!cipher_start(cipher, key, nonce, associated, 0) || !cipher_bytes(cipher, body, plain_n, plain) ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) != 1 ||
	    EVP_CipherFinal_ex(cipher, plain + plain_n, &n) != 1) {
		OPENSSL_cleanse(plain, plain_n);
		return ST_BAD_INPUT;
	}
	*ret_plain = (struct span){(char *)plain, plain_n};
	return ST_OK;
}
