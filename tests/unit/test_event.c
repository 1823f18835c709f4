/* Events: every documented one against an independent implementation, the rules one by one, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "event.h"
#include "tsv.h"

#define SUITE "ww4asffe99e54c0f4c"
#define LOGIN "ww0000000000login1"
#define PROVIDER "wx5823bf96d3bd56c7"
#define CORP "wpO9wPCAAAm1qP7Z0oPAYGLs4mX1xXnQ"
#define ARENA_CAP ((size_t)64 << 20)
#define RECEIVED_US 1700000001234567LL

enum column {
	NAME,
	ROUTE,
	RECEIVEID,
	CORP_ID,
	INFO_TYPE,
	CHANGE_TYPE,
	TIME,
	KIND,
	TARGET,
	SETTLE_MS,
	SECRET_KIND,
	SECRET,
	HASH,
	BODY
};

static const struct event_identity us = {
    .suite_id = {SUITE, sizeof(SUITE) - 1},
    .login_suite_id = {LOGIN, sizeof(LOGIN) - 1},
    .provider_corp_id = {PROVIDER, sizeof(PROVIDER) - 1},
};

static struct arena mem;

static int
arena_start(void **state)
{
	(void)state;
	arena_init(&mem, ARENA_CAP);
	return 0;
}

static int
arena_stop(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static enum status
parse_as(struct span plain, const char *receiveid, enum event_route route, struct event *ret_event)
{
	struct detail why = {""};
	enum status st = event_parse(plain, span_of(receiveid), route, &us, &mem, ret_event, &why);

	if (st == ST_BAD_INPUT)
		assert_string_not_equal(why.text, "");
	return st;
}

static struct event
parse(const char *plain)
{
	struct event event;

	if (parse_as(span_of(plain), SUITE, EVENT_COMMAND, &event) != ST_OK)
		fail_msg("refused: %s", plain);
	return event;
}

/* "-" stands for an absent span. */
static void
assert_field(const char *event, const char *field, struct span actual, const char *expected)
{
	if (strcmp(expected, "-") == 0 ? actual.at == NULL : actual.at != NULL && span_equal(actual, span_of(expected)))
		return;
	fail_msg(
	    "%s: %s is %.*s instead of %s", event, field, (int)actual.n, actual.at == NULL ? "" : actual.at, expected);
}

static void
assert_body(const char *plain, const char *expected)
{
	struct event event = parse(plain);

	assert_field(plain, "body", event.body, expected);
}

static enum event_route
route_of(const char *name)
{
	enum event_route route = EVENT_COMMAND;

	while (strcmp(event_route_name(route), name) != 0)
		route++;
	return route;
}

