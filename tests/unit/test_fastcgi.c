/*
 * One FastCGI connection, with the test as the web server at the other end of a socket pair: records written by hand,
 * kept and closed connections, bodies right, cut, too large, late and lied about.  No test leaves a descriptor open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include <cmocka.h>

#include "fastcgi.h"
#include "fastcgi_kit.h"

#define BODY_MAX 1000
#define LATE_MS 5000	/* the clock when it is too late */

static int64_t now_ms;
static int peer_fd;		/* the web server's end */
static int our_fd;
static int descriptors_n;	/* before the test */
static struct wire wire;
static struct fastcgi fastcgi;
static struct arena mem;
static struct detail why;

int64_t __wrap_clock_monotonic_ms(void);

int64_t
__wrap_clock_monotonic_ms(void)
{
	return now_ms;
}

static int
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (folder != NULL && readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n;
}

static int
start(void **state)
{
	struct timeval timeout = {.tv_usec = 20000};
	int fds[2];

	(void)state;
	now_ms = 0;
	descriptors_n = count_descriptors();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return -1;
	peer_fd = fds[0];
	our_fd = fds[1];
	(void)setsockopt(our_fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	arena_init(&mem, 1024 * 1024);
	why.text[0] = '\0';
	fastcgi_init(&fastcgi);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	arena_done(&mem);
	if (peer_fd >= 0)
		close(peer_fd);
	return count_descriptors() == descriptors_n ? 0 : -1;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void
send_wire(void)
{
	assert_true(wire_send(peer_fd, wire.at, wire.n));
}

static void
expect_param(const char *name, const char *value)
{
	struct span found = fastcgi_param(&fastcgi, name);

	if (value == NULL)
		assert_null(found.at);
	else
		assert_true(span_equal(found, span_of(value)));
}

/* Answer "pong" and tell whether and how the connection goes on; the peer must have got it. */
static enum fastcgi_end
answer_pong(void)
{
	char text[256];
	enum fastcgi_end end = fastcgi_reply(&fastcgi, SPAN("Status: 200 OK\r\n\r\n"), SPAN("pong"));

	assert_true(wire_answer(peer_fd, text, sizeof(text)));
	assert_string_equal(text, "Status: 200 OK\r\n\r\npong");
	return end;
}

static enum status
read_body(int64_t deadline_ms, struct span *ret_body)
{
	*ret_body = (struct span){NULL, 0};
	return fastcgi_body(&fastcgi, &mem, BODY_MAX, deadline_ms, ret_body, &why);
}

/* A POST with this body, its length declared unless declared is NULL; the end of the body is left to the caller. */
static void
begin_post(bool is_kept, const char *declared)
{
	char length[64];
	const char *params[] = {"REQUEST_METHOD=POST", NULL, NULL};

	if (declared != NULL) {
		snprintf(length, sizeof(length), "CONTENT_LENGTH=%s", declared);
		params[1] = length;
	}
	wire_begin(&wire, is_kept);
	wire_params(&wire, params);
}

static void
end_body(void)
{
	wire_record(&wire, WIRE_STDIN, NULL, 0, 0);
}

/* --- the way of a connection ---------------------------------------------------------------------------------------- */

static void
test_a_kept_connection_serves_one_request_after_another(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const params[][3] = {{"REQUEST_METHOD=GET", "ONLY_FIRST=1", NULL},
		    {"REQUEST_METHOD=POST", NULL}, {"REQUEST_METHOD=GET", "QUERY_STRING=", NULL}};

		wire_begin(&wire, true);
		wire_params(&wire, params[i]);
		end_body();
		send_wire();
		assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
		expect_param("REQUEST_METHOD", i == 1 ? "POST" : "GET");
		expect_param("ONLY_FIRST", i == 0 ? "1" : NULL);
		expect_param("QUERY_STRING", i == 2 ? "" : NULL);
		assert_int_equal(answer_pong(), FASTCGI_KEPT);
		assert_true(is_open(our_fd));
	}
	close(our_fd);
}

static void
test_without_keep_conn_the_connection_is_over_but_left_to_the_caller(void **state)
{
	(void)state;
	wire_request(&wire, false);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(answer_pong(), FASTCGI_OVER);
	assert_true(is_open(our_fd));
	close(our_fd);
}

static void
test_one_struct_serves_connections_in_turn(void **state)
{
	int fds[2];
	int first_fd = our_fd;

	(void)state;
	wire_request(&wire, true);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(answer_pong(), FASTCGI_KEPT);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(wire_send(fds[0], wire.at, wire.n));
	assert_int_equal(fastcgi_accept(&fastcgi, fds[1]), ST_OK);
	assert_int_equal(fastcgi_reply(&fastcgi, SPAN("\r\n"), SPAN("")), FASTCGI_KEPT);
	/* the first one was not closed on the way */
	assert_true(is_open(first_fd));
	close(fds[0]);
	close(fds[1]);
	close(our_fd);
}

static void
test_an_answer_to_a_peer_that_has_left_is_lost_and_closed(void **state)
{
	(void)state;
	wire_request(&wire, true);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	close(peer_fd);
	peer_fd = -1;
	assert_int_equal(fastcgi_reply(&fastcgi, SPAN("\r\n"), SPAN("pong")), FASTCGI_LOST);
	assert_false(is_open(our_fd));
}

static void
test_what_is_not_fastcgi_is_refused_and_closed(void **state)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const unsigned char unknown_role[] = {1, 1, 0, 1, 0, 8, 0, 0, 0, 77, 1, 0, 0, 0, 0, 0};
	static const unsigned char no_begin[] = {1, 5, 0, 1, 0, 0, 0, 0};
	static const unsigned char short_begin[] = {1, 1, 0, 1, 0, 2, 0, 0, 0, 1};
	static const unsigned char long_name[] = {1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0,	/* begin */
	    1, 4, 0, 1, 0, 3, 0, 0, 100, 100, 'A', 1, 4, 0, 1, 0, 0, 0, 0};
	static const struct {
		const void *at;
		size_t n;
	} rows[] = {{http, sizeof(http) - 1}, {unknown_role, sizeof(unknown_role)}, {no_begin, sizeof(no_begin)},
	    {short_begin, sizeof(short_begin)}, {long_name, sizeof(long_name)}, {"\1", 1}, {"", 0}};

	(void)state;
	close(peer_fd);
	close(our_fd);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_true(wire_send(fds[0], rows[i].at, rows[i].n));
		/* the peer has no more to say */
		shutdown(fds[0], SHUT_WR);
		fastcgi_init(&fastcgi);
		assert_int_equal(fastcgi_accept(&fastcgi, fds[1]), ST_BAD_INPUT);
		assert_false(is_open(fds[1]));
		close(fds[0]);
	}
	peer_fd = -1;
}

