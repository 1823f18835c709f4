/*
 * The table of settings, and the order in which file, environment and defaults are asked.  The table is the truth for
 * the sample file and the manual.  Never stops at the first fault, never prints a value.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_parts.h"

#define MEMORY_MAX_BYTES ((size_t)2 * 1024 * 1024)
#define FAULTS_MAX 100		/* more would hide the first ones */
#define EVERY (CONF_CALLBACK | CONF_SYNC | CONF_WEB)
#define AT(field) offsetof(struct conf, field)

static const char *const switch_words[] = {"off", "on", NULL};
static const char *const scope_words[] = {[CONF_SCOPE_ANY] = "any", [CONF_SCOPE_CORP] = "corp", NULL};
static const char *const install_words[] = {[CONF_INSTALL_FORMAL] = "formal", [CONF_INSTALL_TEST] = "test", NULL};
static const char *const log_words[] = {[CONF_LOG_STDERR] = "stderr", [CONF_LOG_SYSLOG] = "syslog", NULL};

/* name, default, meaning, unit, read by, needed by, reader, field, least, most, words */
static const struct conf_setting settings[] = {
	{"WECOM_PROVIDER_CORP_ID", "", "the provider's own corp id", "", EVERY, EVERY,
	    conf_read_id, AT(provider_corp_id), 0, 0, NULL},
	{"WECOM_SUITE_ID", "", "the app's suite id", "", EVERY, EVERY,
	    conf_read_id, AT(suite_id), 0, 0, NULL},
	{"WECOM_SUITE_SECRET_FILE", "", "file with the app's suite secret", "", CONF_SYNC | CONF_WEB, CONF_SYNC | CONF_WEB,
	    conf_read_secret, AT(suite_secret), 0, 0, NULL},
	{"WECOM_TOKEN_FILE", "", "file with the callback Token", "", CONF_CALLBACK, CONF_CALLBACK,
	    conf_read_secret, AT(account.token), 0, 0, NULL},
	{"WECOM_AES_KEY_FILE", "", "file with the callback EncodingAESKey", "", CONF_CALLBACK, CONF_CALLBACK,
	    conf_read_aes_key, AT(account.key), 0, 0, NULL},
	{"WECOM_MASTER_KEY_FILE", "", "file with the key that seals secrets in the database and the spool", "",
	    EVERY, EVERY, conf_read_master_key, AT(master_key), 0, 0, NULL},
	{"WECOM_SYSTEM_TOKEN_FILE", "", "file with the Token of provider system events", "", CONF_CALLBACK, 0,
	    conf_read_secret, AT(system_account.token), 0, 0, NULL},
	{"WECOM_SYSTEM_AES_KEY_FILE", "", "file with the EncodingAESKey of provider system events", "",
	    CONF_CALLBACK, 0, conf_read_aes_key, AT(system_account.key), 0, 0, NULL},
	{"WECOM_LOGIN_TOKEN_FILE", "", "file with the Token of the login app's callbacks", "", CONF_CALLBACK, 0,
	    conf_read_secret, AT(login_account.token), 0, 0, NULL},
	{"WECOM_LOGIN_AES_KEY_FILE", "", "file with the EncodingAESKey of the login app's callbacks", "", CONF_CALLBACK, 0,
	    conf_read_aes_key, AT(login_account.key), 0, 0, NULL},
	{"WECOM_LOGIN_SUITE_ID", "", "suite id of the login app", "", CONF_CALLBACK | CONF_WEB, 0,
	    conf_read_id, AT(login_suite_id), 0, 0, NULL},
	{"WECOM_LOGIN_SUITE_SECRET_FILE", "", "file with the suite secret of the login app", "", CONF_WEB, 0,
	    conf_read_secret, AT(login_suite_secret), 0, 0, NULL},
	{"WECOM_PROVIDER_SECRET_FILE", "", "file with the provider's own secret", "", CONF_WEB, 0,
	    conf_read_secret, AT(provider_secret), 0, 0, NULL},
	{"WECOM_DATABASE", "", "libpq connection string", "", EVERY, EVERY,
	    conf_read_database, AT(database), 0, 0, NULL},
	{"WECOM_API_BASE", "https://qyapi.weixin.qq.com", "origin of WeCom's API", "", CONF_SYNC | CONF_WEB, 0,
	    conf_read_origin, AT(api_base), 0, 0, NULL},
	{"WECOM_API_CA_FILE", "", "file with the certificates that the API's may be signed by; default the system's", "",
	    CONF_SYNC | CONF_WEB, 0, conf_read_folder, AT(api_ca_file), 0, 0, NULL},
	{"WECOM_PUBLIC_URL", "", "origin under which people reach the pages", "", CONF_WEB, CONF_WEB,
	    conf_read_origin, AT(public_url), 0, 0, NULL},
	{"WECOM_STATE_DIR", "/var/lib/wecom-mirror", "folder for what must outlive a restart", "", EVERY, 0,
	    conf_read_folder, AT(state_dir), 0, 0, NULL},
	{"WECOM_SPOOL_DIR", "/var/lib/wecom-mirror/spool", "folder of the spool; default spool in WECOM_STATE_DIR", "",
	    CONF_CALLBACK | CONF_WEB, 0, conf_read_folder, AT(spool_dir), 0, 0, NULL},
	{"WECOM_SPOOL_MAX_BYTES", "1073741824", "bound of the spool; 0 turns it off", "bytes", CONF_CALLBACK | CONF_WEB, 0,
	    conf_read_int64, AT(spool_max_bytes), 0, 1LL << 40, NULL},
	{"WECOM_BODY_MAX_BYTES", "1048576", "the largest body of a request", "bytes", CONF_CALLBACK, 0,
	    conf_read_int64, AT(body_max_bytes), 1024, 64LL << 20, NULL},
	{"WECOM_PURGE_DELAY", "0", "how long a corp's data stays after it left", "seconds",
	    CONF_CALLBACK | CONF_SYNC, 0, conf_read_int64, AT(purge_delay_s), 0, 31536000, NULL},
	{"WECOM_WORKERS", "2", "processes of the receiver's pool", "processes", CONF_CALLBACK, 0,
	    conf_read_int, AT(workers), 1, 64, NULL},
	{"WECOM_THREADS", "4", "reading threads of a worker", "threads", CONF_CALLBACK, 0,
	    conf_read_int, AT(threads), 1, 64, NULL},
	{"WECOM_CONNECTIONS_MAX", "512", "web server connections a worker holds", "connections",
	    CONF_CALLBACK | CONF_WEB, 0, conf_read_int, AT(connections_max), 8, 65536, NULL},
	{"WECOM_REQUEST_TIMEOUT_MS", "4000", "time for a whole request to arrive", "milliseconds",
	    CONF_CALLBACK | CONF_WEB, 0, conf_read_int64, AT(request_timeout_ms), 100, 60000, NULL},
	{"WECOM_DATABASE_TIMEOUT_MS", "2500", "time from a request's arrival to its storing", "milliseconds", EVERY, 0,
	    conf_read_int64, AT(database_timeout_ms), 100, 30000, NULL},
	{"WECOM_COMMIT_EVENTS_MAX", "64", "events that may share one commit", "events", CONF_CALLBACK, 0,
	    conf_read_int, AT(commit_events_max), 1, 1024, NULL},
	{"WECOM_COMMIT_SCOPE", "any", "whether a commit may hold several corps", "", CONF_CALLBACK, 0,
	    conf_read_choice, AT(commit_scope), 0, 0, scope_words},
	{"WECOM_PREPARED_STATEMENTS", "on", "whether statements are prepared once a connection", "", EVERY, 0,
	    conf_read_switch, AT(prepared_statements), 0, 0, switch_words},
	{"WECOM_SYNC_DATABASE", "", "libpq connection string of wecom-sync; default WECOM_DATABASE", "", CONF_SYNC, 0,
	    conf_read_database, AT(sync_database), 0, 0, NULL},
	{"WECOM_SYNC_CALLS", "32", "calls of the API in flight", "calls", CONF_SYNC, 0,
	    conf_read_int, AT(sync_calls), 1, 512, NULL},
	{"WECOM_SYNC_CALLS_PER_CORP", "16", "of these, calls for one corp", "calls", CONF_SYNC | CONF_WEB, 0,
	    conf_read_int, AT(sync_calls_per_corp), 1, 512, NULL},
	{"WECOM_SYNC_CONNECTIONS", "4", "connections of wecom-sync to the database", "connections", CONF_SYNC, 0,
	    conf_read_int, AT(sync_connections), 1, 64, NULL},
	{"WECOM_LEASE_SECONDS", "30", "how long a corp stays with a daemon that went silent", "seconds", CONF_SYNC, 0,
	    conf_read_int, AT(lease_s), 6, 600, NULL},
	{"WECOM_API_TIMEOUT_MS", "10000", "time for one call of the API in all", "milliseconds", CONF_SYNC | CONF_WEB, 0,
	    conf_read_int64, AT(api_timeout_ms), 500, 60000, NULL},
	{"WECOM_API_BODY_MAX_BYTES", "16777216", "the largest answer of the API", "bytes", CONF_SYNC | CONF_WEB, 0,
	    conf_read_int64, AT(api_body_max_bytes), 65536, 64LL << 20, NULL},
	{"WECOM_API_CALLS_PER_MINUTE", "8000", "calls of one API for one corp", "calls a minute", CONF_SYNC | CONF_WEB, 0,
	    conf_read_int, AT(api_calls_per_minute), 1, 1000000, NULL},
	{"WECOM_API_CALLS_PER_HOUR", "140000", "calls of one API for one corp", "calls an hour", CONF_SYNC | CONF_WEB, 0,
	    conf_read_int, AT(api_calls_per_hour), 1, 100000000, NULL},
	{"WECOM_PROVIDER_CALLS_PER_MINUTE", "36000", "calls of one API for all corps together", "calls a minute",
	    CONF_SYNC | CONF_WEB, 0, conf_read_int, AT(provider_calls_per_minute), 1, 1000000, NULL},
	{"WECOM_CHAT_GRACE_MS", "3000", "how long a member event that does not link waits for others", "milliseconds",
	    CONF_SYNC, 0, conf_read_int64, AT(chat_grace_ms), 0, 600000, NULL},
	{"WECOM_ENRICH_DELAY", "60", "time from a join to the pull of its details", "seconds", CONF_SYNC, 0,
	    conf_read_int64, AT(enrich_delay_s), 0, 86400, NULL},
	{"WECOM_ENRICH_PER_HOUR", "600", "such pulls for one corp; 0 for none", "pulls an hour", CONF_SYNC, 0,
	    conf_read_int, AT(enrich_per_hour), 0, 100000, NULL},
	{"WECOM_RECONCILE_HOURS", "24", "time between full reconciles of a corp; 0 for never", "hours", CONF_SYNC, 0,
	    conf_read_int, AT(reconcile_hours), 0, 8760, NULL},
	{"WECOM_OPENID_ERRORS_PER_DAY", "50", "wrong user ids that may be asked for one corp", "ids a day", CONF_SYNC, 0,
	    conf_read_int, AT(openid_errors_per_day), 1, 100000, NULL},
	{"WECOM_WEB_DATABASE", "", "libpq connection string of wecom-web; default WECOM_DATABASE", "", CONF_WEB, 0,
	    conf_read_database, AT(web_database), 0, 0, NULL},
	{"WECOM_WEB_WORKERS", "2", "processes of the pages' pool", "processes", CONF_WEB, 0,
	    conf_read_int, AT(web_workers), 1, 64, NULL},
	{"WECOM_WEB_THREADS", "8", "requests that a worker of the pages serves at once", "threads", CONF_WEB, 0,
	    conf_read_int, AT(web_threads), 2, 64, NULL},
	{"WECOM_PAGE_DIR", "/usr/local/share/wecom-mirror/page", "folder of the pages", "", CONF_WEB, 0,
	    conf_read_folder, AT(page_dir), 0, 0, NULL},
	{"WECOM_SESSION_HOURS", "12", "how long a login is good", "hours", CONF_WEB, 0,
	    conf_read_int, AT(session_hours), 1, 168, NULL},
	{"WECOM_OAUTH_BASE", "https://open.weixin.qq.com", "origin of the login inside WeCom", "", CONF_WEB, 0,
	    conf_read_origin, AT(oauth_base), 0, 0, NULL},
	{"WECOM_LOGIN_BASE", "https://login.work.weixin.qq.com", "origin of the login in a browser", "", CONF_WEB, 0,
	    conf_read_origin, AT(login_base), 0, 0, NULL},
	{"WECOM_INSTALL_BASE", "https://open.work.weixin.qq.com", "origin of the installation's page", "", CONF_WEB, 0,
	    conf_read_origin, AT(install_base), 0, 0, NULL},
	{"WECOM_INSTALL_TYPE", "formal", "whether installations from the pages are for testing", "", CONF_WEB, 0,
	    conf_read_choice, AT(install_type), 0, 0, install_words},
	{"WECOM_OPEN_DATA", "on", "whether pages load WeCom's scripts, which show names", "", CONF_WEB, 0,
	    conf_read_switch, AT(open_data), 0, 0, switch_words},
	{"WECOM_LOG", "stderr", "where log lines go", "", EVERY, 0,
	    conf_read_choice, AT(log_target), 0, 0, log_words},
	{"WECOM_LOG_REQUESTS", "on", "whether requests and jobs that went well get a line, too", "", EVERY, 0,
	    conf_read_switch, AT(log_requests), 0, 0, switch_words},
};

