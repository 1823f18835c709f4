/* The table of routes: exact paths, two methods, two of the paths only with an account of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/callback/route.h"

static struct conf with_system = {.has_system_account = true, .has_login_account = true};
static struct conf without_system;

static enum status
find(const struct conf *conf, const char *path, const char *method, struct route *ret_route)
{
	*ret_route = (struct route){EVENT_ROUTE_N, NULL, false};
	return route_find(conf, span_of(path), span_of(method), ret_route);
}

static void
test_each_path_leads_to_its_route_and_account(void **state)
{
	static const struct {
		const char *path;
		enum event_route event_route;
		const struct envelope_account *account;
	} rows[] = {
	    {"/api/v1/wecom/command", EVENT_COMMAND, &with_system.account},
	    {"/api/v1/wecom/callback", EVENT_DATA, &with_system.account},
	    {"/api/v1/wecom/system", EVENT_SYSTEM, &with_system.system_account},
	    {"/api/v1/wecom/login", EVENT_COMMAND, &with_system.login_account},
	};
	static const char *const methods[] = {"GET", "POST"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < 2; j++) {
			struct route route;

			assert_int_equal(find(&with_system, rows[i].path, methods[j], &route), ST_OK);
			assert_int_equal(route.event_route, rows[i].event_route);
			assert_ptr_equal(route.account, rows[i].account);
			assert_int_equal(route.is_login, rows[i].account == &with_system.login_account);
		}
}

static void
test_routes_with_an_account_of_their_own_are_there_only_with_it(void **state)
{
	struct route route;

	(void)state;
	assert_int_equal(find(&without_system, "/api/v1/wecom/system", "POST", &route), ST_NOT_FOUND);
	/* nor does a wrong method tell that the path exists */
	assert_int_equal(find(&without_system, "/api/v1/wecom/system", "PUT", &route), ST_NOT_FOUND);
	assert_int_equal(find(&without_system, "/api/v1/wecom/login", "POST", &route), ST_NOT_FOUND);
	assert_int_equal(find(&without_system, "/api/v1/wecom/command", "POST", &route), ST_OK);
	assert_int_equal(find(&without_system, "/api/v1/wecom/callback", "POST", &route), ST_OK);
	assert_ptr_equal(route.account, &without_system.account);
}

static void
test_other_methods_are_refused_by_case_and_length(void **state)
{
	static const char *const methods[] = {"PUT", "HEAD", "DELETE", "get", "Post", "GETS", "GE", "POST ", "", NULL};
	struct route route;

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		assert_int_equal(find(&with_system, "/api/v1/wecom/command", methods[i], &route), ST_BAD_METHOD);
		assert_null(route.account);
	}
}

static void
test_nothing_but_the_exact_path_is_found(void **state)
{
	static const char *const paths[] = {"/", "", NULL, "/api/v1/wecom", "/api/v1/wecom/", "/api/v1/wecom/command/",
	    "/api/v1/wecom/commandx", "/api/v1/wecom/comman", "//api/v1/wecom/command", "/api/v1/wecom//command",
	    "/API/v1/wecom/command", "/api/v1/wecom/%63ommand", "/api/v1/wecom/../wecom/command", "api/v1/wecom/command",
	    "/api/v1/wecom/command ", "/api/v1/wecom/command;x"};
	struct route route;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(find(&with_system, paths[i], "POST", &route), ST_NOT_FOUND);
		assert_null(route.account);
	}
	assert_int_equal(route_find(&with_system, SPAN("/api/v1/wecom/command\0"), SPAN("POST"), &route), ST_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_path_leads_to_its_route_and_account),
	    cmocka_unit_test(test_routes_with_an_account_of_their_own_are_there_only_with_it),
	    cmocka_unit_test(test_other_methods_are_refused_by_case_and_length),
	    cmocka_unit_test(test_nothing_but_the_exact_path_is_found),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
