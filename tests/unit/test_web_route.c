/* Addresses of the pages, where a login may lead to, cells of CSV, and reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/web/csv_cell.h"
#include "../../src/web/route.h"

static enum status
find(const char *path, enum web_method method, const struct web_route **ret_route)
{
	*ret_route = NULL;
	return web_route_find(span_of(path), method, ret_route);
}

static void
test_who_may_go_where(void **state)
{
	static const struct {
		const char *path;
		enum web_access access;
	} rows[] = {
	    {"/", WEB_PUBLIC}, {"/wecom/login", WEB_PUBLIC}, {"/wecom/workspace", WEB_MEMBER}, {"/wecom/api/me", WEB_MEMBER},
	    {"/wecom/api/customers", WEB_MEMBER}, {"/wecom/api/settings", WEB_ADMIN}, {"/wecom/api/trust", WEB_ADMIN},
	    {"/wecom/api/usage", WEB_ADMIN}, {"/wecom/csv/trust", WEB_ADMIN}, {"/wecom/csv/usage", WEB_ADMIN},
	    {"/wecom/csv/customers", WEB_MEMBER}, {"/healthz", WEB_PUBLIC}, {"/metrics", WEB_PUBLIC}};
	const struct web_route *route;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(find(rows[i].path, WEB_GET, &route), ST_OK);
		assert_int_equal(route->access, rows[i].access);
		assert_int_equal(find(rows[i].path, WEB_HEAD, &route), ST_OK);
		assert_int_equal(find(rows[i].path, WEB_POST, &route), ST_BAD_METHOD);
		assert_int_equal(find(rows[i].path, WEB_OTHER, &route), ST_BAD_METHOD);
	}
}

static void
test_what_acts_is_no_link(void **state)
{
	static const char *const paths[] = {"/wecom/logout", "/wecom/api/resync", "/wecom/api/unpark"};
	const struct web_route *route;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(find(paths[i], WEB_GET, &route), ST_BAD_METHOD);
		assert_int_equal(find(paths[i], WEB_HEAD, &route), ST_BAD_METHOD);
		assert_int_equal(find(paths[i], WEB_POST, &route), ST_OK);
		assert_true(route->access != WEB_PUBLIC);
	}
	/* nor does asking for a head begin a login */
	assert_int_equal(find("/wecom/login/start", WEB_HEAD, &route), ST_BAD_METHOD);
	assert_int_equal(find("/wecom/login/done", WEB_HEAD, &route), ST_BAD_METHOD);
	assert_int_equal(find("/wecom/install", WEB_HEAD, &route), ST_BAD_METHOD);
	assert_int_equal(find("/wecom/login/start", WEB_GET, &route), ST_OK);
}

static void
test_nothing_but_the_exact_path_is_found(void **state)
{
	static const char *const paths[] = {"", NULL, "//", "/wecom", "/wecom/", "/wecom//settings", "/wecom/settings/",
	    "/wecom/%73ettings", "/wecom/api/../settings", "/./wecom/settings", "/WECOM/settings", "/wecom/settings.html",
	    "/wecom/api", "/wecom/api/", "/wecom/api/nothing", "/wecom/csv/overview", "/wecom/csv/settings", "/wecom/settings;x",
	    "/wecom/settings%2f", "/wecom/settings ", "/healthz/", "/metrics/x", "/wecom/metrics"};
	const struct web_route *route;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(find(paths[i], WEB_GET, &route), ST_NOT_FOUND);
		assert_null(route);
	}
	assert_int_equal(web_route_find((struct span){"/wecom/settings\0x", 17}, WEB_GET, &route), ST_NOT_FOUND);
}

static void
test_refusals_look_like_what_was_asked_for(void **state)
{
	(void)state;
	assert_int_equal(web_route_kind(SPAN("/wecom/api/nothing")), WEB_KIND_DATA);
	assert_int_equal(web_route_kind(SPAN("/wecom/csv/x")), WEB_KIND_DATA);
	assert_int_equal(web_route_kind(SPAN("/wecom/apix")), WEB_KIND_PAGE);
	assert_int_equal(web_route_kind(SPAN("/anything")), WEB_KIND_PAGE);
	assert_int_equal(web_route_kind((struct span){NULL, 0}), WEB_KIND_PAGE);
}

