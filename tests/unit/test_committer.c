/*
 * Batches against a scripted database and a scripted spool, on a clock that stands still unless it is moved: who shares a
 * commit, who waits how long, what goes where when the database is away, and that each request is answered once.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/callback/committer.h"
#include "log.h"
#include "spool.h"

#define REQUESTS_MAX 4096
#define SPOOL_REASON "the spool is full"

/* --- the fakes ------------------------------------------------------------------------------------------------------ */

static _Atomic int64_t now_ms;

static struct {
	enum database_state state;
	enum database_state after_take;
	int64_t down_since_ms;
	int64_t wake_ms;
	int64_t deadline_ms;		/* of the last batch */
	const char *failure;
	bool fails_at_once;		/* the next send ends before it has begun */
	bool finishes_by_itself;	/* each step stores what is under way */
	struct database_entry **entries;
	size_t n;
} fake_database;

static struct {
	enum status status[8];	/* of the appends to come; ST_OK afterwards */
	size_t status_n;
	int64_t takes_ms;	/* the clock moves so far with each append */
	int ticks_n;
} fake_spool;

static char sent[65536];		/* batches: items, then a bar */
static char spooled[65536];		/* appends, in the same way */
static char logged[1024];

int64_t __wrap_clock_monotonic_ms(void);
struct database *__wrap_database_new(const struct conf *conf, const char *application_name);
void __wrap_database_free(struct database *database);
enum database_state __wrap_database_state(const struct database *database);
int64_t __wrap_database_down_since_ms(const struct database *database);
int64_t __wrap_database_wake_ms(const struct database *database);
void __wrap_database_step(struct database *database);
void __wrap_database_failure(struct database *database, struct detail *ret_why);
void __wrap_database_send(struct database *database, struct database_entry **entries, size_t n, int64_t deadline_ms);
void __wrap_database_take(struct database *database);
struct spool_writer *__wrap_spool_writer_new(const char *folder, const struct seal_key *key, int64_t max_bytes);
void __wrap_spool_writer_free(struct spool_writer *writer);
enum status __wrap_spool_append(struct spool_writer *writer, const struct spool_record *records, size_t n,
    struct detail *why);
void __wrap_spool_writer_tick(struct spool_writer *writer, int64_t idle_ms);
void __wrap_log_text(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
append_text(char *text, size_t size, const char *bytes, size_t n)
{
	size_t length = strlen(text);

	if (length + n + 1 > size)
		return;
	memcpy(text + length, bytes, n);
	text[length + n] = '\0';
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return atomic_load(&now_ms);
}

struct database *
__wrap_database_new(const struct conf *conf, const char *application_name)
{
	(void)conf;
	assert_string_equal(application_name, "wecom-callback");
	return (struct database *)&fake_database;
}

void
__wrap_database_free(struct database *database)
{
	assert_ptr_equal(database, &fake_database);
}

enum database_state
__wrap_database_state(const struct database *database)
{
	(void)database;
	return fake_database.state;
}

int64_t
__wrap_database_down_since_ms(const struct database *database)
{
	(void)database;
	return fake_database.down_since_ms;
}

int64_t
__wrap_database_wake_ms(const struct database *database)
{
	(void)database;
	return fake_database.wake_ms;
}

/* The batch under way ends; `outcomes` by entry: o stored, b not confirmed, r refused; the last one for the rest. */
static void
complete(const char *outcomes)
{
	assert_int_equal(fake_database.state, DATABASE_BUSY);
	for (size_t i = 0; i < fake_database.n; i++) {
		fake_database.entries[i]->outcome = *outcomes == 'o' ? ST_OK : *outcomes == 'r' ? ST_BUG : ST_BUSY;
		outcomes += outcomes[1] != '\0';
	}
	fake_database.state = DATABASE_FINISHED;
}

void
__wrap_database_step(struct database *database)
{
	(void)database;
	if (fake_database.finishes_by_itself && fake_database.state == DATABASE_BUSY)
		complete("o");
}

void
__wrap_database_failure(struct database *database, struct detail *ret_why)
{
	(void)database;
	ret_why->text[0] = '\0';
	if (fake_database.failure != NULL)
		detail_set(ret_why, "%s", fake_database.failure);
	fake_database.failure = NULL;
}

void
__wrap_database_send(struct database *database, struct database_entry **entries, size_t n, int64_t deadline_ms)
{
	(void)database;
	assert_int_equal(fake_database.state, DATABASE_READY);
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		entries[i]->outcome = ST_BUSY;
		append_text(sent, sizeof(sent), entries[i]->item.at, entries[i]->item.n);
	}
	append_text(sent, sizeof(sent), "|", 1);
	fake_database.entries = entries;
	fake_database.n = n;
	fake_database.deadline_ms = deadline_ms;
	fake_database.state = fake_database.fails_at_once ? DATABASE_FINISHED : DATABASE_BUSY;
}

