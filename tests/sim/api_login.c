/* Who logs in, the beginning of an installation, and the tickets of the JS-SDK (protocol sections 12.2 and 13). */
#include <stdio.h>
#include <string.h>

#include "api_inside.h"

int
api_service_pre_auth_code(struct api_call *call, struct json_object *answer)
{
	char code[API_CODE_BYTES];

	api_code_issue(call->api, CODE_PRE_AUTH, "", "", code);
	api_put_text(answer, "pre_auth_code", code);
	api_put_number(answer, "expires_in", (int64_t)api_setting_value(call->api, SETTING_PRE_AUTH_SECONDS));
	return 0;
}

int
api_service_session_info(struct api_call *call, struct json_object *answer)
{
	const char *value = api_text(call, "pre_auth_code");
	struct json_object *info = json_object_object_get(call->request, "session_info");
	struct json_object *type = json_object_object_get(info, "auth_type");
	struct api_code code;
	int found;

	(void)answer;
	if (value == NULL || !json_object_is_type(info, json_type_object))
		return api_wrong(call, 40058);
	if (type != NULL && json_object_get_int(type) != 0 && json_object_get_int(type) != 1)
		return api_wrong(call, 40058);
	found = api_code_find(call->api, value, CODE_PRE_AUTH, false, &code);
	return found == 40029 ? 40077 : found == 42003 ? 42007 : 0;
}

/* The admin console's code goes through the login suite, if there is one. */
static unsigned int
uses_of(const struct api_call *call)
{
	unsigned int admin = call->api->options.login_suite_id != NULL ? CODE_ADMIN : 0;

	return (call->token->kind == TOKEN_LOGIN ? CODE_LOGIN : CODE_OAUTH) | admin;
}

int
api_service_user_info(struct api_call *call, struct json_object *answer)
{
	const char *value = api_text(call, "code");
	struct api_code code;
	char openid[48];
	int found;

	if (value == NULL)
		return api_wrong(call, 40058);
	found = api_code_find(call->api, value, uses_of(call), true, &code);
	if (found != 0)
		return found;
	if (code.user[0] == '\0') {
		snprintf(openid, sizeof(openid), "o%.27s", code.value);
		api_put_text(answer, "openid", openid);
		return 0;
	}
	api_put_text(answer, "corpid", code.corp);
	api_put_text(answer, "userid", code.user);
	api_put_text(answer, "open_userid", code.user);
	return 0;
}

static const struct truth_admin *
find_admin(const struct truth_corp *corp, const char *user)
{
	for (size_t i = 0; i < corp->admins.n; i++) {
		const struct truth_admin *admin = list_at(&corp->admins, i);

		if (strcmp(admin->id, user) == 0)
			return admin;
	}
	return NULL;
}

static struct json_object *
put_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(to, name, object);
	return object;
}

/* usertype 4: one who administers this app. */
int
api_service_login_info(struct api_call *call, struct json_object *answer)
{
	const char *value = api_text(call, "auth_code");
	const struct truth_admin *admin;
	const struct truth_corp *corp;
	struct json_object *object;
	struct api_code code;
	int found;

	if (value == NULL)
		return api_wrong(call, 40058);
	found = api_code_find(call->api, value, CODE_ADMIN, true, &code);
	corp = found != 0 ? NULL : truth_find_corp(call->api->truth, code.corp);
	if (corp == NULL)
		return found != 0 ? found : 40029;
	admin = find_admin(corp, code.user);
	api_put_number(answer, "usertype", admin == NULL ? 5 : 4);
	object = put_object(answer, "user_info");
	api_put_text(object, "userid", code.user);
	api_put_text(object, "open_userid", code.user);
	api_put_text(object, "name", code.user);
	api_put_text(put_object(answer, "corp_info"), "corpid", corp->id);
	object = json_object_new_object();
	api_put_number(object, "agentid", corp->agent);
	api_put_number(object, "auth_type", admin == NULL ? 0 : admin->auth_type);
	json_object_array_add(api_put_array(answer, "agent"), object);
	return 0;
}

/* The same one inside its life, for this installation. */
static int
give_ticket(struct api_call *call, enum api_token_kind kind, struct json_object *answer)
{
	struct api_token wanted = {.kind = kind, .install_s = call->corp->install_s};

	strcpy(wanted.corp, call->corp->id);
	api_token_give(call, &wanted, "ticket", answer);
	return 0;
}

int
api_corp_ticket(struct api_call *call, struct json_object *answer)
{
	return give_ticket(call, TOKEN_TICKET_CORP, answer);
}

int
api_agent_ticket(struct api_call *call, struct json_object *answer)
{
	const char *type = api_text(call, "type");

	if (type == NULL || strcmp(type, "agent_config") != 0)
		return api_wrong(call, 40058);
	return give_ticket(call, TOKEN_TICKET_AGENT, answer);
}
