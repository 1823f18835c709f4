/*
 * What may be called now: the windows (calls a minute, an hour) and the number at once of one API for one corp, and what
 * WeCom's refusals teach.  Pure: time is given, nothing waits, nothing is locked.
 */
#ifndef WECOM_API_LIMIT_H
#define WECOM_API_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define API_LIMIT_SLOTS_N 13	/* twelve whole slots cover the window, and the one that runs */

struct api_window {
	int64_t slot;		/* number of the newest slot */
	int counts[API_LIMIT_SLOTS_N];	/* calls begun in a slot, at its number modulo the size */
};

/* What is allowed; 0 = no bound. */
struct api_limit_rule {
	int per_minute;
	int per_hour;
	int at_once;
};

/* Zeroed = nothing known yet. */
struct api_limit {
	struct api_window minute, hour;
	int in_flight;
	int allowed;		/* at once; 0: as the rule says */
	bool is_probing;	/* the window was closed: one call alone finds out whether it is open again */
	int64_t closed_until_ms;	/* by 45009; 0: never was */
	int64_t paused_until_ms;	/* by 45033 */
	int64_t lowered_at_ms;	/* when 45033 lowered `allowed` last: calls begun before it tell nothing new */
	int64_t grown_at_ms;	/* or lowered; how long success has lasted counts from here */
};

enum api_limit_hit {
	HIT_NONE,		/* answered, whatever the answer */
	HIT_WINDOW,		/* 45009 */
	HIT_TRAFFIC,		/* 45036: as the hour's window */
	HIT_CROWD,		/* 45033 */
	HIT_UNKNOWN,		/* no answer: tells nothing */
};

/*
 * 0: a call may begin now.  Else after how many milliseconds it is worth asking again; *ret_is_slot says that only a
 * call in flight has to end, which may come sooner.  All times: milliseconds of CLOCK_MONOTONIC, above 0.
 */
int64_t api_limit_wait_ms(struct api_limit *limit, const struct api_limit_rule *rule, int64_t now_ms, bool *ret_is_slot);

/* A call begins. */
void api_limit_begin(struct api_limit *limit, int64_t now_ms);

/*
 * The call that began at begun_ms has ended.  45009 closes for 60 s; for 60 minutes when the first call after that is
 * refused again.  45033 halves the number at once and pauses for a second; ten seconds without it allow one more.
 */
void api_limit_end(struct api_limit *limit, const struct api_limit_rule *rule, int64_t begun_ms, int64_t now_ms,
    enum api_limit_hit hit);

/* Is there anything to remember? */
bool api_limit_is_idle(const struct api_limit *limit, int64_t now_ms);

#endif