static void
test_a_head_that_does_not_go_on_is_given_up_and_closed(void **state)
{
	static const char *const params[] = {"REQUEST_METHOD=POST", NULL};

	(void)state;
	wire_begin(&wire, true);
	wire_params(&wire, params);
	/* without its last bytes, and the socket's own time-out passes */
	assert_true(wire_send(peer_fd, wire.at, wire.n - 4));
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_BAD_INPUT);
	assert_false(is_open(our_fd));
}

static void
test_a_head_cut_at_any_byte_is_refused_and_closed(void **state)
{
	static const char *const params[] = {"REQUEST_METHOD=GET", "QUERY_STRING=a", NULL};

	(void)state;
	close(peer_fd);
	close(our_fd);
	wire_begin(&wire, true);
	wire_params(&wire, params);
	for (size_t n = 0; n < wire.n; n++) {
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_true(wire_send(fds[0], wire.at, n));
		shutdown(fds[0], SHUT_WR);
		fastcgi_init(&fastcgi);
		assert_int_equal(fastcgi_accept(&fastcgi, fds[1]), ST_BAD_INPUT);
		assert_false(is_open(fds[1]));
		close(fds[0]);
	}
	peer_fd = -1;
}

/* --- bodies --------------------------------------------------------------------------------------------------------- */

static void
test_a_body_split_at_every_byte_is_the_same_body(void **state)
{
	static const char text[] = "<xml><Encrypt>\0binary, too\xff</Encrypt></xml>";
	const size_t n = sizeof(text) - 1;
	char declared[16];

	(void)state;
	snprintf(declared, sizeof(declared), "%zu", n);
	for (size_t first = 0; first <= n; first++) {
		struct span body;

		begin_post(true, first % 2 == 0 ? declared : NULL);
		/* an empty record would be the end */
		if (first > 0)
			wire_record(&wire, WIRE_STDIN, text, first, (unsigned char)(first % 8));
		if (first < n)
			wire_record(&wire, WIRE_STDIN, text + first, n - first, (unsigned char)(first % 256));
		end_body();
		send_wire();
		assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
		assert_int_equal(read_body(0, &body), ST_OK);
		assert_int_equal(body.n, n);
		assert_memory_equal(body.at, text, n);
		assert_int_equal(answer_pong(), FASTCGI_KEPT);
		arena_reset(&mem);
	}
	close(our_fd);
}

static void *
send_bytes(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < wire.n; i++)
		if (!wire_send(peer_fd, wire.at + i, 1))
			return NULL;
	return &wire;
}

