/*
 * Death in the spool: a child is ended before its 1st, 2nd, 3rd … system call that changes something (and in the
 * midst of a write), until a run is clean.  After each death, what was acknowledged must come out of the folder, as
 * a kill leaves it and as a power cut does.  Also real kills, under a drainer.  A plain program: prints, exits 1.
 */
#include <signal.h>
#include <sys/uio.h>

ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int n, off_t offset);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_flock(int fd, int operation);
int __wrap_openat(int folder_fd, const char *name, int flags, ...);
int __wrap_unlinkat(int folder_fd, const char *name, int flags);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_close(int fd);

#include "spool_hook.h"

#define STEPS_MAX 2000

/* Appends of several sizes, a change of segment, and both kinds of failure; in all ten appends. */
static void
writer_life(void)
{
	struct spool_writer *writer = spool_writer_new(live, &kit_key, MAX_BYTES);
	struct spool_writer *other = spool_writer_new(live, &kit_key, MAX_BYTES);

	append_and_note(writer, 0, 1);
	append_and_note(writer, 1, 3);
	append_and_note(other, 4, 2);
	spool_writer_tick(writer, 0);
	append_and_note(writer, 6, 100);
	hook.write_fails = 1;
	append_and_note(writer, 110, 5);
	append_and_note(writer, 120, 1);
	hook.flush_fails = 1;
	append_and_note(writer, 130, 2);
	append_and_note(writer, 140, 2);
	hook.flush_fails = 2;
	spool_writer_tick(writer, 0);
	append_and_note(writer, 150, 1);
	append_and_note(writer, 160, 1);
	spool_writer_free(other);
	spool_writer_free(writer);
}

static void
trial_writer_dies(enum tear tear)
{
	int die_at = 1;

	for (; die_at < STEPS_MAX; die_at++) {
		bool died;

		start_afresh();
		died = run_child(writer_life, die_at, tear);
		make_disk();
		check_folder(live, "killed", die_at);
		check_folder(disk, "power cut", die_at);
		if (!died)
			break;
	}
	CHECK(die_at > 50 && die_at < STEPS_MAX, "%d steps", die_at);
	/* 1 + 3 + 2 + 100 + 1 + 2 + 1: all but the three failures */
	CHECK(acknowledged_n() == 110, "%d acknowledged", acknowledged_n());
	printf("writer ended at each of %d steps, tear %d\n", die_at - 1, tear);
}

/* Three segments with 60 records, one of them with a changed byte in record 25. */
static void
fill_folder(void)
{
	char name[256], path[KIT_PATH_BYTES];
	unsigned char *bytes;
	size_t n;

	for (int i = 0; i < 3; i++) {
		struct spool_writer *writer = spool_writer_new(live, &kit_key, MAX_BYTES);

		for (int k = 0; k < 20; k += 5)
			append_and_note(writer, 20 * i + k, 5);
		spool_writer_free(writer);
		if (i != 1)
			continue;
		/* the newest name is the one just made, the other is its elder */
		for (int skip = 0; skip < 2; skip++) {
			kit_files(live, ".segment", name, NULL);
			kit_path(live, name, path);
		}
		bytes = kit_file_read(path, &n);
		bytes[n / 2] ^= 1;
		kit_file_write(path, bytes, n);
		free(bytes);
	}
}

static void
drainer_life(void)
{
	struct spool_drain *drain = NULL;
	struct spool_record *records;
	struct detail why;
	struct arena mem;
	size_t n = 0;

	arena_init(&mem, (size_t)64 << 20);
	if (spool_drain_open(live, &kit_key, &drain, &why) != ST_OK)
		_exit(1);
	do {
		if (spool_drain_next(drain, 7, &mem, &records, &n, &why) != ST_OK)
			_exit(1);
		for (size_t i = 0; i < n; i++) {
			(void)step(false);
			ledger_add("stored", kit_number(&records[i]));
		}
		if (spool_drain_done(drain, &why) != ST_OK)
			_exit(1);
	} while (n > 0);
	spool_drain_close(drain);
	arena_done(&mem);
}

