/* Connection attempts, one host at a time; private to database*.c. */
#ifndef WECOM_DATABASE_CONNECT_H
#define WECOM_DATABASE_CONNECT_H

#include <libpq-fe.h>

#include "conf.h"
#include "status.h"

/*
 * The hosts of a conninfo, split: libpq's own walk from host to host does not leave a host that accepts and then stays
 * silent, so each attempt names one host (reference/postgresql.md, section 1).
 */
struct database_hosts {
	const char *conninfo;	/* borrowed */
	char *host;		/* owned, comma lists; NULL: not set */
	char *hostaddr;
	char *port;
	int n;			/* at least 1 */
	int next;
};

/* ST_CONFIG when the conninfo cannot be parsed; ST_NOMEM. */
enum status database_hosts_init(struct database_hosts *hosts, const char *conninfo) must_check;
void database_hosts_done(struct database_hosts *hosts);

/* Begin an attempt at the next host; NULL: no memory.  The caller polls it. */
PGconn *database_connect_next(struct database_hosts *hosts, const char *application_name);

#endif
