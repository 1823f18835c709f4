/* Counts the calls and what a client that behaves never does. */
#include <json-c/linkhash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"

static const char *const violations[VIOLATION_N] = {
    [VIOLATION_OLD_TOKEN] = "old_token",
    [VIOLATION_WHILE_LIMITED] = "while_limited",
    [VIOLATION_CONCURRENCY_KEPT] = "concurrency_kept",
    [VIOLATION_UNICODE_ESCAPE] = "unicode_escape",
    [VIOLATION_METHOD] = "method",
    [VIOLATION_TOKEN_IN_BODY] = "token_in_body",
    [VIOLATION_TOKEN_KIND] = "token_kind",
    [VIOLATION_PARAMETER] = "parameter",
    [VIOLATION_BODY] = "body",
    [VIOLATION_PATH] = "path",
    [VIOLATION_DEBUG] = "debug",
    [VIOLATION_CODE_AGAIN] = "code_again",
    [VIOLATION_BLOCKED] = "blocked",
};

static void
free_corp(struct lh_entry *entry)
{
	free(lh_entry_v(entry));
}

struct api_corp *
api_corp_find(struct api *api, const char *id)
{
	struct api_corp *corp;
	void *found;

	if (api->corps == NULL)
		api->corps = lh_kchar_table_new(64, free_corp);
	if (api->corps != NULL && lh_table_lookup_ex(api->corps, id, &found))
		return found;
	corp = memset(fault_resize(NULL, sizeof(*corp)), 0, sizeof(*corp));
	snprintf(corp->id, sizeof(corp->id), "%s", id);
	if (api->corps == NULL || lh_table_insert(api->corps, corp->id, corp) != 0)
		fault_resize(NULL, SIZE_MAX);
	return corp;
}

void
api_count_code(struct api *api, int code)
{
	struct list *codes = &api->counters.by_code;
	struct api_code_count *count;

	for (size_t i = 0; i < codes->n; i++) {
		count = list_at(codes, i);
		if (count->code == code) {
			count->n++;
			return;
		}
	}
	count = list_add(codes);
	*count = (struct api_code_count){.code = code, .n = 1};
}

/* Told on stderr too, so that a failing test says what happened; never with a token or a body. */
void
api_count_violation(struct api_call *call, enum api_violation violation)
{
	struct api *api = call->api;
	unsigned long long n;

	pthread_mutex_lock(&api->lock);
	n = ++api->counters.by_violation[violation];
	pthread_mutex_unlock(&api->lock);
	if (n <= 20)
		fprintf(stderr, "wecom-sim: violation %s: %s of %s\n", violations[violation],
		    call->endpoint == NULL ? "an unknown path" : call->endpoint->path,
		    call->corp_id[0] == '\0' ? "the suite" : call->corp_id);
}

void
api_count_done(struct api_call *call)
{
	struct api *api = call->api;
	size_t i = api_endpoint_index(call->endpoint);
	struct api_usage *usage;

	pthread_mutex_lock(&api->lock);
	usage = &api_corp_find(api, call->corp_id)->usage[i];
	usage->calls++;
	api->counters.calls++;
	api->counters.by_endpoint[i][0]++;
	if (call->code == 0) {
		usage->ok++;
		api->counters.ok++;
		api->counters.by_endpoint[i][1]++;
		api->counters.stale += call->is_stale;
	}
	api_count_code(api, call->code);
	pthread_mutex_unlock(&api->lock);
}

void
api_count_free(struct api *api)
{
	if (api->corps != NULL)
		lh_table_free(api->corps);
	list_free(&api->counters.by_code);
}

void
api_count_reset(struct api *api)
{
	unsigned int in_flight = api->counters.in_flight;
	struct lh_entry *entry;

	list_free(&api->counters.by_code);
	memset(&api->counters, 0, sizeof(api->counters));
	list_init(&api->counters.by_code, sizeof(struct api_code_count));
	api->counters.in_flight = in_flight;
	if (api->corps == NULL)
		return;
	lh_foreach(api->corps, entry)
	{
		struct api_corp *corp = lh_entry_v(entry);

		corp->openid_errors = 0;
		corp->openid_blocked_until_us = 0;
		for (size_t i = 0; i < api_endpoints_n; i++)
			corp->usage[i] = (struct api_usage){
			    .in_flight = corp->usage[i].in_flight, .present = corp->usage[i].present};
	}
}

static void
put(struct json_object *to, const char *name, unsigned long long n)
{
	json_object_object_add(to, name, json_object_new_int64((int64_t)n));
}

static struct json_object *
put_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(to, name, object);
	return object;
}

static void
put_corp(struct json_object *to, const struct api_corp *corp)
{
	struct json_object *object = put_object(to, corp->id[0] == '\0' ? "suite" : corp->id);
	struct json_object *by_api = put_object(object, "by_api");
	unsigned long long calls = 0, ok = 0;
	unsigned int most = 0;

	for (size_t i = 0; i < api_endpoints_n; i++) {
		const struct api_usage *usage = &corp->usage[i];

		calls += usage->calls;
		ok += usage->ok;
		if (usage->in_flight_most > most)
			most = usage->in_flight_most;
		if (usage->calls > 0)
			put(by_api, api_endpoints[i].path, usage->calls);
	}
	put(object, "calls", calls);
	put(object, "ok", ok);
	put(object, "in_flight_most", most);
}

static void
put_endpoints(struct json_object *to, const struct api_counters *counters)
{
	for (size_t i = 0; i < api_endpoints_n; i++) {
		const unsigned long long *n = counters->by_endpoint[i];
		struct json_object *object;

		if (n[0] == 0)
			continue;
		object = put_object(to, api_endpoints[i].path);
		put(object, "calls", n[0]);
		put(object, "ok", n[1]);
		put(object, "errors", n[0] - n[1]);
	}
}

static void
put_kinds(struct json_object *to, const struct api_counters *counters)
{
	struct json_object *faults = put_object(to, "faults"), *codes = put_object(to, "codes");
	struct json_object *violated = put_object(to, "violations");
	unsigned long long n = 0;
	char code[16];

	for (int i = FAULT_NONE + 1; i < FAULT_N; i++) {
		if (counters->by_fault[i] > 0)
			put(faults, api_fault_name((enum api_fault)i), counters->by_fault[i]);
	}
	for (size_t i = 0; i < counters->by_code.n; i++) {
		const struct api_code_count *count = list_at(&counters->by_code, i);

		snprintf(code, sizeof(code), "%d", count->code);
		put(codes, code, count->n);
	}
	for (int i = 0; i < VIOLATION_N; i++) {
		n += counters->by_violation[i];
		if (counters->by_violation[i] > 0)
			put(violated, violations[i], counters->by_violation[i]);
	}
	put(to, "violations_n", n);
}

struct json_object *
api_counts(struct api *api)
{
	struct json_object *counts = json_object_new_object();
	struct json_object *by_corp;
	struct lh_entry *entry;

	pthread_mutex_lock(&api->lock);
	put(counts, "calls", api->counters.calls);
	put(counts, "ok", api->counters.ok);
	put(counts, "stale", api->counters.stale);
	put(counts, "in_flight_most", api->counters.in_flight_most);
	put_endpoints(put_object(counts, "by_api"), &api->counters);
	by_corp = put_object(counts, "by_corp");
	if (api->corps != NULL) {
		lh_foreach(api->corps, entry)
		{
			put_corp(by_corp, lh_entry_v(entry));
		}
	}
	put_kinds(counts, &api->counters);
	pthread_mutex_unlock(&api->lock);
	return counts;
}
