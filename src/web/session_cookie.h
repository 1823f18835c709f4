/*
 * The session's cookie: `<corp>.<id>.<signature>`, an id of 64 hexadecimal digits and HMAC-SHA256 under a key derived from
 * the master key.  The database knows the id's hash only.  Pure, but for random bytes.
 */
#ifndef WECOM_SESSION_COOKIE_H
#define WECOM_SESSION_COOKIE_H

#include <stdbool.h>

#include "arena.h"
#include "seal.h"
#include "span.h"
#include "status.h"

#define SESSION_ID_BYTES 65	/* 64 hexadecimal digits and a NUL */
#define SESSION_COOKIE "wecom_session"

struct session_keys {
	unsigned char cookie[32];
	unsigned char csrf[32];
};

/* From the master key: another one makes all cookies void.  ST_BUG: OpenSSL. */
enum status session_keys_derive(const struct seal_key *master, struct session_keys *ret_keys) must_check;

/* 64 random hexadecimal digits.  ST_SYSTEM. */
enum status session_id_new(char ret_id[SESSION_ID_BYTES]) must_check;

/* SHA-256 as 64 hexadecimal digits. */
void session_hash(struct span text, char ret_hash[SESSION_ID_BYTES]);

/* {NULL,0} without memory. */
struct span session_cookie_make(const struct session_keys *keys, struct span corp, const char *id, struct arena *mem);

/* True when the signature is ours; corp in `mem`. */
bool session_cookie_read(const struct session_keys *keys, struct span cookie, struct arena *mem, struct span *ret_corp,
    char ret_id[SESSION_ID_BYTES]);

/* The token that a page of this session sends with what it asks to be done. */
void session_csrf_token(const struct session_keys *keys, struct span corp, const char *id, char ret_token[SESSION_ID_BYTES]);

#endif
