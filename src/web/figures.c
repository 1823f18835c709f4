/*
 * What the operator's monitoring asks: /healthz, and /metrics for all programs of this machine and the database.  The web
 * server lets nobody but the machine itself reach /metrics.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "spool.h"
#include "web.h"

#define FIGURES_MS 2500
#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

void
web_health(struct web *web, struct web_request *request)
{
	const struct store_question question = {"select wecom.schema_version()", 0, NULL, NULL, NULL, FIGURES_MS};
	char *version = NULL;
	struct span line;
	enum status st = store_ask(web->store, &question, &version, &request->why);

	if (st == ST_OK)
		line = arena_printf(&request->mem, "{\"status\":\"ok\",\"database\":true,\"schema_version\":%s}\n",
		    version == NULL ? "0" : version);
	else
		line = SPAN("{\"status\":\"failing\",\"database\":false}\n");
	free(version);
	web_answer_text(request, "application/json; charset=utf-8", line);
	if (st != ST_OK) {
		request->reason = REASON_DATABASE;
		request->answer.code = reason_http(REASON_DATABASE);
	}
}

/* --- the programs' own counters -------------------------------------------------------------------------------------- */

static bool
read_spool(const char *folder, struct metrics_spool *ret_spool)
{
	int64_t damaged_bytes;

	return spool_usage(folder, &ret_spool->bytes, &ret_spool->age_ms) == ST_OK &&
	    spool_damage(folder, &ret_spool->damaged_n, &damaged_bytes) == ST_OK;
}

/* Without a receiver on this machine its figures are left out. */
static void
print_programs(const struct conf *conf, FILE *out)
{
	char path[PATH_MAX];
	struct metrics_spool spool;
	struct detail ignored;
	bool has_spool = conf->spool_max_bytes > 0 && read_spool(conf->spool_dir, &spool);
	enum status st;

	snprintf(path, sizeof(path), "%s/callback.metrics", conf->state_dir);
	st = metrics_print(path, has_spool ? &spool : NULL, out, &ignored);
	fprintf(out, "# HELP wecom_callback_up Whether the receiver's counters can be read on this machine.\n"
	    "# TYPE wecom_callback_up gauge\nwecom_callback_up %d\n", st == ST_OK);
	snprintf(path, sizeof(path), "%s/web.metrics", conf->state_dir);
	st = metrics_print_web(path, out, &ignored);
	/* counters that could not be made in a file are in no other process's reach */
	(void)st;
}

/* --- the database's -------------------------------------------------------------------------------------------------- */

static void
head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: ours, or an API's path; what does not belong there is left out. */
static void
label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value != '\0'; value++)
		if (*value >= ' ' && *value != '"' && *value != '\\' && (unsigned char)*value < 0x7f)
			fputc(*value, out);
	fputc('"', out);
}

/* {"<label>": n, …} */
static void
print_counts(FILE *out, struct json_object *figures, const char *member, const char *name, const char *label_name)
{
	struct json_object *counts = NULL;

	if (!json_object_object_get_ex(figures, member, &counts) || !json_object_is_type(counts, json_type_object))
		return;
	json_object_object_foreach(counts, key, value) {
		fprintf(out, "%s{", name);
		label(out, label_name, key);
		fprintf(out, "} %lld\n", (long long)json_object_get_int64(value));
	}
}

/*
 * What there is no number of yet: `value`.  A counter begins at 0, or its first rise is none to who watches it; a ticket
 * that never came is older than any.
 */
static void
print_missing(FILE *out, struct json_object *figures, const char *member, const char *name, const char *label_name,
    const char *const *keys, const char *value)
{
	struct json_object *counts = NULL;

	json_object_object_get_ex(figures, member, &counts);
	for (size_t i = 0; keys[i] != NULL; i++) {
		if (json_object_object_get_ex(counts, keys[i], NULL))
			continue;
		fprintf(out, "%s{", name);
		label(out, label_name, keys[i]);
		fprintf(out, "} %s\n", value);
	}
}

/* [{"<label>": …, "<member>": n}, …] */
static void
print_rows(FILE *out, struct json_object *rows, const char *name, const char *const *labels, const char *member)
{
	size_t n = rows != NULL && json_object_is_type(rows, json_type_array) ? json_object_array_length(rows) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i), *value = NULL;

		fprintf(out, "%s{", name);
		for (size_t j = 0; labels[j] != NULL; j++) {
			json_object_object_get_ex(row, labels[j], &value);
			fputs(j == 0 ? "" : ",", out);
			label(out, labels[j], value == NULL ? "" : json_object_get_string(value));
		}
		json_object_object_get_ex(row, member, &value);
		fprintf(out, "} %lld\n", (long long)json_object_get_int64(value));
	}
}

