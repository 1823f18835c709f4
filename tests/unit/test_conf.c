/* Settings: file form, sources, every kind of fault as one sentence, secrets never told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf.h"

#define AES_KEY "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define MASTER_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NEEDED                                                                                              \
	"WECOM_PROVIDER_CORP_ID=wwprovider\nWECOM_SUITE_ID=wwsuite\nWECOM_DATABASE=dbname=mirror\n"         \
	"WECOM_TOKEN_FILE=token\nWECOM_AES_KEY_FILE=aes_key\nWECOM_MASTER_KEY_FILE=master_key\n"

/* A folder with good secrets; the settings file is written by load(). */
struct place {
	char folder[32];
	char path[64];
	char *faults;
	size_t faults_n;
	struct conf *conf;
};

static void
put(const struct place *place, const char *name, const char *text, size_t n, mode_t mode)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
put_text(const struct place *place, const char *name, const char *text)
{
	put(place, name, text, strlen(text), 0600);
}

static void
clear_environment(void)
{
	static const char *const names[] = {"WECOM_CONF", "WECOM_SUITE_ID", "WECOM_WORKERS", "WECOM_DATABASE",
		"WECOM_TOKEN_FILE", "WECOM_STRANGE", "CREDENTIALS_DIRECTORY"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

static int
setup(void **state)
{
	static struct place place;

	clear_environment();
	place = (struct place){.folder = "/tmp/test_conf.XXXXXX"};
	assert_non_null(mkdtemp(place.folder));
	snprintf(place.path, sizeof(place.path), "%s/mirror.conf", place.folder);
	put_text(&place, "token", "To4ken\n");
	put_text(&place, "aes_key", AES_KEY "\r\n");
	put_text(&place, "master_key", MASTER_KEY);
	put_text(&place, "suite_secret", "suite-SECRET\n");
	*state = &place;
	return 0;
}

static void
forget(struct place *place)
{
	conf_free(place->conf);
	free(place->faults);
	place->conf = NULL;
	place->faults = NULL;
}

static int
teardown(void **state)
{
	static const char *const names[] = {"token", "aes_key", "master_key", "suite_secret", "mirror.conf", "folder"};
	struct place *place = *state;

	forget(place);
	clear_environment();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96];

		snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
		remove(path);
	}
	return rmdir(place->folder);
}

static enum status
load_path(struct place *place, const char *path, unsigned int program)
{
	FILE *faults;
	enum status st;

	forget(place);
	faults = open_memstream(&place->faults, &place->faults_n);
	assert_non_null(faults);
	st = conf_load(path, program, faults, &place->conf);
	fclose(faults);
	/* a refusal is always told, and only a refusal */
	assert_int_equal(st == ST_OK, place->faults_n == 0);
	assert_int_equal(st == ST_OK, place->conf != NULL);
	return st;
}

static enum status
load(struct place *place, const char *text)
{
	put(place, "mirror.conf", text, strlen(text), 0644);
	return load_path(place, place->path, CONF_CALLBACK);
}

static void
assert_fault(struct place *place, const char *more, const char *sentence)
{
	char text[8192];

	snprintf(text, sizeof(text), "%s%s\n", NEEDED, more);
	assert_int_equal(load(place, text), ST_CONFIG);
	if (strstr(place->faults, sentence) == NULL)
		fail_msg("no \"%s\" in: %s", sentence, place->faults);
}

static void
assert_accepts(struct place *place, const char *more)
{
	char text[8192];

	snprintf(text, sizeof(text), "%s%s\n", NEEDED, more);
	if (load(place, text) != ST_OK)
		fail_msg("refused: %s", place->faults);
}

static void
test_the_needed_settings_suffice_and_the_rest_has_defaults(void **state)
{
	struct place *place = *state;
	unsigned char aes_key[ENVELOPE_KEY_BYTES];
	const struct conf *conf;

	assert_accepts(place, "");
	conf = place->conf;
	assert_string_equal(conf->provider_corp_id, "wwprovider");
	assert_string_equal(conf->suite_id, "wwsuite");
	assert_string_equal(conf->database, "dbname=mirror");
	assert_true(span_equal(conf->account.token, SPAN("To4ken")));
	assert_int_equal(envelope_key_decode(SPAN(AES_KEY), aes_key), ST_OK);
	assert_memory_equal(conf->account.key, aes_key, sizeof(aes_key));
	assert_int_equal(conf->master_key.bytes[31], 0x1f);
	assert_false(conf->has_system_account);
	assert_string_equal(conf->login_suite_id, "");
	assert_string_equal(conf->api_ca_file, "");
	assert_string_equal(conf->sync_database, "");
	assert_string_equal(conf->public_url, "");
	assert_string_equal(conf->api_base, "https://qyapi.weixin.qq.com");
	assert_string_equal(conf->state_dir, "/var/lib/wecom-mirror");
	assert_string_equal(conf->spool_dir, "/var/lib/wecom-mirror/spool");
}

