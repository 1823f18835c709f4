/* wecom-sync: options, settings, signals, then the daemon.  Handles no job itself. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/eventfd.h>
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
	      "  (nothing)  run in the foreground until SIGTERM or SIGINT; SIGHUP: begin anew with today's settings\n"
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

/* What the signals ask for, told by one thread that does nothing but wait for them. */
struct watch {
	const char *path;	/* of the settings */
	int stopping_fd;	/* eventfd, readable from then on */
	_Atomic bool is_renewal;
};

/* Settings that do not load change nothing: what is wrong is in the log. */
static bool
may_renew(const char *path)
{
	struct conf *conf = NULL;

	if (conf_load(path, CONF_SYNC, stderr, &conf) != ST_OK) {
		log_text(LOG_LEVEL_ERROR, "told to read the settings again, but they are faulty: going on with the old ones");
		return false;
	}
	conf_free(conf);
	return true;
}

static void *
watch_signals(void *context)
{
	struct watch *watch = context;
	const uint64_t one = 1;
	sigset_t set;
	int signal_n = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	while (sigwait(&set, &signal_n) == 0) {
		if (signal_n == SIGHUP && !may_renew(watch->path))
			continue;
		/* told to stop while it ends for a renewal: it stops */
		atomic_store(&watch->is_renewal, signal_n == SIGHUP);
		if (write(watch->stopping_fd, &one, sizeof(one)) < 0 && signal_n != SIGHUP)
			_exit(EX_OSERR);
	}
	return NULL;
}

/* Blocked in every thread but for the wait: no signal interrupts a call. */
static bool
start_watch(struct watch *watch)
{
	pthread_t thread;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->stopping_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (watch->stopping_fd < 0 || pthread_create(&thread, NULL, watch_signals, watch) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

/* In the same process, so that whoever supervises it notices nothing; signals that wait go on waiting. */
static int
begin_anew(char **argv)
{
	log_text(LOG_LEVEL_INFO, "beginning anew with today's settings");
	execvp(argv[0], argv);
	log_text(LOG_LEVEL_ERROR, "cannot begin anew: %m");
	_exit(EX_OSERR);
}

static int
run(const char *path, char **argv)
{
	static struct watch watch;	/* its thread outlives this call */
	struct conf *conf = NULL;
	enum status st = conf_load(path, CONF_SYNC, stderr, &conf);
	int code;

	if (st != ST_OK)
		return status_exit(st);
	log_open("wecom-sync", conf->log_target);
	watch.path = path;
	if (!start_watch(&watch)) {
		log_text(LOG_LEVEL_ERROR, "cannot watch for signals: %m");
		conf_free(conf);
		return EX_OSERR;
	}
	code = daemon_run(conf, watch.stopping_fd);
	if (atomic_load(&watch.is_renewal))
		return begin_anew(argv);
	/* threads still run: what they hold must not go from under them */
	if (code < 0)
		_exit(EX_OK);
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
	return run(path, argv);
}
