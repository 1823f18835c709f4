/* The envelope: documented vectors, vectors of an independent implementation, and everything that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "envelope.h"
#include "envelope_make.h"
#include "tsv.h"

#define TOKEN "QDG6eK"
#define KEY "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
#define ARENA_CAP ((size_t)16 << 20)

enum vector_column {
	NAME,
	STATUS,
	VECTOR_TOKEN,
	VECTOR_KEY,
	TIMESTAMP,
	NONCE,
	SIGNATURE,
	CIPHER,
	MESSAGE,
	RECEIVEID,
	VECTOR_N
};

static struct envelope_context *context;

static int
context_start(void **state)
{
	(void)state;
	context = envelope_context_new();
	return context == NULL;
}

static int
context_stop(void **state)
{
	(void)state;
	envelope_context_free(context);
	return 0;
}

static size_t
hex_decode(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (unsigned char)byte;
	}
	return n;
}

static void
assert_hex(struct span actual, const char *hex)
{
	unsigned char *expected = malloc(strlen(hex) / 2 + 1);
	size_t n;

	assert_non_null(expected);
	n = hex_decode(hex, expected);
	assert_int_equal(actual.n, n);
	assert_memory_equal(actual.at, expected, n);
	free(expected);
}

/* The tables write a line end as \n. */
static void
unescape(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] == 'n') {
			*out++ = '\n';
			text++;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static void
vector_check(char **columns)
{
	struct envelope_account account = {.token = span_of(columns[VECTOR_TOKEN])};
	struct query query = {.msg_signature = span_of(columns[SIGNATURE]),
	    .timestamp = span_of(columns[TIMESTAMP]),
	    .nonce = span_of(columns[NONCE])};
	struct envelope_plain plain = {.message = SPAN("untouched")};
	struct detail why = {""};
	struct arena mem;
	enum status st;

	unescape(columns[CIPHER]);
	arena_init(&mem, ARENA_CAP);
	assert_int_equal(envelope_key_decode(span_of(columns[VECTOR_KEY]), account.key), ST_OK);
	st = envelope_open(context, &account, &query, span_of(columns[CIPHER]), &mem, &plain, &why);
	if (strcmp(status_name(st), columns[STATUS]) != 0)
		fail_msg("%s: %s instead of %s (%s)", columns[NAME], status_name(st), columns[STATUS], why.text);
	if (st == ST_OK) {
		assert_hex(plain.message, columns[MESSAGE]);
		assert_hex(plain.receiveid, columns[RECEIVEID]);
	} else {
		assert_string_not_equal(why.text, "");
		assert_string_equal(plain.message.at, "untouched");
	}
	arena_done(&mem);
}

static void
test_open_reads_the_documented_examples(void **state)
{
	(void)state;
	assert_int_equal(tsv_each("envelope/official.tsv", vector_check), 2);
}

static void
test_open_agrees_with_the_independent_implementation(void **state)
{
	(void)state;
	assert_true(tsv_each("envelope/made.tsv", vector_check) > 300);
}

/* Bytes as the plaintext, encrypted and signed rightly: what does opening say? */
static enum status
open_plain(const unsigned char *plain, size_t n, struct envelope_plain *ret_plain, struct arena *mem)
{
	struct envelope_account account = {.token = SPAN(TOKEN)};
	char signature[41], *cipher;
	struct query query = {.timestamp = SPAN("1"), .nonce = SPAN("2")};
	struct detail why;
	enum status st;

	assert_int_equal(envelope_key_decode(SPAN(KEY), account.key), ST_OK);
	cipher = make_cipher(account.key, plain, n);
	make_signature(TOKEN, "1", "2", cipher, signature);
	query.msg_signature = span_of(signature);
	st = envelope_open(context, &account, &query, span_of(cipher), mem, ret_plain, &why);
	free(cipher);
	return st;
}

static void
test_open_rejects_short_block(void **state)
{
	const unsigned char plain[32] = {[31] = 12};
	struct envelope_plain opened;
	struct arena mem;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	assert_int_equal(open_plain(plain, 16, &opened, &mem), ST_BAD_INPUT);
	assert_int_equal(open_plain(plain, 32, &opened, &mem), ST_OK);
	assert_int_equal(opened.message.n, 0);
	assert_int_equal(opened.receiveid.n, 0);
	arena_done(&mem);
}

static void
test_open_bounds_the_length_field_for_every_padding(void **state)
{
	struct envelope_plain opened;
	struct arena mem;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	for (size_t pad = 1; pad <= 32; pad++)
		for (size_t length = 0; length <= 64; length++) {
			unsigned char plain[64] = {[19] = (unsigned char)length, [63] = (unsigned char)pad};
			bool fits = 20 + length <= sizeof(plain) - pad;

			arena_reset(&mem);
			assert_int_equal(open_plain(plain, sizeof(plain), &opened, &mem), fits ? ST_OK : ST_BAD_INPUT);
			if (fits) {
				assert_int_equal(opened.message.n, length);
				assert_int_equal(opened.receiveid.n, sizeof(plain) - pad - 20 - length);
			}
		}
	arena_done(&mem);
}

static void
test_context_serves_again_after_a_refusal(void **state)
{
	char *refused[VECTOR_N] = {NULL};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tsv_each("envelope/official.tsv", vector_check), 2);
		refused[NAME] = (char *)"refused";
		refused[STATUS] = (char *)"denied";
		refused[VECTOR_TOKEN] = (char *)TOKEN;
		refused[VECTOR_KEY] = (char *)KEY;
		refused[TIMESTAMP] = refused[NONCE] = refused[SIGNATURE] = (char *)"1";
		refused[CIPHER] = strdup("AAAA");
		vector_check(refused);
		free(refused[CIPHER]);
	}
}

