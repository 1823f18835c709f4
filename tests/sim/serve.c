/*
 * `wecom-sim serve`: the whole of WeCom in one process.  The loop here makes deeds, delivers callbacks and answers the
 * control socket; the API runs in threads of its own beside it, with the truth's lock between them.
 */
#include "serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"
#include "instant.h"
#include "state.h"

#define RETRIES 3 /* as WeCom */
#define RETRY_INTERVAL_US 1000000
#define SAVE_INTERVAL_US 5000000
#define LAST_ANSWERS_US 6000000
#define WAIT_MOST_MS 200
#define MAKE_MOST 256 /* deeds in one turn of the loop */

static bool
is_precious(const struct notice_kind *kind)
{
	static const char *const names[] = {"suite_ticket", "create_auth", "cancel_auth", "reset_permanent_code"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(kind->name, names[i]) == 0)
			return true;
	}
	return false;
}

void
serve_post(struct serve *serve, const struct notice_kind *kind, const struct facts *facts)
{
	struct parcel *parcel;
	char key[32];

	if (kind == NULL)
		return;
	snprintf(key, sizeof(key), "%llu", ++serve->tally.events);
	parcel = way_parcel(&serve->way, kind, facts, NULL, key);
	parcel->mark = serve->activity.mark;
	parcel->is_precious = is_precious(kind);
	if (!serve->options.is_quiet)
		notice_what(kind, facts, &parcel->what);
	if (mischief_post(&serve->way.mischief, parcel, instant_us(), &serve->way.queue))
		return;
	serve->tally.lost++;
	mark_lost(&parcel->mark, &serve->activity.truth);
	parcel_drop(parcel);
}

void
serve_stop_activity(struct serve *serve)
{
	serve->is_active = false;
	mischief_release(&serve->way.mischief, instant_us(), &serve->way.queue);
}

size_t
serve_pending_n(const struct serve *serve)
{
	return serve->way.queue.n + serve->way.mischief.held.n + sender_busy_n(serve->way.sender) +
	       serve->activity.follow_ups.n;
}

static void
do_deed(struct serve *serve)
{
	static struct facts facts;
	const struct notice_kind *kind;

	truth_lock(&serve->activity.truth);
	serve->activity.options = serve->options.activity;
	kind = activity_next(&serve->activity, &facts);
	serve_post(serve, kind, &facts);
	truth_unlock(&serve->activity.truth);
	serve->deeds++;
}

/* Tickets and what follows from a deed keep no rate and come when activity has stopped, too. */
static void
tell_due(struct serve *serve)
{
	static struct facts facts;
	const struct notice_kind *kind;

	truth_lock(&serve->activity.truth);
	for (int i = 0; i < MAKE_MOST; i++) {
		kind = activity_next_due(&serve->activity, &facts);
		if (kind == NULL)
			break;
		serve_post(serve, kind, &facts);
	}
	truth_unlock(&serve->activity.truth);
	/* nothing later will overtake them */
	if (!serve->is_active || serve->options.rate == 0)
		mischief_release(&serve->way.mischief, instant_us(), &serve->way.queue);
}

static bool
is_deed_due(struct serve *serve, int64_t now_us)
{
	const struct serve_options *options = &serve->options;

	if (!serve->is_active || options->rate == 0)
		return false;
	if ((options->stop_after_events > 0 && serve->tally.events >= options->stop_after_events) ||
	    (options->seconds > 0 && now_us - serve->started_us >= (int64_t)options->seconds * 1000000)) {
		serve_stop_activity(serve);
		return false;
	}
	if (serve->way.queue.n >= WAY_WAITING_MAX) {
		serve->next_deed_ns = now_us * 1000;
		return false;
	}
	return now_us >= serve->next_deed_ns / 1000;
}

static void
register_ticket(struct serve *serve, const struct parcel *parcel)
{
	bool is_login = strcmp(parcel->receiveid, serve->settings.suite_id) != 0;

	api_ticket(serve->api, is_login ? serve->activity.login_ticket : serve->activity.truth.ticket, is_login);
}

/* The API takes the ticket that was sent last, not the one that was made last. */
static void
submit_due(struct serve *serve, int64_t now_us)
{
	struct way *way = &serve->way;

	while (
	    sender_idle_n(way->sender) > 0 && way->queue.n > 0 && delivery_queue_first(&way->queue)->due_us <= now_us) {
		struct delivery *delivery = delivery_queue_take(&way->queue);

		if (serve->api != NULL && delivery->attempt == 0 && !delivery->is_repeat &&
		    strcmp(delivery->parcel->kind->name, "suite_ticket") == 0)
			register_ticket(serve, delivery->parcel);
		way_submit(way, delivery);
	}
}

static void
count_success(struct serve *serve, struct parcel *parcel)
{
	serve->tally.acknowledged++;
	serve->tally.acknowledged_events += ++parcel->acks == 1;
	truth_lock(&serve->activity.truth);
	mark_delivered(&parcel->mark, &serve->activity.truth, parcel->acks == 1);
	truth_unlock(&serve->activity.truth);
}