void
__wrap_database_take(struct database *database)
{
	(void)database;
	assert_int_equal(fake_database.state, DATABASE_FINISHED);
	fake_database.state = fake_database.after_take;
	if (fake_database.after_take == DATABASE_DOWN && fake_database.down_since_ms == 0)
		fake_database.down_since_ms = atomic_load(&now_ms);
}

struct spool_writer *
__wrap_spool_writer_new(const char *folder, const struct seal_key *key, int64_t max_bytes)
{
	assert_string_equal(folder, "spool");
	assert_non_null(key);
	assert_int_equal(max_bytes, 1000);
	return (struct spool_writer *)&fake_spool;
}

void
__wrap_spool_writer_free(struct spool_writer *writer)
{
	(void)writer;
}

enum status
__wrap_spool_append(struct spool_writer *writer, const struct spool_record *records, size_t n, struct detail *why)
{
	enum status st = fake_spool.status_n == 0 ? ST_OK : fake_spool.status[0];

	assert_ptr_equal(writer, &fake_spool);
	assert_true(n > 0);
	atomic_fetch_add(&now_ms, fake_spool.takes_ms);
	if (fake_spool.status_n > 0)
		memmove(fake_spool.status, fake_spool.status + 1, --fake_spool.status_n * sizeof(fake_spool.status[0]));
	if (st != ST_OK)
		detail_set(why, "%s", SPOOL_REASON);
	for (size_t i = 0; i < n; i++)
		append_text(spooled, sizeof(spooled), records[i].item.at, records[i].item.n);
	append_text(spooled, sizeof(spooled), st == ST_OK ? "|" : "!", 1);
	return st;
}

void
__wrap_spool_writer_tick(struct spool_writer *writer, int64_t idle_ms)
{
	(void)writer;
	assert_true(idle_ms > 0);
	fake_spool.ticks_n++;
}

void
__wrap_log_text(enum log_level level, const char *format, ...)
{
	char line[256];
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	append_text(logged, sizeof(logged), line, strlen(line));
	append_text(logged, sizeof(logged), ";", 1);
}

/* --- the kit -------------------------------------------------------------------------------------------------------- */

static struct conf conf;
static struct metrics metrics;
static struct committer *committer;
static struct request requests[REQUESTS_MAX];
static char items[REQUESTS_MAX];
static int pushed_n;
static int refused_n;		/* answered as ST_BUG */
static int answers_n[REQUESTS_MAX];	/* of each request */
static char answered[65536];		/* item and what became of it: d database, s spool, x 503, r 500 */

static void
note_answer(void *context, struct request *request)
{
	char mark = request->outcome == ST_BUSY ? 'x' : 'r';

	assert_ptr_equal(context, &conf);
	answers_n[request - requests]++;
	refused_n += request->outcome == ST_BUG;
	if (request->outcome == ST_OK) {
		assert_int_not_equal(request->stored, REQUEST_STORED_NOT);
		mark = request->stored == REQUEST_STORED_SPOOL ? 's' : 'd';
	} else {
		assert_int_equal(request->stored, REQUEST_STORED_NOT);
	}
	append_text(answered, sizeof(answered), request->entry.item.at, request->entry.item.n);
	append_text(answered, sizeof(answered), &mark, 1);
}

static int
start_with(bool has_spool)
{
	committer_free(committer);
	memset(&fake_database, 0, sizeof(fake_database));
	memset(&fake_spool, 0, sizeof(fake_spool));
	memset(&metrics, 0, sizeof(metrics));
	memset(requests, 0, sizeof(requests));
	memset(answers_n, 0, sizeof(answers_n));
	sent[0] = spooled[0] = logged[0] = answered[0] = '\0';
	pushed_n = 0;
	refused_n = 0;
	atomic_store(&now_ms, 1000000);
	fake_database.state = DATABASE_READY;
	fake_database.after_take = DATABASE_READY;
	fake_database.wake_ms = INT64_MAX;
	conf = (struct conf){.commit_events_max = 4, .database_timeout_ms = 2500, .spool_dir = "spool",
	    .spool_max_bytes = has_spool ? 1000 : 0};
	committer = committer_new(&conf, &metrics, note_answer, &conf);
	return committer == NULL ? -1 : 0;
}

