/* Counts what happens by day, when it happens: the other way to the figures that the product reads off its history. */
#include "truth.h"
#include "truth_figure.h"

#define SHANGHAI_S (8 * 3600) /* no summer time since 1991 */

const char *const truth_figure_names[FIGURE_N] = {
    [FIGURE_HALF] = "half",
    [FIGURE_NEW] = "new",
    [FIGURE_HALF_CONVERTED] = "half_converted",
    [FIGURE_READDED] = "readded",
    [FIGURE_LOST_BY_STAFF] = "lost_by_staff",
    [FIGURE_LOST_BY_CUSTOMER] = "lost_by_customer",
    [FIGURE_TRANSFERRED_AWAY] = "transferred_away",
    [FIGURE_HALF_ENDED] = "half_ended",
    [FIGURE_ENDED_AFTERWARDS] = "ended_afterwards",
    [FIGURE_JOIN_INVITE] = "join_invite",
    [FIGURE_JOIN_QR] = "join_qr",
    [FIGURE_QUIT_SELF] = "quit_self",
    [FIGURE_KICKED] = "kicked",
    [FIGURE_GROUPS_NEW] = "groups_new",
    [FIGURE_GROUPS_DISMISSED] = "groups_dismissed",
};

/* The newest days are last, and nearly always it is the last one. */
static struct truth_day *
find(const struct truth_corp *corp, int64_t day)
{
	for (size_t i = corp->days.n; i-- > 0;) {
		struct truth_day *found = list_at(&corp->days, i);

		if (found->day == day)
			return found;
	}
	return NULL;
}

const struct truth_day *
truth_find_day(const struct truth_corp *corp, int64_t day)
{
	return find(corp, day);
}

/* Days come in their order but while a truth is filled. */
static struct truth_day *
add(struct list *days, int64_t day)
{
	struct truth_day *at = list_add(days), *first = days->at;

	while (at > first && at[-1].day > day) {
		*at = at[-1];
		at--;
	}
	*at = (struct truth_day){.day = day};
	return at;
}

void
truth_count(struct truth_corp *corp, enum truth_figure figure)
{
	int64_t today = (truth_now_s() + SHANGHAI_S) / 86400;
	struct truth_day *day = find(corp, today);

	if (day == NULL)
		day = add(&corp->days, today);
	day->n[figure]++;
}
