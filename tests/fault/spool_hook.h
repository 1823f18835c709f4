/*
 * Under the tests of death and of bad disks: the system calls of the spool, each of which can be the last one of the
 * process, or fail; the ledger of what was acknowledged; and the disk as a power cut leaves it at worst (only what
 * was flushed, under names that were flushed).
 * Header only; the program that includes it names the __wrap_ functions, for the linker flags are read off its text.
 */
#ifndef SPOOL_HOOK_H
#define SPOOL_HOOK_H

#include <errno.h>
#include <stdint.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../unit/spool_kit.h"

#define MAX_BYTES (1LL << 30)
#define EXIT_DIED 77	/* of the child at its step */

static char live[KIT_PATH_BYTES];	/* the spool */
static char shadow[KIT_PATH_BYTES];	/* what is surely on the disk of it: <name> flushed bytes, <name>.entry */
static char disk[KIT_PATH_BYTES];	/* the spool as found after a power cut */
static char ledger[KIT_PATH_BYTES];	/* folder of the ledger */
static int failures_n;

#define CHECK(condition, ...)                                                                                \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			failures_n++;                                                                        \
			printf("FAILED %s:%d %s: ", __FILE__, __LINE__, #condition);                         \
			printf(__VA_ARGS__);                                                                 \
			printf("\n");                                                                        \
		}                                                                                            \
	} while (0)

enum tear { TEAR_NONE, TEAR_FIRST_BYTE, TEAR_HALF, TEAR_LAST_BYTE, TEAR_N };

static struct {
	bool is_armed;
	int step;		/* calls so far */
	int die_at;		/* 0: never */
	enum tear tear;		/* how much of a write is done when dying in it */
	int write_fails;	/* the n-th write from now on is cut short, then the disk is full */
	int flush_fails;	/* the n-th flush from now on is an error */
	char lost_path[KIT_PATH_BYTES];	/* the file whose flush failed: never to be touched again */
	void (*at_full)(void);	/* called between a write that was cut short and the refusal of the rest */
} hook;

ssize_t __real_pwritev(int fd, const struct iovec *iov, int n, off_t offset);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_flock(int fd, int operation);
int __real_openat(int folder_fd, const char *name, int flags, ...);
int __real_unlinkat(int folder_fd, const char *name, int flags);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __real_ftruncate(int fd, off_t length);
int __real_close(int fd);

/* True: die in this call, which tears; otherwise dies right here when it is time. */
static inline bool
step(bool can_tear)
{
	if (!hook.is_armed)
		return false;
	hook.step++;
	if (hook.step != hook.die_at)
		return false;
	if (can_tear && hook.tear != TEAR_NONE)
		return true;
	_exit(EXIT_DIED);
}

static inline bool
fails_now(int *count)
{
	if (!hook.is_armed || *count == 0)
		return false;
	return *count > 0 && --*count == 0;
}

/* The first n bytes of iov at offset, with plain writes. */
static inline void
write_part(int fd, const struct iovec *iov, size_t n, off_t offset)
{
	while (n > 0) {
		size_t piece = iov->iov_len < n ? iov->iov_len : n;

		if (pwrite(fd, iov->iov_base, piece, offset) != (ssize_t)piece)
			abort();
		offset += (off_t)piece;
		n -= piece;
		iov++;
	}
}

/* What a write that tears leaves. */
static inline size_t
torn_bytes(const struct iovec *iov, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += iov[i].iov_len;
	if (hook.tear == TEAR_FIRST_BYTE)
		return 1;
	return hook.tear == TEAR_HALF ? sum / 2 : sum - 1;
}

static inline void
name_of(int fd, char ret_name[KIT_PATH_BYTES])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret_name, KIT_PATH_BYTES - 1);
	if (n < 0)
		abort();
	ret_name[n] = '\0';
}

static inline void
check_not_lost(int fd)
{
	char path[KIT_PATH_BYTES];

	name_of(fd, path);
	CHECK(!hook.is_armed || strcmp(path, hook.lost_path) != 0, "a file is changed after its flush failed");
}

