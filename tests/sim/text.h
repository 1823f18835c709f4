/* A growing byte string.  `at` always ends with a NUL beyond `n`; zero-initialise before use. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stddef.h>

struct text {
	char *at; /* NULL before the first addition */
	size_t n;
	size_t cap;
};

/* Room for n more bytes; returns where they go.  The caller writes them and raises text->n. */
char *text_reserve(struct text *text, size_t n);
void text_add(struct text *text, const char *bytes, size_t n);
void text_adds(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As XML character data: inside CDATA (an inner `]]>` is split), or with & < > escaped. */
void text_add_cdata(struct text *text, const char *bytes, size_t n);
void text_add_escaped(struct text *text, const char *bytes, size_t n);

/* As a URL query value: everything but letters, digits and -._~ becomes %XX. */
void text_add_percent(struct text *text, const char *bytes, size_t n);

void text_clear(struct text *text);
void text_free(struct text *text);

#endif
