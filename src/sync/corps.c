/* The corps that this daemon serves, and whose turn it is. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"

struct corp *
corps_find(struct daemon *daemon, const char *id)
{
	struct corp *corp = daemon->corps;

	while (corp != NULL && strcmp(corp->id, id) != 0)
		corp = corp->next;
	return corp;
}

struct corp *
corps_add(struct daemon *daemon, const char *id, const char *fence)
{
	struct corp *corp;

	if (strlen(id) >= sizeof(corp->id) || strlen(fence) >= sizeof(corp->fence))
		return NULL;
	corp = calloc(1, sizeof(*corp));
	if (corp == NULL)
		return NULL;
	memcpy(corp->id, id, strlen(id) + 1);
	memcpy(corp->fence, fence, strlen(fence) + 1);
	corp->busy_at_ms = clock_monotonic_ms();
	corp->next = daemon->corps;
	daemon->corps = corp;
	return corp;
}

void
corps_drop_queue(struct daemon *daemon, struct corp *corp)
{
	while (corp->first != NULL) {
		struct task *task = corp->first;

		corp->first = task->next;
		json_object_put(task->claimed);
		free(task);
		corp->queued_n--;
		daemon->queued_n--;
	}
	corp->last = NULL;
}

void
corps_remove(struct daemon *daemon, struct corp *corp)
{
	struct corp **at = &daemon->corps;

	while (*at != corp)
		at = &(*at)->next;
	*at = corp->next;
	if (daemon->turn == corp)
		daemon->turn = corp->next;
	corps_drop_queue(daemon, corp);
	free(corp);
}

bool
corps_queue(struct daemon *daemon, struct corp *corp, struct json_object *claimed)
{
	struct task *task = calloc(1, sizeof(*task));

	if (task == NULL)
		return false;
	task->corp = corp;
	task->claimed = json_object_get(claimed);
	if (corp->last != NULL)
		corp->last->next = task;
	else
		corp->first = task;
	corp->last = task;
	corp->queued_n++;
	daemon->queued_n++;
	return true;
}

static bool
may_run(const struct daemon *daemon, const struct corp *corp)
{
	int share = daemon->conf->sync_calls_per_corp;

	return corp->first != NULL && corp->running_n < share && corp->running_n + corp->storing_n < share * 2 &&
	    !atomic_load(&corp->is_lost);
}

struct task *
corps_take(struct daemon *daemon)
{
	struct corp *start = daemon->turn != NULL ? daemon->turn : daemon->corps;
	struct corp *corp = start;
	struct task *task;

	if (daemon->running_n >= daemon->conf->sync_calls)
		return NULL;
	while (corp != NULL && !may_run(daemon, corp)) {
		corp = corp->next != NULL ? corp->next : daemon->corps;
		if (corp == start)
			return NULL;
	}
	if (corp == NULL)
		return NULL;
	task = corp->first;
	corp->first = task->next;
	if (corp->first == NULL)
		corp->last = NULL;
	task->next = NULL;
	corp->queued_n--;
	daemon->queued_n--;
	corp->running_n++;
	daemon->running_n++;
	daemon->turn = corp->next;
	return task;
}

void
corps_store(struct daemon *daemon, struct corp *corp)
{
	corp->running_n--;
	daemon->running_n--;
	corp->storing_n++;
}

bool
corp_is_held(const struct corp *corp)
{
	return !atomic_load(&corp->is_lost) && clock_monotonic_ms() < atomic_load(&corp->held_until_ms);
}
