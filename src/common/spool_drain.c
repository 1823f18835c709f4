/*
 * The drain: all segments merged by time of arrival, and segments removed when all of them is stored.
 *
 * Where it stands is kept in memory only.  After a crash what was not removed comes again, which is harmless, so
 * neither a removal nor a renaming is flushed: at worst the file is back after a power cut and is drained once more.
 * Never removes a file with a byte in it that was neither stored nor certainly never acknowledged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "spool_internal.h"

#define SEGMENTS_MAX 256	/* looked at side by side: the oldest; the order of arrival is exact among these */
#define LOCK_NAME "drain.lock"

struct spool_drain {
	int folder_fd;
	int lock_fd;
	struct seal_key key;
	struct arena scratch;
	struct spool_segment segments[SEGMENTS_MAX];	/* by name: the oldest first */
	size_t segments_n;
};

enum status
spool_drain_open(const char *folder, const struct seal_key *key, struct spool_drain **ret_drain, struct detail *why)
{
	struct spool_drain *drain = calloc(1, sizeof(*drain));

	if (drain == NULL)
		return ST_NOMEM;
	drain->key = *key;
	drain->lock_fd = -1;
	arena_init(&drain->scratch, SPOOL_BODY_MAX_BYTES + 65536);
	drain->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (drain->folder_fd >= 0)
		drain->lock_fd = openat(drain->folder_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (drain->lock_fd < 0) {
		detail_set(why, "spool: cannot open the folder to drain it: %s", strerror(errno));
		spool_drain_close(drain);
		return ST_SYSTEM;
	}
	if (flock(drain->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		enum status st = errno == EWOULDBLOCK ? ST_BUSY : ST_SYSTEM;

		detail_set(why, "spool: %s", st == ST_BUSY ? "another drainer is at work" : strerror(errno));
		spool_drain_close(drain);
		return st;
	}
	*ret_drain = drain;
	return ST_OK;
}

void
spool_drain_close(struct spool_drain *drain)
{
	if (drain == NULL)
		return;
	for (size_t i = 0; i < drain->segments_n; i++)
		spool_segment_close(&drain->segments[i]);
	if (drain->lock_fd >= 0)
		close(drain->lock_fd);
	if (drain->folder_fd >= 0)
		close(drain->folder_fd);
	arena_done(&drain->scratch);
	explicit_bzero(&drain->key, sizeof(drain->key));
	free(drain);
}

/* One more thing to say; what does not fit is cut. */
static void __attribute__((format(printf, 2, 3)))
tell(struct detail *why, const char *format, ...)
{
	size_t n;
	va_list values;

	if (why == NULL)
		return;
	n = strlen(why->text);
	if (n > 0)
		n += (size_t)snprintf(why->text + n, sizeof(why->text) - n, "; ");
	if (n >= sizeof(why->text))
		return;
	va_start(values, format);
	vsnprintf(why->text + n, sizeof(why->text) - n, format, values);
	va_end(values);
}

static void
tell_nothing(struct detail *why)
{
	if (why != NULL)
		why->text[0] = '\0';
}

/* Index of the first segment whose name is not before `name`. */
static size_t
place_of(const struct spool_drain *drain, const char *name)
{
	size_t low = 0, high = drain->segments_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(drain->segments[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
forget_segment(struct spool_drain *drain, size_t at)
{
	spool_segment_close(&drain->segments[at]);
	drain->segments_n--;
	memmove(&drain->segments[at], &drain->segments[at + 1],
	    (drain->segments_n - at) * sizeof(drain->segments[0]));
}

/* Note a name; when there are too many, the youngest that was not opened yet gives way to an older one. */
static void
note_segment(struct spool_drain *drain, const char *name)
{
	size_t at = place_of(drain, name);
	struct spool_segment *segment = &drain->segments[at];

	if (at < drain->segments_n && strcmp(segment->name, name) == 0)
		return;
	if (drain->segments_n == SEGMENTS_MAX) {
		if (at == SEGMENTS_MAX || drain->segments[SEGMENTS_MAX - 1].fd >= 0)
			return;
		drain->segments_n--;
	}
	memmove(segment + 1, segment, (drain->segments_n - at) * sizeof(*segment));
	drain->segments_n++;
	memset(segment, 0, sizeof(*segment));
	memcpy(segment->name, name, strlen(name) + 1);
	segment->fd = -1;
}

static enum status
note_segments(struct spool_drain *drain)
{
	int fd = openat(drain->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int error;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return ST_SYSTEM;
	}
	for (;;) {
		errno = 0;
		entry = readdir(folder);
		if (entry == NULL)
			break;
		if (spool_name_kind(entry->d_name) == SPOOL_FILE_SEGMENT)
			note_segment(drain, entry->d_name);
	}
	error = errno;
	closedir(folder);
	errno = error;
	return error == 0 ? ST_OK : ST_SYSTEM;
}

/* Open what is noted; one that cannot be opened is told once and tried again at every pass. */
static void
open_segments(struct spool_drain *drain, struct detail *why)
{
	size_t at = 0;

	while (at < drain->segments_n) {
		struct spool_segment *segment = &drain->segments[at];

		if (segment->fd < 0 && !spool_segment_open(segment, drain->folder_fd)) {
			if (errno == ENOENT) {
				forget_segment(drain, at);
				continue;
			}
			if (!segment->is_told)
				tell(why, "cannot open %s: %s", segment->name, strerror(errno));
			segment->is_told = true;
		}
		at++;
	}
}

static const char *
reason_to_keep(const struct spool_segment *segment)
{
	if (!segment->has_opened)
		return "opens with no record under this master key";
	return "is damaged in places";
}

/* Gone, or kept under another name.  False: neither was possible; tried again at every pass. */
static bool
retire_segment(struct spool_drain *drain, struct spool_segment *segment, struct detail *why)
{
	char damaged[SPOOL_NAME_BYTES];
	int result;

	if (segment->is_damaged) {
		spool_name_damaged(segment->name, damaged);
		result = renameat(drain->folder_fd, segment->name, drain->folder_fd, damaged);
	} else {
		result = unlinkat(drain->folder_fd, segment->name, 0);
	}
	if (result != 0 && errno != ENOENT) {
		if (!segment->is_told)
			tell(why, "cannot remove or rename %s: %s", segment->name, strerror(errno));
		segment->is_told = true;
		return false;
	}
	if (segment->is_damaged)
		tell(why, "%s %s; kept as *.damaged", segment->name, reason_to_keep(segment));
	else if (segment->is_torn)
		tell(why, "%s ended in an append that was never acknowledged; dropped", segment->name);
	return true;
}

/* How many went. */
static size_t
retire_finished(struct spool_drain *drain, struct detail *why)
{
	size_t at = 0, retired_n = 0;

	while (at < drain->segments_n) {
		struct spool_segment *segment = &drain->segments[at];

		if (spool_segment_is_finished(segment) && retire_segment(drain, segment, why)) {
			forget_segment(drain, at);
			retired_n++;
		} else {
			at++;
		}
	}
	return retired_n;
}

/* The segment whose next record arrived first; NULL: none has one. */
static struct spool_segment *
earliest(struct spool_drain *drain)
{
	struct spool_segment *first = NULL;

	for (size_t i = 0; i < drain->segments_n; i++) {
		struct spool_segment *segment = &drain->segments[i];

		if (!spool_segment_peek(segment, drain->folder_fd))
			continue;
		if (first == NULL || segment->head.received_us < first->head.received_us)
			first = segment;
	}
	return first;
}

static enum status
collect(struct spool_drain *drain, size_t most, struct arena *mem, struct spool_record *records, size_t *ret_n)
{
	size_t n = 0, bytes = 0;

	while (n < most) {
		struct spool_segment *segment = earliest(drain);
		enum status st;

		if (segment == NULL || (n > 0 && bytes + segment->head.body_bytes > SPOOL_NEXT_BYTES))
			break;
		bytes += segment->head.body_bytes;
		st = spool_segment_take(segment, drain->folder_fd, &drain->key, &drain->scratch, mem, &records[n]);
		if (st == ST_OK)
			n++;
		else if (st == ST_NOMEM && n > 0)
			break;
		else if (st != ST_BAD_INPUT && st != ST_NOT_FOUND)
			return st;
	}
	*ret_n = n;
	return ST_OK;
}

static void
rewind_all(struct spool_drain *drain)
{
	for (size_t i = 0; i < drain->segments_n; i++)
		spool_segment_rewind(&drain->segments[i]);
}

static enum status
look_around(struct spool_drain *drain, struct detail *why)
{
	enum status st = note_segments(drain);

	if (st != ST_OK)
		tell(why, "cannot read the spool's folder: %s", strerror(errno));
	else
		open_segments(drain, why);
	rewind_all(drain);
	return st;
}

enum status
spool_drain_next(struct spool_drain *drain, size_t most, struct arena *mem, struct spool_record **ret_records,
    size_t *ret_n, struct detail *why)
{
	struct spool_record *records;
	size_t n = 0, retired_n = 0;
	enum status st;

	tell_nothing(why);
	if (most < 1 || most > SPOOL_NEXT_MAX)
		return ST_BUG;
	records = arena_alloc(mem, most * sizeof(*records));
	if (records == NULL)
		return ST_NOMEM;
	/* what is retired makes room for segments that were not looked at */
	do {
		st = look_around(drain, why);
		if (st == ST_OK)
			st = collect(drain, most, mem, records, &n);
		if (st == ST_OK)
			retired_n = retire_finished(drain, why);
	} while (st == ST_OK && n == 0 && retired_n > 0);
	if (st != ST_OK) {
		rewind_all(drain);
		return st;
	}
	*ret_records = records;
	*ret_n = n;
	return ST_OK;
}

enum status
spool_drain_done(struct spool_drain *drain, struct detail *why)
{
	tell_nothing(why);
	for (size_t i = 0; i < drain->segments_n; i++) {
		struct spool_segment *segment = &drain->segments[i];

		segment->done = segment->read;
		segment->taken_n = 0;
		segment->is_resting = false;
		/* only to learn whether this was its end */
		(void)spool_segment_peek(segment, drain->folder_fd);
	}
	(void)retire_finished(drain, why);
	return ST_OK;
}
