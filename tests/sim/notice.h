/*
 * Events and messages as WeCom writes them (protocol sections 8 to 10): a table of templates, one per kind, filled
 * from facts.  The templates keep the oddities of the real thing (blanks before CDATA, `change_editon`, repeated
 * AccountList, …).
 *
 * Template language:
 *   {name}     the fact in CDATA
 *   {#name}    the fact as plain character data
 *   {=words}   the words in CDATA
 *   {items}    one <Item>…</Item> for each member of facts.items, no CDATA
 *   ?name line the line only when the fact is given (not NULL; may be empty)
 */
#ifndef SIM_NOTICE_H
#define SIM_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"
#include "wire.h"

enum fact {
	FACT_SUITE,
	FACT_PROVIDER,
	FACT_CORP,
	FACT_AGENT,
	FACT_TIME,
	FACT_LATER, /* some time after FACT_TIME */
	FACT_USER,
	FACT_NEW_USER,
	FACT_OTHER_USER,
	FACT_CUSTOMER,
	FACT_STATE,
	FACT_WELCOME,
	FACT_SOURCE,
	FACT_REASON,
	FACT_CHAT,
	FACT_SCENE,
	FACT_COUNT,
	FACT_LAST,
	FACT_CURRENT,
	FACT_TAG,
	FACT_TAG_TYPE,
	FACT_DEPARTMENTS, /* comma list */
	FACT_PARTY,
	FACT_PARENT,
	FACT_ORDER, /* the sort value of a department */
	FACT_STATUS,
	FACT_TICKET,
	FACT_CODE,
	FACT_TOKEN,
	FACT_SALE, /* order id of a purchase */
	FACT_OLD_SALE,
	FACT_LINK,
	FACT_MSGID,
	FACT_CONTENT,
	FACT_MEDIA,
	FACT_N
};

#define FACTS_ITEMS_MAX 64

struct facts {
	const char *value[FACT_N]; /* borrowed, or in `scratch`; NULL: not given */
	const char *items[FACTS_ITEMS_MAX];
	size_t items_n;
	char scratch[4096]; /* facts_printf */
	size_t scratch_n;
};

/* The fact becomes the printed text, kept in the facts' own scratch. */
void facts_printf(struct facts *facts, enum fact fact, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* One more member of {items}, copied into the scratch. */
void facts_item(struct facts *facts, const char *id);

enum notice_flag {
	NOTICE_SUITE_WIDE = 1, /* names no corp */
	NOTICE_ANYTIME = 2,    /* needs no change of the truth: may happen at any moment */
};

struct notice_kind {
	const char *name; /* InfoType/ChangeType/…, MsgType or event/Event, with a variant behind it */
	enum route route;
	unsigned int flags;
	const char *what; /* a short line for people, same language */
	const char *xml;  /* inside of <xml>…</xml>, same language */
};

extern const struct notice_kind notice_command_kinds[];
extern const size_t notice_command_kinds_n;
extern const struct notice_kind notice_data_kinds[];
extern const size_t notice_data_kinds_n;
extern const struct notice_kind notice_system_kinds[];
extern const size_t notice_system_kinds_n;

size_t notice_kinds_n(void);
const struct notice_kind *notice_kind_at(size_t i);
/* NULL: no such kind. */
const struct notice_kind *notice_find(const char *name);

/* The corp under which the event is filed: the fact, or suite:<suite_id>.  Appended. */
void notice_corp(const struct notice_kind *kind, const struct facts *facts, struct text *to);

/*
 * The whole plaintext, appended.
 *   key_element  name of an extra element that makes the event unique, or NULL
 *   key          its value
 */
void notice_xml(const struct notice_kind *kind, const struct facts *facts, const char *key_element, const char *key,
    struct text *to);

/* The line for people, appended. */
void notice_what(const struct notice_kind *kind, const struct facts *facts, struct text *to);

#endif