static void
test_key_ignores_surplus_bits(void **state)
{
	unsigned char keys[4][ENVELOPE_KEY_BYTES];
	char text[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	(void)state;
	for (int i = 0; i < 4; i++) {
		text[42] = (char)('A' + i);
		assert_int_equal(envelope_key_decode(span_of(text), keys[i]), ST_OK);
		assert_memory_equal(keys[i], keys[0], ENVELOPE_KEY_BYTES);
	}
}

static void
test_key_rejects_other_lengths_and_alphabets(void **state)
{
	static const char *const bad[] = {"", "a", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2",
	    "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2CA", " WmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
	    "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2=", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2\n",
	    "jWmYm7qr5nMo-UwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "jWmYm7qr5nMo=UwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
	    "jWmYm7qr5nMo\xc3\xa9wZRjGtBxmz3KA1tkAj3ykkR6q2B2C"};
	unsigned char key[ENVELOPE_KEY_BYTES] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(envelope_key_decode(span_of(bad[i]), key), ST_CONFIG);
	assert_string_equal((char *)key, "untouched");
}

static enum status
cipher_of(struct span body, struct arena *mem, struct span *ret_cipher, bool *ret_is_json)
{
	struct detail why = {""};
	enum status st = envelope_cipher(body, mem, ret_cipher, ret_is_json, &why);

	if (st == ST_BAD_INPUT)
		assert_string_not_equal(why.text, "");
	return st;
}

static void
test_cipher_is_found_in_every_form_of_the_body(void **state)
{
	static const struct {
		const char *body;
		bool is_json;
	} cases[] = {
	    {"<xml><Encrypt>AbC+/==</Encrypt></xml>", false},
	    {"<xml><Encrypt><![CDATA[AbC+/==]]></Encrypt></xml>", false},
	    {"<xml><Encrypt><![CDATA[AbC]]><![CDATA[+/==]]></Encrypt></xml>", false},
	    {"<xml>\n <AgentID><![CDATA[]]></AgentID>\n <Encrypt>\n<![CDATA[AbC+/==]]> </Encrypt><ToUserName/></xml>\n",
		false},
	    {"\r\n <xml><Encrypt>\t AbC+/==\r\n</Encrypt></xml>", false},
	    {"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c --><xml><?pi x?><Encrypt>AbC<!-- c "
	     "-->+/==</Encrypt></xml>",
		false},
	    {"\xef\xbb\xbf<xml><Encrypt>AbC+/==</Encrypt></xml>", false},
	    {"<xml><Encrypt>&#65;bC&#x2B;/==</Encrypt><X a=\"&lt;>\">]] &gt;</X></xml>", false},
	    {"<xml><Inner><Encrypt>no</Encrypt></Inner><Encrypt>AbC+/==</Encrypt></xml>", false},
	    {"{\"tousername\":\"x\",\"encrypt\":\"AbC+/==\",\"agentid\":\"\"}", true},
	    {" \n{\"ToUserName\":\"x\",\"Encrypt\":\"AbC+\\/==\",\"AgentID\":218}", true},
	};
	struct arena mem;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span cipher;
		bool is_json;

		arena_reset(&mem);
		if (cipher_of(span_of(cases[i].body), &mem, &cipher, &is_json) != ST_OK)
			fail_msg("refused: %s", cases[i].body);
		assert_int_equal(is_json, cases[i].is_json);
		assert_int_equal(cipher.n, 7);
		assert_memory_equal(cipher.at, "AbC+/==", 7);
	}
	arena_done(&mem);
}

