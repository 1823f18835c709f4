/* See folder.h. */
#include "folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status
folder_check(const char *setting, const char *folder, FILE *faults)
{
	struct stat info;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		fprintf(faults, "%s: cannot make the folder %s: %s\n", setting, folder, strerror(errno));
		return ST_CONFIG;
	}
	if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode) || access(folder, W_OK | X_OK) != 0) {
		fprintf(faults, "%s: %s is not a folder that this user can write to\n", setting, folder);
		return ST_CONFIG;
	}
	if ((info.st_mode & S_IWOTH) != 0) {
		/* what lies in the spool is acknowledged: nobody else may take it away */
		fprintf(faults, "%s: everybody can write to the folder %s: chmod 700 it\n", setting, folder);
		return ST_CONFIG;
	}
	return ST_OK;
}
