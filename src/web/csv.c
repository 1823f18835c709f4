/*
 * CSV, streamed: rows go to the web server as the database gives them, none is kept.  UTF-8 with a byte order mark, or
 * Excel would not take Chinese text for what it is.
 */
#include <stdlib.h>
#include <string.h>

#include "csv_cell.h"
#include "route.h"
#include "web.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define CSV_MS 60000	/* for the whole file: a reader that does not read holds a connection to the database */

struct download {
	struct web *web;
	struct web_request *request;
	char *buffer;		/* owned */
	size_t size;
	char *names;		/* owned; the first row, which comes before the database has looked at the arguments */
	size_t names_n;
	bool is_begun;
	bool is_lost;		/* the reader went away */
};

/* A cell, with its quotes: does it begin as a formula does and is no number? */
static bool
is_formula(const char *cell, size_t n)
{
	bool is_quoted = n > 1 && cell[0] == '"';
	bool has_digit = false;

	if (is_quoted) {
		cell++;
		n -= 2;
	}
	if (n == 0 || strchr("=+-@\t\r", cell[0]) == NULL)
		return false;
	if (cell[0] != '-' && cell[0] != '+')
		return true;
	for (size_t i = 1; i < n; i++) {
		has_digit = has_digit || (cell[i] >= '0' && cell[i] <= '9');
		if (strchr("0123456789.", cell[i]) == NULL)
			return true;
	}
	return !has_digit;
}

/* The end of the cell at `at`: its comma, or the end of the record. */
static size_t
cell_end(const char *row, size_t at, size_t n)
{
	bool is_inside = false;

	while (at < n && (is_inside || (row[at] != ',' && row[at] != '\n'))) {
		if (row[at] == '"')
			is_inside = !is_inside;
		at++;
	}
	return at;
}

size_t
csv_cells_disarm(const char *row, size_t n, char *to)
{
	size_t at = 0, written = 0;

	while (at < n) {
		size_t end = cell_end(row, at, n), skip = row[at] == '"' ? 1 : 0;

		if (is_formula(row + at, end - at)) {
			memcpy(to + written, row + at, skip);
			written += skip;
			to[written++] = '\'';
			at += skip;
		}
		/* the comma or line end behind it, too */
		end += end < n ? 1 : 0;
		memcpy(to + written, row + at, end - at);
		written += end - at;
		at = end;
	}
	return written;
}

/* The head of the answer goes out with the second row, or at the end: until then a refusal is still possible. */
static bool
begin(struct download *download)
{
	struct web_request *request = download->request;
	struct span headers;

	web_answer_text(request, "text/csv; charset=utf-8", SPAN(""));
	web_header(request, "Content-Disposition: attachment; filename=\"%s\"", request->route->file);
	headers = web_headers(download->web, request, false);
	download->is_begun = true;
	request->is_sent = true;
	return headers.at != NULL && fastcgi_put(request->fastcgi, headers) &&
	    (request->method == WEB_HEAD ||
		(fastcgi_put(request->fastcgi, SPAN(BYTE_ORDER_MARK)) &&
		    fastcgi_put(request->fastcgi, (struct span){download->names, download->names_n})));
}

static bool
keep_names(struct download *download, const char *bytes, size_t n)
{
	download->names = malloc(n);
	if (download->names == NULL)
		return false;
	memcpy(download->names, bytes, n);
	download->names_n = n;
	return true;
}

static bool
put_row(void *context, const char *bytes, size_t n)
{
	struct download *download = context;
	size_t written;

	if (download->names == NULL)
		return keep_names(download, bytes, n);
	if (!download->is_begun && !begin(download)) {
		download->is_lost = true;
		return false;
	}
	if (download->request->method == WEB_HEAD)
		return false;
	if (2 * n > download->size) {
		char *bigger = realloc(download->buffer, 4 * n);

		if (bigger == NULL)
			return false;
		download->buffer = bigger;
		download->size = 4 * n;
	}
	written = csv_cells_disarm(bytes, n, download->buffer);
	download->is_lost = !fastcgi_put(download->request->fastcgi, (struct span){download->buffer, written});
	return !download->is_lost;
}

void
web_csv(struct web *web, struct web_request *request)
{
	struct download download = {.web = web, .request = request};
	const char *args = web_args(request);
	const struct store_question question = {request->route->sql, 0, NULL, request->session.corp, args, CSV_MS};
	enum status st = args == NULL ? ST_NOMEM : store_copy(web->store, &question, put_row, &download, &request->why);

	if (st == ST_OK && !download.is_begun && download.names != NULL)
		download.is_lost = !begin(&download);
	free(download.buffer);
	free(download.names);
	if (!download.is_begun) {
		web_refuse_status(web, request, st == ST_OK ? ST_BUG : st);
		return;
	}
	if (st == ST_OK || (request->method == WEB_HEAD && !download.is_lost)) {
		request->why.text[0] = '\0';
		request->end = fastcgi_finish(request->fastcgi);
		return;
	}
	/* not the whole file, and the reader shall see that */
	request->reason = REASON_DATABASE;
	request->end = fastcgi_break(request->fastcgi);
}
