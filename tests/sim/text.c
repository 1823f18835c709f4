/* Byte strings and the three ways of quoting the simulator needs.  Never interprets what it holds. */
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

char *
text_reserve(struct text *text, size_t n)
{
	size_t needed = text->n + n + 1;

	if (needed > text->cap) {
		text->cap = needed < 128 ? 256 : needed * 2;
		text->at = fault_resize(text->at, text->cap);
	}
	text->at[text->n + n] = '\0';
	return text->at + text->n;
}

void
text_add(struct text *text, const char *bytes, size_t n)
{
	char *to = text_reserve(text, n);

	if (n > 0)
		memcpy(to, bytes, n);
	text->n += n;
}

void
text_adds(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void
text_printf(struct text *text, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		vsnprintf(text_reserve(text, (size_t)n), (size_t)n + 1, format, again);
		text->n += (size_t)n;
	}
	va_end(again);
}

void
text_add_cdata(struct text *text, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	text_adds(text, "<![CDATA[");
	while (bytes < end) {
		const char *stop = memmem(bytes, (size_t)(end - bytes), "]]>", 3);

		if (stop == NULL)
			break;
		text_add(text, bytes, (size_t)(stop - bytes) + 2);
		text_adds(text, "]]><![CDATA[");
		bytes = stop + 2;
	}
	text_add(text, bytes, (size_t)(end - bytes));
	text_adds(text, "]]>");
}

void
text_add_escaped(struct text *text, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (bytes[i]) {
		case '&':
			text_adds(text, "&amp;");
			break;
		case '<':
			text_adds(text, "&lt;");
			break;
		case '>':
			text_adds(text, "&gt;");
			break;
		default:
			text_add(text, bytes + i, 1);
		}
	}
}

void
text_add_percent(struct text *text, const char *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];
		char *to;

		if (c < 128 && (isalnum(c) || (c != '\0' && strchr("-._~", c) != NULL))) {
			text_add(text, bytes + i, 1);
			continue;
		}
		to = text_reserve(text, 3);
		to[0] = '%';
		to[1] = digits[c >> 4];
		to[2] = digits[c & 15];
		text->n += 3;
	}
}

void
text_clear(struct text *text)
{
	text->n = 0;
	text_reserve(text, 0);
}

void
text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){0};
}
