/* What the mirror ought to hold of tags, members and departments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_expect.h"

void
compare_expect_groups(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->groups.n; i++) {
		const struct truth_group *group = list_at(&corp->groups, i);
		bool lives = group->delete_s == 0;
		struct compare_row *row =
		    compare_expect_key(compare, corp, group->id, lives ? COMPARE_MUST : COMPARE_MAY);

		compare_set(compare, row, 2, "%s", lives ? "false" : "true");
		compare_set(compare, row, 3, "%s", group->name);
		compare_set(compare, row, 4, "%u", group->order);
		compare_set(compare, row, 5, COMPARE_TIME, (long long)group->create_s);
		if (!lives)
			compare_any_from(row, 3);
	}
}

void
compare_expect_tags(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->groups.n; i++) {
		const struct truth_group *group = list_at(&corp->groups, i);

		for (size_t t = 0; t < group->tags.n; t++) {
			const struct truth_tag *tag = list_at(&group->tags, t);
			bool lives = tag->delete_s == 0;
			struct compare_row *row =
			    compare_expect_key(compare, corp, tag->id, lives ? COMPARE_MUST : COMPARE_MAY);

			compare_set(compare, row, 2, "%s", lives ? "false" : "true");
			compare_set(compare, row, 3, "%s", group->id);
			compare_set(compare, row, 4, "%s", tag->name);
			compare_set(compare, row, 5, "%u", tag->order);
			compare_set(compare, row, 6, COMPARE_TIME, (long long)tag->create_s);
			if (!lives)
				compare_any_from(row, 3);
		}
	}
}

static int
order_of_numbers(const void *a, const void *b)
{
	unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

	return left < right ? -1 : left > right;
}

/* {1,2}, in rising order, as the query gives it. */
static void
set_departments(
    struct compare *compare, struct compare_row *row, const struct truth_corp *corp, const struct truth_member *member)
{
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX];
	size_t places[TRUTH_MEMBER_PARTIES_MAX];
	size_t n = truth_visible_parties(corp, member, parties, places);
	char list[64] = "";

	/* none is visible: the answer leaves it out, and the last that was seen stays */
	if (n == 0)
		compare_any(row, 4);
	else
		compare_set(compare, row, 4, "%u", parties[0]);
	qsort(parties, n, sizeof(*parties), order_of_numbers);
	for (size_t i = 0; i < n; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%u", i == 0 ? "" : ",", parties[i]);
	compare_set(compare, row, 5, "%s", list);
}

void
compare_expect_members(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->members.n; i++) {
		const struct truth_member *member = list_at(&corp->members, i);
		bool is = truth_is_in_scope(corp, member);
		struct compare_row *row =
		    compare_expect_key(compare, corp, member->id, is ? COMPARE_MUST : COMPARE_MAY);

		compare_set(compare, row, 2, "%s", is ? "true" : "false");
		compare_set(compare, row, 3, "%s", member->id);
		set_departments(compare, row, corp, member);
		compare_set(compare, row, 6, "%s", corp->level == 3 ? member->position : "");
		compare_set(compare, row, 7, "%d", member->status);
		compare_set(compare, row, 8, "%s", member->id);
		if (!is)
			compare_any_from(row, 3);
	}
}

/* Left long ago, and known to have left. */
bool
compare_is_member_ignored(const struct truth_corp *corp, const char *const *values)
{
	(void)corp;
	return values[2] != NULL && strcmp(values[2], "false") == 0;
}

/* Their name is the id, or unknown where only the simple list is asked. */
void
compare_expect_departments(struct compare *compare, const struct truth_corp *corp)
{
	bool shows_all = truth_has_permission(corp, TRUTH_ARCH_BASE);

	for (size_t i = 0; i < corp->parties.n && corp->auth_mode == 0; i++) {
		const struct truth_party *party = list_at(&corp->parties, i);
		struct compare_row *row;
		char id[16];

		if (!shows_all && !truth_is_party_visible(corp, party->id))
			continue;
		snprintf(id, sizeof(id), "%u", party->id);
		row = compare_expect_key(compare, corp, id, COMPARE_MUST);
		compare_set(compare, row, 2, "%u", party->parent);
		compare_set(compare, row, 3, "%u", party->order);
		compare_set(compare, row, 4, "true");
	}
}
