/*
 * The user of libxml2 (with xml_parser.c): its SAX events become a tree.  Never loads anything,
 * never lets libxml2 print, never builds a libxml2 document.
 */
#include "xml.h"

#include <limits.h>
#include <string.h>

#include <libxml/parserInternals.h>

#include "utf8.h"
#include "xml_parser.h"
#include "xml_guard.h"

/* A longer document makes a parser grow too much to be kept. */
#define XML_KEEP_TEXT_BYTES ((size_t)64 * 1024)

/* One open element and the text gathered for it. */
struct xml_frame {
	struct tree_node *node;
	char *text;
	size_t n;
	size_t size;
	size_t run_start;	/* where the text since the last tag or CDATA bound begins */
	bool is_divided;	/* has a CDATA section, a child or an attribute: blank runs are layout */
};

struct xml_builder {
	xmlParserCtxt *parser;
	struct arena *mem;
	struct tree_node *root;
	size_t nodes_left;
	size_t depth;
	struct xml_frame frames[XML_DEPTH_MAX];
	enum status status;
	const char *reason;	/* of a refusal that is ours; static */
	int error_code;		/* of libxml2 */
	int error_line;
};

static void
builder_stop(struct xml_builder *b, enum status st, const char *reason)
{
	if (b->status != ST_OK)
		return;
	b->status = st;
	b->reason = reason;
	xmlStopParser(b->parser);
}

static bool
is_blank(struct span s)
{
	return span_trim(s).n == 0;
}

static void
run_end(struct xml_frame *frame)
{
	if (frame->n == frame->run_start)
		return;
	if (frame->is_divided && is_blank((struct span){frame->text + frame->run_start, frame->n - frame->run_start}))
		frame->n = frame->run_start;
	frame->run_start = frame->n;
}

/* Doubling, so that a text of many small pieces (character references) costs a constant factor only. */
static bool
frame_reserve(struct xml_frame *frame, size_t n, struct arena *mem)
{
	size_t size = frame->n + n > 2 * frame->size ? frame->n + n : 2 * frame->size;
	char *text;

	if (frame->n + n <= frame->size)
		return true;
	text = arena_alloc(mem, size);
	if (text == NULL)
		return false;
	if (frame->n > 0)
		memcpy(text, frame->text, frame->n);
	frame->text = text;
	frame->size = size;
	return true;
}

static void
sax_text(void *data, const xmlChar *at, int n)
{
	struct xml_builder *b = data;
	struct xml_frame *frame;

	if (b->status != ST_OK || b->depth == 0 || n <= 0)
		return;
	frame = &b->frames[b->depth - 1];
	if (!frame_reserve(frame, (size_t)n, b->mem)) {
		builder_stop(b, ST_NOMEM, NULL);
		return;
	}
	memcpy(frame->text + frame->n, at, (size_t)n);
	frame->n += (size_t)n;
}

/* XML's line ends (section 2.11): the push parser leaves those of a CDATA section as they were sent. */
static void
sax_lines(void *data, const xmlChar *at, int n)
{
	int start = 0;

	for (int i = 0; i < n; i++) {
		if (at[i] != '\r')
			continue;
		sax_text(data, at + start, i - start);
		if (i + 1 == n || at[i + 1] != '\n')
			sax_text(data, BAD_CAST "\n", 1);
		start = i + 1;
	}
	sax_text(data, at + start, n - start);
}

static void
sax_cdata(void *data, const xmlChar *at, int n)
{
	struct xml_builder *b = data;
	struct xml_frame *frame;

	if (b->status != ST_OK || b->depth == 0)
		return;
	frame = &b->frames[b->depth - 1];
	frame->is_divided = true;
	run_end(frame);
	if (memchr(at, '\r', (size_t)n) == NULL)
		sax_text(data, at, n);
	else
		sax_lines(data, at, n);
	frame->run_start = frame->n;
}

static struct span
span_of_xml(const xmlChar *text)
{
	return span_of((const char *)text);
}

