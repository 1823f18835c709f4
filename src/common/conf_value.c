/* One value to its field, or a sentence.  Never repeats the value: it may be a secret that was put there by mistake. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <string.h>

#include "conf_parts.h"

#define ID_MAX_BYTES 64
#define HOST_MAX_BYTES 253
#define FOLDER_MAX_BYTES 3000	/* room for file names below PATH_MAX */

SCOPE_CLEANUP(options, PQconninfoOption *, PQconninfoFree)

static void *
field(struct conf_load *load, const struct conf_setting *setting)
{
	return (char *)load->conf + setting->offset;
}

static void
set_text(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	*(const char **)field(load, setting) = given->value;
}

void
conf_read_id(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	size_t n = strspn(given->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	if (given->value[n] != '\0' || n > ID_MAX_BYTES)
		conf_fault(load, setting, given->line, "must be 1 to %d of A-Z a-z 0-9 _ and -", ID_MAX_BYTES);
	else
		set_text(load, setting, given);
}

static bool
has_password(const PQconninfoOption *options)
{
	for (; options->keyword != NULL; options++) {
		bool is_secret = strcmp(options->keyword, "password") == 0 ||
		    strcmp(options->keyword, "sslpassword") == 0;

		if (is_secret && options->val != NULL && options->val[0] != '\0')
			return true;
	}
	return false;
}

/* libpq's own sentence would quote the value, which may hold a password: it is dropped. */
void
conf_read_database(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	scoped(options) PQconninfoOption *options = PQconninfoParse(given->value, NULL);

	if (options == NULL)
		conf_fault(load, setting, given->line,
		    "is not a libpq connection string (key=value … or postgresql://…)");
	else if (given->line > 0 && (load->mode & 0006) != 0 && has_password(options))
		conf_fault(load, setting, given->line, "holds a password, but the file can be read by everyone"
		    " (mode %04o): chmod 640 it, or use libpq's passfile", (unsigned int)load->mode);
	else
		set_text(load, setting, given);
}

/* An address of this machine: 127.0.0.0/8, [::1] or localhost. */
static bool
is_loopback(const char *host, bool is_ipv6)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (is_ipv6)
		return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	return strcmp(host, "localhost") == 0 ||
	    (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static bool
is_port(const char *text)
{
	long long port = 0;

	return span_number(span_of(text), 65535, &port) && port > 0;
}

/* `host[:port]` or `[ipv6][:port]`; the host into ret_host. */
static bool
split_host(const char *text, char ret_host[HOST_MAX_BYTES + 1], bool *ret_is_ipv6)
{
	bool is_ipv6 = text[0] == '[';
	size_t n = strspn(text + is_ipv6, is_ipv6 ? "0123456789abcdefABCDEF:." :
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
	const char *rest = text + is_ipv6 + n;
	struct in6_addr v6;

	if (n == 0 || n > HOST_MAX_BYTES || (is_ipv6 && *rest++ != ']'))
		return false;
	if (*rest != '\0' && (*rest != ':' || !is_port(rest + 1)))
		return false;
	memcpy(ret_host, text + is_ipv6, n);
	ret_host[n] = '\0';
	*ret_is_ipv6 = is_ipv6;
	return !is_ipv6 || inet_pton(AF_INET6, ret_host, &v6) == 1;
}

void
conf_read_origin(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	bool is_https = strncmp(given->value, "https://", 8) == 0;
	bool is_http = strncmp(given->value, "http://", 7) == 0;
	char host[HOST_MAX_BYTES + 1];
	bool is_ipv6 = false;

	if ((!is_https && !is_http) || !split_host(given->value + (is_https ? 8 : 7), host, &is_ipv6))
		conf_fault(load, setting, given->line, "must be https://host or https://host:port, without a path");
	else if (is_http && !is_loopback(host, is_ipv6))
		conf_fault(load, setting, given->line, "may use plain http to 127.0.0.0/8, [::1] or localhost only");
	else
		set_text(load, setting, given);
}

void
conf_read_folder(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	if (given->value[0] != '/' || strlen(given->value) > FOLDER_MAX_BYTES)
		conf_fault(load, setting, given->line, "must be a path that begins with / and has at most %d bytes",
		    FOLDER_MAX_BYTES);
	else
		set_text(load, setting, given);
}

static bool
read_number(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given,
    long long *ret_number)
{
	if (span_number(span_of(given->value), setting->most, ret_number) && *ret_number >= setting->least)
		return true;
	conf_fault(load, setting, given->line, "must be a whole number from %lld to %lld, digits only", setting->least,
	    setting->most);
	return false;
}

void
conf_read_int(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	long long number = 0;

	if (read_number(load, setting, given, &number))
		*(int *)field(load, setting) = (int)number;
}

void
conf_read_int64(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	long long number = 0;

	if (read_number(load, setting, given, &number))
		*(int64_t *)field(load, setting) = number;
}

/* The place of the value among the words; -1: a fault was told. */
static int
read_word(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	struct span words = {"", 0};

	for (int i = 0; setting->words[i] != NULL; i++) {
		if (strcmp(given->value, setting->words[i]) == 0)
			return i;
		words = arena_printf(load->mem, "%s%s%s", words.at == NULL ? "" : words.at, i == 0 ? "" : " or ",
		    setting->words[i]);
	}
	conf_fault(load, setting, given->line, "must be %s", words.at == NULL ? "another word" : words.at);
	return -1;
}

void
conf_read_choice(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	int word = read_word(load, setting, given);

	_Static_assert(sizeof(enum conf_commit_scope) == sizeof(word) && sizeof(enum conf_log_target) == sizeof(word),
	    "a choice is stored as an int");
	if (word >= 0)
		memcpy(field(load, setting), &word, sizeof(word));
}

void
conf_read_switch(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	int word = read_word(load, setting, given);

	if (word >= 0)
		*(bool *)field(load, setting) = word == 1;
}
