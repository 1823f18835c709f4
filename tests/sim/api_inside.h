/*
 * What the files api_*.c share: one server, one call, the tables.  Nobody else includes it.
 *
 * api->lock guards everything of struct api that is not marked otherwise.  Order: the truth's mutex, then api->lock.
 * A handler runs with the truth locked and api->lock free.
 */
#ifndef SIM_API_INSIDE_H
#define SIM_API_INSIDE_H

#include <pthread.h>
#include <stdint.h>

#include <json-c/json.h>

#include "api.h"
#include "list.h"
#include "random.h"
#include "text.h"

struct MHD_Connection;
struct MHD_Daemon;
struct lh_table;

#define API_REQUEST_MAX_BYTES (1 << 20)
#define API_TOKEN_BYTES 100
#define API_ID_BYTES 129
#define API_CURSOR_BYTES 64
#define API_SNAPSHOTS_MAX 1024
#define API_TICKET_BYTES 513
#define API_PATH_BYTES 80
#define API_CODE_BYTES 65

/* --- settings (api_setting.c) --- */

enum api_setting {
	SETTING_TOKEN_SECONDS,
	SETTING_TICKET_SECONDS,
	SETTING_TICKET_OVERLAP_SECONDS,
	SETTING_QUOTA_CALLS,
	SETTING_QUOTA_WINDOW_MS,
	SETTING_QUOTA_SLACK_MS,
	SETTING_CONCURRENCY,
	SETTING_LATENCY_MS,
	SETTING_SLOW_MS,
	SETTING_STALE_MS,
	SETTING_STALE_SHARE,
	SETTING_STALE_ALL,
	SETTING_PAGE_MAX,
	SETTING_FOLLOWERS_PAGE,
	SETTING_OWNERS_MAX,
	SETTING_LIST_MAX,
	SETTING_CURSOR_SECONDS,
	SETTING_OPENID_ERRORS,
	SETTING_OPENID_BLOCK_SECONDS,
	SETTING_HUGE_BYTES,
	SETTING_PROCESSES,
	SETTING_CODE_SECONDS,
	SETTING_PRE_AUTH_SECONDS,
	SETTING_HOUR_SECONDS,
	SETTING_N
};

const char *api_setting_name(enum api_setting setting);
void api_setting_defaults(struct api *api);
/* With api->lock free; whoever holds it reads api->setting. */
double api_setting_value(struct api *api, enum api_setting setting);

/* --- faults (api_fault.c, api_spoil.c) --- */

enum api_fault {
	FAULT_NONE,
	FAULT_SLOW,
	FAULT_CUT_BEFORE,
	FAULT_CUT_MIDDLE,
	FAULT_HTTP_502,
	FAULT_BAD_JSON,
	FAULT_WRONG_TYPE,
	FAULT_MISSING_MEMBER,
	FAULT_NULL_MEMBER,
	FAULT_DUPLICATE_MEMBER,
	FAULT_HUGE_BODY,
	FAULT_WARNING,
	FAULT_BUSY,
	FAULT_CONFLICT,
	FAULT_CURSOR_EXPIRED,
	FAULT_CURSOR_LOOP,
	FAULT_SHORT_PAGE,
	FAULT_REVOKE,
	FAULT_ERRCODE, /* only for certain, with its code */
	FAULT_N
};

const char *api_fault_name(enum api_fault fault);

/* The next `left` calls that fit, for certain. */
struct api_script {
	enum api_fault fault;
	int code;
	char path[API_PATH_BYTES]; /* empty: any */
	char corp[API_ID_BYTES];   /* empty: any */
	unsigned long long left;
};

/* --- endpoints (api_endpoint.c) --- */

/* JS-SDK tickets live as tokens do, and are good for no call. */
enum api_token_kind {
	TOKEN_NONE,
	TOKEN_SUITE,
	TOKEN_CORP,
	TOKEN_PROVIDER,
	TOKEN_LOGIN,        /* suite_access_token of the login suite */
	TOKEN_TICKET_CORP,  /* of get_jsapi_ticket */
	TOKEN_TICKET_AGENT, /* of ticket/get?type=agent_config */
};

