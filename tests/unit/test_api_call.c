/*
 * Calls seen through: tokens, limits, repetitions and outcomes, against a WeCom and a database made here.  Time is made
 * here, too, but for the case with threads.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../src/api/api_internal.h"
#include "arena.h"
#include "clock.h"
#include "seal.h"

#define WALL_US 1700000000000000LL
#define SCRIPT_MAX 64
#define CORP "wpcorp"
#define SUITE_CORP "suite:wwsuite"

int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_wall_us(void);
int64_t __real_clock_monotonic_us(void);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left);
int __real_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until);
struct api_transport *__wrap_api_transport_new(const struct conf *conf, const _Atomic bool *stopping, struct detail *why);
void __wrap_api_transport_free(struct api_transport *transport);
bool __wrap_api_transport_exchange(struct api_transport *transport, const char *path, const char *body, size_t body_n,
    struct api_reply *ret_reply, struct detail *why);
void __wrap_api_transport_forget(struct api_transport *transport);
enum status __wrap_store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text,
    struct detail *why);
enum status __wrap_store_call_json(struct store *store, const char *sql, int n, const char *const *values,
    struct json_object **ret_json, struct detail *why);

/* A row of wecom.token. */
struct row {
	char sealed[4096];
	int64_t generation, expires_us;
	bool is_foreign;	/* the slot is another process's */
	int keeps_n, drops_n, takes_n;
};

static struct {
	bool is_real_time;
	int64_t mono_us;
	/* WeCom */
	const char *script[SCRIPT_MAX];	/* answers to calls other than those for tokens; NULL: success; "": no answer */
	int calls_n, suite_calls_n, corp_calls_n;
	const char *suite_script, *corp_script;	/* instead of a good token */
	int life_s;
	int64_t date_skew_s;
	bool has_date;
	int64_t latency_us;
	char last_path[1024];
	char last_body[4096];
	int wrong_token_n;
	/* database */
	bool is_database_away;
	struct row suite, corp;
	char ticket[1024], code[1024];	/* sealed, hexadecimal; "": none */
	int64_t ticket_us;
	int usage_n;
	char usage[4096];
} world;

static pthread_mutex_t world_lock = PTHREAD_MUTEX_INITIALIZER;
static struct conf conf;
static struct api *api;
static _Atomic bool stopping;

/* --- time ------------------------------------------------------------------------------------------------------------ */

int64_t
__wrap_clock_monotonic_us(void)
{
	return world.is_real_time ? __real_clock_monotonic_us() : world.mono_us;
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return __wrap_clock_monotonic_us() / 1000;
}

int64_t
__wrap_clock_wall_us(void)
{
	return WALL_US + __wrap_clock_monotonic_us();
}

int
__wrap_nanosleep(const struct timespec *wanted, struct timespec *left)
{
	if (world.is_real_time)
		return __real_nanosleep(wanted, left);
	world.mono_us += wanted->tv_sec * 1000000 + wanted->tv_nsec / 1000 + 1;
	return 0;
}

int
__wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until)
{
	int64_t until_us = until->tv_sec * 1000000 + until->tv_nsec / 1000;

	if (world.is_real_time)
		return __real_pthread_cond_timedwait(condition, lock, until);
	if (until_us > world.mono_us)
		world.mono_us = until_us;
	return ETIMEDOUT;
}

/* --- WeCom ----------------------------------------------------------------------------------------------------------- */

struct api_transport *
__wrap_api_transport_new(const struct conf *settings, const _Atomic bool *stop, struct detail *why)
{
	(void)settings;
	(void)stop;
	(void)why;
	return (struct api_transport *)&world;
}

void
__wrap_api_transport_free(struct api_transport *transport)
{
	(void)transport;
}

static _Thread_local char given[4096];

void
__wrap_api_transport_forget(struct api_transport *transport)
{
	(void)transport;
	memset(given, 'x', sizeof(given) - 1);
}

static const char *
token_answer(const char *scripted, const char *name, char letter, int n)
{
	if (scripted != NULL)
		return scripted;
	snprintf(given, sizeof(given), "{\"%s\":\"%c%d\",\"expires_in\":%d}", name, letter, n, world.life_s);
	return given;
}

