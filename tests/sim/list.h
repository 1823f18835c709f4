/* A growing array of equal items.  Order is not kept on removal: the last item takes the place. */
#ifndef SIM_LIST_H
#define SIM_LIST_H

#include <stddef.h>

struct list {
	void *at;
	size_t n;
	size_t cap;
	size_t item_bytes; /* set by list_init */
};

void list_init(struct list *list, size_t item_bytes);

/* A new zeroed item at the end; valid until the next addition or removal. */
void *list_add(struct list *list);
void *list_at(const struct list *list, size_t i);
void list_remove(struct list *list, size_t i);
void list_free(struct list *list);

#endif
