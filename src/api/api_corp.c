/* The corps in a hash table under one lock: what happens under it is short, and never a call or a query. */
#include "api_corp.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "clock.h"

#define BUCKETS_N 4096
#define GATE_WAIT_MS 2000	/* a worker is not kept longer than this; its job comes again */
#define IDLE_MS 7200000
#define SWEEP_MS 60000

struct api_corps {
	const struct conf *conf;
	pthread_mutex_t lock;
	struct api_limit all[API_N];	/* of all corps together */
	int64_t swept_ms;
	struct api_corp *buckets[BUCKETS_N];
};

struct api_corps *
api_corps_new(const struct conf *conf)
{
	struct api_corps *corps = calloc(1, sizeof(*corps));

	if (corps == NULL)
		return NULL;
	corps->conf = conf;
	corps->swept_ms = clock_monotonic_ms();
	pthread_mutex_init(&corps->lock, NULL);
	return corps;
}

static void
token_clear(struct api_token *token)
{
	if (token->text != NULL)
		OPENSSL_cleanse(token->text, API_TOKEN_BYTES);
	free(token->text);
	token->text = NULL;
}

static void
corp_free(struct api_corp *corp)
{
	for (int i = 0; i < API_N; i++)
		free(corp->lanes[i]);
	token_clear(&corp->token);
	pthread_cond_destroy(&corp->changed);
	free(corp);
}

void
api_corps_free(struct api_corps *corps)
{
	if (corps == NULL)
		return;
	for (int i = 0; i < BUCKETS_N; i++) {
		while (corps->buckets[i] != NULL) {
			struct api_corp *corp = corps->buckets[i];

			corps->buckets[i] = corp->next;
			corp_free(corp);
		}
	}
	pthread_mutex_destroy(&corps->lock);
	free(corps);
}

void
api_corps_lock(struct api_corps *corps)
{
	pthread_mutex_lock(&corps->lock);
}

void
api_corps_unlock(struct api_corps *corps)
{
	pthread_mutex_unlock(&corps->lock);
}

void
api_corps_wait(struct api_corps *corps, struct api_corp *corp, int64_t until_ms)
{
	struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	pthread_cond_timedwait(&corp->changed, &corps->lock, &until);
}

static struct api_corp **
bucket_of(struct api_corps *corps, const char *id)
{
	uint32_t hash = 2166136261U;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619U;
	return &corps->buckets[hash % BUCKETS_N];
}

static bool
is_idle(const struct api_corp *corp, int64_t now_ms)
{
	if (corp->users_n > 0 || corp->counted_ms > 0 || now_ms - corp->used_ms < IDLE_MS)
		return false;
	for (int i = 0; i < API_N; i++)
		if (corp->lanes[i] != NULL && !api_limit_is_idle(&corp->lanes[i]->limit, now_ms))
			return false;
	return true;
}

/* Corps of which nothing was heard for long, as when another daemon has them. */
static void
sweep(struct api_corps *corps, int64_t now_ms)
{
	if (now_ms - corps->swept_ms < SWEEP_MS)
		return;
	corps->swept_ms = now_ms;
	for (int i = 0; i < BUCKETS_N; i++) {
		struct api_corp **at = &corps->buckets[i];

		while (*at != NULL) {
			struct api_corp *corp = *at;

			if (!is_idle(corp, now_ms)) {
				at = &corp->next;
				continue;
			}
			*at = corp->next;
			corp_free(corp);
		}
	}
}

static struct api_corp *
corp_new(const char *id)
{
	size_t n = strlen(id) + 1;
	struct api_corp *corp = n > API_CORP_BYTES ? NULL : calloc(1, sizeof(*corp) + n);
	pthread_condattr_t attributes;

	if (corp == NULL)
		return NULL;
	memcpy(corp->id, id, n);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&corp->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return corp;
}

static struct api_corp *
find(struct api_corps *corps, const char *id)
{
	struct api_corp *corp = *bucket_of(corps, id);

	while (corp != NULL && strcmp(corp->id, id) != 0)
		corp = corp->next;
	return corp;
}

