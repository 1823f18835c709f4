/* base64 by OpenSSL, with the strictness that it lacks. */
#include "base64.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

/*
 * EVP_DecodeBlock drops blanks at both ends and reads `=` as a digit, but it then yields fewer bytes than the length
 * asks for, and a `=` is looked for here.
 */
bool
base64_decode(struct span text, unsigned char *out, size_t *ret_n)
{
	size_t pad = 0;

	if (text.n == 0 || text.n % 4 != 0 || text.n > INT_MAX)
		return false;
	while (pad < 2 && text.at[text.n - 1 - pad] == '=')
		pad++;
	if (memchr(text.at, '=', text.n - pad) != NULL)
		return false;
	if (EVP_DecodeBlock(out, (const unsigned char *)text.at, (int)text.n) != (int)(text.n / 4 * 3))
		return false;
	*ret_n = text.n / 4 * 3 - pad;
	return true;
}
