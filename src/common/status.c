/*
 * The one table that says what an outcome means to the peer, the log and the shell.
 * Never holds anything about a request.
 */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

struct status_row {
	const char *name;
	const char *body;
	int http;
	int exit;
};

/* CONFIG and SYSTEM answer 503 as BUSY does: nothing was stored, the sender may come again. */
static const struct status_row rows[ST_N] = {
	[ST_OK] = {"ok", "success", 200, EX_OK},
	[ST_BAD_INPUT] = {"bad_input", "bad request", 400, EX_DATAERR},
	[ST_DENIED] = {"denied", "signature does not match", 403, EX_NOPERM},
	[ST_NOT_FOUND] = {"not_found", "not found", 404, EX_NOINPUT},
	[ST_BAD_METHOD] = {"bad_method", "method not allowed", 405, EX_USAGE},
	[ST_TOO_LARGE] = {"too_large", "request too large", 413, EX_DATAERR},
	[ST_BUSY] = {"busy", "not available now", 503, EX_TEMPFAIL},
	[ST_NOMEM] = {"no_memory", "not available now", 503, EX_OSERR},
	[ST_CONFIG] = {"config", "not available now", 503, EX_CONFIG},
	[ST_SYSTEM] = {"system", "not available now", 503, EX_OSERR},
	[ST_BUG] = {"bug", "internal error", 500, EX_SOFTWARE},
};

/* A value that is no status is our own mistake, too. */
static const struct status_row *
row_of(enum status st)
{
	if ((unsigned int)st >= ST_N)
		return &rows[ST_BUG];
	return &rows[st];
}

const char *
status_name(enum status st)
{
	return row_of(st)->name;
}

int
status_http(enum status st)
{
	return row_of(st)->http;
}

const char *
status_body(enum status st)
{
	return row_of(st)->body;
}

int
status_exit(enum status st)
{
	return row_of(st)->exit;
}

void
detail_set(struct detail *d, const char *format, ...)
{
	va_list args;

	if (d == NULL)
		return;
	va_start(args, format);
	if (vsnprintf(d->text, sizeof(d->text), format, args) < 0)
		d->text[0] = '\0';
	va_end(args);
}
