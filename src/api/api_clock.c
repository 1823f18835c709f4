/*
 * WeCom's clock.  The monotonic clock runs on when somebody sets the wall clock; the Date of answers says where WeCom is.
 * One strange Date (a proxy's, a broken machine's) moves nothing: all judging of what covers what hangs on this clock.
 */
#include "api_internal.h"
#include "clock.h"

#define TOLERANCE_US 1500000
#define AGREE_US 1500000
#define STRANGE_MAX 3	/* Dates that agree with each other and contradict the clock, one after another */

int64_t
api_now_us(const struct api *api)
{
	return clock_monotonic_us() + api->offset_us;
}

void
api_clock_start(struct api *api)
{
	api->offset_us = clock_wall_us() - clock_monotonic_us();
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

void
api_clock_follow(struct api *api, int64_t date_s, int64_t begun_us, int64_t ended_us)
{
	/* the Date was written somewhere between request and answer, and has whole seconds */
	int64_t offset_us = date_s * 1000000 + 500000 - (begun_us + ended_us) / 2;
	int64_t doubt_us = (ended_us - begun_us) / 2;

	if (date_s == 0)
		return;
	pthread_mutex_lock(&api->clock_lock);
	if (distance(offset_us, api->offset_us) <= TOLERANCE_US + doubt_us) {
		api->strange_dates_n = 0;
		api->has_date = true;
	} else if (api->strange_dates_n > 0 && distance(offset_us, api->strange_offset_us) > AGREE_US + doubt_us) {
		api->strange_dates_n = 1;
		api->strange_offset_us = offset_us;
	} else {
		api->strange_dates_n++;
		api->strange_offset_us = offset_us;
		/* the first answer of all sets a wrong wall clock right at once */
		if (!api->has_date || api->strange_dates_n >= STRANGE_MAX) {
			api->offset_us = offset_us;
			api->has_date = true;
			api->strange_dates_n = 0;
		}
	}
	pthread_mutex_unlock(&api->clock_lock);
}