static void
test_the_numbers_have_the_defaults_of_the_contract(void **state)
{
	const struct conf *conf;

	assert_accepts(*state, "");
	conf = ((struct place *)*state)->conf;
	assert_int_equal(conf->spool_max_bytes, 1 << 30);
	assert_int_equal(conf->body_max_bytes, 1 << 20);
	assert_int_equal(conf->purge_delay_s, 0);
	assert_int_equal(conf->workers, 2);
	assert_int_equal(conf->threads, 4);
	assert_int_equal(conf->connections_max, 512);
	assert_int_equal(conf->request_timeout_ms, 4000);
	assert_int_equal(conf->database_timeout_ms, 2500);
	assert_int_equal(conf->commit_events_max, 64);
	assert_int_equal(conf->commit_scope, CONF_SCOPE_ANY);
	assert_true(conf->prepared_statements);
	assert_int_equal(conf->log_target, CONF_LOG_STDERR);
	assert_true(conf->log_requests);
}

static void
test_every_kind_of_value_reaches_its_field(void **state)
{
	struct place *place = *state;

	assert_accepts(place, "WECOM_WORKERS=64\nWECOM_SPOOL_MAX_BYTES=0\nWECOM_COMMIT_SCOPE=corp\nWECOM_LOG=syslog\n"
	    "WECOM_PREPARED_STATEMENTS=off\nWECOM_LOG_REQUESTS=off\nWECOM_STATE_DIR=/srv/m\n"
	    "WECOM_PUBLIC_URL=https://mirror.example:8443\nWECOM_LOGIN_SUITE_ID=wwlogin\n"
	    "WECOM_SYSTEM_TOKEN_FILE=token\nWECOM_SYSTEM_AES_KEY_FILE=aes_key");
	assert_int_equal(place->conf->workers, 64);
	assert_int_equal(place->conf->spool_max_bytes, 0);
	assert_int_equal(place->conf->commit_scope, CONF_SCOPE_CORP);
	assert_int_equal(place->conf->log_target, CONF_LOG_SYSLOG);
	assert_false(place->conf->prepared_statements);
	assert_false(place->conf->log_requests);
	assert_string_equal(place->conf->spool_dir, "/srv/m/spool");
	assert_string_equal(place->conf->public_url, "https://mirror.example:8443");
	assert_string_equal(place->conf->login_suite_id, "wwlogin");
	assert_true(place->conf->has_system_account);
	assert_true(span_equal(place->conf->system_account.token, SPAN("To4ken")));
}

static void
test_a_spool_folder_that_was_asked_for_stays(void **state)
{
	struct place *place = *state;

	assert_accepts(place, "WECOM_STATE_DIR=/srv/m\nWECOM_SPOOL_DIR=/var/lib/wecom-mirror/spool");
	assert_string_equal(place->conf->spool_dir, "/var/lib/wecom-mirror/spool");
	assert_accepts(place, "WECOM_STATE_DIR=/srv/m\nWECOM_SPOOL_DIR=");
	assert_string_equal(place->conf->spool_dir, "/srv/m/spool");
}

static void
test_comments_blanks_crlf_and_quotes_are_understood(void **state)
{
	struct place *place = *state;

	assert_int_equal(load(place, "# a comment\r\n; another\r\n\r\n  \t\n  WECOM_SUITE_ID = \"ww-suite\" \r\n"
	    "WECOM_PROVIDER_CORP_ID='wwprovider'\r\n"
	    "WECOM_DATABASE=\"dbname=mirror application_name='a \\\"b\\\" #c\\d'\"\n"
	    "WECOM_TOKEN_FILE=to\\ken\nWECOM_AES_KEY_FILE=aes_key\nPGSSLMODE=verify-full\n"
	    "WECOM_MASTER_KEY_FILE=master_key"), ST_OK);
	assert_string_equal(place->conf->suite_id, "ww-suite");
	assert_string_equal(place->conf->provider_corp_id, "wwprovider");
	assert_string_equal(place->conf->database, "dbname=mirror application_name='a \"b\" #c\\d'");
}

