/* Counts and latencies of a run, and their summary. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include <stdint.h>

#define TALLY_BUCKETS 1024

struct tally {
	unsigned long long events;              /* made */
	unsigned long long lost;                /* of them never delivered, on purpose */
	unsigned long long sent;                /* requests that ended, with an answer or not */
	unsigned long long acknowledged;        /* `success` for a genuine event, repeats included */
	unsigned long long acknowledged_events; /* events with at least one of these */
	unsigned long long spoiled;             /* of sent: rubbish and wrong signatures, on purpose */
	unsigned long long spoiled_accepted;    /* of spoiled: answered `success`, which is a fault of the receiver */
	unsigned long long refused[600];        /* answers that were no acknowledgement, by HTTP status */
	unsigned long long failed;              /* requests without an answer */
	unsigned long long given_up;            /* deliveries not repeated any more without an acknowledgement */
	unsigned long long latency[TALLY_BUCKETS];
	int64_t latency_max_us;
};

/* Percentiles are exact to 3 %. */
void tally_latency(struct tally *tally, int64_t us);

/* The summary, one JSON line on stdout. */
void tally_print(const struct tally *tally, int64_t run_us);

#endif
