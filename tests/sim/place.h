/* Where in a list the item with some key is: a hash table from keys to places, for lists that never shrink. */
#ifndef SIM_PLACE_H
#define SIM_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define PLACE_NONE SIZE_MAX

struct place_entry {
	uint64_t hash;
	size_t place; /* plus one; 0: empty */
};

struct place_table {
	struct place_entry *at;
	size_t n;
	size_t cap;
};

/* Of one or two strings; b may be NULL. */
uint64_t place_hash(const char *a, const char *b);
void place_put(struct place_table *table, uint64_t hash, size_t place);
/* PLACE_NONE, or the place put under that hash: the caller compares the key itself. */
size_t place_get(const struct place_table *table, uint64_t hash);
void place_free(struct place_table *table);

#endif
