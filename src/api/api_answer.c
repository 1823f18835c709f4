/*
 * json-c keeps the last of several members of one name, in silence.  An answer that says two things is no answer: the
 * colons outside strings are counted, and there must be as many members as colons.
 */
#include "api_answer.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>

#include "scope.h"

SCOPE_CLEANUP(json_object, struct json_object *, json_object_put)
SCOPE_CLEANUP(json_tokener, struct json_tokener *, json_tokener_free)

/* What the text alone tells, before json-c makes 100 to 300 bytes of each value. */
struct survey {
	size_t values_n;	/* at most so many */
	size_t members_n;
	bool has_nul;		/* as a byte, or escaped */
	bool has_stray;		/* json-c, even when it is strict, takes names in apostrophes, NaN and Infinity */
};

/* Behind the string that begins at `at`. */
static const char *
survey_string(const char *at, const char *stop, struct survey *survey)
{
	for (at++; at < stop && *at != '"'; at++) {
		if (*at != '\\')
			continue;
		if (stop - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			survey->has_nul = true;
		at++;
	}
	return at < stop ? at + 1 : stop;
}

static struct survey
survey_text(const char *text, size_t n)
{
	struct survey survey = {.has_nul = memchr(text, '\0', n) != NULL};
	const char *at = text, *stop = text + n;

	while (at < stop && survey.values_n <= API_VALUES_MAX) {
		if (*at == '"') {
			at = survey_string(at, stop, &survey);
			continue;
		}
		survey.values_n += *at == ',' || *at == '{' || *at == '[';
		survey.members_n += *at == ':';
		survey.has_stray |= *at == '\'' || *at == 'N' || *at == 'I';
		at++;
	}
	return survey;
}

static size_t
count_members(struct json_object *value)
{
	size_t n = 0;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			n += count_members(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member) {
			(void)name;
			n += 1 + count_members(member);
		}
	}
	return n;
}

/* The whole text as an object. */
static struct json_object *
parse(const char *text, size_t n, struct detail *why)
{
	scoped(json_tokener) struct json_tokener *tokener = json_tokener_new_ex(API_DEPTH_MAX);
	scoped(json_object) struct json_object *object = NULL;
	enum json_tokener_error error;

	if (tokener == NULL) {
		detail_set(why, "no memory");
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* with its NUL, so that a number at the end is complete and nothing may follow */
	object = json_tokener_parse_ex(tokener, text, (int)n + 1);
	error = json_tokener_get_error(tokener);
	if (error != json_tokener_success) {
		detail_set(why, "the answer is not JSON: %s", error == json_tokener_continue ? "it ends too early" :
		    json_tokener_error_desc(error));
		return NULL;
	}
	if (!json_object_is_type(object, json_type_object)) {
		detail_set(why, "the answer is not an object");
		return NULL;
	}
	return steal(object);
}

static bool
read_code(struct json_object *object, bool needs_code, int *ret_code, struct detail *why)
{
	struct json_object *code = NULL;
	int64_t number = 0;

	if (!json_object_object_get_ex(object, "errcode", &code)) {
		if (needs_code)
			detail_set(why, "the answer has no errcode");
		return !needs_code;
	}
	if (json_object_is_type(code, json_type_int))
		number = json_object_get_int64(code);
	if (!json_object_is_type(code, json_type_int) || number < INT_MIN || number > INT_MAX) {
		detail_set(why, "errcode is not a whole number");
		return false;
	}
	*ret_code = (int)number;
	return true;
}

static bool
has_warning(struct json_object *object)
{
	struct json_object *message = NULL;

	return json_object_object_get_ex(object, "errmsg", &message) && json_object_is_type(message, json_type_string) &&
	    strcasestr(json_object_get_string(message), "warning: wrong json") != NULL;
}

struct json_object *
api_answer_parse(const char *text, size_t n, bool needs_code, int *ret_code, bool *ret_is_warned, struct detail *why)
{
	scoped(json_object) struct json_object *object = NULL;
	struct survey survey;
	int code = 0;

	if (n >= INT_MAX) {
		detail_set(why, "the answer is too large");
		return NULL;
	}
	survey = survey_text(text, n);
	if (survey.has_nul || survey.values_n > API_VALUES_MAX) {
		detail_set(why, survey.has_nul ? "the answer has a NUL in it" : "the answer has too many values");
		return NULL;
	}
	if (survey.has_stray) {
		detail_set(why, "the answer is not JSON: an apostrophe, NaN or Infinity");
		return NULL;
	}
	object = parse(text, n, why);
	if (object == NULL)
		return NULL;
	if (count_members(object) != survey.members_n) {
		detail_set(why, "the answer gives a member twice");
		return NULL;
	}
	if (!read_code(object, needs_code, &code, why))
		return NULL;
	*ret_code = code;
	*ret_is_warned = has_warning(object);
	return steal(object);
}

void
api_answer_cleanse(struct json_object *value)
{
	if (json_object_is_type(value, json_type_string)) {
		/* json-c owns the bytes and hands them out as const; nobody reads them any more */
		OPENSSL_cleanse((void *)json_object_get_string(value), (size_t)json_object_get_string_len(value));
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			api_answer_cleanse(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, member) {
			(void)name;
			api_answer_cleanse(member);
		}
	}
}
