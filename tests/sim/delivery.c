/* Parcels and the queue of their deliveries (a binary heap).  Never sends anything. */
#include "delivery.h"

#include <stdlib.h>

#include "fault.h"

struct parcel *
parcel_new(void)
{
	struct parcel *parcel = fault_resize(NULL, sizeof(*parcel));

	*parcel = (struct parcel){0};
	return parcel;
}

void
parcel_drop(struct parcel *parcel)
{
	if (parcel->deliveries > 0)
		return;
	text_free(&parcel->xml);
	text_free(&parcel->corp);
	text_free(&parcel->what);
	free(parcel);
}

struct delivery *
delivery_new(struct parcel *parcel, int64_t due_us)
{
	struct delivery *delivery = fault_resize(NULL, sizeof(*delivery));

	*delivery = (struct delivery){.parcel = parcel, .due_us = due_us};
	parcel->deliveries++;
	return delivery;
}

void
delivery_free(struct delivery *delivery)
{
	delivery->parcel->deliveries--;
	parcel_drop(delivery->parcel);
	free(delivery);
}

static bool
is_before(const struct delivery *a, const struct delivery *b)
{
	return a->due_us < b->due_us || (a->due_us == b->due_us && a->order < b->order);
}

static void
swap(struct delivery_queue *queue, size_t a, size_t b)
{
	struct delivery *other = queue->heap[a];

	queue->heap[a] = queue->heap[b];
	queue->heap[b] = other;
}

void
delivery_queue_put(struct delivery_queue *queue, struct delivery *delivery)
{
	size_t i = queue->n++;

	if (queue->n > queue->cap) {
		queue->cap = queue->cap == 0 ? 256 : queue->cap * 2;
		queue->heap = fault_resize(queue->heap, queue->cap * sizeof(struct delivery *));
	}
	delivery->order = queue->order++;
	queue->heap[i] = delivery;
	while (i > 0 && is_before(queue->heap[i], queue->heap[(i - 1) / 2])) {
		swap(queue, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

struct delivery *
delivery_queue_first(const struct delivery_queue *queue)
{
	return queue->n == 0 ? NULL : queue->heap[0];
}

struct delivery *
delivery_queue_take(struct delivery_queue *queue)
{
	struct delivery *first = queue->heap[0];
	size_t i = 0;

	queue->heap[0] = queue->heap[--queue->n];
	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < queue->n; child++) {
			if (is_before(queue->heap[child], queue->heap[least]))
				least = child;
		}
		if (least == i)
			return first;
		swap(queue, i, least);
		i = least;
	}
}

void
delivery_queue_clear(struct delivery_queue *queue)
{
	while (queue->n > 0)
		delivery_free(queue->heap[--queue->n]);
	free(queue->heap);
	*queue = (struct delivery_queue){.order = queue->order};
}
