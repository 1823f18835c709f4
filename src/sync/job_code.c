/*
 * The exchange of an auth code.  WeCom gives the permanent code once, so it is stored before anything else is done, and
 * tried again while the database is away.  Codes never leave this file but sealed.
 */
#include "job_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "log.h"
#include "job_part.h"
#include "seal.h"

#define STORE_TRIES 12
#define STORE_PAUSE_MS 100	/* doubled up to the longest */
#define STORE_PAUSE_MOST_MS 2000
#define MEMORY_BYTES 65536
#define CODE_USED 40078
#define AUTHORISE_SQL "select wecom.corp_authorise($1, $2, $3, $4, $5::bigint)"

struct exchange {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	struct arena mem;
	int64_t authorised_us;
};

/* --- secrets ------------------------------------------------------------------------------------------------------ */

static struct span
from_hex(const char *hex, struct arena *mem)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(hex) / 2;
	char *bytes = arena_alloc(mem, n);

	if (bytes == NULL || strlen(hex) % 2 != 0)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < 2 * n; i++) {
		const char *digit = strchr(digits, hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] - 'A' + 'a' : hex[i]);

		if (digit == NULL)
			return (struct span){NULL, 0};
		bytes[i / 2] = (char)((unsigned char)bytes[i / 2] << 4 | (unsigned char)(digit - digits));
	}
	return (struct span){bytes, n};
}

static const char *
to_hex(struct span bytes, struct arena *mem)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = arena_alloc(mem, bytes.n * 2 + 1);

	for (size_t i = 0; hex != NULL && i < bytes.n; i++) {
		hex[2 * i] = digits[(unsigned char)bytes.at[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)bytes.at[i] & 15];
	}
	return hex;
}

const char *
secret_open(struct job_context *context, struct json_object *state, const char *corp, const char *kind, const char *name,
    struct arena *mem, const char **ret_why)
{
	const char *hex = "";
	struct span sealed, identity, plain = {NULL, 0};

	*ret_why = "it is not kept (any more)";
	if (!field_text(state, "secret", (size_t)2 * SECRET_BYTES + 2, &hex) || hex[0] == '\0')
		return NULL;
	sealed = from_hex(strncmp(hex, "\\x", 2) == 0 ? hex + 2 : hex, mem);
	identity = seal_row_identity(mem, span_of(corp), span_of(kind), span_of(name));
	*ret_why = "it cannot be opened: was it stored under another master key (WECOM_MASTER_KEY_FILE)?";
	if (sealed.at == NULL || identity.at == NULL ||
	    seal_open(&context->conf->master_key, identity, sealed, mem, &plain) != ST_OK || plain.n == 0 ||
	    strlen(plain.at) != plain.n)
		return NULL;
	return plain.at;
}

