/* Which host next, and with which time-outs: see database_connect.h.  Never waits. */
#include "database_connect.h"

#include <stdlib.h>
#include <string.h>

#define PARAMETERS_MAX 16
#define PORT_DEFAULT "5432"	/* what libpq takes for an empty item of a list of ports */

static int
list_length(const char *list)
{
	int n = 1;

	if (list == NULL)
		return 1;
	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* Item i of a comma list, or its only item; an owned copy, NULL when absent or out of memory. */
static char *
list_item(const char *list, int i)
{
	size_t n;

	if (list == NULL)
		return NULL;
	if (list_length(list) == 1)
		i = 0;
	while (i-- > 0 && strchr(list, ',') != NULL)
		list = strchr(list, ',') + 1;
	n = strcspn(list, ",");
	return n == 0 ? NULL : strndup(list, n);
}

static char *
option_copy(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val != NULL && options->val[0] != '\0')
			return strdup(options->val);
	return NULL;
}

enum status
database_hosts_init(struct database_hosts *hosts, const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);

	memset(hosts, 0, sizeof(*hosts));
	if (options == NULL)
		return ST_CONFIG;
	hosts->conninfo = conninfo;
	hosts->host = option_copy(options, "host");
	hosts->hostaddr = option_copy(options, "hostaddr");
	hosts->port = option_copy(options, "port");
	PQconninfoFree(options);
	hosts->n = hosts->hostaddr != NULL ? list_length(hosts->hostaddr) : list_length(hosts->host);
	return ST_OK;
}

void
database_hosts_done(struct database_hosts *hosts)
{
	free(hosts->host);
	free(hosts->hostaddr);
	free(hosts->port);
	memset(hosts, 0, sizeof(*hosts));
}

PGconn *
database_connect_next(struct database_hosts *hosts, const char *application_name)
{
	const char *keywords[PARAMETERS_MAX];
	const char *values[PARAMETERS_MAX];
	char *host = list_item(hosts->host, hosts->next);
	char *hostaddr = list_item(hosts->hostaddr, hosts->next);
	char *port = list_item(hosts->port, hosts->next);
	PGconn *connection;
	int n = 0;

	hosts->next = (hosts->next + 1) % hosts->n;
#define PARAMETER(keyword, value)                                                                                      \
	do {                                                                                                           \
		keywords[n] = (keyword);                                                                               \
		values[n++] = (value);                                                                                 \
	} while (0)
	/* ours first: what the operator's conninfo says overrides them; the host of this attempt overrides both */
	PARAMETER("connect_timeout", "2");
	PARAMETER("tcp_user_timeout", "2000");
	PARAMETER("keepalives_idle", "2");
	PARAMETER("keepalives_interval", "1");
	PARAMETER("keepalives_count", "2");
	PARAMETER("target_session_attrs", "read-write");
	PARAMETER("client_encoding", "UTF8");
	PARAMETER("application_name", application_name);
	PARAMETER("dbname", hosts->conninfo);
	/* an empty value would leave the conninfo's whole list in force, which does not fit one host */
	if (host != NULL || (hosts->host != NULL && hostaddr != NULL))
		PARAMETER("host", host != NULL ? host : hostaddr);
	if (hostaddr != NULL)
		PARAMETER("hostaddr", hostaddr);
	if (hosts->port != NULL)
		PARAMETER("port", port != NULL ? port : PORT_DEFAULT);
#undef PARAMETER
	keywords[n] = NULL;
	values[n] = NULL;
	connection = PQconnectStartParams(keywords, values, 1);
	free(host);
	free(hostaddr);
	free(port);
	return connection;
}
