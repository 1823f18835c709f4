/*
 * The token's way: memory → wecom.token → WeCom.  What is sealed is "<seconds of its life>:<token>", so that a tenth of
 * the life is the same for every process, whatever lifetime WeCom gives.  A failure is remembered for a short time: wrong
 * calls for tokens get an address banned, so the threads that wait share one failure rather than fail one by one.
 */
#include "api_token.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_answer.h"
#include "api_internal.h"
#include "arena.h"
#include "clock.h"
#include "scope.h"
#include "seal.h"

#define US_PER_S 1000000LL
#define LIFE_MAX_S (30 * 86400)
#define MEMORY_MAX_BYTES ((size_t)64 * 1024)
#define SEALED_MAX_BYTES 8192
#define POLL_MS 200		/* while another process refreshes */
#define DATABASE_WAIT_MS 2000
#define FAILED_SHORT_MS 1000
#define FAILED_MS 10000
#define FAILED_TICKET_MS 120000
#define FAILED_CONFIG_MS 300000
#define RENEW_AGAIN_US (30 * US_PER_S)	/* after an early renewal that failed */
#define TICKET_WAIT_MS 5000

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)

/* A refresh under way: one thread's. */
struct refresh {
	struct api *api;
	enum api_token_kind kind;
	struct api_corp *corp;		/* whose record holds the token */
	const char *row;		/* the corp of its row in the database: the corp, or suite:<suite_id> */
	struct arena mem;		/* cleared at the end */
	/* what came of it */
	char text[API_TOKEN_BYTES];
	int64_t generation;
	int64_t life_s;
	int64_t expires_us;
};

/* What a kind is called. */
static const struct kind {
	const char *name;	/* in wecom.token, and for people */
	const char *member;	/* of the answer that brings it */
	const char *parameter;	/* in the URL of a call, with what is around it */
} kinds[API_TOKEN_KINDS_N] = {
	[TOKEN_NONE] = {"", "", ""},
	[TOKEN_SUITE] = {"suite_access_token", "suite_access_token", "?suite_access_token="},
	[TOKEN_CORP] = {"access_token", "access_token", "?access_token="},
	[TOKEN_LOGIN] = {"suite_access_token", "suite_access_token", "?suite_access_token="},
	[TOKEN_PROVIDER] = {"provider_access_token", "provider_access_token", "?access_token="},
	[TOKEN_JSAPI_TICKET] = {"jsapi_ticket", "ticket", ""},
	[TOKEN_AGENT_TICKET] = {"agent_ticket", "ticket", ""},
};

static const char *
kind_name(enum api_token_kind kind)
{
	return kinds[kind].name;
}

const char *
api_token_parameter(enum api_token_kind kind)
{
	return kinds[kind].parameter;
}

static bool
is_ticket(enum api_token_kind kind)
{
	return kind == TOKEN_JSAPI_TICKET || kind == TOKEN_AGENT_TICKET;
}

/* The corp under which it is kept in the database. */
static const char *
row_of(const struct api *api, enum api_token_kind kind, const char *corp)
{
	if (kind == TOKEN_CORP || is_ticket(kind))
		return corp;
	return kind == TOKEN_LOGIN ? api->login_corp : api->suite_corp;
}

/* Its record in memory: the corp's own for its token, others beside it.  NULL: no memory, or an id too long. */
static struct api_corp *
record_of(struct api *api, enum api_token_kind kind, const char *corp)
{
	char id[API_CORP_BYTES];

	if (kind != TOKEN_PROVIDER && !is_ticket(kind))
		return api_corps_use(api->corps, row_of(api, kind, corp));
	if (snprintf(id, sizeof(id), "%s@%s", kind_name(kind), row_of(api, kind, corp)) >= (int)sizeof(id))
		return NULL;
	return api_corps_use(api->corps, id);
}

/* --- sealed values --------------------------------------------------------------------------------------------------- */

