/* How WeCom and the network misbehave: which deliveries one event becomes. */
#ifndef SIM_MISCHIEF_H
#define SIM_MISCHIEF_H

#include "delivery.h"
#include "list.h"
#include "option.h"
#include "random.h"
#include "wire.h"

struct mischief_options {
	double repeat;
	double reorder;
	double lose;
	double lose_precious; /* of parcels that are */
	double garbage;
	double bad_signature;
	struct option_share_ms delay;
};

struct mischief {
	const struct mischief_options *options;
	struct random *random;
	struct list held; /* struct delivery *: reordered ones that later events overtake */
};

void mischief_init(struct mischief *mischief, const struct mischief_options *options, struct random *random);
void mischief_done(struct mischief *mischief);

/* Put the event's deliveries into the queue.  False: the event is lost, there are none. */
bool mischief_post(struct mischief *mischief, struct parcel *parcel, int64_t now_us, struct delivery_queue *queue);

/* No later events will come: nothing is held back any more. */
void mischief_release(struct mischief *mischief, int64_t now_us, struct delivery_queue *queue);

/*
 * Spoil an order by the delivery's kind of spoil.
 *   scratch  holds what the order points to, until wire_make
 */
void mischief_spoil(struct mischief *mischief, enum spoil spoil, struct wire_order *order, struct text *scratch);
/* After wire_make: some garbage is no envelope at all. */
void mischief_spoil_body(struct mischief *mischief, enum spoil spoil, struct text *body);

#endif
