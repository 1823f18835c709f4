/* Fills event templates from facts.  Never invents a fact: a template that names one not given is our own mistake. */
#include "notice.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const fact_names[FACT_N] = {
    [FACT_SUITE] = "suite",
    [FACT_PROVIDER] = "provider",
    [FACT_CORP] = "corp",
    [FACT_AGENT] = "agent",
    [FACT_TIME] = "time",
    [FACT_LATER] = "later",
    [FACT_USER] = "user",
    [FACT_NEW_USER] = "new_user",
    [FACT_OTHER_USER] = "other_user",
    [FACT_CUSTOMER] = "customer",
    [FACT_STATE] = "state",
    [FACT_WELCOME] = "welcome",
    [FACT_SOURCE] = "source",
    [FACT_REASON] = "reason",
    [FACT_CHAT] = "chat",
    [FACT_SCENE] = "scene",
    [FACT_COUNT] = "count",
    [FACT_LAST] = "last",
    [FACT_CURRENT] = "current",
    [FACT_TAG] = "tag",
    [FACT_TAG_TYPE] = "tag_type",
    [FACT_DEPARTMENTS] = "departments",
    [FACT_PARTY] = "party",
    [FACT_PARENT] = "parent",
    [FACT_ORDER] = "order",
    [FACT_STATUS] = "status",
    [FACT_TICKET] = "ticket",
    [FACT_CODE] = "code",
    [FACT_TOKEN] = "token",
    [FACT_SALE] = "sale",
    [FACT_OLD_SALE] = "old_sale",
    [FACT_LINK] = "link",
    [FACT_MSGID] = "msgid",
    [FACT_CONTENT] = "content",
    [FACT_MEDIA] = "media",
};

/* Printed into the scratch; too little room there is our own mistake. */
static const char *__attribute__((format(printf, 2, 0))) keep(struct facts *facts, const char *format, va_list args)
{
	size_t room = sizeof(facts->scratch) - facts->scratch_n;
	char *to = facts->scratch + facts->scratch_n;
	int n = vsnprintf(to, room, format, args);

	assert(n >= 0 && (size_t)n < room);
	facts->scratch_n += (size_t)n + 1;
	return to;
}

void
facts_printf(struct facts *facts, enum fact fact, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	facts->value[fact] = keep(facts, format, args);
	va_end(args);
}

void
facts_item(struct facts *facts, const char *id)
{
	size_t n = strlen(id) + 1;

	assert(facts->items_n < FACTS_ITEMS_MAX && n <= sizeof(facts->scratch) - facts->scratch_n);
	facts->items[facts->items_n++] = memcpy(facts->scratch + facts->scratch_n, id, n);
	facts->scratch_n += n;
}

size_t
notice_kinds_n(void)
{
	return notice_command_kinds_n + notice_data_kinds_n + notice_system_kinds_n;
}

const struct notice_kind *
notice_kind_at(size_t i)
{
	if (i < notice_command_kinds_n)
		return &notice_command_kinds[i];
	i -= notice_command_kinds_n;
	if (i < notice_data_kinds_n)
		return &notice_data_kinds[i];
	return &notice_system_kinds[i - notice_data_kinds_n];
}

const struct notice_kind *
notice_find(const char *name)
{
	for (size_t i = 0; i < notice_kinds_n(); i++) {
		if (strcmp(notice_kind_at(i)->name, name) == 0)
			return notice_kind_at(i);
	}
	return NULL;
}

static enum fact
find_fact(const char *name, size_t n)
{
	for (int i = 0; i < FACT_N; i++) {
		if (strncmp(fact_names[i], name, n) == 0 && fact_names[i][n] == '\0')
			return (enum fact)i;
	}
	assert(!"a template names an unknown fact");
	return FACT_N;
}

static const char *
fact_value(const struct facts *facts, const char *name, size_t n)
{
	const char *value = facts->value[find_fact(name, n)];

	assert(value != NULL);
	return value;
}

static void
fill_placeholder(const struct facts *facts, const char *inside, size_t n, struct text *to)
{
	const char *value;

	if (n == 5 && memcmp(inside, "items", 5) == 0) {
		for (size_t i = 0; i < facts->items_n; i++)
			text_printf(to, "<Item>%s</Item>\n", facts->items[i]);
		return;
	}
	if (*inside == '=') {
		text_add_cdata(to, inside + 1, n - 1);
	} else if (*inside == '#') {
		value = fact_value(facts, inside + 1, n - 1);
		text_add_escaped(to, value, strlen(value));
	} else {
		value = fact_value(facts, inside, n);
		text_add_cdata(to, value, strlen(value));
	}
}

/* One line of a template; `end` is behind its last character. */
static void
fill_line(const struct facts *facts, const char *line, const char *end, struct text *to)
{
	if (*line == '?') {
		const char *space = memchr(line, ' ', (size_t)(end - line));

		assert(space != NULL);
		if (facts->value[find_fact(line + 1, (size_t)(space - line) - 1)] == NULL)
			return;
		line = space + 1;
	}
	while (line < end) {
		const char *open = memchr(line, '{', (size_t)(end - line));
		const char *close;

		if (open == NULL)
			break;
		close = memchr(open, '}', (size_t)(end - open));
		assert(close != NULL);
		text_add(to, line, (size_t)(open - line));
		fill_placeholder(facts, open + 1, (size_t)(close - open) - 1, to);
		line = close + 1;
	}
	text_add(to, line, (size_t)(end - line));
}

static void
fill(const struct facts *facts, const char *template, struct text *to)
{
	while (*template != '\0') {
		const char *newline = strchrnul(template, '\n');
		const char *end = *newline == '\n' ? newline + 1 : newline;

		fill_line(facts, template, end, to);
		template = end;
	}
}

void
notice_corp(const struct notice_kind *kind, const struct facts *facts, struct text *to)
{
	if (kind->flags & NOTICE_SUITE_WIDE)
		text_printf(to, "suite:%s", facts->value[FACT_SUITE]);
	else
		text_adds(to, facts->value[FACT_CORP]);
}

void
notice_xml(const struct notice_kind *kind, const struct facts *facts, const char *key_element, const char *key,
    struct text *to)
{
	text_adds(to, "<xml>\n");
	fill(facts, kind->xml, to);
	if (key_element != NULL)
		text_printf(to, "<%s>%s</%s>\n", key_element, key, key_element);
	text_adds(to, "</xml>");
}

void
notice_what(const struct notice_kind *kind, const struct facts *facts, struct text *to)
{
	fill(facts, kind->what, to);
}
