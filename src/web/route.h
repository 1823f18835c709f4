/* The table of addresses. */
#ifndef WECOM_WEB_ROUTE_H
#define WECOM_WEB_ROUTE_H

#include "web.h"

enum web_access { WEB_PUBLIC, WEB_MEMBER, WEB_ADMIN };

/* How a refusal looks: a page, JSON, or a plain line. */
enum web_kind { WEB_KIND_PAGE, WEB_KIND_DATA, WEB_KIND_PLAIN };

struct web_route {
	const char *path;
	enum web_access access;
	enum web_kind kind;
	web_handler *serve;
	const char *sql;	/* of JSON and CSV */
	const char *file;	/* of pages; the file name of CSV */
	bool is_post;		/* else GET and, unless has_effect, HEAD */
	bool has_effect;	/* a GET that changes something: asked for its head, it is refused */
};

/*
 * `path` is the raw path of the request line: an address with an escape, a double slash or a dot segment is none of ours.
 * ST_NOT_FOUND; ST_BAD_METHOD.
 */
enum status web_route_find(struct span path, enum web_method method, const struct web_route **ret_route) must_check;

/* How refusals of a path look that is no address. */
enum web_kind web_route_kind(struct span path);

#endif