static int
start(void **state)
{
	(void)state;
	return start_with(true);
}

static int
start_without_spool(void **state)
{
	(void)state;
	return start_with(false);
}

static int
finish(void **state)
{
	(void)state;
	committer_free(committer);
	committer = NULL;
	return 0;
}

static void
fill(struct request *request, char item, const char *corp)
{
	char *at = &items[request - requests];

	*at = item;
	request->arrived_ms = atomic_load(&now_ms);
	request->arrived_us = request->arrived_ms * 1000 + (request - requests);
	request->entry.corp = span_of(corp);
	request->entry.item = (struct span){at, 1};
	request->entry.deliveries = 1;
	request->is_event = true;
}

static bool
push(char item, const char *corp)
{
	struct request *request = &requests[pushed_n++];

	fill(request, item, corp);
	return committer_push(committer, request);
}

static void
push_urgent(char item, const char *corp)
{
	requests[pushed_n].event.info_type = SPAN("create_auth");
	assert_true(event_is_urgent(&requests[pushed_n].event));
	(void)push(item, corp);
}

static void
go_down(void)
{
	fake_database.state = DATABASE_DOWN;
	fake_database.down_since_ms = atomic_load(&now_ms);
}

static void
expect_each_answered_once(void)
{
	for (int i = 0; i < pushed_n; i++)
		assert_int_equal(answers_n[i], 1);
	assert_true(committer_is_idle(committer));
}

/* --- batches -------------------------------------------------------------------------------------------------------- */

static void
test_a_lone_request_waits_for_nobody(void **state)
{
	(void)state;
	push('1', "a");
	assert_false(committer_is_idle(committer));
	assert_int_equal(committer_sleep_ms(committer, 250), 0);
	committer_step(committer);
	assert_string_equal(sent, "1|");
	assert_false(committer_is_idle(committer));
	assert_string_equal(answered, "");
	complete("o");
	committer_step(committer);
	assert_string_equal(answered, "1d");
	assert_int_equal(metrics.events_database, 1);
	assert_int_equal(metrics.commits, 1);
	assert_int_equal(metrics.commits_doubtful, 0);
	expect_each_answered_once();
}

static void
test_what_arrives_during_a_commit_shares_the_next(void **state)
{
	(void)state;
	push('1', "m");
	committer_step(committer);
	push('2', "b");
	push('3', "a");
	push('4', "b");
	push('5', "aa");
	committer_step(committer);
	assert_string_equal(sent, "1|");
	complete("o");
	committer_step(committer);
	/* in order of arrival, and begun in the step that ended the one before */
	assert_string_equal(sent, "1|2345|");
	complete("o");
	committer_step(committer);
	assert_string_equal(answered, "1d2d3d4d5d");
	assert_int_equal(metrics.commits, 2);
	expect_each_answered_once();
}

static void
test_a_batch_is_bounded_and_the_rest_keeps_its_order(void **state)
{
	(void)state;
	for (char item = '1'; item <= '9'; item++)
		push(item, "a");
	for (int i = 0; i < 3; i++) {
		committer_step(committer);
		if (i == 1)
			push('A', "a");
		complete("o");
	}
	committer_step(committer);
	assert_string_equal(sent, "1234|5678|9A|");
	expect_each_answered_once();
}

static void
test_a_queue_that_was_emptied_by_a_full_batch_takes_newcomers(void **state)
{
	(void)state;
	for (char item = '1'; item <= '4'; item++)
		push(item, "a");
	committer_step(committer);
	push('5', "a");
	push('6', "a");
	complete("o");
	committer_step(committer);
	complete("o");
	committer_step(committer);
	assert_string_equal(sent, "1234|56|");
	expect_each_answered_once();
}

static void
test_with_scope_corp_a_batch_holds_the_first_ones_corp_only(void **state)
{
	(void)state;
	conf.commit_scope = CONF_SCOPE_CORP;
	push('1', "b");
	push('2', "a");
	push('3', "b");
	push('4', "c");
	push('5', "a");
	push('6', "b");
	for (int i = 0; i < 3; i++) {
		committer_step(committer);
		complete("o");
	}
	committer_step(committer);
	assert_string_equal(sent, "136|25|4|");
	expect_each_answered_once();
}

