/* The tree both readers build and all of event_*.c walks.  Knows nothing of XML, JSON or events. */
#include "tree.h"

struct tree_node *
tree_add(struct tree_node *parent, struct span name, struct arena *mem)
{
	struct tree_node *node = arena_alloc(mem, sizeof(*node));
	struct span copy = arena_copy(mem, name);

	if (node == NULL || copy.at == NULL)
		return NULL;
	node->name = copy;
	node->kind = TREE_VALUE;
	node->value = SPAN("");
	if (parent == NULL)
		return node;
	if (parent->last == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	return node;
}

const struct tree_node *
tree_find(const struct tree_node *parent, struct span name)
{
	const struct tree_node *node = parent->first;

	while (node != NULL && !span_equal(node->name, name))
		node = node->next;
	return node;
}

struct span
tree_text(const struct tree_node *parent, struct span name)
{
	const struct tree_node *node = tree_find(parent, name);
	struct span text;

	/* a value that carries attributes has its text in a child */
	if (node != NULL && node->kind == TREE_OBJECT)
		node = tree_find(node, SPAN(TREE_TEXT_NAME));
	if (node == NULL || node->kind != TREE_VALUE)
		return (struct span){NULL, 0};
	text = span_trim(node->value);
	return text.n > 0 ? text : (struct span){NULL, 0};
}

struct span
tree_code(const struct tree_node *parent, struct span name, size_t most)
{
	struct span text = tree_text(parent, name);
	bool is_usable = text.n <= most;

	for (size_t i = 0; is_usable && i < text.n; i++)
		is_usable = (unsigned char)text.at[i] >= ' ' && text.at[i] != '\x7f';
	return is_usable ? text : (struct span){NULL, 0};
}

bool
tree_is_item(struct span name)
{
	return span_equal(name, SPAN(TREE_ITEM_NAME)) || span_equal(name, SPAN("item"));
}