static struct span
hash_hex(const struct event *event)
{
	static char hex[2 * EVENT_HASH_BYTES + 1];

	for (int i = 0; i < EVENT_HASH_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", event->hash[i]);
	return span_of(hex);
}

static void
sample_check(char **c)
{
	char file[128], *plain;
	struct event event;
	size_t n;

	snprintf(file, sizeof(file), "events/%s.xml", c[NAME]);
	plain = data_read(file, &n);
	arena_reset(&mem);
	assert_int_equal(parse_as((struct span){plain, n}, c[RECEIVEID], route_of(c[ROUTE]), &event), ST_OK);
	assert_int_equal(event.route, route_of(c[ROUTE]));
	assert_field(c[NAME], "corp", event.corp, c[CORP_ID]);
	assert_field(c[NAME], "info_type", event.info_type, c[INFO_TYPE]);
	assert_field(c[NAME], "change_type", event.change_type, c[CHANGE_TYPE]);
	assert_int_equal(event.time_s, atoll(c[TIME]));
	assert_field(c[NAME], "job_kind", event.job_kind, c[KIND]);
	assert_field(c[NAME], "job_target", event.job_target, c[TARGET]);
	assert_int_equal(event.job_settles, strcmp(c[SETTLE_MS], "-") != 0);
	assert_int_equal(event.job_settle_ms, event.job_settles ? atoll(c[SETTLE_MS]) : 0);
	assert_field(c[NAME], "secret_kind", event.secret_kind, c[SECRET_KIND]);
	assert_field(c[NAME], "secret", event.secret, c[SECRET]);
	assert_field(c[NAME], "hash", hash_hex(&event), c[HASH]);
	assert_field(c[NAME], "body", event.body, c[BODY]);
	free(plain);
}

static void
test_every_documented_event_agrees_with_the_independent_implementation(void **state)
{
	(void)state;
	assert_true(tsv_each("events/expected.tsv", sample_check) > 100);
}

static void
test_form_of_writing_changes_neither_identity_nor_body(void **state)
{
	static const char *const forms[] = {
	    "<xml><AuthCorpId>" CORP
	    "</AuthCorpId><InfoType>t</InfoType><Content>a &amp; b</Content><L><Item>1</Item></L></xml>",
	    "<xml>\n\t<AuthCorpId><![CDATA[" CORP "]]></AuthCorpId>\r\n<InfoType> <![CDATA[t]]></InfoType>\n"
	    "<Content>\n<![CDATA[a & b]]>\t</Content><L>\n <Item><![CDATA[1]]></Item>\n</L></xml>\n",
	    "<?xml version='1.0' encoding='UTF-8' standalone='yes'?><!-- x --><xml><AuthCorpId>\n" CORP " </AuthCorpId>"
	    "<InfoType>\tt\n</InfoType><Content>a <![CDATA[&]]> b</Content><L><!-- y --><Item> 1 "
	    "</Item><?z?></L></xml><!-- -->",
	    "<xml><AuthCorpId><![CDATA[ " CORP
	    " ]]></AuthCorpId><InfoType>&#116;</InfoType><Content>a &#x26; b</Content>"
	    "<L><Item><![CDATA[]]><![CDATA[1]]><![CDATA[]]></Item></L></xml>",
	    "{\"AuthCorpId\":\"" CORP "\",\"InfoType\":\"t\",\"Content\":\"a & b\",\"L\":[\"1\"]}",
	    " {\"AuthCorpId\" : \" " CORP
	    "\", \"InfoType\":\"\\u0074\",\"Content\":\"a \\u0026 b\",\"L\":{\"Item\":[1]}}\n",
	};
	struct event first;

	(void)state;
	first = parse(forms[0]);
	assert_body(forms[0], "{\"AuthCorpId\":\"" CORP "\",\"InfoType\":\"t\",\"Content\":\"a & b\",\"L\":[\"1\"]}");
	for (size_t i = 1; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct event event = parse(forms[i]);

		if (memcmp(event.hash, first.hash, EVENT_HASH_BYTES) != 0)
			fail_msg("another identity: %s: %.*s", forms[i], (int)event.body.n, event.body.at);
		assert_true(span_equal(event.body, first.body));
	}
}

static void
test_every_difference_of_content_changes_the_identity(void **state)
{
	static const char *const different[] = {
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A><B>2</B></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A><B>3</B></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><B>2</B><A>1</A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>12</A><B></B></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A><b>2</b></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1<B>2</B></A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A x='1'>1</A><B>2</B></xml>",
	    "<xml><AuthCorpId>d</AuthCorpId><InfoType>t</InfoType><A>1</A><B>2</B></xml>",
	    "<xm><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A><B>2</B></xm>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A>1</A><B>2</B><B>2</B></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A><Item>1</Item><Item>2</Item></A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A><Item>2</Item><Item>1</Item></A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><A><Item>21</Item></A></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>suite_ticket</InfoType><SuiteTicket>1</SuiteTicket></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>suite_ticket</InfoType><SuiteTicket>2</SuiteTicket></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><Content>1</Content></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>t</InfoType><Content>1 </Content></xml>",
	    "<xml><SuiteId>" SUITE "</SuiteId></xml>",
	    "<xml/>",
	};
	enum { N = sizeof(different) / sizeof(different[0]) };
	struct event events[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		events[i] = parse(different[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(events[i].hash, events[j].hash, EVENT_HASH_BYTES);
	}
}

static void
test_body_follows_the_form_of_the_content(void **state)
{
	static const struct {
		const char *plain;
		const char *body;
	} cases[] = {
	    {"<xml><A/></xml>", "{\"A\":\"\"}"},
	    {"<xml><A> x </A><Content> x </Content><Content><![CDATA[ ]]></Content></xml>",
		"{\"A\":\"x\",\"Content\":[\" x \",\" \"]}"},
	    {"<xml><Content> <![CDATA[ x ]]>\n</Content><Title> </Title></xml>",
		"{\"Content\":\" x \",\"Title\":\" \"}"},
	    {"<xml><A><Item>1</Item></A><B><item/></B><C><Item>1</Item><item>2</item></C></xml>",
		"{\"A\":[\"1\"],\"B\":[\"\"],\"C\":{\"Item\":\"1\",\"item\":\"2\"}}"},
	    {"<xml><A><Item><B>1</B></Item><Item>2</Item><Item><Item>3</Item></Item></A></xml>",
		"{\"A\":[{\"B\":\"1\"},\"2\",[\"3\"]]}"},
	    {"<xml><MemChangeList/><A><MemChangeList> </MemChangeList></A></xml>",
		"{\"MemChangeList\":[],\"A\":{\"MemChangeList\":[]}}"},
	    {"<xml><MemChangeList>\n</MemChangeList><MemChangeList><Item>a</Item></MemChangeList><MemChangeList/></"
	     "xml>",
		"{\"MemChangeList\":[[],[\"a\"],[]]}"},
	    {"<xml><MemChangeList><A>1</A></MemChangeList></xml>", "{\"MemChangeList\":[{\"A\":\"1\"}]}"},
	    {"<xml><A>1</A><B>2</B><A>3</A><A><C>4</C></A></xml>", "{\"A\":[\"1\",\"3\",{\"C\":\"4\"}],\"B\":\"2\"}"},
	    {"<xml><Item>1</Item></xml>", "{\"Item\":\"1\"}"},
	    {"<x:y xmlns:x='u' xmlns='v' a='&lt;'><x:A b=' 1 '/></x:y>",
		"{\"@xmlns:x\":\"u\",\"@xmlns\":\"v\",\"@a\":\"<\",\"x:A\":{\"@b\":\" 1 \"}}"},
	    {"<xml><A>\"\\/\x7f\xe4\xbd\xa0&#9;&#xD;]]</A></xml>", "{\"A\":\"\\\"\\\\/\x7f\xe4\xbd\xa0\\t\\r]]\"}"},
	    {"<xml><A><![CDATA[a\r\nb\xef\xbc\x8c]]></A><B><![CDATA[<&>]]]]><![CDATA[>]]></B></xml>",
		"{\"A\":\"a\\nb\xef\xbc\x8c\",\"B\":\"<&>]]>\"}"},
	    {"{\"a\":1,\"b\":-2.50,\"c\":true,\"d\":null,\"e\":18446744073709551615,\"f\":1e5,\"g\":{},\"h\":[],\"i\":["
	     "[1],{\"j\":2}]}",
		"{\"a\":\"1\",\"b\":\"-2.50\",\"c\":\"true\",\"d\":\"null\",\"e\":\"18446744073709551615\",\"f\":"
		"\"1e5\",\"g\":{},\"h\":[],"
		"\"i\":[[\"1\"],{\"j\":\"2\"}]}"},
	    {"{\"a\":\"\\\\u0000\",\"b\":\"\\ud83d\\ude00\"}", "{\"a\":\"\\\\u0000\",\"b\":\"\xf0\x9f\x98\x80\"}"},
	    {"<xml><SuiteTicket/><A><AuthCode>1</AuthCode><REGISTERCODE><B/></REGISTERCODE></A><Token>1</"
	     "Token><Token>2</Token>"
	     "<B AccessToken='3'><ChatKey><Item>4</Item></ChatKey></B><ResponseCode><![CDATA[5]]></ResponseCode></xml>",
		"{\"SuiteTicket\":\"***\",\"A\":{\"AuthCode\":\"***\",\"REGISTERCODE\":\"***\"},\"Token\":[\"***\",\"**"
		"*\"],"
		"\"B\":{\"@AccessToken\":\"***\",\"ChatKey\":\"***\"},\"ResponseCode\":\"***\"}"},
	    {"<xml><WelcomeCode>w</WelcomeCode><TokenType>t</TokenType></xml>",
		"{\"WelcomeCode\":\"w\",\"TokenType\":\"t\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_body(cases[i].plain, cases[i].body);
}

static void
test_receiver_is_judged_by_route_and_content(void **state)
{
	static const char info[] =
	    "<xml><SuiteId>" SUITE "</SuiteId><AuthCorpId>" CORP "</AuthCorpId><InfoType>t</InfoType></xml>";
	static const char login[] = "<xml><SuiteId>" LOGIN "</SuiteId><InfoType>t</InfoType></xml>";
	static const char message[] = "<xml><ToUserName>" CORP "</ToUserName><MsgType>text</MsgType></xml>";
	static const char neither[] = "<xml><AuthCorpId>" CORP "</AuthCorpId><ToUserName>other</ToUserName></xml>";
	static const struct {
		const char *plain;
		enum event_route route;
		const char *receiveid;
		enum status st;
	} cases[] = {
	    {info, EVENT_COMMAND, SUITE, ST_OK},
	    {info, EVENT_COMMAND, PROVIDER, ST_OK},
	    {info, EVENT_COMMAND, "", ST_BAD_INPUT},
	    {info, EVENT_COMMAND, CORP, ST_BAD_INPUT},
	    {info, EVENT_COMMAND, LOGIN, ST_BAD_INPUT},
	    {info, EVENT_COMMAND, SUITE "x", ST_BAD_INPUT},
	    {info, EVENT_COMMAND, "WW4asffe99e54c0f4c", ST_BAD_INPUT},
	    {login, EVENT_COMMAND, LOGIN, ST_OK},
	    {login, EVENT_COMMAND, SUITE, ST_OK},
	    {message, EVENT_COMMAND, SUITE, ST_OK},
	    {message, EVENT_COMMAND, CORP, ST_BAD_INPUT},
	    {message, EVENT_DATA, CORP, ST_OK},
	    {message, EVENT_DATA, PROVIDER, ST_OK},
	    {message, EVENT_DATA, SUITE, ST_BAD_INPUT},
	    {message, EVENT_DATA, "other", ST_BAD_INPUT},
	    {message, EVENT_DATA, "", ST_BAD_INPUT},
	    {"<xml><MsgType>text</MsgType></xml>", EVENT_DATA, CORP, ST_BAD_INPUT},
	    {info, EVENT_DATA, CORP, ST_OK},
	    {info, EVENT_DATA, SUITE, ST_OK},
	    {info, EVENT_DATA, PROVIDER, ST_OK},
	    {info, EVENT_DATA, "other", ST_BAD_INPUT},
	    {info, EVENT_DATA, LOGIN, ST_BAD_INPUT},
	    {neither, EVENT_DATA, CORP, ST_OK},
	    {neither, EVENT_DATA, "other", ST_OK},
	    {neither, EVENT_DATA, "third", ST_BAD_INPUT},
	    {"<xml/>", EVENT_DATA, "third", ST_OK},
	    {"<xml/>", EVENT_DATA, "", ST_BAD_INPUT},
	    {info, EVENT_SYSTEM, PROVIDER, ST_OK},
	    {info, EVENT_SYSTEM, SUITE, ST_BAD_INPUT},
	    {info, EVENT_SYSTEM, CORP, ST_BAD_INPUT},
	    {info, EVENT_SYSTEM, "", ST_BAD_INPUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = {.corp = SPAN("untouched")};
		enum status st = parse_as(span_of(cases[i].plain), cases[i].receiveid, cases[i].route, &event);

		if (st != cases[i].st)
			fail_msg("case %zu: %s", i, status_name(st));
		assert_int_equal(st == ST_OK, !span_equal(event.corp, SPAN("untouched")));
	}
}

static void
test_no_login_suite_means_no_second_suite(void **state)
{
	struct event_identity one = {.suite_id = us.suite_id, .provider_corp_id = us.provider_corp_id};
	struct event event;

	(void)state;
	assert_int_equal(event_parse(SPAN("<xml/>"), SPAN(""), EVENT_COMMAND, &one, &mem, &event, NULL), ST_BAD_INPUT);
	assert_int_equal(event_parse(SPAN("<xml><SuiteId>" LOGIN "</SuiteId></xml>"), SPAN(LOGIN), EVENT_COMMAND, &one,
			     &mem, &event, NULL),
	    ST_BAD_INPUT);
}

static void
test_parse_rejects_what_is_no_event_of_ours(void **state)
{
	static const char *const bad[] = {"", " ", "hello", "1616140317555161061", "<xml>", "<xml></xm>",
	    "<xml/><xml/>", "<xml><SuiteId>wwother</SuiteId><InfoType>suite_ticket</InfoType></xml>",
	    "{\"SuiteId\":\"wwother\"}", "<!DOCTYPE xml><xml/>",
	    "<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><xml>&b;</xml>", "<xml>&nbsp;</xml>",
	    "<xml>&a</xml>", "<xml a='1' a='2'/>", "<xml a=1/>", "<xml>]]></xml>",
	    "<?xml version='1.0' encoding='GB2312'?><xml/>", "<xml>\xff\xfe</xml>", "<xml>\xe4\xbd</xml>",
	    "<xml>\xf4\x90\x80\x80</xml>", "<xml>\x01</xml>", "<xml>&#1;</xml>", "<xml>&#xFFFE;</xml>",
	    "<xml><![CDATA[\x02]]></xml>", "{", "{}x", "[]", "{\"a\":\"\\u0000\"}", "{\"a\\u0000b\":1}",
	    "{\"a\":\"\xff\"}", "{\"a\":nul}", "{\"a\":1,}", "{a:1}"};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_as(span_of(bad[i]), SUITE, EVENT_COMMAND, &event) != ST_BAD_INPUT)
			fail_msg("not refused: %s", bad[i]);
	assert_int_equal(parse_as((struct span){"<xml>\0</xml>", 12}, SUITE, EVENT_COMMAND, &event), ST_BAD_INPUT);
	assert_int_equal(parse_as((struct span){"{\"a\":\"\0\"}", 9}, SUITE, EVENT_COMMAND, &event), ST_BAD_INPUT);
}

/* n times open, then n times close. */
static char *
nest(const char *open, size_t n, const char *close)
{
	char *text = malloc(n * (strlen(open) + strlen(close)) + 1), *at = text;

	assert_non_null(text);
	*at = '\0';
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, open);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, close);
	return text;
}

static void
test_depth_is_bounded_in_xml_and_json(void **state)
{
	static const struct {
		size_t n;
		enum status st;
	} cases[] = {{EVENT_DEPTH_MAX, ST_OK}, {EVENT_DEPTH_MAX + 1, ST_BAD_INPUT}, {10000, ST_BAD_INPUT}};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *xml = nest("<a>", cases[i].n, "</a>"), *json = nest("{\"a\":", cases[i].n, "}");

		assert_int_equal(parse_as(span_of(xml), SUITE, EVENT_COMMAND, &event), cases[i].st);
		memcpy(strchr(json, '}') - 5, "{    ", 5);
		assert_int_equal(parse_as(span_of(json), SUITE, EVENT_COMMAND, &event), cases[i].st);
		free(xml);
		free(json);
	}
}

static void
test_many_distinct_names_are_no_burden(void **state)
{
	size_t n = 50000;
	char *text = malloc(n * 16 + 16), *at = stpcpy(text, "<xml>");
	struct event event;

	(void)state;
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "<a%zu/>", i);
	strcpy(at, "</xml>");
	assert_int_equal(parse_as(span_of(text), SUITE, EVENT_COMMAND, &event), ST_OK);
	free(text);
}

static void
test_unusable_ids_cost_the_job_and_never_the_event(void **state)
{
	static const char *const jobless[] = {
	    "<xml><InfoType>change_auth</InfoType></xml>",
	    "<xml><InfoType>change_external_chat</InfoType><ChatId>c</ChatId><ChangeType>create</ChangeType></xml>",
	    "<xml><AuthCorpId>c&#10;d</AuthCorpId><InfoType>change_auth</InfoType></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>change_external_chat</InfoType><ChatId>a&#9;b</ChatId></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>change_external_chat</InfoType><ChatId><a/></ChatId></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>change_external_tag</InfoType><Id>a&#127;b</Id><TagType>tag</"
	    "TagType></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>create_auth</InfoType><AuthCode>a&#9;b</AuthCode></xml>",
	    "<xml><AuthCorpId>c</AuthCorpId><InfoType>change_contact</InfoType><ChangeType>create_user</ChangeType></"
	    "xml>",
	};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(jobless) / sizeof(jobless[0]); i++) {
		event = parse(jobless[i]);
		assert_null(event.job_kind.at);
		assert_null(event.job_target.at);
		assert_null(event.secret.at);
		assert_true(event.corp.n > 0);
	}
	event = parse("<xml><AuthCorpId>c</AuthCorpId><InfoType>change_external_tag</InfoType><Id>1</Id><TagType>new</"
		      "TagType></xml>");
	assert_field("tag of a new type", "job_target", event.job_target, "");
}

