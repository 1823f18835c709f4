/* wecom-web: options, settings, listening socket, then the pool.  Handles no request itself. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "folder.h"
#include "log.h"
#include "metrics.h"
#include "pool.h"
#include "web.h"
#include "worker.h"

struct program {
	const char *conf_path;	/* NULL: environment, then the default */
	struct metrics *metrics;
};

enum mode { MODE_RUN, MODE_CHECK, MODE_STATUS, MODE_SETTINGS };

static void
usage(FILE *out)
{
	fputs("usage: wecom-web [-c file] [-n | -s | -S | -h]\n"
	      "  (nothing)  run; the listening FastCGI socket is descriptor 0 (spawn-fcgi, systemd)\n"
	      "  -c file    settings; default: the environment's WECOM_CONF, else " CONF_DEFAULT_PATH "\n"
	      "  -n         check settings, keys, certificates, pages, database, schema version and rights, and stop\n"
	      "  -s         print the running pool's counters as Prometheus text\n"
	      "  -S         print the table of settings with their defaults\n"
	      "  -h         this help\n",
	    out);
}

/* Every page must be there: a missing one would be found by a visitor. */
static int
check_pages(const struct conf *conf)
{
	static const char *const names[] = {"home.html", "workspace.html", "settings.html", "login.html", "install.html",
	    "error.html"};
	char path[PATH_MAX];
	int faults_n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", conf->page_dir, names[i]);
		if (access(path, R_OK) == 0)
			continue;
		fprintf(stderr, "WECOM_PAGE_DIR: %s cannot be read: %s\n", path, strerror(errno));
		faults_n++;
	}
	return faults_n;
}

/* May this role do the pages' work?  Asked of one function for all: they are granted together. */
static enum status
check_database(struct store *store, struct detail *why)
{
	const struct store_question question = {
	    "select has_function_privilege('wecom.web_session_read(text, text)', 'execute')", 0, NULL, NULL, NULL, 5000};
	char *answer = NULL;
	enum status st = store_ask(store, &question, &answer, why);

	if (st == ST_OK && (answer == NULL || answer[0] != 't')) {
		detail_set(why, "this role may not call wecom.web_session_read: connect as wecom_web, or a member of it");
		st = ST_CONFIG;
	}
	free(answer);
	return st;
}

static int
check_store(const struct conf *conf)
{
	static const _Atomic bool is_stopping = false;
	struct detail why = {""};
	struct store *store = web_store_new(conf, &why);
	struct api *api = NULL;
	int faults_n = 0;

	if (store == NULL || check_database(store, &why) != ST_OK) {
		fprintf(stderr, "%s: %s\n", conf->web_database[0] != '\0' ? "WECOM_WEB_DATABASE" : "WECOM_DATABASE", why.text);
		faults_n++;
	}
	if (store != NULL)
		api = api_new(conf, store, &is_stopping, &why);
	if (api == NULL) {
		fprintf(stderr, "WECOM_API_BASE: %s\n", why.text);
		faults_n++;
	}
	api_free(api);
	store_free(store);
	return faults_n;
}

/* -n: everything is looked at before the verdict. */
static int
run_check(const char *path)
{
	struct conf *conf = NULL;
	enum status st = conf_load(path, CONF_WEB, stderr, &conf);
	int faults_n;

	if (st != ST_OK)
		return status_exit(st);
	faults_n = folder_check("WECOM_STATE_DIR", conf->state_dir, stderr) == ST_OK ? 0 : 1;
	faults_n += check_pages(conf) + check_store(conf);
	conf_free(conf);
	if (faults_n > 0)
		return EX_CONFIG;
	puts("settings, keys, certificates, pages and database are in order");
	return EX_OK;
}

static void
metrics_path(const struct conf *conf, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/web.metrics", conf->state_dir);
}

static int
run_status(const char *path)
{
	char file[PATH_MAX];
	struct conf *conf = NULL;
	struct detail why = {""};
	enum status st = conf_load(path, CONF_WEB, stderr, &conf);

	if (st != ST_OK)
		return status_exit(st);
	metrics_path(conf, file, sizeof(file));
	st = metrics_print_web(file, stdout, &why);
	if (st != ST_OK)
		fprintf(stderr, "wecom-web: %s\n", why.text);
	conf_free(conf);
	return st == ST_OK ? EX_OK : EX_UNAVAILABLE;
}

static void *
program_load(void *argument)
{
	struct program *program = argument;
	struct conf *conf = NULL;

	return conf_load(program->conf_path, CONF_WEB, stderr, &conf) == ST_OK ? conf : NULL;
}

static void
program_unload(void *settings)
{
	conf_free(settings);
}

static int
program_children_n(const void *settings)
{
	const struct conf *conf = settings;

	return conf->web_workers;
}

/* Children inherit the program through this pointer: fork keeps it valid. */
static struct program *the_program;

static int
program_run(void *settings, int index, struct pool_beat *beat)
{
	const struct conf *conf = settings;

	(void)index;
	log_open("wecom-web", conf->log_target);
	return web_worker_run(conf, POOL_LISTEN_FD, the_program->metrics, beat);
}

static void
program_replaced(void *argument, bool was_frozen)
{
	struct program *program = argument;

	atomic_fetch_add(&program->metrics->worker_restarts, 1);
	if (was_frozen)
		atomic_fetch_add(&program->metrics->worker_kills, 1);
}

static int
run_pool(struct program *program)
{
	const struct pool_program pages = {program_load, program_unload, program_children_n, program_run, program_replaced,
	    program};
	char file[PATH_MAX];
	struct detail why = {""};
	struct conf *conf;

	if (!pool_is_listening(POOL_LISTEN_FD)) {
		fputs("wecom-web: descriptor 0 is not a listening socket: start it with spawn-fcgi or systemd\n", stderr);
		return EX_USAGE;
	}
	conf = program_load(program);
	if (conf == NULL)
		return EX_CONFIG;
	log_open("wecom-web", conf->log_target);
	metrics_path(conf, file, sizeof(file));
	program->metrics = metrics_create(file, &why);
	if (program->metrics == NULL)
		return EX_OSERR;
	if (why.text[0] != '\0')
		log_text(LOG_LEVEL_WARNING, "%s", why.text);
	the_program = program;
	log_text(LOG_LEVEL_INFO, "ready: %d workers, %d threads each", conf->web_workers, conf->web_threads);
	return pool_run(&pages, conf);
}

int
main(int argc, char **argv)
{
	struct program program = {NULL, NULL};
	enum mode mode = MODE_RUN;
	int option;

	umask(0077);
	while ((option = getopt(argc, argv, "c:nsSh")) != -1) {
		switch (option) {
		case 'c':
			program.conf_path = optarg;
			break;
		case 'n':
			mode = MODE_CHECK;
			break;
		case 's':
			mode = MODE_STATUS;
			break;
		case 'S':
			mode = MODE_SETTINGS;
			break;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	if (mode == MODE_CHECK)
		return run_check(program.conf_path);
	if (mode == MODE_STATUS)
		return run_status(program.conf_path);
	if (mode == MODE_SETTINGS) {
		conf_print_table(stdout);
		return EX_OK;
	}
	return run_pool(&program);
}
