/*
 * Checks the truth and its comparison without a product: a made-up history, the mirror that it ought to have, and then
 * every way in which that mirror can be wrong, one at a time.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "compare.h"
#include "selftest.h"
#include "state.h"

#define DEEDS 4000
#define WRONG "not this"

/* Rows of one view as a query would give them; fields are in `texts`. */
struct table {
	const struct compare_view *view;
	size_t columns_n;
	size_t n;
	const char **values;
	struct list texts; /* char * */
};

static void
live(struct activity *activity, const struct settings *settings)
{
	static struct facts facts;
	struct truth *truth = &activity->truth;

	activity_init(activity, settings, 7, 4, NULL, true);
	activity->options = (struct activity_options){.lie = 0.05, .silent = true};
	truth_lock(truth);
	for (int i = 0; i < DEEDS; i++) {
		const struct notice_kind *kind = activity_next(activity, &facts);

		if (kind == NULL)
			continue;
		if (random_chance(&truth->random, 0.1))
			mark_lost(&activity->mark, truth);
		else
			mark_delivered(&activity->mark, truth, true);
	}
	/* the last corp leaves; what was told in its first second counts from before */
	for (size_t i = 0; i < truth->corps.n; i++)
		((struct truth_corp *)list_at(&truth->corps, i))->install_s -= 10;
	((struct truth_corp *)list_at(&truth->corps, 3))->state = TRUTH_CANCELLED;
	truth_unlock(truth);
}

static void
expect_view(struct compare *compare, const struct compare_view *view)
{
	for (size_t i = 0; i < compare->truth->corps.n; i++) {
		const struct truth_corp *corp = list_at(&compare->truth->corps, i);

		if (corp->state == TRUTH_INSTALLED || strcmp(view->name, "corp") == 0)
			view->expect(compare, corp);
	}
}

static const char *
keep(struct table *table, const char *text)
{
	char *copy = fault_resize(NULL, strlen(text) + 1);

	strcpy(copy, text);
	*(char **)list_add(&table->texts) = copy;
	return copy;
}

/* The mirror as it ought to be: every row that may be there is, once. */
static void
fill(struct table *table, const struct truth *truth, const struct compare_view *view)
{
	struct compare compare;

	*table = (struct table){.view = view};
	list_init(&table->texts, sizeof(char *));
	while (view->columns[table->columns_n] != NULL)
		table->columns_n++;
	compare_init(&compare, truth);
	expect_view(&compare, view);
	table->values = fault_resize(NULL, (compare.rows.n + 1) * table->columns_n * sizeof(char *));
	for (size_t i = 0; i < compare.rows.n; i++) {
		const struct compare_row *row = list_at(&compare.rows, i);

		for (size_t c = 0; c < table->columns_n; c++)
			table->values[table->n * table->columns_n + c] =
			    keep(table, row->fields[c].is_given ? WRONG : row->fields[c].text);
		table->n++;
	}
	compare_done(&compare);
}

static void
empty(struct table *table)
{
	for (size_t i = 0; i < table->texts.n; i++)
		free(*(char **)list_at(&table->texts, i));
	list_free(&table->texts);
	free(table->values);
}

/* How many differences there are now (and how much is unknowable). */
static unsigned long long
differ(const struct table *table, const struct truth *truth, unsigned long long *ret_unknowable)
{
	size_t bytes = table->n * table->columns_n * sizeof(char *);
	const char **values = fault_resize(NULL, bytes);
	struct compare compare;
	unsigned long long differences;

	memcpy(values, table->values, bytes);
	compare_init(&compare, truth);
	expect_view(&compare, table->view);
	compare_run(&compare, table->view, values, table->n);
	differences = compare.differences;
	if (ret_unknowable != NULL)
		*ret_unknowable = compare.unknowable;
	compare_done(&compare);
	free(values);
	return differences;
}

/* In every column but the key there is a row whose wrong value is noticed, as one difference. */
static bool
is_each_value_noticed(struct table *table, const struct truth *truth)
{
	bool all = true;

	for (size_t c = table->view->keys_n; c < table->columns_n; c++) {
		bool noticed = false;

		for (size_t i = 0; i < table->n && !noticed; i++) {
			const char **value = &table->values[i * table->columns_n + c];
			const char *right = *value;

			*value = strcmp(right, WRONG) == 0 ? NULL : WRONG;
			noticed = differ(table, truth, NULL) == 1;
			*value = right;
		}
		all = all && noticed;
	}
	return all;
}

static bool
is_missing_row_noticed(struct table *table, const struct truth *truth)
{
	bool found = false;

	for (size_t i = 0; i < table->n && !found; i++) {
		const char **row = &table->values[i * table->columns_n];
		const char *corp = row[0];

		/* the row of a corp that nobody knows: one is missing and one too many */
		row[0] = "wpNobody";
		found = differ(table, truth, NULL) == 2;
		row[0] = corp;
	}
	return found;
}

/* A row too many, of an installed corp or of one that left. */
static bool
is_surplus_row_noticed(struct table *table, const struct truth *truth, const struct truth_corp *corp)
{
	const char **row = &table->values[table->n * table->columns_n];
	unsigned long long before = differ(table, truth, NULL), after;

	for (size_t c = 0; c < table->columns_n; c++)
		row[c] = c == 0 ? corp->id : WRONG;
	table->n++;
	after = differ(table, truth, NULL);
	table->n--;
	return before == 0 && after == 1;
}