/* "prefix:name" as it was sent; {NULL,0} when memory is used up. */
static struct span
whole_name(const xmlChar *prefix, const xmlChar *name, const char *mark, struct arena *mem)
{
	if (prefix == NULL)
		return arena_printf(mem, "%s%s", mark, (const char *)name);
	return arena_printf(mem, "%s%s:%s", mark, (const char *)prefix, (const char *)name);
}

static bool
node_add_attribute(struct tree_node *node, struct span name, struct span value, struct arena *mem)
{
	struct tree_node *child = name.at == NULL ? NULL : tree_add(node, name, mem);

	if (child == NULL)
		return false;
	node->kind = TREE_OBJECT;
	child->value = arena_copy(mem, value);
	return child->value.at != NULL;
}

/* Attributes become children named "@name", those that declare namespaces too: the content is kept as it was sent. */
static bool
node_add_attributes(struct tree_node *node, int namespaces_n, const xmlChar **namespaces, int attributes_n,
    const xmlChar **attributes, struct arena *mem)
{
	bool is_good = true;

	for (int i = 0; is_good && i < namespaces_n; i++) {
		const xmlChar *prefix = namespaces[2 * i];
		struct span name = prefix == NULL ? SPAN("@xmlns") : whole_name(BAD_CAST "xmlns", prefix, "@", mem);

		is_good = node_add_attribute(node, name, span_of_xml(namespaces[2 * i + 1]), mem);
	}
	for (int i = 0; is_good && i < attributes_n; i++) {
		const xmlChar **at = attributes + (ptrdiff_t)5 * i;	/* name, prefix, URI, value, its end */
		struct span value = {(const char *)at[3], (size_t)(at[4] - at[3])};

		is_good = node_add_attribute(node, whole_name(at[1], at[0], "@", mem), value, mem);
	}
	return is_good;
}

static bool
builder_count(struct xml_builder *b, size_t n)
{
	if (n > b->nodes_left) {
		builder_stop(b, ST_BAD_INPUT, "too many elements");
		return false;
	}
	b->nodes_left -= n;
	return true;
}

static void
sax_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces_n,
    const xmlChar **namespaces, int attributes_n, int defaulted_n, const xmlChar **attributes)
{
	struct xml_builder *b = data;
	struct tree_node *parent = NULL, *node;
	struct span whole = span_of_xml(name);

	(void)uri;
	(void)defaulted_n;	/* none: there is no DTD */
	if (b->status != ST_OK)
		return;
	if (b->depth == XML_DEPTH_MAX) {
		builder_stop(b, ST_BAD_INPUT, "elements are nested too deep");
		return;
	}
	if (!builder_count(b, 1 + (size_t)namespaces_n + (size_t)attributes_n))
		return;
	if (b->depth > 0) {
		struct xml_frame *outer = &b->frames[b->depth - 1];

		outer->is_divided = true;
		run_end(outer);
		parent = outer->node;
		parent->kind = TREE_OBJECT;
	}
	if (prefix != NULL)
		whole = whole_name(prefix, name, "", b->mem);
	node = whole.at == NULL ? NULL : tree_add(parent, whole, b->mem);
	if (node == NULL ||
	    !node_add_attributes(node, namespaces_n, namespaces, attributes_n, attributes, b->mem)) {
		builder_stop(b, ST_NOMEM, NULL);
		return;
	}
	if (parent == NULL)
		b->root = node;
	b->frames[b->depth++] = (struct xml_frame){.node = node, .is_divided = node->first != NULL};
}

static void
sax_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_builder *b = data;
	struct xml_frame *frame;
	struct tree_node *holder;

	(void)name;
	(void)prefix;
	(void)uri;
	if (b->status != ST_OK || b->depth == 0)
		return;
	frame = &b->frames[--b->depth];
	run_end(frame);
	if (frame->n == 0)
		return;
	holder = frame->node;
	if (holder->kind == TREE_OBJECT)
		holder = tree_add(holder, SPAN(TREE_TEXT_NAME), b->mem);
	if (holder == NULL)
		builder_stop(b, ST_NOMEM, NULL);
	else
		holder->value = (struct span){frame->text, frame->n};
}

