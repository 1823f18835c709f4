/*
 * The table of connections on a real listening socket with real clients, on a clock that stands still unless it is
 * moved.  connections_wait would sleep: where a test is alone, an epoll set with nothing ready makes it return instead.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cmocka.h>

#include "connections.h"
#include "fastcgi_kit.h"

#define CLIENTS_MAX 64
#define TIMEOUT_MS 3000

static struct connections connections;
static struct metrics metrics;
static _Atomic int64_t now_ms;
static bool is_alone;		/* no other thread: do not sleep */
static int accept_errno;	/* accept4 fails so, once */
static int reads_n;			/* since the last look at the epoll set */
static int most_reads_n;
static int listen_fd;
static struct sockaddr_un address;
static socklen_t address_n;
static int clients[CLIENTS_MAX];
static int clients_n;
static struct wire request;

int64_t __wrap_clock_monotonic_ms(void);
int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *peer_n, int flags);
int __real_accept4(int fd, struct sockaddr *peer, socklen_t *peer_n, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t n, int flags);
ssize_t __real_recv(int fd, void *to, size_t n, int flags);
int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int n, int timeout_ms);
int __real_epoll_wait(int epoll_fd, struct epoll_event *events, int n, int timeout_ms);

int64_t
__wrap_clock_monotonic_ms(void)
{
	return atomic_load(&now_ms);
}

int
__wrap_accept4(int fd, struct sockaddr *peer, socklen_t *peer_n, int flags)
{
	if (accept_errno != 0) {
		errno = accept_errno;
		accept_errno = 0;
		return -1;
	}
	return __real_accept4(fd, peer, peer_n, flags);
}

ssize_t
__wrap_recv(int fd, void *to, size_t n, int flags)
{
	if (is_alone && ++reads_n > most_reads_n)
		most_reads_n = reads_n;
	return __real_recv(fd, to, n, flags);
}

int
__wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int n, int timeout_ms)
{
	int ready_n = __real_epoll_wait(epoll_fd, events, n, is_alone ? 0 : timeout_ms);

	if (is_alone)
		reads_n = 0;
	if (is_alone && ready_n == 0)
		connections_stop(&connections);
	return ready_n;
}

static int
start_with(int max_n)
{
	memset(&metrics, 0, sizeof(metrics));
	atomic_store(&now_ms, 1000000);
	is_alone = true;
	accept_errno = 0;
	most_reads_n = 0;
	clients_n = 0;
	wire_request(&request, true);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	address_n = sizeof(address);
	/* an address of the kernel's choice, without a file */
	if (bind(listen_fd, (struct sockaddr *)&address, sizeof(sa_family_t)) != 0 || listen(listen_fd, CLIENTS_MAX) != 0 ||
	    getsockname(listen_fd, (struct sockaddr *)&address, &address_n) != 0)
		return -1;
	return connections_init(&connections, listen_fd, max_n, TIMEOUT_MS, &metrics) == ST_OK ? 0 : -1;
}

static int
start(void **state)
{
	(void)state;
	return start_with(8);
}

static int
start_small(void **state)
{
	(void)state;
	return start_with(2);
}

static int
start_single(void **state)
{
	(void)state;
	return start_with(1);
}

static int
finish(void **state)
{
	(void)state;
	for (int i = 0; i < connections.max_n; i++)
		if (connections.all[i].state != CONNECTION_FREE)
			close(connections.all[i].fd);
	connections_done(&connections);
	close(listen_fd);
	for (int i = 0; i < clients_n; i++)
		close(clients[i]);
	return 0;
}

static int
client_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(clients_n < CLIENTS_MAX);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, address_n), 0);
	clients[clients_n++] = fd;
	return fd;
}

static int
client_with_request(void)
{
	int fd = client_new();

	assert_true(wire_send(fd, request.at, request.n));
	return fd;
}

/* Closed by a test before its end. */
static void
client_close(int fd)
{
	for (int i = 0; i < clients_n; i++)
		if (clients[i] == fd)
			clients[i] = clients[--clients_n];
	close(fd);
}