#define SETTINGS_N (sizeof(settings) / sizeof(settings[0]))

/* The second is of no use without the first, and the reverse, to these programs. */
static const struct {
	const char *one, *other;
	unsigned int programs;
} pairs[] = {
	{"WECOM_SYSTEM_TOKEN_FILE", "WECOM_SYSTEM_AES_KEY_FILE", EVERY},
	{"WECOM_LOGIN_SUITE_ID", "WECOM_LOGIN_SUITE_SECRET_FILE", CONF_WEB},
	{"WECOM_LOGIN_TOKEN_FILE", "WECOM_LOGIN_AES_KEY_FILE", CONF_CALLBACK},
};

static const struct {
	unsigned int bit;
	const char *name;
} programs[] = {
	{CONF_CALLBACK, "wecom-callback"},
	{CONF_SYNC, "wecom-sync"},
	{CONF_WEB, "wecom-web"},
};

/* What conf_load hands out: the settings first, so that conf_free finds the rest. */
struct conf_owner {
	struct conf conf;
	struct arena mem;
};

/* Count a fault; true when it is to be told: after FAULTS_MAX one closing sentence, then silence. */
static bool
tell_fault(struct conf_load *load)
{
	load->faults_n++;
	if (load->faults_n == FAULTS_MAX + 1)
		fprintf(load->faults, "%s: there are more faults than these %d\n", load->path, FAULTS_MAX);
	return load->faults_n <= FAULTS_MAX;
}

