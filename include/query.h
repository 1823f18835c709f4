/*
 * The query string of a callback (protocol sections 3 and 4).
 * Percent escapes are decoded, `+` stays `+` (it occurs in base64; nothing here is a form).
 */
#ifndef WECOM_QUERY_H
#define WECOM_QUERY_H

#include "arena.h"
#include "span.h"
#include "status.h"

#define QUERY_MAX_BYTES 8192

struct query {
	struct span msg_signature;
	struct span timestamp;	/* the received text; it is signed as text */
	struct span nonce;	/* text, not only digits */
	struct span echostr;	/* GET only; else absent */
};

/*
 *   text        borrowed; the raw query string, at most QUERY_MAX_BYTES
 *   is_verify   true for GET: echostr is needed
 *   ret_query   spans in `mem`
 * Other parameters, also repeated ones, are passed over (a configured URL may carry its own).
 * ST_BAD_INPUT: a needed parameter missing or repeated, a bad percent escape, too long.  ST_NOMEM.
 */
enum status query_parse(struct span text, bool is_verify, struct arena *mem, struct query *ret_query,
    struct detail *why) must_check;

#endif