/* Found or made, under the lock. */
static struct api_corp *
get(struct api_corps *corps, const char *id)
{
	struct api_corp *corp = find(corps, id), **bucket = bucket_of(corps, id);

	if (corp == NULL) {
		corp = corp_new(id);
		if (corp == NULL)
			return NULL;
		corp->next = *bucket;
		*bucket = corp;
	}
	corp->used_ms = clock_monotonic_ms();
	return corp;
}

struct api_corp *
api_corps_use(struct api_corps *corps, const char *id)
{
	struct api_corp *corp;

	api_corps_lock(corps);
	sweep(corps, clock_monotonic_ms());
	corp = get(corps, id);
	if (corp != NULL)
		corp->users_n++;
	api_corps_unlock(corps);
	return corp;
}

void
api_corps_leave(struct api_corps *corps, struct api_corp *corp)
{
	api_corps_lock(corps);
	corp->users_n--;
	api_corps_unlock(corps);
}

static struct api_lane *
lane(struct api_corp *corp, enum api_name name)
{
	if (corp->lanes[name] == NULL)
		corp->lanes[name] = calloc(1, sizeof(*corp->lanes[name]));
	return corp->lanes[name];
}

static struct api_limit_rule
rule_of_corp(const struct conf *conf, enum api_name name)
{
	int per_hour = api_entry(name)->per_hour;

	if (per_hour == 0 || per_hour > conf->api_calls_per_hour)
		per_hour = conf->api_calls_per_hour;
	return (struct api_limit_rule){conf->api_calls_per_minute, per_hour, conf->sync_calls_per_corp};
}

/* The published hour's limit of a provider is thirty times that of a minute. */
static struct api_limit_rule
rule_of_all(const struct conf *conf)
{
	return (struct api_limit_rule){conf->provider_calls_per_minute, conf->provider_calls_per_minute * 30, 0};
}

int64_t
api_gate_enter(struct api_corps *corps, struct api_corp *corp, enum api_name name, const _Atomic bool *stopping)
{
	struct api_limit_rule rule = rule_of_corp(corps->conf, name), rule_all = rule_of_all(corps->conf);
	int64_t now_ms = clock_monotonic_ms(), deadline_ms = now_ms + GATE_WAIT_MS, wait_ms = -1;
	bool is_slot = false, is_slot_all = false;
	struct api_lane *own;

	api_corps_lock(corps);
	own = lane(corp, name);
	while (own != NULL) {
		int64_t wait_all_ms = api_limit_wait_ms(&corps->all[name], &rule_all, now_ms, &is_slot_all);

		wait_ms = api_limit_wait_ms(&own->limit, &rule, now_ms, &is_slot);
		if (wait_all_ms > wait_ms)
			wait_ms = wait_all_ms;
		if (wait_ms == 0 || now_ms + wait_ms > deadline_ms || *stopping)
			break;
		api_corps_wait(corps, corp, now_ms + wait_ms);
		now_ms = clock_monotonic_ms();
	}
	if (wait_ms == 0) {
		api_limit_begin(&own->limit, now_ms);
		api_limit_begin(&corps->all[name], now_ms);
	}
	api_corps_unlock(corps);
	return wait_ms;
}

void
api_gate_leave(struct api_corps *corps, struct api_corp *corp, enum api_name name, int64_t begun_ms,
    enum api_limit_hit hit, bool is_error)
{
	struct api_limit_rule rule = rule_of_corp(corps->conf, name), rule_all = rule_of_all(corps->conf);
	bool is_limited = hit == HIT_WINDOW || hit == HIT_TRAFFIC || hit == HIT_CROWD;
	int64_t now_ms = clock_monotonic_ms();
	struct api_lane *own;

