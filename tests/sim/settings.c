/* The simulator's own small reader of the settings file.  Never prints a value. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 4096

enum name {
	SUITE_ID,
	PROVIDER,
	TOKEN_FILE,
	KEY_FILE,
	SYSTEM_TOKEN_FILE,
	SYSTEM_KEY_FILE,
	LOGIN_TOKEN_FILE,
	LOGIN_KEY_FILE,
	SECRET_FILE,
	LOGIN_SUITE_ID,
	LOGIN_SECRET_FILE,
	PROVIDER_SECRET_FILE,
	NAME_N
};

static const char *const names[NAME_N] = {
    [SUITE_ID] = "WECOM_SUITE_ID",
    [PROVIDER] = "WECOM_PROVIDER_CORP_ID",
    [TOKEN_FILE] = "WECOM_TOKEN_FILE",
    [KEY_FILE] = "WECOM_AES_KEY_FILE",
    [SYSTEM_TOKEN_FILE] = "WECOM_SYSTEM_TOKEN_FILE",
    [SYSTEM_KEY_FILE] = "WECOM_SYSTEM_AES_KEY_FILE",
    [LOGIN_TOKEN_FILE] = "WECOM_LOGIN_TOKEN_FILE",
    [LOGIN_KEY_FILE] = "WECOM_LOGIN_AES_KEY_FILE",
    [SECRET_FILE] = "WECOM_SUITE_SECRET_FILE",
    [LOGIN_SUITE_ID] = "WECOM_LOGIN_SUITE_ID",
    [LOGIN_SECRET_FILE] = "WECOM_LOGIN_SUITE_SECRET_FILE",
    [PROVIDER_SECRET_FILE] = "WECOM_PROVIDER_SECRET_FILE",
};

struct raw {
	char value[NAME_N][SETTINGS_VALUE_BYTES];
};

static void
trim(char **start)
{
	char *end;

	*start += strspn(*start, " \t");
	end = *start + strlen(*start);
	while (end > *start && strchr(" \t\r\n", end[-1]) != NULL)
		*--end = '\0';
	if (end - *start >= 2 && (**start == '"' || **start == '\'') && end[-1] == **start) {
		end[-1] = '\0';
		(*start)++;
	}
}

static bool
keep(struct raw *raw, const char *name, const char *value, struct fault *fault)
{
	for (int i = 0; i < NAME_N; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		if (strlen(value) >= SETTINGS_VALUE_BYTES)
			return fault_set(fault, "the value of %s is too long", names[i]);
		strcpy(raw->value[i], value);
	}
	return true;
}

static bool
read_line(char *line, struct raw *raw, struct fault *fault)
{
	char *name = line, *value;

	trim(&name);
	if (*name == '\0' || *name == '#')
		return true;
	value = strchr(name, '=');
	if (value == NULL)
		return fault_set(fault, "a line of the settings file is not NAME=value");
	*value++ = '\0';
	trim(&name);
	trim(&value);
	return keep(raw, name, value, fault);
}

static bool
read_file(const char *path, struct raw *raw, struct fault *fault)
{
	char line[LINE_BYTES];
	FILE *file = fopen(path, "re");
	bool ok = true;

	if (file == NULL)
		return fault_set(fault, "cannot open the settings file %s: %s", path, strerror(errno));
	while (ok && fgets(line, sizeof(line), file) != NULL) {
		if (strchr(line, '\n') == NULL && strlen(line) == sizeof(line) - 1)
			ok = fault_set(fault, "a line of the settings file %s is too long", path);
		else
			ok = read_line(line, raw, fault);
	}
	if (ok && ferror(file))
		ok = fault_set(fault, "cannot read the settings file %s", path);
	fclose(file);
	return ok;
}

static bool
read_secret(const struct raw *raw, enum name which, char to[SETTINGS_VALUE_BYTES], struct fault *fault)
{
	FILE *file;
	size_t n;

	if (raw->value[which][0] == '\0')
		return fault_set(fault, "%s is not set", names[which]);
	file = fopen(raw->value[which], "re");
	if (file == NULL)
		return fault_set(fault, "cannot open the file that %s names: %s", names[which], strerror(errno));
	n = fread(to, 1, SETTINGS_VALUE_BYTES - 1, file);
	fclose(file);
	to[n] = '\0';
	to[strcspn(to, "\r\n")] = '\0';
	if (to[0] == '\0')
		return fault_set(fault, "the file that %s names is empty", names[which]);
	return true;
}

static bool
read_account(
    const struct raw *raw, enum name token, enum name key, struct settings_account *account, struct fault *fault)
{
	char encoded[SETTINGS_VALUE_BYTES];

	if (!read_secret(raw, token, account->token, fault) || !read_secret(raw, key, encoded, fault))
		return false;
	if (!cipher_key_decode(encoded, account->key))
		return fault_set(fault, "the file that %s names does not hold 43 base64 characters", names[key]);
	return true;
}

/* What only the API needs to know: a file that is not there, or not for us, is no fault. */
static void
read_if_readable(const struct raw *raw, enum name which, char to[SETTINGS_VALUE_BYTES])
{
	struct fault ignored = {0};

	if (!read_secret(raw, which, to, &ignored))
		to[0] = '\0';
}

static bool
copy_id(const struct raw *raw, enum name which, char to[SETTINGS_VALUE_BYTES], struct fault *fault)
{
	if (raw->value[which][0] == '\0')
		return fault_set(fault, "%s is not set", names[which]);
	strcpy(to, raw->value[which]);
	return true;
}

bool
settings_load(const char *path, struct settings *ret_settings, struct fault *fault)
{
	struct raw raw = {0};

	if (path == NULL)
		path = getenv("WECOM_CONF");
	if (path == NULL)
		return fault_set(fault, "no settings file: give -c FILE or set WECOM_CONF");
	if (!read_file(path, &raw, fault))
		return false;
	for (int i = 0; i < NAME_N; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && !keep(&raw, names[i], value, fault))
			return false;
	}
	*ret_settings = (struct settings){0};
	if (!copy_id(&raw, SUITE_ID, ret_settings->suite_id, fault) ||
	    !copy_id(&raw, PROVIDER, ret_settings->provider_corp_id, fault) ||
	    !read_account(&raw, TOKEN_FILE, KEY_FILE, &ret_settings->app, fault))
		return false;
	strcpy(ret_settings->login_suite_id, raw.value[LOGIN_SUITE_ID]);
	read_if_readable(&raw, SECRET_FILE, ret_settings->suite_secret);
	read_if_readable(&raw, LOGIN_SECRET_FILE, ret_settings->login_suite_secret);
	read_if_readable(&raw, PROVIDER_SECRET_FILE, ret_settings->provider_secret);
	ret_settings->has_system = raw.value[SYSTEM_TOKEN_FILE][0] != '\0' && raw.value[SYSTEM_KEY_FILE][0] != '\0';
	if (ret_settings->has_system &&
	    !read_account(&raw, SYSTEM_TOKEN_FILE, SYSTEM_KEY_FILE, &ret_settings->system, fault))
		return false;
	ret_settings->has_login = ret_settings->login_suite_id[0] != '\0' && raw.value[LOGIN_TOKEN_FILE][0] != '\0' &&
				  raw.value[LOGIN_KEY_FILE][0] != '\0';
	return !ret_settings->has_login ||
	       read_account(&raw, LOGIN_TOKEN_FILE, LOGIN_KEY_FILE, &ret_settings->login, fault);
}