static const char *
answer_to(const char *path)
{
	char wanted[32];
	const char *answer;

	if (strstr(path, "/service/get_suite_token") != NULL)
		return token_answer(world.suite_script, "suite_access_token", 'S', ++world.suite_calls_n);
	snprintf(wanted, sizeof(wanted), "suite_access_token=S%d", world.suite_calls_n);
	if (strstr(path, "/service/get_corp_token") != NULL) {
		world.wrong_token_n += strstr(path, wanted) == NULL;
		return token_answer(world.corp_script, "access_token", 'C', ++world.corp_calls_n);
	}
	answer = world.calls_n < SCRIPT_MAX ? world.script[world.calls_n] : NULL;
	world.calls_n++;
	return answer == NULL ? "{\"errcode\":0,\"errmsg\":\"ok\",\"n\":1}" : answer;
}

bool
__wrap_api_transport_exchange(struct api_transport *transport, const char *path, const char *body, size_t body_n,
    struct api_reply *ret_reply, struct detail *why)
{
	const char *answer;

	(void)transport;
	if (world.is_real_time)
		__real_nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	pthread_mutex_lock(&world_lock);
	snprintf(world.last_path, sizeof(world.last_path), "%s", path);
	snprintf(world.last_body, sizeof(world.last_body), "%.*s", (int)body_n, body == NULL ? "" : body);
	answer = answer_to(path);
	*ret_reply = (struct api_reply){.begun_us = __wrap_clock_monotonic_us()};
	world.mono_us += world.latency_us;
	ret_reply->ended_us = __wrap_clock_monotonic_us();
	if (world.has_date)
		ret_reply->date_s = (__wrap_clock_wall_us() - world.latency_us / 2) / 1000000 + world.date_skew_s;
	if (answer != given)
		snprintf(given, sizeof(given), "%s", answer);
	pthread_mutex_unlock(&world_lock);
	ret_reply->text = given;
	ret_reply->n = strlen(given);
	if (ret_reply->n == 0)
		detail_set(why, "Timeout was reached");
	return ret_reply->n > 0;
}

/* --- database -------------------------------------------------------------------------------------------------------- */

static struct row *
row_of(const char *const *values)
{
	bool is_suite = strcmp(values[1], "suite_access_token") == 0;

	assert_string_equal(values[0], is_suite ? SUITE_CORP : CORP);
	assert_true(is_suite || strcmp(values[1], "access_token") == 0);
	return is_suite ? &world.suite : &world.corp;
}

static struct json_object *
token_take(const char *const *values)
{
	struct row *row = row_of(values);
	int64_t now_us = strtoll(values[3], NULL, 10), early_us = strtoll(values[4], NULL, 10) * 1000000;
	bool is_due = row->sealed[0] == '\0' || row->expires_us <= now_us + early_us;
	struct json_object *object = json_object_new_object();

	row->takes_n++;
	assert_true(strlen(values[2]) > 16 && strtol(values[5], NULL, 10) > 5);
	json_object_object_add(object, "generation", json_object_new_int64(row->generation));
	json_object_object_add(object, "sealed", row->sealed[0] == '\0' || row->expires_us <= now_us ? NULL :
	    json_object_new_string(row->sealed));
	json_object_object_add(object, "expires_us", json_object_new_int64(row->expires_us));
	json_object_object_add(object, "mine", json_object_new_boolean(is_due && !row->is_foreign));
	return object;
}

enum status
__wrap_store_call_json(struct store *store, const char *sql, int n, const char *const *values,
    struct json_object **ret_json, struct detail *why)
{
	bool is_ticket;

	(void)store;
	*ret_json = NULL;
	if (world.is_database_away) {
		detail_set(why, "no connection");
		return ST_BUSY;
	}
	if (strstr(sql, "wecom.token_take(") != NULL) {
		assert_int_equal(n, 6);
		pthread_mutex_lock(&world_lock);
		*ret_json = token_take(values);
		pthread_mutex_unlock(&world_lock);
		return ST_OK;
	}
	assert_non_null(strstr(sql, "wecom.secret_read("));
	is_ticket = strcmp(values[1], "suite_ticket") == 0;
	assert_string_equal(values[0], is_ticket ? SUITE_CORP : CORP);
	assert_string_equal(values[2], is_ticket ? "" : "wwsuite");
	if ((is_ticket ? world.ticket : world.code)[0] == '\0')
		return ST_OK;
	*ret_json = json_object_new_object();
	json_object_object_add(*ret_json, "sealed", json_object_new_string(is_ticket ? world.ticket : world.code));
	json_object_object_add(*ret_json, "secret_us", json_object_new_int64(world.ticket_us));
	return ST_OK;
}

enum status
__wrap_store_call(struct store *store, const char *sql, int n, const char *const *values, char **ret_text,
    struct detail *why)
{
	struct row *row;

