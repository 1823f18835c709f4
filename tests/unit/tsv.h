/* Tables of test data: tab-separated columns, `#` starts a comment.  The folder is tests/data, or $TEST_DATA. */
#ifndef WECOM_TSV_H
#define WECOM_TSV_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TSV_COLUMNS_MAX 16

static inline const char *
data_path(const char *name)
{
	static char path[512];
	const char *folder = getenv("TEST_DATA");

	snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "tests/data" : folder, name);
	return path;
}

/* A whole file, NUL behind it; malloc'ed.  A missing file ends the test program. */
static inline char *
data_read(const char *name, size_t *ret_n)
{
	FILE *file = fopen(data_path(name), "rb");
	size_t size = 1 << 16, n = 0;
	char *text = malloc(size);

	if (file == NULL || text == NULL) {
		perror(data_path(name));
		exit(2);
	}
	while (!feof(file) && !ferror(file)) {
		if (size - n < 2) {
			size *= 2;
			text = realloc(text, size);
			if (text == NULL)
				abort();
		}
		n += fread(text + n, 1, size - n - 1, file);
	}
	fclose(file);
	text[n] = '\0';
	if (ret_n != NULL)
		*ret_n = n;
	return text;
}

/* Call `use` with the columns of each line; the count of lines. */
static inline size_t
tsv_each(const char *name, void (*use)(char **columns))
{
	char *text = data_read(name, NULL), *rest = text, *line;
	size_t lines = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *columns[TSV_COLUMNS_MAX] = {NULL};

		if (line[0] == '\0' || line[0] == '#')
			continue;
		for (size_t i = 0; i < TSV_COLUMNS_MAX && line != NULL; i++)
			columns[i] = strsep(&line, "\t");
		use(columns);
		lines++;
	}
	free(text);
	return lines;
}

#endif
