/* What is signed: the session's cookie, its CSRF token, and pages for WeCom's scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/web/jssdk_sign.h"
#include "../../src/web/session_cookie.h"

static struct arena mem;
static struct session_keys keys;
static const struct seal_key master = {"0123456789abcdef0123456789abcde"};

static int
setup(void **state)
{
	(void)state;
	arena_init(&mem, 1024 * 1024);
	return session_keys_derive(&master, &keys) == ST_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static bool
reads(struct span cookie)
{
	char id[SESSION_ID_BYTES];
	struct span corp;

	return session_cookie_read(&keys, cookie, &mem, &corp, id);
}

static void
test_a_cookie_comes_back_as_it_was_made(void **state)
{
	static const char *const corps[] = {"wpAbC_-9", "w", "ww0000000000000000000000000000000000000000000000000000000000000x"};
	char id[SESSION_ID_BYTES], read_id[SESSION_ID_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(corps) / sizeof(corps[0]); i++) {
		struct span cookie, corp;

		assert_int_equal(session_id_new(id), ST_OK);
		cookie = session_cookie_make(&keys, span_of(corps[i]), id, &mem);
		assert_non_null(cookie.at);
		assert_true(session_cookie_read(&keys, cookie, &mem, &corp, read_id));
		assert_string_equal(corp.at, corps[i]);
		assert_string_equal(read_id, id);
	}
}

static void
test_ids_are_never_the_same(void **state)
{
	char one[SESSION_ID_BYTES], two[SESSION_ID_BYTES];

	(void)state;
	assert_int_equal(session_id_new(one), ST_OK);
	assert_int_equal(session_id_new(two), ST_OK);
	assert_int_equal(strlen(one), SESSION_ID_BYTES - 1);
	assert_string_not_equal(one, two);
}

static void
test_every_changed_byte_of_a_cookie_is_noticed(void **state)
{
	char id[SESSION_ID_BYTES], copy[256];
	struct span cookie;

	(void)state;
	assert_int_equal(session_id_new(id), ST_OK);
	cookie = session_cookie_make(&keys, SPAN("wp1"), id, &mem);
	for (size_t i = 0; i < cookie.n; i++) {
		memcpy(copy, cookie.at, cookie.n);
		copy[i] ^= 1;
		assert_false(reads((struct span){copy, cookie.n}));
		assert_false(reads((struct span){cookie.at, i}));
		memcpy(copy, cookie.at, cookie.n);
		copy[i] = '\0';
		assert_false(reads((struct span){copy, cookie.n}));
	}
	memcpy(copy, cookie.at, cookie.n);
	copy[cookie.n] = 'a';
	assert_false(reads((struct span){copy, cookie.n + 1}));
	assert_false(reads((struct span){NULL, 0}));
}

static void
test_another_corp_or_key_is_another_cookie(void **state)
{
	const struct seal_key other_master = {"another master key of 32 bytes."};
	char id[SESSION_ID_BYTES], copy[256], read_id[SESSION_ID_BYTES];
	struct session_keys others;
	struct span cookie, corp;

	(void)state;
	assert_int_equal(session_id_new(id), ST_OK);
	cookie = session_cookie_make(&keys, SPAN("wp1"), id, &mem);
	memcpy(copy, cookie.at, cookie.n);
	memcpy(copy, "wp2", 3);
	assert_false(reads((struct span){copy, cookie.n}));
	assert_int_equal(session_keys_derive(&other_master, &others), ST_OK);
	assert_false(session_cookie_read(&others, cookie, &mem, &corp, read_id));
}

static void
test_the_csrf_token_is_the_sessions_own(void **state)
{
	char id[SESSION_ID_BYTES], other[SESSION_ID_BYTES], one[SESSION_ID_BYTES], two[SESSION_ID_BYTES];

	(void)state;
	assert_int_equal(session_id_new(id), ST_OK);
	assert_int_equal(session_id_new(other), ST_OK);
	session_csrf_token(&keys, SPAN("wp1"), id, one);
	session_csrf_token(&keys, SPAN("wp1"), id, two);
	assert_string_equal(one, two);
	assert_int_equal(strlen(one), 64);
	session_csrf_token(&keys, SPAN("wp2"), id, two);
	assert_string_not_equal(one, two);
	session_csrf_token(&keys, SPAN("wp1"), other, two);
	assert_string_not_equal(one, two);
	/* and not what the cookie is signed with: that one is no secret to who holds the cookie */
	assert_null(strstr(session_cookie_make(&keys, SPAN("wp1"), id, &mem).at, one));
}

static void
test_a_hash_is_sha256(void **state)
{
	char hash[SESSION_ID_BYTES];

	(void)state;
	session_hash(SPAN("abc"), hash);
	assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* The example of WeCom's document on the signature of pages (protocol 13.4). */
static void
test_a_page_is_signed_as_the_document_says(void **state)
{
	char signature[JSSDK_SIGNATURE_BYTES];

	(void)state;
	assert_true(jssdk_sign("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
	    "Wm3WZYTPz0wzccnW", 1414587457, SPAN("http://mp.weixin.qq.com?params=value"), &mem, signature));
	assert_string_equal(signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_cookie_comes_back_as_it_was_made),
	    cmocka_unit_test(test_ids_are_never_the_same),
	    cmocka_unit_test(test_every_changed_byte_of_a_cookie_is_noticed),
	    cmocka_unit_test(test_another_corp_or_key_is_another_cookie),
	    cmocka_unit_test(test_the_csrf_token_is_the_sessions_own),
	    cmocka_unit_test(test_a_hash_is_sha256),
	    cmocka_unit_test(test_a_page_is_signed_as_the_document_says),
	};

	return cmocka_run_group_tests_name("web_sign", tests, setup, teardown);
}