	(void)store;
	if (world.is_database_away) {
		detail_set(why, "no connection");
		return ST_BUSY;
	}
	if (strstr(sql, "wecom.api_usage_add(") != NULL) {
		assert_int_equal(n, 2);
		world.usage_n++;
		/* the suite's own calls are counted under its own name */
		assert_true((strcmp(values[0], CORP) == 0) == (strstr(values[1], "get_suite_token") == NULL));
		if (strcmp(values[0], CORP) == 0)
			snprintf(world.usage, sizeof(world.usage), "%s %s", values[0], values[1]);
		return ST_OK;
	}
	row = row_of(values);
	if (strstr(sql, "wecom.token_drop(") != NULL) {
		row->drops_n++;
		if (strtoll(values[2], NULL, 10) == row->generation)
			row->sealed[0] = '\0';
		return ST_OK;
	}
	assert_non_null(strstr(sql, "wecom.token_keep("));
	row->keeps_n++;
	row->generation++;
	row->expires_us = strtoll(values[4], NULL, 10);
	snprintf(row->sealed, sizeof(row->sealed), "%s", values[3]);
	*ret_text = malloc(24);
	snprintf(*ret_text, 24, "%lld", (long long)row->generation);
	return ST_OK;
}

static void
seal(const char *corp, const char *kind, const char *name, const char *plain, char hex[1024])
{
	struct arena mem;
	struct span sealed;

	arena_init(&mem, 1 << 16);
	assert_int_equal(seal_close(&conf.master_key, seal_row_identity(&mem, span_of(corp), span_of(kind), span_of(name)),
	    span_of(plain), &mem, &sealed), ST_OK);
	for (size_t i = 0; i < sealed.n; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned int)(unsigned char)sealed.at[i]);
	arena_done(&mem);
}

/* --- the cases' help ------------------------------------------------------------------------------------------------- */

static void
start(void)
{
	struct detail why;

	api = api_new(&conf, NULL, &stopping, &why);
	assert_non_null(api);
}

static int
setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.mono_us = 5000000000LL;
	world.life_s = 7200;
	world.latency_us = 20000;
	world.has_date = true;
	world.ticket_us = WALL_US;
	memset(&conf, 0, sizeof(conf));
	conf.suite_id = "wwsuite";
	conf.suite_secret = SPAN("suite-secret");
	conf.api_base = "https://localhost";
	conf.api_ca_file = "";
	conf.api_timeout_ms = 10000;
	conf.api_calls_per_minute = 8000;
	conf.api_calls_per_hour = 140000;
	conf.provider_calls_per_minute = 36000;
	conf.sync_calls_per_corp = 16;
	memset(conf.master_key.bytes, 7, sizeof(conf.master_key.bytes));
	seal(SUITE_CORP, "suite_ticket", "", "the-ticket", world.ticket);
	seal(CORP, "permanent_code", "wwsuite", "the-code", world.code);
	stopping = false;
	start();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	api_free(api);
	api = NULL;
	return 0;
}

static struct api_answer
call(void)
{
	struct api_answer answer = api_call(api, API_USER_GET, CORP, "userid=a%20b", NULL);

	assert_non_null(answer.meaning);
	assert_true((answer.outcome == API_ANSWERED) == (answer.body != NULL));
	assert_true((answer.outcome == API_LATER) <= (answer.wait_ms > 0));
	/* no secret in what people read */
	assert_null(strstr(answer.why, "the-code"));
	assert_null(strstr(answer.why, "the-ticket"));
	assert_null(strstr(answer.why, "access_token="));
	return answer;
}

static void
assert_call(enum api_outcome outcome)
{
	struct api_answer answer = call();

	if (answer.outcome != outcome)
		fail_msg("outcome %d instead of %d: %s", (int)answer.outcome, (int)outcome, answer.why);
	api_answer_done(&answer);
}

static void
pass(int64_t seconds)
{
	world.mono_us += seconds * 1000000;
}

/* --- cases ----------------------------------------------------------------------------------------------------------- */

static void
test_a_call_gets_its_tokens_once(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_call(API_ANSWERED);
	assert_string_equal(world.last_path, "/cgi-bin/user/get?access_token=C1&userid=a%20b");
	assert_int_equal(world.suite_calls_n, 1);
	assert_int_equal(world.corp_calls_n, 1);
	assert_int_equal(world.wrong_token_n, 0);
	assert_int_equal(world.suite.takes_n + world.corp.takes_n, 2);
	/* clear nowhere */
	assert_null(strstr(world.corp.sealed, "C1"));
}

