/*
 * One segment as the drainer reads it: what is whole, what is not there yet, what is torn, what is damaged.
 *
 * While a writer has the file, anything that is not a whole record means "not yet".  Only without a writer is it
 * judged: an incomplete record at the end, or zeros to the end, is a torn tail (never acknowledged: the flush of an
 * append ends behind its last byte); anything else is damage.  Behind a bad seal the length still leads to the next
 * record; behind a bad head the next head is searched for.  Never changes a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_internal.h"

#define LOOK_BYTES 16384
#define BLOCK_BYTES 4096	/* passed over when it cannot be read */

bool
spool_segment_open(struct spool_segment *segment, int folder_fd)
{
	segment->fd = openat(folder_fd, segment->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return segment->fd >= 0;
}

void
spool_segment_close(struct spool_segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

void
spool_segment_rewind(struct spool_segment *segment)
{
	segment->is_resting = false;
	segment->taken_n = 0;
	if (segment->read.offset == segment->done.offset)
		return;
	segment->read = segment->done;
	segment->has_head = false;
}

bool
spool_segment_is_finished(const struct spool_segment *segment)
{
	return segment->is_final && !segment->has_head && segment->taken_n == 0 &&
	    segment->read.offset >= segment->size_bytes;
}

/* Up to n bytes; fewer at the end of the file or before what cannot be read; -1 when the first cannot. */
static ssize_t
read_at(const struct spool_segment *segment, void *ret_bytes, size_t n, int64_t offset)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(segment->fd, (char *)ret_bytes + have, n - have, offset + (int64_t)have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && have == 0)
			return -1;
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static bool
read_whole(const struct spool_segment *segment, void *ret_bytes, size_t n, int64_t offset)
{
	return read_at(segment, ret_bytes, n, offset) == (ssize_t)n;
}

static void
update_size(struct spool_segment *segment)
{
	struct stat about;

	if (fstat(segment->fd, &about) == 0)
		segment->size_bytes = S_ISREG(about.st_mode) ? about.st_size : 0;
}

/*
 * Has the writer let go?  Under the folder's lock, as a writer makes and locks its file under it.  A writer never
 * opens a segment again, so that once is for ever.  No waiting: when writers are busy, the next pass will tell.
 */
static bool
became_final(struct spool_segment *segment, int folder_fd)
{
	if (segment->is_final || flock(folder_fd, LOCK_EX | LOCK_NB) != 0)
		return false;
	if (flock(segment->fd, LOCK_EX | LOCK_NB) == 0) {
		segment->is_final = true;
		update_size(segment);
	}
	spool_folder_unlock(folder_fd);
	return segment->is_final;
}

/* No byte but zeros from the offset to the end?  Bytes that cannot be read count as others. */
static bool
is_zero_from(const struct spool_segment *segment, int64_t offset)
{
	unsigned char look[LOOK_BYTES];

	for (;;) {
		ssize_t got = read_at(segment, look, sizeof(look), offset);

		if (got < 0)
			return false;
		if (got == 0)
			return true;
		if (look[0] != 0 || memcmp(look, look + 1, (size_t)got - 1) != 0)
			return false;
		offset += got;
	}
}

static void
end_torn(struct spool_segment *segment)
{
	segment->is_torn = true;
	segment->read.offset = segment->size_bytes;
}

/* Judge the start of an abandoned file.  The name repeats the id, so that a bad start costs no record. */
static void
judge_file_head(struct spool_segment *segment)
{
	int64_t start_us;

	if (segment->size_bytes < SPOOL_FILE_HEAD_BYTES || is_zero_from(segment, 0)) {
		end_torn(segment);
		return;
	}
	segment->is_damaged = true;
	segment->read.offset = SPOOL_FILE_HEAD_BYTES;
	segment->has_id = spool_name_decode(segment->name, &start_us, segment->id);
	if (!segment->has_id)
		segment->read.offset = segment->size_bytes;
	segment->done = segment->read;
}

static void
learn_id(struct spool_segment *segment, int folder_fd)
{
	unsigned char bytes[SPOOL_FILE_HEAD_BYTES];

	for (;;) {
		if (read_whole(segment, bytes, sizeof(bytes), 0) && spool_file_head_decode(bytes, segment->id)) {
			segment->has_id = true;
			segment->read.offset = segment->done.offset = SPOOL_FILE_HEAD_BYTES;
			return;
		}
		if (segment->is_final) {
			judge_file_head(segment);
			return;
		}
		if (!became_final(segment, folder_fd))
			return;
	}
}

/* A head that may come at this place: whole, and not from before. */
static bool
read_head(const struct spool_segment *segment, int64_t offset, struct spool_head *ret_head)
{
	unsigned char bytes[SPOOL_HEAD_BYTES];
	struct spool_head head;

	if (!read_whole(segment, bytes, sizeof(bytes), offset) || !spool_head_decode(segment->id, bytes, &head))
		return false;
	if (head.sequence < segment->read.sequence)
		return false;
	*ret_head = head;
	return true;
}

/* Search the next head behind a bad one; to the end when there is none. */
static void
pass_bad_head(struct spool_segment *segment)
{
	unsigned char look[LOOK_BYTES];
	struct spool_head head;
	int64_t offset = segment->read.offset + 1;

	segment->is_damaged = true;
	while (offset + SPOOL_HEAD_BYTES <= segment->size_bytes) {
		ssize_t got = read_at(segment, look, sizeof(look), offset);
		unsigned char *found;

		if (got < 0) {
			offset = (offset / BLOCK_BYTES + 1) * BLOCK_BYTES;
			continue;
		}
		if (got < SPOOL_MAGIC_BYTES)
			break;
		found = memmem(look, (size_t)got, SPOOL_MAGIC, SPOOL_MAGIC_BYTES);
		if (found == NULL) {
			offset += got - (SPOOL_MAGIC_BYTES - 1);
			continue;
		}
		offset += found - look;
		if (read_head(segment, offset, &head)) {
			segment->read.offset = offset;
			return;
		}
		offset++;
	}
	segment->read.offset = segment->size_bytes;
}

/* What an abandoned segment holds at `read` is no whole record: a torn tail, or damage to pass over. */
static void
judge_rest(struct spool_segment *segment)
{
	int64_t left_bytes = segment->size_bytes - segment->read.offset;
	struct spool_head head;

	if (left_bytes < SPOOL_HEAD_BYTES || read_head(segment, segment->read.offset, &head) ||
	    is_zero_from(segment, segment->read.offset))
		end_torn(segment);
	else
		pass_bad_head(segment);
}

/* A whole record at `read`, its head to segment->head? */
static bool
find_record(struct spool_segment *segment)
{
	struct spool_head head;

	if (!read_head(segment, segment->read.offset, &head))
		return false;
	if (segment->read.offset + SPOOL_HEAD_BYTES + head.body_bytes > segment->size_bytes)
		return false;
	/* the records between are missing */
	if (head.sequence != segment->read.sequence)
		segment->is_damaged = true;
	segment->head = head;
	segment->has_head = true;
	return true;
}

bool
spool_segment_peek(struct spool_segment *segment, int folder_fd)
{
	if (segment->is_resting || segment->fd < 0)
		return false;
	if (!segment->is_final)
		update_size(segment);
	if (!segment->has_head && !segment->has_id && segment->read.offset == 0)
		learn_id(segment, folder_fd);
	while (!segment->has_head && segment->has_id) {
		if (segment->read.offset < segment->size_bytes && find_record(segment))
			break;
		if (segment->is_final && segment->read.offset >= segment->size_bytes)
			break;
		if (segment->is_final)
			judge_rest(segment);
		else if (!became_final(segment, folder_fd))
			break;
	}
	segment->is_resting = !segment->has_head;
	return segment->has_head;
}

/* Read and unseal the record at `read`. */
static enum status
read_record(const struct spool_segment *segment, const struct seal_key *key, struct arena *scratch,
    struct arena *mem, struct spool_record *ret_record)
{
	size_t n = segment->head.body_bytes;
	char *body;

	arena_reset(scratch);
	body = arena_alloc(scratch, n);
	if (body == NULL)
		return ST_NOMEM;
	if (!read_whole(segment, body, n, segment->read.offset + SPOOL_HEAD_BYTES))
		return ST_BAD_INPUT;
	return spool_record_decode(key, segment->id, &segment->head, (struct span){body, n}, mem, ret_record);
}

enum status
spool_segment_take(struct spool_segment *segment, int folder_fd, const struct seal_key *key, struct arena *scratch,
    struct arena *mem, struct spool_record *ret_record)
{
	enum status st = read_record(segment, key, scratch, mem, ret_record);

	if (st != ST_OK && st != ST_BAD_INPUT)
		return st;
	if (st == ST_BAD_INPUT && !segment->is_final) {
		/* look again once the writer has let go; it may be cutting off a failed append */
		segment->has_head = false;
		segment->is_resting = !became_final(segment, folder_fd);
		return ST_NOT_FOUND;
	}
	if (st == ST_BAD_INPUT) {
		segment->is_damaged = true;
	} else {
		segment->has_opened = true;
		segment->taken_n++;
	}
	segment->read.offset += SPOOL_HEAD_BYTES + segment->head.body_bytes;
	segment->read.sequence = segment->head.sequence + 1;
	segment->has_head = false;
	return st;
}
