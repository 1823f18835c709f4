/* Checks as WeCom does, then a list or a way back.  Never shows a code but in the address it belongs to. */
#include "page.h"

#include <string.h>
#include <strings.h>

#include "api_inside.h"
#include "page_html.h"

#define STATE_MAX_BYTES 128

/* One visit.  The parameters are borrowed from the connection. */
struct page {
	struct api *api;
	struct MHD_Connection *connection;
	const char *corp; /* chosen; NULL: not yet */
	const char *user;
	const char *redirect;
	const char *state;
	struct text html;
	struct text location; /* not empty: go there */
	unsigned int status;
};

static const char *
parameter(const struct page *page, const char *name)
{
	const char *value = MHD_lookup_connection_value(page->connection, MHD_GET_ARGUMENT_KIND, name);

	return value == NULL ? "" : value;
}

static void
refuse(struct page *page, int code, const char *why)
{
	page->status = MHD_HTTP_BAD_REQUEST;
	page_html_refusal(&page->html, code, why);
}

/* The host of an address, port included, must be one of the trusted ones. */
static bool
is_trusted(const struct page *page)
{
	const char *uri = page->redirect, *trusted = page->api->options.trusted;
	size_t n;

	if (strncmp(uri, "http://", 7) == 0)
		uri += 7;
	else if (strncmp(uri, "https://", 8) == 0)
		uri += 8;
	else
		return false;
	n = strcspn(uri, "/?#");
	while (n > 0 && trusted != NULL && *trusted != '\0') {
		size_t m = strcspn(trusted, ",");

		if (m == n && strncasecmp(uri, trusted, n) == 0)
			return strpbrk(uri, "\\\r\n#") == NULL;
		trusted += m + (trusted[m] == ',');
	}
	return false;
}

static bool
is_state(const char *state)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	return strlen(state) <= STATE_MAX_BYTES && strspn(state, set) == strlen(state);
}

/* What the three ways in have in common.  untrusted: the code that this page gives for a strange host. */
static bool
is_way_back(struct page *page, int untrusted)
{
	page->redirect = parameter(page, "redirect_uri");
	page->state = parameter(page, "state");
	if (page->redirect[0] == '\0')
		refuse(page, 40058, "redirect_uri is missing");
	else if (!is_trusted(page))
		refuse(page, untrusted, "the host of redirect_uri is not the trusted domain");
	else if (!is_state(page->state))
		refuse(page, 40058, "state takes at most 128 letters and digits");
	else
		return true;
	return false;
}

static void
go_back(struct page *page, const char *name, const char *code, const char *more)
{
	text_printf(&page->location, "%s%c%s=", page->redirect, strchr(page->redirect, '?') == NULL ? '?' : '&', name);
	text_add_percent(&page->location, code, strlen(code));
	text_adds(&page->location, more);
	if (page->state[0] == '\0')
		return;
	text_adds(&page->location, "&state=");
	text_add_percent(&page->location, page->state, strlen(page->state));
}

static struct page_link
link_of(const struct page *page, const char *path, const char *const *names)
{
	struct page_link link = {.path = path, .names = names};

	for (size_t i = 0; names[i] != NULL; i++)
		link.values[i] = parameter(page, names[i]);
	return link;
}

/* The chosen one is really there (only an admin, where only admins may); copies, for the truth goes on. */
static bool
is_somebody(struct page *page, bool is_admin)
{
	struct truth *truth = page->api->truth;
	struct truth_corp *corp;
	bool is_there;

	truth_lock(truth);
	corp = truth_find_corp(truth, page->corp);
	is_there = corp != NULL && page->user != NULL &&
		   (is_admin ? page_html_is_admin(corp, page->user) : truth_find_member(corp, page->user) != NULL);
	truth_unlock(truth);
	if (!is_there)
		refuse(page, 60111, "there is no such person");
	return is_there;
}

static void
list_people(struct page *page, const char *title, const struct page_link *link, enum page_people people)
{
	truth_lock(page->api->truth);
	page_html_people(&page->html, title, page->api->truth, link, people);
	truth_unlock(page->api->truth);
}

static void
log_in(struct page *page, enum api_code_use use, const char *name, const char *more)
{
	char code[API_CODE_BYTES];

	api_code_issue(page->api, use, page->corp, page->user, code);
	go_back(page, name, code, more);
}

static void
serve_oauth(struct page *page)
{
	static const char *const names[] = {"appid", "redirect_uri", "response_type", "scope", "state", NULL};
	struct page_link link = link_of(page, "/connect/oauth2/authorize", names);
	const char *scope = parameter(page, "scope");

	if (strcmp(parameter(page, "appid"), page->api->options.suite_id) != 0)
		refuse(page, 40013, "appid is not the suite id");
	else if (strcmp(parameter(page, "response_type"), "code") != 0)
		refuse(page, 40058, "response_type is not code");
	else if (strcmp(scope, "snsapi_base") != 0 && strcmp(scope, "snsapi_privateinfo") != 0)
		refuse(page, 40058, "scope is neither snsapi_base nor snsapi_privateinfo");
	else if (!is_way_back(page, 50001))
		return;
	else if (page->corp == NULL)
		list_people(page, "企业微信内打开应用 · in the WeCom client", &link, PAGE_ANYBODY);
	else if (page->corp[0] == '\0') {
		page->user = "";
		log_in(page, CODE_OAUTH, "code", "");
	} else if (is_somebody(page, false))
		log_in(page, CODE_OAUTH, "code", "");
}