static void
test_bodies_are_utf8_without_escapes(void **state)
{
	struct json_object *body = json_object_new_object();
	struct api_answer answer;

	(void)state;
	json_object_object_add(body, "chat_id", json_object_new_string("群/\"x\""));
	answer = api_call(api, API_GROUPCHAT_GET, CORP, NULL, body);
	assert_int_equal(answer.outcome, API_ANSWERED);
	assert_string_equal(world.last_body, "{\"chat_id\":\"群/\\\"x\\\"\"}");
	assert_string_equal(world.last_path, "/cgi-bin/externalcontact/groupchat/get?access_token=C1");
	api_answer_done(&answer);
	json_object_put(body);
	answer = api_call(api, API_GET_ADMIN_LIST, CORP, NULL, NULL);
	assert_string_equal(world.last_body, "{}");
	api_answer_done(&answer);
}

static void
test_another_process_uses_the_stored_token(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	api_free(api);
	start();
	assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 1);
	/* 90 % of its life: time to renew, as both processes know from the sealed value */
	pass(6500);
	assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 2);
	assert_non_null(strstr(world.last_path, "access_token=C2&"));
}

static void
test_a_new_process_renews_what_is_in_its_last_tenth(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	api_free(api);
	pass(6600);
	start();
	assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 2);
}

static void
test_short_lives_are_no_storm(void **state)
{
	(void)state;
	world.life_s = 10;
	for (int i = 0; i < 100; i++) {
		assert_call(API_ANSWERED);
		world.mono_us += 100000;
	}
	assert_in_range(world.corp_calls_n, 1, 3);
	/* the token that was sent always lived */
	assert_int_equal(world.wrong_token_n, 0);
}

static void
test_an_early_renewal_that_fails_leaves_the_old_token(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	world.corp_script = "{\"errcode\":-1,\"errmsg\":\"busy\"}";
	pass(6600);
	for (int i = 0; i < 10; i++) {
		assert_call(API_ANSWERED);
		pass(2);
	}
	assert_non_null(strstr(world.last_path, "access_token=C1&"));
	assert_int_equal(world.corp_calls_n, 4);
	/* and without the database, too */
	world.is_database_away = true;
	pass(60);
	assert_call(API_ANSWERED);
	world.is_database_away = false;
	world.corp_script = NULL;
	pass(60);
	assert_call(API_ANSWERED);
	assert_null(strstr(world.last_path, "access_token=C1&"));
}

static void
test_a_refused_token_is_replaced_once(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	world.script[1] = "{\"errcode\":42001,\"errmsg\":\"expired\"}";
	assert_call(API_ANSWERED);
	assert_int_equal(world.calls_n, 3);
	assert_int_equal(world.corp_calls_n, 2);
	assert_int_equal(world.corp.drops_n, 1);
	assert_non_null(strstr(world.last_path, "access_token=C2&"));
}

static void
test_a_token_refused_twice_is_no_loop(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		world.script[i] = "{\"errcode\":40014,\"errmsg\":\"invalid\"}";
	assert_call(API_LATER);
	assert_int_equal(world.calls_n, 2);
	assert_int_equal(world.corp_calls_n, 2);
}

static void
test_only_the_failing_generation_is_dropped(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	/* meanwhile another process has renewed it */
	world.corp.generation = 9;
	seal(CORP, "access_token", "", "7200:C9", world.corp.sealed);
	world.corp.expires_us = WALL_US + world.mono_us + 7000000000LL;
	world.script[1] = "{\"errcode\":40014,\"errmsg\":\"invalid\"}";
	assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 1);
	assert_non_null(strstr(world.last_path, "access_token=C9&"));
}

static void
test_a_refused_suite_token_is_replaced_too(void **state)
{
	(void)state;
	world.corp_script = "{\"errcode\":42009,\"errmsg\":\"expired\"}";
	assert_call(API_LATER);
	assert_int_equal(world.suite_calls_n, 2);
	assert_int_equal(world.corp_calls_n, 2);
	world.corp_script = NULL;
	pass(20);
	assert_call(API_ANSWERED);
}

static void
test_a_refused_ticket_is_not_sent_again(void **state)
{
	(void)state;
	world.suite_script = "{\"errcode\":40085,\"errmsg\":\"invalid ticket\"}";
	for (int i = 0; i < 20; i++) {
		assert_call(API_LATER);
		pass(10);
	}
	assert_int_equal(world.suite_calls_n, 1);
	world.suite_script = NULL;
	world.ticket_us += 600000000;
	assert_call(API_ANSWERED);
	assert_int_equal(world.suite_calls_n, 2);
}

