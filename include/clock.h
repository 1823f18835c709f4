/* Time.  Wall time and monotonic time never mix; the names tell which is which. */
#ifndef WECOM_CLOCK_H
#define WECOM_CLOCK_H

#include <stdint.h>

/* Microseconds since the epoch (CLOCK_REALTIME). */
int64_t clock_wall_us(void);

/* Milliseconds on CLOCK_MONOTONIC; for deadlines and durations only. */
int64_t clock_monotonic_ms(void);

/* Microseconds on CLOCK_MONOTONIC. */
int64_t clock_monotonic_us(void);

#endif
