/* Percent escapes of URLs and forms. */
#ifndef WECOM_PERCENT_H
#define WECOM_PERCENT_H

#include <stdbool.h>

#include "arena.h"
#include "span.h"
#include "status.h"

/*
 * Percent escapes become bytes, any bytes: what they may be is the caller's business.
 *   plus_is_blank  as in forms; else `+` stays what it is
 *   ret            in `mem`
 * ST_BAD_INPUT: an escape is not two hexadecimal digits.  ST_NOMEM.
 */
enum status percent_decode(struct span raw, bool plus_is_blank, struct arena *mem, struct span *ret) must_check;

/* Take the text up to `mark` off *rest, the mark too; the text is the whole rest where there is no mark. */
struct span percent_take(struct span *rest, char mark);

#endif
