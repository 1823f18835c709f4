/*
 * Where an event waits when the database cannot take it: a folder of segment files, one writer each, any number of
 * processes side by side.  A record is acknowledged only after its bytes are on disk (fdatasync, and fsync of the
 * folder for a new file).  Sealed under the master key; bounded by bytes; a torn tail costs nothing that was
 * acknowledged.
 *
 * At least once: a record may come out of the drain more than once (the drainer died before it could remove the
 * segment), or although its append failed (killed, or the flush failed, after the bytes were written).  Both are
 * harmless, for an event is recognised by its content and was really received.  An acknowledged record never goes
 * missing: a segment is removed only when all of it is stored, and one with damage is kept as *.damaged.
 *
 * The folder is on a local file system (flock, fsync) and belongs to one service user; files are made 0600.
 *   <start, 16 hex, microseconds>-<pid>-<id, 32 hex>.segment    in use or waiting; its writer holds flock on it
 *   ….damaged       kept for a person; renamed to ….segment it is tried again (after the right master key is back)
 *   drain.lock      held by the drainer; the folder itself is the writers' lock
 */
#ifndef WECOM_SPOOL_H
#define WECOM_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "seal.h"
#include "span.h"
#include "status.h"

#define SPOOL_CORP_MAX_BYTES 1024
#define SPOOL_ITEM_MAX_BYTES (15 * 1024 * 1024)	/* the most seal_close takes is 16 MiB */
#define SPOOL_SEGMENT_MIN_BYTES (4 * 1024 * 1024)	/* a segment is left for a new one above this, or above */
#define SPOOL_SEGMENTS 64	/* this part of the bound: room comes back in such steps, and the folder stays short */
#define SPOOL_LOCK_WAIT_MS 1000			/* the longest wait of an append for the other writers */
#define SPOOL_NEXT_MAX 4096			/* records of one spool_drain_next */
#define SPOOL_NEXT_BYTES (4 * 1024 * 1024)	/* and their bytes; the first record may alone be larger */

struct spool_record {
	int64_t received_us;	/* order of the drain; not secret: stored in the clear, authenticated */
	struct span corp;	/* p_corp of wecom.ingest */
	struct span item;	/* one element of p_events, JSON text */
};

struct spool_writer;

/*
 * `folder` must exist and be writable by the first append.  No file is made before it.  The key is copied.
 * max_bytes bounds all segments and damaged files of the folder, all writers together; 0: nothing is taken.
 * One thread at a time may use a writer.  NULL: no memory.
 */
struct spool_writer *spool_writer_new(const char *folder, const struct seal_key *key, int64_t max_bytes);

/* Close the segment (the drainer may then remove it); the folder keeps what is in it.  NULL is allowed. */
void spool_writer_free(struct spool_writer *writer);

/*
 * Append all n records and make them durable with one flush.  On failure none of them is acknowledged.
 * ST_OK: durable.
 * ST_BUSY: the bound is reached, the disk is full, or the lock was not to be had in SPOOL_LOCK_WAIT_MS.
 * ST_TOO_LARGE: a record is above SPOOL_CORP_MAX_BYTES or SPOOL_ITEM_MAX_BYTES.
 * ST_SYSTEM: another error of the disk.  ST_NOMEM, ST_BUG.
 * After any failed write or flush this segment is never written to again; the next append makes a new one.
 */
enum status spool_append(struct spool_writer *writer, const struct spool_record *records, size_t n,
    struct detail *why) must_check;

/* Close the current segment when it has had no append for idle_ms, so that the drainer can remove it. */
void spool_writer_tick(struct spool_writer *writer, int64_t idle_ms);

/* Bytes of the segments in the folder now, and the age of the oldest in ms (0 when there is none).  ST_SYSTEM. */
enum status spool_usage(const char *folder, int64_t *ret_bytes, int64_t *ret_age_ms) must_check;

/* Files kept as *.damaged and their bytes: for a metric and an alarm.  ST_SYSTEM. */
enum status spool_damage(const char *folder, int64_t *ret_files_n, int64_t *ret_bytes) must_check;

struct spool_drain;

/*
 * One drainer per folder, held by a lock on it.  ST_BUSY: another holds it.  ST_SYSTEM, ST_NOMEM.
 */
enum status spool_drain_open(const char *folder, const struct seal_key *key, struct spool_drain **ret_drain,
    struct detail *why) must_check;
void spool_drain_close(struct spool_drain *drain);	/* NULL is allowed */

/*
 * The next records in order of arrival, oldest first, at most `most` (1..SPOOL_NEXT_MAX) and SPOOL_NEXT_BYTES.
 *   mem          its cap should allow SPOOL_NEXT_BYTES + SPOOL_ITEM_MAX_BYTES and some
 *   ret_records  in `mem`; ret_n 0 when nothing waits
 *   why          emptied first; on ST_OK, text in it is worth a line in the log
 * Call spool_drain_done once they are stored, or again spool_drain_next (the same records first) when they are not.
 * Damage is passed over; the segment is kept under the name *.damaged when the rest of it is stored, and told once.
 * ST_SYSTEM: the folder cannot be read.  ST_NOMEM: not even one record fits.
 */
enum status spool_drain_next(struct spool_drain *drain, size_t most, struct arena *mem,
    struct spool_record **ret_records, size_t *ret_n, struct detail *why) must_check;

/* What the last spool_drain_next returned is stored: go on behind it, remove finished segments.  `why` as above. */
enum status spool_drain_done(struct spool_drain *drain, struct detail *why) must_check;

#endif
