/* The subcommands: each takes its own arguments (argv[0] is its name) and returns an exit code of sysexits.h. */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

int command_compare(int argc, char **argv);
int command_control(int argc, char **argv);
int command_craft(int argc, char **argv);
int command_events(int argc, char **argv);
int command_push(int argc, char **argv);
int command_send(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_selftest(int argc, char **argv);

#endif
