/* One-sentence faults and memory that is always there.  Never prints a secret: callers pass names and numbers only. */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

bool
fault_set(struct fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return false;
}

int
fault_report(const struct fault *fault, int code)
{
	fprintf(stderr, "wecom-sim: %s\n", fault->text);
	return code;
}

void *
fault_resize(void *old, size_t bytes)
{
	void *memory = realloc(old, bytes == 0 ? 1 : bytes);

	if (memory == NULL) {
		fputs("wecom-sim: out of memory\n", stderr);
		exit(EX_OSERR);
	}
	return memory;
}