static void
test_without_ticket_or_code_it_is_later(void **state)
{
	struct api_answer answer;

	(void)state;
	world.ticket[0] = '\0';
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_non_null(strstr(answer.why, "suite_ticket"));
	seal(SUITE_CORP, "suite_ticket", "", "the-ticket", world.ticket);
	world.code[0] = '\0';
	pass(10);
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_non_null(strstr(answer.why, "permanent_code"));
	assert_int_equal(world.corp_calls_n, 0);
}

static void
test_a_secret_of_another_row_or_key_does_not_open(void **state)
{
	struct api_answer answer;

	(void)state;
	seal("wpother", "permanent_code", "wwsuite", "the-code", world.code);
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_non_null(strstr(answer.why, "WECOM_MASTER_KEY_FILE"));
	assert_int_equal(world.corp_calls_n, 0);
}

static void
test_a_stored_token_that_does_not_open_is_replaced(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	api_free(api);
	seal("wpother", "access_token", "", "7200:C9", world.corp.sealed);
	start();
	assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 2);
	assert_int_equal(world.corp.drops_n, 1);
}

static void
test_another_process_that_refreshes_is_waited_for_but_not_for_ever(void **state)
{
	int64_t begun_us = world.mono_us;

	(void)state;
	world.corp.is_foreign = true;
	assert_call(API_LATER);
	assert_int_equal(world.corp_calls_n, 0);
	assert_in_range(world.mono_us - begun_us, 9000000, 25000000);
	assert_in_range(world.corp.takes_n, 10, 100);
}

static void
test_while_another_process_renews_the_old_token_serves(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	api_free(api);
	pass(6600);
	start();
	world.corp.is_foreign = true;
	world.corp.takes_n = 0;
	for (int i = 0; i < 20; i++)
		assert_call(API_ANSWERED);
	assert_int_equal(world.corp_calls_n, 1);
	/* and the database is not asked for each call */
	assert_in_range(world.corp.takes_n, 1, 4);
}

static void
test_lost_authorisation_comes_through(void **state)
{
	struct api_answer answer;

	(void)state;
	world.corp_script = "{\"errcode\":40084,\"errmsg\":\"invalid permanent code\"}";
	for (int i = 0; i < 5; i++) {
		answer = call();
		assert_int_equal(answer.outcome, API_REFUSED);
		assert_int_equal(answer.code, 40084);
		assert_int_equal(answer.meaning->reaction, API_AUTHORISATION);
	}
	/* those who come right after share the answer */
	assert_int_equal(world.corp_calls_n, 1);
	api_forget(api, CORP);
	world.corp_script = NULL;
	assert_call(API_ANSWERED);
}

static void
test_a_wrong_suite_secret_is_not_tried_in_a_loop(void **state)
{
	struct api_answer answer;

	(void)state;
	world.suite_script = "{\"errcode\":40001,\"errmsg\":\"invalid secret\"}";
	for (int i = 0; i < 50; i++) {
		answer = call();
		assert_int_equal(answer.outcome, API_LATER);
		assert_non_null(strstr(answer.why, "WECOM_SUITE_SECRET_FILE"));
		pass(5);
	}
	assert_int_equal(world.suite_calls_n, 1);
}

static void
test_tokens_of_the_wrong_form_are_refused(void **state)
{
	static const char *const answers[] = {"{}", "{\"access_token\":7,\"expires_in\":7200}",
	    "{\"access_token\":\"\",\"expires_in\":7200}", "{\"access_token\":\"a b\",\"expires_in\":7200}",
	    "{\"access_token\":\"a\",\"expires_in\":\"7200\"}", "{\"access_token\":\"a\",\"expires_in\":0}",
	    "{\"access_token\":\"a\",\"expires_in\":99999999999}", "{\"access_token\":\"a\"}", "[]", "{\"access_token"};
	struct api_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		world.corp_script = answers[i];
		pass(30);
		answer = call();
		assert_int_equal(answer.outcome, API_LATER);
		assert_non_null(strstr(answer.why, "get_corp_token: "));
	}
	assert_int_equal(world.calls_n, 0);
}