static void
test_over_long_types_stay_in_the_body_only(void **state)
{
	char text[512], name[130];
	struct event event;

	(void)state;
	memset(name, 't', sizeof(name) - 1);
	name[129] = '\0';
	snprintf(text, sizeof(text),
	    "<xml><InfoType>%s</InfoType><MsgType>event</MsgType><Event>subscribe</Event></xml>", name);
	event = parse(text);
	assert_null(event.info_type.at);
	assert_null(event.change_type.at);
	assert_non_null(strstr(event.body.at, name));
	snprintf(text, sizeof(text), "<xml><InfoType>%s</InfoType></xml>", name + 1);
	event = parse(text);
	assert_int_equal(event.info_type.n, 128);
}

static struct json_object *
item_of(const struct event *event, int64_t received_us, const struct seal_key *key)
{
	struct json_object *object;
	struct span item;

	assert_int_equal(
	    event_item(event, "018bcfe5-6800-7000-8000-000000000001", received_us, key, &mem, &item), ST_OK);
	assert_int_equal(strlen(item.at), item.n);
	object = json_tokener_parse(item.at);
	assert_non_null(object);
	return object;
}

/* The member's JSON text; "null" when it is null, fails when it is absent. */
static void
assert_member(struct json_object *object, const char *name, const char *expected)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), expected);
}

