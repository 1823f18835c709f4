/* Queries, forms and cookies: what is doubtful is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/web/form.h"

static struct arena mem;
static struct form form;

static int
setup(void **state)
{
	(void)state;
	arena_init(&mem, 1024 * 1024);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static enum status
parse(const char *text)
{
	struct detail why = {""};
	enum status st = form_parse(span_of(text), &mem, &form, &why);

	assert_true(st == ST_OK || why.text[0] != '\0');
	return st;
}

static void
is_value(const char *name, const char *wanted)
{
	struct span value = form_value(&form, name);

	assert_non_null(value.at);
	assert_int_equal(value.n, strlen(wanted));
	assert_string_equal(value.at, wanted);
}

static void
test_names_and_values_are_decoded(void **state)
{
	(void)state;
	assert_int_equal(parse("from=2026-11-01&q=%E5%BC%A0+%F0%9F%98%80&empty=&bare&plus=%2B"), ST_OK);
	assert_int_equal(form.n, 5);
	is_value("from", "2026-11-01");
	is_value("q", "\xe5\xbc\xa0 \xf0\x9f\x98\x80");
	is_value("empty", "");
	is_value("bare", "");
	is_value("plus", "+");
	assert_null(form_value(&form, "fro").at);
	assert_null(form_value(&form, "from2").at);
}

static void
test_nothing_is_a_form_without_fields(void **state)
{
	(void)state;
	assert_int_equal(parse(""), ST_OK);
	assert_int_equal(form.n, 0);
	assert_int_equal(parse("&&&"), ST_OK);
	assert_int_equal(form.n, 0);
	assert_int_equal(form_parse((struct span){NULL, 0}, &mem, &form, NULL), ST_OK);
}

static void
test_doubtful_queries_are_refused(void **state)
{
	static const char *const texts[] = {"a=1&a=2", "a=1&%61=2", "a=%", "a=%4", "a=%zz", "a=%00", "a=%0a", "a=%1f", "a=%7f",
	    "a=%ff", "a=%c0%af", "a=%ed%a0%80", "a=%f4%90%80%80", "a=%e5%bc", "a=%c2%85", "a b=1", "a%20b=1", "=1", "a[]=1",
	    "%e5%bc%a0=1", "a=1?b=2", "?a=1", "<script>=1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i]) != ST_BAD_INPUT)
			fail_msg("%s was taken", texts[i]);
}

static void
test_sizes_are_bounded(void **state)
{
	char text[FORM_MAX_BYTES + 2], *at = text;

	(void)state;
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		at += snprintf(at, 16, "%sa%d=1", i == 0 ? "" : "&", i);
	assert_int_equal(parse(text), ST_OK);
	strcpy(at, "&b=1");
	assert_int_equal(parse(text), ST_BAD_INPUT);
	memset(text, 'a', sizeof(text) - 1);
	text[FORM_MAX_BYTES + 1] = '\0';
	memcpy(text, "a=", 2);
	assert_int_equal(parse(text), ST_BAD_INPUT);
	text[FORM_MAX_BYTES] = '\0';
	assert_int_equal(parse(text), ST_OK);
	memset(text, 'a', FORM_NAME_MAX_BYTES + 1);
	strcpy(text + FORM_NAME_MAX_BYTES + 1, "=1");
	assert_int_equal(parse(text), ST_BAD_INPUT);
	assert_int_equal(parse(text + 1), ST_OK);
}

static void
is_cookie(const char *header, const char *wanted)
{
	struct span value = cookie_value(span_of(header), "s");

	if (wanted == NULL) {
		assert_null(value.at);
		return;
	}
	assert_non_null(value.at);
	assert_int_equal(value.n, strlen(wanted));
	assert_memory_equal(value.at, wanted, value.n);
}

static void
test_a_cookie_is_found_by_its_whole_name(void **state)
{
	(void)state;
	is_cookie("s=1", "1");
	is_cookie("a=2; s=1; b=3", "1");
	is_cookie("a=2;s=1", "1");
	is_cookie("s=a=b", "a=b");
	is_cookie("s=", "");
	is_cookie("ss=1; xs=2", NULL);
	is_cookie("S=1", NULL);
	is_cookie("", NULL);
	is_cookie(NULL, NULL);
	is_cookie("a=s=1", NULL);
}

static void
test_a_cookie_given_twice_is_nobodys(void **state)
{
	static char header[COOKIES_MAX_BYTES + 8];

	(void)state;
	is_cookie("s=1; s=2", NULL);
	is_cookie("s=1; a=1; s=1", NULL);
	memset(header, 'a', sizeof(header) - 1);
	memcpy(header, "s=1; ", 5);
	is_cookie(header, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_and_values_are_decoded),
	    cmocka_unit_test(test_nothing_is_a_form_without_fields),
	    cmocka_unit_test(test_doubtful_queries_are_refused),
	    cmocka_unit_test(test_sizes_are_bounded),
	    cmocka_unit_test(test_a_cookie_is_found_by_its_whole_name),
	    cmocka_unit_test(test_a_cookie_given_twice_is_nobodys),
	};

	return cmocka_run_group_tests_name("web_form", tests, setup, teardown);
}