static void
test_a_request_that_comes_byte_by_byte_is_read_whole(void **state)
{
	char text[BODY_MAX];
	pthread_t thread;
	void *sent;
	struct span body;
	struct timeval patient = {.tv_sec = 10};

	(void)state;
	memset(text, 'x', sizeof(text));
	(void)setsockopt(our_fd, SOL_SOCKET, SO_RCVTIMEO, &patient, sizeof(patient));
	begin_post(true, "1000");
	wire_record(&wire, WIRE_STDIN, text, sizeof(text), 3);
	end_body();
	assert_int_equal(pthread_create(&thread, NULL, send_bytes, NULL), 0);
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_OK);
	pthread_join(thread, &sent);
	assert_non_null(sent);
	assert_int_equal(body.n, sizeof(text));
	assert_memory_equal(body.at, text, sizeof(text));
	assert_int_equal(answer_pong(), FASTCGI_KEPT);
	close(our_fd);
}

static void
test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(void **state)
{
	char text[BODY_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int more = 0; more < 2; more++) {
		struct span body;

		begin_post(true, NULL);
		wire_record(&wire, WIRE_STDIN, text, BODY_MAX + (size_t)more, 0);
		end_body();
		send_wire();
		assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
		assert_int_equal(read_body(0, &body), more == 0 ? ST_OK : ST_TOO_LARGE);
		assert_int_equal(answer_pong(), more == 0 ? FASTCGI_KEPT : FASTCGI_UNREAD);
	}
	assert_non_null(strstr(why.text, "above 1000 bytes"));
	assert_true(is_open(our_fd));
	close(our_fd);
}

static void
test_a_length_declared_too_large_is_refused_before_the_body_comes(void **state)
{
	struct span body;

	(void)state;
	begin_post(true, "1001");
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_TOO_LARGE);
	assert_int_equal(answer_pong(), FASTCGI_UNREAD);
	close(our_fd);
}

static void
test_a_body_that_is_not_as_long_as_declared_is_refused(void **state)
{
	static const char *const declared[] = {"0", "4", "6", "5x", "-5", " 5", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(declared) / sizeof(declared[0]); i++) {
		struct span body;

		begin_post(true, declared[i]);
		wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
		end_body();
		send_wire();
		assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
		assert_int_equal(read_body(0, &body), ST_BAD_INPUT);
		assert_null(body.at);
		assert_non_null(strstr(why.text, "CONTENT_LENGTH"));
		/* it was read to its end all the same */
		assert_int_equal(answer_pong(), FASTCGI_KEPT);
	}
	close(our_fd);
}

static void
test_a_body_cut_by_the_peer_is_refused_and_not_kept(void **state)
{
	struct span body;
	enum fastcgi_end end;

	(void)state;
	begin_post(true, "10");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	send_wire();
	shutdown(peer_fd, SHUT_WR);
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_BAD_INPUT);
	assert_non_null(strstr(why.text, "cut after 5 bytes"));
	end = fastcgi_reply(&fastcgi, SPAN("\r\n"), SPAN(""));
	assert_int_equal(end, FASTCGI_LOST);
	assert_false(is_open(our_fd));
}

static void
test_an_aborted_request_is_refused_and_not_kept(void **state)
{
	struct span body;

	(void)state;
	begin_post(true, "10");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	wire_record(&wire, WIRE_ABORT, NULL, 0, 0);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_BAD_INPUT);
	assert_null(body.at);
	assert_int_equal(fastcgi_reply(&fastcgi, SPAN("\r\n"), SPAN("")), FASTCGI_LOST);
	assert_false(is_open(our_fd));
}

static void
test_a_body_that_stops_coming_is_late_not_wrong(void **state)
{
	struct span body;

	(void)state;
	begin_post(true, "10");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_BUSY);
	assert_non_null(strstr(why.text, "in time"));
	assert_int_equal(fastcgi_reply(&fastcgi, SPAN("\r\n"), SPAN("")), FASTCGI_LOST);
}

static void
test_a_body_that_drips_is_given_up_at_the_deadline(void **state)
{
	struct span body;

	(void)state;
	begin_post(true, "10");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	now_ms = LATE_MS;
	/* the next part would come, but nobody waits for it */
	assert_int_equal(read_body(LATE_MS - 1, &body), ST_BUSY);
	assert_null(body.at);
	assert_non_null(strstr(why.text, "in time"));
	assert_int_equal(answer_pong(), FASTCGI_UNREAD);
	assert_true(is_open(our_fd));
	close(our_fd);
}

static void
test_without_memory_for_the_body_the_answer_still_goes_out(void **state)
{
	struct span body;

	(void)state;
	arena_done(&mem);
	arena_init(&mem, 100);
	begin_post(true, "5");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	end_body();
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(read_body(0, &body), ST_NOMEM);
	assert_int_equal(answer_pong(), FASTCGI_UNREAD);
	close(our_fd);
}