static void
test_cipher_rejects_what_is_no_envelope(void **state)
{
	static const char *const bodies[] = {"", " \n", "x", "<xml>", "<xml/>", "<xml><Encrypt/></xml>",
	    "<xml><Encrypt> </Encrypt></xml>", "<xml><Encrypt>a</Encrypt><Encrypt>a</Encrypt></xml>",
	    "<xml><encrypt>a</encrypt></xml>", "<Encrypt>a</Encrypt>", "<xml><Encrypt>a<b/></Encrypt></xml>",
	    "<xml><Encrypt x='1'>a</Encrypt></xml>", "<xml><Encrypt>a</Encrypt></xml>x",
	    "<xml><Encrypt>a</Encrypt></xml><xml/>", "<xml><Encrypt>&e;</Encrypt></xml>",
	    "<xml><Encrypt>a</encrypt></xml>", "<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
	    "<!DOCTYPE xml [<!ENTITY e \"a\">]><xml><Encrypt>&e;</Encrypt></xml>",
	    "<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml><Encrypt>a</Encrypt></xml>",
	    "<xml><Encrypt>\xff</Encrypt></xml>", "<xml><Encrypt>\xc0\xaf</Encrypt></xml>",
	    "<xml><Encrypt>\xed\xa0\x80</Encrypt></xml>", "<xml><Encrypt><![CDATA[\x01]]></Encrypt></xml>",
	    "<xml><Encrypt>&#0;</Encrypt></xml>", "<xml><Encrypt><![CDATA[a</Encrypt></xml>",
	    "<?xml version=\"1.0\" encoding=\"GBK\"?><xml><Encrypt>a</Encrypt></xml>",
	    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><xml><Encrypt>a</Encrypt></xml>",
	    "<?xml version=\"1.0\" encoding=\"UTF-16\"?><xml><Encrypt>a</Encrypt></xml>",
	    "<?xml version=\"1.0\" encoding=\"no-such\"?><xml><Encrypt>a</Encrypt></xml>", "{}", "{\"Encrypt\":\"\"}",
	    "{\"Encrypt\":\"a\",\"encrypt\":\"a\"}", "{\"Encrypt\":{\"a\":1}}", "{\"Encrypt\":[\"a\"]}",
	    "{\"Encrypt\":\"a\"", "{\"Encrypt\":\"a\"}x", "{\"Encrypt\":\"a\\u0000\"}", "{'Encrypt':'a'}",
	    "{\"Encrypt\":\"\xff\"}", "{\"Encrypt\":\"a\",}", "[\"Encrypt\"]", "\"Encrypt\""};
	struct arena mem;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct span cipher = {NULL, 0};
		bool is_json;

		arena_reset(&mem);
		if (cipher_of(span_of(bodies[i]), &mem, &cipher, &is_json) != ST_BAD_INPUT || cipher.at != NULL)
			fail_msg("not refused: %s", bodies[i]);
	}
	assert_int_equal(cipher_of((struct span){"<xml><Encrypt>a\0</Encrypt></xml>", 32}, &mem,
			     &(struct span){NULL, 0}, &(bool){false}),
	    ST_BAD_INPUT);
	arena_done(&mem);
}

/* `piece` repeated to fill n bytes. */
static char *
repeat(const char *start, const char *piece, size_t n, const char *end)
{
	char *text = malloc(strlen(start) + n + strlen(end) + 1), *at = stpcpy(text, start), *stop = at + n;

	while ((size_t)(stop - at) >= strlen(piece))
		at = stpcpy(at, piece);
	strcpy(at, end);
	return text;
}