struct api_call;

/* Adds the answer's members; returns an errcode, and then what it has added is dropped. */
typedef int api_handler(struct api_call *call, struct json_object *answer);

struct api_endpoint {
	const char *path; /* below /cgi-bin/ */
	bool is_post;
	enum api_token_kind token;
	enum truth_permission permission; /* TRUTH_PERMISSION_N: none needed */
	api_handler *handle;
	bool is_silent; /* success may come without errcode */
	bool is_once;   /* the call uses something up: a drawn fault must not lose it */
	bool is_paged;
	bool takes_login;      /* the login suite's token will do, too */
	const char *parameter; /* under which the token comes, where that is not its usual one */
	unsigned int hourly;   /* calls an hour for a corp; 0: only the windows of all */
	/* Members no client can do without: "group_chat.member_list.*.userid"; `*` is any item of a list. */
	const char *vital[8];
};

#define API_ENDPOINTS_MAX 32

extern const struct api_endpoint api_endpoints[];
extern const size_t api_endpoints_n;

/* The truth locked, the corp found and allowed, the endpoint's handler run.  Errcode. */
int api_handle(struct api_call *call, struct json_object *answer);

/* NULL: there is no such path. */
const struct api_endpoint *api_endpoint_find(const char *path);
size_t api_endpoint_index(const struct api_endpoint *endpoint);

api_handler api_service_suite_token, api_service_corp_token, api_service_provider_token, api_service_pre_auth_code,
    api_service_session_info, api_service_permanent_code, api_service_auth_info, api_agent_permissions,
    api_agent_admin_list, api_license_app_info;
api_handler api_service_user_info, api_service_login_info, api_corp_ticket, api_agent_ticket;
api_handler api_user_get, api_user_list, api_user_simplelist, api_user_list_member_auth, api_department_simplelist,
    api_department_list, api_member_tag_get, api_userid_to_openuserid;
api_handler api_customer_follow_user_list, api_customer_list, api_customer_get, api_customer_batch_get_by_user;
api_handler api_chat_list, api_chat_get, api_corp_tag_list;

/* --- counts (api_count.c) --- */

enum api_violation {
	VIOLATION_OLD_TOKEN,        /* a token that had been refused before, again */
	VIOLATION_WHILE_LIMITED,    /* called while a window is closed by 45009 */
	VIOLATION_CONCURRENCY_KEPT, /* after 45033 as many at once as before */
	VIOLATION_UNICODE_ESCAPE,
	VIOLATION_METHOD,
	VIOLATION_TOKEN_IN_BODY,
	VIOLATION_TOKEN_KIND,
	VIOLATION_PARAMETER,
	VIOLATION_BODY,
	VIOLATION_PATH,
	VIOLATION_DEBUG,
	VIOLATION_CODE_AGAIN, /* an auth code that had been refused before, again */
	VIOLATION_BLOCKED,    /* userid_to_openuserid while it is blocked for the day */
	VIOLATION_N
};

/* What one corp did with one API. */
struct api_usage {
	unsigned long long calls;
	unsigned long long ok;
	int64_t window_began_us;
	unsigned long long window_n;
	int64_t hour_began_us;
	unsigned long long hour_n;
	int64_t closed_until_us; /* by 45009; 0: open */
	int64_t told_us;         /* when the client had the last 45009 */
	unsigned int in_flight;
	unsigned int in_flight_most;
	unsigned int present; /* in flight and refused ones that wait for their answer */
	unsigned int crowd;   /* present when 45033 was last decided */
	unsigned int rounds;  /* how often the crowd was not smaller the next time */
	int64_t crowd_us;     /* when the client had the last 45033 */
};

