/* Authorisation: tokens, codes, what a corp has granted (protocol sections 12 and 17). */
#include <string.h>

#include "api_inside.h"

#define REFUSED_MAX 1000
#define TRIAL_SECONDS (90 * 86400)

int
api_service_suite_token(struct api_call *call, struct json_object *answer)
{
	const struct api_options *options = &call->api->options;
	const char *id = api_text(call, "suite_id"), *secret = api_text(call, "suite_secret"), *right;
	const char *ticket = api_text(call, "suite_ticket");
	bool is_login;

	if (id == NULL || secret == NULL || ticket == NULL)
		return api_wrong(call, id == NULL ? 41021 : secret == NULL ? 41024 : 41023);
	is_login = options->login_suite_id != NULL && strcmp(id, options->login_suite_id) == 0;
	if (!is_login && strcmp(id, options->suite_id) != 0)
		return 40083;
	right = is_login ? options->login_suite_secret : options->suite_secret;
	if (right != NULL && strcmp(secret, right) != 0)
		return 40080;
	if (!api_ticket_is_good(call->api, ticket, is_login))
		return 40085;
	api_token_give(
	    call, &(struct api_token){.kind = is_login ? TOKEN_LOGIN : TOKEN_SUITE}, "suite_access_token", answer);
	return 0;
}

int
api_service_provider_token(struct api_call *call, struct json_object *answer)
{
	const struct api_options *options = &call->api->options;
	const char *id = api_text(call, "corpid"), *secret = api_text(call, "provider_secret");

	if (id == NULL || secret == NULL)
		return api_wrong(call, 40058);
	if (strcmp(id, options->provider_corp_id) != 0)
		return 40013;
	if (options->provider_secret != NULL && strcmp(secret, options->provider_secret) != 0)
		return 40001;
	api_token_give(call, &(struct api_token){.kind = TOKEN_PROVIDER}, "provider_access_token", answer);
	return 0;
}

/* The corp that auth_corpid and permanent_code name, when the code is the right one. */
static int
find_authorised(struct api_call *call)
{
	const char *id = api_text(call, "auth_corpid"), *code = api_text(call, "permanent_code");
	struct truth_corp *corp;

	if (id == NULL || code == NULL)
		return api_wrong(call, id == NULL ? 40058 : 41025);
	corp = truth_find_corp(call->api->truth, id);
	if (corp == NULL)
		return 40013;
	if (corp->state != TRUTH_INSTALLED || corp->permanent_code[0] == '\0' ||
	    strcmp(corp->permanent_code, code) != 0)
		return 40084;
	call->corp = corp;
	return 0;
}

int
api_service_corp_token(struct api_call *call, struct json_object *answer)
{
	struct api_token wanted = {.kind = TOKEN_CORP};
	int code = find_authorised(call);

	if (code != 0)
		return code;
	strcpy(wanted.corp, call->corp->id);
	wanted.install_s = call->corp->install_s;
	api_token_give(call, &wanted, "access_token", answer);
	return 0;
}

/* Told apart by a fingerprint: a code that was refused and comes again is a violation. */
static int
refuse_code(struct api_call *call, const char *code)
{
	struct api *api = call->api;
	uint64_t print = 0xcbf29ce484222325U;
	bool is_again = false;

	for (const char *c = code; *c != '\0'; c++)
		print = (print ^ (unsigned char)*c) * 0x100000001b3U;
	pthread_mutex_lock(&api->lock);
	for (size_t i = 0; i < api->refused.n; i++)
		is_again = is_again || *(uint64_t *)list_at(&api->refused, i) == print;
	if (!is_again && api->refused.n < REFUSED_MAX)
		*(uint64_t *)list_add(&api->refused) = print;
	pthread_mutex_unlock(&api->lock);
	if (is_again)
		api_count_violation(call, VIOLATION_CODE_AGAIN);
	return 40078;
}

static void
put_admin(const struct truth_corp *corp, struct json_object *answer)
{
	const struct truth_admin *admin;
	struct json_object *user;

	if (corp->admins.n == 0)
		return;
	admin = list_at(&corp->admins, 0);
	user = json_object_new_object();
	api_put_text(user, "userid", admin->id);
	api_put_text(user, "open_userid", admin->id);
	api_put_text(user, "name", admin->id);
	json_object_object_add(answer, "auth_user_info", user);
}

int
api_service_permanent_code(struct api_call *call, struct json_object *answer)
{
	struct truth *truth = call->api->truth;
	const char *code = api_text(call, "auth_code");
	struct truth_auth_code *given;
	const struct truth_corp *corp;
	struct json_object *info;

	if (code == NULL)
		return api_wrong(call, 40058);
	given = truth_find_code(truth, code);
	if (given == NULL || given->is_used || given->expires_s <= truth_now_s())
		return refuse_code(call, code);
	corp = list_at(&truth->corps, given->corp);
	if (corp->state != TRUTH_INSTALLED)
		return refuse_code(call, code);
	given->is_used = true;
	/* of several codes of one corp each gives the one permanent code there is */
	api_put_text(answer, "permanent_code", corp->permanent_code);
	info = json_object_new_object();
	api_put_text(info, "corpid", corp->id);
	api_put_text(info, "corp_name", corp->name);
	json_object_object_add(answer, "auth_corp_info", info);
	put_admin(corp, answer);
	return 0;
}

