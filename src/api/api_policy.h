/* How often and how patiently a failed call is made again: one named policy per situation. */
#ifndef WECOM_API_POLICY_H
#define WECOM_API_POLICY_H

#include <stdint.h>

enum api_policy_name {
	POLICY_NETWORK,		/* no answer, or one that is no answer of the API */
	POLICY_BUSY,		/* R: -1, 6000, 45035 */
	POLICY_CROWDED,		/* 45033: the pause itself is kept by api_limit.c */
	POLICY_TOKEN,		/* T: with a new token at once, and only once */
	POLICY_N
};

struct api_policy {
	const char *name;	/* as in what people read */
	int attempts;		/* in all, the first one too */
	int64_t base_ms;	/* pause after the first failure; the next one is twice as long … */
	int64_t cap_ms;		/* … up to this */
	int64_t later_ms;	/* when all attempts have failed: not before so long */
};

const struct api_policy *api_policy(enum api_policy_name name);

/*
 * The pause after failure number `failures` (1, 2, …), milliseconds: between half and the whole of the policy's pause,
 * as `random` says, so that calls that failed together are not repeated together.
 */
int64_t api_policy_pause_ms(const struct api_policy *policy, int failures, uint32_t random);

#endif
