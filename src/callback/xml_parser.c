/* The thread's parser.  Never shared between threads, never kept after a document that was refused. */
#include "xml_parser.h"

#include <pthread.h>

#define KEEP_DICT_BYTES ((size_t)64 * 1024)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t parser_key;
static bool has_key;

static void
parser_free(void *parser)
{
	xmlFreeParserCtxt(parser);
}

static void
parser_once(void)
{
	xmlInitParser();
	has_key = pthread_key_create(&parser_key, parser_free) == 0;
}

static xmlParserCtxt *
parser_new(void)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();

	if (parser != NULL)
		xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOERROR);
	return parser;
}

xmlParserCtxt *
xml_parser_take(const xmlSAXHandler *events)
{
	xmlParserCtxt *parser = NULL;

	pthread_once(&once, parser_once);
	if (has_key)
		parser = pthread_getspecific(parser_key);
	if (parser != NULL)
		pthread_setspecific(parser_key, NULL);
	else
		parser = parser_new();
	if (parser != NULL)
		*parser->sax = *events;
	return parser;
}

void
xml_parser_return(xmlParserCtxt *parser, bool is_usual)
{
	xmlCtxtReset(parser);
	if (is_usual && has_key && xmlDictGetUsage(parser->dict) <= KEEP_DICT_BYTES &&
	    pthread_setspecific(parser_key, parser) == 0)
		return;
	xmlFreeParserCtxt(parser);
}
