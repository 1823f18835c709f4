/* `wecom-sim compare`: fetches the truth from a running `serve` (or its state file) and the mirror from the database.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "command.h"
#include "compare.h"
#include "control.h"
#include "option.h"
#include "order.h"
#include "state.h"

#define CODE_DIFFERENT 1
#define DUMP "{\"do\":\"dump\"}"

static const char usage[] =
    "usage: wecom-sim compare {--control SOCKET | --state FILE} --database CONNINFO [--summary]\n"
    "Print every difference between the truth of `serve` and the views of schema mirror, a line each: the row, the\n"
    "column, what the truth has and what the mirror has.  Callbacks and jobs must have come to an end before.  What "
    "was\n"
    "told to nobody (a lost deletion by a customer, who ended a relation, a lost half) is printed as unknowable and "
    "is\n"
    "no difference.  The last line is `N differences`, with the numbers of rows compared and of what is unknowable.\n"
    "\n"
    "  --summary   no lines but the last\n"
    "\n"
    "exit: 0 no difference, 1 differences, 64 usage, 69 no truth or no database\n";

static void
print_line(void *self, const char *line)
{
	(void)self;
	puts(line);
}

static bool
fetch_truth(const char *control, const char *state, struct truth *truth, struct fault *fault)
{
	struct text answer = {0};
	struct json_object *json;
	bool ok = false;

	if (control == NULL) {
		if (!state_load(state, truth, &ok, fault))
			truth_done(truth);
		else if (!ok)
			fault_set(fault, "there is no state file %.100s", state);
		return ok && fault->text[0] == '\0';
	}
	if (!control_ask(control, DUMP, &answer, fault)) {
		text_free(&answer);
		return false;
	}
	json = order_parse(answer.at, answer.n, fault);
	if (json != NULL) {
		ok = state_from_json(json, truth, fault);
		if (!ok)
			truth_done(truth);
	}
	json_object_put(json);
	text_free(&answer);
	return ok;
}

static void
expect_all(struct compare *compare, const struct compare_view *view)
{
	for (size_t i = 0; i < compare->truth->corps.n; i++) {
		const struct truth_corp *corp = list_at(&compare->truth->corps, i);

		/* of a corp that left nothing ought to be there but its line */
		if (corp->state == TRUTH_INSTALLED || strcmp(view->name, "corp") == 0)
			view->expect(compare, corp);
	}
}

static bool
compare_view(struct compare *compare, const struct compare_view *view, PGconn *database, struct fault *fault)
{
	PGresult *result = PQexec(database, view->query);
	int rows = PQntuples(result), columns = PQnfields(result), wanted = 0;
	const char **values;

	while (view->columns[wanted] != NULL)
		wanted++;
	if (PQresultStatus(result) != PGRES_TUPLES_OK || columns != wanted) {
		PQclear(result);
		return fault_set(fault, "mirror.%s: %.150s", view->name, PQerrorMessage(database));
	}
	values = fault_resize(NULL, (size_t)rows * (size_t)columns * sizeof(char *));
	for (int r = 0; r < rows; r++) {
		for (int c = 0; c < columns; c++)
			values[(size_t)r * (size_t)columns + (size_t)c] =
			    PQgetisnull(result, r, c) ? NULL : PQgetvalue(result, r, c);
	}
	expect_all(compare, view);
	compare_run(compare, view, values, (size_t)rows);
	free(values);
	PQclear(result);
	return true;
}

/* All views as of one moment. */
static bool
compare_all(struct compare *compare, const char *conninfo, struct fault *fault)
{
	PGconn *database = PQconnectdb(conninfo);
	bool ok = PQstatus(database) == CONNECTION_OK;

	if (!ok)
		fault_set(
		    fault, "no database: %.*s", (int)strcspn(PQerrorMessage(database), "\n"), PQerrorMessage(database));
	if (ok)
		PQclear(PQexec(database, "begin isolation level repeatable read, read only"));
	for (size_t i = 0; i < compare_views_n && ok; i++)
		ok = compare_view(compare, &compare_views[i], database, fault);
	PQfinish(database);
	return ok;
}

int
command_compare(int argc, char **argv)
{
	const char *control = NULL, *state = NULL, *database = NULL;
	bool is_summary = false;
	const struct option_entry table[] = {{"--control", OPTION_TEXT, &control, 0},
	    {"--state", OPTION_TEXT, &state, 0}, {"--database", OPTION_TEXT, &database, 0},
	    {"--summary", OPTION_FLAG, &is_summary, 0}, {0}};
	enum option_result result = option_read(argc, argv, table, usage);
	struct fault fault = {0};
	struct compare compare;
	struct truth truth;
	bool ok;

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (database == NULL || (control == NULL) == (state == NULL)) {
		fault_set(&fault, "compare needs --database and one of --control and --state");
		return fault_report(&fault, EX_USAGE);
	}
	if (!fetch_truth(control, state, &truth, &fault))
		return fault_report(&fault, EX_UNAVAILABLE);
	compare_init(&compare, &truth);
	compare.print = is_summary ? NULL : print_line;
	ok = compare_all(&compare, database, &fault);
	if (ok)
		printf("%llu differences in %llu rows; unknowable: %llu\n", compare.differences, compare.rows_n,
		    compare.unknowable);
	ok = ok && fflush(stdout) == 0;
	compare_done(&compare);
	truth_done(&truth);
	if (!ok)
		return fault_report(&fault, EX_UNAVAILABLE);
	return compare.differences == 0 ? EX_OK : CODE_DIFFERENT;
}
