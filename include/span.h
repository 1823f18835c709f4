/* Bytes with their length.  A span borrows: whoever made the bytes owns them.  No trailing NUL is implied. */
#ifndef WECOM_SPAN_H
#define WECOM_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at;		/* NULL only together with n == 0: "absent" */
	size_t n;		/* bytes */
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

/* The bytes of a C string without its NUL; NULL gives the absent span. */
struct span span_of(const char *text);

bool span_equal(struct span a, struct span b);

/* Equal, in a time that depends on the lengths only. */
bool span_equal_constant_time(struct span a, struct span b);

/* Without leading and trailing blanks, tabs and line ends. */
struct span span_trim(struct span s);

/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int span_compare(struct span a, struct span b);

/*
 * A whole non-negative decimal number: digits only, at most `most`.
 * False (and *ret untouched) when empty, not digits, or above `most`.
 */
bool span_number(struct span s, long long most, long long *ret);

#endif
