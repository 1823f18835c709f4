/* The form of an event that is kept: one tree, its identity, its JSON. */
#ifndef WECOM_EVENT_BODY_H
#define WECOM_EVENT_BODY_H

#include "event.h"
#include "tree.h"

/*
 * Bring a freshly read tree into the form that identity and body share:
 *  - values are trimmed, but for those that people write (Content, Title, ... : the table in event_body.c), attributes
 *    and mixed text;
 *  - an element (not the root) whose children are all Item, or all item, is a list;
 *  - MemChangeList is a list whatever it holds, also when empty;
 *  - the root is an object whatever it holds.
 * ST_NOMEM.
 */
enum status event_normalise(struct tree_node *root, struct arena *mem) must_check;

/*
 * SHA-256 of suite, corp and the normalised tree: names, values and children in order, each with its length before it.
 * Mixed text counts, its place among the children does not.  ST_NOMEM, ST_BUG (OpenSSL).
 */
enum status event_identify(const struct tree_node *root, struct span suite, struct span corp, struct arena *mem,
    unsigned char ret_hash[EVENT_HASH_BYTES]) must_check;

/*
 * JSON text of a normalised tree (design section 5): objects, lists as arrays, all values strings, a name repeated
 * among siblings an array in order, secrets masked at any depth.  Result in `mem`.  ST_NOMEM.
 */
enum status event_body_json(const struct tree_node *root, struct arena *mem, struct span *ret_body) must_check;

#endif
