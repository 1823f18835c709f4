/* The options of `wecom-sim push` and its help.  Never acts on them. */
#include "push_options.h"

#include <string.h>
#include <sysexits.h>

#include "sender.h"

static const char usage[] =
    "usage: wecom-sim push [-c CONF] --url URL [OPTION...]\n"
    "Deliver random, consistent activity of many corps to URL/api/v1/wecom/…: first a ticket, the installation of "
    "each\n"
    "corp and its members' subscribe events, then customers, chats (with chained member versions), tags, contacts,\n"
    "messages, all other kinds, and system events when their account is configured.\n"
    "\n"
    "  --seed N            the same seed gives the same truth and activity (1)\n"
    "  --corps N           corps that installed the app (3)\n"
    "  --rate N            events a second; 0: as fast as the connections take them (2)\n"
    "  --count N           stop after so many events      --seconds N  stop after so long (neither: at a signal)\n"
    "  --connections N     kept-alive connections (4)\n"
    "  --repeat P          share of events delivered again within 2 s, re-encrypted, up to five times\n"
    "  --reorder P         share that up to eight later events overtake\n"
    "  --delay P:MS        share delayed by up to MS\n"
    "  --lose P            share never delivered (the truth has changed all the same)\n"
    "  --garbage P         share accompanied by rubbish   --bad-signature P  … by a copy with a wrong signature\n"
    "  --retry             as WeCom: three more tries after no answer within 5 s\n"
    "  --retry-any         also after any answer but 200 with `success`\n"
    "  --retry-interval MS between tries (1000)\n"
    "  --ledger FILE       append a JSON line for each acknowledgement (200, body exactly `success`) as it arrives:\n"
    "                      key, corp, kind, acks (of this event so far), xml_sha256\n"
    "  --key-element NAME  put <NAME>key</NAME> into every event, so that no two are equal in content\n"
    "  --quiet             no line per delivery\n"
    "\n"
    "SIGINT or SIGTERM: no new deliveries, up to 6 s for answers under way, then the summary.  The last line of "
    "stdout\n"
    "is the summary, one JSON object: events, lost, sent (requests), acknowledged, acknowledged_events, spoiled,\n"
    "spoiled_accepted, refused (by status), failed (no answer), given_up, seconds, latency_ms {p50, p99, max}.\n"
    "exit: 0 (also when everything was refused), 64 usage, 71 system, 73 ledger cannot be opened, 74 ledger cannot be\n"
    "written, 78 settings\n";

static bool
check(const struct push_options *options, struct fault *fault)
{
	static const char name_set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *name = options->key_element;

	if (options->url == NULL)
		return fault_set(fault, "push needs --url URL");
	if (options->corps == 0 || options->connections == 0)
		return fault_set(fault, "--corps and --connections are at least 1");
	if (name != NULL && (*name == '\0' || strspn(name, name_set) != strlen(name)))
		return fault_set(fault, "--key-element takes a name of letters");
	return true;
}

enum option_result
push_options_read(int argc, char **argv, struct push_options *options)
{
	const struct option_entry table[] = {
	    {"-c", OPTION_TEXT, &options->conf, 0},
	    {"--url", OPTION_TEXT, &options->url, 0},
	    {"--seed", OPTION_NUMBER, &options->seed, -1ULL},
	    {"--corps", OPTION_NUMBER, &options->corps, 100000},
	    {"--rate", OPTION_NUMBER, &options->rate, 1000000},
	    {"--count", OPTION_NUMBER, &options->count, 1000000000},
	    {"--seconds", OPTION_NUMBER, &options->seconds, 1000000},
	    {"--connections", OPTION_NUMBER, &options->connections, SENDER_CONNECTIONS_MAX},
	    {"--repeat", OPTION_SHARE, &options->mischief.repeat, 0},
	    {"--reorder", OPTION_SHARE, &options->mischief.reorder, 0},
	    {"--delay", OPTION_SHARE_MS, &options->mischief.delay, 0},
	    {"--lose", OPTION_SHARE, &options->mischief.lose, 0},
	    {"--garbage", OPTION_SHARE, &options->mischief.garbage, 0},
	    {"--bad-signature", OPTION_SHARE, &options->mischief.bad_signature, 0},
	    {"--retry", OPTION_FLAG, &options->retry, 0},
	    {"--retry-any", OPTION_FLAG, &options->retry_any, 0},
	    {"--retry-interval", OPTION_NUMBER, &options->retry_interval_ms, 3600000},
	    {"--ledger", OPTION_TEXT, &options->ledger, 0},
	    {"--key-element", OPTION_TEXT, &options->key_element, 0},
	    {"--quiet", OPTION_FLAG, &options->quiet, 0},
	    {0},
	};
	enum option_result result;
	struct fault fault = {0};

	*options = (struct push_options){.seed = 1, .corps = 3, .rate = 2, .connections = 4, .retry_interval_ms = 1000};
	result = option_read(argc, argv, table, usage);
	if (result != OPTION_OK || check(options, &fault))
		return result;
	fault_report(&fault, EX_USAGE);
	return OPTION_WRONG;
}
