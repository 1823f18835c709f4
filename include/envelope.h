/*
 * The encrypted envelope of a callback (protocol sections 4, 5): find the ciphertext, check the signature in constant
 * time, then decrypt.  OpenSSL is used in envelope.c, seal.c and event_body.c (digest) only.
 */
#ifndef WECOM_ENVELOPE_H
#define WECOM_ENVELOPE_H

#include "arena.h"
#include "query.h"
#include "span.h"
#include "status.h"

#define ENVELOPE_KEY_BYTES 32

/* Token and key of one callback configuration. */
struct envelope_account {
	struct span token;			/* any bytes */
	unsigned char key[ENVELOPE_KEY_BYTES];
};

/* Digest and cipher contexts, made once per thread. */
struct envelope_context;

/* NULL when memory or the algorithms (SHA-1, AES-256-CBC) are not to be had.  Not shared between threads. */
struct envelope_context *envelope_context_new(void);
void envelope_context_free(struct envelope_context *context);

/*
 * EncodingAESKey (43 characters of A-Z a-z 0-9, and + / tolerated) to 32 bytes; the two surplus bits may be non-zero
 * (protocol 5.2).  ST_CONFIG: anything else.
 */
enum status envelope_key_decode(struct span encoding_aes_key, unsigned char ret_key[ENVELOPE_KEY_BYTES]) must_check;

/*
 * The base64 text inside a POST body: the `Encrypt` child of the XML root, or the member `Encrypt` / `encrypt` of a JSON
 * object when the first non-blank byte is `{` (protocol 4.1).  Blanks around it are trimmed.  libxml2 takes no single
 * text above 10 MB, whatever the body's bound.
 *   body         borrowed; at most conf.body_max_bytes
 *   ret_cipher   in `mem`
 *   ret_is_json  the envelope was JSON (the plaintext may be, too)
 * ST_BAD_INPUT: empty, not well-formed, DOCTYPE, too deep, more than 256 elements or values, no or several Encrypt,
 * Encrypt empty or with children.  ST_NOMEM.
 */
enum status envelope_cipher(struct span body, struct arena *mem, struct span *ret_cipher, bool *ret_is_json,
    struct detail *why) must_check;

struct envelope_plain {
	struct span message;	/* XML, JSON or the echo */
	struct span receiveid;	/* may be empty; the caller judges it (protocol 6) */
};

/*
 * Check, then decrypt.
 *   cipher     borrowed; base64 as received
 *   ret_plain  spans in `mem`
 * ST_BAD_INPUT: not base64 (blanks, odd length, wrong alphabet or padding), judged before the signature.
 * ST_DENIED: the signature does not fit.
 * ST_BAD_INPUT: not whole blocks, padding outside 1..32, length field beyond the end.
 * ST_NOMEM, ST_BUG.
 */
enum status envelope_open(struct envelope_context *context, const struct envelope_account *account,
    const struct query *query, struct span cipher, struct arena *mem, struct envelope_plain *ret_plain,
    struct detail *why) must_check;

#endif
