/* Every address there is: exact paths, in the order in which people meet them. */
#include "route.h"

/* path, POST, who, how refusals look, handler, SQL, file, a GET with an effect */
static const struct web_route routes[] = {
	{"/", false, WEB_PUBLIC, WEB_KIND_PAGE, web_page, NULL, "home.html", false},
	{"/wecom/workspace", false, WEB_MEMBER, WEB_KIND_PAGE, web_page, NULL, "workspace.html", false},
	{"/wecom/settings", false, WEB_PUBLIC, WEB_KIND_PAGE, web_settings, NULL, "settings.html", false},
	{"/wecom/login", false, WEB_PUBLIC, WEB_KIND_PAGE, web_page, NULL, "login.html", false},
	{"/wecom/login/start", false, WEB_PUBLIC, WEB_KIND_PAGE, web_login_start, NULL, NULL, true},
	{"/wecom/login/done", false, WEB_PUBLIC, WEB_KIND_PAGE, web_login_done, NULL, NULL, true},
	{"/wecom/logout", true, WEB_MEMBER, WEB_KIND_DATA, web_logout, NULL, NULL, false},
	{"/wecom/install", false, WEB_PUBLIC, WEB_KIND_PAGE, web_install_start, NULL, NULL, true},
	{"/wecom/install/done", false, WEB_PUBLIC, WEB_KIND_PAGE, web_install_done, NULL, "install.html", false},
	{"/wecom/api/install", false, WEB_PUBLIC, WEB_KIND_DATA, web_install_look, NULL, NULL, false},
	{"/wecom/api/me", false, WEB_MEMBER, WEB_KIND_DATA, web_me, "select wecom.page_me($1, $2::jsonb)", NULL, false},
	{"/wecom/api/overview", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_overview($1, $2::jsonb)", NULL, false},
	{"/wecom/api/channels", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_channels($1, $2::jsonb)", NULL, false},
	{"/wecom/api/staff", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_staff($1, $2::jsonb)", NULL, false},
	{"/wecom/api/groups", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_groups($1, $2::jsonb)", NULL, false},
	{"/wecom/api/owners", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_owners($1, $2::jsonb)", NULL, false},
	{"/wecom/api/duplicates", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_duplicates($1, $2::jsonb)", NULL, false},
	{"/wecom/api/group_changes", false, WEB_MEMBER, WEB_KIND_DATA, web_data,
	    "select wecom.page_group_changes($1, $2::jsonb)", NULL, false},
	{"/wecom/api/tag_orders", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_tag_orders($1, $2::jsonb)", NULL, false},
	{"/wecom/api/losses", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_losses($1, $2::jsonb)", NULL, false},
	{"/wecom/api/transfers", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_transfers($1, $2::jsonb)", NULL, false},
	{"/wecom/api/customers", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_customers($1, $2::jsonb)", NULL, false},
	{"/wecom/api/tags", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_tags($1, $2::jsonb)", NULL, false},
	{"/wecom/api/customer", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_customer($1, $2::jsonb)", NULL, false},
	{"/wecom/api/chat", false, WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_chat($1, $2::jsonb)", NULL, false},
	{"/wecom/api/settings", false, WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_settings($1, $2::jsonb)", NULL, false},
	{"/wecom/api/trust", false, WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_trust($1, $2::jsonb)", NULL, false},
	{"/wecom/api/usage", false, WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_usage($1, $2::jsonb)", NULL, false},
	{"/wecom/api/jssdk", false, WEB_MEMBER, WEB_KIND_DATA, web_jssdk, NULL, NULL, false},
	{"/wecom/api/resync", true, WEB_ADMIN, WEB_KIND_DATA, web_act, "select wecom.web_resync($1, $2, $3, $4)", NULL, false},
	{"/wecom/api/unpark", true, WEB_ADMIN, WEB_KIND_DATA, web_act, "select wecom.web_unpark($1, $2, $3, $4)", NULL, false},
	{"/wecom/csv/channels", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_channels()) to stdout with (format csv, header)", "channels.csv", false},
	{"/wecom/csv/staff", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_staff()) to stdout with (format csv, header)", "staff.csv", false},
	{"/wecom/csv/groups", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_groups()) to stdout with (format csv, header)", "groups.csv", false},
	{"/wecom/csv/owners", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_owners()) to stdout with (format csv, header)", "owners.csv", false},
	{"/wecom/csv/duplicates", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_duplicates()) to stdout with (format csv, header)", "duplicates.csv", false},
	{"/wecom/csv/group_changes", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_group_changes()) to stdout with (format csv, header)", "group_changes.csv", false},
	{"/wecom/csv/tag_orders", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_tag_orders()) to stdout with (format csv, header)", "tag_orders.csv", false},
	{"/wecom/csv/losses", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_losses()) to stdout with (format csv, header)", "losses.csv", false},
	{"/wecom/csv/transfers", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_transfers()) to stdout with (format csv, header)", "transfers.csv", false},
	{"/wecom/csv/customers", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_customers()) to stdout with (format csv, header)", "customers.csv", false},
	{"/wecom/csv/tags", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_tags()) to stdout with (format csv, header)", "tags.csv", false},
	{"/wecom/csv/customer_daily", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_customer_daily()) to stdout with (format csv, header)", "customer_daily.csv", false},
	{"/wecom/csv/group_daily", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_group_daily()) to stdout with (format csv, header)", "group_daily.csv", false},
	{"/wecom/csv/roster", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_roster()) to stdout with (format csv, header)", "roster.csv", false},
	{"/wecom/csv/ledger", false, WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_ledger()) to stdout with (format csv, header)", "ledger.csv", false},
	{"/wecom/csv/trust", false, WEB_ADMIN, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_trust()) to stdout with (format csv, header)", "trust.csv", false},
	{"/wecom/csv/usage", false, WEB_ADMIN, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_usage()) to stdout with (format csv, header)", "usage.csv", false},
	{"/healthz", false, WEB_PUBLIC, WEB_KIND_PLAIN, web_health, NULL, NULL, false},
	{"/metrics", false, WEB_PUBLIC, WEB_KIND_PLAIN, web_metrics, NULL, NULL, false},
};

enum status
web_route_find(struct span path, enum web_method method, const struct web_route **ret_route)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct web_route *route = &routes[i];

		if (!span_equal(path, span_of(route->path)))
			continue;
		*ret_route = route;
		if (route->is_post)
			return method == WEB_POST ? ST_OK : ST_BAD_METHOD;
		return method == WEB_GET || (method == WEB_HEAD && !route->has_effect) ? ST_OK : ST_BAD_METHOD;
	}
	return ST_NOT_FOUND;
}

static bool
begins(struct span path, struct span with)
{
	return path.n >= with.n && span_equal((struct span){path.at, with.n}, with);
}

enum web_kind
web_route_kind(struct span path)
{
	return begins(path, SPAN("/wecom/api/")) || begins(path, SPAN("/wecom/csv/")) ? WEB_KIND_DATA : WEB_KIND_PAGE;
}
