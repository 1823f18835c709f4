/* The options of `wecom-sim serve`, its help, and those that change while it runs.  Never acts on them. */
#include "serve_options.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sender.h"

#define RATE_MOST 1000000
#define SIZE_MOST 1000000

static const char usage[] =
    "usage: wecom-sim serve [-c CONF] --url URL [--listen ADDRESS:PORT --cert FILE --key FILE] [OPTION...]\n"
    "Play WeCom: hold the truth of many corps, deliver callbacks to URL/api/v1/wecom/…, answer the API at "
    "ADDRESS:PORT\n"
    "(TLS; plain http without --cert).  Corps install the app (create_auth; their auth codes are exchanged at the "
    "API),\n"
    "people do things at random, and WeCom calls back what the app may see.\n"
    "\n"
    "  --seed N            the same seed begins with the same truth and activity (1)\n"
    "  --pages ADDRESS:PORT  the pages of login, install and admin console over plain http, too\n"
    "  --trusted HOST[:PORT][,…]  where those pages may lead back to (the host of URL)\n"
    "  --settings-url URL  where the admin console jumps to (URL/wecom/settings)\n"
    "  --corps N           corps (4); in threes: open to the app; limited and licensed; authorised by members.\n"
    "                      With three or more that install by themselves the last one cancels and installs again (see "
    "\"cancels\")\n"
    "  --visitors N        of these, the last ones wait for somebody on the install page (0)\n"
    "  --members N --relations N --chats N --roster N --groups N --tags N   how each corp begins (6 20 4 8 3 4)\n"
    "  --past DAYS         how long ago that began (0: all this moment)    --plain  names without markup and oddities\n"
    "  --rate N            deeds a second, told or not (2); 0: none but those of the control socket\n"
    "  --lose P            share of callbacks never delivered; tickets, create_auth, cancel_auth and\n"
    "                      reset_permanent_code only with --lose-precious P\n"
    "  --repeat P --reorder P --delay P:MS   as in push\n"
    "  --lie P             share of member events whose MemChangeCnt and list do not agree\n"
    "  --no-silent         no change that no callback tells (names, nicknames, chat admins, licences)\n"
    "  --no-cancels        nobody cancels       --no-messages  no messages and other kinds without a change\n"
    "  --stale-ms N --latency-ms N --faults P   of the API (0 0 0)\n"
    "  --connections N     kept-alive connections to the receiver (4)\n"
    "  --state FILE        the truth is saved there every few seconds and at the end, and loaded at the start\n"
    "  --control SOCKET    a unix socket: one JSON object a line in, one out; see control in "
    "tests/sim/serve_control.c\n"
    "  --stop-after-events N, --seconds N   no more deeds from then on (the rest goes on until quit or a signal)\n"
    "  --quiet             no line per delivery\n"
    "\n"
    "Deliveries without `success` are tried three more times, one second apart.  Ready: one line `ready {…}` with the\n"
    "API's port.  SIGINT, SIGTERM or {\"do\":\"quit\"} ends it; the last line of stdout is the summary of push.\n"
    "exit: 0, 64 usage, 71 system, 73 socket or state cannot be made, 78 settings\n";

static bool
check(const struct serve_options *options, struct fault *fault)
{
	if (options->url == NULL)
		return fault_set(fault, "serve needs --url URL");
	if ((options->cert == NULL) != (options->key == NULL))
		return fault_set(fault, "--cert and --key go together");
	if (options->corps == 0 || options->connections == 0 || options->size.members == 0)
		return fault_set(fault, "--corps, --connections and --members are at least 1");
	if (options->activity.visitors >= options->corps)
		return fault_set(fault, "--visitors are fewer than the corps");
	return options->pages == NULL || options->listen != NULL || fault_set(fault, "--pages needs --listen");
}

/* What follows from --url. */
static void
complete(struct serve_options *options)
{
	static char trusted[256], settings_url[512];
	const char *host = strstr(options->url, "://");

	host = host == NULL ? options->url : host + 3;
	snprintf(trusted, sizeof(trusted), "%.*s", (int)strcspn(host, "/"), host);
	snprintf(settings_url, sizeof(settings_url), "%s/wecom/settings", options->url);
	if (options->trusted == NULL)
		options->trusted = trusted;
	if (options->settings_url == NULL)
		options->settings_url = settings_url;
}

static void
defaults(struct serve_options *options)
{
	*options = (struct serve_options){.seed = 1, .corps = 4, .rate = 2, .connections = 4};
	options->size =
	    (struct truth_size){.members = 6, .relations = 20, .chats = 4, .roster = 8, .groups = 3, .tags = 4};
	options->activity = (struct activity_options){.silent = true, .cancels = true, .messages = true};
}

