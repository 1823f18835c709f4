/* What the parts of the API client share; api.h is for everybody else. */
#ifndef WECOM_API_INTERNAL_H
#define WECOM_API_INTERNAL_H

#include <stdatomic.h>

#include "api.h"
#include "api_corp.h"
#include "api_token.h"
#include "api_transport.h"

#define API_OWNER_BYTES 128

/* An API as the table in api.c has it. */
struct api_entry {
	const char *path;		/* below /cgi-bin/ */
	enum api_token_kind token;	/* that goes into the URL */
	bool is_post;
	bool may_lack_code;		/* errcode may be left out on success */
	bool sends_secret;		/* the request holds one: overwritten after use */
	bool gives_secret;		/* the answer holds one: overwritten, strings that others still share too */
	int per_hour;			/* calls for one corp, where WeCom allows fewer than of others; 0: as the settings say */
};

const struct api_entry *api_entry(enum api_name name);

struct api {
	const struct conf *conf;
	struct store *store;
	const _Atomic bool *stopping;
	struct api_transport *transport;
	struct api_corps *corps;
	char suite_corp[API_CORP_BYTES];	/* suite:<suite_id> */
	char login_corp[API_CORP_BYTES];	/* suite:<login_suite_id> */
	char owner[API_OWNER_BYTES];		/* of refresh slots: never the same in two processes */
	_Atomic int64_t offset_us;		/* CLOCK_MONOTONIC to WeCom's wall clock */
	_Atomic int64_t held_until_ms;		/* CLOCK_MONOTONIC: no call at all before, 60020 */
	_Atomic int early_s[API_TOKEN_KINDS_N];	/* a tenth of the life that tokens of the kind were seen to have */
	pthread_mutex_t clock_lock;		/* guards the following */
	bool has_date;				/* a Date was taken over */
	int strange_dates_n;			/* that contradict the clock, one after another, agreeing with each other */
	int64_t strange_offset_us;
};

/* api_error.c: as api_meaning, but for what depends on the call: 40001 on a token call, a warning beside a 0. */
const struct api_meaning *api_meaning_in_call(int code, bool is_warned, bool asks_for_token);

/* api_clock.c: take the Date of an answer into account; times of CLOCK_MONOTONIC. */
void api_clock_start(struct api *api);
void api_clock_follow(struct api *api, int64_t date_s, int64_t begun_us, int64_t ended_us);

/* Wait; false: the program is told to stop. */
bool api_pause(const struct api *api, int64_t wait_ms);

/* Random bits for jitter; not for secrets. */
uint32_t api_random(void);

/* Escaped for a URL's query into `to` of `size` bytes; false: no room. */
bool api_escape_into(const char *value, char *to, size_t size);

/* Make the outcome of a call that could not be made; a sentence in `why`. */
struct api_answer api_answer_later(int64_t wait_ms, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
