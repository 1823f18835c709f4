/* The simulator's own random numbers, so that a seed means the same run on every machine. */
#include "random.h"

#include <string.h>

static uint64_t
rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void
random_seed(struct random *random, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
		random->state[i] = z ^ (z >> 31);
	}
}

uint64_t
random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

/* The high bits scaled down: no division, and a bias below 2^-32 for the small n used here. */
uint64_t
random_below(struct random *random, uint64_t n)
{
	if (n <= UINT32_MAX)
		return ((random_next(random) >> 32) * n) >> 32;
	return random_next(random) % n;
}

bool
random_chance(struct random *random, double p)
{
	return (double)(random_next(random) >> 11) * 0x1.0p-53 < p;
}

void
random_bytes(struct random *random, unsigned char *to, size_t n)
{
	while (n > 0) {
		uint64_t word = random_next(random);
		size_t part = n < sizeof(word) ? n : sizeof(word);

		memcpy(to, &word, part);
		to += part;
		n -= part;
	}
}

/* 64 characters: six bits of the word each. */
void
random_name(struct random *random, char *to, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 10 == 0)
			word = random_next(random);
		to[i] = set[word & 63];
		word >>= 6;
	}
	to[n] = '\0';
}

void
random_hex(struct random *random, char *to, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			word = random_next(random);
		to[i] = "0123456789abcdef"[word & 15];
		word >>= 4;
	}
	to[n] = '\0';
}

void
random_digits(struct random *random, char *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(i == 0 ? '1' + random_below(random, 9) : '0' + random_below(random, 10));
	to[n] = '\0';
}
