/* What went wrong, as one sentence for a person, and the one way this program gives up at once: no memory. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct fault {
	char text[240]; /* never a token, key or plaintext */
};

/* Set the sentence (cut when too long).  Always false, so that `return fault_set(…)` reads as the failure it is. */
bool fault_set(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print `wecom-sim: sentence` to stderr; returns `code` (sysexits.h). */
int fault_report(const struct fault *fault, int code);

/* Memory that is never NULL: without memory the program ends with EX_OSERR. */
void *fault_resize(void *old, size_t bytes);

#endif
