/*
 * Settings under arbitrary bytes: the lines of a file, the whole of conf_load (for no program, so that no secret file is
 * opened), and the content of a secret file.  Run as: fuzz_conf [corpus folder].
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/common/conf_parts.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static FILE *faults;

static void
prepare(void)
{
	extern char **environ;

	if (faults != NULL)
		return;
	/* nothing but the input decides */
	environ = NULL;
	faults = fopen("/dev/null", "w");
	if (faults == NULL)
		abort();
}

/* What comes out of a line has the promised form. */
static void
read_lines(struct span text)
{
	struct conf_file file = {.text = text};
	struct conf_line line;
	struct arena mem;
	int last = 0;

	arena_init(&mem, 1 << 22);
	while (conf_file_next(&file, &mem, &line)) {
		assert(file.line > last);
		last = file.line;
		if (line.fault != NULL)
			continue;
		assert(line.name.n > 0 && memchr(line.name.at, '=', line.name.n) == NULL);
		assert(line.value.n <= CONF_VALUE_MAX_BYTES && strlen(line.value.at) == line.value.n);
	}
	arena_done(&mem);
}

static void
read_secret(struct span text)
{
	const char *fault = NULL;
	struct span word = conf_secret_word(text, &fault);
	unsigned char aes_key[ENVELOPE_KEY_BYTES];
	struct seal_key master_key;

	assert((word.at == NULL) == (fault != NULL));
	if (fault != NULL)
		return;
	assert(word.n > 0 && span_equal(word, span_trim(word)));
	if (envelope_key_decode(word, aes_key) == ST_OK)
		assert(word.n == 43);
	if (seal_key_decode(word, &master_key) == ST_OK)
		assert(word.n == 64);
}

static void
load_file(const unsigned char *data, size_t n)
{
	struct conf *conf = NULL;
	char path[32];
	int fd = memfd_create("settings", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_load(path, 0, faults, &conf) == ST_OK) {
		assert(conf->workers >= 1 && conf->workers <= 64);
		assert(conf->spool_dir[0] == '/' && conf->state_dir[0] == '/');
		assert(strncmp(conf->api_base, "http", 4) == 0);
		conf_free(conf);
	}
	close(fd);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct span text = {(const char *)data, n};

	prepare();
	read_lines(text);
	read_secret(text);
	load_file(data, n);
	return 0;
}
