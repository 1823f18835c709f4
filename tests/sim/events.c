/* `wecom-sim events`: one example of every kind of event, unencrypted, as input for tests of parsers. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "command.h"
#include "notice.h"
#include "option.h"
#include "random.h"
#include "settings.h"
#include "truth.h"

static const char usage[] =
    "usage: wecom-sim events [-c CONF] [--seed N]\n"
    "Print one example of every kind of event, one JSON object a line: kind, route, corp (under which it is filed),\n"
    "receiveid, xml.  A kind with optional elements comes twice; the second, NAME/bare, is without them.\n"
    "Member changes of chats are as in the documents: MemChangeCnt is 10, the list holds two.\n"
    "exit: 0, 64 usage, 78 settings\n";

/* Values as in the documents, ids of the form a suite sees. */
static void
example_facts(const struct settings *settings, struct random *random, struct facts *facts)
{
	static const char *const fixed[FACT_N] = {
	    [FACT_AGENT] = "1000002",
	    [FACT_STATE] = "teststate",
	    [FACT_WELCOME] = "WELCOMECODE",
	    [FACT_SOURCE] = "DELETE_BY_TRANSFER",
	    [FACT_REASON] = "customer_refused",
	    [FACT_SCENE] = "1",
	    [FACT_COUNT] = "10",
	    [FACT_LAST] = "9c3f97c2ada667dfb5f6d03308d963e1",
	    [FACT_CURRENT] = "71217227bbd112ecfe3a49c482195cb4",
	    [FACT_TAG_TYPE] = "tag",
	    [FACT_DEPARTMENTS] = "1,2",
	    [FACT_PARTY] = "2",
	    [FACT_PARENT] = "1",
	    [FACT_ORDER] = "4294967295",
	    [FACT_STATUS] = "1",
	    [FACT_TICKET] = "asdfasfdasdfasdf",
	    [FACT_CODE] = "AUTHCODE",
	    [FACT_TOKEN] = "ENCeTk2qbxfHbeYKDlWkgQnfZ5cMGf",
	    [FACT_SALE] = "N00000000000000000002",
	    [FACT_OLD_SALE] = "N00000000000000000001",
	    [FACT_LINK] = "cawcdea7783d7330c1",
	    [FACT_MSGID] = "7305093426489491841",
	    [FACT_CONTENT] = "你好 <b>&amp;</b> ]]> 😀",
	    [FACT_MEDIA] = "1idDkgOEvgmJzMiQyHTjRGZ3fhrNN0GZ",
	};
	static const struct {
		enum fact fact;
		const char *prefix;
	} ids[] = {{FACT_CORP, "wp"}, {FACT_USER, "wo"}, {FACT_NEW_USER, "wo"}, {FACT_OTHER_USER, "wo"},
	    {FACT_CUSTOMER, "wm"}, {FACT_CHAT, "wr"}, {FACT_TAG, "et"}};
	char id[TRUTH_ID_BYTES];

	memset(facts, 0, sizeof(*facts));
	memcpy(facts->value, fixed, sizeof(fixed));
	facts->value[FACT_SUITE] = settings->suite_id;
	facts->value[FACT_PROVIDER] = settings->provider_corp_id;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		truth_id(random, ids[i].prefix, id);
		facts_printf(facts, ids[i].fact, "%s", id);
	}
	facts_printf(facts, FACT_TIME, "%lld", (long long)time(NULL));
	facts_printf(facts, FACT_LATER, "%lld", (long long)time(NULL) + 86400);
	facts_item(facts, facts->value[FACT_USER]);
	facts_item(facts, facts->value[FACT_CUSTOMER]);
}

static void
print(const struct settings *settings, const struct notice_kind *kind, const struct facts *facts, const char *suffix)
{
	struct json_object *json = json_object_new_object();
	struct text name = {0}, corp = {0}, xml = {0};
	const char *receiveid = wire_receiveid(settings, kind->route, false, facts->value[FACT_CORP]);

	text_printf(&name, "%s%s", kind->name, suffix);
	notice_corp(kind, facts, &corp);
	notice_xml(kind, facts, NULL, NULL, &xml);
	json_object_object_add(json, "kind", json_object_new_string(name.at));
	json_object_object_add(json, "route", json_object_new_string(route_name(kind->route)));
	json_object_object_add(json, "corp", json_object_new_string(corp.at));
	json_object_object_add(json, "receiveid", json_object_new_string(receiveid));
	json_object_object_add(json, "xml", json_object_new_string(xml.at));
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
	text_free(&name);
	text_free(&corp);
	text_free(&xml);
}

/* The facts that `?` lines ask for. */
static void
leave_out_options(struct facts *facts)
{
	static const enum fact options[] = {
	    FACT_STATE, FACT_WELCOME, FACT_SOURCE, FACT_NEW_USER, FACT_OTHER_USER, FACT_PARENT};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		facts->value[options[i]] = NULL;
}

int
command_events(int argc, char **argv)
{
	const char *conf = NULL;
	unsigned long long seed = 1;
	const struct option_entry table[] = {
	    {"-c", OPTION_TEXT, &conf, 0}, {"--seed", OPTION_NUMBER, &seed, -1ULL}, {0}};
	enum option_result result = option_read(argc, argv, table, usage);
	struct settings settings;
	struct random random;
	struct facts facts;
	struct fault fault = {0};

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (!settings_load(conf, &settings, &fault))
		return fault_report(&fault, EX_CONFIG);
	random_seed(&random, seed);
	for (size_t i = 0; i < notice_kinds_n(); i++) {
		const struct notice_kind *kind = notice_kind_at(i);

		example_facts(&settings, &random, &facts);
		print(&settings, kind, &facts, "");
		if (strstr(kind->xml, "\n?") == NULL)
			continue;
		leave_out_options(&facts);
		print(&settings, kind, &facts, "/bare");
	}
	return EX_OK;
}
