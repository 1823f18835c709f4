/*
 * The spool on a disk of 256 KiB that is full for real, in a mount namespace of its own: what was acknowledged comes out,
 * the rest is refused, and with room again it goes on.  A plain program: prints, exits 1, or 77 without the right to mount.
 */
#include <sched.h>
#include <sys/mount.h>

#include "../unit/spool_kit.h"

#define EXIT_SKIPPED 77
#define MAX_BYTES (1LL << 30)
#define EVENTS_MAX 20000
#define EVENTS_LEAST 500	/* that such a disk must take */
#define REFUSALS 100

static char folder[KIT_PATH_BYTES];
static int failures_n;

static void
check(bool is_so, const char *what)
{
	if (is_so)
		return;
	failures_n++;
	printf("FAILED: %s\n", what);
}

static bool
mount_small_disk(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0;
}

/* Ten events at a time until the disk has refused often; how many were acknowledged before the first refusal. */
static int
fill(struct spool_writer *writer, int *ret_next)
{
	int acknowledged_n = 0, refused_n = 0, next = 0;

	for (; next < EVENTS_MAX && refused_n < REFUSALS; next += 10) {
		enum status st = kit_append(writer, next, 10);

		if (st == ST_OK && refused_n == 0)
			acknowledged_n = next + 10;
		refused_n += st == ST_BUSY;
		check(st == ST_OK || st == ST_BUSY, "a full disk is ST_BUSY");
	}
	check(refused_n == REFUSALS, "the disk is full");
	check(acknowledged_n >= EVENTS_LEAST, "there was room for some");
	*ret_next = next;
	return acknowledged_n;
}

int
main(void)
{
	struct kit_drained *drained;
	struct spool_writer *writer;
	int acknowledged_n, next, lost_n = 0;

	kit_folder_make(folder);
	if (!mount_small_disk()) {
		kit_folder_remove(folder);
		printf("skipped: no right to mount a small disk\n");
		return EXIT_SKIPPED;
	}
	writer = spool_writer_new(folder, &kit_key, MAX_BYTES);
	acknowledged_n = fill(writer, &next);
	spool_writer_tick(writer, 0);
	drained = kit_drain_folder(folder, &kit_key);
	check(drained->wrong_n == 0, "nothing else comes out");
	for (int i = 0; i < acknowledged_n; i++)
		lost_n += drained->times[i] != 1;
	check(lost_n == 0, "what was acknowledged comes out once");
	check(kit_files(folder, ".segment", NULL, NULL) == 0, "it is drained");
	check(kit_append(writer, next, 10) == ST_OK, "room again: it goes on");
	spool_writer_free(writer);
	free(drained);
	check(umount(folder) == 0, "the disk can be given back");
	kit_folder_remove(folder);
	printf("%d acknowledged, then refused, drained, taken again\n", acknowledged_n);
	printf("%s: %d failures\n", failures_n == 0 ? "passed" : "FAILED", failures_n);
	return failures_n == 0 ? 0 : 1;
}