static void
test_each_outcome_becomes_its_own_answer(void **state)
{
	(void)state;
	push('1', "a");
	push('2', "b");
	push('3', "c");
	committer_step(committer);
	requests[0].entry.deliveries = 2;
	fake_database.failure = "the database refused the event: SQLSTATE 22P02";
	complete("orb");
	committer_step(committer);
	assert_string_equal(answered, "1d2r3s");
	assert_int_equal(requests[1].outcome, ST_BUG);
	assert_string_equal(requests[1].why.text, "the database refused the event: SQLSTATE 22P02");
	assert_string_equal(spooled, "3|");
	assert_int_equal(metrics.repeats, 1);
	assert_int_equal(metrics.events_database, 1);
	assert_int_equal(metrics.events_spool, 1);
	assert_int_equal(metrics.commits, 1);
	assert_int_equal(metrics.commits_doubtful, 1);
	assert_string_equal(logged, "the database refused the event: SQLSTATE 22P02;");
	expect_each_answered_once();
}

static void
test_a_batch_that_cannot_even_be_sent_goes_to_the_spool_at_once(void **state)
{
	(void)state;
	fake_database.fails_at_once = true;
	fake_database.after_take = DATABASE_DOWN;
	push('1', "a");
	push('2', "b");
	committer_step(committer);
	assert_string_equal(answered, "1s2s");
	assert_int_equal(metrics.database_failures, 1);
	assert_int_equal(metrics.commits, 0);
	expect_each_answered_once();
}

/* --- deadlines ------------------------------------------------------------------------------------------------------ */

static void
test_the_batch_has_until_the_first_deadline_among_its_requests(void **state)
{
	int64_t began_ms = atomic_load(&now_ms);

	(void)state;
	push('1', "a");
	atomic_fetch_add(&now_ms, 30);
	push('2', "a");
	committer_step(committer);
	assert_int_equal(fake_database.deadline_ms, began_ms + 2500);
	complete("o");
	committer_step(committer);
	atomic_fetch_add(&now_ms, 30);
	push('3', "a");
	push_urgent('4', "a");
	committer_step(committer);
	assert_int_equal(fake_database.deadline_ms, began_ms + 60 + 600);
}

static void
test_without_a_spool_an_urgent_request_gets_the_whole_time(void **state)
{
	(void)state;
	push_urgent('1', "a");
	committer_step(committer);
	assert_int_equal(fake_database.deadline_ms, atomic_load(&now_ms) + 2500);
}

static void
test_a_short_time_limit_binds_the_urgent_too(void **state)
{
	(void)state;
	conf.database_timeout_ms = 400;
	push_urgent('1', "a");
	committer_step(committer);
	assert_int_equal(fake_database.deadline_ms, atomic_load(&now_ms) + 400);
}

static void
test_behind_a_slow_commit_the_urgent_leave_the_queue_first(void **state)
{
	(void)state;
	push('1', "a");
	committer_step(committer);
	push('2', "a");
	push_urgent('3', "a");
	atomic_fetch_add(&now_ms, 599);
	committer_step(committer);
	assert_string_equal(answered, "");
	atomic_fetch_add(&now_ms, 1);
	committer_step(committer);
	assert_string_equal(answered, "3s");
	/* the last of the queue has left: a newcomer stands behind the one that stayed */
	push('4', "a");
	atomic_fetch_add(&now_ms, 1899);
	committer_step(committer);
	assert_string_equal(answered, "3s");
	atomic_fetch_add(&now_ms, 1);
	committer_step(committer);
	assert_string_equal(answered, "3s2s");
	complete("o");
	committer_step(committer);
	assert_string_equal(answered, "3s2s1d");
	assert_string_equal(sent, "1|4|");
	complete("o");
	committer_step(committer);
	expect_each_answered_once();
}

/* --- the database is away ------------------------------------------------------------------------------------------- */

