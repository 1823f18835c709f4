/*
 * One pass over the markup's outline: tags, comments, instructions, CDATA.  Never judges well-formedness: libxml2
 * does.
 */
#include "xml_scan.h"

#include <stdint.h>
#include <string.h>

#define CDATA_START "<![CDATA["

struct scanner {
	const char *at;
	const char *stop;
	struct arena *mem;
	char *out;			/* the text without the cuts; NULL before the first one */
	size_t out_n;
	const char *uncopied;		/* all before it is in `out` */
	struct xml_cut *first;
	struct xml_cut *last;
};

static size_t
bytes_left(const struct scanner *s)
{
	return (size_t)(s->stop - s->at);
}

static bool
starts_with(const struct scanner *s, struct span start)
{
	return bytes_left(s) >= start.n && memcmp(s->at, start.at, start.n) == 0;
}

/* Behind the next `end`, or to the stop. */
static void
skip_past(struct scanner *s, struct span end)
{
	const char *found = memmem(s->at, bytes_left(s), end.at, end.n);

	s->at = found == NULL ? s->stop : found + end.n;
}

/* Behind the `>` that ends the tag, or to the stop; a `>` in quotes is none. */
static void
skip_tag(struct scanner *s)
{
	char quote = '\0';

	for (; s->at < s->stop; s->at++) {
		char c = *s->at;

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>') {
			s->at++;
			return;
		}
	}
}

/* Surely characters of XML, and none that a line end is made of. */
static bool
is_plain(struct span content)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t odd = 0;
	size_t i = 0;

	/* eight at once: a byte below 0x20, a byte 0xef */
	for (; content.n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word, other;

		memcpy(&word, content.at + i, sizeof(word));
		other = word ^ ones * 0xef;
		odd |= ((word - ones * 0x20) & ~word) | ((other - ones) & ~other);
	}
	if ((odd & ones * 0x80) != 0)
		return false;
	for (; i < content.n; i++) {
		unsigned char c = (unsigned char)content.at[i];

		if (c < 0x20 || c == 0xef)
			return false;
	}
	return true;
}

/* The `]]>` that ends a section which starts at `at`, or NULL.  Most hold no `]`: memchr outruns memmem there. */
static const char *
cdata_end(const char *at, const char *stop)
{
	while ((at = memchr(at, ']', (size_t)(stop - at))) != NULL && stop - at >= 3) {
		if (at[1] == ']' && at[2] == '>')
			return at;
		at++;
	}
	return NULL;
}

static void
copy_until(struct scanner *s, const char *end)
{
	size_t n = (size_t)(end - s->uncopied);

	memcpy(s->out + s->out_n, s->uncopied, n);
	s->out_n += n;
	s->uncopied = end;
}

static enum status
cut_add(struct scanner *s, struct span content)
{
	struct xml_cut *cut = arena_alloc(s->mem, sizeof(*cut));

	if (s->out == NULL)
		s->out = arena_alloc(s->mem, (size_t)(s->stop - s->uncopied));
	if (cut == NULL || s->out == NULL)
		return ST_NOMEM;
	copy_until(s, content.at);
	s->uncopied = content.at + content.n;
	cut->text = content;
	if (s->last == NULL)
		s->first = cut;
	else
		s->last->next = cut;
	s->last = cut;
	return ST_OK;
}

static enum status
scan_cdata(struct scanner *s)
{
	const char *start = s->at + sizeof(CDATA_START) - 1;
	const char *end = cdata_end(start, s->stop);
	struct span content;

	if (end == NULL) {
		s->at = s->stop;
		return ST_OK;
	}
	s->at = end + 3;
	content = (struct span){start, (size_t)(end - start)};
	return is_plain(content) ? cut_add(s, content) : ST_OK;
}

static enum status
scan_markup(struct scanner *s)
{
	const char *start = s->at;

	if (starts_with(s, SPAN(CDATA_START)))
		return scan_cdata(s);
	if (starts_with(s, SPAN("<!--"))) {
		s->at += 4;
		skip_past(s, SPAN("-->"));
		return ST_OK;
	}
	if (starts_with(s, SPAN("<?"))) {
		skip_past(s, SPAN("?>"));
		return ST_OK;
	}
	skip_tag(s);
	return s->at - start > XML_TAG_MAX_BYTES ? ST_BAD_INPUT : ST_OK;
}

enum status
xml_scan(struct span text, struct arena *mem, struct xml_scan *ret_scan)
{
	struct scanner s = {.at = text.at, .stop = text.at + text.n, .mem = mem, .uncopied = text.at};
	enum status st = ST_OK;

	while (st == ST_OK && s.at < s.stop) {
		const char *markup = memchr(s.at, '<', bytes_left(&s));

		if (markup == NULL)
			break;
		s.at = markup;
		st = scan_markup(&s);
	}
	if (st != ST_OK)
		return st;
	if (s.out != NULL)
		copy_until(&s, s.stop);
	*ret_scan = (struct xml_scan){s.out == NULL ? text : (struct span){s.out, s.out_n}, s.first};
	return ST_OK;
}
