/* Log lines: form, escaping of hostile text, cutting, one write a line, errno kept. */
#include <errno.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

#define MARK "\xe2\x80\xa6"

ssize_t __real_write(int fd, const void *from, size_t n);
ssize_t __wrap_write(int fd, const void *from, size_t n);
void __wrap_syslog(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void __wrap___syslog_chk(int priority, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));

static char written[8192];
static size_t written_n;
static int writes_n, interrupts_n, write_error;
static char syslog_text[4096];
static int syslog_priority;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

ssize_t
__wrap_write(int fd, const void *from, size_t n)
{
	if (fd != STDERR_FILENO)
		return __real_write(fd, from, n);
	if (interrupts_n > 0) {
		interrupts_n--;
		errno = EINTR;
		return -1;
	}
	pthread_mutex_lock(&lock);
	writes_n++;
	if (write_error == 0 && n < sizeof(written)) {
		memcpy(written, from, n);
		written[n] = '\0';
		written_n = n;
	}
	pthread_mutex_unlock(&lock);
	errno = write_error;
	return write_error == 0 ? (ssize_t)n : -1;
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(syslog_text, sizeof(syslog_text), format, args);
	va_end(args);
	syslog_priority = priority;
	errno = EBADF;
}

/* What syslog is called with _FORTIFY_SOURCE. */
void
__wrap___syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	vsnprintf(syslog_text, sizeof(syslog_text), format, args);
	va_end(args);
	syslog_priority = priority;
	errno = EBADF;
}

static int
setup(void **state)
{
	(void)state;
	log_open("wecom-test", CONF_LOG_STDERR);
	written[0] = '\0';
	writes_n = interrupts_n = write_error = 0;
	return 0;
}

/* The line with one pair, as text. */
static const char *
pair(struct span value)
{
	static struct log_line line;

	log_line_start(&line);
	log_line_span(&line, "k", value);
	line.text[line.n] = '\0';
	return line.text;
}

static bool
matches(const char *text, const char *pattern)
{
	regex_t compiled;
	int result;

	assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
	result = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	return result == 0;
}

static void
test_a_line_has_time_level_program_and_pairs(void **state)
{
	struct log_line line;

	(void)state;
	log_line_start(&line);
	log_line_text(&line, "corp", "wwcorp");
	log_line_number(&line, "n", -5);
	log_line_ms(&line, "ms", 12345);
	log_line_write(&line, LOG_LEVEL_WARNING);
	assert_int_equal(writes_n, 1);
	assert_true(matches(written, "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3}Z "
	    "warning wecom-test\\[[0-9]+\\] corp=wwcorp n=-5 ms=12\\.3\n$"));
}

static void
test_a_sentence_is_written_as_it_is_on_one_line(void **state)
{
	(void)state;
	log_text(LOG_LEVEL_ERROR, "cannot \"open\" %s\nforged line\x1b[0m", "a\\b");
	assert_non_null(strstr(written, " error wecom-test["));
	assert_non_null(strstr(written, "] cannot \"open\" a\\b\\x0aforged line\\x1b[0m\n"));
	assert_ptr_equal(strchr(written, '\n'), written + written_n - 1);
}

static void
test_plain_values_stay_plain_and_others_are_quoted(void **state)
{
	(void)state;
	assert_string_equal(pair(SPAN("abc=/+")), "k=abc=/+");
	assert_string_equal(pair(SPAN("a b")), "k=\"a b\"");
	assert_string_equal(pair(SPAN("a\"b\\c")), "k=\"a\\\"b\\\\c\"");
	assert_string_equal(pair(SPAN("")), "k=\"\"");
	assert_string_equal(pair((struct span){NULL, 0}), "");
	assert_string_equal(pair(SPAN("\xe5\xae\xa2\xe6\x88\xb7\xf0\x9f\x98\x80")),
	    "k=\xe5\xae\xa2\xe6\x88\xb7\xf0\x9f\x98\x80");
}

static void
test_control_bytes_and_invalid_utf8_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(pair(SPAN("a\nb\r\0\x7f")), "k=\"a\\x0ab\\x0d\\x00\\x7f\"");
	assert_string_equal(pair(SPAN("\xff")), "k=\"\\xff\"");
	assert_string_equal(pair(SPAN("\x80")), "k=\"\\x80\"");
	assert_string_equal(pair(SPAN("\xc0\xaf")), "k=\"\\xc0\\xaf\"");
	assert_string_equal(pair(SPAN("\xe0\x80\xaf")), "k=\"\\xe0\\x80\\xaf\"");
	assert_string_equal(pair(SPAN("\xe0\x9f\xbf")), "k=\"\\xe0\\x9f\\xbf\"");
	assert_string_equal(pair(SPAN("\xed\xa0\x80")), "k=\"\\xed\\xa0\\x80\"");
	assert_string_equal(pair(SPAN("\xf4\x90\x80\x80")), "k=\"\\xf4\\x90\\x80\\x80\"");
	assert_string_equal(pair(SPAN("\xe5\xae")), "k=\"\\xe5\\xae\"");
	/* U+0085, a line end to some terminals */
	assert_string_equal(pair(SPAN("\xc2\x85")), "k=\"\\xc2\\x85\"");
}