void
conf_fault(struct conf_load *load, const struct conf_setting *setting, int line, const char *format, ...)
{
	va_list args;

	if (!tell_fault(load))
		return;
	if (line == CONF_LINE_ENVIRONMENT)
		fputs("environment: ", load->faults);
	else if (line == CONF_LINE_DEFAULT)
		fprintf(load->faults, "%s: ", load->path);
	else
		fprintf(load->faults, "%s:%d: ", load->path, line);
	fprintf(load->faults, "%s ", setting->name);
	va_start(args, format);
	vfprintf(load->faults, format, args);
	va_end(args);
	fputc('\n', load->faults);
}

/* The row of a name; SETTINGS_N when there is none. */
static size_t
find(struct span name)
{
	size_t i = 0;

	while (i < SETTINGS_N && !span_equal(name, span_of(settings[i].name)))
		i++;
	return i;
}

static void
take_line(struct conf_load *load, const struct conf_line *line, int number)
{
	size_t i = find(line->name);

	if (line->fault != NULL) {
		if (tell_fault(load))
			fprintf(load->faults, "%s:%d: this line %s\n", load->path, number, line->fault);
		return;
	}
	if (i < SETTINGS_N && load->given[i].line > 0) {
		conf_fault(load, &settings[i], number, "is given twice, first in line %d", load->given[i].line);
	} else if (i < SETTINGS_N) {
		load->given[i].line = number;
		if (line->value.n > 0)
			load->given[i].value = line->value.at;
	} else if (line->name.n >= 6 && strncasecmp(line->name.at, "WECOM_", 6) == 0 && tell_fault(load)) {
		/* other names are no business of ours: the file may serve a service's environment, too */
		fprintf(load->faults, "%s:%d: there is no setting %.*s\n", load->path, number,
		    (int)(line->name.n < 64 ? line->name.n : 64), line->name.at);
	}
}

