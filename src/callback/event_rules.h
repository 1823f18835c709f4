/* What an event asks for: its job and the secret it carries. */
#ifndef WECOM_EVENT_RULES_H
#define WECOM_EVENT_RULES_H

#include "event.h"
#include "tree.h"

#define EVENT_CODE_MAX_BYTES 128	/* of InfoType, ChangeType, a corp id */
#define EVENT_TARGET_MAX_BYTES 256
#define EVENT_SECRET_MAX_BYTES 1024	/* tickets and codes have at most 512 (protocol 1.4) */

/*
 * Fill job_* and secret_* of an event whose other fields are set; texts in `mem`.
 *   is_of_corp  the event belongs to a corp, not to the suite as a whole
 * An id that cannot be a key (missing, over-long, control characters) gives no job: the event itself is kept.
 * ST_NOMEM.
 */
enum status event_rules_apply(const struct tree_node *root, bool is_of_corp, struct arena *mem,
    struct event *event) must_check;

#endif
