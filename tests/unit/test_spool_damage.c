/*
 * What the drain makes of files that are not as they were written: torn, zeroed, changed at any byte, cut, mixed up,
 * under another key.  Always: what is whole survives, nothing is invented, and what may hold more is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/common/spool_internal.h"
#include "spool_kit.h"

#define MAX_BYTES (1LL << 30)
#define RECORDS 5

static char folder[KIT_PATH_BYTES];
static char path[KIT_PATH_BYTES];		/* of the one segment */
static unsigned char *whole;			/* its bytes */
static size_t whole_n;
static size_t ends[RECORDS + 1];		/* where record i starts; the last one: the end */

static const struct seal_key other_key = {{9}};

/* One segment with records 0 … RECORDS - 1, its bytes in `whole`. */
static int
make_segment(void **state)
{
	struct spool_writer *writer;
	char name[256];
	long long bytes;

	(void)state;
	kit_folder_make(folder);
	writer = spool_writer_new(folder, &kit_key, MAX_BYTES);
	ends[0] = SPOOL_FILE_HEAD_BYTES;
	for (int i = 0; i < RECORDS; i++) {
		if (kit_append(writer, i, 1) != ST_OK)
			return -1;
		kit_files(folder, ".segment", name, &bytes);
		ends[i + 1] = (size_t)bytes;
	}
	spool_writer_free(writer);
	kit_path(folder, name, path);
	whole = kit_file_read(path, &whole_n);
	return 0;
}

static int
remove_all(void **state)
{
	(void)state;
	free(whole);
	kit_folder_remove(folder);
	return 0;
}

/* Drain a folder that holds these bytes only; expects no wrong content and no segment left. */
static struct kit_drained *
drain_bytes(const unsigned char *bytes, size_t n)
{
	struct kit_drained *drained;

	kit_folder_empty(folder);
	kit_file_write(path, bytes, n);
	drained = kit_drain_folder(folder, &kit_key);
	assert_int_equal(drained->wrong_n, 0);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	return drained;
}

/* Every record but `lost` (-1: none) came once. */
static void
assert_all_but(const struct kit_drained *drained, int lost)
{
	for (int i = 0; i < RECORDS; i++)
		assert_true(drained->times[i] == 1 || (i == lost && drained->times[i] == 0));
}

static int
damaged_n(void)
{
	return kit_files(folder, ".damaged", NULL, NULL);
}

/* The first records, as many as are whole before `n`. */
static int
whole_before(size_t n)
{
	int i = 0;

	while (i < RECORDS && ends[i + 1] <= n)
		i++;
	return i;
}

static void
test_tail_torn_at_every_byte_costs_only_the_torn(void **state)
{
	(void)state;
	for (size_t n = 0; n <= whole_n; n++) {
		struct kit_drained *drained = drain_bytes(whole, n);

		assert_int_equal(drained->n, whole_before(n));
		for (int i = 0; i < drained->n; i++)
			assert_int_equal(drained->numbers[i], i);
		assert_int_equal(damaged_n(), 0);
		if (n != 0 && n < ends[0])
			assert_non_null(strstr(drained->told, "never acknowledged"));
		free(drained);
	}
}

static void
test_any_changed_byte_costs_only_its_record(void **state)
{
	static const unsigned char changes[] = {0x01, 0x80, 0xff};

	(void)state;
	for (size_t at = 0; at < whole_n; at++) {
		for (size_t i = 0; i < sizeof(changes); i++) {
			struct kit_drained *drained;

			whole[at] ^= changes[i];
			drained = drain_bytes(whole, whole_n);
			whole[at] ^= changes[i];
			assert_all_but(drained, at < ends[0] ? -1 : whole_before(at));
			assert_int_equal(damaged_n(), 1);
			assert_non_null(strstr(drained->told, "kept as *.damaged"));
			free(drained);
		}
	}
}

static void
test_zeros_at_the_end_are_a_torn_tail(void **state)
{
	static const size_t zeros[] = {1, 27, 28, 29, 100, 5000, 100000};
	unsigned char *bytes = calloc(1, whole_n + 100000);

	(void)state;
	memcpy(bytes, whole, whole_n);
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
		struct kit_drained *drained = drain_bytes(bytes, whole_n + zeros[i]);

		assert_all_but(drained, -1);
		assert_int_equal(damaged_n(), 0);
		assert_non_null(strstr(drained->told, "never acknowledged"));
		free(drained);
	}
	/* a block that never reached the disk, from any byte on */
	for (size_t at = whole_n; at > 0; at--) {
		struct kit_drained *drained;

		bytes[at - 1] = 0;
		drained = drain_bytes(bytes, whole_n);
		assert_true(drained->n >= whole_before(at - 1));
		assert_all_but(drained, RECORDS - 1);
		free(drained);
		if (at - 1 <= ends[RECORDS - 1])
			break;
	}
	free(bytes);
}