/* False: the file cannot be used at all, and the reason was told. */
static bool
take_file(struct conf_load *load, bool may_lack)
{
	struct conf_file file = {0};
	struct conf_line line;
	enum status st = conf_file_read(load->path, load->mem, &file.text, &load->mode);

	if (st == ST_SYSTEM && errno == ENOENT && may_lack)
		return true;
	if (st != ST_OK) {
		if (tell_fault(load))
			fprintf(load->faults, "%s: cannot be read: %s\n", load->path, st == ST_SYSTEM ?
			    strerror(errno) : st == ST_NOMEM ? strerror(ENOMEM) : "it has more than 65536 bytes");
		return false;
	}
	load->has_file = true;
	while (conf_file_next(&file, load->mem, &line))
		take_line(load, &line, file.line);
	return true;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

/* An empty value in the environment means the default, whatever the file says. */
static void
take_environment(struct conf_load *load)
{
	for (size_t i = 0; i < SETTINGS_N; i++) {
		const char *value = getenv(settings[i].name);
		struct span copy;

		if (value == NULL)
			continue;
		if (strlen(value) > CONF_VALUE_MAX_BYTES || has_control(value)) {
			conf_fault(load, &settings[i], CONF_LINE_ENVIRONMENT,
			    "has a control byte or more than %d bytes", CONF_VALUE_MAX_BYTES);
			continue;
		}
		copy = arena_copy(load->mem, span_of(value));
		if (copy.at == NULL)
			conf_fault(load, &settings[i], CONF_LINE_ENVIRONMENT,
			    "needs more memory than settings may use");
		load->given[i] = (struct conf_given){settings[i].fallback, CONF_LINE_ENVIRONMENT};
		if (copy.n > 0)
			load->given[i].value = copy.at;
	}
}

static void
fault_needed(struct conf_load *load, const struct conf_setting *setting, int line, unsigned int by)
{
	const char *names = NULL;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if ((by & programs[i].bit) != 0)
			names = arena_printf(load->mem, "%s%s%s", names == NULL ? "" : names, names == NULL ? "" : ", ",
			    programs[i].name).at;
	}
	conf_fault(load, setting, line, "has no value, but is needed by %s", names == NULL ? "the program" : names);
}

