/*
 * The encrypted envelope: signature first, then decryption with every length bounded.  Never tells the peer or the log
 * more than which step refused, and never trusts a byte before the signature has been checked.
 */
#include "envelope.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base64.h"
#include "json.h"
#include "xml.h"

#define BLOCK_BYTES 16
#define PAD_MAX_BYTES 32	/* PKCS#7 with blocks of 32 (protocol 5.3) */
#define HEAD_BYTES 20		/* 16 random, 4 length (protocol 5.4) */
#define SHA1_BYTES 20
#define NODES_MAX 256		/* nothing is signed yet: memory and time for a handful of elements, WeCom sends three */

struct envelope_context {
	EVP_MD *sha1;
	EVP_CIPHER *aes;
	EVP_MD_CTX *digest;
	EVP_CIPHER_CTX *cipher;
};

struct envelope_context *
envelope_context_new(void)
{
	struct envelope_context *context = calloc(1, sizeof(*context));

	if (context == NULL)
		return NULL;
	context->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	context->aes = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	context->digest = EVP_MD_CTX_new();
	context->cipher = EVP_CIPHER_CTX_new();
	if (context->sha1 == NULL || context->aes == NULL || context->digest == NULL || context->cipher == NULL) {
		envelope_context_free(context);
		return NULL;
	}
	return context;
}

void
envelope_context_free(struct envelope_context *context)
{
	if (context == NULL)
		return;
	EVP_CIPHER_CTX_free(context->cipher);
	EVP_MD_CTX_free(context->digest);
	EVP_CIPHER_free(context->aes);
	EVP_MD_free(context->sha1);
	free(context);
}

/* The one child called Encrypt (or, in JSON, encrypt). */
static const struct tree_node *
find_encrypt(const struct tree_node *root, bool is_json)
{
	const struct tree_node *found = NULL;

	for (const struct tree_node *node = root->first; node != NULL; node = node->next) {
		if (!span_equal(node->name, SPAN("Encrypt")) && !(is_json && span_equal(node->name, SPAN("encrypt"))))
			continue;
		if (found != NULL)
			return NULL;
		found = node;
	}
	return found;
}

enum status
envelope_cipher(struct span body, struct arena *mem, struct span *ret_cipher, bool *ret_is_json, struct detail *why)
{
	bool is_json = json_is_object(body);
	const struct tree_node *encrypt;
	struct tree_node *root;
	struct span cipher;
	enum status st = is_json ? json_read(body, NODES_MAX, mem, &root, why) :
				   xml_read(body, NODES_MAX, mem, &root, why);

	if (st != ST_OK)
		return st;
	encrypt = find_encrypt(root, is_json);
	cipher = encrypt != NULL && encrypt->kind == TREE_VALUE ? span_trim(encrypt->value) : SPAN("");
	if (cipher.n == 0) {
		detail_set(why, "envelope: not exactly one Encrypt with a text");
		return ST_BAD_INPUT;
	}
	*ret_cipher = cipher;
	*ret_is_json = is_json;
	return ST_OK;
}

static void
sort_parts(struct span *parts, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && span_compare(parts[j - 1], parts[j]) > 0; j--) {
			struct span part = parts[j];

			parts[j] = parts[j - 1];
			parts[j - 1] = part;
		}
}

/* Protocol 5.1: SHA-1 over the four values in byte order, as lower-case hexadecimal. */
static enum status
signature_check(struct envelope_context *context, const struct envelope_account *account, const struct query *query,
    struct span cipher)
{
	struct span parts[] = {account->token, query->timestamp, query->nonce, cipher};
	const size_t parts_n = sizeof(parts) / sizeof(parts[0]);
	unsigned char digest[SHA1_BYTES];
	char hex[2 * SHA1_BYTES];
	bool is_good;

	sort_parts(parts, parts_n);
	is_good = EVP_DigestInit_ex2(context->digest, context->sha1, NULL) == 1;
	for (size_t i = 0; is_good && i < parts_n; i++)
		is_good = EVP_DigestUpdate(context->digest, parts[i].at, parts[i].n) == 1;
	if (!is_good || EVP_DigestFinal_ex(context->digest, digest, NULL) != 1)
		return ST_BUG;
	for (size_t i = 0; i < SHA1_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	return span_equal_constant_time((struct span){hex, sizeof(hex)}, query->msg_signature) ? ST_OK : ST_DENIED;
}

/* AES-256-CBC in place, whole blocks, library padding off: its blocks are 16, WeCom's 32. */
static enum status
decrypt(struct envelope_context *context, const unsigned char *key, unsigned char *bytes, size_t n)
{
	int done = 0, rest = 0;
	bool is_good = EVP_DecryptInit_ex2(context->cipher, context->aes, key, key, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(context->cipher, 0) == 1 &&
	    EVP_DecryptUpdate(context->cipher, bytes, &done, bytes, (int)n) == 1 &&
	    EVP_DecryptFinal_ex(context->cipher, bytes + done, &rest) == 1;

	return is_good && (size_t)done + (size_t)rest == n ? ST_OK : ST_BUG;
}

/* Protocol 5.4: 16 random bytes, length, message, receiveid, padding. */
static enum status
plain_split(const unsigned char *bytes, size_t n, struct envelope_plain *ret_plain, struct detail *why)
{
	const char *text = (const char *)bytes;
	size_t pad = bytes[n - 1], message_n;

	if (pad < 1 || pad > PAD_MAX_BYTES || n - pad < HEAD_BYTES) {
		detail_set(why, "envelope: wrong padding");
		return ST_BAD_INPUT;
	}
	message_n = (size_t)bytes[16] << 24 | (size_t)bytes[17] << 16 | (size_t)bytes[18] << 8 | bytes[19];
	if (message_n > n - pad - HEAD_BYTES) {
		detail_set(why, "envelope: the message ends beyond the end");
		return ST_BAD_INPUT;
	}
	ret_plain->message = (struct span){text + HEAD_BYTES, message_n};
	ret_plain->receiveid = (struct span){text + HEAD_BYTES + message_n, n - pad - HEAD_BYTES - message_n};
	return ST_OK;
}

enum status
envelope_open(struct envelope_context *context, const struct envelope_account *account, const struct query *query,
    struct span cipher, struct arena *mem, struct envelope_plain *ret_plain, struct detail *why)
{
	unsigned char *bytes = arena_alloc(mem, cipher.n / 4 * 3);
	size_t n = 0;
	enum status st;

	if (bytes == NULL)
		return ST_NOMEM;
	if (!base64_decode(cipher, bytes, &n)) {
		detail_set(why, "envelope: not base64");
		return ST_BAD_INPUT;
	}
	st = signature_check(context, account, query, cipher);
	if (st != ST_OK) {
		detail_set(why, "envelope: %s", st == ST_DENIED ? "the signature does not fit" : "SHA-1 failed");
		return st;
	}
	if (n < PAD_MAX_BYTES || n % BLOCK_BYTES != 0) {
		detail_set(why, "envelope: not whole blocks");
		return ST_BAD_INPUT;
	}
	st = decrypt(context, account->key, bytes, n);
	if (st != ST_OK) {
		detail_set(why, "envelope: AES-256-CBC failed");
		return st;
	}
	return plain_split(bytes, n, ret_plain, why);
}