static void
test_a_connection_just_lost_is_waited_for_and_then_spooled(void **state)
{
	(void)state;
	go_down();
	push('1', "b");
	push('2', "a");
	committer_step(committer);
	assert_string_equal(answered, "");
	atomic_fetch_add(&now_ms, 100);
	push('3', "a");
	assert_int_equal(committer_sleep_ms(committer, 250), 150);
	atomic_fetch_add(&now_ms, 149);
	committer_step(committer);
	assert_string_equal(answered, "");
	atomic_fetch_add(&now_ms, 1);
	committer_step(committer);
	/* in order of arrival */
	assert_string_equal(answered, "1s2s");
	assert_string_equal(spooled, "12|");
	fake_database.state = DATABASE_READY;
	fake_database.down_since_ms = 0;
	committer_step(committer);
	assert_string_equal(sent, "3|");
	complete("o");
	committer_step(committer);
	expect_each_answered_once();
}

static void
test_in_a_long_outage_nobody_waits(void **state)
{
	(void)state;
	go_down();
	atomic_fetch_add(&now_ms, 1001);
	push('1', "a");
	assert_int_equal(committer_sleep_ms(committer, 250), 0);
	committer_step(committer);
	assert_string_equal(answered, "1s");
	assert_int_equal(metrics.events_spool, 1);
	assert_int_equal(metrics.events_database, 0);
	expect_each_answered_once();
}

static void
test_an_outage_spools_no_more_at_once_than_a_batch(void **state)
{
	(void)state;
	go_down();
	for (char item = '1'; item <= '6'; item++)
		push(item, "a");
	atomic_fetch_add(&now_ms, 1001);
	committer_step(committer);
	assert_string_equal(spooled, "1234|");
	assert_int_equal(committer_sleep_ms(committer, 250), 0);
	committer_step(committer);
	assert_string_equal(spooled, "1234|56|");
	expect_each_answered_once();
}

static void
test_without_a_spool_the_answer_is_503_when_the_time_is_over(void **state)
{
	(void)state;
	go_down();
	push('1', "a");
	atomic_fetch_add(&now_ms, 2499);
	committer_step(committer);
	assert_string_equal(answered, "");
	atomic_fetch_add(&now_ms, 1);
	committer_step(committer);
	assert_string_equal(answered, "1x");
	assert_string_equal(requests[0].why.text, "storage is not available");
	assert_string_equal(spooled, "");
	assert_int_equal(metrics.spool_refused, 1);
	expect_each_answered_once();
}

static void
test_without_a_spool_what_was_not_confirmed_is_503_at_once(void **state)
{
	(void)state;
	push('1', "a");
	push('2', "a");
	committer_step(committer);
	complete("ob");
	committer_step(committer);
	assert_string_equal(answered, "1d2x");
	expect_each_answered_once();
}

/* --- the spool refuses ---------------------------------------------------------------------------------------------- */

static void
test_a_full_spool_is_503_with_its_reason(void **state)
{
	(void)state;
	go_down();
	atomic_fetch_add(&now_ms, 1001);
	fake_spool.status[0] = ST_BUSY;
	fake_spool.status_n = 1;
	push('1', "a");
	committer_step(committer);
	assert_string_equal(answered, "1x");
	assert_string_equal(spooled, "1!");
	assert_string_equal(requests[0].why.text, SPOOL_REASON);
	assert_int_equal(metrics.spool_refused, 1);
	assert_int_equal(metrics.events_spool, 0);
	expect_each_answered_once();
}

static void
test_what_is_too_much_together_is_tried_alone(void **state)
{
	static const enum status first[] = {ST_BUSY, ST_TOO_LARGE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		(void)start_with(true);
		go_down();
		atomic_fetch_add(&now_ms, 1001);
		fake_spool.status[0] = first[i];
		fake_spool.status[1] = ST_OK;
		fake_spool.status[2] = first[i];
		fake_spool.status_n = 3;
		push('1', "a");
		push('2', "a");
		push('3', "a");
		committer_step(committer);
		assert_string_equal(spooled, "123!1|2!3|");
		assert_string_equal(answered, "1s2x3s");
		assert_int_equal(requests[1].outcome, ST_BUSY);
		expect_each_answered_once();
	}
}

static void
test_a_broken_disk_is_not_asked_for_each_event(void **state)
{
	(void)state;
	go_down();
	atomic_fetch_add(&now_ms, 1001);
	fake_spool.status[0] = ST_SYSTEM;
	fake_spool.status_n = 1;
	push('1', "a");
	push('2', "a");
	committer_step(committer);
	assert_string_equal(spooled, "12!");
	assert_string_equal(answered, "1x2x");
	assert_string_equal(requests[1].why.text, SPOOL_REASON);
	expect_each_answered_once();
}

