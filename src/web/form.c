/* See form.h.  Refuses what is doubtful rather than guessing what was meant. */
#include "form.h"

#include <stdbool.h>
#include <string.h>

#include "percent.h"

static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

/* The bytes of one character of UTF-8, control characters left out; 0: it is none. */
static size_t
character(const unsigned char *at, size_t n)
{
	size_t more = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
	static const unsigned int least[] = {0x20, 0x80, 0x800, 0x10000};
	unsigned int code = more == 0 ? at[0] : at[0] & (0x3fU >> more);

	if (more >= n || (at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fU);
	}
	/* C0, DEL, C1, surrogates and what is beyond Unicode */
	if (code < least[more] || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	return more + 1;
}

static bool
is_text(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		size_t n = character((const unsigned char *)s.at + i, s.n - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static bool
is_name(struct span name)
{
	if (name.n == 0 || name.n > FORM_NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (memchr(name_bytes, name.at[i], sizeof(name_bytes) - 1) == NULL)
			return false;
	return true;
}

static enum status
field_read(struct span pair, struct arena *mem, const struct form *form, struct form_field *ret_field, struct detail *why)
{
	struct span name = percent_take(&pair, '=');
	enum status st = percent_decode(name, true, mem, &ret_field->name);

	if (st == ST_OK)
		st = percent_decode(pair, true, mem, &ret_field->value);
	if (st == ST_NOMEM)
		return st;
	if (st != ST_OK || !is_name(ret_field->name) || !is_text(ret_field->value)) {
		detail_set(why, "a parameter has a bad escape, a strange name, or is no text");
		return ST_BAD_INPUT;
	}
	for (size_t i = 0; i < form->n; i++)
		if (span_equal(form->fields[i].name, ret_field->name)) {
			detail_set(why, "%.*s is given twice", (int)ret_field->name.n, ret_field->name.at);
			return ST_BAD_INPUT;
		}
	return ST_OK;
}

enum status
form_parse(struct span text, struct arena *mem, struct form *ret_form, struct detail *why)
{
	struct form *form = ret_form;

	form->n = 0;
	if (text.n > FORM_MAX_BYTES || (text.n > 0 && memchr(text.at, '?', text.n) != NULL)) {
		detail_set(why, text.n > FORM_MAX_BYTES ? "parameters of more than %d bytes" : "a second query", FORM_MAX_BYTES);
		return ST_BAD_INPUT;
	}
	while (text.n > 0) {
		struct span pair = percent_take(&text, '&');
		enum status st;

		if (pair.n == 0)
			continue;
		if (form->n == FORM_FIELDS_MAX) {
			detail_set(why, "more than %d parameters", FORM_FIELDS_MAX);
			return ST_BAD_INPUT;
		}
		st = field_read(pair, mem, form, &form->fields[form->n], why);
		if (st != ST_OK)
			return st;
		form->n++;
	}
	return ST_OK;
}

struct span
form_value(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (span_equal(form->fields[i].name, span_of(name)))
			return form->fields[i].value;
	return (struct span){NULL, 0};
}

struct span
cookie_value(struct span header, const char *name)
{
	struct span found = {NULL, 0};

	if (header.n > COOKIES_MAX_BYTES)
		return found;
	while (header.n > 0) {
		struct span pair = span_trim(percent_take(&header, ';'));
		struct span key = percent_take(&pair, '=');

		if (!span_equal(key, span_of(name)))
			continue;
		if (found.at != NULL)
			return (struct span){NULL, 0};
		found = pair.at == NULL ? SPAN("") : pair;
	}
	return found;
}