static void
test_busy_and_silence_are_tried_three_times(void **state)
{
	(void)state;
	assert_call(API_ANSWERED);
	world.script[1] = world.script[2] = "{\"errcode\":-1,\"errmsg\":\"busy\"}";
	assert_call(API_ANSWERED);
	assert_int_equal(world.calls_n, 4);
	world.script[4] = world.script[5] = world.script[6] = "{\"errcode\":-1,\"errmsg\":\"busy\"}";
	assert_call(API_LATER);
	assert_int_equal(world.calls_n, 7);
	world.script[7] = world.script[8] = "";
	assert_call(API_ANSWERED);
	assert_int_equal(world.calls_n, 10);
	world.script[10] = "<html>";
	world.script[11] = "{\"errcode\":0,\"errcode\":0}";
	world.script[12] = "{\"errcode\":0,\"a\":";
	assert_call(API_LATER);
	assert_int_equal(world.calls_n, 13);
}

static void
test_time_for_repetitions_is_bounded(void **state)
{
	int64_t begun_us;

	(void)state;
	assert_call(API_ANSWERED);
	world.script[1] = world.script[2] = world.script[3] = "";
	world.latency_us = 10000000;
	begun_us = world.mono_us;
	assert_call(API_LATER);
	assert_in_range(world.mono_us - begun_us, 20000000, 22000000);
	assert_int_equal(world.calls_n, 3);
}

static void
test_what_is_no_use_repeating_is_not(void **state)
{
	struct api_answer answer;

	(void)state;
	world.script[0] = "{\"errcode\":60111,\"errmsg\":\"userid not found\"}";
	answer = call();
	assert_int_equal(answer.outcome, API_REFUSED);
	assert_int_equal(answer.meaning->absence, ABSENCE_OUT_OF_SCOPE);
	world.script[1] = "{\"errcode\":0,\"errmsg\":\"ok. Warning: wrong json format.\"}";
	answer = call();
	assert_int_equal(answer.outcome, API_REFUSED);
	assert_int_equal(answer.meaning->reaction, API_OURS);
	world.script[2] = "{\"errcode\":987654,\"errmsg\":\"?\"}";
	answer = call();
	assert_int_equal(answer.outcome, API_REFUSED);
	assert_non_null(strstr(answer.why, "987654"));
	world.script[3] = "{\"errcode\":50100,\"errmsg\":\"cursor\"}";
	answer = call();
	assert_int_equal(answer.meaning->reaction, API_RESTART);
	assert_int_equal(world.calls_n, 4);
}

static void
test_45009_stops_calls_until_the_window_opens(void **state)
{
	struct api_answer answer;

	(void)state;
	world.script[0] = "{\"errcode\":45009,\"errmsg\":\"limit\"}";
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_in_range(answer.wait_ms, 59000, 60000);
	pass(50);
	assert_call(API_LATER);
	assert_int_equal(world.calls_n, 1);
	/* another API of the corp goes on */
	answer = api_call(api, API_EXTERNALCONTACT_GET, CORP, NULL, NULL);
	assert_int_equal(answer.outcome, API_ANSWERED);
	api_answer_done(&answer);
	pass(11);
	world.script[2] = world.script[0];
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_in_range(answer.wait_ms, 3590000, 3600000);
}

static void
test_45033_is_tried_again_after_a_pause(void **state)
{
	int64_t begun_us;

	(void)state;
	assert_call(API_ANSWERED);
	world.script[1] = world.script[2] = "{\"errcode\":45033,\"errmsg\":\"concurrency\"}";
	begun_us = world.mono_us;
	assert_call(API_ANSWERED);
	assert_int_equal(world.calls_n, 4);
	assert_true(world.mono_us - begun_us >= 2000000);
}

static void
test_our_own_limits_come_first(void **state)
{
	struct api_answer answer;

	(void)state;
	conf.api_calls_per_minute = 3;
	for (int i = 0; i < 3; i++)
		assert_call(API_ANSWERED);
	answer = call();
	assert_int_equal(answer.outcome, API_LATER);
	assert_in_range(answer.wait_ms, 50000, 70000);
	assert_int_equal(world.calls_n, 3);
	conf.provider_calls_per_minute = 2;
	answer = api_call(api, API_USER_LIST, CORP, NULL, NULL);
	api_answer_done(&answer);
	answer = api_call(api, API_USER_LIST, CORP, NULL, NULL);
	api_answer_done(&answer);
	answer = api_call(api, API_USER_LIST, CORP, NULL, NULL);
	assert_int_equal(answer.outcome, API_LATER);
}