static void
test_cipher_bounds_depth_attributes_and_bombs(void **state)
{
	char *bodies[] = {
	    repeat("", "<a>", 30000, ""),
	    repeat("{\"Encrypt\":", "[", 20000, ""),
	    repeat("{\"Encrypt\":", "{\"a\":", 20000, ""),
	    repeat("<xml", " a=\"\"", 4000, "><Encrypt>a</Encrypt></xml>"),
	    repeat("<xml><Encrypt>", "&#x41;&amp;", 900000, ""),
	    repeat("<xml>", "<![CDATA[]]>", 900000, "</xm>"),
	    repeat("<xml>", "]", 900000, "]]></xml>"),
	    repeat("<xml><![CDATA[", "]", 900000, ""),
	};
	struct arena mem;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct span cipher;
		bool is_json;

		arena_reset(&mem);
		assert_int_equal(cipher_of(span_of(bodies[i]), &mem, &cipher, &is_json), ST_BAD_INPUT);
		free(bodies[i]);
	}
	arena_done(&mem);
}

/* An unsigned megabyte of them would cost hundreds of megabytes and half a second. */
static void
test_cipher_bounds_elements_and_values(void **state)
{
	char *bodies[] = {
	    repeat("<xml><Encrypt>abcd</Encrypt>", "<a/>", 4 * 300, "</xml>"),
	    repeat("<xml><Encrypt>abcd</Encrypt>", "<a b='1' c='2'/>", 16 * 100, "</xml>"),
	    repeat("{\"Encrypt\":\"abcd\",\"a\":[0", ",0", 2 * 300, "]}"),
	    repeat("{\"Encrypt\":\"abcd\",\"a\":[{}", ",{}", 3 * 150, "]}"),
	};
	char *allowed[] = {
	    repeat("<xml><Encrypt>abcd</Encrypt>", "<a/>", 4 * 200, "</xml>"),
	    repeat("{\"Encrypt\":\"abcd\",\"a\":[0", ",0", 2 * 200, "]}"),
	    repeat("{\"Encrypt\":\"abcd\",\"a\":\"", "\\\",{[\\\\", 8 * 300, "\"}"),
	};
	struct arena mem;
	struct span cipher;
	bool is_json;

	(void)state;
	arena_init(&mem, ARENA_CAP);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(cipher_of(span_of(bodies[i]), &mem, &cipher, &is_json), ST_BAD_INPUT);
		free(bodies[i]);
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		assert_int_equal(cipher_of(span_of(allowed[i]), &mem, &cipher, &is_json), ST_OK);
		assert_true(span_equal(cipher, SPAN("abcd")));
		free(allowed[i]);
	}
	arena_done(&mem);
}

static void
test_every_failing_allocation_is_nomem(void **state)
{
	static const char *const bodies[] = {
	    "<xml><ToUserName a='1'><![CDATA[x]]></ToUserName>text<Encrypt>a<![CDATA[bcd]]></Encrypt></xml>",
	    "{\"a\":[1,{\"b\":null}],\"Encrypt\":\"abcd\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		enum status st = ST_NOMEM;

		for (size_t cap = 0; st == ST_NOMEM; cap++) {
			struct envelope_plain plain;
			struct span cipher;
			struct arena mem;
			bool is_json;

			arena_init(&mem, cap);
			st = cipher_of(span_of(bodies[i]), &mem, &cipher, &is_json);
			assert_true(st == ST_NOMEM || (st == ST_OK && cap > 0));
			arena_done(&mem);
			arena_init(&mem, cap < 24 ? cap : 23);
			assert_int_equal(open_plain((unsigned char[32]){0}, 32, &plain, &mem), ST_NOMEM);
			arena_done(&mem);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_reads_the_documented_examples),
	    cmocka_unit_test(test_open_agrees_with_the_independent_implementation),
	    cmocka_unit_test(test_open_rejects_short_block),
	    cmocka_unit_test(test_open_bounds_the_length_field_for_every_padding),
	    cmocka_unit_test(test_context_serves_again_after_a_refusal),
	    cmocka_unit_test(test_key_ignores_surplus_bits),
	    cmocka_unit_test(test_key_rejects_other_lengths_and_alphabets),
	    cmocka_unit_test(test_cipher_is_found_in_every_form_of_the_body),
	    cmocka_unit_test(test_cipher_rejects_what_is_no_envelope),
	    cmocka_unit_test(test_cipher_bounds_depth_attributes_and_bombs),
	    cmocka_unit_test(test_cipher_bounds_elements_and_values),
	    cmocka_unit_test(test_every_failing_allocation_is_nomem),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