/* Given up, and no other delivery of it has come or may come through: that is a loss as any other. */
static void
count_failure(struct serve *serve, const struct parcel *parcel)
{
	serve->tally.given_up++;
	if (parcel->acks > 0 || parcel->deliveries > 1)
		return;
	truth_lock(&serve->activity.truth);
	mark_lost(&parcel->mark, &serve->activity.truth);
	truth_unlock(&serve->activity.truth);
}

static void
done(void *self, void *tag, const struct sender_answer *answer)
{
	struct serve *serve = self;
	struct delivery *delivery = tag;
	bool is_success = way_is_success(answer);

	serve->tally.sent++;
	if (answer->status > 0)
		tally_latency(&serve->tally, answer->us);
	if (is_success)
		count_success(serve, delivery->parcel);
	else if (answer->status > 0)
		serve->tally.refused[answer->status < 600 ? answer->status : 599]++;
	else
		serve->tally.failed++;
	if (!serve->options.is_quiet)
		way_print(delivery, answer);
	if (!is_success && delivery->attempt < RETRIES && !serve->is_stopping) {
		delivery->attempt++;
		delivery->due_us = instant_us() + RETRY_INTERVAL_US;
		delivery_queue_put(&serve->way.queue, delivery);
		return;
	}
	if (!is_success)
		count_failure(serve, delivery->parcel);
	delivery_free(delivery);
}

static void
save(struct serve *serve)
{
	struct fault fault = {0};
	bool ok;

	if (serve->options.state == NULL)
		return;
	truth_lock(&serve->activity.truth);
	ok = state_save(serve->options.state, &serve->activity.truth, &fault);
	truth_unlock(&serve->activity.truth);
	if (!ok)
		fault_report(&fault, EX_IOERR);
}

static int
wait_ms(const struct serve *serve, int64_t now_us)
{
	const struct delivery *first = delivery_queue_first(&serve->way.queue);
	int64_t until_us = now_us + WAIT_MOST_MS * 1000;

	if (sender_idle_n(serve->way.sender) > 0 && first != NULL && first->due_us < until_us)
		until_us = first->due_us;
	if (serve->is_active && serve->options.rate > 0 && serve->way.queue.n < WAY_WAITING_MAX &&
	    serve->next_deed_ns / 1000 < until_us)
		until_us = serve->next_deed_ns / 1000;
	return until_us <= now_us || serve->is_stopping ? 0 : (int)((until_us - now_us + 999) / 1000);
}

static void
turn(struct serve *serve)
{
	struct signalfd_siginfo info;
	int64_t now_us = instant_us();

	tell_due(serve);
	for (int i = 0; i < MAKE_MOST && is_deed_due(serve, now_us); i++) {
		do_deed(serve);
		serve->next_deed_ns += 1000000000 / (int64_t)serve->options.rate;
		submit_due(serve, now_us);
	}
	submit_due(serve, instant_us());
	sender_wait(serve->way.sender, wait_ms(serve, instant_us()), control_fd(serve->control));
	control_work(serve->control);
	if (read(serve->signal_fd, &info, sizeof(info)) > 0)
		serve->is_stopping = true;
	if (now_us >= serve->next_save_us) {
		serve->next_save_us = now_us + SAVE_INTERVAL_US;
		save(serve);
	}
}

/* A long pause (a stopped process, a rate that was 0) is not made up for. */
static void
run(struct serve *serve)
{
	int64_t now_us = instant_us();

	serve->started_us = now_us;
	serve->next_deed_ns = now_us * 1000;
	serve->next_save_us = now_us + SAVE_INTERVAL_US;
	serve->is_active = true;
	while (!serve->is_stopping) {
		now_us = instant_us();
		if (now_us - serve->next_deed_ns / 1000 > 1000000)
			serve->next_deed_ns = now_us * 1000;
		turn(serve);
	}
	now_us = instant_us();
	while (sender_busy_n(serve->way.sender) > 0 && instant_us() - now_us < LAST_ANSWERS_US)
		sender_wait(serve->way.sender, WAIT_MOST_MS, -1);
	sender_abort(serve->way.sender);
	save(serve);
}

/* The API's threads end before anything they look at. */
static void
finish(struct serve *serve)
{
	if (serve->api != NULL)
		api_stop(serve->api);
	tally_print(&serve->tally, instant_us() - serve->started_us);
	control_close(serve->control);
	way_done(&serve->way);
	activity_done(&serve->activity);
	close(serve->signal_fd);
}

int
command_serve(int argc, char **argv)
{
	static struct serve serve;
	enum option_result result = serve_options_read(argc, argv, &serve.options);
	struct fault fault = {0};
	int code;

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (!settings_load(serve.options.conf, &serve.settings, &fault))
		return fault_report(&fault, EX_CONFIG);
	setvbuf(stdout, NULL, _IOLBF, 0);
	code = serve_open(&serve, done, &fault);
	if (code != EX_OK)
		return fault_report(&fault, code);
	printf("ready {\"api_port\":%u,\"pages_port\":%u}\n", serve.api == NULL ? 0 : api_port(serve.api),
	    serve.api == NULL ? 0 : api_pages_port(serve.api));
	run(&serve);
	finish(&serve);
	return EX_OK;
}
