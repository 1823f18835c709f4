/* Misbehaviour by dice.  A genuine delivery is never altered: rubbish goes beside it. */
#include "mischief.h"

#include <string.h>

#define REPEATS_MAX 5
#define REPEAT_WITHIN_MS 2000
#define BEHIND_MAX 8
#define GARBAGE_BYTES 700

void
mischief_init(struct mischief *mischief, const struct mischief_options *options, struct random *random)
{
	mischief->options = options;
	mischief->random = random;
	list_init(&mischief->held, sizeof(struct delivery *));
}

void
mischief_done(struct mischief *mischief)
{
	while (mischief->held.n > 0) {
		delivery_free(*(struct delivery **)list_at(&mischief->held, 0));
		list_remove(&mischief->held, 0);
	}
	list_free(&mischief->held);
}

static int64_t
random_us(struct random *random, unsigned long long most_ms)
{
	return (int64_t)random_below(random, most_ms * 1000 + 1);
}

/* One more event was made: those who waited for it come nearer. */
static void
advance(struct mischief *mischief, int64_t now_us, struct delivery_queue *queue)
{
	for (size_t i = 0; i < mischief->held.n;) {
		struct delivery *delivery = *(struct delivery **)list_at(&mischief->held, i);

		if (--delivery->behind > 0) {
			i++;
			continue;
		}
		delivery->due_us = now_us;
		delivery_queue_put(queue, delivery);
		list_remove(&mischief->held, i);
	}
}

static void
post_spoiled(struct parcel *parcel, enum spoil spoil, int64_t now_us, struct delivery_queue *queue)
{
	struct delivery *delivery = delivery_new(parcel, now_us);

	delivery->spoil = spoil;
	delivery_queue_put(queue, delivery);
}

bool
mischief_post(struct mischief *mischief, struct parcel *parcel, int64_t now_us, struct delivery_queue *queue)
{
	const struct mischief_options *options = mischief->options;
	struct random *random = mischief->random;
	struct delivery *delivery;

	advance(mischief, now_us, queue);
	if (random_chance(random, options->bad_signature))
		post_spoiled(parcel, SPOIL_SIGNATURE, now_us, queue);
	if (random_chance(random, options->garbage))
		post_spoiled(parcel, SPOIL_GARBAGE, now_us, queue);
	if (random_chance(random, parcel->is_precious ? options->lose_precious : options->lose))
		return false;
	delivery = delivery_new(parcel, now_us);
	if (random_chance(random, options->delay.share))
		delivery->due_us += random_us(random, options->delay.ms);
	if (random_chance(random, options->reorder)) {
		delivery->behind = 1 + (unsigned int)random_below(random, BEHIND_MAX);
		*(struct delivery **)list_add(&mischief->held) = delivery;
	} else {
		delivery_queue_put(queue, delivery);
	}
	for (int i = 0; i < REPEATS_MAX && random_chance(random, options->repeat); i++) {
		delivery = delivery_new(parcel, now_us + random_us(random, REPEAT_WITHIN_MS));
		delivery->is_repeat = true;
		delivery_queue_put(queue, delivery);
	}
	return true;
}

void
mischief_release(struct mischief *mischief, int64_t now_us, struct delivery_queue *queue)
{
	while (mischief->held.n > 0) {
		for (size_t i = 0; i < mischief->held.n; i++)
			(*(struct delivery **)list_at(&mischief->held, i))->behind = 1;
		advance(mischief, now_us, queue);
	}
}

void
mischief_spoil(struct mischief *mischief, enum spoil spoil, struct wire_order *order, struct text *scratch)
{
	text_clear(scratch);
	if (spoil == SPOIL_SIGNATURE) {
		random_hex(mischief->random, text_reserve(scratch, 40), 40);
		order->signature = scratch->at;
	} else if (spoil == SPOIL_GARBAGE) {
		random_name(mischief->random, text_reserve(scratch, GARBAGE_BYTES), GARBAGE_BYTES);
		for (size_t i = 0; i < GARBAGE_BYTES; i++) {
			if (scratch->at[i] == '-' || scratch->at[i] == '_')
				scratch->at[i] = scratch->at[i] == '-' ? '+' : '/';
		}
		order->cipher = scratch->at;
	}
}

/* A third stays as it is: a right signature over a ciphertext that is not whole blocks. */
void
mischief_spoil_body(struct mischief *mischief, enum spoil spoil, struct text *body)
{
	uint64_t variant = random_below(mischief->random, 3);

	if (spoil != SPOIL_GARBAGE || variant == 0)
		return;
	text_clear(body);
	if (variant == 1) {
		text_adds(body, "<xml><ToUserName><![CDATA[x]]></ToUserName></xml>");
		return;
	}
	random_bytes(mischief->random, (unsigned char *)text_reserve(body, GARBAGE_BYTES), GARBAGE_BYTES);
	body->n += GARBAGE_BYTES;
}