enum option_result
serve_options_read(int argc, char **argv, struct serve_options *options)
{
	unsigned long long visitors = 0;
	bool is_plain = false;
	bool no_silent = false, no_cancels = false, no_messages = false;
	const struct option_entry table[] = {
	    {"-c", OPTION_TEXT, &options->conf, 0},
	    {"--url", OPTION_TEXT, &options->url, 0},
	    {"--listen", OPTION_TEXT, &options->listen, 0},
	    {"--cert", OPTION_TEXT, &options->cert, 0},
	    {"--key", OPTION_TEXT, &options->key, 0},
	    {"--pages", OPTION_TEXT, &options->pages, 0},
	    {"--trusted", OPTION_TEXT, &options->trusted, 0},
	    {"--settings-url", OPTION_TEXT, &options->settings_url, 0},
	    {"--visitors", OPTION_NUMBER, &visitors, 100000},
	    {"--control", OPTION_TEXT, &options->control, 0},
	    {"--state", OPTION_TEXT, &options->state, 0},
	    {"--seed", OPTION_NUMBER, &options->seed, -1ULL},
	    {"--corps", OPTION_NUMBER, &options->corps, 100000},
	    {"--members", OPTION_NUMBER, &options->size.members, SIZE_MOST},
	    {"--relations", OPTION_NUMBER, &options->size.relations, SIZE_MOST},
	    {"--chats", OPTION_NUMBER, &options->size.chats, SIZE_MOST},
	    {"--roster", OPTION_NUMBER, &options->size.roster, SIZE_MOST},
	    {"--groups", OPTION_NUMBER, &options->size.groups, SIZE_MOST},
	    {"--tags", OPTION_NUMBER, &options->size.tags, SIZE_MOST},
	    {"--past", OPTION_NUMBER, &options->size.past_days, 1000},
	    {"--plain", OPTION_FLAG, &is_plain, 0},
	    {"--rate", OPTION_NUMBER, &options->rate, RATE_MOST},
	    {"--lose", OPTION_SHARE, &options->mischief.lose, 0},
	    {"--lose-precious", OPTION_SHARE, &options->mischief.lose_precious, 0},
	    {"--repeat", OPTION_SHARE, &options->mischief.repeat, 0},
	    {"--reorder", OPTION_SHARE, &options->mischief.reorder, 0},
	    {"--delay", OPTION_SHARE_MS, &options->mischief.delay, 0},
	    {"--lie", OPTION_SHARE, &options->activity.lie, 0},
	    {"--no-silent", OPTION_FLAG, &no_silent, 0},
	    {"--no-cancels", OPTION_FLAG, &no_cancels, 0},
	    {"--no-messages", OPTION_FLAG, &no_messages, 0},
	    {"--stale-ms", OPTION_NUMBER, &options->stale_ms, 600000},
	    {"--latency-ms", OPTION_NUMBER, &options->latency_ms, 600000},
	    {"--faults", OPTION_SHARE, &options->faults, 0},
	    {"--connections", OPTION_NUMBER, &options->connections, SENDER_CONNECTIONS_MAX},
	    {"--stop-after-events", OPTION_NUMBER, &options->stop_after_events, 1000000000},
	    {"--seconds", OPTION_NUMBER, &options->seconds, 100000000},
	    {"--quiet", OPTION_FLAG, &options->is_quiet, 0},
	    {0},
	};
	struct fault fault = {0};
	enum option_result result;

	defaults(options);
	result = option_read(argc, argv, table, usage);
	options->activity.visitors = visitors;
	if (result == OPTION_OK && !check(options, &fault)) {
		fault_report(&fault, EX_USAGE);
		return OPTION_WRONG;
	}
	if (result == OPTION_OK)
		complete(options);
	if (is_plain)
		truth_speak_plainly();
	options->activity.silent = !no_silent;
	options->activity.cancels = !no_cancels;
	options->activity.messages = !no_messages;
	return result;
}

bool
serve_options_set(struct serve_options *options, const char *name, struct json_object *value, struct fault *fault)
{
	struct mischief_options *mischief = &options->mischief;
	const struct {
		const char *name;
		double *share;
		unsigned long long *number;
		bool *flag;
	} table[] = {
	    {"lose", &mischief->lose, NULL, NULL},
	    {"lose_precious", &mischief->lose_precious, NULL, NULL},
	    {"repeat", &mischief->repeat, NULL, NULL},
	    {"reorder", &mischief->reorder, NULL, NULL},
	    {"delay", &mischief->delay.share, NULL, NULL},
	    {"delay_ms", NULL, &mischief->delay.ms, NULL},
	    {"lie", &options->activity.lie, NULL, NULL},
	    {"rate", NULL, &options->rate, NULL},
	    {"silent", NULL, NULL, &options->activity.silent},
	    {"cancels", NULL, NULL, &options->activity.cancels},
	    {"messages", NULL, NULL, &options->activity.messages},
	};
	double number = json_object_get_double(value);
	size_t i = 0;

	while (i < sizeof(table) / sizeof(table[0]) && strcmp(table[i].name, name) != 0)
		i++;
	if (i == sizeof(table) / sizeof(table[0]))
		return false;
	if (table[i].flag != NULL) {
		*table[i].flag = json_object_get_boolean(value);
		return json_object_is_type(value, json_type_boolean) || fault_set(fault, "%s is true or false", name);
	}
	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
		return fault_set(fault, "%s is a number", name);
	if (number < 0 || number > (table[i].share != NULL ? 1 : RATE_MOST))
		return fault_set(fault, "%s is out of range", name);
	if (table[i].share != NULL)
		*table[i].share = number;
	else
		*table[i].number = (unsigned long long)number;
	return true;
}
