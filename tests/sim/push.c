/*
 * `wecom-sim push`: delivers random activity.  The loop: make events when they are due, submit deliveries while
 * connections are idle, wait for answers.  Never holds more than a bounded number of deliveries back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "activity.h"
#include "command.h"
#include "instant.h"
#include "ledger.h"
#include "push_options.h"
#include "tally.h"
#include "way.h"

#define RETRIES 3 /* as WeCom */
#define LAST_ANSWERS_US 6000000
#define WAIT_MOST_MS 200
#define MAKE_MOST 256 /* events made in one turn of the loop */

struct push {
	struct push_options options;
	struct settings settings;
	struct activity activity;
	struct way way;
	struct ledger ledger;
	struct tally tally;
	int signal_fd;
	int64_t started_us;
	int64_t next_event_ns;
	char key_start[40]; /* of this run */
	bool is_making;     /* events */
	bool is_stopping;   /* by a signal or a fault */
	int code;
};

static void
make_event(struct push *push, int64_t now_us)
{
	static struct facts facts;
	const struct notice_kind *kind = activity_next(&push->activity, &facts);
	struct parcel *parcel;
	char key[64];

	snprintf(key, sizeof(key), "%s-%llu", push->key_start, ++push->tally.events);
	parcel = way_parcel(&push->way, kind, &facts, push->options.key_element, key);
	if (!push->options.quiet)
		notice_what(kind, &facts, &parcel->what);
	if (push->ledger.fd >= 0)
		cipher_sha256_hex(parcel->xml.at, parcel->xml.n, parcel->sha256);
	if (!mischief_post(&push->way.mischief, parcel, now_us, &push->way.queue)) {
		push->tally.lost++;
		parcel_drop(parcel);
	}
}

static bool
is_event_due(struct push *push, int64_t now_us)
{
	const struct push_options *options = &push->options;
	struct delivery *first = delivery_queue_first(&push->way.queue);

	if (!push->is_making)
		return false;
	if ((options->count > 0 && push->tally.events >= options->count) ||
	    (options->seconds > 0 && now_us - push->started_us >= (int64_t)options->seconds * 1000000)) {
		push->is_making = false;
		mischief_release(&push->way.mischief, now_us, &push->way.queue);
		return false;
	}
	if (push->way.queue.n >= WAY_WAITING_MAX) {
		push->next_event_ns = now_us * 1000;
		return false;
	}
	if (options->rate == 0)
		return sender_idle_n(push->way.sender) > 0 && (first == NULL || first->due_us > now_us);
	return now_us >= push->next_event_ns / 1000;
}

static void
submit_due(struct push *push, int64_t now_us)
{
	while (!push->is_stopping && sender_idle_n(push->way.sender) > 0 && push->way.queue.n > 0 &&
	       delivery_queue_first(&push->way.queue)->due_us <= now_us)
		way_submit(&push->way, delivery_queue_take(&push->way.queue));
}

/* A write that fails ends the run: a ledger that misses a line proves nothing. */
static void
count_acknowledgement(struct push *push, struct parcel *parcel)
{
	struct fault fault = {0};

	push->tally.acknowledged++;
	if (++parcel->acks == 1)
		push->tally.acknowledged_events++;
	if (push->code != EX_OK || ledger_write(&push->ledger, parcel->key, parcel->corp.at, parcel->kind->name,
				       parcel->acks, parcel->sha256, &fault))
		return;
	push->code = fault_report(&fault, EX_IOERR);
	push->is_stopping = true;
}

/* True: the delivery goes into the queue again. */
static bool
is_to_be_retried(struct push *push, const struct delivery *delivery, bool is_answered)
{
	const struct push_options *options = &push->options;

	if (delivery->spoil != SPOIL_NONE || delivery->attempt >= RETRIES || push->is_stopping)
		return false;
	return options->retry_any || (options->retry && !is_answered);
}

