/* Growing arrays.  Never looks into its items and never frees what they point to. */
#include "list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

void
list_init(struct list *list, size_t item_bytes)
{
	*list = (struct list){.item_bytes = item_bytes};
}

void *
list_at(const struct list *list, size_t i)
{
	assert(i < list->n);
	return (char *)list->at + i * list->item_bytes;
}

void *
list_add(struct list *list)
{
	if (list->n == list->cap) {
		list->cap = list->cap == 0 ? 8 : list->cap * 2;
		list->at = fault_resize(list->at, list->cap * list->item_bytes);
	}
	list->n++;
	return memset(list_at(list, list->n - 1), 0, list->item_bytes);
}

void
list_remove(struct list *list, size_t i)
{
	void *hole = list_at(list, i);

	if (i + 1 < list->n)
		memcpy(hole, list_at(list, list->n - 1), list->item_bytes);
	list->n--;
}

void
list_free(struct list *list)
{
	free(list->at);
	list->at = NULL;
	list->n = 0;
	list->cap = 0;
}