static void
serve_login(struct page *page)
{
	static const char *const names[] = {"login_type", "appid", "redirect_uri", "state", "lang", NULL};
	struct page_link link = link_of(page, "/wwlogin/sso/login", names);
	const char *appid = parameter(page, "appid"), *login = page->api->options.login_suite_id;

	if (strcmp(parameter(page, "login_type"), "ServiceApp") != 0)
		refuse(page, -31040, "login_type is not ServiceApp");
	else if (strcmp(appid, page->api->options.suite_id) == 0)
		refuse(page, -31037, "appid is not of a login app");
	else if (login == NULL || strcmp(appid, login) != 0)
		refuse(page, -31027, "appid is wrong");
	else if (!is_way_back(page, -31020))
		return;
	else if (page->corp == NULL)
		list_people(page, "扫码登录 · web login", &link, PAGE_MEMBERS);
	else if (is_somebody(page, false))
		log_in(page, CODE_LOGIN, "code", "");
}

/* The pre_auth_code is used up by an installation only. */
static bool
is_install_begun(struct page *page, bool is_taken)
{
	struct api_code code;
	int found = api_code_find(page->api, parameter(page, "pre_auth_code"), CODE_PRE_AUTH, is_taken, &code);

	if (found == 0)
		return true;
	refuse(page, found == 42003 ? 42007 : 40077,
	    found == 42003 ? "pre_auth_code is expired or used" : "pre_auth_code is unknown");
	return false;
}

static void
serve_install(struct page *page)
{
	static const char *const names[] = {"suite_id", "pre_auth_code", "redirect_uri", "state", NULL};
	struct page_link link = link_of(page, "/3rdapp/install", names);
	const struct api_options *options = &page->api->options;
	char code[TRUTH_CODE_BYTES];

	if (strcmp(parameter(page, "suite_id"), options->suite_id) != 0)
		refuse(page, 40083, "suite_id is wrong");
	else if (!is_way_back(page, 50001) || !is_install_begun(page, false))
		return;
	else if (page->corp == NULL)
		list_people(page, "安装应用 · install the app", &link, PAGE_INSTALLERS);
	else if (options->install == NULL || !options->install(options->install_self, page->corp, code))
		refuse(page, 40013, "this corp cannot install the app now");
	else if (is_install_begun(page, true))
		go_back(page, "auth_code", code, "&expires_in=600");
}

static void
serve_admin(struct page *page)
{
	static const char *const names[] = {NULL};
	struct page_link link = link_of(page, "/admin", names);

	page->redirect = page->api->options.settings_url;
	page->state = "";
	if (page->redirect == NULL)
		refuse(page, 40058, "the app has no business settings URL");
	else if (page->corp == NULL)
		list_people(page, "管理后台 · admin console", &link, PAGE_ADMINS);
	else if (is_somebody(page, true))
		log_in(page, CODE_ADMIN, "auth_code", "");
}

static const struct {
	const char *path;
	void (*serve)(struct page *page);
} routes[] = {
    {"/connect/oauth2/authorize", serve_oauth},
    {"/wwlogin/sso/login", serve_login},
    {"/3rdapp/install", serve_install},
    {"/admin", serve_admin},
};
#define ROUTES_N (sizeof(routes) / sizeof(routes[0]))

static size_t
find_route(const char *path)
{
	size_t i = 0;

	while (i < ROUTES_N && strcmp(routes[i].path, path) != 0)
		i++;
	return i;
}

bool
page_is_known(const char *path)
{
	return find_route(path) < ROUTES_N;
}

static enum MHD_Result
answer(struct page *page)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	text_reserve(&page->html, 0);
	response = MHD_create_response_from_buffer(page->html.n, page->html.at, MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=UTF-8");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (page->location.n > 0)
		MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, page->location.at);
	result = MHD_queue_response(page->connection, page->location.n > 0 ? MHD_HTTP_FOUND : page->status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result
page_serve(struct api *api, struct MHD_Connection *connection, const char *method, const char *path)
{
	struct page page = {.api = api, .connection = connection, .status = MHD_HTTP_OK};
	size_t route = find_route(path);
	enum MHD_Result result;

	page.corp = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "sim_corp");
	page.user = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "sim_user");
	if (route == ROUTES_N) {
		refuse(&page, 404, "there is no such page");
		page.status = MHD_HTTP_NOT_FOUND;
	} else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
		refuse(&page, 405, "pages are for GET");
		page.status = MHD_HTTP_METHOD_NOT_ALLOWED;
	} else {
		routes[route].serve(&page);
	}
	result = answer(&page);
	text_free(&page.html);
	text_free(&page.location);
	return result;
}
