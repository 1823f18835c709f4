/* The parts of `wecom-sim selftest`. */
#ifndef SIM_SELFTEST_H
#define SIM_SELFTEST_H

#include <stdbool.h>

/* Prints `ok name` or `not ok name`; returns ok. */
bool selftest_report(const char *name, bool ok);

/* The truth: deeds, saving and loading, gaps, and that the comparison finds each kind of difference. */
bool selftest_truth(void);

#endif