static void
test_a_hash_behind_a_value_belongs_to_it(void **state)
{
	struct place *place = *state;

	assert_fault(place, "WECOM_WORKERS=2 # two", ":7: WECOM_WORKERS must be a whole number from 1 to 64");
}

static void
test_lines_that_mean_something_else_to_systemd_are_faults(void **state)
{
	struct place *place = *state;

	assert_fault(place, "just words", ":7: this line is not NAME=value");
	assert_fault(place, "export WECOM_LOG=stderr", ":7: this line has something else than a name");
	assert_fault(place, "=x", ":7: this line has something else than a name");
	assert_fault(place, "WECOM_LOG=\"stderr", ":7: this line has a quote that is not closed");
	assert_fault(place, "WECOM_LOG='std'err", ":7: this line has text behind its closing quote");
	assert_fault(place, "WECOM_LOG=std\\", ":7: this line ends with a backslash");
	assert_fault(place, "WECOM_LOG=std\x01", ":7: this line has a control byte");
	assert_fault(place, "WECOM_LOG=\x7fstderr", ":7: this line has a control byte");
	put(place, "mirror.conf", "WECOM_LOG=std\0err\n", 18, 0644);
	assert_int_equal(load_path(place, place->path, 0), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":1: this line has a control byte"));
}

static void
test_a_byte_order_mark_is_refused_with_advice(void **state)
{
	struct place *place = *state;

	assert_int_equal(load(place, "\xef\xbb\xbf" NEEDED), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":1: this line begins with a byte order mark"));
}

static void
test_unknown_and_repeated_names_are_faults(void **state)
{
	struct place *place = *state;

	assert_fault(place, "WECOM_WORKER=3", ":7: there is no setting WECOM_WORKER\n");
	assert_fault(place, "wecom_workers=3", ":7: there is no setting wecom_workers\n");
	assert_fault(place, "WECOM_CONF=/x", ":7: there is no setting WECOM_CONF\n");
	assert_fault(place, "WECOM_LOG=stderr\nWECOM_LOG=stderr", ":8: WECOM_LOG is given twice, first in line 7\n");
}

static void
test_all_faults_are_told_at_once(void **state)
{
	struct place *place = *state;

	assert_int_equal(load(place, "WECOM_WORKERS=0\nWECOM_LOG=file\nnonsense\nWECOM_SUITE_ID=a b\n"), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":1: WECOM_WORKERS must be a whole number from 1 to 64"));
	assert_non_null(strstr(place->faults, ":2: WECOM_LOG must be stderr or syslog\n"));
	assert_non_null(strstr(place->faults, ":3: this line is not"));
	assert_non_null(strstr(place->faults, ":4: WECOM_SUITE_ID must be 1 to 64 of"));
	assert_non_null(strstr(place->faults, "WECOM_DATABASE has no value, but is needed by wecom-callback\n"));
	assert_non_null(strstr(place->faults, "WECOM_MASTER_KEY_FILE has no value"));
	assert_null(strstr(place->faults, "WECOM_SUITE_SECRET_FILE"));
}

static void
test_very_many_faults_are_not_all_told(void **state)
{
	struct place *place = *state;
	char text[2001];

	for (size_t i = 0; i < 2000; i += 2)
		memcpy(text + i, "x\n", 2);
	text[2000] = '\0';
	assert_int_equal(load(place, text), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":100: "));
	assert_null(strstr(place->faults, ":101: "));
	assert_non_null(strstr(place->faults, "there are more faults"));
}

static void
test_numbers_are_plain_decimals_within_their_range(void **state)
{
	static const char *const bad[] = {"WORKERS=0", "WORKERS=65", "WORKERS=-1", "WORKERS=+2", "WORKERS=2k",
		"WORKERS=0x2", "WORKERS=99999999999999999999", "THREADS=65", "CONNECTIONS_MAX=7",
		"CONNECTIONS_MAX=65537", "BODY_MAX_BYTES=1023", "BODY_MAX_BYTES=67108865", "REQUEST_TIMEOUT_MS=99",
		"REQUEST_TIMEOUT_MS=60001", "DATABASE_TIMEOUT_MS=30001", "COMMIT_EVENTS_MAX=1025", "PURGE_DELAY=1.5"};
	static const char *const good[] = {"WORKERS=1", "WORKERS=64", "CONNECTIONS_MAX=8", "CONNECTIONS_MAX=65536",
		"BODY_MAX_BYTES=1024", "BODY_MAX_BYTES=67108864", "SPOOL_MAX_BYTES=0", "COMMIT_EVENTS_MAX=1024",
		"WORKERS="};
	char line[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "WECOM_%s", bad[i]);
		assert_fault(*state, line, " must be a whole number from ");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "WECOM_%s", good[i]);
		assert_accepts(*state, line);
	}
}

