/* A seeded generator (xoshiro256**, seeded by splitmix64): the same seed gives the same run.  Not for secrets. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* 0 <= result < n; n is at least 1. */
uint64_t random_below(struct random *random, uint64_t n);

/* True with probability p (0..1). */
bool random_chance(struct random *random, double p);

void random_bytes(struct random *random, unsigned char *to, size_t n);

/* n characters and a NUL: of letters, digits, - and _; of lower-case hex digits; of decimal digits (first is not 0). */
void random_name(struct random *random, char *to, size_t n);
void random_hex(struct random *random, char *to, size_t n);
void random_digits(struct random *random, char *to, size_t n);

#endif