static void
read_values(struct conf_load *load)
{
	for (size_t i = 0; i < SETTINGS_N; i++) {
		const struct conf_given *given = &load->given[i];
		unsigned int needed_by = settings[i].needed_by & load->program;

		if (given->value[0] != '\0')
			settings[i].read(load, &settings[i], given);
		else if (needed_by != 0)
			fault_needed(load, &settings[i], given->line, needed_by);
	}
}

static void
check_pairs(struct conf_load *load)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t one = find(span_of(pairs[i].one)), other = find(span_of(pairs[i].other));
		bool has_one = load->given[one].value[0] != '\0', has_other = load->given[other].value[0] != '\0';

		if ((pairs[i].programs & load->program) == 0 || has_one == has_other)
			continue;
		conf_fault(load, &settings[has_one ? one : other], load->given[has_one ? one : other].line,
		    "is set, but not %s: both or none", settings[has_one ? other : one].name);
	}
}

/* Whose events would come by the login app's keys, if it had no name? */
static void
check_login(struct conf_load *load)
{
	size_t token = find(SPAN("WECOM_LOGIN_TOKEN_FILE")), id = find(SPAN("WECOM_LOGIN_SUITE_ID"));

	if ((load->program & CONF_CALLBACK) != 0 && load->given[token].value[0] != '\0' && load->given[id].value[0] == '\0')
		conf_fault(load, &settings[token], load->given[token].line, "is set, but not %s", settings[id].name);
}

