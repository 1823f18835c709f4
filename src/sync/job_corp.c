/* A corp's authorisation: what it granted, to whom, and whether it still does. */
#include <stdlib.h>
#include <string.h>

#include "job_code.h"
#include "job_part.h"
#include "log.h"

#define AGENTS_MAX 100
#define PERMISSIONS_MAX 1000
#define ADMINS_MAX 10000
#define MEMORY_BYTES 65536
#define CONFIRM_S 60			/* after the first look that found the authorisation lost; doubled with each */
#define CONFIRM_MOST_S (6 * 3600)

struct corp_pull {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct json_object *data;	/* owned */
	int64_t begun_us;
};

static const struct field_rule info_rules[] = {
	{"corp_name", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"corp_type", NULL, PART_NAME_BYTES, FIELD_TEXT, FIELD_NULL},
	{"subject_type", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
};

static const struct field_rule agent_rules[] = {
	{"agentid", "agent_id", INT64_MAX, FIELD_NUMBER, FIELD_NULL},
	{"auth_mode", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
};

static const struct field_rule scope_rules[] = {
	{"level", NULL, 1000, FIELD_NUMBER, FIELD_SKIPPED},
	{"allow_party", NULL, PART_LISTED_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"allow_user", NULL, PART_LISTED_MAX, FIELD_IDS, FIELD_SKIPPED},
	{"allow_tag", NULL, PART_LISTED_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"extra_party", NULL, PART_LISTED_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
	{"extra_user", NULL, PART_LISTED_MAX, FIELD_IDS, FIELD_SKIPPED},
	{"extra_tag", NULL, PART_LISTED_MAX, FIELD_NUMBERS, FIELD_SKIPPED},
};

static const struct field_rule admin_rules[] = {
	{"userid", NULL, PART_ID_BYTES, FIELD_ID, FIELD_NEEDED},
	{"auth_type", NULL, 1000, FIELD_NUMBER, FIELD_NULL},
};

/* --- answer → data ------------------------------------------------------------------------------------------------ */

/* In a fixed order, so that a scope that did not change looks so. */
static int
compare_values(const void *a, const void *b)
{
	struct json_object *left = *(struct json_object *const *)a, *right = *(struct json_object *const *)b;

	if (json_object_is_type(left, json_type_int) && json_object_is_type(right, json_type_int))
		return (json_object_get_int64(left) > json_object_get_int64(right)) -
		    (json_object_get_int64(left) < json_object_get_int64(right));
	return strcmp(json_object_get_string(left), json_object_get_string(right));
}

static bool
read_scope(struct json_object *agent, struct json_object *data, const char **ret_bad)
{
	struct json_object *privilege = NULL, *scope;

	*ret_bad = "privilege";
	if (!field_object(agent, "privilege", &privilege))
		return false;
	if (privilege == NULL) {
		job_add(data, "scope", NULL);
		return true;
	}
	scope = json_object_new_object();
	job_add(data, "scope", scope);
	if (!FIELD_COPY(privilege, scope_rules, scope, ret_bad))
		return false;
	for (size_t i = 0; i < sizeof(scope_rules) / sizeof(scope_rules[0]); i++) {
		struct json_object *list = NULL;

		if (field_array(scope, scope_rules[i].name, SIZE_MAX, &list) && list != NULL)
			json_object_array_sort(list, compare_values);
	}
	return true;
}

/* get_auth_info: one agent for an app of this kind, none for a pure contacts app. */
static bool
read_auth_info(struct json_object *body, const char *corp_id, struct json_object *data, const char **ret_bad)
{
	struct json_object *info = NULL, *auth = NULL, *agents = NULL, *agent = NULL;
	const char *told = "";

	*ret_bad = "auth_corp_info";
	if (!field_object(body, "auth_corp_info", &info) || info == NULL || !field_text(info, "corpid", PART_ID_BYTES, &told))
		return false;
	*ret_bad = "it tells of another corp";
	if (told[0] != '\0' && strcmp(told, corp_id) != 0)
		return false;
	if (!FIELD_COPY(info, info_rules, data, ret_bad))
		return false;
	*ret_bad = "auth_info";
	if (!field_object(body, "auth_info", &auth) || !field_array(auth, "agent", AGENTS_MAX, &agents))
		return false;
	if (agents != NULL && json_object_array_length(agents) > 0)
		agent = json_object_array_get_idx(agents, 0);
	if (agents != NULL && json_object_array_length(agents) > 0 && !json_object_is_type(agent, json_type_object))
		return false;
	return FIELD_COPY(agent, agent_rules, data, ret_bad) && read_scope(agent, data, ret_bad);
}

static bool
add_extended(struct json_object *list, int64_t now_us, struct json_object *permissions)
{
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i), *name = NULL;
		int64_t ends_s = 0;

		if (!json_object_is_type(item, json_type_object) || !json_object_object_get_ex(item, "permission_name", &name) ||
		    !field_is_id(name) || !field_number(item, "expire_time", 0, PART_TIME_MAX_S, 0, &ends_s))
			return false;
		if (ends_s == 0 || ends_s > now_us / PART_US_PER_S)
			json_object_array_add(permissions, json_object_get(name));
	}
	return true;
}

/* Names, those that end one day only until then; NULL: malformed. */
static struct json_object *
read_permissions(struct json_object *body, int64_t now_us)
{
	static const struct field_rule rule = {"app_permissions", NULL, PERMISSIONS_MAX, FIELD_IDS, FIELD_SKIPPED};
	struct json_object *copy = json_object_new_object(), *permissions = NULL, *extended = NULL;
	const char *bad = "";

	if (field_copy(body, &rule, 1, copy, &bad)) {
		if (json_object_object_get_ex(copy, rule.name, &permissions))
			permissions = json_object_get(permissions);
		else
			permissions = json_object_new_array();
	}
	json_object_put(copy);
	if (permissions != NULL &&
	    (!field_array(body, "app_permissions_ext", PERMISSIONS_MAX, &extended) ||
		!add_extended(extended, now_us, permissions))) {
		json_object_put(permissions);
		return NULL;
	}
	if (permissions != NULL)
		json_object_array_sort(permissions, compare_values);
	return permissions;
}

static struct json_object *
read_admins(struct json_object *body)
{
	struct json_object *list = NULL, *admins;
	const char *bad = "";

	if (!field_array(body, "admin", ADMINS_MAX, &list))
		return NULL;
	admins = json_object_new_array();
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct json_object *admin = json_object_new_object();

		json_object_array_add(admins, admin);
		if (!FIELD_COPY(json_object_array_get_idx(list, i), admin_rules, admin, &bad)) {
			json_object_put(admins);
			return NULL;
		}
	}
	return admins;
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

/* Suspended: look again, ever less often. */
static void
fail(struct corp_pull *pull, const struct api_answer *answer)
{
	bool is_lost = answer->outcome == API_REFUSED && answer->meaning != NULL &&
	    answer->meaning->reaction == API_AUTHORISATION;
	int64_t pause_s = pull->job->attempts < 9 ? (int64_t)CONFIRM_S << pull->job->attempts : CONFIRM_MOST_S;

	job_fail(pull->context, pull->job, answer, pull->result);
	if (is_lost && pull->result->due_us != 0)
		pull->result->due_us = api_now_us(pull->context->api) +
		    (pause_s < CONFIRM_MOST_S ? pause_s : CONFIRM_MOST_S) * PART_US_PER_S;
}

static bool
pull_auth_info(struct corp_pull *pull, const char *permanent_code)
{
	struct json_object *body = json_object_new_object();
	struct api_answer answer;
	const char *bad = "";
	bool is_good;

	job_add_text(body, "auth_corpid", pull->job->corp);
	job_add_text(body, "permanent_code", permanent_code);
	answer = api_call(pull->context->api, API_GET_AUTH_INFO, pull->job->corp, NULL, body);
	secret_forget(body, "permanent_code");
	json_object_put(body);
	is_good = answer.outcome == API_ANSWERED && read_auth_info(answer.body, pull->job->corp, pull->data, &bad);
	if (answer.outcome != API_ANSWERED)
		fail(pull, &answer);
	else if (!is_good)
		job_malformed(pull->job, bad, pull->result);
	pull->begun_us = answer.begun_us;
	api_answer_done(&answer);
	return is_good;
}

/*
 * Permissions and admins: a refusal that a person must mend (the app may not ask) leaves them unknown, null; the rest of
 * the authorisation is good without them.
 */
static bool
pull_list(struct corp_pull *pull, enum api_name name, const char *member)
{
	struct json_object *body = json_object_new_object(), *list = NULL;
	struct api_answer answer = api_call(pull->context->api, name, pull->job->corp, NULL, body);
	bool is_good = true;

	json_object_put(body);
	if (answer.outcome == API_ANSWERED) {
		list = name == API_GET_ADMIN_LIST ? read_admins(answer.body) : read_permissions(answer.body, answer.begun_us);
		is_good = list != NULL;
		if (!is_good)
			job_malformed(pull->job, member, pull->result);
	} else if (answer.outcome != API_REFUSED || answer.meaning == NULL ||
	    answer.meaning->reaction == API_AUTHORISATION) {
		is_good = false;
		fail(pull, &answer);
	}
	job_add(pull->data, member, list);
	api_answer_done(&answer);
	return is_good;
}

/* Nothing to ask with: a corp that was never exchanged, or that left.  Its authorisation, when it comes, begins anew. */
static void
pass_over(const struct job *job, const char *why, struct job_result *result)
{
	log_text(LOG_LEVEL_WARNING, "an event of corp %s is passed over, as there is no permanent code: %s", job->corp, why);
	job_settle_covered(job, INT64_MAX, result);
	job_count(result, "corp_without_code", 1);
}

static void
pull_all(struct corp_pull *pull, const char *permanent_code)
{
	if (!pull_auth_info(pull, permanent_code) || !pull_list(pull, API_GET_PERMISSIONS, "permissions") ||
	    !pull_list(pull, API_GET_ADMIN_LIST, "admins"))
		return;
	job_add_number(pull->data, "begun_us", pull->begun_us);
	job_add_text(pull->data, "suite_id", pull->context->conf->suite_id);
	pull->result->data = json_object_get(pull->data);
	job_pulled(pull->context, pull->job, API_GET_AUTH_INFO, pull->begun_us, pull->result);
}

static void
pull_corp(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct corp_pull pull = {context, job, result, json_object_new_object(), 0};
	const char *suite_id = context->conf->suite_id, *permanent_code, *why = "", *secret = "";
	struct arena mem;

	arena_init(&mem, MEMORY_BYTES);
	permanent_code = secret_open(context, job->state, job->corp, "permanent_code", suite_id, &mem, &why);
	if (permanent_code != NULL)
		pull_all(&pull, permanent_code);
	else if (field_text(job->state, "secret", SIZE_MAX, &secret) && secret[0] == '\0')
		pass_over(job, why, result);
	else
		job_park(result, "the permanent code cannot be used: %.150s", why);
	arena_done(&mem);
	json_object_put(pull.data);
}

void
job_corp(struct job_context *context, const struct job *job, struct job_result *result)
{
	if (strncmp(job->target, CODE_PREFIX, strlen(CODE_PREFIX)) == 0)
		job_corp_code(context, job, result);
	else
		pull_corp(context, job, result);
}
