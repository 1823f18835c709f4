/*
 * The sender's half of the encryption (protocol section 5), for tests, fuzzers and benchmarks.  Written from the
 * protocol, with OpenSSL's one-shot calls; shares nothing with src/callback/envelope.c.  What is returned is malloc'ed.
 */
#ifndef WECOM_ENVELOPE_MAKE_H
#define WECOM_ENVELOPE_MAKE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* Whole blocks of plaintext to base64; `n` must be a multiple of 16. */
static inline char *
make_cipher(const unsigned char key[32], const void *plain, size_t n)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	unsigned char *bytes = malloc(n + 16);
	char *text = malloc((n + 2) / 3 * 4 + 1);
	int done = 0;

	assert(context != NULL && bytes != NULL && text != NULL);
	assert(EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), NULL, key, key) == 1);
	assert(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
	assert(EVP_EncryptUpdate(context, bytes, &done, plain, (int)n) == 1 && (size_t)done == n);
	EVP_EncodeBlock((unsigned char *)text, bytes, done);
	EVP_CIPHER_CTX_free(context);
	free(bytes);
	return text;
}

/* random(16) | length | message | receiveid | padding to blocks of 32. */
static inline unsigned char *
make_plain(const void *message, size_t message_n, const char *receiveid, size_t *ret_n)
{
	size_t bare = 20 + message_n + strlen(receiveid), pad = 32 - bare % 32;
	unsigned char *plain = malloc(bare + pad);

	assert(plain != NULL);
	memcpy(plain, "0123456789abcdef", 16);
	for (int i = 0; i < 4; i++)
		plain[16 + i] = (unsigned char)(message_n >> (24 - 8 * i));
	if (message_n > 0)
		memcpy(plain + 20, message, message_n);
	memcpy(plain + 20 + message_n, receiveid, strlen(receiveid));
	memset(plain + bare, (int)pad, pad);
	*ret_n = bare + pad;
	return plain;
}

static inline int
make_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Signature over values that hold no NUL. */
static inline void
make_signature(const char *token, const char *timestamp, const char *nonce, const char *cipher, char ret_hex[41])
{
	const char *parts[] = {token, timestamp, nonce, cipher};
	size_t n = strlen(token) + strlen(timestamp) + strlen(nonce) + strlen(cipher);
	char *text = calloc(1, n + 1);
	unsigned char digest[20];

	assert(text != NULL);
	qsort(parts, 4, sizeof(parts[0]), make_compare);
	for (int i = 0; i < 4; i++)
		strcat(text, parts[i]);
	assert(EVP_Digest(text, n, digest, NULL, EVP_sha1(), NULL) == 1);
	for (int i = 0; i < 20; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
	free(text);
}

/* The POST body around a ciphertext. */
static inline char *
make_body(const char *cipher)
{
	static const char before[] = "<xml><ToUserName><![CDATA[suite]]></ToUserName><Encrypt><![CDATA[";
	static const char behind[] = "]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>";
	char *body = malloc(sizeof(before) + strlen(cipher) + sizeof(behind));

	assert(body != NULL);
	strcpy(stpcpy(stpcpy(body, before), cipher), behind);
	return body;
}

#endif