static void
test_a_refusal_before_the_body_leaves_the_connection_unread(void **state)
{
	(void)state;
	begin_post(true, "5");
	wire_record(&wire, WIRE_STDIN, "12345", 5, 0);
	end_body();
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(answer_pong(), FASTCGI_UNREAD);
	assert_true(is_open(our_fd));
	close(our_fd);
}

static void
test_a_request_without_a_body_is_kept_though_nobody_read_it(void **state)
{
	static const char *const lengths[] = {NULL, "", "0"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin_post(true, lengths[i]);
		end_body();
		send_wire();
		assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
		assert_int_equal(answer_pong(), FASTCGI_KEPT);
	}
	close(our_fd);
}

static void
test_a_long_answer_arrives_whole(void **state)
{
	static char text[100000];
	static char got[sizeof(text) + 16];

	(void)state;
	memset(text, 'y', sizeof(text));
	wire_request(&wire, true);
	send_wire();
	assert_int_equal(fastcgi_accept(&fastcgi, our_fd), ST_OK);
	assert_int_equal(fastcgi_reply(&fastcgi, SPAN("\r\n"), (struct span){text, sizeof(text)}), FASTCGI_KEPT);
	assert_true(wire_answer(peer_fd, got, sizeof(got)));
	assert_int_equal(strlen(got), sizeof(text) + 2);
	close(our_fd);
}

/* --- is it all here? ------------------------------------------------------------------------------------------------ */

static void
test_a_request_is_whole_with_its_last_header_and_not_before(void **state)
{
	static const char *const params[] = {"REQUEST_METHOD=POST", "CONTENT_LENGTH=300", NULL};
	char text[300];

	(void)state;
	memset(text, 5, sizeof(text));
	wire_begin(&wire, true);
	wire_params(&wire, params);
	wire_record(&wire, WIRE_STDIN, text, sizeof(text), 7);
	end_body();
	for (size_t n = 0; n < wire.n; n++)
		assert_false(fastcgi_is_whole(wire.at, n));
	assert_true(fastcgi_is_whole(wire.at, wire.n));
}

static void
test_what_can_only_be_refused_counts_as_whole(void **state)
{
	static const unsigned char http[] = "GET / HTTP/1.1\r\n";

	(void)state;
	assert_true(fastcgi_is_whole(http, sizeof(http)));
	wire_begin(&wire, true);
	wire_record(&wire, WIRE_ABORT, NULL, 0, 0);
	assert_true(fastcgi_is_whole(wire.at, wire.n));
	wire_begin(&wire, true);
	wire_params(&wire, NULL);
	wire.at[wire.n - 8] = 9;
	assert_true(fastcgi_is_whole(wire.at, wire.n));
}

static int
start_library(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return fastcgi_library_init() == ST_OK ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_kept_connection_serves_one_request_after_another),
	    TEST(test_without_keep_conn_the_connection_is_over_but_left_to_the_caller),
	    TEST(test_one_struct_serves_connections_in_turn),
	    TEST(test_an_answer_to_a_peer_that_has_left_is_lost_and_closed),
	    TEST(test_what_is_not_fastcgi_is_refused_and_closed),
	    TEST(test_a_head_that_does_not_go_on_is_given_up_and_closed),
	    TEST(test_a_head_cut_at_any_byte_is_refused_and_closed),
	    TEST(test_a_body_split_at_every_byte_is_the_same_body),
	    TEST(test_a_request_that_comes_byte_by_byte_is_read_whole),
	    TEST(test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not),
	    TEST(test_a_length_declared_too_large_is_refused_before_the_body_comes),
	    TEST(test_a_body_that_is_not_as_long_as_declared_is_refused),
	    TEST(test_a_body_cut_by_the_peer_is_refused_and_not_kept),
	    TEST(test_an_aborted_request_is_refused_and_not_kept),
	    TEST(test_a_body_that_stops_coming_is_late_not_wrong),
	    TEST(test_a_body_that_drips_is_given_up_at_the_deadline),
	    TEST(test_without_memory_for_the_body_the_answer_still_goes_out),
	    TEST(test_a_refusal_before_the_body_leaves_the_connection_unread),
	    TEST(test_a_request_without_a_body_is_kept_though_nobody_read_it),
	    TEST(test_a_long_answer_arrives_whole),
	    cmocka_unit_test(test_a_request_is_whole_with_its_last_header_and_not_before),
	    cmocka_unit_test(test_what_can_only_be_refused_counts_as_whole),
	};

	return cmocka_run_group_tests_name("fastcgi", tests, start_library, NULL);
}
