/*
 * The truth's own figures of a corp, to hold reports against:
 *   {"days":[{"day":"2026-11-30",FIGURE:n,…,"total_end":n,"groups_total":n}],"now":{"pairs":n,"half":n,"customers":n,
 *    "groups":n,"members_staff":n,"members_external":n}}
 * Days without an event lack unless they are asked for; total_end is pairs, whole and not ended, at the day's end.
 */
#ifndef SIM_FIGURE_H
#define SIM_FIGURE_H

#include <json-c/json.h>

#include "fault.h"
#include "truth.h"

/* from, to: YYYY-MM-DD, both or none (NULL: the days there are).  Owned; NULL with a sentence.  The truth is locked. */
struct json_object *figure_json(const struct truth_corp *corp, const char *from, const char *to, struct fault *fault);

#endif