static void
test_an_address_that_is_not_listed_holds_everything(void **state)
{
	struct api_answer answer;

	(void)state;
	world.script[0] = "{\"errcode\":60020,\"errmsg\":\"not allow to access from your ip\"}";
	assert_call(API_LATER);
	for (int i = 0; i < 20; i++) {
		answer = api_call(api, i % API_N, CORP, NULL, NULL);
		assert_int_equal(answer.outcome, API_LATER);
		assert_non_null(strstr(answer.why, "60020"));
	}
	assert_int_equal(world.calls_n, 1);
	pass(301);
	assert_call(API_ANSWERED);
}

static void
test_a_program_that_stops_makes_no_calls(void **state)
{
	(void)state;
	stopping = true;
	assert_call(API_STOPPED);
	assert_int_equal(world.calls_n + world.suite_calls_n, 0);
}

static void
test_without_the_database_nothing_is_fetched(void **state)
{
	(void)state;
	world.is_database_away = true;
	assert_call(API_LATER);
	assert_int_equal(world.suite_calls_n, 0);
	world.is_database_away = false;
	pass(5);
	assert_call(API_ANSWERED);
}

static void
test_the_clock_follows_wecom_not_one_answer(void **state)
{
	int64_t offset_us = api_now_us(api) - world.mono_us;

	(void)state;
	assert_int_equal(offset_us, WALL_US);
	assert_call(API_ANSWERED);
	world.date_skew_s = 1;
	assert_call(API_ANSWERED);
	assert_int_equal(api_now_us(api) - world.mono_us, WALL_US);
	world.date_skew_s = 3600;
	assert_call(API_ANSWERED);
	assert_int_equal(api_now_us(api) - world.mono_us, WALL_US);
	world.date_skew_s = 0;
	assert_call(API_ANSWERED);
	world.date_skew_s = -3600;
	for (int i = 0; i < 3; i++)
		assert_call(API_ANSWERED);
	offset_us = api_now_us(api) - world.mono_us - WALL_US;
	assert_in_range(offset_us + 3600000000LL + 1000000, 0, 2000000);
}

static void
test_the_first_answer_sets_a_wrong_wall_clock_right(void **state)
{
	struct api_answer answer;
	int64_t offset_us;

	(void)state;
	api_clock_follow(api, 1600000000, world.mono_us, world.mono_us);
	offset_us = api_now_us(api) - 1600000000000000LL;
	assert_in_range(offset_us, 0, 1000000);
	api_free(api);
	start();
	world.date_skew_s = 86400;
	answer = call();
	assert_in_range(answer.begun_us - WALL_US - world.mono_us - 86400000000LL + 2000000, 0, 4000000);
	assert_true(answer.ended_us - answer.begun_us == 20000);
	api_answer_done(&answer);
}

static void
test_calls_are_counted(void **state)
{
	(void)state;
	world.script[1] = "{\"errcode\":60111,\"errmsg\":\"x\"}";
	world.script[2] = "{\"errcode\":45009,\"errmsg\":\"x\"}";
	assert_call(API_ANSWERED);
	assert_call(API_REFUSED);
	assert_call(API_LATER);
	api_count_saved(api, CORP, API_USER_GET, 5);
	api_usage_flush(api);
	assert_int_equal(world.usage_n, 0);
	pass(6);
	world.is_database_away = true;
	api_usage_flush(api);
	world.is_database_away = false;
	pass(6);
	api_usage_flush(api);
	assert_int_equal(world.usage_n, 2);
	stopping = true;
	api_usage_flush(api);
	assert_int_equal(world.usage_n, 2);
	stopping = false;
	assert_call(API_LATER);
	api_count_saved(api, CORP, API_USER_GET, 2);
	stopping = true;
	api_usage_flush(api);
	assert_int_equal(world.usage_n, 3);
	assert_string_equal(world.usage, CORP " [{\"day\":\"2023-11-14\",\"api\":\"user/get\",\"calls\":0,\"errors\":0,"
	    "\"limited\":0,\"saved\":2}]");
}

static void
test_the_counts_are_right(void **state)
{
	(void)state;
	world.script[1] = "{\"errcode\":60111,\"errmsg\":\"x\"}";
	world.script[2] = "{\"errcode\":45009,\"errmsg\":\"x\"}";
	assert_call(API_ANSWERED);
	assert_call(API_REFUSED);
	assert_call(API_LATER);
	stopping = true;
	api_usage_flush(api);
	assert_int_equal(world.usage_n, 2);
	assert_non_null(strstr(world.usage, "\"api\":\"service/get_corp_token\",\"calls\":1,\"errors\":0,"));
	assert_non_null(strstr(world.usage,
	    "\"api\":\"user/get\",\"calls\":3,\"errors\":1,\"limited\":1,\"saved\":0}"));
}

