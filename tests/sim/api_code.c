/* Codes that travel in a browser's address: good once, for minutes, for one purpose. */
#include <stdio.h>
#include <string.h>

#include "api_inside.h"
#include "instant.h"

#define CODES_MAX 20000 /* then the oldest half is forgotten */

static void
forget_old(struct list *codes)
{
	size_t half = codes->n / 2;

	if (codes->n < CODES_MAX)
		return;
	memmove(codes->at, list_at(codes, half), (codes->n - half) * codes->item_bytes);
	codes->n -= half;
}

void
api_code_issue(
    struct api *api, enum api_code_use use, const char *corp, const char *user, char ret_value[API_CODE_BYTES])
{
	struct api_code *code;
	double seconds;

	pthread_mutex_lock(&api->lock);
	seconds = api->setting[use == CODE_PRE_AUTH ? SETTING_PRE_AUTH_SECONDS : SETTING_CODE_SECONDS];
	forget_old(&api->codes);
	code = list_add(&api->codes);
	code->use = use;
	random_name(&api->random, code->value, API_CODE_BYTES - 1);
	snprintf(code->corp, sizeof(code->corp), "%s", corp);
	snprintf(code->user, sizeof(code->user), "%s", user);
	code->expires_us = instant_us() + (int64_t)(seconds * 1e6);
	memcpy(ret_value, code->value, API_CODE_BYTES);
	pthread_mutex_unlock(&api->lock);
}

static struct api_code *
find(struct api *api, const char *value)
{
	for (size_t i = api->codes.n; i-- > 0;) {
		struct api_code *code = list_at(&api->codes, i);

		if (strcmp(code->value, value) == 0)
			return code;
	}
	return NULL;
}

int
api_code_find(struct api *api, const char *value, unsigned int uses, bool is_taken, struct api_code *ret_code)
{
	struct api_code *code;
	int result = 0;

	pthread_mutex_lock(&api->lock);
	code = find(api, value);
	if (code == NULL || ((unsigned int)code->use & uses) == 0)
		result = 40029;
	else if (code->is_used || code->expires_us <= instant_us())
		result = 42003;
	if (result == 0) {
		*ret_code = *code;
		code->is_used = is_taken;
	}
	pthread_mutex_unlock(&api->lock);
	return result;
}
