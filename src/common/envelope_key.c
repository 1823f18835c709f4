/* EncodingAESKey: settings of every program need it, the envelope itself only the receiver. */
#include <string.h>

#include <openssl/crypto.h>

#include "base64.h"
#include "envelope.h"

#define KEY_TEXT_BYTES 43

enum status
envelope_key_decode(struct span encoding_aes_key, unsigned char ret_key[ENVELOPE_KEY_BYTES])
{
	char padded[KEY_TEXT_BYTES + 1];
	unsigned char decoded[sizeof(padded) / 4 * 3];
	size_t n = 0;
	bool is_good;

	if (encoding_aes_key.n != KEY_TEXT_BYTES)
		return ST_CONFIG;
	memcpy(padded, encoding_aes_key.at, KEY_TEXT_BYTES);
	padded[KEY_TEXT_BYTES] = '=';
	is_good = base64_decode((struct span){padded, sizeof(padded)}, decoded, &n) && n == ENVELOPE_KEY_BYTES;
	if (is_good)
		memcpy(ret_key, decoded, ENVELOPE_KEY_BYTES);
	OPENSSL_cleanse(padded, sizeof(padded));
	OPENSSL_cleanse(decoded, sizeof(decoded));
	return is_good ? ST_OK : ST_CONFIG;
}