static void
test_a_spool_that_is_slow_to_refuse_is_not_asked_for_each_event(void **state)
{
	(void)state;
	go_down();
	atomic_fetch_add(&now_ms, 1001);
	fake_spool.takes_ms = SPOOL_LOCK_WAIT_MS;
	fake_spool.status[0] = ST_BUSY;
	fake_spool.status_n = 1;
	for (char item = '1'; item <= '4'; item++)
		push(item, "a");
	committer_step(committer);
	assert_string_equal(spooled, "1234!");
	assert_string_equal(answered, "1x2x3x4x");
	expect_each_answered_once();
}

static void
test_the_spool_is_told_the_time_at_every_step(void **state)
{
	(void)state;
	committer_step(committer);
	committer_step(committer);
	assert_int_equal(fake_spool.ticks_n, 2);
}

/* --- sleep and wake-up ---------------------------------------------------------------------------------------------- */

static void
test_only_a_push_into_a_sleeping_committer_asks_for_a_wake_up(void **state)
{
	(void)state;
	/* awake: the next step sees it anyway */
	assert_false(push('1', "a"));
	committer_step(committer);
	/* a batch is under way: newcomers wait for its end */
	(void)committer_sleep_ms(committer, 250);
	assert_false(push('2', "a"));
	complete("o");
	committer_step(committer);
	complete("o");
	committer_step(committer);
	assert_int_equal(committer_sleep_ms(committer, 250), 250);
	assert_true(push('3', "a"));
	/* once is enough */
	assert_false(push('4', "a"));
}

static void
test_sleep_ends_when_the_database_wants_its_turn(void **state)
{
	(void)state;
	fake_database.wake_ms = atomic_load(&now_ms) + 40;
	assert_int_equal(committer_sleep_ms(committer, 250), 40);
	fake_database.wake_ms = atomic_load(&now_ms) - 40;
	assert_int_equal(committer_sleep_ms(committer, 250), 0);
	fake_database.wake_ms = INT64_MAX;
	assert_int_equal(committer_sleep_ms(committer, 250), 250);
	assert_int_equal(committer_sleep_ms(committer, 10), 10);
}

/* --- what the log says ---------------------------------------------------------------------------------------------- */

static void
test_a_failure_that_repeats_itself_is_told_once_and_counted_each_time(void **state)
{
	(void)state;
	go_down();
	for (int i = 0; i < 20; i++) {
		fake_database.failure = i % 2 == 0 ? "cannot connect: one" : "cannot connect: two";
		committer_step(committer);
		atomic_fetch_add(&now_ms, 200);
	}
	assert_string_equal(logged, "cannot connect: one;cannot connect: two;");
	assert_int_equal(metrics.database_failures, 20);
	fake_database.state = DATABASE_READY;
	fake_database.down_since_ms = 0;
	committer_step(committer);
	committer_step(committer);
	assert_string_equal(logged, "cannot connect: one;cannot connect: two;connected to the database;");
}

/* --- one answer for each, always ------------------------------------------------------------------------------------ */

static uint32_t seed;