static void
test_ids_have_at_most_64_plain_characters(void **state)
{
	assert_accepts(*state, "WECOM_LOGIN_SUITE_ID="
	    "0123456789012345678901234567890123456789012345678901234567890_-A");
	assert_fault(*state, "WECOM_LOGIN_SUITE_ID="
	    "0123456789012345678901234567890123456789012345678901234567890123A", "must be 1 to 64 of");
	assert_fault(*state, "WECOM_LOGIN_SUITE_ID=ww/x", "must be 1 to 64 of");
	assert_fault(*state, "WECOM_LOGIN_SUITE_ID=\xe5\xae\xa2", "must be 1 to 64 of");
}

static void
test_switches_and_choices_take_their_words_only(void **state)
{
	assert_fault(*state, "WECOM_LOG_REQUESTS=yes", "WECOM_LOG_REQUESTS must be off or on\n");
	assert_fault(*state, "WECOM_PREPARED_STATEMENTS=ON", "WECOM_PREPARED_STATEMENTS must be off or on\n");
	assert_fault(*state, "WECOM_COMMIT_SCOPE=one", "WECOM_COMMIT_SCOPE must be any or corp\n");
}

static void
test_plain_http_goes_to_loopback_only(void **state)
{
	static const char *const good[] = {"https://qyapi.weixin.qq.com", "https://h:1", "http://127.0.0.1:8080",
		"http://127.9.9.9", "http://localhost:1", "http://[::1]:80", "https://[2001:db8::1]"};
	static const char *const not_loopback[] = {"http://qyapi.weixin.qq.com", "http://127.0.0.1.evil.example",
		"http://[::2]", "http://128.0.0.1", "http://localhost.evil.example", "http://127.1", "http://[::ffff:1.2.3.4]"};
	static const char *const bad[] = {"qyapi.weixin.qq.com", "https://", "https://h/", "https://h/p", "https://h:0",
		"https://h:65536", "https://h:", "https://u@h", "https://h?x", "ftp://h", "HTTPS://h", "https://[::1",
		"https://[g::1]", "https://[]", "http://127.0.0.1@evil", "https://h h"};
	char line[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "WECOM_API_BASE=%s", good[i]);
		assert_accepts(*state, line);
	}
	for (size_t i = 0; i < sizeof(not_loopback) / sizeof(not_loopback[0]); i++) {
		snprintf(line, sizeof(line), "WECOM_API_BASE=%s", not_loopback[i]);
		assert_fault(*state, line, "WECOM_API_BASE may use plain http to 127.0.0.0/8");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "WECOM_API_BASE=%s", bad[i]);
		assert_fault(*state, line, "WECOM_API_BASE must be https://host or https://host:port");
	}
}

static void
test_folders_are_absolute_and_short(void **state)
{
	char line[4000] = "WECOM_SPOOL_DIR=/";

	assert_fault(*state, "WECOM_STATE_DIR=state", "WECOM_STATE_DIR must be a path that begins with /");
	memset(line + 17, 'd', 3100);
	assert_fault(*state, line, "WECOM_SPOOL_DIR must be a path");
}

static void
test_a_bad_connection_string_is_never_repeated(void **state)
{
	struct place *place = *state;

	setenv("WECOM_DATABASE", "host=h password=hunter2 hunter3=x", 1);
	assert_fault(place, "", "environment: WECOM_DATABASE is not a libpq connection string");
	assert_null(strstr(place->faults, "hunter"));
	setenv("WECOM_DATABASE", "postgresql://u:hunter2@h/x?hunter3=1", 1);
	assert_fault(place, "", "WECOM_DATABASE is not a libpq connection string");
	assert_null(strstr(place->faults, "hunter"));
	setenv("WECOM_DATABASE", "postgresql://u@h1,h2/mirror?target_session_attrs=read-write", 1);
	assert_accepts(place, "");
}

