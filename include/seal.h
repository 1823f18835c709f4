/*
 * Secrets at rest: AES-256-GCM under the master key.
 * Layout of a sealed value: version 0x01 | nonce (12, random) | ciphertext | tag (16).
 * The associated data binds a value to its row, so that it cannot be moved to another.
 */
#ifndef WECOM_SEAL_H
#define WECOM_SEAL_H

#include "arena.h"
#include "span.h"
#include "status.h"

#define SEAL_KEY_BYTES 32
#define SEAL_OVERHEAD_BYTES (1 + 12 + 16)

struct seal_key {
	unsigned char bytes[SEAL_KEY_BYTES];
};

/* From 64 hexadecimal digits (either case).  ST_CONFIG: anything else. */
enum status seal_key_decode(struct span hex, struct seal_key *ret_key) must_check;

/*
 * The associated data of a row of wecom.secret: "wecom.secret", corp, kind and name, each preceded by its
 * length as 4 bytes big-endian.  Result in `mem`; {NULL,0} when memory is used up.
 */
struct span seal_row_identity(struct arena *mem, struct span corp, struct span kind, struct span name);

/* Seal `plain` (at most 16 MiB).  Result in `mem`.  ST_NOMEM, ST_SYSTEM (no random bytes), ST_BUG (OpenSSL). */
enum status seal_close(const struct seal_key *key, struct span associated, struct span plain, struct arena *mem,
    struct span *ret_sealed) must_check;

/* The reverse; a NUL follows the result.  ST_BAD_INPUT: not ours, changed, or sealed for another row; ST_NOMEM. */
enum status seal_open(const struct seal_key *key, struct span associated, struct span sealed, struct arena *mem,
    struct span *ret_plain) must_check;

#endif