/* All of the first record and half of the second, or half of the only one. */
static inline ssize_t
write_short(int fd, const struct iovec *iov, int n, off_t offset)
{
	size_t part = n > 1 ? iov[0].iov_len + iov[1].iov_len / 2 : iov[0].iov_len / 2;

	hook.write_fails = -1;
	write_part(fd, iov, part, offset);
	return (ssize_t)part;
}

static inline int
refuse_write(void)
{
	hook.write_fails = 0;
	if (hook.at_full != NULL)
		hook.at_full();
	errno = ENOSPC;
	return -1;
}

ssize_t
__wrap_pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	check_not_lost(fd);
	if (step(true)) {
		write_part(fd, iov, torn_bytes(iov, n), offset);
		_exit(EXIT_DIED);
	}
	if (fails_now(&hook.write_fails))
		return write_short(fd, iov, n, offset);
	if (hook.is_armed && hook.write_fails < 0)
		return refuse_write();
	return __real_pwritev(fd, iov, n, offset);
}

/* The bytes of this file are on the disk now. */
static inline void
shadow_bytes(int fd)
{
	char from[KIT_PATH_BYTES], to[KIT_PATH_BYTES];
	unsigned char *bytes;
	size_t n;

	name_of(fd, from);
	bytes = kit_file_read(from, &n);
	kit_path(shadow, strrchr(from, '/') + 1, to);
	kit_file_write(to, bytes, n);
	free(bytes);
}

/* The names in the folder are on the disk now. */
static inline void
shadow_entries(void)
{
	DIR *list = opendir(live);
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		char name[KIT_PATH_BYTES], path[KIT_PATH_BYTES];

		if (strstr(entry->d_name, ".segment") == NULL)
			continue;
		snprintf(name, sizeof(name), "%.250s.entry", entry->d_name);
		kit_path(shadow, name, path);
		kit_file_write(path, (const unsigned char *)"", 0);
	}
	if (list != NULL)
		closedir(list);
}

int
__wrap_fdatasync(int fd)
{
	(void)step(false);
	if (fails_now(&hook.flush_fails)) {
		name_of(fd, hook.lost_path);
		errno = EIO;
		return -1;
	}
	/* the flush itself is left out: what it promises is in the shadow, and the trial is thousands of them */
	if (hook.is_armed)
		shadow_bytes(fd);
	return 0;
}

int
__wrap_fsync(int fd)
{
	(void)step(false);
	if (fails_now(&hook.flush_fails)) {
		errno = EIO;
		return -1;
	}
	if (hook.is_armed && fd >= 0)
		shadow_entries();
	return 0;
}

int
__wrap_flock(int fd, int operation)
{
	(void)step(false);
	return __real_flock(fd, operation);
}

int
__wrap_openat(int folder_fd, const char *name, int flags, ...)
{
	(void)step(false);
	return __real_openat(folder_fd, name, flags, 0600);
}

int
__wrap_unlinkat(int folder_fd, const char *name, int flags)
{
	(void)step(false);
	return __real_unlinkat(folder_fd, name, flags);
}

int
__wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	(void)step(false);
	return __real_renameat(from_fd, from, to_fd, to);
}

int
__wrap_ftruncate(int fd, off_t length)
{
	(void)step(false);
	check_not_lost(fd);
	return __real_ftruncate(fd, length);
}

int
__wrap_close(int fd)
{
	(void)step(false);
	return __real_close(fd);
}

/* The ledger: one number after another, each written at once. */

static inline void
ledger_add(const char *name, int number)
{
	char path[KIT_PATH_BYTES];
	int fd;

	kit_path(ledger, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, &number, sizeof(number)) != sizeof(number))
		abort();
	__real_close(fd);
}

/* How often each number is in it. */
static inline void
ledger_read(const char *name, unsigned char *ret_times)
{
	char path[KIT_PATH_BYTES];
	int fd, number;

	kit_path(ledger, name, path);
	memset(ret_times, 0, KIT_NUMBERS);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	while (read(fd, &number, sizeof(number)) == sizeof(number))
		ret_times[number]++;
	close(fd);
}

