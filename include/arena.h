/*
 * The memory of one request: bump allocation, released at once.  Zeroed, capped, poisoned under AddressSanitizer
 * between requests.  Not safe to share between threads at one time.
 */
#ifndef WECOM_ARENA_H
#define WECOM_ARENA_H

#include <stddef.h>

#include "span.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *newest;	/* chunks grow; all but the first are freed by arena_reset */
	struct arena_chunk *first;
	size_t used_bytes;		/* handed out since the last reset */
	size_t cap_bytes;		/* arena_alloc fails above this */
};

/* No memory is taken before the first allocation.  cap_bytes: the most one request may use. */
void arena_init(struct arena *mem, size_t cap_bytes);

/*
 * Everything handed out becomes invalid and is cleared (it may have been secret); the first chunk is kept for the next
 * request when it is at most 64 KiB.
 */
void arena_reset(struct arena *mem);

/* As arena_reset, and the memory goes back.  Safe on a zeroed struct. */
void arena_done(struct arena *mem);

/* n zeroed bytes, aligned for any type; NULL when the cap or the system's memory is reached.  n == 0 gives non-NULL. */
void *arena_alloc(struct arena *mem, size_t n);

/* A copy that ends with a NUL beyond its length; {NULL,0} only when memory is used up (an absent span gives an empty one). */
struct span arena_copy(struct arena *mem, struct span s);

/* printf into the arena; {NULL,0} when memory is used up. */
struct span arena_printf(struct arena *mem, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