static void
print_queue(FILE *out, struct json_object *figures)
{
	static const char *const labels[] = {"kind", "state", NULL};
	struct json_object *queue = NULL;

	json_object_object_get_ex(figures, "queue", &queue);
	head(out, "wecom_jobs", "gauge", "Jobs in the queue, by kind and state.");
	print_rows(out, queue, "wecom_jobs", labels, "jobs");
	head(out, "wecom_jobs_waiting_seconds", "gauge",
	    "How long the oldest job has been waiting after its time, of those that events called for in active corps.");
	print_rows(out, queue, "wecom_jobs_waiting_seconds", labels, "age_s");
}

static void
print_api(FILE *out, struct json_object *figures)
{
	static const char *const labels[] = {"api", NULL};
	static const struct {
		const char *name, *member, *help;
	} counters[] = {
		{"wecom_api_calls_total", "calls", "Calls of WeCom's API; starts anew at midnight UTC."},
		{"wecom_api_errors_total", "errors", "Of these, answered by an error or not at all."},
		{"wecom_api_limited_total", "limited", "Of these, refused because there were too many."},
		{"wecom_api_saved_total", "saved", "Calls that were not needed; starts anew at midnight UTC."},
	};
	struct json_object *api = NULL;

	json_object_object_get_ex(figures, "api", &api);
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		head(out, counters[i].name, "counter", counters[i].help);
		print_rows(out, api, counters[i].name, labels, counters[i].member);
	}
}

static void
print_tickets(const struct conf *conf, FILE *out, struct json_object *figures)
{
	const char *const suites[] = {conf->suite_id, conf->login_suite_id[0] != '\0' ? conf->login_suite_id : NULL, NULL};

	head(out, "wecom_suite_ticket_age_seconds", "gauge",
	    "Age of the newest suite_ticket: one comes every 10 minutes and is good for 30.  +Inf: none has come.");
	print_counts(out, figures, "tickets", "wecom_suite_ticket_age_seconds", "suite");
	print_missing(out, figures, "tickets", "wecom_suite_ticket_age_seconds", "suite", suites, "+Inf");
}

static void
print_database(const struct conf *conf, FILE *out, struct json_object *figures)
{
	/* what a full read counts: see the functions that store its answers */
	static const char *const kinds[] = {"chat", "customer", "member", "tag", NULL};

	print_queue(out, figures);
	print_api(out, figures);
	head(out, "wecom_drift_total", "counter",
	    "Objects that a full read found different from the mirror, by kind; starts anew at midnight UTC.");
	print_counts(out, figures, "drift", "wecom_drift_total", "kind");
	print_missing(out, figures, "drift", "wecom_drift_total", "kind", kinds, "0");
	head(out, "wecom_checked_total", "counter", "Objects that full reads compared, by kind; starts anew at midnight UTC.");
	print_counts(out, figures, "checked", "wecom_checked_total", "kind");
	print_missing(out, figures, "checked", "wecom_checked_total", "kind", kinds, "0");
	head(out, "wecom_corps", "gauge", "Corps, by state.");
	print_counts(out, figures, "corps", "wecom_corps", "state");
	print_tickets(conf, out, figures);
	head(out, "wecom_web_sessions", "gauge", "Logins to the pages that are good.");
	fprintf(out, "wecom_web_sessions %lld\n", fields_number(figures, "sessions"));
}

/* What is known without the database is told without it. */
void
web_metrics(struct web *web, struct web_request *request)
{
	const struct store_question question = {"select wecom.web_metrics()", 0, NULL, NULL, NULL, FIGURES_MS};
	scoped(json_object) struct json_object *figures = NULL;
	char *text = NULL, *answer = NULL;
	size_t n = 0;
	enum status st = store_ask(web->store, &question, &text, &request->why);
	FILE *out = open_memstream(&answer, &n);

	if (st == ST_OK)
		figures = fields_parse(text);
	free(text);
	if (out == NULL) {
		web_refuse(web, request, REASON_BUG);
		return;
	}
	print_programs(web->conf, out);
	head(out, "wecom_database_up", "gauge", "Whether the database answered.");
	fprintf(out, "wecom_database_up %d\n", figures != NULL);
	if (figures != NULL)
		print_database(web->conf, out, figures);
	fclose(out);
	request->answer.owned = answer;
	web_answer_text(request, TEXT_TYPE, (struct span){answer, n});
}
