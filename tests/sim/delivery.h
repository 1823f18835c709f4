/*
 * What waits to be delivered: events, and for each event one or more deliveries with a time of their own.
 */
#ifndef SIM_DELIVERY_H
#define SIM_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mark.h"
#include "notice.h"
#include "text.h"

/* One event, shared by its deliveries. */
struct parcel {
	const struct notice_kind *kind;
	enum route route; /* the kind's; another for the login suite that has an account of its own */
	char receiveid[256];
	char agent[16];
	char key[64];
	char sha256[65];
	struct text xml;
	struct text corp;        /* under which the receiver files it */
	struct text what;        /* for people */
	unsigned int deliveries; /* that still hold it */
	unsigned int acks;
	bool is_precious; /* never lost, unless asked for */
	struct mark mark; /* what it tells of */
};

enum spoil { SPOIL_NONE, SPOIL_SIGNATURE, SPOIL_GARBAGE };

struct delivery {
	struct parcel *parcel;
	int64_t due_us;
	uint64_t order; /* among those due at the same time */
	int attempt;    /* 0 is the first */
	bool is_repeat;
	enum spoil spoil;
	unsigned int behind; /* reordered: held back until so many later events were made; 0: free */
};

/* A parcel without deliveries; parcel_drop frees it if it never gets one. */
struct parcel *parcel_new(void);
struct delivery *delivery_new(struct parcel *parcel, int64_t due_us);
/* The parcel goes with its last delivery. */
void delivery_free(struct delivery *delivery);
void parcel_drop(struct parcel *parcel);

/* Deliveries by time. */
struct delivery_queue {
	struct delivery **heap;
	size_t n;
	size_t cap;
	uint64_t order;
};

void delivery_queue_put(struct delivery_queue *queue, struct delivery *delivery);
/* The first; NULL when empty. */
struct delivery *delivery_queue_first(const struct delivery_queue *queue);
struct delivery *delivery_queue_take(struct delivery_queue *queue);
/* Frees what waits. */
void delivery_queue_clear(struct delivery_queue *queue);

#endif
