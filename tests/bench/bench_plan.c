/*
 * Edges a second through the planner of group chats, memory included; nothing is asserted.  One line a case: name,
 * edges a second, microseconds a plan, best of several rounds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../src/sync/chat_plan.h"

#define ROUNDS 7
#define EDGES_MAX 1000
#define ROSTER_MAX 2000
#define BEGIN_US 1772000000000000LL
#define SECOND_US 1000000LL

enum order { ORDER_SENT, ORDER_SHUFFLED, ORDER_N };

struct input {
	struct chat_state state;
	struct chat_event events[EDGES_MAX], sent[EDGES_MAX];
	struct span items[EDGES_MAX], roster[ROSTER_MAX];
	char versions[EDGES_MAX + 1][33], members[ROSTER_MAX + EDGES_MAX][33];
};

/* Of this thread: others on the machine do not count. */
static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint32_t
draw(void)
{
	static uint64_t random = 88172645463325252ULL;

	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	return (uint32_t)(random >> 16);
}

/* A chain of edges with one newcomer each. */
static void
input_make(struct input *in)
{
	for (size_t i = 0; i <= EDGES_MAX; i++)
		snprintf(in->versions[i], sizeof(in->versions[i]), "%08x%08x%08x%08x", draw(), draw(), draw(), draw());
	for (size_t i = 0; i < ROSTER_MAX + EDGES_MAX; i++)
		snprintf(in->members[i], sizeof(in->members[i]), "wmO9wPCAAA%08x%08x%06x", draw(), draw(),
		    draw() & 0xffffff);
	for (size_t i = 0; i < ROSTER_MAX; i++)
		in->roster[i] = span_of(in->members[i]);
	for (size_t i = 0; i < EDGES_MAX; i++) {
		in->items[i] = span_of(in->members[ROSTER_MAX + i]);
		in->sent[i] = (struct chat_event){.kind = CHAT_JOIN,
		    .count = 1,
		    .items = &in->items[i],
		    .items_n = 1,
		    .last = span_of(in->versions[i]),
		    .current = span_of(in->versions[i + 1]),
		    .time_us = BEGIN_US + (int64_t)i * SECOND_US,
		    .received_us = BEGIN_US + (int64_t)(i + 1) * SECOND_US};
	}
	in->state =
	    (struct chat_state){.version = span_of(in->versions[0]), .version_us = BEGIN_US, .roster = in->roster};
}

static void
arrange(struct input *in, size_t edges_n, enum order order)
{
	for (size_t i = 0; i < edges_n; i++)
		in->events[i] = in->sent[i];
	for (size_t i = edges_n; order == ORDER_SHUFFLED && i > 1; i--) {
		size_t other = draw() % i;
		struct chat_event event = in->events[i - 1];

		in->events[i - 1] = in->events[other];
		in->events[other] = event;
	}
}

static void
measure(struct input *in, size_t edges_n, size_t roster_n, enum order order, struct arena *mem)
{
	static const struct chat_policy policy = {2 * SECOND_US, 3 * SECOND_US};
	static const char *const orders[ORDER_N] = {"as sent", "shuffled"};
	size_t plans_n = 200000 / (edges_n + roster_n / 8) + 1;
	double best = 1e18;

	arrange(in, edges_n, order);
	in->state.roster_n = roster_n;
	for (int round = 0; round < ROUNDS; round++) {
		double since = cpu_us(), each;

		for (size_t i = 0; i < plans_n; i++) {
			struct chat_plan plan;

			arena_reset(mem);
			if (chat_plan(&in->state, in->events, edges_n, &policy, BEGIN_US + 2000 * SECOND_US, mem,
				&plan) != ST_OK ||
			    plan.applied_n != edges_n) {
				fprintf(stderr, "bench_plan: the edges do not link\n");
				exit(1);
			}
		}
		each = (cpu_us() - since) / (double)plans_n;
		best = each < best ? each : best;
	}
	printf("%4zu edges %-8s, roster %4zu %12.0f edges/s %10.2f us a plan %8zu bytes\n", edges_n, orders[order],
	    roster_n, (double)edges_n / best * 1e6, best, mem->used_bytes);
}

int
main(void)
{
	static const size_t sizes[][2] = {{1, 0}, {1, 200}, {10, 200}, {100, 200}, {1000, 0}, {1000, 2000}};
	static struct input in;
	struct arena mem;

	input_make(&in);
	arena_init(&mem, (size_t)64 << 20);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int order = 0; order < ORDER_N; order++)
			measure(&in, sizes[i][0], sizes[i][1], (enum order)order, &mem);
	arena_done(&mem);
	return 0;
}
