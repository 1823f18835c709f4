/*
 * The pool with real processes: the test forks a parent, which runs pool_run with children that do as they are told.
 * Time is a number in shared memory that only the test moves; the test waits for what must come, and where nothing may
 * come it lets the parent look around some times first.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "pool.h"
#include "shared.h"

#define STARTS_MAX 64
#define GENERATIONS_MAX 4
#define FOREVER_MS (INT64_MAX / 2)	/* a heartbeat that never grows old */
#define PATIENCE_MS 10000		/* a test that waits longer for its condition has failed */
#define STEP_MS 500			/* shorter than what the parent takes for being held up itself */
#define LIFE_S 60			/* no child survives a broken test for longer */

enum behaviour {
	SERVE,		/* ready, beats, ends when told */
	END_AT_ONCE,	/* with status 3 */
	FREEZE,		/* ready, then neither beats nor ends */
	NOT_READY,	/* beats, ready only when allowed, ends when told */
	STAY,		/* ready, beats, does not end when told */
};

struct settings {
	int generation;
	int children_n;
};

struct start {
	_Atomic pid_t pid;
	int index;
	int generation;
	_Atomic bool is_running;	/* past its first heartbeat, or frozen */
	_Atomic bool was_told;
};

/* Between test, parent and children. */
static struct shared {
	_Atomic int64_t now_ms;
	_Atomic int looks_n;		/* the parent's rounds */
	_Atomic int starts_n;
	struct start starts[STARTS_MAX];
	_Atomic int behaviours[GENERATIONS_MAX];
	_Atomic bool may_be_ready;
	_Atomic bool load_fails;
	_Atomic int children_n;		/* of the next generation */
	_Atomic int loads_n;
	_Atomic int unloads_n;
	_Atomic int unloaded_generation;	/* the last one */
	_Atomic int replaced_n;
	_Atomic int frozen_n;
	struct settings settings[GENERATIONS_MAX];
} *shared;

static pid_t parent;	/* 0: none runs */

