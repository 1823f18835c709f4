/*
 * The bytes of a segment: pure encoding and decoding, no I/O, no clock.
 *
 *   file    "WECOMSPL" | version u32 | id (16) | check u32
 *   record  "WCsR" | body bytes u32 | sequence u64 | received_us u64 | check u32 | body
 *   body    sealed (seal.h), associated data "wecom.spool" | id | the head without its check:
 *           corp bytes u32 | corp | item
 *
 * Numbers are big-endian.  The checks (CRC-32 over the id and the bytes before) only tell a whole head from a torn
 * or changed one, so that the length can be followed; what a record says is vouched for by its seal alone.
 */
#include <stdio.h>
#include <string.h>

#include "spool_internal.h"

#define FILE_MAGIC "WECOMSPL"
#define VERSION 1
#define PURPOSE "wecom.spool"
#define HEAD_CHECKED_BYTES (SPOOL_HEAD_BYTES - 4)
#define ASSOCIATED_BYTES (sizeof(PURPOSE) - 1 + SPOOL_ID_BYTES + HEAD_CHECKED_BYTES)
#define SEGMENT_ENDING ".segment"
#define DAMAGED_ENDING ".damaged"
#define ENDING_BYTES (sizeof(SEGMENT_ENDING) - 1)

static void
put_number(unsigned char *at, size_t n, uint64_t value)
{
	while (n-- > 0) {
		at[n] = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t
get_number(const unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | at[i];
	return value;
}

/* CRC-32 as of IEEE 802.3, reflected, a bit at a time: some 50 bytes a record. */
static uint32_t
crc_add(uint32_t crc, const unsigned char *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static uint32_t
check_of(const unsigned char id[SPOOL_ID_BYTES], const unsigned char *at, size_t n)
{
	uint32_t crc = crc_add(0xffffffffu, id, SPOOL_ID_BYTES);

	return ~crc_add(crc, at, n);
}

void
spool_file_head_encode(const unsigned char id[SPOOL_ID_BYTES], unsigned char ret_bytes[SPOOL_FILE_HEAD_BYTES])
{
	memcpy(ret_bytes, FILE_MAGIC, 8);
	put_number(ret_bytes + 8, 4, VERSION);
	memcpy(ret_bytes + 12, id, SPOOL_ID_BYTES);
	put_number(ret_bytes + 28, 4, check_of(id, ret_bytes, 12));
}

bool
spool_file_head_decode(const unsigned char bytes[SPOOL_FILE_HEAD_BYTES], unsigned char ret_id[SPOOL_ID_BYTES])
{
	if (memcmp(bytes, FILE_MAGIC, 8) != 0 || get_number(bytes + 8, 4) != VERSION)
		return false;
	if (get_number(bytes + 28, 4) != check_of(bytes + 12, bytes, 12))
		return false;
	memcpy(ret_id, bytes + 12, SPOOL_ID_BYTES);
	return true;
}

static void
head_encode(const unsigned char id[SPOOL_ID_BYTES], const struct spool_head *head,
    unsigned char ret_bytes[SPOOL_HEAD_BYTES])
{
	memcpy(ret_bytes, SPOOL_MAGIC, SPOOL_MAGIC_BYTES);
	put_number(ret_bytes + 4, 4, head->body_bytes);
	put_number(ret_bytes + 8, 8, head->sequence);
	put_number(ret_bytes + 16, 8, (uint64_t)head->received_us);
	put_number(ret_bytes + 24, 4, check_of(id, ret_bytes, HEAD_CHECKED_BYTES));
}

bool
spool_head_decode(const unsigned char id[SPOOL_ID_BYTES], const unsigned char bytes[SPOOL_HEAD_BYTES],
    struct spool_head *ret_head)
{
	uint64_t body_bytes = get_number(bytes + 4, 4);

	if (memcmp(bytes, SPOOL_MAGIC, SPOOL_MAGIC_BYTES) != 0)
		return false;
	if (get_number(bytes + 24, 4) != check_of(id, bytes, HEAD_CHECKED_BYTES))
		return false;
	if (body_bytes < SEAL_OVERHEAD_BYTES + 4 || body_bytes > SPOOL_BODY_MAX_BYTES)
		return false;
	ret_head->body_bytes = (uint32_t)body_bytes;
	ret_head->sequence = get_number(bytes + 8, 8);
	ret_head->received_us = (int64_t)get_number(bytes + 16, 8);
	return true;
}

/* Binds a body to its segment, place, time and length. */
static struct span
associated_of(const unsigned char id[SPOOL_ID_BYTES], const struct spool_head *head,
    unsigned char ret_bytes[ASSOCIATED_BYTES])
{
	unsigned char bytes[SPOOL_HEAD_BYTES];
	size_t purpose_n = sizeof(PURPOSE) - 1;

	head_encode(id, head, bytes);
	memcpy(ret_bytes, PURPOSE, purpose_n);
	memcpy(ret_bytes + purpose_n, id, SPOOL_ID_BYTES);
	memcpy(ret_bytes + purpose_n + SPOOL_ID_BYTES, bytes, HEAD_CHECKED_BYTES);
	return (struct span){(const char *)ret_bytes, ASSOCIATED_BYTES};
}

enum status
spool_record_bytes(const struct spool_record *record, int64_t *ret_bytes)
{
	if (record->corp.n > SPOOL_CORP_MAX_BYTES || record->item.n > SPOOL_ITEM_MAX_BYTES)
		return ST_TOO_LARGE;
	*ret_bytes = SPOOL_HEAD_BYTES + SEAL_OVERHEAD_BYTES + 4 + (int64_t)(record->corp.n + record->item.n);
	return ST_OK;
}

static void
copy_span(unsigned char *at, struct span s)
{
	if (s.n > 0)
		memcpy(at, s.at, s.n);
}

enum status
spool_record_encode(const struct seal_key *key, const unsigned char id[SPOOL_ID_BYTES], uint64_t sequence,
    const struct spool_record *record, struct arena *mem, struct span *ret_bytes)
{
	struct spool_head head = {.sequence = sequence, .received_us = record->received_us};
	unsigned char associated[ASSOCIATED_BYTES];
	size_t plain_n = 4 + record->corp.n + record->item.n;
	unsigned char *plain, *bytes;
	struct span sealed;
	enum status st;

	plain = arena_alloc(mem, plain_n);
	if (plain == NULL)
		return ST_NOMEM;
	put_number(plain, 4, record->corp.n);
	copy_span(plain + 4, record->corp);
	copy_span(plain + 4 + record->corp.n, record->item);
	head.body_bytes = (uint32_t)(plain_n + SEAL_OVERHEAD_BYTES);
	st = seal_close(key, associated_of(id, &head, associated), (struct span){(const char *)plain, plain_n}, mem,
	    &sealed);
	if (st != ST_OK)
		return st;
	if (sealed.n != head.body_bytes)
		return ST_BUG;
	bytes = arena_alloc(mem, SPOOL_HEAD_BYTES + sealed.n);
	if (bytes == NULL)
		return ST_NOMEM;
	head_encode(id, &head, bytes);
	copy_span(bytes + SPOOL_HEAD_BYTES, sealed);
	*ret_bytes = (struct span){(const char *)bytes, SPOOL_HEAD_BYTES + sealed.n};
	return ST_OK;
}

enum status
spool_record_decode(const struct seal_key *key, const unsigned char id[SPOOL_ID_BYTES], const struct spool_head *head,
    struct span body, struct arena *mem, struct spool_record *ret_record)
{
	unsigned char associated[ASSOCIATED_BYTES];
	struct span plain;
	uint64_t corp_n;
	enum status st;

	if (body.n != head->body_bytes)
		return ST_BAD_INPUT;
	st = seal_open(key, associated_of(id, head, associated), body, mem, &plain);
	if (st != ST_OK)
		return st;
	if (plain.n < 4)
		return ST_BAD_INPUT;
	corp_n = get_number((const unsigned char *)plain.at, 4);
	if (corp_n > plain.n - 4)
		return ST_BAD_INPUT;
	ret_record->received_us = head->received_us;
	ret_record->corp = (struct span){plain.at + 4, corp_n};
	ret_record->item = (struct span){plain.at + 4 + corp_n, plain.n - 4 - corp_n};
	return ST_OK;
}

void
spool_name_encode(int64_t start_us, long pid, const unsigned char id[SPOOL_ID_BYTES], char ret_name[SPOOL_NAME_BYTES])
{
	char hex[2 * SPOOL_ID_BYTES + 1];

	for (size_t i = 0; i < SPOOL_ID_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	snprintf(ret_name, SPOOL_NAME_BYTES, "%016llx-%ld-%s%s", (unsigned long long)start_us, pid, hex,
	    SEGMENT_ENDING);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* n digits into n / 2 bytes. */
static bool
get_hex(const char *at, size_t n, unsigned char *ret_bytes)
{
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return false;
		ret_bytes[i / 2] = (unsigned char)(i % 2 == 0 ? digit << 4 : ret_bytes[i / 2] | digit);
	}
	return true;
}

bool
spool_name_decode(const char *name, int64_t *ret_start_us, unsigned char ret_id[SPOOL_ID_BYTES])
{
	size_t n = strlen(name);
	size_t id_at;
	unsigned char start[8], id[SPOOL_ID_BYTES];

	if (n < 16 + 3 + 2 * SPOOL_ID_BYTES + ENDING_BYTES || spool_name_kind(name) == SPOOL_FILE_OTHER)
		return false;
	id_at = n - ENDING_BYTES - 2 * SPOOL_ID_BYTES;
	if (name[16] != '-' || name[id_at - 1] != '-')
		return false;
	if (!get_hex(name, 16, start) || !get_hex(name + id_at, 2 * SPOOL_ID_BYTES, id))
		return false;
	*ret_start_us = (int64_t)get_number(start, 8);
	memcpy(ret_id, id, SPOOL_ID_BYTES);
	return true;
}

enum spool_file_kind
spool_name_kind(const char *name)
{
	size_t n = strlen(name);

	if (n <= ENDING_BYTES || n >= SPOOL_NAME_BYTES)
		return SPOOL_FILE_OTHER;
	if (strcmp(name + n - ENDING_BYTES, SEGMENT_ENDING) == 0)
		return SPOOL_FILE_SEGMENT;
	if (strcmp(name + n - ENDING_BYTES, DAMAGED_ENDING) == 0)
		return SPOOL_FILE_DAMAGED;
	return SPOOL_FILE_OTHER;
}

void
spool_name_damaged(const char *name, char ret_name[SPOOL_NAME_BYTES])
{
	snprintf(ret_name, SPOOL_NAME_BYTES, "%.*s%s", (int)(strlen(name) - ENDING_BYTES), name, DAMAGED_ENDING);
}
