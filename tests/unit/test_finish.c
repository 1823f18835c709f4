/*
 * Results on their way to the database, against a scripted wecom.job_finish: who shares a call, what happens when the
 * database is away, refuses, or says that the lease is gone.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sync/daemon.h"
#include "clock.h"

#define THREADS 12
#define CALLS_MAX 64

static struct {
	pthread_mutex_t lock;
	int calls_n;
	int items_n[CALLS_MAX];		/* results in each call */
	int busy_n;			/* so many calls find no database */
	const char *refused_kind;	/* a call with a result of this kind that is not being parked is refused */
	const char *lone_kind;		/* a call with a result of this kind and others finds no database, however often */
	int vain_n;			/* so many of these were made */
	bool is_lost;			/* the lease is gone */
	const char *answer;		/* for every result, JSON */
	int takes_ms;
	bool waits_for_second;		/* the first call ends when there is one beside it, or after half a minute */
	int data_bytes;			/* of every result's data */
	int under_way_n[FINISH_LANES_N], most_n[FINISH_LANES_N];	/* calls at a time, by what their first result is of */
	int mixed_n;			/* calls with results of two lanes, or beside one that goes alone */
	char last[8192];		/* parameter of the last call */
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

int64_t __wrap_api_now_us(const struct api *api);
enum status __wrap_store_call_json(struct store *store, const char *sql, int n, const char *const *values,
    struct json_object **ret_json, struct detail *why);
void __wrap_log_text(int level, const char *format, ...);

int64_t
__wrap_api_now_us(const struct api *api)
{
	(void)api;
	return 1772000000000000LL;
}

