/*
 * What is kept of an event: the normalised tree as a hash and as JSON.  The hash is taken of the clear values, the JSON
 * never holds a secret.
 */
#include "event_body.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "scope.h"

#define MASK "***"
#define TEXT(literal) {literal, sizeof(literal) - 1}
#define CANONICAL_VERSION "wecom.event.1"	/* changes when the canonical form does: identities are stored */

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)

/* Written by people or scanned: blanks at the ends belong to the value. */
static const struct span free_texts[] = {
    TEXT("Content"), TEXT("Description"), TEXT("ErrMsg"), TEXT("Label"), TEXT("Name"), TEXT("Poiname"),
    TEXT("ScanResult"), TEXT("Text"), TEXT("Title"), TEXT("Value"),
};

/* Never stored in the clear (design section 5); any case, for JSON mode spells names its own way. */
static const struct span secrets[] = {
    TEXT("AccessToken"), TEXT("AuthCode"), TEXT("ChatKey"), TEXT("RegisterCode"), TEXT("ResponseCode"),
    TEXT("SuiteTicket"), TEXT("Token"),
};

static bool
is_secret(struct span name)
{
	if (name.n > 0 && name.at[0] == '@') {
		name.at++;
		name.n--;
	}
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (name.n == secrets[i].n && strncasecmp(name.at, secrets[i].at, name.n) == 0)
			return true;
	return false;
}

static bool
keeps_blanks(struct span name)
{
	if (name.n > 0 && (name.at[0] == '@' || name.at[0] == '#'))
		return true;
	for (size_t i = 0; i < sizeof(free_texts) / sizeof(free_texts[0]); i++)
		if (span_equal(name, free_texts[i]))
			return true;
	return false;
}

/* At least one child, and all of them called Item, or all item. */
static bool
holds_items_only(const struct tree_node *node)
{
	if (node->first == NULL || !tree_is_item(node->first->name))
		return false;
	for (const struct tree_node *child = node->first->next; child != NULL; child = child->next)
		if (!span_equal(child->name, node->first->name))
			return false;
	return true;
}

/* A list of one: what the node held before. */
static enum status
wrap_as_list(struct tree_node *node, struct arena *mem)
{
	struct tree_node *item = tree_add(NULL, SPAN(TREE_ITEM_NAME), mem);

	if (item == NULL)
		return ST_NOMEM;
	item->kind = node->kind;
	item->value = node->value;
	item->first = node->first;
	item->last = node->last;
	node->kind = TREE_LIST;
	node->value = SPAN("");
	node->first = item;
	node->last = item;
	return ST_OK;
}

static enum status
normalise(struct tree_node *node, struct arena *mem)
{
	struct span trimmed = span_trim(node->value);
	enum status st = ST_OK;

	if (trimmed.n != node->value.n && !keeps_blanks(node->name))
		node->value = trimmed;
	for (struct tree_node *child = node->first; st == ST_OK && child != NULL; child = child->next)
		st = normalise(child, mem);
	if (st != ST_OK)
		return st;
	if (node->kind == TREE_OBJECT && holds_items_only(node))
		node->kind = TREE_LIST;
	if (node->kind == TREE_LIST || !span_equal(node->name, SPAN("MemChangeList")))
		return ST_OK;
	if (node->kind == TREE_VALUE && node->value.n == 0) {
		node->kind = TREE_LIST;
		return ST_OK;
	}
	return wrap_as_list(node, mem);
}

enum status
event_normalise(struct tree_node *root, struct arena *mem)
{
	enum status st = ST_OK;

	for (struct tree_node *child = root->first; st == ST_OK && child != NULL; child = child->next)
		st = normalise(child, mem);
	if (st != ST_OK || root->kind != TREE_VALUE)
		return st;
	root->kind = TREE_OBJECT;
	root->value = span_trim(root->value);
	if (root->value.n > 0) {
		struct tree_node *text = tree_add(root, SPAN(TREE_TEXT_NAME), mem);

		if (text == NULL)
			return ST_NOMEM;
		text->value = root->value;
	}
	return ST_OK;
}

/* Canonical form of a node: kind, name, then the value or the count of children and the children. */
static size_t
canonical_bytes(const struct tree_node *node)
{
	size_t n = 1 + 4 + node->name.n + 4 + (node->kind == TREE_VALUE ? node->value.n : 0);

	for (const struct tree_node *child = node->first; child != NULL; child = child->next)
		n += canonical_bytes(child);
	return n;
}

static unsigned char *
put_number(unsigned char *at, size_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (unsigned char)(n >> shift);
	return at;
}