static struct span
hex_encode(struct span bytes, struct arena *mem)
{
	static const char digits[] = "0123456789abcdef";
	char *at = arena_alloc(mem, 2 * bytes.n + 1);

	for (size_t i = 0; at != NULL && i < bytes.n; i++) {
		at[2 * i] = digits[(unsigned char)bytes.at[i] >> 4];
		at[2 * i + 1] = digits[bytes.at[i] & 15];
	}
	return (struct span){at, at == NULL ? 0 : 2 * bytes.n};
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Absent: not hexadecimal, too long, or no memory. */
static struct span
hex_decode(struct span hex, struct arena *mem)
{
	char *at = hex.n % 2 != 0 || hex.n > 2 * SEALED_MAX_BYTES ? NULL : arena_alloc(mem, hex.n / 2 + 1);

	for (size_t i = 0; at != NULL && i < hex.n / 2; i++) {
		int high = digit(hex.at[2 * i]), low = digit(hex.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return (struct span){NULL, 0};
		at[i] = (char)(high << 4 | low);
	}
	return (struct span){at, at == NULL ? 0 : hex.n / 2};
}

/* The member "sealed" of the database's answer, opened for its row; absent when it cannot be. */
static struct span
open_sealed(struct refresh *refresh, struct json_object *row, const char *kind, const char *name)
{
	struct span identity = seal_row_identity(&refresh->mem, span_of(refresh->row), span_of(kind), span_of(name));
	struct json_object *hex = NULL;
	struct span sealed, plain = {NULL, 0};

	if (identity.at == NULL || !json_object_object_get_ex(row, "sealed", &hex) ||
	    !json_object_is_type(hex, json_type_string))
		return plain;
	sealed = hex_decode((struct span){json_object_get_string(hex), (size_t)json_object_get_string_len(hex)},
	    &refresh->mem);
	if (sealed.at == NULL ||
	    seal_open(&refresh->api->conf->master_key, identity, sealed, &refresh->mem, &plain) != ST_OK)
		return (struct span){NULL, 0};
	return plain;
}

static int64_t
number_of(struct json_object *row, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(row, name, &value) ? json_object_get_int64(value) : 0;
}

/* --- the database ---------------------------------------------------------------------------------------------------- */

/*
 * Ask wecom.token_take; true: *ret_row (owned, maybe with "mine").  A token that lives longer than a tenth of its life is
 * given out as it is.
 */
static bool
ask_token(struct refresh *refresh, struct json_object **ret_row, struct api_answer *failure)
{
	struct api *api = refresh->api;
	char now[24], early[24], slot[24];
	const char *values[] = {refresh->row, kind_name(refresh->kind), api->owner, now, early, slot};
	struct detail why = {""};
	enum status st;

	snprintf(now, sizeof(now), "%" PRId64, api_now_us(api));
	snprintf(early, sizeof(early), "%d", api->early_s[refresh->kind]);
	/* longer than a call; a second process that fetches too does no harm, one that waits for a dead one does */
	snprintf(slot, sizeof(slot), "%" PRId64, api->conf->api_timeout_ms / 1000 + 5);
	st = store_call_json(api->store, "select wecom.token_take($1, $2, $3, $4::bigint, $5::int, $6::int)", 6, values,
	    ret_row, &why);
	if (st == ST_OK && *ret_row != NULL)
		return true;
	*failure = api_answer_later(DATABASE_WAIT_MS, "the token cannot be read: %s", st == ST_OK ? "null" : why.text);
	return false;
}

/* "<life>:<token>" as it was sealed. */
static bool
read_plain(struct refresh *refresh, struct span plain, int64_t expires_us)
{
	const char *colon = plain.at == NULL ? NULL : memchr(plain.at, ':', plain.n);
	struct span life = {plain.at, colon == NULL ? 0 : (size_t)(colon - plain.at)};
	long long life_s = 0;
	size_t n;

	if (colon == NULL || !span_number(life, LIFE_MAX_S, &life_s))
		return false;
	n = plain.n - life.n - 1;
	if (n == 0 || n >= sizeof(refresh->text))
		return false;
	memcpy(refresh->text, colon + 1, n);
	refresh->text[n] = '\0';
	refresh->life_s = life_s;
	refresh->expires_us = expires_us;
	return true;
}

static int
early_of(int64_t life_s)
{
	return life_s >= 20 ? (int)(life_s / 10) : 1;
}

/* Seal and share it.  A token that cannot be shared serves this process. */
static void
keep_token(struct refresh *refresh)
{
	struct api *api = refresh->api;
	const char *kind = kind_name(refresh->kind);
	struct span plain = arena_printf(&refresh->mem, "%" PRId64 ":%s", refresh->life_s, refresh->text), sealed;
	struct span identity = seal_row_identity(&refresh->mem, span_of(refresh->row), span_of(kind), SPAN(""));
	char expires[24], *generation = NULL;
	struct detail why;

	if (plain.at == NULL || identity.at == NULL ||
	    seal_close(&api->conf->master_key, identity, plain, &refresh->mem, &sealed) != ST_OK)
		return;
	sealed = hex_encode(sealed, &refresh->mem);
	snprintf(expires, sizeof(expires), "%" PRId64, refresh->expires_us);
	if (sealed.at != NULL && store_call(api->store, "select wecom.token_keep($1, $2, $3, $4, $5::bigint)", 5,
	    (const char *const[]){refresh->row, kind, api->owner, sealed.at, expires}, &generation, &why) == ST_OK &&
	    generation != NULL)
		refresh->generation = strtoll(generation, NULL, 10);
	free(generation);
}

/* Absent with *failure set: it is not there, cannot be opened, or cannot be read now. */
static struct span
read_secret(struct refresh *refresh, const char *kind, const char *name, int64_t *ret_secret_us,
    struct api_answer *failure)
{
	const char *values[] = {refresh->row, kind, name};
	scoped(json_object) struct json_object *row = NULL;
	struct detail why = {""};
	struct span plain;

	if (store_call_json(refresh->api->store, "select wecom.secret_read($1, $2, $3)", 3, values, &row, &why) != ST_OK) {
		*failure = api_answer_later(DATABASE_WAIT_MS, "the %s cannot be read: %s", kind, why.text);
		return (struct span){NULL, 0};
	}
	if (row == NULL) {
		*failure = api_answer_later(TICKET_WAIT_MS, "no %s is stored for %s: it comes with a callback of WeCom", kind,
		    refresh->row);
		return (struct span){NULL, 0};
	}
	plain = open_sealed(refresh, row, kind, name);
	*ret_secret_us = number_of(row, "secret_us");
	if (plain.at == NULL || strlen(plain.at) != plain.n) {
		*failure = api_answer_later(FAILED_CONFIG_MS,
		    "the %s cannot be opened: it was sealed under another key than that of WECOM_MASTER_KEY_FILE", kind);
		plain = (struct span){NULL, 0};
	}
	return plain;
}

/* --- WeCom ----------------------------------------------------------------------------------------------------------- */

static bool
put_text(struct json_object *object, const char *name, struct span text)
{
	struct json_object *value = json_object_new_string_len(text.at, (int)text.n);

	return value != NULL && json_object_object_add(object, name, value) == 0;
}

/* Visible ASCII and no more than there is room for: it goes into a URL. */
static bool
is_token(const char *text)
{
	size_t n = 0;

	while (text[n] > ' ' && text[n] <= '~')
		n++;
	return n > 0 && n < API_TOKEN_BYTES && text[n] == '\0';
}

static bool
take_answer(struct refresh *refresh, const struct api_answer *answer)
{
	struct json_object *token = NULL, *life = NULL;

	if (!json_object_object_get_ex(answer->body, kinds[refresh->kind].member, &token) ||
	    !json_object_is_type(token, json_type_string) || !is_token(json_object_get_string(token)) ||
	    !json_object_object_get_ex(answer->body, "expires_in", &life) || !json_object_is_type(life, json_type_int))
		return false;
	refresh->life_s = json_object_get_int64(life);
	if (refresh->life_s < 1 || refresh->life_s > LIFE_MAX_S)
		return false;
	snprintf(refresh->text, sizeof(refresh->text), "%s", json_object_get_string(token));
	refresh->expires_us = answer->begun_us + refresh->life_s * US_PER_S;
	return true;
}

/* Make the call; its failure is the failure of whatever needs the token. */
static bool
call_for_token(struct refresh *refresh, enum api_name name, const char *query, struct json_object *body,
    struct api_answer *failure)
{
	struct api_answer answer = api_call(refresh->api, name, refresh->row, query, body);
	bool is_good = answer.outcome == API_ANSWERED && take_answer(refresh, &answer);

	if (body != NULL)
		api_answer_cleanse(body);
	if (is_good) {
		api_answer_done(&answer);
		return true;
	}
	if (answer.outcome == API_ANSWERED) {
		api_answer_done(&answer);
		answer = api_answer_later(DATABASE_WAIT_MS, "%s: the answer holds no usable token", api_path(name));
	}
	*failure = answer;
	return false;
}

static bool
fetch_suite_token(struct refresh *refresh, struct api_answer *failure)
{
	const struct conf *conf = refresh->api->conf;
	bool is_login = refresh->kind == TOKEN_LOGIN;
	scoped(json_object) struct json_object *body = json_object_new_object();
	int64_t ticket_us = 0;
	struct span ticket = read_secret(refresh, "suite_ticket", "", &ticket_us, failure);

	if (ticket.at == NULL)
		return false;
	if (ticket_us != 0 && ticket_us <= refresh->corp->token.refused_ticket_us) {
		*failure = api_answer_later(TICKET_WAIT_MS, "%s", api_meaning(40085)->meaning);
		failure->code = 40085;
		failure->meaning = api_meaning(40085);
		return false;
	}
	if (body == NULL || !put_text(body, "suite_id", span_of(is_login ? conf->login_suite_id : conf->suite_id)) ||
	    !put_text(body, "suite_secret", is_login ? conf->login_suite_secret : conf->suite_secret) ||
	    !put_text(body, "suite_ticket", ticket)) {
		*failure = api_answer_later(DATABASE_WAIT_MS, "no memory");
		return false;
	}
	if (call_for_token(refresh, API_GET_SUITE_TOKEN, NULL, body, failure))
		return true;
	/* only the refreshing thread comes here */
	if (failure->code == 40085)
		refresh->corp->token.refused_ticket_us = ticket_us;
	return false;
}

static bool
fetch_corp_token(struct refresh *refresh, struct api_answer *failure)
{
	scoped(json_object) struct json_object *body = json_object_new_object();
	int64_t code_us = 0;
	struct span code = read_secret(refresh, "permanent_code", refresh->api->conf->suite_id, &code_us, failure);

	if (code.at == NULL)
		return false;
	if (body == NULL || !put_text(body, "auth_corpid", span_of(refresh->row)) ||
	    !put_text(body, "permanent_code", code)) {
		*failure = api_answer_later(DATABASE_WAIT_MS, "no memory");
		return false;
	}
	return call_for_token(refresh, API_GET_CORP_TOKEN, NULL, body, failure);
}

static bool
fetch_provider_token(struct refresh *refresh, struct api_answer *failure)
{
	const struct conf *conf = refresh->api->conf;
	scoped(json_object) struct json_object *body = json_object_new_object();

	if (body == NULL || !put_text(body, "corpid", span_of(conf->provider_corp_id)) ||
	    !put_text(body, "provider_secret", conf->provider_secret)) {
		*failure = api_answer_later(DATABASE_WAIT_MS, "no memory");
		return false;
	}
	return call_for_token(refresh, API_GET_PROVIDER_TOKEN, NULL, body, failure);
}

/* --- refreshing ------------------------------------------------------------------------------------------------------ */

static bool
is_mine(struct json_object *row)
{
	struct json_object *mine = NULL;

	return json_object_object_get_ex(row, "mine", &mine) && json_object_get_boolean(mine);
}

static void
drop_stored(struct refresh *refresh, int64_t generation)
{
	char text[24];
	struct detail why;
	enum status st;

	snprintf(text, sizeof(text), "%" PRId64, generation);
	st = store_call(refresh->api->store, "select wecom.token_drop($1, $2, $3::bigint)", 3,
	    (const char *const[]){refresh->row, kind_name(refresh->kind), text}, NULL, &why);
	/* without the database the failing token is refused once more, no worse */
	(void)st;
}

/*
 * A stored token for use.  False: it cannot be opened (dropped, then: its key is gone), or it is in the last tenth of its
 * life and nobody else is known to renew it.
 */
static bool
use_stored(struct refresh *refresh, struct json_object *row)
{
	struct api *api = refresh->api;
	int64_t expires_us = number_of(row, "expires_us"), generation = number_of(row, "generation"), left_us;
	int early_s;

	if (!read_plain(refresh, open_sealed(refresh, row, kind_name(refresh->kind), ""), expires_us)) {
		drop_stored(refresh, generation);
		return false;
	}
	refresh->generation = generation;
	left_us = expires_us - api_now_us(api);
	early_s = early_of(refresh->life_s);
	if (left_us > early_s * US_PER_S || api->early_s[refresh->kind] >= early_s)
		return left_us > 0;
	api->early_s[refresh->kind] = early_s;	/* now known: ask again with it */
	return false;
}

static bool
fetch(struct refresh *refresh, struct api_answer *failure)
{
	bool is_here = false;

	switch (refresh->kind) {
	case TOKEN_SUITE:
	case TOKEN_LOGIN:
		is_here = fetch_suite_token(refresh, failure);
		break;
	case TOKEN_CORP:
		is_here = fetch_corp_token(refresh, failure);
		break;
	case TOKEN_PROVIDER:
		is_here = fetch_provider_token(refresh, failure);
		break;
	case TOKEN_JSAPI_TICKET:
		is_here = call_for_token(refresh, API_GET_JSAPI_TICKET, NULL, NULL, failure);
		break;
	case TOKEN_AGENT_TICKET:
		is_here = call_for_token(refresh, API_GET_AGENT_TICKET, "type=agent_config", NULL, failure);
		break;
	case TOKEN_NONE:
	case API_TOKEN_KINDS_N:
		break;
	}
	if (!is_here)
		return false;
	refresh->api->early_s[refresh->kind] = early_of(refresh->life_s);
	refresh->generation = 0;
	keep_token(refresh);
	return true;
}

/* From the database, or from WeCom when this process is the one to fetch it; waits while another one does. */
static bool
run(struct refresh *refresh, struct api_answer *failure)
{
	const struct api *api = refresh->api;
	int64_t deadline_ms = clock_monotonic_ms() + api->conf->api_timeout_ms;
	int asked_n = 0;

	do {
		scoped(json_object) struct json_object *row = NULL;
		struct json_object *sealed = NULL;
		bool is_stored;

		if (!ask_token(refresh, &row, failure))
			return false;
		if (is_mine(row))
			return fetch(refresh, failure);
		is_stored = json_object_object_get_ex(row, "sealed", &sealed) && sealed != NULL;
		if (is_stored && use_stored(refresh, row))
			return true;
		/* what use_stored has learnt counts at once */
		if (!api_pause(api, is_stored && asked_n++ < 2 ? 1 : POLL_MS)) {
			*failure = api_answer_later(0, "the program is to stop");
			failure->outcome = API_STOPPED;
			return false;
		}
	} while (clock_monotonic_ms() < deadline_ms);
	*failure = api_answer_later(FAILED_SHORT_MS, "another process is getting the %s", kind_name(refresh->kind));
	return false;
}

/* --- the cache in memory; under the corps' lock ---------------------------------------------------------------------- */

static int64_t
remember_failure_ms(enum api_token_kind kind, const struct api_answer *failure)
{
	if (failure->outcome == API_STOPPED)
		return 0;
	/* few calls an hour are allowed, also of those that are refused */
	if (is_ticket(kind) && failure->outcome == API_REFUSED)
		return FAILED_TICKET_MS;
	if (failure->meaning != NULL && failure->meaning->reaction == API_CONFIG)
		return FAILED_CONFIG_MS;
	return failure->outcome == API_REFUSED ? FAILED_MS : FAILED_SHORT_MS;
}

static void
settle_failure(struct api *api, enum api_token_kind kind, struct api_token *token, const struct api_answer *failure)
{
	int64_t keep_ms = remember_failure_ms(kind, failure);

	token->failure = (struct api_failure){clock_monotonic_ms() + keep_ms, failure->outcome, failure->code, ""};
	snprintf(token->failure.why, sizeof(token->failure.why), "%s", failure->why);
	token->renew_us = api_now_us(api) + RENEW_AGAIN_US;
}

static void
settle_token(struct api *api, struct api_token *token, const struct refresh *refresh)
{
	int64_t early_us = early_of(refresh->life_s) * US_PER_S, now_us = api_now_us(api);

	if (token->text == NULL)
		token->text = malloc(API_TOKEN_BYTES);
	if (token->text == NULL)
		return;
	memcpy(token->text, refresh->text, sizeof(refresh->text));
	token->generation = refresh->generation;
	token->expires_us = refresh->expires_us;
	token->renew_us = refresh->expires_us - early_us;
	/* in its last tenth already, and another process is at the renewal: look again soon */
	if (token->renew_us <= now_us)
		token->renew_us = now_us + US_PER_S;
	token->failure = (struct api_failure){0};
}

enum look { LOOK_HAVE, LOOK_FAILED, LOOK_REFRESH, LOOK_WAIT };

static enum look
look(const struct api *api, const struct api_token *token)
{
	int64_t now_us = api_now_us(api);
	bool is_alive = token->text != NULL && now_us < token->expires_us;

	if (is_alive && (now_us < token->renew_us || token->is_refreshing))
		return LOOK_HAVE;
	if (clock_monotonic_ms() < token->failure.until_ms)
		return is_alive ? LOOK_HAVE : LOOK_FAILED;
	return token->is_refreshing ? LOOK_WAIT : LOOK_REFRESH;
}

/* Wait for the thread that refreshes; then one of the other three, or LOOK_WAIT when it took too long. */
static enum look
look_patiently(struct api *api, struct api_corp *corp)
{
	int64_t deadline_ms = clock_monotonic_ms() + 2 * api->conf->api_timeout_ms, now_ms;
	enum look seen;

	while ((seen = look(api, &corp->token)) == LOOK_WAIT) {
		now_ms = clock_monotonic_ms();
		if (now_ms >= deadline_ms || *api->stopping)
			break;
		api_corps_wait(api->corps, corp, now_ms + POLL_MS);
	}
	return seen;
}

static void
copy_out(const struct api_token *token, struct api_token_copy *ret_token)
{
	memcpy(ret_token->text, token->text, sizeof(ret_token->text));
	ret_token->generation = token->generation;
}

static void
recall_failure(const struct api_token *token, struct api_answer *failure)
{
	int64_t left_ms = token->failure.until_ms - clock_monotonic_ms();

	*failure = api_answer_later(left_ms > FAILED_SHORT_MS ? left_ms : FAILED_SHORT_MS, "%s", token->failure.why);
	failure->outcome = token->failure.outcome;
	failure->code = token->failure.code;
	failure->meaning = api_meaning(token->failure.code);
}

/* The lock is not held while the refresh runs. */
static void
refresh_token(struct api *api, enum api_token_kind kind, struct api_corp *corp, const char *row,
    struct api_answer *failure)
{
	struct refresh refresh = {.api = api, .kind = kind, .corp = corp, .row = row};
	bool is_here;

	arena_init(&refresh.mem, MEMORY_MAX_BYTES);
	corp->token.is_refreshing = true;
	api_corps_unlock(api->corps);
	is_here = run(&refresh, failure);
	api_corps_lock(api->corps);
	corp->token.is_refreshing = false;
	if (is_here)
		settle_token(api, &corp->token, &refresh);
	else
		settle_failure(api, kind, &corp->token, failure);
	pthread_cond_broadcast(&corp->changed);
	arena_done(&refresh.mem);
	OPENSSL_cleanse(refresh.text, sizeof(refresh.text));
}

static bool
take(struct api *api, enum api_token_kind kind, struct api_corp *corp, const char *row,
    struct api_token_copy *ret_token, struct api_answer *ret_failure)
{
	enum look seen = look_patiently(api, corp);

	if (seen == LOOK_REFRESH) {
		*ret_failure = api_answer_later(FAILED_SHORT_MS, "the %s ended before it could be used", kind_name(kind));
		refresh_token(api, kind, corp, row, ret_failure);
		seen = corp->token.text != NULL && api_now_us(api) < corp->token.expires_us ? LOOK_HAVE : LOOK_REFRESH;
	}
	if (seen == LOOK_HAVE)
		copy_out(&corp->token, ret_token);
	else if (seen == LOOK_FAILED)
		recall_failure(&corp->token, ret_failure);
	else if (seen == LOOK_WAIT)
		*ret_failure = api_answer_later(FAILED_SHORT_MS, "the %s is being fetched", kind_name(kind));
	return seen == LOOK_HAVE;
}

bool
api_token_take(struct api *api, enum api_token_kind kind, const char *corp, struct api_token_copy *ret_token,
    struct api_answer *ret_failure)
{
	struct api_corp *record = record_of(api, kind, corp);
	bool is_taken;

	*ret_failure = api_answer_later(DATABASE_WAIT_MS, "no memory");
	if (record == NULL)
		return false;
	api_corps_lock(api->corps);
	is_taken = take(api, kind, record, row_of(api, kind, corp), ret_token, ret_failure);
	api_corps_unlock(api->corps);
	api_corps_leave(api->corps, record);
	return is_taken;
}

void
api_token_drop(struct api *api, enum api_token_kind kind, const char *corp, const struct api_token_copy *token)
{
	struct api_corp *record = record_of(api, kind, corp);
	struct refresh refresh = {.api = api, .kind = kind, .corp = record, .row = row_of(api, kind, corp)};
	bool is_it;

	if (record == NULL)
		return;
	api_corps_lock(api->corps);
	is_it = record->token.text != NULL && strcmp(record->token.text, token->text) == 0;
	if (is_it)
		record->token.expires_us = record->token.renew_us = 0;
	api_corps_unlock(api->corps);
	if (token->generation > 0)
		drop_stored(&refresh, token->generation);
	api_corps_leave(api->corps, record);
}

bool
api_page_ticket_take(struct api *api, enum api_page_ticket name, const char *corp, char ret_text[API_TICKET_BYTES],
    struct api_answer *ret_failure)
{
	struct api_token_copy copy;

	_Static_assert(API_TICKET_BYTES == API_TOKEN_BYTES, "a ticket is copied as a token is");
	if (!api_token_take(api, name == API_PAGE_CORP ? TOKEN_JSAPI_TICKET : TOKEN_AGENT_TICKET, corp, &copy, ret_failure))
		return false;
	memcpy(ret_text, copy.text, API_TICKET_BYTES);
	OPENSSL_cleanse(copy.text, sizeof(copy.text));
	return true;
}
