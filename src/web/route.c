/* Every address there is: exact paths, in the order in which people meet them. */
#include "route.h"

/* path, who, how refusals look, handler, SQL, file, POST, a GET with an effect */
static const struct web_route routes[] = {
	{"/", WEB_PUBLIC, WEB_KIND_PAGE, web_page, NULL, "home.html", false, false},
	{"/wecom/workspace", WEB_MEMBER, WEB_KIND_PAGE, web_page, NULL, "workspace.html", false, false},
	{"/wecom/settings", WEB_PUBLIC, WEB_KIND_PAGE, web_settings, NULL, "settings.html", false, false},
	{"/wecom/login", WEB_PUBLIC, WEB_KIND_PAGE, web_page, NULL, "login.html", false, false},
	{"/wecom/login/start", WEB_PUBLIC, WEB_KIND_PAGE, web_login_start, NULL, NULL, false, true},
	{"/wecom/login/done", WEB_PUBLIC, WEB_KIND_PAGE, web_login_done, NULL, NULL, false, true},
	{"/wecom/logout", WEB_MEMBER, WEB_KIND_DATA, web_logout, NULL, NULL, true, false},
	{"/wecom/install", WEB_PUBLIC, WEB_KIND_PAGE, web_install_start, NULL, NULL, false, true},
	{"/wecom/install/done", WEB_PUBLIC, WEB_KIND_PAGE, web_install_done, NULL, "install.html", false, false},
	{"/wecom/api/install", WEB_PUBLIC, WEB_KIND_DATA, web_install_look, NULL, NULL, false, false},
	{"/wecom/api/me", WEB_MEMBER, WEB_KIND_DATA, web_me, "select wecom.page_me($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/overview", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_overview($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/channels", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_channels($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/staff", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_staff($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/groups", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_groups($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/owners", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_owners($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/duplicates", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_duplicates($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/group_changes", WEB_MEMBER, WEB_KIND_DATA, web_data,
	    "select wecom.page_group_changes($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/tag_orders", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_tag_orders($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/losses", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_losses($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/transfers", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_transfers($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/customers", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_customers($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/tags", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_tags($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/customer", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_customer($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/chat", WEB_MEMBER, WEB_KIND_DATA, web_data, "select wecom.page_chat($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/settings", WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_settings($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/trust", WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_trust($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/usage", WEB_ADMIN, WEB_KIND_DATA, web_data, "select wecom.page_usage($1, $2::jsonb)", NULL, false, false},
	{"/wecom/api/jssdk", WEB_MEMBER, WEB_KIND_DATA, web_jssdk, NULL, NULL, false, false},
	{"/wecom/api/resync", WEB_ADMIN, WEB_KIND_DATA, web_act, "select wecom.web_resync($1, $2, $3, $4)", NULL, true, false},
	{"/wecom/api/unpark", WEB_ADMIN, WEB_KIND_DATA, web_act, "select wecom.web_unpark($1, $2, $3, $4)", NULL, true, false},
	{"/wecom/csv/channels", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_channels()) to stdout with (format csv, header)", "channels.csv", false, false},
	{"/wecom/csv/staff", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_staff()) to stdout with (format csv, header)", "staff.csv", false, false},
	{"/wecom/csv/groups", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_groups()) to stdout with (format csv, header)", "groups.csv", false, false},
	{"/wecom/csv/owners", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_owners()) to stdout with (format csv, header)", "owners.csv", false, false},
	{"/wecom/csv/duplicates", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_duplicates()) to stdout with (format csv, header)", "duplicates.csv", false, false},
	{"/wecom/csv/group_changes", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_group_changes()) to stdout with (format csv, header)", "group_changes.csv", false, false},
	{"/wecom/csv/tag_orders", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_tag_orders()) to stdout with (format csv, header)", "tag_orders.csv", false, false},
	{"/wecom/csv/losses", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_losses()) to stdout with (format csv, header)", "losses.csv", false, false},
	{"/wecom/csv/transfers", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_transfers()) to stdout with (format csv, header)", "transfers.csv", false, false},
	{"/wecom/csv/customers", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_customers()) to stdout with (format csv, header)", "customers.csv", false, false},
	{"/wecom/csv/tags", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_tags()) to stdout with (format csv, header)", "tags.csv", false, false},
	{"/wecom/csv/customer_daily", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_customer_daily()) to stdout with (format csv, header)", "customer_daily.csv", false, false},
	{"/wecom/csv/group_daily", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_group_daily()) to stdout with (format csv, header)", "group_daily.csv", false, false},
	{"/wecom/csv/roster", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_roster()) to stdout with (format csv, header)", "roster.csv", false, false},
	{"/wecom/csv/ledger", WEB_MEMBER, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_ledger()) to stdout with (format csv, header)", "ledger.csv", false, false},
	{"/wecom/csv/trust", WEB_ADMIN, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_trust()) to stdout with (format csv, header)", "trust.csv", false, false},
	{"/wecom/csv/usage", WEB_ADMIN, WEB_KIND_DATA, web_csv,
	    "copy (select * from wecom.csv_usage()) to stdout with (format csv, header)", "usage.csv", false, false},
	{"/healthz", WEB_PUBLIC, WEB_KIND_PLAIN, web_health, NULL, NULL, false, false},
	{"/metrics", WEB_PUBLIC, WEB_KIND_PLAIN, web_metrics, NULL, NULL, false, false},
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
