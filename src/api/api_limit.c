/*
 * Windows are counted in twelfths, the running one on top: never more than the rule says within any 60 s or 60 min,
 * wherever WeCom's own windows begin.
 */
#include "api_limit.h"

#define MINUTE_SLOT_MS 5000
#define HOUR_SLOT_MS 300000
#define CLOSED_MINUTE_MS 60000
#define CLOSED_HOUR_MS 3600000
#define CROWD_PAUSE_MS 1000
#define GROW_AFTER_MS 10000
#define SLOT_WAIT_MS 100

static void
window_turn(struct api_window *window, int64_t slot)
{
	if (slot - window->slot >= API_LIMIT_SLOTS_N)
		window->slot = slot - API_LIMIT_SLOTS_N;
	while (window->slot < slot)
		window->counts[++window->slot % API_LIMIT_SLOTS_N] = 0;
}

/* 0, or the time until enough of the window has passed. */
static int64_t
window_wait_ms(struct api_window *window, int most, int64_t slot_ms, int64_t now_ms)
{
	int64_t n = 0;

	if (most <= 0)
		return 0;
	window_turn(window, now_ms / slot_ms);
	for (int i = 0; i < API_LIMIT_SLOTS_N; i++)
		n += window->counts[i];
	if (n < most)
		return 0;
	/* the oldest slots fall out first */
	for (int i = 1; i <= API_LIMIT_SLOTS_N; i++) {
		n -= window->counts[(window->slot + i) % API_LIMIT_SLOTS_N];
		if (n < most)
			return (window->slot + i) * slot_ms - now_ms;
	}
	return slot_ms;
}

static int
allowed_at_once(const struct api_limit *limit, const struct api_limit_rule *rule)
{
	if (limit->is_probing)
		return 1;
	return limit->allowed > 0 ? limit->allowed : rule->at_once;
}

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
api_limit_wait_ms(struct api_limit *limit, const struct api_limit_rule *rule, int64_t now_ms, bool *ret_is_slot)
{
	int64_t until_ms = later_of(limit->closed_until_ms, limit->paused_until_ms);
	int64_t wait_ms = until_ms > now_ms ? until_ms - now_ms : 0;
	int at_once = allowed_at_once(limit, rule);

	wait_ms = later_of(wait_ms, window_wait_ms(&limit->minute, rule->per_minute, MINUTE_SLOT_MS, now_ms));
	wait_ms = later_of(wait_ms, window_wait_ms(&limit->hour, rule->per_hour, HOUR_SLOT_MS, now_ms));
	*ret_is_slot = wait_ms == 0 && at_once > 0 && limit->in_flight >= at_once;
	return *ret_is_slot ? SLOT_WAIT_MS : wait_ms;
}

void
api_limit_begin(struct api_limit *limit, int64_t now_ms)
{
	window_turn(&limit->minute, now_ms / MINUTE_SLOT_MS);
	window_turn(&limit->hour, now_ms / HOUR_SLOT_MS);
	limit->minute.counts[limit->minute.slot % API_LIMIT_SLOTS_N]++;
	limit->hour.counts[limit->hour.slot % API_LIMIT_SLOTS_N]++;
	limit->in_flight++;
}

/* Calls that were on their way when the window closed say nothing about the time after it. */
static void
close_window(struct api_limit *limit, int64_t begun_ms, int64_t now_ms, enum api_limit_hit hit)
{
	bool is_again = limit->is_probing && begun_ms >= limit->closed_until_ms;

	if (limit->is_probing && !is_again && hit == HIT_WINDOW)
		return;
	limit->closed_until_ms = later_of(limit->closed_until_ms,
	    now_ms + (is_again || hit == HIT_TRAFFIC ? CLOSED_HOUR_MS : CLOSED_MINUTE_MS));
	limit->is_probing = true;
}

static void
lower(struct api_limit *limit, const struct api_limit_rule *rule, int64_t begun_ms, int64_t now_ms)
{
	int at_once = limit->allowed > 0 ? limit->allowed : rule->at_once;
	int used = limit->in_flight + 1;	/* with the one that was refused */

	if (begun_ms <= limit->lowered_at_ms)
		return;
	if (at_once <= 0 || used < at_once)
		at_once = used;
	limit->allowed = at_once > 1 ? at_once / 2 : 1;
	limit->paused_until_ms = now_ms + CROWD_PAUSE_MS;
	limit->lowered_at_ms = now_ms;
	limit->grown_at_ms = now_ms;
}

/* Only the number that was really used can prove itself. */
static void
grow(struct api_limit *limit, const struct api_limit_rule *rule, int64_t now_ms)
{
	if (limit->allowed == 0 || now_ms - limit->grown_at_ms < GROW_AFTER_MS || limit->in_flight + 1 < limit->allowed)
		return;
	limit->grown_at_ms = now_ms;
	limit->allowed++;
	if (rule->at_once > 0 && limit->allowed >= rule->at_once)
		limit->allowed = 0;
}

void
api_limit_end(struct api_limit *limit, const struct api_limit_rule *rule, int64_t begun_ms, int64_t now_ms,
    enum api_limit_hit hit)
{
	limit->in_flight--;
	if (hit == HIT_WINDOW || hit == HIT_TRAFFIC)
		close_window(limit, begun_ms, now_ms, hit);
	else if (hit == HIT_CROWD)
		lower(limit, rule, begun_ms, now_ms);
	else if (hit == HIT_NONE) {
		if (begun_ms >= limit->closed_until_ms)
			limit->is_probing = false;
		grow(limit, rule, now_ms);
	}
}

bool
api_limit_is_idle(const struct api_limit *limit, int64_t now_ms)
{
	return limit->in_flight == 0 && limit->closed_until_ms <= now_ms && limit->paused_until_ms <= now_ms &&
	    now_ms / HOUR_SLOT_MS - limit->hour.slot >= API_LIMIT_SLOTS_N;
}
