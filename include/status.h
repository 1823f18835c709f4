/*
 * The few outcomes a fallible step can have, and what each means to the peer, the log and the shell.
 * One table (status.c) translates; nothing else does.
 */
#ifndef WECOM_STATUS_H
#define WECOM_STATUS_H

#define must_check __attribute__((warn_unused_result))

enum status {
	ST_OK,
	ST_BAD_INPUT,	/* 400: cannot be checked, or is not what the protocol says */
	ST_DENIED,	/* 403: the signature is wrong */
	ST_NOT_FOUND,	/* 404: no such path */
	ST_BAD_METHOD,	/* 405: the path does not take this method */
	ST_TOO_LARGE,	/* 413: above WECOM_BODY_MAX_BYTES */
	ST_BUSY,	/* 503: storage not available; nothing was claimed */
	ST_NOMEM,	/* 503: memory or a bound of the process is used up */
	ST_CONFIG,	/* a setting, key or right is wrong; a person must act */
	ST_SYSTEM,	/* the operating system refused */
	ST_BUG,		/* 500: our own mistake */
	ST_N
};

/* The name of a status in log lines: a static string, never NULL. */
const char *status_name(enum status st);

/* The HTTP status code of an answer: 200, 400, 403, 404, 405, 413, 500 or 503. */
int status_http(enum status st);

/* The one plain line (no newline) that is the body of a refusal; static.  Says nothing about the content. */
const char *status_body(enum status st);

/* The exit code of a program that stops with this outcome (sysexits.h). */
int status_exit(enum status st);

/*
 * One line of human detail about a failure, set by the function that failed and logged by the program.
 * Shared code never logs.  The text never holds a secret or a peer's plaintext.
 */
struct detail {
	char text[240];
};

/* Replace the detail; NULL `d` is allowed and ignored.  Over-long text is cut. */
void detail_set(struct detail *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
