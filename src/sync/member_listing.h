/*
 * The listing of a corp's members and departments, as its two files see it: job_member_list.c asks for members and what
 * the scope names, member_departments.c for departments and which of them are visible.  Private to them.
 */
#ifndef WECOM_SYNC_MEMBER_LISTING_H
#define WECOM_SYNC_MEMBER_LISTING_H

#include "job_part.h"

#define DEPARTMENTS_MAX 50000

struct department {
	int64_t id, parent_id;
	bool is_visible;
};

struct listing {
	struct job_context *context;
	const struct job *job;
	struct job_result *result;
	int64_t begun_us;		/* of the first call that counts */
	struct id_set listed;		/* members in scope */
	struct id_set told;		/* those of them whose details user/list told */
	struct id_set parties;		/* departments that the scope names, as text */
	struct department *departments;	/* by id */
	size_t departments_n;
};

/* As job_malformed; always false. */
bool listing_malformed(struct listing *listing, const char *what);

/* True: an array to read.  False with *ret_goes_on: the thing is not there for us, which is no fault. */
bool listing_has_list(struct listing *listing, const struct api_answer *answer, const char *name,
    struct json_object **ret_list, bool *ret_goes_on);

/* Store a part of the listing, an array that becomes the store's; false: the lease is lost, and the result says so. */
bool listing_store(struct listing *listing, const char *name, struct json_object *list, int64_t begun_us);

/* A list of the scope as this program stored it; NULL before the corp's first authorisation is read. */
struct json_object *listing_scope(const struct job *job, const char *name);

/* Ask for all departments, store them, and mark those that are visible; false: the result says why it does not go on. */
bool listing_departments(struct listing *listing);

#endif