static void
trial_drainer_dies(void)
{
	unsigned char *stored = malloc(KIT_NUMBERS);
	int die_at = 1;

	for (; die_at < STEPS_MAX; die_at++) {
		struct kit_drained *drained;
		int missing_n = 0;
		bool died;

		start_afresh();
		fill_folder();
		died = run_child(drainer_life, die_at, TEAR_NONE);
		drained = kit_drain_folder(live, &kit_key);
		ledger_read("stored", stored);
		for (int i = 0; i < 60; i++)
			missing_n += stored[i] + drained->times[i] == 0;
		CHECK(missing_n == 1, "step %d: %d records lost, not the damaged one only", die_at, missing_n);
		CHECK(kit_files(live, ".segment", NULL, NULL) == 0, "step %d", die_at);
		CHECK(kit_files(live, ".damaged", NULL, NULL) == 1, "step %d", die_at);
		CHECK(died || drained->n == 0, "drained twice without a death");
		free(drained);
		if (!died)
			break;
	}
	CHECK(die_at > 80 && die_at < STEPS_MAX, "%d steps", die_at);
	printf("drainer ended at each of %d steps\n", die_at - 1);
	free(stored);
}

/* Appends single records, each to a segment of its own or to the one it has, until it is killed or at its end. */
static pid_t
start_writer(int first, int n)
{
	struct spool_writer *writer;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	writer = spool_writer_new(live, &kit_key, MAX_BYTES);
	for (int i = 0; i < n; i++) {
		append_and_note(writer, first + i, 1);
		if (i % 3 != 0)
			spool_writer_tick(writer, 0);
	}
	_exit(0);
}

/* Many segments made, left and killed off, while a drainer takes them away: none may vanish with a record in it. */
static void
trial_kills_under_a_drainer(void)
{
	enum { WRITERS = 3, ROUNDS = 30, EACH = 200 };
	struct kit_drained *drained = calloc(1, sizeof(*drained));
	unsigned char *acknowledged = malloc(KIT_NUMBERS);
	struct spool_drain *drain = NULL;
	struct detail why;

	start_afresh();
	CHECK(spool_drain_open(live, &kit_key, &drain, &why) == ST_OK, "%s", why.text);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pids[WRITERS];
		int wanted_n;

		for (int i = 0; i < WRITERS; i++)
			pids[i] = start_writer((round * WRITERS + i) * EACH, EACH);
		wanted_n = acknowledged_n() + 1 + round % 7 * 5;
		for (int i = 0; i < 5000 && acknowledged_n() < wanted_n; i++)
			CHECK(kit_drain(drain, 3, drained) == ST_OK, "drain");
		for (int i = 0; i < WRITERS; i++) {
			kill(pids[i], SIGKILL);
			if (waitpid(pids[i], NULL, 0) != pids[i])
				abort();
		}
	}
	CHECK(kit_drain(drain, 3, drained) == ST_OK, "drain");
	spool_drain_close(drain);
	ledger_read("acknowledged", acknowledged);
	for (int i = 0; i < KIT_NUMBERS; i++) {
		CHECK(drained->times[i] >= acknowledged[i], "%d is lost", i);
		CHECK(drained->times[i] <= 1, "%d came %d times", i, drained->times[i]);
	}
	CHECK(drained->wrong_n == 0, "wrong content");
	CHECK(kit_files(live, ".segment", NULL, NULL) == 0, "segments left");
	CHECK(kit_files(live, ".damaged", NULL, NULL) == 0, "called damaged: %s", drained->told);
	CHECK(acknowledged_n() > ROUNDS, "only %d acknowledged", acknowledged_n());
	printf("%d writers killed under a drainer, %d records acknowledged\n", WRITERS * ROUNDS, acknowledged_n());
	free(acknowledged);
	free(drained);
}

int
main(void)
{
	hook_start();
	for (int tear = TEAR_NONE; tear < TEAR_N; tear++)
		trial_writer_dies((enum tear)tear);
	trial_drainer_dies();
	trial_kills_under_a_drainer();
	return hook_end();
}
