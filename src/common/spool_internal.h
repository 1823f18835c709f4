/*
 * What the parts of the spool share: the format (spool_record.c), the folder (spool_folder.c), and one segment as
 * its reader sees it (spool_segment.c).  Nobody outside the spool includes this, tests apart.
 */
#ifndef WECOM_SPOOL_INTERNAL_H
#define WECOM_SPOOL_INTERNAL_H

#include <stdbool.h>

#include "spool.h"

#define SPOOL_ID_BYTES 16
#define SPOOL_NAME_BYTES 128
#define SPOOL_FILE_HEAD_BYTES 32
#define SPOOL_HEAD_BYTES 28
#define SPOOL_MAGIC "WCsR"	/* starts every record */
#define SPOOL_MAGIC_BYTES 4
#define SPOOL_BODY_MAX_BYTES (SEAL_OVERHEAD_BYTES + 4 + SPOOL_CORP_MAX_BYTES + SPOOL_ITEM_MAX_BYTES)

/* ---- format: pure ---- */

/* The head of a record, in the clear, with a check; the sealed body binds it as associated data. */
struct spool_head {
	uint32_t body_bytes;	/* sealed */
	uint64_t sequence;	/* 0, 1, 2, … in its segment */
	int64_t received_us;
};

void spool_file_head_encode(const unsigned char id[SPOOL_ID_BYTES], unsigned char ret_bytes[SPOOL_FILE_HEAD_BYTES]);
bool spool_file_head_decode(const unsigned char bytes[SPOOL_FILE_HEAD_BYTES], unsigned char ret_id[SPOOL_ID_BYTES]);

bool spool_head_decode(const unsigned char id[SPOOL_ID_BYTES], const unsigned char bytes[SPOOL_HEAD_BYTES],
    struct spool_head *ret_head);

/* What the record takes in a segment.  ST_TOO_LARGE. */
enum status spool_record_bytes(const struct spool_record *record, int64_t *ret_bytes) must_check;

/* Head and sealed body in one piece, in `mem`.  Statuses of seal_close. */
enum status spool_record_encode(const struct seal_key *key, const unsigned char id[SPOOL_ID_BYTES], uint64_t sequence,
    const struct spool_record *record, struct arena *mem, struct span *ret_bytes) must_check;

/* The body behind `head`.  ret_record in `mem`.  ST_BAD_INPUT: changed, moved, or under another key; ST_NOMEM. */
enum status spool_record_decode(const struct seal_key *key, const unsigned char id[SPOOL_ID_BYTES],
    const struct spool_head *head, struct span body, struct arena *mem, struct spool_record *ret_record) must_check;

void spool_name_encode(int64_t start_us, long pid, const unsigned char id[SPOOL_ID_BYTES],
    char ret_name[SPOOL_NAME_BYTES]);

/* False when the name is not one that spool_name_encode makes (with either ending). */
bool spool_name_decode(const char *name, int64_t *ret_start_us, unsigned char ret_id[SPOOL_ID_BYTES]);

enum spool_file_kind { SPOOL_FILE_OTHER, SPOOL_FILE_SEGMENT, SPOOL_FILE_DAMAGED };
enum spool_file_kind spool_name_kind(const char *name);

/* The same name with the ending of a damaged file. */
void spool_name_damaged(const char *name, char ret_name[SPOOL_NAME_BYTES]);

/* ---- folder ---- */

struct spool_totals {
	int64_t segment_bytes;
	int64_t damaged_bytes;
	int64_t damaged_n;
	int64_t oldest_us;	/* start of the oldest segment; INT64_MAX: none */
};

/* ST_SYSTEM; errno is kept. */
enum status spool_folder_totals(int folder_fd, struct spool_totals *ret_totals) must_check;

/*
 * Exclusive among all writers: sizes are summed and bytes added under it, and a segment is made and locked by its
 * writer under it, so that who holds it can tell a writer's segment from an abandoned one.  Never held over a flush.
 * ST_BUSY: not to be had in SPOOL_LOCK_WAIT_MS.
 */
enum status spool_folder_lock(int folder_fd) must_check;
void spool_folder_unlock(int folder_fd);

/* ---- one segment, read ---- */

struct spool_place {
	int64_t offset;
	uint64_t sequence;	/* the least that may come next */
};

struct spool_segment {
	char name[SPOOL_NAME_BYTES];
	int fd;				/* -1: not opened (yet) */
	unsigned char id[SPOOL_ID_BYTES];
	int64_t size_bytes;		/* as last seen */
	struct spool_place done;	/* all before it is stored */
	struct spool_place read;	/* all before it was handed out or passed over */
	size_t taken_n;			/* records between the two */
	struct spool_head head;		/* of the record at `read`, when has_head */
	bool has_head;
	bool has_id;
	bool is_final;			/* no writer has it: nothing will be added */
	bool is_resting;		/* nothing more from it in this pass */
	bool is_torn;			/* ends in bytes that were never acknowledged */
	bool is_damaged;		/* to be kept */
	bool is_told;
	bool has_opened;		/* at least one record opened under our key */
};

/* False: cannot be opened (errno). */
bool spool_segment_open(struct spool_segment *segment, int folder_fd);
void spool_segment_close(struct spool_segment *segment);

/* A new pass: records handed out and not done come again. */
void spool_segment_rewind(struct spool_segment *segment);

/* Is there a record to take?  Damage is judged, and passed over, only when no writer has the segment any more. */
bool spool_segment_peek(struct spool_segment *segment, int folder_fd);

/*
 * The record that peek found, in `mem`; `scratch` is reset.
 * ST_BAD_INPUT: passed over.  ST_NOT_FOUND: not yet whole, the segment rests.  ST_NOMEM: still there.
 */
enum status spool_segment_take(struct spool_segment *segment, int folder_fd, const struct seal_key *key,
    struct arena *scratch, struct arena *mem, struct spool_record *ret_record) must_check;

/* All of it is stored or passed over, and no writer has it. */
bool spool_segment_is_finished(const struct spool_segment *segment);

#endif