static bool
client_sees_end(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* What connections_wait gives now; NULL when it would sleep. */
static struct connection *
wait_now(void)
{
	struct connection *connection = connections_wait(&connections);
	uint64_t ignored;

	if (connection == NULL)
		assert_int_equal(read(connections.stop_fd, &ignored, sizeof(ignored)), sizeof(ignored));
	return connection;
}

/* As a reader does: take the request's bytes, then give the connection back. */
static void
serve(struct connection *connection, enum fastcgi_end end)
{
	unsigned char bytes[256];

	assert_non_null(connection);
	assert_int_equal(connection->state, CONNECTION_LENT);
	assert_true(recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0);
	if (end == FASTCGI_LOST)
		close(connection->fd);
	connections_give_back(&connections, connection, end);
}

static void
tick_after(int64_t ms)
{
	atomic_fetch_add(&now_ms, ms);
	connections_tick(&connections);
}

/* --- taking and giving back ----------------------------------------------------------------------------------------- */

static void
test_a_silent_connection_is_accepted_but_not_lent(void **state)
{
	(void)state;
	(void)client_new();
	assert_null(wait_now());
	assert_int_equal(connections.open_n, 1);
	assert_int_equal(metrics.connections, 1);
	assert_false(connections_are_gone(&connections));
}

static void
test_a_connection_with_a_request_is_lent_once(void **state)
{
	struct connection *connection;

	(void)state;
	(void)client_with_request();
	connection = wait_now();
	assert_non_null(connection);
	assert_int_equal(connection->state, CONNECTION_LENT);
	assert_null(wait_now());
}

static void
test_a_lent_connection_has_the_time_outs_that_reading_ends_by(void **state)
{
	static const int options[] = {SO_RCVTIMEO, SO_SNDTIMEO};
	struct connection *connection;

	(void)state;
	(void)client_with_request();
	connection = wait_now();
	for (size_t i = 0; i < 2; i++) {
		struct timeval timeout = {0, 0};
		socklen_t n = sizeof(timeout);

		assert_int_equal(getsockopt(connection->fd, SOL_SOCKET, options[i], &timeout, &n), 0);
		assert_int_equal(timeout.tv_sec * 1000 + timeout.tv_usec / 1000, TIMEOUT_MS);
	}
}

static void
test_a_kept_connection_is_lent_again_for_its_next_request(void **state)
{
	int client;
	struct connection *connection;

	(void)state;
	client = client_with_request();
	connection = wait_now();
	serve(connection, FASTCGI_KEPT);
	assert_null(wait_now());
	assert_true(wire_send(client, request.at, request.n));
	assert_ptr_equal(wait_now(), connection);
	assert_int_equal(metrics.connections, 1);
}

static void
test_a_request_that_came_while_the_last_was_answered_is_not_missed(void **state)
{
	int client = client_with_request();
	unsigned char bytes[256];
	struct connection *connection = wait_now();

	(void)state;
	assert_int_equal(recv(connection->fd, bytes, request.n, 0), request.n);
	assert_true(wire_send(client, request.at, request.n));
	connections_give_back(&connections, connection, FASTCGI_KEPT);
	assert_ptr_equal(wait_now(), connection);
}

static void
test_a_connection_that_is_over_is_closed_and_its_slot_free(void **state)
{
	int client = client_with_request();

	(void)state;
	serve(wait_now(), FASTCGI_OVER);
	assert_true(client_sees_end(client));
	assert_true(connections_are_gone(&connections));
}

static void
test_a_lost_connection_is_not_closed_a_second_time(void **state)
{
	struct connection *connection;
	int other_fd;

	(void)state;
	(void)client_with_request();
	connection = wait_now();
	close(connection->fd);
	/* the number is somebody else's by now */
	other_fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(other_fd, connection->fd);
	connections_give_back(&connections, connection, FASTCGI_LOST);
	assert_true(connections_are_gone(&connections));
	assert_int_equal(close(other_fd), 0);
}

static void
test_a_peer_that_closes_is_lent_so_that_reading_tells(void **state)
{
	struct connection *connection;

	(void)state;
	client_close(client_new());
	connection = wait_now();
	assert_non_null(connection);
	close(connection->fd);
	connections_give_back(&connections, connection, FASTCGI_LOST);
	assert_true(connections_are_gone(&connections));
}

static void
test_an_unread_connection_lingers_until_the_peer_closes(void **state)
{
	static const char rest[100000] = "the rest of a large body";
	int client = client_with_request();

	(void)state;
	serve(wait_now(), FASTCGI_UNREAD);
	/* the answer is at its end, but the peer may go on writing */
	assert_true(client_sees_end(client));
	for (int i = 0; i < 20; i++) {
		(void)!send(client, rest, sizeof(rest), MSG_NOSIGNAL | MSG_DONTWAIT);
		assert_null(wait_now());
		assert_int_equal(connections.open_n, 1);
	}
	/* nor does a flood keep the table from the others: about 50 reads of 4 KiB were waiting */
	assert_true(most_reads_n <= 20);
	client_close(client);
	assert_null(wait_now());
	assert_true(connections_are_gone(&connections));
}

static void
test_lingering_ends_by_itself(void **state)
{
	(void)state;
	(void)client_with_request();
	serve(wait_now(), FASTCGI_UNREAD);
	tick_after(2000);
	assert_int_equal(connections.open_n, 1);
	tick_after(1);
	assert_true(connections_are_gone(&connections));
}

static void
test_an_event_of_a_slots_earlier_life_is_passed_over(void **state)
{
	struct connection *slot = &connections.all[0];
	int old_client = client_new();
	int old_fd;
	int new_client;

	(void)state;
	assert_null(wait_now());
	/* a second descriptor keeps the old registration alive when the table closes its own */
	old_fd = dup(slot->fd);
	(void)client_new();
	assert_null(wait_now());
	tick_after(1001);
	assert_true(connections_are_gone(&connections));
	new_client = clients[1];
	assert_null(wait_now());
	assert_int_equal(slot->state, CONNECTION_SILENT);
	assert_true(wire_send(old_client, request.at, request.n));
	assert_null(wait_now());
	assert_int_equal(slot->state, CONNECTION_SILENT);
	assert_true(wire_send(new_client, request.at, request.n));
	assert_ptr_equal(wait_now(), slot);
	close(old_fd);
}

/* --- a full table, no descriptors ----------------------------------------------------------------------------------- */

static void
test_a_full_table_stops_accepting_and_goes_on_when_there_is_room(void **state)
{
	int third;
	struct connection *first;

	(void)state;
	(void)client_with_request();
	(void)client_with_request();
	first = wait_now();
	assert_non_null(first);
	assert_non_null(wait_now());
	third = client_with_request();
	assert_null(wait_now());
	assert_int_equal(connections.open_n, 2);
	assert_false(connections.is_listening);
	/* lent ones are never thrown out */
	tick_after(100000);
	assert_int_equal(connections.open_n, 2);
	serve(first, FASTCGI_OVER);
	assert_null(wait_now());
	tick_after(0);
	assert_ptr_equal(wait_now(), first);
	assert_false(client_sees_end(third));
	assert_int_equal(metrics.connections, 3);
}

static void
test_in_a_full_table_the_long_silent_make_room(void **state)
{
	int silent = client_new();
	int busy;

	(void)state;
	assert_null(wait_now());
	tick_after(600);
	busy = client_new();
	assert_null(wait_now());
	tick_after(401);
	/* the older one has been silent for longer than a second */
	assert_true(client_sees_end(silent));
	assert_false(client_sees_end(busy));
	(void)client_new();
	assert_null(wait_now());
	assert_true(wire_send(busy, request.at, request.n));
	/* one with bytes is not silent, however old */
	tick_after(5000);
	assert_false(client_sees_end(busy));
}

static void
test_with_room_the_silent_may_stay(void **state)
{
	int client = client_new();

	(void)state;
	assert_null(wait_now());
	tick_after(1000000);
	assert_false(client_sees_end(client));
}

static void
test_without_descriptors_accepting_pauses(void **state)
{
	static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

	(void)state;
	for (int i = 0; i < 4; i++) {
		(void)client_new();
		accept_errno = errors[i];
		assert_null(wait_now());
		assert_int_equal(connections.open_n, i);
		assert_false(connections.is_listening);
		tick_after(99);
		assert_null(wait_now());
		assert_int_equal(connections.open_n, i);
		tick_after(1);
		assert_null(wait_now());
		assert_int_equal(connections.open_n, i + 1);
	}
}

static void
test_a_client_that_left_while_waiting_pauses_nothing(void **state)
{
	(void)state;
	(void)client_new();
	accept_errno = ECONNABORTED;
	assert_null(wait_now());
	assert_true(connections.is_listening);
	assert_int_equal(connections.open_n, 1);
}

/* --- requests that come in parts ------------------------------------------------------------------------------------ */

static void
test_a_part_of_a_request_holds_no_thread(void **state)
{
	int client = client_new();
	struct connection *connection = &connections.all[0];

	(void)state;
	assert_null(wait_now());
	for (size_t n = 0; n < request.n - 1; n++) {
		assert_true(wire_send(client, request.at + n, 1));
		tick_after(10);
		assert_null(wait_now());
		assert_int_equal(connection->state, CONNECTION_PARTIAL);
		assert_true(connections_has_partial(&connections));
	}
	assert_true(wire_send(client, request.at + request.n - 1, 1));
	tick_after(10);
	assert_ptr_equal(wait_now(), connection);
	assert_false(connections_has_partial(&connections));
	serve(connection, FASTCGI_KEPT);
	/* and its next request is a fresh one */
	assert_int_equal(connection->partial_since_ms, 0);
}

static void
test_the_first_part_asks_for_ticks(void **state)
{
	uint64_t n = 0;

	(void)state;
	connections.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (int i = 0; i < 2; i++) {
		int client = client_new();

		assert_null(wait_now());
		assert_true(wire_send(client, request.at, 5));
		assert_null(wait_now());
	}
	assert_int_equal(read(connections.wake_fd, &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 1);
	close(connections.wake_fd);
}

static void
test_a_part_without_the_rest_is_closed_when_its_time_is_over(void **state)
{
	int client = client_new();

	(void)state;
	assert_true(wire_send(client, request.at, 5));
	assert_null(wait_now());
	tick_after(TIMEOUT_MS / 2);
	assert_true(wire_send(client, request.at + 5, 1));
	tick_after(0);
	assert_null(wait_now());
	/* counted from the first part, not from the last */
	tick_after(TIMEOUT_MS / 2);
	assert_false(client_sees_end(client));
	tick_after(1);
	assert_int_equal(connections.open_n, 0);
	assert_false(connections_has_partial(&connections));
}

static void
test_a_part_whose_sender_left_is_closed_at_the_next_tick(void **state)
{
	int client = client_new();

	(void)state;
	assert_true(wire_send(client, request.at, 5));
	assert_null(wait_now());
	client_close(client);
	tick_after(0);
	assert_true(connections_are_gone(&connections));
}

/* A request whose body is under way and larger than CONNECTIONS_LARGE_BYTES. */
static int
client_with_large_part(void)
{
	static const char body[CONNECTIONS_LARGE_BYTES];
	static struct wire large;
	int client = client_new();

	wire_begin(&large, true);
	wire_params(&large, NULL);
	wire_record(&large, WIRE_STDIN, body, sizeof(body), 0);
	assert_true(wire_send(client, large.at, large.n));
	return client;
}

static void
test_large_requests_are_lent_before_they_are_whole_but_never_all_threads(void **state)
{
	struct connection *first;
	struct connection *second;

	(void)state;
	(void)client_with_large_part();
	(void)client_with_large_part();
	first = wait_now();
	assert_non_null(first);
	assert_null(wait_now());
	assert_int_equal(connections.open_n, 2);
	tick_after(10);
	assert_null(wait_now());
	connections_give_back(&connections, first, FASTCGI_OVER);
	tick_after(10);
	second = wait_now();
	assert_non_null(second);
	connections_give_back(&connections, second, FASTCGI_OVER);
	assert_int_equal(connections.large_n, 0);
}

/* --- draining ------------------------------------------------------------------------------------------------------- */

static void
test_draining_takes_the_backlog_and_then_nobody(void **state)
{
	int waiting[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		waiting[i] = client_with_request();
	connections_drain(&connections);
	assert_int_equal(connections.open_n, 3);
	(void)client_with_request();
	for (int i = 0; i < 3; i++) {
		serve(wait_now(), FASTCGI_KEPT);
		/* kept no longer */
		assert_int_equal(connections.open_n, 2 - i);
	}
	assert_null(wait_now());
	tick_after(1000);
	assert_null(wait_now());
	assert_int_equal(metrics.connections, 3);
	for (int i = 0; i < 3; i++)
		assert_true(client_sees_end(waiting[i]));
}

static void
test_draining_closes_used_and_silent_connections_at_once(void **state)
{
	int client = client_with_request();

	(void)state;
	serve(wait_now(), FASTCGI_KEPT);
	connections_drain(&connections);
	assert_true(client_sees_end(client));
	assert_true(connections_are_gone(&connections));
}

static void
test_draining_lets_a_used_connection_with_a_request_finish(void **state)
{
	int client = client_with_request();

	(void)state;
	serve(wait_now(), FASTCGI_KEPT);
	assert_true(wire_send(client, request.at, request.n));
	connections_drain(&connections);
	assert_false(client_sees_end(client));
	serve(wait_now(), FASTCGI_KEPT);
	assert_true(client_sees_end(client));
}

static void
test_draining_gives_a_fresh_connection_a_moment_for_its_request(void **state)
{
	int late = client_new();
	int never = client_new();

	(void)state;
	assert_null(wait_now());
	connections_drain(&connections);
	tick_after(300);
	assert_int_equal(connections.open_n, 2);
	assert_true(wire_send(late, request.at, request.n));
	tick_after(1);
	assert_true(client_sees_end(never));
	serve(wait_now(), FASTCGI_KEPT);
	assert_true(client_sees_end(late));
	assert_true(connections_are_gone(&connections));
}

static void
test_draining_a_full_table_takes_what_fits(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		(void)client_with_request();
	connections_drain(&connections);
	assert_int_equal(connections.open_n, 2);
	assert_non_null(wait_now());
	assert_non_null(wait_now());
	assert_null(wait_now());
}

/* --- threads -------------------------------------------------------------------------------------------------------- */

#define READERS_N 4
#define ROUNDS_N 200
#define PEERS_N 8

static atomic_int lent_twice_n;
static atomic_int served_n;
static atomic_int done_n;	/* peers that have asked all */
static atomic_int holders[CLIENTS_MAX];

static void *
read_and_answer(void *unused)
{
	struct connection *connection;

	while ((connection = connections_wait(&connections)) != NULL) {
		atomic_int *holder = &holders[connection - connections.all];
		unsigned char bytes[256];
		enum fastcgi_end end = FASTCGI_KEPT;

		if (atomic_fetch_add(holder, 1) != 0)
			atomic_fetch_add(&lent_twice_n, 1);
		if (recv(connection->fd, bytes, request.n, MSG_DONTWAIT) != (ssize_t)request.n) {
			close(connection->fd);
			end = FASTCGI_LOST;
		} else if (send(connection->fd, "x", 1, MSG_NOSIGNAL) == 1) {
			atomic_fetch_add(&served_n, 1);
		}
		atomic_fetch_sub(holder, 1);
		connections_give_back(&connections, connection, end);
	}
	return unused;
}

/* One web server connection after another, some requests on each. */
static void *
ask(void *result)
{
	int *answers_n = result;

	for (int round = 0; round < ROUNDS_N; round += 10) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		char byte;

		if (connect(fd, (const struct sockaddr *)&address, address_n) == 0)
			for (int i = 0; i < 10; i++)
				*answers_n += wire_send(fd, request.at, request.n) && read(fd, &byte, 1) == 1;
		close(fd);
	}
	atomic_fetch_add(&done_n, 1);
	return NULL;
}

static void
test_many_threads_lend_each_connection_to_one_at_a_time(void **state)
{
	pthread_t readers[READERS_N];
	pthread_t peers[PEERS_N];
	int answers_n[PEERS_N] = {0};

	(void)state;
	is_alone = false;
	atomic_store(&lent_twice_n, 0);
	atomic_store(&served_n, 0);
	atomic_store(&done_n, 0);
	for (int i = 0; i < READERS_N; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_and_answer, NULL), 0);
	for (int i = 0; i < PEERS_N; i++)
		assert_int_equal(pthread_create(&peers[i], NULL, ask, &answers_n[i]), 0);
	/* as many slots as peers: the table is full now and then, and goes on by its ticks */
	for (int i = 0; i < 50000 && atomic_load(&done_n) < PEERS_N; i++) {
		connections_tick(&connections);
		usleep(200);
	}
	for (int i = 0; i < PEERS_N; i++)
		pthread_join(peers[i], NULL);
	connections_stop(&connections);
	for (int i = 0; i < READERS_N; i++)
		pthread_join(readers[i], NULL);
	for (int i = 0; i < PEERS_N; i++)
		assert_int_equal(answers_n[i], ROUNDS_N);
	assert_int_equal(atomic_load(&served_n), PEERS_N * ROUNDS_N);
	assert_int_equal(atomic_load(&lent_twice_n), 0);
	assert_int_equal(metrics.connections, PEERS_N * ROUNDS_N / 10);
}

static void *
wait_for_the_end(void *unused)
{
	return connections_wait(&connections) == NULL ? unused : NULL;
}

static void
test_stop_wakes_every_thread_sleeping_or_not_yet(void **state)
{
	pthread_t threads[READERS_N];
	void *result;

	(void)state;
	is_alone = false;
	for (int i = 0; i < READERS_N; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_the_end, &threads), 0);
	connections_stop(&connections);
	for (int i = 0; i < READERS_N; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, &threads);
	}
	/* for good */
	assert_null(connections_wait(&connections));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