static void
test_item_has_every_member_and_null_for_the_absent(void **state)
{
	static const struct seal_key key;
	struct event event = parse("<xml><A>1</A></xml>");
	struct json_object *item = item_of(&event, RECEIVED_US, &key);
	char hash[80];

	(void)state;
	snprintf(hash, sizeof(hash), "\"%s\"", hash_hex(&event).at);
	assert_int_equal(json_object_object_length(item), 15);
	assert_member(item, "corp", "\"suite:ww4asffe99e54c0f4c\"");
	assert_member(item, "id", "\"018bcfe5-6800-7000-8000-000000000001\"");
	assert_member(item, "hash", hash);
	assert_member(item, "time_s", "0");
	assert_member(item, "received_us", "1700000001234567");
	assert_member(item, "route", "\"command\"");
	assert_member(item, "body", "{\"A\":\"1\"}");
	assert_member(item, "info_type", "null");
	assert_member(item, "change_type", "null");
	assert_member(item, "job_kind", "null");
	assert_member(item, "job_target", "null");
	assert_member(item, "due_us", "null");
	assert_member(item, "secret_kind", "null");
	assert_member(item, "secret_name", "null");
	assert_member(item, "secret_sealed", "null");
	json_object_put(item);
}

static void
test_due_time_follows_the_settling(void **state)
{
	static const struct {
		bool settles;
		int64_t settle_ms, time_s, received_us;
		const char *due;
	} cases[] = {
	    {false, 0, 1700000001, 1700000001234567, "1700000001234567"},
	    {true, 0, 1700000001, 1700000001234567, "1700000002000000"},
	    {true, 2000, 1700000001, 1700000001234567, "1700000004000000"},
	    {true, 2000, 1700000000, 1700000001234567, "1700000003000000"},
	    {true, 0, 1699999999, 1700000001234567, "1700000000000000"},
	    {true, 0, 1700009999, 1700000001234567, "1700000002000000"},
	    {true, 2000, EVENT_TIME_UNUSABLE, 1700000001234567, "1700000004000000"},
	    {true, 0, EVENT_TIME_MIN, 1700000001234567, "1262304001000000"},
	};
	static const struct seal_key key;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = parse("<xml/>");
		struct json_object *item;

		event.job_kind = SPAN("chat");
		event.job_target = SPAN("c\"1");
		event.job_settles = cases[i].settles;
		event.job_settle_ms = cases[i].settle_ms;
		event.time_s = cases[i].time_s;
		item = item_of(&event, cases[i].received_us, &key);
		assert_member(item, "due_us", cases[i].due);
		assert_member(item, "job_target", "\"c\\\"1\"");
		json_object_put(item);
	}
}

