/* The table of what is served, and what every endpoint of a corp asks of it first. */
#include <string.h>

#include "api_inside.h"

#define POST true
#define GET false
#define NO_PERMISSION TRUTH_PERMISSION_N

const struct api_endpoint api_endpoints[] = {
    {"service/get_suite_token", POST, TOKEN_NONE, NO_PERMISSION, api_service_suite_token, .is_silent = true,
	.vital = {"suite_access_token", "expires_in"}},
    {"service/get_corp_token", POST, TOKEN_SUITE, NO_PERMISSION, api_service_corp_token, .is_silent = true,
	.vital = {"access_token", "expires_in"}},
    {"service/get_provider_token", POST, TOKEN_NONE, NO_PERMISSION, api_service_provider_token, .is_silent = true,
	.vital = {"provider_access_token", "expires_in"}},
    {"service/get_pre_auth_code", GET, TOKEN_SUITE, NO_PERMISSION, api_service_pre_auth_code,
	.vital = {"pre_auth_code"}},
    {"service/set_session_info", POST, TOKEN_SUITE, NO_PERMISSION, api_service_session_info, .vital = {NULL}},
    {"service/v2/get_permanent_code", POST, TOKEN_SUITE, NO_PERMISSION, api_service_permanent_code, .is_once = true,
	.vital = {"permanent_code", "auth_corp_info", "auth_corp_info.corpid"}},
    {"service/v2/get_auth_info", POST, TOKEN_SUITE, NO_PERMISSION, api_service_auth_info,
	.vital = {"auth_corp_info", "auth_corp_info.corpid", "auth_info.agent.*.agentid",
	    "auth_info.agent.*.privilege"}},
    {"service/auth/getuserinfo3rd", GET, TOKEN_SUITE, NO_PERMISSION, api_service_user_info, .is_once = true,
	.takes_login = true},
    {"service/get_login_info", POST, TOKEN_PROVIDER, NO_PERMISSION, api_service_login_info, .is_once = true,
	.parameter = "access_token", .vital = {"user_info", "corp_info.corpid"}},
    {"get_jsapi_ticket", GET, TOKEN_CORP, NO_PERMISSION, api_corp_ticket, .hourly = 400,
	.vital = {"ticket", "expires_in"}},
    {"ticket/get", GET, TOKEN_CORP, NO_PERMISSION, api_agent_ticket, .hourly = 100, .vital = {"ticket", "expires_in"}},
    {"agent/get_permissions", POST, TOKEN_CORP, NO_PERMISSION, api_agent_permissions, .vital = {"app_permissions"}},
    {"agent/get_admin_list", POST, TOKEN_CORP, NO_PERMISSION, api_agent_admin_list,
	.vital = {"admin", "admin.*.userid"}},
    {"license/get_app_license_info", POST, TOKEN_PROVIDER, NO_PERMISSION, api_license_app_info,
	.vital = {"license_status"}},
    {"user/get", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_user_get, .vital = {"userid"}},
    {"user/list", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_user_list, .vital = {"userlist", "userlist.*.userid"}},
    {"user/simplelist", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_user_simplelist,
	.vital = {"userlist", "userlist.*.userid"}},
    {"user/list_member_auth", POST, TOKEN_CORP, TRUTH_CONTACT_BASE, api_user_list_member_auth, .is_paged = true,
	.vital = {"member_auth_list", "member_auth_list.*.open_userid"}},
    {"department/simplelist", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_department_simplelist,
	.vital = {"department_id", "department_id.*.id"}},
    {"department/list", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_department_list,
	.vital = {"department", "department.*.id"}},
    {"tag/get", GET, TOKEN_CORP, TRUTH_CONTACT_BASE, api_member_tag_get, .vital = {"userlist"}},
    {"batch/userid_to_openuserid", POST, TOKEN_CORP, TRUTH_CONTACT_BASE, api_userid_to_openuserid,
	.vital = {"open_userid_list", "open_userid_list.*.userid", "open_userid_list.*.open_userid"}},
    {"externalcontact/get_follow_user_list", GET, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_customer_follow_user_list,
	.vital = {"follow_user"}},
    {"externalcontact/list", GET, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_customer_list, .vital = {"external_userid"}},
    {"externalcontact/get", GET, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_customer_get, .is_paged = true,
	.vital = {"external_contact", "external_contact.external_userid", "follow_user", "follow_user.*.userid"}},
    {"externalcontact/batch/get_by_user", POST, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_customer_batch_get_by_user,
	.is_paged = true,
	.vital = {"external_contact_list", "external_contact_list.*.external_contact",
	    "external_contact_list.*.follow_info", "external_contact_list.*.external_contact.external_userid",
	    "external_contact_list.*.follow_info.userid"}},
    {"externalcontact/groupchat/list", POST, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_chat_list, .is_paged = true,
	.vital = {"group_chat_list", "group_chat_list.*.chat_id"}},
    {"externalcontact/groupchat/get", POST, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_chat_get,
	.vital = {"group_chat", "group_chat.member_list", "group_chat.member_version",
	    "group_chat.member_list.*.userid", "group_chat.member_list.*.type"}},
    {"externalcontact/get_corp_tag_list", POST, TOKEN_CORP, TRUTH_EXTERNAL_BASE, api_corp_tag_list,
	.vital = {"tag_group", "tag_group.*.group_id", "tag_group.*.tag", "tag_group.*.tag.*.id"}},
};

const size_t api_endpoints_n = sizeof(api_endpoints) / sizeof(api_endpoints[0]);

_Static_assert(sizeof(api_endpoints) / sizeof(api_endpoints[0]) <= API_ENDPOINTS_MAX, "API_ENDPOINTS_MAX");

const struct api_endpoint *
api_endpoint_find(const char *path)
{
	for (size_t i = 0; i < api_endpoints_n; i++) {
		if (strcmp(api_endpoints[i].path, path) == 0)
			return &api_endpoints[i];
	}
	return NULL;
}

size_t
api_endpoint_index(const struct api_endpoint *endpoint)
{
	return (size_t)(endpoint - api_endpoints);
}

/* The corp's token was good in itself; is its authorisation still, and does it allow this? */
static int
find_corp(struct api_call *call)
{
	struct truth_corp *corp = truth_find_corp(call->api->truth, call->corp_id);

	call->corp = corp;
	if (corp == NULL || corp->state != TRUTH_INSTALLED)
		return 48004;
	if (corp->install_s != call->token->install_s)
		return 40014;
	if (call->endpoint->permission != NO_PERMISSION && !truth_has_permission(corp, call->endpoint->permission))
		return 48002;
	return 0;
}

int
api_handle(struct api_call *call, struct json_object *answer)
{
	int code;

	truth_lock(call->api->truth);
	code = call->endpoint->token == TOKEN_CORP ? find_corp(call) : 0;
	if (code == 0)
		code = call->endpoint->handle(call, answer);
	call->corp = NULL;
	truth_unlock(call->api->truth);
	return code;
}
