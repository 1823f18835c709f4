/* Merges what ought to be with what is.  Never knows where either comes from. */
#include "compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void
compare_init(struct compare *compare, const struct truth *truth)
{
	*compare = (struct compare){.truth = truth};
	list_init(&compare->rows, sizeof(struct compare_row));
	list_init(&compare->texts, sizeof(char *));
}

static void
clear(struct compare *compare)
{
	for (size_t i = 0; i < compare->texts.n; i++)
		free(*(char **)list_at(&compare->texts, i));
	compare->texts.n = 0;
	compare->rows.n = 0;
}

void
compare_done(struct compare *compare)
{
	clear(compare);
	list_free(&compare->rows);
	list_free(&compare->texts);
}

struct compare_row *
compare_expect(struct compare *compare, const struct truth_corp *corp)
{
	struct compare_row *row = list_add(&compare->rows);

	for (size_t i = 0; i < COMPARE_COLUMNS_MAX; i++)
		row->fields[i].text = "";
	row->fields[0].text = corp->id;
	return row;
}

void
compare_set(struct compare *compare, struct compare_row *row, size_t column, const char *format, ...)
{
	struct text text = {0};
	char room[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(room, sizeof(room), format, args);
	va_end(args);
	text_adds(&text, room);
	*(char **)list_add(&compare->texts) = text.at;
	row->fields[column].text = text.at;
}

void
compare_any(struct compare_row *row, size_t column)
{
	row->fields[column].is_any = true;
}

static size_t columns_n; /* of the view at hand, for qsort */
static size_t keys_n;

static int
order_of_values(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	for (size_t i = 0; i < keys_n; i++) {
		int order = strcmp(left[i] == NULL ? "" : left[i], right[i] == NULL ? "" : right[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

static int
order_of_rows(const void *a, const void *b)
{
	const struct compare_row *left = a, *right = b;

	for (size_t i = 0; i < keys_n; i++) {
		int order = strcmp(left->fields[i].text, right->fields[i].text);

		if (order != 0)
			return order;
	}
	return 0;
}

static int
order(const struct compare_row *row, const char *const *values)
{
	for (size_t i = 0; i < keys_n; i++) {
		int result = strcmp(row->fields[i].text, values[i] == NULL ? "" : values[i]);

		if (result != 0)
			return result;
	}
	return 0;
}

/* view(key, key) */
static void
name_row(const struct compare_view *view, const char *const *keys, struct text *to)
{
	text_printf(to, "%s(", view->name);
	for (size_t i = 0; i < view->keys_n; i++)
		text_printf(to, "%s%s", i == 0 ? "" : ", ", keys[i] == NULL ? "" : keys[i]);
	text_adds(to, ")");
}

static void
say(struct compare *compare, struct text *line)
{
	if (compare->print != NULL)
		compare->print(compare->self, line->at);
	text_free(line);
}

static void
tell_missing(struct compare *compare, const struct compare_view *view, const struct compare_row *row)
{
	const char *keys[COMPARE_COLUMNS_MAX];
	struct text line = {0};

	if (row->presence == COMPARE_MAY)
		return;
	for (size_t i = 0; i < view->keys_n; i++)
		keys[i] = row->fields[i].text;
	if (row->presence == COMPARE_UNKNOWABLE) {
		compare->unknowable++;
		text_adds(&line, "unknowable: ");
	} else {
		compare->differences++;
	}
	name_row(view, keys, &line);
	text_adds(&line, ": missing in the mirror");
	say(compare, &line);
}

static void
tell_surplus(struct compare *compare, const struct compare_view *view, const char *const *values)
{
	const struct truth_corp *corp = truth_find_corp(compare->truth, values[0]);
	struct text line = {0};

	if (corp != NULL && corp->state == TRUTH_INSTALLED && view->is_ignored != NULL &&
	    view->is_ignored(corp, values))
		return;
	compare->differences++;
	name_row(view, values, &line);
	text_adds(&line, ": not in the truth");
	if (corp == NULL || corp->state != TRUTH_INSTALLED)
		text_adds(&line, corp == NULL ? " (nor is its corp)" : " (its corp has not installed the app)");
	say(compare, &line);
}

static bool
is_listed(const char *list, const char *value)
{
	struct text sought = {0};
	bool found;

	if (list == NULL)
		return false;
	text_printf(&sought, "|%s|", value);
	found = strstr(list, sought.at) != NULL;
	text_free(&sought);
	return found;
}

static void
compare_field(struct compare *compare, const struct compare_view *view, const struct compare_row *row, size_t column,
    const char *const *values)
{
	const struct compare_field *field = &row->fields[column];
	const char *value = values[column] == NULL ? "" : values[column];
	struct text line = {0};

	if (field->is_any || (field->is_given && value[0] != '\0') ||
	    (!field->is_given && strcmp(field->text, value) == 0))
		return;
	if (is_listed(field->also, value)) {
		compare->unknowable++;
		text_adds(&line, "unknowable: ");
	} else {
		compare->differences++;
	}
	name_row(view, values, &line);
	text_printf(&line, " %s: truth \"%s\", mirror \"%s\"", view->columns[column],
	    field->is_given ? "(anything)" : field->text, value);
	say(compare, &line);
}

void
compare_run(struct compare *compare, const struct compare_view *view, const char **values, size_t n)
{
	struct list *rows = &compare->rows;
	size_t r = 0, v = 0;

	columns_n = 0;
	while (view->columns[columns_n] != NULL)
		columns_n++;
	keys_n = view->keys_n;
	if (n > 1)
		qsort(values, n, columns_n * sizeof(*values), order_of_values);
	if (rows->n > 1)
		qsort(rows->at, rows->n, sizeof(struct compare_row), order_of_rows);
	while (r < rows->n || v < n) {
		const struct compare_row *row = r < rows->n ? list_at(rows, r) : NULL;
		const char *const *found = v < n ? &values[v * columns_n] : NULL;
		int which = row == NULL ? 1 : found == NULL ? -1 : order(row, found);

		/* the same thing twice in the truth is one row */
		if (row != NULL && r > 0 && order_of_rows(list_at(rows, r - 1), row) == 0) {
			r++;
			continue;
		}
		compare->rows_n++;
		if (which < 0)
			tell_missing(compare, view, row);
		else if (which > 0)
			tell_surplus(compare, view, found);
		for (size_t c = keys_n; which == 0 && c < columns_n; c++)
			compare_field(compare, view, row, c, found);
		r += which <= 0;
		v += which >= 0;
	}
	clear(compare);
}