static void
test_a_password_in_a_file_everyone_can_read_is_refused(void **state)
{
	struct place *place = *state;
	char text[1024];

	snprintf(text, sizeof(text), "%s", NEEDED);
	memcpy(strstr(text, "dbname=mirror"), "password=hunt", 13);
	assert_int_equal(load(place, text), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":3: WECOM_DATABASE holds a password, but the file can be read by everyone"
	    " (mode 0644)"));
	assert_null(strstr(place->faults, "hunt"));
	put(place, "mirror.conf", text, strlen(text), 0640);
	assert_int_equal(load_path(place, place->path, CONF_CALLBACK), ST_OK);
}

static void
test_the_environment_overrides_the_file(void **state)
{
	struct place *place = *state;

	setenv("WECOM_WORKERS", "7", 1);
	setenv("WECOM_STRANGE", "is nobody's business", 1);
	assert_accepts(place, "WECOM_WORKERS=3");
	assert_int_equal(place->conf->workers, 7);
	/* an empty one means the default */
	setenv("WECOM_WORKERS", "", 1);
	assert_accepts(place, "WECOM_WORKERS=3");
	assert_int_equal(place->conf->workers, 2);
	setenv("WECOM_WORKERS", "many", 1);
	assert_fault(place, "", "environment: WECOM_WORKERS must be");
	setenv("WECOM_WORKERS", "2\n3", 1);
	assert_fault(place, "", "environment: WECOM_WORKERS has a control byte");
	setenv("WECOM_WORKERS", "2", 1);
	setenv("WECOM_SUITE_ID", "", 1);
	assert_fault(place, "", "environment: WECOM_SUITE_ID has no value, but is needed by wecom-callback");
}

static void
test_wecom_conf_names_the_file_when_no_path_is_given(void **state)
{
	struct place *place = *state;

	put_text(place, "mirror.conf", NEEDED "WECOM_WORKERS=5\n");
	setenv("WECOM_CONF", place->path, 1);
	assert_int_equal(load_path(place, NULL, CONF_CALLBACK), ST_OK);
	assert_int_equal(place->conf->workers, 5);
	setenv("WECOM_CONF", "/nonexistent/mirror.conf", 1);
	assert_int_equal(load_path(place, NULL, CONF_CALLBACK), ST_CONFIG);
	assert_string_equal(place->faults, "/nonexistent/mirror.conf: cannot be read: No such file or directory\n");
	assert_int_equal(load_path(place, place->path, CONF_CALLBACK), ST_OK);
}

static void
test_a_file_that_is_no_file_or_too_large_is_refused(void **state)
{
	struct place *place = *state;
	char *large = calloc(1, 65537);

	assert_int_equal(load_path(place, place->folder, CONF_CALLBACK), ST_CONFIG);
	assert_non_null(strstr(place->faults, ": cannot be read: Is a directory\n"));
	memset(large, '\n', 65537);
	put(place, "mirror.conf", large, 65537, 0600);
	assert_int_equal(load_path(place, place->path, 0), ST_CONFIG);
	assert_non_null(strstr(place->faults, ": cannot be read: it has more than 65536 bytes\n"));
	put(place, "mirror.conf", large, 65536, 0600);
	assert_int_equal(load_path(place, place->path, 0), ST_OK);
	free(large);
}

static void
test_a_value_has_at_most_4096_bytes(void **state)
{
	char line[4200] = "WECOM_STATE_DIR=";

	memset(line + 16, 'd', 4097);
	assert_fault(*state, line, ":7: this line has a value of more than 4096 bytes");
}

static void
test_a_secret_others_can_read_or_write_is_refused(void **state)
{
	static const mode_t bad[] = {0644, 0640, 0604, 0620, 0602, 0660, 0440, 0444};
	static const mode_t good[] = {0600, 0400, 0700};
	struct place *place = *state;
	char wanted[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(place, "token", "To4ken", 6, bad[i]);
		snprintf(wanted, sizeof(wanted), "can be read or written by others (mode %04o): chmod 600 it",
		    (unsigned int)bad[i]);
		assert_fault(place, "", wanted);
		assert_non_null(strstr(place->faults, ":4: WECOM_TOKEN_FILE names /"));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		put(place, "token", "To4ken", 6, good[i]);
		assert_accepts(place, "");
	}
}

