/*
 * The outline of a document: where its tags, comments, instructions and CDATA sections begin and end.  Only measures
 * tags; libxml2 judges and reads everything.
 */
#include "xml_guard.h"

#include <string.h>

struct outline {
	const char *at;
	const char *stop;
};

static size_t
bytes_left(const struct outline *s)
{
	return (size_t)(s->stop - s->at);
}

static bool
starts_with(const struct outline *s, struct span start)
{
	return bytes_left(s) >= start.n && memcmp(s->at, start.at, start.n) == 0;
}

/* Behind the next `end`, or to the stop.  Its first byte is rare in what is skipped: memchr outruns memmem there. */
static void
skip_past(struct outline *s, struct span end)
{
	while ((s->at = memchr(s->at, end.at[0], bytes_left(s))) != NULL) {
		if (starts_with(s, end)) {
			s->at += end.n;
			return;
		}
		s->at++;
	}
	s->at = s->stop;
}

/* Behind the `>` that ends the tag, or to the stop; a `>` in quotes is none. */
static void
skip_tag(struct outline *s)
{
	char quote = '\0';

	for (; s->at < s->stop; s->at++) {
		char c = *s->at;

		if (quote != '\0' && c == quote)
			quote = '\0';
		else if (quote != '\0')
			continue;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>') {
			s->at++;
			return;
		}
	}
}

/* One piece of markup; false: it is a tag that is too long. */
static bool
skip_markup(struct outline *s)
{
	const char *start = s->at;

	if (starts_with(s, SPAN("<![CDATA["))) {
		skip_past(s, SPAN("]]>"));
	} else if (starts_with(s, SPAN("<!--"))) {
		s->at += sizeof("<!--") - 1;
		skip_past(s, SPAN("-->"));
	} else if (starts_with(s, SPAN("<?"))) {
		skip_past(s, SPAN("?>"));
	} else {
		skip_tag(s);
		return s->at - start <= XML_TAG_MAX_BYTES;
	}
	return true;
}

bool
xml_has_long_tag(struct span text)
{
	struct outline s = {text.at, text.at + text.n};

	while ((s.at = memchr(s.at, '<', bytes_left(&s))) != NULL)
		if (!skip_markup(&s))
			return true;
	return false;
}
