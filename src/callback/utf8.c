/*
 * Strict UTF-8, checked before any parser sees the bytes: parsers differ in what they let through, PostgreSQL does not,
 * and one bad row would fail the commit it shares with others.
 */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes of one code point at `at`, at most `n`; 0 when it is malformed or a NUL. */
static size_t
sequence_bytes(const unsigned char *at, size_t n)
{
	unsigned char lead = at[0], low = 0x80, high = 0xbf;
	size_t bytes;

	if (lead > 0 && lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (bytes > n)
		return 0;
	/* Unicode, table 3-7: four leads narrow their second byte */
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < bytes; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return bytes;
}

/* Eight bytes at once: all of them ASCII and none a NUL? */
static bool
is_plain_word(const unsigned char *at)
{
	const uint64_t top = 0x8080808080808080, one = 0x0101010101010101;
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return ((word | (word - one)) & top) == 0;
}

bool
utf8_is_text(struct span s)
{
	const unsigned char *at = (const unsigned char *)s.at;
	size_t left = s.n;

	while (left > 0) {
		size_t bytes = left >= 8 && is_plain_word(at) ? 8 : sequence_bytes(at, left);

		if (bytes == 0)
			return false;
		at += bytes;
		left -= bytes;
	}
	return true;
}