void
secret_forget(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;
	char zeros[SECRET_BYTES] = {0};
	int n;

	if (object == NULL || !json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return;
	/* a text of the same length is written over the old one in its place */
	n = json_object_get_string_len(member);
	if (n > 0 && n <= SECRET_BYTES)
		(void)json_object_set_string_len(member, zeros, n);
}

/* --- the exchange ------------------------------------------------------------------------------------------------- */

static struct api_answer
call_exchange(struct exchange *exchange, const char *code)
{
	struct json_object *body = json_object_new_object();
	struct api_answer answer;

	job_add_text(body, "auth_code", code);
	answer = api_call(exchange->context->api, API_GET_PERMANENT_CODE, exchange->job->corp, NULL, body);
	secret_forget(body, "auth_code");
	json_object_put(body);
	return answer;
}

/* Once more while the database is away: the code cannot be had again. */
static enum status
store_code(struct exchange *exchange, const char *corp, const char *corp_name, const char *sealed_hex, struct detail *why)
{
	const char *suite_id = exchange->context->conf->suite_id;
	char authorised[24];
	const char *values[5] = {corp, suite_id, corp_name, sealed_hex, authorised};
	useconds_t pause_ms = STORE_PAUSE_MS;
	enum status st = ST_BUSY;

	snprintf(authorised, sizeof(authorised), "%lld", (long long)exchange->authorised_us);
	for (int i = 0; st == ST_BUSY && i < STORE_TRIES; i++) {
		if (i > 0) {
			log_text(LOG_LEVEL_WARNING, "a permanent code waits to be stored: %s", why->text);
			usleep(pause_ms * 1000);
			pause_ms = pause_ms * 2 < STORE_PAUSE_MOST_MS ? pause_ms * 2 : STORE_PAUSE_MOST_MS;
		}
		st = store_call(exchange->context->store, AUTHORISE_SQL, 5, values, NULL, why);
	}
	return st;
}

static const char *
seal_code(struct exchange *exchange, const char *corp, const char *code)
{
	const struct conf *conf = exchange->context->conf;
	struct span sealed = {NULL, 0};
	struct span identity = seal_row_identity(&exchange->mem, span_of(corp), SPAN("permanent_code"), span_of(conf->suite_id));

	if (identity.at == NULL ||
	    seal_close(&conf->master_key, identity, span_of(code), &exchange->mem, &sealed) != ST_OK)
		return NULL;
	return to_hex(sealed, &exchange->mem);
}

static void
keep_code(struct exchange *exchange, const char *corp, const char *corp_name, const char *code)
{
	struct job_result *result = exchange->result;
	const char *sealed_hex = seal_code(exchange, corp, code);
	struct detail why = {"it cannot be sealed"};

	if (sealed_hex == NULL || store_code(exchange, corp, corp_name, sealed_hex, &why) != ST_OK) {
		job_park(result, "the permanent code of corp %.64s could not be stored (%.80s), and WeCom gives it only once: "
		    "remove the app from that corp and install it again", corp, why.text);
		return;
	}
	api_forget(exchange->context->api, corp);
	job_count(result, "corp_authorised", 1);
}

static void
take_answer(struct exchange *exchange, const struct api_answer *answer)
{
	struct json_object *info = NULL;
	const char *code = "", *corp = "", *corp_name = "";

	if (!field_text(answer->body, "permanent_code", SECRET_BYTES / 2, &code) || code[0] == '\0' ||
	    !field_object(answer->body, "auth_corp_info", &info) ||
	    !field_text(info, "corpid", PART_ID_BYTES, &corp) || corp[0] == '\0' ||
	    !field_text(info, "corp_name", PART_NAME_BYTES, &corp_name)) {
		job_park(exchange->result, "WeCom's answer to an auth code lacks permanent_code or corpid, and a code works only "
		    "once: remove the app from that corp and install it again");
		return;
	}
	keep_code(exchange, corp, corp_name[0] == '\0' ? NULL : corp_name, code);
}

static void
exchange_code(struct exchange *exchange, const char *code)
{
	struct job_result *result = exchange->result;
	struct api_answer answer = call_exchange(exchange, code);

	if (answer.outcome == API_ANSWERED)
		take_answer(exchange, &answer);
	else if (job_is_code(&answer, CODE_USED)) {
		job_park(result, "error %d: the auth code was used before or is older than 10 minutes. If the corp is not in "
		    "mirror.corp, remove the app from it and install it again; else nothing is to be done", CODE_USED);
		/* it is as if pulled: once a person has read this and lets the job go on, it ends without a call */
		result->begun_us = answer.begun_us;
	} else if (answer.outcome == API_REFUSED && answer.meaning != NULL && answer.meaning->reaction == API_AUTHORISATION)
		job_park(result, "error %d: %.150s. Install the app again", answer.code, answer.meaning->meaning);
	else
		job_fail(exchange->context, exchange->job, &answer, result);
	if (result->outcome == JOB_DONE)
		job_pulled(exchange->context, exchange->job, API_GET_PERMANENT_CODE, answer.begun_us, result);
	secret_forget(answer.body, "permanent_code");
	api_answer_done(&answer);
}

/* When the corp was authorised: the event's time, else that of the code. */
static int64_t
authorised_us(const struct job *job)
{
	int64_t at_us = 0;

	for (size_t i = 0; i < json_object_array_length(job->events); i++) {
		int64_t time_us = event_time_us(json_object_array_get_idx(job->events, i));

		at_us = time_us > at_us ? time_us : at_us;
	}
	if (at_us == 0)
		(void)field_number(job->state, "secret_us", 0, INT64_MAX, 0, &at_us);
	return at_us;
}

void
job_corp_code(struct job_context *context, const struct job *job, struct job_result *result)
{
	struct exchange exchange = {context, job, result, {0}, authorised_us(job)};
	const char *code, *why = "";
	int64_t seen_us = 0;

	/* a repeat of its event, or freed after a refusal: the code was exchanged or refused, and works only once */
	(void)field_number(job->state, "seen_us", 0, INT64_MAX, 0, &seen_us);
	if (seen_us != 0) {
		job_settle_covered(job, INT64_MAX, result);
		return;
	}
	arena_init(&exchange.mem, MEMORY_BYTES);
	code = secret_open(context, job->state, job->corp, "auth_code", job->target + strlen(CODE_PREFIX), &exchange.mem, &why);
	if (code == NULL)
		job_park(result, "the auth code of an installation cannot be exchanged, %.100s. Remove the app from that corp "
		    "and install it again", why);
	else
		exchange_code(&exchange, code);
	arena_done(&exchange.mem);
}