static void
test_ids_that_are_too_long_do_no_harm(void **state)
{
	char corp[4096];
	struct api_answer answer;

	(void)state;
	memset(corp, 'c', sizeof(corp) - 1);
	corp[sizeof(corp) - 1] = '\0';
	answer = api_call(api, API_USER_GET, corp, NULL, NULL);
	assert_int_equal(answer.outcome, API_LATER);
	api_forget(api, corp);
	api_count_saved(api, corp, API_USER_GET, 1);
}

static void
test_queries_are_escaped_and_bounded(void **state)
{
	char *escaped = api_escape("a b&c=d/é~"), query[API_URL_BYTES + 1];
	struct api_answer answer;

	(void)state;
	assert_string_equal(escaped, "a%20b%26c%3Dd%2F%C3%A9~");
	free(escaped);
	memset(query, 'q', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	answer = api_call(api, API_USER_GET, CORP, query, NULL);
	assert_int_equal(answer.outcome, API_LATER);
	assert_int_equal(world.calls_n, 0);
}

/* --- threads --------------------------------------------------------------------------------------------------------- */

static void *
call_often(void *argument)
{
	int *answered_n = argument;

	/* on a machine that is slow one may be told to come later: the gate keeps nobody for long */
	for (int i = 0; i < 100 && *answered_n < 10; i++) {
		struct api_answer answer = api_call(api, API_USER_GET, CORP, NULL, NULL);

		*answered_n += answer.outcome == API_ANSWERED;
		api_answer_done(&answer);
	}
	return NULL;
}

static void
test_threads_share_one_refresh(void **state)
{
	pthread_t threads[24];
	int answered_n[24] = {0};

	(void)state;
	world.is_real_time = true;
	conf.sync_calls_per_corp = 4;
	for (int i = 0; i < 24; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, &answered_n[i]), 0);
	/* a case that fails goes back to cmocka at once: no thread may be left then */
	for (int i = 0; i < 24; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 24; i++)
		assert_int_equal(answered_n[i], 10);
	assert_int_equal(world.suite_calls_n, 1);
	assert_int_equal(world.corp_calls_n, 1);
	assert_int_equal(world.calls_n, 240);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_call_gets_its_tokens_once),
		CASE(test_bodies_are_utf8_without_escapes),
		CASE(test_another_process_uses_the_stored_token),
		CASE(test_a_new_process_renews_what_is_in_its_last_tenth),
		CASE(test_short_lives_are_no_storm),
		CASE(test_an_early_renewal_that_fails_leaves_the_old_token),
		CASE(test_a_refused_token_is_replaced_once),
		CASE(test_a_token_refused_twice_is_no_loop),
		CASE(test_only_the_failing_generation_is_dropped),
		CASE(test_a_refused_suite_token_is_replaced_too),
		CASE(test_a_refused_ticket_is_not_sent_again),
		CASE(test_without_ticket_or_code_it_is_later),
		CASE(test_a_secret_of_another_row_or_key_does_not_open),
		CASE(test_a_stored_token_that_does_not_open_is_replaced),
		CASE(test_another_process_that_refreshes_is_waited_for_but_not_for_ever),
		CASE(test_while_another_process_renews_the_old_token_serves),
		CASE(test_lost_authorisation_comes_through),
		CASE(test_a_wrong_suite_secret_is_not_tried_in_a_loop),
		CASE(test_tokens_of_the_wrong_form_are_refused),
		CASE(test_busy_and_silence_are_tried_three_times),
		CASE(test_time_for_repetitions_is_bounded),
		CASE(test_what_is_no_use_repeating_is_not),
		CASE(test_45009_stops_calls_until_the_window_opens),
		CASE(test_45033_is_tried_again_after_a_pause),
		CASE(test_our_own_limits_come_first),
		CASE(test_an_address_that_is_not_listed_holds_everything),
		CASE(test_a_program_that_stops_makes_no_calls),
		CASE(test_without_the_database_nothing_is_fetched),
		CASE(test_the_clock_follows_wecom_not_one_answer),
		CASE(test_the_first_answer_sets_a_wrong_wall_clock_right),
		CASE(test_calls_are_counted),
		CASE(test_the_counts_are_right),
		CASE(test_ids_that_are_too_long_do_no_harm),
		CASE(test_queries_are_escaped_and_bounded),
		CASE(test_threads_share_one_refresh),
	};

	return cmocka_run_group_tests_name("api_call", tests, NULL, NULL);
}
