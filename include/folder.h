/* Folders that settings name. */
#ifndef WECOM_FOLDER_H
#define WECOM_FOLDER_H

#include <stdio.h>

#include "status.h"

/*
 * A folder to write to: made when missing, then proved writable, and not by everybody.
 *   setting  its name, for the one sentence to `faults` on ST_CONFIG
 */
enum status folder_check(const char *setting, const char *folder, FILE *faults) must_check;

#endif
