/* The ledger file.  Never holds a line for an event that was not acknowledged. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
ledger_open(struct ledger *ledger, const char *path, struct fault *fault)
{
	ledger->fd = -1;
	if (path == NULL)
		return true;
	ledger->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (ledger->fd < 0)
		return fault_set(fault, "cannot open the ledger %.100s: %s", path, strerror(errno));
	return true;
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger->fd >= 0)
		close(ledger->fd);
	ledger->fd = -1;
}

bool
ledger_write(struct ledger *ledger, const char *key, const char *corp, const char *kind, unsigned int acks,
    const char *xml_sha256, struct fault *fault)
{
	char line[2048];
	int n;

	if (ledger->fd < 0)
		return true;
	n = snprintf(line, sizeof(line),
	    "{\"key\":\"%s\",\"corp\":\"%s\",\"kind\":\"%s\",\"acks\":%u,\"xml_sha256\":\"%s\"}\n", key, corp, kind,
	    acks, xml_sha256);
	if (n < 0 || (size_t)n >= sizeof(line))
		return fault_set(fault, "a line of the ledger would be too long");
	if (write(ledger->fd, line, (size_t)n) != n)
		return fault_set(fault, "cannot write the ledger: %s", strerror(errno));
	return true;
}