static void
put_users(struct json_object *to, const char *name, const struct list *users)
{
	struct json_object *array = api_put_array(to, name);

	for (size_t i = 0; i < users->n; i++) {
		const struct truth_admin *user = list_at(users, i);

		json_object_array_add(array, json_object_new_string(user->id));
	}
}

static struct json_object *
privilege_of(const struct truth_corp *corp)
{
	static const char *const empty[] = {"allow_tag", "extra_party", "extra_user", "extra_tag"};
	struct json_object *privilege = json_object_new_object();
	struct json_object *parties;

	api_put_number(privilege, "level", corp->level);
	parties = api_put_array(privilege, "allow_party");
	for (size_t i = 0; i < corp->scope_parties.n; i++)
		json_object_array_add(
		    parties, json_object_new_int64(*(unsigned int *)list_at(&corp->scope_parties, i)));
	put_users(privilege, "allow_user", &corp->scope_users);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		api_put_array(privilege, empty[i]);
	return privilege;
}

int
api_service_auth_info(struct api_call *call, struct json_object *answer)
{
	int code = find_authorised(call);
	const struct truth_corp *corp = call->corp;
	struct json_object *info, *agent, *agents;

	if (code != 0)
		return code;
	info = json_object_new_object();
	api_put_text(info, "corpid", corp->id);
	api_put_text(info, "corp_name", corp->name);
	api_put_text(info, "corp_type", corp->corp_type);
	api_put_text(info, "corp_full_name", corp->name);
	api_put_number(info, "subject_type", corp->subject_type);
	api_put_number(info, "corp_user_max", TRUTH_MEMBERS_MAX);
	json_object_object_add(answer, "auth_corp_info", info);

	agent = json_object_new_object();
	api_put_number(agent, "agentid", corp->agent);
	api_put_text(agent, "name", "WeCom Mirror");
	api_put_number(agent, "auth_mode", corp->auth_mode);
	json_object_object_add(agent, "is_customized_app", json_object_new_boolean(0));
	json_object_object_add(agent, "privilege", privilege_of(corp));
	info = json_object_new_object();
	agents = api_put_array(info, "agent");
	json_object_array_add(agents, agent);
	json_object_object_add(answer, "auth_info", info);
	return 0;
}

int
api_agent_permissions(struct api_call *call, struct json_object *answer)
{
	struct json_object *names = api_put_array(answer, "app_permissions");
	struct json_object *more = api_put_array(answer, "app_permissions_ext");

	for (int i = 0; i < TRUTH_PERMISSION_N; i++) {
		struct json_object *entry;

		if (!truth_has_permission(call->corp, (enum truth_permission)i))
			continue;
		json_object_array_add(names, json_object_new_string(truth_permission_names[i]));
		entry = json_object_new_object();
		api_put_text(entry, "permission_name", truth_permission_names[i]);
		api_put_number(entry, "expire_time", 0);
		json_object_array_add(more, entry);
	}
	return 0;
}

int
api_agent_admin_list(struct api_call *call, struct json_object *answer)
{
	struct json_object *admins = api_put_array(answer, "admin");

	for (size_t i = 0; call->corp->auth_mode == 0 && i < call->corp->admins.n; i++) {
		const struct truth_admin *admin = list_at(&call->corp->admins, i);
		struct json_object *entry = json_object_new_object();

		api_put_text(entry, "userid", admin->id);
		api_put_text(entry, "open_userid", admin->id);
		api_put_number(entry, "auth_type", admin->auth_type);
		json_object_array_add(admins, entry);
	}
	return 0;
}

int
api_license_app_info(struct api_call *call, struct json_object *answer)
{
	const char *id = api_text(call, "corpid"), *suite = api_text(call, "suite_id");
	const struct truth_corp *corp;
	struct json_object *trial;

	if (id == NULL || suite == NULL)
		return api_wrong(call, 40058);
	corp = truth_find_corp(call->api->truth, id);
	if (corp == NULL || strcmp(suite, call->api->options.suite_id) != 0)
		return corp == NULL ? 2000002 : 40083;
	if (corp->state != TRUTH_INSTALLED)
		return 48004;
	api_put_number(answer, "license_status", corp->is_license_enforced);
	trial = json_object_new_object();
	api_put_number(trial, "start_time", corp->install_s);
	api_put_number(trial, "end_time", corp->install_s + TRIAL_SECONDS);
	json_object_object_add(answer, "trail_info", trial);
	api_put_number(answer, "license_check_time", corp->install_s + TRIAL_SECONDS);
	return 0;
}