static void
test_a_credential_of_systemd_may_be_read_by_its_group(void **state)
{
	struct place *place = *state;
	char path[96];

	put(place, "token", "To4ken", 6, 0440);
	setenv("CREDENTIALS_DIRECTORY", place->folder, 1);
	assert_accepts(place, "");
	put(place, "token", "To4ken", 6, 0444);
	assert_fault(place, "", "can be read or written by others (mode 0444)");
	put(place, "token", "To4ken", 6, 0460);
	assert_fault(place, "", "can be read or written by others (mode 0460)");
	/* a folder whose name only begins alike, and a way out of the folder */
	put(place, "token", "To4ken", 6, 0440);
	snprintf(path, sizeof(path), "%.*s", (int)strlen(place->folder) - 1, place->folder);
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	assert_fault(place, "", "(mode 0440)");
	snprintf(path, sizeof(path), "%s/x", place->folder);
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	assert_fault(place, "", "(mode 0440)");
}

static void
test_a_secret_must_be_one_word_in_a_regular_file(void **state)
{
	static const char *const bad[] = {"two words", " To4ken", "To4ken \n", "a\nb\n", "a\n\n", "\xef\xbb\xbfTo4ken",
		"t\xc3\xb6ken", "a\tb"};
	static const char *const empty[] = {"", "\n", "\r\n"};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_text(place, "token", bad[i]);
		assert_fault(place, "", "/token, which must hold one word of printable ASCII");
		assert_null(strstr(place->faults, "4ken"));
	}
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		put_text(place, "token", empty[i]);
		assert_fault(place, "", "/token, which is empty");
	}
	put(place, "token", "a\0b", 3, 0600);
	assert_fault(place, "", "must hold one word");
	assert_fault(place, "WECOM_SYSTEM_TOKEN_FILE=/dev/null\nWECOM_SYSTEM_AES_KEY_FILE=.", "is not a regular file");
}

static void
test_a_secret_has_at_most_4096_bytes(void **state)
{
	struct place *place = *state;
	char large[4098];

	memset(large, 's', sizeof(large));
	put(place, "token", large, 4096, 0600);
	assert_accepts(place, "");
	assert_int_equal(place->conf->account.token.n, 4096);
	put(place, "token", large, 4097, 0600);
	assert_fault(place, "", "WECOM_TOKEN_FILE names a file of more than 4096 bytes");
}

static void
test_a_secret_in_place_of_a_path_is_not_told(void **state)
{
	struct place *place = *state;

	setenv("WECOM_TOKEN_FILE", "S3cretT0ken", 1);
	assert_fault(place, "", "environment: WECOM_TOKEN_FILE names a file that cannot be opened: No such file");
	assert_null(strstr(place->faults, "S3cret"));
}

static void
test_keys_of_the_wrong_form_are_refused_and_not_told(void **state)
{
	struct place *place = *state;

	put_text(place, "aes_key", "abcdefghijklmnopqrstuvwxyz0123456789ABCDE");
	put_text(place, "master_key", "abcdef0123456789");
	assert_fault(place, "", ":5: WECOM_AES_KEY_FILE names a file without an EncodingAESKey");
	assert_non_null(strstr(place->faults, ":6: WECOM_MASTER_KEY_FILE names a file without a master key"));
	assert_null(strstr(place->faults, "0123456789"));
}

static void
test_a_program_opens_only_the_secrets_it_needs(void **state)
{
	struct place *place = *state;

	/* the receiver does not look at the suite secret */
	assert_accepts(place, "WECOM_SUITE_SECRET_FILE=missing");
	assert_null(place->conf->suite_secret.at);
	/* the reconciler does, and not at the token */
	put_text(place, "mirror.conf", "WECOM_PROVIDER_CORP_ID=ww\nWECOM_SUITE_ID=ww\nWECOM_DATABASE=dbname=m\n"
	    "WECOM_MASTER_KEY_FILE=master_key\nWECOM_SUITE_SECRET_FILE=suite_secret\nWECOM_TOKEN_FILE=missing\n");
	assert_int_equal(load_path(place, place->path, CONF_SYNC), ST_OK);
	assert_true(span_equal(place->conf->suite_secret, SPAN("suite-SECRET")));
	assert_null(place->conf->account.token.at);
	assert_int_equal(load_path(place, place->path, CONF_SYNC | CONF_CALLBACK), ST_CONFIG);
	assert_non_null(strstr(place->faults, ":6: WECOM_TOKEN_FILE names a file that cannot be opened"));
	assert_non_null(strstr(place->faults, "WECOM_AES_KEY_FILE has no value, but is needed by wecom-callback\n"));
}

