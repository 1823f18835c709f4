/* What administrators do to customer tags. */
#include "activity.h"

#define TAG "tag"
#define TAG_GROUP "tag_group"

/* A group with its tags is told as one event for the group and one for each tag; here a group starts empty. */
static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any(random, &corp->groups);

	if (group == NULL || random_chance(random, 0.2)) {
		if (corp->groups.n >= TRUTH_GROUPS_MAX)
			return NULL;
		facts->value[FACT_TAG] = truth_add_group(&activity->truth, corp)->id;
		facts->value[FACT_TAG_TYPE] = TAG_GROUP;
		return "change_external_tag/create";
	}
	if (group->tags.n >= TRUTH_TAGS_MAX)
		return NULL;
	facts->value[FACT_TAG] = truth_add_tag(&activity->truth, group)->id;
	facts->value[FACT_TAG_TYPE] = TAG;
	return "change_external_tag/create";
}

static const char *
do_update(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any(random, &corp->groups);
	struct truth_tag *tag = group == NULL ? NULL : truth_any(random, &group->tags);

	if (group == NULL)
		return NULL;
	if (tag == NULL || random_chance(random, 0.3)) {
		facts->value[FACT_TAG] = group->id;
		facts->value[FACT_TAG_TYPE] = TAG_GROUP;
	} else {
		facts->value[FACT_TAG] = tag->id;
		facts->value[FACT_TAG_TYPE] = TAG;
	}
	return "change_external_tag/update";
}

/* The tags of a deleted group go without events of their own. */
static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any(random, &corp->groups);
	struct truth_tag *tag = group == NULL ? NULL : truth_any(random, &group->tags);

	if (group == NULL || (tag == NULL && corp->groups.n < 2))
		return NULL;
	if (tag == NULL || (corp->groups.n > 1 && random_chance(random, 0.1))) {
		facts_printf(facts, FACT_TAG, "%s", group->id);
		facts->value[FACT_TAG_TYPE] = TAG_GROUP;
		truth_remove_group(corp, group);
	} else {
		facts_printf(facts, FACT_TAG, "%s", tag->id);
		facts->value[FACT_TAG_TYPE] = TAG;
		list_remove(&group->tags, truth_index(&group->tags, tag));
	}
	return "change_external_tag/delete";
}

static const char *
do_shuffle(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any(random, &corp->groups);

	if (group == NULL || random_chance(random, 0.3))
		return random_chance(random, 0.5) ? "change_external_tag/shuffle/empty_id"
						  : "change_external_tag/shuffle/no_id";
	facts->value[FACT_TAG] = group->id;
	return "change_external_tag/shuffle";
}

const struct activity_choice activity_tag_choices[] = {
    {4, do_create},
    {3, do_update},
    {2, do_delete},
    {2, do_shuffle},
    {0, NULL},
};