void
__wrap_log_text(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

static bool
is_refused(struct json_object *results)
{
	for (size_t i = 0; i < json_object_array_length(results); i++) {
		struct json_object *item = json_object_array_get_idx(results, i);

		if (fake.refused_kind != NULL &&
		    strcmp(json_object_get_string(json_object_object_get(item, "kind")), fake.refused_kind) == 0 &&
		    strcmp(json_object_get_string(json_object_object_get(item, "outcome")), "parked") != 0)
			return true;
	}
	return false;
}

static bool
has_kind(struct json_object *results, const char *kind)
{
	for (size_t i = 0; kind != NULL && i < json_object_array_length(results); i++)
		if (strcmp(json_object_get_string(json_object_object_get(json_object_array_get_idx(results, i), "kind")), kind) == 0)
			return true;
	return false;
}

static enum finish_lane
lane_of(struct json_object *result)
{
	const char *kind = json_object_get_string(json_object_object_get(result, "kind"));

	if (strcmp(kind, "purge") == 0)
		return FINISH_ALONE;
	return strcmp(kind, "chat") == 0 ? FINISH_CHATS : FINISH_OTHERS;
}

static enum finish_lane
begin_call(struct json_object *results)
{
	enum finish_lane lane = lane_of(json_object_array_get_idx(results, 0));
	int others_n = 0;

	for (size_t i = 1; i < json_object_array_length(results); i++)
		fake.mixed_n += lane_of(json_object_array_get_idx(results, i)) != lane;
	for (int i = 0; i < FINISH_LANES_N; i++)
		others_n += fake.under_way_n[i];
	fake.mixed_n += fake.under_way_n[FINISH_ALONE] > 0 || (lane == FINISH_ALONE && others_n > 0);
	if (++fake.under_way_n[lane] > fake.most_n[lane])
		fake.most_n[lane] = fake.under_way_n[lane];
	return lane;
}

enum status
__wrap_store_call_json(struct store *store, const char *sql, int n, const char *const *values,
    struct json_object **ret_json, struct detail *why)
{
	struct json_object *results = json_tokener_parse(values[4]);
	enum finish_lane lane;
	enum status st = ST_OK;
	int takes_ms;

	(void)store;
	assert_int_equal(n, 5);
	assert_non_null(strstr(sql, "wecom.job_finish("));
	assert_string_equal(values[0], "wpCORP");
	assert_string_equal(values[1], "owner");
	assert_string_equal(values[2], "7");
	assert_string_equal(values[3], "1772000000000000");
	assert_non_null(results);
	pthread_mutex_lock(&fake.lock);
	lane = begin_call(results);
	takes_ms = fake.takes_ms;
	assert_true(fake.calls_n < CALLS_MAX);
	fake.items_n[fake.calls_n++] = (int)json_object_array_length(results);
	snprintf(fake.last, sizeof(fake.last), "%s", values[4]);
	*ret_json = NULL;
	if (json_object_array_length(results) > 1 && has_kind(results, fake.lone_kind)) {
		fake.vain_n++;
		st = ST_BUSY;
	} else if (fake.busy_n > 0) {
		fake.busy_n--;
		st = ST_BUSY;
	} else if (is_refused(results)) {
		detail_set(why, "database: SQLSTATE 22P05");
		st = ST_BUG;
	} else if (!fake.is_lost) {
		*ret_json = json_object_new_array();
		for (size_t i = 0; i < json_object_array_length(results); i++)
			json_object_array_add(*ret_json, json_tokener_parse(fake.answer));
	}
	pthread_mutex_unlock(&fake.lock);
	json_object_put(results);
	if (takes_ms > 0)
		usleep((useconds_t)takes_ms * 1000);
	pthread_mutex_lock(&fake.lock);
	for (int i = 0; fake.waits_for_second && fake.most_n[lane] < 2 && i < 3000; i++) {
		pthread_mutex_unlock(&fake.lock);
		usleep(10000);
		pthread_mutex_lock(&fake.lock);
	}
	fake.under_way_n[lane]--;
	pthread_mutex_unlock(&fake.lock);
	return st;
}

/* --- a daemon with one corp ------------------------------------------------------------------------------------------ */

static struct conf conf = {.sync_calls = 3, .sync_calls_per_corp = 2};
static struct daemon the_daemon;
static struct corp *corp;

static int
setup(void **state)
{
	(void)state;
	memset(&the_daemon, 0, sizeof(the_daemon));
	the_daemon.conf = &conf;
	strcpy(the_daemon.owner, "owner");
	pthread_mutex_init(&the_daemon.lock, NULL);
	pthread_cond_init(&the_daemon.work, NULL);
	pthread_cond_init(&the_daemon.room, NULL);
	corp = corps_add(&the_daemon, "wpCORP", "7");
	atomic_store(&corp->held_until_ms, clock_monotonic_ms() + 20000);
	memset(&fake.calls_n, 0, sizeof(fake) - offsetof(__typeof__(fake), calls_n));
	fake.answer = "\"ok\"";
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	while (the_daemon.corps != NULL)
		corps_remove(&the_daemon, the_daemon.corps);
	return 0;
}

static char data[8192];	/* zeros: what it says does not matter */

static enum finish_outcome
finish(const char *kind, const char *outcome, int64_t *ret_left)
{
	struct job job = {.corp = "wpCORP", .kind = kind, .target = "wrT"};
	struct job_result result = {.outcome = JOB_DONE};
	enum finish_outcome told;

	result.data = fake.data_bytes == 0 ? NULL : json_object_new_string_len(data, fake.data_bytes);
	told = finish_store(&the_daemon, corp, &job, outcome, &result, ret_left);
	json_object_put(result.data);
	return told;
}

static void
test_one_result(void **state)
{
	(void)state;
	assert_int_equal(finish("chat", "done", NULL), FINISH_OK);
	assert_int_equal(fake.calls_n, 1);
	assert_string_equal(fake.last,
	    "[{\"kind\":\"chat\",\"target\":\"wrT\",\"outcome\":\"done\",\"error\":null,\"due_us\":null,\"begun_us\":null,"
	    "\"data\":null,\"events\":[],\"raise\":[],\"counts\":{}}]");
}

static void *
finish_thread(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)finish("chat", "done", NULL);
}

