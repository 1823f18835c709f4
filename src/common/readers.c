/* Threads and nothing else: see readers.h. */
#include "readers.h"

#include <stdlib.h>

#define READER_STACK_BYTES (512 * 1024)

struct reader {
	struct readers *readers;
	pthread_t thread;
	int index;
};

static void *
reader_main(void *argument)
{
	const struct reader *reader = argument;
	const struct readers *readers = reader->readers;
	struct connection *connection;

	while ((connection = connections_wait(readers->connections)) != NULL)
		readers->serve(readers->context, reader->index, connection);
	return NULL;
}

enum status
readers_start(struct readers *readers, int n, struct connections *connections, readers_serve *serve, void *context)
{
	pthread_attr_t attributes;
	enum status st = ST_OK;

	*readers = (struct readers){.connections = connections, .serve = serve, .context = context};
	readers->all = calloc((size_t)n, sizeof(*readers->all));
	if (readers->all == NULL)
		return ST_NOMEM;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, READER_STACK_BYTES);
	while (st == ST_OK && readers->n < n) {
		struct reader *reader = &readers->all[readers->n];

		reader->readers = readers;
		reader->index = readers->n;
		if (pthread_create(&reader->thread, &attributes, reader_main, reader) == 0)
			readers->n++;
		else
			st = ST_SYSTEM;
	}
	pthread_attr_destroy(&attributes);
	return st;
}

void
readers_stop(struct readers *readers)
{
	if (readers->connections != NULL)
		connections_stop(readers->connections);
	for (int i = 0; i < readers->n; i++)
		pthread_join(readers->all[i].thread, NULL);
	free(readers->all);
	readers->all = NULL;
	readers->n = 0;
}