static unsigned char *
put_span(unsigned char *at, struct span s)
{
	at = put_number(at, s.n);
	if (s.n > 0)
		memcpy(at, s.at, s.n);
	return at + s.n;
}

static unsigned char *
put_node(unsigned char *at, const struct tree_node *node)
{
	size_t children_n = 0;

	*at++ = (unsigned char)node->kind;
	at = put_span(at, node->name);
	if (node->kind == TREE_VALUE)
		return put_span(at, node->value);
	for (const struct tree_node *child = node->first; child != NULL; child = child->next)
		children_n++;
	at = put_number(at, children_n);
	for (const struct tree_node *child = node->first; child != NULL; child = child->next)
		at = put_node(at, child);
	return at;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;		/* fetched once for the process: the search costs more than the hash */

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

enum status
event_identify(const struct tree_node *root, struct span suite, struct span corp, struct arena *mem,
    unsigned char ret_hash[EVENT_HASH_BYTES])
{
	const struct span version = SPAN(CANONICAL_VERSION);
	size_t n = 3 * 4 + version.n + suite.n + corp.n + canonical_bytes(root);
	unsigned char *start = arena_alloc(mem, n), *at;

	if (start == NULL)
		return ST_NOMEM;
	at = put_span(start, version);
	at = put_span(at, suite);
	at = put_span(at, corp);
	at = put_node(at, root);
	pthread_once(&once, sha256_fetch);
	if (sha256 == NULL || EVP_Digest(start, (size_t)(at - start), ret_hash, NULL, sha256, NULL) != 1)
		return ST_BUG;
	return ST_OK;
}

static struct json_object *json_of(const struct tree_node *node);

static struct json_object *
json_of_list(const struct tree_node *node)
{
	scoped(json_object) struct json_object *array = json_object_new_array();

	for (const struct tree_node *child = node->first; array != NULL && child != NULL; child = child->next) {
		scoped(json_object) struct json_object *value = json_of(child);

		if (value == NULL || json_object_array_add(array, value) != 0)
			return NULL;
		value = NULL;
	}
	return steal(array);
}

/* Tells an array made of siblings from a list that was sent as one. */
static char siblings_mark;

/* The array of all siblings of a name: made of `known` at the second one, found again at the third. */
static struct json_object *
siblings_array(struct json_object *object, struct span name, struct json_object *known)
{
	scoped(json_object) struct json_object *array = NULL;

	if (json_object_get_userdata(known) == &siblings_mark)
		return known;
	array = json_object_new_array();
	if (array == NULL || json_object_array_add(array, known) != 0)
		return NULL;
	json_object_get(known);	/* the object's own reference ends below */
	json_object_set_userdata(array, &siblings_mark, NULL);
	if (json_object_object_add(object, name.at, array) != 0)
		return NULL;
	return steal(array);
}

/* The value is taken over on success only. */
static bool
object_add(struct json_object *object, struct span name, struct json_object *value)
{
	struct json_object *known;

	/* the name lives in the arena, longer than the object */
	if (!json_object_object_get_ex(object, name.at, &known))
		return json_object_object_add_ex(object, name.at, value,
		    JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) == 0;
	known = siblings_array(object, name, known);
	return known != NULL && json_object_array_add(known, value) == 0;
}

static struct json_object *
json_of_object(const struct tree_node *node)
{
	scoped(json_object) struct json_object *object = json_object_new_object();

	for (const struct tree_node *child = node->first; object != NULL && child != NULL; child = child->next) {
		scoped(json_object) struct json_object *value = json_of(child);

		if (value == NULL || !object_add(object, child->name, value))
			return NULL;
		value = NULL;
	}
	return steal(object);
}

static struct json_object *
json_of(const struct tree_node *node)
{
	if (is_secret(node->name))
		return json_object_new_string(MASK);
	if (node->kind == TREE_OBJECT)
		return json_of_object(node);
	if (node->kind == TREE_LIST)
		return json_of_list(node);
	return json_object_new_string_len(node->value.at, (int)node->value.n);
}

enum status
event_body_json(const struct tree_node *root, struct arena *mem, struct span *ret_body)
{
	scoped(json_object) struct json_object *object = json_of_object(root);
	struct span text = {NULL, 0};

	if (object != NULL)
		text.at = json_object_to_json_string_length(object,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &text.n);
	if (text.at == NULL)
		return ST_NOMEM;
	*ret_body = arena_copy(mem, text);
	return ret_body->at == NULL ? ST_NOMEM : ST_OK;
}
