/* Counts what a run did.  Never decides anything. */
#include "tally.h"

#include <json-c/json.h>
#include <stdio.h>

/* 32 steps for each doubling; exact below 32. */
static size_t
bucket_of(int64_t us)
{
	uint64_t value = us < 0 ? 0 : (uint64_t)us;
	unsigned int exponent;
	size_t bucket;

	if (value < 32)
		return (size_t)value;
	exponent = 63 - (unsigned int)__builtin_clzll(value);
	bucket = (exponent - 4) * 32 + (size_t)(value >> (exponent - 5)) - 32;
	return bucket < TALLY_BUCKETS ? bucket : TALLY_BUCKETS - 1;
}

static int64_t
bucket_end(size_t bucket)
{
	if (bucket < 32)
		return (int64_t)bucket;
	return (int64_t)(bucket % 32 + 33) << (bucket / 32 - 1);
}

void
tally_latency(struct tally *tally, int64_t us)
{
	tally->latency[bucket_of(us)]++;
	if (us > tally->latency_max_us)
		tally->latency_max_us = us;
}

/* The upper edge of the bucket in which the share is reached, but no more than was seen. */
static double
percentile_ms(const struct tally *tally, double share)
{
	unsigned long long all = 0, below = 0;

	for (size_t i = 0; i < TALLY_BUCKETS; i++)
		all += tally->latency[i];
	for (size_t i = 0; i < TALLY_BUCKETS && all > 0; i++) {
		below += tally->latency[i];
		if ((double)below >= share * (double)all) {
			int64_t end = bucket_end(i);

			return (double)(end < tally->latency_max_us ? end : tally->latency_max_us) / 1000;
		}
	}
	return 0;
}

static void
add_number(struct json_object *to, const char *name, unsigned long long number)
{
	json_object_object_add(to, name, json_object_new_int64((int64_t)number));
}

static void
add_decimal(struct json_object *to, const char *name, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", number);
	json_object_object_add(to, name, json_object_new_double_s(number, text));
}

void
tally_print(const struct tally *tally, int64_t run_us)
{
	struct json_object *json = json_object_new_object();
	struct json_object *refused = json_object_new_object();
	struct json_object *latency = json_object_new_object();
	char status[16];

	for (int i = 0; i < 600; i++) {
		snprintf(status, sizeof(status), "%d", i);
		if (tally->refused[i] > 0)
			add_number(refused, status, tally->refused[i]);
	}
	add_number(json, "events", tally->events);
	add_number(json, "lost", tally->lost);
	add_number(json, "sent", tally->sent);
	add_number(json, "acknowledged", tally->acknowledged);
	add_number(json, "acknowledged_events", tally->acknowledged_events);
	add_number(json, "spoiled", tally->spoiled);
	add_number(json, "spoiled_accepted", tally->spoiled_accepted);
	json_object_object_add(json, "refused", refused);
	add_number(json, "failed", tally->failed);
	add_number(json, "given_up", tally->given_up);
	add_decimal(json, "seconds", (double)run_us / 1e6);
	add_decimal(latency, "p50", percentile_ms(tally, 0.50));
	add_decimal(latency, "p99", percentile_ms(tally, 0.99));
	add_decimal(latency, "max", (double)tally->latency_max_us / 1000);
	json_object_object_add(json, "latency_ms", latency);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(json);
}
