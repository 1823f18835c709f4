/*
 * What the tests of the spool share: numbered records whose whole content follows from their number, so that a wrong
 * byte in what is drained cannot go unnoticed; folders; and a drain that writes down what came.  Header only.
 */
#ifndef SPOOL_KIT_H
#define SPOOL_KIT_H

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool.h"

#define KIT_NUMBERS 200000	/* numbers are below this */
#define KIT_PATH_BYTES 512
#define KIT_APPEND_MAX 512
#define KIT_START_US 1700000000000000LL
#define KIT_CORP_MARK "wwPLAINCORP"
#define KIT_ITEM_MARK "PLAINITEM"

static const struct seal_key kit_key = {{1, 2, 3, 4, 5, 6, 7, 8}};

struct kit_text {
	char corp[64];
	char item[256];
};

/* The content of record `number`; arrival times grow with the numbers. */
static inline struct spool_record
kit_record(int number, struct kit_text *ret_text)
{
	snprintf(ret_text->corp, sizeof(ret_text->corp), KIT_CORP_MARK "%d", number % 7);
	snprintf(ret_text->item, sizeof(ret_text->item), "{\"" KIT_ITEM_MARK "\":%d,\"pad\":\"%0*d\"}", number,
	    1 + number * 31 % 97, number);
	return (struct spool_record){KIT_START_US + number, span_of(ret_text->corp), span_of(ret_text->item)};
}

/* The number of a drained record, -1 when any byte of it is not as it was made. */
static inline int
kit_number(const struct spool_record *record)
{
	long long number = record->received_us - KIT_START_US;
	struct kit_text text;
	struct spool_record made;

	if (number < 0 || number >= KIT_NUMBERS)
		return -1;
	made = kit_record((int)number, &text);
	if (!span_equal(made.corp, record->corp) || !span_equal(made.item, record->item))
		return -1;
	return (int)number;
}

/* Append records first … first + n - 1 with one call. */
static inline enum status
kit_append(struct spool_writer *writer, int first, int n)
{
	static struct kit_text texts[KIT_APPEND_MAX];
	static struct spool_record records[KIT_APPEND_MAX];
	struct detail why = {""};
	enum status st;

	assert(n > 0 && n <= KIT_APPEND_MAX);
	for (int i = 0; i < n; i++)
		records[i] = kit_record(first + i, &texts[i]);
	st = spool_append(writer, records, (size_t)n, &why);
	assert(st == ST_OK || why.text[0] != '\0');
	assert(strstr(why.text, "PLAIN") == NULL);
	return st;
}

static inline void
kit_folder_make(char ret_folder[KIT_PATH_BYTES])
{
	const char *base = getenv("TMPDIR");

	snprintf(ret_folder, KIT_PATH_BYTES, "%s/spool.XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(ret_folder) == NULL) {
		perror(ret_folder);
		abort();
	}
}

static inline void
kit_path(const char *folder, const char *name, char ret_path[KIT_PATH_BYTES])
{
	int n = snprintf(ret_path, KIT_PATH_BYTES, "%s/%s", folder, name);

	assert(n > 0 && n < KIT_PATH_BYTES);
	(void)n;
}

/* Files whose names end in `ending`; the name of the last one seen; their bytes. */
static inline int
kit_files(const char *folder, const char *ending, char ret_name[256], long long *ret_bytes)
{
	DIR *list = opendir(folder);
	struct dirent *entry;
	int n = 0;
	long long bytes = 0;

	assert(list != NULL);
	while ((entry = readdir(list)) != NULL) {
		char path[KIT_PATH_BYTES];
		struct stat about;
		size_t name_n = strlen(entry->d_name), ending_n = strlen(ending);

		if (name_n < ending_n || strcmp(entry->d_name + name_n - ending_n, ending) != 0)
			continue;
		kit_path(folder, entry->d_name, path);
		if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
			continue;
		n++;
		bytes += about.st_size;
		if (ret_name != NULL)
			snprintf(ret_name, 256, "%s", entry->d_name);
	}
	closedir(list);
	if (ret_bytes != NULL)
		*ret_bytes = bytes;
	return n;
}

static inline void
kit_folder_empty(const char *folder)
{
	char name[256], path[KIT_PATH_BYTES];

	while (kit_files(folder, "", name, NULL) > 0) {
		kit_path(folder, name, path);
		if (unlink(path) != 0)
			abort();
	}
}

static inline void
kit_folder_remove(const char *folder)
{
	kit_folder_empty(folder);
	rmdir(folder);
}

/* The whole file, on the heap. */
static inline unsigned char *
kit_file_read(const char *path, size_t *ret_n)
{
	int fd = open(path, O_RDONLY);
	struct stat about;
	unsigned char *bytes;

	assert(fd >= 0);
	if (fstat(fd, &about) != 0)
		abort();
	bytes = malloc((size_t)about.st_size + 1);
	assert(bytes != NULL);
	if (read(fd, bytes, (size_t)about.st_size) != about.st_size)
		abort();
	close(fd);
	*ret_n = (size_t)about.st_size;
	return bytes;
}

static inline void
kit_file_write(const char *path, const unsigned char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert(fd >= 0);
	if (write(fd, bytes, n) != (ssize_t)n)
		abort();
	close(fd);
}

/* What a drain brought. */
struct kit_drained {
	unsigned char times[KIT_NUMBERS];	/* how often each number came */
	int numbers[KIT_NUMBERS];		/* in the order they came */
	int n;
	int wrong_n;				/* with content that nobody wrote */
	char told[4096];			/* all lines of `why` */
};

static inline void
kit_note_told(struct kit_drained *drained, const struct detail *why)
{
	size_t n = strlen(drained->told);

	assert(strstr(why->text, "PLAIN") == NULL);
	if (why->text[0] != '\0')
		snprintf(drained->told + n, sizeof(drained->told) - n, "%s\n", why->text);
}

/* Take and say done until nothing comes. */
static inline enum status
kit_drain(struct spool_drain *drain, size_t most, struct kit_drained *drained)
{
	struct arena mem;
	enum status st;

	arena_init(&mem, (size_t)64 << 20);
	for (;;) {
		struct spool_record *records = NULL;
		struct detail why = {""};
		size_t n = 0;

		st = spool_drain_next(drain, most, &mem, &records, &n, &why);
		kit_note_told(drained, &why);
		if (st != ST_OK || n == 0)
			break;
		for (size_t i = 0; i < n; i++) {
			int number = kit_number(&records[i]);

			if (number < 0 || drained->n == KIT_NUMBERS) {
				drained->wrong_n++;
				continue;
			}
			drained->times[number]++;
			drained->numbers[drained->n++] = number;
		}
		st = spool_drain_done(drain, &why);
		kit_note_told(drained, &why);
		if (st != ST_OK)
			break;
		arena_reset(&mem);
	}
	arena_done(&mem);
	return st;
}

/* Open, drain all, close.  The result is the caller's to free. */
static inline struct kit_drained *
kit_drain_folder(const char *folder, const struct seal_key *key)
{
	struct kit_drained *drained = calloc(1, sizeof(*drained));
	struct spool_drain *drain = NULL;
	struct detail why = {""};

	if (drained == NULL || spool_drain_open(folder, key, &drain, &why) != ST_OK ||
	    kit_drain(drain, 100, drained) != ST_OK)
		abort();
	spool_drain_close(drain);
	return drained;
}

#endif
