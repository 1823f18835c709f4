/* UUID version 7 (RFC 9562, section 5.7): made here, not in the database (reference: a call in SQL costs 40 % of an ingest). */
#ifndef WECOM_UUID_H
#define WECOM_UUID_H

#include <stdint.h>

#include "status.h"

#define UUID_TEXT_BYTES 37	/* 36 characters and a NUL */

/*
 * 48 bits of milliseconds from wall_us, then 12 bits of the sub-millisecond fraction, then 62 random bits.
 * Text of one process made at growing times sorts in that order.
 * ST_SYSTEM: the system gave no random bytes.
 */
enum status uuid_v7(int64_t wall_us, char ret_text[UUID_TEXT_BYTES]) must_check;

#endif
