/* libfcgi behind a few calls: see fastcgi.h.  Never accepts, never logs. */
#include "fastcgi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

#define NO_LISTENING_SOCKET (-1)	/* the library's own accept fails at once with EBADF */
#define BODY_FIRST_BYTES 4096

/* FastCGI specification 3.3, 5.3: a header of 8 bytes, content, padding; an empty STDIN record ends the request. */
bool
fastcgi_is_whole(const unsigned char *bytes, size_t n)
{
	const size_t header_n = 8;
	const unsigned char version = 1, type_abort = 2, type_stdin = 5;
	size_t at = 0;

	while (n - at >= header_n) {
		const unsigned char *header = bytes + at;
		size_t content_n = (size_t)header[4] << 8 | header[5];
		size_t record_n = header_n + content_n + header[6];

		if (header[0] != version || header[1] == type_abort || (header[1] == type_stdin && content_n == 0))
			return true;
		if (record_n > n - at)
			break;
		at += record_n;
	}
	return false;
}

enum status
fastcgi_library_init(void)
{
	return FCGX_Init() == 0 ? ST_OK : ST_SYSTEM;
}

void
fastcgi_init(struct fastcgi *fastcgi)
{
	FCGX_InitRequest(&fastcgi->request, NO_LISTENING_SOCKET, FCGI_FAIL_ACCEPT_ON_INTR);
	fastcgi->is_read = false;
	fastcgi->is_answered = false;
}

enum status
fastcgi_accept(struct fastcgi *fastcgi, int fd)
{
	fastcgi->is_read = false;
	fastcgi->is_answered = false;
	fastcgi->request.ipcFd = fd;
	/* the library first "finishes" whatever was before: that must not close the descriptor just lent */
	fastcgi->request.keepConnection = 1;
	/* "detached" keeps the library from waiting up to two seconds for the peer when it closes */
	FCGX_Detach(&fastcgi->request);
	if (FCGX_Accept_r(&fastcgi->request) != 0)
		return ST_BAD_INPUT;
	if (FCGX_GetError(fastcgi->request.in) == 0)
		return ST_OK;
	/* the library takes parameters that were cut off for all there are */
	FCGX_Free(&fastcgi->request, 1);
	return ST_BAD_INPUT;
}

struct span
fastcgi_param(const struct fastcgi *fastcgi, const char *name)
{
	return span_of(FCGX_GetParam(name, fastcgi->request.envp));
}

/* "http://host/path" (a request line in absolute form, which Apache passes on) becomes "/path". */
static struct span
without_origin(struct span uri)
{
	const char *mark = uri.n == 0 || uri.at[0] == '/' ? NULL : memmem(uri.at, uri.n, "://", 3);
	const char *slash = mark == NULL ? NULL : memchr(mark + 3, '/', (size_t)(uri.at + uri.n - mark - 3));

	return slash == NULL ? uri : (struct span){slash, (size_t)(uri.at + uri.n - slash)};
}

struct span
fastcgi_path(const struct fastcgi *fastcgi)
{
	struct span uri = fastcgi_param(fastcgi, "REQUEST_URI");
	size_t n = 0;

	if (uri.n == 0)
		uri = fastcgi_param(fastcgi, "SCRIPT_NAME");
	while (n < uri.n && uri.at[n] != '?')
		n++;
	return without_origin((struct span){uri.at, n});
}

/* Grow to hold `more` bytes behind the n that are there. */
static bool
body_reserve(struct arena *mem, char **buffer, size_t *size, size_t n, size_t more)
{
	size_t wanted = *size;
	char *bigger;

	if (n + more + 1 <= *size)
		return true;
	while (wanted < n + more + 1)
		wanted *= 2;
	bigger = arena_alloc(mem, wanted);
	if (bigger == NULL)
		return false;
	memcpy(bigger, *buffer, n);
	*buffer = bigger;
	*size = wanted;
	return true;
}

/*
 * What the stream has buffered, after one byte that may have waited for one read: so the deadline is looked at between
 * reads however slowly the peer sends.  0 at the end.
 */
static size_t
body_available(FCGX_Stream *in, int *ret_first)
{
	*ret_first = FCGX_GetChar(in);
	if (*ret_first == EOF)
		return 0;
	return (size_t)(in->stop - in->rdNext) + 1;
}

static enum status
body_too_large(int64_t max_bytes, struct detail *why)
{
	detail_set(why, "the body is above %lld bytes", (long long)max_bytes);
	return ST_TOO_LARGE;
}