struct api_corp {
	char id[API_ID_BYTES];
	struct api_usage usage[API_ENDPOINTS_MAX];
	unsigned long long openid_errors;
	int64_t openid_blocked_until_us;
};

struct api_code_count {
	int code;
	unsigned long long n;
};

struct api_counters {
	unsigned long long calls, ok, stale;
	unsigned long long by_endpoint[API_ENDPOINTS_MAX][2]; /* calls, ok */
	unsigned long long by_fault[FAULT_N];
	unsigned long long by_violation[VIOLATION_N];
	struct list by_code; /* struct api_code_count */
	unsigned int in_flight, in_flight_most;
};

/* The corp's entry, made when it is new; "" counts for the suite.  Both with api->lock held. */
struct api_corp *api_corp_find(struct api *api, const char *id);
void api_count_code(struct api *api, int code);
void api_count_violation(struct api_call *call, enum api_violation violation);
void api_count_done(struct api_call *call);
void api_count_free(struct api *api);
void api_count_reset(struct api *api);

/* --- tokens (api_token.c) --- */

struct api_token {
	enum api_token_kind kind;
	char value[API_TOKEN_BYTES];
	char corp[API_ID_BYTES]; /* of a corp token */
	int64_t install_s;       /* of a corp token: which installation it is good for */
	int64_t issued_us;
	int64_t expires_us;
	bool is_revoked;
	int64_t refused_us; /* start of the last burst of refusals; 0: never refused */
	unsigned int bursts;
};

struct api_ticket {
	char value[API_TICKET_BYTES];
	int64_t since_us;
};

/* Of one suite. */
struct api_tickets {
	struct api_ticket newest, before;
};

/* The same one inside its life.  wanted: kind, corp, install_s.  Adds NAME and expires_in to the answer. */
void api_token_give(
    struct api_call *call, const struct api_token *wanted, const char *name, struct json_object *answer);
/* Errcode; sets call->corp_id for a corp's token. */
int api_token_check(struct api_call *call);
size_t api_token_revoke(struct api *api, enum api_token_kind kind, const char *corp);
/* The newest token of that kind given for the corp that was not revoked; the API's lock is held. */
bool api_token_newest(struct api *api, enum api_token_kind kind, const char *corp, char ret_value[API_TOKEN_BYTES]);
bool api_ticket_is_good(struct api *api, const char *ticket, bool is_login);

/* --- codes that a browser carries (api_code.c) --- */

enum api_code_use {
	CODE_OAUTH = 1,   /* inside the client, for the app's suite */
	CODE_LOGIN = 2,   /* web login, for the login suite */
	CODE_ADMIN = 4,   /* the admin console's jump to the business settings */
	CODE_PRE_AUTH = 8 /* an installation that may begin */
};

struct api_code {
	enum api_code_use use;
	char value[API_CODE_BYTES];
	char corp[API_ID_BYTES];
	char user[API_ID_BYTES]; /* "" a person of no corp, or nobody yet */
	int64_t expires_us;
	bool is_used;
};

/* With api->lock free. */
void api_code_issue(
    struct api *api, enum api_code_use use, const char *corp, const char *user, char ret_value[API_CODE_BYTES]);
/*
 * What the code is good for, if it is for one of `uses`; with is_taken it is good for nothing afterwards.
 *   ret_code  a copy
 * Errcode of a login: 0, 40029 (unknown, or for another use), 42003 (expired or used).
 */
int api_code_find(struct api *api, const char *value, unsigned int uses, bool is_taken, struct api_code *ret_code);

/* --- limits (api_limit.c) --- */

/* Errcode; on 0 the call counts as in flight until api_limit_leave. */
int api_limit_enter(struct api_call *call);
void api_limit_leave(struct api_call *call);

/* --- cursors (api_cursor.c) --- */

/* The ids of a listing as they were when it began. */
struct api_snapshot {
	char key[20]; /* random; empty: free */
	const struct api_endpoint *endpoint;
	char corp[API_ID_BYTES];
	int64_t since_us;
	struct json_object *items; /* array of whatever the endpoint lists */
};