static inline void
append_and_note(struct spool_writer *writer, int first, int n)
{
	for (int i = 0; i < n; i++)
		ledger_add("tried", first + i);
	if (kit_append(writer, first, n) != ST_OK)
		return;
	for (int i = 0; i < n; i++)
		ledger_add("acknowledged", first + i);
}

/* The folder as a power cut leaves it at worst. */
static inline void
make_disk(void)
{
	DIR *list = opendir(shadow);
	struct dirent *entry;

	kit_folder_empty(disk);
	while (list != NULL && (entry = readdir(list)) != NULL) {
		char name[KIT_PATH_BYTES], from[KIT_PATH_BYTES], to[KIT_PATH_BYTES];
		unsigned char *bytes = NULL;
		size_t n = strlen(entry->d_name);

		if (n < 6 || strcmp(entry->d_name + n - 6, ".entry") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(n - 6), entry->d_name);
		kit_path(shadow, name, from);
		kit_path(disk, name, to);
		n = 0;
		if (access(from, F_OK) == 0)
			bytes = kit_file_read(from, &n);
		kit_file_write(to, bytes, n);
		free(bytes);
	}
	if (list != NULL)
		closedir(list);
}

/* acknowledged within drained within tried; once each; no file left, none called damaged. */
static inline void
check_folder(const char *folder, const char *what, int die_at)
{
	struct kit_drained *drained = kit_drain_folder(folder, &kit_key);
	unsigned char *tried = malloc(KIT_NUMBERS), *acknowledged = malloc(KIT_NUMBERS);

	ledger_read("tried", tried);
	ledger_read("acknowledged", acknowledged);
	CHECK(drained->wrong_n == 0, "%s, step %d", what, die_at);
	for (int i = 0; i < KIT_NUMBERS; i++) {
		CHECK(drained->times[i] >= acknowledged[i], "%s, step %d: %d is lost", what, die_at, i);
		CHECK(drained->times[i] <= tried[i], "%s, step %d: %d came %d times", what, die_at, i,
		    drained->times[i]);
	}
	CHECK(kit_files(folder, ".segment", NULL, NULL) == 0, "%s, step %d", what, die_at);
	CHECK(kit_files(folder, ".damaged", NULL, NULL) == 0, "%s, step %d: %s", what, die_at, drained->told);
	free(tried);
	free(acknowledged);
	free(drained);
}

static inline void
start_afresh(void)
{
	memset(&hook, 0, sizeof(hook));
	kit_folder_empty(live);
	kit_folder_empty(shadow);
	kit_folder_empty(ledger);
}

/* True: it died at that step; false: it came to its end. */
static inline bool
run_child(void (*life)(void), int die_at, enum tear tear)
{
	int result;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		hook.is_armed = true;
		hook.die_at = die_at;
		hook.tear = tear;
		life();
		_exit(failures_n == 0 ? 0 : 1);
	}
	if (waitpid(pid, &result, 0) != pid)
		abort();
	CHECK(WIFEXITED(result) && (WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == EXIT_DIED),
	    "step %d: the child ended with %d", die_at, result);
	return WIFEXITED(result) && WEXITSTATUS(result) == EXIT_DIED;
}

static inline int
acknowledged_n(void)
{
	char path[KIT_PATH_BYTES];
	struct stat about;

	kit_path(ledger, "acknowledged", path);
	return stat(path, &about) == 0 ? (int)(about.st_size / (off_t)sizeof(int)) : 0;
}

static inline void
hook_start(void)
{
	kit_folder_make(live);
	kit_folder_make(shadow);
	kit_folder_make(disk);
	kit_folder_make(ledger);
}

/* The exit code of the program. */
static inline int
hook_end(void)
{
	kit_folder_remove(live);
	kit_folder_remove(shadow);
	kit_folder_remove(disk);
	kit_folder_remove(ledger);
	printf("%s: %d failures\n", failures_n == 0 ? "passed" : "FAILED", failures_n);
	return failures_n == 0 ? 0 : 1;
}

#endif