int64_t __wrap_clock_monotonic_ms(void);
int __wrap_sigtimedwait(const sigset_t *signals, siginfo_t *info, const struct timespec *timeout);
int __real_sigtimedwait(const sigset_t *signals, siginfo_t *info, const struct timespec *timeout);
void __wrap_log_text(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

int64_t
__wrap_clock_monotonic_ms(void)
{
	return atomic_load(&shared->now_ms);
}

int
__wrap_sigtimedwait(const sigset_t *signals, siginfo_t *info, const struct timespec *timeout)
{
	atomic_fetch_add(&shared->looks_n, 1);
	return __real_sigtimedwait(signals, info, timeout);
}

void
__wrap_log_text(enum log_level level, const char *format, ...)
{
	(void)level;
	(void)format;
}

/* --- what parent and children run ----------------------------------------------------------------------------------- */

static void
nap(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	nanosleep(&moment, NULL);
}

static void *
load(void *argument)
{
	int n = atomic_fetch_add(&shared->loads_n, 1) + 1;

	if (argument != shared || atomic_load(&shared->load_fails) || n >= GENERATIONS_MAX)
		return NULL;
	shared->settings[n] = (struct settings){n, atomic_load(&shared->children_n)};
	return &shared->settings[n];
}

static void
unload(void *settings)
{
	atomic_store(&shared->unloaded_generation, ((struct settings *)settings)->generation);
	atomic_fetch_add(&shared->unloads_n, 1);
}

static int
children_n(const void *settings)
{
	return ((const struct settings *)settings)->children_n;
}

static void
replaced(void *argument, bool was_frozen)
{
	(void)argument;
	atomic_fetch_add(&shared->replaced_n, 1);
	atomic_fetch_add(&shared->frozen_n, was_frozen);
}

static int
run(void *settings, int index, struct pool_beat *beat)
{
	int generation = ((struct settings *)settings)->generation;
	int behaviour = atomic_load(&shared->behaviours[generation]);
	struct start *start = &shared->starts[atomic_fetch_add(&shared->starts_n, 1) % STARTS_MAX];
	sigset_t signals;

	alarm(LIFE_S);
	start->index = index;
	start->generation = generation;
	atomic_store(&start->pid, getpid());
	if (behaviour == END_AT_ONCE)
		return 3;
	if (behaviour != FREEZE)
		atomic_store(&beat->at_ms, FOREVER_MS);
	atomic_store(&start->is_running, true);
	while (behaviour == NOT_READY && !atomic_load(&shared->may_be_ready))
		nap();
	atomic_store(&beat->is_ready, true);
	while (behaviour == FREEZE || behaviour == STAY)
		nap();
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	(void)sigwaitinfo(&signals, NULL);
	atomic_store(&start->was_told, true);
	return 0;
}

/* --- the kit -------------------------------------------------------------------------------------------------------- */

static int
start(void **state)
{
	(void)state;
	shared = shared_new(sizeof(*shared));
	if (shared == NULL)
		return -1;
	atomic_store(&shared->now_ms, 1000000);
	atomic_store(&shared->unloaded_generation, -1);
	/* orphans come to us, so that their end can be seen */
	return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int
finish(void **state)
{
	(void)state;
	if (parent != 0) {
		kill(parent, SIGKILL);
		waitpid(parent, NULL, 0);
		parent = 0;
	}
	for (int i = 0; i < STARTS_MAX; i++)
		if (atomic_load(&shared->starts[i].pid) > 0)
			kill(atomic_load(&shared->starts[i].pid), SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	shared_free(shared, sizeof(*shared));
	return 0;
}

static void
begin(int n, enum behaviour behaviour)
{
	static const struct pool_program callbacks = {load, unload, children_n, run, replaced, NULL};
	struct pool_program program = callbacks;

	program.argument = shared;
	shared->settings[0] = (struct settings){0, n};
	atomic_store(&shared->children_n, n);
	atomic_store(&shared->behaviours[0], behaviour);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		alarm(LIFE_S);
		_exit(pool_run(&program, &shared->settings[0]));
	}
}

static int
running_n(void)
{
	int n = 0;

	for (int i = 0; i < STARTS_MAX; i++)
		n += atomic_load(&shared->starts[i].is_running);
	return n;
}

static int
told_n(int generation)
{
	int n = 0;

	for (int i = 0; i < STARTS_MAX; i++)
		n += shared->starts[i].generation == generation && atomic_load(&shared->starts[i].was_told);
	return n;
}

/* Wait for `condition`; the parent need not wait for its tick. */
#define UNTIL(condition)                                                                                               \
	do {                                                                                                           \
		int waited_ms = 0;                                                                                     \
                                                                                                                       \
		while (!(condition) && waited_ms++ < PATIENCE_MS) {                                                    \
			kill(parent, SIGCHLD);                                                                         \
			nap();                                                                                         \
		}                                                                                                      \
		assert_true(condition);                                                                                \
	} while (0)

/* The parent has seen everything that was so before this call, and has done what follows from it. */
static void
let_it_look(void)
{
	int n = atomic_load(&shared->looks_n);

	UNTIL(atomic_load(&shared->looks_n) >= n + 5);
}

static void
pass_ms(int64_t ms)
{
	atomic_fetch_add(&shared->now_ms, ms);
	let_it_look();
}

/* As time passes for a parent that is not held up: it looks around meanwhile. */
static void
pass_in_steps_ms(int64_t ms)
{
	for (; ms > STEP_MS; ms -= STEP_MS)
		pass_ms(STEP_MS);
	pass_ms(ms);
}

static void
expect_end(int code)
{
	int wait_status = -1;

	for (int i = 0; i < PATIENCE_MS && waitpid(parent, &wait_status, WNOHANG) == 0; i++)
		nap();
	assert_true(WIFEXITED(wait_status));
	assert_int_equal(WEXITSTATUS(wait_status), code);
	parent = 0;
	/* and no child has survived it */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* --- replacing ------------------------------------------------------------------------------------------------------ */

static void
test_each_index_gets_one_process(void **state)
{
	(void)state;
	begin(3, SERVE);
	UNTIL(running_n() == 3);
	pass_ms(100000);
	assert_int_equal(atomic_load(&shared->starts_n), 3);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			assert_int_not_equal(shared->starts[i].index, shared->starts[j].index);
	assert_int_equal(atomic_load(&shared->replaced_n), 0);
}

static void
test_a_process_that_dies_is_replaced_at_once_and_alone(void **state)
{
	(void)state;
	begin(3, SERVE);
	UNTIL(running_n() == 3);
	kill(atomic_load(&shared->starts[1].pid), SIGKILL);
	UNTIL(running_n() == 4);
	assert_int_equal(shared->starts[3].index, shared->starts[1].index);
	assert_int_equal(atomic_load(&shared->replaced_n), 1);
	assert_int_equal(atomic_load(&shared->frozen_n), 0);
	assert_int_equal(kill(atomic_load(&shared->starts[0].pid), 0), 0);
	assert_int_equal(kill(atomic_load(&shared->starts[2].pid), 0), 0);
	let_it_look();
	assert_int_equal(atomic_load(&shared->starts_n), 4);
}

static void
test_a_process_that_keeps_dying_comes_back_ever_later_but_comes(void **state)
{
	static const int64_t waits_ms[] = {200, 400, 800, 1600, 3200, 6400, 10000, 10000};

	(void)state;
	begin(1, END_AT_ONCE);
	UNTIL(atomic_load(&shared->replaced_n) == 2);
	for (int i = 0; i < 8; i++) {
		let_it_look();
		assert_int_equal(atomic_load(&shared->starts_n), 2 + i);
		pass_ms(waits_ms[i] - 1);
		assert_int_equal(atomic_load(&shared->starts_n), 2 + i);
		pass_ms(1);
		UNTIL(atomic_load(&shared->replaced_n) == 3 + i);
	}
}

static void
test_after_a_long_life_a_process_is_replaced_at_once_again(void **state)
{
	(void)state;
	begin(1, SERVE);
	for (int i = 0; i < 3; i++) {
		UNTIL(running_n() == i + 1);
		let_it_look();
		pass_ms(5000);
		kill(atomic_load(&shared->starts[i].pid), SIGKILL);
	}
	UNTIL(running_n() == 4);
}

static void
test_a_frozen_process_is_killed_and_replaced(void **state)
{
	(void)state;
	begin(2, FREEZE);
	UNTIL(running_n() == 2);
	atomic_store(&shared->behaviours[0], SERVE);
	let_it_look();
	pass_in_steps_ms(POOL_FROZEN_MS);
	assert_int_equal(atomic_load(&shared->replaced_n), 0);
	pass_ms(1);
	UNTIL(running_n() == 4);
	assert_int_equal(atomic_load(&shared->replaced_n), 2);
	assert_int_equal(atomic_load(&shared->frozen_n), 2);
	pass_ms(100000);
	assert_int_equal(atomic_load(&shared->starts_n), 4);
}

static void
test_a_parent_that_was_held_up_gives_the_processes_their_time_anew(void **state)
{
	(void)state;
	begin(2, FREEZE);
	UNTIL(running_n() == 2);
	atomic_store(&shared->behaviours[0], SERVE);
	let_it_look();
	/* again and again: nothing is known of the time between two looks */
	for (int i = 0; i < 3; i++) {
		pass_ms(POOL_FROZEN_MS + 1);
		assert_int_equal(atomic_load(&shared->replaced_n), 0);
	}
	/* and from the last of them on it judges as ever */
	pass_in_steps_ms(POOL_FROZEN_MS);
	assert_int_equal(atomic_load(&shared->replaced_n), 0);
	pass_ms(1);
	UNTIL(running_n() == 4);
	assert_int_equal(atomic_load(&shared->frozen_n), 2);
}

/* --- stopping ------------------------------------------------------------------------------------------------------- */

static void
test_term_and_int_let_the_processes_end_and_then_the_parent(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		if (i > 0) {
			(void)finish(NULL);
			assert_int_equal(start(NULL), 0);
		}
		begin(3, SERVE);
		UNTIL(running_n() == 3);
		kill(parent, signals[i]);
		expect_end(0);
		assert_int_equal(told_n(0), 3);
		assert_int_equal(atomic_load(&shared->starts_n), 3);
		assert_int_equal(atomic_load(&shared->replaced_n), 0);
		assert_int_equal(atomic_load(&shared->unloads_n), 1);
	}
}

static void
test_a_process_that_does_not_end_is_killed_when_its_time_is_over(void **state)
{
	(void)state;
	begin(1, STAY);
	UNTIL(running_n() == 1);
	let_it_look();
	kill(parent, SIGTERM);
	let_it_look();
	pass_ms(POOL_DRAIN_MS);
	assert_int_equal(waitpid(parent, NULL, WNOHANG), 0);
	atomic_fetch_add(&shared->now_ms, 1);
	expect_end(0);
	assert_int_equal(atomic_load(&shared->replaced_n), 0);
}

static void
test_the_parents_death_ends_the_processes(void **state)
{
	int wait_status;

	(void)state;
	begin(2, SERVE);
	UNTIL(running_n() == 2);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	parent = 0;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(atomic_load(&shared->starts[i].pid), &wait_status, 0),
		    atomic_load(&shared->starts[i].pid));
		/* told, not killed: what was in flight was answered */
		assert_true(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
	}
}

/* --- rolling -------------------------------------------------------------------------------------------------------- */

static void
test_hup_with_faulty_settings_changes_nothing(void **state)
{
	(void)state;
	begin(2, SERVE);
	UNTIL(running_n() == 2);
	atomic_store(&shared->load_fails, true);
	kill(parent, SIGHUP);
	UNTIL(atomic_load(&shared->loads_n) == 1);
	pass_ms(100000);
	assert_int_equal(atomic_load(&shared->starts_n), 2);
	assert_int_equal(told_n(0), 0);
	assert_int_equal(atomic_load(&shared->unloads_n), 0);
	/* and once they are mended the signal works */
	atomic_store(&shared->load_fails, false);
	kill(parent, SIGHUP);
	UNTIL(told_n(0) == 2 && running_n() == 4);
}

static void
test_hup_tells_the_old_only_when_all_of_the_new_are_ready(void **state)
{
	(void)state;
	begin(2, SERVE);
	UNTIL(running_n() == 2);
	atomic_store(&shared->behaviours[1], NOT_READY);
	atomic_store(&shared->children_n, 3);
	kill(parent, SIGHUP);
	UNTIL(running_n() == 5);
	pass_ms(POOL_READY_MS);
	assert_int_equal(told_n(0), 0);
	atomic_store(&shared->may_be_ready, true);
	UNTIL(told_n(0) == 2);
	UNTIL(atomic_load(&shared->unloads_n) == 1);
	assert_int_equal(atomic_load(&shared->unloaded_generation), 0);
	let_it_look();
	assert_int_equal(told_n(1), 0);
	assert_int_equal(atomic_load(&shared->starts_n), 5);
	/* old processes that ended as told were not lost ones */
	assert_int_equal(atomic_load(&shared->replaced_n), 0);
	for (int i = 2; i < 5; i++)
		assert_int_equal(shared->starts[i].generation, 1);
}

static void
test_hup_does_not_wait_for_ever_for_the_new(void **state)
{
	(void)state;
	begin(1, SERVE);
	UNTIL(running_n() == 1);
	atomic_store(&shared->behaviours[1], NOT_READY);
	kill(parent, SIGHUP);
	UNTIL(running_n() == 2);
	pass_ms(POOL_READY_MS);
	assert_int_equal(told_n(0), 0);
	pass_ms(1);
	UNTIL(told_n(0) == 1);
}

static void
test_hup_while_rolling_is_passed_over(void **state)
{
	(void)state;
	begin(1, SERVE);
	UNTIL(running_n() == 1);
	atomic_store(&shared->behaviours[1], NOT_READY);
	kill(parent, SIGHUP);
	UNTIL(running_n() == 2);
	kill(parent, SIGHUP);
	let_it_look();
	assert_int_equal(atomic_load(&shared->loads_n), 1);
	assert_int_equal(atomic_load(&shared->starts_n), 2);
}

static void
test_after_a_roll_the_new_generation_is_the_one_that_is_replaced_and_stopped(void **state)
{
	(void)state;
	begin(2, SERVE);
	UNTIL(running_n() == 2);
	atomic_store(&shared->children_n, 1);
	kill(parent, SIGHUP);
	UNTIL(told_n(0) == 2 && atomic_load(&shared->unloads_n) == 1);
	kill(atomic_load(&shared->starts[2].pid), SIGKILL);
	UNTIL(running_n() == 4);
	assert_int_equal(shared->starts[3].generation, 1);
	let_it_look();
	assert_int_equal(atomic_load(&shared->starts_n), 4);
	kill(parent, SIGTERM);
	expect_end(0);
	assert_int_equal(told_n(1), 1);
	assert_int_equal(atomic_load(&shared->unloads_n), 2);
	assert_int_equal(atomic_load(&shared->unloaded_generation), 1);
}

static void
test_term_while_rolling_ends_both_generations(void **state)
{
	(void)state;
	begin(1, SERVE);
	UNTIL(running_n() == 1);
	atomic_store(&shared->behaviours[1], NOT_READY);
	kill(parent, SIGHUP);
	UNTIL(running_n() == 2);
	kill(parent, SIGTERM);
	UNTIL(told_n(0) == 1);
	atomic_store(&shared->may_be_ready, true);
	expect_end(0);
	assert_int_equal(told_n(1), 1);
	assert_int_equal(atomic_load(&shared->unloads_n), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_each_index_gets_one_process),
	    TEST(test_a_process_that_dies_is_replaced_at_once_and_alone),
	    TEST(test_a_process_that_keeps_dying_comes_back_ever_later_but_comes),
	    TEST(test_after_a_long_life_a_process_is_replaced_at_once_again),
	    TEST(test_a_frozen_process_is_killed_and_replaced),
	    TEST(test_a_parent_that_was_held_up_gives_the_processes_their_time_anew),
	    TEST(test_term_and_int_let_the_processes_end_and_then_the_parent),
	    TEST(test_a_process_that_does_not_end_is_killed_when_its_time_is_over),
	    TEST(test_the_parents_death_ends_the_processes),
	    TEST(test_hup_with_faulty_settings_changes_nothing),
	    TEST(test_hup_tells_the_old_only_when_all_of_the_new_are_ready),
	    TEST(test_hup_does_not_wait_for_ever_for_the_new),
	    TEST(test_hup_while_rolling_is_passed_over),
	    TEST(test_after_a_roll_the_new_generation_is_the_one_that_is_replaced_and_stopped),
	    TEST(test_term_while_rolling_ends_both_generations),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
