/* Monotonic microseconds, for schedules and latencies. */
#ifndef SIM_INSTANT_H
#define SIM_INSTANT_H

#include <stdint.h>
#include <time.h>

static inline int64_t
instant_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#endif
