/* wecom-sync: options, settings, signals, then the daemon.  Handles no job itself. */
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "daemon.h"
#include "log.h"

enum mode { MODE_RUN, MODE_CHECK, MODE_SETTINGS };

static void
usage(FILE *out)
{
	fputs("usage: wecom-sync [-c file] [-n | -S | -h]\n"
	      "  (nothing)  run in the foreground until SIGTERM or SIGINT\n"
	      "  -c file    settings; default: the environment's WECOM_CONF, else " CONF_DEFAULT_PATH "\n"
	      "  -n         check settings, keys, certificates, database, schema version and rights, and stop\n"
	      "  -S         print the table of settings with their defaults\n"
	      "  -h         this help\n",
	    out);
}

/* May this role do the daemon's work?  Asked of one function for all: they are granted together. */
static enum status
check_database(struct store *store, struct detail *why)
{
	char *answer = NULL;
	enum status st = store_call(store,
	    "select has_function_privilege('wecom.job_claim(text, text, bigint, bigint, integer)', 'execute')", 0, NULL, &answer,
	    why);

	if (st == ST_OK && (answer == NULL || answer[0] != 't')) {
		detail_set(why, "this role may not call wecom.job_claim: connect as wecom_sync, or a member of it");
		st = ST_CONFIG;
	}
	free(answer);
	return st;
}

/* -n: everything is looked at before the verdict. */
static int
run_check(const char *path)
{
	static const _Atomic bool is_stopping = false;
	struct conf *conf = NULL;
	struct detail why = {""};
	struct store *store = NULL;
	struct api *api = NULL;
	enum status st = conf_load(path, CONF_SYNC, stderr, &conf);
	int faults_n = 0;

	if (st != ST_OK)
		return status_exit(st);
	store = daemon_store_new(conf, &why);
	if (store == NULL || check_database(store, &why) != ST_OK) {
		fprintf(stderr, "%s: %s\n", conf->sync_database[0] != '\0' ? "WECOM_SYNC_DATABASE" : "WECOM_DATABASE", why.text);
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
	conf_free(conf);
	if (faults_n > 0)
		return EX_CONFIG;
	puts("settings, keys, certificates and database are in order");
	return EX_OK;
}

/* Blocked in every thread, read from a descriptor: none interrupts a call. */
static int
open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
run(const char *path)
{
	struct conf *conf = NULL;
	enum status st = conf_load(path, CONF_SYNC, stderr, &conf);
	int stopping_fd, code;

	if (st != ST_OK)
		return status_exit(st);
	log_open("wecom-sync", conf->log_target);
	stopping_fd = open_signals();
	if (stopping_fd < 0) {
		log_text(LOG_LEVEL_ERROR, "cannot watch for signals: %m");
		conf_free(conf);
		return EX_OSERR;
	}
	code = daemon_run(conf, stopping_fd);
	close(stopping_fd);
	conf_free(conf);
	return code;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	enum mode mode = MODE_RUN;
	int option;

	umask(0077);
	while ((option = getopt(argc, argv, "c:nSh")) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'n':
			mode = MODE_CHECK;
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
		return run_check(path);
	if (mode == MODE_SETTINGS) {
		conf_print_table(stdout);
		return EX_OK;
	}
	return run(path);
}