static void
test_garbage_at_the_end_costs_nothing_before_it(void **state)
{
	unsigned char *bytes = malloc(whole_n + 50000);

	(void)state;
	memcpy(bytes, whole, whole_n);
	memset(bytes + whole_n, 'W', 50000);
	for (size_t n = 1; n < 50000; n = n * 3 + 1) {
		struct kit_drained *drained = drain_bytes(bytes, whole_n + n);

		assert_all_but(drained, -1);
		assert_int_equal(damaged_n(), n < SPOOL_HEAD_BYTES ? 0 : 1);
		free(drained);
	}
	free(bytes);
}

static void
test_heads_are_found_again_behind_a_long_bad_stretch(void **state)
{
	/* the search reads in pieces: let the next head lie across their border, at every place of it */
	for (size_t gap = 16384 - 40; gap < 16384 + 40; gap++) {
		unsigned char *bytes = malloc(whole_n + gap);
		struct kit_drained *drained;

		(void)state;
		memcpy(bytes, whole, ends[2]);
		memset(bytes + ends[2], 'W', gap);
		memcpy(bytes + ends[2] + gap, whole + ends[2], whole_n - ends[2]);
		drained = drain_bytes(bytes, whole_n + gap);
		assert_all_but(drained, -1);
		assert_int_equal(damaged_n(), 1);
		free(drained);
		free(bytes);
	}
}

static void
test_missing_and_repeated_records_are_noticed(void **state)
{
	unsigned char *bytes = malloc(2 * whole_n);
	struct kit_drained *drained;

	(void)state;
	for (int lost = 0; lost < RECORDS - 1; lost++) {
		memcpy(bytes, whole, ends[lost]);
		memcpy(bytes + ends[lost], whole + ends[lost + 1], whole_n - ends[lost + 1]);
		drained = drain_bytes(bytes, whole_n - (ends[lost + 1] - ends[lost]));
		assert_all_but(drained, lost);
		assert_int_equal(drained->n, RECORDS - 1);
		assert_int_equal(damaged_n(), 1);
		free(drained);
	}
	memcpy(bytes, whole, whole_n);
	memcpy(bytes + whole_n, whole + ends[1], whole_n - ends[1]);
	drained = drain_bytes(bytes, whole_n + whole_n - ends[1]);
	assert_all_but(drained, -1);
	assert_int_equal(drained->n, RECORDS);
	assert_int_equal(damaged_n(), 1);
	free(drained);
	free(bytes);
}

static void
test_segment_of_another_key_is_kept_and_can_be_tried_again(void **state)
{
	struct kit_drained *drained = kit_drain_folder(folder, &other_key);
	char name[256], from[KIT_PATH_BYTES];

	(void)state;
	assert_int_equal(drained->n + drained->wrong_n, 0);
	assert_non_null(strstr(drained->told, "master key"));
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	assert_int_equal(kit_files(folder, ".damaged", name, NULL), 1);
	free(drained);
	kit_path(folder, name, from);
	assert_int_equal(rename(from, path), 0);
	drained = kit_drain_folder(folder, &kit_key);
	assert_all_but(drained, -1);
	assert_int_equal(damaged_n(), 0);
	free(drained);
}

static void
test_damage_of_one_segment_holds_up_no_other(void **state)
{
	struct spool_writer *writer = spool_writer_new(folder, &kit_key, MAX_BYTES);
	struct kit_drained *drained;

	(void)state;
	assert_int_equal(kit_append(writer, RECORDS, 100), ST_OK);
	spool_writer_free(writer);
	whole[ends[1] + 5] ^= 1;
	kit_file_write(path, whole, whole_n);
	drained = kit_drain_folder(folder, &kit_key);
	assert_all_but(drained, 1);
	assert_int_equal(drained->n, RECORDS + 100 - 1);
	assert_int_equal(damaged_n(), 1);
	assert_int_equal(kit_files(folder, ".segment", NULL, NULL), 0);
	free(drained);
}

/* Bytes behind the last record of a live segment may be an append that is just being written. */
static void
test_live_segment_is_not_judged(void **state)
{
	struct spool_writer *writer = spool_writer_new(folder, &kit_key, MAX_BYTES);
	struct kit_drained *drained = calloc(1, sizeof(*drained));
	struct spool_drain *drain;
	char name[256], live[KIT_PATH_BYTES];
	int fd;

	(void)state;
	kit_folder_empty(folder);
	assert_int_equal(kit_append(writer, 0, 1), ST_OK);
	assert_int_equal(kit_files(folder, ".segment", name, NULL), 1);
	kit_path(folder, name, live);
	fd = open(live, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "WCsR....................................", 40), 40);
	close(fd);
	assert_int_equal(spool_drain_open(folder, &kit_key, &drain, NULL), ST_OK);
	assert_int_equal(kit_drain(drain, 10, drained), ST_OK);
	assert_int_equal(drained->n, 1);
	assert_string_equal(drained->told, "");
	/* the writer goes on at its own place */
	assert_int_equal(kit_append(writer, 1, 1), ST_OK);
	spool_writer_free(writer);
	assert_int_equal(kit_drain(drain, 10, drained), ST_OK);
	assert_int_equal(drained->n, 2);
	assert_int_equal(damaged_n(), 0);
	spool_drain_close(drain);
	free(drained);
}

