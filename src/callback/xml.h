/* XML to a tree: no DTD, no entities beyond the five, no network, UTF-8 only, bounded depth. */
#ifndef WECOM_XML_H
#define WECOM_XML_H

#include "event.h"
#include "status.h"
#include "tree.h"

#define XML_DEPTH_MAX EVENT_DEPTH_MAX

/*
 *   text      borrowed; blanks around it are ignored
 *   nodes_max elements and attributes; TREE_NODES_ANY leaves the bound to the memory
 *   ret_root  in `mem`: the root element
 * Values: a leaf's text as it stands, CDATA or not; a run of blanks next to a tag or a CDATA section is layout and
 * is dropped, unless it is all that the leaf has.
 * ST_BAD_INPUT: not well-formed, DOCTYPE, invalid or other than UTF-8, too deep, a tag longer than 2048 bytes, too many
 * nodes.
 * ST_NOMEM, ST_BUG.
 */
enum status xml_read(struct span text, size_t nodes_max, struct arena *mem, struct tree_node **ret_root,
    struct detail *why) must_check;

#endif