static bool
check_view(const struct truth *truth, const struct compare_view *view)
{
	const struct truth_corp *stays = list_at(&truth->corps, 0), *left = list_at(&truth->corps, 3);
	bool ignores_all = strcmp(view->name, "job") == 0 || strcmp(view->name, "event") == 0;
	bool is_corp = strcmp(view->name, "corp") == 0, ok;
	struct table table;

	fill(&table, truth, view);
	ok = differ(&table, truth, NULL) == 0;
	if (!is_corp)
		ok = is_surplus_row_noticed(&table, truth, left) && ok;
	if (!ignores_all)
		ok = table.n > 0 && is_each_value_noticed(&table, truth) && is_missing_row_noticed(&table, truth) && ok;
	if (!ignores_all && !is_corp)
		ok = is_surplus_row_noticed(&table, truth, stays) && ok;
	empty(&table);
	return ok;
}

/* A mirror without a customer's deletion: a difference when it was told, unknowable when not; and both do occur. */
static bool
is_unknowable_told_apart(const struct truth *truth)
{
	const struct compare_view *view = compare_views;
	unsigned long long differences, unknowable, told = 0, untold = 0;
	struct table table;
	size_t n = 0;

	while (strcmp(view->name, "follow") != 0)
		view++;
	fill(&table, truth, view);
	for (size_t i = 0; i < table.n; i++) {
		const char **status = &table.values[i * table.columns_n + 3];
		const char *right = *status;

		if (strcmp(right, "deleted_by_customer") != 0)
			continue;
		*status = "active";
		differences = differ(&table, truth, &unknowable);
		told += differences == 1 && unknowable == 0;
		untold += differences == 0 && unknowable == 1;
		n++;
		*status = right;
	}
	empty(&table);
	return told > 0 && untold > 0 && told + untold == n;
}

/* Both truths want the same of the mirror. */
static bool
is_same(const struct truth *a, const struct truth *b)
{
	bool same = true;

	for (size_t i = 0; i < compare_views_n && same; i++) {
		struct table left, right;

		fill(&left, a, &compare_views[i]);
		fill(&right, b, &compare_views[i]);
		same = left.n == right.n;
		for (size_t v = 0; v < left.n * left.columns_n && same; v++)
			same = strcmp(left.values[v], right.values[v]) == 0;
		empty(&left);
		empty(&right);
	}
	return same;
}

static bool
is_saved_whole(const struct truth *truth)
{
	struct json_object *first = state_json(truth), *second;
	struct fault fault = {0};
	struct truth again;
	bool ok = state_from_json(first, &again, &fault);

	second = state_json(&again);
	ok = ok && json_object_equal(first, second) != 0 && is_same(truth, &again);
	for (size_t i = 0; i < again.corps.n && ok; i++) {
		const struct truth_corp *a = list_at(&again.corps, i), *b = list_at(&truth->corps, i);

		ok = a->relations_alive_n == b->relations_alive_n && a->chats_alive_n == b->chats_alive_n &&
		     strcmp(a->permanent_code, b->permanent_code) == 0 && a->party_last == b->party_last &&
		     a->install_s == b->install_s;
	}
	truth_done(&again);
	json_object_put(first);
	json_object_put(second);
	return ok;
}

static bool
is_gap_counted(void)
{
	static const char fates[] = "44334433432344242"; /* 2 under way, 3 lost, 4 delivered */
	struct truth_chat chat = {0};
	bool ok;

	list_init(&chat.fates, sizeof(unsigned char));
	for (size_t i = 0; fates[i] != '\0'; i++)
		*(unsigned char *)list_add(&chat.fates) = (unsigned char)(fates[i] - '0');
	ok = mark_gaps(&chat) == 3;
	list_free(&chat.fates);
	return ok;
}

/* Every state that a chat had in the last seconds can be read again. */
static bool
is_past_kept(struct truth *truth)
{
	struct truth_corp *corp = list_at(&truth->corps, 0);
	struct truth_chat *chat = truth_any_chat(truth, corp);
	char version[TRUTH_VERSION_BYTES];
	size_t n = chat->now.roster.n;
	int64_t at_us = truth_now_us();
	struct timespec moment = {.tv_nsec = 2000000};

	memcpy(version, chat->now.version, sizeof(version));
	nanosleep(&moment, NULL);
	truth_chat_keep(chat);
	truth_join(truth, chat, "wmSomebody", false);
	truth_new_version(truth, chat);
	return strcmp(truth_chat_as_of(chat, at_us)->version, version) == 0 &&
	       truth_chat_as_of(chat, at_us)->roster.n == n && chat->now.roster.n == n + 1 &&
	       truth_chat_as_of(chat, truth_now_us()) == &chat->now;
}

bool
selftest_truth(void)
{
	static struct activity activity;
	struct settings settings = {.suite_id = "wwSuite", .provider_corp_id = "wwProvider"};
	bool ok;

	live(&activity, &settings);
	ok = selftest_report("the truth is saved whole", is_saved_whole(&activity.truth));
	ok = selftest_report("real gaps", is_gap_counted()) && ok;
	for (size_t i = 0; i < compare_views_n; i++)
		ok = selftest_report(compare_views[i].name, check_view(&activity.truth, &compare_views[i])) && ok;
	ok = selftest_report("what nobody told", is_unknowable_told_apart(&activity.truth)) && ok;
	ok = selftest_report("past states of chats", is_past_kept(&activity.truth)) && ok;
	activity_done(&activity);
	return ok;
}