	api_corps_lock(corps);
	own = lane(corp, name);	/* there since api_gate_enter */
	api_limit_end(&own->limit, &rule, begun_ms, now_ms, hit);
	/* whose limit was meant is not told: the corp's is taken */
	api_limit_end(&corps->all[name], &rule_all, begun_ms, now_ms, HIT_UNKNOWN);
	own->calls++;
	own->limited += is_limited;
	own->errors += is_error && !is_limited;
	if (corp->counted_ms == 0)
		corp->counted_ms = now_ms;
	pthread_cond_broadcast(&corp->changed);
	api_corps_unlock(corps);
}

int64_t
api_gate_closed_ms(struct api_corps *corps, struct api_corp *corp, enum api_name name)
{
	int64_t left_ms = 0;

	api_corps_lock(corps);
	if (corp->lanes[name] != NULL)
		left_ms = corp->lanes[name]->limit.closed_until_ms - clock_monotonic_ms();
	api_corps_unlock(corps);
	return left_ms > 0 ? left_ms : 0;
}

void
api_corps_forget(struct api_corps *corps, const char *id)
{
	struct api_corp *corp;

	api_corps_lock(corps);
	corp = find(corps, id);
	if (corp != NULL) {
		bool is_refreshing = corp->token.is_refreshing;

		token_clear(&corp->token);
		corp->token = (struct api_token){.is_refreshing = is_refreshing};
		for (int i = 0; i < API_N; i++)
			if (corp->lanes[i] != NULL)
				corp->lanes[i]->limit = (struct api_limit){.in_flight = corp->lanes[i]->limit.in_flight};
		pthread_cond_broadcast(&corp->changed);
	}
	api_corps_unlock(corps);
}

void
api_corps_count_saved(struct api_corps *corps, const char *id, enum api_name name, int64_t calls_n)
{
	struct api_corp *corp;
	struct api_lane *own;

	api_corps_lock(corps);
	corp = get(corps, id);
	own = corp == NULL ? NULL : lane(corp, name);
	if (own != NULL) {
		own->saved += calls_n;
		if (corp->counted_ms == 0)
			corp->counted_ms = clock_monotonic_ms();
	}
	api_corps_unlock(corps);
}

static void
take_lanes(struct api_corp *corp, struct api_counts counts[API_N])
{
	corp->counted_ms = 0;
	for (int i = 0; i < API_N; i++) {
		struct api_lane *own = corp->lanes[i];

		counts[i] = (struct api_counts){0};
		if (own == NULL)
			continue;
		counts[i] = (struct api_counts){own->calls, own->errors, own->limited, own->saved};
		own->calls = own->errors = own->limited = own->saved = 0;
	}
}

bool
api_corps_take_counts(struct api_corps *corps, int64_t least_ms, char ret_id[API_CORP_BYTES],
    struct api_counts ret_counts[API_N])
{
	int64_t now_ms = clock_monotonic_ms();
	struct api_corp *corp = NULL;

	api_corps_lock(corps);
	for (int i = 0; i < BUCKETS_N && corp == NULL; i++) {
		corp = corps->buckets[i];
		while (corp != NULL && (corp->counted_ms == 0 || now_ms - corp->counted_ms < least_ms))
			corp = corp->next;
	}
	if (corp != NULL) {
		memcpy(ret_id, corp->id, strlen(corp->id) + 1);
		take_lanes(corp, ret_counts);
	}
	api_corps_unlock(corps);
	return corp != NULL;
}

void
api_corps_give_back(struct api_corps *corps, const char *id, const struct api_counts counts[API_N])
{
	struct api_corp *corp;

	api_corps_lock(corps);
	corp = get(corps, id);
	for (int i = 0; corp != NULL && i < API_N; i++) {
		struct api_lane *own = counts[i].calls + counts[i].saved == 0 ? NULL : lane(corp, i);

		if (own == NULL)
			continue;
		own->calls += counts[i].calls;
		own->errors += counts[i].errors;
		own->limited += counts[i].limited;
		own->saved += counts[i].saved;
		corp->counted_ms = clock_monotonic_ms();
	}
	api_corps_unlock(corps);
}
