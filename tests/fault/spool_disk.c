/*
 * Bad disks under the spool: a write cut short, a flush that fails, at every place; both while a drainer reads.  What was
 * acknowledged comes out; what failed harms nobody.  A plain program: prints, exits 1.  A disk that is full for real:
 * spool_full.c.
 */
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

static void
trial_disk_fails(void)
{
	/* at any write and any flush of the writer's life, beside those that it plans itself */
	for (int i = 1; i < 40; i++) {
		struct spool_writer *writer = spool_writer_new(live, &kit_key, MAX_BYTES);
		int failed_n = 0;

		start_afresh();
		hook.is_armed = true;
		hook.write_fails = i % 2 == 0 ? i / 2 : 0;
		hook.flush_fails = i % 2 == 1 ? (i + 1) / 2 : 0;
		for (int k = 0; k < 30; k++) {
			enum status wanted = i % 2 == 0 ? ST_BUSY : ST_SYSTEM;
			enum status st = kit_append(writer, 10 * k, 4);

			for (int r = 0; r < 4; r++) {
				ledger_add("tried", 10 * k + r);
				if (st == ST_OK)
					ledger_add("acknowledged", 10 * k + r);
			}
			failed_n += st != ST_OK;
			CHECK(st == ST_OK || st == wanted, "append %d: %s", k, status_name(st));
		}
		hook.is_armed = false;
		spool_writer_free(writer);
		CHECK(failed_n == 1, "failure %d: %d appends failed", i, failed_n);
		make_disk();
		check_folder(live, "disk error", i);
		check_folder(disk, "disk error and power cut", i);
	}
	printf("one write or flush failed, at each of 39 places\n");
}

static struct spool_drain *watching_drain;
static struct kit_drained *watched;

static void
drain_now(void)
{
	hook.is_armed = false;
	CHECK(kit_drain(watching_drain, 2, watched) == ST_OK, "drain");
	hook.is_armed = true;
}

/* Before a failed append is cut off, a drainer has read on: it must still see what comes after. */
static void
trial_failure_under_a_drainer(void)
{
	struct spool_writer *writer = spool_writer_new(live, &kit_key, MAX_BYTES);
	struct detail why;

	start_afresh();
	watched = calloc(1, sizeof(*watched));
	CHECK(spool_drain_open(live, &kit_key, &watching_drain, &why) == ST_OK, "%s", why.text);
	for (int i = 0; i < 50; i++) {
		hook.is_armed = true;
		hook.at_full = drain_now;
		hook.write_fails = i % 3 == 1 ? 1 : 0;
		hook.flush_fails = i % 5 == 4 ? 1 : 0;
		if (kit_append(writer, 10 * i, 3) == ST_OK)
			for (int k = 0; k < 3; k++)
				ledger_add("acknowledged", 10 * i + k);
		drain_now();
		hook.is_armed = false;
	}
	hook.at_full = NULL;
	spool_writer_free(writer);
	CHECK(kit_drain(watching_drain, 2, watched) == ST_OK, "drain");
	spool_drain_close(watching_drain);
	for (int i = 0; i < 50; i++)
		for (int k = 0; k < 3; k++)
			CHECK(watched->times[10 * i + k] == 1 || (watched->times[10 * i + k] == 0 && i % 3 == 1),
			    "%d.%d came %d times", i, k, watched->times[10 * i + k]);
	CHECK(watched->times[10] == 1 && watched->times[12] == 0, "the drainer did not read between");
	CHECK(kit_files(live, ".segment", NULL, NULL) == 0, "segments left");
	CHECK(kit_files(live, ".damaged", NULL, NULL) == 0, "called damaged");
	free(watched);
	printf("failures while a drainer reads\n");
}

int
main(void)
{
	hook_start();
	trial_disk_fails();
	trial_failure_under_a_drainer();
	return hook_end();
}
