/*
 * Log lines.  Whatever a peer wrote is made harmless here: control bytes and what is not UTF-8 are escaped, long values
 * are cut.  Never fails towards the caller, never changes errno.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define CUT_MARK "\xe2\x80\xa6"		/* U+2026, an ellipsis */
#define CUT_MARK_BYTES (sizeof(CUT_MARK) - 1)
#define PREFIX_MAX_BYTES 128
#define KEY_MAX_BYTES 64
#define TEXT_MAX_BYTES (LOG_LINE_MAX_BYTES - CUT_MARK_BYTES - 1)	/* room for a blank and the mark */

static _Atomic(const char *) program_name = "wecom";
static _Atomic(enum conf_log_target) log_target = CONF_LOG_STDERR;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"info", LOG_INFO},
};

void
log_open(const char *program, enum conf_log_target target)
{
	int saved = errno;

	atomic_store(&program_name, program);
	if (target == CONF_LOG_SYSLOG)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	atomic_store(&log_target, target);
	errno = saved;
}

/* How many bytes the sequence that starts with `lead` has, and the least code point that needs them; 0: no lead. */
static size_t
utf8_length(unsigned char lead, unsigned int *ret_least)
{
	if ((lead & 0xe0) == 0xc0) {
		*ret_least = 0x80;
		return 2;
	}
	if ((lead & 0xf0) == 0xe0) {
		*ret_least = 0x800;
		return 3;
	}
	if ((lead & 0xf8) == 0xf0) {
		*ret_least = 0x10000;
		return 4;
	}
	return 0;
}

/* Bytes of the printable character `s` begins with; 0: a control character or not UTF-8.  s.n > 0. */
static size_t
printable_length(struct span s)
{
	unsigned char lead = (unsigned char)s.at[0];
	unsigned int least = 0, code;
	size_t n;

	if (lead < 0x80)
		return lead >= 0x20 && lead != 0x7f;
	n = utf8_length(lead, &least);
	if (n == 0 || n > s.n)
		return 0;
	code = lead & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)s.at[i] & 0x3f);
	}
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code < 0xa0)
		return 0;
	return n;
}

/*
 * The next character of *s in its harmless form.
 *   quoted    a quote and a backslash get a backslash before them
 *   ret_form  at most 4 bytes
 */
static size_t
next_form(struct span *s, bool quoted, char ret_form[4])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = printable_length(*s), form_n;

	if (n == 0) {
		unsigned char byte = (unsigned char)s->at[0];

		memcpy(ret_form, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
		n = 1;
		form_n = 4;
	} else if (quoted && (s->at[0] == '"' || s->at[0] == '\\')) {
		memcpy(ret_form, (char[]){'\\', s->at[0]}, 2);
		form_n = 2;
	} else {
		memcpy(ret_form, s->at, n);
		form_n = n;
	}
	s->at += n;
	s->n -= n;
	return form_n;
}

/* `value` in harmless form, at most `most` bytes and a mark when it was cut; returns the bytes written. */
static size_t
put_harmless(char *to, size_t most, struct span value, bool quoted)
{
	size_t n = 0;

	while (value.n > 0) {
		char form[4];
		size_t form_n = next_form(&value, quoted, form);

		if (form_n > most - n) {
			memcpy(to + n, CUT_MARK, CUT_MARK_BYTES);
			return n + CUT_MARK_BYTES;
		}
		memcpy(to + n, form, form_n);
		n += form_n;
	}
	return n;
}

static bool
needs_quotes(struct span value)
{
	if (value.n == 0)
		return true;
	while (value.n > 0) {
		size_t n = printable_length(value);

		if (n == 0 || value.at[0] == ' ' || value.at[0] == '"' || value.at[0] == '\\')
			return true;
		value.at += n;
		value.n -= n;
	}
	return false;
}

void
log_line_start(struct log_line *line)
{
	line->n = 0;
	line->is_cut = false;
}

