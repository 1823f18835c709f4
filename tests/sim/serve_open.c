/* What `serve` needs before its loop begins: the truth, signals, control socket, sender and API. */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>

#include "serve.h"
#include "state.h"

static bool
open_signals(struct serve *serve, struct fault *fault)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	serve->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return serve->signal_fd >= 0 || fault_set(fault, "cannot watch for signals");
}

/* A state that is there goes before --seed and --corps. */
static bool
open_truth(struct serve *serve, struct fault *fault)
{
	const struct serve_options *options = &serve->options;
	struct truth loaded;
	bool is_found = false;

	activity_init(&serve->activity, &serve->settings, options->seed, options->corps, &options->size, true);
	serve->activity.options = options->activity;
	serve->activity.msgid += (uint64_t)truth_now_us();
	if (options->state == NULL)
		return true;
	if (!state_load(options->state, &loaded, &is_found, fault))
		return false;
	if (is_found) {
		truth_done(&serve->activity.truth);
		serve->activity.truth = loaded;
		mark_forget_pending(&serve->activity.truth);
	}
	return true;
}

static const char *
given(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

/* An api_install; in a thread of the API. */
static bool
install(void *self, const char *corp_id, char ret_code[TRUTH_CODE_BYTES])
{
	struct activity *activity = &((struct serve *)self)->activity;
	struct truth_corp *corp;
	bool is_done;

	truth_lock(&activity->truth);
	corp = truth_find_corp(&activity->truth, corp_id);
	is_done = corp != NULL && activity_install(activity, corp, ret_code);
	truth_unlock(&activity->truth);
	return is_done;
}

static bool
open_api(struct serve *serve, struct fault *fault)
{
	const struct serve_options *options = &serve->options;
	struct api_options api = {.listen = options->listen,
	    .cert_file = options->cert,
	    .key_file = options->key,
	    .suite_id = serve->settings.suite_id,
	    .suite_secret = given(serve->settings.suite_secret),
	    .login_suite_id = given(serve->settings.login_suite_id),
	    .login_suite_secret = given(serve->settings.login_suite_secret),
	    .provider_secret = given(serve->settings.provider_secret),
	    .provider_corp_id = serve->settings.provider_corp_id,
	    .seed = options->seed,
	    .latency_ms = options->latency_ms,
	    .stale_ms = options->stale_ms,
	    .faults = options->faults,
	    .pages_listen = options->pages,
	    .trusted = options->trusted,
	    .settings_url = options->settings_url,
	    .install = install,
	    .install_self = serve};

	if (options->listen == NULL)
		return true;
	serve->api = api_start(&api, &serve->activity.truth, fault);
	return serve->api != NULL;
}

int
serve_open(struct serve *serve, sender_done *done, struct fault *fault)
{
	const struct serve_options *options = &serve->options;

	if (!open_truth(serve, fault))
		return EX_CANTCREAT;
	if (!open_signals(serve, fault))
		return EX_OSERR;
	serve->control = control_open(options->control, serve_command, serve, fault);
	if (serve->control == NULL)
		return EX_CANTCREAT;
	control_watch(serve->control, serve->signal_fd);
	way_init(&serve->way, &serve->settings, &serve->options.mischief, options->seed);
	serve->way.sender = sender_new(options->url, options->connections, done, serve, fault);
	if (serve->way.sender == NULL || !open_api(serve, fault))
		return EX_USAGE;
	return EX_OK;
}
