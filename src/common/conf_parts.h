/*
 * What the parts of the settings share: conf.c (table, order of things), conf_file.c (lines), conf_value.c (one value),
 * conf_secret.c (secret files).  Nobody else includes this, but for their tests.
 */
#ifndef WECOM_CONF_PARTS_H
#define WECOM_CONF_PARTS_H

#include <sys/types.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "scope.h"

#define CONF_FILE_MAX_BYTES 65536
#define CONF_VALUE_MAX_BYTES 4096
#define CONF_SECRET_MAX_BYTES 4096

/* `scoped(conf_fd) int fd = -1;` */
static inline void
scope_conf_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Text of a settings file, read line by line. */
struct conf_file {
	struct span text;
	size_t at;
	int line;		/* number of the line read last */
};

struct conf_line {
	struct span name;
	struct span value;	/* in `mem`, unquoted, NUL-terminated */
	const char *fault;	/* a sentence's end, static; then name and value mean nothing */
};

/*
 * The next line that is not blank and not a comment; false at the end.  What is accepted means the same to systemd's
 * EnvironmentFile; what would mean something else there (or continue on the next line) is a fault.
 */
bool conf_file_next(struct conf_file *file, struct arena *mem, struct conf_line *ret_line);

/* The settings file as a whole in `mem`; mode: its permissions.  ST_SYSTEM with errno set; ST_TOO_LARGE; ST_NOMEM. */
enum status conf_file_read(const char *path, struct arena *mem, struct span *ret_text, mode_t *ret_mode) must_check;

/* Where a setting's value came from. */
enum { CONF_LINE_DEFAULT = 0, CONF_LINE_ENVIRONMENT = -1 };

struct conf_given {
	const char *value;	/* "" when nobody gave one and there is no default */
	int line;		/* of the file, or one of CONF_LINE_… */
};

/* The state of one conf_load. */
struct conf_load {
	struct conf *conf;
	struct arena *mem;
	FILE *faults;
	size_t faults_n;
	const char *path;
	bool has_file;
	mode_t mode;			/* of the settings file */
	unsigned int program;
	struct conf_given *given;	/* one for each row of the table */
};

struct conf_setting {
	const char *name;
	const char *fallback;		/* default; "" = none */
	const char *meaning;		/* one line for people */
	const char *unit;		/* "" = none */
	unsigned int read_by;		/* conf_program bits; a secret file is not even opened for others */
	unsigned int needed_by;		/* conf_program bits: these do not start without */
	void (*read)(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
	size_t offset;			/* in struct conf */
	long long least, most;		/* of numbers; both 0 otherwise */
	const char *const *words;	/* of choices, in the order of their enum, NULL at the end */
};

/* One sentence about a setting: `<file>:<line>: NAME <the format>`.  Never give it a value that may be secret. */
void conf_fault(struct conf_load *load, const struct conf_setting *setting, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Readers of one value (never empty); a value that does not fit is a fault. */
void conf_read_id(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_database(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_origin(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_folder(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_int(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_int64(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_choice(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_switch(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_secret(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_aes_key(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);
void conf_read_master_key(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given);

/*
 * The secret in the text of its file: without the line end after it; one word of printable ASCII.
 * The result borrows from `text`; NULL `at` and a static sentence's end when it is not acceptable.
 */
struct span conf_secret_word(struct span text, const char **ret_fault);

#endif