static uint32_t
roll(uint32_t sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

/* Something happens to the database, the spool or the clock. */
static void
happen(void)
{
	static const char *const outcomes[] = {"o", "b", "r", "ob", "obro", "bo"};

	if (fake_database.state == DATABASE_BUSY && roll(2) == 0)
		complete(outcomes[roll(6)]);
	if (fake_database.state == DATABASE_DOWN && roll(4) == 0) {
		fake_database.state = DATABASE_READY;
		fake_database.down_since_ms = 0;
	}
	fake_database.after_take = roll(5) == 0 ? DATABASE_DOWN : DATABASE_READY;
	fake_database.fails_at_once = roll(10) == 0;
	fake_spool.status_n = roll(4);
	for (size_t i = 0; i < fake_spool.status_n; i++)
		fake_spool.status[i] = (const enum status[]){ST_BUSY, ST_TOO_LARGE, ST_SYSTEM, ST_OK}[roll(4)];
	atomic_fetch_add(&now_ms, roll(2) == 0 ? roll(20) : roll(900));
}

static void
test_whatever_happens_each_request_is_answered_once(void **state)
{
	static const char *const corps[] = {"a", "b", "c"};

	(void)state;
	for (uint32_t round = 0; round < 60; round++) {
		(void)start_with(round % 3 != 0);
		seed = round;
		conf.commit_scope = round % 2 == 0 ? CONF_SCOPE_ANY : CONF_SCOPE_CORP;
		for (int i = 0; i < 200; i++) {
			for (uint32_t n = roll(6); n > 0; n--) {
				if (roll(5) == 0)
					push_urgent('u', corps[roll(3)]);
				else
					(void)push('n', corps[roll(3)]);
			}
			committer_step(committer);
			happen();
		}
		fake_database.fails_at_once = true;
		for (int i = 0; i < 1000 && !committer_is_idle(committer); i++) {
			if (fake_database.state == DATABASE_BUSY)
				complete("b");
			atomic_fetch_add(&now_ms, 5000);
			committer_step(committer);
		}
		expect_each_answered_once();
		assert_int_equal(metrics.events_database + metrics.events_spool + metrics.spool_refused,
		    pushed_n - refused_n);
	}
}

#define PUSHERS_N 4

static void *
push_many(void *argument)
{
	int first = *(int *)argument;

	for (int i = first; i < REQUESTS_MAX; i += PUSHERS_N) {
		fill(&requests[i], 'n', i % 3 == 0 ? "a" : "b");
		(void)committer_push(committer, &requests[i]);
	}
	return NULL;
}

static void
test_threads_may_push_while_the_committer_works(void **state)
{
	pthread_t threads[PUSHERS_N];
	int first[PUSHERS_N];
	int64_t stored_n = 0;

	(void)state;
	fake_database.finishes_by_itself = true;
	for (int i = 0; i < PUSHERS_N; i++) {
		first[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, push_many, &first[i]), 0);
	}
	while (stored_n < REQUESTS_MAX) {
		committer_step(committer);
		(void)committer_sleep_ms(committer, 0);
		stored_n = (int64_t)atomic_load(&metrics.events_database);
		if (committer_is_idle(committer))
			sched_yield();
	}
	for (int i = 0; i < PUSHERS_N; i++)
		pthread_join(threads[i], NULL);
	pushed_n = REQUESTS_MAX;
	expect_each_answered_once();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
#define TEST_WITHOUT_SPOOL(name) cmocka_unit_test_setup_teardown(name, start_without_spool, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_lone_request_waits_for_nobody),
	    TEST(test_what_arrives_during_a_commit_shares_the_next),
	    TEST(test_a_batch_is_bounded_and_the_rest_keeps_its_order),
	    TEST(test_a_queue_that_was_emptied_by_a_full_batch_takes_newcomers),
	    TEST(test_with_scope_corp_a_batch_holds_the_first_ones_corp_only),
	    TEST(test_each_outcome_becomes_its_own_answer),
	    TEST(test_a_batch_that_cannot_even_be_sent_goes_to_the_spool_at_once),
	    TEST(test_the_batch_has_until_the_first_deadline_among_its_requests),
	    TEST_WITHOUT_SPOOL(test_without_a_spool_an_urgent_request_gets_the_whole_time),
	    TEST(test_a_short_time_limit_binds_the_urgent_too),
	    TEST(test_behind_a_slow_commit_the_urgent_leave_the_queue_first),
	    TEST(test_a_connection_just_lost_is_waited_for_and_then_spooled),
	    TEST(test_in_a_long_outage_nobody_waits),
	    TEST(test_an_outage_spools_no_more_at_once_than_a_batch),
	    TEST_WITHOUT_SPOOL(test_without_a_spool_the_answer_is_503_when_the_time_is_over),
	    TEST_WITHOUT_SPOOL(test_without_a_spool_what_was_not_confirmed_is_503_at_once),
	    TEST(test_a_full_spool_is_503_with_its_reason),
	    TEST(test_what_is_too_much_together_is_tried_alone),
	    TEST(test_a_broken_disk_is_not_asked_for_each_event),
	    TEST(test_a_spool_that_is_slow_to_refuse_is_not_asked_for_each_event),
	    TEST(test_the_spool_is_told_the_time_at_every_step),
	    TEST(test_only_a_push_into_a_sleeping_committer_asks_for_a_wake_up),
	    TEST(test_sleep_ends_when_the_database_wants_its_turn),
	    TEST(test_a_failure_that_repeats_itself_is_told_once_and_counted_each_time),
	    TEST(test_whatever_happens_each_request_is_answered_once),
	    TEST(test_threads_may_push_while_the_committer_works),
	};

	return cmocka_run_group_tests_name("committer", tests, NULL, NULL);
}
