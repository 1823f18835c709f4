/*
 * The truth beside the mirror: for each view the rows that ought to be there, as texts, against those that are.
 * Empty text and null are the same.  What the mirror cannot know is no difference, and counted apart.
 */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "list.h"
#include "truth.h"

#define COMPARE_COLUMNS_MAX 12

enum compare_presence {
	COMPARE_MUST,      /* the row is there */
	COMPARE_MAY,       /* it may be missing */
	COMPARE_UNKNOWABLE /* it may be missing because nobody told the mirror */
};

struct compare_field {
	const char *text; /* owned by the comparison; "" as null */
	bool is_any;      /* any value will do */
	bool is_given;    /* any value but null */
	const char *also; /* values that will do, too, because nobody told the mirror: `|a|b|`; NULL: none */
};

struct compare_row {
	struct compare_field
	    fields[COMPARE_COLUMNS_MAX]; /* the view's columns; first the key, beginning with the corp */
	enum compare_presence presence;
};

struct compare {
	const struct truth *truth;
	struct list rows;  /* struct compare_row: what ought to be in the view at hand */
	struct list texts; /* char *: what they point to */
	void (*print)(void *self, const char *line);
	void *self;
	unsigned long long differences;
	unsigned long long unknowable;
	unsigned long long rows_n; /* compared */
};

struct compare_view {
	const char *name;
	const char *columns[COMPARE_COLUMNS_MAX + 1]; /* ends with NULL */
	size_t keys_n;
	const char *query; /* every column as text */
	void (*expect)(struct compare *compare, const struct truth_corp *corp);
	/* A row of an installed corp that the truth does not expect, but that is nobody's fault; NULL: there is none.
	 */
	bool (*is_ignored)(const struct truth_corp *corp, const char *const *values);
};

extern const struct compare_view compare_views[];
extern const size_t compare_views_n;

void compare_init(struct compare *compare, const struct truth *truth);
void compare_done(struct compare *compare);

/* A new expected row of that corp; its other fields are empty. */
struct compare_row *compare_expect(struct compare *compare, const struct truth_corp *corp);
/* Set one field: to the printed text; to anything. */
void compare_set(struct compare *compare, struct compare_row *row, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void compare_any(struct compare_row *row, size_t column);

/*
 * One view.  values: `n` rows of as many texts (or NULL) as the view has columns, in any order; sorted here.
 * Prints and counts; compare->rows is empty again afterwards.
 */
void compare_run(struct compare *compare, const struct compare_view *view, const char **values, size_t n);

#endif
