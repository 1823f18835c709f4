/*
 * FastCGI records as a web server writes them (specification sections 3.3, 3.4, 5), and the reading of an answer, for the
 * tests that play the web server.  Shares nothing with libfcgi.  Header only.
 */
#ifndef FASTCGI_KIT_H
#define FASTCGI_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRE_MAX_BYTES (256 * 1024)
#define WIRE_ID 1

enum wire_type {
	WIRE_BEGIN = 1,
	WIRE_ABORT = 2,
	WIRE_END = 3,
	WIRE_PARAMS = 4,
	WIRE_STDIN = 5,
	WIRE_STDOUT = 6,
};

struct wire {
	unsigned char at[WIRE_MAX_BYTES];
	size_t n;
};

static inline void
wire_record(struct wire *wire, enum wire_type type, const void *content, size_t n, unsigned char padding_n)
{
	const unsigned char header[8] = {1, (unsigned char)type, 0, WIRE_ID, (unsigned char)(n >> 8), (unsigned char)n,
	    padding_n, 0};

	if (wire->n + sizeof(header) + n + padding_n > WIRE_MAX_BYTES)
		return;
	memcpy(wire->at + wire->n, header, sizeof(header));
	if (n > 0)
		memcpy(wire->at + wire->n + sizeof(header), content, n);
	memset(wire->at + wire->n + sizeof(header) + n, 0xee, padding_n);
	wire->n += sizeof(header) + n + padding_n;
}

static inline void
wire_begin(struct wire *wire, bool is_kept)
{
	const unsigned char responder[8] = {0, 1, is_kept ? 1 : 0};

	wire->n = 0;
	wire_record(wire, WIRE_BEGIN, responder, sizeof(responder), 0);
}

/* Parameters "NAME=value", ended by NULL, each in a record of its own, then the empty record. */
static inline void
wire_params(struct wire *wire, const char *const *params)
{
	for (; params != NULL && *params != NULL; params++) {
		unsigned char pair[512];
		size_t name_n = strcspn(*params, "=");
		size_t value_n = strlen(*params + name_n + 1);

		if (name_n > 127 || value_n > 127)
			return;
		pair[0] = (unsigned char)name_n;
		pair[1] = (unsigned char)value_n;
		memcpy(pair + 2, *params, name_n);
		memcpy(pair + 2 + name_n, *params + name_n + 1, value_n);
		wire_record(wire, WIRE_PARAMS, pair, 2 + name_n + value_n, 0);
	}
	wire_record(wire, WIRE_PARAMS, NULL, 0, 0);
}

/* The smallest whole request. */
static inline void
wire_request(struct wire *wire, bool is_kept)
{
	wire_begin(wire, is_kept);
	wire_params(wire, NULL);
	wire_record(wire, WIRE_STDIN, NULL, 0, 0);
}

static inline bool
wire_send(int fd, const void *bytes, size_t n)
{
	return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* Exactly n bytes; false at the end. */
static inline bool
wire_receive(int fd, unsigned char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, to, n);

		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* Read one answer: its output as text.  False when the connection ends before the request does. */
static inline bool
wire_answer(int fd, char *ret_text, size_t size)
{
	unsigned char header[8];
	unsigned char content[65536 + 256];
	size_t n = 0;

	for (;;) {
		size_t content_n;

		if (!wire_receive(fd, header, sizeof(header)))
			return false;
		content_n = (size_t)header[4] << 8 | header[5];
		if (!wire_receive(fd, content, content_n + header[6]))
			return false;
		if (header[1] == WIRE_END) {
			ret_text[n] = '\0';
			return true;
		}
		if (header[1] == WIRE_STDOUT && n + content_n < size) {
			memcpy(ret_text + n, content, content_n);
			n += content_n;
		}
	}
}

#endif
