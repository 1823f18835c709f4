/* libxml2 parsers, one kept by each thread between documents: making one costs as much as a small document. */
#ifndef WECOM_XML_PARSER_H
#define WECOM_XML_PARSER_H

#include <stdbool.h>

#include <libxml/parser.h>

/* A parser that calls `events` with its userData, silent and without network.  NULL: no memory. */
xmlParserCtxt *xml_parser_take(const xmlSAXHandler *events);

/*
 * Give it back.  It is kept for the thread's next document when that one is small and usual (is_usual) and its
 * dictionary of names still is; what a hostile document made it grow goes back at once.
 */
void xml_parser_return(xmlParserCtxt *parser, bool is_usual);

#endif
