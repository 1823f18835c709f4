/*
 * A parsed document, XML or JSON alike, as one tree in a request's arena.  Attributes and mixed text are ordinary
 * children ("@name", "#text"), so that whoever walks the tree knows one shape only.
 */
#ifndef WECOM_TREE_H
#define WECOM_TREE_H

#include <stdint.h>

#include "arena.h"
#include "span.h"

enum tree_kind { TREE_VALUE, TREE_OBJECT, TREE_LIST };

struct tree_node {
	struct span name;		/* as sent; a NUL follows it */
	enum tree_kind kind;
	struct span value;		/* of TREE_VALUE; never absent */
	struct tree_node *first;	/* children in order, of the other kinds */
	struct tree_node *last;
	struct tree_node *next;
};

#define TREE_TEXT_NAME "#text"
#define TREE_ITEM_NAME "Item"
#define TREE_NODES_ANY SIZE_MAX	/* nodes_max of a reader: no bound beside its memory */

/* A new last child of `parent` (NULL: a root), a value "" so far.  The name is copied.  NULL: memory is used up. */
struct tree_node *tree_add(struct tree_node *parent, struct span name, struct arena *mem);

/* The first child of that name, or NULL. */
const struct tree_node *tree_find(const struct tree_node *parent, struct span name);

/* The trimmed text of the first child of that name; absent when there is none, when it is structured or blank. */
struct span tree_text(const struct tree_node *parent, struct span name);

/* As tree_text, but absent also when it cannot be a key: longer than `most` bytes, or with control characters. */
struct span tree_code(const struct tree_node *parent, struct span name, size_t most);

/* Item or item: the names that make a list of the element around them. */
bool tree_is_item(struct span name);

#endif
