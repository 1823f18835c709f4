/* JSON mode by json-c's strict parser.  Never keeps a json-c object: what is wanted is copied into the arena. */
#include "json.h"

#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "scope.h"
#include "utf8.h"

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)
SCOPE_CLEANUP(json_tokener, struct json_tokener *, json_tokener_free)

static enum status json_node(struct tree_node *parent, struct span name, struct json_object *value, struct arena *mem);

bool
json_is_object(struct span text)
{
	text = span_trim(text);
	return text.n > 0 && text.at[0] == '{';
}

static enum status
json_items(struct tree_node *node, struct span name, struct json_object *array, struct arena *mem)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < json_object_array_length(array); i++)
		st = json_node(node, name, json_object_array_get_idx(array, i), mem);
	return st;
}

static enum status
json_members(struct tree_node *node, struct json_object *object, struct arena *mem)
{
	struct json_object_iterator at = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);
	enum status st = ST_OK;

	for (; st == ST_OK && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		struct span name = span_of(json_object_iter_peek_name(&at));
		struct json_object *value = json_object_iter_peek_value(&at);

		if (tree_is_item(name) && json_object_is_type(value, json_type_array))
			st = json_items(node, name, value, mem);
		else
			st = json_node(node, name, value, mem);
	}
	return st;
}

/* The text of a string without its quotes, of anything else as it was written. */
static enum status
json_value(struct tree_node *node, struct json_object *value, struct arena *mem)
{
	struct span text = SPAN("null");

	if (json_object_is_type(value, json_type_string))
		text = (struct span){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
	else if (value != NULL)
		text = span_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
	node->value = text.at == NULL ? text : arena_copy(mem, text);
	return node->value.at == NULL ? ST_NOMEM : ST_OK;
}

static enum status
json_node(struct tree_node *parent, struct span name, struct json_object *value, struct arena *mem)
{
	struct tree_node *node = tree_add(parent, name, mem);

	if (node == NULL)
		return ST_NOMEM;
	if (json_object_is_type(value, json_type_object)) {
		node->kind = TREE_OBJECT;
		return json_members(node, value, mem);
	}
	if (json_object_is_type(value, json_type_array)) {
		node->kind = TREE_LIST;
		return json_items(node, SPAN(TREE_ITEM_NAME), value, mem);
	}
	return json_value(node, value, mem);
}

/* A backslash occurs inside strings only, and takes the byte behind it with it. */
static bool
has_nul_escape(struct span text)
{
	const char *at = text.at, *stop = text.at + text.n;

	while (at < stop && (at = memchr(at, '\\', (size_t)(stop - at))) != NULL) {
		if (stop - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
		at += stop - at >= 2 ? 2 : 1;
	}
	return false;
}

/* Behind the string that begins at `at`. */
static const char *
string_end(const char *at, const char *stop)
{
	for (at++; at < stop && *at != '"'; at++)
		at += *at == '\\';
	return at < stop ? at + 1 : stop;
}

/* Looked at before json-c makes 100 to 300 bytes of each value: a mark begins or parts each of them. */
static bool
has_more_values(struct span text, size_t most)
{
	const char *at = text.at, *stop = text.at + text.n;
	size_t n = 0;

	while (at < stop && n <= most) {
		if (*at == '"') {
			at = string_end(at, stop);
			continue;
		}
		n += *at == ',' || *at == '{' || *at == '[';
		at++;
	}
	return n > most;
}

enum status
json_read(struct span text, size_t nodes_max, struct arena *mem, struct tree_node **ret_root, struct detail *why)
{
	scoped(json_tokener) struct json_tokener *tokener = NULL;
	scoped(json_object) struct json_object *object = NULL;
	struct tree_node *root;
	enum status st;

	text = span_trim(text);
	if (text.n > INT_MAX || !utf8_is_text(text) || has_nul_escape(text)) {
		detail_set(why, "JSON: not UTF-8 text, or a NUL in it");
		return ST_BAD_INPUT;
	}
	if (nodes_max != TREE_NODES_ANY && has_more_values(text, nodes_max)) {
		detail_set(why, "JSON: too many values");
		return ST_BAD_INPUT;
	}
	tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (tokener == NULL)
		return ST_NOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, text.at, (int)text.n);
	if (!json_object_is_type(object, json_type_object) || json_tokener_get_parse_end(tokener) != text.n) {
		detail_set(why, "JSON: %s", json_tokener_error_desc(json_tokener_get_error(tokener)));
		return ST_BAD_INPUT;
	}
	root = tree_add(NULL, SPAN("xml"), mem);
	if (root == NULL)
		return ST_NOMEM;
	root->kind = TREE_OBJECT;
	st = json_members(root, object, mem);
	if (st == ST_OK)
		*ret_root = root;
	return st;
}
