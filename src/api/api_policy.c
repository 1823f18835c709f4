/* The table of back-off policies.  No clock and no random source here: both are the caller's. */
#include "api_policy.h"

static const struct api_policy policies[POLICY_N] = {
	[POLICY_NETWORK] = {"network", 3, 500, 3000, 3000},
	[POLICY_BUSY] = {"busy", 3, 1000, 3000, 5000},
	[POLICY_CROWDED] = {"crowded", 6, 0, 0, 2000},
	[POLICY_TOKEN] = {"token", 2, 0, 0, 10000},
};

const struct api_policy *
api_policy(enum api_policy_name name)
{
	return &policies[name];
}

int64_t
api_policy_pause_ms(const struct api_policy *policy, int failures, uint32_t random)
{
	int64_t pause_ms = policy->base_ms;

	for (int i = 1; i < failures && pause_ms < policy->cap_ms; i++)
		pause_ms *= 2;
	if (pause_ms > policy->cap_ms)
		pause_ms = policy->cap_ms;
	return pause_ms / 2 + (pause_ms * (int64_t)(random >> 1) >> 32);
}
