/* Secrets at rest: a published AES-256-GCM vector, the round trip, and every single change refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/rand.h>

#include "seal.h"

int __wrap_RAND_bytes(unsigned char *to, int n);
int __real_RAND_bytes(unsigned char *to, int n);

static bool random_is_out;
static struct arena mem;
static struct seal_key key;

int
__wrap_RAND_bytes(unsigned char *to, int n)
{
	return random_is_out ? 0 : __real_RAND_bytes(to, n);
}

static int
setup(void **state)
{
	(void)state;
	arena_init(&mem, 1 << 26);
	memset(key.bytes, 0x5a, sizeof(key.bytes));
	random_is_out = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static struct span
unhex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *at = arena_alloc(&mem, n);

	for (size_t i = 0; i < n; i++) {
		unsigned int byte = 0;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		at[i] = (char)byte;
	}
	return (struct span){at, n};
}

/* Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), in our layout. */
static void
test_a_published_vector_opens(void **state)
{
	struct span plain, sealed = unhex("01" "cafebabefacedbaddecaf888"
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" "76fc6ece0f4e1768cddf8853bb2d551b");
	struct span wanted = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");

	(void)state;
	assert_int_equal(seal_key_decode(SPAN("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
	    &key), ST_OK);
	assert_int_equal(seal_open(&key, unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), sealed, &mem, &plain),
	    ST_OK);
	assert_true(span_equal(plain, wanted));
}

static void
test_what_was_closed_opens_at_every_length(void **state)
{
	(void)state;
	for (size_t n = 0; n < 70; n++) {
		struct span sealed, opened, plain = {arena_alloc(&mem, n), n};

		memset((char *)plain.at, 'p', n);
		assert_int_equal(seal_close(&key, SPAN("row"), plain, &mem, &sealed), ST_OK);
		assert_int_equal(sealed.n, n + SEAL_OVERHEAD_BYTES);
		assert_int_equal(seal_open(&key, SPAN("row"), sealed, &mem, &opened), ST_OK);
		assert_true(span_equal(opened, plain));
		assert_int_equal(opened.at[n], 0);
	}
}

static void
test_absent_text_and_no_associated_data_work(void **state)
{
	struct span none = {NULL, 0}, sealed, opened;

	(void)state;
	assert_int_equal(seal_close(&key, none, none, &mem, &sealed), ST_OK);
	assert_int_equal(seal_open(&key, none, sealed, &mem, &opened), ST_OK);
	assert_int_equal(opened.n, 0);
	assert_int_equal(seal_open(&key, SPAN("x"), sealed, &mem, &opened), ST_BAD_INPUT);
}

static void
test_the_same_text_is_never_sealed_alike(void **state)
{
	struct span a, b;

	(void)state;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &a), ST_OK);
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &b), ST_OK);
	assert_false(span_equal(a, b));
	assert_memory_not_equal(a.at + 1, b.at + 1, 12);
}

static void
test_every_flipped_bit_is_refused(void **state)
{
	struct span sealed, opened = SPAN("untouched");

	(void)state;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &sealed), ST_OK);
	for (size_t bit = 0; bit < sealed.n * 8; bit++) {
		((char *)sealed.at)[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(seal_open(&key, SPAN("row"), sealed, &mem, &opened), ST_BAD_INPUT);
		((char *)sealed.at)[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_string_equal(opened.at, "untouched");
}

static void
test_every_shorter_value_is_refused(void **state)
{
	struct span sealed, opened;

	(void)state;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &sealed), ST_OK);
	while (sealed.n > 0) {
		sealed.n--;
		assert_int_equal(seal_open(&key, SPAN("row"), sealed, &mem, &opened), ST_BAD_INPUT);
	}
	assert_int_equal(seal_open(&key, SPAN("row"), (struct span){NULL, 0}, &mem, &opened), ST_BAD_INPUT);
}

static void
test_another_row_or_key_does_not_open(void **state)
{
	struct seal_key other = key;
	struct span sealed, opened;

	(void)state;
	other.bytes[31] ^= 1;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &sealed), ST_OK);
	assert_int_equal(seal_open(&key, SPAN("rov"), sealed, &mem, &opened), ST_BAD_INPUT);
	assert_int_equal(seal_open(&other, SPAN("row"), sealed, &mem, &opened), ST_BAD_INPUT);
	assert_int_equal(seal_open(&key, SPAN("row"), sealed, &mem, &opened), ST_OK);
}

static void
test_limits_and_missing_means_are_statuses(void **state)
{
	struct span sealed, opened, huge = {arena_alloc(&mem, (16 << 20) + 1), (16 << 20) + 1};
	struct arena small;

	(void)state;
	assert_int_equal(seal_close(&key, SPAN("row"), huge, &mem, &sealed), ST_BUG);
	random_is_out = true;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &sealed), ST_SYSTEM);
	random_is_out = false;
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &mem, &sealed), ST_OK);
	arena_init(&small, 1);
	assert_int_equal(seal_close(&key, SPAN("row"), SPAN("ticket"), &small, &opened), ST_NOMEM);
	assert_int_equal(seal_open(&key, SPAN("row"), sealed, &small, &opened), ST_NOMEM);
	assert_null(seal_row_identity(&small, SPAN("c"), SPAN("k"), SPAN("n")).at);
}

static void
test_a_row_identity_cannot_be_shifted_between_its_parts(void **state)
{
	struct span id = seal_row_identity(&mem, SPAN("wwcorp"), SPAN("k"), SPAN(""));

	(void)state;
	assert_true(span_equal(id, SPAN("\0\0\0\x0c" "wecom.secret" "\0\0\0\6" "wwcorp" "\0\0\0\1" "k" "\0\0\0\0")));
	assert_false(span_equal(id, seal_row_identity(&mem, SPAN("wwcorpk"), SPAN(""), SPAN(""))));
	assert_false(span_equal(id, seal_row_identity(&mem, SPAN("wwcorp"), SPAN(""), SPAN("k"))));
}

static void
test_a_key_is_exactly_64_hexadecimal_digits(void **state)
{
	static const char good[] = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
	struct seal_key before = key;

	(void)state;
	assert_int_equal(seal_key_decode(SPAN("0"), &key), ST_CONFIG);
	assert_int_equal(seal_key_decode((struct span){NULL, 0}, &key), ST_CONFIG);
	assert_int_equal(seal_key_decode((struct span){good, 63}, &key), ST_CONFIG);
	assert_int_equal(seal_key_decode((struct span){good, 65}, &key), ST_CONFIG);
	assert_int_equal(seal_key_decode(SPAN("00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFG"), &key),
	    ST_CONFIG);
	assert_memory_equal(&key, &before, sizeof(key));
	assert_int_equal(seal_key_decode(span_of(good), &key), ST_OK);
	assert_int_equal(key.bytes[1], 0x11);
	assert_int_equal(key.bytes[31], 0xff);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_published_vector_opens),
		CASE(test_what_was_closed_opens_at_every_length),
		CASE(test_absent_text_and_no_associated_data_work),
		CASE(test_the_same_text_is_never_sealed_alike),
		CASE(test_every_flipped_bit_is_refused),
		CASE(test_every_shorter_value_is_refused),
		CASE(test_another_row_or_key_does_not_open),
		CASE(test_limits_and_missing_means_are_statuses),
		CASE(test_a_row_identity_cannot_be_shifted_between_its_parts),
		CASE(test_a_key_is_exactly_64_hexadecimal_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
