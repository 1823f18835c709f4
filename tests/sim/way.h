/*
 * The way of an event to the receiver: it becomes a parcel, the parcel's deliveries wait in a queue, and each is
 * encrypted and handed to the sender when it is due.  `push` and `serve` share it.
 */
#ifndef SIM_WAY_H
#define SIM_WAY_H

#include <stdint.h>

#include "delivery.h"
#include "mischief.h"
#include "sender.h"
#include "settings.h"

#define WAY_WAITING_MAX 20000 /* deliveries; no events are made above it */

struct way {
	const struct settings *settings;
	struct sender *sender;
	struct mischief mischief;
	struct delivery_queue queue;
	struct random wire_random;   /* nonces and the like: differ from run to run */
	struct random chance_random; /* the mischief's */
	struct text scratch;
};

/* The sender is the caller's to make and put in; way_done frees it.  options is borrowed and may change. */
void way_init(
    struct way *way, const struct settings *settings, const struct mischief_options *options, unsigned long long seed);
void way_done(struct way *way);

/* A parcel with receiveid, agent, corp and XML; the rest is the caller's. */
struct parcel *way_parcel(const struct way *way, const struct notice_kind *kind, const struct facts *facts,
    const char *key_element, const char *key);

/* There must be an idle connection. */
void way_submit(struct way *way, struct delivery *delivery);

/* The line for people: when, which corp, what, and what the answer was. */
void way_print(const struct delivery *delivery, const struct sender_answer *answer);
/* 200 and exactly `success`. */
bool way_is_success(const struct sender_answer *answer);

#endif
