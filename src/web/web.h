/*
 * wecom-web: what its parts share.  A request is read (form.c), finds its route (route.c) and its session (session.c), is
 * served by a handler, and answered (reply.c).  Handlers may wait for the database or WeCom's API: each has a thread.
 */
#ifndef WECOM_WEB_H
#define WECOM_WEB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "api.h"
#include "arena.h"
#include "conf.h"
#include "fastcgi.h"
#include "form.h"
#include "metrics.h"
#include "reason.h"
#include "session_cookie.h"
#include "store.h"
#include "uuid.h"

#define WEB_SCHEMA_MIN 8
#define WEB_QUERY_MS 10000	/* for one report; also the server's statement_timeout */
#define WEB_BODY_MAX_BYTES 4096
#define WEB_PATH_MAX_BYTES 512
#define WEB_ID_MAX_BYTES 128

/* What the threads of a worker share. */
struct web {
	const struct conf *conf;
	struct store *store;
	struct api *api;
	struct metrics *metrics;
	struct session_keys keys;
	const char *suite_corp;		/* suite:<suite_id> */
	bool is_secure;			/* people come by https: cookies are for it alone */
	_Atomic int waiting_n;		/* threads that call WeCom's API … */
	int waiting_max;		/* … at most so many: the others serve what needs none */
};

enum web_method { WEB_GET, WEB_HEAD, WEB_POST, WEB_OTHER };

struct web_session {
	bool is_here;		/* a good session of an active corp */
	bool had_cookie;	/* the browser brought one, good or not */
	enum reason lost;	/* why not, for people: REASON_LOGIN, _EXPIRED, _SUSPENDED, … */
	const char *corp;
	const char *hash;	/* of the id, hexadecimal */
	const char *userid;
	const char *corp_name;	/* "" when not known */
	const char *csrf_token;
	long long agent_id;	/* 0: not known */
	bool is_admin;
};

struct web_answer {
	int code;
	const char *type;
	struct span body;	/* borrowed or in `mem` */
	char *owned;		/* freed when the answer is out */
	const char *headers;	/* further header lines, each with its CRLF; in `mem` */
	bool is_page;		/* HTML: its content security policy lets scripts and styles of ours in */
};

struct web_route;

struct web_request {
	struct fastcgi *fastcgi;	/* borrowed */
	struct arena mem;
	char id[UUID_TEXT_BYTES];
	int64_t arrived_us;
	enum web_method method;
	struct span path;
	struct span raw_query;
	struct form query;
	struct form body;		/* of a POST */
	const struct web_route *route;
	struct web_session session;
	struct web_answer answer;
	enum reason reason;		/* why it was refused; REASON_NONE */
	struct detail why;		/* for the log; never a secret, code or token */
	bool is_sent;			/* the handler has answered by itself (CSV), and `end` is how */
	enum fastcgi_end end;
};

typedef void web_handler(struct web *web, struct web_request *request);

/* Serve the request whose head is read; returns what became of the connection. */
enum fastcgi_end web_serve(struct web *web, struct web_request *request);

/* --- answers (reply.c) --- */

/* Refuse: a page for people, JSON for the pages' scripts, a plain line for the monitoring. */
void web_refuse(struct web *web, struct web_request *request, enum reason reason);

/* As web_refuse for a failed question to the database: ST_BAD_INPUT is told with its sentence. */
void web_refuse_status(struct web *web, struct web_request *request, enum status st);

/* `text` is owned from here on. */
void web_answer_json(struct web_request *request, char *text);
void web_answer_text(struct web_request *request, const char *type, struct span body);
void web_redirect(struct web_request *request, const char *location);

/* Add a header line; printf. */
void web_header(struct web_request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The header text of the answer, for those that send it themselves. */
struct span web_headers(const struct web *web, struct web_request *request, bool has_length);

/* Send what is in request->answer. */
enum fastcgi_end web_send(struct web *web, struct web_request *request);

/* The line of the request, and its counts. */
void web_log(struct web *web, const struct web_request *request);

/* --- sessions (session.c) --- */

void web_session_read(struct web *web, struct web_request *request);

/* The page to show after a login, when it is ours; NULL: it is not. */
const char *web_next_page(struct arena *mem, struct span next);

/* A cookie for the answer; seconds 0 takes it away.  `path` "/" or "/wecom". */
void web_cookie(const struct web *web, struct web_request *request, const char *name, const char *value, const char *path,
    long seconds);

/* --- handlers --- */

web_handler web_page, web_settings;				/* page.c */
web_handler web_login_start, web_login_done, web_logout;		/* login.c */
web_handler web_install_start, web_install_done, web_install_look;	/* install.c */
web_handler web_data, web_me, web_act;					/* data.c */
web_handler web_csv;							/* csv.c */
web_handler web_jssdk;							/* jssdk.c */
web_handler web_health, web_metrics;					/* figures.c */

/* data.c: the parameters as a flat JSON object of strings, in `mem`; NULL without memory. */
const char *web_args(struct web_request *request);

/* page.c: the file as the answer.  False: it cannot be read. */
bool web_page_file(struct web *web, struct web_request *request, const char *name);

/* login.c: an administrator comes from WeCom's console. */
void web_login_console(struct web *web, struct web_request *request);

/* login.c, install.c: set out for WeCom with a state.  NULL: refused.  The state, in `mem`. */
const char *web_set_out(struct web *web, struct web_request *request, const char *purpose, const char *next);

/* Back from WeCom: the state is used up.  NULL: refused.  The page to go to. */
const char *web_come_back(struct web *web, struct web_request *request, const char *const *purposes);

/* A code of WeCom's: printable, without blanks, at most 512 bytes; NULL: it is not one, or missing. */
const char *web_code(const struct form *form, const char *name);

/* A thread that may call WeCom's API; false: refused, too many do.  Given back with web_wait_end. */
bool web_wait_begin(struct web *web, struct web_request *request);
void web_wait_end(struct web *web);

#endif
