/* UTF-8 as RFC 3629 has it: what the database will take. */
#ifndef WECOM_UTF8_H
#define WECOM_UTF8_H

#include "span.h"

/* Well-formed (no overlong forms, surrogates, or code points above U+10FFFF) and without a NUL. */
bool utf8_is_text(struct span s);

#endif
