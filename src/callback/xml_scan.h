/* What happens to XML text before libxml2 sees it. */
#ifndef WECOM_XML_SCAN_H
#define WECOM_XML_SCAN_H

#include "arena.h"
#include "span.h"
#include "status.h"

/*
 * Bytes of one tag.  libxml2 compares every attribute of a tag with all others: a megabyte of attributes costs many
 * seconds.  WeCom sends none at all.
 */
#define XML_TAG_MAX_BYTES 2048

/* The content of a CDATA section that was taken out. */
struct xml_cut {
	struct span text;
	struct xml_cut *next;
};

struct xml_scan {
	struct span text;	/* for libxml2: every CDATA section of a cut is empty, so is none of the others */
	struct xml_cut *cuts;	/* one for each empty section, in order */
};

/*
 * Take the contents out of CDATA sections: libxml2 reads them character by character, which was 12 of the 31 us of a
 * whole callback.  Sections with control characters or code points from U+F000 stay, for libxml2 to judge.
 *   text      borrowed: valid UTF-8; the result borrows from it or lives in `mem`
 * Holds for what precedes the first fault of a document that is not well-formed, no further.
 * ST_BAD_INPUT: a tag is longer than XML_TAG_MAX_BYTES.  ST_NOMEM.
 */
enum status xml_scan(struct span text, struct arena *mem, struct xml_scan *ret_scan) must_check;

#endif
