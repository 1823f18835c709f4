/* The planner of group chats against some thousand histories; chat_world.h says what is checked at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat_world.h"

#define HISTORIES 4000

static void
test_no_history_leads_astray(void **state)
{
	static struct world world;
	struct world_totals totals = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		world = (struct world){.random = seed * 0x9e3779b97f4a7c15ULL};
		if (!world_try(&world, &totals))
			fail_msg("seed %" PRIu64 ": %s", seed, world.failure);
	}
	printf("%" PRIu64 " histories, %" PRIu64 " edges, %" PRIu64 " callbacks: %" PRIu64 " pulls where %" PRIu64
	       " were allowed, %" PRIu64 " of them stale, %" PRIu64 " gaps; edges applied %" PRIu64
	       ", contained %" PRIu64 ", covered %" PRIu64 "; written %" PRIu64 "\n",
	    totals.histories, totals.edges, totals.events, totals.pulls, totals.allowed, totals.stale, totals.gaps,
	    totals.applied, totals.contained, totals.covered, totals.writes);
	/* the histories are such that every rule has had its say */
	assert_true(totals.gaps > 1000 && totals.stale > 10 && totals.applied > 1000);
	assert_true(totals.contained > 1000 && totals.covered > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_history_leads_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