static void
test_strange_files_hold_up_nobody(void **state)
{
	struct kit_drained *drained;
	char strange[KIT_PATH_BYTES];

	(void)state;
	kit_path(folder, "a.segment", strange);
	assert_int_equal(mkfifo(strange, 0600), 0);
	kit_path(folder, "b.segment", strange);
	assert_int_equal(symlink("/etc/passwd", strange), 0);
	kit_path(folder, "notes.txt", strange);
	kit_file_write(strange, (const unsigned char *)"x", 1);
	kit_path(folder, "c.segment", strange);
	kit_file_write(strange, whole + 7, 500);
	kit_path(folder, "d.segment", strange);
	assert_int_equal(mkdir(strange, 0700), 0);
	drained = kit_drain_folder(folder, &kit_key);
	assert_all_but(drained, -1);
	assert_int_equal(drained->n, RECORDS);
	assert_int_equal(damaged_n(), 1);
	assert_int_equal(rmdir(strange), 0);
	kit_path(folder, "b.segment", strange);
	assert_int_equal(unlink(strange), 0);
	free(drained);
}

/* The seal binds a body to its segment, its place, its time and its length. */
static void
test_body_opens_only_in_its_place(void **state)
{
	const unsigned char *bytes = whole + ends[1];
	unsigned char id[SPOOL_ID_BYTES];
	struct spool_head head, other;
	struct span body;
	struct arena mem;
	struct spool_record record;

	(void)state;
	arena_init(&mem, 1 << 20);
	assert_true(spool_file_head_decode(whole, id));
	assert_true(spool_head_decode(id, bytes, &head));
	assert_int_equal(head.sequence, 1);
	body = (struct span){(const char *)bytes + SPOOL_HEAD_BYTES, head.body_bytes};
	assert_int_equal(spool_record_decode(&kit_key, id, &head, body, &mem, &record), ST_OK);
	assert_int_equal(kit_number(&record), 1);
	other = head;
	other.sequence = 2;
	assert_int_equal(spool_record_decode(&kit_key, id, &other, body, &mem, &record), ST_BAD_INPUT);
	other = head;
	other.received_us++;
	assert_int_equal(spool_record_decode(&kit_key, id, &other, body, &mem, &record), ST_BAD_INPUT);
	other = head;
	other.body_bytes--;
	body.n--;
	assert_int_equal(spool_record_decode(&kit_key, id, &head, body, &mem, &record), ST_BAD_INPUT);
	assert_int_equal(spool_record_decode(&kit_key, id, &other, body, &mem, &record), ST_BAD_INPUT);
	body.n++;
	id[3] ^= 1;
	assert_false(spool_head_decode(id, bytes, &other));
	assert_int_equal(spool_record_decode(&kit_key, id, &head, body, &mem, &record), ST_BAD_INPUT);
	arena_done(&mem);
}

static void
test_names_tell_start_and_id(void **state)
{
	unsigned char id[SPOOL_ID_BYTES] = {0xab, 1}, other[SPOOL_ID_BYTES];
	char name[SPOOL_NAME_BYTES], damaged[SPOOL_NAME_BYTES];
	int64_t start_us = 0;

	(void)state;
	spool_name_encode(1234567, 42, id, name);
	assert_string_equal(name, "000000000012d687-42-ab010000000000000000000000000000.segment");
	assert_true(spool_name_decode(name, &start_us, other));
	assert_true(start_us == 1234567 && memcmp(id, other, sizeof(id)) == 0);
	assert_int_equal(spool_name_kind(name), SPOOL_FILE_SEGMENT);
	spool_name_damaged(name, damaged);
	assert_string_equal(damaged, "000000000012d687-42-ab010000000000000000000000000000.damaged");
	assert_int_equal(spool_name_kind(damaged), SPOOL_FILE_DAMAGED);
	assert_int_equal(spool_name_kind("drain.lock"), SPOOL_FILE_OTHER);
	assert_int_equal(spool_name_kind(".segment"), SPOOL_FILE_OTHER);
	assert_false(spool_name_decode("x.segment", &start_us, other));
	name[3] = 'g';
	assert_false(spool_name_decode(name, &start_us, other));
}

#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, make_segment, remove_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(test_tail_torn_at_every_byte_costs_only_the_torn),
		SPOOL_TEST(test_any_changed_byte_costs_only_its_record),
		SPOOL_TEST(test_zeros_at_the_end_are_a_torn_tail),
		SPOOL_TEST(test_garbage_at_the_end_costs_nothing_before_it),
		SPOOL_TEST(test_heads_are_found_again_behind_a_long_bad_stretch),
		SPOOL_TEST(test_missing_and_repeated_records_are_noticed),
		SPOOL_TEST(test_segment_of_another_key_is_kept_and_can_be_tried_again),
		SPOOL_TEST(test_damage_of_one_segment_holds_up_no_other),
		SPOOL_TEST(test_live_segment_is_not_judged),
		SPOOL_TEST(test_strange_files_hold_up_nobody),
		SPOOL_TEST(test_body_opens_only_in_its_place),
		SPOOL_TEST(test_names_tell_start_and_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
