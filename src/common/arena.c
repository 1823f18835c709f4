/*
 * The memory of one request.  What was handed out is cleared when it is taken back (a request may have held secrets),
 * so that fresh memory is always zeroed.  Never gives memory back piece by piece.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(at, n) __asan_poison_memory_region(at, n)
#define unpoison(at, n) __asan_unpoison_memory_region(at, n)
#define ARENA_GAP_BYTES ((size_t)16)	/* stays poisoned between two pieces: an overrun is seen */
#else
#define poison(at, n) ((void)(at), (void)(n))
#define unpoison(at, n) ((void)(at), (void)(n))
#define ARENA_GAP_BYTES ((size_t)0)
#endif

#define ARENA_ALIGN ((size_t)16)
#define ARENA_FIRST_BYTES ((size_t)16 * 1024)
#define ARENA_CHUNK_MAX_BYTES ((size_t)1024 * 1024)	/* doubling stops here */
#define ARENA_KEEP_MAX_BYTES ((size_t)64 * 1024)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size_bytes;	/* of data */
	size_t used_bytes;	/* of data; all behind it is zero */
	_Alignas(16) char data[];
};

void
arena_init(struct arena *mem, size_t cap_bytes)
{
	*mem = (struct arena){.cap_bytes = cap_bytes};
}

static void
chunk_clear(struct arena_chunk *chunk)
{
	unpoison(chunk->data, chunk->size_bytes);
	explicit_bzero(chunk->data, chunk->used_bytes);
	chunk->used_bytes = 0;
}

static void
chunks_free(struct arena_chunk *newest, const struct arena_chunk *keep)
{
	while (newest != NULL && newest != keep) {
		struct arena_chunk *older = newest->older;

		chunk_clear(newest);
		free(newest);
		newest = older;
	}
}

void
arena_reset(struct arena *mem)
{
	struct arena_chunk *keep = mem->first;

	if (keep != NULL && keep->size_bytes > ARENA_KEEP_MAX_BYTES)
		keep = NULL;
	chunks_free(mem->newest, keep);
	if (keep != NULL) {
		chunk_clear(keep);
		poison(keep->data, keep->size_bytes);
	}
	mem->first = keep;
	mem->newest = keep;
	mem->used_bytes = 0;
}

void
arena_done(struct arena *mem)
{
	chunks_free(mem->newest, NULL);
	mem->first = NULL;
	mem->newest = NULL;
	mem->used_bytes = 0;
}

/* Twice the chunk before it, within bounds, and never less than what is wanted now. */
static size_t
next_size(const struct arena *mem, size_t wanted)
{
	size_t size = ARENA_FIRST_BYTES;

	if (mem->newest != NULL)
		size = mem->newest->size_bytes * 2;
	if (size > ARENA_CHUNK_MAX_BYTES)
		size = ARENA_CHUNK_MAX_BYTES;
	if (size < wanted)
		size = wanted;
	return size;
}

static struct arena_chunk *
chunk_add(struct arena *mem, size_t wanted)
{
	size_t size = next_size(mem, wanted);
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (chunk == NULL)
		return NULL;
	chunk->size_bytes = size;
	chunk->older = mem->newest;
	poison(chunk->data, size);
	mem->newest = chunk;
	if (mem->first == NULL)
		mem->first = chunk;
	return chunk;
}

void *
arena_alloc(struct arena *mem, size_t n)
{
	struct arena_chunk *chunk = mem->newest;
	size_t wanted, taken;
	char *at;

	if (n == 0)
		n = 1;
	/* the cap is tested first with the bare n, so that the sums below cannot wrap */
	if (n > mem->cap_bytes || n > SIZE_MAX / 2)
		return NULL;
	wanted = (n + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (wanted > mem->cap_bytes - mem->used_bytes)
		return NULL;
	taken = wanted + ARENA_GAP_BYTES;
	if (chunk == NULL || taken > chunk->size_bytes - chunk->used_bytes)
		chunk = chunk_add(mem, taken);
	if (chunk == NULL)
		return NULL;
	at = chunk->data + chunk->used_bytes;
	chunk->used_bytes += taken;
	mem->used_bytes += wanted;
	unpoison(at, n);
	return at;
}

struct span
arena_copy(struct arena *mem, struct span s)
{
	char *at = s.n < SIZE_MAX ? arena_alloc(mem, s.n + 1) : NULL;

	if (at == NULL)
		return (struct span){NULL, 0};
	if (s.n > 0)
		memcpy(at, s.at, s.n);
	return (struct span){at, s.n};
}

struct span
arena_printf(struct arena *mem, const char *format, ...)
{
	va_list args;
	char *at;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	at = n < 0 ? NULL : arena_alloc(mem, (size_t)n + 1);
	if (at == NULL)
		return (struct span){NULL, 0};
	va_start(args, format);
	vsnprintf(at, (size_t)n + 1, format, args);
	va_end(args);
	return (struct span){at, (size_t)n};
}
