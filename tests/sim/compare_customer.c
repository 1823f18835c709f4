/* What the mirror ought to hold of customers and of those who know them. */
#include <stdlib.h>
#include <string.h>

#include "compare_expect.h"

#define GONE "|deleted_by_staff|deleted_by_customer|transferred|"

static bool
is_shown(const struct truth_corp *corp, const struct truth_relation *relation)
{
	return truth_is_relation_whole(relation) && truth_is_serving(corp, relation->user);
}

/* Those whom a follower shows; the others may be left from earlier. */
void
compare_expect_customers(struct compare *compare, const struct truth_corp *corp)
{
	bool *shown = fault_resize(NULL, corp->customers.n * sizeof(*shown));

	memset(shown, 0, corp->customers.n * sizeof(*shown));
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);
		const struct truth_customer *customer = truth_find_customer(corp, relation->customer);

		if (customer != NULL && is_shown(corp, relation))
			shown[truth_index(&corp->customers, customer)] = true;
	}
	for (size_t i = 0; i < corp->customers.n; i++) {
		const struct truth_customer *customer = list_at(&corp->customers, i);
		struct compare_row *row =
		    compare_expect_key(compare, corp, customer->id, shown[i] ? COMPARE_MUST : COMPARE_MAY);

		compare_set(compare, row, 2, "%s", customer->name);
		compare_set(compare, row, 3, "%d", customer->type);
		compare_set(compare, row, 4, "%s", customer->corp_name);
		compare_set(compare, row, 5, "%s", customer->position);
		if (!shown[i])
			compare_any_from(row, 2);
	}
	free(shown);
}

/* What was told before the corp installed the app (last) was told to nobody. */
static bool
was_told(const struct truth_corp *corp, enum truth_fate fate, int64_t at_s)
{
	return fate == TRUTH_FATE_DELIVERED && at_s > corp->install_s;
}

/* The API shows it: everything is known, but for who let go of whom. */
static void
expect_shown(struct compare *compare, struct compare_row *row, const struct truth_corp *corp,
    const struct truth_relation *relation)
{
	bool is_lost = relation->status == TRUTH_DELETED_BY_CUSTOMER;

	compare_set(compare, row, 3, "%s", is_lost ? "deleted_by_customer" : "active");
	compare_set(compare, row, 4, "%s", relation->remark);
	compare_set(compare, row, 5, "%s", relation->description);
	compare_set(compare, row, 6, "%s", relation->state);
	compare_set(compare, row, 7, "%d", relation->add_way);
	compare_set(compare, row, 8, COMPARE_TIME, (long long)relation->create_s);
	if (!is_lost)
		return;
	row->fields[9].is_given = true;
	if (!was_told(corp, relation->customer_fate, relation->customer_s)) {
		row->fields[3].also = "|active|";
		row->fields[9].is_given = false;
		compare_any(row, 9);
	}
}

/* One-sided: only its callback tells of it.  An earlier period may still be what the mirror knows. */
static void
expect_half(struct compare *compare, struct compare_row *row, const struct truth_corp *corp,
    const struct truth_relation *relation)
{
	bool told = was_told(corp, relation->half_fate, relation->half_s);

	compare_set(compare, row, 3, "half");
	row->presence = told ? COMPARE_MUST : COMPARE_UNKNOWABLE;
	if (!told || relation->period > 0)
		row->fields[3].also = GONE;
	compare_any_from(row, 4);
}

/* Gone for good: when the callback came, by whom; else only that it is gone, if it was ever seen. */
static void
expect_gone(struct compare *compare, struct compare_row *row, const struct truth_corp *corp,
    const struct truth_relation *relation)
{
	bool told = was_told(corp, relation->staff_fate, relation->staff_s);
	bool is_plain = relation->customer_s == 0 &&
			(relation->period == 0 || was_told(corp, relation->create_fate, relation->create_s));

	compare_set(compare, row, 3, "%s", relation->status == TRUTH_TRANSFERRED ? "transferred" : "deleted_by_staff");
	row->presence = told ? COMPARE_MUST : COMPARE_MAY;
	if (!told || !is_plain)
		row->fields[3].also = GONE;
	/* half ones are in no answer: of one that became whole and ended without a word, nothing says that it is not half still */
	if (!told && (relation->create_s == 0 ||
	    (relation->half_s != 0 && !was_told(corp, relation->create_fate, relation->create_s))))
		row->fields[3].also = GONE "half|";
	compare_any_from(row, 4);
	if (told) {
		row->fields[9].is_any = false;
		row->fields[9].is_given = true;
	}
}

void
compare_expect_follows(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);
		struct compare_row *row = compare_expect_key(compare, corp, relation->customer, COMPARE_MUST);

		compare_set(compare, row, 2, "%s", relation->user);
		if (!truth_is_serving(corp, relation->user)) {
			row->presence = COMPARE_MAY;
			compare_any_from(row, 3);
		} else if (is_shown(corp, relation)) {
			expect_shown(compare, row, corp, relation);
		} else if (relation->status == TRUTH_HALF) {
			expect_half(compare, row, corp, relation);
		} else {
			expect_gone(compare, row, corp, relation);
		}
	}
}

void
compare_expect_follow_tags(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		for (size_t t = 0; t < relation->tags_n && is_shown(corp, relation); t++) {
			struct compare_row *row = compare_expect_key(compare, corp, relation->customer, COMPARE_MUST);

			compare_set(compare, row, 2, "%s", relation->user);
			compare_set(compare, row, 3, "%s", relation->tags[t]);
		}
	}
}

/* Tags of a pair that the API does not show now stay as they were last seen. */
bool
compare_is_tag_ignored(const struct truth_corp *corp, const char *const *values)
{
	const struct truth_relation *relation = truth_find_relation(corp, values[2], values[1]);

	if (relation == NULL || is_shown(corp, relation))
		return false;
	return !truth_is_serving(corp, relation->user) || relation->status == TRUTH_HALF || relation->customer_s != 0;
}

void
compare_expect_failures(struct compare *compare, const struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->transfers.n; i++) {
		const struct truth_transfer *transfer = list_at(&corp->transfers, i);
		struct compare_row *row;

		if (transfer->status == 1)
			continue;
		row = compare_expect_key(compare, corp, transfer->customer,
		    was_told(corp, transfer->fate, transfer->at_s) ? COMPARE_MUST : COMPARE_UNKNOWABLE);
		if (transfer->at_s <= corp->install_s)
			row->presence = COMPARE_MAY;
		compare_set(compare, row, 2, "%s", transfer->takeover);
		compare_set(compare, row, 3, COMPARE_TIME, (long long)transfer->at_s);
		compare_set(
		    compare, row, 4, "%s", transfer->status == 3 ? "customer_refused" : "customer_limit_exceed");
		/* two in one second leave one row, with either reason */
		row->fields[4].also = "|customer_refused|customer_limit_exceed|";
	}
}
