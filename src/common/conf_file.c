/*
 * The lines of a settings file.  The accepted form is the part of systemd's EnvironmentFile that fits on one line.
 * Knows no setting by name, never prints.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_parts.h"

static enum status
read_whole(int fd, struct arena *mem, struct span *ret_text)
{
	size_t n = 0;
	ssize_t got;
	char *text = arena_alloc(mem, CONF_FILE_MAX_BYTES + 1);

	if (text == NULL)
		return ST_NOMEM;
	do {
		got = read(fd, text + n, CONF_FILE_MAX_BYTES + 1 - n);
		if (got > 0)
			n += (size_t)got;
	} while ((got > 0 && n <= CONF_FILE_MAX_BYTES) || (got < 0 && errno == EINTR));
	if (got < 0)
		return ST_SYSTEM;
	if (n > CONF_FILE_MAX_BYTES)
		return ST_TOO_LARGE;
	*ret_text = (struct span){text, n};
	return ST_OK;
}

enum status
conf_file_read(const char *path, struct arena *mem, struct span *ret_text, mode_t *ret_mode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat about;
	enum status st = ST_SYSTEM;

	if (fd < 0)
		return ST_SYSTEM;
	if (fstat(fd, &about) == 0)
		st = read_whole(fd, mem, ret_text);
	close(fd);
	if (st == ST_OK)
		*ret_mode = about.st_mode & 07777;
	return st;
}

/* Cut the next line off, without its end (LF or CRLF). */
static struct span
cut_line(struct conf_file *file)
{
	const char *start = file->text.at + file->at;
	size_t left = file->text.n - file->at;
	const char *end = memchr(start, '\n', left);
	size_t n = end == NULL ? left : (size_t)(end - start);

	file->at += end == NULL ? n : n + 1;
	file->line++;
	if (n > 0 && start[n - 1] == '\r')
		n--;
	return (struct span){start, n};
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.at[i];
		bool is_digit = c >= '0' && c <= '9';

		if (c != '_' && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(is_digit && i > 0))
			return false;
	}
	return s.n > 0;
}

static bool
has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

/* A backslash takes the meaning off the next character, whatever it is. */
static const char *
unescape_plain(struct span s, char *to)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.at[i] == '\\') {
			i++;
			if (i == s.n)
				return "ends with a backslash: a value cannot go on in the next line";
		}
		*to++ = s.at[i];
	}
	return NULL;
}

/* `s` begins with a quote; inside double quotes a backslash works before " \ ` and $ only. */
static const char *
unescape_quoted(struct span s, char *to)
{
	char quote = s.at[0];
	size_t i = 1;

	for (; i < s.n && s.at[i] != quote; i++) {
		if (quote == '"' && s.at[i] == '\\' && i + 1 < s.n && strchr("\"\\`$", s.at[i + 1]) != NULL)
			i++;
		*to++ = s.at[i];
	}
	if (i >= s.n)
		return "has a quote that is not closed on the same line";
	return i + 1 == s.n ? NULL : "has text behind its closing quote";
}

/* Quotes and backslashes are taken off into a zeroed copy, so that the result always ends with a NUL. */
static const char *
unquote(struct span s, struct arena *mem, struct span *ret_value)
{
	char *to = arena_alloc(mem, s.n + 1);
	const char *fault;

	if (to == NULL)
		return "needs more memory than a settings file may use";
	if (s.n > 0 && (s.at[0] == '"' || s.at[0] == '\''))
		fault = unescape_quoted(s, to);
	else
		fault = unescape_plain(s, to);
	if (fault == NULL)
		*ret_value = span_of(to);
	return fault;
}

static const char *
split_line(struct span line, struct arena *mem, struct conf_line *ret_line)
{
	const char *equals;
	size_t name_n;

	if (has_control(line))
		return "has a control byte";
	if (line.n >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0)
		return "begins with a byte order mark: save the file as plain UTF-8 without one";
	equals = memchr(line.at, '=', line.n);
	if (equals == NULL)
		return "is not NAME=value, a comment or blank";
	name_n = (size_t)(equals - line.at);
	ret_line->name = span_trim((struct span){line.at, name_n});
	if (!is_name(ret_line->name))
		return "has something else than a name before its equals sign";
	if (line.n - name_n - 1 > CONF_VALUE_MAX_BYTES)
		return "has a value of more than 4096 bytes";
	return unquote(span_trim((struct span){equals + 1, line.n - name_n - 1}), mem, &ret_line->value);
}

bool
conf_file_next(struct conf_file *file, struct arena *mem, struct conf_line *ret_line)
{
	while (file->at < file->text.n) {
		struct span line = span_trim(cut_line(file));

		if (line.n == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		*ret_line = (struct conf_line){0};
		ret_line->fault = split_line(line, mem, ret_line);
		return true;
	}
	return false;
}
