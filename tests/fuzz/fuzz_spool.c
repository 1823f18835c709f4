/*
 * The bytes of a segment.  The first byte of the input chooses: the rest is a whole file, or a list of changes to a
 * good one, heads with a right check among them (else none would get past it).  Whatever is drained must be what
 * was once appended; the drain must come to an end and leave no segment.
 */
#include <stdint.h>

#include "../../src/common/spool_internal.h"
#include "../unit/spool_kit.h"

#define RECORDS 6
#define FILE_MAX_BYTES 65536

static char folder[KIT_PATH_BYTES];
static char path[KIT_PATH_BYTES];
static unsigned char *good;
static size_t good_n;
static unsigned char good_id[SPOOL_ID_BYTES];

static void
remove_folder(void)
{
	kit_folder_remove(folder);
}

static void
make_good(void)
{
	struct spool_writer *writer;
	char name[256];

	kit_folder_make(folder);
	atexit(remove_folder);
	writer = spool_writer_new(folder, &kit_key, 1 << 20);
	if (kit_append(writer, 0, RECORDS) != ST_OK)
		abort();
	spool_writer_free(writer);
	kit_files(folder, ".segment", name, NULL);
	kit_path(folder, name, path);
	good = kit_file_read(path, &good_n);
	if (!spool_file_head_decode(good, good_id))
		abort();
}

static uint32_t
check_of_head(const unsigned char *head)
{
	unsigned char bytes[SPOOL_ID_BYTES + SPOOL_HEAD_BYTES - 4];
	uint32_t crc = 0xffffffffu;

	memcpy(bytes, good_id, SPOOL_ID_BYTES);
	memcpy(bytes + SPOOL_ID_BYTES, head, SPOOL_HEAD_BYTES - 4);
	for (size_t i = 0; i < sizeof(bytes) * 8; i++)
		crc = crc >> 1 ^ (((crc ^ bytes[i / 8] >> i % 8) & 1) != 0 ? 0xedb88320u : 0);
	return ~crc;
}

/* A head with the given fields, right in itself, at this place. */
static void
put_head(unsigned char *at, const unsigned char *fields)
{
	uint32_t check;

	memcpy(at, SPOOL_MAGIC, SPOOL_MAGIC_BYTES);
	memset(at + 4, 0, SPOOL_HEAD_BYTES - 4);
	memcpy(at + 4 + fields[0] % 3, fields, 2);
	at[15] = fields[2];
	at[23] = fields[3];
	check = check_of_head(at);
	for (int i = 0; i < 4; i++)
		at[24 + i] = (unsigned char)(check >> (24 - 8 * i));
}

/* Each change: kind, place (2 bytes), four bytes more. */
static size_t
change(unsigned char *bytes, size_t n, const uint8_t *data, size_t size)
{
	for (; size >= 7; data += 7, size -= 7) {
		size_t at = n == 0 ? 0 : (size_t)(data[1] << 8 | data[2]) % n;
		size_t length = data[3];

		switch (data[0] % 6) {
		case 0:
			if (n > 0)
				bytes[at] ^= data[3];
			break;
		case 1:
			n = at;
			break;
		case 2:
			if (at + SPOOL_HEAD_BYTES <= n)
				put_head(bytes + at, data + 3);
			break;
		case 3:
			length = length < n - at ? length : n - at;
			memmove(bytes + at, bytes + at + length, n - at - length);
			n -= length;
			break;
		case 4:
			if (n + length > FILE_MAX_BYTES)
				break;
			memmove(bytes + at + length, bytes + at, n - at);
			memset(bytes + at, data[4], length);
			n += length;
			break;
		default:
			if (n + good_n <= FILE_MAX_BYTES) {
				memcpy(bytes + n, good + at % good_n, good_n - at % good_n);
				n += good_n - at % good_n;
			}
			break;
		}
	}
	return n;
}

static void
drain_all(void)
{
	static struct kit_drained drained;
	struct spool_drain *drain = NULL;

	for (int i = 0; i < drained.n; i++)
		drained.times[drained.numbers[i]] = 0;
	drained.n = 0;
	drained.told[0] = '\0';
	if (spool_drain_open(folder, &kit_key, &drain, NULL) != ST_OK || kit_drain(drain, 4, &drained) != ST_OK)
		abort();
	spool_drain_close(drain);
	if (drained.wrong_n > 0 || drained.n > RECORDS)
		abort();
	for (int i = 0; i < drained.n; i++)
		if (drained.numbers[i] >= RECORDS || drained.times[drained.numbers[i]] != 1)
			abort();
	if (kit_files(folder, ".segment", NULL, NULL) != 0)
		abort();
	kit_folder_empty(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[FILE_MAX_BYTES];
	size_t n;

	if (good == NULL)
		make_good();
	if (size < 1 || size > FILE_MAX_BYTES)
		return 0;
	if (data[0] % 4 == 0) {
		kit_file_write(path, data + 1, size - 1);
	} else {
		memcpy(bytes, good, good_n);
		n = change(bytes, good_n, data + 1, size - 1);
		kit_file_write(path, bytes, n);
	}
	drain_all();
	return 0;
}