static void
done(void *self, void *tag, const struct sender_answer *answer)
{
	struct push *push = self;
	struct delivery *delivery = tag;
	struct tally *tally = &push->tally;
	bool is_success = way_is_success(answer);

	tally->sent++;
	tally->spoiled += delivery->spoil != SPOIL_NONE;
	if (answer->status > 0)
		tally_latency(tally, answer->us);
	if (is_success && delivery->spoil == SPOIL_NONE)
		count_acknowledgement(push, delivery->parcel);
	else if (is_success)
		tally->spoiled_accepted++;
	else if (answer->status > 0)
		tally->refused[answer->status < 600 ? answer->status : 599]++;
	else
		tally->failed++;
	if (!push->options.quiet)
		way_print(delivery, answer);
	if (!is_success && is_to_be_retried(push, delivery, answer->status > 0)) {
		delivery->attempt++;
		delivery->due_us = instant_us() + (int64_t)push->options.retry_interval_ms * 1000;
		delivery_queue_put(&push->way.queue, delivery);
		return;
	}
	tally->given_up += !is_success && delivery->spoil == SPOIL_NONE;
	delivery_free(delivery);
}

static bool
is_finished(const struct push *push)
{
	return push->is_stopping ||
	       (!push->is_making && push->way.queue.n == 0 && sender_busy_n(push->way.sender) == 0);
}

static int
wait_ms(const struct push *push, int64_t now_us)
{
	const struct delivery *first = delivery_queue_first(&push->way.queue);
	int64_t until_us = now_us + WAIT_MOST_MS * 1000;

	if (sender_idle_n(push->way.sender) > 0 && first != NULL && first->due_us < until_us)
		until_us = first->due_us;
	if (push->is_making && push->options.rate > 0 && push->way.queue.n < WAY_WAITING_MAX &&
	    push->next_event_ns / 1000 < until_us)
		until_us = push->next_event_ns / 1000;
	return until_us <= now_us || is_finished(push) ? 0 : (int)((until_us - now_us + 999) / 1000);
}

static void
read_signal(struct push *push)
{
	struct signalfd_siginfo info;

	if (read(push->signal_fd, &info, sizeof(info)) > 0)
		push->is_stopping = true;
}

static void
run(struct push *push)
{
	int64_t now_us = instant_us();

	push->started_us = now_us;
	push->next_event_ns = now_us * 1000;
	push->is_making = true;
	while (!is_finished(push)) {
		now_us = instant_us();
		for (int i = 0; i < MAKE_MOST && is_event_due(push, now_us); i++) {
			make_event(push, now_us);
			if (push->options.rate > 0)
				push->next_event_ns += 1000000000 / (int64_t)push->options.rate;
			submit_due(push, now_us);
		}
		submit_due(push, now_us);
		sender_wait(push->way.sender, wait_ms(push, now_us), push->signal_fd);
		read_signal(push);
	}
	push->is_stopping = true;
	delivery_queue_clear(&push->way.queue);
	now_us = instant_us();
	while (sender_busy_n(push->way.sender) > 0 && instant_us() - now_us < LAST_ANSWERS_US)
		sender_wait(push->way.sender, WAIT_MOST_MS, -1);
	sender_abort(push->way.sender);
}

/* Signals are blocked and read from a descriptor, so that none is missed between a test and a wait. */
static bool
open_signals(struct push *push, struct fault *fault)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	push->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return push->signal_fd >= 0 || fault_set(fault, "cannot watch for signals");
}

static void
finish(struct push *push)
{
	tally_print(&push->tally, instant_us() - push->started_us);
	way_done(&push->way);
	activity_done(&push->activity);
	ledger_close(&push->ledger);
	close(push->signal_fd);
}

int
command_push(int argc, char **argv)
{
	static struct push push;
	struct push_options *options = &push.options;
	enum option_result result = push_options_read(argc, argv, options);
	struct timespec now;
	struct fault fault = {0};

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (!settings_load(options->conf, &push.settings, &fault))
		return fault_report(&fault, EX_CONFIG);
	if (!ledger_open(&push.ledger, options->ledger, &fault))
		return fault_report(&fault, EX_CANTCREAT);
	if (!open_signals(&push, &fault))
		return fault_report(&fault, EX_OSERR);
	way_init(&push.way, &push.settings, &options->mischief, options->seed);
	push.way.sender = sender_new(options->url, options->connections, done, &push, &fault);
	if (push.way.sender == NULL)
		return fault_report(&fault, EX_USAGE);
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(push.key_start, sizeof(push.key_start), "%llx-%lx%05lx-%x", options->seed, (long)now.tv_sec,
	    now.tv_nsec / 1000, (unsigned int)getpid());
	setvbuf(stdout, NULL, _IOLBF, 0);
	activity_init(&push.activity, &push.settings, options->seed, options->corps, NULL, false);
	run(&push);
	finish(&push);
	return push.code;
}
