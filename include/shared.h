/* Memory that a process shares with the children it forks. */
#ifndef WECOM_SHARED_H
#define WECOM_SHARED_H

#include <stddef.h>

#include "status.h"

/* Map `n` bytes of the open file fd for reading and writing, shared; it may be closed then.  ST_SYSTEM: see errno. */
enum status shared_map(int fd, size_t n, void **ret_memory) must_check;

/* `n` zeroed bytes without a name, shared with children.  NULL: errno tells why. */
void *shared_new(size_t n);

void shared_free(void *memory, size_t n);

#endif
