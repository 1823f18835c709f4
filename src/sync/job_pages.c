/* Listings that go page by page: bounded, never round in circles, begun again when their cursor expires. */
#include <string.h>

#include "job_part.h"

#define RESTARTS_MAX 2
#define CURSOR_BYTES 1024

void
pages_start(struct pages *pages, const char *what, int pages_max)
{
	*pages = (struct pages){.seen = json_object_new_object(), .cursor = "", .what = what, .pages_max = pages_max};
}

void
pages_done(struct pages *pages)
{
	json_object_put(pages->seen);
	pages->seen = NULL;
}

bool
pages_is_expired(const struct api_answer *answer)
{
	return answer->outcome == API_REFUSED && answer->meaning != NULL && answer->meaning->reaction == API_RESTART;
}

bool
pages_restart(struct pages *pages, struct job_result *result)
{
	struct pages again;

	if (pages->restarts_n == RESTARTS_MAX) {
		job_later(result, 0, "the cursor of %s expired %d times", pages->what, RESTARTS_MAX + 1);
		return false;
	}
	pages_start(&again, pages->what, pages->pages_max);
	again.restarts_n = pages->restarts_n + 1;
	pages_done(pages);
	*pages = again;
	return true;
}

enum pages_step
pages_turn(struct pages *pages, const struct job *job, const struct api_answer *answer, struct job_result *result)
{
	const char *cursor = "";

	if (pages->pages_n == 0)
		pages->begun_us = answer->begun_us;
	pages->pages_n++;
	if (!field_text(answer->body, "next_cursor", CURSOR_BYTES, &cursor)) {
		job_malformed(job, "next_cursor", result);
		return PAGES_BAD;
	}
	if (cursor[0] == '\0')
		return PAGES_END;
	if (pages->pages_n >= pages->pages_max) {
		job_later(result, 0, "%s did not end after %d pages", pages->what, pages->pages_n);
		return PAGES_BAD;
	}
	if (json_object_object_get_ex(pages->seen, cursor, NULL)) {
		job_later(result, 0, "%s goes round in circles: page %d has a cursor that was there before", pages->what,
		    pages->pages_n);
		return PAGES_BAD;
	}
	/* the copy in the set outlives the answer */
	job_add_text(pages->seen, cursor, cursor);
	pages->cursor = json_object_get_string(json_object_object_get(pages->seen, cursor));
	return PAGES_MORE;
}

void
id_set_start(struct id_set *set)
{
	*set = (struct id_set){json_object_new_object(), json_object_new_array()};
}

void
id_set_done(struct id_set *set)
{
	json_object_put(set->index);
	json_object_put(set->list);
	*set = (struct id_set){NULL, NULL};
}

bool
id_set_add(struct id_set *set, const char *id)
{
	if (json_object_object_get_ex(set->index, id, NULL))
		return false;
	job_add(set->index, id, NULL);
	json_object_array_add(set->list, json_object_new_string(id));
	return true;
}
