/* The looks of the simulator's pages.  Decides nothing. */
#ifndef SIM_PAGE_HTML_H
#define SIM_PAGE_HTML_H

#include <stdbool.h>

#include "text.h"
#include "truth.h"

#define PAGE_LINK_NAMES_MAX 8

enum page_people {
	PAGE_ANYBODY,   /* every member of every corp, and one who is in none */
	PAGE_MEMBERS,   /* every member of every corp */
	PAGE_ADMINS,    /* who administers the app in a corp that has it */
	PAGE_INSTALLERS /* corps that have not installed it */
};

/* Where a click leads: back to the same page, with the same parameters and the choice. */
struct page_link {
	const char *path;
	const char *const *names; /* ends with NULL */
	const char *values[PAGE_LINK_NAMES_MAX];
};

/* The truth is locked in these two. */
bool page_html_is_admin(const struct truth_corp *corp, const char *user);
void page_html_people(struct text *html, const char *title, const struct truth *truth, const struct page_link *link,
    enum page_people people);
void page_html_refusal(struct text *html, int code, const char *why);

#endif