static void
test_a_login_leads_to_pages_of_ours_only(void **state)
{
	static const char *const ours[] = {"/wecom/workspace", "/wecom/settings", "/wecom/workspace?from=2026-11-01&q=%E5%BC%A0",
	    "/wecom/install/done"};
	static const char *const others[] = {"", "/", "//evil.example/", "https://evil.example/wecom/", "/wecom/", "/wecom/..//x",
	    "/wecom/../x", "/wecom//x", "/wecom/a/%2e%2e/x", "/wecom/%2f/x", "/wecom/\\evil", "/\\evil.example", "/wecom/x\r\ny",
	    "/wecom/x\ty", "/wecom/x y", "/wecom/login", "/wecom/login/start?how=oauth", "/wecom/logout", "/wecom/api/me",
	    "/wecom/x#y", "/wecom/<script>", "/wecom/\xe5\xbc\xa0", "wecom/workspace", "javascript:alert(1)//wecom/"};
	static char very_long[600];
	struct arena mem;

	(void)state;
	arena_init(&mem, 65536);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_string_equal(web_next_page(&mem, span_of(ours[i])), ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (web_next_page(&mem, span_of(others[i])) != NULL)
			fail_msg("%s was taken", others[i]);
	memset(very_long, 'a', sizeof(very_long) - 1);
	memcpy(very_long, "/wecom/", 7);
	assert_null(web_next_page(&mem, span_of(very_long)));
	assert_null(web_next_page(&mem, (struct span){"/wecom/a\0b", 10}));
	arena_done(&mem);
}

static void
is_disarmed(const char *row, const char *wanted)
{
	char to[512];
	size_t n = csv_cells_disarm(row, strlen(row), to);

	to[n] = '\0';
	assert_string_equal(to, wanted);
}

static void
test_cells_that_are_formulas_are_disarmed(void **state)
{
	(void)state;
	is_disarmed("=1+1,a\n", "'=1+1,a\n");
	is_disarmed("a,@SUM(A1)\n", "a,'@SUM(A1)\n");
	is_disarmed("\"=cmd|' /C calc'!A0\",x\n", "\"'=cmd|' /C calc'!A0\",x\n");
	is_disarmed("+,-,\"-\"\n", "'+,'-,\"'-\"\n");
	is_disarmed("-1+1,\"+a,b\"\n", "'-1+1,\"'+a,b\"\n");
	is_disarmed("\"\t=1\",\"\r=1\"\n", "\"'\t=1\",\"'\r=1\"\n");
	is_disarmed("=1", "'=1");
}

static void
test_other_cells_stay_as_they_are(void **state)
{
	static const char *const rows[] = {"", "\n", ",,\n", "a,b\n", "-5,+3.25,-0.1\n", "\"-5\"\n", "2026-11-01 10:00:00+08,x\n",
	    "\"a,=b\",\"c\"\"=d\"\n", "\"a\n=b\",c\n", "\xe5\xbc\xa0,\"\"\n", "\"\"\"=1\"\"\"\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_disarmed(rows[i], rows[i]);
}

static void
test_every_reason_has_word_sentence_and_code(void **state)
{
	(void)state;
	for (int i = REASON_NONE + 1; i < REASON_N; i++) {
		assert_true(reason_http((enum reason)i) >= 400);
		assert_true(reason_name((enum reason)i)[0] != '\0');
		assert_true(strlen(reason_sentence((enum reason)i)) > 10);
		assert_true(reason_status((enum reason)i) != ST_OK);
		for (int j = REASON_NONE; j < i; j++)
			assert_string_not_equal(reason_name((enum reason)i), reason_name((enum reason)j));
	}
	assert_int_equal(reason_http(REASON_N), 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_may_go_where),
	    cmocka_unit_test(test_what_acts_is_no_link),
	    cmocka_unit_test(test_nothing_but_the_exact_path_is_found),
	    cmocka_unit_test(test_refusals_look_like_what_was_asked_for),
	    cmocka_unit_test(test_a_login_leads_to_pages_of_ours_only),
	    cmocka_unit_test(test_cells_that_are_formulas_are_disarmed),
	    cmocka_unit_test(test_other_cells_stay_as_they_are),
	    cmocka_unit_test(test_every_reason_has_word_sentence_and_code),
	};

	return cmocka_run_group_tests_name("web_route", tests, NULL, NULL);
}
