/* `wecom-sim control`: one command to a running `serve`, for scripts and people. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "command.h"
#include "control.h"
#include "option.h"

static const char usage[] =
    "usage: wecom-sim control --control SOCKET --do '{\"do\":\"counts\"}'\n"
    "Send one command to `serve` and print its answer (both one JSON object); tests/sim/serve_control.c lists them.\n"
    "exit: 0, 64 usage, 69 no answer\n";

int
command_control(int argc, char **argv)
{
	const char *control = NULL, *line = NULL;
	const struct option_entry table[] = {
	    {"--control", OPTION_TEXT, &control, 0}, {"--do", OPTION_TEXT, &line, 0}, {0}};
	enum option_result result = option_read(argc, argv, table, usage);
	struct text answer = {0};
	struct fault fault = {0};

	if (result != OPTION_OK)
		return result == OPTION_HELP ? EX_OK : EX_USAGE;
	if (control == NULL || line == NULL || strchr(line, '\n') != NULL) {
		fault_set(&fault, "control needs --control and one line of --do");
		return fault_report(&fault, EX_USAGE);
	}
	if (!control_ask(control, line, &answer, &fault)) {
		text_free(&answer);
		return fault_report(&fault, EX_UNAVAILABLE);
	}
	puts(answer.at);
	text_free(&answer);
	return EX_OK;
}