/* While the first call is under way the others gather: twelve results in a few calls, none twice, none left out. */
static void
test_shared_calls(void **state)
{
	pthread_t threads[THREADS];
	int items_n = 0;
	void *outcome;

	(void)state;
	fake.takes_ms = 100;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, finish_thread, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &outcome), 0);
		assert_int_equal((intptr_t)outcome, FINISH_OK);
	}
	for (int i = 0; i < fake.calls_n; i++)
		items_n += fake.items_n[i];
	assert_int_equal(items_n, THREADS);
	assert_in_range(fake.calls_n, 2, THREADS / 2);
	assert_null(corp->finishing);
}

static void
test_database_away(void **state)
{
	(void)state;
	fake.busy_n = 2;
	assert_int_equal(finish("chat", "done", NULL), FINISH_OK);
	assert_int_equal(fake.calls_n, 3);
}

/* The lease ends while the database is away: given up, and the corp is given back. */
static void
test_lease_ends(void **state)
{
	(void)state;
	fake.busy_n = 1000;
	atomic_store(&corp->held_until_ms, clock_monotonic_ms() + 3000);
	assert_int_equal(finish("chat", "done", NULL), FINISH_LOST);
	assert_true(atomic_load(&corp->is_lost));
	assert_in_range(fake.calls_n, 1, 40);
}

static void
test_lease_is_gone(void **state)
{
	(void)state;
	fake.is_lost = true;
	assert_int_equal(finish("chat", "done", NULL), FINISH_LOST);
	assert_true(atomic_load(&corp->is_lost));
	/* nothing more is even asked */
	assert_int_equal(finish("chat", "done", NULL), FINISH_LOST);
	assert_int_equal(fake.calls_n, 1);
}

static void
test_job_was_taken(void **state)
{
	(void)state;
	fake.answer = "\"lost\"";
	assert_int_equal(finish("chat", "done", NULL), FINISH_LOST);
	assert_false(atomic_load(&corp->is_lost));
}

static void
test_left(void **state)
{
	int64_t left = 0;

	(void)state;
	fake.answer = "{\"left\": 4200}";
	assert_int_equal(finish("purge", "part", &left), FINISH_OK);
	assert_int_equal(left, 4200);
}

/* What the database refuses is parked with the reason, without the data. */
static void
test_refused(void **state)
{
	(void)state;
	fake.refused_kind = "tag";
	assert_int_equal(finish("tag", "done", NULL), FINISH_OK);
	assert_int_equal(fake.calls_n, 2);
	assert_non_null(strstr(fake.last, "\"outcome\":\"parked\""));
	assert_non_null(strstr(fake.last, "SQLSTATE 22P05"));
	/* a part that is refused ends the job, too: its handler must not go on */
	assert_int_equal(finish("tag", "part", NULL), FINISH_LOST);
	assert_non_null(strstr(fake.last, "\"outcome\":\"parked\""));
}

static void *
refused_thread(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)finish("tag", "done", NULL);
}

static void
finish_beside_others(void *(*odd_thread)(void *))
{
	pthread_t threads[THREADS];
	void *outcome;

	fake.takes_ms = 50;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i == 5 ? odd_thread : finish_thread, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &outcome), 0);
		assert_int_equal((intptr_t)outcome, FINISH_OK);
	}
	assert_false(atomic_load(&corp->is_lost));
}

/* A result that the database refuses harms none that shared its call. */
static void
test_refused_among_others(void **state)
{
	(void)state;
	fake.refused_kind = "tag";
	finish_beside_others(refused_thread);
}

static void *
purge_thread(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)finish("purge", "part", NULL);
}

/* A step of a purge drops the corp's other jobs: in one call with their results it would be refused again and again. */
static void
test_a_purge_goes_alone(void **state)
{
	(void)state;
	fake.lone_kind = "purge";
	finish_beside_others(purge_thread);
	assert_int_equal(fake.vain_n, 0);
}

static void *
finish_kind_thread(void *argument)
{
	return (void *)(intptr_t)finish(argument, strcmp(argument, "purge") == 0 ? "part" : "done", NULL);
}

static void
finish_all(const char *const *kinds, int kinds_n)
{
	pthread_t threads[100];
	void *outcome;

	fake.takes_ms = 100;
	for (int i = 0; i < 100; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, finish_kind_thread, (void *)(uintptr_t)kinds[i % kinds_n]), 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(pthread_join(threads[i], &outcome), 0);
		assert_int_equal((intptr_t)outcome, FINISH_OK);
	}
	assert_null(corp->finishing);
}

