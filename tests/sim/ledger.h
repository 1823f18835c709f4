/* What was acknowledged: one JSON line per acknowledgement, written the moment it arrives. */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include <stdbool.h>

#include "fault.h"

struct ledger {
	int fd; /* -1: none is kept */
};

/* Appends to the file; path NULL: no ledger. */
bool ledger_open(struct ledger *ledger, const char *path, struct fault *fault);
void ledger_close(struct ledger *ledger);

/*
 * {"key","corp","kind","acks","xml_sha256"} with one write(2).
 *   key   what makes the event unique; is inside the event when --key-element is used
 *   acks  how many acknowledgements this event has had, this one included
 * All values are plain ASCII without quotes.
 */
bool ledger_write(struct ledger *ledger, const char *key, const char *corp, const char *kind, unsigned int acks,
    const char *xml_sha256, struct fault *fault);

#endif