static void
test_the_system_account_is_whole_or_absent(void **state)
{
	struct place *place = *state;

	assert_fault(place, "WECOM_SYSTEM_TOKEN_FILE=token",
	    ":7: WECOM_SYSTEM_TOKEN_FILE is set, but not WECOM_SYSTEM_AES_KEY_FILE: both or none\n");
	assert_fault(place, "WECOM_SYSTEM_AES_KEY_FILE=aes_key",
	    ":7: WECOM_SYSTEM_AES_KEY_FILE is set, but not WECOM_SYSTEM_TOKEN_FILE: both or none\n");
}

static void
test_the_login_apps_keys_belong_to_an_app(void **state)
{
	struct place *place = *state;

	assert_fault(place, "WECOM_LOGIN_TOKEN_FILE=token",
	    ":7: WECOM_LOGIN_TOKEN_FILE is set, but not WECOM_LOGIN_AES_KEY_FILE: both or none\n");
	assert_fault(place, "WECOM_LOGIN_TOKEN_FILE=token\nWECOM_LOGIN_AES_KEY_FILE=aes_key",
	    ":7: WECOM_LOGIN_TOKEN_FILE is set, but not WECOM_LOGIN_SUITE_ID\n");
	assert_accepts(place, "WECOM_LOGIN_TOKEN_FILE=token\nWECOM_LOGIN_AES_KEY_FILE=aes_key\nWECOM_LOGIN_SUITE_ID=ww2");
	assert_true(place->conf->has_login_account);
}

static void
test_the_table_is_a_settings_file_of_defaults(void **state)
{
	struct place *place = *state;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	conf_print_table(out);
	fclose(out);
	put(place, "mirror.conf", text, n, 0600);
	assert_non_null(strstr(text, "\nWECOM_WORKERS=2\n"));
	assert_int_equal(load_path(place, place->path, 0), ST_OK);
	assert_int_equal(place->conf->workers, 2);
	assert_string_equal(place->conf->spool_dir, "/var/lib/wecom-mirror/spool");
	free(text);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_needed_settings_suffice_and_the_rest_has_defaults),
		CASE(test_the_numbers_have_the_defaults_of_the_contract),
		CASE(test_every_kind_of_value_reaches_its_field),
		CASE(test_a_spool_folder_that_was_asked_for_stays),
		CASE(test_comments_blanks_crlf_and_quotes_are_understood),
		CASE(test_a_hash_behind_a_value_belongs_to_it),
		CASE(test_lines_that_mean_something_else_to_systemd_are_faults),
		CASE(test_a_byte_order_mark_is_refused_with_advice),
		CASE(test_unknown_and_repeated_names_are_faults),
		CASE(test_all_faults_are_told_at_once),
		CASE(test_very_many_faults_are_not_all_told),
		CASE(test_numbers_are_plain_decimals_within_their_range),
		CASE(test_ids_have_at_most_64_plain_characters),
		CASE(test_switches_and_choices_take_their_words_only),
		CASE(test_plain_http_goes_to_loopback_only),
		CASE(test_folders_are_absolute_and_short),
		CASE(test_a_bad_connection_string_is_never_repeated),
		CASE(test_a_password_in_a_file_everyone_can_read_is_refused),
		CASE(test_the_environment_overrides_the_file),
		CASE(test_wecom_conf_names_the_file_when_no_path_is_given),
		CASE(test_a_file_that_is_no_file_or_too_large_is_refused),
		CASE(test_a_value_has_at_most_4096_bytes),
		CASE(test_a_secret_others_can_read_or_write_is_refused),
		CASE(test_a_credential_of_systemd_may_be_read_by_its_group),
		CASE(test_a_secret_must_be_one_word_in_a_regular_file),
		CASE(test_a_secret_has_at_most_4096_bytes),
		CASE(test_a_secret_in_place_of_a_path_is_not_told),
		CASE(test_keys_of_the_wrong_form_are_refused_and_not_told),
		CASE(test_a_program_opens_only_the_secrets_it_needs),
		CASE(test_the_system_account_is_whole_or_absent),
		CASE(test_the_login_apps_keys_belong_to_an_app),
		CASE(test_the_table_is_a_settings_file_of_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
