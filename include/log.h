/*
 * One line per thing that happened: `2026-01-02T03:04:05.678Z level program[pid] key=value …`.
 * Peer text is escaped (control bytes, quotes, backslashes, invalid UTF-8) and cut; secrets are never passed here.
 * errno survives.  Thread safe: one write(2) per line.
 */
#ifndef WECOM_LOG_H
#define WECOM_LOG_H

#include <stdint.h>

#include "conf.h"
#include "span.h"

#define LOG_LINE_MAX_BYTES 2048
#define LOG_VALUE_MAX_BYTES 256

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

/*
 * Before the first line: the program's name (borrowed for the life of the process) and where lines go.  Later calls
 * change the target.
 */
void log_open(const char *program, enum conf_log_target target);

/* A sentence, for people: start, stop, faults.  Control characters and invalid UTF-8 in it are escaped, too. */
void log_text(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A line of key=value pairs, built in the caller's storage:
 *   struct log_line line; log_line_start(&line); log_line_span(&line, "corp", ev.corp); … log_line_write(&line, level);
 * A value with blanks, quotes, backslashes, control characters or invalid UTF-8 is quoted and escaped (\xNN, \", \\), an
 * empty one is "", an absent span is left out.  As written a value has at most LOG_VALUE_MAX_BYTES, then `…` where it was
 * cut.  A pair that finds no room is left out and the line ends with `…`.  Keys are ours: short plain words.
 */
struct log_line {
	char text[LOG_LINE_MAX_BYTES];
	size_t n;
	bool is_cut;
};

void log_line_start(struct log_line *line);
void log_line_span(struct log_line *line, const char *key, struct span value);
void log_line_text(struct log_line *line, const char *key, const char *value);
void log_line_number(struct log_line *line, const char *key, long long value);
/* Milliseconds with one decimal, from microseconds. */
void log_line_ms(struct log_line *line, const char *key, int64_t microseconds);
void log_line_write(struct log_line *line, enum log_level level);

#endif
