/*
 * Calls of qyapi (protocol sections 12 to 18), for wecom-sync and wecom-web.  One way through a call: token → limits →
 * request → answer → what the error code means (api_error.c) → again or the outcome.  Blocking: each worker thread makes
 * its own calls through one shared `struct api`; nothing here touches a job or the mirror.
 *
 * The parts: api.c the way through a call; api_token.c suite and corp tokens; api_corp.c what is remembered of each corp
 * and the gate of the limits (api_limit.c, pure); api_policy.c how patiently things are repeated; api_transport.c libcurl;
 * api_answer.c JSON without trust (pure); api_clock.c WeCom's clock; api_usage.c counts.
 */
#ifndef WECOM_API_H
#define WECOM_API_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "conf.h"
#include "status.h"
#include "store.h"

/* Every API that is called, in the order of the table in api.c (path, method, token, retry policy). */
enum api_name {
	API_GET_SUITE_TOKEN,
	API_GET_CORP_TOKEN,
	API_GET_PERMANENT_CODE,		/* v2 */
	API_GET_AUTH_INFO,		/* v2 */
	API_GET_PERMISSIONS,
	API_GET_ADMIN_LIST,
	API_USER_GET,
	API_USER_LIST,
	API_USER_SIMPLELIST,
	API_USER_LIST_MEMBER_AUTH,
	API_DEPARTMENT_SIMPLELIST,
	API_TAG_GET,
	API_USERID_TO_OPENUSERID,
	API_GET_FOLLOW_USER_LIST,
	API_EXTERNALCONTACT_LIST,
	API_EXTERNALCONTACT_GET,
	API_BATCH_GET_BY_USER,
	API_GROUPCHAT_LIST,
	API_GROUPCHAT_GET,
	API_GET_CORP_TAG_LIST,
	/* of the pages */
	API_GET_PROVIDER_TOKEN,
	API_GET_PRE_AUTH_CODE,
	API_SET_SESSION_INFO,
	API_GETUSERINFO3RD,		/* with the app's own token */
	API_LOGIN_GETUSERINFO3RD,	/* the same, with the login app's */
	API_GET_LOGIN_INFO,
	API_GET_JSAPI_TICKET,
	API_GET_AGENT_TICKET,
	API_N
};

/* "externalcontact/groupchat/get": as in report.api_usage, and in log lines. */
const char *api_path(enum api_name name);

/* What an error code asks of us: the letters of protocol 18.2. */
enum api_reaction {
	API_OK,
	API_TOKEN,	/* T */
	API_RETRY,	/* R: again with back-off */
	API_WAIT,	/* W: the window, or too many at once */
	API_GONE,	/* G: gone or invisible; which of the two tells api_meaning.absence */
	API_CONFIG,	/* C: a person must act */
	API_OURS,	/* B: our request is wrong */
	API_AUTHORISATION,	/* A: lost; confirm */
	API_RESTART,	/* the cursor is no longer good: list from the start */
	API_TICKET,	/* wait for the next suite_ticket */
};

/* Which kind of absence an API_GONE (or a licence error) is; only ABSENCE_GONE is evidence of a deletion. */
enum api_absence {
	ABSENCE_NONE,
	ABSENCE_GONE,		/* the object does not exist any more (49008, 40068, …) */
	ABSENCE_OUT_OF_SCOPE,	/* left, deleted or invisible: cannot be told apart by this code alone (60111, 40096, …) */
	ABSENCE_NO_LICENCE,	/* 701008 and kin */
	ABSENCE_NO_RELATION,	/* 84061, 84084: of a pair */
};

struct api_meaning {
	int code;
	enum api_reaction reaction;
	enum api_absence absence;
	const char *meaning;	/* for people: what happened, and what to do when somebody must act */
};

/* Never NULL: an unknown code is API_OURS with a meaning that says so.  0 is API_OK. */
const struct api_meaning *api_meaning(int code);