/* Called for every DOCTYPE, before anything inside it is read. */
static void
sax_doctype(void *data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	(void)name;
	(void)external_id;
	(void)system_id;
	builder_stop(data, ST_BAD_INPUT, "a DOCTYPE is not allowed");
}

/* The XML declaration has been read; "UTF-8" leaves no name here, any other encoding does. */
static void
sax_document(void *data)
{
	struct xml_builder *b = data;
	const xmlParserInput *input = b->parser->input;

	if (input != NULL && input->encoding != NULL)
		builder_stop(b, ST_BAD_INPUT, "declared in an encoding other than UTF-8");
}

/* The first fatal error ends it. */
static void
sax_error(void *data, xmlError *error)
{
	struct xml_builder *b = data;

	if (error->level < XML_ERR_FATAL || b->status != ST_OK)
		return;
	b->error_code = error->code;
	b->error_line = error->line;
	if (error->code == XML_ERR_NO_MEMORY)
		builder_stop(b, ST_NOMEM, NULL);
	else
		builder_stop(b, ST_BAD_INPUT, NULL);
}

static const xmlSAXHandler events = {
    .initialized = XML_SAX2_MAGIC,	/* for the three below that SAX1 lacks */
    .startDocument = sax_document,
    .startElementNs = sax_start,
    .endElementNs = sax_end,
    .characters = sax_text,
    .ignorableWhitespace = sax_text,
    .cdataBlock = sax_cdata,
    .internalSubset = sax_doctype,
    .externalSubset = sax_doctype,
    .serror = sax_error,
};

static enum status
xml_check(struct span text, struct detail *why)
{
	if (text.n == 0) {
		detail_set(why, "XML: empty");
		return ST_BAD_INPUT;
	}
	if (text.n > INT_MAX || !utf8_is_text(text)) {
		detail_set(why, "XML: not UTF-8 text");
		return ST_BAD_INPUT;
	}
	return ST_OK;
}

/* What the document was refused for, without a byte of it. */
static void
builder_tell(const struct xml_builder *b, struct detail *why)
{
	if (b->status == ST_NOMEM)
		detail_set(why, "XML: memory is used up");
	else if (b->reason != NULL)
		detail_set(why, "XML: %s", b->reason);
	else
		detail_set(why, "XML: not well-formed in line %d (libxml2 error %d)", b->error_line, b->error_code);
}

/*
 * The push parser, for it takes a CDATA section as a whole; the other one reads it character by character, which was a
 * third of a callback's time.  The callbacks leave the result in the builder, no document is built.
 */
static enum status
builder_parse(struct xml_builder *b, struct span text)
{
	if (xmlCtxtResetPush(b->parser, NULL, 0, NULL, NULL) != 0)
		return ST_NOMEM;
	(void)xmlParseChunk(b->parser, text.at, (int)text.n, 1);
	if (b->status == ST_OK && (!b->parser->wellFormed || b->root == NULL))
		return ST_BAD_INPUT;
	return b->status;
}

static void
builder_run(struct xml_builder *b, struct span text)
{
	b->parser->userData = b;
	b->status = builder_parse(b, text);
	xml_parser_return(b->parser, b->status == ST_OK && text.n <= XML_KEEP_TEXT_BYTES);
	b->parser = NULL;
}

enum status
xml_read(struct span text, size_t nodes_max, struct arena *mem, struct tree_node **ret_root, struct detail *why)
{
	struct xml_builder b = {.mem = mem, .nodes_left = nodes_max, .status = ST_OK};
	enum status st;

	text = span_trim(text);
	/* a byte order mark says no more than what is demanded anyway */
	if (text.n >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
		text = (struct span){text.at + 3, text.n - 3};
	st = xml_check(text, why);
	if (st != ST_OK)
		return st;
	if (xml_has_long_tag(text)) {
		detail_set(why, "XML: a tag is too long");
		return ST_BAD_INPUT;
	}
	b.parser = xml_parser_take(&events);
	if (b.parser == NULL)
		return ST_NOMEM;
	builder_run(&b, text);
	if (b.status == ST_OK)
		*ret_root = b.root;
	else
		builder_tell(&b, why);
	return b.status;
}