/* Two calls with chats at a time when much waits: 99 rosters come while the first is under way. */
static void
test_chats_side_by_side(void **state)
{
	static const char *const kinds[] = {"chat"};

	(void)state;
	memset(data, 'x', sizeof(data));
	fake.data_bytes = sizeof(data);
	fake.waits_for_second = true;
	finish_all(kinds, 1);
	assert_int_equal(fake.most_n[FINISH_CHATS], 2);
}

/* All other kinds one after the other, beside the chats; a purge by itself. */
static void
test_lanes(void **state)
{
	static const char *const kinds[] = {"chat", "tag", "chat", "customer", "chat", "rollup", "chat", "chat", "member", "purge"};

	(void)state;
	finish_all(kinds, 10);
	/* what events alone make of chats is little */
	assert_int_equal(fake.most_n[FINISH_CHATS], 1);
	assert_int_equal(fake.most_n[FINISH_OTHERS], 1);
	assert_int_equal(fake.most_n[FINISH_ALONE], 1);
	assert_int_equal(fake.mixed_n, 0);
}

/* Whatever it is that keeps them from being stored together does not last as long as the lease. */
static void
test_together_in_vain(void **state)
{
	(void)state;
	fake.lone_kind = "tag";
	finish_beside_others(refused_thread);
}

/* --- whose turn it is ------------------------------------------------------------------------------------------------ */

static void
queue(struct corp *of, int n)
{
	struct json_object *claimed = json_object_new_object();

	for (int i = 0; i < n; i++)
		assert_true(corps_queue(&the_daemon, of, claimed));
	json_object_put(claimed);
}

static const char *
take(void)
{
	struct task *task = corps_take(&the_daemon);
	const char *id = task == NULL ? "nobody" : task->corp->id;

	if (task != NULL) {
		json_object_put(task->claimed);
		free(task);
	}
	return id;
}

static void
test_turns(void **state)
{
	struct corp *other = corps_add(&the_daemon, "wpOTHER", "1");
	char ids[64] = "";

	(void)state;
	queue(corp, 5);
	queue(other, 1);
	for (int i = 0; i < 3; i++)
		strcat(strcat(ids, take()), " ");
	/* a corp with much to do does not go before one with little, and has at most two running here */
	assert_non_null(strstr(ids, "wpOTHER"));
	assert_string_equal(take(), "nobody");
	assert_int_equal(corp->running_n, 2);
	/* a result that is stored takes no call: the next may begin, but the corp has its share of those, too */
	corps_store(&the_daemon, corp);
	assert_string_equal(take(), "wpCORP");
	corps_store(&the_daemon, corp);
	assert_string_equal(take(), "wpCORP");
	corps_store(&the_daemon, corp);
	assert_int_equal(corp->running_n, 1);
	assert_int_equal(corp->storing_n, 3);
	assert_string_equal(take(), "nobody");
	corp->storing_n = 0;
	atomic_store(&corp->is_lost, true);
	assert_string_equal(take(), "nobody");
	assert_int_equal(the_daemon.queued_n, 1);
	corps_drop_queue(&the_daemon, corp);
	assert_int_equal(the_daemon.queued_n, 0);
	assert_ptr_equal(corps_find(&the_daemon, "wpOTHER"), other);
	corps_remove(&the_daemon, other);
	assert_null(corps_find(&the_daemon, "wpOTHER"));
}

static void
test_ids_too_long(void **state)
{
	char id[DAEMON_CORP_BYTES + 1];

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	assert_null(corps_add(&the_daemon, id, "1"));
	assert_null(corps_add(&the_daemon, "wpSHORT", "123456789012345678901234567890"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one_result, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_shared_calls, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_database_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lease_ends, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lease_is_gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_job_was_taken, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_left, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused_among_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_purge_goes_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_chats_side_by_side, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lanes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_together_in_vain, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_turns, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ids_too_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