/* All items of a new listing (owned array). */
typedef struct json_object *api_fresh(struct api_call *call);

/*
 * The page a call asks for by its cursor; without one (NULL or empty) `fresh` begins a new listing.  The page's items
 * go into the answer as array `name`, and next_cursor beside it.  Errcode: 0, 50100.
 */
int api_cursor_page(struct api_call *call, const char *cursor, size_t limit, api_fresh *fresh, const char *name,
    struct json_object *answer);
void api_cursor_free(struct api *api);

/* --- one server, one call --- */

struct api {
	struct api_options options;
	struct truth *truth; /* under its own mutex */
	struct MHD_Daemon *daemon;
	struct MHD_Daemon *pages; /* plain http, without the API; NULL: none */
	unsigned int port;
	unsigned int pages_port;
	char *cert, *key;
	pthread_mutex_t lock;
	pthread_cond_t stopped; /* with `is_stopping`: ends every sleep */
	bool is_stopping;
	struct random random;
	double setting[SETTING_N];
	double fault[FAULT_N];
	struct list scripts; /* struct api_script */
	int64_t began_us;    /* wall clock: no token of an earlier run is mistaken for one of this */
	struct list tokens;  /* struct api_token *; a token's value begins with its place here */
	struct list refused; /* uint64_t: fingerprints of refused auth codes, the last ones */
	struct api_tickets tickets, login_tickets;
	struct list codes;      /* struct api_code */
	struct lh_table *corps; /* id → struct api_corp */
	struct api_counters counters;
	struct api_snapshot snapshots[API_SNAPSHOTS_MAX];
	size_t snapshot_next;
};

struct api_call {
	struct api *api;
	struct MHD_Connection *connection;
	const struct api_endpoint *endpoint; /* NULL: unknown path */
	bool is_post;
	struct text raw;
	bool is_too_large;
	struct json_object *request;   /* the body, an object; NULL for GET */
	struct truth_corp *corp;       /* of the token; only inside a handler */
	char corp_id[API_ID_BYTES];    /* for counts and limits; "" for the suite */
	const struct api_token *token; /* lives as long as the server; its kind, corp and install_s never change */
	bool has_entered;
	enum api_fault fault;
	int fault_code;
	bool is_scripted; /* the fault was asked for by name */
	int64_t now_us;   /* monotonic, when the request was here */
	int64_t as_of_us; /* truth_now_us: the state to answer by */
	bool is_stale;
	int code;
};

/* Everything between the request and the bytes of the answer.  call->fault tells what the server does to them. */
void api_call_run(struct api_call *call, struct text *ret_body);

/* The answer's text, changed when the call's fault is of that kind.  answer NULL: there is none. */
void api_spoil(struct api_call *call, struct json_object *answer, struct text *ret_body);
/* Draw the call's fault, scripts first. */
void api_fault_draw(struct api_call *call);

/* Parameters; NULL or the default when absent.  api_text also refuses (NULL) what is no string. */
const char *api_query(const struct api_call *call, const char *name);
const char *api_text(const struct api_call *call, const char *name);
bool api_number(const struct api_call *call, const char *name, int64_t *ret_number);
struct json_object *api_array(const struct api_call *call, const char *name);

/* Members of an answer. */
void api_put_text(struct json_object *to, const char *name, const char *value);
void api_put_number(struct json_object *to, const char *name, int64_t value);
/* An empty array as member `name`; borrowed. */
struct json_object *api_put_array(struct json_object *to, const char *name);

/* The request is wrong: counted; returns `code`. */
int api_wrong(struct api_call *call, int code);

/* The server (api_server.c).  False with a sentence. */
bool api_server_start(struct api *api, struct fault *fault);
void api_server_stop(struct api *api);
/* Shorter when the server stops. */
void api_sleep(struct api *api, double ms);

#endif