static void
test_item_carries_the_secret_sealed_for_its_row_only(void **state)
{
	static const char plain[] =
	    "<xml><SuiteId>" SUITE "</SuiteId><InfoType>create_auth</InfoType><AuthCode>AUTHCODE</AuthCode></xml>";
	const struct seal_key key = {{1, 2, 3}};
	struct event event = parse(plain);
	struct json_object *item = item_of(&event, RECEIVED_US, &key), *value;
	unsigned char bytes[128];
	struct span sealed = {(char *)bytes, 0}, opened, row;
	const char *hex;

	(void)state;
	assert_null(strstr(json_object_to_json_string(item), "AUTHCODE"));
	assert_int_equal(event.secret_name.n, 16);
	assert_memory_equal(event.secret_name.at, hash_hex(&event).at, 16);
	assert_true(json_object_object_get_ex(item, "secret_sealed", &value));
	hex = json_object_get_string(value);
	for (; sscanf(hex + 2 * sealed.n, "%2hhx", &bytes[sealed.n]) == 1; sealed.n++)
		assert_true(sealed.n < sizeof(bytes) - 1);
	assert_int_equal(sealed.n, SEAL_OVERHEAD_BYTES + 8);
	row = seal_row_identity(&mem, SPAN("suite:" SUITE), SPAN("auth_code"), event.secret_name);
	assert_int_equal(seal_open(&key, row, sealed, &mem, &opened), ST_OK);
	assert_true(span_equal(opened, SPAN("AUTHCODE")));
	row = seal_row_identity(&mem, SPAN("suite:" SUITE), SPAN("auth_code"), SPAN("0000000000000000"));
	assert_int_equal(seal_open(&key, row, sealed, &mem, &opened), ST_BAD_INPUT);
	json_object_put(item);
}

