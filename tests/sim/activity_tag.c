/* What administrators do to customer tags. */
#include <string.h>

#include "activity.h"

#define TAG "tag"
#define TAG_GROUP "tag_group"

/* Creations, changes and deletions need the permission; an order that changed is told without it. */
static const char *
tell(const struct activity *activity, const struct truth_corp *corp, const char *kind)
{
	bool is_told = activity_is_told(activity, corp, TRUTH_EXTERNAL_BASE) &&
		       activity_is_told(activity, corp, TRUTH_EXTERNAL_TAG);

	return is_told ? kind : activity_untold;
}

/* No group is empty: it begins with a tag, told next. */
static const char *
create_group(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_group *group;
	struct truth_tag *tag;

	if (truth_groups_alive_n(corp) >= TRUTH_GROUPS_MAX)
		return NULL;
	group = truth_add_group(&activity->truth, corp);
	facts->value[FACT_TAG] = group->id;
	facts->value[FACT_TAG_TYPE] = TAG_GROUP;
	tag = truth_add_tag(&activity->truth, group);
	if (tell(activity, corp, TAG) == activity_untold)
		return activity_untold;
	memcpy(activity_follow(activity, corp, "change_external_tag/create")->tag, tag->id, sizeof(tag->id));
	return "change_external_tag/create";
}

static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any_group(&activity->truth, corp);

	if (group == NULL || random_chance(random, 0.2))
		return create_group(activity, corp, facts);
	if (truth_tags_alive_n(group) >= TRUTH_TAGS_MAX)
		return NULL;
	facts->value[FACT_TAG] = truth_add_tag(&activity->truth, group)->id;
	facts->value[FACT_TAG_TYPE] = TAG;
	return tell(activity, corp, "change_external_tag/create");
}

static const char *
do_update(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any_group(&activity->truth, corp);
	struct truth_tag *tag = group == NULL ? NULL : truth_any_tag(&activity->truth, group);

	if (group == NULL)
		return NULL;
	if (tag == NULL || random_chance(random, 0.3)) {
		truth_words(random, group->name, sizeof(group->name));
		facts->value[FACT_TAG] = group->id;
		facts->value[FACT_TAG_TYPE] = TAG_GROUP;
	} else {
		truth_words(random, tag->name, sizeof(tag->name));
		facts->value[FACT_TAG] = tag->id;
		facts->value[FACT_TAG_TYPE] = TAG;
	}
	return tell(activity, corp, "change_external_tag/update");
}

/* The tags of a deleted group go without events of their own; a group never loses its last tag alone. */
static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_group *group = truth_any_group(&activity->truth, corp);
	struct truth_tag *tag = group == NULL ? NULL : truth_any_tag(&activity->truth, group);
	bool is_last = truth_groups_alive_n(corp) < 2;

	if (group == NULL)
		return NULL;
	if (truth_tags_alive_n(group) < 2 || (!is_last && random_chance(&activity->truth.random, 0.1))) {
		if (is_last)
			return NULL;
		facts_printf(facts, FACT_TAG, "%s", group->id);
		facts->value[FACT_TAG_TYPE] = TAG_GROUP;
		truth_remove_group(&activity->truth, corp, group);
	} else {
		facts_printf(facts, FACT_TAG, "%s", tag->id);
		facts->value[FACT_TAG_TYPE] = TAG;
		truth_remove_tag(&activity->truth, corp, group, tag);
	}
	return tell(activity, corp, "change_external_tag/delete");
}

static unsigned int
any_order(struct random *random)
{
	return random_chance(random, 0.1) ? (unsigned int)-1 : (unsigned int)random_next(random);
}

/* A group's tags, or (the id empty or left out) the groups. */
static const char *
do_shuffle(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any_group(&activity->truth, corp);
	bool is_global = group == NULL || random_chance(random, 0.3);
	const struct list *list = is_global ? &corp->groups : &group->tags;
	const char *kind = "change_external_tag/shuffle";

	for (size_t i = 0; i < list->n; i++) {
		if (is_global)
			((struct truth_group *)list_at(list, i))->order = any_order(random);
		else
			((struct truth_tag *)list_at(list, i))->order = any_order(random);
	}
	if (is_global)
		kind = random_chance(random, 0.5) ? "change_external_tag/shuffle/empty_id"
						  : "change_external_tag/shuffle/no_id";
	else
		facts->value[FACT_TAG] = group->id;
	return activity_is_told(activity, corp, TRUTH_EXTERNAL_BASE) ? kind : activity_untold;
}

const struct activity_choice activity_tag_choices[] = {
    {4, do_create, "create_tag", false},
    {3, do_update, "update_tag", false},
    {2, do_delete, "delete_tag", false},
    {2, do_shuffle, "shuffle", false},
    {0},
};
