/* JSON to the same tree as XML (protocol 4.1: JSON mode). */
#ifndef WECOM_JSON_H
#define WECOM_JSON_H

#include "event.h"
#include "status.h"
#include "tree.h"

#define JSON_DEPTH_MAX EVENT_DEPTH_MAX

/* Does JSON mode apply?  The first non-blank byte is `{`. */
bool json_is_object(struct span text);

/*
 *   text      borrowed: one JSON object; blanks around it are ignored
 *   nodes_max values; TREE_NODES_ANY leaves the bound to the memory
 *   ret_root  in `mem`: an object named "xml", as the root of XML is
 * Members become children; numbers, true, false and null their text (a whole number beyond 64 bits the nearest one
 * within, json-c keeps no more); an array a list of "Item", and an array that is
 * itself called Item or item the Items of the object around it.
 * ST_BAD_INPUT: not an object, not strict JSON, too deep, too many values, invalid UTF-8, \u0000 (jsonb cannot
 * hold it).  ST_NOMEM.
 */
enum status json_read(struct span text, size_t nodes_max, struct arena *mem, struct tree_node **ret_root,
    struct detail *why) must_check;

#endif
