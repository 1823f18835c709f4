/* A small table-driven option reader: says in one sentence what is wrong.  Never changes a target it did not read. */
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
read_number(const char *value, unsigned long long most, unsigned long long *ret)
{
	char *end;
	unsigned long long number;

	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno != 0 || *end != '\0' || number > most)
		return false;
	*ret = number;
	return true;
}

static bool
read_share(const char *value, const char *end_at, double *ret)
{
	char *end;
	double share;

	if (*value != '.' && (*value < '0' || *value > '9'))
		return false;
	share = strtod(value, &end);
	if (end != end_at || !(share >= 0 && share <= 1))
		return false;
	*ret = share;
	return true;
}

static bool
read_share_ms(const char *value, struct option_share_ms *ret)
{
	const char *colon = strchr(value, ':');

	return colon != NULL && read_share(value, colon, &ret->share) && read_number(colon + 1, 3600000, &ret->ms);
}

static bool
read_value(const struct option_entry *entry, const char *value, struct fault *fault)
{
	switch (entry->type) {
	case OPTION_FLAG:
		*(bool *)entry->target = true;
		return true;
	case OPTION_TEXT:
		*(const char **)entry->target = value;
		return true;
	case OPTION_NUMBER:
		return read_number(value, entry->most, entry->target) ||
		       fault_set(fault, "%s takes a number from 0 to %llu", entry->name, entry->most);
	case OPTION_SHARE:
		return read_share(value, value + strlen(value), entry->target) ||
		       fault_set(fault, "%s takes a share from 0 to 1", entry->name);
	case OPTION_SHARE_MS:
		return read_share_ms(value, entry->target) ||
		       fault_set(fault, "%s takes SHARE:MILLISECONDS, for example 0.1:500", entry->name);
	}
	return false;
}

static const struct option_entry *
find(const struct option_entry *table, const char *name)
{
	while (table->name != NULL && strcmp(table->name, name) != 0)
		table++;
	return table->name == NULL ? NULL : table;
}

static bool
read_all(int argc, char **argv, const struct option_entry *table, struct fault *fault)
{
	for (int i = 1; i < argc; i++) {
		const struct option_entry *entry = find(table, argv[i]);
		const char *value = "";

		if (entry == NULL)
			return fault_set(fault, "%s does not know %.60s; see --help", argv[0], argv[i]);
		if (entry->type != OPTION_FLAG) {
			if (++i == argc)
				return fault_set(fault, "%s needs a value", entry->name);
			value = argv[i];
		}
		if (!read_value(entry, value, fault))
			return false;
	}
	return true;
}

enum option_result
option_read(int argc, char **argv, const struct option_entry *table, const char *usage)
{
	struct fault fault = {0};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(usage, stdout);
			return OPTION_HELP;
		}
	}
	if (read_all(argc, argv, table, &fault))
		return OPTION_OK;
	fault_report(&fault, 0);
	return OPTION_WRONG;
}
