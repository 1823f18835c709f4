/* Standard base64, strictly. */
#ifndef WECOM_BASE64_H
#define WECOM_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "span.h"

/*
 * Standard alphabet with its padding and nothing else: blanks, wrong length or a `=` inside are refused (false).
 *   text   at most INT_MAX bytes
 *   out    room for text.n / 4 * 3 bytes
 *   ret_n  bytes decoded
 */
bool base64_decode(struct span text, unsigned char *out, size_t *ret_n);

#endif
