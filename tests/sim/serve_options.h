/* What `wecom-sim serve` is told to do. */
#ifndef SIM_SERVE_OPTIONS_H
#define SIM_SERVE_OPTIONS_H

#include <stdbool.h>

#include "activity.h"
#include "mischief.h"
#include "option.h"
#include "truth.h"

struct serve_options {
	const char *conf;
	const char *url;
	const char *listen; /* of the API; NULL: none is served */
	const char *cert;
	const char *key;
	const char *pages; /* address of the login pages over plain http; NULL: only beside the API */
	const char *trusted;
	const char *settings_url;
	const char *control;
	const char *state;
	unsigned long long seed;
	unsigned long long corps;
	struct truth_size size;
	unsigned long long rate;
	unsigned long long stop_after_events;
	unsigned long long seconds;
	unsigned long long connections;
	unsigned long long stale_ms;
	unsigned long long latency_ms;
	double faults;
	bool is_quiet;
	struct mischief_options mischief;
	struct activity_options activity;
};

/* Defaults, then the arguments; what is wrong has been told. */
enum option_result serve_options_read(int argc, char **argv, struct serve_options *options);

/*
 * One NAME of {"do":"set"}: lose, lose_precious, repeat, reorder, delay (share), delay_ms, lie, rate, silent, cancels,
 * messages.  False with an empty fault: no such name; with a sentence: the value is no good.
 */
bool serve_options_set(struct serve_options *options, const char *name, struct json_object *value, struct fault *fault);

#endif
