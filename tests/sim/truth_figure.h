/* What a truth counts by day, to hold reports against.  The truth is locked. */
#ifndef SIM_TRUTH_FIGURE_H
#define SIM_TRUTH_FIGURE_H

#include <stdint.h>

struct truth_corp;

/* What is counted by day, as it happens, told or not; a day is one of Asia/Shanghai.  See truth_figure.c. */
enum truth_figure {
	FIGURE_HALF,
	FIGURE_NEW,            /* whole, at once or after a half */
	FIGURE_HALF_CONVERTED, /* of these, those that had been half */
	FIGURE_READDED,        /* of these, pairs that had been whole or half before */
	FIGURE_LOST_BY_STAFF,
	FIGURE_LOST_BY_CUSTOMER,
	FIGURE_TRANSFERRED_AWAY,
	FIGURE_HALF_ENDED,       /* never became whole */
	FIGURE_ENDED_AFTERWARDS, /* by the member, after the customer had left */
	FIGURE_JOIN_INVITE,
	FIGURE_JOIN_QR,
	FIGURE_QUIT_SELF,
	FIGURE_KICKED,
	FIGURE_GROUPS_NEW,
	FIGURE_GROUPS_DISMISSED,
	FIGURE_N
};
extern const char *const truth_figure_names[FIGURE_N];

struct truth_day {
	int64_t day; /* since 1970-01-01 */
	int64_t n[FIGURE_N];
};

/* One more, now. */
void truth_count(struct truth_corp *corp, enum truth_figure figure);
/* The figures of a day; NULL: nothing happened. */
const struct truth_day *truth_find_day(const struct truth_corp *corp, int64_t day);

#endif
