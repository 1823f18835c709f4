/*
 * The few settings of the product that the other side shares with it: who the provider and the suite are, and the
 * callback accounts; and, to check who asks, the secrets of the suites.  Same file format (NAME=value lines, `#`
 * comments, quotes taken off, the environment overrides); names it does not need are passed over.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cipher.h"
#include "fault.h"

#define SETTINGS_VALUE_BYTES 1024

struct settings_account {
	char token[SETTINGS_VALUE_BYTES];
	uint8_t key[CIPHER_KEY_BYTES];
};

struct settings {
	char suite_id[SETTINGS_VALUE_BYTES];
	char provider_corp_id[SETTINGS_VALUE_BYTES];
	struct settings_account app;
	struct settings_account system;
	bool has_system;                           /* both system files are named */
	struct settings_account login;
	bool has_login; /* the login suite is named and has an account of its own */
	char login_suite_id[SETTINGS_VALUE_BYTES]; /* of the login authorisation; "" none */
	char suite_secret[SETTINGS_VALUE_BYTES];   /* "" not named, or not to be read: any is right */
	char login_suite_secret[SETTINGS_VALUE_BYTES];
	char provider_secret[SETTINGS_VALUE_BYTES];
};

/* path NULL: the environment's WECOM_CONF.  False: the fault names the setting or file, never a secret. */
bool settings_load(const char *path, struct settings *ret_settings, struct fault *fault);

#endif