#define TEST_WITH_TWO_SLOTS(name) cmocka_unit_test_setup_teardown(name, start_small, finish)
#define TEST_WITH_ONE_SLOT(name) cmocka_unit_test_setup_teardown(name, start_single, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_silent_connection_is_accepted_but_not_lent),
	    TEST(test_a_connection_with_a_request_is_lent_once),
	    TEST(test_a_lent_connection_has_the_time_outs_that_reading_ends_by),
	    TEST(test_a_kept_connection_is_lent_again_for_its_next_request),
	    TEST(test_a_request_that_came_while_the_last_was_answered_is_not_missed),
	    TEST(test_a_connection_that_is_over_is_closed_and_its_slot_free),
	    TEST(test_a_lost_connection_is_not_closed_a_second_time),
	    TEST(test_a_peer_that_closes_is_lent_so_that_reading_tells),
	    TEST(test_an_unread_connection_lingers_until_the_peer_closes),
	    TEST(test_lingering_ends_by_itself),
	    TEST_WITH_ONE_SLOT(test_an_event_of_a_slots_earlier_life_is_passed_over),
	    TEST_WITH_TWO_SLOTS(test_a_full_table_stops_accepting_and_goes_on_when_there_is_room),
	    TEST_WITH_TWO_SLOTS(test_in_a_full_table_the_long_silent_make_room),
	    TEST(test_with_room_the_silent_may_stay),
	    TEST(test_without_descriptors_accepting_pauses),
	    TEST(test_a_client_that_left_while_waiting_pauses_nothing),
	    TEST(test_a_part_of_a_request_holds_no_thread),
	    TEST(test_the_first_part_asks_for_ticks),
	    TEST(test_a_part_without_the_rest_is_closed_when_its_time_is_over),
	    TEST(test_a_part_whose_sender_left_is_closed_at_the_next_tick),
	    TEST(test_large_requests_are_lent_before_they_are_whole_but_never_all_threads),
	    TEST(test_draining_takes_the_backlog_and_then_nobody),
	    TEST(test_draining_closes_used_and_silent_connections_at_once),
	    TEST(test_draining_lets_a_used_connection_with_a_request_finish),
	    TEST(test_draining_gives_a_fresh_connection_a_moment_for_its_request),
	    TEST_WITH_TWO_SLOTS(test_draining_a_full_table_takes_what_fits),
	    TEST(test_many_threads_lend_each_connection_to_one_at_a_time),
	    TEST(test_stop_wakes_every_thread_sleeping_or_not_yet),
	};

	return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
