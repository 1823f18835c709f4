/*
 * Settings: one table (conf.c) with name, type, unit, default, range and who needs it is the truth; the sample file and
 * the manual are checked against it.  File: NAME=value lines, `#` comments, blank lines; also a systemd EnvironmentFile
 * (quotes around a value are taken off).  The environment overrides the file.
 */
#ifndef WECOM_CONF_H
#define WECOM_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "envelope.h"
#include "seal.h"
#include "span.h"
#include "status.h"

#define CONF_DEFAULT_PATH "/etc/wecom-mirror/wecom-mirror.conf"

enum conf_program { CONF_CALLBACK = 1, CONF_SYNC = 2, CONF_WEB = 4 };

enum conf_commit_scope { CONF_SCOPE_ANY, CONF_SCOPE_CORP };
enum conf_install_type { CONF_INSTALL_FORMAL, CONF_INSTALL_TEST };
enum conf_log_target { CONF_LOG_STDERR, CONF_LOG_SYSLOG };

struct conf {
	/* who we are */
	const char *provider_corp_id;		/* WECOM_PROVIDER_CORP_ID, needed */
	const char *suite_id;			/* WECOM_SUITE_ID, needed */
	const char *login_suite_id;		/* WECOM_LOGIN_SUITE_ID, "" when not used */
	/* secrets, read from the files named by *_FILE */
	struct envelope_account account;	/* WECOM_TOKEN_FILE, WECOM_AES_KEY_FILE: needed by callback */
	bool has_system_account;
	bool has_login_account;			/* and then WECOM_LOGIN_SUITE_ID is there, too */
	struct envelope_account system_account;	/* WECOM_SYSTEM_TOKEN_FILE and WECOM_SYSTEM_AES_KEY_FILE: both or none */
	struct envelope_account login_account;	/* WECOM_LOGIN_TOKEN_FILE and WECOM_LOGIN_AES_KEY_FILE: both or none */
	struct seal_key master_key;		/* WECOM_MASTER_KEY_FILE, needed */
	struct span suite_secret;		/* WECOM_SUITE_SECRET_FILE: needed by sync and web */
	struct span login_suite_secret;		/* WECOM_LOGIN_SUITE_SECRET_FILE */
	struct span provider_secret;		/* WECOM_PROVIDER_SECRET_FILE */
	/* where things are */
	const char *database;			/* WECOM_DATABASE, libpq conninfo, needed; may hold a password: never logged */
	const char *api_base;			/* WECOM_API_BASE; https, or http to loopback only */
	const char *api_ca_file;		/* WECOM_API_CA_FILE, PEM; "" = the system's certificates */
	const char *sync_database;		/* WECOM_SYNC_DATABASE, "" = the same as database */
	const char *public_url;			/* WECOM_PUBLIC_URL, needed by web */
	const char *state_dir;			/* WECOM_STATE_DIR, /var/lib/wecom-mirror */
	const char *spool_dir;			/* WECOM_SPOOL_DIR, <state_dir>/spool */
	int64_t spool_max_bytes;		/* WECOM_SPOOL_MAX_BYTES, 1 GiB; 0 = no spool */
	/* bounds */
	int64_t body_max_bytes;			/* WECOM_BODY_MAX_BYTES, 1 MiB; 1 KiB..64 MiB */
	int64_t purge_delay_s;			/* WECOM_PURGE_DELAY, 0 */
	int workers;				/* WECOM_WORKERS, processes, 2; 1..64 */
	int threads;				/* WECOM_THREADS, reading threads per worker, 4; 1..64 */
	int connections_max;			/* WECOM_CONNECTIONS_MAX, web server connections per worker, 512; 8..65536 */
	int commit_events_max;			/* WECOM_COMMIT_EVENTS_MAX, events sharing one commit, 64; 1..1024 */
	int64_t request_timeout_ms;		/* WECOM_REQUEST_TIMEOUT_MS, for the whole request to arrive, 4000; 100..60000 */
	int64_t database_timeout_ms;		/* WECOM_DATABASE_TIMEOUT_MS, from arrival to stored, 2500; 100..30000 */
	enum conf_commit_scope commit_scope;	/* WECOM_COMMIT_SCOPE=any|corp; corp for Citus */
	bool prepared_statements;		/* WECOM_PREPARED_STATEMENTS=on|off; off behind pgbouncer in transaction mode */
	/* the reconciler */
	int sync_calls;				/* WECOM_SYNC_CALLS, API calls in flight, 32; 1..512 */
	int sync_calls_per_corp;		/* WECOM_SYNC_CALLS_PER_CORP, of these for one corp, 16; 1..512 */
	int sync_connections;			/* WECOM_SYNC_CONNECTIONS, to the database, 4; 1..64 */
	int lease_s;				/* WECOM_LEASE_SECONDS, 30; 6..600 */
	int64_t api_timeout_ms;			/* WECOM_API_TIMEOUT_MS, for one call in all, 10000; 500..60000 */
	int64_t api_body_max_bytes;		/* WECOM_API_BODY_MAX_BYTES, of one answer, 16 MiB; 64 KiB..64 MiB */
	int api_calls_per_minute;		/* WECOM_API_CALLS_PER_MINUTE, of one API for one corp, 8000; 1..1000000 */
	int api_calls_per_hour;			/* WECOM_API_CALLS_PER_HOUR, of one API for one corp, 140000 */
	int provider_calls_per_minute;		/* WECOM_PROVIDER_CALLS_PER_MINUTE, of one API for all corps, 36000 */
	int64_t chat_grace_ms;			/* WECOM_CHAT_GRACE_MS, how long a member event that does not link waits, 3000 */
	int64_t enrich_delay_s;			/* WECOM_ENRICH_DELAY, from a join to the pull of its details, 60; 0..86400 */
	int enrich_per_hour;			/* WECOM_ENRICH_PER_HOUR, such pulls for one corp, 600; 0 = none */
	int reconcile_hours;			/* WECOM_RECONCILE_HOURS, between full reconciles of a corp, 24; 0 = never */
	int openid_errors_per_day;		/* WECOM_OPENID_ERRORS_PER_DAY, wrong ids asked for one corp, 50 */
	/* the pages */
	const char *web_database;		/* WECOM_WEB_DATABASE, "" = the same as database */
	int web_workers;			/* WECOM_WEB_WORKERS, processes, 2; 1..64 */
	int web_threads;			/* WECOM_WEB_THREADS, requests of a worker at once, 8; 2..64 */
	int session_hours;			/* WECOM_SESSION_HOURS, 12; 1..168 */
	enum conf_install_type install_type;	/* WECOM_INSTALL_TYPE=formal|test */
	const char *page_dir;			/* WECOM_PAGE_DIR, /usr/local/share/wecom-mirror/page */
	const char *oauth_base;			/* WECOM_OAUTH_BASE: the login inside WeCom */
	const char *login_base;			/* WECOM_LOGIN_BASE: the login in a browser */
	const char *install_base;		/* WECOM_INSTALL_BASE: where an administrator installs the app */
	bool open_data;				/* WECOM_OPEN_DATA=on|off: pages load WeCom's scripts, which show names */
	/* telling */
	enum conf_log_target log_target;	/* WECOM_LOG=stderr|syslog */
	bool log_requests;			/* WECOM_LOG_REQUESTS=on|off: one line also for requests that went well; default on */
};