/* ` key=value`, or nothing and the mark of a cut line when it has no room. */
static void
put_pair(struct log_line *line, const char *key, const char *value, size_t value_n)
{
	size_t key_n = strnlen(key, KEY_MAX_BYTES);
	size_t blank_n = line->n > 0;
	char *to = line->text + line->n;

	if (blank_n + key_n + 1 + value_n > TEXT_MAX_BYTES - line->n) {
		line->is_cut = true;
		return;
	}
	if (blank_n > 0)
		*to++ = ' ';
	memcpy(to, key, key_n);
	to[key_n] = '=';
	memcpy(to + key_n + 1, value, value_n);
	line->n += blank_n + key_n + 1 + value_n;
}

void
log_line_span(struct log_line *line, const char *key, struct span value)
{
	char form[LOG_VALUE_MAX_BYTES + CUT_MARK_BYTES + 2];
	size_t n = 0;

	if (value.at == NULL)
		return;
	if (needs_quotes(value)) {
		form[n++] = '"';
		n += put_harmless(form + n, LOG_VALUE_MAX_BYTES, value, true);
		form[n++] = '"';
	} else {
		n = put_harmless(form, LOG_VALUE_MAX_BYTES, value, false);
	}
	put_pair(line, key, form, n);
}

void
log_line_text(struct log_line *line, const char *key, const char *value)
{
	log_line_span(line, key, span_of(value));
}

void
log_line_number(struct log_line *line, const char *key, long long value)
{
	char form[24];
	int n = snprintf(form, sizeof(form), "%lld", value);

	put_pair(line, key, form, (size_t)n);
}

void
log_line_ms(struct log_line *line, const char *key, int64_t microseconds)
{
	char form[32];
	int64_t tenths = microseconds / 100;
	int n = snprintf(form, sizeof(form), "%s%lld.%lld", tenths < 0 ? "-" : "", llabs(tenths / 10),
	    llabs(tenths % 10));

	put_pair(line, key, form, (size_t)n);
}

/* `2026-01-02T03:04:05.678Z level program[pid] `, cut when a program has an absurd name; returns its bytes. */
static size_t
put_prefix(char *to, enum log_level level)
{
	int64_t now_us = clock_wall_us();
	time_t now_s = (time_t)(now_us / 1000000);
	struct tm utc = {0};
	int n;

	gmtime_r(&now_s, &utc);
	n = snprintf(to, PREFIX_MAX_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %.64s[%ld] ",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	    (int)(now_us / 1000 % 1000), levels[level].name, atomic_load(&program_name), (long)getpid());
	return n < PREFIX_MAX_BYTES ? (size_t)n : PREFIX_MAX_BYTES - 1;
}

/* A log that cannot be written is nobody's reason to stop: a failed write is given up. */
static void
write_stderr(enum log_level level, const char *text, size_t n)
{
	char line[PREFIX_MAX_BYTES + LOG_LINE_MAX_BYTES + 1];
	size_t at = put_prefix(line, level);
	ssize_t written;

	memcpy(line + at, text, n);
	line[at + n] = '\n';
	do
		written = write(STDERR_FILENO, line, at + n + 1);
	while (written < 0 && errno == EINTR);
}

static void
write_text(enum log_level level, const char *text, size_t n)
{
	int saved = errno;

	if (atomic_load(&log_target) == CONF_LOG_SYSLOG)
		syslog(levels[level].priority, "%.*s", (int)n, text);
	else
		write_stderr(level, text, n);
	errno = saved;
}

void
log_line_write(struct log_line *line, enum log_level level)
{
	if (line->is_cut) {
		memcpy(line->text + line->n, " " CUT_MARK, 1 + CUT_MARK_BYTES);
		line->n += 1 + CUT_MARK_BYTES;
		line->is_cut = false;
	}
	write_text(level, line->text, line->n);
}

void
log_text(enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX_BYTES], harmless[LOG_LINE_MAX_BYTES];
	va_list args;
	int saved = errno, n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	/* a text cut by vsnprintf is longer than TEXT_MAX_BYTES and so gets its mark below */
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	write_text(level, harmless, put_harmless(harmless, TEXT_MAX_BYTES, (struct span){text, (size_t)n}, false));
	errno = saved;
}