static void
test_every_failing_allocation_is_nomem(void **state)
{
	static const char *const plains[] = {
	    ("<xml><InfoType>create_auth</InfoType><AuthCode>A</AuthCode><L><Item a='1'>x<b/>y</Item></L>"
	     "<MemChangeList>J</MemChangeList></xml>"),
	    ("<xml><AuthCorpId>c</AuthCorpId><InfoType>change_external_tag</InfoType><Id>1</Id>"
	     "<TagType>tag</TagType></xml>"),
	    "<a:b xmlns:a='u'>text</a:b>",
	    "{\"AuthCorpId\":\"c\",\"L\":[1,{\"Item\":[null]}]}",
	};
	const struct seal_key key = {{1}};
	struct arena small;

	(void)state;
	for (size_t i = 0; i < sizeof(plains) / sizeof(plains[0]); i++) {
		enum status st = ST_NOMEM;

		for (size_t cap = 0; st == ST_NOMEM; cap += 8) {
			struct event event;
			struct span item;

			arena_init(&small, cap);
			st = event_parse(span_of(plains[i]), SPAN(SUITE), EVENT_COMMAND, &us, &small, &event, NULL);
			if (st == ST_OK)
				st = event_item(&event, "id", 1, &key, &small, &item);
			assert_true(st == ST_NOMEM || (st == ST_OK && cap > 0));
			arena_done(&small);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_documented_event_agrees_with_the_independent_implementation),
	    cmocka_unit_test(test_form_of_writing_changes_neither_identity_nor_body),
	    cmocka_unit_test(test_every_difference_of_content_changes_the_identity),
	    cmocka_unit_test(test_body_follows_the_form_of_the_content),
	    cmocka_unit_test(test_receiver_is_judged_by_route_and_content),
	    cmocka_unit_test(test_no_login_suite_means_no_second_suite),
	    cmocka_unit_test(test_parse_rejects_what_is_no_event_of_ours),
	    cmocka_unit_test(test_depth_is_bounded_in_xml_and_json),
	    cmocka_unit_test(test_many_distinct_names_are_no_burden),
	    cmocka_unit_test(test_unusable_ids_cost_the_job_and_never_the_event),
	    cmocka_unit_test(test_over_long_types_stay_in_the_body_only),
	    cmocka_unit_test(test_item_has_every_member_and_null_for_the_absent),
	    cmocka_unit_test(test_due_time_follows_the_settling),
	    cmocka_unit_test(test_item_carries_the_secret_sealed_for_its_row_only),
	    cmocka_unit_test(test_every_failing_allocation_is_nomem),
	};

	return cmocka_run_group_tests(tests, arena_start, arena_stop);
}
