/* Byte strings as numbers.  Never grows: the planner knows how many strings its input can hold. */
#include "chat_plan_inside.h"

#include <string.h>

enum status
chat_names_init(struct chat_names *names, size_t most, struct arena *mem)
{
	size_t slots_n = 16;

	*names = (struct chat_names){0};
	if (most > UINT32_MAX / 4)
		return ST_NOMEM;
	while (slots_n < most * 2)
		slots_n *= 2;
	names->names = arena_alloc(mem, most * sizeof(*names->names));
	names->slots = arena_alloc(mem, slots_n * sizeof(*names->slots));
	names->mask = (uint32_t)(slots_n - 1);
	return names->names == NULL || names->slots == NULL ? ST_NOMEM : ST_OK;
}

/* Eight bytes a step; all bits of the input reach the low ones of the result. */
static uint32_t
hash(struct span name)
{
	uint64_t sum = name.n * 0x9e3779b97f4a7c15ULL;

	for (size_t at = 0; at < name.n; at += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, name.at + at, name.n - at < sizeof(word) ? name.n - at : sizeof(word));
		sum = (sum ^ word) * 0xff51afd7ed558ccdULL;
		sum ^= sum >> 32;
	}
	return (uint32_t)(sum ^ sum >> 17);
}

uint32_t
chat_names_add(struct chat_names *names, struct span name)
{
	uint32_t at;

	if (name.n == 0)
		return CHAT_NONE;
	for (at = hash(name) & names->mask; names->slots[at] != 0; at = (at + 1) & names->mask)
		if (span_equal(names->names[names->slots[at] - 1], name))
			return names->slots[at] - 1;
	names->names[names->n] = name;
	names->slots[at] = ++names->n;
	return names->n - 1;
}