enum api_outcome {
	API_ANSWERED,	/* errcode 0, an object */
	/*
	 * An error code that is no use repeating now: see meaning (GONE, CONFIG, OURS, AUTHORISATION, RESTART).  It may come
	 * from the call for the token: 40084 of get_corp_token refuses every call of that corp.
	 */
	API_REFUSED,
	/*
	 * Not now: network, busy, limits, token or ticket not to be had, or the provider's own settings are wrong (suite secret,
	 * address not listed: no job is at fault, nothing is to be parked).  Again after wait_ms at the soonest.
	 */
	API_LATER,
	API_STOPPED,	/* the program is told to stop */
};

struct api_answer {
	enum api_outcome outcome;
	struct json_object *body;	/* owned; NULL unless API_ANSWERED; api_answer_done */
	int code;			/* errcode; 0 when none came */
	const struct api_meaning *meaning;	/* of code; never NULL */
	int64_t begun_us;		/* WeCom's clock (api_now_us) when the last attempt's request was sent */
	int64_t ended_us;		/* and when its answer was here */
	int64_t wait_ms;		/* API_LATER */
	bool holds_secret;		/* body holds a token or code: api_answer_done overwrites it */
	char why[240];			/* one line for people; never a token, a code or a body */
};

struct api;

/*
 * conf and store are borrowed and outlive it.  NULL with a sentence in why: no memory, libcurl without TLS, the CA file
 * cannot be read.  *stopping is looked at before and between attempts and while waiting; an exchange under way then gets
 * five more seconds.  api_free: the other threads have ended.
 */
struct api *api_new(const struct conf *conf, struct store *store, const _Atomic bool *stopping, struct detail *why);
void api_free(struct api *api);

/*
 * WeCom's wall clock, microseconds: CLOCK_MONOTONIC plus an offset that starts from the wall clock and follows the Date
 * of WeCom's answers when it differs by more than 1.5 s (the first answer at once, later ones when three in a row agree),
 * so that neither a jump of the local clock nor one strange Date changes anything.
 */
int64_t api_now_us(const struct api *api);

/*
 * Make a call and see it through: limits, token (fetched, renewed early, dropped and fetched once more on T), at most
 * three attempts on -1 and network failures with back-off and jitter as the named policies of api_policy.c say.
 *   corp        whose token and limits; for the calls of a suite or the provider (GET_PERMANENT_CODE, GET_AUTH_INFO, those
 *               of a login) the corp they count for, or suite:<suite_id>
 *   query       "name=value&…" for GET calls, values already escaped with api_escape; NULL for none
 *   body        object to send (POST), borrowed; NULL for GET
 * The answer is strict JSON, an object, at most conf.api_body_max_bytes, 64 deep and of a million values, no member twice
 * in any object, no NUL, errcode a whole number (left out only by the calls of service/); anything else counts as a
 * network failure.  errcode 0 with a "Warning: wrong json format" is API_REFUSED as API_OURS.
 * Bounds of time: no attempt begins after twice conf.api_timeout_ms, nor does a call wait longer for another's refresh of
 * a token; at a limit it waits two seconds at most, then it is API_LATER.
 */
struct api_answer api_call(struct api *api, enum api_name name, const char *corp, const char *query,
    struct json_object *body);
void api_answer_done(struct api_answer *answer);

/* Tickets with which pages are signed (protocol 13.4); a browser never sees one. */
enum api_page_ticket {
	API_PAGE_CORP,	/* of the corp: wx.config */
	API_PAGE_AGENT,	/* of the app in it: wx.agentConfig */
};

#define API_TICKET_BYTES 1024

/*
 * A ticket that lives: from memory, from the database, or fetched; shared and renewed as tokens are.  False: *ret_failure
 * says why.  The caller cleanses ret_text after use.
 */
bool api_page_ticket_take(struct api *api, enum api_page_ticket name, const char *corp, char ret_text[API_TICKET_BYTES],
    struct api_answer *ret_failure);

/* Percent-escaped copy (malloc), NULL without memory. */
char *api_escape(const char *value);

/* Forget the corp's tokens and limits in memory (purged, or its permanent code changed). */
void api_forget(struct api *api, const char *corp);

/*
 * Counted per corp, day (UTC) and API in memory; written with wecom.api_usage_add by api_usage_flush, which is called once a
 * second, writes a corp's counts about every five seconds, and all of them when *stopping is set.
 */
void api_count_saved(struct api *api, const char *corp, enum api_name name, int64_t calls_n);
void api_usage_flush(struct api *api);

#endif