static enum status
body_end(struct fastcgi *fastcgi, struct span declared, size_t n, struct detail *why)
{
	long long length;

	if (FCGX_GetError(fastcgi->request.in) == EAGAIN) {
		detail_set(why, "the request did not arrive in time");
		return ST_BUSY;
	}
	if (FCGX_GetError(fastcgi->request.in) != 0) {
		detail_set(why, "the body was cut after %zu bytes", n);
		return ST_BAD_INPUT;
	}
	fastcgi->is_read = true;
	if (declared.n == 0)
		return ST_OK;
	if (!span_number(declared, INT64_MAX, &length) || (size_t)length != n) {
		detail_set(why, "CONTENT_LENGTH does not fit the body of %zu bytes", n);
		return ST_BAD_INPUT;
	}
	return ST_OK;
}

enum status
fastcgi_body(struct fastcgi *fastcgi, struct arena *mem, int64_t max_bytes, int64_t deadline_ms, struct span *ret_body,
    struct detail *why)
{
	struct span declared = fastcgi_param(fastcgi, "CONTENT_LENGTH");
	FCGX_Stream *in = fastcgi->request.in;
	size_t size = BODY_FIRST_BYTES;
	char *buffer = arena_alloc(mem, size);
	size_t n = 0;
	long long length;
	enum status st;

	if (buffer == NULL)
		return ST_NOMEM;
	if (span_number(declared, INT64_MAX, &length) && length > max_bytes)
		return body_too_large(max_bytes, why);
	for (;;) {
		int first;
		size_t more = body_available(in, &first);

		if (more == 0)
			break;
		if (n + more > (size_t)max_bytes)
			return body_too_large(max_bytes, why);
		if (!body_reserve(mem, &buffer, &size, n, more))
			return ST_NOMEM;
		buffer[n] = (char)first;
		if (more > 1)
			(void)FCGX_GetStr(buffer + n + 1, (int)(more - 1), in);
		n += more;
		if (clock_monotonic_ms() > deadline_ms) {
			detail_set(why, "the request did not arrive in time");
			return ST_BUSY;
		}
	}
	st = body_end(fastcgi, declared, n, why);
	if (st == ST_OK)
		*ret_body = (struct span){buffer, n};
	return st;
}

/* A request that takes no body, or was refused before it: read what little is here, so that the connection can be kept. */
static void
read_rest(struct fastcgi *fastcgi)
{
	struct span declared = fastcgi_param(fastcgi, "CONTENT_LENGTH");
	char rest[64];

	if (fastcgi->is_read || (declared.n > 0 && !span_equal(declared, SPAN("0"))))
		return;
	if (FCGX_GetStr(rest, sizeof(rest), fastcgi->request.in) < (int)sizeof(rest) &&
	    FCGX_GetError(fastcgi->request.in) == 0)
		fastcgi->is_read = true;
}

bool
fastcgi_put(struct fastcgi *fastcgi, struct span bytes)
{
	FCGX_Stream *out = fastcgi->request.out;

	if (!fastcgi->is_answered)
		read_rest(fastcgi);
	fastcgi->is_answered = true;
	return bytes.n == 0 || FCGX_PutStr(bytes.at, (int)bytes.n, out) == (int)bytes.n;
}

enum fastcgi_end
fastcgi_finish(struct fastcgi *fastcgi)
{
	FCGX_Request *request = &fastcgi->request;
	bool is_kept = request->keepConnection != 0 && fastcgi->is_read;

	/* in order, the library leaves the descriptor to us */
	request->keepConnection = 1;
	FCGX_Finish_r(request);
	if (request->ipcFd < 0)
		return FASTCGI_LOST;
	request->ipcFd = -1;
	if (is_kept)
		return FASTCGI_KEPT;
	return fastcgi->is_read ? FASTCGI_OVER : FASTCGI_UNREAD;
}

enum fastcgi_end
fastcgi_break(struct fastcgi *fastcgi)
{
	FCGX_Free(&fastcgi->request, 1);
	return FASTCGI_LOST;
}

enum fastcgi_end
fastcgi_reply(struct fastcgi *fastcgi, struct span headers, struct span body)
{
	/* a peer that went away is noticed when the request is finished */
	(void)(fastcgi_put(fastcgi, headers) && fastcgi_put(fastcgi, body));
	return fastcgi_finish(fastcgi);
}
