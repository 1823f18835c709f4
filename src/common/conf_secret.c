/*
 * Secrets from their files.  A sentence about one names its setting and what is wrong, never a byte of it; the path is
 * told only when a file is there (a secret pasted in place of a path must not reach the log).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_parts.h"

struct span
conf_secret_word(struct span text, const char **ret_fault)
{
	if (text.n > 0 && text.at[text.n - 1] == '\n')
		text.n--;
	if (text.n > 0 && text.at[text.n - 1] == '\r')
		text.n--;
	*ret_fault = text.n == 0 ? "is empty" : NULL;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < 0x21 || text.at[i] > 0x7e)
			*ret_fault = "must hold one word of printable ASCII: no blank, second line or byte order mark";
	}
	return *ret_fault == NULL ? text : (struct span){NULL, 0};
}

/* systemd hands credentials over as 0440 files in a folder of the service's own. */
static bool
is_credential(const char *path)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t n = folder == NULL ? 0 : strlen(folder);

	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/' && strstr(path, "/../") == NULL;
}

/* The open file may be used as a secret. */
static bool
may_use(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given, const char *path,
    int fd)
{
	struct stat about;
	unsigned int mode, refused = is_credential(path) ? 0026 : 0066;

	if (fstat(fd, &about) != 0) {
		conf_fault(load, setting, given->line, "names a file that cannot be examined: %s", strerror(errno));
		return false;
	}
	mode = about.st_mode & 07777;
	if (!S_ISREG(about.st_mode)) {
		conf_fault(load, setting, given->line, "names %s, which is not a regular file", path);
		return false;
	}
	if ((mode & refused) != 0) {
		conf_fault(load, setting, given->line, "names %s, which can be read or written by others (mode %04o):"
		    " chmod 600 it", path, mode);
		return false;
	}
	return true;
}

/* A relative path counts from the folder of the settings file. */
static const char *
full_path(struct conf_load *load, const char *value)
{
	const char *slash = strrchr(load->path, '/');

	if (value[0] == '/' || slash == NULL)
		return value;
	return arena_printf(load->mem, "%.*s/%s", (int)(slash - load->path), load->path, value).at;
}

/* All of the file into the arena, which conf_free clears. */
static struct span
read_all(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given, int fd)
{
	char *text = arena_alloc(load->mem, CONF_SECRET_MAX_BYTES + 1);
	size_t n = 0;
	ssize_t got = 1;

	while (text != NULL && got != 0 && n <= CONF_SECRET_MAX_BYTES) {
		got = read(fd, text + n, CONF_SECRET_MAX_BYTES + 1 - n);
		if (got > 0)
			n += (size_t)got;
		if (got < 0 && errno != EINTR)
			break;
	}
	if (text == NULL)
		conf_fault(load, setting, given->line, "needs more memory than settings may use");
	else if (n > CONF_SECRET_MAX_BYTES)
		conf_fault(load, setting, given->line, "names a file of more than %d bytes", CONF_SECRET_MAX_BYTES);
	else if (got < 0)
		conf_fault(load, setting, given->line, "names a file that cannot be read: %s", strerror(errno));
	else
		return (struct span){text, n};
	return (struct span){NULL, 0};
}

/* The secret a setting's file holds; absent when it was a fault, or the program has no use for it. */
static struct span
secret(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	const char *path, *fault = NULL;
	scoped(conf_fd) int fd = -1;
	struct span word = {NULL, 0};

	if ((load->program & setting->read_by) == 0)
		return word;
	path = full_path(load, given->value);
	if (path != NULL)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		conf_fault(load, setting, given->line, "names a file that cannot be opened: %s",
		    strerror(path == NULL ? ENOMEM : errno));
		return word;
	}
	if (may_use(load, setting, given, path, fd)) {
		word = read_all(load, setting, given, fd);
		if (word.at != NULL)
			word = conf_secret_word(word, &fault);
	}
	if (fault != NULL)
		conf_fault(load, setting, given->line, "names %s, which %s", path, fault);
	return word;
}

static void *
field(struct conf_load *load, const struct conf_setting *setting)
{
	return (char *)load->conf + setting->offset;
}

void
conf_read_secret(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	*(struct span *)field(load, setting) = secret(load, setting, given);
}

void
conf_read_aes_key(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	struct span word = secret(load, setting, given);

	if (word.at != NULL && envelope_key_decode(word, field(load, setting)) != ST_OK)
		conf_fault(load, setting, given->line,
		    "names a file without an EncodingAESKey: 43 letters and digits");
}

void
conf_read_master_key(struct conf_load *load, const struct conf_setting *setting, const struct conf_given *given)
{
	struct span word = secret(load, setting, given);

	if (word.at != NULL && seal_key_decode(word, field(load, setting)) != ST_OK)
		conf_fault(load, setting, given->line, "names a file without a master key: 64 hexadecimal digits");
}
