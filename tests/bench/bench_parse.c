/*
 * Microseconds of CPU time of each pure step of a callback of about 1 kB, from the query string to the element of
 * p_events; nothing is asserted.  One line a step: name, microseconds, best of several rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "envelope.h"
#include "event.h"
#include "query.h"

#include "../unit/envelope_make.h"

#define ROUNDS 7
#define CALLS_A_ROUND 20000
#define SUITE "ww4asffe99e54c0f4c"

enum step { STEP_ARENA, STEP_QUERY, STEP_CIPHER, STEP_OPEN, STEP_PARSE, STEP_ITEM, STEP_N };

static const char *const step_names[STEP_N] = {
    "arena reset", "query", "envelope xml", "signature, decryption", "event, identity, body", "item"};

/* The longest of the documented events: a member change of a group chat, with eight members. */
static const char message[] =
    "<xml>\n\t<SuiteId><![CDATA[" SUITE "]]></SuiteId>\n\t<AuthCorpId><![CDATA[wpO9wPCAAAm1qP7Z0oPAYGLs4mX1xXnQ]]>"
    "</AuthCorpId>\n\t<InfoType><![CDATA[change_external_chat]]></InfoType>\n\t<TimeStamp>1700000000</TimeStamp>\n\t"
    "<ChatId><![CDATA[wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA]]></ChatId>\n\t<ChangeType><![CDATA[update]]></ChangeType>\n\t"
    "<UpdateDetail><![CDATA[add_member]]></UpdateDetail>\n\t<JoinScene>3</JoinScene>\n\t<QuitScene>0</QuitScene>\n\t"
    "<MemChangeCnt>8</MemChangeCnt>\n\t<MemChangeList>\n\t\t<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaA</Item>\n\t\t"
    "<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaB</Item>\n\t\t<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaC</Item>\n\t\t"
    "<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaD</Item>\n\t\t<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaE</Item>\n\t\t"
    "<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaF</Item>\n\t\t<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaG</Item>\n\t\t"
    "<Item>wmO9wPCAAAGMJ1nGTxq3QH2uXb0X7VaH</Item>\n\t</MemChangeList>\n\t"
    "<LastMemVer><![CDATA[9c3f97c2ada667dfb5f6d03308d963e1]]></LastMemVer>\n\t"
    "<CurMemVer><![CDATA[71217227bbd112ecfe3a49c482195cb4]]></CurMemVer>\n</xml>";

struct input {
	struct envelope_context *context;
	struct envelope_account account;
	struct event_identity identity;
	struct span query;
	struct span body;
};

static void
need(enum status st, const struct detail *why)
{
	if (st == ST_OK)
		return;
	fprintf(stderr, "bench_parse: %s: %s\n", status_name(st), why->text);
	exit(1);
}

/* Of this thread: others on the machine do not count. */
static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* All steps up to `last`: each needs the result of the one before it. */
static void
run_step(const struct input *in, enum step last, struct arena *mem)
{
	static const struct seal_key no_key;
	struct detail why = {""};
	struct query query;
	struct envelope_plain plain;
	struct event event;
	struct span cipher, item;
	bool is_json;

	arena_reset(mem);
	if (last >= STEP_QUERY)
		need(query_parse(in->query, false, mem, &query, &why), &why);
	if (last >= STEP_CIPHER)
		need(envelope_cipher(in->body, mem, &cipher, &is_json, &why), &why);
	if (last >= STEP_OPEN)
		need(envelope_open(in->context, &in->account, &query, cipher, mem, &plain, &why), &why);
	if (last >= STEP_PARSE)
		need(event_parse(plain.message, plain.receiveid, EVENT_COMMAND, &in->identity, mem, &event, &why),
		    &why);
	if (last >= STEP_ITEM)
		need(event_item(&event, "018f0000-0000-7000-8000-000000000000", 1700000001000000, &no_key, mem, &item),
		    &why);
}

static void
input_make(struct input *in)
{
	static char query[256];
	char signature[41];
	unsigned char *plain;
	char *cipher;
	size_t n;

	need(envelope_key_decode(SPAN("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"), in->account.key),
	    &(struct detail){"key"});
	in->account.token = SPAN("QDG6eK");
	in->context = envelope_context_new();
	in->identity = (struct event_identity){.suite_id = SPAN(SUITE), .provider_corp_id = SPAN("wx5823bf96d3bd56c7")};
	plain = make_plain(message, strlen(message), SUITE, &n);
	cipher = make_cipher(in->account.key, plain, n);
	make_signature("QDG6eK", "1700000000", "1372623149", cipher, signature);
	snprintf(query, sizeof(query), "msg_signature=%s&timestamp=1700000000&nonce=1372623149", signature);
	in->query = span_of(query);
	in->body = span_of(make_body(cipher));
	free(plain);
	free(cipher);
}

int
main(void)
{
	struct input in = {0};
	struct arena mem;
	double best[STEP_N], before = 0;

	input_make(&in);
	arena_init(&mem, (size_t)4 << 20);
	for (int step = 0; step < STEP_N; step++) {
		best[step] = 1e9;
		for (int round = 0; round < ROUNDS; round++) {
			double each, since = cpu_us();

			for (int i = 0; i < CALLS_A_ROUND; i++)
				run_step(&in, (enum step)step, &mem);
			each = (cpu_us() - since) / CALLS_A_ROUND;
			best[step] = each < best[step] ? each : best[step];
		}
		printf("%-24s %6.2f us\n", step_names[step], best[step] - before);
		before = best[step];
	}
	printf("%-24s %6.2f us\tbody %zu bytes, message %zu bytes, arena %zu bytes\n", "all", before, in.body.n,
	    strlen(message), mem.used_bytes);
	arena_done(&mem);
	envelope_context_free(in.context);
	free((char *)in.body.at);
	return 0;
}