static void
test_long_values_are_cut_between_characters(void **state)
{
	char long_text[400], wanted[400];

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	snprintf(wanted, sizeof(wanted), "k=%.256s" MARK, long_text);
	assert_string_equal(pair((struct span){long_text, 400}), wanted);
	assert_string_not_equal(pair((struct span){long_text, 256}), wanted);
	/* a three-byte character over the edge goes as a whole */
	memcpy(long_text + 254, "\xe5\xae\xa2", 3);
	snprintf(wanted, sizeof(wanted), "k=%.254s" MARK, long_text);
	assert_string_equal(pair((struct span){long_text, 400}), wanted);
	memset(long_text, '\n', sizeof(long_text));
	assert_int_equal(strlen(pair((struct span){long_text, 400})), strlen("k=\"\"" MARK) + 256);
}

static void
test_a_full_line_drops_pairs_and_says_so(void **state)
{
	struct log_line line;
	char value[257];

	(void)state;
	memset(value, 'v', 256);
	value[256] = '\0';
	log_line_start(&line);
	for (int i = 0; i < 20; i++)
		log_line_text(&line, "key", value);
	log_line_text(&line, "last", "fits");
	log_line_write(&line, LOG_LEVEL_INFO);
	assert_non_null(strstr(written, " last=fits " MARK "\n"));
	assert_true(line.n <= LOG_LINE_MAX_BYTES);
	log_text(LOG_LEVEL_INFO, "%05000d", 1);
	assert_non_null(strstr(written, "000" MARK "\n"));
	assert_true(written_n < LOG_LINE_MAX_BYTES + 128);
}

static void
test_milliseconds_have_one_decimal_and_a_sign(void **state)
{
	struct log_line line;

	(void)state;
	log_line_start(&line);
	log_line_ms(&line, "a", 0);
	log_line_ms(&line, "b", 99);
	log_line_ms(&line, "c", -1500);
	log_line_ms(&line, "d", -250);
	line.text[line.n] = '\0';
	assert_string_equal(line.text, "a=0.0 b=0.0 c=-1.5 d=-0.2");
}

static void
test_errno_survives_and_a_failing_write_is_given_up(void **state)
{
	(void)state;
	write_error = ENOSPC;
	errno = ERANGE;
	log_text(LOG_LEVEL_INFO, "x");
	assert_int_equal(errno, ERANGE);
	assert_int_equal(writes_n, 1);
	write_error = 0;
	interrupts_n = 3;
	log_text(LOG_LEVEL_INFO, "again");
	assert_non_null(strstr(written, "] again\n"));
}

static void
test_syslog_gets_the_priority_and_no_time(void **state)
{
	struct log_line line;

	(void)state;
	log_open("wecom-test", CONF_LOG_SYSLOG);
	log_line_start(&line);
	log_line_text(&line, "k", "100%s");
	errno = ERANGE;
	log_line_write(&line, LOG_LEVEL_ERROR);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(writes_n, 0);
	assert_string_equal(syslog_text, "k=100%s");
	assert_int_equal(syslog_priority, LOG_ERR);
	log_open("wecom-test", CONF_LOG_STDERR);
}

static void *
write_lines(void *value)
{
	for (int i = 0; i < 500; i++) {
		struct log_line line;

		log_line_start(&line);
		log_line_text(&line, "thread", value);
		log_line_write(&line, LOG_LEVEL_INFO);
	}
	return NULL;
}

static void
test_threads_write_whole_lines(void **state)
{
	char names[2][2] = {"a", "b"};
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(writes_n, 1000);
	assert_true(matches(written, " thread=[ab]\n$"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_line_has_time_level_program_and_pairs, setup),
		cmocka_unit_test_setup(test_a_sentence_is_written_as_it_is_on_one_line, setup),
		cmocka_unit_test_setup(test_plain_values_stay_plain_and_others_are_quoted, setup),
		cmocka_unit_test_setup(test_control_bytes_and_invalid_utf8_are_escaped, setup),
		cmocka_unit_test_setup(test_long_values_are_cut_between_characters, setup),
		cmocka_unit_test_setup(test_a_full_line_drops_pairs_and_says_so, setup),
		cmocka_unit_test_setup(test_milliseconds_have_one_decimal_and_a_sign, setup),
		cmocka_unit_test_setup(test_errno_survives_and_a_failing_write_is_given_up, setup),
		cmocka_unit_test_setup(test_syslog_gets_the_priority_and_no_time, setup),
		cmocka_unit_test_setup(test_threads_write_whole_lines, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
