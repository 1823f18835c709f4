/*
 * The simulator's qyapi: an HTTPS server that answers the calls of protocol sections 12 to 18 from the truth, with the
 * rules of tokens, quotas, stale reads and paging, and with faults on demand.  It reads the truth and changes nothing
 * in it but what a call itself uses up (an auth code).  It counts every call.
 *
 * Locks: the truth's own mutex (truth.h) is taken for the making of one answer; the API's inner mutex is only ever
 * taken alone or inside the truth's.  Every function here may be called from any thread, with the truth locked or not,
 * except api_start and api_stop: those without it.
 */
#ifndef SIM_API_H
#define SIM_API_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "fault.h"
#include "truth.h"

/*
 * One click on the install page.  Locks the truth itself.  False: the corp has the app already, or there is no such
 * one. ret_code  goes back with the browser
 */
typedef bool api_install(void *self, const char *corp, char ret_code[TRUTH_CODE_BYTES]);

struct api_options {
	const char *listen;    /* 127.0.0.1:PORT or [::1]:PORT; port 0: any free one, see api_port */
	const char *cert_file; /* PEM; both NULL: plain http */
	const char *key_file;
	const char *suite_id;
	const char *suite_secret;       /* NULL: any is right */
	const char *login_suite_id;     /* NULL: the provider has no login authorisation */
	const char *login_suite_secret; /* NULL: any is right */
	const char *provider_corp_id;
	const char *provider_secret; /* NULL: any is right */
	unsigned long long seed;
	unsigned long long latency_ms; /* of every answer */
	unsigned long long stale_ms;   /* how old groupchat/get may be; 0: never stale */
	double faults;                 /* rate of all faults together, 0..1 */
	/* the pages on which people log in and install (page.h) */
	const char *pages_listen; /* also over plain http at this address; NULL: not */
	const char *trusted;      /* HOST[:PORT] to which they may lead back, comma between them; NULL: none */
	const char *settings_url; /* to which the admin console jumps; NULL: there is none */
	api_install *install;     /* NULL: nobody can install */
	void *install_self;
};

struct api;

/* The options' strings are borrowed until api_stop.  NULL with a sentence: address, certificate or port is no good. */
struct api *api_start(const struct api_options *options, struct truth *truth, struct fault *fault);
unsigned int api_port(const struct api *api);
/* Of the pages over plain http; 0: there are none. */
unsigned int api_pages_port(const struct api *api);
/* Ends the server and its threads; open calls are cut. */
void api_stop(struct api *api);

/* The suite_ticket (is_login: of the login suite) that the pusher has just sent (call it when it is sent, not when it
 * is made). */
void api_ticket(struct api *api, const char *ticket, bool is_login);

/*
 * A command of the control socket; NULL when its "do" is none of these, else the answer (owned), {"ok":true,…} or
 * {"error":"sentence"}:
 *   {"do":"fault","name":N,"share":p}                  from now on, at this rate (0: off); N may be "all"
 *   {"do":"fault","name":N,"count":n,"api":A,"corp":C} the next n calls (of that API, of that corp) for certain
 *   {"do":"fault","name":"errcode","code":c,"count":n,…}
 *   {"do":"revoke_tokens","corp":C,"kind":K}           both optional; K: suite, login, corp, provider
 *   {"do":"token","corp":C}                            {"access_token":…}: the corp's newest, for a bare client
 *   {"do":"jsapi_ticket","corp":C,"kind":K}            {"ticket":…}: the corp's newest; K: corp, agent
 *   {"do":"api_counts"}                                what api_counts gives
 *   {"do":"api_reset"}                                 counts from zero, scripted faults and blocks forgotten
 *   {"do":"api_settings"}                              every setting and fault rate with its value
 * Names of faults: see api_fault.c.
 */
struct json_object *api_control(struct api *api, struct json_object *command);

/*
 * One NAME of {"do":"set","NAME":VALUE,…}.  Names: see api_setting.c.  False with an empty fault: the name is none of
 * the API's; with a sentence: the value is no good.
 */
bool api_set(struct api *api, const char *name, struct json_object *value, struct fault *fault);

/*
 * Owned:
 * {"calls":n,"ok":n,"by_api":{API:{"calls":n,"ok":n,"errors":n,…}},"by_corp":{CORP:{"calls":n,…,"by_api":{API:n}}},
 * "codes":{"45009":n,…},"faults":{NAME:n},"violations":{KIND:n},"violations_n":n,"in_flight_most":n,"stale":n}
 */
struct json_object *api_counts(struct api *api);

#endif
