/* Options of the subcommands, `--name VALUE`, read by one table each. */
#ifndef SIM_OPTION_H
#define SIM_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

enum option_type {
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* const char * */
	OPTION_NUMBER,   /* unsigned long long, 0..most */
	OPTION_SHARE,    /* double, 0..1 */
	OPTION_SHARE_MS, /* struct option_share_ms, written P:MS */
};

struct option_share_ms {
	double share;
	unsigned long long ms;
};

struct option_entry {
	const char *name; /* with its dashes; `-c` too */
	enum option_type type;
	void *target;
	unsigned long long most; /* of OPTION_NUMBER */
};

enum option_result { OPTION_OK, OPTION_HELP, OPTION_WRONG };

/*
 *   table  ends with a NULL name
 *   usage  printed to stdout on --help or -h (OPTION_HELP)
 * OPTION_WRONG: a sentence was printed to stderr; exit with EX_USAGE.
 */
enum option_result option_read(int argc, char **argv, const struct option_entry *table, const char *usage);

#endif
