/* Quotas: calls in a window, and calls at once, per corp and API. */
#include "api_inside.h"
#include "instant.h"

#define ROUND_LEAST_US 20000
#define ROUND_MOST_US 300000
#define ROUNDS_MOST 3

static struct api_usage *
usage_of(struct api_call *call)
{
	return &api_corp_find(call->api, call->corp_id)->usage[api_endpoint_index(call->endpoint)];
}

static void
roll_window(struct api *api, struct api_usage *usage, int64_t now_us)
{
	if (usage->closed_until_us > now_us)
		return;
	if (usage->closed_until_us != 0 ||
	    (double)(now_us - usage->window_began_us) >= api->setting[SETTING_QUOTA_WINDOW_MS] * 1e3) {
		usage->window_began_us = now_us;
		usage->window_n = 0;
		usage->closed_until_us = 0;
		usage->told_us = 0;
	}
}

/* Beyond its number of an hour an API is closed for an hour. */
static bool
is_hour_over(struct api *api, struct api_usage *usage, unsigned int hourly, int64_t now_us)
{
	double hour_us = api->setting[SETTING_HOUR_SECONDS] * 1e6;

	if (hourly == 0)
		return false;
	if (usage->hour_began_us == 0 || (double)(now_us - usage->hour_began_us) >= hour_us) {
		usage->hour_began_us = now_us;
		usage->hour_n = 0;
	}
	if (++usage->hour_n <= hourly)
		return false;
	usage->closed_until_us = now_us + (int64_t)hour_us;
	usage->hour_began_us = 0;
	return true;
}

/*
 * A refused call: does the client go on with as many at once as before?  One that arrives shortly after the answer to
 * an earlier refusal and finds the crowd as large; three such rounds are no accident.
 */
static bool
is_crowd_kept(struct api_usage *usage, int64_t now_us)
{
	int64_t since_us = now_us - usage->crowd_us;

	if (since_us <= ROUND_LEAST_US) {
		if (usage->present > usage->crowd)
			usage->crowd = usage->present;
		return false;
	}
	usage->rounds = since_us < ROUND_MOST_US && usage->present >= usage->crowd ? usage->rounds + 1 : 0;
	usage->crowd = usage->present;
	return usage->rounds >= ROUNDS_MOST;
}

/* Errcode. */
static int
enter(struct api *api, struct api_usage *usage, const struct api_call *call, enum api_violation *ret_violation)
{
	int64_t now_us = call->now_us;
	double most = api->setting[SETTING_CONCURRENCY];

	roll_window(api, usage, now_us);
	if (usage->closed_until_us == 0 && (double)++usage->window_n > api->setting[SETTING_QUOTA_CALLS])
		usage->closed_until_us = now_us + (int64_t)(api->setting[SETTING_QUOTA_WINDOW_MS] * 1e3);
	if (usage->closed_until_us != 0 || is_hour_over(api, usage, call->endpoint->hourly, now_us)) {
		if (usage->told_us != 0 &&
		    (double)(now_us - usage->told_us) > api->setting[SETTING_QUOTA_SLACK_MS] * 1e3)
			*ret_violation = VIOLATION_WHILE_LIMITED;
		return 45009;
	}
	if (most > 0 && usage->in_flight + 1 > most) {
		if (is_crowd_kept(usage, now_us))
			*ret_violation = VIOLATION_CONCURRENCY_KEPT;
		return 45033;
	}
	return 0;
}

int
api_limit_enter(struct api_call *call)
{
	struct api *api = call->api;
	enum api_violation violation = VIOLATION_N;
	struct api_usage *usage;
	int code;

	pthread_mutex_lock(&api->lock);
	usage = usage_of(call);
	usage->present++;
	code = enter(api, usage, call, &violation);
	if (code == 0) {
		call->has_entered = true;
		if (++usage->in_flight > usage->in_flight_most)
			usage->in_flight_most = usage->in_flight;
	}
	pthread_mutex_unlock(&api->lock);
	if (violation != VIOLATION_N)
		api_count_violation(call, violation);
	return code;
}

void
api_limit_leave(struct api_call *call)
{
	struct api *api = call->api;
	struct api_usage *usage;
	int64_t now_us = instant_us();

	pthread_mutex_lock(&api->lock);
	usage = usage_of(call);
	usage->present--;
	if (call->has_entered)
		usage->in_flight--;
	if (call->code == 45033)
		usage->crowd_us = now_us;
	if (call->code == 45009 && usage->told_us == 0)
		usage->told_us = now_us;
	pthread_mutex_unlock(&api->lock);
}
