/* What `wecom-sim push` is told to do. */
#ifndef SIM_PUSH_OPTIONS_H
#define SIM_PUSH_OPTIONS_H

#include <stdbool.h>

#include "mischief.h"
#include "option.h"

struct push_options {
	const char *conf;
	const char *url;
	const char *ledger;
	const char *key_element;
	unsigned long long seed;
	unsigned long long corps;
	unsigned long long rate;
	unsigned long long count;
	unsigned long long seconds;
	unsigned long long connections;
	unsigned long long retry_interval_ms;
	bool retry;
	bool retry_any;
	bool quiet;
	struct mischief_options mischief;
};

/* Defaults, then the arguments; what is wrong has been told.  `url` is not NULL afterwards. */
enum option_result push_options_read(int argc, char **argv, struct push_options *options);

#endif