/*
 * Read, check, and load every secret.  Every fault is one sentence to `faults` (never a secret's value); all are
 * reported before the return.  A name WECOM_* in the file that the table lacks is a fault.
 *   path        borrowed; NULL: environment WECOM_CONF, else CONF_DEFAULT_PATH (which may lack: the environment alone
 *               is used then); relative secret paths count from its folder
 *   program     whose needed settings are demanded (a set of conf_program bits)
 *   ret_conf    owned; conf_free.  Written only on ST_OK
 * An empty value means the default.  A secret file that no bit of `program` reads is not opened; its field stays absent.
 * Secret files: one word of at most 4096 bytes; a line end after it is ignored; refused when the group or others can read
 * or write it (under $CREDENTIALS_DIRECTORY the group may read), when it is not a regular file, or when it is empty.
 * WECOM_DATABASE with a password is refused in a file that everyone can read.
 * ST_CONFIG: at least one fault was told.
 */
enum status conf_load(const char *path, unsigned int program, FILE *faults, struct conf **ret_conf) must_check;

/* Keys are cleansed.  NULL is allowed. */
void conf_free(struct conf *conf);

/*
 * Print every setting as `NAME=default` below a comment with its meaning, range and readers: a settings file in itself,
 * for `-S` and tests/lint/settings.sh.
 */
void conf_print_table(FILE *out);

#endif
