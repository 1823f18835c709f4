/*
 * UUID version 7.  Random bytes are fetched in blocks, one block a thread; a forked child never goes on with its
 * parent's block.  Never a source of secrets: the bytes are seen by everyone who sees the id.
 */
#include "uuid.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#define UUID_BYTES 16
#define UUID_RANDOM_BYTES 8
#define BLOCK_BYTES 256		/* the most getrandom(2) gives without ever being short or interrupted */

struct random_block {
	unsigned char bytes[BLOCK_BYTES];
	size_t left;		/* the last `left` bytes are unused */
};

static _Thread_local struct random_block block;
static pthread_once_t fork_handler_once = PTHREAD_ONCE_INIT;
static int fork_handler_error;

/* Of the threads only the one that forked lives on in the child, and this runs in it. */
static void
forget_block(void)
{
	block.left = 0;
}

static void
fork_handler_set(void)
{
	fork_handler_error = pthread_atfork(NULL, NULL, forget_block);
}

static enum status
block_fill(void)
{
	ssize_t n;

	if (pthread_once(&fork_handler_once, fork_handler_set) != 0 || fork_handler_error != 0)
		return ST_SYSTEM;
	do
		n = getrandom(block.bytes, sizeof(block.bytes), 0);
	while (n < 0 && errno == EINTR);
	if (n != BLOCK_BYTES)
		return ST_SYSTEM;
	block.left = BLOCK_BYTES;
	return ST_OK;
}

static void
put_time(int64_t wall_us, unsigned char uuid[UUID_BYTES])
{
	uint64_t us = wall_us < 0 ? 0 : (uint64_t)wall_us;
	uint64_t ms = us / 1000;
	unsigned int fraction = (unsigned int)(us % 1000 * 4096 / 1000);

	for (int i = 0; i < 6; i++)
		uuid[i] = (unsigned char)(ms >> (40 - 8 * i));
	uuid[6] = (unsigned char)(0x70 | fraction >> 8);
	uuid[7] = (unsigned char)fraction;
}

static void
put_text(const unsigned char uuid[UUID_BYTES], char ret_text[UUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	char *to = ret_text;

	for (int i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[uuid[i] >> 4];
		*to++ = digits[uuid[i] & 15];
	}
	*to = '\0';
}

enum status
uuid_v7(int64_t wall_us, char ret_text[UUID_TEXT_BYTES])
{
	unsigned char uuid[UUID_BYTES];

	if (block.left < UUID_RANDOM_BYTES) {
		enum status st = block_fill();

		if (st != ST_OK)
			return st;
	}
	put_time(wall_us, uuid);
	memcpy(uuid + 8, block.bytes + BLOCK_BYTES - block.left, UUID_RANDOM_BYTES);
	block.left -= UUID_RANDOM_BYTES;
	uuid[8] = (unsigned char)(0x80 | (uuid[8] & 0x3f));
	put_text(uuid, ret_text);
	return ST_OK;
}
