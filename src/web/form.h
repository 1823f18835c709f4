/*
 * Names and values of a query string or a form, and cookies: bounded, decoded, and nothing twice.
 */
#ifndef WECOM_FORM_H
#define WECOM_FORM_H

#include "arena.h"
#include "span.h"
#include "status.h"

#define FORM_MAX_BYTES 8192
#define FORM_FIELDS_MAX 32
#define FORM_NAME_MAX_BYTES 64
#define COOKIES_MAX_BYTES 16384

struct form_field {
	struct span name;
	struct span value;	/* a NUL follows */
};

struct form {
	struct form_field fields[FORM_FIELDS_MAX];
	size_t n;
};

/*
 *   text      borrowed; raw query string or body
 *   ret_form  names and values in `mem`; values are valid UTF-8 without control characters
 * ST_BAD_INPUT: too long, too many, a bad escape, a name that is not of A-Z a-z 0-9 _ - and ., one given twice, a raw `?`,
 * bytes that are not text.  ST_NOMEM.
 */
enum status form_parse(struct span text, struct arena *mem, struct form *ret_form, struct detail *why) must_check;

/* The value of a name; absent when there is none. */
struct span form_value(const struct form *form, const char *name);

/*
 * The value of a cookie in the text of a Cookie header.  Absent: not there, there more than once (whose is it?), or the
 * header is above COOKIES_MAX_BYTES.
 */
struct span cookie_value(struct span header, const char *name);

#endif