/* What follows from other values. */
static void
derive(struct conf_load *load)
{
	struct conf *conf = load->conf;
	size_t spool = find(SPAN("WECOM_SPOOL_DIR"));

	conf->has_system_account = conf->system_account.token.at != NULL;
	conf->has_login_account = conf->login_account.token.at != NULL;
	/* the same pointer, not the same text: somebody may have asked for just that folder */
	if (conf->state_dir == NULL || load->given[spool].value != settings[spool].fallback)
		return;
	conf->spool_dir = arena_printf(load->mem, "%s/spool", conf->state_dir).at;
	if (conf->spool_dir == NULL)
		conf_fault(load, &settings[spool], CONF_LINE_DEFAULT, "needs more memory than settings may use");
}

static void
load_all(struct conf_load *load, bool may_lack)
{
	struct conf_given given[SETTINGS_N];

	load->given = given;
	for (size_t i = 0; i < SETTINGS_N; i++)
		given[i] = (struct conf_given){settings[i].fallback, CONF_LINE_DEFAULT};
	if (!take_file(load, may_lack))
		return;
	take_environment(load);
	read_values(load);
	check_pairs(load);
	check_login(load);
	derive(load);
	if (load->faults_n > 0 && !load->has_file)
		fprintf(load->faults, "%s: does not exist, only the environment was read\n", load->path);
}

static void
owner_free(struct conf_owner *owner)
{
	arena_done(&owner->mem);
	explicit_bzero(owner, sizeof(*owner));
	free(owner);
}

enum status
conf_load(const char *path, unsigned int program, FILE *faults, struct conf **ret_conf)
{
	struct conf_owner *owner = calloc(1, sizeof(*owner));
	struct conf_load load = {.faults = faults, .program = program, .path = path};

	if (load.path == NULL)
		load.path = getenv("WECOM_CONF");
	if (load.path == NULL || load.path[0] == '\0')
		load.path = CONF_DEFAULT_PATH;
	if (owner == NULL) {
		fprintf(faults, "%s: cannot be read: %s\n", load.path, strerror(ENOMEM));
		return ST_CONFIG;
	}
	arena_init(&owner->mem, MEMORY_MAX_BYTES);
	owner->conf = (struct conf){.provider_corp_id = "", .suite_id = "", .login_suite_id = "", .database = "",
	    .public_url = "", .api_ca_file = "", .sync_database = "", .web_database = ""};
	load.conf = &owner->conf;
	load.mem = &owner->mem;
	load_all(&load, strcmp(load.path, CONF_DEFAULT_PATH) == 0);
	if (load.faults_n > 0) {
		owner_free(owner);
		return ST_CONFIG;
	}
	*ret_conf = &owner->conf;
	return ST_OK;
}

void
conf_free(struct conf *conf)
{
	if (conf != NULL)
		owner_free((struct conf_owner *)conf);
}

/* `, 1..64 processes` or `, off|on`: what a value may be. */
static void
print_range(FILE *out, const struct conf_setting *setting)
{
	if (setting->most > 0)
		fprintf(out, ", %lld..%lld %s", setting->least, setting->most, setting->unit);
	for (size_t i = 0; setting->words != NULL && setting->words[i] != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? ", " : "|", setting->words[i]);
}

void
conf_print_table(FILE *out)
{
	for (size_t i = 0; i < SETTINGS_N; i++) {
		fprintf(out, "# %s", settings[i].meaning);
		print_range(out, &settings[i]);
		for (size_t j = 0, told = 0; j < sizeof(programs) / sizeof(programs[0]); j++) {
			if ((settings[i].read_by & programs[j].bit) != 0)
				fprintf(out, "%s %s", told++ == 0 ? "; read by" : ",", programs[j].name);
		}
		fprintf(out, "%s\n%s=%s\n", settings[i].needed_by != 0 ? "; needed" : "", settings[i].name,
		    settings[i].fallback);
	}
}
