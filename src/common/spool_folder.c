/*
 * The spool's folder: what is in it, and the lock on it.  Never looks into a file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "spool_internal.h"

#define LOCK_PAUSE_MIN_NS 50000L
#define LOCK_PAUSE_MAX_NS 2000000L

static void
count_file(struct spool_totals *totals, const char *name, enum spool_file_kind kind, int64_t bytes)
{
	unsigned char id[SPOOL_ID_BYTES];
	int64_t start_us;

	if (kind == SPOOL_FILE_DAMAGED) {
		totals->damaged_bytes += bytes;
		totals->damaged_n++;
		return;
	}
	totals->segment_bytes += bytes;
	if (spool_name_decode(name, &start_us, id) && start_us < totals->oldest_us)
		totals->oldest_us = start_us;
}

static enum status
count_files(DIR *folder, int folder_fd, struct spool_totals *totals)
{
	for (;;) {
		struct dirent *entry;
		enum spool_file_kind kind;
		struct stat about;

		errno = 0;
		entry = readdir(folder);
		if (entry == NULL)
			return errno == 0 ? ST_OK : ST_SYSTEM;
		kind = spool_name_kind(entry->d_name);
		if (kind == SPOOL_FILE_OTHER)
			continue;
		/* removed or renamed meanwhile: the drainer takes no lock for that */
		if (fstatat(folder_fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode))
			count_file(totals, entry->d_name, kind, about.st_size);
	}
}

enum status
spool_folder_totals(int folder_fd, struct spool_totals *ret_totals)
{
	struct spool_totals totals = {.oldest_us = INT64_MAX};
	DIR *folder;
	enum status st;
	int fd, saved;

	fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ST_SYSTEM;
	folder = fdopendir(fd);
	if (folder == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return ST_SYSTEM;
	}
	st = count_files(folder, folder_fd, &totals);
	saved = errno;
	closedir(folder);
	errno = saved;
	if (st == ST_OK)
		*ret_totals = totals;
	return st;
}

/* flock has no time-out: ask again and again, with growing pauses. */
enum status
spool_folder_lock(int folder_fd)
{
	int64_t end_ms = clock_monotonic_ms() + SPOOL_LOCK_WAIT_MS;
	struct timespec pause = {.tv_nsec = LOCK_PAUSE_MIN_NS};

	while (flock(folder_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ST_SYSTEM;
		if (clock_monotonic_ms() >= end_ms)
			return ST_BUSY;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LOCK_PAUSE_MAX_NS)
			pause.tv_nsec *= 2;
	}
	return ST_OK;
}

void
spool_folder_unlock(int folder_fd)
{
	int saved = errno;

	/* cannot fail on a descriptor that is locked; closing it would let go as well */
	(void)flock(folder_fd, LOCK_UN);
	errno = saved;
}

static enum status
totals_by_name(const char *folder, struct spool_totals *ret_totals)
{
	enum status st;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ST_SYSTEM;
	st = spool_folder_totals(fd, ret_totals);
	close(fd);
	return st;
}

enum status
spool_usage(const char *folder, int64_t *ret_bytes, int64_t *ret_age_ms)
{
	struct spool_totals totals;
	int64_t now_us = clock_wall_us();
	enum status st = totals_by_name(folder, &totals);

	if (st != ST_OK)
		return st;
	*ret_bytes = totals.segment_bytes;
	*ret_age_ms = totals.oldest_us < now_us ? (now_us - totals.oldest_us) / 1000 : 0;
	return ST_OK;
}

enum status
spool_damage(const char *folder, int64_t *ret_files_n, int64_t *ret_bytes)
{
	struct spool_totals totals;
	enum status st = totals_by_name(folder, &totals);

	if (st != ST_OK)
		return st;
	*ret_files_n = totals.damaged_n;
	*ret_bytes = totals.damaged_bytes;
	return ST_OK;
}
