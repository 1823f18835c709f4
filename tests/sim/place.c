/* Keys to places, by 64-bit hash and open addressing.  Never looks at the items and never removes one. */
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define FIRST_CAP 64

uint64_t
place_hash(const char *a, const char *b)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *a != '\0'; a++)
		hash = (hash ^ (unsigned char)*a) * 0x100000001b3ULL;
	hash = (hash ^ 0x100) * 0x100000001b3ULL;
	for (; b != NULL && *b != '\0'; b++)
		hash = (hash ^ (unsigned char)*b) * 0x100000001b3ULL;
	return hash ^ (hash >> 29);
}

static struct place_entry *
entry_of(const struct place_table *table, uint64_t hash)
{
	size_t i = (size_t)hash & (table->cap - 1);

	while (table->at[i].place != 0 && table->at[i].hash != hash)
		i = (i + 1) & (table->cap - 1);
	return &table->at[i];
}

static void
grow(struct place_table *table)
{
	struct place_table larger = {.cap = table->cap == 0 ? FIRST_CAP : table->cap * 2, .n = table->n};

	larger.at = fault_resize(NULL, larger.cap * sizeof(*larger.at));
	memset(larger.at, 0, larger.cap * sizeof(*larger.at));
	for (size_t i = 0; i < table->cap; i++) {
		if (table->at[i].place != 0)
			*entry_of(&larger, table->at[i].hash) = table->at[i];
	}
	free(table->at);
	*table = larger;
}

void
place_put(struct place_table *table, uint64_t hash, size_t place)
{
	struct place_entry *entry;

	if (2 * (table->n + 1) > table->cap)
		grow(table);
	entry = entry_of(table, hash);
	table->n += entry->place == 0;
	*entry = (struct place_entry){.hash = hash, .place = place + 1};
}

size_t
place_get(const struct place_table *table, uint64_t hash)
{
	const struct place_entry *entry;

	if (table->cap == 0)
		return PLACE_NONE;
	entry = entry_of(table, hash);
	return entry->place == 0 ? PLACE_NONE : entry->place - 1;
}

void
place_free(struct place_table *table)
{
	free(table->at);
	*table = (struct place_table){0};
}
