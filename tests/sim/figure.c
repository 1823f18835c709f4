/* Figures as JSON.  Totals of a day are read backwards from what there is now. */
#include "figure.h"
#include "truth_figure.h"

#include <string.h>
#include <time.h>

#define DAYS_MOST 1000

static void
put(struct json_object *to, const char *name, int64_t n)
{
	json_object_object_add(to, name, json_object_new_int64(n));
}

static bool
read_day(const char *text, int64_t *ret_day)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	*ret_day = (int64_t)timegm(&tm) / 86400;
	return end != NULL && *end == '\0';
}

static void
put_day(struct json_object *to, int64_t day)
{
	time_t at = (time_t)(day * 86400);
	struct tm tm;
	char text[16];

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	json_object_object_add(to, "day", json_object_new_string(text));
}

static int64_t
change_of_pairs(const struct truth_day *day)
{
	return day->n[FIGURE_NEW] - day->n[FIGURE_LOST_BY_STAFF] - day->n[FIGURE_LOST_BY_CUSTOMER] -
	       day->n[FIGURE_TRANSFERRED_AWAY];
}

static int64_t
count_pairs(const struct truth_corp *corp, enum truth_status status)
{
	int64_t n = 0;

	for (size_t i = 0; i < corp->relations.n; i++)
		n += ((struct truth_relation *)list_at(&corp->relations, i))->status == status;
	return n;
}

static bool
is_customer_now(const struct truth_corp *corp, const char *customer)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		if (relation->status == TRUTH_ACTIVE && strcmp(relation->customer, customer) == 0)
			return true;
	}
	return false;
}

static int64_t
count_customers(const struct truth_corp *corp)
{
	int64_t n = 0;

	for (size_t i = 0; i < corp->customers.n; i++)
		n += is_customer_now(corp, ((struct truth_customer *)list_at(&corp->customers, i))->id);
	return n;
}

static int64_t
count_present(const struct truth_corp *corp, bool is_staff)
{
	int64_t n = 0;

	for (size_t i = 0; i < corp->chats.n; i++) {
		const struct list *roster = &((struct truth_chat *)list_at(&corp->chats, i))->now.roster;

		for (size_t p = 0; p < roster->n; p++)
			n += ((struct truth_present *)list_at(roster, p))->is_staff == is_staff;
	}
	return n;
}

/* One day, and what there was when it ended: what there is now less what came after it. */
static struct json_object *
json_of_day(const struct truth_corp *corp, int64_t day, int64_t pairs)
{
	const struct truth_day *found = truth_find_day(corp, day);
	struct json_object *json = json_object_new_object();
	int64_t groups = (int64_t)corp->chats_alive_n;

	put_day(json, day);
	for (int i = 0; i < FIGURE_N; i++)
		put(json, truth_figure_names[i], found == NULL ? 0 : found->n[i]);
	for (size_t i = 0; i < corp->days.n; i++) {
		const struct truth_day *later = list_at(&corp->days, i);

		if (later->day <= day)
			continue;
		pairs -= change_of_pairs(later);
		groups -= later->n[FIGURE_GROUPS_NEW] - later->n[FIGURE_GROUPS_DISMISSED];
	}
	put(json, "total_end", pairs);
	put(json, "groups_total", groups);
	return json;
}

static struct json_object *
json_of_now(const struct truth_corp *corp, int64_t pairs)
{
	struct json_object *json = json_object_new_object();

	put(json, "pairs", pairs);
	put(json, "half", count_pairs(corp, TRUTH_HALF));
	put(json, "customers", count_customers(corp));
	put(json, "groups", (int64_t)corp->chats_alive_n);
	put(json, "members_staff", count_present(corp, true));
	put(json, "members_external", count_present(corp, false));
	return json;
}

struct json_object *
figure_json(const struct truth_corp *corp, const char *from, const char *to, struct fault *fault)
{
	struct json_object *answer, *days;
	int64_t pairs = count_pairs(corp, TRUTH_ACTIVE), first = 0, last = -1;

	if ((from == NULL) != (to == NULL) || (from != NULL && (!read_day(from, &first) || !read_day(to, &last))) ||
	    last - first >= DAYS_MOST) {
		fault_set(fault, "from and to are days, YYYY-MM-DD, at most %d of them", DAYS_MOST);
		return NULL;
	}
	answer = json_object_new_object();
	days = json_object_new_array();
	json_object_object_add(answer, "days", days);
	for (int64_t day = first; day <= last; day++)
		json_object_array_add(days, json_of_day(corp, day, pairs));
	for (size_t i = 0; i < corp->days.n && from == NULL; i++) {
		const struct truth_day *day = list_at(&corp->days, i);

		json_object_array_add(days, json_of_day(corp, day->day, pairs));
	}
	json_object_object_add(answer, "now", json_of_now(corp, pairs));
	return answer;
}
