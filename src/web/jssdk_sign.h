/* The signature of a page (protocol 13.4).  Pure. */
#ifndef WECOM_JSSDK_SIGN_H
#define WECOM_JSSDK_SIGN_H

#include "arena.h"
#include "span.h"

#define JSSDK_SIGNATURE_BYTES 41

/*
 * hex SHA-1("jsapi_ticket=T&noncestr=N&timestamp=S&url=U"), values raw.
 *   url  as the browser has it, without `#…`
 * False: no memory.  Source: doc 96909; its example is in tests/unit/test_web_sign.c.
 */
bool jssdk_sign(const char *ticket, const char *nonce, long long timestamp, struct span url, struct arena *mem,
    char ret_signature[JSSDK_SIGNATURE_BYTES]);

#endif
