/* What ought to be in each view, by concern; compare_view.c puts it beside the queries. */
#ifndef SIM_COMPARE_EXPECT_H
#define SIM_COMPARE_EXPECT_H

#include "compare.h"

#define COMPARE_TIME "%lld.000000" /* seconds, as extract(epoch from …) prints them */

/* A row with its key: the corp and one more. */
struct compare_row *compare_expect_key(
    struct compare *compare, const struct truth_corp *corp, const char *key, enum compare_presence presence);
/* From that column on anything will do. */
void compare_any_from(struct compare_row *row, size_t column);

void compare_expect_customers(struct compare *compare, const struct truth_corp *corp);
void compare_expect_follows(struct compare *compare, const struct truth_corp *corp);
void compare_expect_follow_tags(struct compare *compare, const struct truth_corp *corp);
bool compare_is_tag_ignored(const struct truth_corp *corp, const char *const *values);
void compare_expect_failures(struct compare *compare, const struct truth_corp *corp);

void compare_expect_chats(struct compare *compare, const struct truth_corp *corp);
void compare_expect_chat_admins(struct compare *compare, const struct truth_corp *corp);
void compare_expect_chat_members(struct compare *compare, const struct truth_corp *corp);
bool compare_is_chat_row_ignored(const struct truth_corp *corp, const char *const *values);
bool compare_is_chat_admin_ignored(const struct truth_corp *corp, const char *const *values);

void compare_expect_groups(struct compare *compare, const struct truth_corp *corp);
void compare_expect_tags(struct compare *compare, const struct truth_corp *corp);
void compare_expect_members(struct compare *compare, const struct truth_corp *corp);
bool compare_is_member_ignored(const struct truth_corp *corp, const char *const *values);
void compare_expect_departments(struct compare *compare, const struct truth_corp *corp);

#endif
