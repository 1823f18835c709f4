/* wecom-sim: plays WeCom in tests and demonstrations.  Shares no code with the product it tests. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "command.h"
#include "fault.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
    {"serve", command_serve, "the whole of WeCom: the truth of many corps, their callbacks and the API"},
    {"compare", command_compare, "print every difference between that truth and the mirror"},
    {"control", command_control, "one command to a running serve"},
    {"push", command_push, "deliver random, consistent activity of many corps, with misbehaviour on demand"},
    {"send", command_send, "deliver scripted callbacks: JSON lines in, answers out"},
    {"craft", command_craft, "make callbacks, right or wrong, without sending them: JSON lines in and out"},
    {"events", command_events, "print one example of every kind of event"},
    {"selftest", command_selftest, "check the cryptography on the official examples"},
};

#define COMMANDS_N (sizeof(commands) / sizeof(commands[0]))

static void
print_help(void)
{
	puts("usage: wecom-sim COMMAND [OPTION...]\n"
	     "The simulated WeCom (tests and demonstrations only).\n");
	for (size_t i = 0; i < COMMANDS_N; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].what);
	puts("\n"
	     "-c CONF names the product's settings file (else the environment's WECOM_CONF); read are WECOM_SUITE_ID,\n"
	     "WECOM_PROVIDER_CORP_ID, WECOM_TOKEN_FILE, WECOM_AES_KEY_FILE, WECOM_SYSTEM_TOKEN_FILE and\n"
	     "WECOM_SYSTEM_AES_KEY_FILE; the environment overrides the file.\n"
	     "`wecom-sim COMMAND --help` tells the rest.  Exit codes: 0, 1 differences, 64 usage,\n"
	     "69 not reachable, 70 failed check, 71 system, 73 cannot create, 74 input or output, 78 settings.");
}

int
main(int argc, char **argv)
{
	struct fault fault = {0};

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return EX_OK;
	}
	for (size_t i = 0; argc > 1 && i < COMMANDS_N; i++) {
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (argc > 1)
		fault_set(&fault, "there is no command %.60s; see wecom-sim --help", argv[1]);
	else
		fault_set(&fault, "which command? see wecom-sim --help");
	return fault_report(&fault, EX_USAGE);
}
