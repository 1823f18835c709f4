/* wecom-callback: options, settings, listening socket, then the pool.  Handles no request itself. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf.h"
#include "database.h"
#include "folder.h"
#include "log.h"
#include "metrics.h"
#include "pool.h"
#include "spool.h"
#include "worker.h"

#define CHECK_DATABASE_MS 5000

struct program {
	const char *conf_path;	/* NULL: environment, then the default */
	struct metrics *metrics;
};

enum mode { MODE_RUN, MODE_CHECK, MODE_STATUS, MODE_SETTINGS };

static void
usage(FILE *out)
{
	fputs("usage: wecom-callback [-c file] [-n | -s | -S | -h]\n"
	      "  (nothing)  run; the listening FastCGI socket is descriptor 0 (spawn-fcgi, systemd)\n"
	      "  -c file    settings; default: the environment's WECOM_CONF, else " CONF_DEFAULT_PATH "\n"
	      "  -n         check settings, keys, folders, database and schema version, and stop\n"
	      "  -s         print the running pool's counters as Prometheus text\n"
	      "  -S         print the table of settings with their defaults\n"
	      "  -h         this help\n",
	    out);
}

static enum status
check_folders(const struct conf *conf, FILE *faults)
{
	enum status st = folder_check("WECOM_STATE_DIR", conf->state_dir, faults);
	enum status spool_st = conf->spool_max_bytes > 0 ? folder_check("WECOM_SPOOL_DIR", conf->spool_dir, faults) : ST_OK;

	return st != ST_OK ? st : spool_st;
}

/* -n: everything is looked at before the verdict. */
static int
run_check(const char *path)
{
	struct conf *conf = NULL;
	struct detail why = {""};
	enum status st = conf_load(path, CONF_CALLBACK, stderr, &conf);
	enum status folders_st = ST_OK;
	enum status database_st = ST_OK;

	if (st != ST_OK)
		return status_exit(st);
	folders_st = check_folders(conf, stderr);
	database_st = database_check(conf, CHECK_DATABASE_MS, &why);
	if (database_st != ST_OK)
		fprintf(stderr, "WECOM_DATABASE: %s\n", why.text);
	conf_free(conf);
	if (folders_st != ST_OK || database_st != ST_OK)
		return EX_CONFIG;
	puts("settings, keys, folders and database are in order");
	return EX_OK;
}

static void
metrics_path(const struct conf *conf, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/callback.metrics", conf->state_dir);
}

static bool
read_spool(const char *folder, struct metrics_spool *ret_spool)
{
	int64_t damaged_bytes;

	return spool_usage(folder, &ret_spool->bytes, &ret_spool->age_ms) == ST_OK &&
	    spool_damage(folder, &ret_spool->damaged_n, &damaged_bytes) == ST_OK;
}

static int
run_status(const char *path)
{
	char file[PATH_MAX];
	struct conf *conf = NULL;
	struct detail why = {""};
	struct metrics_spool spool;
	bool has_spool;
	enum status st = conf_load(path, CONF_CALLBACK, stderr, &conf);

	if (st != ST_OK)
		return status_exit(st);
	metrics_path(conf, file, sizeof(file));
	has_spool = conf->spool_max_bytes > 0 && read_spool(conf->spool_dir, &spool);
	st = metrics_print(file, has_spool ? &spool : NULL, stdout, &why);
	if (st != ST_OK)
		fprintf(stderr, "wecom-callback: %s\n", why.text);
	conf_free(conf);
	return st == ST_OK ? EX_OK : EX_UNAVAILABLE;
}

static void *
program_load(void *argument)
{
	struct program *program = argument;
	struct conf *conf = NULL;

	if (conf_load(program->conf_path, CONF_CALLBACK, stderr, &conf) != ST_OK)
		return NULL;
	if (check_folders(conf, stderr) != ST_OK) {
		conf_free(conf);
		return NULL;
	}
	return conf;
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

	return conf->workers + (conf->spool_max_bytes > 0 ? 1 : 0);
}

/* Children inherit the program through this pointer: fork keeps it valid. */
static struct program *the_program;

static int
program_run(void *settings, int index, struct pool_beat *beat)
{
	const struct conf *conf = settings;

	log_open("wecom-callback", conf->log_target);
	if (index == conf->workers) {
		close(POOL_LISTEN_FD);
		return drainer_run(conf, the_program->metrics, beat);
	}
	return worker_run(conf, POOL_LISTEN_FD, the_program->metrics, beat);
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
	const struct pool_program callbacks = {program_load, program_unload, program_children_n, program_run,
	    program_replaced, program};
	char file[PATH_MAX];
	struct detail why = {""};
	struct conf *conf;

	if (!pool_is_listening(POOL_LISTEN_FD)) {
		fputs("wecom-callback: descriptor 0 is not a listening socket: start it with spawn-fcgi or systemd\n", stderr);
		return EX_USAGE;
	}
	conf = program_load(program);
	if (conf == NULL)
		return EX_CONFIG;
	log_open("wecom-callback", conf->log_target);
	metrics_path(conf, file, sizeof(file));
	program->metrics = metrics_create(file, &why);
	if (program->metrics == NULL)
		return EX_OSERR;
	if (why.text[0] != '\0')
		log_text(LOG_LEVEL_WARNING, "%s", why.text);
	the_program = program;
	log_text(LOG_LEVEL_INFO, "ready: %d workers, %d reading threads each, spool %s", conf->workers, conf->threads,
	    conf->spool_max_bytes > 0 ? "on" : "off");
	return pool_run(&callbacks, conf);
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
