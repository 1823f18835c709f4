/* A store's connections, as store.c and store_read.c share them; store.h is for everybody else. */
#ifndef WECOM_STORE_LINE_H
#define WECOM_STORE_LINE_H

#include <pthread.h>
#include <stdbool.h>

#include "database_connect.h"
#include "scope.h"
#include "store.h"

#define STATEMENTS_MAX 48	/* prepared on each connection; further ones go unprepared */

struct line {
	PGconn *connection;	/* NULL: closed */
	struct database_hosts hosts;
	bool is_busy;
	const char *statements[STATEMENTS_MAX];	/* texts of those prepared; callers pass literals */
	int statements_n;
};

struct store {
	const struct conf *conf;
	struct store_plan plan;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int lines_n;
	struct line lines[];
};

SCOPE_CLEANUP(result, PGresult *, PQclear)

/* A free connection, an open one first; NULL: none was given back in time. */
struct line *store_line_borrow(struct store *store);
void store_line_give_back(struct store *store, struct line *line);

/* Connect to the next host, and refuse a schema that is too old.  False: close it. */
bool store_line_open(struct store *store, struct line *line, struct detail *why);
void store_line_close(struct line *line);

/* Until the result is whole; false: not in time, or the connection is lost. */
bool store_line_wait(PGconn *connection, int64_t deadline_ms);

/* The last result of what was sent; NULL with a sentence when none came in time.  Earlier ones are errors' successors. */
PGresult *store_line_result(PGconn *connection, int64_t deadline_ms, struct detail *why);

/* The one value of a result, as store_call gives it. */
enum status store_line_value(const PGresult *result, char **ret_text, struct detail *why) must_check;

void store_line_failure(struct detail *why, const char *what, const PGconn *connection);

/*
 * Classes that say something of the moment, not of the call: 08 connection, 25 transaction state (a server that was
 * demoted), 40 rollback, 53 resources, 55 lock not available, 57 intervention, 58 system.  26000: a pooler took
 * another session.
 */
bool store_is_of_the_moment(const char *sqlstate);

#endif
