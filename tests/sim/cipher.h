/*
 * The cryptography of callbacks (protocol section 5) on nettle: signature, AES-256-CBC, base64.
 * The other side of the product's own: nothing is shared with it.
 */
#ifndef SIM_CIPHER_H
#define SIM_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define CIPHER_KEY_BYTES 32
#define CIPHER_BLOCK_BYTES 16

/* EncodingAESKey, 43 characters, to 32 bytes; its two surplus bits are ignored.  False: not such a key. */
bool cipher_key_decode(const char *encoding_aes_key, uint8_t ret_key[CIPHER_KEY_BYTES]);

/* hex(SHA-1(the four values, sorted as bytes, joined)). */
void cipher_signature(
    const char *token, const char *timestamp, const char *nonce, const struct text *encrypted, char ret_hex[41]);

/* In place; n is a multiple of 16.  The IV is the start of the key. */
void cipher_encrypt(const uint8_t key[CIPHER_KEY_BYTES], char *bytes, size_t n);
void cipher_decrypt(const uint8_t key[CIPHER_KEY_BYTES], char *bytes, size_t n);

/* Appended to `to`. */
void cipher_base64(struct text *to, const char *bytes, size_t n);
bool cipher_base64_decode(struct text *to, const char *characters, size_t n);

void cipher_sha256_hex(const char *bytes, size_t n, char ret_hex[65]);

#endif
