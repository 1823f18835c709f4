/* C structures to JSON objects and back, by tables of their fields. */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

enum record_type {
	RECORD_TEXT,    /* char[bytes] */
	RECORD_INT,     /* int */
	RECORD_UINT,    /* unsigned int, enums */
	RECORD_LONG,    /* int64_t, uint64_t, unsigned long long, size_t */
	RECORD_BOOL,    /* bool */
	RECORD_UINTS,   /* unsigned int[most], how many is at n_offset */
	RECORD_BOOLS,   /* bool[most] */
	RECORD_TEXTS,   /* char[most][bytes] */
	RECORD_LONGS,   /* 64-bit [most], all of them */
	RECORD_INSIDE,  /* a structure */
	RECORD_LIST,    /* struct list of structures */
	RECORD_NUMBERS, /* struct list of unsigned int */
	RECORD_BYTES    /* struct list of unsigned char below 10, as one string of digits */
};

struct record_field {
	const char *name; /* NULL ends a table */
	enum record_type type;
	size_t offset;
	size_t bytes;
	size_t n_offset;
	size_t most;
	const struct record_field *fields;
	void (*prepare)(void *item); /* of RECORD_LIST: before a new item is read; NULL: it is zeroed */
};

struct json_object *record_save(const struct record_field *fields, const void *record);
/* Members that are missing leave what is there.  False: a member does not fit; the record may be half read. */
bool record_load(const struct record_field *fields, struct json_object *json, void *record, struct fault *fault);

#endif
