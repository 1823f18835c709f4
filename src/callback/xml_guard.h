/* A bound that libxml2 lacks. */
#ifndef WECOM_XML_GUARD_H
#define WECOM_XML_GUARD_H

#include <stdbool.h>

#include "span.h"

/*
 * Bytes of one tag.  libxml2 compares every attribute of a tag with all others: a megabyte of attributes in the unsigned
 * envelope would cost many seconds.  WeCom sends none at all.
 */
#define XML_TAG_MAX_BYTES 2048

/* Is there a tag longer than that, in what precedes the first fault of the document? */
bool xml_has_long_tag(struct span text);

#endif
